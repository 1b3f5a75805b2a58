//! Extracts the text and the links of an entry's content.

use std::collections::HashMap;
use std::ops::Range;

use sha2::{Digest, Sha256};
use url::Url;

use super::beside::is_outside_text;
use super::boilerplate::{
    Within, is_aside_by_name, is_aside_within, is_beside_text, is_deleted, is_mark, is_note,
    picture_text, title_text,
};
use super::byline::{
    MAX_BYLINE, NO_CONTENT, is_byline, is_date_or_author, is_sentence, is_share_button,
    leads_elsewhere, tells_reading_time, text_beside_time,
};
use super::excerpt::around;
use super::metadata::is_structure;
use super::titles::{is_same, is_title};
use crate::html::{Base, Document, Element, Node};
use crate::sources::entry::{EntryLink, Follow, MAX_LINKS, add_fragment};
use crate::text::{clean, hex};
use crate::urls::{is_page, target_key, trim_fragment};

/// An entry's content.
#[derive(Debug, Default)]
pub(crate) struct EntryContent {
    /// All of it as one line of plain text, without the entry's title, date and author before it.
    pub(crate) text: String,
    /// Its links; each page once.
    pub(crate) links: Vec<EntryLink>,
    /// Whether there were more links than [`MAX_LINKS`].
    pub(crate) more: bool,
}

/// The page that contains the content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContentSource<'page> {
    pub(crate) page: &'page Document,
    /// The base of relative links.
    pub(crate) base: &'page Base,
    /// The entry's own URL: links to it are left out.
    pub(crate) own: &'page Url,
    /// The entry's title, which is excluded from the text.
    pub(crate) title: &'page str,
    /// Whether the range that is read is nothing but the entry's content.
    pub(crate) within: Within,
    /// The numbers of the elements in it that are left out, in order.
    pub(crate) left_out: &'page [usize],
}

/// Extracts the content of ranges of a page, which are in its order. `named` are links that the entry has outside of
/// them, such as `u-in-reply-to`.
pub(crate) fn extract(
    source: &ContentSource<'_>,
    ranges: &[Range<usize>],
    named: &[&str],
) -> EntryContent {
    let mut reader = ContentReader {
        source: *source,
        text: String::new(),
        gap: Gap::No,
        start: 0,
        notes: Vec::new(),
        beside: None,
        muted: 0,
        blocks: Vec::new(),
        open: Vec::new(),
        found: Vec::new(),
        places: HashMap::new(),
        more: false,
        structure: structure(source.page, ranges),
        is_whole: is_whole(source.page, ranges),
    };
    for href in named {
        if let Some(number) = reader.note(href, Follow::Yes) {
            reader.open.push((0, number));
        }
    }
    let mut number = 0;
    for range in ranges {
        number = number.max(range.start);
        reader.gap = Gap::Yes;
        number = reader.read(number..range.end);
    }
    reader.close_until(usize::MAX);
    reader.finish()
}

/// The numbers of the elements in ranges that are the page's structure.
fn structure(page: &Document, ranges: &[Range<usize>]) -> Vec<usize> {
    let elements = ranges.iter().flat_map(|range| page.elements(range.clone()));
    elements
        .filter(|element| is_structure(*element))
        .map(Element::number)
        .collect()
}

/// Whether ranges are all that a page shows.
fn is_whole(page: &Document, ranges: &[Range<usize>]) -> bool {
    page.first("body")
        .is_some_and(|body| *ranges == [body.inside()])
}

/// The version of the rules by which the content of a page is found. Raise it with every change of them: what another
/// version has read says nothing about whether an entry has changed.
const READER: &str = "10";

/// The digest of an entry's content. It differs if the text or the links differ.
pub(crate) fn digest(text: &str, links: &[EntryLink]) -> String {
    let mut digest = Sha256::new();
    digest.update(text);
    for link in links {
        // A newline occurs in no URL.
        digest.update([b'\n']);
        digest.update(link.url.as_str());
    }
    let digest = digest.finalize();
    let digest = hex(digest.get(..DIGEST_BYTES).unwrap_or_default());
    format!("{READER}:{digest}")
}

/// How many bytes of the hash are kept.
const DIGEST_BYTES: usize = 12;

/// Words of `rel` on links that the author does not vouch for.
const NO_FOLLOW: [&str; 3] = ["nofollow", "sponsored", "ugc"];

