//! What the facts say together: for each link of an entry where it stands.
//!
//! Facts may be read in any order, and twice: what they say is worked out from their times and from the numbers
//! of the attempts. Within one link no two facts that a run writes have the same time ([`LedgerState::time_for`]), so a
//! clock that went back does not turn their order around.
//!
//! Entries and targets are known by the identity of their pages ([`crate::urls`]), however they are spelt: a site that
//! moves to https has the same entries and the same links. The newest spelling is the one that is shown.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::event::LedgerEvent;
use super::link_state::{self, LinkEvent, LinkEventKind, LinkStanding, LinkState, standing};
use crate::linkback::Protocol;
use crate::urls::{page_key, target_key};

/// How long it is believed that a page names no ping URL.
pub const ABSENT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Up to so many events of a link, no room is kept for more.
const FEW: usize = 4;

/// All that a ledger knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerState {
    /// By the keys of entry and target.
    links: BTreeMap<String, KnownEntry>,
    /// By the key of the target.
    absent: BTreeMap<String, BTreeSet<NoEndpoint>>,
    begun: bool,
    /// The protocols that were spoken when it was.
    protocols: BTreeSet<String>,
    sources: BTreeMap<String, BTreeSet<Read>>,
    forgot_entry: HashMap<String, Timestamp>,
    forgot_target: HashMap<String, Timestamp>,
}

/// What is known of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct KnownEntry {
    spelling: Spelling,
    targets: BTreeMap<String, KnownLink>,
}

/// What is known of one link of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct KnownLink {
    spelling: Spelling,
    /// In their order. Most links have one or two, for which a tree would take ten times the memory.
    events: Vec<LinkEvent>,
}

/// How a URL was last spelt, and when.
type Spelling = Option<(Timestamp, String)>;

/// That a page named no ping URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct NoEndpoint {
    time: Timestamp,
    why: Option<String>,
    target: String,
    protocols: Vec<String>,
}

impl NoEndpoint {
    fn is_of(&self, protocol: Protocol) -> bool {
        protocol == Protocol::TrackBack || self.protocols.iter().any(|name| name == protocol.name())
    }
}

