//! Verification: after the sender has its response, the page behind a ping is fetched and the result decides about the
//! ping. The owner can have pages checked again: a ping whose page no longer links here becomes junk.
//!
//! One process at a time works for an installation. It checks up to four pages in parallel, never two of one registrable
//! domain. A result is applied only if the ping did not change meanwhile. A worker may be killed at any point: waiting
//! pings stay in the queue.

mod altered_page;
mod changed_words;
mod context;
mod fetched_page;
mod inspect;
mod job;
mod job_check;
mod link_check;
mod mention;
mod mention_inspection;
pub mod mention_record;
mod meter;
mod offer;
mod page_identity;
pub(crate) mod page_likeness;
pub mod page_texts;
pub(crate) mod queue;
mod reflection;
pub mod repeat;
mod same_page;
mod sketch;
mod spelling;
mod transition;
mod worker;

use std::thread;
use std::time::Duration;

use jiff::Timestamp;

pub use self::context::{Failures, Halt, VerifiedPing, VerifyContext};
use self::worker::Worker;
use crate::config::{Config, Publish};
use crate::error::{Error, Result};
use crate::store::{SingleRun, StateFile, Store};

/// Which pings are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyScope {
    /// Pings that are due in the queue.
    Due,
    /// Those, and all waiting pings that the queue has lost.
    Waiting,
    /// Those, and again all pings whose pages linked here before.
    All,
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// All due pings were checked; the number of pages.
    Done(usize),
    /// The day's requests are used up; the number of pages checked before that.
    DailyLimit(usize),
    /// Another process is working; it re-reads the queue before it ends.
    Busy,
}

/// [`is_idle`] in another process holds the turn for a moment, so it is tried several times.
const TURN_TRIES: u32 = 10;
const TURN_PAUSE: Duration = Duration::from_millis(20);

/// Checks the pages of the pings in `scope`, and calls `report` for each ping. A failure is that of its ping alone.
pub fn run(
    work: &VerifyContext<'_>,
    scope: VerifyScope,
    report: &mut dyn FnMut(&VerifiedPing<'_>) -> Result<()>,
) -> Result<(RunOutcome, Failures)> {
    let mut worker = Worker::new(work, report);
    let outcome = run_turns(&mut worker, work, scope)?;
    Ok((outcome, worker.failures.take()))
}

fn run_turns(
    worker: &mut Worker<'_>,
    work: &VerifyContext<'_>,
    mut scope: VerifyScope,
) -> Result<RunOutcome> {
    loop {
        let Some(turn) = take_turn(work.store)? else {
            return Ok(match worker.checked {
                0 => RunOutcome::Busy,
                checked => RunOutcome::Done(checked),
            });
        };
        let unread = search(work, scope)?;
        worker.failures.get_mut().note_all(unread);
        if scope == VerifyScope::All {
            worker.add_found_before()?;
        }
        worker.process_due()?;
        queue::compact(work.store, None)?;
        drop(turn);
        if worker.spent {
            return Ok(RunOutcome::DailyLimit(worker.checked));
        }
        // Other processes leave pings that they add during this run to this process.
        scope = VerifyScope::Due;
        if work.halt.is_halted() || worker.due(1)?.is_empty() {
            return Ok(RunOutcome::Done(worker.checked));
        }
    }
}

/// Whether no worker is running. A ping queued *before* this call is not missed by a worker that is just ending.
pub fn is_idle(store: &Store) -> Result<bool> {
    Ok(store.try_begin_verify()?.is_some())
}

/// Whether there is work now. With `publish = "all"` nothing waits, so a missing queue file is not searched for.
pub fn is_due(config: &Config, store: &Store, now: Timestamp) -> Result<bool> {
    if config.publish == Publish::All && store.open_state(StateFile::Queue)?.is_none() {
        return Ok(false);
    }
    let queue = queue::load(store)?;
    Ok(queue.needs_search(now) || queue.due(now).next().is_some())
}

fn take_turn(store: &Store) -> Result<Option<SingleRun>> {
    for _ in 0..TURN_TRIES {
        if let Some(turn) = store.try_begin_verify()? {
            return Ok(Some(turn));
        }
        thread::sleep(TURN_PAUSE);
    }
    Ok(None)
}

/// Searches all pings for waiting ones that are not in the queue; returns why an id could not be read.
fn search(work: &VerifyContext<'_>, scope: VerifyScope) -> Result<Option<Error>> {
    let now = (work.clock)();
    let queue = queue::load(work.store)?;
    if scope == VerifyScope::Due && !queue.needs_search(now) {
        return Ok(None);
    }
    let found = queue.missing_from(work.store, now)?;
    queue::compact(work.store, Some((now, &found)))?;
    Ok(found.unread)
}
