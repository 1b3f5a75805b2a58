//! Pings that waited only for whoever publishes their page to be approved: once that is done, they are published.
//!
//! Their pages were looked at before, also as an ordinary reader sees them, and vouch for what the pings say: else
//! they would wait for another reason.

use jiff::Timestamp;
use url::Url;

use crate::admission::domains::Approvals;
use crate::admission::publisher::Publisher;
use crate::admission::reason::Reason;
use crate::config::{Config, Publish};
use crate::error::Result;
use crate::feeds::Write;
use crate::feeds::change;
use crate::store::{Event, Record, State, Store};
use crate::verify::queue::{self, Key};

/// What came of the pings that waited.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Released {
    /// Those that everybody sees now.
    pub published: Vec<Key>,
    /// Those whose pages are looked at once more first: an earlier version held them.
    pub again: Vec<Key>,
}

/// What is to become of a ping that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BacklogStep {
    Publish,
    Look,
}

/// Publishes what waits for nothing any more, with `publish = "known"`.
///
/// # Errors
///
/// Those of [`change::change`], and of reading the pings; then some may be published and others not.
pub fn release(config: &Config, store: &Store, by: &str, now: Timestamp) -> Result<Released> {
    let mut released = Released::default();
    if config.publish != Publish::Known {
        return Ok(released);
    }
    let approvals = Approvals::read(store)?;
    let mut waiting = Vec::new();
    queue::each(store, State::Held, |key, record| {
        if let Some(next) = next(record, &approvals) {
            waiting.push((key, next, record.why.clone()));
        }
    })?;
    waiting.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    for (key, next, why) in waiting {
        let (id, number) = (&key.0, key.1);
        let (to, reason) = match next {
            BacklogStep::Publish => (State::Published, Reason::Verified),
            BacklogStep::Look => (State::Held, Reason::Unverified),
        };
        let done = change::change(config, store, id, now, |transaction| {
            let record = transaction.pings().map(|pings| pings.get(number));
            // Somebody may have decided about it meanwhile.
            let same = record.transpose()?.flatten();
            if !same.is_some_and(|record| record.state == State::Held && record.why == why) {
                return Ok((false, Write::IfStale));
            }
            transaction.set_state(number, to, Some(reason.name()), now)?;
            Ok((true, Write::Always))
        })?;
        if !done {
            continue;
        }
        let event = Event::new(now, to.name())
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("why", reason.name())
            .with("by", by);
        store.log(&event);
        match next {
            BacklogStep::Publish => released.published.push(key),
            BacklogStep::Look => {
                queue::add(store, id, number, now)?;
                released.again.push(key);
            }
        }
    }
    Ok(released)
}

/// What is to become of a held ping; `None` if it waits for something else.
fn next(record: &Record, approvals: &Approvals) -> Option<BacklogStep> {
    let (reason, unknown) = Reason::read(record.why.as_deref()?)?;
    if reason != Reason::UnknownDomain {
        return None;
    }
    let publisher = Publisher::of(&Url::parse(&record.url).ok()?)?;
    if !approvals.cover(&publisher) {
        return None;
    }
    if unknown.is_empty() || unknown.ends_with('…') {
        return Some(BacklogStep::Look);
    }
    let mut unknown = unknown.split(", ").map(Publisher::parse);
    let is_known = |who: Option<Publisher>| who.is_some_and(|who| approvals.cover(&who));
    unknown.all(is_known).then_some(BacklogStep::Publish)
}
