//! The facts of a file of pings, in memory.

use std::collections::HashMap;
use std::io;

use super::facts::{FactMap, FoundPing, Life, PingCounts, PingSlot};
use super::index::Index;
use super::record::Hash;

/// The facts in memory, which override those of the index if there is one.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) base: Option<Index>,
    pub(super) counts: PingCounts,
    /// Ascending by number.
    slots: Vec<(u64, PingSlot)>,
    /// `None` for a removed permalink.
    permalinks: HashMap<u64, Option<(u64, Life)>>,
}

impl Table {
    /// A table that continues where `base` ends.
    pub(super) fn above(base: Option<Index>) -> Table {
        let counts = base
            .as_ref()
            .map_or_else(PingCounts::default, Index::committed);
        Table {
            base,
            counts,
            ..Table::default()
        }
    }

    /// The slot of a number.
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
        // For the same number, the slot in memory is newer.
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

    /// The number of the ping with a permalink, living or deleted.
    pub(super) fn permalink(&self, hash: Hash) -> io::Result<Option<(u64, Life)>> {
        self.permalink_by_key(hash.key())
    }

    fn permalink_by_key(&self, key: u64) -> io::Result<Option<(u64, Life)>> {
        match (self.permalinks.get(&key), &self.base) {
            (Some(known), _) => Ok(*known),
            (None, Some(base)) => base.permalink(key),
            (None, None) => Ok(None),
        }
    }
}

impl FactMap for Table {
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
        if self.permalink_by_key(key)? == Some((number, Life::Living)) {
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
    /// Finds the first number with a slot, from the given one on, inclusive.
    find: fn(&Table, u64) -> io::Result<FoundPing>,
    /// The next number.
    pub(super) step: fn(u64) -> Option<u64>,
}

impl Walk {
    pub(super) const DOWN: Walk = Walk {
        find: Table::up_to,
        step: |number| number.checked_sub(1),
    };
    pub(super) const UP: Walk = Walk {
        find: Table::from,
        step: |number| number.checked_add(1),
    };

    /// The first slot from `number` on, which is `None` after the last number.
    pub(super) fn next(self, table: &Table, number: Option<u64>) -> io::Result<FoundPing> {
        number.map_or(Ok(None), |number| (self.find)(table, number))
    }
}
