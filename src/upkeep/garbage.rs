//! Upkeep at the owner's request (`tb prune`): the automatic upkeep at once, with other limits, and more.
//!
//! Each id is read without its lock, which others need, and is locked only if there is something to do. An error at one id
//! or file does not stop the rest.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::retention::{PART, is_owners, junk, purge_id};
use crate::admission::entries;
use crate::admission::entries::EntryReader;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::feeds::change_pings;
use crate::feeds::{self, WriteWhen};
use crate::linkback::trackback::TbId;
use crate::store::{DryRun, Event, EventName, ReasonKind, Record, State, StateFile, Store, Which};

/// The options of a run.
#[derive(Debug, Clone, Copy)]
pub struct GarbageOptions {
    /// How long junk is kept after it became junk.
    pub junk: SignedDuration,
    /// How long a ping may wait for the owner before it becomes junk; `None` is no limit. Pings that the owner holds are
    /// not affected.
    pub held: Option<SignedDuration>,
    /// How long rotated logs are kept after the last write; `None` is no limit.
    pub logs: Option<SignedDuration>,
    /// Whether anything is changed, or only reported.
    pub dry_run: DryRun,
}

/// The kinds of upkeep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GarbageAction {
    /// Pings of an id that waited too long became junk.
    Junked,
    /// Junk of an id was removed.
    Purged,
    /// The file of an id was rewritten without its dead lines.
    Compacted,
    /// A file in `data_dir` that is not needed was removed.
    Stale,
    /// A static file of a removed id was removed.
    Orphan,
    /// A rotated log was removed.
    Log,
}

/// A step that was done, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GarbageRemoved {
    /// Its kind.
    pub what: GarbageAction,
    /// The id, or the name of the file.
    pub name: String,
    /// The number of pings; the bytes freed by a compaction, or the lines that it would drop; otherwise 1.
    pub count: u64,
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct GarbageReport {
    /// The steps, in order.
    pub steps: Vec<GarbageRemoved>,
    /// The errors.
    pub faults: Vec<Error>,
}

/// Runs the upkeep, one process at a time; a dry run locks and writes nothing.
///
/// If there is no id at all, static files are kept, because `data_dir` is probably wrong.
pub fn run(
    config: &Config,
    store: &Store,
    ask: &GarbageOptions,
    now: Timestamp,
) -> Result<GarbageReport> {
    let mut run = GarbageRun {
        config,
        store,
        ask,
        now,
        report: GarbageReport::default(),
    };
    match ask.dry_run {
        DryRun::Yes => run.all()?,
        // The daily run has the same lock; its time in the file is not changed.
        DryRun::No => store.edit_state(StateFile::Purged, |_| run.all().map(|()| None))?,
    }
    Ok(run.report)
}

/// A run and its result so far.
struct GarbageRun<'a> {
    config: &'a Config,
    store: &'a Store,
    ask: &'a GarbageOptions,
    now: Timestamp,
    report: GarbageReport,
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
            let removed = match self.ask.dry_run {
                DryRun::Yes => Ok(true),
                DryRun::No => self.store.remove_stale(&name),
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
            Ok(count) => self.report.steps.push(GarbageRemoved {
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
        if self.ask.dry_run == DryRun::Yes || numbers.is_empty() {
            return Ok(numbers.len() as u64);
        }
        let why = ReasonKind::Owner.with("it waited too long");
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let mut junked = 0;
        for part in numbers.chunks(PART) {
            junked += change_pings(
                (self.config, self.store, &EntryReader::default()),
                id,
                now,
                |transaction| {
                    let still = transaction.still(part, waits)?;
                    transaction.junk_all(&still, &why, now)?;
                    Ok((still.len() as u64, WriteWhen::IfStale))
                },
            )?;
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
        let purged = match self.ask.dry_run {
            DryRun::Yes => match self.store.pings(id)? {
                Some(pings) => junk(&pings, &is_old)?.len(),
                None => 0,
            },
            DryRun::No => purge_id(self.config, self.store, id, self.now, &is_old)?,
        };
        Ok(purged as u64)
    }

    fn compact(&self, id: &TbId) -> Result<u64> {
        match self.store.pings(id)?.map(|pings| pings.dead_lines()) {
            None | Some(0) => Ok(0),
            Some(dead) => match self.ask.dry_run {
                DryRun::Yes => Ok(dead),
                DryRun::No => self.store.compact(id),
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
            let removed = match self.ask.dry_run {
                DryRun::Yes => Ok(1),
                DryRun::No => store.begin(&id).and_then(|transaction| {
                    // Its first ping may have just been received.
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
        // An overflow: no log can be that old.
        let Ok(before) = self.now.checked_sub(kept) else {
            return Ok(());
        };
        for name in self.store.old_logs(before)? {
            let removed = match self.ask.dry_run {
                DryRun::Yes => Ok(()),
                DryRun::No => self.store.remove_log(name),
            };
            self.note(GarbageAction::Log, name, removed.map(|()| 1));
        }
        Ok(())
    }
}
