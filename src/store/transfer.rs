//! Bulk export and import of one id's records.
//!
//! A ping that arrives is new and now. One that moves in has a time, a state and perhaps a number already, and
//! comes with thousands: whole lines of several hundred are written and synced at once. They count as taken in
//! when [`Transaction::adopt`] returns, not before.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::facts::{Life, permalink_at};
use super::lines::ReadLines;
use super::pings::Pings;
use super::record::{self, Hash, Record, RecordFact, RecordLine};
use super::{Store, Transaction, Which, compaction, file_name};
use crate::dir::{OpenMode, disagrees};
use crate::error::{Error, Refusal, Result};
use crate::linkback::trackback::TbId;

/// The most lines, and about the most bytes, that are written before they are synced.
const LINES: usize = 500;
const BYTES: usize = 256 << 10;

/// The highest number that a ping brings with it and keeps: room must be left for those that come after it.
const HIGHEST: u64 = u32::MAX as u64;

/// How many pings are read at once.
const READ: usize = 200;

/// A record of an id: a ping, or the trace of a deleted one.
#[derive(Debug, Clone, PartialEq)]
pub enum StoredItem {
    /// A ping. Where it is taken in, its number is kept if it is higher than all before; 0 asks for the next.
    Ping(Box<Record>),
    /// What is left of a ping that was deleted: its permalink cannot come back.
    Gone {
        /// The number that it had.
        number: u64,
        /// When it was deleted.
        time: Timestamp,
        /// The hash of its permalink: 32 hexadecimal digits.
        hash: String,
    },
}

/// The outcome of importing a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// It is kept, under this number.
    New(u64),
    /// A ping from this permalink, or its trace, was kept already; nothing was changed.
    There(u64),
    /// The owner deleted a ping from this permalink.
    Withdrawn,
}

/// Lines that are not written yet.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    lines: usize,
    hashes: HashSet<Hash>,
    last: u64,
}

impl Transaction<'_> {
    /// Imports records in this order, and reports the outcome of each.
    pub fn adopt(&mut self, kept: &[StoredItem]) -> Result<Vec<Adopted>> {
        let mut outcomes = Vec::with_capacity(kept.len());
        let mut batch = Batch::default();
        for one in kept {
            let hash = one.hash().ok_or(Refusal::BadUrl)?;
            let full = batch.lines >= LINES || batch.bytes.len() >= BYTES;
            if full || batch.hashes.contains(&hash) {
                self.write(&mut batch)?;
            }
            let outcome = match one.standing(self.pings())? {
                None => Adopted::New(self.enter(one, hash, &mut batch)?),
                Some(outcome) => outcome,
            };
            outcomes.push(outcome);
        }
        self.write(&mut batch)?;
        // What stood there already may be of a process that was killed before it was synced.
        self.sync()?;
        Ok(outcomes)
    }

    /// Puts a line into the batch; gives its number.
    fn enter(&self, one: &StoredItem, hash: Hash, batch: &mut Batch) -> Result<u64> {
        // Numbers above it, up to `last`, stand in the batch.
        let written = self.pings().map_or(0, |pings| pings.counts().last);
        let last = written.max(batch.last);
        let next = || {
            last.checked_add(1).ok_or_else(|| {
                let used_up = io::Error::other("the numbers are used up");
                Error::file("number a ping in", self.id().as_str(), used_up)
            })
        };
        let number = match one {
            StoredItem::Ping(record) => {
                let kept = record.id > last && record.id <= HIGHEST;
                let number = if kept { record.id } else { next()? };
                let record = Record {
                    id: number,
                    ..(**record).clone()
                };
                batch.bytes.extend(RecordLine::Ping(&record).encode());
                number
            }
            StoredItem::Gone { number, time, .. } => {
                // One that another ping has would delete that.
                let free = match self.pings() {
                    _ if *number > last => true,
                    Some(pings) if *number <= written => pings.slot(*number)?.is_none(),
                    _ => false,
                };
                let kept = free && *number > 0 && *number <= HIGHEST;
                let number = if kept { *number } else { next()? };
                let line = RecordLine::Delete {
                    id: number,
                    time: *time,
                    hash: Some(hash.write()),
                };
                batch.bytes.extend(line.encode());
                number
            }
        };
        batch.last = last.max(number);
        batch.lines += 1;
        batch.hashes.insert(hash);
        Ok(number)
    }

    fn write(&mut self, batch: &mut Batch) -> Result<()> {
        if batch.lines > 0 {
            self.refuse_when_full()?;
            self.append(&batch.bytes)?;
        }
        *batch = Batch::default();
        Ok(())
    }
}

