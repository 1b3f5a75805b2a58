//! A change to the pings of one id: made under its lock, appended and synced before it takes effect.
//!
//! The lock is held until the transaction is dropped, so that the caller can write the static files under it.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::facts::{Life, PingSlot, permalink_at};
use super::lock::{self, Lock};
use super::page_traits::PageTraits;
use super::pings::Pings;
use super::reason::Reason;
use super::record::{Hash, Record, RecordLine, State};
use super::{FREE_SPACE_FLOOR, Store, compaction, file_name, torn};
use crate::dir::{OpenMode, PRIVATE};
use crate::error::{Error, Refusal, Result};
use crate::linkback::trackback::{Ping, TbId};
use crate::order;

/// A change in progress.
#[derive(Debug)]
pub struct Transaction<'store> {
    store: &'store Store,
    id: TbId,
    /// `None` until the id has its first ping.
    pings: Option<Pings>,
    _lock: Lock,
}

/// Facts about a received ping that are not in its text.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// When it was received.
    pub time: Timestamp,
    /// Its state.
    pub state: State,
    /// The reason for it.
    pub why: Option<Reason>,
    /// The protocol.
    pub via: &'static str,
    /// The stored form of the sender's address.
    pub from: Option<String>,
    /// Further keys of its line, as in [`Record::rest`].
    pub rest: Map<String, Value>,
}

/// The outcome of receiving a ping, with its number and state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is new.
    New(u64, State),
    /// It replaced the text of an earlier ping from the permalink, whose state is unchanged.
    Updated(u64, State),
    /// It replaced an earlier ping from the permalink, with a state of its own.
    Anew(u64, State),
    /// An earlier ping from the permalink has the same text.
    Same(u64, State),
    /// An earlier ping from the permalink keeps its text; the new text may be stored as an offer.
    Kept(u64, State),
}

/// The decision about a ping whose permalink has pinged before.
#[derive(Debug, Clone, PartialEq)]
pub enum Repeat {
    /// Both have the same text: nothing is written.
    Same,
    /// The old one is unchanged.
    Kept,
    /// This record replaces it, with the same number and state.
    Updated(Record),
    /// This record replaces it, with the same number and another state or reason.
    Anew(Record),
    /// This record replaces it, with the same public text.
    Offered(Record),
}

impl<'store> Transaction<'store> {
    pub(super) fn begin(store: &'store Store, id: &TbId) -> Result<Transaction<'store>> {
        let lock = lock::lock(&store.folder, id)?;
        let name = file_name(id);
        let pings = match store.folder.opened(&name, OpenMode::Append)? {
            Some(opened) => {
                let pings = compaction::open(&store.folder, &name, opened)?;
                torn::repair(store, &pings)?;
                Some(pings)
            }
            None => None,
        };
        Ok(Transaction {
            store,
            id: id.clone(),
            pings,
            _lock: lock,
        })
    }

    /// The id that is being changed.
    pub fn id(&self) -> &TbId {
        &self.id
    }

    /// The pings as they are now, this change included; `None` before the first.
    pub fn pings(&self) -> Option<&Pings> {
        self.pings.as_ref()
    }

    /// The ping with that number as it is now; `None` if it does not exist or is deleted.
    pub fn get(&self, number: u64) -> Result<Option<Record>> {
        match &self.pings {
            Some(pings) => pings.get(number),
            None => Ok(None),
        }
    }

    /// Of these pings, the numbers of those for which `applies` holds now: they were chosen without the lock, so some may
    /// have been changed or deleted since.
    pub fn still<'number>(
        &self,
        numbers: impl IntoIterator<Item = &'number u64>,
        applies: impl Fn(&Record) -> bool,
    ) -> Result<Vec<u64>> {
        let mut still = Vec::new();
        if let Some(pings) = self.pings() {
            for &number in numbers {
                let record = pings.get(number)?.filter(&applies);
                still.extend(record.map(|record| record.id));
            }
        }
        Ok(still)
    }

