//! Verification: the pages behind pings are looked at, after the sender was answered, and the pings that wait for
//! it are decided on. And again, when the owner asks for it: a ping whose page no longer links here goes.
//!
//! One process at a time works for an installation; up to four pages are read at once, never two of one
//! registrable domain. What was seen is applied to the ping as it is *then*: one that was changed or decided on
//! meanwhile is left alone. A worker may be killed at any point: a ping that waits still waits.

mod inspect;
mod job;
mod link_check;
mod meter;
mod offer;
pub mod queue;
mod reflection;
pub mod repeat;
mod same_page;
mod shortener;
mod sketch;
mod transition;
mod work;
mod worker;

use std::thread;
use std::time::Duration;

use jiff::Timestamp;

pub use self::work::{Halt, VerifiedPing, Work};
use self::worker::Worker;
use crate::config::{Config, Publish};
use crate::error::Result;
use crate::store::{SingleRun, StateFile, Store};

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyScope {
    /// What the queue says is due.
    Due,
    /// That, after looking through all pings for those that the queue has lost.
    Waiting,
    /// That, and again the pages of all pings that were found to link here before.
    All,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// All that was due was looked at, so many pages.
    Done(usize),
    /// So many pages were looked at; the day's requests are used up, and the rest waits.
    Spent(usize),
    /// Another process is at it; it looks at the queue once more before it ends.
    Busy,
}

/// Who only asks whether somebody works holds the turn for a moment.
const TURN_TRIES: u32 = 10;
const TURN_PAUSE: Duration = Duration::from_millis(20);

/// Looks at what is to be looked at, and calls `report` with each ping that was.
///
/// # Errors
///
/// [`Error::Lock`](crate::error::Error::Lock), what the store's folder can fail with, and those of `report`. What fails
/// for one ping is logged and stops no other.
pub fn run(
    work: &Work<'_>,
    scope: VerifyScope,
    report: &mut dyn FnMut(&VerifiedPing<'_>) -> Result<()>,
) -> Result<Ran> {
    let mut round = Worker::new(work, report);
    let mut scope = scope;
    loop {
        let Some(turn) = take_turn(work.store)? else {
            return Ok(match round.looked {
                0 => Ran::Busy,
                looked => Ran::Done(looked),
            });
        };
        search(work, scope)?;
        if scope == VerifyScope::All {
            round.add_found_before()?;
        }
        round.work_off()?;
        queue::tidy(work.store, None)?;
        drop(turn);
        if round.spent {
            return Ok(Ran::Spent(round.looked));
        }
        // Who added a ping while the turn was held has left it to us.
        scope = VerifyScope::Due;
        if work.halt.is_halted() || round.due(1)?.is_empty() {
            return Ok(Ran::Done(round.looked));
        }
    }
}

/// Whether nobody is at work. What was added to the queue *before* this is asked is not forgotten.
///
/// # Errors
///
/// As [`Store::try_turn`].
pub fn is_idle(store: &Store) -> Result<bool> {
    Ok(store.try_turn()?.is_some())
}

/// Whether there is something to do now. With `publish = "all"` nothing waits, so that an installation without a
/// queue needs none.
///
/// # Errors
///
/// As [`Store::read_own`].
pub fn is_due(config: &Config, store: &Store, now: Timestamp) -> Result<bool> {
    if config.publish == Publish::All && store.own_file(StateFile::Queue)?.is_none() {
        return Ok(false);
    }
    let queue = queue::read(store)?;
    Ok(queue.needs_search(now) || queue.due(now).next().is_some())
}

fn take_turn(store: &Store) -> Result<Option<SingleRun>> {
    for _ in 0..TURN_TRIES {
        if let Some(turn) = store.try_turn()? {
            return Ok(Some(turn));
        }
        thread::sleep(TURN_PAUSE);
    }
    Ok(None)
}

/// Looks through all pings for those that wait and are not in the queue.
fn search(work: &Work<'_>, scope: VerifyScope) -> Result<()> {
    let now = (work.clock)();
    let queue = queue::read(work.store)?;
    if scope == VerifyScope::Due && !queue.needs_search(now) {
        return Ok(());
    }
    let missing = queue.missing_from(work.store)?;
    queue::tidy(work.store, Some((now, missing)))
}
