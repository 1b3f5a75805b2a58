//! Collects the properties of an entry from its markup: microformats, microdata, `<time>`, the heading.

use std::ops::Range;

use super::boilerplate::title_text;
use super::metadata::{classed, is_answer, is_object, own_elements};
use crate::html::{Document, Element};

/// The properties of an entry, unchecked.
#[derive(Debug, Default)]
pub(crate) struct EntryProperties {
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
    /// The link of the first heading.
    pub(crate) heading_link: Option<String>,
    /// The pages that the entry replies to, likes, reposts or bookmarks.
    pub(crate) answers: Vec<String>,
}

/// The limit of bytes of a property.
const MOST: usize = 8 * 1024;

impl EntryProperties {
    /// Collects the properties.
    pub(crate) fn collect(tree: &Document, range: Range<usize>) -> EntryProperties {
        let text = |classes: &[&str]| {
            let element = classed(tree, range.clone(), classes)?;
            Some(tree.text(element.inside(), MOST))
        };
        let moment = |classes: &[&str], property: &str| {
            let by_class = classed(tree, range.clone(), classes);
            let found = by_class.or_else(|| {
                let mut all = own_elements(tree, range.clone());
                all.find(|element| element.words("itemprop").any(|word| word == property))
            });
            found.map(|element| moment_of(tree, element))
        };
        let mut marks = EntryProperties {
            url: url(tree, range.clone()),
            name: classed(tree, range.clone(), &["p-name", "entry-title"])
                .map(|element| title_text(tree, element.inside(), MOST)),
            summary: text(&["p-summary", "entry-summary"]),
            published: moment(&["dt-published", "published"], "datePublished"),
            updated: moment(&["dt-updated"], "dateModified"),
            ..EntryProperties::default()
        };
        let is_heading = |element: &Element<'_>| matches!(element.name(), "h1" | "h2" | "h3");
        let first_heading = own_elements(tree, range.clone()).find(is_heading);
        marks.heading_link = first_heading
            .and_then(|heading| link_in(tree, heading).or_else(|| link_around(heading)));
        marks.time = own_elements(tree, range.clone())
            .find(|element| element.is("time"))
            .map(|element| moment_of(tree, element));
        marks.answers = answers(tree, range);
        marks
    }
}

/// The headings of an entry that may be its title, with their texts.
pub(crate) fn headings(
    tree: &Document,
    range: Range<usize>,
) -> impl Iterator<Item = (Element<'_>, String)> {
    own_elements(tree, range)
        .filter(|element| matches!(element.name(), "h1" | "h2" | "h3"))
        .take(MAX_HEADINGS)
        .map(|heading| (heading, title_text(tree, heading.inside(), MOST)))
}

/// How many headings are compared with the page's title.
const MAX_HEADINGS: usize = 50;

/// The permalink in the entry's markup.
pub(crate) fn url(tree: &Document, range: Range<usize>) -> Option<String> {
    let is_own = |element: &Element<'_>| {
        !is_object(*element) && (element.has_class("u-url") || element.has_rel("bookmark"))
    };
    own_elements(tree, range)
        .filter(is_own)
        .find_map(|element| element.attribute("href").map(str::to_owned))
}

/// How many pages that an entry is about are read.
const MAX_ANSWERS: usize = 50;

