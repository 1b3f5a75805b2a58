//! What a run of the verification works on, and how it is ended early.

use crate::config::Config;
use crate::linkback::trackback::TbId;
use crate::store::{Reason, State, Store};
use crate::verify::queue::{self, Key, QueueItem};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A ping whose page was checked.
#[derive(Debug, Clone)]
pub struct VerifiedPing<'a> {
    /// The id.
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

/// Ends a run from outside: what is being written is finished, and nothing more is begun.
#[derive(Debug, Default)]
pub struct Halt {
    pub(super) state: Mutex<HaltState>,
}

#[derive(Debug, Default)]
pub(super) struct HaltState {
    pub(super) halted: bool,
    pub(super) data_dir: PathBuf,
    /// The pings whose pages are being read, each with what the queue is to say if that is ended from outside.
    pub(super) begun: BTreeMap<Key, Option<QueueItem>>,
}

impl Halt {
    /// Waits for a write that is under way, which takes milliseconds, and allows no other. The pages that are being
    /// read are no try: it was not they that ended the program.
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
            // What cannot be noted counts as a try.
            queue::put_anew(&store, key, *item).ok();
        }
    }

    /// Whether it was called.
    pub fn is_halted(&self) -> bool {
        self.lock().halted
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, HaltState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a run works with.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The installation.
    pub config: &'a Config,
    /// Its pings.
    pub store: &'a Store,
    /// Tells the time: a run may last.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Ends it from outside.
    pub halt: &'a Halt,
}
