//! The owner's decisions.
//!
//! * [`action`]: what can be done with pings.
//! * [`apply`]: carries out a decision.
//! * [`backlog`]: publishes what waited only for its publisher to be approved.
//! * [`inbox`]: the pings of all ids by time.
//! * [`digest`]: the mail to the owner when pings wait.
//! * [`stats`]: how many pings there are, and of what kind.
pub mod action;
pub mod apply;
pub mod backlog;
pub mod digest;
pub mod inbox;
pub mod stats;
