//! Has the page of a ping checked again, as if the ping had just come.

use jiff::Timestamp;

use super::action::DecidedBy;
use super::apply::{self, ChosenPings, DecisionResult, Missing};
use crate::admission::entries::EntryReader;
use crate::config::Config;
use crate::error::Result;
use crate::feeds::{WriteWhen, change_pings};
use crate::linkback::trackback::TbId;
use crate::order;
use crate::store::{Event, ReasonKind, Record, State, Store};
use crate::verify::queue::{self, PingKey, Queue};

/// Queues the pages of these pings for a check at once. Pings whose state does not depend on their page are in `settled`.
pub fn look_again(
    config: &Config,
    store: &Store,
    (chosen, missing): (&ChosenPings, Missing),
    by: DecidedBy,
    now: Timestamp,
) -> Result<DecisionResult> {
    let loaded = apply::load_chosen(store, chosen)?;
    let (wanted, settled): (Vec<_>, Vec<_>) = loaded
        .records
        .into_iter()
        .partition(|(_, record)| depends_on_page(record));
    let mut result = DecisionResult {
        missing: loaded.missing,
        changed: loaded.changed,
        settled: order::set(settled.into_iter().map(|(id, record)| (id, record.id))),
        ..DecisionResult::default()
    };
    let is_complete =
        result.missing.is_empty() && result.changed.is_empty() && result.settled.is_empty();
    if wanted.is_empty() || (missing == Missing::ChangesNothing && !is_complete) {
        return Ok(result);
    }
    let queue = queue::load(store)?;
    for (id, record) in wanted {
        let key = (id, record.id);
        let is_queued = is_due(&queue, &key, &record, now);
        match is_queued || requeue(config, store, (&key.0, &record), by, now)? {
            true => result.done.insert(key),
            false => result.changed.insert(key),
        };
    }
    Ok(result)
}

/// Whether the program holds or junks the ping because of its page, which may be another by now.
pub fn depends_on_page(record: &Record) -> bool {
    match record.reason() {
        _ if record.state == State::Published => false,
        // The owner decided; it waits for the owner whatever its page says; or its own text is the reason.
        None
        | Some(
            ReasonKind::Owner
            | ReasonKind::Moderated
            | ReasonKind::Flood
            | ReasonKind::Score
            | ReasonKind::BannedWord
            | ReasonKind::Duplicate,
        ) => false,
        Some(_) => true,
    }
}

/// Whether its check runs or is queued for now, by an earlier click.
fn is_due(queue: &Queue, key: &PingKey, record: &Record, now: Timestamp) -> bool {
    let is_new = record.state == State::Held && record.reason() == Some(ReasonKind::Unverified);
    is_new
        && queue
            .get(key)
            .is_some_and(|item| item.begun || item.is_due(now))
}

/// Makes it a ping that waits for its first check; false if it was changed meanwhile.
fn requeue(
    config: &Config,
    store: &Store,
    (id, old): (&TbId, &Record),
    by: DecidedBy,
    now: Timestamp,
) -> Result<bool> {
    let why = ReasonKind::Unverified;
    let source = (config, store, &EntryReader::default());
    let is_changed = change_pings(source, id, now, |transaction| {
        let same = transaction.get(old.id)?.filter(|record| {
            record.state == old.state
                && record.why == old.why
                && record.text_hash() == old.text_hash()
        });
        if same.is_none() {
            return Ok((true, WriteWhen::IfStale));
        }
        transaction.set_state(old.id, State::Held, Some(&why.into()), now)?;
        Ok((false, WriteWhen::Always))
    })?;
    if is_changed {
        return Ok(false);
    }
    queue::add(store, id, old.id, now)?;
    let event = Event::new(now, State::Held)
        .with("tb_id", id.as_str())
        .with("id", old.id)
        .with("why", why.name())
        .with("by", by.name());
    store.log(&event);
    Ok(true)
}
