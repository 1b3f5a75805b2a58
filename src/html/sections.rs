//! Where the sections end that headings for the comments of others begin.

use std::ops::Range;

use super::by_others::is_called;
use super::comments::{Headed, HeadingKind, fragment_of, headed, is_comments, section_end};
use super::document::{Document, Element, Node};

/// Where the sections end that the headings so far begin.
#[derive(Debug)]
pub(super) struct HeadedSections {
    pub(super) comments_end: usize,
    pub(super) others_end: usize,
    /// What shows where the entry begins: `<main>`, or the first heading that is the page's title.
    entry: Option<usize>,
    /// Whether nothing so far looks like an entry.
    is_before_entry: bool,
    /// How many bytes of text outside of links there are so far, up to which node, and where the last link ends.
    text: (usize, usize, usize),
    /// Where the last heading ends that may be the entry's.
    title_end: Option<usize>,
    /// How many fragments are still looked up.
    lookups: usize,
    /// What the page and the headings so far say that it is about.
    titles: Vec<String>,
    /// The first heading that is the page's title.
    title: Option<usize>,
    /// Where the boxes end that hold entries, so far.
    entry_end: usize,
    main_end: usize,
    /// Where the boxes end that hold the text of entries and nothing else, so far.
    content_end: usize,
    /// Where a reader can write a comment, at last.
    form: usize,
}

impl HeadedSections {
    pub(super) fn of(page: &Document) -> HeadedSections {
        let titles = titles_of(page);
        let (title, behind_site) = find_title(page, &titles);
        let main = page.first("main");
        HeadedSections {
            comments_end: 0,
            others_end: 0,
            entry: match main.map(Element::number) {
                Some(main) => Some(title.unwrap_or(main).min(main)),
                None => title.or(behind_site),
            },
            is_before_entry: true,
            text: (0, 0, 0),
            title_end: None,
            lookups: MAX_LOOKUPS,
            form: page.all("textarea").last().map_or(0, Element::number),
            titles,
            title: title.or(behind_site),
            entry_end: 0,
            main_end: 0,
            content_end: 0,
        }
    }

    /// Notes what begins at an element, if that is a heading.
    pub(super) fn begin_at(&mut self, element: Element<'_>) {
        let number = element.number();
        if number < self.comments_end {
            return;
        }
        let titles = &self.titles;
        let is_of_page = |text: &str| titles.iter().any(|title| place_in(title, text).is_some());
        let headed = headed(element, &is_of_page)
            .filter(|(_, kind)| match kind {
                HeadingKind::Marked => !self.is_of_text(element),
                HeadingKind::Likely => self.is_behind_entry(number),
                HeadingKind::AboveForm => number < self.form && self.is_behind_entry(number),
            })
            .map(|(headed, _)| headed);
        if headed.is_none() {
            self.note(element);
        }
        let is_title = self.title == Some(number);
        self.is_before_entry &= headed.is_some() || !may_begin_entry(element);
        if is_title || headed.is_none() || self.leads_on(element) {
            if headed.is_none() && (element.is("h1") || element.is("h2")) {
                self.title_end = Some(element.end());
            }
            return;
        }
        let is_before_entry = self.is_before_entry && self.read_to(element) < MORE_THAN_HEADER;
        let is_to_come = |entry: &usize| is_before_entry && *entry > number;
        let entry = self.entry.filter(is_to_come);
        match headed {
            Some(Headed::Comments) => self.comments_end = section_end(element, entry),
            Some(Headed::ByOthers) if number >= self.others_end => {
                self.others_end = section_end(element, entry);
            }
            Some(Headed::ByOthers) | None => {}
        }
    }

    /// Notes the box of an entry and the heading that says what the page is about.
    fn note(&mut self, element: Element<'_>) {
        if is_content(element) {
            self.content_end = self.content_end.max(element.end());
        }
        if element.is("main") {
            self.main_end = element.end();
        } else if is_entry(element) && !is_comments(element) {
            self.entry_end = self.entry_end.max(element.end());
        }
        if matches!(element.name(), "h1" | "h2") && self.titles.len() < MAX_TITLES {
            let text = element.page().text(element.inside(), MAX_HEADING);
            self.titles.push(crate::text::clean(&text).to_lowercase());
        }
    }

