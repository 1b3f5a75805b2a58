//! Whether a ping comes in, and in which state.
//!
//! Nearly every ping that a public URL gets is spam. So the cheap checks come first, what is unknown waits for the
//! owner, and each decision has a named [`Reason`](crate::store::Reason) that is stored with the ping.
//!
//! * [`layers`]: the checks in their order.
//! * [`bans`]: addresses, domains and words that the owner does not want.
//! * [`throttle`]: rate limits.
//! * [`ping_auth`]: passphrases and signed ping URLs.
//! * [`entries`]: the entries behind the ids.
//! * [`spam_score`]: whether a text reads like spam.
//! * [`client_addr`]: the sender's network, as far as it is kept.
//! * [`publisher`]: who publishes a page: a host, or one of those who share it.
//! * [`domains`]: the publishers that the owner has approved.
pub mod bans;
pub mod client_addr;
pub mod domains;
pub mod entries;
pub mod layers;
pub mod ping_auth;
pub mod publisher;
pub mod spam_score;
pub mod throttle;
