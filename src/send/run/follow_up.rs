//! Notifications of changes. Whether an entry has a link, or is gone, is decided by its published page, not by the source.

use std::sync::mpsc::Sender;

use jiff::Timestamp;
use url::Url;

use super::deliver::{LinkResult, tries};
use super::{LinkReport, Progress, RunState, lock, next_attempt, report};
use crate::error::Result;
use crate::linkback::Protocol;
use crate::send::ledger::{AttemptResult, LedgerEvent, LinkState, LinkbackKeys, Occasion};
use crate::send::ping_url::Endpoint;
use crate::send::plan::{self, GONE_AFTER, Planned};
use crate::send::preflight::{self, PageFailure};

/// The answer in the ledger by which a page that was gone counts as published.
const EXISTS_AGAIN: &str = "the page exists again";

impl RunState<'_> {
    /// Checks whether the page of an entry is gone, and records it: a later run notifies the targets if it is still gone
    /// then. If it exists, no later run trusts that it was gone before.
    pub(super) fn check_deletion(&self, index: usize) -> Result<()> {
        let Some(check) = self.plan.checks.get(index) else {
            return Ok(());
        };
        match preflight::fetch_links(self.client, &check.permalink) {
            Err(failure) if failure.is_gone => check
                .targets
                .iter()
                .try_for_each(|target| self.record_gone(&check.permalink, target, &failure.cause)),
            Ok(_) => self.record_existing(&check.permalink),
            Err(_) => Ok(()),
        }
    }

    /// Records that an entry's page exists, for the links by which it was seen to be gone.
    pub(super) fn record_existing(&self, permalink: &Url) -> Result<()> {
        let mut ledger = lock(&self.ledger);
        let links = ledger.state.links_of(permalink.as_str());
        let sighted = links.filter(|(_, standing)| plan::is_sighted(standing));
        let now = self.now();
        let events = sighted.map(|(target, _)| {
            let time = ledger.time_for(permalink.as_str(), target, now);
            let answer = (AttemptResult::Failed, EXISTS_AGAIN);
            deletion((permalink.as_str(), target), answer, None, time)
        });
        let events: Vec<_> = events.collect();
        match events.is_empty() {
            true => Ok(()),
            false => ledger.add(events),
        }
    }

    fn is_known_to_exist(&self, planned: &Planned) -> bool {
        let entry = self.plan.entries.get(planned.entry);
        let ledger = lock(&self.ledger);
        let standing = entry.and_then(|entry| {
            let permalink = entry.permalink.as_str();
            ledger.state.standing(permalink, planned.target.as_str())
        });
        let follow_up = standing.and_then(|standing| standing.follow_up);
        follow_up.is_some_and(|known| known.exists_again())
    }

    /// Reports that the published page does not show the change: it still has the link, no longer has it, or exists.
    pub(super) fn unchanged(
        &self,
        link: usize,
        planned: &Planned,
        has_link: bool,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let answer = match planned.occasion {
            Some(Occasion::Deletion) => {
                if !self.is_known_to_exist(planned) {
                    let end = LinkResult::unsent(AttemptResult::Failed, EXISTS_AGAIN, 0);
                    self.record_result(planned, end)?;
                }
                EXISTS_AGAIN
            }
            _ if has_link => "the page still has the link",
            _ => "the page no longer has the link",
        };
        let link_report = LinkReport {
            answer: Some(answer.to_owned()),
            ..LinkReport::of(link, LinkState::Adopted)
        };
        report(progress, Progress::Link(link_report));
        Ok(())
    }

    /// Reports that the page of a changed entry could not be fetched, and records it if the page is gone.
    pub(super) fn unreadable(
        &self,
        link: usize,
        planned: &Planned,
        failure: &PageFailure,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let mut next = None;
        if failure.is_gone
            && let Some(entry) = self.plan.entries.get(planned.entry)
        {
            next = self.gone_next();
            self.record_gone(&entry.permalink, &planned.target, &failure.cause)?;
        }
        let link_report = LinkReport {
            answer: Some(failure.cause.clone()),
            next,
            ..LinkReport::of(link, LinkState::Failed)
        };
        report(progress, Progress::Link(link_report));
        Ok(())
    }

    /// Records that the target of a change has no usable Webmention endpoint: it no longer accepts Webmentions, or there is
    /// an obstacle, which may be temporary.
    pub(super) fn no_webmention(
        &self,
        link: usize,
        obstacle: Option<&str>,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let end = match obstacle {
            None => LinkResult::unsent(
                AttemptResult::Refused,
                "it no longer accepts Webmentions",
                0,
            ),
            Some(obstacle) => {
                let tries = tries(planned) + 1;
                LinkResult {
                    next: next_attempt(tries, self.now()),
                    ..LinkResult::unsent(AttemptResult::Failed, obstacle, tries)
                }
            }
        };
        self.finish(link, planned, end, progress)
    }

    /// Leaves a mention to the next run because its host has got as many in this one as are sent without asking.
    pub(super) fn too_many(
        &self,
        link: usize,
        endpoint: &Endpoint,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let most = self.settings.max_mentions;
        let why = format!(
            "a run sends {most} mentions to a host; the next run continues, and `--yes` sends them all"
        );
        let end = LinkResult {
            endpoint: Some(endpoint.clone()),
            // The next run may begin within the same second.
            next: Some(self.settings.now),
            ..LinkResult::unsent(AttemptResult::Later, &why, tries(planned))
        };
        self.finish(link, planned, end, progress)
    }

    /// Records that an entry's page is gone, unless that is known; `target` is notified if the page is still gone at a later
    /// time.
    fn record_gone(&self, permalink: &Url, target: &Url, cause: &str) -> Result<()> {
        let now = self.now();
        let (permalink, target) = (permalink.as_str(), target.as_str());
        let mut ledger = lock(&self.ledger);
        let standing = ledger.state.standing(permalink, target);
        if standing.as_ref().is_some_and(plan::is_sighted) {
            return Ok(());
        }
        let time = ledger.time_for(permalink, target, now);
        let answer = (AttemptResult::Later, cause);
        let event = deletion((permalink, target), answer, self.gone_next(), time);
        ledger.add(vec![event])
    }

    /// When a page that is gone is checked again.
    fn gone_next(&self) -> Option<Timestamp> {
        self.now().checked_add(GONE_AFTER).ok()
    }
}

/// The event by which a link's entry is known to be gone, or to exist again.
fn deletion(
    (entry, target): (&str, &str),
    (state, answer): (AttemptResult, &str),
    next: Option<Timestamp>,
    time: Timestamp,
) -> LedgerEvent {
    LedgerEvent::Result {
        entry: entry.to_owned(),
        target: target.to_owned(),
        ping_url: None,
        attempt: None,
        state,
        answer: Some(answer.to_owned()),
        tries: 0,
        next,
        not_before: None,
        asked: None,
        keys: LinkbackKeys {
            via: Some(Protocol::Webmention.name().to_owned()),
            occasion: Some(Occasion::Deletion.name().to_owned()),
            digest: None,
            location: None,
            spelling: None,
            source: None,
        },
        time,
    }
}