    /// Whether comments can begin at an element: the entry's text ends before it, or a reader can write one below.
    fn is_behind_entry(&self, number: usize) -> bool {
        let entry_end = match self.entry_end {
            0 => self.main_end,
            end => end,
        };
        match (self.content_end, entry_end) {
            (0, 0) => number < self.form,
            (0, end) => number >= end || (number..end).contains(&self.form),
            (end, _) => number >= end,
        }
    }

    /// Whether a heading is one of the entry's text: in its content, and what follows there is prose, as no list of comments
    /// is.
    fn is_of_text(&mut self, heading: Element<'_>) -> bool {
        if heading.end() >= self.content_end {
            return false;
        }
        let Some(lookups) = self.lookups.checked_sub(1) else {
            return false;
        };
        self.lookups = lookups;
        let behind = heading.end()..self.content_end;
        behind.len() <= MAX_PROSE && is_prose(heading.page(), behind)
    }

    /// How many bytes of text outside of links readers see before an element.
    fn read_to(&mut self, element: Element<'_>) -> usize {
        let page = element.page();
        let (mut length, from, mut link_end) = self.text;
        for number in from..element.number() {
            match page.node(number) {
                Some(Node::Element(link)) if link.is("a") => link_end = link_end.max(link.end()),
                Some(Node::Text(text)) if number >= link_end && page.is_shown(number) => {
                    length += text.trim().len();
                }
                Some(Node::Element(_) | Node::Text(_) | Node::Comment(_)) | None => {}
            }
        }
        self.text = (length, element.number(), link_end);
        length
    }

    /// Whether a heading for comments is no more than a link to them, above the text: they stand further down, or it follows
    /// the title of an entry whose text is still to come.
    fn leads_on(&mut self, heading: Element<'_>) -> bool {
        let Some(fragment) = fragment_of(heading) else {
            return false;
        };
        let Some(lookups) = self.lookups.checked_sub(1) else {
            return false;
        };
        self.lookups = lookups;
        let page = heading.page();
        let is_target = |one: &Element<'_>| {
            [one.attribute("id"), one.attribute("name")].contains(&Some(fragment))
        };
        let mut all = page.elements(0..page.node_count());
        match all.find(is_target) {
            Some(target) => {
                let mut between = page.elements(heading.end()..target.number());
                target.number() >= heading.end() && !between.any(is_comments)
            }
            None => self
                .title_end
                .is_some_and(|title| is_bare(page, title..heading.number())),
        }
    }
}

/// So many bytes of text are more than a site has above an entry.
const MORE_THAN_HEADER: usize = 300;

/// How many fragments of a page are looked up.
const MAX_LOOKUPS: usize = 8;

/// Whether hardly anything stands in a range: no more than a date and an author.
fn is_bare(page: &Document, range: Range<usize>) -> bool {
    let is_content = |one: Element<'_>| {
        matches!(
            one.name(),
            "img" | "video" | "audio" | "iframe" | "figure" | "blockquote" | "svg"
        )
    };
    range.len() <= MAX_BARE
        && page.text(range.clone(), MAX_BARE).trim().len() <= MAX_BARE
        && !page.elements(range.clone()).any(is_content)
        && !page
            .elements(range.clone())
            .any(|one| may_begin_entry(one) && one.end() <= range.end)
}

/// Whether a range holds an author's sentences and nothing else: no list, no form, nothing with a date or a name.
fn is_prose(page: &Document, range: Range<usize>) -> bool {
    let is_plain = |one: Element<'_>| {
        const PLAIN: [&str; 22] = [
            "p",
            "a",
            "b",
            "i",
            "em",
            "strong",
            "code",
            "kbd",
            "pre",
            "br",
            "q",
            "sub",
            "sup",
            "img",
            "figure",
            "figcaption",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
        ];
        let is_others = || {
            ["nofollow", "ugc", "sponsored"]
                .iter()
                .any(|rel| one.has_rel(rel))
        };
        PLAIN.iter().any(|name| one.is(name))
            && (one.is("img") || one.attribute("class").is_none())
            && !is_comments(one)
            && !is_others()
            && !matches!(headed(one, &|_| false), Some((_, HeadingKind::Marked)))
    };
    // Not a short comment or a signature, nor what begins with who says it.
    let is_sentence = |one: Element<'_>| {
        let first = page.element(one.inside().start);
        let begins_with_name =
            first.is_some_and(|first| ["a", "b", "strong"].iter().any(|name| first.is(name)));
        !one.is("p")
            || !begins_with_name
                && page.text(one.inside(), MAX_PROSE).trim().len() >= LEAST_SENTENCE
    };
    let text = page.text(range.clone(), MAX_PROSE);
    text.trim().len() >= LEAST_PROSE
        && !has_moment(&text)
        && page
            .elements(range)
            .all(|one| is_plain(one) && is_sentence(one))
}

