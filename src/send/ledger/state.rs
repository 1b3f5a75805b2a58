//! The state that all events add up to: the state of each link of an entry.
//!
//! Events may be read in any order, and twice: the state follows from their times and from the ids of the attempts.
//! Within one link no two events that a run writes have the same time ([`LedgerState::time_for`]), so a clock that was
//! set back does not change their order.
//!
//! Entries and targets are identified by their pages ([`crate::urls`]), however their URLs are spelt: a site that moves
//! to https has the same entries and the same links. The newest spelling is shown. The events of an entry that is known
//! by several URLs ([`LedgerEvent::Same`]) are kept together, under the least of its keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::event::LedgerEvent;
use super::first_run::{self, Beginning, FirstReading, Unseen};
use super::known_entry::{KnownEntry, update_spelling};
use super::link_state::{self, LinkEvent, LinkEventKind, LinkStanding, LinkState, standing};
use super::same_entry::SameEntries;
use crate::linkback::Protocol;
use crate::urls::{entry_fragment, parse_web, place_key, sent_entry_key};

/// How long a page that names no ping URL is not fetched again.
pub const ABSENT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The state of all links in a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerState {
    /// Which keys are those of one entry.
    same: SameEntries,
    /// The keys of entries, each by the id that a feed gives it and that key, in lines.
    pub(super) guids: BTreeMap<String, String>,
    /// By the entry's identity and the key of the target.
    links: BTreeMap<String, KnownEntry>,
    /// By the key of the target.
    absent: BTreeMap<String, BTreeSet<NoEndpoint>>,
    /// The earliest beginning.
    begun: Option<Beginning>,
    /// What the first run found of the entries of which it recorded no link, by entry.
    first_readings: BTreeMap<String, FirstReading>,
    /// The names of the protocols that the ledger was begun with.
    protocols: BTreeSet<String>,
    sources: BTreeMap<String, BTreeSet<FinishedReading>>,
    forgot_entry: HashMap<String, Timestamp>,
    forgot_target: HashMap<String, Timestamp>,
    /// The time of the last event.
    last: Option<Timestamp>,
    /// The lines whose events are lost, for people.
    lost: Option<String>,
}

