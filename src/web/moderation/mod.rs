//! The owner's pages on which pings are moderated.
//!
//! * [`page`]: the list of what waits.
//! * [`actions`]: what the buttons do.
//! * [`approve`]: the page that says whom an approval makes known.
//! * [`feed`]: what waits, as a feed at a secret address.
pub(crate) mod actions;
pub(crate) mod approve;
pub(crate) mod feed;
mod links;
pub(crate) mod page;
