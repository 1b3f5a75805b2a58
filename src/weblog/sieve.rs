//! What every source's entries go through: those that are not wanted now are told apart.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;

use super::{Entry, Item, Options, Skipped, Why};
use crate::error::Result;
use crate::urls::target_key;

/// Passes on what is read.
pub(super) struct Sieve<'a> {
    options: &'a Options,
    now: Timestamp,
    take: &'a mut dyn FnMut(Item) -> Result<()>,
    hasher: RandomState,
    /// Hashes of the [`target_key`]s of the permalinks so far.
    seen: HashSet<u64>,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(
        options: &'a Options,
        now: Timestamp,
        take: &'a mut dyn FnMut(Item) -> Result<()>,
    ) -> Sieve<'a> {
        Sieve {
            options,
            now,
            take,
            hasher: RandomState::new(),
            seen: HashSet::new(),
        }
    }

    pub(super) fn options(&self) -> &'a Options {
        self.options
    }

    /// Passes on an entry, and what of it is missing, if it is wanted now.
    pub(super) fn entry(&mut self, entry: Entry, missing: Vec<Why>) -> Result<()> {
        let what = entry.permalink.to_string();
        let late = entry
            .published
            .is_some_and(|published| published > self.now);
        let old = match (entry.published, self.options.since) {
            (Some(published), Some(since)) => published < since,
            _ => false,
        };
        if late {
            return self.skip(what, Why::Future);
        }
        if old {
            return self.skip(what, Why::Old);
        }
        if !self
            .seen
            .insert(self.hasher.hash_one(target_key(&entry.permalink)))
        {
            return self.skip(what, Why::Twice);
        }
        (self.take)(Item::Entry(entry))?;
        missing
            .into_iter()
            .try_for_each(|why| self.skip(what.clone(), why))
    }

    /// Tells of something that is no entry.
    pub(super) fn skip(&mut self, what: impl Into<String>, why: Why) -> Result<()> {
        let what = what.into();
        (self.take)(Item::Skipped(Skipped { what, why }))
    }
}