/// A page named no ping URL.
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
    /// Records that the events of some lines are lost.
    pub(super) fn lose_events(&mut self, lines: String) {
        self.lost = Some(lines);
    }

    /// The lines whose events are lost: what they record may be sent again by mistake.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// Applies an event.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm an event, most of it the names of its fields"
    )]
    pub fn add(&mut self, event: LedgerEvent) {
        self.last = self.last.max(Some(event.time()));
        match event {
            LedgerEvent::Begin {
                protocols,
                adopt,
                time,
            } => {
                let beginning = Beginning { time, adopt };
                let known = self.begun.take().into_iter();
                self.begun = known.chain([beginning]).min();
                self.protocols.extend(protocols);
            }
            LedgerEvent::Source {
                url,
                etag,
                last_modified,
                options_digest,
                time,
            } => {
                let read = FinishedReading {
                    time,
                    etag,
                    last_modified,
                    options_digest,
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
            } => {
                let what = LinkEventKind::Intent {
                    attempt,
                    over,
                    ping_url,
                    title,
                    keys: link_state::boxed_keys(keys, &entry),
                };
                self.add_link_event(entry, target, time, what);
            }
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
            } => {
                let what = LinkEventKind::Result {
                    state,
                    attempt,
                    ping_url,
                    answer,
                    tries,
                    next,
                    not_before,
                    asked,
                    keys: link_state::boxed_keys(keys, &entry),
                };
                self.add_link_event(entry, target, time, what);
            }
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
                unread,
                time,
            } => {
                if targets.is_empty() {
                    let reading = self
                        .first_readings
                        .entry(self.identity(&entry))
                        .or_default();
                    reading.add(unread, time);
                }
                for target in targets {
                    self.add_link_event(entry.clone(), target, time, LinkEventKind::Adopted);
                }
            }
            LedgerEvent::Seen {
                entry,
                target,
                time,
            } => self.add_link_event(entry, target, time, LinkEventKind::Seen),
            LedgerEvent::Same { entry, page, .. } => {
                self.join(entry_key(&entry), entry_key(&page));
            }
            LedgerEvent::Guid { entry, guid, .. } => {
                let key = entry_key(&entry);
                self.guids
                    .insert(format!("{}\n{key}", entry_key(&guid)), key);
            }
            LedgerEvent::Forget {
                entry,
                target,
                time,
            } => {
                extend_forgotten(
                    &mut self.forgot_entry,
                    entry
                        .as_deref()
                        .map(|entry| self.same.identity(entry_key(entry))),
                    time,
                );
                extend_forgotten(
                    &mut self.forgot_target,
                    target.as_deref().map(link_key),
                    time,
                );
            }
        }
    }

    /// The identity of the entry at `permalink`: one for all URLs by which it is known.
    pub fn identity(&self, permalink: &str) -> String {
        self.same.identity(entry_key(permalink))
    }

    /// The keys of all URLs by which the entry at `permalink` is known.
    pub fn keys_of(&self, permalink: &str) -> Vec<String> {
        self.same.keys_of(entry_key(permalink))
    }

    /// Puts together what is known of two keys of one entry.
    fn join(&mut self, one: String, other: String) {
        let Some((kept, gone)) = self.same.join(one, other) else {
            return;
        };
        if let Some(known) = self.links.remove(&gone) {
            self.links.entry(kept.clone()).or_default().absorb(known);
        }
        if let Some(reading) = self.first_readings.remove(&gone) {
            let known = self.first_readings.entry(kept.clone()).or_default();
            known.absorb(&reading);
        }
        if let Some(time) = self.forgot_entry.remove(&gone) {
            extend_forgotten(&mut self.forgot_entry, Some(kept), time);
        }
    }

    /// Whether the user wants the entry at `permalink` to be sent again.
    pub(super) fn is_forgotten(&self, permalink: &str) -> bool {
        self.forgot_entry.contains_key(&self.identity(permalink))
    }

    /// When the entry with this key was last written of, and its URL then.
    pub(super) fn last_spelling(&self, key: &str) -> Option<&(Timestamp, String)> {
        let known = self.links.get(&self.same.identity(key.to_owned()))?;
        known.spelling.as_ref()
    }

    /// Whether the user has decided what to do with the entries that are older than the ledger.
    pub fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// Whether the user then counted old entries as sent.
    pub fn began_with_adoption(&self) -> bool {
        let begun = self.begun.as_ref();
        begun.is_some_and(|beginning| beginning.adopt.is_some())
    }

    /// Whether the entry could not be read when the ledger was begun, nor since.
    pub fn is_left_out(&self, entry: &str) -> bool {
        let key = self.identity(entry);
        let events = self.links.get(&key).map(|known| &known.targets);
        let events = events.into_iter().flatten();
        let last = events.flat_map(|(_, link)| link.events.iter().map(|event| event.time));
        self.first_readings
            .get(&key)
            .is_some_and(|reading| reading.is_unread(last.max()))
    }

    /// Why a link without events is older than the last run that sent something; `None` if it is new. `published` is its
    /// entry's date; an entry without one may be of any age.
    pub fn unseen(
        &self,
        entry: &str,
        target: &str,
        published: Option<Timestamp>,
    ) -> Option<Unseen> {
        self.begun.as_ref()?;
        let (key, target) = (self.identity(entry), link_key(target));
        // The user wants what is forgotten to be sent again. The links to a page without a ping URL have no events.
        if self.forgot_entry.contains_key(&key)
            || self.forgot_target.contains_key(&target)
            || self.absent.contains_key(&target)
        {
            return None;
        }
        if self.is_left_out(entry) {
            return Some(Unseen::LeftOut);
        }
        let is_known = self.links.contains_key(&key) || self.first_readings.contains_key(&key);
        let is_older =
            !is_known && published.is_none_or(|time| first_run::is_before(time, self.last));
        is_older.then_some(Unseen::Older)
    }

    /// The protocols that the ledger was begun with: TrackBack, and those that it names.
    pub fn begun_with(&self) -> Vec<Protocol> {
        let is_named = |protocol: &Protocol| {
            *protocol == Protocol::TrackBack || self.protocols.contains(protocol.name())
        };
        Protocol::ALL.into_iter().filter(is_named).collect()
    }

    /// The last reading of a feed after which nothing was left to send, if it is still valid at `now`: it is not older
    /// than [`ABSENT_FOR`], and nothing was forgotten since.
    pub fn last_read(&self, url: &str, now: Timestamp) -> Option<&FinishedReading> {
        let read = self.sources.get(url)?.last()?;
        let forgotten = self
            .forgot_entry
            .values()
            .chain(self.forgot_target.values());
        let is_newer = forgotten.max().is_none_or(|until| read.time > *until);
        (is_newer && now.duration_since(read.time) < ABSENT_FOR).then_some(read)
    }

    /// The state of the link from `entry` to `target`; `None` if it has no events.
    pub fn standing(&self, entry: &str, target: &str) -> Option<LinkStanding> {
        let entry = self.identity(entry);
        let key = link_key(target);
        self.standing_of(&entry, &key).or_else(|| {
            let known = match key.split_once('#') {
                // Older versions ignored fragments, and recorded a link to one entry of a page as a link to the page.
                Some((page, _)) => self.standing_of(&entry, page),
                None => self.standing_at_a_place(&entry, &key),
            };
            known.filter(|known| known.state.is_over())
        })
    }

    /// The state of the link to a place on a page whose fragment does not tell that it is an entry's.
    fn standing_at_a_place(&self, entry: &str, page: &str) -> Option<LinkStanding> {
        let targets = &self.links.get(entry)?.targets;
        if targets.contains_key(page) {
            return None;
        }
        let places = targets.range(format!("{page}#")..=format!("{page}#\x7f"));
        let mut places = places.filter(|(_, link)| {
            let spelling = link.spelling.as_ref().and_then(|(_, url)| parse_web(url));
            spelling.is_some_and(|url| entry_fragment(&url).is_none())
        });
        places.find_map(|(place, _)| self.standing_of(entry, place))
    }

    /// Whether the link from `entry` to just this place, or page, has events.
    pub fn has_events(&self, entry: &str, target: &str) -> bool {
        let known = self.standing_of(&self.identity(entry), &link_key(target));
        known.is_some()
    }

    /// Whether `ping_url` already got a ping of `entry` for another link, or one is to be retried.
    pub fn has_asked(&self, entry: &str, ping_url: &str) -> bool {
        let entry = self.identity(entry);
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

    /// When `target` was last seen to name no endpoint for any of `protocols` and why, if that is still valid at `now`.
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

    /// Whether `target` named no endpoint when it was last fetched, however long ago, and not all of `protocols` were
    /// searched for.
    pub fn has_fewer_protocols(&self, target: &str, protocols: &[Protocol]) -> bool {
        let absence = self.absence(&link_key(target));
        absence.is_some_and(|absence| protocols.iter().any(|protocol| !absence.is_of(*protocol)))
    }

    /// The links of an entry with events, by target in its newest spelling.
    pub fn links_of(&self, entry: &str) -> impl Iterator<Item = (&str, LinkStanding)> {
        let key = self.identity(entry);
        let targets = self.links.get(&key).map(|known| &known.targets);
        targets
            .into_iter()
            .flatten()
            .filter_map(move |(target, link)| {
                let standing = standing(&link.events, self.forgotten(&key, target))?;
                Some((link.spelling.as_ref()?.1.as_str(), standing))
            })
    }

    /// The entries with such links to which nothing is left to send, in their newest spelling, and how many such links each
    /// has.
    pub(super) fn entries_that_link<'state>(
        &'state self,
        targets: &[&Url],
    ) -> impl Iterator<Item = (&'state str, usize)> {
        let keys: Vec<String> = targets.iter().map(|target| place_key(target)).collect();
        self.links.iter().filter_map(move |(entry, known)| {
            let is_over = |key: &&String| {
                known.targets.contains_key(*key)
                    && self
                        .standing_of(entry, key)
                        .is_some_and(|known| known.state.is_over())
            };
            let count = keys.iter().filter(is_over).count();
            Some((known.spelling.as_ref()?.1.as_str(), count)).filter(|_| count > 0)
        })
    }

    /// All links with events, by entry and target, in their newest spelling.
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

    /// All pages that named no ping URL when they were last fetched.
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

    /// Whether the ledger knows `url` as an entry or as a target.
    pub fn knows(&self, url: &str) -> UrlKnowledge {
        let target = link_key(url);
        let is_linked = |known: &KnownEntry| known.targets.contains_key(&target);
        UrlKnowledge {
            entry: self.links.contains_key(&self.identity(url)),
            target: self.absent.contains_key(&target) || self.links.values().any(is_linked),
        }
    }

    /// A time for an event of a link: `now`, or just after the link's last event if the clock was set back.
    pub fn time_for(&self, entry: &str, target: &str, now: Timestamp) -> Timestamp {
        let (entry, target) = (self.identity(entry), link_key(target));
        let links = self.links.get(&entry).map(|known| &known.targets);
        let link = links.and_then(|links| links.get(&target));
        let events = link.map_or(&[][..], |link| &link.events);
        let last = events.iter().map(|event| event.time).max();
        no_earlier_than(last.max(self.forgotten(&entry, &target)), now)
    }

    /// The same for an event about a target's ping URL.
    pub fn time_for_absence(&self, target: &str, now: Timestamp) -> Timestamp {
        let key = link_key(target);
        let absent = self.absent.get(&key).and_then(|absences| absences.last());
        let absent = absent.map(|absence| absence.time);
        no_earlier_than(absent.max(self.forgot_target.get(&key).copied()), now)
    }

    /// The same for an event about the reading of an entry.
    pub fn time_for_reading(&self, entry: &str, now: Timestamp) -> Timestamp {
        let reading = self.first_readings.get(&self.identity(entry));
        no_earlier_than(reading.and_then(FirstReading::time), now)
    }

    /// The same for forgetting all events of an entry or a target.
    pub fn time_for_all(&self, url: &str, now: Timestamp) -> Timestamp {
        let (entry, target) = (self.identity(url), link_key(url));
        let known = self.links.iter();
        let links =
            known.flat_map(|(key, known)| known.targets.iter().map(move |link| (key, link)));
        let touched = links.filter(|(key, (name, _))| **key == entry || **name == target);
        let absent = self.absent.get(&target).into_iter().flatten();
        let last = touched
            .flat_map(|(_, (_, link))| link.events.iter().map(|event| event.time))
            .chain(absent.map(|absence| absence.time))
            .max();
        no_earlier_than(last, now)
    }

    fn standing_of(&self, entry: &str, target: &str) -> Option<LinkStanding> {
        let link = self.links.get(entry)?.targets.get(target)?;
        standing(&link.events, self.forgotten(entry, target))
    }

    fn add_link_event(
        &mut self,
        entry: String,
        target: String,
        time: Timestamp,
        what: LinkEventKind,
    ) {
        let known = self.links.entry(self.identity(&entry)).or_default();
        update_spelling(&mut known.spelling, time, entry);
        let link = known.targets.entry(link_key(&target)).or_default();
        update_spelling(&mut link.spelling, time, target);
        link.add(LinkEvent { time, what });
    }

    /// The time up to which the events of a link are forgotten, by the keys of entry and target.
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

