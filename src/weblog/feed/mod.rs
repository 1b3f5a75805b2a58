//! Feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed; and what they say of a weblog.
//!
//! A feed is read item by item, so its length does not matter; one item may have 8 MiB. A fault in it is told, and
//! what stands before it is used.

use std::io::Read;

use url::Url;

use self::item::Raw;
use super::Why;
use super::decode::Text;
use super::sieve::Sieve;
use crate::error::Result;

mod item;
mod json;
mod vocabulary;
mod xml;

pub(super) use json::read as read_json;
pub(super) use xml::read as read_xml;

/// The most that one item may have, in bytes of UTF-8.
pub(super) const MOST_ITEM: usize = 8 << 20;

/// What a feed says of itself.
#[derive(Debug, Default)]
pub(super) struct Weblog {
    /// Its name as plain text.
    pub(super) name: String,
    /// Its home page.
    pub(super) home: Option<Url>,
}

/// A feed and where it was found.
pub(super) struct Feed<R> {
    pub(super) text: Text<R>,
    /// What relative URLs are relative to.
    pub(super) base: Option<Url>,
    /// What it is called when a fault in it is told.
    pub(super) what: String,
}

/// Passes on an item, or why it is none; `number` is its place in the feed.
fn pass_on(
    raw: Raw,
    weblog: &Weblog,
    what: &str,
    number: usize,
    sieve: &mut Sieve<'_>,
) -> Result<()> {
    let name = raw.name();
    match raw.into_entry(weblog) {
        Ok((entry, missing)) => sieve.entry(entry, missing),
        Err(why) => {
            let name = name.unwrap_or_else(|| format!("{what}, item {number}"));
            sieve.skip(name, why)
        }
    }
}

/// Tells of a fault that ended the reading.
fn broken<R: Read>(feed: &Feed<R>, cause: &str, sieve: &mut Sieve<'_>) -> Result<()> {
    let cause = crate::text::crop(&crate::text::clean(cause), 200, "…").into_owned();
    sieve.skip(feed.what.clone(), Why::Broken(cause))
}

#[cfg(test)]
mod tests;
