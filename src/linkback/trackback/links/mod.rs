//! The links of a stranger's page, visible or hidden, and its visible words.
//!
//! `html` decides what is visible; style sheets are not evaluated. Takes time and memory linear in the page's length.

mod kept;
mod listed;
mod words;

use std::collections::HashSet;

use encoding_rs::Encoding;
use url::Url;

use self::kept::KeptLinks;
use self::listed::ListedEntries;
pub use self::words::PageWords;
use self::words::{ElementWords, is_named, is_set_as_title};
use crate::html::{Base, BesideText, CommentLines, Departure, Document, Element, Node, PageLink};
use crate::linkback::discover::decode_page;
use crate::linkback::markup::is_shown_page;
use crate::text::{clean, crop};
use crate::urls::{bare_host, entry_key, is_page};

/// The links of a page: absolute, http or https, each once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The visible ones: `<a>`, `<area>`, and the `cite` of quotations.
    pub shown: Vec<Url>,
    /// Those that are only in hidden places, including bare URLs in comments and scripts.
    pub hidden: Vec<Url>,
    /// Those of `hidden` that only a style, or none that is known, keeps from being seen, and whether that style is a
    /// colour that may be another than the one behind it.
    pub veiled: Vec<(Url, bool)>,
    /// Whether there are more visible links than are kept.
    pub cut: bool,
    /// The visible words and the titles of the page, without the comments of others.
    pub words: PageWords,
    /// The words of its headings.
    headings: PageWords,
    /// The words of its titles.
    titles: PageWords,
    /// The words of what is called a title or a name, or leads to the front page of its site.
    names: PageWords,
    /// The words of what looks like a title, or is a link of the page to itself.
    marked: PageWords,
    /// Those of `shown` that the page's author vouches for: not only among comments, not only with `rel` `ugc`,
    /// `nofollow` or `sponsored`, not only in a blogroll, a sidebar or behind a line about comments, and not only in
    /// entries with a permalink of their own; none if the page has `nofollow` for robots.
    pub vouched: HashSet<Url>,
    /// The page's metadata.
    pub says: PageSays,
    /// The other page to which this one sends its readers.
    pub departure: Option<Departure>,
    /// The visible text, and the first position of each of `shown` in it.
    text: String,
    at: Vec<LinkPlace>,
}

/// The place of a link in the visible text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LinkPlace {
    /// The bytes of text before it.
    at: usize,
    /// Whether it is among the comments of others, whose text is left out.
    is_in_comments: bool,
}

/// The best place of a text on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nowhere, or only in comments.
    Nowhere,
    /// In its text.
    Text,
    /// In a heading.
    Heading,
    /// In its title.
    Title,
}

/// The metadata of a page; empty where it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageSays {
    /// Its permalink, by `<link rel=canonical>`.
    pub canonical: Option<Url>,
    /// Its title: `og:title`, else `<title>`.
    pub title: String,
    /// Its first `<h1>`, if that is visible.
    pub heading: String,
    /// The name of its site.
    pub site_name: String,
    /// Its description.
    pub description: String,
    /// Its charset.
    pub(crate) charset: Option<&'static Encoding>,
}

/// What of a site a URL is.
#[derive(Debug, Clone, Copy)]
struct TargetRole {
    /// Whether it is the front page of a site or a weblog.
    is_front: bool,
    /// Whether that is the page's own site.
    is_own_front: bool,
    /// Whether it is the page itself.
    is_page: bool,
}

/// The elements of headings.
const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];

/// The most bytes of [`PageSays::heading`].
const MAX_HEADING: usize = 300;

/// The number of characters on each side of a link in [`Links::around`].
const AROUND: usize = 110;

/// The most characters of [`Links::quote`]: before the link, and from its own text on.
const QUOTED: (usize, usize) = (80, 115);

/// The characters on each side of a link that are searched for those of [`Links::quote`]: most may be white space.
const QUOTED_FROM: usize = 2_000;

