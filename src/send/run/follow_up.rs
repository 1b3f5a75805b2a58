//! What is told of changes: an entry's page is looked at, and what it says holds whatever a source says.

use std::sync::mpsc::Sender;

use jiff::Timestamp;
use url::Url;

use super::deliver::{LinkEnd, tries};
use super::{LinkReport, Progress, RunState, lock, say};
use crate::error::Result;
use crate::linkback::Protocol;
use crate::send::ledger::{AttemptResult, LedgerEvent, LinkState, LinkbackKeys, Occasion};
use crate::send::ping_url::Endpoint;
use crate::send::plan::{GONE_AFTER, Planned};
use crate::send::preflight::{self, NoPage};

impl RunState<'_> {
    /// Looks whether the page of an entry is gone that no source has any more, and notes it: who is told of that is told
    /// by a later run, if it is gone then.
    pub(super) fn check(&self, index: usize) -> Result<()> {
        let Some(check) = self.plan.checks.get(index) else {
            return Ok(());
        };
        match preflight::leads(self.client, &check.permalink) {
            Err(no_page) if no_page.is_gone => {
                let targets = check.targets.iter();
                targets
                    .map(|target| self.seen_gone(&check.permalink, target, &no_page.cause))
                    .collect()
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Says of a change that the page does not show it: it still has the link, or has it no more, or is there.
    pub(super) fn unchanged(
        &self,
        link: usize,
        planned: &Planned,
        has_link: bool,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let answer = match planned.occasion {
            Some(Occasion::Deletion) => {
                let end = LinkEnd::unsent(AttemptResult::Failed, "the page is there again", 0);
                self.note(planned, end)?;
                "the page is there again"
            }
            _ if has_link => "the page still has the link",
            _ => "the page has the link no more",
        };
        let told = LinkReport {
            answer: Some(answer.to_owned()),
            ..LinkReport::of(link, LinkState::Adopted)
        };
        say(tell, Progress::Link(told));
        Ok(())
    }

    /// Says of a change that the page cannot be looked at. If it is gone, that is noted.
    pub(super) fn not_seen(
        &self,
        link: usize,
        planned: &Planned,
        no_page: &NoPage,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let mut next = None;
        if no_page.is_gone
            && let Some(entry) = self.plan.entries.get(planned.entry)
        {
            next = self.gone_next();
            self.seen_gone(&entry.permalink, &planned.target, &no_page.cause)?;
        }
        let told = LinkReport {
            answer: Some(no_page.cause.clone()),
            next,
            ..LinkReport::of(link, LinkState::Failed)
        };
        say(tell, Progress::Link(told));
        Ok(())
    }

    /// Notes that the target of a change takes no Webmentions any more.
    pub(super) fn not_taken(&self, link: usize, tell: &Sender<Progress>) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let why = "it takes no Webmentions any more";
        let end = LinkEnd::unsent(AttemptResult::Refused, why, 0);
        self.end(link, planned, end, tell)
    }

    /// Leaves a mention for the next run whose host has got as many as nobody has confirmed.
    pub(super) fn too_many(
        &self,
        link: usize,
        endpoint: &Endpoint,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let most = self.settings.most_for_host;
        let why = format!(
            "its host gets {most} mentions in a run; the next run goes on, and `--yes` sends them all"
        );
        let end = LinkEnd {
            endpoint: Some(endpoint.clone()),
            next: Some(self.now()),
            ..LinkEnd::unsent(AttemptResult::Later, &why, tries(planned))
        };
        self.end(link, planned, end, tell)
    }

    /// Notes that an entry's page is gone, which is told a page that it linked to if it is gone later too.
    fn seen_gone(&self, permalink: &Url, target: &Url, cause: &str) -> Result<()> {
        let now = self.now();
        let (permalink, target) = (permalink.as_str(), target.as_str());
        let mut ledger = lock(&self.ledger);
        let fact = LedgerEvent::Result {
            entry: permalink.to_owned(),
            target: target.to_owned(),
            ping_url: None,
            attempt: None,
            state: AttemptResult::Later,
            answer: Some(cause.to_owned()),
            tries: 0,
            next: self.gone_next(),
            not_before: None,
            asked: None,
            keys: LinkbackKeys {
                via: Some(Protocol::Webmention.name().to_owned()),
                occasion: Some(Occasion::Deletion.name().to_owned()),
                digest: None,
                location: None,
            },
            time: ledger.time_for(permalink, target, now),
        };
        ledger.add(vec![fact])
    }

    /// When it is looked again whether a page is gone.
    fn gone_next(&self) -> Option<Timestamp> {
        self.now().checked_add(GONE_AFTER).ok()
    }
}