    /// Stores a ping: as a new record, or as `again` decides about the record with the same permalink and the new one.
    pub fn receive(
        &mut self,
        ping: &Ping,
        arrival: &Arrival,
        again: impl FnOnce(Record, Record) -> Repeat,
    ) -> Result<Received> {
        let hash = Hash::of(&ping.url);
        let mut record = Record {
            id: 1,
            time: arrival.time,
            updated: None,
            url: ping.url.clone(),
            title: ping.title.clone(),
            excerpt: ping.excerpt.clone(),
            blog_name: ping.blog_name.clone(),
            state: arrival.state,
            since: None,
            why: arrival.why.clone(),
            via: arrival.via.to_owned(),
            from: arrival.from.clone(),
            rest: arrival.rest.clone(),
        };
        let mut old = None;
        if let Some(pings) = &self.pings {
            record.id = next_number(pings)?;
            match pings.permalink(hash)? {
                Some((_, Life::Deleted)) => return Err(Refusal::Withdrawn.into()),
                Some((number, Life::Living)) => old = pings.get(number)?,
                Some((_, Life::Purged)) | None => {
                    if pings.deleted_spelling(&ping.url)?.is_some() {
                        return Err(Refusal::Withdrawn.into());
                    }
                }
            }
        }
        // A hash collision does not make two permalinks equal.
        if let Some(old) = old.filter(|old: &Record| old.url == record.url) {
            return self.receive_again(old, record, again);
        }
        self.refuse_when_full()?;
        self.append(&RecordLine::Ping(&record).encode())?;
        self.remember(record.id, record.state);
        Ok(Received::New(record.id, record.state))
    }

    /// Changes the text of a ping; its number, state and reason stay.
    pub fn revise(&mut self, record: &Record) -> Result<()> {
        self.slot(record.id)?;
        self.append(&RecordLine::Ping(record).encode())
    }

    fn receive_again(
        &mut self,
        old: Record,
        new: Record,
        again: impl FnOnce(Record, Record) -> Repeat,
    ) -> Result<Received> {
        let (number, state) = (old.id, old.state);
        let (record, received) = match again(old, new) {
            // A killed process may have written the line without syncing it.
            Repeat::Same => return self.sync().map(|()| Received::Same(number, state)),
            Repeat::Kept => return self.sync().map(|()| Received::Kept(number, state)),
            Repeat::Updated(record) => {
                let received = Received::Updated(record.id, record.state);
                (record, received)
            }
            Repeat::Anew(record) => {
                let received = Received::Anew(record.id, record.state);
                (record, received)
            }
            Repeat::Offered(record) => {
                let received = Received::Kept(record.id, record.state);
                (record, received)
            }
        };
        self.refuse_when_full()?;
        self.append(&RecordLine::Ping(&record).encode())?;
        if record.state != state {
            self.remember(record.id, record.state);
        }
        Ok(received)
    }

    /// Changes the state of a ping, or the reason for it. Nothing is written if both are unchanged.
    pub fn set_state(
        &mut self,
        number: u64,
        to: State,
        why: Option<&Reason>,
        now: Timestamp,
    ) -> Result<()> {
        let (pings, slot) = self.slot(number)?;
        let same_state = slot.state == to;
        // For a ping that only a newer version can read, only the state is known.
        if same_state && pings.get(number)?.is_none_or(|old| old.why.as_ref() == why) {
            return self.sync();
        }
        let line = RecordLine::State {
            id: number,
            time: now,
            to,
            why,
        };
        self.append(&line.encode())?;
        if !same_state {
            self.remember(number, to);
        }
        Ok(())
    }

    /// Makes pings junk, in one write; unknown numbers are skipped.
    pub fn junk_all(&mut self, numbers: &[u64], why: &Reason, now: Timestamp) -> Result<()> {
        self.append_each(numbers, |id| RecordLine::State {
            id,
            time: now,
            to: State::Junk,
            why: Some(why),
        })
    }

    /// Removes pings without tombstones, in one write; unknown numbers are skipped. Without tombstones a flood does not
    /// enlarge the file permanently; the permalinks may ping again. The numbers are not reused.
    pub fn purge(&mut self, numbers: &[u64], now: Timestamp) -> Result<()> {
        self.append_each(numbers, |id| RecordLine::Purge { id, time: now })
    }

