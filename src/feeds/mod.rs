//! Pings handed on: as RSS, Atom, JSON Feed and a fragment of HTML, by a mode or as the static file
//! `rss_dir/<tb_id>.xml` (`.atom`, `.json`, `.html`).
//!
//! All hold published pings only. A static file depends on nothing but the pings and the configuration, so
//! that writing it again changes nothing and a stale one is known by its content.

use std::io::Read;

use jiff::Timestamp;

use crate::config::{Config, FeedFormat};
use crate::dir::{Folder, OpenMode, PUBLIC};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::store::{Pings, Record, StoredItem, Which};

mod atom;
pub mod change;
mod channel;
mod html;
mod json;
mod orphans;
mod rss;

pub use self::channel::{Channel, FeedItem};
use self::channel::{extension, file_name, list_url};
pub use json::JsonItem;
pub use orphans::{orphans, remove_static, static_name};
pub use rss::{rss_0_91, rss_2_0, rss_2_0_described};

/// How many pings a feed holds, as in tb.cgi.
pub const NEWEST: usize = 15;
/// The most that `n=` can ask a mode for.
pub const MOST: usize = 100;

/// When a static file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// In any case: the pings have changed.
    Always,
    /// If it does not say what it should: nothing has changed, but an earlier write may have failed.
    IfStale,
}

/// Whether there is a static file of `id` in that form: one without pings may never have had any.
pub fn has_static(config: &Config, id: &TbId, format: FeedFormat) -> bool {
    let folder = config.rss_dir.as_ref();
    folder.is_some_and(|folder| folder.join(file_name(id, format)).is_file())
}

/// The pings of one id as items.
pub fn items(config: &Config, id: &TbId, records: Vec<Record>) -> Vec<FeedItem> {
    let link = list_url(config, id);
    let item = |record: Record| FeedItem {
        guid: format!("{link}#ping-{}", record.id),
        record,
    };
    records.into_iter().map(item).collect()
}

/// A whole document, or for [`FeedFormat::Html`] a fragment of one.
pub fn document(
    config: &Config,
    format: FeedFormat,
    channel: &Channel,
    items: &[FeedItem],
) -> Result<String> {
    Ok(match format {
        FeedFormat::Rss => rss_2_0(channel, items),
        FeedFormat::Atom => atom::atom(channel, items),
        FeedFormat::Json => json::json(channel, items),
        FeedFormat::Html => html::fragment(&config.zone()?, items),
    })
}

/// The media type of a document.
pub fn media_type(format: FeedFormat) -> &'static str {
    match format {
        FeedFormat::Rss => "application/rss+xml; charset=utf-8",
        FeedFormat::Atom => "application/atom+xml; charset=utf-8",
        FeedFormat::Json => "application/feed+json; charset=utf-8",
        FeedFormat::Html => "text/html; charset=utf-8",
    }
}

/// Writes the static files of `id`, if the configuration has a folder for them.
pub fn write_static(config: &Config, id: &TbId, pings: Option<&Pings>, when: Write) -> Result<()> {
    let Some(folder) = open(config)? else {
        return Ok(());
    };
    for (name, text) in static_files(config, id, pings)? {
        if when == Write::Always || !stands(&folder, &name, &text)? {
            folder.replace_with(&name, PUBLIC, text.as_bytes())?;
        }
    }
    Ok(())
}

/// The static file called `name` and its form, for a server that hands it out; `None` if there is none.
pub fn read_static(config: &Config, name: &str) -> Result<Option<(FeedFormat, String)>> {
    let Some((stem, extension)) = name.rsplit_once('.') else {
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

/// Whether the static files of `id` say what they should.
pub fn is_current(config: &Config, id: &TbId, pings: Option<&Pings>) -> Result<bool> {
    let Some(folder) = open(config)? else {
        return Ok(true);
    };
    for (name, text) in static_files(config, id, pings)? {
        if !stands(&folder, &name, &text)? {
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

/// The static files of `id` as they should be: name and text.
fn static_files(
    config: &Config,
    id: &TbId,
    pings: Option<&Pings>,
) -> Result<Vec<(String, String)>> {
    let newest = match pings {
        Some(pings) => pings.newest(Which::Published, None, NEWEST)?,
        None => Vec::new(),
    };
    let updated = match pings {
        Some(pings) if newest.is_empty() => last_change(pings)?,
        _ => None,
    };
    let items = items(config, id, newest);
    let file = |format: &FeedFormat| {
        let channel = Channel {
            updated,
            ..Channel::of(config, id, *format)
        };
        let text = document(config, *format, &channel, &items)?;
        Ok((file_name(id, *format), text))
    };
    config.formats.iter().map(file).collect()
}

/// When the last ping came or went, of an id where none is published.
fn last_change(pings: &Pings) -> Result<Option<Timestamp>> {
    let mut last = None;
    pings.for_each_ping(|record| {
        last = last.max(Some(record.updated.unwrap_or(record.time)));
        Ok(())
    })?;
    // Those are found only by reading the whole file.
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

fn stands(folder: &Folder, name: &str, text: &str) -> Result<bool> {
    let Some(file) = folder.file(name, OpenMode::Read)? else {
        return Ok(false);
    };
    // One call reads all, and one finds the end.
    let mut bytes = Vec::with_capacity(text.len() + 64);
    file.take(text.len() as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::file("read", folder.path().join(name), cause))?;
    Ok(bytes == text.as_bytes())
}
