//! The id of the target of a webmention or pingback: a sender names the page, not the id.

use url::Url;

use super::entries::{self, EntryReader, IdFrom};
use super::ping_auth;
use crate::config::{Config, Ids};
use crate::error::{Refusal, Result};
use crate::linkback::Protocol;
use crate::linkback::trackback::TbId;
use crate::store::Store;
use crate::urls::{entry_key, is_below, is_entry, page_path};

/// What is wrong where neither `entry` nor the entries say which page an id is of, and the cure.
pub const NO_PATTERN: [&str; 2] = [
    "`entry` is not set and no entries are known, so a page's webmentions are listed under an id made of its whole path, \
     and its TrackBacks and the list below it under that of its ping URL",
    "set `entry` or run `tb entries sync`",
];

/// Whether webmentions or pingbacks are received, and nothing says which page an id is of.
pub fn has_no_pattern(config: &Config, store: &Store) -> Result<bool> {
    let takes_pages = [Protocol::Webmention, Protocol::Pingback]
        .into_iter()
        .any(|protocol| config.receives(protocol));
    let is_public = config.passphrase.is_none();
    Ok(takes_pages
        && is_public
        && config.entry.is_none()
        && entries::load(store)?.entries.is_empty())
}

/// The id of the home page.
const HOME: &[u8] = b"index";

/// The id of the page at `target`. Refused are pages outside of `site`, unknown pages if only known entries accept pings,
/// and pages whose id has a passphrase, which these cannot carry.
pub fn tb_id_of(
    config: &Config,
    store: &Store,
    reader: &EntryReader,
    target: &Url,
) -> Result<TbId> {
    let id = page_id(config, store, reader, target)?.ok_or(Refusal::TargetNotFound)?;
    let entry = reader.find(store, &id)?;
    match ping_auth::passphrase_of(config, entry.as_ref()) {
        None => Ok(id),
        Some(_) => Err(Refusal::TargetNotFound.into()),
    }
}

/// The id of the page at `target`, whether or not it accepts webmentions.
pub fn page_id(
    config: &Config,
    store: &Store,
    reader: &EntryReader,
    target: &Url,
) -> Result<Option<TbId>> {
    let is_own = config.site.iter().any(|site| is_below(target, site));
    // This program's own pages have no id.
    if !is_own || is_below(target, &config.base_url) {
        return Ok(None);
    }
    let pattern = config.entry.as_ref();
    if let Some(id) = pattern.and_then(|pattern| pattern.id_of(target)) {
        return Ok(Some(id));
    }
    let guesses = [IdFrom::LastSegment, IdFrom::Path];
    for id in guesses.into_iter().filter_map(|from| from.id_of(target)) {
        let info = reader.find(store, &id)?;
        if info.is_some_and(|info| info.url.is_some_and(|url| is_entry(target, &url))) {
            return Ok(Some(id));
        }
    }
    let known = entries::load(store)?.entries.into_iter();
    let mut known = known.filter_map(|(id, info)| Some((id, info.url?)));
    if let Some((id, _)) = known.find(|(_, url)| is_entry(target, url)) {
        return Ok(Some(id));
    }
    if config.ids == Ids::Known {
        return Ok(None);
    }
    // `/?p=12` is another page than the home page.
    let key = entry_key(target);
    let id = match key.split_once('?') {
        Some((_, query)) => {
            entries::id_of_page(format!("{}_{query}", page_path(target)).as_bytes())
        }
        None if page_path(target).is_empty() => TbId::new(HOME).ok(),
        None => IdFrom::Path.id_of(target),
    };
    Ok(id)
}
