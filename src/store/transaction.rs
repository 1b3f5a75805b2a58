//! One change to the pings of one id: under its lock, appended, synced, and only then true.
//!
//! Held until it is dropped, so that the static files can be written by the caller under the same lock.

use std::fs::File;
use std::io::Write;

use jiff::Timestamp;
use serde_json::Map;

use super::lock::{self, Lock};
use super::pings::{Pings, Table};
use super::record::{self, Hash, Line, Record, State};
use super::{FREE_SPACE_FLOOR, Store, file_name};
use crate::error::{Error, Refusal, Result};
use crate::folder::{Access, PRIVATE};
use crate::trackback::{Ping, TbId};

/// Fewer dead lines than this are not worth a compaction.
const DEAD_LINES: usize = 64;

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
    /// The name of the reason.
    pub why: Option<String>,
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
    /// The same permalink came before, with another text, which is replaced.
    Updated(u64, State),
    /// The same permalink came before with the same text.
    Same(u64, State),
}

impl<'store> Transaction<'store> {
    pub(super) fn begin(store: &'store Store, id: &TbId) -> Result<Transaction<'store>> {
        let lock = lock::lock(&store.folder, id)?;
        let name = file_name(id);
        let path = store.folder.path().join(&name);
        let pings = match store.folder.file(&name, Access::Append)? {
            Some(file) => {
                let pings = Pings::scan(file, path)?;
                repair(store, &pings)?;
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
    #[must_use]
    pub fn id(&self) -> &TbId {
        &self.id
    }

    /// The pings as they are now, this change included; `None` before the first.
    #[must_use]
    pub fn pings(&self) -> Option<&Pings> {
        self.pings.as_ref()
    }

    /// Keeps a ping: a new record, or the newer text of one with the same permalink. An update never
    /// makes a ping more visible than both its old state and `arrival.state`.
    ///
    /// # Errors
    ///
    /// [`Refusal::Withdrawn`] if the owner deleted a ping from this permalink, [`Error::NoSpace`], and
    /// whatever writing can fail with; the file is then as before.
    pub fn receive(&mut self, ping: &Ping, arrival: &Arrival) -> Result<Received> {
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
            why: arrival.why.clone(),
            via: arrival.via.to_owned(),
            from: arrival.from.clone(),
            rest: Map::new(),
        };
        let mut old = None;
        if let Some(pings) = &self.pings {
            record.id = next_number(pings)?;
            if let Some(slot) = pings.table.find_permalink(hash) {
                old = pings.get(slot.number)?;
            } else if pings.table.gone.contains(&hash) {
                return Err(Refusal::Withdrawn.into());
            }
        }
        if let Some(old) = old {
            if old.title == record.title
                && old.excerpt == record.excerpt
                && old.blog_name == record.blog_name
            {
                // A process that was killed may have written the line and not synced it.
                self.sync()?;
                return Ok(Received::Same(old.id, old.state));
            }
            let state = less_visible(old.state, arrival.state);
            let why = if state == old.state {
                old.why
            } else {
                record.why
            };
            record = Record {
                id: old.id,
                time: old.time,
                updated: Some(arrival.time),
                state,
                why,
                rest: old.rest,
                ..record
            };
            self.refuse_when_full()?;
            self.append(&Line::Ping(&record))?;
            return Ok(Received::Updated(record.id, state));
        }
        self.refuse_when_full()?;
        self.append(&Line::Ping(&record))?;
        self.remember(record.id, record.state);
        Ok(Received::New(record.id, record.state))
    }

    /// Changes what may be seen of a ping.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoSuchPing`], and whatever writing can fail with; the file is then as before.
    pub fn set_state(
        &mut self,
        number: u64,
        to: State,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let slot = self
            .pings
            .as_ref()
            .and_then(|pings| pings.table.find(number))
            .ok_or(Refusal::NoSuchPing)?;
        if slot.state == to {
            return self.sync();
        }
        self.append(&Line::State {
            id: number,
            time: now,
            to,
            why,
        })?;
        self.remember(number, to);
        Ok(())
    }

    /// Deletes a ping for good; its permalink cannot ping this id again.
    ///
    /// # Errors
    ///
    /// As [`Transaction::set_state`].
    pub fn delete(&mut self, number: u64, now: Timestamp) -> Result<()> {
        let slot = self
            .pings
            .as_ref()
            .and_then(|pings| pings.table.find(number))
            .ok_or(Refusal::NoSuchPing)?;
        let hash = slot.hash.write();
        self.append(&Line::Delete {
            id: number,
            time: now,
            hash,
        })
    }

    /// Rewrites the file without its dead lines when they outweigh the living.
    ///
    /// # Errors
    ///
    /// Whatever writing can fail with; the file is then as before.
    pub fn compact_if_due(&mut self) -> Result<()> {
        match &self.pings {
            Some(pings)
                if pings.table.dead >= DEAD_LINES
                    && pings.table.dead > living_lines(&pings.table) =>
            {
                self.compact()
            }
            _ => Ok(()),
        }
    }

    fn compact(&mut self) -> Result<()> {
        let Some(pings) = &self.pings else {
            return Ok(());
        };
        let name = file_name(&self.id);
        let folder = &self.store.folder;
        folder.replace(&name, PRIVATE, |file| write_compact(pings, file))?;
        let file = folder.file(&name, Access::Append)?;
        let path = folder.path().join(&name);
        self.pings = file.map(|file| Pings::scan(file, path)).transpose()?;
        Ok(())
    }

    fn refuse_when_full(&self) -> Result<()> {
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

    fn sync(&self) -> Result<()> {
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

    fn append(&mut self, line: &Line<'_>) -> Result<()> {
        let bytes = line.encode();
        if self.pings.is_none() {
            self.pings = Some(self.first_file()?);
        }
        let Some(pings) = &mut self.pings else {
            return Ok(());
        };
        let empty = pings.table.end == 0;
        if empty {
            self.store.folder.sync()?;
        }
        let written = (&pings.file)
            .write_all(&bytes)
            .and_then(|()| pings.file.sync_data());
        if let Err(cause) = written {
            let error = Error::file("append to", &pings.path, cause);
            // The fault of the write is the one to tell; what cannot be cut off now is repaired at the next touch.
            pings.file.set_len(pings.table.end).ok();
            if empty {
                self.store.folder.remove(&file_name(&self.id)).ok();
                self.pings = None;
            }
            return Err(error);
        }
        pings
            .table
            .learn(bytes.strip_suffix(b"\n").unwrap_or(&bytes));
        Ok(())
    }

    fn first_file(&self) -> Result<Pings> {
        let name = file_name(&self.id);
        let file = self.store.folder.new_file(&name, Access::Append, PRIVATE)?;
        Pings::scan(file, self.store.folder.path().join(name))
    }
}

/// Cuts off a last line that has no newline, after saving it for the owner.
fn repair(store: &Store, pings: &Pings) -> Result<()> {
    let end = pings.table.end;
    let length = pings
        .file
        .metadata()
        .map_err(|cause| Error::file("look at", &pings.path, cause))?
        .len();
    if length <= end {
        return Ok(());
    }
    let torn = pings.tail(end)?;
    store.quarantine(&pings.path, &torn);
    pings
        .file
        .set_len(end)
        .and_then(|()| pings.file.sync_data())
        .map_err(|cause| Error::file("cut a torn line off", &pings.path, cause))
}

/// The number after the highest ever given. A line edited by hand may have given the last one there is: then
/// no ping is received, because a number that is used again replaces the ping that has it.
fn next_number(pings: &Pings) -> Result<u64> {
    pings.table.last.checked_add(1).ok_or_else(|| {
        let used_up = std::io::Error::other("the numbers are used up");
        Error::file("number a ping in", &pings.path, used_up)
    })
}

/// The lines that a compacted file would have: all but the dead and the merged.
fn living_lines(table: &Table) -> usize {
    table.slots.iter().filter(|slot| slot.living).count() + table.gone.len()
}

/// Copies every line that still says something, in its order; a ping whose state has changed is
/// written with its new state, and lines of a newer version are copied as they are. A tombstone without
/// a hash is given the one of its ping, which goes.
fn write_compact(pings: &Pings, file: &mut File) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(file);
    let other = |error: Error| std::io::Error::other(error.to_string());
    pings.each_line(|span, line| match record::glance(line) {
        Some(record::Fact::Ping { id, .. }) => match pings.table.find(id) {
            Some(slot) if slot.line.offset == span.offset => match slot.state_line {
                None => write_line(&mut out, line),
                Some(state) => match pings.get(id).map_err(other)? {
                    Some(record) => out.write_all(&Line::Ping(&record).encode()),
                    None => write_line(&mut out, line)
                        .and_then(|()| write_line(&mut out, &pings.line(state).map_err(other)?)),
                },
            },
            _ => Ok(()),
        },
        Some(record::Fact::State { .. }) => Ok(()),
        Some(record::Fact::Delete { id, hash: None }) => {
            let hash = pings.table.permalink(id);
            write_line(&mut out, &record::with_hash(line, hash))
        }
        Some(record::Fact::Delete { .. }) | None => write_line(&mut out, line),
    })?;
    out.flush()
}

fn write_line(out: &mut impl Write, line: &[u8]) -> std::io::Result<()> {
    out.write_all(line).and_then(|()| out.write_all(b"\n"))
}

/// The one of two states that fewer people see.
fn less_visible(a: State, b: State) -> State {
    let rank = |state: State| match state {
        State::Published => 0,
        State::Held => 1,
        State::Junk => 2,
    };
    if rank(a) >= rank(b) { a } else { b }
}
