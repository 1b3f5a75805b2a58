//! Ping URLs as a page names them, before it is decided which are its own.

use crate::html::Base;
use crate::linkback::trackback::ping::Ping;
use url::Url;

/// Where on a page a ping URL was found, the most trustworthy first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiscoverySource {
    /// `trackback:ping` of an RDF block (versions 1.1 and 1.2 of the specification).
    Rdf,
    /// `trackback:ping` of a feed's item: as text, or as `rdf:resource` (the module for RSS 2.0 and 1.0).
    Feed,
    /// `<link rel="trackback">` (the drafts of 2005).
    LinkRel,
    /// `<a rel="trackback">` (the drafts of 2005): where a page has only one.
    AnchorRel,
    /// `rdf:about` of an RDF block without `trackback:ping` (version 1.0 of the specification).
    RdfAbout,
    /// The RSD document of the weblog (`<link rel="EditURI">`).
    Rsd,
}

impl DiscoverySource {
    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DiscoverySource::Rdf => "RDF block",
            DiscoverySource::Feed => "feed item",
            DiscoverySource::LinkRel => "link rel=trackback",
            DiscoverySource::AnchorRel => "a rel=trackback",
            DiscoverySource::RdfAbout => "RDF block of version 1.0",
            DiscoverySource::Rsd => "RSD document",
        }
    }
}

/// One block, link or item of a page, with its URLs unresolved.
pub(super) struct PageClaim {
    pub(super) ping: String,
    pub(super) source: DiscoverySource,
    /// The possible permalinks of the entry, the likeliest first.
    pub(super) identifiers: Vec<String>,
    pub(super) title: Option<String>,
}

pub(super) fn ping_url(base: &Base, raw: &str) -> Option<Url> {
    let raw = raw.trim();
    if raw.is_empty() || raw.len() > Ping::MAX_URL {
        return None;
    }
    let mut url = base.join(raw)?;
    url.set_fragment(None);
    (url.as_str().len() <= Ping::MAX_URL).then_some(url)
}
