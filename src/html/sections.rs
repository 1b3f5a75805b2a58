//! Where the sections end that headings for the comments of others begin.

use super::by_others::is_called;
use super::comments::{Headed, headed, is_comments, section_end};
use super::document::{Document, Element};

/// Where the sections end that the headings so far begin.
#[derive(Debug)]
pub(super) struct HeadedSections {
    pub(super) comments_end: usize,
    pub(super) others_end: usize,
    /// What shows where the entry begins: `<main>`, or the heading that is the page's title.
    entry: Option<usize>,
    /// Whether nothing so far looks like an entry.
    is_before_entry: bool,
}

impl HeadedSections {
    pub(super) fn of(page: &Document) -> HeadedSections {
        HeadedSections {
            comments_end: 0,
            others_end: 0,
            entry: find_entry(page),
            is_before_entry: true,
        }
    }

    /// Notes what begins at an element, if that is a heading.
    pub(super) fn begin_at(&mut self, element: Element<'_>) {
        let number = element.number();
        if number < self.comments_end {
            return;
        }
        let headed = headed(element);
        let is_title = self.entry == Some(number) && element.is("h1");
        self.is_before_entry &= headed.is_some() || !may_begin_entry(element);
        if is_title {
            return;
        }
        let entry = self.entry.filter(|_| self.is_before_entry);
        match headed {
            Some(Headed::Comments) => self.comments_end = section_end(element, entry),
            Some(Headed::ByOthers) if number >= self.others_end => {
                self.others_end = section_end(element, entry);
            }
            Some(Headed::ByOthers) | None => {}
        }
    }
}

/// The first `<main>`, or `<h1>` that is the page's title.
fn find_entry(page: &Document) -> Option<usize> {
    let title = page.title().unwrap_or_default().to_lowercase();
    let mut first_heading = true;
    let mut all = page.elements(0..page.node_count());
    let entry = all.find(|element| {
        let is_first = element.is("h1") && std::mem::take(&mut first_heading);
        element.is("main") || is_first && is_title(*element, &title)
    });
    entry.map(Element::number)
}

/// Whether a heading is the page's title, alone or before the name of the site.
fn is_title(heading: Element<'_>, title: &str) -> bool {
    let text = heading.page().text(heading.inside(), MAX_HEADING);
    let text = crate::text::clean(&text).to_lowercase();
    let rest = title.strip_prefix(&text).map(str::trim_start);
    let is_alone = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    !text.is_empty() && rest.is_some_and(is_alone)
}

/// The longest heading that is compared with the title, in bytes and in nodes.
const MAX_HEADING: usize = 400;

/// Whether an element may be an entry or its heading.
fn may_begin_entry(element: Element<'_>) -> bool {
    matches!(element.name(), "article" | "main" | "h1" | "h2" | "h3")
        || is_called(element, &["h-entry", "hentry", "e-content"])
        || is_comments(element)
}