/// The pages that the entry is about: from links, from citations with links, and from hidden values.
pub(super) fn answers(tree: &Document, range: Range<usize>) -> Vec<String> {
    let is_one = |element: &Element<'_>| {
        (is_answer(*element) || is_reviewed(*element)) && !tree.is_in_template(*element)
    };
    let target = |element: Element<'_>| {
        let value = || {
            let mut values = tree.elements(element.inside()).take(MAX_INSIDE);
            values.find_map(|inner| own_url(inner).filter(|_| inner.has_class("value")))
        };
        let value_text = || {
            let values = tree.elements(element.inside()).take(MAX_INSIDE);
            let values = values.filter(|inner| inner.has_class("value"));
            let text: String = values
                .map(|inner| tree.text(inner.inside(), MOST))
                .collect();
            Some(text.trim().to_owned()).filter(|text| is_url(text))
        };
        let url = || {
            let inside = tree.elements(element.inside()).take(MAX_INSIDE);
            let mut urls = inside.filter(|inner| inner.has_class("u-url"));
            urls.find_map(|inner| {
                own_url(inner)
                    .map(str::to_owned)
                    .or_else(|| url_text(tree, inner))
            })
        };
        // The name of what is reviewed is no URL.
        let is_own = |url: &&str| is_answer(element) || element.attribute("href") == Some(*url);
        let own = own_url(element).filter(is_own).or_else(value);
        own.map(str::to_owned)
            .or_else(value_text)
            .or_else(url)
            .or_else(|| link_in(tree, element))
            .or_else(|| url_text(tree, element))
    };
    own_elements(tree, range)
        .filter(is_one)
        .take(MAX_ANSWERS)
        .filter_map(target)
        .collect()
}

/// The URL in an element's own attributes.
fn own_url<'page>(element: Element<'page>) -> Option<&'page str> {
    let names: &[&str] = match element.name() {
        "abbr" => &["title"],
        "object" => &["data"],
        "video" => &["src", "poster"],
        _ => &["href", "value", "cite", "src"],
    };
    names.iter().find_map(|name| element.attribute(name))
}

/// The text of an element if it is a URL.
fn url_text(tree: &Document, element: Element<'_>) -> Option<String> {
    let text = tree.text(element.inside(), MOST).trim().to_owned();
    Some(text).filter(|text| is_url(text))
}

fn is_url(text: &str) -> bool {
    text.starts_with("http") && !text.contains(char::is_whitespace)
}

/// Whether an element is what an `h-review` reviews.
fn is_reviewed(element: Element<'_>) -> bool {
    let mut around = std::iter::successors(element.parent(), |inner| inner.parent());
    (element.has_class("p-item") || element.has_class("u-item"))
        && around
            .find(|around| is_object(*around))
            .is_some_and(|review| review.has_class("h-review"))
}

/// The pages that the entries of a page are about, as it spells them, wherever on it they say so.
pub(crate) fn all_answers(tree: &Document) -> Vec<String> {
    let roots = tree
        .elements(0..tree.node_count())
        .filter(|element| is_object(*element));
    let ranges = roots.take(MAX_ENTRIES).map(|root| root.inside());
    let whole = std::iter::once(0..tree.node_count());
    whole
        .chain(ranges)
        .flat_map(|range| answers(tree, range))
        .collect()
}

/// How many objects of a page are searched for the pages that they are about.
const MAX_ENTRIES: usize = 50;

/// How many elements of a citation are searched.
const MAX_INSIDE: usize = 200;

/// The date that an element stands for, as it is written.
pub(crate) fn moment_of(tree: &Document, element: Element<'_>) -> String {
    ["datetime", "content", "title"]
        .iter()
        .find_map(|name| element.attribute(name))
        .map_or_else(|| tree.text(element.inside(), MOST), str::to_owned)
}

/// The target of the link that an element is in.
fn link_around(element: Element<'_>) -> Option<String> {
    std::iter::successors(element.parent(), |inner| inner.parent())
        .take(MAX_AROUND)
        .find_map(|around| around.attribute("href").filter(|_| around.is("a")))
        .map(str::to_owned)
}

/// How many elements around a heading may be its link.
const MAX_AROUND: usize = 3;

fn link_in(tree: &Document, element: Element<'_>) -> Option<String> {
    tree.elements(element.inside())
        .take(MAX_INSIDE)
        .filter(|inner| inner.is("a"))
        .find_map(|inner| inner.attribute("href"))
        .map(str::to_owned)
}