/// So many nodes are more than a line about the time that an entry takes to read.
const MAX_LINE: usize = 32;

/// The longest unit or variable that a number may be raised behind, in letters: `cm`, `sin`.
const LONGEST_UNIT: usize = 3;

/// Whether white space precedes the next text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Yes,
    No,
}

struct FoundContent {
    url: Url,
    fragments: Vec<String>,
    follow: Follow,
    /// The number of the note in which its text stands.
    note: Option<usize>,
    /// The range of its text.
    start: usize,
    end: usize,
}

/// The text before a note that stands beside it.
struct SetAside {
    /// The node at which the note ends.
    note_end: usize,
    text: String,
    gap: Gap,
}

struct ContentReader<'page> {
    source: ContentSource<'page>,
    /// The text, or that of the note that is being read.
    text: String,
    gap: Gap,
    /// Where the range that is read starts.
    start: usize,
    /// The texts of the notes beside the text, which are no part of it.
    notes: Vec<String>,
    /// The text, while a note is being read.
    beside: Option<SetAside>,
    /// The node at which an element ends whose words are not those of the text.
    muted: usize,
    /// Where the open blocks end.
    blocks: Vec<usize>,
    /// The open links: the node at which each ends, and its number.
    open: Vec<(usize, usize)>,
    found: Vec<FoundContent>,
    /// The number of the link to a page.
    places: HashMap<String, usize>,
    more: bool,
    /// The numbers of the elements that are the page's structure, in order.
    structure: Vec<usize>,
    /// Whether the range is the whole page.
    is_whole: bool,
}

