//! Checks which of the pings that arXiv accepted are listed by now: arXiv lists a ping only after a moderator has
//! approved it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use url::Url;

use super::arxiv;
use super::ledger::{Ledger, LedgerEvent, LinkState};
use super::outcome::cause;
use crate::error::Result;
use crate::fetch::Client;

/// Whether one ping is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingCheck {
    /// The permalink of the entry.
    pub entry: String,
    /// The abstract of the paper.
    pub target: String,
    /// Whether the list has the entry.
    pub listed: ListedState,
}

/// Whether a list has an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedState {
    /// It does, and the ledger records that.
    Yes,
    /// It does not, or not yet.
    No,
    /// The list could not be fetched, with the reason.
    Unread(String),
}

/// Fetches the lists below `base` of all papers with pings that were not seen there before, with `pace`'s time between
/// requests, and records which pings are listed. When `stop` is set, no further list is fetched.
pub fn verify(
    client: &Client,
    ledger: &mut Ledger,
    base: &Url,
    pace: (Duration, Timestamp),
    stop: &AtomicBool,
    report: &mut dyn FnMut(ListingCheck) -> Result<()>,
) -> Result<()> {
    let (spacing, now) = pace;
    let mut last: Option<Instant> = None;
    for (target, entries) in unlisted(ledger) {
        let Some(list) = Url::parse(&target)
            .ok()
            .and_then(|url| arxiv::list_url(base, &url))
        else {
            continue;
        };
        if let Some(last) = last {
            // In steps, so that Ctrl-C takes effect.
            while last.elapsed() < spacing && !stop.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(50).min(spacing));
            }
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
        last = Some(Instant::now());
        let page = client.get(&list).map_err(|error| cause(&error));
        for (entry, title) in entries {
            let listed = match (&page, Url::parse(&entry)) {
                (Err(cause), _) => ListedState::Unread(cause.clone()),
                (Ok(page), Ok(url)) if arxiv::is_listed(page, &url, &title) => {
                    ledger.add(vec![LedgerEvent::Seen {
                        entry: entry.clone(),
                        target: target.clone(),
                        time: ledger.time_for(&entry, &target, now),
                    }])?;
                    ListedState::Yes
                }
                (Ok(_), _) => ListedState::No,
            };
            report(ListingCheck {
                entry,
                target: target.clone(),
                listed,
            })?;
        }
    }
    ledger.sync_handle().sync()
}

/// The entries that are not known to be listed, with their titles, by paper.
fn unlisted(ledger: &Ledger) -> BTreeMap<String, Vec<(String, String)>> {
    let mut papers: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (entry, target, standing) in ledger.state.links() {
        let is_moderated = Url::parse(target).is_ok_and(|target| arxiv::is_arxiv(&target));
        if standing.state == LinkState::Sent && standing.seen.is_none() && is_moderated {
            let entries = papers.entry(target.to_owned()).or_default();
            entries.push((entry.to_owned(), standing.title));
        }
    }
    papers
}
