//! Policy: what becomes of a ping.
//!
//! Nearly every ping that a public URL gets is spam. So what is cheap to look at is looked at first, what is not
//! known waits for the owner, and each decision has a named reason that stands in the record.
//!
//! * [`Reason`]: why a ping is in its state.
//! * [`change`]: a change to pings and what follows from it.

pub mod change;
mod origin;
mod reason;

pub use origin::origin;
pub use reason::Reason;
