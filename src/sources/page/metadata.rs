//! Collects a page's metadata from its head, and the entry elements of its body.

use std::ops::Range;

use super::beside::is_beside_content;
use super::boilerplate::{is_aside, is_aside_by_name};
use crate::html::{Document, Element};

/// The metadata of a page, unchecked.
#[derive(Debug, Default)]
pub(crate) struct PageMetadata {
    pub(crate) base: Option<String>,
    pub(crate) canonical: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) og_type: Option<String>,
    pub(crate) og_url: Option<String>,
    pub(crate) og_title: Option<String>,
    pub(crate) site_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) og_description: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) robots: Option<String>,
    pub(crate) draft: Option<String>,
    /// The blocks of JSON-LD.
    pub(crate) json_ld: Vec<String>,
    /// The pages that the head says the page replies to.
    pub(crate) replies_to: Vec<String>,
    /// The numbers of the outermost `h-entry` elements; of an `h-review`, if that is all that is marked.
    pub(crate) h_entries: Vec<usize>,
    /// The numbers of the outermost `<article>` elements.
    pub(crate) articles: Vec<usize>,
    /// The numbers of the elements marked as the content of an entry.
    pub(crate) contents: Vec<usize>,
    /// The contents of other objects in an entry: what it replies to, reposts or embeds.
    pub(crate) cited: Vec<CitedContent>,
    /// The numbers of the summaries, notes and sources that stand outside of the contents.
    pub(crate) beside: Vec<usize>,
    /// The number of the first `<main>`.
    pub(crate) main: Option<usize>,
    /// The number of `<body>`.
    pub(crate) body: Option<usize>,
}

/// The content of an object that stands in an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CitedContent {
    /// The number of its element.
    pub(crate) number: usize,
    /// The number of the object's.
    pub(crate) object: usize,
}

/// Where the last of the outermost elements of each kind ends.
#[derive(Default)]
struct Ends {
    article: usize,
    entry: usize,
    review: usize,
    content: usize,
    beside: usize,
    object: usize,
    /// The number of that object.
    object_number: usize,
    /// The numbers of the outermost `h-review` elements.
    reviews: Vec<usize>,
}

/// How many of each are collected: two are too many already.
const MOST: usize = 100;

/// Classes of an element that contains only an entry's content.
const CONTENT: [&str; 13] = [
    "e-content",
    "entry-content",
    "post-content",
    "article-content",
    "post-body",
    "article-body",
    "post__content",
    "article__content",
    // Movable Type 2, b2 and WordPress 1, Serendipity, Blosxom.
    "blogbody",
    "storycontent",
    "entrytext",
    "serendipity_entry_body",
    "blosxomEntry",
];

impl PageMetadata {
    /// Collects the metadata.
    pub(crate) fn collect(tree: &Document) -> PageMetadata {
        let metadata = PageMetadata::collect_from(tree, Asides::Skipped);
        if metadata.is_marked() {
            return metadata;
        }
        // What is around an entry says nothing about it, if the entry is the whole text and not a teaser.
        let inside = PageMetadata::collect_from(tree, Asides::Searched);
        if inside.is_one_entry(tree) {
            return inside;
        }
        metadata
    }

    /// Whether an entry or its content is marked.
    fn is_marked(&self) -> bool {
        !(self.h_entries.is_empty() && self.articles.is_empty() && self.contents.is_empty())
    }

    /// Whether exactly one entry is marked, with its heading or its content.
    fn is_one_entry(&self, tree: &Document) -> bool {
        let marked = if self.h_entries.is_empty() {
            &self.articles
        } else {
            &self.h_entries
        };
        let [own] = marked.as_slice() else {
            return false;
        };
        let range = tree.inside(*own);
        let has_heading = |range| tree.elements(range).any(|element| element.is("h1"));
        self.contents
            .iter()
            .any(|number| number == own || range.contains(number))
            || has_heading(range.clone())
    }

