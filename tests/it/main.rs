//! The built executable and real servers, tested from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers do so too, and what it printed is then shown"
)]

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
mod cli_site;
mod concurrency;
mod corpus;
mod cost;
mod crash_error;
mod crash_kill;
mod crash_lies;
mod crash_torn;
mod discovery_table;
mod entries;
mod environment;
mod examples;
mod export;
mod farm;
mod feeds;
mod flood;
mod generators;
mod golden;
mod hostile;
mod hostile_owner;
mod hostile_set_up;
mod html_browser;
mod html_hostile;
mod import;
mod index;
mod moderate;
mod moderate_browser;
mod moderate_changed;
mod moderate_hostile;
mod names;
mod neighbours;
mod notice;
mod other_users;
mod outward;
mod parity;
mod peers;
mod power;
mod private;
mod prune;
mod purge;
mod queue;
mod readme;
mod repository;
mod send;
mod serve;
mod serve_attacks;
mod servers;
mod sessions;
mod snippets;
mod spellings;
mod starved;
mod stats;
mod store;
mod support;
mod thread;
mod tidy;
mod verify;
mod weblog;
mod weblog_folders;
mod weblog_sites;
mod wordpress;
mod zinnia;
