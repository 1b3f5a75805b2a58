//! The pings of an id as RSS: the answer of `__mode=rss`, and the static file `rss_dir/<tb_id>.xml`.
//!
//! The static file is RSS 2.0 as the RSS Advisory Board's profile has it; the mode answers with the
//! RSS 0.91 inside `<response>` that version 1.1 of the TrackBack specification asks for. Both hold
//! published pings only. A static file depends on nothing but the pings and the configuration, so
//! that writing it again changes nothing and a stale one is known by its content.

use std::io::Read;

use url::Url;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::folder::{Access, Folder, PUBLIC};
use crate::store::{Pings, Record, Which};
use crate::trackback::TbId;

mod rss;

pub use rss::{Item, rss_0_91, rss_2_0, rss_2_0_of};

/// How many pings a feed holds, as in tb.cgi.
pub const NEWEST: usize = 15;
/// The most that `n=` can ask `__mode=rss` for.
pub const MOST: usize = 100;

/// What a feed says about itself.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The feed's title.
    pub title: String,
    /// The page that shows the same pings.
    pub link: Url,
    /// One sentence.
    pub description: String,
    /// The feed's own URL, where it has one.
    pub self_url: Option<Url>,
}

/// When a static file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// In any case: the pings have changed.
    Always,
    /// If it does not say what it should: nothing has changed, but an earlier write may have failed.
    IfStale,
}

impl Channel {
    /// The channel of one id.
    #[must_use]
    pub fn of(config: &Config, id: &TbId) -> Channel {
        let mut link = config.base_url.clone();
        link.query_pairs_mut()
            .append_pair("__mode", "list")
            .append_pair("tb_id", id.as_str());
        Channel {
            title: format!("TrackBacks for {id} - {}", config.site_name),
            link,
            description: format!(
                "TrackBack pings that {} received for {id}",
                config.site_name
            ),
            self_url: config
                .rss_url
                .as_ref()
                .and_then(|folder| folder.join(&file_name(id)).ok()),
        }
    }
}

/// Writes the static file of `id`, if the configuration has a folder for them.
///
/// # Errors
///
/// [`Error::File`], [`Error::Planted`]; the file that was there stands.
pub fn write_static(config: &Config, id: &TbId, pings: Option<&Pings>, when: Write) -> Result<()> {
    let Some(rss_dir) = &config.rss_dir else {
        return Ok(());
    };
    let folder = Folder::open(rss_dir)?;
    let name = file_name(id);
    let newest = static_pings(pings)?;
    let feed = rss_2_0(&Channel::of(config, id), &newest);
    if when == Write::IfStale && stands(&folder, &name, &feed)? {
        return Ok(());
    }
    folder.replace_with(&name, PUBLIC, feed.as_bytes())
}

/// The static file called `name`, for a server that hands it out; `None` if there is none.
///
/// # Errors
///
/// [`Error::File`], [`Error::Planted`].
pub fn read_static(config: &Config, name: &str) -> Result<Option<String>> {
    let stem = name.strip_suffix(".xml").unwrap_or_default();
    let (Some(rss_dir), Ok(id)) = (&config.rss_dir, TbId::new(stem.as_bytes())) else {
        return Ok(None);
    };
    if id.as_str() != stem {
        return Ok(None);
    }
    let folder = Folder::open(rss_dir)?;
    let Some(mut file) = folder.file(name, Access::Read)? else {
        return Ok(None);
    };
    let mut feed = String::new();
    file.read_to_string(&mut feed)
        .map_err(|cause| Error::file("read", folder.path().join(name), cause))?;
    Ok(Some(feed))
}

/// Whether the static file of `id` says what it should.
///
/// # Errors
///
/// [`Error::File`], [`Error::Planted`].
pub fn is_current(config: &Config, id: &TbId, pings: Option<&Pings>) -> Result<bool> {
    let Some(rss_dir) = &config.rss_dir else {
        return Ok(true);
    };
    let feed = rss_2_0(&Channel::of(config, id), &static_pings(pings)?);
    stands(&Folder::open(rss_dir)?, &file_name(id), &feed)
}

fn static_pings(pings: Option<&Pings>) -> Result<Vec<Record>> {
    match pings {
        Some(pings) => pings.newest(Which::Published, None, NEWEST),
        None => Ok(Vec::new()),
    }
}

fn stands(folder: &Folder, name: &str, feed: &str) -> Result<bool> {
    let Some(file) = folder.file(name, Access::Read)? else {
        return Ok(false);
    };
    let mut bytes = Vec::new();
    file.take(feed.len() as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::file("read", folder.path().join(name), cause))?;
    Ok(bytes == feed.as_bytes())
}

fn file_name(id: &TbId) -> String {
    format!("{id}.xml")
}
