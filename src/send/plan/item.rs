//! What is wanted of a plan, and what stands in it.

use jiff::Timestamp;
use url::Url;

use crate::linkback::Protocol;
use crate::send::ledger::{LinkStanding, Occasion};
use crate::send::ping_url::Guess;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct SendOptions {
    /// Links to the entry's own site too.
    pub include_own: bool,
    /// Links that their author does not stand behind too.
    pub nofollow: bool,
    /// What was not pinged because it failed a while ago, now; also what was given up.
    pub retry: bool,
    /// What may have been sent or not, once more.
    pub retry_uncertain: bool,
    /// Entries and targets whose pings are sent again although they were sent or refused.
    pub resend: Vec<Url>,
    /// Beginnings of URLs (with or without the scheme) that are never pinged.
    pub skip: Vec<String>,
    /// Pages that count as own whatever the entry's domain.
    pub site: Vec<Url>,
    /// Whether a ping URL that a page does not name may be guessed.
    pub guess: Guess,
    /// The protocols that are spoken.
    pub protocols: Vec<Protocol>,
    /// The time.
    pub now: Timestamp,
}

/// One link to ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its entry's index.
    pub entry: usize,
    /// Its index among the entry's links; `None` if it is there no longer.
    pub link: Option<usize>,
    /// The page to look at; for a paper its abstract.
    pub target: Url,
    /// Where it stood.
    pub standing: Option<LinkStanding>,
    /// Why it is sent again; `None` for what was not sent before.
    pub occasion: Option<Occasion>,
    /// Whether its page was looked at before, and named no ping URL, and is looked at again only because more protocols
    /// are spoken by now.
    pub is_old: bool,
}

/// An entry whose page may be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionCheck {
    /// Where it was published.
    pub permalink: Url,
    /// The pages that have a Webmention of it.
    pub targets: Vec<Url>,
}

/// Whether a URL begins so, with or without its scheme.
pub(super) fn begins(url: &Url, skip: &str) -> bool {
    let skip = skip.trim();
    let text = url.as_str();
    let bare = text.split_once("://").map_or(text, |(_, bare)| bare);
    !skip.is_empty() && (text.starts_with(skip) || bare.starts_with(skip))
}
