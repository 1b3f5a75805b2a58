//! Sends one ping of a run, and records the intent before it and the result after it.

use std::sync::mpsc::Sender;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::hosts::{Closed, PutOff};
use super::identity::was_over;
use super::{
    FetchFailure, LinkReport, Progress, RETRIES, RunState, WorkerTask, lock, next_attempt, report,
};
use crate::error::Result;
use crate::linkback::Protocol;
use crate::send::arxiv;
use crate::send::ledger::{AttemptResult, LedgerEvent, LinkState, LinkbackKeys};
use crate::send::one_off::{LinkbackMessage, new_attempt_id, post};
use crate::send::outcome::{Limit, PingOutcome};
use crate::send::ping_url::Endpoint;
use crate::send::plan::Planned;
use crate::sources::Entry;

/// The prefix of the message for a link whose entry is not published yet, or not with that link. Ledgers hold it.
const NOT_LIVE: &str = "not live yet";

/// After how long a server that only asks to come back later is given up.
const MAX_LATER: SignedDuration = SignedDuration::from_hours(30 * 24);

impl LinkReport {
    /// A report of the state alone.
    pub(super) fn of(planned: usize, state: LinkState) -> LinkReport {
        LinkReport {
            planned,
            place: None,
            state,
            ping_url: None,
            via: None,
            answer: None,
            next: None,
        }
    }
}

/// The result of a link, to be recorded and reported.
pub(super) struct LinkResult {
    pub(super) state: AttemptResult,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) attempt: Option<String>,
    pub(super) answer: Option<String>,
    pub(super) asked: Option<String>,
    pub(super) location: Option<String>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) tries: u32,
    pub(super) next: Option<Timestamp>,
}

impl LinkResult {
    /// The result of a link for which nothing was sent.
    pub(super) fn unsent(state: AttemptResult, answer: &str, tries: u32) -> LinkResult {
        LinkResult {
            state,
            endpoint: None,
            attempt: None,
            answer: Some(answer.to_owned()),
            asked: None,
            location: None,
            not_before: None,
            tries,
            next: None,
        }
    }
}

/// How often a link's ping, or the follow-up for the same occasion, has failed in a row.
pub(super) fn tries(planned: &Planned) -> u32 {
    let known = planned.standing.as_ref();
    match planned.occasion {
        None => known.map_or(0, |known| known.tries),
        Some(occasion) => known
            .and_then(|known| known.follow_up.as_deref())
            .filter(|known| known.occasion == Some(occasion))
            .map_or(0, |known| known.tries),
    }
}

