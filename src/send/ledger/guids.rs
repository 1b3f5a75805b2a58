//! Which entries of the ledger may be a new one by the id that feeds give them.
//!
//! An id alone proves nothing: it may be a number that two feeds of one site count with. So it names the entries whose old
//! pages are worth a look, and these decide.

use std::cmp::Reverse;

use url::Url;

use super::LedgerState;
use super::likeness::MOST;
use super::state::entry_key;
use crate::order;
use crate::urls::{bare_host, parse_web};

impl LedgerState {
    /// Whether the ledger has it that feeds know the entry at `permalink` by this id.
    pub fn has_guid(&self, permalink: &str, guid: &str) -> bool {
        let identity = self.identity(permalink);
        let known = self.keys_of_guid(&entry_key(guid));
        known.into_iter().any(|key| self.identity(key) == identity)
    }

    /// The keys of the entries that feeds knew by an id with this key.
    fn keys_of_guid(&self, guid: &str) -> Vec<&String> {
        let begin = format!("{guid}\n");
        let behind = self.guids.range(begin.clone()..);
        let known = behind.take_while(|(key, _)| key.starts_with(&begin));
        known.map(|(_, entry)| entry).collect()
    }

    /// The entries of the same site that feeds knew by this id, or that are at it, but for those of which `is_other` says
    /// that they are others; the newest first. None if the user wants the entry at `permalink` to be sent again.
    pub fn entries_of_guid(
        &self,
        guid: &str,
        permalink: &Url,
        is_other: impl Fn(&str) -> bool,
    ) -> Vec<Url> {
        if self.is_forgotten(permalink.as_str()) {
            return Vec::new();
        }
        let key = entry_key(guid);
        let identity = self.identity(permalink.as_str());
        let mut known = self.keys_of_guid(&key);
        known.push(&key);
        let known = known.into_iter().map(|key| self.identity(key));
        let mut known: Vec<String> = known.filter(|known| *known != identity).collect();
        order::sort(&mut known);
        known.dedup();
        let mut found: Vec<_> = known
            .iter()
            .filter_map(|key| self.last_spelling(key))
            .filter(|(_, url)| !is_other(url))
            .filter_map(|(time, url)| Some((time, parse_web(url)?)))
            .filter(|(_, url)| bare_host(url) == bare_host(permalink))
            .collect();
        order::sort_by_key(&mut found, |(time, _)| Reverse(*time));
        found.truncate(MOST);
        found.into_iter().map(|(_, url)| url).collect()
    }
}