/// The identity of an entry, however its feed marks its links. Several entries on one page differ in their fragments.
pub(super) fn entry_key(permalink: &str) -> String {
    Url::parse(permalink).map_or_else(|_| permalink.to_owned(), |url| sent_entry_key(&url))
}

/// The identity of a target.
fn link_key(target: &str) -> String {
    Url::parse(target).map_or_else(|_| target.to_owned(), |url| place_key(&url))
}

/// A reading of a feed after which nothing was left to send.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FinishedReading {
    /// When.
    pub time: Timestamp,
    /// The server's `ETag`.
    pub etag: Option<String>,
    /// The server's `Last-Modified`.
    pub last_modified: Option<String>,
    /// A digest of the options of that run.
    pub options_digest: String,
}

/// In which roles the ledger knows a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlKnowledge {
    /// As an entry's permalink.
    pub entry: bool,
    /// As a target.
    pub target: bool,
}

fn extend_forgotten(times: &mut HashMap<String, Timestamp>, key: Option<String>, time: Timestamp) {
    if let Some(key) = key {
        let known = times.entry(key).or_insert(time);
        *known = time.max(*known);
    }
}

/// `now`, or a millisecond after `last` if that is later.
fn no_earlier_than(last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let least = last.and_then(|last| last.checked_add(SignedDuration::from_millis(1)).ok());
    least.map_or(now, |least| least.max(now))
}

#[cfg(test)]
mod tests;
