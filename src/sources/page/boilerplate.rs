//! The parts of a page's content that are not its author's text: navigation, comments, related entries, buttons.

use std::ops::Range;

use super::titles::letters;
use crate::html::{Document, Element};

/// The text of a title, without the anchor, the buttons and the marks of footnotes beside it.
pub(crate) fn title_text(page: &Document, range: Range<usize>, most: usize) -> String {
    let mut text = String::new();
    let mut number = range.start;
    while number < range.end && text.len() <= most {
        let skipped = page.element(number).filter(|element| {
            is_mark(*element, &|href| href.contains('#'))
                || is_anchor(*element)
                || is_aside(*element)
        });
        let end = skipped.map_or(number + 1, Element::end);
        if skipped.is_none() {
            text.push_str(&page.text(number..end, most));
            text.push_str(page.element(number).map_or("", picture_text));
        }
        number = end;
    }
    if text.trim().is_empty() {
        return page.text(range, most);
    }
    text
}

/// What a picture says that stands for a character; other pictures say nothing in a text.
pub(super) fn picture_text(element: Element<'_>) -> &str {
    let alt = element.attribute("alt").unwrap_or_default();
    let is_character = alt.chars().count() <= 8 && !alt.chars().any(|c| c.is_ascii_alphanumeric());
    match element.is("img") && is_character && !alt.is_ascii() {
        true => alt,
        false => "",
    }
}

/// Whether a link only names the place where it stands: `#` or `¶`, whatever its URL is relative to.
fn is_anchor(element: Element<'_>) -> bool {
    let text = || element.page().text(element.inside(), 64);
    element.is("a")
        && element
            .attribute("href")
            .is_some_and(|href| href.contains('#'))
        && !text().contains(char::is_alphanumeric)
}

/// Elements that are never content.
const ELEMENTS: [&str; 23] = [
    "nav", "aside", "header", "footer", "form", "template", "script", "style", "noscript",
    "iframe", "embed", "svg", "math", "button", "select", "textarea", "dialog", "head", "title",
    "menu", "canvas", "audio", "video",
];

/// Words of `class`, or values of `id` (in lower case, `_` as `-`), with the same meaning.
const NAMES: [&str; 147] = [
    "a2a-kit",
    "about-author",
    "about-the-author",
    "addtoany",
    "adsbygoogle",
    "advertisement",
    "area-reply",
    "article-toc",
    "author",
    "author-bio",
    "author-box",
    "author-card",
    "author-info",
    "bio",
    "breadcrum",
    "breadcrumbs",
    "byline",
    "byline-wrapper",
    "categories",
    "comment",
    "comment-list",
    "comment-respond",
    "comment-section",
    "commentlist",
    "comments",
    "comments-area",
    "comments-section",
    "crp-related",
    "cusdis-thread",
    "disqus-thread",
    "dsq-brlink",
    "edit-page",
    "edit-post",
    "entry-footer",
    "entry-meta",
    "entry-tags",
    "ez-toc-container",
    "footer",
    "giscus",
    "gitalk-container",
    "isso-thread",
    "jp-relatedposts",
    "kudos",
    "license-wrapper",
    "likes",
    "links-nextprev",
    "lwptoc",
    "markdown-toc",
    "mentions",
    "more-posts",
    "nav-links",
    "navigation",
    "newsletter",
    "newsletter-signup",
    "noprint",
    "p-author",
    "p-category",
    "p-comment",
    "page-nav",
    "page-navigation",
    "pager",
    "pagination",
    "paginav",
    "pingbacks",
    "post-author",
    "post-author-card",
    "post-categories",
    "post-comments",
    "post-copyright",
    "post-footer",
    "post-header-meta",
    "post-license",
    "post-meta",
    "post-metadata",
    "post-nav",
    "post-nav-links",
    "post-navigation",
    "post-pagination",
    "post-related",
    "post-share",
    "post-share-buttons",
    "post-sharing",
    "post-tags",
    "post-toc",
    "postamble",
    "prev-next",
    "rank-math-toc",
    "reactions",
    "read-next",
    "recent-posts",
    "related",
    "related-articles",
    "related-content",
    "related-entries",
    "related-links",
    "related-posts",
    "related-reading",
    "related-stories",
    "relatedposts",
    "remark42",
    "replies",
    "reposts",
    "respond",
    "responses",
    "share",
    "share-buttons",
    "share-links",
    "share-wrapper",
    "sharedaddy",
    "sharing",
    "sidebar",
    "social",
    "social-links",
    "social-share",
    "social-sharing",
    "ssba",
    "subscribe",
    "subscribe-form",
    "syndication",
    "syndication-links",
    "table-of-content",
    "table-of-contents",
    "tableofcontents",
    "tag-list",
    "tags",
    "tcomment",
    "toc",
    "toc-container",
    "toc-wrapper",
    "trackback",
    "trackbacks",
    "u-comment",
    "u-like",
    "u-mention",
    "u-repost",
    "u-syndication",
    "up-next",
    "utterances",
    "vcomments",
    "waline",
    "webmention",
    "webmentions",
    "wp-block-rank-math-toc-block",
    "wp-block-table-of-contents",
    "yarpp",
    "yarpp-related",
    "you-may-also-like",
];

