//! The values that a key of the configuration can have, where they are words.

/// A form in which pings are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFormat {
    /// RSS 2.0.
    Rss,
    /// Atom (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
    /// A fragment of HTML, to be put into a page.
    Html,
}

impl FeedFormat {
    /// All of them.
    pub const ALL: [FeedFormat; 4] = [
        FeedFormat::Rss,
        FeedFormat::Atom,
        FeedFormat::Json,
        FeedFormat::Html,
    ];

    /// What it is called in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            FeedFormat::Rss => "rss",
            FeedFormat::Atom => "atom",
            FeedFormat::Json => "json",
            FeedFormat::Html => "html",
        }
    }
}

/// Which ids take pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Any.
    Any,
    /// Those that `tb entries` has learnt, or that have a ping already.
    Known,
}

/// What becomes of a new ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publish {
    /// It is published at once, as tb.cgi did.
    All,
    /// It is published once its page is seen to link here.
    Verified,
    /// As `Verified`, and the owner has approved its domain before.
    Known,
    /// It is held for the owner.
    None,
}

/// Whether floods are slowed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Yes.
    On,
    /// No: a laboratory.
    Off,
}

/// Whether addresses that are not public may be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowPrivate {
    /// Never: the rule on a real site.
    No,
    /// Yes: a laboratory.
    Yes,
}

/// How much of a sender's address is kept with its ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// The /24 of an IPv4 address, the /48 of an IPv6 address.
    Prefix,
    /// All of it.
    Full,
    /// Nothing.
    None,
}
