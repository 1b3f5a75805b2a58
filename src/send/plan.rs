//! Which links to ping: those of all entries, except excluded ones and those that were pinged before.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;
use url::Url;

use super::arxiv;
use super::ledger::{LedgerEvent, LedgerState, LinkStanding, LinkState, entry_key};
use super::ping_url::{self, Guess};
use crate::domain::registrable;
use crate::linkback::discover::arxiv_page;
use crate::sources::{Entry, EntryLink, Follow};
use crate::urls::{is_page, target_key};

/// How many entries the first run may send pings for without asking the user.
pub const MAX_FIRST_ENTRIES: usize = 5;

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
    pub guess: Guess,
    /// The time.
    pub now: Timestamp,
}

/// The pings to send.
#[derive(Debug, Clone, Default)]
pub struct SendPlan {
    /// The entries of the sources.
    pub entries: Vec<Entry>,
    /// The links to ping, by entry.
    pub pings: Vec<Planned>,
    /// How many links are left out, by reason.
    pub left_out: LeftOut,
    /// Hashes of the links that were considered, so that none is planned twice.
    done: HashSet<u64>,
    /// Entries and targets of which it is unknown whether they were sent, or which another run is just sending.
    uncertain: Vec<(Url, Url)>,
    hasher: RandomState,
}

/// One link to ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its entry's index.
    pub entry: usize,
    /// Its index among the entry's links.
    pub link: usize,
    /// The page to fetch; for a paper its abstract.
    pub target: Url,
    /// Its state when the plan was made.
    pub standing: Option<LinkStanding>,
}

/// How many links are left out, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    /// To the entry's own site.
    pub own: usize,
    /// Marked `nofollow` or the like.
    pub nofollow: usize,
    /// Excluded by `skip`.
    pub skipped: usize,
    /// Another link of the entry leads to the same page.
    pub double: usize,
    /// Sent before, or counted as sent.
    pub sent: usize,
    /// Refused before.
    pub refused: usize,
    /// Failed, and retried later.
    pub waiting: usize,
    /// Failed too often.
    pub given_up: usize,
    /// Unknown whether they were sent: a run was interrupted.
    pub uncertain: usize,
    /// Sent, but no reply said whether they were accepted.
    pub unanswered: usize,
    /// Their page names no ping URL.
    pub none: usize,
}

impl SendPlan {
    /// Adds an entry's links; an entry without links to ping is not kept.
    pub fn add_entry(&mut self, mut entry: Entry, ledger: &LedgerState, options: &SendOptions) {
        let index = self.entries.len();
        let before = self.pings.len();
        for (link, found) in entry.links.iter().enumerate() {
            let target = arxiv_page(&found.url).unwrap_or_else(|| found.url.clone());
            match self.decide(&entry, found, &target, ledger, options) {
                LinkDecision::LeftOut(count) => *count(&mut self.left_out) += 1,
                LinkDecision::Uncertain => {
                    self.left_out.uncertain += 1;
                    self.uncertain.push((entry.permalink.clone(), target));
                }
                LinkDecision::Due(standing) => self.pings.push(Planned {
                    entry: index,
                    link,
                    target,
                    standing: standing.map(|standing| *standing),
                }),
            }
        }
        if self.pings.len() > before {
            entry.links.shrink_to_fit();
            self.entries.push(entry);
        }
    }

    /// Removes what another run has done since the ledger was read for this plan. Links that were uncertain then are
    /// decided again; links that have failed meanwhile are left to the next run.
    pub fn review(&mut self, ledger: &LedgerState, options: &SendOptions) {
        let SendPlan {
            entries,
            pings,
            left_out,
            uncertain,
            ..
        } = self;
        for (permalink, target) in uncertain.drain(..) {
            left_out.uncertain -= 1;
            let count: Count = match decide_by_ledger(&permalink, &target, ledger, options) {
                LinkDecision::Uncertain => |count| &mut count.uncertain,
                LinkDecision::LeftOut(count) => count,
                LinkDecision::Due(_) => |count| &mut count.waiting,
            };
            *count(left_out) += 1;
        }
        pings.retain_mut(|ping| {
            let Some(entry) = entries.get(ping.entry) else {
                return false;
            };
            match decide_by_ledger(&entry.permalink, &ping.target, ledger, options) {
                LinkDecision::Due(standing) => {
                    ping.standing = standing.map(|standing| *standing);
                    true
                }
                LinkDecision::LeftOut(count) => {
                    *count(left_out) += 1;
                    false
                }
                LinkDecision::Uncertain => {
                    left_out.uncertain += 1;
                    false
                }
            }
        });
    }

    fn decide(
        &mut self,
        entry: &Entry,
        link: &EntryLink,
        target: &Url,
        ledger: &LedgerState,
        options: &SendOptions,
    ) -> LinkDecision {
        let is_skipped = |skip: &String| has_prefix(&link.url, skip) || has_prefix(target, skip);
        if is_own(entry, target, options) {
            LinkDecision::LeftOut(|count| &mut count.own)
        } else if link.follow == Follow::No && !options.nofollow {
            LinkDecision::LeftOut(|count| &mut count.nofollow)
        } else if options.skip.iter().any(is_skipped) {
            LinkDecision::LeftOut(|count| &mut count.skipped)
        } else if !self.done.insert(
            self.hasher
                .hash_one((entry_key(entry.permalink.as_str()), target_key(target))),
        ) {
            LinkDecision::LeftOut(|count| &mut count.double)
        } else {
            decide_by_ledger(&entry.permalink, target, ledger, options)
        }
    }

