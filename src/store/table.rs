//! The facts of a file of pings in memory.

use std::collections::HashMap;
use std::io;

use super::facts::{FoundPing, Life, Map, PingCounts, PingSlot};
use super::index::Index;
use super::record::Hash;

/// The facts in memory, above those of an index if there is one.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) base: Option<Index>,
    pub(super) counts: PingCounts,
    /// Ascending by number.
    slots: Vec<(u64, PingSlot)>,
    /// `None` for one that was forgotten.
    permalinks: HashMap<u64, Option<(u64, Life)>>,
}

impl Table {
    /// A table that goes on where `base` ends.
    pub(super) fn above(base: Option<Index>) -> Table {
        let counts = base
            .as_ref()
            .map_or_else(PingCounts::default, Index::standing);
        Table {
            base,
            counts,
            ..Table::default()
        }
    }

    /// What is known of a number.
    pub(super) fn slot_of(&self, number: u64) -> io::Result<Option<PingSlot>> {
        self.slot(number)
    }

    /// The highest number up to `number` that has a slot.
    pub(super) fn up_to(&self, number: u64) -> io::Result<FoundPing> {
        let at = self.slots.partition_point(|(other, _)| *other <= number);
        let own = at.checked_sub(1).and_then(|at| self.slots.get(at)).copied();
        let base = match &self.base {
            Some(base) => base.up_to(number)?,
            None => None,
        };
        // Of the same number what stands here is newer.
        Ok(own
            .into_iter()
            .chain(base)
            .reduce(|a, b| if b.0 > a.0 { b } else { a }))
    }

    /// The lowest number from `number` on that has a slot.
    pub(super) fn from(&self, number: u64) -> io::Result<FoundPing> {
        let at = self.slots.partition_point(|(other, _)| *other < number);
        let own = self.slots.get(at).copied();
        let base = match &self.base {
            Some(base) => base.from(number)?,
            None => None,
        };
        Ok(own
            .into_iter()
            .chain(base)
            .reduce(|a, b| if b.0 < a.0 { b } else { a }))
    }

    /// The number of the ping that came, or was deleted, with a permalink.
    pub(super) fn permalink(&self, hash: Hash) -> io::Result<Option<(u64, Life)>> {
        self.meaning(hash.key())
    }

    fn meaning(&self, key: u64) -> io::Result<Option<(u64, Life)>> {
        match (self.permalinks.get(&key), &self.base) {
            (Some(known), _) => Ok(*known),
            (None, Some(base)) => base.permalink(key),
            (None, None) => Ok(None),
        }
    }
}

impl Map for Table {
    fn slot(&self, number: u64) -> io::Result<Option<PingSlot>> {
        match (
            self.slots
                .binary_search_by_key(&number, |(number, _)| *number),
            &self.base,
        ) {
            (Ok(at), _) => Ok(self.slots.get(at).map(|(_, slot)| *slot)),
            (Err(_), Some(base)) => base.slot(number),
            (Err(_), None) => Ok(None),
        }
    }

    fn put(&mut self, number: u64, slot: PingSlot) -> io::Result<()> {
        match self
            .slots
            .binary_search_by_key(&number, |(number, _)| *number)
        {
            Ok(at) => self.slots[at] = (number, slot),
            Err(at) => self.slots.insert(at, (number, slot)),
        }
        Ok(())
    }

    fn mark(&mut self, key: u64, number: u64, life: Life) -> io::Result<()> {
        self.permalinks.insert(key, Some((number, life)));
        Ok(())
    }

    fn forget(&mut self, key: u64, number: u64) -> io::Result<()> {
        if self.meaning(key)? == Some((number, Life::Living)) {
            self.permalinks.insert(key, None);
        }
        Ok(())
    }

    fn counts(&mut self) -> &mut PingCounts {
        &mut self.counts
    }
}

/// A direction through the numbers.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    /// The first number from one on, it included, that has a slot.
    find: fn(&Table, u64) -> io::Result<FoundPing>,
    /// The number behind one.
    pub(super) on: fn(u64) -> Option<u64>,
}

impl Walk {
    pub(super) const DOWN: Walk = Walk {
        find: Table::up_to,
        on: |number| number.checked_sub(1),
    };
    pub(super) const UP: Walk = Walk {
        find: Table::from,
        on: |number| number.checked_add(1),
    };

    /// The first from `number` on, which is `None` behind the last.
    pub(super) fn next(self, table: &Table, number: Option<u64>) -> io::Result<FoundPing> {
        number.map_or(Ok(None), |number| (self.find)(table, number))
    }
}
