//! The namespaces, attributes and text types of RSS and Atom.

use std::collections::HashMap;

use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

use super::item::TextKind;

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
    /// Text of that kind, in base64.
    Base64(TextKind),
}

/// The prefixes of a feed, resolved once for the whole of it, and the default namespaces of elements in items.
pub(super) struct Namespaces {
    prefixes: HashMap<String, FeedNamespace>,
    /// With the depths of the elements that declare them.
    defaults: Vec<(usize, FeedNamespace)>,
}

/// The limit of prefixes, and of nested default namespaces.
const MOST: usize = 64;

impl Namespaces {
    /// The prefixes that feeds use even without declaring them.
    pub(super) fn usual() -> Namespaces {
        let prefixes = [
            ("atom", FeedNamespace::Feed),
            ("atom03", FeedNamespace::Feed),
            ("atom10", FeedNamespace::Feed),
            ("a10", FeedNamespace::Feed),
            ("content", FeedNamespace::Content),
            ("dc", FeedNamespace::DublinCore),
            ("dcterms", FeedNamespace::DublinCore),
            ("feedburner", FeedNamespace::FeedBurner),
            ("wp", FeedNamespace::WordPress),
            ("app", FeedNamespace::Publishing),
            ("thr", FeedNamespace::Threading),
            ("xhtml", FeedNamespace::Xhtml),
        ]
        .map(|(prefix, space)| (prefix.to_owned(), space));
        Namespaces {
            prefixes: prefixes.into(),
            defaults: Vec::new(),
        }
    }

    /// Records what an attribute of an element declares.
    pub(super) fn declare(&mut self, name: &str, value: &str, depth: usize, in_item: bool) {
        let (xmlns, prefix) = name.split_once(':').unwrap_or((name, ""));
        if !xmlns.eq_ignore_ascii_case("xmlns") {
            return;
        }
        let space = space(value);
        if prefix.is_empty() {
            // Outside items any namespace is taken for the feed's: it is often misspelt.
            if in_item && self.defaults.len() < MOST {
                self.defaults.push((depth, space));
            }
        } else if self.prefixes.len() < MOST
            // A usual prefix has its usual meaning, even if its namespace is misspelt.
            && (space != FeedNamespace::Other || self.prefix(prefix).is_none())
        {
            self.prefixes.insert(prefix.to_owned(), space);
        }
    }

    /// An element of that depth ends.
    pub(super) fn close(&mut self, depth: usize) {
        while self.defaults.last().is_some_and(|(from, _)| *from >= depth) {
            self.defaults.pop();
        }
    }

    /// The namespace of an element of that name.
    pub(super) fn of(&self, name: &str) -> FeedNamespace {
        match name.split_once(':') {
            Some((prefix, _)) => self.prefix(prefix).unwrap_or(FeedNamespace::Other),
            None => {
                let default = self.defaults.last();
                default.map_or(FeedNamespace::Feed, |(_, space)| *space)
            }
        }
    }

    /// The namespace of a prefix that is declared or usual.
    fn prefix(&self, prefix: &str) -> Option<FeedNamespace> {
        let usual = || self.prefixes.get(&prefix.to_ascii_lowercase());
        self.prefixes.get(prefix).or_else(usual).copied()
    }
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

/// A name without its prefix as it is compared: old programs write `<PubDate>` and `<ITEM>`.
pub(super) fn known_name(name: &str) -> String {
    local(name).to_ascii_lowercase()
}

/// Whether a link of Atom is the entry's own URL.
pub(super) fn is_alternate(rel: Option<&str>) -> bool {
    rel.is_none() || is_rel(rel, "alternate")
}

/// Whether a link of Atom has that relation, by its name or its IRI (RFC 4287, section 4.2.7.2).
pub(super) fn is_rel(rel: Option<&str>, wanted: &str) -> bool {
    const REGISTRY: &str = "http://www.iana.org/assignments/relation/";
    rel.is_some_and(|rel| {
        let rel = rel.trim();
        let name = rel.strip_prefix(REGISTRY).unwrap_or(rel);
        name.eq_ignore_ascii_case(wanted)
    })
}

/// Whether a link of a feed leads to one with its older entries (RFC 5005).
pub(super) fn is_older(rel: Option<&str>) -> bool {
    is_rel(rel, "next") || is_rel(rel, "prev-archive")
}

/// Whether a `guid` is also the permalink.
pub(super) fn is_permalink<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> bool {
    get("isPermaLink").is_none_or(|said| {
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
    let is_mode = |wanted: &str| {
        let mode = get("mode").unwrap_or_default();
        mode.trim().eq_ignore_ascii_case(wanted)
    };
    let escaped = is_mode("escaped");
    match kind.as_str() {
        // Of Atom 0.3.
        kind if is_mode("base64") => Writing::Base64(match kind {
            kind if kind.contains("html") => TextKind::Html,
            _ => TextKind::Plain,
        }),
        "xhtml" | "application/xhtml+xml" if !escaped => Writing::Markup,
        kind if kind.contains("html") => Writing::Escaped,
        "text" | "text/plain" => Writing::Plain,
        _ => usual,
    }
}

/// The namespace with that URI.
fn space(uri: &str) -> FeedNamespace {
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