impl LedgerState {
    /// Takes a fact in.
    pub fn add(&mut self, fact: LedgerEvent) {
        match fact {
            LedgerEvent::Begin { protocols, time: _ } => {
                self.begun = true;
                self.protocols.extend(protocols);
            }
            LedgerEvent::Source {
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
            LedgerEvent::Intent {
                entry,
                target,
                ping_url,
                attempt,
                over,
                title,
                keys,
                time,
            } => self.note(
                entry,
                target,
                time,
                LinkEventKind::Intent {
                    attempt,
                    over,
                    ping_url,
                    title,
                    keys: link_state::keys(keys),
                },
            ),
            LedgerEvent::Result {
                entry,
                target,
                ping_url,
                attempt,
                state,
                answer,
                tries,
                next,
                not_before,
                asked,
                keys,
                time,
            } => self.note(
                entry,
                target,
                time,
                LinkEventKind::Result {
                    state,
                    attempt,
                    ping_url,
                    answer,
                    tries,
                    next,
                    not_before,
                    asked,
                    keys: link_state::keys(keys),
                },
            ),
            LedgerEvent::None {
                target,
                why,
                protocols,
                time,
            } => {
                let absences = self.absent.entry(link_key(&target)).or_default();
                absences.insert(NoEndpoint {
                    time,
                    why,
                    target,
                    protocols,
                });
            }
            LedgerEvent::Adopt {
                entry,
                targets,
                time,
            } => {
                for target in targets {
                    self.note(entry.clone(), target, time, LinkEventKind::Adopted);
                }
            }
            LedgerEvent::Seen {
                entry,
                target,
                time,
            } => self.note(entry, target, time, LinkEventKind::Seen),
            LedgerEvent::Forget {
                entry,
                target,
                time,
            } => {
                later(
                    &mut self.forgot_entry,
                    entry.as_deref().map(entry_key),
                    time,
                );
                later(
                    &mut self.forgot_target,
                    target.as_deref().map(link_key),
                    time,
                );
            }
        }
    }

    /// Whether it was decided what to do with the entries that were there before the ledger.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// The protocols that were spoken when that was decided: TrackBack, and those that the ledger names.
    pub fn begun_with(&self) -> Vec<Protocol> {
        let is_spoken = |protocol: &Protocol| {
            *protocol == Protocol::TrackBack || self.protocols.contains(protocol.name())
        };
        Protocol::ALL.into_iter().filter(is_spoken).collect()
    }

    /// The last reading of a feed after which nothing was left to do, if it may still be relied on at `now`: it is
    /// not older than what is believed of pages without a ping URL, and nothing was forgotten since.
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
    pub fn standing(&self, entry: &str, target: &str) -> Option<LinkStanding> {
        let entry = entry_key(entry);
        let key = link_key(target);
        let known = self.standing_of(&entry, &key);
        // Before fragments counted, a link to one entry of a page was written down as one to the page.
        let page = key.split_once('#').map(|(page, _)| page);
        known.or_else(|| {
            let known = self.standing_of(&entry, page?)?;
            match known.state {
                LinkState::Sent
                | LinkState::Adopted
                | LinkState::Refused
                | LinkState::Uncertain => Some(known),
                LinkState::Later | LinkState::Failed | LinkState::None => None,
            }
        })
    }

    /// Whether `ping_url` has got a ping of `entry` already, or gets one again, for another link of the entry.
    pub fn has_asked(&self, entry: &str, ping_url: &str) -> bool {
        let entry = entry_key(entry);
        let ping_url = link_key(ping_url);
        let targets = self.links.get(&entry).into_iter();
        targets
            .flat_map(|known| &known.targets)
            .filter_map(|(target, link)| standing(&link.events, self.forgotten(&entry, target)))
            .filter(|standing| match standing.state {
                LinkState::Sent | LinkState::Refused | LinkState::Uncertain => true,
                LinkState::Later | LinkState::Failed => standing.next.is_some(),
                LinkState::Adopted | LinkState::None => false,
            })
            .filter_map(|standing| standing.ping_url)
            .any(|asked| link_key(&asked) == ping_url)
    }

    /// When `target` was last seen to name nothing of `protocols` and why, if that is still believed at `now`.
    pub fn absent(
        &self,
        target: &str,
        protocols: &[Protocol],
        now: Timestamp,
    ) -> Option<(Timestamp, Option<&str>)> {
        let absence = self.absence(&link_key(target))?;
        let is_fresh = now.duration_since(absence.time) < ABSENT_FOR;
        let is_of_all = protocols.iter().all(|protocol| absence.is_of(*protocol));
        (is_fresh && is_of_all).then_some((absence.time, absence.why.as_deref()))
    }

    /// Whether `target` was last seen to name no ping URL, however long ago, and one of `protocols` was not looked for.
    pub fn was_asked_for_less(&self, target: &str, protocols: &[Protocol]) -> bool {
        let absence = self.absence(&link_key(target));
        absence.is_some_and(|absence| protocols.iter().any(|protocol| !absence.is_of(*protocol)))
    }

    /// The links of an entry of which something is known, by target as it was last spelt.
    pub fn links_of(&self, entry: &str) -> impl Iterator<Item = (&str, LinkStanding)> {
        let key = entry_key(entry);
        let targets = self.links.get(&key).map(|known| &known.targets);
        targets
            .into_iter()
            .flatten()
            .filter_map(move |(target, link)| {
                let standing = standing(&link.events, self.forgotten(&key, target))?;
                Some((link.spelling.as_ref()?.1.as_str(), standing))
            })
    }

    /// All links of which something is known, by entry and target, as they were last spelt.
    pub fn links(&self) -> impl Iterator<Item = (&str, &str, LinkStanding)> {
        let links = self.links.iter().flat_map(|(key, entry)| {
            let links = entry.targets.iter();
            links.map(move |(target, link)| (key, entry, target, link))
        });
        links.filter_map(|(entry_key, entry, target_key, link)| {
            let forgotten = self.forgotten(entry_key, target_key);
            let standing = standing(&link.events, forgotten)?;
            let (entry, target) = (entry.spelling.as_ref()?, link.spelling.as_ref()?);
            Some((entry.1.as_str(), target.1.as_str(), standing))
        })
    }

    /// All pages that named no ping URL when they were last looked at.
    pub fn absences(&self) -> impl Iterator<Item = (&str, Timestamp, Option<&str>)> {
        self.absent.keys().filter_map(|key| {
            let absence = self.absence(key)?;
            Some((
                absence.target.as_str(),
                absence.time,
                absence.why.as_deref(),
            ))
        })
    }

    /// Whether something is known of an entry or a target of that name.
    pub fn knows(&self, url: &str) -> UrlKnowledge {
        let target = link_key(url);
        let is_linked = |known: &KnownEntry| known.targets.contains_key(&target);
        UrlKnowledge {
            entry: self.links.contains_key(&entry_key(url)),
            target: self.absent.contains_key(&target) || self.links.values().any(is_linked),
        }
    }

    /// A time for a fact on a link: `now`, or just after the last fact where the clock says otherwise.
    pub fn time_for(&self, entry: &str, target: &str, now: Timestamp) -> Timestamp {
        let (entry, target) = (entry_key(entry), link_key(target));
        let links = self.links.get(&entry).map(|known| &known.targets);
        let link = links.and_then(|links| links.get(&target));
        let events = link.map_or(&[][..], |link| &link.events);
        let last = events.iter().map(|event| event.time).max();
        after(last.max(self.forgotten(&entry, &target)), now)
    }

    /// The same for a fact on what a target names.
    pub fn time_for_absence(&self, target: &str, now: Timestamp) -> Timestamp {
        let key = link_key(target);
        let absent = self.absent.get(&key).and_then(|absences| absences.last());
        let absent = absent.map(|absence| absence.time);
        after(absent.max(self.forgot_target.get(&key).copied()), now)
    }

    /// The same for forgetting all that is known of an entry or a target.
    pub fn time_for_all(&self, url: &str, now: Timestamp) -> Timestamp {
        let (entry, target) = (entry_key(url), link_key(url));
        let known = self.links.iter();
        let links =
            known.flat_map(|(key, known)| known.targets.iter().map(move |link| (key, link)));
        let touched = links.filter(|(key, (name, _))| **key == entry || **name == target);
        let absent = self.absent.get(&target).into_iter().flatten();
        let last = touched
            .flat_map(|(_, (_, link))| link.events.iter().map(|event| event.time))
            .chain(absent.map(|absence| absence.time))
            .max();
        after(last, now)
    }

    fn standing_of(&self, entry: &str, target: &str) -> Option<LinkStanding> {
        let link = self.links.get(entry)?.targets.get(target)?;
        standing(&link.events, self.forgotten(entry, target))
    }

    fn note(&mut self, entry: String, target: String, time: Timestamp, what: LinkEventKind) {
        let known = self.links.entry(entry_key(&entry)).or_default();
        respell(&mut known.spelling, time, entry);
        let link = known.targets.entry(link_key(&target)).or_default();
        respell(&mut link.spelling, time, target);
        let events = &mut link.events;
        let event = LinkEvent { time, what };
        // A fact that is read twice counts once.
        if let Err(place) = events.binary_search(&event) {
            if events.len() < FEW {
                events.reserve_exact(1);
            }
            events.insert(place, event);
        }
    }

    /// Until when what is known of a link is forgotten, by the keys of entry and target.
    fn forgotten(&self, entry: &str, target: &str) -> Option<Timestamp> {
        let entry = self.forgot_entry.get(entry);
        entry.max(self.forgot_target.get(target)).copied()
    }

    /// The last absence of a target, by its key.
    fn absence(&self, key: &str) -> Option<&NoEndpoint> {
        let absence = self.absent.get(key)?.last()?;
        let forgotten = self.forgot_target.get(key);
        forgotten
            .is_none_or(|until| absence.time > *until)
            .then_some(absence)
    }
}

/// The identity of an entry. Of several on one page each has a fragment of its own.
pub(in crate::send) fn entry_key(permalink: &str) -> String {
    let Ok(url) = Url::parse(permalink) else {
        return permalink.to_owned();
    };
    match url.fragment() {
        Some(fragment) if !fragment.is_empty() => format!("{}#{fragment}", page_key(&url)),
        _ => page_key(&url),
    }
}

/// The identity of what is linked to.
fn link_key(target: &str) -> String {
    Url::parse(target).map_or_else(|_| target.to_owned(), |url| target_key(&url))
}

/// Takes over a spelling that is newer; of two at one time the greater one, so that their order does not matter.
fn respell(spelling: &mut Spelling, time: Timestamp, url: String) {
    let newer = Some((time, url));
    if newer > *spelling {
        *spelling = newer;
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
pub struct UrlKnowledge {
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
