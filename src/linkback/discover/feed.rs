//! Feeds: RSS and Atom items with a `<trackback:ping>` (the TrackBack module for RSS).

use super::claim::{DiscoverySource, PageClaim};
use super::rdf_block::{is_ping, prefixes};
use crate::linkback::markup::{MarkupPiece, attributes, local_name, pieces, unescape};

/// The usual name of an element with a ping URL.
const PING: &str = "trackback:ping";
/// The most items that are read.
const MAX_ITEMS: usize = 2_000;

/// The kind of a document, by its first element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FeedKind {
    /// RSS or Atom.
    Feed,
    /// RDF: RSS 1.0, or a page with a bare RDF block before its `<html>`.
    Rdf,
    /// Anything else.
    Page,
}

/// Detects the kind of `text` by its first element.
pub(super) fn detect_kind(text: &str) -> FeedKind {
    let root = pieces(text).find_map(|piece| match piece {
        MarkupPiece::Open { name, .. } => Some(local_name(name).to_ascii_lowercase()),
        _ => None,
    });
    match root.as_deref() {
        Some("rss" | "feed") => FeedKind::Feed,
        Some("rdf") => FeedKind::Rdf,
        _ => FeedKind::Page,
    }
}

/// Finds the items in `text` that have a ping URL, in order. All of `link`, `guid`, `id`, `rdf:about`
/// and FeedBurner's `origLink` may be an item's permalink.
pub(super) fn scan(text: &str) -> Vec<PageClaim> {
    let mut claims = Vec::new();
    let prefixes = prefixes(text);
    let known = |name| if is_ping(name, &prefixes) { PING } else { name };
    let mut item: Option<DiscoveredItem> = None;
    let mut field: Option<(&str, String)> = None;
    for piece in pieces(text) {
        match piece {
            MarkupPiece::Open { name, attributes } if is_item(name) => {
                claims.extend(item.take().and_then(DiscoveredItem::claim));
                field = None;
                let about = attribute_value(attributes, "about");
                item = Some(DiscoveredItem {
                    identifiers: about.into_iter().collect(),
                    ..DiscoveredItem::default()
                });
            }
            MarkupPiece::Open { name, attributes } => {
                let name = known(name);
                if let Some(item) = &mut item
                    && field.is_none()
                    && item.open(name, attributes)
                {
                    field = Some((name, String::new()));
                }
            }
            MarkupPiece::Text(part) => {
                if let Some((_, content)) = &mut field {
                    content.push_str(&unescape(part));
                }
            }
            MarkupPiece::Cdata(part) => {
                if let Some((_, content)) = &mut field {
                    content.push_str(part);
                }
            }
            MarkupPiece::Close(name) if is_item(name) => {
                claims.extend(item.take().and_then(DiscoveredItem::claim));
                field = None;
            }
            MarkupPiece::Close(name) => {
                let name = known(name);
                if let Some((_, content)) = field.take_if(|(open, _)| *open == name)
                    && let Some(item) = &mut item
                {
                    item.close(name, content);
                }
            }
            MarkupPiece::Comment | MarkupPiece::Other => {}
        }
        if claims.len() >= MAX_ITEMS {
            return claims;
        }
    }
    claims.extend(item.take().and_then(DiscoveredItem::claim));
    claims
}

#[derive(Default)]
struct DiscoveredItem {
    ping: Option<String>,
    identifiers: Vec<String>,
    title: Option<String>,
}

impl DiscoveredItem {
    /// Reads an element's attributes; returns whether its content is needed too.
    fn open(&mut self, name: &str, inside: &str) -> bool {
        let is_empty = inside.ends_with('/');
        match name.to_ascii_lowercase().as_str() {
            PING => match attribute_value(inside, "resource") {
                Some(resource) => {
                    self.ping.get_or_insert(resource);
                    false
                }
                None => !is_empty,
            },
            "link" | "atom:link" => match (
                attribute_value(inside, "href"),
                attribute_value(inside, "rel"),
            ) {
                (Some(href), rel) => {
                    match rel.as_deref().unwrap_or("alternate") {
                        "alternate" => self.identifiers.push(href),
                        "trackback" => {
                            self.ping.get_or_insert(href);
                        }
                        _ => {}
                    }
                    false
                }
                (None, _) => !is_empty,
            },
            "guid" => {
                !is_empty
                    && attribute_value(inside, "ispermalink")
                        .is_none_or(|word| !word.eq_ignore_ascii_case("false"))
            }
            // An Atom `source` describes another feed, so all of it is skipped.
            "id" | "feedburner:origlink" | "title" | "source" => !is_empty,
            _ => false,
        }
    }

