//! Deletes data that is no longer needed.
//!
//! * [`retention`]: the automatic removal of old junk, and the limit of waiting pings.
//! * [`garbage`]: the same and more, at the owner's request (`tb prune`).
pub mod garbage;
pub mod retention;