    /// How many entries have something to ping.
    pub fn entries_due(&self) -> usize {
        let due: HashSet<usize> = self.pings.iter().map(|ping| ping.entry).collect();
        due.len()
    }

    /// How many pings would go to arXiv.
    pub fn to_arxiv(&self) -> usize {
        let to_arxiv = |ping: &&Planned| arxiv::is_arxiv(&ping.target);
        self.pings.iter().filter(to_arxiv).count()
    }

    /// Removes all but the `last` newest entries from the plan, and returns the events by which they count as sent. An
    /// entry without a date is older than any other; of two with the same date the first is the newer one, as in feeds.
    pub fn adopt(&mut self, last: usize, ledger: &LedgerState, now: Timestamp) -> Vec<LedgerEvent> {
        let mut due: Vec<usize> = self.pings.iter().map(|ping| ping.entry).collect();
        due.dedup();
        due.sort_by_key(|&index| {
            let published = self.entries.get(index).and_then(|entry| entry.published);
            std::cmp::Reverse(published)
        });
        let kept: HashSet<usize> = due.iter().copied().take(last).collect();
        let (kept, adopted) = std::mem::take(&mut self.pings)
            .into_iter()
            .partition(|ping| kept.contains(&ping.entry));
        self.pings = kept;
        let mut events: Vec<LedgerEvent> = Vec::new();
        let mut before = None;
        for Planned {
            entry: index,
            target,
            ..
        } in adopted
        {
            let Some(entry) = self.entries.get(index) else {
                continue;
            };
            self.left_out.sent += 1;
            let at = ledger.time_for(entry.permalink.as_str(), target.as_str(), now);
            match events.last_mut() {
                Some(LedgerEvent::Adopt { targets, time, .. }) if before == Some(index) => {
                    targets.push(target.into());
                    *time = at.max(*time);
                }
                _ => events.push(LedgerEvent::Adopt {
                    entry: entry.permalink.to_string(),
                    targets: vec![target.into()],
                    time: at,
                }),
            }
            before = Some(index);
        }
        events
    }
}

/// Whether a link is pinged.
enum LinkDecision {
    Due(Option<Box<LinkStanding>>),
    LeftOut(Count),
    Uncertain,
}

/// Selects one of the counts.
type Count = fn(&mut LeftOut) -> &mut usize;

/// Decides by the link's state in the ledger.
fn decide_by_ledger(
    permalink: &Url,
    target: &Url,
    ledger: &LedgerState,
    options: &SendOptions,
) -> LinkDecision {
    let is_wanted_again = options
        .resend
        .iter()
        .any(|url| is_page(url, permalink) || is_target(url, target));
    let standing = ledger.standing(permalink.as_str(), target.as_str());
    let left_out: Option<Count> = match &standing {
        _ if is_wanted_again => None,
        None => None,
        Some(standing) => match standing.state {
            LinkState::Sent | LinkState::Adopted => Some(|count| &mut count.sent),
            LinkState::Refused => Some(|count| &mut count.refused),
            LinkState::Uncertain if options.retry_uncertain => None,
            LinkState::Uncertain if standing.answer.is_some() => {
                Some(|count| &mut count.unanswered)
            }
            LinkState::Uncertain => return LinkDecision::Uncertain,
            // `--retry` does not override the time that the receiver named.
            LinkState::Later if standing.not_before > Some(options.now) => {
                Some(|count| &mut count.waiting)
            }
            LinkState::Failed | LinkState::Later if options.retry => None,
            LinkState::Failed | LinkState::Later => match standing.next {
                Some(next) if next <= options.now => None,
                Some(_) => Some(|count| &mut count.waiting),
                None => Some(|count| &mut count.given_up),
            },
            LinkState::None => None,
        },
    };
    match left_out {
        Some(count) => LinkDecision::LeftOut(count),
        None if is_absent(target, ledger, options) => {
            LinkDecision::LeftOut(|count| &mut count.none)
        }
        None => LinkDecision::Due(standing.map(Box::new)),
    }
}

/// Whether the ledger says that the page names no ping URL, and none is guessed.
fn is_absent(target: &Url, ledger: &LedgerState, options: &SendOptions) -> bool {
    let absent = ledger.absent(target.as_str(), options.now);
    absent.is_some_and(|(_, why)| {
        options.guess == Guess::Never || why != Some(ping_url::WORDPRESS_HINT)
    })
}

/// Whether `url`, as given by the user, is the target.
fn is_target(url: &Url, target: &Url) -> bool {
    let paper = arxiv_page(url);
    is_page(paper.as_ref().unwrap_or(url), target)
}

fn is_own(entry: &Entry, target: &Url, options: &SendOptions) -> bool {
    if is_page(target, &entry.permalink) {
        return true;
    }
    let domain = registrable(target);
    let is_own = domain == registrable(&entry.permalink)
        || options.site.iter().any(|site| registrable(site) == domain);
    is_own && !options.include_own
}

fn has_prefix(url: &Url, skip: &str) -> bool {
    let skip = skip.trim();
    let text = url.as_str();
    let bare = text.split_once("://").map_or(text, |(_, bare)| bare);
    !skip.is_empty() && (text.starts_with(skip) || bare.starts_with(skip))
}

#[cfg(test)]
mod tests;
