//! Several links of an entry that lead to one page, of which it is told once: by a redirect, or by the permalink that the
//! page states. A ping URL gets one ping of an entry anyway.

use std::sync::mpsc::Sender;

use url::Url;

use super::{LinkReport, PingTarget, Progress, RunState, lock, report};
use crate::error::Result;
use crate::linkback::discover::arxiv_page;
use crate::send::ledger::{LedgerEvent, LedgerState, LinkState};
use crate::send::ping_url::PageEndpoints;
use crate::send::plan::Planned;
use crate::sources::Entry;
use crate::urls::page_key;

impl LinkReport {
    /// The report for a link whose ping URL already got a ping of the entry.
    pub(super) fn same(link: usize, ping_url: &Url) -> LinkReport {
        LinkReport {
            ping_url: Some(ping_url.to_string()),
            answer: Some("this ping URL already got a ping of the entry".to_owned()),
            ..LinkReport::of(link, LinkState::Adopted)
        }
    }
}

impl RunState<'_> {
    /// Whether another link of the entry tells the page of a link that is new; records and reports it. The link to the
    /// page itself goes before one that leads there in another way, because receivers may refuse the target of that.
    pub(super) fn is_told_by_another(
        &self,
        link: usize,
        endpoints: &PageEndpoints,
        progress: &Sender<Progress>,
    ) -> Result<bool> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(false);
        };
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(false);
        };
        if planned.standing.is_some() || planned.target.fragment().is_some() {
            return Ok(false);
        }
        let others = self.others_at(entry, planned, endpoints);
        let own = self.permalink(entry, planned);
        let (permalink, target) = (own.as_str(), planned.target.as_str());
        {
            let mut ledger = lock(&self.ledger);
            // Of two that lead to each other one is told.
            let is_told = |other: &Url| self.is_told_of(&ledger.state, planned, permalink, other);
            if !others.iter().any(is_told) {
                return Ok(false);
            }
            let adopted = LedgerEvent::Adopt {
                entry: permalink.to_owned(),
                targets: vec![target.to_owned()],
                unread: false,
                time: ledger.time_for(permalink, target, self.now()),
            };
            ledger.add(vec![adopted])?;
        }
        let same = LinkReport {
            answer: Some("another link of the entry leads to this page".to_owned()),
            ..LinkReport::of(link, LinkState::Adopted)
        };
        report(progress, Progress::Link(same));
        Ok(true)
    }

    /// The other links of the entry to the page of this one: where it leads, or what is known to lead to the same page.
    fn others_at(&self, entry: &Entry, planned: &Planned, endpoints: &PageEndpoints) -> Vec<Url> {
        let own = page_key(&planned.target);
        let pages: Vec<String> = endpoints.pages.iter().map(page_key).collect();
        let shared = self.shared.lock();
        let end_of = |other: &Url| match shared.state.targets.get(other) {
            Some(PingTarget::Known(Ok(found))) => found.pages.first().map(page_key),
            Some(PingTarget::Known(Err(_)) | PingTarget::Pending(_)) | None => None,
        };
        let is_same = |other: &Url| {
            let key = page_key(other);
            let is_there = pages.contains(&key);
            // Neither is the page itself.
            let is_beside = || {
                let end = pages.first().filter(|end| **end != own);
                end.is_some_and(|end| end_of(other).as_ref() == Some(end))
            };
            key != own && other.fragment().is_none() && (is_there || is_beside())
        };
        let links = entry.links.iter();
        links
            .map(|link| arxiv_page(&link.url).unwrap_or_else(|| link.url.clone()))
            .filter(is_same)
            .collect()
    }

    /// Whether the page of another link was told, or is to be told in this run.
    fn is_told_of(
        &self,
        ledger: &LedgerState,
        planned: &Planned,
        permalink: &str,
        other: &Url,
    ) -> bool {
        match ledger.standing(permalink, other.as_str()) {
            Some(known) if known.state.is_over() => {
                matches!(known.state, LinkState::Sent | LinkState::Uncertain)
            }
            Some(_) | None => {
                let links = self.links.get(planned.entry).into_iter().flatten();
                let mut planned = links.filter_map(|&link| Some(self.planned(link)?.0));
                planned.any(|planned| planned.occasion.is_none() && planned.target == *other)
            }
        }
    }
}