    fn collect_from(tree: &Document, asides: Asides) -> PageMetadata {
        let mut metadata = PageMetadata {
            base: tree.base_href().map(str::to_owned),
            canonical: tree.canonical().map(str::to_owned),
            title: tree.title(),
            body: tree.first("body").map(Element::number),
            ..PageMetadata::default()
        };
        let mut number = 0;
        let mut ends = Ends::default();
        while number < tree.node_count() {
            let Some(element) = tree.element(number) else {
                number += 1;
                continue;
            };
            let is_in_head = || element.parent().is_some_and(|parent| parent.is("head"));
            match element.name() {
                "link" if element.has_rel("in-reply-to") && is_in_head() => {
                    let href = element.attribute("href").into_iter();
                    metadata.replies_to.extend(href.map(str::to_owned).take(1));
                }
                "meta" if !tree.is_in_template(element) => metadata.meta(element),
                "script" if !tree.is_in_template(element) => metadata.script(tree, element),
                _ => {}
            }
            // The head is hidden but has metadata; a header may have an `<article>` around its heading; a form may be
            // around the whole page.
            let is_passed = ["html", "body", "head", "header"].contains(&element.name())
                || (element.is("form") && !is_aside_by_name(element))
                || (asides == Asides::Searched && is_possible_ancestor(tree, number));
            if !is_passed && is_aside(element) {
                number = element.end().max(number + 1);
                continue;
            }
            if (element.is("main") || element.attribute("role") == Some("main"))
                && metadata.main.is_none()
            {
                metadata.main = Some(number);
            }
            metadata.mark(&mut ends, element);
            number += 1;
        }
        if !metadata.is_marked_entry() {
            metadata.h_entries = ends.reviews;
            if !metadata.is_one_entry(tree) {
                metadata.h_entries.clear();
            }
        }
        metadata
    }

    /// Whether an entry is marked.
    fn is_marked_entry(&self) -> bool {
        !(self.h_entries.is_empty() && self.articles.is_empty())
    }

    /// Records an element that marks an entry or a part of it.
    fn mark(&mut self, ends: &mut Ends, element: Element<'_>) {
        let (number, end) = (element.number(), element.end());
        let is_in_entry = number < ends.entry.max(ends.review);
        let is_response = number < ends.article && is_response(element);
        let is_own = number >= ends.object;
        if is_h_entry(element) && number >= ends.entry && is_own && !is_response {
            ends.entry = end;
            add(&mut self.h_entries, number);
        } else if element.has_class("h-review") && !is_in_entry && is_own && !is_response {
            ends.review = end;
            add(&mut ends.reviews, number);
        } else if is_object(element)
            && is_own
            && (is_in_entry || is_response || number < ends.article && element.has_class("h-cite"))
        {
            (ends.object, ends.object_number) = (end, number);
        }
        if element.is("article") && number >= ends.article {
            ends.article = end;
            add(&mut self.articles, number);
        }
        if number < ends.content {
            return;
        }
        let is_content = is_content(element) && !is_empty(element);
        let is_beside = is_beside_content(element);
        if is_content {
            ends.content = end;
        }
        if is_own && is_content {
            add(&mut self.contents, number);
        } else if is_own && is_beside && number >= ends.beside {
            ends.beside = end;
            if !element.page().is_in_comments(number) {
                add(&mut self.beside, number);
            }
        } else if !is_own && (is_content || is_summary(element) || element.has_class("p-content")) {
            let object = ends.object_number;
            if self.cited.len() < MOST {
                self.cited.push(CitedContent { number, object });
            }
        }
    }

    fn meta(&mut self, element: Element<'_>) {
        let content = element.attribute("content");
        // In the body, a property is one of what it stands in.
        let is_in_head = || element.parent().is_some_and(|parent| parent.is("head"));
        let itemprop = || element.attribute("itemprop").filter(|_| is_in_head());
        let name = element.attribute("property").or(element.attribute("name"));
        let Some(name) = name.or_else(itemprop) else {
            return;
        };
        let slot = match name.trim().to_ascii_lowercase().as_str() {
            "og:type" => &mut self.og_type,
            "og:url" => &mut self.og_url,
            "og:title" => &mut self.og_title,
            "og:site_name" => &mut self.site_name,
            "og:description" => &mut self.og_description,
            "description" => &mut self.description,
            "article:published_time"
            | "datepublished"
            | "dc.date.issued"
            | "dc.date.created"
            | "dcterms.issued"
            | "dcterms.created" => &mut self.published,
            "article:modified_time"
            | "og:updated_time"
            | "datemodified"
            | "dc.date.modified"
            | "dcterms.modified" => &mut self.modified,
            "robots" => &mut self.robots,
            "draft" => &mut self.draft,
            _ => return,
        };
        set_if_missing(slot, content);
    }

    fn script(&mut self, tree: &Document, element: Element<'_>) {
        let is_json_ld = element.attribute("type").is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("application/ld+json")
        });
        if is_json_ld && self.json_ld.len() < MOST {
            self.json_ld.push(tree.text(element.inside(), usize::MAX));
        }
    }
}

