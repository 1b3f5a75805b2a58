//! Buckets, requests for tokens, and the open file.

use std::sync::Mutex;

use crate::dir::Opened;

/// The file, kept open as long as the store, because a ping takes tokens twice.
#[derive(Debug, Default)]
pub(in crate::store) struct ThrottleFile {
    pub(super) open: Mutex<Option<Opened>>,
}

/// A limit: `burst` at once, refilled over `period_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Tokens in a full bucket, 1 or more.
    pub burst: u32,
    /// Seconds in which an empty bucket is refilled.
    pub period_seconds: u32,
}

/// The use of a bucket. The first eight have a single bucket each, the others one for each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// Pings in all.
    Site,
    /// Ids that have no ping yet.
    NewIds,
    /// Pings that will wait for the owner.
    Waiting,
    /// Attempts to log in, from anywhere.
    Logins,
    /// Log lines for refused pings.
    Refusals,
    /// Log lines for errors in the list of bans.
    BanFaults,
    /// Pings that are junk when received.
    Junk,
    /// Requests to other servers for the pages behind pings.
    Dial,
    /// Pings from an address prefix.
    Prefix,
    /// Pings from a domain.
    Domain,
    /// Pings to an id.
    Id,
    /// Attempts to log in from an address prefix.
    LoginPrefix,
    /// Ids that have no ping yet, pinged from an address prefix.
    NewIdPrefix,
    /// Requests to a domain for the pages behind pings.
    Pace,
    /// Webmentions from one page to another.
    Pair,
}

/// A request for one token.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'key> {
    /// The use.
    pub region: Region,
    /// The key; empty if the region has a single bucket.
    pub key: &'key str,
    /// The limit.
    pub bucket: Bucket,
    /// What to do if the bucket is empty.
    pub on_empty: OnEmpty,
}

/// What to do if a bucket is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEmpty {
    /// Take no token from any bucket.
    Refuse,
    /// Report it, and take the other tokens.
    Report,
}