/// The most nodes of a section of an entry, and the fewest bytes of it and of each paragraph.
const MAX_PROSE: usize = 4_000;
const LEAST_PROSE: usize = 60;
const LEAST_SENTENCE: usize = 40;

/// Whether a year or a time of day stands in a text, as at each comment.
fn has_moment(text: &str) -> bool {
    let is_year =
        |word: &str| word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let mut numbers = text.split(|c: char| !c.is_numeric());
    let is_time = |(at, _): (usize, &str)| {
        let (before, behind) = text.split_at_checked(at).unwrap_or_default();
        let behind = behind.trim_start_matches([':', '.']);
        before.ends_with(|c: char| c.is_ascii_digit())
            && behind.starts_with(|c: char| c.is_ascii_digit())
    };
    numbers.any(is_year) || text.match_indices([':', '.']).any(is_time)
}

/// The most nodes and bytes of a date and an author.
const MAX_BARE: usize = 120;

/// What a page says that its title is.
fn titles_of(page: &Document) -> Vec<String> {
    let said = page
        .all("meta")
        .find(|one| one.attribute("property") == Some("og:title"));
    let said = said.and_then(|one| one.attribute("content"));
    let title = page.title();
    let titles = [title.as_deref(), said].into_iter().flatten();
    titles
        .map(|title| crate::text::clean(title).to_lowercase())
        .collect()
}

/// The first heading that is the page's title, alone or before the name of the site, and the first that is behind that.
fn find_title(page: &Document, titles: &[String]) -> (Option<usize>, Option<usize>) {
    let is_heading = |one: &Element<'_>| matches!(one.name(), "h1" | "h2" | "h3");
    let headings = page.elements(0..page.node_count()).filter(is_heading);
    let mut behind_site = None;
    for heading in headings.take(MAX_HEADINGS) {
        let text = page.text(heading.inside(), MAX_HEADING).to_lowercase();
        match titles.iter().find_map(|title| place_in(title, &text)) {
            Some(InTitle::First) => return (Some(heading.number()), behind_site),
            Some(InTitle::Last) => behind_site = behind_site.or(Some(heading.number())),
            None => {}
        }
    }
    (None, behind_site)
}

/// How many headings of a page are compared with its title.
const MAX_HEADINGS: usize = 200;

/// How many titles are known of a page.
const MAX_TITLES: usize = 8;

/// Classes of what holds the text of an entry and no comments.
const CONTENT: [&str; 7] = [
    "e-content",
    "entry-content",
    "entry-body",
    "post-content",
    "post-body",
    "article-body",
    "article-content",
];

/// Whether an element holds the text of an entry and nothing else.
pub(super) fn is_content(element: Element<'_>) -> bool {
    is_called(element, &CONTENT) || element.words("itemprop").any(|word| word == "articleBody")
}

/// Where a heading stands in a title.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InTitle {
    First,
    Last,
}

/// Where the words of a heading, in lower case, stand in a title, alone or beside the name of the site.
fn place_in(title: &str, text: &str) -> Option<InTitle> {
    let text = crate::text::clean(text);
    let rest = title
        .strip_prefix(&text)
        .filter(|_| !text.is_empty())
        .map(|rest| !rest.trim_start().starts_with(char::is_alphanumeric));
    let before = title
        .strip_suffix(&text)
        .filter(|_| !text.is_empty())
        .map(|rest| !rest.trim_end().ends_with(char::is_alphanumeric));
    match (rest, before) {
        (Some(true), _) => Some(InTitle::First),
        (_, Some(true)) => Some(InTitle::Last),
        _ => None,
    }
}

/// The longest heading that is compared with the title, in bytes and in nodes.
const MAX_HEADING: usize = 400;

/// Whether an element may be an entry or its heading.
fn may_begin_entry(element: Element<'_>) -> bool {
    is_entry(element) || is_comments(element)
}

fn is_entry(element: Element<'_>) -> bool {
    matches!(element.name(), "article" | "main")
        || is_called(element, &["h-entry", "hentry", "e-content"])
}
