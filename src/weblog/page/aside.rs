//! What stands in a page's content and is not its author's text: navigation, comments, related entries, buttons.

use super::tree::Element;

/// Elements that hold no content.
const ELEMENTS: [&[u8]; 24] = [
    b"nav",
    b"aside",
    b"header",
    b"footer",
    b"form",
    b"template",
    b"script",
    b"style",
    b"noscript",
    b"iframe",
    b"object",
    b"embed",
    b"svg",
    b"math",
    b"button",
    b"select",
    b"textarea",
    b"dialog",
    b"head",
    b"title",
    b"menu",
    b"canvas",
    b"audio",
    b"video",
];

/// Words of `class` or the whole `id` (in lower case, `_` as `-`) that say the same.
const NAMES: [&str; 78] = [
    "addtoany",
    "advertisement",
    "author-bio",
    "author-box",
    "about-author",
    "author-card",
    "breadcrumb",
    "breadcrumbs",
    "byline",
    "categories",
    "comment",
    "comment-list",
    "comment-respond",
    "comments",
    "comments-area",
    "comments-section",
    "disqus-thread",
    "entry-footer",
    "entry-meta",
    "entry-tags",
    "giscus",
    "jp-relatedposts",
    "links-nextprev",
    "mentions",
    "nav-links",
    "navigation",
    "newsletter",
    "noprint",
    "p-author",
    "p-category",
    "page-nav",
    "page-navigation",
    "pager",
    "paginav",
    "pagination",
    "pingbacks",
    "post-author",
    "post-categories",
    "post-comments",
    "post-footer",
    "post-meta",
    "post-metadata",
    "post-nav",
    "post-navigation",
    "post-pagination",
    "post-related",
    "post-share",
    "post-sharing",
    "post-tags",
    "prev-next",
    "read-next",
    "recent-posts",
    "related",
    "related-articles",
    "related-content",
    "related-entries",
    "related-posts",
    "relatedposts",
    "respond",
    "share",
    "share-buttons",
    "sharedaddy",
    "sharing",
    "sidebar",
    "social",
    "social-links",
    "social-share",
    "subscribe",
    "table-of-contents",
    "tableofcontents",
    "tag-list",
    "tags",
    "toc",
    "trackback",
    "trackbacks",
    "u-syndication",
    "webmention",
    "webmentions",
];

/// Whether an element inside of content is not part of it, with all that is in it.
pub(crate) fn is_aside(element: &Element) -> bool {
    ELEMENTS.contains(&element.name())
        || element.attribute("hidden").is_some()
        || element
            .attribute("aria-hidden")
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
        || element.attribute("style").is_some_and(hides)
        || element.attribute("role").is_some_and(is_aside_role)
        || element
            .words("class")
            .chain(element.attribute("id"))
            .any(is_aside_name)
}

fn is_aside_role(role: &str) -> bool {
    matches!(
        role.trim(),
        "navigation" | "complementary" | "contentinfo" | "search" | "banner" | "form"
    )
}

fn is_aside_name(name: &str) -> bool {
    if name.len() > 32 {
        return false;
    }
    let name = name.to_ascii_lowercase().replace('_', "-");
    NAMES.contains(&name.as_str())
}

fn hides(style: &str) -> bool {
    let style: String = style
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    let style = style.to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Node, Tree};
    use super::*;

    #[test]
    fn asides_are_told_from_content() {
        let is = |html: &str| match Tree::read(html).node(0) {
            Some(Node::Element(element)) => is_aside(element),
            _ => panic!("{html}"),
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
