//! One change to the pings of one id: under its lock, appended, synced, and only then true.
//!
//! Held until it is dropped, so that the static files can be written by the caller under the same lock.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Map;

use super::facts::{Life, PingSlot, permalink_at};
use super::lock::{self, Lock};
use super::pings::Pings;
use super::reason::Reason;
use super::record::{Hash, Record, RecordLine, State};
use super::{FREE_SPACE_FLOOR, Store, compaction, file_name, torn};
use crate::dir::{OpenMode, PRIVATE};
use crate::error::{Error, Refusal, Result};
use crate::linkback::trackback::{Ping, TbId};

/// A change in progress.
#[derive(Debug)]
pub struct Transaction<'store> {
    store: &'store Store,
    id: TbId,
    /// `None` until the id has its first ping.
    pings: Option<Pings>,
    _lock: Lock,
}

/// What is known of a ping besides what it says.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// When it came.
    pub time: Timestamp,
    /// What is to become of it.
    pub state: State,
    /// Why.
    pub why: Option<Reason>,
    /// The protocol.
    pub via: &'static str,
    /// The address that it came from, or as much of it as is kept.
    pub from: Option<String>,
}

/// What was done with a ping; the number is the ping's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is new.
    New(u64, State),
    /// The same permalink came before, with another text, which is replaced; its state stays.
    Updated(u64, State),
    /// The same permalink came before; the new ping stands in its place, with a state of its own.
    Anew(u64, State),
    /// The same permalink came before with the same text.
    Same(u64, State),
    /// The same permalink came before with another text, which stays; the new one may wait beside it.
    Kept(u64, State),
}

/// What becomes of a ping whose permalink has pinged before.
#[derive(Debug, Clone, PartialEq)]
pub enum Repeat {
    /// Both say the same: nothing is written.
    Same,
    /// The old one stays as it is.
    Kept,
    /// This takes its place, with the number and the state that it has.
    Updated(Record),
    /// This takes its place, with its number and another state or reason.
    Anew(Record),
    /// This takes its place, and says the same to everybody.
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

    /// Keeps a ping: a new record, or what `again` makes of the one with the same permalink and the new one.
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
            rest: Map::new(),
        };
        let mut old = None;
        if let Some(pings) = &self.pings {
            record.id = next_number(pings)?;
            match pings.permalink(hash)? {
                Some((_, Life::Deleted)) => return Err(Refusal::Withdrawn.into()),
                Some((number, Life::Living)) => old = pings.get(number)?,
                Some((_, Life::Purged)) | None => {}
            }
        }
        // Two permalinks with one hash are not one page.
        if let Some(old) = old.filter(|old: &Record| old.url == record.url) {
            return self.receive_again(old, record, again);
        }
        self.refuse_when_full()?;
        self.append(&RecordLine::Ping(&record).encode())?;
        self.remember(record.id, record.state);
        Ok(Received::New(record.id, record.state))
    }

    /// Gives a ping other words than it has; its number, its state and the reason stay.
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
            // A process that was killed may have written the line and not synced it.
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

    /// Changes the state of a ping, or the reason for it. Nothing is written where both are so already.
    pub fn set_state(
        &mut self,
        number: u64,
        to: State,
        why: Option<&Reason>,
        now: Timestamp,
    ) -> Result<()> {
        let (pings, slot) = self.slot(number)?;
        let same_state = slot.state == to;
        // Of a ping that only a newer version can read, the state alone is known.
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

    /// Puts pings with the junk, at once however many they are; numbers that no ping has are passed over.
    pub fn junk_all(&mut self, numbers: &[u64], why: &Reason, now: Timestamp) -> Result<()> {
        self.append_each(numbers, |id| RecordLine::State {
            id,
            time: now,
            to: State::Junk,
            why: Some(why),
        })
    }

    /// Removes junk without a trace, at once however many pings it is; numbers that no ping has are
    /// passed over. No tombstone stays, so that a flood does not make the file larger for ever: the same
    /// permalink may ping again. The numbers are not given again.
    pub fn purge(&mut self, numbers: &[u64], now: Timestamp) -> Result<()> {
        self.append_each(numbers, |id| RecordLine::Purge { id, time: now })
    }

    /// Deletes a ping for good; its permalink cannot ping this id again.
    pub fn delete(&mut self, number: u64, now: Timestamp) -> Result<()> {
        let (pings, slot) = match self.slot(number) {
            Err(gone @ Error::Refused(_)) => {
                // Its tombstone may be of a process that was killed before it was synced.
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
        };
        self.append(&line.encode())
    }

    /// Keeps the file fit: without its dead lines once they outweigh the living, and with an index once
    /// it is large.
    pub fn keep_fit(self) -> Result<()> {
        match self.pings {
            Some(pings) => compaction::keep_fit(&self.store.folder, &file_name(&self.id), pings),
            None => Ok(()),
        }
    }

    /// A living ping, also one that only a newer version can read.
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

    /// A hint for the landing page; without it the ping stands all the same.
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
        // In their order, which is how they are learnt fastest.
        let numbers: BTreeSet<u64> = numbers.iter().copied().collect();
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

    /// Adds whole lines and syncs them; where that fails, none of them stands.
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
        // Another host may have found the name and written to the file.
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

/// The number after the highest ever given. A line edited by hand may have given the last one there is: then
/// no ping is received, because a number that is used again replaces the ping that has it.
fn next_number(pings: &Pings) -> Result<u64> {
    pings.counts().last.checked_add(1).ok_or_else(|| {
        let used_up = std::io::Error::other("the numbers are used up");
        Error::file("number a ping in", &pings.path, used_up)
    })
}
