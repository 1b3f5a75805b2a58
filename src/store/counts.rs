//! The pings of one id, surveyed: how many there are of each kind, when each came, which were deleted.
//!
//! For views over all ids, which look at every ping and keep few: nothing here keeps more than a few hundred
//! places of lines in memory.

use std::os::unix::fs::FileExt;

use jiff::Timestamp;

use super::facts::{Life, PingSlot};
use super::pings::{Pings, Which};
use super::record::{self, Record, RecordFact, State};
use super::table::Walk;
use crate::error::{Error, Result};

/// How many places are looked up at once.
const BATCH: usize = 512;
/// Bytes of a line in which its time stands, unless it was written by hand.
const HEAD: usize = 96;

/// How many pings there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IdCounts {
    /// Those that everybody sees.
    pub published: u64,
    /// Those that wait for the owner.
    pub held: u64,
    /// The junk.
    pub junk: u64,
    /// Tombstones.
    pub deleted: u64,
}

impl IdCounts {
    /// How many are in `state`.
    pub fn of(&self, state: State) -> u64 {
        match state {
            State::Published => self.published,
            State::Held => self.held,
            State::Junk => self.junk,
        }
    }
}

impl Pings {
    /// Counts the pings of each kind, in one look at each.
    pub fn tally(&self) -> Result<IdCounts> {
        let deleted = self.counts().gone;
        self.ask(|table| {
            let mut tally = IdCounts {
                deleted,
                ..IdCounts::default()
            };
            let mut number = Some(u64::MAX);
            while let Some((at, slot)) = Walk::DOWN.next(table, number)? {
                if slot.life == Life::Living {
                    match slot.state {
                        State::Published => tally.published += 1,
                        State::Held => tally.held += 1,
                        State::Junk => tally.junk += 1,
                    }
                }
                number = (Walk::DOWN.on)(at);
            }
            Ok(tally)
        })
    }

    /// Calls `take` with number and time of each ping, from the highest number down.
    pub fn times(
        &self,
        which: Which,
        mut take: impl FnMut(u64, Timestamp) -> Result<()>,
    ) -> Result<()> {
        self.each_place(which, |number, slot| match self.time_at(slot)? {
            Some(time) => take(number, time),
            None => Ok(()),
        })
    }

    /// Calls `take` with each ping, from the highest number down.
    pub fn each(&self, which: Which, mut take: impl FnMut(Record)) -> Result<()> {
        self.each_place(which, |_, slot| {
            self.record(slot)?.into_iter().for_each(&mut take);
            Ok(())
        })
    }

    /// Calls `take` with number and time of each tombstone, the oldest first. Reads all of the file: a tombstone
    /// is in no index.
    pub fn tombstones(&self, mut take: impl FnMut(u64, Timestamp)) -> Result<()> {
        let known = [b"{\"op\":\"ping\"".as_slice(), b"{\"op\":\"state\""];
        let read = self.each_line(0, |_, line| {
            if known.iter().any(|known| line.starts_with(known)) {
                return Ok(());
            }
            if let Some(RecordFact::Delete { id, .. }) = record::glance(line)
                && let Some(time) = record::time(line)
            {
                take(id, time);
            }
            Ok(())
        });
        read.map(drop)
            .map_err(|cause| Error::file("read", &self.path, cause))
    }

    fn each_place(
        &self,
        which: Which,
        mut take: impl FnMut(u64, PingSlot) -> Result<()>,
    ) -> Result<()> {
        let mut start = Some(u64::MAX);
        while start.is_some() {
            let places = self.places(start, which, BATCH, Walk::DOWN)?;
            let Some((last, _)) = places.last() else {
                break;
            };
            start = last.checked_sub(1);
            for (number, slot) in places {
                take(number, slot)?;
            }
        }
        Ok(())
    }

    /// When the ping of a slot came; `None` if only a newer version can tell.
    fn time_at(&self, slot: PingSlot) -> Result<Option<Timestamp>> {
        let mut head = [0; HEAD];
        let length = HEAD.min(slot.line.length as usize);
        let (head, _) = head.split_at_mut(length);
        self.file
            .read_exact_at(head, slot.line.offset)
            .map_err(|cause| Error::file("read", &self.path, cause))?;
        match record::time_in_head(head) {
            Some(time) => Ok(Some(time)),
            None => Ok(record::time(&self.line(slot.line)?)),
        }
    }
}