impl Links {
    /// The visible text, without the comments of others.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether `other` seems to be the same page, perhaps without some of its text: it has the title or the headings of
    /// this one.
    #[must_use]
    pub fn resembles(&self, other: &Links) -> bool {
        let marks = |links: &Links| {
            let headings = links.headings.as_str().trim().to_owned();
            [links.says.title.clone(), headings]
        };
        let has_text = |links: &Links| !links.text.trim().is_empty();
        let (own, others) = (marks(self), marks(other));
        let has_one = own
            .iter()
            .zip(&others)
            .any(|(own, other)| !own.is_empty() && own == other);
        (has_one || own == others) && (has_text(other) || !has_text(self))
    }

    /// The place of a text on the page.
    #[must_use]
    pub fn standing(&self, text: &str) -> Standing {
        let places = [
            (&self.titles, Standing::Title),
            (&self.headings, Standing::Heading),
            (&self.words, Standing::Text),
        ];
        let place = places.into_iter().find(|(words, _)| words.has(text));
        place.map_or(Standing::Nowhere, |(_, standing)| standing)
    }

    /// Whether a text is a title, a heading or a name on the page, or looks like one.
    #[must_use]
    pub fn has_title(&self, text: &str) -> bool {
        let named = [&self.titles, &self.headings, &self.names, &self.marked];
        named.into_iter().any(|words| words.has(text))
    }

    /// Whether a text, or the beginning of it, is a title, a heading or a name on the page.
    #[must_use]
    pub fn has_name(&self, text: &str) -> bool {
        let mut names = [&self.titles, &self.headings, &self.names].into_iter();
        names.any(|words| words.has_excerpt(text))
    }

    /// The visible text around a link, about a hundred characters on each side; empty if the link is not visible.
    #[must_use]
    pub fn around(&self, link: &Url) -> String {
        let place = self.place(link);
        let parts = place.and_then(|place| self.text.split_at_checked(place.at));
        let Some((before, behind)) = parts else {
            return String::new();
        };
        let (all_before, all_behind) = (before, behind);
        let before = last(all_before, AROUND + 1);
        let before = match before.split_once(char::is_whitespace) {
            Some((_, words)) if before.len() < all_before.len() => words,
            _ => before,
        };
        let behind = first(all_behind, AROUND);
        let behind = match behind.rsplit_once(char::is_whitespace) {
            Some((words, _)) if behind.len() < all_behind.len() => words,
            _ => behind,
        };
        clean(&format!("{before}{behind}"))
    }

    /// The visible text around a link as a quotation of at most 200 characters, in which `…` stands for what is left out;
    /// empty if the link is not visible, or only among the comments of others.
    #[must_use]
    pub fn quote(&self, link: &Url) -> String {
        let place = self.place(link).filter(|place| !place.is_in_comments);
        let parts = place.and_then(|place| self.text.split_at_checked(place.at));
        let Some((before, behind)) = parts else {
            return String::new();
        };
        let before = last(before, QUOTED_FROM);
        let behind = first(behind, QUOTED_FROM);
        let is_apart =
            before.ends_with(char::is_whitespace) || behind.starts_with(char::is_whitespace);
        let (before, behind) = (clean(before), clean(behind));
        let space = match is_apart && !before.is_empty() {
            true => " ",
            false => "",
        };
        let begin = last_words(&before, QUOTED.0);
        let end = crop(&behind, QUOTED.1, "…");
        format!("{begin}{space}{end}").trim().to_owned()
    }

    fn place(&self, link: &Url) -> Option<LinkPlace> {
        let number = self.shown.iter().position(|url| url == link)?;
        self.at.get(number).copied()
    }
}

