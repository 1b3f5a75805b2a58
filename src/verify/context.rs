//! The context of a verification run, and its early end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::config::Config;
use crate::error::Error;
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Reason, State, Store};
use crate::verify::queue::{self, PingKey, QueueItem};

/// A ping whose page was checked.
#[derive(Debug, Clone)]
pub struct VerifiedPing<'a> {
    /// Its id.
    pub id: &'a TbId,
    /// The ping's number.
    pub number: u64,
    /// Its permalink.
    pub url: &'a str,
    /// Its state now.
    pub state: State,
    /// Why it is in that state.
    pub why: Option<&'a Reason>,
    /// When its page is checked again.
    pub again: Option<Timestamp>,
}

/// Stops a run from outside: a write in progress is finished, and nothing more is started.
#[derive(Debug, Default)]
pub struct Halt {
    pub(super) state: Mutex<HaltState>,
}

#[derive(Debug, Default)]
pub(super) struct HaltState {
    pub(super) halted: bool,
    pub(super) data_dir: PathBuf,
    /// The pings whose pages are being checked, each with its queue entry for the case that the run is halted.
    pub(super) begun: BTreeMap<PingKey, Option<QueueItem>>,
}

impl Halt {
    /// Waits for a write in progress, which takes milliseconds, and prevents further ones. The checks in progress do not
    /// count as failed: it was not they that ended the program.
    pub fn halt(&self) {
        let mut state = self.lock();
        state.halted = true;
        let begun = std::mem::take(&mut state.begun);
        if begun.is_empty() {
            return;
        }
        let Ok(store) = Store::open(&state.data_dir) else {
            return;
        };
        for (key, item) in &begun {
            // If this fails, the check counts as a failed one.
            queue::replace(&store, key, *item).ok();
        }
    }

    /// Whether the run was halted.
    pub fn is_halted(&self) -> bool {
        self.lock().halted
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, HaltState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What kept a run from reading pings, or from storing results. The log has each.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Failures {
    /// How many there were.
    pub count: usize,
    /// The first.
    pub first: String,
}

impl Failures {
    pub(super) fn note(&mut self, error: &str) {
        if self.count == 0 {
            self.first = error.to_owned();
        }
        self.count += 1;
    }

    pub(super) fn note_all(&mut self, errors: impl IntoIterator<Item = Error>) {
        for error in errors {
            self.note(&error.to_string());
        }
    }
}

/// The context of a run.
#[derive(Clone, Copy)]
pub struct VerifyContext<'a> {
    /// The installation.
    pub config: &'a Config,
    /// Its pings.
    pub store: &'a Store,
    /// The clock: a run may take long.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Stops the run from outside.
    pub halt: &'a Halt,
}

impl VerifyContext<'_> {
    /// Logs why a ping could not be checked, or the result not be stored.
    pub(super) fn log_failure(&self, (id, number): &PingKey, error: &str) {
        let event = Event::new((self.clock)(), EventName::CheckFailed)
            .with("tb_id", id.as_str())
            .with("id", *number)
            .with("error", error);
        self.store.log(&event);
    }
}