/// Words of `class`, or values of `id`, for the author's own notes beside the text.
const BESIDE: [&str; 12] = [
    "sidenote",
    "side-note",
    "sidenotes",
    "marginnote",
    "margin-note",
    "marginalia",
    "footnote",
    "footnotes",
    "footnotes-list",
    "footnote-list",
    "endnote",
    "endnotes",
];

/// The same for notes within the text.
const NOTES: [&str; 3] = ["note", "callout", "admonition"];

/// What an element stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    /// A page, with what its theme has on it.
    Page,
    /// What is marked as the entry's content: an `id` on a heading or its section is made of the heading's words.
    Content,
}

/// Whether an element of a page is excluded from the content, with its descendants.
pub(crate) fn is_aside(element: Element<'_>) -> bool {
    is_aside_within(element, Within::Page)
}

/// Whether an element is excluded from the content, with its descendants.
pub(crate) fn is_aside_within(element: Element<'_>, within: Within) -> bool {
    let (page, number) = (element.page(), element.number());
    // In what is hidden something may be shown again.
    if !page.is_shown(number) && !page.is_filled(number) {
        return true;
    }
    let is_quoted = || matches!(element.name(), "footer" | "header") && is_in_quotation(element);
    let is_boundary = matches!(element.name(), "aside" | "header" | "footer");
    let is_content = || is_boundary && (is_note(element) || is_quoted()) || has_html(element);
    (ELEMENTS.contains(&element.name()) && !is_content()) || is_named_aside(element, within)
}

/// Whether an element is a drawing that has text in HTML.
fn has_html(element: Element<'_>) -> bool {
    /// How many elements of a drawing are looked at.
    const MOST: usize = 64;
    let mut inside = element.page().elements(element.inside()).take(MOST);
    element.name() == "svg" && inside.any(|inner| inner.name() == "foreignobject")
}

/// Whether an element is the author's own note, beside the text or within it.
pub(crate) fn is_note(element: Element<'_>) -> bool {
    let mut names = element.words("class").chain(element.attribute("id"));
    element.attribute("role").map(str::trim) == Some("note")
        || names.any(|name| is_among(name, &NOTES))
        || is_beside_text(element)
}

/// Whether an element is the author's own note that a reader sees beside or below the text.
pub(crate) fn is_beside_text(element: Element<'_>) -> bool {
    let mut names = element.words("class").chain(element.attribute("id"));
    matches!(
        element.attribute("role").map(str::trim),
        Some("doc-footnote" | "doc-endnotes" | "doc-endnote")
    ) || names.any(|name| is_among(name, &BESIDE))
}

/// Whether the words of an element are not those of the text: deleted ones, and how a character is read.
pub(crate) fn is_deleted(element: Element<'_>) -> bool {
    ["del", "s", "strike", "rt", "rp"]
        .iter()
        .any(|name| element.is(name))
}

/// Whether an attribute of an element, not its kind, says that it is not content.
pub(crate) fn is_aside_by_name(element: Element<'_>) -> bool {
    is_named_aside(element, Within::Page)
}

fn is_named_aside(element: Element<'_>, within: Within) -> bool {
    let is_written = is_place_of_text(element, within);
    let id = element.attribute("id").filter(|_| !is_written);
    let mut names = element.words("class").chain(id);
    let is_author = |name| is_among(name, &QUOTED) && is_in_quotation(element);
    let has_comments = || match is_written {
        true => element.is_comments_by_markup(),
        false => element.is_comments(),
    };
    element
        .attribute("aria-hidden")
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
        || element.attribute("role").is_some_and(is_aside_role)
        || names.any(|name| is_aside_name(name) && !is_author(name))
        // As docutils marks a table of contents.
        || element.has_class("contents") && element.has_class("topic")
        || (within == Within::Content && has_comments())
}

/// Names for the author of an entry that are, in a quotation, for the author quoted.
const QUOTED: [&str; 2] = ["author", "byline"];

/// Whether an element's `id` only names a place in the author's text, as the programs do that make one of each heading.
/// What has comments of others in it is no such place.
fn is_place_of_text(element: Element<'_>, within: Within) -> bool {
    let page = element.page();
    let Some(id) = element.attribute("id").filter(|id| is_aside_name(id)) else {
        return false;
    };
    if is_among(id, &CONTENTS) {
        return false;
    }
    let is_heading =
        |element: Element<'_>| matches!(element.name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    let is_headed = || {
        let mut first = page.elements(element.inside()).take(MAX_BEFORE);
        let heading = first.find(|inner| is_heading(*inner));
        heading.is_some_and(|heading| {
            let is_first = page.text(element.number() + 1..heading.number(), 8);
            let text = title_text(page, heading.inside(), 64);
            is_first.trim().is_empty() && letters(&text) == letters(id)
        })
    };
    let is_level = |class: &str| {
        let level = class.strip_prefix("level").unwrap_or_default();
        matches!(level, "1" | "2" | "3" | "4" | "5" | "6")
    };
    let is_place = match (element.name(), within) {
        ("section" | "div", Within::Page) => element.words("class").any(is_level),
        ("section" | "li" | "dt" | "a", Within::Content) => true,
        ("div", Within::Content) => is_headed(),
        (_, Within::Content) => is_heading(element),
        (_, Within::Page) => false,
    };
    let mut inside = page.elements(element.inside()).take(MAX_INSIDE);
    is_place && !inside.any(Element::is_comments_by_markup)
}

