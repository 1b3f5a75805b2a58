//! Which links to ping: those of all entries, except excluded ones and those that were pinged before.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use url::Url;

pub use self::changes::DeletionNews;
use self::entries_read::{EntriesRead, old_link};
pub use self::follow_up::{GONE_AFTER, is_sighted};
use self::guids::EntryGuids;
use self::item::has_prefix;
pub use self::item::{DeletionCheck, OldLink, Place, Planned, SendOptions};
use super::arxiv;
use super::ledger::{LedgerState, LinkStanding, LinkState, Occasion};
use super::ping_url::{self, GuessPolicy};
use crate::domain::registrable;
use crate::linkback::discover::arxiv_page;
use crate::sources::{Entry, EntryLink, Follow};
use crate::urls::{is_entry, is_page, place_key};

/// How many entries the first run may send pings for without asking the user.
pub const MAX_FIRST_ENTRIES: usize = 5;

/// The pings to send.
#[derive(Debug, Clone, Default)]
pub struct SendPlan {
    /// The entries of the sources.
    pub entries: Vec<Entry>,
    /// The links to ping, by entry.
    pub pings: Vec<Planned>,
    /// How many links are left out, by reason.
    pub left_out: LeftOut,
    /// Pages of entries that the sources no longer contain, to be checked for deletion.
    pub checks: Vec<DeletionCheck>,
    /// Hashes of the entries of the sources.
    seen: HashSet<u64>,
    /// Hashes of the links that were considered, so that none is planned twice.
    done: HashSet<u64>,
    /// Entries and targets of which it is unknown whether they were sent, or which another run is just sending.
    uncertain: Vec<(Url, Url)>,
    /// The permalinks of entries that the user named and whose pages are gone.
    gone: Vec<Url>,
    /// Entries, targets and digests of sent links whose entries another version of the reader has read before.
    other_reader: Vec<(Url, Url, String)>,
    /// The entries that were read.
    read: EntriesRead,
    /// The ids of the entries in their feeds.
    guids: EntryGuids,
    hasher: RandomState,
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
    /// Old, and counted as sent from now on.
    pub adopted: usize,
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
        self.seen
            .insert(self.entry_hash(entry.permalink.as_str(), ledger));
        let mut has_links = false;
        let links = entry.links.iter().enumerate();
        let targets = links.flat_map(|(link, found)| {
            let targets = targets(&entry.permalink, found, ledger).into_iter();
            targets.map(move |target| (link, found, target))
        });
        for (link, found, target) in targets {
            if let Some(count) = unwanted(&entry, found, &target, options) {
                *count(&mut self.left_out) += 1;
                continue;
            }
            has_links = true;
            match self.decide(&entry, &target, ledger, options) {
                LinkDecision::LeftOut(count) => {
                    *count(&mut self.left_out) += 1;
                    self.note_reader(&entry, &target, ledger, options);
                }
                LinkDecision::Uncertain => {
                    self.left_out.uncertain += 1;
                    self.uncertain.push((entry.permalink.clone(), target));
                }
                LinkDecision::Due(standing, occasion) => self.pings.push(Planned {
                    entry: index,
                    link: Some(link),
                    old: match (&standing, occasion) {
                        (_, Some(_)) => None,
                        _ if is_wanted_again(&entry.permalink, &target, ledger, options) => None,
                        (standing, None) => {
                            old_link(&entry, &target, standing.as_deref(), ledger, options)
                        }
                    },
                    target,
                    standing: standing.map(|standing| *standing),
                    occasion,
                }),
            }
        }
        self.pings
            .extend(follow_up::removed(&entry, index, ledger, options));
        self.guids.add(&entry, has_links, ledger);
        let is_due = self.pings.len() > before;
        self.read
            .add(&entry, has_links, is_due.then_some(index), ledger);
        if is_due {
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
            let count: Count = match decide_by_ledger(&permalink, None, &target, ledger, options) {
                LinkDecision::Uncertain => |count| &mut count.uncertain,
                LinkDecision::LeftOut(count) => count,
                LinkDecision::Due(..) => |count| &mut count.waiting,
            };
            *count(left_out) += 1;
        }
        pings.retain_mut(|ping| {
            let Some(entry) = entries.get(ping.entry) else {
                return false;
            };
            match decide_again(ping, entry, ledger, options) {
                LinkDecision::Due(standing, occasion) => {
                    ping.standing = standing.map(|standing| *standing);
                    ping.occasion = occasion;
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
        target: &Url,
        ledger: &LedgerState,
        options: &SendOptions,
    ) -> LinkDecision {
        if !self.done.insert(
            self.hasher
                .hash_one((ledger.identity(entry.permalink.as_str()), place_key(target))),
        ) {
            LinkDecision::LeftOut(|count| &mut count.double)
        } else {
            let digest = entry.digest.as_deref();
            decide_by_ledger(&entry.permalink, digest, target, ledger, options)
        }
    }

    fn entry_hash(&self, permalink: &str, ledger: &LedgerState) -> u64 {
        self.hasher.hash_one(ledger.identity(permalink))
    }

    /// Takes note that the next entries are of another source.
    pub fn begin_source(&mut self) {
        self.guids.source += 1;
    }

    /// The id of an entry, unless other entries have it too.
    pub fn guid_of<'entry>(&self, entry: &'entry Entry) -> Option<&'entry str> {
        let guid = entry.guid.as_deref()?;
        self.guids.is_unique(guid).then_some(guid)
    }

    /// Whether the sources have the entry at `permalink`, by any of its URLs.
    pub fn is_listed(&self, permalink: &str, ledger: &LedgerState) -> bool {
        let mut keys = ledger.keys_of(permalink).into_iter();
        keys.any(|key| self.seen.contains(&self.hasher.hash_one(key)))
    }

    /// How many entries have something to ping.
    pub fn entries_due(&self) -> usize {
        let due: HashSet<usize> = self.pings.iter().map(|ping| ping.entry).collect();
        due.len()
    }

    /// The places on the pages of the links.
    pub fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (link, planned) in self.pings.iter().enumerate() {
            let entry = self.entries.get(planned.entry);
            let found = entry.and_then(|entry| entry.links.get(planned.link?));
            let is_whole = planned.occasion.is_none() && planned.target.fragment().is_none();
            let found = found.filter(|_| is_whole).into_iter();
            let all = found.flat_map(|found| found.places(&planned.target));
            places.extend(all.map(|target| Place {
                link,
                planned: Planned {
                    target,
                    standing: None,
                    ..planned.clone()
                },
            }));
        }
        places
    }

