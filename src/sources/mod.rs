//! Reads the entries of a weblog from a feed, a built site or one page.
//!
//! Both halves need them: the sender to know what each entry links to, the receiver to know which page an id
//! stands for. Whatever is read may be broken or hostile: it costs time linear in its length and memory bounded by
//! the limits named where they apply, and what is left out is reported ([`Skipped`]) instead of failing the whole.
//!
//! * [`Source`]: where the entries are.
//! * [`for_each`]: the entries, one by one.

use std::cell::Cell;

use jiff::Timestamp;
use url::Url;

use crate::error::Result;
use crate::fetch::{Client, Validators};

pub(crate) mod charset;
pub(crate) mod date;
mod entry;
mod feed;
mod feed_file;
mod filter;
mod folder;
mod json_kind;
mod open;
mod page;
mod sitemap;
mod skip_reason;
mod source;
pub(crate) mod xml_events;

pub(crate) use date::parse as parse_date;
use filter::EntryFilter;
pub(crate) use json_kind::JsonHead;
use page::ReadReason;

#[cfg(feature = "internals")]
pub use self::entry::SourceReading;
pub use self::entry::{
    Entry, EntryLink, Follow, KnownEntries, MAX_LINKS, OwnPages, SourceItem, SourceKind,
    SourceOptions,
};
#[cfg(feature = "internals")]
pub use self::page::named_page;
pub(crate) use self::page::{AuthorText, all_answers, page_title, stated_by_page};
pub use skip_reason::{SkipReason, Skipped, Weight};
pub use source::Source;

/// Reads all entries of a source. Entries dated after `now` are in the future.
#[cfg(feature = "internals")]
pub fn load(
    source: &Source,
    options: &SourceOptions,
    client: &Client,
    now: Timestamp,
) -> Result<SourceReading> {
    let mut entries = Vec::new();
    let mut skipped = Vec::new();
    let (kind, validators) = for_each(source, options, client, now, &mut |item| {
        match item {
            SourceItem::Entry(entry) => entries.push(entry),
            SourceItem::Skipped(what) => skipped.push(what),
        }
        Ok(())
    })?;
    Ok(SourceReading {
        entries,
        skipped,
        kind,
        validators,
    })
}

/// Passes on each item as soon as it is read, so that a large site needs no more memory than its largest
/// page. Returns the kind of the source and the server's validators.
pub fn for_each(
    source: &Source,
    options: &SourceOptions,
    client: &Client,
    now: Timestamp,
    take: &mut dyn FnMut(SourceItem) -> Result<()>,
) -> Result<(SourceKind, Validators)> {
    let has_fetched = Cell::new(false);
    let own_page =
        |url: &Url, asked: ReadReason| open::own_page(source, client, url, asked, &has_fetched);
    let mut filter = EntryFilter::new(options, now, take);
    open::load(source, &mut filter, client, &own_page)
}