/// Adds a number to a list, unless the list has too many.
fn add(list: &mut Vec<usize>, number: usize) {
    if list.len() < MOST {
        list.push(number);
    }
}

/// Whether what looks like boilerplate is searched for the entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asides {
    Skipped,
    Searched,
}

/// Whether an entry may stand in an element: it is visible, and no place for the comments of others.
fn is_possible_ancestor(tree: &Document, number: usize) -> bool {
    tree.is_shown(number) && !tree.is_in_comments(number)
}

/// The elements within `range` that belong to the entry: not those of another object inside it (a citation, an
/// author's card, a comment), and not those of comments.
pub(crate) fn own_elements(
    tree: &Document,
    range: Range<usize>,
) -> impl Iterator<Item = Element<'_>> {
    let mut other_ends = 0;
    tree.elements(range).filter(move |element| {
        let number = element.number();
        if number < other_ends {
            return false;
        }
        if is_object(*element) || tree.is_in_comments(number) {
            // The element itself may be a property of the entry; its descendants are not.
            other_ends = element.end();
        }
        !tree.is_in_comments(number)
    })
}

/// Whether an element is the root of an object of microformats.
pub(crate) fn is_object(element: Element<'_>) -> bool {
    let is_older = |word: &str| matches!(word, "hentry" | "vcard" | "hfeed");
    element.is_microformat() || element.words("class").any(is_older)
}

/// The first of the entry's own elements that has one of the classes.
pub(crate) fn classed<'tree>(
    tree: &'tree Document,
    range: Range<usize>,
    classes: &[&str],
) -> Option<Element<'tree>> {
    own_elements(tree, range).find(|element| {
        !is_object(*element) && classes.iter().any(|class| element.has_class(class))
    })
}

fn set_if_missing(slot: &mut Option<String>, value: Option<&str>) {
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    if let (None, Some(value)) = (&slot, value) {
        *slot = Some(value.to_owned());
    }
}

/// Whether an element marks an entry, its content, or the main part of the page.
pub(crate) fn is_structure(element: Element<'_>) -> bool {
    matches!(element.name(), "article" | "main" | "h1")
        || is_h_entry(element)
        || is_content(element)
}

/// Properties that name the page an entry is about.
const ANSWERS: [&str; 12] = [
    "in-reply-to",
    "bookmark-of",
    "like-of",
    "repost-of",
    "quotation-of",
    "favorite-of",
    "listen-of",
    "read-of",
    "watch-of",
    "follow-of",
    "mention-of",
    "tag-of",
];
/// Properties that are responses of others to an entry.
const RESPONSES: [&str; 5] = ["comment", "like", "repost", "mention", "bookmark"];

/// Whether an element is one of these properties: `u-` for a URL, `p-` for a citation.
fn is_property(element: Element<'_>, names: &[&str]) -> bool {
    element.words("class").any(|class| {
        let name = class
            .strip_prefix("u-")
            .or_else(|| class.strip_prefix("p-"));
        name.is_some_and(|name| names.contains(&name))
    })
}

/// Whether an element says which page the entry is about.
pub(crate) fn is_answer(element: Element<'_>) -> bool {
    element.has_rel("in-reply-to")
        || element.has_class("in-reply-to")
        || is_property(element, &ANSWERS)
}

/// Whether an element is what an entry responds to, or a response to it.
pub(crate) fn is_response(element: Element<'_>) -> bool {
    is_property(element, &ANSWERS) || is_property(element, &RESPONSES)
}

fn is_summary(element: Element<'_>) -> bool {
    element.has_class("p-summary") || element.has_class("entry-summary")
}

pub(crate) fn is_h_entry(element: Element<'_>) -> bool {
    element.has_class("h-entry") || element.has_class("hentry")
}

/// Whether there is nothing in an element, or nothing but white space in paragraphs.
fn is_empty(element: Element<'_>) -> bool {
    const MOST: usize = 4;
    let (page, inside) = (element.page(), element.inside());
    let mut elements = page.elements(inside.clone());
    inside.len() <= MOST
        && elements.all(|inner| matches!(inner.name(), "p" | "br" | "div" | "span"))
        && page.text(inside, MOST).trim().is_empty()
}

fn is_content(element: Element<'_>) -> bool {
    // Kubrick, the theme of WordPress 1.5.
    let is_kubrick = || {
        element.has_class("entry") && element.parent().is_some_and(|post| post.has_class("post"))
    };
    element.words("itemprop").any(|word| word == "articleBody")
        || is_kubrick()
        || CONTENT.iter().any(|class| element.has_class(class))
}
