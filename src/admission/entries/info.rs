//! What is known of one entry.

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

/// An entry of the weblog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntryInfo {
    /// Its permalink.
    pub url: Option<Url>,
    /// Its title as plain text.
    pub title: Option<String>,
    /// Its description, as one line of plain text.
    pub describe: Option<String>,
    /// Whether it is on the public list of ids.
    pub listing: ListingPolicy,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// Its own passphrase for pings, if it has one.
    pub passphrase: Option<String>,
    /// Keys written by other versions of this program.
    pub rest: Map<String, Value>,
}

/// Whether an id is listed publicly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListingPolicy {
    /// It is not.
    #[default]
    Unlisted,
    /// It is on the list of ids, as a category that anybody may browse.
    Listed,
}

/// The maximum length of a description, in characters.
pub const MAX_DESCRIPTION: usize = 500;