impl RunState<'_> {
    /// Sends one ping, to the first of these endpoints; if that does not exist, to the next.
    pub(super) fn ping(
        &self,
        lane: usize,
        link: usize,
        endpoints: Vec<Endpoint>,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let mut endpoints = endpoints.into_iter();
        let (Some((planned, _)), Some(endpoint)) = (self.planned(link), endpoints.next()) else {
            return Ok(());
        };
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        if self.closed(&endpoint.url).is_some() {
            return self.put_off(link, &endpoint, progress);
        }
        let message = match self.build_message(link, entry, planned, &endpoint) {
            Ok(message) => message,
            Err(why) => {
                let end = LinkResult {
                    endpoint: Some(endpoint),
                    ..LinkResult::unsent(AttemptResult::Refused, &why, 0)
                };
                return self.finish(link, planned, end, progress);
            }
        };
        let Some(attempt) = self.record_intent(entry, planned, &message)? else {
            let same = LinkReport::same(link, &endpoint.url);
            report(progress, Progress::Link(same));
            return Ok(());
        };
        let posted = post(self.client, &message, self.now());
        let end = LinkResult {
            endpoint: Some(endpoint.clone()),
            attempt: Some(attempt),
            answer: posted.outcome.answer().map(str::to_owned),
            asked: posted.asked,
            ..LinkResult::unsent(AttemptResult::Failed, "", 0)
        };
        let rest: Vec<Endpoint> = endpoints.collect();
        let end = match posted.outcome {
            PingOutcome::Failed(_) if posted.is_absent && !rest.is_empty() => {
                let end = LinkResult {
                    tries: tries(planned),
                    next: Some(self.now()),
                    ..end
                };
                self.record_result(planned, end)?;
                return self.add_ping(link, rest, progress);
            }
            PingOutcome::Later(limit) => {
                let endpoints = [vec![endpoint], rest].concat();
                return self.come_later(lane, link, endpoints, &limit, end, progress);
            }
            outcome => self.final_result(planned, &outcome, posted.location, end),
        };
        self.shared
            .lock()
            .state
            .hosts
            .accepted(arxiv::lane(&endpoint.url));
        self.finish(link, planned, end, progress)?;
        self.go_on_with(lane, &endpoint.url, progress)
    }

    /// What an attempt has come to, where no other endpoint is tried and the receiver has not asked to come later.
    fn final_result(
        &self,
        planned: &Planned,
        outcome: &PingOutcome,
        location: Option<String>,
        end: LinkResult,
    ) -> LinkResult {
        match outcome {
            PingOutcome::Accepted => {
                let is_arxiv = |to: &Endpoint| arxiv::is_arxiv(&to.url);
                let is_arxiv = end.endpoint.as_ref().is_some_and(is_arxiv);
                LinkResult {
                    state: AttemptResult::Sent,
                    answer: is_arxiv.then(|| arxiv::ACCEPTED.to_owned()),
                    location,
                    ..end
                }
            }
            PingOutcome::Refused(_) => LinkResult {
                state: AttemptResult::Refused,
                ..end
            },
            PingOutcome::Uncertain(_) => LinkResult {
                state: AttemptResult::Uncertain,
                tries: tries(planned),
                ..end
            },
            PingOutcome::Failed(_) | PingOutcome::Later(_) => {
                let tries = tries(planned) + 1;
                LinkResult {
                    tries,
                    next: next_attempt(tries, self.now()),
                    ..end
                }
            }
        }
    }

    /// Records that a message is about to be sent, and returns the attempt's id; `None` if it was sent
    /// under another URL of the entry, or is a ping and its ping URL already got one of the entry for another link. The endpoints of the other protocols serve all pages of a site.
    fn record_intent(
        &self,
        entry: &Entry,
        planned: &Planned,
        message: &LinkbackMessage,
    ) -> Result<Option<String>> {
        let own = self.permalink(entry, planned);
        let (permalink, target) = (own.as_str(), planned.target.as_str());
        let (endpoint, attempt) = (&message.endpoint, new_attempt_id()?);
        let known = planned.standing.as_ref();
        let open = match planned.occasion {
            None => known.map(|known| known.open.clone()),
            Some(_) => {
                let follow_up = known.and_then(|known| known.follow_up.as_deref());
                follow_up.map(|follow_up| follow_up.open.clone())
            }
        };
        {
            let now = self.now();
            let mut ledger = lock(&self.ledger);
            let before = ledger.state.standing(permalink, target);
            let is_over = before.as_ref().is_some_and(|before| before.state.is_over());
            let is_new = planned.occasion.is_none() && !was_over(planned);
            // In this run, under another URL of the entry.
            if is_over && is_new && ledger.state.has_events(permalink, target) {
                return Ok(None);
            }
            // A link that was never sent may have the ping URL of another.
            let is_first = before.is_none_or(|before| before.ping_url.is_none());
            if endpoint.protocol == Protocol::TrackBack
                && is_first
                && ledger.state.has_asked(permalink, endpoint.url.as_str())
            {
                let same = LedgerEvent::Adopt {
                    entry: permalink.to_owned(),
                    targets: vec![target.to_owned()],
                    unread: false,
                    time: ledger.time_for(permalink, target, now),
                };
                ledger.add(vec![same])?;
                return Ok(None);
            }
            let intent = LedgerEvent::Intent {
                entry: permalink.to_owned(),
                target: target.to_owned(),
                ping_url: endpoint.url.to_string(),
                attempt: attempt.clone(),
                over: open.unwrap_or_default(),
                title: message.title.clone(),
                keys: LinkbackKeys {
                    spelling: message.spelling(target),
                    ..keys(entry, planned, Some(endpoint), None)
                },
                time: ledger.time_for(permalink, target, now),
            };
            ledger.add(vec![intent])?;
        }
        self.sync.sync()?;
        Ok(Some(attempt))
    }

    /// Postpones a ping whose receiver asked to come back later: within this run, or to another one.
    fn come_later(
        &self,
        lane: usize,
        link: usize,
        endpoints: Vec<Endpoint>,
        limit: &Limit,
        end: LinkResult,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let (Some((planned, _)), Some(endpoint)) = (self.planned(link), endpoints.first()) else {
            return Ok(());
        };
        let ping_url = &endpoint.url.clone();
        let now = self.now();
        let next = self.later_again(planned, limit.not_before);
        let mut end = LinkResult {
            state: AttemptResult::Later,
            tries: tries(planned),
            not_before: limit.not_before,
            next,
            ..end
        };
        let host = arxiv::lane(ping_url);
        let waiting = {
            let begin = Instant::now();
            let mut shared = self.shared.lock();
            let waiting = shared
                .state
                .hosts
                .limited(host, limit, now, &self.settings.limits);
            if let PutOff::Again { pause, .. } = waiting {
                let task = WorkerTask::Ping(link, endpoints);
                shared
                    .lanes
                    .add_first(host, self.settings.spacing, task, begin);
                shared.lanes.slow_down(lane, pause, begin);
            }
            waiting
        };
        match waiting {
            PutOff::Again { pause, is_new } => {
                let pause_end = SignedDuration::try_from(pause).ok();
                end.next = pause_end.and_then(|pause| now.checked_add(pause).ok());
                self.record_result(planned, end)?;
                if is_new {
                    let host = host.to_owned();
                    report(progress, Progress::Slow { host, pause });
                }
                self.go_on_with(lane, ping_url, progress)
            }
            PutOff::Over(pause) => {
                let pause = pause.and_then(|pause| SignedDuration::try_from(pause).ok());
                if let (Some(pause), None) = (pause, limit.not_before) {
                    end.next = end.next.and(now.checked_add(pause).ok());
                }
                // Other pings to this host are retried even if this one is given up.
                let next = end.next.or(now.checked_add(RETRIES[0]).ok());
                let closed = Closed {
                    answer: limit.answer.clone(),
                    next,
                    not_before: limit.not_before,
                };
                self.shared.lock().state.hosts.close(host, closed);
                self.finish(link, planned, end, progress)?;
                self.go_on_with(lane, ping_url, progress)
            }
        }
    }

    /// Leaves the pings of a slow host to the next run if it would be waited for too long in this one.
    fn go_on_with(&self, lane: usize, ping_url: &Url, progress: &Sender<Progress>) -> Result<()> {
        let host = arxiv::lane(ping_url);
        let tasks = {
            let mut shared = self.shared.lock();
            if !shared
                .state
                .hosts
                .is_over(host, self.now(), &self.settings.limits)
            {
                return Ok(());
            }
            shared.lanes.drain_first(lane)
        };
        for task in tasks {
            if let WorkerTask::Ping(link, endpoints) = task
                && let Some(endpoint) = endpoints.first()
            {
                self.put_off(link, endpoint, progress)?;
            }
        }
        Ok(())
    }

    /// Leaves a ping to the next run because its host accepts no more in this one.
    pub(super) fn put_off(
        &self,
        link: usize,
        endpoint: &Endpoint,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let closed = self.closed(&endpoint.url);
        let (Some((planned, _)), Some(closed)) = (self.planned(link), closed) else {
            return Ok(());
        };
        let end = LinkResult {
            endpoint: Some(endpoint.clone()),
            not_before: closed.not_before,
            next: closed.next,
            ..LinkResult::unsent(AttemptResult::Later, &closed.answer, tries(planned))
        };
        self.finish(link, planned, end, progress)
    }

    /// When a ping is sent again whose receiver asked to come back later: not before the time that it named, and less
    /// and less often; `None` after a month.
    fn later_again(&self, planned: &Planned, not_before: Option<Timestamp>) -> Option<Timestamp> {
        let now = self.now();
        let waited = self
            .later_since(planned)
            .map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        if waited > MAX_LATER {
            return None;
        }
        let mut total = SignedDuration::ZERO;
        let gap = RETRIES.into_iter().find(|gap| {
            total += *gap;
            waited < total
        });
        let gap = gap.or(RETRIES.last().copied())?;
        not_before.or(now.checked_add(gap).ok())
    }

    /// Since when the receiver has only asked to come back later: for the link's ping, or for the same follow-up.
    fn later_since(&self, planned: &Planned) -> Option<Timestamp> {
        let entry = self.plan.entries.get(planned.entry)?;
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let standing = lock(&self.ledger).state.standing(permalink, target)?;
        if planned.occasion.is_none() {
            return standing.later_since;
        }
        let last = standing.follow_up?;
        let is_same = (last.occasion, &last.digest) == (planned.occasion, &entry.digest);
        last.later_since.filter(|_| is_same)
    }

    /// Records that the target could not be fetched, so its endpoints are unknown.
    pub(super) fn no_endpoint(
        &self,
        link: usize,
        failure: &FetchFailure,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let tries = tries(planned);
        let end = if let Some(not_before) = failure.early {
            LinkResult {
                next: self.later_again(planned, not_before),
                not_before,
                ..LinkResult::unsent(AttemptResult::Later, &failure.cause, tries)
            }
        } else {
            LinkResult {
                next: next_attempt(tries + 1, self.now()),
                ..LinkResult::unsent(AttemptResult::Failed, &failure.cause, tries + 1)
            }
        };
        self.finish(link, planned, end, progress)
    }

    /// Records that an entry is not published yet, or not with this link. Checking again costs only the user's own site
    /// a request, so every run does; but a check counts as a try only after the usual pause, and after the usual number
    /// of tries the link is given up.
    pub(super) fn not_live(
        &self,
        link: usize,
        planned: &Planned,
        cause: &str,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let answer = format!("{NOT_LIVE}: {cause}");
        let now = self.settings.now;
        let known = planned.standing.as_ref().filter(|known| {
            let said = known.answer.as_deref().unwrap_or_default();
            known.state == LinkState::Failed && said.starts_with(NOT_LIVE)
        });
        let tries = match known {
            None => 1,
            // A link that was given up is checked only because the user asked for it.
            Some(known) => match next_attempt(known.tries.max(1), known.time) {
                Some(due) if now < due => known.tries.max(1),
                _ => known.tries.max(1) + 1,
            },
        };
        let next = next_attempt(tries, now).map(|_| now);
        let is_news = known
            .is_none_or(|known| known.answer.as_ref() != Some(&answer) || known.tries != tries);
        if is_news {
            let end = LinkResult {
                next,
                ..LinkResult::unsent(AttemptResult::Failed, &answer, tries)
            };
            self.record_result(planned, end)?;
        }
        let link_report = LinkReport {
            answer: Some(answer),
            next,
            ..LinkReport::of(link, LinkState::Failed)
        };
        report(progress, Progress::Link(link_report));
        Ok(())
    }

    /// Records and reports the result of a link.
    pub(super) fn finish(
        &self,
        link: usize,
        planned: &Planned,
        end: LinkResult,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let link_report = LinkReport {
            planned: link,
            place: None,
            state: end.state.into(),
            ping_url: end
                .endpoint
                .as_ref()
                .map(|endpoint| endpoint.url.to_string()),
            via: end.endpoint.as_ref().map(|endpoint| endpoint.protocol),
            answer: end.answer.clone(),
            next: end.next,
        };
        self.record_result(planned, end)?;
        report(progress, Progress::Link(link_report));
        Ok(())
    }

    pub(super) fn record_result(&self, planned: &Planned, end: LinkResult) -> Result<()> {
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        let own = self.permalink(entry, planned);
        let (permalink, target) = (own.as_str(), planned.target.as_str());
        let now = self.now();
        let mut ledger = lock(&self.ledger);
        let event = LedgerEvent::Result {
            entry: permalink.to_owned(),
            target: target.to_owned(),
            keys: keys(entry, planned, end.endpoint.as_ref(), end.location),
            ping_url: end.endpoint.map(|endpoint| endpoint.url.into()),
            attempt: end.attempt,
            state: end.state,
            answer: end.answer,
            tries: end.tries,
            next: end.next,
            not_before: end.not_before,
            asked: end.asked,
            time: ledger.time_for(permalink, target, now),
        };
        ledger.add(vec![event])
    }
}

/// The ledger's keys for an attempt by a protocol other than TrackBack.
fn keys(
    entry: &Entry,
    planned: &Planned,
    endpoint: Option<&Endpoint>,
    location: Option<String>,
) -> LinkbackKeys {
    let protocol = endpoint.map(|endpoint| endpoint.protocol);
    let is_mention = protocol == Some(Protocol::Webmention) || planned.occasion.is_some();
    let via = match protocol {
        Some(protocol) if protocol != Protocol::TrackBack => Some(protocol),
        _ if is_mention => Some(Protocol::Webmention),
        _ => None,
    };
    LinkbackKeys {
        via: via.map(|via| via.name().to_owned()),
        occasion: planned.occasion.map(|occasion| occasion.name().to_owned()),
        digest: entry.digest.clone().filter(|_| is_mention),
        location,
        spelling: None,
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send::run::RETRIES;

    #[test]
    fn a_failure_is_tried_again_four_times() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (tries, after) in (1..).zip(RETRIES) {
            assert_eq!(next_attempt(tries, now), Some(now + after));
        }
        assert_eq!(next_attempt(5, now), None);
        assert_eq!(next_attempt(0, now), None);
    }
}