/// The first characters of a text.
fn first(text: &str, most: usize) -> &str {
    let end = text
        .char_indices()
        .nth(most)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// The last characters of a text.
fn last(text: &str, most: usize) -> &str {
    let mut backwards = text.char_indices().rev();
    let begin = most.checked_sub(1).and_then(|most| backwards.nth(most));
    let begin = begin.map_or(0, |(at, _)| at);
    text.get(begin..).unwrap_or_default()
}

/// The last words of a text, after `…` if some are left out; a word without an end is cut.
fn last_words(text: &str, most: usize) -> String {
    let end = last(text, most);
    if end.len() == text.len() {
        return text.to_owned();
    }
    let words = end.split_once(' ').map_or(end, |(_, words)| words);
    format!("…{words}")
}

/// More links that only a style hides are not told apart.
const MOST_VEILED: usize = 1_000;

/// Finds the links in a page at `fetched`, in the charset that `content_type` or the page names. `None` if it is not an HTML
/// page but plain text or a feed. Links longer than 2 KiB are skipped. The caller should limit the size of the page, as for
/// [`discover`](crate::linkback::discover::discover).
#[must_use]
pub fn links(page: &[u8], content_type: Option<&str>, fetched: &Url) -> Option<Links> {
    let text = decode_page(page, content_type);
    let read = || Document::parse_decoded(&text, content_type);
    is_shown_page(content_type, &text).then(|| scan(&read(), fetched))
}

/// Whether an element is shown, or what it is in.
fn is_in_sight(element: Element<'_>) -> bool {
    let page = element.page();
    let parent = element.parent().map(Element::number);
    page.is_shown(element.number()) || parent.is_none_or(|parent| page.is_shown(parent))
}

fn scan(page: &Document, fetched: &Url) -> Links {
    let base = Base::new(page, fetched);
    let canonical = page.canonical().and_then(|href| base.join(href));
    let own = std::iter::once(fetched.clone()).chain(canonical);
    let mut found = LinkCollector {
        base: &base,
        page,
        words: PageWords::default(),
        headings: ElementWords::default(),
        titles: PageWords::default(),
        names: ElementWords::default(),
        marked: ElementWords::default(),
        fetched,
        entries: ListedEntries::new(own.collect()),
        beside: BesideText::default(),
        comment_lines: CommentLines::new(page),
        says: PageSays {
            charset: Some(page.encoding),
            ..PageSays::default()
        },
        shown: KeptLinks::default(),
        hidden: KeptLinks::default(),
        veiled: Vec::new(),
        vouched: HashSet::new(),
        vouches_for_none: false,
        text: String::new(),
        at: Vec::new(),
        targets: Vec::new(),
    };
    found.read_what_is_shown();
    found.read_what_is_hidden();
    let refresh = page.refresh();
    Links {
        departure: refresh.and_then(|refresh| refresh.departure(&base, fetched)),
        ..found.finish()
    }
}

/// The state of the scan.
struct LinkCollector<'page> {
    base: &'page Base,
    page: &'page Document,
    words: PageWords,
    headings: ElementWords,
    titles: PageWords,
    names: ElementWords,
    marked: ElementWords,
    fetched: &'page Url,
    entries: ListedEntries,
    beside: BesideText,
    comment_lines: CommentLines,
    says: PageSays,
    shown: KeptLinks,
    hidden: KeptLinks,
    veiled: Vec<(Url, bool)>,
    vouched: HashSet<Url>,
    /// Whether the page has `nofollow` for all its links.
    vouches_for_none: bool,
    text: String,
    at: Vec<LinkPlace>,
    /// What each of `shown` leads to.
    targets: Vec<TargetRole>,
}

