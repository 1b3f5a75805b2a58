//! Entries that are known by several URLs: what was sent for one of them is not sent again for another.

use std::sync::mpsc::Sender;

use url::Url;

use super::{LinkReport, Progress, RunState, lock, report};
use crate::error::Result;
use crate::linkback::Protocol;
use crate::send::ledger::{LedgerEvent, LinkStanding, LinkState};
use crate::send::plan::Planned;
use crate::send::preflight::{self, OldPage, PublishedPage};
use crate::sources::Entry;
use crate::urls::sent_entry_key;

impl RunState<'_> {
    /// Records by which other URLs an entry is known, after its page was fetched: where that page says it is, and where the
    /// ledger has it from the time before it was moved.
    pub(super) fn record_names(
        &self,
        index: usize,
        entry: &Entry,
        page: &PublishedPage,
    ) -> Result<()> {
        let now_at = page.moved.as_ref().unwrap_or(&entry.permalink);
        if let Some(moved) = &page.moved {
            let mut shared = self.shared.lock();
            shared.state.moved.insert(index, moved.clone());
            drop(shared);
            self.record_same(&entry.permalink, moved)?;
        }
        let links = self.links.get(index).into_iter().flatten();
        let planned = links.filter_map(|&link| Some(self.planned(link)?.0));
        let new = planned.filter(|planned| planned.occasion.is_none());
        let targets: Vec<&Url> = new.map(|planned| &planned.target).collect();
        for (before, has_guid) in self.earlier_urls(entry, now_at, &targets) {
            let links = self.links_before(&before, &targets);
            let old_page = preflight::old_page(self.client, &before, now_at, &links);
            match (old_page, has_guid) {
                (OldPage::Moved, _) => return self.record_same(&before, now_at),
                (OldPage::Gone | OldPage::Replaced, true) => {
                    self.take_over(&before, now_at, &targets, &|_| true)?;
                }
                (OldPage::Gone, false) if !entry.title.is_empty() => {
                    let is_same = |known: &LinkStanding| known.title == entry.title;
                    self.take_over(&before, now_at, &targets, &is_same)?;
                }
                (OldPage::Gone | OldPage::Replaced | OldPage::There, _) => {}
            }
        }
        Ok(())
    }

    /// The links that an entry had, or has now.
    fn links_before(&self, before: &Url, targets: &[&Url]) -> Vec<Url> {
        let ledger = lock(&self.ledger);
        let known = ledger.state.links_of(before.as_str());
        let known = known.filter_map(|(target, _)| Url::parse(target).ok());
        known.chain(targets.iter().copied().cloned()).collect()
    }

    /// The URLs that the entry at `now_at` may have had before, and of each whether a feed had it under the entry's id.
    fn earlier_urls(&self, entry: &Entry, now_at: &Url, targets: &[&Url]) -> Vec<(Url, bool)> {
        let ledger = lock(&self.ledger);
        let is_new = |target: &&Url| {
            let known = ledger.state.standing(now_at.as_str(), target.as_str());
            known.is_none_or(|known| known.was_never_begun())
        };
        let guid = self.plan.guid_of(entry);
        let guid = guid.filter(|_| targets.iter().any(is_new));
        let is_listed = |url: &str| self.plan.is_listed(url, &ledger.state);
        let named = guid.map(|guid| ledger.state.entries_of_guid(guid, now_at, is_listed));
        let named = named.unwrap_or_default();
        // The pages of the entries in the plan say themselves where they are.
        let is_other = |url: &str| self.permalinks.contains(url);
        let likely = ledger.state.entries_like(now_at, targets, is_other);
        let likely = likely.into_iter().filter(|url| !named.contains(url));
        let likely: Vec<_> = likely.map(|url| (url, false)).collect();
        let named = named.into_iter().map(|url| (url, true));
        named.chain(likely).collect()
    }

    /// Records that two URLs are those of one entry.
    fn record_same(&self, entry: &Url, page: &Url) -> Result<()> {
        let mut ledger = lock(&self.ledger);
        if ledger.state.identity(entry.as_str()) == ledger.state.identity(page.as_str()) {
            return Ok(());
        }
        let same = LedgerEvent::Same {
            entry: entry.to_string(),
            page: page.to_string(),
            time: self.now(),
        };
        ledger.add(vec![same])
    }

    /// Counts as sent what was sent for an entry whose page is gone, where `is_same` says so. A Webmention of it is sent
    /// again, because its receivers lose the one whose page is gone.
    fn take_over(
        &self,
        before: &Url,
        now_at: &Url,
        targets: &[&Url],
        is_same: &dyn Fn(&LinkStanding) -> bool,
    ) -> Result<()> {
        let mut ledger = lock(&self.ledger);
        let mut events = Vec::new();
        for target in targets {
            let own = ledger.state.standing(now_at.as_str(), target.as_str());
            if own.is_some_and(|own| !own.was_never_begun()) {
                continue;
            }
            let known = ledger.state.standing(before.as_str(), target.as_str());
            let is_known = known.is_some_and(|known| {
                let is_mention =
                    known.state == LinkState::Sent && known.via == Some(Protocol::Webmention);
                known.state.is_over() && !is_mention && is_same(&known)
            });
            if is_known {
                events.push(LedgerEvent::Adopt {
                    entry: now_at.to_string(),
                    targets: vec![target.to_string()],
                    unread: false,
                    time: ledger.time_for(now_at.as_str(), target.as_str(), self.now()),
                });
            }
        }
        match events.is_empty() {
            true => Ok(()),
            false => ledger.add(events),
        }
    }

    /// Whether a new link was sent, or is about to be, for another URL of its entry; reports it.
    pub(super) fn is_known_by_another_name(
        &self,
        link: usize,
        planned: &Planned,
        progress: &Sender<Progress>,
    ) -> bool {
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return false;
        };
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let standing = lock(&self.ledger).state.standing(permalink, target);
        let Some(standing) = standing.filter(|_| planned.occasion.is_none()) else {
            return false;
        };
        let is_later = planned.standing.is_none() && standing.next > Some(self.settings.now);
        let known = if standing.state.is_over() && !was_over(planned) {
            LinkReport {
                answer: Some("it was sent before, under another URL of the entry".to_owned()),
                ..LinkReport::of(link, LinkState::Adopted)
            }
        } else if is_later {
            LinkReport {
                answer: standing.answer,
                next: standing.next,
                ..LinkReport::of(link, standing.state)
            }
        } else {
            return false;
        };
        report(progress, Progress::Link(known));
        true
    }

    /// The URL of a link's entry that its receiver is told: where the entry is by its page. The receiver of a Webmention
    /// knows it by the URL of which it was told.
    pub(super) fn permalink(&self, entry: &Entry, planned: &Planned) -> Url {
        let told = planned
            .standing
            .as_ref()
            .filter(|_| planned.occasion.is_some());
        let told = told.and_then(|told| Url::parse(told.source.as_deref()?).ok());
        let moved = || self.shared.lock().state.moved.get(&planned.entry).cloned();
        let other = told.or_else(moved);
        let is_other = |url: &Url| sent_entry_key(url) != sent_entry_key(&entry.permalink);
        other
            .filter(is_other)
            .unwrap_or_else(|| entry.permalink.clone())
    }
}

/// Whether a link was sent before the plan was made: the user wants it to be sent again.
pub(super) fn was_over(planned: &Planned) -> bool {
    let standing = planned.standing.as_ref();
    standing.is_some_and(|standing| standing.state.is_over())
}
