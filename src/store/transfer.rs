//! Bulk export and import of one id's records.
//!
//! Imported pings already have a time, a state and perhaps a number, and come in thousands: several hundred lines are
//! written and synced at once. They are stored when [`Transaction::import`] returns, not before.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::facts::{Life, permalink_at};
use super::lines::ReadLines;
use super::page_traits::PageTraits;
use super::pings::Pings;
use super::record::{self, Hash, Record, RecordFact, RecordLine};
use super::{Store, Transaction, Which, compaction, file_name};
use crate::dir::{OpenMode, disagrees};
use crate::error::{Error, Refusal, Result};
use crate::linkback::trackback::TbId;

/// How many lines, and about how many bytes, are written between two syncs.
const BATCH_LINES: usize = 500;
const BATCH_BYTES: usize = 256 << 10;

/// The highest imported number that is kept, so that higher ones are left for later pings.
const MAX_KEPT_NUMBER: u64 = u32::MAX as u64;

/// Pings read at once.
const READ_AT_ONCE: usize = 200;

/// A record of an id: a ping, or a tombstone.
#[derive(Debug, Clone, PartialEq)]
pub enum StoredItem {
    /// A ping. On import its number is kept if it is higher than all before; 0 requests the next one.
    Ping(Box<Record>),
    /// A deleted ping, whose permalink may not ping again.
    Tombstone {
        /// Its number.
        number: u64,
        /// When it was deleted.
        time: Timestamp,
        /// The hash of its permalink: 32 hexadecimal digits.
        hash: String,
        /// What is kept of its page.
        page: Option<Box<PageTraits>>,
    },
}

