//! The owner's decisions.
//!
//! * [`action`]: the actions.
//! * [`apply`]: applies a decision.
//! * [`backlog`]: publishes pings that waited only for an approval.
//! * [`inbox`]: the pings of all ids by time.
//! * [`digest`]: the mail to the owner when pings wait.
//! * [`stats`]: statistics of the pings.
pub mod action;
pub mod apply;
pub mod backlog;
pub mod digest;
pub mod inbox;
pub mod stats;
