//! What the facts say together: for each link of an entry where it stands.
//!
//! Facts may be read in any order, and twice: what they say is worked out from their times and from the numbers
//! of the attempts. Within one link no two facts that a run writes have the same time ([`Book::time_for`]), so a
//! clock that went back does not turn their order around.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::fact::Fact;
use super::story::{Event, Standing, State, What, standing};

/// How long it is believed that a page names no ping URL.
pub const ABSENT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Up to so many events of a link, no room is kept for more.
const FEW: usize = 4;

/// All that a ledger knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    /// By entry, then by target; in their order. Most links have one or two, for which a tree would take ten
    /// times the memory.
    links: BTreeMap<String, BTreeMap<String, Vec<Event>>>,
    absent: BTreeMap<String, BTreeSet<(Timestamp, Option<String>)>>,
    begun: bool,
    sources: BTreeMap<String, BTreeSet<Read>>,
    forgot_entry: HashMap<String, Timestamp>,
    forgot_target: HashMap<String, Timestamp>,
}

impl Book {
    /// Takes a fact in.
    pub fn add(&mut self, fact: Fact) {
        match fact {
            Fact::Begin { time: _ } => self.begun = true,
            Fact::Source {
                url,
                etag,
                last_modified,
                wishes,
                time,
            } => {
                let read = Read {
                    time,
                    etag,
                    last_modified,
                    wishes,
                };
                self.sources.entry(url).or_default().insert(read);
            }
            Fact::Intent {
                entry,
                target,
                ping_url,
                attempt,
                over,
                title,
                time,
            } => self.note(
                entry,
                target,
                time,
                What::Intent {
                    attempt,
                    over,
                    ping_url,
                    title,
                },
            ),
            Fact::Result {
                entry,
                target,
                ping_url,
                attempt,
                state,
                answer,
                tries,
                next,
                time,
            } => self.note(
                entry,
                target,
                time,
                What::Result {
                    state,
                    attempt,
                    ping_url,
                    answer,
                    tries,
                    next,
                },
            ),
            Fact::None { target, why, time } => {
                self.absent.entry(target).or_default().insert((time, why));
            }
            Fact::Adopt {
                entry,
                targets,
                time,
            } => {
                for target in targets {
                    self.note(entry.clone(), target, time, What::Adopted);
                }
            }
            Fact::Seen {
                entry,
                target,
                time,
            } => self.note(entry, target, time, What::Seen),
            Fact::Forget {
                entry,
                target,
                time,
            } => {
                later(&mut self.forgot_entry, entry, time);
                later(&mut self.forgot_target, target, time);
            }
        }
    }

