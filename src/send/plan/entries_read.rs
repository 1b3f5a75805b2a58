//! The entries that a plan is made of, and which of their links are old.

use jiff::Timestamp;
use url::Url;

use super::item::{OldLink, SendOptions};
use crate::send::ledger::{LedgerState, LinkStanding};
use crate::sources::Entry;

/// The entries that were read, for the record of the first run and for the order of their dates.
#[derive(Debug, Clone, Default)]
pub(super) struct EntriesRead {
    /// Whether the content of an entry was read.
    pub(super) has_content: bool,
    /// Date and index of each entry with links to others; without an index if none of them is planned.
    pub(super) linking: Vec<(Option<Timestamp>, Option<usize>)>,
    /// The permalinks of those to be recorded as read.
    pub(super) read: Vec<String>,
    /// The permalinks of those that the first run could not read.
    pub(super) unread: Vec<String>,
}

impl EntriesRead {
    pub(super) fn add(
        &mut self,
        entry: &Entry,
        has_links: bool,
        index: Option<usize>,
        ledger: &LedgerState,
    ) {
        let permalink = entry.permalink.as_str();
        self.has_content |= entry.digest.is_some() || !entry.links.is_empty();
        if has_links {
            self.linking.push((entry.dated(), index));
        }
        match entry.digest {
            Some(_) if !ledger.has_begun() || ledger.is_left_out(permalink) => {
                self.read.push(permalink.to_owned());
            }
            None if !ledger.has_begun() => self.unread.push(permalink.to_owned()),
            Some(_) | None => {}
        }
    }
}

/// Why a link that is due is old.
pub(super) fn old_link(
    entry: &Entry,
    target: &Url,
    standing: Option<&LinkStanding>,
    ledger: &LedgerState,
    options: &SendOptions,
) -> Option<OldLink> {
    if ledger.has_fewer_protocols(target.as_str(), &options.protocols) {
        return Some(OldLink::FewerProtocols);
    }
    if standing.is_some() {
        return None;
    }
    let permalink = entry.permalink.as_str();
    let unseen = ledger.unseen(permalink, target.as_str(), entry.published);
    unseen.map(OldLink::Unseen)
}
