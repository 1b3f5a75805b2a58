//! Sends pings, Webmentions and Pingbacks: a single one, or all that the entries of a weblog have not sent yet.
//!
//! * [`one_off`]: one message, to an endpoint or to the one that a page names.
//! * [`ledger`]: what was sent where, and how the receivers replied.
//! * [`plan`]: which links to ping.
//! * [`run`]: carries out a plan, with pauses between requests to one host.
//! * [`outcome`]: what a response means, and whether a ping is sent again.
//! * [`ping_url`]: which endpoints of a page may be used.
//! * [`preflight`]: whether an entry is published and has the links that its source has.
//! * [`arxiv`]: rules for arXiv.org only.
//! * [`verify`]: which pings arXiv already lists.
//! * [`import`]: lists of pings that other senders have sent.
//!
//! Specification clauses 1 to 4 and 9. A ping succeeds only by the receiver's own `<error>0</error>`. Each link is sent
//! by one protocol. The ledger records a message before it is sent, so however the program ends, nothing is sent twice.

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
pub use one_off::{
    LinkbackMessage, PingDestination, client, client_of, post, post_recorded, reach,
};
pub use outcome::PingOutcome;
pub use ping_url::discover;
