//! Writes Atom (RFC 4287).

use std::io;

use super::channel::{Channel, FeedItem};
use super::rss::{Xml, document, element};

/// An Atom document. The elements of the feed and its entries follow section 4.1: an id that never changes, a
/// title, the time of the last change, and an author for each entry (the weblog).
pub(super) fn atom(channel: &Channel, items: &[FeedItem]) -> String {
    document(|xml| {
        xml.create_element("feed")
            .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
            .write_inner_content(|xml| {
                element(xml, "id", channel.link.as_str())?;
                element(xml, "title", &channel.title)?;
                element(xml, "subtitle", &channel.description)?;
                // A feed must have an `updated` (4.1.1).
                let updated = items.iter().map(last_change).max().or(channel.updated);
                element(xml, "updated", &updated.unwrap_or_default().to_string())?;
                link(xml, "alternate", "text/html", channel.link.as_str())?;
                if let Some(url) = &channel.self_url {
                    link(xml, "self", "application/atom+xml", url.as_str())?;
                }
                for item in items {
                    xml.create_element("entry")
                        .write_inner_content(|xml| entry(xml, item))?;
                }
                Ok(())
            })?;
        Ok(())
    })
}

fn entry(xml: &mut Xml, item: &FeedItem) -> io::Result<()> {
    let ping = &item.record;
    element(xml, "id", &item.guid)?;
    element(xml, "title", &ping.title)?;
    link(xml, "alternate", "text/html", &ping.url)?;
    element(xml, "published", &ping.time.to_string())?;
    element(xml, "updated", &last_change(item).to_string())?;
    let author = Some(ping.blog_name.as_str()).filter(|name| !name.is_empty());
    xml.create_element("author").write_inner_content(|xml| {
        // An entry must have an author, and the author a name (4.2.1).
        element(xml, "name", author.unwrap_or(&ping.url))
    })?;
    if !ping.excerpt.is_empty() {
        element(xml, "summary", &ping.excerpt)?;
    }
    Ok(())
}

fn link(xml: &mut Xml, relation: &str, kind: &str, url: &str) -> io::Result<()> {
    xml.create_element("link")
        .with_attributes([("rel", relation), ("type", kind), ("href", url)])
        .write_empty()?;
    Ok(())
}

fn last_change(item: &FeedItem) -> jiff::Timestamp {
    item.record.updated.unwrap_or(item.record.time)
}
