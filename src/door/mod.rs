//! The ways in. Each makes a [`Request`](crate::site::Request) or runs a command, and writes once.
//!
//! * [`cgi`]: one request from the environment and standard input.
//! * [`cli`]: the owner's commands.
//! * [`serve`]: the same site behind a built-in HTTP server.

pub mod cgi;
pub mod cli;
pub mod serve;
