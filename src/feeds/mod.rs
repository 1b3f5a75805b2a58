//! Publishes pings as RSS, Atom, JSON Feed, JF2 and an HTML fragment, from a mode or as the static file
//! `rss_dir/<tb_id>.xml` (`.atom`, `.json`, `.jf2.json`, `.html`).
//!
//! Only published pings are included. A static file depends on nothing but the pings, the entry and the configuration, so
//! writing it again changes nothing and a stale file is recognised by its content.

use std::io::Read;

use jiff::Timestamp;
use url::Url;

use crate::admission::entries::EntryReader;
use crate::config::{Config, FeedFormat};
use crate::dir::{Folder, OpenMode, PUBLIC};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Pings, Record, Store, StoredItem, Transaction};

mod atom;
mod channel;
mod html;
mod jf2;
mod json;
mod orphans;
mod rss;
mod shown;

pub use self::channel::{Channel, FeedItem, list_url, static_url};
use self::channel::{extension, file_name};
pub use jf2::{Jf2Order, Receipt, jf2, jf2_entry, jf2_property, wm_id};
pub use json::JsonItem;
pub use orphans::{orphans, remove_static, static_name};
pub use rss::{rss_0_91, rss_2_0, rss_2_0_described};
pub use shown::{FeedKinds, NewestPings, excerpt_below_title, named, newest, reaction_lines};

/// How many pings a feed holds, as in tb.cgi.
pub const NEWEST: usize = 15;
/// The largest `n=` of a mode.
pub const MAX_ITEMS: usize = 100;

/// When a static file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteWhen {
    /// Always: the pings have changed.
    Always,
    /// Only if its content is out of date: the pings have not changed, but an earlier write may have failed.
    IfStale,
}

/// What a static file is made of besides the pings. The reader has the title of the entry.
pub type FeedSource<'a> = (&'a Config, &'a Store, &'a EntryReader);

/// Changes the pings of an id, and updates the static feed under the same lock before the caller responds.
///
/// A feed that cannot be written is logged and written again at the next change: the pings are what counts.
pub fn change_pings<T>(
    (config, store, entries): FeedSource<'_>,
    id: &TbId,
    now: Timestamp,
    change: impl FnOnce(&mut Transaction<'_>) -> Result<(T, WriteWhen)>,
) -> Result<T> {
    let mut transaction = store.begin(id)?;
    let (outcome, when) = change(&mut transaction)?;
    let later = [
        write_static((config, store, entries), id, transaction.pings(), when),
        transaction.maintain(),
    ];
    for error in later.into_iter().filter_map(Result::err) {
        let event = Event::new(now, EventName::Postponed)
            .with("tb_id", id.as_str())
            .with("error", error.to_string());
        store.log(&event);
    }
    Ok(outcome)
}

/// Updates the static files of ids whose entries have changed, if they have any.
pub fn rewrite_static(config: &Config, store: &Store, ids: &[TbId], now: Timestamp) -> Result<()> {
    let has_any = |id: &TbId| {
        FeedFormat::ALL
            .into_iter()
            .any(|format| has_static(config, id, format))
    };
    for id in ids.iter().filter(|id| has_any(id)) {
        let source = (config, store, &EntryReader::default());
        change_pings(source, id, now, |_| Ok(((), WriteWhen::IfStale)))?;
    }
    Ok(())
}

/// Whether there is a static file of `id` in that format; an id that never had pings has none.
pub fn has_static(config: &Config, id: &TbId, format: FeedFormat) -> bool {
    let folder = config.rss_dir.as_ref();
    folder.is_some_and(|folder| folder.join(file_name(id, format)).is_file())
}

/// The pings of one id as feed items; `permalink` is that of the entry, which only [`jf2()`] needs.
pub fn items(
    config: &Config,
    (id, permalink): (&TbId, Option<&Url>),
    records: Vec<Record>,
) -> Vec<FeedItem> {
    let link = list_url(config, id);
    let item = |record: Record| FeedItem {
        guid: format!("{link}#ping-{}", record.id),
        id: id.clone(),
        permalink: permalink.cloned(),
        record,
    };
    records.into_iter().map(item).collect()
}

/// A whole document, or a fragment for [`FeedFormat::Html`].
pub fn document(
    config: &Config,
    format: FeedFormat,
    channel: &Channel,
    items: &[FeedItem],
) -> Result<String> {
    Ok(match format {
        FeedFormat::Rss => rss_2_0(channel, items),
        FeedFormat::Atom => atom::atom(channel, items),
        FeedFormat::Json => json::json(&config.zone, channel, items),
        FeedFormat::Jf2 => jf2(config, Some(channel.link.as_str()), items),
        FeedFormat::Html => html::fragment(&config.zone, channel, items),
    })
}

/// The media type of a document.
pub fn media_type(format: FeedFormat) -> &'static str {
    match format {
        FeedFormat::Rss => "application/rss+xml; charset=utf-8",
        FeedFormat::Atom => "application/atom+xml; charset=utf-8",
        FeedFormat::Json => "application/feed+json; charset=utf-8",
        FeedFormat::Jf2 => "application/json; charset=utf-8",
        FeedFormat::Html => "text/html; charset=utf-8",
    }
}