/// Values of `id` of a table of contents, which has its own name for a heading.
const CONTENTS: [&str; 4] = [
    "table-of-content",
    "table-of-contents",
    "tableofcontents",
    "toc",
];

/// How many elements may precede the heading of a section.
const MAX_BEFORE: usize = 4;
/// How many elements of a section are searched for comments.
const MAX_INSIDE: usize = 200;

/// The longest mark of a footnote or an anchor, in characters.
const MAX_MARK: usize = 5;

/// Whether an element is the mark of a footnote, or an anchor beside a heading; `is_place` says whether a link leads to a
/// place on the page itself.
pub(crate) fn is_mark(element: Element<'_>, is_place: &dyn Fn(&str) -> bool) -> bool {
    let page = element.page();
    let is_local = |link: Element<'_>| link.attribute("href").is_some_and(is_place);
    let is_short = || {
        let text = page.text(element.inside(), 64);
        let text = text.trim().trim_matches(['[', ']', '(', ')']);
        text.chars().count() <= MAX_MARK
            && (text.chars().all(|c| c.is_ascii_digit()) || !text.contains(char::is_alphanumeric))
    };
    match element.name() {
        "sup" => {
            let mut links = page
                .elements(element.inside())
                .take(8)
                .filter(|inner| inner.is("a"));
            let is_note = |link: Element<'_>| {
                let href = link.attribute("href").unwrap_or_default();
                let fragment = href.split_once('#').map_or("", |(_, fragment)| fragment);
                NOTE_IDS.iter().any(|id| fragment.starts_with(id))
            };
            links
                .next()
                .is_some_and(|link| is_local(link) || is_note(link))
                && is_short()
        }
        "span" => is_note_mark(element) && is_short(),
        "a" => {
            element.attribute("role") == Some("doc-noteref") || (is_local(element) && is_short())
        }
        "label" => element.has_class("margin-toggle"),
        _ => false,
    }
}

/// How the fragments begin that programs give to footnotes.
const NOTE_IDS: [&str; 7] = [
    "fn",
    "ftn",
    "_ftn",
    "footnote",
    "note-",
    "cite_note",
    "easy-footnote",
];

fn is_note_mark(element: Element<'_>) -> bool {
    const CLASSES: [&str; 4] = [
        "footnote-marker",
        "footnote-mark",
        "footnote-ref",
        "footnote-reference",
    ];
    CLASSES.iter().any(|class| element.has_class(class))
}

/// Whether an element is inside a quotation or a figure, whose header and footer name its author.
fn is_in_quotation(element: Element<'_>) -> bool {
    let around = std::iter::successors(element.parent(), |parent| parent.parent());
    around
        .take(MAX_AROUND)
        .any(|around| matches!(around.name(), "blockquote" | "figure"))
}

/// How many ancestors are searched for a quotation.
const MAX_AROUND: usize = 8;

fn is_aside_role(role: &str) -> bool {
    matches!(
        role.trim(),
        "navigation" | "complementary" | "contentinfo" | "search" | "banner" | "form" | "doc-toc"
    )
}

fn is_aside_name(name: &str) -> bool {
    is_among(name, &NAMES)
}

/// Whether a name, in any case and with `_` for `-`, is one of `names`.
pub(super) fn is_among(name: &str, names: &[&str]) -> bool {
    if name.len() > 32 {
        return false;
    }
    let name = name.to_ascii_lowercase().replace('_', "-");
    names.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asides_are_told_from_content() {
        let is = |html: &str| {
            let page = Document::parse(html);
            let body = page.first("body").unwrap();
            is_aside(page.element(body.number() + 1).unwrap())
        };
        for html in [
            "<nav>",
            "<div class='x Related_Posts'>",
            "<div id=disqus_thread>",
            "<p hidden>",
            "<p style='color:red; Display : none'>",
            "<div role=navigation>",
            "<a aria-hidden=true>",
        ] {
            assert!(is(html), "{html}");
        }
        for html in [
            "<div class='post has-comments tag-share'>",
            "<p class='related-work'>",
            "<section id=footnotes>",
            "<p style='color:red'>",
            "<figure>",
            "<h2 id='comments-on-this'>",
        ] {
            assert!(!is(html), "{html}");
        }
    }

    #[test]
    fn the_names_are_in_the_form_that_is_compared() {
        for name in NAMES {
            assert_eq!(name.to_ascii_lowercase().replace('_', "-"), name);
        }
    }
}
