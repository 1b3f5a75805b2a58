//! Real web servers that run the built executable, and a real browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers do so too, and what it printed is then shown"
)]

/// Clauses that every host keeps: here under the web servers, in `tests/it` under `tb serve`.
macro_rules! under_a_web_server {
    ($($test:item)*) => { $($test)* };
}
macro_rules! under_tb_serve {
    ($($test:item)*) => {};
}

#[path = "../hosts/mod.rs"]
mod hosts;

mod accessible;
mod categories;
mod concurrency;
mod discussion;
mod feeds;
mod first_ping;
mod hostile_pages;
mod html_browser;
mod html_suite;
mod html_valid;
mod import;
mod judged;
mod moderation;
mod owner_pages;
mod package;
mod readme;
mod serve_connections;
mod sessions;
mod shipped;
#[path = "../support/mod.rs"]
mod support;
mod userdir;
mod verify;
mod verify_in_chromium;
mod web_setup;
mod webmention_form;
