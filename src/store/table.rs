//! What the lines of a file come to: where each ping's line stands, and in which state it is.
//!
//! The same facts are learnt into memory ([`Table`]) and into the index on disk; [`learn`] says once
//! what each means. Learning a line a second time, in order, comes to the same.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::index::Index;
use super::record::{self, Hash, RecordFact, State};

/// Where a line stands, without its newline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) length: u32,
}

/// What is known of one ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PingSlot {
    pub(super) line: Span,
    pub(super) state: State,
    /// The last `state` line behind it; of a purged ping, the `purge` line.
    pub(super) state_line: Option<Span>,
    pub(super) life: Life,
}

/// A number and what is known of it.
pub(super) type FoundPing = Option<(u64, PingSlot)>;

/// Whether a ping is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Living,
    Deleted,
    /// Gone, and its permalink may come again.
    Purged,
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PingCounts {
    /// The offset behind the last line that was learnt.
    pub(super) end: u64,
    /// The highest number ever given.
    pub(super) last: u64,
    /// Pings that are not deleted.
    pub(super) living: u64,
    /// Permalinks that cannot come back.
    pub(super) gone: u64,
    /// Permalinks of purged pings; they still have a place in the index.
    pub(super) forgotten: u64,
    /// Lines that say nothing that is still true; roughly, it only decides when to compact.
    pub(super) dead: u64,
}

/// A place to learn facts into.
pub(super) trait Map {
    fn slot(&self, number: u64) -> io::Result<Option<PingSlot>>;
    fn put(&mut self, number: u64, slot: PingSlot) -> io::Result<()>;
    fn mark(&mut self, key: u64, number: u64, life: Life) -> io::Result<()>;
    /// A permalink means no ping any more, if it means the living ping of that number.
    fn forget(&mut self, key: u64, number: u64) -> io::Result<()>;
    fn counts(&mut self) -> &mut PingCounts;
}

/// Takes in the next line, without its newline. Permalinks are learnt where `data`, the file that it stands
/// in, is given: to show pings they are not needed, and hashing them all costs time.
pub(super) fn learn(map: &mut impl Map, line: &[u8], data: Option<&File>) -> io::Result<()> {
    let counts = map.counts();
    let span = Span {
        offset: counts.end,
        length: u32::try_from(line.len()).map_err(io::Error::other)?,
    };
    counts.end += u64::from(span.length) + 1;
    let Some(fact) = record::glance(line) else {
        return Ok(());
    };
    let (RecordFact::Ping { id, .. }
    | RecordFact::State { id, .. }
    | RecordFact::Delete { id, .. }
    | RecordFact::Purge { id }) = fact;
    counts.last = counts.last.max(id);
    let old = map.slot(id)?;
    // The lines that a ping now has and that this one may make dead.
    let lines = old.map_or(0, |old| 1 + u64::from(old.state_line.is_some()));
    match fact {
        RecordFact::Ping { state, url, .. } => {
            map.counts().living += u64::from(old.is_none());
            map.counts().dead += lines;
            let life = Life::Living;
            map.put(
                id,
                PingSlot {
                    line: span,
                    state,
                    state_line: None,
                    life,
                },
            )?;
            if data.is_some() {
                map.mark(Hash::of(&url).key(), id, life)?;
            }
        }
        RecordFact::State { to, .. } => match old {
            Some(old) if old.life == Life::Living => {
                map.counts().dead += lines - 1;
                map.put(
                    id,
                    PingSlot {
                        state: to,
                        state_line: Some(span),
                        ..old
                    },
                )?;
            }
            _ => map.counts().dead += 1,
        },
        RecordFact::Delete { hash, .. } => {
            map.counts().gone += 1;
            if let Some(old) = old.filter(|old| old.life != Life::Deleted) {
                end_life(map, old, lines);
                map.put(
                    id,
                    PingSlot {
                        life: Life::Deleted,
                        ..old
                    },
                )?;
            }
            if let Some(data) = data {
                // A tombstone without a hash means the ping before it.
                let hash = match (hash, old) {
                    (None, Some(old)) => permalink_at(data, old.line)?,
                    (hash, _) => hash,
                };
                if let Some(hash) = hash {
                    map.mark(hash.key(), id, Life::Deleted)?;
                }
            }
        }
        RecordFact::Purge { .. } => {
            map.counts().dead += 1;
            // A tombstone stays one.
            if old.is_some_and(|old| old.life == Life::Deleted) {
                return Ok(());
            }
            if let Some(old) = old {
                end_life(map, old, lines);
            }
            map.put(
                id,
                PingSlot {
                    line: old.map_or(span, |old| old.line),
                    state: State::Junk,
                    state_line: Some(span),
                    life: Life::Purged,
                },
            )?;
            let living = old.filter(|old| old.life == Life::Living);
            if let (Some(data), Some(old)) = (data, living) {
                map.counts().forgotten += 1;
                if let Some(hash) = permalink_at(data, old.line)? {
                    map.forget(hash.key(), id)?;
                }
            }
        }
    }
    Ok(())
}

/// A ping with that many lines is not there any more.
fn end_life(map: &mut impl Map, old: PingSlot, lines: u64) {
    if old.life == Life::Living {
        let counts = map.counts();
        counts.living = counts.living.saturating_sub(1);
        counts.dead += lines;
    }
}

/// The hash of the permalink in the `ping` line that stands there.
pub(super) fn permalink_at(data: &File, span: Span) -> io::Result<Option<Hash>> {
    let mut line = vec![0; span.length as usize];
    data.read_exact_at(&mut line, span.offset)?;
    Ok(match record::glance(&line) {
        Some(RecordFact::Ping { url, .. }) => Some(Hash::of(&url)),
        _ => None,
    })
}

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
