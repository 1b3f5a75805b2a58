//! What a page says of itself: in its head, and by the marks in its body.

use std::ops::Range;

use super::aside::is_aside;
use super::tree::{Element, Node, Tree};

/// What a page says of itself, unchecked.
#[derive(Debug, Default)]
pub(crate) struct Facts {
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
    /// `http-equiv=refresh`.
    pub(crate) refresh: Option<String>,
    /// The blocks of JSON-LD.
    pub(crate) json_ld: Vec<String>,
    /// The numbers of the outermost `h-entry` elements.
    pub(crate) h_entries: Vec<usize>,
    /// The numbers of the outermost `<article>` elements.
    pub(crate) articles: Vec<usize>,
    /// The numbers of elements that are marked as the content of an entry.
    pub(crate) contents: Vec<usize>,
    /// The number of the first `<main>`.
    pub(crate) main: Option<usize>,
    /// The number of `<body>`.
    pub(crate) body: Option<usize>,
}

/// More of a kind are not counted: two are too many already.
const MOST: usize = 100;

/// Classes of an element that holds an entry's content, and nothing else of the page.
const CONTENT: [&str; 8] = [
    "e-content",
    "entry-content",
    "post-content",
    "article-content",
    "post-body",
    "article-body",
    "post__content",
    "article__content",
];

impl Facts {
    /// Reads them.
    pub(crate) fn read(tree: &Tree) -> Facts {
        let mut facts = Facts::default();
        let mut number = 0;
        let (mut article_end, mut entry_end, mut content_end) = (0, 0, 0);
        while let Some(node) = tree.node(number) {
            let Node::Element(element) = node else {
                number += 1;
                continue;
            };
            let name = element.name();
            match name {
                b"meta" => facts.meta(element),
                b"link" => facts.link(element),
                b"base" => keep(&mut facts.base, element.attribute("href")),
                b"script" => facts.script(tree, number, element),
                b"title" if facts.title.is_none() => {
                    facts.title = Some(tree.text(tree.inside(number), 4096));
                }
                b"body" => facts.body = facts.body.or(Some(number)),
                _ => {}
            }
            if !matches!(name, b"html" | b"body" | b"head" | b"header") && is_aside(element) {
                // In SVG there is a `<title>` too.
                number = element.end.max(number + 1);
                continue;
            }
            if (name == b"main" || element.attribute("role") == Some("main"))
                && facts.main.is_none()
            {
                facts.main = Some(number);
            }
            let outermost = [
                (is_h_entry(element), &mut entry_end, &mut facts.h_entries),
                (name == b"article", &mut article_end, &mut facts.articles),
                (is_content(element), &mut content_end, &mut facts.contents),
            ];
            for (is, end, list) in outermost {
                if is && number >= *end {
                    *end = element.end;
                    if list.len() < MOST {
                        list.push(number);
                    }
                }
            }
            number += 1;
        }
        facts
    }

    fn meta(&mut self, element: &Element) {
        let content = element.attribute("content");
        if element
            .attribute("http-equiv")
            .is_some_and(|name| name.trim().eq_ignore_ascii_case("refresh"))
        {
            keep(&mut self.refresh, content);
        }
        let Some(name) = element.attribute("property").or(element.attribute("name")) else {
            return;
        };
        let slot = match name.trim().to_ascii_lowercase().as_str() {
            "og:type" => &mut self.og_type,
            "og:url" => &mut self.og_url,
            "og:title" => &mut self.og_title,
            "og:site_name" => &mut self.site_name,
            "og:description" => &mut self.og_description,
            "description" => &mut self.description,
            "article:published_time" => &mut self.published,
            "article:modified_time" | "og:updated_time" => &mut self.modified,
            "robots" => &mut self.robots,
            "draft" => &mut self.draft,
            _ => return,
        };
        keep(slot, content);
    }

    fn link(&mut self, element: &Element) {
        if element
            .words("rel")
            .any(|word| word.eq_ignore_ascii_case("canonical"))
        {
            keep(&mut self.canonical, element.attribute("href"));
        }
    }

    fn script(&mut self, tree: &Tree, number: usize, element: &Element) {
        let is_json_ld = element.attribute("type").is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("application/ld+json")
        });
        if is_json_ld && self.json_ld.len() < MOST {
            self.json_ld
                .push(tree.text(tree.inside(number), usize::MAX));
        }
    }
}

/// The first element within `range` that has the class, as microformats have it.
pub(crate) fn classed<'tree>(
    tree: &'tree Tree,
    range: Range<usize>,
    classes: &[&str],
) -> Option<(usize, &'tree Element)> {
    tree.elements(range)
        .find(|(_, element)| classes.iter().any(|class| element.has_class(class)))
}

fn keep(slot: &mut Option<String>, value: Option<&str>) {
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    if let (None, Some(value)) = (&slot, value) {
        *slot = Some(value.to_owned());
    }
}

fn is_h_entry(element: &Element) -> bool {
    element.has_class("h-entry") || element.has_class("hentry")
}

fn is_content(element: &Element) -> bool {
    element.words("itemprop").any(|word| word == "articleBody")
        || CONTENT.iter().any(|class| element.has_class(class))
}