impl StoredItem {
    /// What would become of it beside `pings`; `None` if it is new.
    pub fn standing(&self, pings: Option<&Pings>) -> Result<Option<Adopted>> {
        let (Some(pings), Some(hash)) = (pings, self.hash()) else {
            return Ok(None);
        };
        Ok(match (self, pings.permalink(hash)?) {
            (_, None | Some((_, Life::Purged))) => None,
            (StoredItem::Ping(_), Some((_, Life::Deleted))) => Some(Adopted::Withdrawn),
            (StoredItem::Gone { .. }, Some((number, _))) => Some(Adopted::There(number)),
            (StoredItem::Ping(record), Some((number, Life::Living))) => {
                let other = pings.get(number)?.is_some_and(|old| old.url != record.url);
                // Two permalinks with one hash are not one page.
                (!other).then_some(Adopted::There(number))
            }
        })
    }

    /// What tells its permalink from others: 32 hexadecimal digits; `None` for a trace that has none.
    pub fn trace(&self) -> Option<String> {
        self.hash().map(Hash::write)
    }

    fn hash(&self) -> Option<Hash> {
        match self {
            StoredItem::Ping(record) => Some(Hash::of(&record.url)),
            StoredItem::Gone { hash, .. } => Hash::parse(hash),
        }
    }
}

impl Pings {
    /// Reads a copy of a file of pings that does not lie in `data_dir`; `path` is for messages.
    pub fn of_copy(file: File, path: PathBuf) -> Result<Pings> {
        Pings::read_new(file, path)
    }

    /// Calls `take` with every ping, by ascending number, then with the trace of each that is deleted.
    pub fn each_kept(&self, mut take: impl FnMut(StoredItem) -> Result<()>) -> Result<()> {
        self.each_living(|record| take(StoredItem::Ping(Box::new(record))))?;
        self.each_gone(take)
    }

    /// Whether pings were deleted.
    pub fn has_gone(&self) -> bool {
        self.counts().gone > 0
    }

    /// Calls `take` with each ping, oldest first.
    pub fn each_living(&self, mut take: impl FnMut(Record) -> Result<()>) -> Result<()> {
        let mut after = 0;
        loop {
            let batch = self.next_newer(Which::All, after, READ)?;
            let Some(newest) = batch.first() else { break };
            after = newest.id;
            for record in batch.into_iter().rev() {
                take(record)?;
            }
        }
        Ok(())
    }

    /// Calls `take` with what is left of each ping that was deleted.
    pub fn each_gone(&self, mut take: impl FnMut(StoredItem) -> Result<()>) -> Result<()> {
        let mut taken = Ok(());
        let read = self.each_line(0, |_, line| {
            let Some(RecordFact::Delete { id, hash }) = record::glance(line) else {
                return Ok(());
            };
            let hash = match hash {
                Some(hash) => Some(hash),
                None => self.hash_of(id)?,
            };
            let (Some(hash), Some(time)) = (hash, record::time(line)) else {
                return Ok(());
            };
            taken = take(StoredItem::Gone {
                number: id,
                time,
                hash: hash.write(),
            });
            match taken {
                Ok(()) => Ok(()),
                Err(_) => Err(io::Error::other("stopped")),
            }
        });
        let whole = |lines: ReadLines| match lines.whole.end() < self.counts().end {
            true => Err(disagrees(self.counts().end, lines.end)),
            false => Ok(()),
        };
        taken.and_then(|()| {
            read.and_then(whole)
                .map_err(|cause| Error::file("read", &self.path, cause))
        })
    }

