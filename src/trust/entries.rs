//! `.entries`: what is known of the entries behind the ids.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::error::Result;
use crate::store::{Own, Store};
use crate::trackback::TbId;

/// What is known of an entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EntryInfo {
    /// Its permalink.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// The passphrase that its pings need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// Keys of a newer version.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is known of the entry of an id.
///
/// # Errors
///
/// As [`Store::read_own`].
pub fn find(store: &Store, id: &TbId) -> Result<Option<EntryInfo>> {
    let all = all(store)?;
    let found = all.into_iter().find(|(known, _)| known == id);
    Ok(found.map(|(_, info)| info))
}

/// What is known of all entries, sorted by id.
///
/// # Errors
///
/// As [`Store::read_own`].
pub fn all(store: &Store) -> Result<Vec<(TbId, EntryInfo)>> {
    Ok(read(&store.read_own(Own::Entries)?.unwrap_or_default()))
}

/// Changes what is known of the entry of an id.
///
/// # Errors
///
/// As [`Store::edit_own`].
pub fn change(store: &Store, id: &TbId, make: impl FnOnce(&mut EntryInfo)) -> Result<()> {
    store.edit_own(Own::Entries, |old| {
        let mut all = read(&old);
        let mut info = match all.iter().position(|(known, _)| known == id) {
            Some(at) => all.remove(at).1,
            None => EntryInfo::default(),
        };
        make(&mut info);
        all.push((id.clone(), info));
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        let line = |(id, info): &(TbId, EntryInfo)| {
            let json = serde_json::to_string(info).unwrap_or_default();
            format!("{id}\t{json}\n")
        };
        Ok(Some(all.iter().map(line).collect::<String>().into_bytes()))
    })
}

fn read(bytes: &[u8]) -> Vec<(TbId, EntryInfo)> {
    let line = |line: &str| {
        let (id, json) = line.split_once('\t')?;
        Some((
            TbId::new(id.as_bytes()).ok()?,
            serde_json::from_str(json).ok()?,
        ))
    };
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(line)
        .collect()
}
