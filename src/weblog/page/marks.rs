//! What the classes and elements within an entry say: microformats, microdata, `<time>`, the heading.

use std::ops::Range;

use super::facts::classed;
use super::tree::{Element, Tree};

/// What is marked within an entry, unchecked.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// `u-url`, or `rel=bookmark`.
    pub(crate) url: Option<String>,
    /// `p-name`.
    pub(crate) name: Option<String>,
    /// `p-summary`.
    pub(crate) summary: Option<String>,
    /// `dt-published`, or `itemprop=datePublished`.
    pub(crate) published: Option<String>,
    /// `dt-updated`, or `itemprop=dateModified`.
    pub(crate) updated: Option<String>,
    /// The first `<time>`.
    pub(crate) time: Option<String>,
    /// The text of the first `<h1>`.
    pub(crate) heading: Option<String>,
    /// Where the first heading leads.
    pub(crate) heading_link: Option<String>,
}

/// Bytes of a text that is marked; none needs more.
const MOST: usize = 8 * 1024;

impl Marks {
    /// Reads them.
    pub(crate) fn read(tree: &Tree, range: Range<usize>) -> Marks {
        let text = |classes: &[&str]| {
            let (number, _) = classed(tree, range.clone(), classes)?;
            Some(tree.text(tree.inside(number), MOST))
        };
        let moment = |classes: &[&str], property: &str| {
            let by_class = classed(tree, range.clone(), classes);
            let found = by_class.or_else(|| {
                let mut all = tree.elements(range.clone());
                all.find(|(_, element)| element.words("itemprop").any(|word| word == property))
            });
            let (number, element) = found?;
            Some(moment_of(tree, number, element))
        };
        let mut marks = Marks {
            url: url(tree, range.clone()),
            name: text(&["p-name", "entry-title"]),
            summary: text(&["p-summary", "entry-summary"]),
            published: moment(&["dt-published", "published"], "datePublished"),
            updated: moment(&["dt-updated"], "dateModified"),
            ..Marks::default()
        };
        let is_heading = |element: &Element| matches!(element.name(), b"h1" | b"h2" | b"h3");
        let first_heading = tree
            .elements(range.clone())
            .find(|(_, element)| is_heading(element));
        marks.heading_link = first_heading.and_then(|(number, _)| link_in(tree, number));
        marks.time = tree
            .elements(range.clone())
            .find(|(_, element)| element.name() == b"time")
            .map(|(number, element)| moment_of(tree, number, element));
        marks.heading = heading(tree, range);
        marks
    }
}

/// The text of the first `<h1>`.
pub(crate) fn heading(tree: &Tree, range: Range<usize>) -> Option<String> {
    let mut elements = tree.elements(range);
    let (number, _) = elements.find(|(_, element)| element.name() == b"h1")?;
    Some(tree.text(tree.inside(number), MOST))
}

fn url(tree: &Tree, range: Range<usize>) -> Option<String> {
    let is_own = |element: &Element| {
        element.has_class("u-url")
            || element
                .words("rel")
                .any(|word| word.eq_ignore_ascii_case("bookmark"))
    };
    let mut elements = tree.elements(range);
    // The author's card inside the entry has a `u-url` too.
    let mut card_ends = 0;
    elements.find_map(|(number, element)| {
        if element.has_class("h-card") {
            card_ends = element.end;
        }
        (number >= card_ends && is_own(element))
            .then(|| element.attribute("href").map(str::to_owned))
            .flatten()
    })
}

fn moment_of(tree: &Tree, number: usize, element: &Element) -> String {
    ["datetime", "content", "title"]
        .iter()
        .find_map(|name| element.attribute(name))
        .map_or_else(|| tree.text(tree.inside(number), MOST), str::to_owned)
}

fn link_in(tree: &Tree, number: usize) -> Option<String> {
    tree.elements(tree.inside(number))
        .filter(|(_, element)| element.name() == b"a")
        .find_map(|(_, element)| element.attribute("href"))
        .map(str::to_owned)
}