impl LinkCollector<'_> {
    fn read_what_is_shown(&mut self) {
        let page = self.page;
        let mut links = page.visible_links().peekable();
        let mut ends: Vec<usize> = Vec::new();
        for (number, node) in page.nodes() {
            while ends.last().is_some_and(|end| *end <= number) {
                ends.pop();
                self.text.push(' ');
            }
            self.close_entries(number);
            match node {
                Node::Text(_) if page.is_by_others(number) => {}
                Node::Text(text) if page.is_shown(number) => {
                    self.words.add(text);
                    self.comment_lines.read(text);
                    self.headings.add(number, text);
                    self.names.add(number, text);
                    self.marked.add(number, text);
                    if page.is_read(number) {
                        self.text.push_str(text);
                    }
                }
                Node::Text(text) if page.is_title(number) => {
                    self.words.add(text);
                    self.titles.add(text);
                    self.titles.add_readings(text);
                }
                Node::Element(element) => {
                    self.element(element);
                    if !element.is_inline() && is_in_sight(element) {
                        self.text.push(' ');
                        ends.push(element.end());
                    }
                }
                Node::Text(_) | Node::Comment(_) => {}
            }
            while let Some(link) = links.next_if(|link| link.element.number() <= number) {
                self.link(&link);
            }
        }
        self.close_entries(usize::MAX);
    }

    fn element(&mut self, element: Element<'_>) {
        let page = self.page;
        if HEADINGS.iter().any(|name| element.is(name)) {
            self.headings.begin(element);
        }
        if is_named(element) {
            begin_short(&mut self.names, element, MAX_IN_NAME);
        }
        if is_set_as_title(element) {
            begin_short(&mut self.marked, element, MAX_IN_TITLE);
        }
        self.entries.enter(element, self.base);
        self.comment_lines.enter(element);
        if element.is("img")
            && page.is_shown(element.number())
            && !page.is_by_others(element.number())
        {
            self.picture(element);
        }
        if element.is("link") && element.has_rel("alternate") {
            self.names
                .add_apart(element.attribute("title").unwrap_or_default());
        }
        if element.is("meta") && !page.is_in_template(element) {
            self.words.add_title(element);
            self.titles.add_title(element);
            self.meta(element);
        }
    }

    fn close_entries(&mut self, number: usize) {
        for link in self.entries.close_until(number) {
            self.vouched.extend(self.shown.urls.get(link).cloned());
        }
    }

    fn picture(&mut self, image: Element<'_>) {
        let alt = image.attribute("alt").unwrap_or_default();
        self.words.add_picture(alt);
        self.headings.add_picture(image.number(), alt);
    }

    fn link(&mut self, link: &PageLink<'_>) {
        let place = self.shown.add(self.base, link.href);
        let Some((place, url)) = place.and_then(|at| Some((at, self.shown.urls.get(at)?))) else {
            return;
        };
        if place == self.at.len() {
            self.at.push(LinkPlace {
                at: self.text.len(),
                is_in_comments: link.is_in_comments,
            });
            let is_front = is_front(url);
            self.targets.push(TargetRole {
                is_front,
                is_own_front: is_front && bare_host(url) == bare_host(self.fetched),
                is_page: is_page(url, self.fetched),
            });
        }
        let Some(target) = self.targets.get(place).filter(|_| !link.is_in_comments) else {
            return;
        };
        if target.is_own_front {
            begin_short(&mut self.names, link.element, MAX_IN_NAME);
        }
        if target.is_page {
            begin_short(&mut self.marked, link.element, MAX_IN_TITLE);
        }
        if !is_vouched(link) || self.vouched.contains(url) {
            return;
        }
        let is_beside = self.comment_lines.is_behind()
            || self.beside.is_in_sidebar(link.element)
            || target.is_front && self.beside.is_in_blogroll(link.element);
        if !is_beside && !self.entries.keep(place) {
            self.vouched.insert(url.clone());
        }
    }

    /// Reads a `<meta>` element.
    fn meta(&mut self, element: Element<'_>) {
        let name = element
            .attribute("property")
            .or_else(|| element.attribute("name"));
        let name = name.unwrap_or_default().trim().to_ascii_lowercase();
        let content = element.attribute("content").unwrap_or_default();
        let field = match name.as_str() {
            "author" => return self.names.add_apart(content),
            "og:title" => &mut self.says.title,
            "og:site_name" | "application-name" => &mut self.says.site_name,
            "description" | "og:description" => &mut self.says.description,
            "robots" | "googlebot" => {
                self.vouches_for_none |= forbids_following(content);
                return;
            }
            _ => return,
        };
        if field.is_empty() {
            *field = clean(content);
        }
    }

    fn read_what_is_hidden(&mut self) {
        let page = self.page;
        for link in page.links().filter(|link| !link.is_shown) {
            let place = self.hidden.add(self.base, link.href);
            if link.is_veiled && !link.is_in_comments && self.veiled.len() < MOST_VEILED {
                let url = place.and_then(|place| self.hidden.urls.get(place));
                self.veiled
                    .extend(url.map(|url| (url.clone(), link.is_doubtful)));
            }
        }
        for (number, node) in page.nodes() {
            match node {
                Node::Comment(text) => self.hidden.unseen(self.base, text),
                Node::Text(text) if !page.is_shown(number) && !page.is_title(number) => {
                    self.hidden.unseen(self.base, text);
                }
                Node::Text(_) | Node::Element(_) => {}
            }
        }
    }

    fn finish(mut self) -> Links {
        if self.vouches_for_none {
            self.vouched.clear();
        }
        let seen = &self.shown.seen;
        self.hidden.urls.retain(|url| !seen.contains_key(url));
        self.veiled.retain(|(url, _)| !seen.contains_key(url));
        let canonical = self.page.canonical();
        self.says.canonical = canonical.and_then(|href| self.base.join(href));
        if self.says.title.is_empty() {
            self.says.title = self.page.title().unwrap_or_default();
        }
        let heading = self.page.first("h1").filter(|heading| {
            let number = heading.number();
            self.page.is_shown(number) && !self.page.is_by_others(number)
        });
        let heading = heading.map(|heading| clean(&self.page.text(heading.inside(), MAX_HEADING)));
        self.says.heading = heading.unwrap_or_default();
        Links {
            shown: self.shown.urls,
            hidden: self.hidden.urls,
            veiled: self.veiled,
            cut: self.shown.cut || self.page.is_cut(),
            words: self.words,
            headings: self.headings.finish(),
            titles: self.titles,
            names: self.names.finish(),
            marked: self.marked.finish(),
            vouched: self.vouched,
            says: self.says,
            departure: None,
            text: self.text,
            at: self.at,
        }
    }
}

