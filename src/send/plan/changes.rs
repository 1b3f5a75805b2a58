//! Entries that have changed since they were told of, or are gone from the sources.

use std::collections::{BTreeMap, HashSet};

use url::Url;

use super::follow_up::{again, is_ending, is_mention, is_skipped, is_unknown};
use super::{DeletionCheck, Planned, SendOptions, SendPlan};
use crate::linkback::Protocol;
use crate::send::ledger::{
    AttemptResult, LedgerEvent, LedgerState, LinkStanding, LinkbackKeys, Occasion,
};
use crate::sources::Entry;

/// How many pages of entries that the sources do not have are looked at in a run.
const MOST_CHECKS: usize = 20;

impl SendPlan {
    /// Looks for entries that the ledger knows and the sources, which have all been read, do not have: whether their
    /// pages are to be looked at, and for which of them the deletion is to be told by now.
    pub fn look_for_deleted(&mut self, book: &LedgerState, wishes: &SendOptions) {
        let mut due: BTreeMap<Url, Vec<(Url, LinkStanding)>> = BTreeMap::new();
        let mut checks: BTreeMap<Url, Vec<Url>> = BTreeMap::new();
        for (entry, target, standing) in book.links() {
            if !is_mention(&standing, wishes) || self.seen.contains(&self.entry_hash(entry)) {
                continue;
            }
            let (Ok(entry), Ok(target)) = (Url::parse(entry), Url::parse(target)) else {
                continue;
            };
            if is_ending(&standing, &target, Occasion::Deletion, wishes) {
                due.entry(entry).or_default().push((target, standing));
            } else if is_unknown(&standing) && !is_skipped(&target, wishes) {
                checks.entry(entry).or_default().push(target);
            }
        }
        for (permalink, targets) in due {
            let index = self.entries.len();
            self.entries.push(nothing_but(permalink));
            let planned = targets
                .into_iter()
                .map(|(target, standing)| again(index, target, standing, Occasion::Deletion));
            self.pings.extend(planned);
        }
        // Each run begins at another place, so that all have their turn.
        let minutes = usize::try_from(wishes.now.as_second() / 60).unwrap_or_default();
        let begin = minutes.checked_rem(checks.len()).unwrap_or_default();
        let rest: Vec<_> = checks
            .into_iter()
            .map(|(permalink, targets)| DeletionCheck { permalink, targets })
            .collect();
        let in_turn = rest.iter().cycle().skip(begin).take(rest.len());
        self.checks = in_turn.take(MOST_CHECKS).cloned().collect();
    }

    /// How many entries have changed, or are gone, whose targets would be told, and how many targets that are.
    pub fn changed(&self) -> (usize, usize) {
        let changed = self.pings.iter().filter(|ping| ping.occasion.is_some());
        let entries: HashSet<usize> = changed.clone().map(|ping| ping.entry).collect();
        (entries.len(), changed.count())
    }

    /// Takes the changes out of the plan, and gives the facts that say that they count as told.
    pub fn count_as_told(&mut self, book: &LedgerState, wishes: &SendOptions) -> Vec<LedgerEvent> {
        let (changed, first) = std::mem::take(&mut self.pings)
            .into_iter()
            .partition::<Vec<Planned>, _>(|ping| ping.occasion.is_some());
        self.pings = first;
        self.left_out.sent += changed.len();
        let told = changed.iter().filter_map(|ping| {
            let entry = self.entries.get(ping.entry)?;
            let (permalink, target) = (entry.permalink.as_str(), ping.target.as_str());
            Some(LedgerEvent::Result {
                entry: permalink.to_owned(),
                target: target.to_owned(),
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
                    occasion: ping.occasion.map(|occasion| occasion.name().to_owned()),
                    digest: entry.digest.clone(),
                    location: None,
                },
                time: book.time_for(permalink, target, wishes.now),
            })
        });
        told.collect()
    }
}

/// An entry of which nothing is left but its address.
fn nothing_but(permalink: Url) -> Entry {
    Entry {
        permalink,
        title: String::new(),
        summary: String::new(),
        blog_name: String::new(),
        published: None,
        updated: None,
        links: Vec::new(),
        digest: None,
    }
}
