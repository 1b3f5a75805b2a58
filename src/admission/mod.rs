//! Decides whether a ping is accepted, and in which state.
//!
//! Nearly all pings to a public URL are spam. So the cheap checks come first, unknown publishers wait for the owner, and
//! each decision has a named [`Reason`](crate::store::Reason) that is stored with the ping.
//!
//! * [`layers`]: the checks in their order.
//! * [`bans`]: banned addresses, domains and words.
//! * [`throttle`]: rate limits.
//! * [`ping_auth`]: passphrases and signed ping URLs.
//! * [`entries`]: the entries behind the ids.
//! * [`spam_score`]: whether a text looks like spam.
//! * [`client_addr`]: the stored form of the sender's address.
//! * [`linkback_target`]: the id of the page that a webmention or pingback names.
//! * [`proxies`]: hosts whose pages speak for others.
//! * [`publisher`]: the publisher of a page: a host, or a tenant of a shared host.
//! * `shortener`: hosts that only redirect.
//! * [`domains`]: the publishers that the owner has approved.
pub mod bans;
pub mod client_addr;
pub mod domains;
pub mod entries;
pub mod layers;
pub mod linkback_target;
pub mod ping_auth;
pub mod proxies;
pub mod publisher;
pub(crate) mod shortener;
pub mod spam_score;
pub mod throttle;
