//! Upkeep when the owner asks for it: what is done by itself now and then, at once and with other limits.
//!
//! Each id is looked at without its lock, which others wait for, and is locked only where something is to be done.
//! What fails at one id, or one file, keeps nothing else from being done.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::retention::{PART, is_owners, junk, purge_id};
use crate::admission::entries::{self, Effect};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::feeds::change_pings;
use crate::feeds::{self, WriteWhen};
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, ReasonKind, Record, State, StateFile, Store, Which};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct GarbageOptions {
    /// How long junk is kept, from when it became junk.
    pub junk: SignedDuration,
    /// How long a ping may wait for the owner, from when it came, before it is put with the junk; `None` is for
    /// ever. What the owner has said is to wait stays.
    pub held: Option<SignedDuration>,
    /// How long logs that were put aside are kept, from when they were last written to; `None` is for ever.
    pub logs: Option<SignedDuration>,
    /// Whether anything is done, or only told.
    pub effect: Effect,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GarbageAction {
    /// Pings of an id waited too long and are now junk.
    Junked,
    /// Junk of an id went.
    Purged,
    /// The file of an id was rewritten without lines that say nothing any more.
    Compacted,
    /// A file in `data_dir` that nothing needs was removed.
    Stale,
    /// A static file of an id that is gone was removed.
    Orphan,
    /// A log that was put aside was removed.
    Log,
}

/// Something that was done, or that would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GarbageRemoved {
    /// What it was.
    pub what: GarbageAction,
    /// The id, or the name of the file.
    pub name: String,
    /// How many pings; how many bytes a compaction has freed, or how many lines it would leave out; else 1.
    pub count: u64,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order in which it was done.
    pub deeds: Vec<GarbageRemoved>,
    /// What could not be done.
    pub faults: Vec<Error>,
}

/// Does the upkeep, one process at a time; without an effect nothing is locked or written.
///
/// Static files of ids that are gone stay if there is no id at all: then it is rather the folder that is wrong.
pub fn run(config: &Config, store: &Store, ask: &GarbageOptions, now: Timestamp) -> Result<Report> {
    let mut run = GarbageRun {
        config,
        store,
        ask,
        now,
        report: Report::default(),
    };
    match ask.effect {
        Effect::None => run.all()?,
        // The daily run has the same lock; when that was stays as it is.
        Effect::Write => store.edit_own(StateFile::Purged, |_| run.all().map(|()| None))?,
    }
    Ok(run.report)
}

/// A run, and what it has done so far.
struct GarbageRun<'a> {
    config: &'a Config,
    store: &'a Store,
    ask: &'a GarbageOptions,
    now: Timestamp,
    report: Report,
}

impl GarbageRun<'_> {
    fn all(&mut self) -> Result<()> {
        let ids = self.store.ids()?;
        for id in &ids {
            let name = id.as_str();
            if let Some(longest) = self.ask.held {
                let junked = self.junk_what_waits(id, longest);
                self.note(GarbageAction::Junked, name, junked);
            }
            let purged = self.purge(id);
            self.note(GarbageAction::Purged, name, purged);
            let compacted = self.compact(id);
            self.note(GarbageAction::Compacted, name, compacted);
        }
        for name in self.store.stale_files()? {
            let removed = match self.ask.effect {
                Effect::None => Ok(true),
                Effect::Write => self.store.remove_stale(&name),
            };
            self.note(GarbageAction::Stale, &name, removed.map(u64::from));
        }
        if let Err(fault) = self.remove_orphans(&ids) {
            self.report.faults.push(fault);
        }
        if let Err(fault) = self.remove_logs() {
            self.report.faults.push(fault);
        }
        Ok(())
    }

    fn note(&mut self, what: GarbageAction, name: &str, done: Result<u64>) {
        match done {
            Ok(0) => {}
            Ok(count) => self.report.deeds.push(GarbageRemoved {
                what,
                name: name.to_owned(),
                count,
            }),
            Err(fault) => self.report.faults.push(fault),
        }
    }

    fn junk_what_waits(&self, id: &TbId, longest: SignedDuration) -> Result<u64> {
        let now = self.now;
        let waits = |record: &Record| {
            let too_long = now.duration_since(record.time) > longest;
            too_long && record.state == State::Held && !is_owners(record)
        };
        let mut numbers = BTreeSet::new();
        if let Some(pings) = self.store.pings(id)? {
            pings.each(Which::In(State::Held), |record| {
                numbers.extend(waits(&record).then_some(record.id));
            })?;
        }
        if self.ask.effect == Effect::None || numbers.is_empty() {
            return Ok(numbers.len() as u64);
        }
        let why = ReasonKind::Owner.with("it waited too long");
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let mut junked = 0;
        for part in numbers.chunks(PART) {
            junked += change_pings(self.config, self.store, id, now, |transaction| {
                let mut still = Vec::new();
                if let Some(pings) = transaction.pings() {
                    for &number in part {
                        let record = pings.get(number)?.filter(waits);
                        still.extend(record.map(|record| record.id));
                    }
                }
                transaction.junk_all(&still, &why, now)?;
                Ok((still.len() as u64, WriteWhen::IfStale))
            })?;
        }
        let event = Event::new(now, EventName::WaitedTooLong).with("tb_id", id.as_str());
        self.store.log(&event.with("pings", junked));
        Ok(junked)
    }

    fn purge(&self, id: &TbId) -> Result<u64> {
        let is_old = |record: &Record| {
            let since = record.since.unwrap_or(record.time);
            record.state == State::Junk && self.now.duration_since(since) > self.ask.junk
        };
        let purged = match self.ask.effect {
            Effect::None => match self.store.pings(id)? {
                Some(pings) => junk(&pings, &is_old)?.len(),
                None => 0,
            },
            Effect::Write => purge_id(self.config, self.store, id, self.now, &is_old)?,
        };
        Ok(purged as u64)
    }

    fn compact(&self, id: &TbId) -> Result<u64> {
        match self.store.pings(id)?.map(|pings| pings.dead_lines()) {
            None | Some(0) => Ok(0),
            Some(dead) => match self.ask.effect {
                Effect::None => Ok(dead),
                Effect::Write => self.store.compact(id),
            },
        }
    }

    fn remove_orphans(&mut self, ids: &[TbId]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let store = self.store;
        let is_gone = |id: &TbId| {
            let known = entries::find(store, id);
            ids.binary_search(id).is_err() && known.is_ok_and(|entry| entry.is_none())
        };
        for (id, format) in feeds::orphans(self.config, is_gone)? {
            let removed = match self.ask.effect {
                Effect::None => Ok(1),
                Effect::Write => store.begin(&id).and_then(|transaction| {
                    // Its first ping may have come just now.
                    if transaction.pings().is_some() {
                        return Ok(0);
                    }
                    feeds::remove_static(self.config, &id, format).map(|()| 1)
                }),
            };
            self.note(
                GarbageAction::Orphan,
                &feeds::static_name(&id, format),
                removed,
            );
        }
        Ok(())
    }

    fn remove_logs(&mut self) -> Result<()> {
        let Some(kept) = self.ask.logs else {
            return Ok(());
        };
        // So long ago that there is no such time: nothing is older.
        let Ok(before) = self.now.checked_sub(kept) else {
            return Ok(());
        };
        for name in self.store.old_logs(before)? {
            let removed = match self.ask.effect {
                Effect::None => Ok(()),
                Effect::Write => self.store.remove_log(name),
            };
            self.note(GarbageAction::Log, name, removed.map(|()| 1));
        }
        Ok(())
    }
}
