//! The built executable and real servers, tested from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and its helpers do so too"
)]

mod outward;
mod store;
mod support;
mod tidy;
