//! Which links are to be pinged: all of the entries', without those that must not be and those that have been.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;
use url::Url;

pub use self::follow_up::GONE_AFTER;
use self::item::begins;
pub use self::item::{DeletionCheck, Planned, SendOptions};
use super::arxiv;
use super::ledger::{LedgerEvent, LedgerState, LinkStanding, LinkState, Occasion, entry_key};
use super::ping_url::{self, Guess};
use crate::domain::registrable;
use crate::linkback::discover::arxiv_page;
use crate::sources::{Entry, EntryLink, Follow};
use crate::urls::{is_page, target_key};

/// How many entries may be pinged for at the first run without a question.
pub const FEW: usize = 5;

/// What is to be done.
#[derive(Debug, Clone, Default)]
pub struct SendPlan {
    /// The entries of the sources.
    pub entries: Vec<Entry>,
    /// The links to ping, by entry.
    pub pings: Vec<Planned>,
    /// How many are left out, and why.
    pub left_out: LeftOut,
    /// Pages of entries that the sources no longer have, to be looked at whether they are still there.
    pub checks: Vec<DeletionCheck>,
    /// The entries of the sources.
    seen: HashSet<u64>,
    /// The links that were looked at, so that none is planned twice.
    done: HashSet<u64>,
    /// Entries and targets of which nobody knows whether they were sent, or whom another run is just asking.
    uncertain: Vec<(Url, Url)>,
    hasher: RandomState,
}

/// How many links are left out, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    /// To the own site.
    pub own: usize,
    /// Their author does not stand behind them.
    pub nofollow: usize,
    /// `skip` names them.
    pub skipped: usize,
    /// Another link of the entry leads to the same page.
    pub double: usize,
    /// Sent before, or counted as sent.
    pub sent: usize,
    /// Refused before.
    pub refused: usize,
    /// Failed, and to be tried later.
    pub waiting: usize,
    /// Failed too often.
    pub given_up: usize,
    /// Nobody knows whether they were sent: a run was ended in between.
    pub uncertain: usize,
    /// They were sent, and no answer said what came of them.
    pub unanswered: usize,
    /// Their page names no ping URL.
    pub none: usize,
}

impl SendPlan {
    /// Takes an entry in; one that has nothing to ping is not kept.
    pub fn take(&mut self, mut entry: Entry, book: &LedgerState, wishes: &SendOptions) {
        let index = self.entries.len();
        let before = self.pings.len();
        self.seen.insert(self.entry_hash(entry.permalink.as_str()));
        for (link, found) in entry.links.iter().enumerate() {
            let target = arxiv_page(&found.url).unwrap_or_else(|| found.url.clone());
            match self.judge(&entry, found, &target, book, wishes) {
                Judged::LeftOut(count) => *count(&mut self.left_out) += 1,
                Judged::Uncertain => {
                    self.left_out.uncertain += 1;
                    self.uncertain.push((entry.permalink.clone(), target));
                }
                Judged::Due(standing, occasion) => self.pings.push(Planned {
                    entry: index,
                    link: Some(link),
                    is_old: occasion.is_none() && is_old(&target, book, wishes),
                    target,
                    standing: standing.map(|standing| *standing),
                    occasion,
                }),
            }
        }
        self.pings
            .extend(follow_up::removed(&entry, index, book, wishes));
        if self.pings.len() > before {
            entry.links.shrink_to_fit();
            self.entries.push(entry);
        }
    }

