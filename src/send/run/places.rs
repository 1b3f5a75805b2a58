//! Pages with several entries whose links do not tell by themselves which they mean: the page says it, when it is fetched.

use std::sync::mpsc::Sender;

use url::Url;

use super::deliver::LinkResult;
use super::{LinkReport, Progress, RunState, lock};
use crate::error::Result;
use crate::linkback::Protocol;
use crate::send::ledger::AttemptResult;
use crate::send::ping_url::Endpoint;
use crate::send::plan::Planned;
use crate::urls::fragment_key;

/// The answer in the ledger for a place that is known, and whose ping has not begun. Ledgers hold it.
const NOT_BEGUN: &str = "one of several entries on its page; its ping has not begun";

impl RunState<'_> {
    /// The fragments of the places on a page to which links of the plan lead.
    pub(super) fn fragments_of(&self, page: &Url) -> Vec<String> {
        let places = self.places.iter().map(|place| &place.planned.target);
        let is_here = |place: &&Url| {
            let fragment = place.as_str().strip_prefix(page.as_str());
            fragment.is_some_and(|fragment| fragment.starts_with('#'))
        };
        let here = places.filter(is_here);
        here.filter_map(fragment_key).collect()
    }

    /// Names the place in a report of one.
    pub(super) fn name_place(&self, progress: Progress) -> Progress {
        match progress {
            Progress::Link(report) => {
                let number = report.planned.checked_sub(self.plan.pings.len());
                Progress::Link(match number.and_then(|number| self.places.get(number)) {
                    Some(place) => LinkReport {
                        planned: place.link,
                        place: Some(place.planned.target.clone()),
                        ..report
                    },
                    None => report,
                })
            }
            Progress::Slow { .. } => progress,
        }
    }

    /// Decides what is sent for a link to a page whose entries at `known` places have ping URLs of their own; returns the
    /// endpoints for the link itself. The first place to which it leads stands for it, unless it also leads to the page
    /// and that has a ping URL; the others get pings of their own.
    pub(super) fn split(
        &self,
        link: usize,
        mut usable: Vec<Endpoint>,
        known: &[(String, Endpoint)],
        progress: &Sender<Progress>,
    ) -> Result<Vec<Endpoint>> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(usable);
        };
        let entry = self.plan.entries.get(planned.entry);
        let found = entry.and_then(|entry| entry.links.get(planned.link?));
        let (Some(entry), Some(found)) = (entry, found) else {
            return Ok(usable);
        };
        let first = self.plan.pings.len();
        let places = self.places.iter().enumerate();
        let mut chosen: Vec<(usize, &Planned, &Endpoint)> = places
            .filter(|(_, place)| place.link == link)
            .filter_map(|(number, place)| {
                let fragment = fragment_key(&place.planned.target)?;
                let (_, endpoint) = known.iter().find(|(known, _)| *known == fragment)?;
                Some((first + number, &place.planned, endpoint))
            })
            .collect();
        let is_of_page = chosen.len() < found.fragments.len();
        let at = usable
            .iter()
            .position(|endpoint| endpoint.protocol == Protocol::TrackBack);
        {
            let ledger = lock(&self.ledger);
            let permalink = entry.permalink.as_str();
            chosen
                .retain(|(_, place, _)| !ledger.state.has_events(permalink, place.target.as_str()));
        }
        match (at.and_then(|at| usable.get_mut(at)), chosen.is_empty()) {
            (_, true) => return Ok(usable),
            (Some(_), false) if is_of_page => {}
            (Some(of_page), false) => *of_page = chosen.remove(0).2.clone(),
            (None, false) => usable.push(chosen.remove(0).2.clone()),
        }
        // The endpoint of another protocol serves the whole page.
        if usable
            .first()
            .is_none_or(|first| first.protocol != Protocol::TrackBack)
        {
            return Ok(usable);
        }
        let mut taken: Vec<Url> = usable.iter().map(|endpoint| endpoint.url.clone()).collect();
        chosen.retain(|(_, _, endpoint)| {
            let is_new = !taken.contains(&endpoint.url);
            taken.push(endpoint.url.clone());
            is_new
        });
        if chosen.is_empty() {
            return Ok(usable);
        }
        // Should the run end now, the next one knows what is left.
        if planned.standing.is_none() {
            self.record_result(planned, self.not_begun())?;
        }
        for (_, place, _) in &chosen {
            self.record_result(place, self.not_begun())?;
        }
        for (number, _, endpoint) in chosen {
            self.add_ping(number, vec![endpoint.clone()], progress)?;
        }
        Ok(usable)
    }

    fn not_begun(&self) -> LinkResult {
        LinkResult {
            next: Some(self.now()),
            ..LinkResult::unsent(AttemptResult::Later, NOT_BEGUN, 0)
        }
    }
}
