//! The owner's moderation pages.
//!
//! * [`page`]: the list of pings.
//! * [`actions`]: the actions of its buttons.
//! * [`approve`]: the notice after an approval.
//! * [`feed`]: the waiting pings as a feed at a secret URL.

pub(crate) mod actions;
pub(crate) mod approve;
pub(crate) mod feed;
mod links;
pub(crate) mod page;
