//! Plans what to send for entries that have changed since they were sent, or that the sources no longer contain.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use url::Url;

use super::follow_up::{
    is_mention, is_notice_due, is_of_other_reader, is_sighted, is_skipped, needs_check, notice,
};
use super::{DeletionCheck, Planned, SendOptions, SendPlan};
use crate::linkback::Protocol;
use crate::send::ledger::{
    AttemptResult, LedgerEvent, LedgerState, LinkStanding, LinkbackKeys, Occasion,
};
use crate::sources::Entry;

/// How many pages of entries that the sources do not contain a run checks.
const MAX_CHECKS: usize = 20;

/// When the pages are told that an entry is gone which linked to them, the earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeletionNews {
    /// In this run.
    Due,
    /// In a run from this time on.
    From(Timestamp),
    /// By a run that is [`GONE_AFTER`](super::GONE_AFTER) later than this one, which is the first to see it.
    First,
    /// There is nobody left to tell.
    Over,
}

impl SendPlan {
    /// Takes note that the page of an entry is gone that the user named; returns when the pages are told that got a
    /// Webmention of it, `None` if there are none. Its page is then among those that are checked, and its targets are told
    /// as if a feed no longer had it.
    pub fn add_gone(
        &mut self,
        permalink: &Url,
        ledger: &LedgerState,
        options: &SendOptions,
    ) -> Option<DeletionNews> {
        let links = ledger.links_of(permalink.as_str());
        let news = links
            .filter(|(_, standing)| is_mention(standing, options))
            .filter_map(|(target, standing)| {
                let target = Url::parse(target).ok()?;
                let next = standing.follow_up.as_deref().and_then(|known| known.next);
                Some(match next {
                    _ if is_skipped(&target, options) => DeletionNews::Over,
                    _ if is_notice_due(&standing, &target, Occasion::Deletion, options) => {
                        DeletionNews::Due
                    }
                    Some(next) if is_sighted(&standing) => DeletionNews::From(next),
                    _ if needs_check(&standing) => DeletionNews::First,
                    _ => DeletionNews::Over,
                })
            })
            .min();
        if news.is_some() {
            self.gone.push(permalink.clone());
        }
        news
    }

    /// Plans checks of the pages of entries that the ledger knows and the sources do not contain, and the notifications of
    /// those that are known to be deleted. The pages of entries that the sources contain are checked only if they were
    /// seen to be gone. Call it only after all sources were read.
    pub fn add_deleted(&mut self, ledger: &LedgerState, options: &SendOptions) {
        let mut due: BTreeMap<Url, Vec<(Url, LinkStanding)>> = BTreeMap::new();
        let mut checks: BTreeMap<Url, Vec<Url>> = BTreeMap::new();
        for (entry, target, standing) in ledger.links() {
            let is_listed = self.seen.contains(&self.entry_hash(entry, ledger));
            if !is_mention(&standing, options) || is_listed && !is_sighted(&standing) {
                continue;
            }
            let (Ok(entry), Ok(target)) = (Url::parse(entry), Url::parse(target)) else {
                continue;
            };
            let is_due = is_notice_due(&standing, &target, Occasion::Deletion, options);
            if is_due && !is_listed {
                due.entry(entry).or_default().push((target, standing));
            } else if needs_check(&standing) && !is_skipped(&target, options) {
                checks.entry(entry).or_default().push(target);
            }
        }
        // Their pages are requested in any case.
        let planned = self.entries.iter().map(|entry| &entry.permalink);
        planned.for_each(|planned| drop(checks.remove(planned)));
        for (permalink, targets) in due {
            checks.remove(&permalink);
            let index = self.entries.len();
            self.entries.push(Entry::at(permalink));
            let planned = targets
                .into_iter()
                .map(|(target, standing)| notice(index, target, standing, Occasion::Deletion));
            self.pings.extend(planned);
        }
        // Each run begins at another place, so that every page is checked at some time.
        let minutes = usize::try_from(options.now.as_second() / 60).unwrap_or_default();
        let begin = minutes.checked_rem(checks.len()).unwrap_or_default();
        let checks: Vec<_> = checks
            .into_iter()
            .map(|(permalink, targets)| DeletionCheck { permalink, targets })
            .collect();
        let is_gone = |check: &&DeletionCheck| {
            let mut gone = self.gone.iter();
            gone.any(|gone| {
                ledger.identity(gone.as_str()) == ledger.identity(check.permalink.as_str())
            })
        };
        let in_turn = checks.iter().cycle().skip(begin).take(checks.len());
        let in_turn = in_turn.filter(|check| !is_gone(check)).take(MAX_CHECKS);
        let gone = checks.iter().filter(is_gone);
        self.checks = gone.chain(in_turn).cloned().collect();
    }

