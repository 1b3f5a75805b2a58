//! The built executable and real servers, tested from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and its helpers do so too"
)]

mod cli_check;
mod cli_init;
mod cli_outward;
mod cli_passwd;
mod cli_pings;
mod cli_site;
mod outward;
mod store;
mod support;
