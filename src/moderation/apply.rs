//! Applies the owner's decisions, from the pages and from the shell.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::action::{Action, DecidedBy, Outcome};
use super::backlog::{self, Released};
use super::change::StateChange;
use super::decision_link::awaits_decision;
use crate::admission::bans::{self, Ban, BanSubject};
use crate::admission::domains::{self, Approval};
use crate::admission::entries::EntryReader;
use crate::admission::proxies;
use crate::admission::publisher::{self, Publisher};
use crate::config::Config;
use crate::domain;
use crate::error::Result;
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::trackback::TbId;
use crate::order;
use crate::store::{Event, EventName, ReasonKind, Record, Store, Transaction};
use crate::verify::page_likeness::deleted_page;
use crate::verify::queue::PingKey;

/// Numbers of pings, each with the hash of the text that the owner was shown ([`Record::text_hash`]), because somebody may
/// have replaced the text since. Without a hash the decision applies to any text.
pub type ChosenNumbers = BTreeMap<u64, Option<String>>;

/// Pings by id.
pub type ChosenPings = BTreeMap<TbId, ChosenNumbers>;

/// What happens to the other pings of an id if a ping is missing, or its text differs from the one shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing is changed: the number may be mistyped.
    ChangesNothing,
    /// They are changed: the ping was removed since the page was shown.
    IsPassedOver,
}

/// A decision of the owner.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// The action.
    pub action: Action,
    /// The chosen pings.
    pub chosen: &'a ChosenPings,
    /// What happens if one is missing.
    pub missing: Missing,
    /// Its origin.
    pub by: DecidedBy,
}

/// The effects of a decision.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct DecisionResult {
    /// The pings to which it was applied.
    pub done: BTreeSet<PingKey>,
    /// The numbers that no ping has.
    pub missing: BTreeSet<PingKey>,
    /// The pings whose text differs from the one shown.
    pub changed: BTreeSet<PingKey>,
    /// The pings that do not wait any more, though the decision is only for those that do ([`DecidedBy::Mail`]).
    pub settled: BTreeSet<PingKey>,
    /// What the decision did to pings that were in another state, or in the same for another reason; deletions are not
    /// here.
    pub changes: Vec<StateChange>,
    /// New approvals.
    pub learnt: BTreeSet<Approval>,
    /// Revoked approvals.
    pub forgotten: BTreeSet<Approval>,
    /// What was not banned before.
    pub banned: Vec<String>,
    /// Other pings that waited only for these approvals.
    pub released: Released,
}

/// Applies a decision.
pub fn decide(
    config: &Config,
    store: &Store,
    decision: &Decision<'_>,
    now: Timestamp,
) -> Result<DecisionResult> {
    let Some(outcome) = decision.action.outcome() else {
        return forget(config, store, decision, now);
    };
    let mut decided = DecisionResult::default();
    match decision.action {
        Action::Ban => {
            let chosen = load_chosen(store, decision.chosen)?;
            let new = bans_of(config, &chosen.records);
            let known = bans::list(store, now)?.bans;
            let was_banned = |ban: &&Ban<'_>| known.iter().any(|old| old.what.is_same(&ban.what));
            let banned = new.iter().filter(|ban| !was_banned(ban));
            decided.banned = banned.map(|ban| ban.what.to_string()).collect();
            bans::add(store, &new, decision.by.name(), now)?;
        }
        Action::Widen => {
            let chosen = load_chosen(store, decision.chosen)?;
            for domain in domains_of(config, &chosen.records) {
                let approval = Approval::Domain(domain);
                if domains::approve(store, &approval)? {
                    decided.learnt.insert(approval);
                }
            }
        }
        Action::Approve | Action::Hold | Action::Junk | Action::Delete | Action::Forget => {}
    }
    for (id, numbers) in decision.chosen {
        change_id(
            config,
            store,
            (decision, outcome),
            (id, numbers),
            &mut decided,
            now,
        )?;
    }
    if decision.action.approves() && !(decided.done.is_empty() && decided.learnt.is_empty()) {
        decided.released = backlog::release(config, store, decision.by, now)?;
        decided.changes.extend_from_slice(&decided.released.changes);
    }
    Ok(decided)
}

