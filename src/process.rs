//! The process: its clock and its signals.

use std::io;
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
    let registered = signal_hook::flag::register(signal, flag);
    registered.map(drop).map_err(|cause| Error::System {
        doing: "ignore a signal",
        cause,
    })
}

/// Whether the process was started with a signal ignored, as `nohup` does; `false` where the system does not say.
pub(crate) fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = signal
        .checked_sub(1)
        .and_then(|bit| u32::try_from(bit).ok());
    let bit = bit.and_then(|bit| 1_u64.checked_shl(bit));
    mask.zip(bit).is_some_and(|(mask, bit)| mask & bit != 0)
}

/// The error of a process or thread that could not be started, which says what the host lacks.
pub(crate) fn spawn_error(cause: io::Error) -> io::Error {
    match cause.kind() {
        io::ErrorKind::WouldBlock => io::Error::new(
            io::ErrorKind::WouldBlock,
            "the host allows no more processes or threads (`ulimit -u`)",
        ),
        _ => cause,
    }
}