/// Whether a URL is the front page of a site, or of a weblog or a user on it.
fn is_front(url: &Url) -> bool {
    let key = entry_key(url);
    let path = key.split_once('/').map_or("", |(_, path)| path);
    let last = path.rsplit('/').next().unwrap_or_default();
    !key.contains('?') && (last.is_empty() || last.starts_with('~') || FRONTS.contains(&last))
}

/// The last folders of the front pages of weblogs, and of their feeds.
const FRONTS: [&str; 8] = [
    "blog",
    "weblog",
    "feed",
    "rss",
    "feed.xml",
    "rss.xml",
    "atom.xml",
    "index.xml",
];

/// Whether rules for robots tell them to follow no link. The value of a rule (`max-image-preview: none`) is none.
pub(crate) fn forbids_following(rules: &str) -> bool {
    let rules = rules.split([',', ';']).filter(|rule| !rule.contains(':'));
    let mut words = rules.flat_map(str::split_whitespace);
    words.any(|word| word.eq_ignore_ascii_case("nofollow") || word.eq_ignore_ascii_case("none"))
}

/// Begins an element in which a name or a title may be, if it is as short as those are.
fn begin_short(words: &mut ElementWords, element: Element<'_>, most: usize) {
    if element.end() - element.number() <= most {
        words.begin(element);
    }
}

/// The most nodes of a name.
const MAX_IN_NAME: usize = 50;

/// The most nodes of what only looks like a title: a short entry may be called untitled.
const MAX_IN_TITLE: usize = 12;

/// Whether the page's author vouches for a link.
fn is_vouched(link: &PageLink<'_>) -> bool {
    !link.is_in_comments && !link.is_not_vouched()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod text_tests;
