//! Takes back a decision that was made on the owner's pages: `.undo`, JSON Lines, the newest last.
//!
//! Each line says what the decision has changed, and how it was before. It is applied only to pings that are still as the
//! decision left them: same text, same state, not changed since. Deleted pings are not in it. An invalid line is skipped.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::action::{Action, DecidedBy};
use super::apply::DecisionResult;
use super::change::StateChange;
use crate::admission::bans::{self, BanSubject};
use crate::admission::domains::{self, Approval};
use crate::admission::entries::EntryReader;
use crate::config::Config;
use crate::error::Result;
use crate::feeds::{WriteWhen, change_pings};
use crate::linkback::trackback::TbId;
use crate::random;
use crate::store::{Event, StateFile, Store};
use crate::text::hex;
use crate::verify::queue::{self, PingKey};

/// How many decisions can be taken back.
const MAX_DECISIONS: usize = 8;
/// How many pings a decision may have changed.
const MAX_PINGS: usize = 500;
/// How long a decision can be taken back.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// A decision that can be taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UndoableDecision {
    /// Its unguessable name.
    pub key: String,
    /// When it was made.
    pub time: Timestamp,
    /// The name of the action.
    pub action: String,
    /// What it did to pings.
    pub pings: Vec<StateChange>,
    /// The approvals that it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learnt: Vec<String>,
    /// The approvals that it revoked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<String>,
    /// The bans that it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub banned: Vec<String>,
}

/// What was taken back.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The pings that are as they were before.
    pub done: BTreeSet<PingKey>,
    /// Those that no longer exist.
    pub missing: BTreeSet<PingKey>,
    /// Those that have changed since.
    pub changed: BTreeSet<PingKey>,
    /// How many approvals and bans were restored or taken back.
    pub others: usize,
}

/// Notes a decision; returns its name, or `None` if it changed nothing that can be taken back.
pub fn note(
    store: &Store,
    action: Action,
    decided: &DecisionResult,
    now: Timestamp,
) -> Result<Option<String>> {
    let lines =
        |approvals: &BTreeSet<Approval>| approvals.iter().map(Approval::to_string).collect();
    let mut key = [0; 16];
    random::fill(&mut key)?;
    let decision = UndoableDecision {
        key: hex(&key),
        time: now,
        action: action.name().to_owned(),
        pings: decided.changes.clone(),
        learnt: lines(&decided.learnt),
        forgotten: lines(&decided.forgotten),
        banned: decided.banned.clone(),
    };
    if decision.is_empty() || decision.pings.len() > MAX_PINGS {
        return Ok(None);
    }
    let key = decision.key.clone();
    store.edit_state(StateFile::Undo, |old| {
        let mut all: Vec<UndoableDecision> = valid(&old, now).collect();
        for earlier in &mut all {
            // What was approved, revoked and approved again is due to the last decision.
            earlier
                .learnt
                .retain(|line| !decision.learnt.contains(line));
            earlier
                .forgotten
                .retain(|line| !decision.forgotten.contains(line));
            earlier
                .banned
                .retain(|what| !decision.banned.contains(what));
        }
        all.push(decision);
        let excess = all.len().saturating_sub(MAX_DECISIONS);
        Ok(Some(encode(all.into_iter().skip(excess))))
    })?;
    Ok(Some(key))
}

/// The decision of that name, while it can be taken back.
pub fn find(store: &Store, key: &str, now: Timestamp) -> Result<Option<UndoableDecision>> {
    let bytes = store.read_state(StateFile::Undo)?.unwrap_or_default();
    Ok(valid(&bytes, now).find(|decision| decision.key == key))
}

/// Takes a decision back, once; `None` if there is none of that name any more. Of two processes that take back the same
/// one, the later waits, and finds that there is none.
pub fn undo(config: &Config, store: &Store, key: &str, now: Timestamp) -> Result<Option<Undone>> {
    if find(store, key, now)?.is_none() {
        return Ok(None);
    }
    let mut undone = None;
    store.edit_state(StateFile::Undo, |old| {
        let Some(decision) = valid(&old, now).find(|decision| decision.key == key) else {
            return Ok(None);
        };
        undone = Some(revert(config, store, &decision, now)?);
        // Last: if this process is killed before, what is left can still be taken back.
        let others = valid(&old, now).filter(|decision| decision.key != key);
        Ok(Some(encode(others)))
    })?;
    Ok(undone)
}

