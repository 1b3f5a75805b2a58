//! Which of the pings that arXiv took are listed by now: it shows one only after somebody has looked at it.

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

/// What was found out about one ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The permalink of the entry.
    pub entry: String,
    /// The abstract of the paper.
    pub target: String,
    /// What the list says.
    pub listed: ListedState,
}

/// What a list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedState {
    /// The entry stands there; that is in the ledger now.
    Yes,
    /// It does not, or not yet.
    No,
    /// The list cannot be read, and why.
    Unread(String),
}

/// Reads the lists below `base` of all papers to which pings were sent that were not seen there before, so far
/// apart, and notes which stand there. When `stop` is set, no further list is read.
pub fn verify(
    client: &Client,
    ledger: &mut Ledger,
    base: &Url,
    pace: (Duration, Timestamp),
    stop: &AtomicBool,
    report: &mut dyn FnMut(Checked) -> Result<()>,
) -> Result<()> {
    let (spacing, now) = pace;
    let mut last: Option<Instant> = None;
    for (target, entries) in unseen(ledger) {
        let Some(list) = Url::parse(&target)
            .ok()
            .and_then(|url| arxiv::listing(base, &url))
        else {
            continue;
        };
        if let Some(last) = last {
            // In steps, so that Ctrl-C is heard.
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
                (Ok(page), Ok(url)) if arxiv::lists(page, &url, &title) => {
                    ledger.add(vec![LedgerEvent::Seen {
                        entry: entry.clone(),
                        target: target.clone(),
                        time: ledger.time_for(&entry, &target, now),
                    }])?;
                    ListedState::Yes
                }
                (Ok(_), _) => ListedState::No,
            };
            report(Checked {
                entry,
                target: target.clone(),
                listed,
            })?;
        }
    }
    ledger.sync_handle().sync()
}

/// The entries and their titles, by paper.
fn unseen(ledger: &Ledger) -> BTreeMap<String, Vec<(String, String)>> {
    let mut papers: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (entry, target, standing) in ledger.book.links() {
        let is_moderated = Url::parse(target).is_ok_and(|target| arxiv::is_arxiv(&target));
        if standing.state == LinkState::Sent && standing.seen.is_none() && is_moderated {
            let entries = papers.entry(target.to_owned()).or_default();
            entries.push((entry.to_owned(), standing.title));
        }
    }
    papers
}
