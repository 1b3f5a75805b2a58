//! Deletes what nobody needs any more.
//!
//! * [`retention`]: old junk goes by itself, and of too many pings that wait the oldest become junk.
//! * [`garbage`]: the same and more, when the owner asks for it (`tb prune`).
pub mod garbage;
pub mod retention;
