//! What is known of one entry.

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

/// What is known of an entry.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntryInfo {
    /// Its permalink.
    pub url: Option<Url>,
    /// Its title as plain text.
    pub title: Option<String>,
    /// What it is about, as plain text of one line.
    pub describe: Option<String>,
    /// Whether it stands on the list of ids.
    pub listing: ListingPolicy,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// What a ping to it must name, if it has one of its own.
    pub passphrase: Option<String>,
    /// What another version of this program wrote.
    pub rest: Map<String, Value>,
}

/// Whether an id is named to readers who do not know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListingPolicy {
    /// It is not.
    #[default]
    Unlisted,
    /// The owner has put it on the list of ids, as a category that anybody may look through.
    Listed,
}

/// The most characters of a description.
pub const MAX_DESCRIPTION: usize = 500;
