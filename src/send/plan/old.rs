//! Old links: those that were there before the ledger, or before a protocol was used. They are sent only if the user says
//! so, or if they are few.

use std::cmp::Reverse;
use std::collections::HashSet;

use jiff::Timestamp;

use super::{OldLink, Planned, SendPlan};
use crate::order;
use crate::send::ledger::{LedgerEvent, LedgerState, Unseen};
use crate::sources::{Entry, SkipReason, Skipped};

impl SendPlan {
    /// Takes note of what is no entry now, but may be one later.
    pub fn add_skipped(&mut self, skipped: &Skipped, ledger: &LedgerState) {
        let Some(permalink) = skipped.permalink.clone().filter(|_| !ledger.has_begun()) else {
            return;
        };
        match &skipped.why {
            // It is new when it is published.
            SkipReason::Draft => self.read.read.push(permalink.into()),
            SkipReason::NoIndex | SkipReason::Unreadable(_) | SkipReason::BadItem(_) => {
                self.read.unread.push(permalink.into());
            }
            SkipReason::Future
            | SkipReason::Old
            | SkipReason::NotAnEntry
            | SkipReason::SeveralEntries
            | SkipReason::Redirect
            | SkipReason::NoPermalink
            | SkipReason::Elsewhere
            | SkipReason::Twice
            | SkipReason::NoContent
            | SkipReason::LinksElsewhere
            | SkipReason::TooManyLinks
            | SkipReason::TooLarge
            | SkipReason::Broken(_)
            | SkipReason::Empty
            | SkipReason::OlderInAnotherFeed
            | SkipReason::FrontPage(_)
            | SkipReason::OnlyAddresses
            | SkipReason::OnlySummary(_)
            | SkipReason::CanonicalIsHome => {}
        }
    }

    /// Whether the content of an entry was read. Without one the user has decided nothing, and the ledger does not begin.
    pub fn has_content(&self) -> bool {
        self.read.has_content
    }

    /// How many entries have old links of this kind, and how many such links there are.
    pub fn old(&self, is_meant: fn(OldLink) -> bool) -> (usize, usize) {
        let old = self
            .pings
            .iter()
            .filter(|ping| ping.old.is_some_and(is_meant));
        let entries: HashSet<usize> = old.clone().map(|ping| ping.entry).collect();
        (entries.len(), old.count())
    }

    /// Removes all links from the plan but those of the `last` newest entries, and returns the events by which they count
    /// as sent.
    pub fn adopt(&mut self, last: usize, ledger: &LedgerState, now: Timestamp) -> Vec<LedgerEvent> {
        let kept = self.newest_due(last, |_| true);
        self.adopt_but(&kept, |_| true, ledger, now)
    }

    /// The same for the links that are fetched again because this run uses more protocols.
    pub fn adopt_fewer_protocols(
        &mut self,
        last: usize,
        ledger: &LedgerState,
        now: Timestamp,
    ) -> Vec<LedgerEvent> {
        let is_meant = |ping: &Planned| ping.old == Some(OldLink::FewerProtocols);
        let kept = self.newest_due(last, is_meant);
        self.adopt_but(&kept, is_meant, ledger, now)
    }

    /// The same for the links for which `is_meant` holds; their entries are compared with all others in the sources, so
    /// that an old entry does not become one of the newest because it is read late.
    pub fn adopt_unseen(
        &mut self,
        last: usize,
        is_meant: fn(OldLink) -> bool,
        ledger: &LedgerState,
        now: Timestamp,
    ) -> Vec<LedgerEvent> {
        let mut linking = self.read.linking.clone();
        order::sort_by_key(&mut linking, |(dated, _)| Reverse(*dated));
        let newest = linking.into_iter().take(last);
        let kept = newest.filter_map(|(_, index)| index).collect();
        let is_meant = |ping: &Planned| ping.old.is_some_and(is_meant);
        self.adopt_but(&kept, is_meant, ledger, now)
    }

    /// The events by which later runs know what this one has read; `events` record the rest. An entry without events would
    /// be one that the ledger has never seen.
    pub fn record_read(
        &mut self,
        events: &[LedgerEvent],
        ledger: &LedgerState,
        now: Timestamp,
    ) -> Vec<LedgerEvent> {
        let is_recorded: HashSet<&str> = events
            .iter()
            .filter_map(|event| match event {
                LedgerEvent::Adopt { entry, .. } => Some(entry.as_str()),
                _ => None,
            })
            .collect();
        let read = std::mem::take(&mut self.read.read).into_iter();
        let is_new =
            |entry: &String| !is_recorded.contains(entry.as_str()) || ledger.is_left_out(entry);
        let read = read.filter(is_new);
        let unread = std::mem::take(&mut self.read.unread).into_iter();
        let marked = read.map(|entry| (entry, false));
        let marked = marked.chain(unread.map(|entry| (entry, true)));
        let events = marked.map(|(entry, unread)| LedgerEvent::Adopt {
            time: ledger.time_for_reading(&entry, now),
            entry,
            targets: Vec::new(),
            unread,
        });
        let mut events: Vec<LedgerEvent> = events.collect();
        if ledger.has_begun() || self.read.has_content {
            events.extend(self.guids.record(now));
        }
        events
    }

    /// The `last` newest of the entries with such links. An entry without a date is older than any other; of two with the
    /// same date the first is the newer one, as in feeds.
    fn newest_due(&self, last: usize, is_meant: impl Fn(&Planned) -> bool) -> HashSet<usize> {
        let meant = self.pings.iter().filter(|ping| is_meant(ping));
        let mut due: Vec<usize> = meant.map(|ping| ping.entry).collect();
        due.dedup();
        order::sort_by_key(&mut due, |&index| {
            Reverse(self.entries.get(index).and_then(Entry::dated))
        });
        due.into_iter().take(last).collect()
    }

    fn adopt_but(
        &mut self,
        kept: &HashSet<usize>,
        is_meant: impl Fn(&Planned) -> bool,
        ledger: &LedgerState,
        now: Timestamp,
    ) -> Vec<LedgerEvent> {
        let (kept, adopted) = std::mem::take(&mut self.pings)
            .into_iter()
            .partition(|ping| kept.contains(&ping.entry) || !is_meant(ping));
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
            self.left_out.adopted += 1;
            let at = ledger.time_for(entry.permalink.as_str(), target.as_str(), now);
            match events.last_mut() {
                Some(LedgerEvent::Adopt { targets, time, .. }) if before == Some(index) => {
                    targets.push(target.into());
                    *time = at.max(*time);
                }
                _ => events.push(LedgerEvent::Adopt {
                    entry: entry.permalink.to_string(),
                    targets: vec![target.into()],
                    unread: false,
                    time: at,
                }),
            }
            before = Some(index);
        }
        events
    }
}

impl OldLink {
    /// Whether it is older than the ledger, which has not seen it.
    pub fn is_unseen(self) -> bool {
        matches!(self, OldLink::Unseen(_))
    }

    /// Whether its entry could not be read when the ledger was begun.
    pub fn is_left_out(self) -> bool {
        self == OldLink::Unseen(Unseen::LeftOut)
    }

    /// Whether its page was fetched before by a run that used fewer protocols.
    pub fn has_fewer_protocols(self) -> bool {
        self == OldLink::FewerProtocols
    }
}
