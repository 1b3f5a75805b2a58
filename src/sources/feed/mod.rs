//! Feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed; and what they say of a weblog.
//!
//! A feed is read item by item, so its length does not matter; one item may have 8 MiB. A fault in an item
//! ends that item, is told, and the next one is read; what cannot be read on from ends the feed, and what stands before it
//! is used.

use url::Url;

use self::item::RawItem;
use super::SkipReason;
use super::charset::Text;
use super::entry::Entry;
use super::filter::Sieve;
use crate::error::Result;
use crate::text::{clean, crop};

mod item;
mod json;
mod namespaces;
mod xml;

pub(super) use self::item::Weblog;
pub(super) use json::{read as read_json, read_head as read_json_head};
pub(super) use xml::{read as read_xml, read_head as read_xml_head};

/// The most that one item may have, in bytes of UTF-8.
pub(super) const MOST_ITEM: usize = 8 << 20;

/// A feed and where it was found.
pub(super) struct SourceFeed<R> {
    pub(super) text: Text<R>,
    /// What relative URLs are relative to.
    pub(super) base: Option<Url>,
    /// What it is called when a fault in it is told.
    pub(super) what: String,
}

/// Passes on an item, or why it is none; `number` is its place in the feed.
fn pass_on(
    raw: RawItem,
    weblog: &Weblog,
    what: &str,
    number: usize,
    sieve: &mut Sieve<'_>,
) -> Result<()> {
    let name = raw.name();
    let is_summary = !raw.has_content();
    match raw.into_entry(weblog) {
        Ok((entry, missing)) if is_summary && is_partial(&entry, weblog) => {
            sieve.summary(entry, missing)
        }
        Ok((entry, missing)) => sieve.entry(entry, missing),
        Err(why) => {
            let name = name.unwrap_or_else(|| format!("{what}, item {number}"));
            sieve.skip(name, why)
        }
    }
}

/// Whether the text of an item without content is only the beginning of its entry: there are no links in it, it says
/// so, or the program that made the feed puts no more into it.
fn is_partial(entry: &Entry, weblog: &Weblog) -> bool {
    let text = entry.summary.trim_end();
    let breaks_off = ["…", "...", "[…]", "[...]", "…]"]
        .iter()
        .any(|end| text.ends_with(end));
    entry.links.is_empty() || breaks_off || weblog.has_summaries == Some(true)
}

/// Tells of an item that is left out for a fault in it.
fn bad_item(
    raw: &RawItem,
    what: &str,
    number: usize,
    cause: &str,
    sieve: &mut Sieve<'_>,
) -> Result<()> {
    let name = raw
        .name()
        .unwrap_or_else(|| format!("{what}, item {number}"));
    sieve.skip(name, SkipReason::BadItem(shown(cause)))
}

/// Tells of a fault outside of all items, or one that ended the reading.
fn broken(what: &str, cause: &str, sieve: &mut Sieve<'_>) -> Result<()> {
    sieve.skip(what.to_owned(), SkipReason::Broken(shown(cause)))
}

fn shown(cause: &str) -> String {
    crop(&clean(cause), 200, "…").into_owned()
}

#[cfg(test)]
mod tests;
