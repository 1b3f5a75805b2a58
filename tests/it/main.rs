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
mod categories;
mod cgi;
mod charsets;
mod cli_check;
mod cli_init;
mod cli_names;
mod cli_passphrase;
mod cli_passwd;
mod cli_ping;
mod cli_pings;
mod discovery_table;
mod discussion;
mod entries;
mod environment;
mod examples;
mod export;
mod fetch;
mod flood;
mod golden;
mod hostile_set_up;
mod import;
mod jf2;
mod languages;
mod linkback_abuse;
mod moderation;
mod moderation_again;
mod moderation_changed;
mod moderation_hostile;
mod moderation_page;
mod moderation_undo;
mod moderation_widen;
mod owner_pages;
mod owner_settings;
mod parity;
mod passphrases;
mod pingback;
mod prune;
mod public_suffixes;
mod purge;
mod queue;
mod readers_agree;
mod readme;
mod send;
mod send_pingback;
mod send_webmention;
mod serve;
mod serve_attacks;
mod sessions;
mod snippets;
mod sources;
mod sources_folders;
mod sources_sites;
mod spellings;
mod stats;
mod store;
mod submit;
#[path = "../support/mod.rs"]
mod support;
mod tidy;
mod verify;
mod web_setup;
mod webmention;
mod webmention_bridgy;
mod webmention_discovery;
mod webmention_endpoint;
mod webmention_proxies;
mod webmention_shown;
mod webmention_trust;
mod webmention_unseen;
