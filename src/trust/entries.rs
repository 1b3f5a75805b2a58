//! What is known of the entries behind the ids: `.entries`.

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::config::Config;
use crate::error::Result;
use crate::store::Store;
use crate::trackback::TbId;

/// What is known of an entry.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntryInfo {
    /// Its permalink.
    pub url: Option<Url>,
    /// Its title as plain text.
    pub title: Option<String>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// What a ping to it must name, if it has one of its own.
    pub passphrase: Option<String>,
    /// What another version of this program wrote.
    pub rest: Map<String, Value>,
}

/// What is known of the entry behind `id`; `None` if nothing is.
///
/// # Errors
///
/// [`Error::File`](crate::error::Error::File), also when the line of that id is damaged: it may have named a passphrase.
pub fn find(store: &Store, id: &TbId) -> Result<Option<EntryInfo>> {
    let _ = (store, id);
    Ok(None)
}

/// Changes what is known of the entry behind `id`; what comes to nothing is removed.
///
/// # Errors
///
/// As [`find`], and [`Error::Lock`](crate::error::Error::Lock).
pub fn change(store: &Store, id: &TbId, edit: impl FnOnce(&mut EntryInfo)) -> Result<()> {
    let _ = (store, id, edit);
    Ok(())
}

/// Whether the entry behind `id` takes pings: it is known where `ids = "known"`, and not older than `close_after`.
///
/// # Errors
///
/// [`Refusal::UnknownId`](crate::error::Refusal::UnknownId), [`Refusal::Closed`](crate::error::Refusal::Closed), and as [`find`].
pub fn admits(config: &Config, store: &Store, id: &TbId, now: Timestamp) -> Result<()> {
    let _ = (config, store, id, now);
    Ok(())
}