impl ContentReader<'_> {
    /// Reads a range; returns the number of the node behind what was read.
    fn read(&mut self, range: Range<usize>) -> usize {
        let Range {
            start: mut number,
            end,
        } = range;
        self.start = number;
        while number < end {
            self.close_until(number);
            match self.source.page.node(number) {
                Some(Node::Element(element))
                    if self.source.left_out.binary_search(&number).is_ok() =>
                {
                    self.gap(element);
                    number = element.end().max(number + 1);
                    continue;
                }
                Some(Node::Element(element)) if self.is_around(element) => self.gap(element),
                Some(Node::Element(element))
                    if is_aside_within(element, self.source.within) || self.is_no_text(element) =>
                {
                    self.gap(element);
                    self.drawing(element);
                    number = element.end().max(number + 1);
                    continue;
                }
                // On a page that does not mark its content, what follows a heading for comments is others'.
                Some(Node::Element(_) | Node::Text(_)) if self.is_of_others(number) => {}
                Some(Node::Element(element)) => self.element(element),
                Some(Node::Text(text))
                    if number >= self.muted && self.source.page.is_read(number) =>
                {
                    self.push(text);
                }
                Some(Node::Text(_) | Node::Comment(_)) => {}
                None => break,
            }
            number += 1;
        }
        number
    }

    fn element(&mut self, element: Element<'_>) {
        let is_beside =
            is_beside_text(element) || element.number() == self.start && is_outside_text(element);
        if self.beside.is_none() && is_beside {
            let gap = if element.is_inline() {
                self.gap
            } else {
                Gap::Yes
            };
            self.beside = Some(SetAside {
                note_end: element.end(),
                text: std::mem::take(&mut self.text),
                gap,
            });
        }
        if is_deleted(element) {
            self.muted = self.muted.max(element.end());
        }
        self.gap(element);
        if self.is_apart(element) && element.end() > element.number() + 1 {
            self.blocks.push(element.end());
        }
        let number = match element.name() {
            "a" | "area" => self.link(element),
            "blockquote" | "q" => element
                .attribute("cite")
                .and_then(|cite| self.note(cite, Follow::Yes)),
            "img" if element.number() >= self.muted => {
                self.push(picture_text(element));
                None
            }
            _ => None,
        };
        if let Some(number) = number {
            self.open.push((element.end(), number));
        }
    }

    /// Records the links in a drawing or a formula that is shown within the text: its words are no text of the entry.
    fn drawing(&mut self, drawing: Element<'_>) {
        let page = self.source.page;
        if !matches!(drawing.name(), "svg" | "math")
            || is_aside_by_name(drawing)
            || self.is_of_others(drawing.number())
        {
            return;
        }
        // Those of SVG are no elements of HTML.
        let links = page
            .elements(drawing.inside())
            .filter(|link| link.name() == "a" && page.is_filled(link.number()));
        for link in links {
            if let Some(number) = self.link(link) {
                self.open.push((drawing.end(), number));
            }
        }
    }

    fn is_of_others(&self, number: usize) -> bool {
        self.source.within == Within::Page && self.source.page.is_in_comments(number)
    }

    /// Whether an element is a form around the content, as those of ASP.NET are around the whole page: its fields are
    /// not content, but the rest is.
    fn is_around(&self, element: Element<'_>) -> bool {
        if !element.is("form")
            || is_aside_by_name(element)
            || !self.source.page.is_shown(element.number())
        {
            return false;
        }
        let next = self
            .structure
            .partition_point(|number| *number <= element.number());
        let has_structure = self
            .structure
            .get(next)
            .is_some_and(|number| *number < element.end());
        let is_most = 2 * element.inside().len() > self.source.page.node_count();
        has_structure || (self.is_whole && self.structure.is_empty() && is_most)
    }

    /// Whether an element, with its descendants, is excluded from the text: the title, the date and the author before
    /// it, the mark of a footnote, an anchor beside a heading.
    fn is_no_text(&self, element: Element<'_>) -> bool {
        let is_place = |href: &str| {
            let to = || self.source.base.join(href);
            href.trim().starts_with('#')
                || href.contains('#') && to().is_some_and(|to| is_page(&to, self.source.own))
        };
        is_mark(element, &is_place)
            || (element.is("sup") && self.is_plain_mark(element))
            || (self.text.is_empty() && self.beside.is_none() && self.is_above(element))
    }

    /// Whether a raised number or sign without a link is the mark of a footnote, and not an exponent: it follows a word or
    /// the end of a sentence, not a unit or a variable.
    fn is_plain_mark(&self, element: Element<'_>) -> bool {
        let page = self.source.page;
        if page
            .elements(element.inside())
            .take(8)
            .any(|inner| inner.is("a"))
        {
            return false;
        }
        let mark = page.text(element.inside(), 64);
        let mark = mark.trim().trim_matches(['[', ']', '(', ')']);
        let is_number = mark.len() <= 3 && mark.chars().all(|c| c.is_ascii_digit());
        let before = self.text.chars().rev();
        let word = before
            .clone()
            .take_while(|c| c.is_alphabetic())
            .take(LONGEST_UNIT + 1);
        let is_behind_text = word.count() > LONGEST_UNIT
            || before.take(1).any(|c| ".,;:!?…”\"»。、！？".contains(c));
        !mark.is_empty()
            && (is_number && is_behind_text || mark.chars().all(|c| "*†‡§".contains(c)))
    }

    fn is_above(&self, element: Element<'_>) -> bool {
        let page = self.source.page;
        let most = 2 * MAX_BYLINE + self.source.title.len();
        let text = || clean(&page.text(element.inside(), most));
        let is_heading = |element: Element<'_>| matches!(element.name(), "h1" | "h2" | "h3");
        let is_title = |element: Element<'_>| {
            is_heading(element)
                && is_title(&title_text(page, element.inside(), most), self.source.title)
        };
        if is_heading(element) || element.is("hgroup") {
            let mut inside = page.elements(element.inside()).take(16);
            return (is_title(element)
                || element.has_class("subtitle")
                || element.is("hgroup") && inside.any(is_title))
                && !self.has_other_links(element);
        }
        let is_bold_title = || {
            let mut inside = page.elements(element.inside()).take(4);
            let bold = inside.find(|inner| matches!(inner.name(), "b" | "strong"));
            let bold = bold.map(|bold| page.text(bold.inside(), most));
            is_same(&text(), self.source.title)
                && bold.is_some_and(|bold| is_same(&bold, self.source.title))
        };
        let is_line = matches!(element.name(), "p" | "div" | "span" | "small" | "ul");
        let has_time = || {
            let mut inside = page.elements(element.inside()).take(16);
            inside.any(|inner| inner.is("time") || inner.has_class("dt-published"))
        };
        let is_of_date = || has_time() && !is_sentence(&text_beside_time(element));
        let is_of_reading = || {
            let is_beside = |text: &str| tells_reading_time(text) || is_date_or_author(text);
            element.inside().len() <= MAX_LINE && is_beside(&text())
        };
        // As Telegraph and Hakyll have the author and the date.
        let is_head = element.is("address") || element.is("section") && element.has_class("header");
        let is_short = if is_byline(element) || is_head {
            text().len() <= MAX_BYLINE.max(self.source.title.len())
        } else {
            is_line && (is_of_date() || is_of_reading()) && text().len() <= MAX_BYLINE
                || element.is("p") && is_bold_title()
        };
        is_short && !leads_elsewhere(element, self.source.base, self.source.own)
    }

    /// Whether an element has a link to a page that is not known yet.
    fn has_other_links(&self, element: Element<'_>) -> bool {
        let mut inside = self.source.page.elements(element.inside());
        inside.any(|inner| {
            let to = inner.attribute("href").and_then(|href| self.resolve(href));
            inner.is("a") && to.is_some_and(|(to, _)| !self.places.contains_key(&target_key(&to)))
        })
    }

    fn gap(&mut self, element: Element<'_>) {
        if self.is_apart(element) {
            self.gap = Gap::Yes;
        }
    }

    /// Whether a reader sees an element apart from the text around it.
    fn is_apart(&self, element: Element<'_>) -> bool {
        !element.is_inline() || is_note(element)
    }

    fn push(&mut self, text: &str) {
        if text.starts_with(char::is_whitespace) {
            self.gap = Gap::Yes;
        }
        let cleaned = clean(text);
        if cleaned.is_empty() {
            return;
        }
        if self.gap == Gap::Yes && !self.text.is_empty() {
            self.text.push(' ');
        }
        // A link begins where its own text begins.
        let (at, note) = (self.text.len(), self.note_number());
        for (_, number) in self.open.iter().rev() {
            match self.found.get_mut(*number) {
                Some(found) if found.start == usize::MAX => (found.start, found.note) = (at, note),
                // A link that encloses it has begun as well.
                Some(_) | None => break,
            }
        }
        self.text.push_str(&cleaned);
        self.gap = if text.ends_with(char::is_whitespace) {
            Gap::Yes
        } else {
            Gap::No
        };
    }

    /// Records a link; returns its number if its text is needed.
    fn link(&mut self, element: Element<'_>) -> Option<usize> {
        let rel = |list: &[&str]| list.iter().any(|known| element.has_rel(known));
        if rel(&NO_CONTENT) {
            return None;
        }
        let follow = if rel(&NO_FOLLOW) {
            Follow::No
        } else {
            Follow::Yes
        };
        let of_svg = || element.attribute("xlink:href").filter(|_| !element.is("a"));
        self.note(element.attribute("href").or_else(of_svg)?, follow)
    }

    fn note(&mut self, href: &str, follow: Follow) -> Option<usize> {
        let (url, fragment) = self.resolve(href)?;
        let key = target_key(&url);
        if let Some(&number) = self.places.get(&key) {
            // One followed link to a page is enough.
            let found = self.found.get_mut(number)?;
            add_fragment(
                &mut found.fragments,
                fragment.as_deref().unwrap_or_default(),
            );
            if follow == Follow::Yes {
                found.follow = Follow::Yes;
            }
            // A link without text so far gets its text here.
            let is_bare = found.start == 0 && found.end == 0;
            if is_bare {
                (found.start, found.end) = (usize::MAX, usize::MAX);
            }
            return is_bare.then_some(number);
        }
        if self.found.len() == MAX_LINKS {
            self.more = true;
            return None;
        }
        let number = self.found.len();
        self.places.insert(key, number);
        self.found.push(FoundContent {
            url,
            fragments: fragment.into_iter().collect(),
            follow,
            note: None,
            start: usize::MAX,
            end: usize::MAX,
        });
        Some(number)
    }

    /// The page that a link leads to, and its fragment where that does not tell by itself that it is an entry's.
    fn resolve(&self, href: &str) -> Option<(Url, Option<String>)> {
        let mut url = self.source.base.join(href)?;
        let fragment = trim_fragment(&mut url);
        (!is_page(&url, self.source.own) && !is_share_button(&url)).then_some((url, fragment))
    }

    /// Ends the blocks, the links and the note that end before `number`.
    fn close_until(&mut self, number: usize) {
        if let Some(note_end) = self.beside.as_ref().map(|beside| beside.note_end)
            && note_end <= number
        {
            self.close_in_text(note_end);
            if let Some(before) = self.beside.take() {
                let note = std::mem::replace(&mut self.text, before.text);
                self.notes.push(note);
                self.gap = before.gap;
            }
        }
        self.close_in_text(number);
    }

    fn close_in_text(&mut self, number: usize) {
        while self.blocks.last().is_some_and(|end| *end <= number) {
            self.blocks.pop();
            self.gap = Gap::Yes;
        }
        while let Some(&(end, link)) = self.open.last()
            && end <= number
        {
            self.open.pop();
            let (at, note) = (self.text.len(), self.note_number());
            if let Some(found) = self.found.get_mut(link) {
                found.end = at;
                if found.start > at {
                    (found.start, found.note) = (at, note);
                }
            }
        }
    }

    /// The number of the note that is being read.
    fn note_number(&self) -> Option<usize> {
        self.beside.as_ref().map(|_| self.notes.len())
    }

    /// The content. The notes follow the text.
    fn finish(self) -> EntryContent {
        let links = self.found.into_iter().map(|found| {
            let note = found.note.map(|note| self.notes.get(note));
            let text = note.map_or(Some(&self.text), |note| note);
            let text = text.map_or("", String::as_str);
            EntryLink {
                around: around(text, found.start, found.end),
                url: found.url,
                fragments: found.fragments,
                follow: found.follow,
            }
        });
        let links = links.collect();
        let mut text = self.text;
        for note in self.notes.iter().filter(|note| !note.is_empty()) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(note);
        }
        EntryContent {
            text,
            links,
            more: self.more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> EntryContent {
        let own = Url::parse("https://blog.example/posts/1/").unwrap();
        let page = Document::parse(html);
        let source = ContentSource {
            page: &page,
            base: &Base::of(&own),
            own: &own,
            title: "",
            within: Within::Page,
            left_out: &[],
        };
        let whole = 0..page.node_count();
        extract(&source, std::slice::from_ref(&whole), &[])
    }

    fn urls(html: &str) -> Vec<String> {
        let links = of(html).links;
        links.iter().map(|link| link.url.to_string()).collect()
    }

    #[test]
    fn a_link_in_the_html_of_a_drawing_counts() {
        let inside =
            "<title>T</title><foreignObject width=9 height=9><p><a href=//a.example/1>x</a>";
        assert_eq!(
            urls(&format!(
                "<p>x<svg>{inside}</svg><a href=//a.example/2>y</a>"
            )),
            ["https://a.example/1", "https://a.example/2"]
        );
    }

    #[test]
    fn b1_a_drawing_has_links_and_no_text() {
        let link = "<a href=//a.example><text>x</text></a>";
        for (html, expected) in [
            (format!("<svg>{link}</svg>"), 1),
            (format!("<figure><svg><g>{link}</g></svg></figure>"), 1),
            (
                "<svg><a xlink:href=//a.example><text>x</text></a></svg>".to_owned(),
                1,
            ),
            (
                "<svg><a xlink:href=//a.example><path d='M0 0'/></a></svg>".to_owned(),
                1,
            ),
            (
                "<math><mtext><a href=//a.example>x</a></mtext></math>".to_owned(),
                1,
            ),
            (format!("<svg aria-hidden=true>{link}</svg>"), 0),
            (format!("<svg style='display:none'>{link}</svg>"), 0),
            (format!("<svg><g style='display:none'>{link}</g></svg>"), 0),
            (format!("<nav><svg>{link}</svg></nav>"), 0),
            (format!("<div class=comments><svg>{link}</svg></div>"), 0),
            (
                "<svg><a href='javascript:x'><text>x</text></a></svg>".to_owned(),
                0,
            ),
            (
                "<svg><use xlink:href=//a.example></use><image href=//a.example /></svg>"
                    .to_owned(),
                0,
            ),
        ] {
            let content = of(&format!("<p>Before.{html}<p>After."));
            assert_eq!(content.links.len(), expected, "{html}");
            assert_eq!(content.text, "Before. After.", "{html}");
        }
    }

    #[test]
    fn links_are_resolved_folded_and_never_the_entry_itself() {
        let html = "<p><a href='https://a.example/#x'>1</a> <a href='https://A.example'>2</a> <a href='../2/'>3</a>
            <a href='#note'>4</a> <a href='/posts/1/'>5</a> <a href='mailto:x@a.example'>6</a> <a href='javascript:x'>7</a>
            <a href='https://user:pw@a.example/'>8</a> <a>9</a> <a href=' https://b.example/\n?q '>10</a><a href='http://['>11</a>";
        assert_eq!(
            urls(html),
            [
                "https://a.example/",
                "https://blog.example/posts/2/",
                "https://b.example/?q"
            ]
        );
    }

    #[test]
    fn links_to_two_entries_of_one_page_are_two_and_to_two_places_of_it_one() {
        let html = "<p><a href='//b.example/2005_01.php#000024'>1</a><a href='//www.b.example/2005_01.php#000030'>2</a>
            <a href='http://b.example/2005_01.php#000024'>1 again</a><a href='//c.example/x#intro'>3</a>
            <a href='http://www.c.example/x/index.html?utm_source=y#comments'>3 again</a>";
        assert_eq!(
            urls(html),
            [
                "https://b.example/2005_01.php#000024",
                "https://www.b.example/2005_01.php#000030",
                "https://c.example/x"
            ]
        );
    }

    #[test]
    fn rel_says_what_the_author_thinks_of_it() {
        let links = of("<a rel='NoFollow' href=//a.example>a</a><a rel='x ugc' href=//b.example>b</a>
            <a rel=noopener href=//c.example>c</a><a rel=tag href=//d.example>d</a><a href=//a.example>a again</a>")
        .links;
        let said: Vec<_> = links
            .iter()
            .map(|link| (link.url.host_str().unwrap(), link.follow))
            .collect();
        assert_eq!(
            said,
            [
                ("a.example", Follow::Yes),
                ("b.example", Follow::No),
                ("c.example", Follow::Yes)
            ]
        );
    }

    #[test]
    fn the_text_around_is_what_a_reader_sees() {
        let html = "<h2>Cats</h2><p>I  read <em>the\n<a href=//a.example>fine <b>pa</b>per</a></em>, and\u{202E} liked it.</p>
            <div class=share>Tweet this</div><p>More&nbsp;text<script>'no'</script><a href=//b.example><img alt='a picture'></a><a href=//c.example></a>.</p>";
        let content = of(html);
        let expected = "Cats I read the fine paper, and liked it. More text.";
        assert_eq!(content.text.replace('\u{a0}', " "), expected);
        for link in &content.links {
            assert_eq!(link.around, expected);
        }
        assert_eq!(content.links.len(), 3);
    }

    #[test]
    fn what_is_not_the_authors_text_has_no_links() {
        for html in [
            "<nav><a href=//a.example>a</a></nav>",
            "<div class=comments><p><a href=//a.example>a</a></p></div>",
            "<!-- <a href=//a.example>a</a> -->",
            "<template><a href=//a.example>a</a></template>",
            "<noscript><a href=//a.example>a</a></noscript>",
            "<textarea><a href=//a.example>a</a></textarea>",
            "<p style='display:none'><a href=//a.example>a</a></p>",
            "<link href=//a.example>",
            "<p title='<a href=//a.example>a</a>'>x</p>",
        ] {
            assert!(urls(html).is_empty(), "{html}");
        }
        // As a reader sees it, and a receiver.
        let again = of("<p style='visibility:hidden'>x<a href=//a.example>y</a>
            <a href=//b.example style='visibility:visible'>z</a><p><object><a href=//c.example>o</a></object>");
        assert_eq!(again.text, "z o");
        assert_eq!(again.links.len(), 2);
        assert_eq!(
            urls(
                "<nav>x</nav><img src=x usemap='#m'><map name=m><area shape=default href=//a.example></map><map name=n><area href=//b.example></map>"
            ),
            ["https://a.example/"]
        );
    }

    #[test]
    fn s7_the_links_are_counted() {
        let one = |number: usize| format!("<a href=//a.example/{number}>x</a>");
        let html: String = (0..MAX_LINKS + 5).map(one).collect();
        let content = of(&html);
        assert!(content.more);
        assert_eq!(content.links.len(), MAX_LINKS);
        let same = "<a href=//a.example/>x</a>".repeat(MAX_LINKS + 5);
        assert!(!of(&same).more);
    }

    #[test]
    fn s7_links_in_links_cost_no_more_than_their_number() {
        let html: String = (0..50_000)
            .map(|n| format!("<a href=//a.example/{}>x ", n % 1000))
            .collect();
        assert_eq!(of(&html).links.len(), 1000);
    }
}
