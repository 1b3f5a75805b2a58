//! What is done by force: calls that fail or are the last, full disks, file systems, other users, hundreds of hosts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers do so too, and what it printed is then shown"
)]

mod check;
mod failed_calls;
mod few_threads;
mod full_disk;
mod hostile_user;
mod import;
mod killed;
mod little_memory;
mod many_hosts;
mod one_process;
mod other_users;
mod power_cut;
mod prune;
mod purge;
mod send;
mod serve;
#[path = "../support/mod.rs"]
mod support;
mod system_calls;
mod throttle_file;
mod torn_files;
mod verify;
mod web_setup;
mod wrong_reads;
