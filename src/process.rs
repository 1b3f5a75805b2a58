//! The process: its clock and its signals.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use crate::error::{Error, Result};

/// The time in whole seconds, which is how finely it is stored and shown.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Makes a write beyond the file size quota fail instead of killing the process in the middle of a line.
pub(crate) fn survive_quota() -> Result<()> {
    survive(signal_hook::consts::SIGXFSZ)
}

/// Ignores a signal from now on.
pub(crate) fn survive(signal: i32) -> Result<()> {
    let flag = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal, flag).map_err(Error::Stream)?;
    Ok(())
}