    /// The hash of the permalink that a deleted ping had, where its line still stands.
    fn hash_of(&self, number: u64) -> io::Result<Option<Hash>> {
        let slot = self.slot(number);
        let slot = slot.map_err(io::Error::other)?;
        let hash = slot.map(|slot| permalink_at(&self.file, slot.line));
        Ok(hash.transpose()?.flatten())
    }
}

impl Store {
    /// The pings of `id` as [`Store::pings`] gives them, with all that a copy needs besides: the keys of a newer
    /// version, and what is known of each permalink.
    pub fn whole(&self, id: &TbId) -> Result<Option<Pings>> {
        let name = file_name(id);
        match self.folder.opened(&name, OpenMode::Read)? {
            Some(opened) => compaction::open_to_copy(&self.folder, &name, opened).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::State;

    fn ping(number: u64, url: &str) -> StoredItem {
        StoredItem::Ping(Box::new(Record {
            id: number,
            time: "1999-12-31T23:59:59Z".parse().unwrap(),
            since: None,
            updated: None,
            url: url.to_owned(),
            title: "t".to_owned(),
            excerpt: String::new(),
            blog_name: String::new(),
            state: State::Published,
            why: None,
            via: "trackback".to_owned(),
            from: None,
            rest: serde_json::Map::new(),
        }))
    }

    fn gone(number: u64, url: &str) -> StoredItem {
        StoredItem::Gone {
            number,
            time: Timestamp::UNIX_EPOCH,
            hash: Hash::of(url).write(),
        }
    }

    fn all(store: &Store, id: &TbId) -> Vec<StoredItem> {
        let mut all = Vec::new();
        let pings = store.whole(id).unwrap().unwrap();
        pings
            .each_kept(|kept| {
                all.push(kept);
                Ok(())
            })
            .unwrap();
        all
    }

    #[test]
    fn what_is_taken_out_can_be_taken_in_and_is_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let (a, b) = (TbId::new(b"a").unwrap(), TbId::new(b"b").unwrap());
        let mut kept: Vec<StoredItem> = (1..=1_200)
            .map(|number| ping(number * 2, &format!("http://x/{number}")))
            .collect();
        kept.push(gone(3, "http://x/gone"));
        kept.push(gone(4_000, "http://x/last"));
        let outcomes = store.begin(&a).unwrap().adopt(&kept).unwrap();
        assert!(outcomes.iter().all(|one| matches!(one, Adopted::New(_))));
        assert_eq!(all(&store, &a), kept);
        let again = store.begin(&a).unwrap().adopt(&kept).unwrap();
        assert!(again.iter().all(|one| matches!(one, Adopted::There(_))));
        store.begin(&b).unwrap().adopt(&all(&store, &a)).unwrap();
        let bytes = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
        assert_eq!(bytes("a.jsonl"), bytes("b.jsonl"));
    }

    #[test]
    fn no_number_is_given_twice_and_no_trace_deletes_another_ping() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new(b"a").unwrap();
        let kept = [
            ping(7, "http://x/1"),
            ping(7, "http://x/2"),
            ping(0, "http://x/3"),
            ping(u64::MAX, "http://x/4"),
            ping(1, "http://x/1"),
            gone(7, "http://x/5"),
            gone(8, "http://x/6"),
            ping(9, "http://x/5"),
            gone(7, "http://x/2"),
        ];
        use Adopted::{New, There, Withdrawn};
        let outcomes = store.begin(&id).unwrap().adopt(&kept).unwrap();
        assert_eq!(
            outcomes,
            [
                New(7),
                New(8),
                New(9),
                New(10),
                There(7),
                New(11),
                New(12),
                Withdrawn,
                There(8)
            ]
        );
        let pings = store.pings(&id).unwrap().unwrap();
        assert_eq!(pings.count(Which::All).unwrap(), 4);
    }
}
