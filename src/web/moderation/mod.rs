//! The owner's moderation pages.
//!
//! * [`page`]: the list of pings.
//! * [`actions`]: the actions of its buttons.
//! * [`notice`]: the notice after a decision.
//! * [`review`]: the page of a link in the mail.
//! * [`feed`]: the waiting pings as a feed at a secret URL.

pub(crate) mod actions;
pub(crate) mod feed;
mod links;
pub(crate) mod notice;
pub(crate) mod page;
pub(crate) mod review;
