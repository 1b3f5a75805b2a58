//! Buckets, requests for tokens, and the open file.

use std::sync::Mutex;

use crate::dir::Opened;

/// The file, open for as long as the store is: a ping counts twice.
#[derive(Debug, Default)]
pub(in crate::store) struct ThrottleFile {
    pub(super) open: Mutex<Option<Opened>>,
}

/// How much is allowed: `burst` at once, and as many again in each `period_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Tokens in a full bucket, 1 or more.
    pub burst: u32,
    /// Seconds in which an empty bucket becomes full.
    pub period_seconds: u32,
}

/// What a bucket is for. The first eight are one bucket each, the rest one for each key.
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
    /// Lines in the log for what was refused.
    Refusals,
    /// Lines in the log for mistakes in the list of bans.
    BanFaults,
    /// Pings that are junk when they come.
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
    /// Ids that have no ping yet, named from an address prefix.
    NewIdPrefix,
    /// Requests to a domain for the pages behind pings.
    Pace,
}

/// A request for one token.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'key> {
    /// What for.
    pub region: Region,
    /// Whose; empty where the region is one bucket.
    pub key: &'key str,
    /// How many there are.
    pub bucket: Bucket,
    /// What it means that there is none.
    pub over: Over,
}

/// What an empty bucket means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// No token is taken from any bucket.
    Refuse,
    /// It is reported, and the other tokens are taken.
    Say,
}
