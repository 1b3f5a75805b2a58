//! What is done by force: calls that fail or are the last, full disks, file systems, other users, hundreds of hosts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers do so too, and what it printed is then shown"
)]

mod cost;
mod crash_error;
mod crash_kill;
mod crash_lies;
mod crash_torn;
mod farm;
mod full_disk;
mod import;
mod neighbours;
mod other_users;
mod power;
mod prune;
mod purge;
mod send;
mod starved;
#[path = "../support/mod.rs"]
mod support;
mod throttle_file;
mod verify;
