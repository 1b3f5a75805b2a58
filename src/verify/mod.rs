//! Verification: after the sender was answered, the page behind a ping is checked, which decides about the ping. It is
//! checked again when the owner asks for it: a ping whose page no longer links here goes.
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

/// Which pings are checked.
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
    /// All that was due was checked, so many pages.
    Done(usize),
    /// So many pages were checked; the day's requests are used up, and the rest waits.
    Spent(usize),
    /// Another process is at it; it checks the queue once more before it ends.
    Busy,
}

/// A process that only asks whether another works holds the turn for a moment.
const TURN_TRIES: u32 = 10;
const TURN_PAUSE: Duration = Duration::from_millis(20);

/// Checks the pages of the pings in `scope`, and calls `report` with each ping.
pub fn run(
    work: &Work<'_>,
    scope: VerifyScope,
    report: &mut dyn FnMut(&VerifiedPing<'_>) -> Result<()>,
) -> Result<Ran> {
    let mut worker = Worker::new(work, report);
    let mut scope = scope;
    loop {
        let Some(turn) = take_turn(work.store)? else {
            return Ok(match worker.checked {
                0 => Ran::Busy,
                checked => Ran::Done(checked),
            });
        };
        search(work, scope)?;
        if scope == VerifyScope::All {
            worker.add_found_before()?;
        }
        worker.work_off()?;
        queue::tidy(work.store, None)?;
        drop(turn);
        if worker.spent {
            return Ok(Ran::Spent(worker.checked));
        }
        // A ping that was added while the turn was held is left to this process.
        scope = VerifyScope::Due;
        if work.halt.is_halted() || worker.due(1)?.is_empty() {
            return Ok(Ran::Done(worker.checked));
        }
    }
}

/// Whether nobody is at work. What was added to the queue *before* this is asked is not forgotten.
pub fn is_idle(store: &Store) -> Result<bool> {
    Ok(store.try_turn()?.is_some())
}

/// Whether there is something to do now. With `publish = "all"` nothing waits, so that an installation without a
/// queue needs none.
pub fn is_due(config: &Config, store: &Store, now: Timestamp) -> Result<bool> {
    if config.publish == Publish::All && store.own_file(StateFile::Queue)?.is_none() {
        return Ok(false);
    }
    let queue = queue::load(store)?;
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

/// Searches all pings for those that wait and are not in the queue.
fn search(work: &Work<'_>, scope: VerifyScope) -> Result<()> {
    let now = (work.clock)();
    let queue = queue::load(work.store)?;
    if scope == VerifyScope::Due && !queue.needs_search(now) {
        return Ok(());
    }
    let missing = queue.missing_from(work.store)?;
    queue::tidy(work.store, Some((now, missing)))
}
