//! The owner's decisions.
//!
//! * [`action`]: the actions.
//! * [`apply`]: applies a decision.
//! * [`backlog`]: publishes pings that waited only for an approval.
//! * [`change`]: what a decision did to a ping.
//! * [`decision_link`]: the signed links in the mail.
//! * [`inbox`]: the pings of all ids by time.
//! * [`digest`]: the mail to the owner when pings wait.
//! * [`look_again`]: has the page of a ping checked again.
//! * [`next_check`]: when the page of a waiting ping is checked next.
//! * [`stats`]: statistics of the pings.
//! * [`undo`]: takes a decision back.
pub mod action;
pub mod apply;
pub mod backlog;
pub mod change;
pub mod decision_link;
pub mod digest;
pub mod inbox;
pub mod look_again;
pub mod next_check;
pub mod stats;
pub mod undo;
