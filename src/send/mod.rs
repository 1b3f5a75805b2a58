//! Sends pings: a single one, or all that the entries of a weblog have not sent yet.
//!
//! * [`one_off`]: one ping, to a ping URL or to the one that a page names.
//! * [`ledger`]: which pings were sent where, and how the receivers replied.
//! * [`plan`]: which links to ping.
//! * [`run`]: carries out a plan, with pauses between requests to one host.
//! * [`outcome`]: what a response means, and whether a ping is sent again.
//! * [`ping_url`]: which ping URL of a page may be used.
//! * [`preflight`]: whether an entry is published and has the links that its source has.
//! * [`arxiv`]: rules for arXiv.org only.
//! * [`verify`]: which pings arXiv already lists.
//! * [`import`]: lists of pings that other senders have sent.
//!
//! Specification clauses 1 to 4 and 9. Only the receiver's own `<error>0</error>` is a success. The ledger records a
//! ping before it is sent, so however the program ends, nothing is sent twice.

pub mod arxiv;
pub mod import;
pub mod ledger;
pub mod one_off;
pub mod outcome;
pub mod ping_url;
pub mod plan;
pub mod preflight;
pub mod run;
pub mod verify;

pub use ledger::Ledger;
pub use one_off::{PingDestination, client, client_of, ping, ping_recorded, reach};
pub use outcome::PingOutcome;
pub use ping_url::discover;
