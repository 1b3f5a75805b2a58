//! The ids by which the feeds of a plan know their entries.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use jiff::Timestamp;

use crate::send::ledger::{LedgerEvent, LedgerState};
use crate::sources::Entry;

/// The ids in all sources. One that a feed gives to several entries says nothing of any of them.
#[derive(Debug, Clone, Default)]
pub(super) struct EntryGuids {
    /// The number of the source that is read.
    pub(super) source: usize,
    /// Hashes of the number of a source with an id, for two feeds may count with the same numbers; and of these with the entry.
    seen: HashSet<u64>,
    /// Hashes of the ids that several entries of a source have.
    shared: HashSet<u64>,
    /// Ids and permalinks of entries with links of which the ledger does not have the id.
    new: Vec<(String, String)>,
    hasher: RandomState,
}

impl EntryGuids {
    /// Takes note of the id of an entry.
    pub(super) fn add(&mut self, entry: &Entry, has_links: bool, ledger: &LedgerState) {
        let Some(guid) = &entry.guid else {
            return;
        };
        let permalink = entry.permalink.as_str();
        let id = format!("{}\n{guid}", self.source);
        let of_entry = format!("{id}\n{}", ledger.identity(permalink));
        let is_new_id = self.seen.insert(self.hash(&id));
        if self.seen.insert(self.hash(&of_entry)) && !is_new_id {
            self.shared.insert(self.hash(guid));
        }
        if has_links && !ledger.has_guid(permalink, guid) {
            self.new.push((guid.clone(), permalink.to_owned()));
        }
    }

    /// Whether no feed gives an id to several entries.
    pub(super) fn is_unique(&self, guid: &str) -> bool {
        !self.shared.contains(&self.hash(guid))
    }

    /// The events by which later runs know the entries by these ids.
    pub(super) fn record(&mut self, now: Timestamp) -> Vec<LedgerEvent> {
        let mut new = std::mem::take(&mut self.new);
        new.retain(|(guid, _)| self.is_unique(guid));
        let events = new.into_iter().map(|(guid, entry)| LedgerEvent::Guid {
            entry,
            guid,
            time: now,
        });
        events.collect()
    }

    fn hash(&self, text: &str) -> u64 {
        self.hasher.hash_one(text)
    }
}
