//! Values of configuration keys.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A format of the published pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFormat {
    /// RSS 2.0.
    Rss,
    /// Atom (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
    /// JF2, in the shape of webmention.io's API.
    Jf2,
    /// A fragment of HTML, to be put into a page.
    Html,
}

impl FeedFormat {
    /// All of them.
    pub const ALL: [FeedFormat; 5] = [
        FeedFormat::Rss,
        FeedFormat::Atom,
        FeedFormat::Json,
        FeedFormat::Jf2,
        FeedFormat::Html,
    ];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            FeedFormat::Rss => "rss",
            FeedFormat::Atom => "atom",
            FeedFormat::Json => "json",
            FeedFormat::Jf2 => "jf2",
            FeedFormat::Html => "html",
        }
    }
}

/// Which ids accept pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Any.
    Any,
    /// Those that `tb entries` knows, or that have a ping already.
    Known,
}

/// How likes, reposts, bookmarks and RSVPs are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reactions {
    /// Their number, and who they are from.
    Names,
    /// Their number.
    Count,
    /// Not at all.
    Off,
}

/// When a new ping is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publish {
    /// At once, as in tb.cgi.
    All,
    /// When its page was found to link here.
    Verified,
    /// Like `Verified`, if the owner has approved its publisher.
    Known,
    /// Never automatically: it is held for the owner.
    None,
}

impl Publish {
    /// The names in the configuration; the first is the default.
    pub const NAMES: [(&str, Publish); 4] = [
        ("known", Publish::Known),
        ("all", Publish::All),
        ("verified", Publish::Verified),
        ("none", Publish::None),
    ];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        let named = Publish::NAMES.iter().find(|(_, policy)| *policy == self);
        named.map_or("", |(name, _)| name)
    }
}

/// Whether requests are rate limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Yes.
    On,
    /// No: for tests.
    Off,
}

/// Whether requests to private addresses are permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowPrivate {
    /// No: the rule on a real site.
    No,
    /// Yes: for private networks and tests.
    Yes,
}

/// How much of a sender's address is stored with its ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// The /24 of an IPv4 address, the /48 of an IPv6 address.
    Prefix,
    /// All of it.
    Full,
    /// Nothing.
    None,
}

/// A time zone by its name, in any letter case.
pub fn zone_named(name: &str) -> Result<TimeZone, jiff::Error> {
    match name {
        "UTC" => Ok(TimeZone::UTC),
        // The bundled rules, because loading the system's means listing all zone files.
        _ => TimeZoneDatabase::bundled().get(name),
    }
}
