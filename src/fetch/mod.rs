//! The only module that makes outgoing connections.
//!
//! The URLs come from strangers: linked pages, redirect targets, the permalinks of pings. So [`guard`] checks every hop,
//! one deadline covers the whole request whatever the peer does, and memory is limited. No proxy is used, not even one
//! from the environment: under CGI a client can set one (httpoxy), and a proxy would connect to unchecked addresses.
//!
//! Interpreting a page or a reply is left to the callers.

mod client;
mod coding;
mod convert_error;
pub mod guard;
pub mod inflate;
mod interfaces;
mod names;
mod page;
pub(crate) mod politeness;
mod resolve;

pub use client::{Client, ClientOptions, Gate, Timeout};
pub use guard::Reach;
pub use page::{Page, Validators, parse_retry_after};