    /// Takes out what another run has done since the book was read with which the plan was made. What was under way
    /// then is judged anew; what has failed meanwhile is for the next run.
    pub fn review(&mut self, book: &LedgerState, wishes: &SendOptions) {
        let SendPlan {
            entries,
            pings,
            left_out,
            uncertain,
            ..
        } = self;
        for (permalink, target) in uncertain.drain(..) {
            left_out.uncertain -= 1;
            let count: Count = match by_the_book(&permalink, None, &target, book, wishes) {
                Judged::Uncertain => |count| &mut count.uncertain,
                Judged::LeftOut(count) => count,
                Judged::Due(..) => |count| &mut count.waiting,
            };
            *count(left_out) += 1;
        }
        pings.retain_mut(|ping| {
            let Some(entry) = entries.get(ping.entry) else {
                return false;
            };
            let ended = ping
                .occasion
                .filter(|occasion| *occasion != Occasion::Update);
            let judged = match ended {
                Some(occasion) => {
                    match follow_up::ended(&entry.permalink, &ping.target, occasion, book, wishes) {
                        Some(standing) => Judged::Due(Some(Box::new(standing)), Some(occasion)),
                        None => Judged::LeftOut(|count| &mut count.sent),
                    }
                }
                None => {
                    let digest = entry.digest.as_deref();
                    by_the_book(&entry.permalink, digest, &ping.target, book, wishes)
                }
            };
            match judged {
                Judged::Due(standing, occasion) => {
                    ping.standing = standing.map(|standing| *standing);
                    ping.occasion = occasion;
                    true
                }
                Judged::LeftOut(count) => {
                    *count(left_out) += 1;
                    false
                }
                Judged::Uncertain => {
                    left_out.uncertain += 1;
                    false
                }
            }
        });
    }

    fn judge(
        &mut self,
        entry: &Entry,
        link: &EntryLink,
        target: &Url,
        book: &LedgerState,
        wishes: &SendOptions,
    ) -> Judged {
        let is_skipped = |skip: &String| begins(&link.url, skip) || begins(target, skip);
        if is_own(entry, target, wishes) {
            Judged::LeftOut(|count| &mut count.own)
        } else if link.follow == Follow::No && !wishes.nofollow {
            Judged::LeftOut(|count| &mut count.nofollow)
        } else if wishes.skip.iter().any(is_skipped) {
            Judged::LeftOut(|count| &mut count.skipped)
        } else if !self.done.insert(
            self.hasher
                .hash_one((entry_key(entry.permalink.as_str()), target_key(target))),
        ) {
            Judged::LeftOut(|count| &mut count.double)
        } else {
            let digest = entry.digest.as_deref();
            by_the_book(&entry.permalink, digest, target, book, wishes)
        }
    }

    fn entry_hash(&self, permalink: &str) -> u64 {
        self.hasher.hash_one(entry_key(permalink))
    }

    /// How many entries have something to ping for no other reason than that more protocols are spoken than when their
    /// links were looked at, and how many links that are.
    pub fn old(&self) -> (usize, usize) {
        let old = self.pings.iter().filter(|ping| ping.is_old);
        let entries: HashSet<usize> = old.clone().map(|ping| ping.entry).collect();
        (entries.len(), old.count())
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

    /// Takes all but the `last` newest entries out of the plan, as far as `is_meant` holds for their links, and gives the
    /// facts that say that they count as sent. An entry without a date is older than any other; of two that are as old, the first is the newer one, as
    /// feeds have it.
    pub fn adopt(
        &mut self,
        last: usize,
        is_meant: fn(&Planned) -> bool,
        book: &LedgerState,
        now: Timestamp,
    ) -> Vec<LedgerEvent> {
        let meant = self.pings.iter().filter(|ping| is_meant(ping));
        let mut due: Vec<usize> = meant.map(|ping| ping.entry).collect();
        due.dedup();
        due.sort_by_key(|&index| {
            let published = self.entries.get(index).and_then(|entry| entry.published);
            std::cmp::Reverse(published)
        });
        let kept: HashSet<usize> = due.iter().copied().take(last).collect();
        let (kept, adopted) = std::mem::take(&mut self.pings)
            .into_iter()
            .partition(|ping| kept.contains(&ping.entry) || !is_meant(ping));
        self.pings = kept;
        let mut facts: Vec<LedgerEvent> = Vec::new();
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
            let at = book.time_for(entry.permalink.as_str(), target.as_str(), now);
            match facts.last_mut() {
                Some(LedgerEvent::Adopt { targets, time, .. }) if before == Some(index) => {
                    targets.push(target.into());
                    *time = at.max(*time);
                }
                _ => facts.push(LedgerEvent::Adopt {
                    entry: entry.permalink.to_string(),
                    targets: vec![target.into()],
                    time: at,
                }),
            }
            before = Some(index);
        }
        facts
    }
}

