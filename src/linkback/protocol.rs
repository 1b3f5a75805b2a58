//! The names of the protocols.

/// A protocol by which one page tells another that it links to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Six Apart's, of 2002: a form with the text that is shown.
    TrackBack,
    /// Hixie's and Langridge's, of 2002: a call in XML-RPC with two URLs.
    Pingback,
    /// The W3C's, of 2017: a form with two URLs.
    Webmention,
}

impl Protocol {
    /// All of them, the oldest first.
    pub const ALL: [Protocol; 3] = [
        Protocol::TrackBack,
        Protocol::Pingback,
        Protocol::Webmention,
    ];

    /// The name in the configuration, in records and in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::TrackBack => "trackback",
            Protocol::Pingback => "pingback",
            Protocol::Webmention => "webmention",
        }
    }

    /// The protocol of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Protocol> {
        Protocol::ALL
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }
}
