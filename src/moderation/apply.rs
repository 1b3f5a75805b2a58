//! What the owner decides about pings of one id, from whichever door.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::admission::domains::{self, Approval};
use crate::admission::reason::Reason;
use crate::config::Config;
use crate::error::Result;
use crate::feeds::Write;
use crate::feeds::change;
use crate::linkback::trackback::TbId;
use crate::store::{Event, State, Store};

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Everybody sees the ping, and who publishes its page becomes known.
    Approve,
    /// It waits.
    Hold,
    /// It goes to the junk. Whom the owner has approved stays known.
    Junk,
    /// It goes for good.
    Delete,
}

/// What becomes of the rest where a number is no ping's, or the ping says something else than what was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing is changed: a number may be mistyped.
    ChangesNothing,
    /// The rest is done: it went since the owner looked.
    IsPassedOver,
}

/// Numbers of pings, each with the hash of the text that the owner was shown
/// ([`Record::text_hash`](crate::store::Record::text_hash)): somebody may have replaced it since. Where it is not
/// said, the decision is about whatever is there.
pub type ChosenNumbers = BTreeMap<u64, Option<String>>;

/// What was done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The numbers of the pings that are now as decided.
    pub done: BTreeSet<u64>,
    /// The numbers that no ping has.
    pub missing: BTreeSet<u64>,
    /// Who has become known.
    pub learnt: BTreeSet<Approval>,
    /// The numbers of the pings that say something else than what was shown.
    pub changed: BTreeSet<u64>,
}

impl Decision {
    /// What a ping is after it, in the log and in commands.
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Decision::Approve => State::Published.name(),
            Decision::Hold => State::Held.name(),
            Decision::Junk => State::Junk.name(),
            Decision::Delete => "deleted",
        }
    }

    /// The state that it gives; `None` for none.
    fn state(self) -> Option<State> {
        match self {
            Decision::Approve => Some(State::Published),
            Decision::Hold => Some(State::Held),
            Decision::Junk => Some(State::Junk),
            Decision::Delete => None,
        }
    }
}

/// Decides about pings of one id. `by` says in the log through which door: `page`, `shell`.
///
/// # Errors
///
/// Those of [`change::change`]; then some may be done and others not.
pub fn decide(
    config: &Config,
    store: &Store,
    (id, chosen): (&TbId, &ChosenNumbers),
    verdict: Decision,
    (missing, by): (Missing, &str),
    now: Timestamp,
) -> Result<Decided> {
    // A lock of an id that has no pings would be a file for nothing.
    if store.pings(id)?.is_none() {
        return Ok(Decided {
            missing: chosen.keys().copied().collect(),
            ..Decided::default()
        });
    }
    let (mut decided, permalinks) = change::change(config, store, id, now, |transaction| {
        let mut decided = Decided::default();
        let mut permalinks = Vec::new();
        for (&number, shown) in chosen {
            let record = transaction.pings().map(|pings| pings.get(number));
            match record.transpose()?.flatten() {
                Some(record)
                    if shown
                        .as_ref()
                        .is_some_and(|shown| *shown != record.text_hash()) =>
                {
                    decided.changed.insert(number)
                }
                Some(record) => {
                    permalinks.push(record.url);
                    decided.done.insert(number)
                }
                None => decided.missing.insert(number),
            };
        }
        let complete = decided.missing.is_empty() && decided.changed.is_empty();
        if missing == Missing::ChangesNothing && !complete {
            decided.done.clear();
            permalinks.clear();
        }
        for &number in &decided.done {
            match verdict.state() {
                Some(to) => {
                    transaction.set_state(number, to, Some(Reason::Owner.name()), now)?;
                }
                None => transaction.delete(number, now)?,
            }
        }
        // An earlier change may have been killed before the feed was written.
        let when = match decided.done.is_empty() {
            true => Write::IfStale,
            false => Write::Always,
        };
        Ok(((decided, permalinks), when))
    })?;
    for number in &decided.done {
        let event = Event::new(now, verdict.done())
            .with("tb_id", id.as_str())
            .with("id", *number)
            .with("by", by);
        store.log(&event);
    }
    // The decision stands, whatever becomes of what is learnt from it.
    if verdict == Decision::Approve {
        let learnt = permalinks.iter();
        decided.learnt = learnt
            .filter_map(|permalink| domains::learn_from(store, permalink, now))
            .collect();
    }
    Ok(decided)
}