    /// How many of the pings were begun, and have no result.
    pub fn open_pings(&self, ledger: &LedgerState) -> usize {
        let is_open = |ping: &&Planned| {
            let entry = self.entries.get(ping.entry);
            let permalink = entry.map(|entry| entry.permalink.as_str());
            let standing = permalink.and_then(|url| ledger.standing(url, ping.target.as_str()));
            standing.is_some_and(|standing| {
                let before = ping
                    .standing
                    .as_ref()
                    .map_or(&[][..], |before| &before.open);
                standing
                    .open
                    .iter()
                    .any(|attempt| !before.contains(attempt))
            })
        };
        self.pings.iter().filter(is_open).count()
    }

    /// How many pings would go to arXiv.
    pub fn to_arxiv(&self) -> usize {
        let to_arxiv = |ping: &&Planned| arxiv::is_arxiv(&ping.target);
        self.pings.iter().filter(to_arxiv).count()
    }
}

/// Whether a link is pinged.
enum LinkDecision {
    Due(Option<Box<LinkStanding>>, Option<Occasion>),
    LeftOut(Count),
    Uncertain,
}

/// Selects one of the counts.
type Count = fn(&mut LeftOut) -> &mut usize;

/// The page that a link leads to, and the entries there that got a ping of their own, or are to get one.
fn targets(permalink: &Url, link: &EntryLink, ledger: &LedgerState) -> Vec<Url> {
    let page = arxiv_page(&link.url).unwrap_or_else(|| link.url.clone());
    let is_known = |place: &Url| ledger.has_events(permalink.as_str(), place.as_str());
    let places: Vec<Url> = link.places(&page).filter(is_known).collect();
    [vec![page], places].concat()
}

/// Why a link is never pinged: by the options, whatever the ledger says.
fn unwanted(entry: &Entry, link: &EntryLink, target: &Url, options: &SendOptions) -> Option<Count> {
    let is_skipped = |skip: &String| has_prefix(&link.url, skip) || has_prefix(target, skip);
    if is_own(entry, target, options) {
        Some(|count| &mut count.own)
    } else if link.follow == Follow::No && !options.nofollow {
        Some(|count| &mut count.nofollow)
    } else if options.skip.iter().any(is_skipped) {
        Some(|count| &mut count.skipped)
    } else {
        None
    }
}

/// Decides again about a planned link of an entry, by what another run may have recorded since.
fn decide_again(
    ping: &Planned,
    entry: &Entry,
    ledger: &LedgerState,
    options: &SendOptions,
) -> LinkDecision {
    match ping.occasion {
        Some(occasion @ (Occasion::Removal | Occasion::Deletion)) => {
            let permalink = &entry.permalink;
            match follow_up::due_notice(permalink, &ping.target, occasion, ledger, options) {
                Some(standing) => LinkDecision::Due(Some(Box::new(standing)), Some(occasion)),
                None => LinkDecision::LeftOut(|count| &mut count.sent),
            }
        }
        None | Some(Occasion::Update) => {
            let digest = entry.digest.as_deref();
            decide_by_ledger(&entry.permalink, digest, &ping.target, ledger, options)
        }
    }
}

/// Decides by the link's state in the ledger; `digest` is that of the entry's content.
fn decide_by_ledger(
    permalink: &Url,
    digest: Option<&str>,
    target: &Url,
    ledger: &LedgerState,
    options: &SendOptions,
) -> LinkDecision {
    let is_wanted_again = is_wanted_again(permalink, target, ledger, options);
    let standing = ledger.standing(permalink.as_str(), target.as_str());
    let left_out: Option<Count> = match &standing {
        _ if is_wanted_again => None,
        None => None,
        Some(standing) if follow_up::is_changed(standing, digest, options) => {
            let standing = Some(Box::new(standing.clone()));
            return LinkDecision::Due(standing, Some(Occasion::Update));
        }
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
        None => LinkDecision::Due(standing.map(Box::new), None),
    }
}

/// Whether the ledger says that the page names no endpoint, and none is guessed.
fn is_absent(target: &Url, ledger: &LedgerState, options: &SendOptions) -> bool {
    let absent = ledger.absent(target.as_str(), &options.protocols, options.now);
    absent.is_some_and(|(_, why)| {
        options.guess == GuessPolicy::Never || why != Some(ping_url::WORDPRESS_HINT)
    })
}

/// Whether the user wants a link to be sent again.
fn is_wanted_again(
    permalink: &Url,
    target: &Url,
    ledger: &LedgerState,
    options: &SendOptions,
) -> bool {
    let is_same = |url: &Url| {
        is_entry(permalink, url)
            || ledger.identity(url.as_str()) == ledger.identity(permalink.as_str())
    };
    let mut wanted = options.resend.iter();
    wanted.any(|url| is_same(url) || is_target(url, target))
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

mod changes;
mod entries_read;
mod follow_up;
mod guids;
mod item;
mod old;

#[cfg(test)]
mod tests;
