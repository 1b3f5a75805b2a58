//! Counts and iterations over the pings of one id.
//!
//! For views over all ids, which read every ping and keep few: at most a few hundred line positions are in memory.

use std::ops::AddAssign;
use std::os::unix::fs::FileExt;

use jiff::Timestamp;

use super::facts::{Life, PingSlot};
use super::mention::MentionKind;
use super::pings::{Pings, Which};
use super::record::{self, Record, RecordFact, State};
use super::table::Walk;
use crate::error::{Error, Result};

/// How many slots are looked up at once.
const BATCH: usize = 512;
/// How many bytes of a line contain its time, unless it was written by hand.
const HEAD: usize = 96;

/// The numbers of pings of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IdCounts {
    /// Published pings.
    pub published: u64,
    /// Held pings.
    pub held: u64,
    /// Junk.
    pub junk: u64,
    /// Tombstones.
    pub deleted: u64,
}

impl IdCounts {
    /// The number in `state`.
    pub fn of(&self, state: State) -> u64 {
        match state {
            State::Published => self.published,
            State::Held => self.held,
            State::Junk => self.junk,
        }
    }
}

impl AddAssign for IdCounts {
    fn add_assign(&mut self, more: IdCounts) {
        self.published += more.published;
        self.held += more.held;
        self.junk += more.junk;
        self.deleted += more.deleted;
    }
}

/// The published pings of a kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KindCount {
    /// The kind of webmentions and pingbacks; `None` for pings.
    pub kind: Option<MentionKind>,
    /// How many there are.
    pub count: u64,
    /// The newest of them, if they are reactions.
    pub newest: Vec<Record>,
}

impl Pings {
    /// Whether there ever was a reaction.
    pub fn has_reactions(&self) -> bool {
        self.counts().has_reactions
    }

    /// Counts the published pings by kind, visiting each as [`Pings::count`] does, and reads the newest `most` reactions of
    /// each kind, newest first. Kinds without any are left out.
    pub fn kinds(&self, most: usize) -> Result<Vec<KindCount>> {
        let all = || {
            [None]
                .into_iter()
                .chain(MentionKind::ALL.iter().copied().map(Some))
        };
        let kinds = self.query(|table| {
            let mut kinds: Vec<_> = all().map(|kind| (kind, 0, Vec::new())).collect();
            let mut number = Some(u64::MAX);
            while let Some((at, slot)) = Walk::DOWN.next(table, number)? {
                let place = slot.kind.map_or(0, |kind| 1 + kind as usize);
                if let Some((kind, count, newest)) = kinds.get_mut(place)
                    && Which::Published.includes(slot)
                {
                    *count += 1;
                    if newest.len() < most && kind.is_some_and(MentionKind::is_reaction) {
                        newest.push(slot);
                    }
                }
                number = (Walk::DOWN.step)(at);
            }
            Ok(kinds)
        })?;
        let kinds = kinds.into_iter().filter(|(_, count, _)| *count > 0);
        let read = |(kind, count, newest): (_, _, Vec<PingSlot>)| {
            let newest = newest.into_iter().map(|slot| self.record(slot));
            let newest: Result<Vec<_>> = newest.collect();
            Ok(KindCount {
                kind,
                count,
                newest: newest?.into_iter().flatten().collect(),
            })
        };
        kinds.map(read).collect()
    }

    /// Counts the pings by state, in one pass.
    pub fn tally(&self) -> Result<IdCounts> {
        let deleted = self.counts().gone;
        self.query(|table| {
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
                number = (Walk::DOWN.step)(at);
            }
            Ok(tally)
        })
    }

    /// Calls `visit` with number and time of each ping, from the highest number down.
    pub fn times(
        &self,
        which: Which,
        mut visit: impl FnMut(u64, Timestamp) -> Result<()>,
    ) -> Result<()> {
        self.for_each_slot(which, |number, slot| match self.time_at(slot)? {
            Some(time) => visit(number, time),
            None => Ok(()),
        })
    }

    /// Number and time of the newest pings, from the highest number down, at most `most`.
    pub fn newest_times(&self, which: Which, most: usize) -> Result<Vec<(u64, Timestamp)>> {
        let places = self.places(Some(u64::MAX), which, most, Walk::DOWN)?;
        let mut times = Vec::with_capacity(places.len());
        for (number, slot) in places {
            times.extend(self.time_at(slot)?.map(|time| (number, time)));
        }
        Ok(times)
    }

    /// Calls `visit` with each ping, from the highest number down.
    pub fn each(&self, which: Which, mut visit: impl FnMut(Record)) -> Result<()> {
        self.for_each_slot(which, |_, slot| {
            self.record(slot)?.into_iter().for_each(&mut visit);
            Ok(())
        })
    }

    /// Calls `visit` with number and time of each tombstone, the oldest first. Reads the whole file, because tombstones are
    /// not indexed.
    pub fn tombstones(&self, mut visit: impl FnMut(u64, Timestamp)) -> Result<()> {
        let known = [b"{\"op\":\"ping\"".as_slice(), b"{\"op\":\"state\""];
        let read = self.each_line(0, |_, line| {
            if known.iter().any(|known| line.starts_with(known)) {
                return Ok(());
            }
            if let Some(RecordFact::Delete { id, .. }) = record::parse_fact(line)
                && let Some(time) = record::time(line)
            {
                visit(id, time);
            }
            Ok(())
        });
        read.map(drop)
            .map_err(|cause| Error::file("read", &self.path, cause))
    }

    fn for_each_slot(
        &self,
        which: Which,
        mut visit: impl FnMut(u64, PingSlot) -> Result<()>,
    ) -> Result<()> {
        let mut start = Some(u64::MAX);
        while start.is_some() {
            let places = self.places(start, which, BATCH, Walk::DOWN)?;
            let Some((last, _)) = places.last() else {
                break;
            };
            start = last.checked_sub(1);
            for (number, slot) in places {
                visit(number, slot)?;
            }
        }
        Ok(())
    }

    /// When the ping of a slot was received; `None` if only a newer version can parse it.
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
