//! The options for a plan, and its items.

use jiff::Timestamp;
use url::Url;

use crate::linkback::Protocol;
use crate::send::ledger::{LinkStanding, Occasion, Unseen};
use crate::send::ping_url::GuessPolicy;

/// What to send.
#[derive(Debug, Clone)]
pub struct SendOptions {
    /// Whether to ping links to the entry's own site.
    pub include_own: bool,
    /// Whether to ping links marked `nofollow` or the like.
    pub nofollow: bool,
    /// Whether to retry failed pings now, including those that were given up.
    pub retry: bool,
    /// Whether to send pings again of which it is unknown whether they arrived.
    pub retry_uncertain: bool,
    /// Entries and targets whose pings are sent again although they were sent or refused.
    pub resend: Vec<Url>,
    /// Prefixes of URLs (with or without the scheme) that are never pinged.
    pub skip: Vec<String>,
    /// Sites that count as the entry's own, whatever its domain.
    pub site: Vec<Url>,
    /// Whether a ping URL that a page does not name may be guessed.
    pub guess: GuessPolicy,
    /// The protocols to use.
    pub protocols: Vec<Protocol>,
    /// The time.
    pub now: Timestamp,
}

/// One link to ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its entry's index.
    pub entry: usize,
    /// Its index among the entry's links; `None` if the entry no longer has it.
    pub link: Option<usize>,
    /// The page to fetch; for a paper its abstract.
    pub target: Url,
    /// Its state when the plan was made.
    pub standing: Option<LinkStanding>,
    /// Why it is sent again; `None` if it was not sent before.
    pub occasion: Option<Occasion>,
    /// Why it is old although the ledger does not say what became of it; `None` if it is new.
    pub old: Option<OldLink>,
}

/// A place on the page of a planned link: an entry there, if the page says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The index of the link in the plan.
    pub link: usize,
    /// What is sent for this place alone.
    pub planned: Planned,
}

/// Why a link is old although the ledger does not say what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldLink {
    /// Its page named no endpoint before, and is fetched again only because this run uses more protocols.
    FewerProtocols,
    /// It is older than the ledger, which has not seen it.
    Unseen(Unseen),
}

/// An entry whose page may be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionCheck {
    /// Its permalink.
    pub permalink: Url,
    /// The pages that got a Webmention of it.
    pub targets: Vec<Url>,
}

/// Whether a URL, with or without its scheme, has this prefix.
pub(super) fn has_prefix(url: &Url, skip: &str) -> bool {
    let skip = skip.trim();
    let text = url.as_str();
    let bare = text.split_once("://").map_or(text, |(_, bare)| bare);
    !skip.is_empty() && (text.starts_with(skip) || bare.starts_with(skip))
}
