//! Parses feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed; their items, and the metadata of the weblog.
//!
//! A feed is parsed item by item, so its length does not matter; one item may have 8 MiB. A fault in an item
//! ends that item and is reported, and the next one is parsed; an unrecoverable fault ends the feed, and the items
//! before it are used.

use url::Url;

use self::item::RawItem;
use super::SkipReason;
use super::charset::Text;
use super::entry::Entry;
use super::filter::{EntryFilter, TextExtent};
use crate::error::Result;
use crate::text::{clean, crop};

mod field;
mod item;
mod json;
mod namespaces;
mod xml;

pub(super) use self::item::Weblog;
pub(super) use json::{read as read_json, read_head as read_json_head};
pub(super) use xml::{read as read_xml, read_head as read_xml_head};

/// The size limit of one item, in bytes of UTF-8.
pub(super) const MOST_ITEM: usize = 8 << 20;

/// A feed and where it was found.
pub(super) struct SourceFeed<R> {
    pub(super) text: Text<R>,
    /// The base of relative URLs.
    pub(super) base: Option<Url>,
    /// Its name in messages.
    pub(super) what: String,
}

/// Passes on an item, or why it is not an entry; `number` is its position in the feed.
fn pass_on(
    raw: RawItem,
    weblog: &Weblog,
    what: &str,
    number: usize,
    filter: &mut EntryFilter<'_>,
) -> Result<()> {
    let name = raw.name();
    let (has_content, breaks_off) = (raw.has_content(), raw.breaks_off());
    match raw.into_entry(weblog) {
        Ok((entry, missing)) if has_content && !breaks_off => filter.whole(entry, missing),
        Ok((entry, missing)) if breaks_off || is_partial(&entry, weblog) => {
            filter.summary(entry, missing, TextExtent::Beginning)
        }
        Ok((entry, missing)) => filter.summary(entry, missing, TextExtent::Unknown),
        Err(why) => {
            let name = name.unwrap_or_else(|| format!("{what}, item {number}"));
            filter.skip(name, why)
        }
    }
}

/// Whether the text of an item without content is only the beginning of its entry, although it does not say so: it has
/// no links, or the generator of the feed writes only summaries.
fn is_partial(entry: &Entry, weblog: &Weblog) -> bool {
    entry.links.is_empty() || weblog.has_summaries == Some(true)
}

/// Passes on an item with a fault as its own page has it, or reports that it is left out: its texts are not to be trusted.
fn bad_item(
    mut raw: RawItem,
    weblog: &Weblog,
    (what, number): (&str, usize),
    cause: &str,
    filter: &mut EntryFilter<'_>,
) -> Result<()> {
    let name = raw.name();
    let why = SkipReason::BadItem(shown(cause));
    (raw.title, raw.summary, raw.content) = (None, None, None);
    match raw.into_entry(weblog) {
        Ok((entry, _)) => filter.own_page_of(entry, why),
        Err(_) => filter.skip(
            name.unwrap_or_else(|| format!("{what}, item {number}")),
            why,
        ),
    }
}

/// Reports a fault outside all items, or one that ended the parsing.
fn broken(what: &str, cause: &str, filter: &mut EntryFilter<'_>) -> Result<()> {
    filter.skip(what.to_owned(), SkipReason::Broken(shown(cause)))
}

fn shown(cause: &str) -> String {
    crop(&clean(cause), 200, "…").into_owned()
}

#[cfg(test)]
mod tests;
