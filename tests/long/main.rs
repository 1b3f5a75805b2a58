//! Sweeps that need nothing but Rust and take minutes: a corpus of spam, every state of an index, every shape of a page.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers do so too, and what it printed is then shown"
)]

mod corpus;
mod html_hostile;
mod html_hostile_whole;
mod index;
mod mentions;
mod microformats_hostile;
#[path = "../support/mod.rs"]
mod support;
