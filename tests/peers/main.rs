//! Programs that others wrote: weblogs, site generators, languages, name servers, TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers do so too, and what it printed is then shown"
)]

mod generators;
mod import;
mod names;
mod notice;
mod outward;
mod packed;
mod send;
mod send_generated;
mod snippets;
#[path = "../support/mod.rs"]
mod support;
mod weblog_sites;
mod wordpress;
mod zinnia;
