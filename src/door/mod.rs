//! The ways in. Each makes a [`Request`](crate::site::Request) or runs a command, and writes once.
//!
//! * [`cgi`]: one request from the environment and standard input.
//! * [`cli`]: the owner's commands.
//! * [`serve`]: the same site behind a built-in HTTP server.
//!
//! What the doors share: [`mail`] to the owner.

pub mod cgi;
pub mod cli;
pub mod mail;
pub mod serve;
pub mod upkeep;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use crate::error::{Error, Result};

/// The time in whole seconds: finer ones say nothing and would be printed.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Over a quota of file size, lets writing fail instead of killing the process in mid-line.
fn survive_quota() -> Result<()> {
    survive(signal_hook::consts::SIGXFSZ)
}

/// Lets a signal pass from now on.
fn survive(signal: i32) -> Result<()> {
    let flag = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal, flag).map_err(Error::Stream)?;
    Ok(())
}
