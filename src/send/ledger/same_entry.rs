//! Entries that are known by several URLs: a short link and a permalink, or an old permalink that redirects to a new one.

use std::collections::BTreeMap;

/// Which keys are those of one entry. It does not depend on the order in which they were joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SameEntries {
    /// The least key of its entry, by each other key.
    least: BTreeMap<String, String>,
}

impl SameEntries {
    /// The key that stands for the entry with this one.
    pub(super) fn identity(&self, key: String) -> String {
        self.least.get(&key).cloned().unwrap_or(key)
    }

    /// All keys of the entry with this one.
    pub(super) fn keys_of(&self, key: String) -> Vec<String> {
        let identity = self.identity(key);
        let others = self.least.iter().filter(|(_, least)| **least == identity);
        let mut keys: Vec<String> = others.map(|(key, _)| key.clone()).collect();
        keys.push(identity);
        keys
    }

    /// Makes two keys those of one entry; returns the one that now stands for it, and the one that no longer does.
    pub(super) fn join(&mut self, one: String, other: String) -> Option<(String, String)> {
        let (one, other) = (self.identity(one), self.identity(other));
        let (kept, gone) = match one.cmp(&other) {
            std::cmp::Ordering::Less => (one, other),
            std::cmp::Ordering::Greater => (other, one),
            std::cmp::Ordering::Equal => return None,
        };
        for least in self.least.values_mut().filter(|least| **least == gone) {
            least.clone_from(&kept);
        }
        self.least.insert(gone.clone(), kept.clone());
        Some((kept, gone))
    }
}
