//! Policy: what becomes of a ping.
//!
//! Nearly every ping that a public URL gets is spam. So what is cheap to look at is looked at first, what is not
//! known waits for the owner, and each decision has a named reason that stands in the record.
//!
//! * [`admission`]: whether a ping comes in, and in which state: the layers in their order.
//! * [`bans`]: addresses, domains and words that the owner does not want.
//! * [`throttle`]: how many pings come in.
//! * [`private`]: passphrases and signed ping URLs.
//! * [`entries`]: what is known of the entries behind the ids.
//! * [`score`]: whether a text reads like spam.
//! * [`Reason`]: why a ping is in its state.
//! * [`repeat`]: what becomes of a ping from a permalink that has pinged before.
//! * [`change`]: a change to pings and what follows from it.
//! * [`decide`]: what the owner decides.
//! * [`domains`]: whom the owner has approved.
//! * [`publisher`]: who that can be: a host, or one of those who share it.
//! * [`backlog`]: what waited for nothing else.
//! * [`queue`]: which pages are to be looked at, and when.
//! * [`verify`]: looks at them, and decides.
//! * `meter`: how often other servers are asked for that.
//! * [`overview`]: the pings of all ids.
//! * [`purge`]: junk that is old goes, and what waits too long in too long a queue.
//! * [`prune`]: the same and more, when the owner asks for it.
//! * [`stats`]: how many pings there are, and of what kind.
//! * [`notice`]: the mail to the owner when pings wait.

pub mod admission;
pub mod backlog;
pub mod bans;
pub mod change;
pub mod decide;
pub mod domains;
mod echo;
pub mod entries;
mod judge;
mod look;
mod meter;
pub mod notice;
mod offer;
mod origin;
pub mod overview;
pub mod private;
pub mod prune;
pub mod publisher;
pub mod purge;
pub mod queue;
mod reason;
pub mod repeat;
pub mod score;
mod shortener;
pub mod stats;
pub mod throttle;
mod verdict;
pub mod verify;

pub use origin::origin;
pub use reason::Reason;