/// What becomes of a link that may be pinged.
enum Judged {
    Due(Option<Box<LinkStanding>>, Option<Occasion>),
    LeftOut(Count),
    Uncertain,
}

/// One of the counts.
type Count = fn(&mut LeftOut) -> &mut usize;

/// Judges by what is known of the link, in an entry whose content has that digest.
fn by_the_book(
    permalink: &Url,
    digest: Option<&str>,
    target: &Url,
    book: &LedgerState,
    wishes: &SendOptions,
) -> Judged {
    let is_wanted_again = wishes
        .resend
        .iter()
        .any(|url| is_page(url, permalink) || is_target(url, target));
    let standing = book.standing(permalink.as_str(), target.as_str());
    let left_out: Option<Count> = match &standing {
        _ if is_wanted_again => None,
        None => None,
        Some(standing) if follow_up::is_changed(standing, digest, wishes) => {
            let standing = Some(Box::new(standing.clone()));
            return Judged::Due(standing, Some(Occasion::Update));
        }
        Some(standing) => match standing.state {
            LinkState::Sent | LinkState::Adopted => Some(|count| &mut count.sent),
            LinkState::Refused => Some(|count| &mut count.refused),
            LinkState::Uncertain if wishes.retry_uncertain => None,
            LinkState::Uncertain if standing.answer.is_some() => {
                Some(|count| &mut count.unanswered)
            }
            LinkState::Uncertain => return Judged::Uncertain,
            // The other side's word holds for who is in a hurry too.
            LinkState::Later if standing.not_before > Some(wishes.now) => {
                Some(|count| &mut count.waiting)
            }
            LinkState::Failed | LinkState::Later if wishes.retry => None,
            LinkState::Failed | LinkState::Later => match standing.next {
                Some(next) if next <= wishes.now => None,
                Some(_) => Some(|count| &mut count.waiting),
                None => Some(|count| &mut count.given_up),
            },
            LinkState::None => None,
        },
    };
    match left_out {
        Some(count) => Judged::LeftOut(count),
        None if is_absent(target, book, wishes) => Judged::LeftOut(|count| &mut count.none),
        None => Judged::Due(standing.map(Box::new), None),
    }
}

/// Whether a link's page was looked at before for fewer protocols.
fn is_old(target: &Url, book: &LedgerState, wishes: &SendOptions) -> bool {
    book.was_asked_for_less(target.as_str(), &wishes.protocols)
}

/// Whether a page is believed to name no ping URL, and none is guessed.
fn is_absent(target: &Url, book: &LedgerState, wishes: &SendOptions) -> bool {
    let absent = book.absent(target.as_str(), &wishes.protocols, wishes.now);
    absent.is_some_and(|(_, why)| {
        wishes.guess == Guess::Never || why != Some(ping_url::WORDPRESS_HINT)
    })
}

/// Whether a person who names `url` means the target.
fn is_target(url: &Url, target: &Url) -> bool {
    let paper = arxiv_page(url);
    is_page(paper.as_ref().unwrap_or(url), target)
}

fn is_own(entry: &Entry, target: &Url, wishes: &SendOptions) -> bool {
    if is_page(target, &entry.permalink) {
        return true;
    }
    let domain = registrable(target);
    let is_own = domain == registrable(&entry.permalink)
        || wishes.site.iter().any(|site| registrable(site) == domain);
    is_own && !wishes.include_own
}

mod changes;
mod follow_up;
mod item;

#[cfg(test)]
mod tests;
