//! What the server writes to standard error: by a thread of its own, so that no client waits for who reads it.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How much may wait to be written, in bytes, besides one line.
const MAX_WAITING: usize = 256 << 10;
/// How long a line waits for room, once for each time that what waited was written.
const PAUSE: Duration = Duration::from_millis(100);
/// A pipe that takes anything takes so many bytes.
const PIPE_BUF: usize = 4096;
/// The stack of the thread, in bytes.
const STACK: usize = 64 << 10;

/// The lines that wait to be written, and the thread that writes them in their order.
#[derive(Debug, Default)]
pub(super) struct ErrorLog {
    shared: Arc<LogShared>,
}

#[derive(Debug, Default)]
struct LogShared {
    state: Mutex<LogState>,
    /// Signalled when a line was added.
    added: Condvar,
    /// Signalled when there is room, and when all is written.
    taken: Condvar,
}

#[derive(Debug, Default)]
struct LogState {
    lines: Vec<u8>,
    has_thread: bool,
    is_writing: bool,
    /// Nothing was taken while a line waited for room.
    is_stalled: bool,
}

impl LogState {
    fn has_room(&self, line: &str) -> bool {
        self.lines.is_empty() || self.lines.len() + line.len() <= MAX_WAITING
    }
}

impl ErrorLog {
    /// Writes a line, which has its line break, after those before. It is dropped if what waits is not taken.
    pub(super) fn write(&self, line: &str) {
        let mut state = self.shared.lock();
        if !state.has_thread && !self.start(&mut state) {
            drop(state);
            return write_if_ready(line);
        }
        if !state.has_room(line) && !state.is_stalled {
            // The thread may be behind on a busy machine, although what it writes to takes everything.
            let (waited, timeout) = self
                .shared
                .taken
                .wait_timeout_while(state, PAUSE, |state| !state.has_room(line))
                .unwrap_or_else(PoisonError::into_inner);
            state = waited;
            state.is_stalled = timeout.timed_out();
        }
        if state.has_room(line) {
            state.lines.extend_from_slice(line.as_bytes());
            self.shared.added.notify_one();
        }
    }

    /// Waits until all is written, at most for `timeout`.
    pub(super) fn finish(&self, timeout: Duration) {
        let state = self.shared.lock();
        let is_left = |state: &mut LogState| state.is_writing || !state.lines.is_empty();
        let waited = self
            .shared
            .taken
            .wait_timeout_while(state, timeout, is_left);
        drop(waited);
    }

    /// Starts the thread, if the host allows it.
    fn start(&self, state: &mut LogState) -> bool {
        // A handle of its own: the lock of the standard library's would be held while a write waits.
        let Ok(own) = io::stderr().as_fd().try_clone_to_owned() else {
            return false;
        };
        let shared = Arc::clone(&self.shared);
        let builder = thread::Builder::new().name("log".to_owned());
        let started = builder
            .stack_size(STACK)
            .spawn(move || shared.work(File::from(own)));
        state.has_thread = started.is_ok();
        state.has_thread
    }
}

impl LogShared {
    fn lock(&self) -> MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, mut out: File) {
        let mut state = self.lock();
        loop {
            state = self
                .added
                .wait_while(state, |state| state.lines.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            let lines = std::mem::take(&mut state.lines);
            state.is_writing = true;
            drop(state);
            self.taken.notify_all();
            // Nobody reads it, or its disk is full: the site works without.
            out.write_all(&lines).ok();
            state = self.lock();
            state.is_writing = false;
            state.is_stalled = false;
            self.taken.notify_all();
        }
    }
}

/// Writes to standard error what it takes at once, where the host allows no thread. Only a terminal with room for less
/// than a line can hold this up.
fn write_if_ready(line: &str) {
    // Of two threads that see room for one line, the second would wait.
    let mut errors = io::stderr().lock();
    for part in line.as_bytes().chunks(PIPE_BUF) {
        let mut polled = [PollFd::new(&errors, PollFlags::OUT)];
        let is_ready = poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| ready > 0);
        if !is_ready || errors.write_all(part).is_err() {
            return;
        }
    }
}
