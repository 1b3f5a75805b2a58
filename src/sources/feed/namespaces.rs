//! The namespaces, attributes and text types of RSS and Atom.

use std::collections::HashMap;

use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

/// The namespace of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FeedNamespace {
    /// RSS and Atom themselves.
    Feed,
    Content,
    DublinCore,
    FeedBurner,
    WordPress,
    Publishing,
    Threading,
    Xhtml,
    Other,
}

/// The encoding of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    Plain,
    /// HTML, escaped as text.
    Escaped,
    /// Elements.
    Markup,
}

/// The prefixes that feeds use even without declaring them.
pub(super) fn usual_prefixes() -> HashMap<String, FeedNamespace> {
    [
        ("atom", FeedNamespace::Feed),
        ("content", FeedNamespace::Content),
        ("dc", FeedNamespace::DublinCore),
        ("dcterms", FeedNamespace::DublinCore),
        ("feedburner", FeedNamespace::FeedBurner),
        ("wp", FeedNamespace::WordPress),
        ("app", FeedNamespace::Publishing),
        ("thr", FeedNamespace::Threading),
        ("xhtml", FeedNamespace::Xhtml),
    ]
    .map(|(prefix, space)| (prefix.to_owned(), space))
    .into()
}

/// The attributes of a tag, decoded; malformed ones are left out.
pub(super) fn attributes(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    tag.html_attributes()
        .with_checks(false)
        .filter_map(std::result::Result::ok)
        .map(|attribute| {
            let value = unescape(&attribute.value).unwrap_or_else(|_| attribute.value.clone());
            (attribute.key.as_ref().to_owned(), value.into_owned())
        })
        .collect()
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Whether a link of Atom is the entry's own URL.
pub(super) fn is_alternate(rel: Option<&str>) -> bool {
    rel.is_none_or(|rel| rel.trim().eq_ignore_ascii_case("alternate"))
}

/// Whether a `guid` is also the permalink.
pub(super) fn is_permalink<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let said = get("isPermaLink")
        .or_else(|| get("ispermalink"))
        .or_else(|| get("isPermalink"));
    said.is_none_or(|said| {
        !matches!(
            said.trim().to_ascii_lowercase().as_str(),
            "false" | "no" | "0"
        )
    })
}

/// How texts are written within such an element: plainly in those of Atom, escaped in those of RSS.
pub(super) fn usual_writing(local: &str) -> Writing {
    match local {
        "entry" | "feed" => Writing::Plain,
        _ => Writing::Escaped,
    }
}

/// The encoding of a text, by `type` and `mode`.
pub(super) fn writing<'a>(get: &impl Fn(&str) -> Option<&'a str>, usual: Writing) -> Writing {
    let kind = get("type").unwrap_or_default().trim().to_ascii_lowercase();
    let escaped = get("mode").is_some_and(|mode| mode.trim() == "escaped");
    match kind.as_str() {
        "xhtml" | "application/xhtml+xml" if !escaped => Writing::Markup,
        kind if kind.contains("html") => Writing::Escaped,
        "text" | "text/plain" => Writing::Plain,
        _ => usual,
    }
}

/// The namespace with that URI.
pub(super) fn space(uri: &str) -> FeedNamespace {
    // Feeds misspell them: with `https`, without the slash, in other cases.
    let uri = uri.trim().to_ascii_lowercase();
    let bare = uri.split_once("://").map_or(uri.as_str(), |(_, bare)| bare);
    match bare.trim_end_matches(['/', '#']) {
        "www.w3.org/2005/atom"
        | "purl.org/atom/ns"
        | "purl.org/atom"
        | "purl.org/rss/1.0"
        | "purl.org/net/rss1.1"
        | "backend.userland.com/rss"
        | "backend.userland.com/rss2"
        | "blogs.law.harvard.edu/tech/rss"
        | "my.netscape.com/rdf/simple/0.9"
        | "my.netscape.com/publish/formats/rss-0.91.dtd"
        | "channel.netscape.com/rdf/simple/0.9" => FeedNamespace::Feed,
        "purl.org/rss/1.0/modules/content" => FeedNamespace::Content,
        "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" | "purl.org/dc/terms" => {
            FeedNamespace::DublinCore
        }
        "rssnamespace.org/feedburner/ext/1.0" => FeedNamespace::FeedBurner,
        "www.w3.org/2007/app" | "purl.org/atom/app" => FeedNamespace::Publishing,
        "purl.org/syndication/thread/1.0" => FeedNamespace::Threading,
        "www.w3.org/1999/xhtml" => FeedNamespace::Xhtml,
        _ => FeedNamespace::Other,
    }
}
