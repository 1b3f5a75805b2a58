//! Sends pings, Webmentions and Pingbacks: one by hand, or all that the entries of a weblog have not sent yet.
//!
//! * [`one_off`]: one message, to an endpoint or to the one that a page names.
//! * [`ledger`]: what was sent to whom, and what they said.
//! * [`plan`]: which links are to be pinged.
//! * [`run`]: a plan carried out, politely.
//! * [`outcome`]: what an answer means, and whether a ping is sent again.
//! * [`ping_url`]: which endpoints of a page may be used.
//! * [`preflight`]: whether an entry is published and links where its source says.
//! * [`arxiv`]: what holds for arXiv.org alone.
//! * [`verify`]: which pings arXiv lists by now.
//! * [`import`]: the lists of other senders.
//!
//! Specification clauses 1 to 4 and 9. A ping is a success only by the other side's own `<error>0</error>`. Each link
//! is told by one protocol. Nothing is sent before the ledger says that it is about to be, so whatever ends the program, nothing is sent twice.

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
pub use one_off::{Address, Message, client, client_of, post, reach, recorded};
pub use outcome::PingOutcome;
pub use ping_url::discover;
