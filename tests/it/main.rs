//! The built executable and real servers, tested from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stderr,
    dead_code,
    reason = "a test that panics has failed, which is what it is for"
)]

mod servers;
mod support;
