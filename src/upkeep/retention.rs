//! Removes old junk, and makes the oldest waiting pings junk if there are too many.
//!
//! Both keep a flood from filling the disk. Neither affects pings that the owner holds or publishes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::admission::entries::EntryReader;
use crate::config::Config;
use crate::error::Result;
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Pings, ReasonKind, Record, State, StateFile, Store, Which};

/// How long junk is kept after it became junk.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The interval between two runs.
const EVERY: SignedDuration = SignedDuration::from_hours(24);

/// How many pings are purged under one lock.
pub(crate) const PART: usize = 5_000;

/// How many of the oldest waiting pings are collected at once; the others follow in the next pass.
const OVERFLOW: usize = 10_000;

/// The result of a run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Removed pings.
    pub purged: usize,
    /// Waiting pings that became junk.
    pub overflowed: usize,
}

/// Purges junk and shortens the queue; `None` if that was done within the last day. Only one process does it at a time.
/// An id that fails is logged and tried again the next day.
pub fn run(config: &Config, store: &Store, now: Timestamp) -> Result<Option<Purged>> {
    let mut purged = None;
    store.edit_state(StateFile::Purged, |old| {
        let last = String::from_utf8_lossy(&old).trim().parse::<Timestamp>();
        // A time in the future was written with a wrong clock.
        let lately = last.is_ok_and(|last| last <= now && now.duration_since(last) < EVERY);
        if lately {
            return Ok(None);
        }
        purged = Some(Purged {
            overflowed: shorten_queue(config, store, now)?,
            purged: purge_old(config, store, now)?,
        });
        Ok(Some(format!("{now}\n").into_bytes()))
    })?;
    Ok(purged)
}

fn purge_old(config: &Config, store: &Store, now: Timestamp) -> Result<usize> {
    let is_old = |record: &Record| {
        let since = record.since.unwrap_or(record.time);
        record.state == State::Junk && now.duration_since(since) > KEPT
    };
    let mut purged = 0;
    for id in store.ids()? {
        let done = purge_id(config, store, &id, now, &is_old);
        purged += done.unwrap_or_else(|error| {
            log_fault(store, &id, now, &error.to_string());
            0
        });
    }
    Ok(purged)
}

/// Purges the junk of one id for which `is_old` holds; returns how many pings.
pub(crate) fn purge_id(
    config: &Config,
    store: &Store,
    id: &TbId,
    now: Timestamp,
    is_old: &impl Fn(&Record) -> bool,
) -> Result<usize> {
    // Read without the lock, which others need; usually there is nothing to do.
    let old = match store.pings(id)? {
        Some(pings) => junk(&pings, is_old)?,
        None => return Ok(0),
    };
    let mut gone = 0;
    for part in old.chunks(PART) {
        gone += change_pings(
            (config, store, &EntryReader::default()),
            id,
            now,
            |transaction| {
                let still = transaction.still(part, is_old)?;
                transaction.purge(&still, now)?;
                Ok((still.len(), WriteWhen::IfStale))
            },
        )?;
    }
    if gone > 0 {
        let event = Event::new(now, EventName::Purged).with("tb_id", id.as_str());
        store.log(&event.with("pings", gone));
    }
    Ok(gone)
}

/// The numbers of the old junk, ascending.
pub(crate) fn junk(pings: &Pings, is_old: &impl Fn(&Record) -> bool) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    pings.each(Which::In(State::Junk), |record| {
        numbers.extend(is_old(&record).then_some(record.id));
    })?;
    numbers.reverse();
    Ok(numbers)
}

/// Makes the oldest held pings junk if there are too many, except those that the owner holds.
fn shorten_queue(config: &Config, store: &Store, now: Timestamp) -> Result<usize> {
    let ids = store.ids()?;
    let mut overflowed = 0;
    loop {
        let oldest = too_many(config, store, &ids)?;
        if oldest.is_empty() {
            return Ok(overflowed);
        }
        let mut done = 0;
        for (id, numbers) in oldest {
            let junked = junk_of(config, store, &id, &numbers, now);
            done += junked.unwrap_or_else(|error| {
                log_fault(store, &id, now, &error.to_string());
                0
            });
        }
        if done == 0 {
            return Ok(overflowed);
        }
        overflowed += done;
    }
}

/// The oldest held pings beyond the limit, by id.
fn too_many(config: &Config, store: &Store, ids: &[TbId]) -> Result<BTreeMap<TbId, BTreeSet<u64>>> {
    let held = |id: &TbId| -> Result<u64> {
        Ok(match store.pings(id)? {
            Some(pings) => pings.tally()?.held,
            None => 0,
        })
    };
    let waiting: u64 = ids.iter().map(|id| held(id).unwrap_or(0)).sum();
    let excess = waiting.saturating_sub(u64::from(config.limits.waiting));
    let most = usize::try_from(excess).unwrap_or(OVERFLOW).min(OVERFLOW);
    let mut oldest: BTreeSet<(Timestamp, usize, u64)> = BTreeSet::new();
    for (place, id) in ids.iter().enumerate().filter(|_| most > 0) {
        let Ok(Some(pings)) = store.pings(id) else {
            continue;
        };
        let looked = pings.each(Which::In(State::Held), |record| {
            if !is_owners(&record) {
                oldest.insert((record.time, place, record.id));
            }
            if oldest.len() > most {
                oldest.pop_last();
            }
        });
        looked.ok();
    }
    let mut by_id: BTreeMap<TbId, BTreeSet<u64>> = BTreeMap::new();
    for (_, place, number) in oldest {
        if let Some(id) = ids.get(place) {
            by_id.entry(id.clone()).or_default().insert(number);
        }
    }
    Ok(by_id)
}

fn junk_of(
    config: &Config,
    store: &Store,
    id: &TbId,
    numbers: &BTreeSet<u64>,
    now: Timestamp,
) -> Result<usize> {
    let done = change_pings(
        (config, store, &EntryReader::default()),
        id,
        now,
        |transaction| {
            let held = transaction.still(numbers, |record| {
                record.state == State::Held && !is_owners(record)
            })?;
            transaction.junk_all(&held, &ReasonKind::QueueOverflow.into(), now)?;
            Ok((held.len(), WriteWhen::IfStale))
        },
    )?;
    store.log(
        &Event::new(now, EventName::QueueOverflow)
            .with("tb_id", id.as_str())
            .with("pings", done),
    );
    Ok(done)
}

/// Whether its state was decided by the owner.
pub(crate) fn is_owners(record: &Record) -> bool {
    record.reason() == Some(ReasonKind::Owner)
}

fn log_fault(store: &Store, id: &TbId, now: Timestamp, error: &str) {
    let event = Event::new(now, EventName::Postponed)
        .with("tb_id", id.as_str())
        .with("error", error);
    store.log(&event);
}