    /// How many entries have changed or are gone, and how many targets would be notified.
    pub fn changed(&self) -> (usize, usize) {
        let changed = self.pings.iter().filter(|ping| ping.occasion.is_some());
        let entries: HashSet<usize> = changed.clone().map(|ping| ping.entry).collect();
        (entries.len(), changed.count())
    }

    /// Removes the changes from the plan, and returns the events by which they count as sent.
    pub fn adopt_changes(
        &mut self,
        ledger: &LedgerState,
        options: &SendOptions,
    ) -> Vec<LedgerEvent> {
        let (changed, first) = std::mem::take(&mut self.pings)
            .into_iter()
            .partition::<Vec<Planned>, _>(|ping| ping.occasion.is_some());
        self.pings = first;
        self.left_out.sent += changed.len();
        let events = changed.iter().filter_map(|ping| {
            let entry = self.entries.get(ping.entry)?;
            let (permalink, digest) = (&entry.permalink, entry.digest.clone());
            let time = ledger.time_for(permalink.as_str(), ping.target.as_str(), options.now);
            Some(told(permalink, &ping.target, ping.occasion, digest, time))
        });
        events.collect()
    }

    /// Takes note of the content of an entry if another version of the reader has read it before.
    pub(super) fn note_reader(
        &mut self,
        entry: &Entry,
        target: &Url,
        ledger: &LedgerState,
        options: &SendOptions,
    ) {
        let permalink = &entry.permalink;
        let standing = ledger.standing(permalink.as_str(), target.as_str());
        if let (Some(digest), Some(standing)) = (&entry.digest, standing)
            && is_of_other_reader(&standing, digest, options)
        {
            let noted = (permalink.clone(), target.clone(), digest.clone());
            self.other_reader.push(noted);
        }
    }

    /// The events by which the contents of sent entries count as told that another version of the reader has read before.
    pub fn record_reader(
        &mut self,
        ledger: &LedgerState,
        options: &SendOptions,
    ) -> Vec<LedgerEvent> {
        let noted = std::mem::take(&mut self.other_reader).into_iter();
        let events = noted.map(|(permalink, target, digest)| {
            let time = ledger.time_for(permalink.as_str(), target.as_str(), options.now);
            let occasion = Some(Occasion::Update);
            told(&permalink, &target, occasion, Some(digest), time)
        });
        events.collect()
    }
}

/// The event by which a target counts as told of a change.
pub(super) fn told(
    permalink: &Url,
    target: &Url,
    occasion: Option<Occasion>,
    digest: Option<String>,
    time: Timestamp,
) -> LedgerEvent {
    LedgerEvent::Result {
        entry: permalink.to_string(),
        target: target.to_string(),
        ping_url: None,
        attempt: None,
        state: AttemptResult::Sent,
        answer: None,
        tries: 0,
        next: None,
        not_before: None,
        asked: None,
        keys: LinkbackKeys {
            via: Some(Protocol::Webmention.name().to_owned()),
            occasion: occasion.map(|occasion| occasion.name().to_owned()),
            digest,
            location: None,
            spelling: None,
            source: None,
        },
        time,
    }
}