/// Changes the pings of one id, and approves the publishers of those that are approved.
fn change_id(
    config: &Config,
    store: &Store,
    (decision, outcome): (&Decision<'_>, Outcome),
    (id, numbers): (&TbId, &ChosenNumbers),
    decided: &mut DecisionResult,
    now: Timestamp,
) -> Result<()> {
    // Locking an id without pings would create a needless file.
    if store.pings(id)?.is_none() {
        let missing = numbers.keys().map(|&number| (id.clone(), number));
        decided.missing.extend(missing);
        return Ok(());
    }
    let mut settled = BTreeSet::new();
    let sorted = change_pings(
        (config, store, &EntryReader::default()),
        id,
        now,
        |transaction| {
            let mut sorted = LoadedPings::default();
            settled.clear();
            for (&number, shown) in numbers {
                let record = transaction.get(number)?;
                // Checked under the lock: of two decisions by mail at the same time one is applied.
                if decision.by == DecidedBy::Mail && !record.as_ref().is_none_or(awaits_decision) {
                    settled.insert((id.clone(), number));
                    continue;
                }
                sorted.add((id, number), record, shown.as_deref());
            }
            let is_complete = sorted.missing.is_empty() && sorted.changed.is_empty();
            if decision.missing == Missing::ChangesNothing && !is_complete {
                sorted.records.clear();
            }
            write_outcome(transaction, &sorted.records, outcome, now)?;
            // The process of an earlier change may have been killed before it wrote the feed.
            let when = match sorted.records.is_empty() {
                true => WriteWhen::IfStale,
                false => WriteWhen::Always,
            };
            Ok((sorted, when))
        },
    )?;
    decided.missing.extend(sorted.missing);
    decided.changed.extend(sorted.changed);
    decided.settled.extend(settled);
    for (id, record) in sorted.records {
        if let Outcome::State(to) = outcome {
            let change = StateChange::of(&id, &record, to, ReasonKind::Owner);
            decided.changes.extend(change);
        }
        let event = Event::new(now, outcome.event())
            .with("tb_id", id.as_str())
            .with("id", record.id)
            .with("by", decision.by.name());
        store.log(&event);
        // The decision is applied even if the approval fails.
        if decision.action.approves() {
            let publisher = proxies::publisher_of(config, &record);
            let learnt =
                publisher.and_then(|publisher| domains::approve_publisher(store, publisher, now));
            decided.learnt.extend(learnt);
        }
        decided.done.insert((id, record.id));
    }
    Ok(())
}

/// Writes the decision about each of these pings.
fn write_outcome(
    transaction: &mut Transaction<'_>,
    records: &[(TbId, Record)],
    outcome: Outcome,
    now: Timestamp,
) -> Result<()> {
    for (_, record) in records {
        match outcome {
            Outcome::State(to) => {
                let why = ReasonKind::Owner.into();
                transaction.set_state(record.id, to, Some(&why), now)?;
            }
            Outcome::Deleted => {
                let page = transaction.get(record.id)?.as_ref().and_then(deleted_page);
                transaction.delete(record.id, page.as_ref(), now)?;
            }
        }
    }
    Ok(())
}

/// Revokes the approvals of the publishers of the pings; the pings are not changed.
fn forget(
    config: &Config,
    store: &Store,
    decision: &Decision<'_>,
    now: Timestamp,
) -> Result<DecisionResult> {
    let chosen = load_chosen(store, decision.chosen)?;
    let records = chosen.records.iter();
    let publishers: BTreeSet<Publisher> =
        order::set(records.filter_map(|(_, record)| proxies::publisher_of(config, record)));
    let is_meant = |approval: &Approval| {
        publishers
            .iter()
            .any(|publisher| approval.covers(publisher))
    };
    let forgotten = order::set(domains::revoke(store, is_meant)?);
    let event = Event::new(now, EventName::Domain)
        .with("now", "no longer approved")
        .with("count", forgotten.len())
        .with("by", decision.by.name());
    store.log(&event);
    let done = chosen.records.into_iter();
    Ok(DecisionResult {
        done: order::set(done.map(|(id, record)| (id, record.id))),
        missing: chosen.missing,
        changed: chosen.changed,
        forgotten,
        ..DecisionResult::default()
    })
}

/// The chosen pings, loaded.
#[derive(Debug, Default)]
pub struct LoadedPings {
    /// The unchanged ones.
    pub records: Vec<(TbId, Record)>,
    /// The numbers that no ping has.
    pub missing: BTreeSet<PingKey>,
    /// Those whose text differs from the one shown.
    pub changed: BTreeSet<PingKey>,
}

impl LoadedPings {
    fn add(&mut self, (id, number): (&TbId, u64), record: Option<Record>, shown: Option<&str>) {
        match record {
            Some(record) if shown.is_some_and(|shown| shown != record.text_hash()) => {
                self.changed.insert((id.clone(), number));
            }
            Some(record) => self.records.push((id.clone(), record)),
            None => {
                self.missing.insert((id.clone(), number));
            }
        }
    }
}

/// Loads the chosen pings.
pub fn load_chosen(store: &Store, chosen: &ChosenPings) -> Result<LoadedPings> {
    let mut loaded = LoadedPings::default();
    for (id, numbers) in chosen {
        let pings = store.pings(id)?;
        for (&number, shown) in numbers {
            let record = pings.as_ref().map(|pings| pings.get(number));
            loaded.add(
                (id, number),
                record.transpose()?.flatten(),
                shown.as_deref(),
            );
        }
    }
    Ok(loaded)
}

/// Bans for the domains or addresses of the pings, or for their publishers where many share a domain; without duplicates,
/// and without those that would cover this site or a public suffix.
pub fn bans_of(config: &Config, records: &[(TbId, Record)]) -> Vec<Ban<'static>> {
    let mut bans: Vec<Ban<'static>> = Vec::new();
    let subjects = records
        .iter()
        .filter_map(|(_, record)| banned_by(config, record));
    for what in subjects {
        let again = bans.iter().any(|ban| ban.what.is_same(&what));
        if !again && bans::too_broad(config, &what).is_none() {
            bans.push(Ban { what, until: None });
        }
    }
    bans
}

/// What a ban of this ping is for: on a proxy its author, or all that it sends would be refused.
fn banned_by(config: &Config, record: &Record) -> Option<BanSubject<'static>> {
    BanSubject::of_publisher(proxies::publisher_of(config, record)?)
}

/// The domains of these pings that can be approved as a whole, because they are not shared by many publishers. A host of
/// which a part of the path belongs to one person is shared.
pub fn domains_of(config: &Config, records: &[(TbId, Record)]) -> BTreeSet<String> {
    let publishers = records
        .iter()
        .filter_map(|(_, record)| proxies::publisher_of(config, record));
    let is_whole = |publisher: &Publisher| {
        let domain = publisher.domain();
        publisher.is_host() && !publisher::is_shared(domain) && !domain::is_open_to_all(domain)
    };
    let whole = publishers.filter(is_whole);
    order::set(whole.map(|publisher| publisher.domain().to_owned()))
}
