//! The process: its clock and its signals.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use crate::error::{Error, Result};

/// The current time in whole seconds, the precision with which times are stored and shown.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Makes a write beyond the file size limit fail instead of killing the process in the middle of a line.
pub(crate) fn ignore_quota_signal() -> Result<()> {
    ignore_signal(signal_hook::consts::SIGXFSZ)
}

/// Ignores a signal from now on.
pub(crate) fn ignore_signal(signal: i32) -> Result<()> {
    let flag = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal, flag).map_err(Error::Stream)?;
    Ok(())
}
