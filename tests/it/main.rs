//! The built executable, tested from outside, by whoever has Rust and no other program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers do so too, and what it printed is then shown"
)]

/// Clauses that every host keeps: here under `tb serve`, in `tests/servers` under the web servers.
macro_rules! under_tb_serve {
    ($($test:item)*) => { $($test)* };
}
macro_rules! under_a_web_server {
    ($($test:item)*) => {};
}

#[path = "../hosts/mod.rs"]
mod hosts;

mod backup;
mod bans;
mod cgi;
mod charsets;
mod cli_check;
mod cli_init;
mod cli_outward;
mod cli_passwd;
mod cli_pings;
mod cli_private;
mod discovery_table;
mod entries;
mod environment;
mod examples;
mod export;
mod flood;
mod golden;
mod hostile_set_up;
mod import;
mod moderate;
mod moderate_changed;
mod moderate_hostile;
mod outward;
mod parity;
mod private;
mod prune;
mod purge;
mod queue;
mod readme;
mod repository;
mod send;
mod serve;
mod serve_attacks;
mod sessions;
mod snippets;
mod spellings;
mod stats;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod thread;
mod tidy;
mod verify;
mod weblog;
mod weblog_folders;
mod weblog_sites;