fn revert(
    config: &Config,
    store: &Store,
    decision: &UndoableDecision,
    now: Timestamp,
) -> Result<Undone> {
    let mut undone = Undone {
        // First, so that no page is verified by what is taken back.
        others: revert_others(store, decision, now)?,
        ..Undone::default()
    };
    let mut by_id: BTreeMap<TbId, Vec<&StateChange>> = BTreeMap::new();
    for change in &decision.pings {
        if let Ok(id) = TbId::new(change.tb_id.as_bytes()) {
            by_id.entry(id).or_default().push(change);
        }
    }
    for (id, changes) in by_id {
        revert_pings(
            config,
            store,
            (&id, &changes),
            decision.time,
            &mut undone,
            now,
        )?;
    }
    Ok(undone)
}

/// Restores approvals and bans; returns how many.
fn revert_others(store: &Store, decision: &UndoableDecision, now: Timestamp) -> Result<usize> {
    let by = DecidedBy::Page.name();
    let is_learnt = |approval: &Approval| decision.learnt.contains(&approval.to_string());
    let revoked = match decision.learnt.is_empty() {
        true => Vec::new(),
        false => domains::revoke(store, is_learnt)?,
    };
    for approval in &revoked {
        domains::log_change(store, approval, "no longer approved", by, now);
    }
    let mut restored = 0;
    for approval in decision
        .forgotten
        .iter()
        .filter_map(|line| Approval::parse(line))
    {
        if domains::approve(store, &approval)? {
            domains::log_change(store, &approval, "approved", by, now);
            restored += 1;
        }
    }
    let lifted: Vec<BanSubject<'_>> = decision
        .banned
        .iter()
        .filter_map(|what| BanSubject::guess(what))
        .collect();
    let mut unbanned = 0;
    // One at a time: of several, one that is missing keeps the others.
    for what in lifted {
        unbanned += usize::from(bans::remove(store, &[what], by, now)?.is_empty());
    }
    Ok(revoked.len() + restored + unbanned)
}

/// Restores the states of pings of one id that are as the decision of that time left them.
fn revert_pings(
    config: &Config,
    store: &Store,
    (id, changes): (&TbId, &[&StateChange]),
    decided: Timestamp,
    undone: &mut Undone,
    now: Timestamp,
) -> Result<()> {
    if store.pings(id)?.is_none() {
        let missing = changes.iter().map(|change| (id.clone(), change.number));
        undone.missing.extend(missing);
        return Ok(());
    }
    let (done, changed, missing) = change_pings(
        (config, store, &EntryReader::default()),
        id,
        now,
        |transaction| {
            let (mut done, mut changed, mut missing) = (Vec::new(), Vec::new(), Vec::new());
            for change in changes {
                match transaction.get(change.number)? {
                    Some(record) if change.is_as_left(&record, decided) => {
                        let why = change.old_why.as_ref();
                        transaction.set_state(change.number, change.old, why, now)?;
                        done.push(*change);
                    }
                    Some(_) => changed.push(change.number),
                    None => missing.push(change.number),
                }
            }
            let when = match done.is_empty() {
                true => WriteWhen::IfStale,
                false => WriteWhen::Always,
            };
            Ok(((done, changed, missing), when))
        },
    )?;
    let key = |number: u64| (id.clone(), number);
    undone.changed.extend(changed.into_iter().map(key));
    undone.missing.extend(missing.into_iter().map(key));
    for change in done {
        let event = Event::new(now, change.old)
            .with("tb_id", id.as_str())
            .with("id", change.number)
            .with("why", change.old_why.as_ref().map(ToString::to_string))
            .with("by", DecidedBy::Page.name());
        store.log(&event);
        let kind = change.old_why.as_ref().and_then(|why| why.kind());
        if kind.is_some_and(queue::awaits_check) {
            queue::add(store, id, change.number, now)?;
        }
        undone.done.insert(key(change.number));
    }
    Ok(())
}

/// The decisions that can still be taken back.
fn valid(bytes: &[u8], now: Timestamp) -> impl Iterator<Item = UndoableDecision> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let decisions = lines.filter_map(|line| serde_json::from_slice(line).ok());
    decisions.filter(move |decision: &UndoableDecision| {
        let age = now.duration_since(decision.time);
        age <= MAX_AGE && age >= SignedDuration::ZERO
    })
}

fn encode(decisions: impl Iterator<Item = UndoableDecision>) -> Vec<u8> {
    // Texts, numbers and times always serialise; an empty line is skipped on reading.
    let line = |decision| serde_json::to_string(&decision).unwrap_or_default() + "\n";
    decisions.map(line).collect::<String>().into_bytes()
}

impl UndoableDecision {
    fn is_empty(&self) -> bool {
        let others = [&self.learnt, &self.forgotten, &self.banned];
        self.pings.is_empty() && others.iter().all(|lines| lines.is_empty())
    }
}