/// The outcome of importing a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It was stored, with this number.
    New(u64),
    /// A ping from this permalink, or its tombstone, exists already; nothing was changed.
    Exists(u64),
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
    /// Imports records in this order, and returns the outcome of each.
    pub fn import(&mut self, kept: &[StoredItem]) -> Result<Vec<ImportOutcome>> {
        let mut outcomes = Vec::with_capacity(kept.len());
        let mut batch = Batch::default();
        for one in kept {
            let hash = one.hash().ok_or(Refusal::BadUrl)?;
            let full = batch.lines >= BATCH_LINES || batch.bytes.len() >= BATCH_BYTES;
            if full || batch.hashes.contains(&hash) {
                self.write(&mut batch)?;
            }
            let outcome = match one.existing(self.pings())? {
                None => ImportOutcome::New(self.add_to_batch(one, hash, &mut batch)?),
                Some(outcome) => outcome,
            };
            outcomes.push(outcome);
        }
        self.write(&mut batch)?;
        // Existing records may have been written by a process that was killed before syncing them.
        self.sync()?;
        Ok(outcomes)
    }

    /// Adds a line to the batch; returns its number.
    fn add_to_batch(&self, one: &StoredItem, hash: Hash, batch: &mut Batch) -> Result<u64> {
        // Numbers above it, up to `last`, are in the batch.
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
                let kept = record.id > last && record.id <= MAX_KEPT_NUMBER;
                let number = if kept { record.id } else { next()? };
                let record = Record {
                    id: number,
                    ..(**record).clone()
                };
                batch.bytes.extend(RecordLine::Ping(&record).encode());
                number
            }
            StoredItem::Tombstone {
                number, time, page, ..
            } => {
                // The number of another ping would delete that ping.
                let free = match self.pings() {
                    _ if *number > last => true,
                    Some(pings) if *number <= written => pings.slot(*number)?.is_none(),
                    _ => false,
                };
                let kept = free && *number > 0 && *number <= MAX_KEPT_NUMBER;
                let number = if kept { *number } else { next()? };
                let line = RecordLine::Delete {
                    id: number,
                    time: *time,
                    hash: Some(hash.write()),
                    page: page.as_deref(),
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
    /// The outcome of importing it into `pings`; `None` if it is new.
    pub fn existing(&self, pings: Option<&Pings>) -> Result<Option<ImportOutcome>> {
        let (Some(pings), Some(hash)) = (pings, self.hash()) else {
            return Ok(None);
        };
        Ok(match (self, pings.permalink(hash)?) {
            (_, None | Some((_, Life::Purged))) => None,
            (StoredItem::Ping(_), Some((_, Life::Deleted))) => Some(ImportOutcome::Withdrawn),
            (StoredItem::Tombstone { .. }, Some((number, _))) => {
                Some(ImportOutcome::Exists(number))
            }
            (StoredItem::Ping(record), Some((number, Life::Living))) => {
                let other = pings.get(number)?.is_some_and(|old| old.url != record.url);
                // A hash collision does not make two permalinks equal.
                (!other).then_some(ImportOutcome::Exists(number))
            }
        })
    }

    /// The hash of its permalink: 32 hexadecimal digits; `None` for a tombstone without one.
    pub fn permalink_hash(&self) -> Option<String> {
        self.hash().map(Hash::write)
    }

    fn hash(&self) -> Option<Hash> {
        match self {
            StoredItem::Ping(record) => Some(Hash::of(&record.url)),
            StoredItem::Tombstone { hash, .. } => Hash::parse(hash),
        }
    }
}

impl Pings {
    /// Reads a copy of a file of pings outside of `data_dir`; `path` is for messages.
    pub fn of_copy(file: File, path: PathBuf) -> Result<Pings> {
        Pings::read_new(file, path)
    }

    /// Calls `visit` with every ping, by ascending number, then with every tombstone.
    pub fn for_each_item(&self, visit: &mut dyn FnMut(StoredItem) -> Result<()>) -> Result<()> {
        self.for_each_ping(|record| visit(StoredItem::Ping(Box::new(record))))?;
        self.for_each_tombstone(visit)
    }

    /// Whether pings were deleted.
    pub fn has_tombstones(&self) -> bool {
        self.counts().gone > 0
    }

    /// Calls `visit` with each ping, oldest first.
    pub fn for_each_ping(&self, mut visit: impl FnMut(Record) -> Result<()>) -> Result<()> {
        let mut after = 0;
        loop {
            let batch = self.next_newer(Which::All, after, READ_AT_ONCE)?;
            let Some(newest) = batch.first() else { break };
            after = newest.id;
            for record in batch.into_iter().rev() {
                visit(record)?;
            }
        }
        Ok(())
    }

    /// Calls `visit` with each tombstone.
    pub fn for_each_tombstone(
        &self,
        mut visit: impl FnMut(StoredItem) -> Result<()>,
    ) -> Result<()> {
        let mut visited = Ok(());
        let read = self.each_line(0, |_, line| {
            let Some(RecordFact::Delete { id, hash }) = record::parse_fact(line) else {
                return Ok(());
            };
            let hash = match hash {
                Some(hash) => Some(hash),
                None => self.hash_of(id)?,
            };
            let (Some(hash), Some(time)) = (hash, record::time(line)) else {
                return Ok(());
            };
            visited = visit(StoredItem::Tombstone {
                number: id,
                time,
                hash: hash.write(),
                page: record::deleted_page(line).map(Box::new),
            });
            match visited {
                Ok(()) => Ok(()),
                Err(_) => Err(io::Error::other("stopped")),
            }
        });
        let whole = |lines: ReadLines| match lines.whole.end() < self.counts().end {
            true => Err(disagrees(self.counts().end, lines.end)),
            false => Ok(()),
        };
        visited.and_then(|()| {
            read.and_then(whole)
                .map_err(|cause| Error::file("read", &self.path, cause))
        })
    }

    /// The hash of a deleted ping's permalink, if its line is still in the file.
    fn hash_of(&self, number: u64) -> io::Result<Option<Hash>> {
        let slot = self.slot(number);
        let slot = slot.map_err(io::Error::other)?;
        let hash = slot.map(|slot| permalink_at(&self.file, slot.line));
        Ok(hash.transpose()?.flatten())
    }
}

impl Store {
    /// The pings of `id` like [`Store::pings`], with everything that a copy needs: the keys of a newer version, and the
    /// permalinks.
    pub fn pings_for_copy(&self, id: &TbId) -> Result<Option<Pings>> {
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
        StoredItem::Tombstone {
            number,
            time: Timestamp::UNIX_EPOCH,
            hash: Hash::of(url).write(),
            page: None,
        }
    }

    fn all(store: &Store, id: &TbId) -> Vec<StoredItem> {
        let mut all = Vec::new();
        let pings = store.pings_for_copy(id).unwrap().unwrap();
        pings
            .for_each_item(&mut |kept| {
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
        let outcomes = store.begin(&a).unwrap().import(&kept).unwrap();
        assert!(
            outcomes
                .iter()
                .all(|one| matches!(one, ImportOutcome::New(_)))
        );
        assert_eq!(all(&store, &a), kept);
        let again = store.begin(&a).unwrap().import(&kept).unwrap();
        assert!(
            again
                .iter()
                .all(|one| matches!(one, ImportOutcome::Exists(_)))
        );
        store.begin(&b).unwrap().import(&all(&store, &a)).unwrap();
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
        use ImportOutcome::{Exists, New, Withdrawn};
        let outcomes = store.begin(&id).unwrap().import(&kept).unwrap();
        assert_eq!(
            outcomes,
            [
                New(7),
                New(8),
                New(9),
                New(10),
                Exists(7),
                New(11),
                New(12),
                Withdrawn,
                Exists(8)
            ]
        );
        let pings = store.pings(&id).unwrap().unwrap();
        assert_eq!(pings.count(Which::All).unwrap(), 4);
    }
}