    /// Reads an element's content.
    fn close(&mut self, name: &str, content: String) {
        match name.to_ascii_lowercase().as_str() {
            PING => {
                self.ping.get_or_insert(content);
            }
            "title" => {
                self.title.get_or_insert(content);
            }
            "source" => {}
            _ => self.identifiers.push(content),
        }
    }

    fn claim(self) -> Option<PageClaim> {
        Some(PageClaim {
            ping: self.ping?,
            source: DiscoverySource::Feed,
            identifiers: self.identifiers,
            title: self.title,
        })
    }
}

fn is_item(name: &str) -> bool {
    let name = local_name(name);
    name.eq_ignore_ascii_case("item") || name.eq_ignore_ascii_case("entry")
}

fn attribute_value(inside: &str, wanted: &str) -> Option<String> {
    attributes(inside)
        .find(|(name, _)| local_name(name).eq_ignore_ascii_case(wanted))
        .map(|(_, value)| unescape(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkback::discover::tests::{PAGE, on, ping_urls};

    #[test]
    fn feeds_name_ping_urls_by_item() {
        let rss = format!(
            "<?xml version='1.0'?><!-- x --><rss><channel><link>https://blog.example/</link>
            <item><title>1 &amp; 2</title><link>https://blog.example/1?a&amp;b</link>
              <description>&lt;rdf:Description trackback:ping=\"/no\"</description>
              <trackback:ping>https://blog.example/tb/1</trackback:ping></item>
            <item><title><![CDATA[Two]]></title><guid isPermaLink='false'>{PAGE}</guid><link><![CDATA[/2]]></link>
              <trackback:ping rdf:resource='/tb/2?x&amp;y' /><trackback:about>/tb/no</trackback:about></item>
            <item><link>/3</link><guid>{PAGE}</guid><trackback:ping>/tb/3</trackback:ping></item>
            <item><link>/4</link></item></channel></rss>"
        );
        for (at, ping, title) in [
            ("1?a&b", "https://blog.example/tb/1", Some("1 & 2")),
            ("2", "https://blog.example/tb/2?x&y", Some("Two")),
            ("3", "https://blog.example/tb/3", None),
        ] {
            let discovery = on(&rss, &format!("https://blog.example/{at}"));
            assert_eq!(discovery.found.len(), 1, "{at}");
            assert_eq!(discovery.found[0].ping_url.as_str(), ping);
            assert_eq!(discovery.found[0].title.as_deref(), title);
            assert_eq!(discovery.found[0].source, DiscoverySource::Feed);
            assert_eq!(discovery.others.len(), 2);
        }
        assert_eq!(ping_urls(&rss, PAGE), ["https://blog.example/tb/3"]);
        for none in ["", "4"] {
            assert!(ping_urls(&rss, &format!("https://blog.example/{none}")).is_empty());
        }
    }

    #[test]
    fn atom_and_rss_1_0_items_are_read_too() {
        let atom = "<feed><title>F</title><entry><id>tag:x</id><source><id>/other</id><title>S</title></source>
            <title>T</title><link rel='edit' href='/e'/><link href='/1'/><link rel=trackback href='/tb'/></entry></feed>";
        let found = on(atom, "https://blog.example/1").found;
        assert_eq!(found[0].ping_url.as_str(), "https://blog.example/tb");
        assert_eq!(found[0].title.as_deref(), Some("T"));
        assert!(ping_urls(atom, "https://blog.example/other").is_empty());
        let rdf =
            "<rdf:RDF><item rdf:about='/1'><trackback:ping rdf:resource='/tb'/></item></rdf:RDF>";
        assert_eq!(
            ping_urls(rdf, "https://blog.example/1"),
            ["https://blog.example/tb"]
        );
    }
}