/// Writes the static files of `id`, if `rss_dir` is configured.
pub fn write_static(
    (config, store, entries): FeedSource<'_>,
    id: &TbId,
    pings: Option<&Pings>,
    when: WriteWhen,
) -> Result<()> {
    let Some(folder) = open(config)? else {
        return Ok(());
    };
    for (name, text) in static_files((config, store, entries), id, pings)? {
        if when == WriteWhen::Always || !has_content(&folder, &name, &text)? {
            folder.replace_with(&name, PUBLIC, text.as_bytes())?;
        }
    }
    Ok(())
}

/// The static file called `name` and its format, for the built-in server; `None` if it does not exist.
pub fn read_static(config: &Config, name: &str) -> Result<Option<(FeedFormat, String)>> {
    let Some((stem, extension)) = name.split_once('.') else {
        return Ok(None);
    };
    let format = FeedFormat::ALL
        .into_iter()
        .find(|format| self::extension(*format) == extension);
    let (Some(format), Some(folder), Ok(id)) = (format, open(config)?, TbId::new(stem.as_bytes()))
    else {
        return Ok(None);
    };
    if id.as_str() != stem {
        return Ok(None);
    }
    let Some(mut file) = folder.file(name, OpenMode::Read)? else {
        return Ok(None);
    };
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(|cause| Error::file("read", folder.path().join(name), cause))?;
    Ok(Some((format, text)))
}

/// Whether the static files of `id` are up to date.
pub fn is_current(
    (config, store, entries): FeedSource<'_>,
    id: &TbId,
    pings: Option<&Pings>,
) -> Result<bool> {
    let Some(folder) = open(config)? else {
        return Ok(true);
    };
    for (name, text) in static_files((config, store, entries), id, pings)? {
        if !has_content(&folder, &name, &text)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The names of the static files of `id`.
pub fn static_names(config: &Config, id: &TbId) -> Vec<String> {
    let name = |format: &FeedFormat| file_name(id, *format);
    config.formats.iter().map(name).collect()
}

fn open(config: &Config) -> Result<Option<Folder>> {
    config.rss_dir.as_deref().map(Folder::open).transpose()
}

/// The name and the expected content of each static file of `id`.
fn static_files(
    (config, store, entries): FeedSource<'_>,
    id: &TbId,
    pings: Option<&Pings>,
) -> Result<Vec<(String, String)>> {
    let language = config.language();
    let newest = match pings {
        Some(pings) => newest(pings, NEWEST, (config.reactions, language), FeedKinds::Full)?,
        None => NewestPings::default(),
    };
    let updated = match pings {
        Some(pings) if newest.pings.is_empty() => last_change(pings)?,
        _ => None,
    };
    // A malformed entry is reported by `tb check`; the feed does without its title.
    let entry = entries.find(store, id).ok().flatten().unwrap_or_default();
    let place = (id, entry.url.as_ref());
    let items = items(config, place, newest.pings);
    let name = entry.title.as_deref().unwrap_or(id.as_str());
    let file = |format: &FeedFormat| {
        let channel = Channel {
            updated,
            reactions: newest.reactions.clone(),
            ..Channel::of((config, language), (id, name), *format)
        };
        let text = match (format, pings) {
            (FeedFormat::Jf2, Some(pings)) => {
                let all = (config.reactions, language);
                let all = self::newest(pings, MAX_ITEMS, all, FeedKinds::All)?.pings;
                document(config, *format, &channel, &self::items(config, place, all))?
            }
            _ => document(config, *format, &channel, &items)?,
        };
        Ok((file_name(id, *format), text))
    };
    config.formats.iter().map(file).collect()
}

/// When the last ping was received or removed, for an id without published pings.
fn last_change(pings: &Pings) -> Result<Option<Timestamp>> {
    let mut last = None;
    pings.for_each_ping(|record| {
        last = last.max(Some(record.updated.unwrap_or(record.time)));
        Ok(())
    })?;
    // Removed pings are found only by reading the whole file.
    if pings.has_tombstones() {
        pings.for_each_tombstone(|kept| {
            if let StoredItem::Tombstone { time, .. } = kept {
                last = last.max(Some(time));
            }
            Ok(())
        })?;
    }
    Ok(last)
}

fn has_content(folder: &Folder, name: &str, text: &str) -> Result<bool> {
    let Some(file) = folder.file(name, OpenMode::Read)? else {
        return Ok(false);
    };
    // The capacity lets one call read everything and a second one find the end.
    let mut bytes = Vec::with_capacity(text.len() + 64);
    file.take(text.len() as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::file("read", folder.path().join(name), cause))?;
    Ok(bytes == text.as_bytes())
}
