//! Publishes pings that waited only for the approval of their publishers.
//!
//! Their pages have passed all checks before; otherwise they would be held for another reason.

use super::action::DecidedBy;
use super::change::StateChange;
use crate::admission::domains::Approvals;
use crate::admission::entries::EntryReader;
use crate::admission::proxies;
use crate::admission::publisher::Publisher;
use crate::config::{Config, Publish};
use crate::error::Result;
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::order;
use crate::store::{Event, ReasonKind, Record, State, Store, Transaction};
use crate::verify::queue::{self, PingKey};
use jiff::Timestamp;

/// The released pings.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Released {
    /// The published ones.
    pub published: Vec<PingKey>,
    /// What happened to these.
    pub changes: Vec<StateChange>,
    /// Those whose pages are checked again first, because they were held by an earlier version.
    pub again: Vec<PingKey>,
}

/// The next step for a ping that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BacklogStep {
    Publish,
    Recheck,
}

/// With `publish = "known"`, publishes the pings that no longer wait for anything.
pub fn release(config: &Config, store: &Store, by: DecidedBy, now: Timestamp) -> Result<Released> {
    let mut released = Released::default();
    if config.publish != Publish::Known {
        return Ok(released);
    }
    let approvals = Approvals::load(store)?;
    let mut waiting = Vec::new();
    queue::for_each_in(store, State::Held, |key, record| {
        if let Some(next) = next(config, record, &approvals) {
            waiting.push((key, next, record.why.clone()));
        }
    })?;
    order::sort_by(&mut waiting, |(one, ..), (other, ..)| one.cmp(other));
    for (key, next, why) in waiting {
        let (id, number) = (&key.0, key.1);
        let done = change_pings(
            (config, store, &EntryReader::default()),
            id,
            now,
            |transaction| {
                // The ping may have been changed meanwhile.
                let same = transaction.get(number)?;
                let same = same.filter(|record| record.state == State::Held && record.why == why);
                let Some(record) = same else {
                    return Ok((None, WriteWhen::IfStale));
                };
                let record = match next {
                    BacklogStep::Publish => with_own_title(transaction, record)?,
                    BacklogStep::Recheck => record,
                };
                let (to, reason) = next.decision(&record);
                transaction.set_state(number, to, Some(&reason.into()), now)?;
                Ok((Some((record, to, reason)), WriteWhen::Always))
            },
        )?;
        let Some((record, to, reason)) = done else {
            continue;
        };
        let event = Event::new(now, to)
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("why", reason.name())
            .with("by", by.name());
        store.log(&event);
        match next {
            BacklogStep::Publish => {
                let change = StateChange::of(id, &record, to, reason);
                released.changes.extend(change);
                released.published.push(key);
            }
            BacklogStep::Recheck => {
                queue::add(store, id, number, now)?;
                released.again.push(key);
            }
        }
    }
    Ok(released)
}

/// The ping with its page's own title, if its title merely stands in the text there: the owner has not read it.
fn with_own_title(transaction: &mut Transaction<'_>, record: Record) -> Result<Record> {
    let titled = record.clone().with_own_title();
    if titled.title != record.title {
        transaction.revise(&titled)?;
    }
    Ok(titled)
}

impl BacklogStep {
    /// The state that it gives a ping, and why: the check of its page has found a link to the entry, or to the site only.
    fn decision(self, record: &Record) -> (State, ReasonKind) {
        match self {
            BacklogStep::Publish if record.is_to_entry() => {
                (State::Published, ReasonKind::VerifiedEntry)
            }
            BacklogStep::Publish => (State::Published, ReasonKind::Verified),
            BacklogStep::Recheck => (State::Held, ReasonKind::Unverified),
        }
    }
}

/// The next step for a held ping; `None` if it waits for something else.
fn next(config: &Config, record: &Record, approvals: &Approvals) -> Option<BacklogStep> {
    let reason = record.why.as_ref()?;
    if reason.kind() != Some(ReasonKind::UnknownDomain) {
        return None;
    }
    let publisher = proxies::publisher_of(config, record)?;
    if !approvals.covers(&publisher) {
        return None;
    }
    let Some(hosts) = reason.unknown_hosts() else {
        return Some(BacklogStep::Recheck);
    };
    let is_known = |host| Publisher::parse(host).is_some_and(|who| approvals.covers(&who));
    hosts
        .into_iter()
        .all(is_known)
        .then_some(BacklogStep::Publish)
}
