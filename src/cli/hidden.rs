//! Input from a terminal without echo.
//!
//! Echo is switched off before the question is printed, so that no fast typist is seen, and restored however the
//! question ends: Ctrl-C must not leave a shell without echo.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, Result};

/// Switches off the echo of standard input, a terminal, until it is dropped.
pub(super) struct HiddenInput {
    shown: Termios,
    interrupted: Arc<AtomicBool>,
    /// Set when the terminal is restored; signals then have their default effect again.
    restored: Arc<AtomicBool>,
}

impl HiddenInput {
    pub(super) fn begin() -> Result<HiddenInput> {
        let stream = |errno: Errno| Error::Stream(errno.into());
        let shown = tcgetattr(stdin()).map_err(stream)?;
        let interrupted = Arc::new(AtomicBool::new(false));
        let restored = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&restored))
                .map_err(Error::Stream)?;
            flag::register(signal, Arc::clone(&interrupted)).map_err(Error::Stream)?;
        }
        let mut modes = shown.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        modes
            .local_modes
            .insert(LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        let hidden = HiddenInput {
            shown,
            interrupted,
            restored,
        };
        // Discards what was typed before the question.
        tcsetattr(stdin(), OptionalActions::Flush, &modes).map_err(stream)?;
        Ok(hidden)
    }

    /// Asks on standard error, since the output may go to a file, and reads one line.
    pub(super) fn ask(&self, question: &str) -> Result<String> {
        write!(io::stderr(), "{question}").map_err(Error::Stream)?;
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let mut buffer = [0; 4096];
            let count = self.read_input(&mut buffer)?;
            if count == 0 {
                break;
            }
            line.extend_from_slice(&buffer[..count]);
        }
        if line.pop().is_none() {
            return Err(Error::Usage("nothing was typed".to_owned()));
        }
        String::from_utf8(line).map_err(|_| Error::Usage("it must be UTF-8".to_owned()))
    }

    fn read_input(&self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            // Unlike a read, a poll is never restarted after a signal.
            let ready = poll(&mut [PollFd::new(&stdin(), PollFlags::IN)], None);
            if self.interrupted.load(Ordering::SeqCst) {
                return Err(Error::Stream(io::ErrorKind::Interrupted.into()));
            }
            match ready.and_then(|_| rustix::io::read(stdin(), &mut *buffer)) {
                Err(Errno::INTR | Errno::AGAIN) => {}
                read => return read.map_err(|errno| Error::Stream(errno.into())),
            }
        }
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        tcsetattr(stdin(), OptionalActions::Now, &self.shown).ok();
        self.restored.store(true, Ordering::SeqCst);
    }
}