    /// Deletes a ping permanently; its permalink cannot ping this id again, unless anybody may have sent the text in its
    /// name. Neither can `page`, under another URL.
    pub fn delete(&mut self, number: u64, page: Option<&PageTraits>, now: Timestamp) -> Result<()> {
        if self
            .get(number)?
            .is_some_and(|record| record.is_forgeable())
        {
            return self.purge(&[number], now);
        }
        let (pings, slot) = match self.slot(number) {
            Err(gone @ Error::Refused(_)) => {
                // The tombstone may have been written by a process that was killed before syncing it.
                self.sync()?;
                return Err(gone);
            }
            found => found?,
        };
        let hash = permalink_at(&pings.file, slot.line);
        let hash = hash.map_err(|cause| Error::file("read", &pings.path, cause))?;
        let hash = hash.map(Hash::write);
        let line = RecordLine::Delete {
            id: number,
            time: now,
            hash,
            page,
        };
        self.append(&line.encode())
    }

    /// Compacts the file if most of its lines are dead, and updates the index of a large one.
    pub fn maintain(self) -> Result<()> {
        match self.pings {
            Some(pings) => compaction::maintain(&self.store.folder, &file_name(&self.id), pings),
            None => Ok(()),
        }
    }

    /// The slot of a living ping, even one that only a newer version can read.
    fn slot(&self, number: u64) -> Result<(&Pings, PingSlot)> {
        let pings = self.pings.as_ref().ok_or(Refusal::NoSuchPing)?;
        let slot = pings.slot(number)?.filter(|slot| slot.life == Life::Living);
        Ok((pings, slot.ok_or(Refusal::NoSuchPing)?))
    }

    pub(super) fn refuse_when_full(&self) -> Result<()> {
        let free = self.store.free_space()?;
        if free < FREE_SPACE_FLOOR {
            return Err(Error::NoSpace {
                path: self.store.folder.path().to_owned(),
                free,
                floor: FREE_SPACE_FLOOR,
            });
        }
        Ok(())
    }

    pub(super) fn sync(&self) -> Result<()> {
        match &self.pings {
            Some(pings) => pings
                .file
                .sync_data()
                .map_err(|cause| Error::file("sync", &pings.path, cause)),
            None => Ok(()),
        }
    }

    /// Adds a published ping to the list for the landing page, which is only a cache.
    fn remember(&self, number: u64, state: State) {
        if state == State::Published {
            self.store.remember(&self.id, number).ok();
        }
    }

    fn append_each<'line>(
        &mut self,
        numbers: &[u64],
        line: impl Fn(u64) -> RecordLine<'line>,
    ) -> Result<()> {
        // In ascending order, which is applied fastest.
        let numbers = order::set(numbers.iter().copied());
        let mut bytes = Vec::new();
        for number in numbers {
            match self.slot(number) {
                Ok(_) => bytes.extend(line(number).encode()),
                Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if bytes.is_empty() {
            return self.sync();
        }
        self.append(&bytes)
    }

    /// Appends complete lines and syncs them; if that fails, none of them is in the file.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let is_new = self.pings.is_none();
        if is_new {
            self.pings = Some(self.first_file()?);
        }
        let Some(pings) = &mut self.pings else {
            return Ok(());
        };
        if pings.counts().end == 0 {
            self.store.folder.sync()?;
        }
        let appended = pings.append(bytes);
        // The file is removed only if it is empty: another host may have written to it.
        if appended.is_err() && is_new && pings.file.metadata().is_ok_and(|file| file.len() == 0) {
            self.store.folder.remove(&file_name(&self.id)).ok();
            self.pings = None;
        }
        appended
    }

    fn first_file(&self) -> Result<Pings> {
        let name = file_name(&self.id);
        let file = self
            .store
            .folder
            .new_file(&name, OpenMode::Append, PRIVATE)?;
        let path = self.store.folder.path().join(name);
        Pings::read_new(file, path)
    }
}

/// The number after the highest ever given. A hand-edited line may have used the highest possible one: then no ping is
/// received, because reusing a number would replace the ping that has it.
fn next_number(pings: &Pings) -> Result<u64> {
    pings.counts().last.checked_add(1).ok_or_else(|| {
        let used_up = std::io::Error::other("the numbers are used up");
        Error::file("number a ping in", &pings.path, used_up)
    })
}
