//! Programs that others wrote: weblogs, site generators, languages, name servers, TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers do so too, and what it printed is then shown"
)]

mod arxiv;
mod bylines;
mod digest;
mod dns;
mod feed_dates;
mod fetch;
mod fetch_compressed;
mod generators;
mod https;
mod import;
mod jf2;
mod ledger_in_git;
mod man;
mod microformats;
mod public_suffixes;
mod send;
mod send_generated;
mod send_redirected;
mod snippets;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod themes;
mod webmention;
mod webmention_announced;
mod webmention_received;
mod wordpress;
mod zinnia;
