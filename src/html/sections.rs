//! Where the sections end that headings for the comments of others begin.

use std::ops::Range;

use super::by_others::is_called;
use super::comments::{Headed, fragment_of, headed, is_comments, section_end};
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
}

impl HeadedSections {
    pub(super) fn of(page: &Document) -> HeadedSections {
        HeadedSections {
            comments_end: 0,
            others_end: 0,
            entry: find_entry(page),
            is_before_entry: true,
            text: (0, 0, 0),
            title_end: None,
            lookups: MAX_LOOKUPS,
        }
    }

    /// Notes what begins at an element, if that is a heading.
    pub(super) fn begin_at(&mut self, element: Element<'_>) {
        let number = element.number();
        if number < self.comments_end {
            return;
        }
        let headed = headed(element);
        let is_title = self.entry == Some(number) && !element.is("main");
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
        && !page.elements(range).any(is_content)
}

/// The most nodes and bytes of a date and an author.
const MAX_BARE: usize = 120;

/// The first `<main>`, or the first heading that is the page's title, rather alone or before the name of the site than
/// behind it.
fn find_entry(page: &Document) -> Option<usize> {
    let mut titles = vec![page.title().unwrap_or_default().to_lowercase()];
    let (mut behind_site, mut headings) = (None, 0);
    for element in page.elements(0..page.node_count()) {
        match element.name() {
            "main" => return Some(element.number()),
            "meta" if titles.len() == 1 && element.attribute("property") == Some("og:title") => {
                titles.extend(element.attribute("content").map(str::to_lowercase));
            }
            "h1" | "h2" | "h3" if headings < MAX_HEADINGS => {
                headings += 1;
                match titles.iter().find_map(|title| place_in(title, element)) {
                    Some(InTitle::First) => return Some(element.number()),
                    Some(InTitle::Last) => behind_site = behind_site.or(Some(element.number())),
                    None => {}
                }
            }
            _ => {}
        }
    }
    behind_site
}

/// How many headings of a page are compared with its title.
const MAX_HEADINGS: usize = 200;

/// Where a heading stands in a title.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InTitle {
    First,
    Last,
}

/// Where the words of a heading stand in the page's title, alone or beside the name of the site.
fn place_in(title: &str, heading: Element<'_>) -> Option<InTitle> {
    let text = heading.page().text(heading.inside(), MAX_HEADING);
    let text = crate::text::clean(&text).to_lowercase();
    let title = crate::text::clean(title);
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
    matches!(element.name(), "article" | "main")
        || is_called(element, &["h-entry", "hentry", "e-content"])
        || is_comments(element)
}