    /// Whether it knows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.links.is_empty() && self.absent.is_empty()
    }

    /// Whether it was decided what to do with the entries that were there before the ledger.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// The last reading of a feed after which nothing was left to do, if it may still be relied on at `now`: it is
    /// not older than what is believed of pages without a ping URL, and nothing was forgotten since.
    #[must_use]
    pub fn last_read(&self, url: &str, now: Timestamp) -> Option<&Read> {
        let read = self.sources.get(url)?.last()?;
        let forgotten = self
            .forgot_entry
            .values()
            .chain(self.forgot_target.values());
        let is_newer = forgotten.max().is_none_or(|until| read.time > *until);
        (is_newer && now.duration_since(read.time) < ABSENT_FOR).then_some(read)
    }

    /// Where the link from `entry` to `target` stands; `None` if nothing is known of it.
    #[must_use]
    pub fn standing(&self, entry: &str, target: &str) -> Option<Standing> {
        let events = self.links.get(entry)?.get(target)?;
        standing(events, self.forgotten(entry, target))
    }

    /// Whether `ping_url` took a ping of `entry` already, under whatever address its page was linked to.
    #[must_use]
    pub fn was_taken(&self, entry: &str, ping_url: &str) -> bool {
        let targets = self.links.get(entry).into_iter().flatten();
        targets
            .filter_map(|(target, events)| standing(events, self.forgotten(entry, target)))
            .any(|standing| {
                standing.state == State::Sent && standing.ping_url.as_deref() == Some(ping_url)
            })
    }

    /// When `target` was last seen to name no ping URL and why, if that is still believed at `now`.
    #[must_use]
    pub fn absent(&self, target: &str, now: Timestamp) -> Option<(Timestamp, Option<&str>)> {
        let (time, why) = self.absence(target)?;
        let is_fresh = now.duration_since(time) < ABSENT_FOR;
        is_fresh.then_some((time, why))
    }

    /// All links of which something is known, by entry and target.
    pub fn links(&self) -> impl Iterator<Item = (&str, &str, Standing)> {
        self.events().filter_map(|(entry, target, events)| {
            let standing = standing(events, self.forgotten(entry, target))?;
            Some((entry, target, standing))
        })
    }

    /// All pages that named no ping URL when they were last looked at.
    pub fn absences(&self) -> impl Iterator<Item = (&str, Timestamp, Option<&str>)> {
        self.absent.keys().filter_map(|target| {
            let (time, why) = self.absence(target)?;
            Some((target.as_str(), time, why))
        })
    }

    /// Whether something is known of an entry or a target of that name.
    #[must_use]
    pub fn knows(&self, url: &str) -> Known {
        Known {
            entry: self.links.contains_key(url),
            target: self.absent.contains_key(url)
                || self.links.values().any(|targets| targets.contains_key(url)),
        }
    }

    /// A time for a fact on a link: `now`, or just after the last fact where the clock says otherwise.
    #[must_use]
    pub fn time_for(&self, entry: &str, target: &str, now: Timestamp) -> Timestamp {
        let events = self
            .links
            .get(entry)
            .and_then(|targets| targets.get(target));
        let last = events.into_iter().flatten().map(|event| event.time).max();
        after(
            [last, self.forgotten(entry, target)]
                .into_iter()
                .flatten()
                .max(),
            now,
        )
    }

    /// The same for a fact on what a target names.
    #[must_use]
    pub fn time_for_absence(&self, target: &str, now: Timestamp) -> Timestamp {
        let absent = self.absent.get(target).and_then(|times| times.last());
        let absent = absent.map(|(time, _)| *time);
        after(absent.max(self.forgot_target.get(target).copied()), now)
    }

    /// The same for forgetting all that is known of an entry or a target.
    #[must_use]
    pub fn time_for_all(&self, url: &str, now: Timestamp) -> Timestamp {
        let touched = self.events();
        let touched = touched.filter(|(entry, target, _)| *entry == url || *target == url);
        let absent = self.absent.get(url).into_iter().flatten();
        let last = touched
            .flat_map(|(_, _, events)| events.iter().map(|event| event.time))
            .chain(absent.map(|(time, _)| *time))
            .max();
        after(last, now)
    }

    fn events(&self) -> impl Iterator<Item = (&str, &str, &[Event])> {
        self.links.iter().flat_map(|(entry, targets)| {
            let targets = targets.iter();
            targets
                .map(move |(target, events)| (entry.as_str(), target.as_str(), events.as_slice()))
        })
    }

    fn note(&mut self, entry: String, target: String, time: Timestamp, what: What) {
        let targets = self.links.entry(entry).or_default();
        let events = targets.entry(target).or_default();
        let event = Event { time, what };
        // A fact that is read twice counts once.
        if let Err(place) = events.binary_search(&event) {
            if events.len() < FEW {
                events.reserve_exact(1);
            }
            events.insert(place, event);
        }
    }

    fn forgotten(&self, entry: &str, target: &str) -> Option<Timestamp> {
        let entry = self.forgot_entry.get(entry);
        entry.max(self.forgot_target.get(target)).copied()
    }

    fn absence(&self, target: &str) -> Option<(Timestamp, Option<&str>)> {
        let (time, why) = self.absent.get(target)?.last()?;
        let is_forgotten = self
            .forgot_target
            .get(target)
            .is_some_and(|until| time <= until);
        (!is_forgotten).then_some((*time, why.as_deref()))
    }
}

/// A feed, read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// When.
    pub time: Timestamp,
    /// The server's `ETag`.
    pub etag: Option<String>,
    /// The server's `Last-Modified`.
    pub last_modified: Option<String>,
    /// What was wanted of it, as a number.
    pub wishes: String,
}

/// As what a URL is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// As an entry's permalink.
    pub entry: bool,
    /// As a page that is linked to.
    pub target: bool,
}

fn later(times: &mut HashMap<String, Timestamp>, key: Option<String>, time: Timestamp) {
    if let Some(key) = key {
        let known = times.entry(key).or_insert(time);
        *known = time.max(*known);
    }
}

/// `now`, or a millisecond after `last`.
fn after(last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let least = last.and_then(|last| last.checked_add(SignedDuration::from_millis(1)).ok());
    least.map_or(now, |least| least.max(now))
}

#[cfg(test)]
mod tests;
