//! One ping of a run: what is written before it, sent, and written after it.

use std::sync::mpsc::Sender;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::hosts::{Closed, PutOff};
use super::{AGAIN, LinkReport, Progress, RunState, Unseen, WorkerTask, again, lock, say};
use crate::error::Result;
use crate::linkback::Protocol;
use crate::send::arxiv;
use crate::send::ledger::{AttemptResult, LedgerEvent, LinkStanding, LinkState, LinkbackKeys};
use crate::send::one_off::{Message, attempt, post};
use crate::send::outcome::{Limit, PingOutcome};
use crate::send::ping_url::Endpoint;
use crate::send::plan::Planned;
use crate::sources::Entry;

/// How the answer of a link begins whose entry is not published yet, or not with that link.
const NOT_LIVE: &str = "not live yet";

/// How long it is borne that a server says nothing but to come later.
const MAX_LATER: SignedDuration = SignedDuration::from_hours(30 * 24);

impl LinkReport {
    /// Of a link of which there is nothing more to say.
    pub(super) fn of(planned: usize, state: LinkState) -> LinkReport {
        LinkReport {
            planned,
            state,
            ping_url: None,
            via: None,
            answer: None,
            next: None,
        }
    }

    /// Of a link whose ping URL has got a ping of the entry before.
    fn same(link: usize, ping_url: &Url) -> LinkReport {
        LinkReport {
            ping_url: Some(ping_url.to_string()),
            answer: Some("the entry has been sent there already".to_owned()),
            ..LinkReport::of(link, LinkState::Adopted)
        }
    }
}

/// What is to be written and told of a link.
pub(super) struct LinkEnd {
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

impl LinkEnd {
    /// Of a link for which nothing was sent.
    pub(super) fn unsent(state: AttemptResult, answer: &str, tries: u32) -> LinkEnd {
        LinkEnd {
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

/// How often a link has failed before, or telling of the same change.
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
    /// Sends one ping, to the first of these endpoints; to the next, if nothing is taken there.
    pub(super) fn ping(
        &self,
        lane: usize,
        link: usize,
        endpoints: Vec<Endpoint>,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let mut endpoints = endpoints.into_iter();
        let (Some((planned, _)), Some(endpoint)) = (self.planned(link), endpoints.next()) else {
            return Ok(());
        };
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        if self.closed(&endpoint.url).is_some() {
            return self.put_off(link, &endpoint, tell);
        }
        let message = match self.message(link, entry, planned, &endpoint) {
            Ok(message) => message,
            Err(why) => {
                let end = LinkEnd {
                    endpoint: Some(endpoint),
                    ..LinkEnd::unsent(AttemptResult::Refused, &why, 0)
                };
                return self.end(link, planned, end, tell);
            }
        };
        let Some(attempt) = self.intend(entry, planned, &message)? else {
            let same = LinkReport::same(link, &endpoint.url);
            say(tell, Progress::Link(same));
            return Ok(());
        };
        let answered = post(self.client, &message, self.now());
        let rest: Vec<Endpoint> = endpoints.collect();
        let end = LinkEnd {
            endpoint: Some(endpoint.clone()),
            attempt: Some(attempt),
            answer: answered.outcome.answer().map(str::to_owned),
            asked: answered.asked,
            ..LinkEnd::unsent(AttemptResult::Failed, "", 0)
        };
        let end = match answered.outcome {
            PingOutcome::Failed(_) if answered.is_absent && !rest.is_empty() => {
                let end = LinkEnd {
                    tries: tries(planned),
                    next: Some(self.now()),
                    ..end
                };
                self.note(planned, end)?;
                return self.offer(link, rest, tell);
            }
            PingOutcome::Later(limit) => {
                return self.come_later(
                    lane,
                    link,
                    [vec![endpoint], rest].concat(),
                    &limit,
                    end,
                    tell,
                );
            }
            PingOutcome::Accepted => LinkEnd {
                state: AttemptResult::Sent,
                answer: arxiv::is_arxiv(&endpoint.url).then(|| arxiv::ACCEPTED.to_owned()),
                location: answered.location,
                ..end
            },
            PingOutcome::Refused(_) => LinkEnd {
                state: AttemptResult::Refused,
                ..end
            },
            PingOutcome::Uncertain(_) => LinkEnd {
                state: AttemptResult::Uncertain,
                tries: tries(planned),
                ..end
            },
            PingOutcome::Failed(_) => {
                let tries = tries(planned) + 1;
                LinkEnd {
                    tries,
                    next: again(tries, self.now()),
                    ..end
                }
            }
        };
        self.shared
            .lock()
            .state
            .hosts
            .took(arxiv::lane(&endpoint.url));
        self.end(link, planned, end, tell)?;
        self.go_on_with(lane, &endpoint.url, tell)
    }

    /// Writes that a ping is about to be sent, and gives the number of the attempt. `None` where its ping URL has got a
    /// ping of the entry for another link; an endpoint is all pages' of a site.
    fn intend(
        &self,
        entry: &Entry,
        planned: &Planned,
        message: &Message,
    ) -> Result<Option<String>> {
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let (endpoint, attempt) = (&message.endpoint, attempt()?);
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
            let before = ledger.book.standing(permalink, target);
            if endpoint.protocol == Protocol::TrackBack
                && before.is_none()
                && ledger.book.has_asked(permalink, endpoint.url.as_str())
            {
                let same = LedgerEvent::Adopt {
                    entry: permalink.to_owned(),
                    targets: vec![target.to_owned()],
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
                keys: keys(entry, planned, Some(endpoint), None),
                time: ledger.time_for(permalink, target, now),
            };
            ledger.add(vec![intent])?;
        }
        self.sync.sync()?;
        Ok(Some(attempt))
    }

    /// Has a ping wait that was told to come later: in this run, or until another one.
    fn come_later(
        &self,
        lane: usize,
        link: usize,
        endpoints: Vec<Endpoint>,
        limit: &Limit,
        end: LinkEnd,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let (Some((planned, _)), Some(endpoint)) = (self.planned(link), endpoints.first()) else {
            return Ok(());
        };
        let ping_url = &endpoint.url.clone();
        let now = self.now();
        let next = self.later_again(planned, limit.not_before);
        let mut end = LinkEnd {
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
                self.note(planned, end)?;
                if is_new {
                    let host = host.to_owned();
                    say(tell, Progress::Slow { host, pause });
                }
                self.go_on_with(lane, ping_url, tell)
            }
            PutOff::Over(pause) => {
                let pause = pause.and_then(|pause| SignedDuration::try_from(pause).ok());
                if let (Some(pause), None) = (pause, limit.not_before) {
                    end.next = end.next.and(now.checked_add(pause).ok());
                }
                // That this ping is given up says nothing of others.
                let next = end.next.or(now.checked_add(AGAIN[0]).ok());
                let closed = Closed {
                    answer: limit.answer.clone(),
                    next,
                    not_before: limit.not_before,
                };
                self.shared.lock().state.hosts.close(host, closed);
                self.end(link, planned, end, tell)?;
                self.go_on_with(lane, ping_url, tell)
            }
        }
    }

    /// Looks whether a host that is asked slowly can still be asked in this run; if not, its pings are for the next.
    fn go_on_with(&self, lane: usize, ping_url: &Url, tell: &Sender<Progress>) -> Result<()> {
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
                self.put_off(link, endpoint, tell)?;
            }
        }
        Ok(())
    }

    /// Leaves a ping for the next run whose host takes no more in this one.
    pub(super) fn put_off(
        &self,
        link: usize,
        endpoint: &Endpoint,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let closed = self.closed(&endpoint.url);
        let (Some((planned, _)), Some(closed)) = (self.planned(link), closed) else {
            return Ok(());
        };
        let end = LinkEnd {
            endpoint: Some(endpoint.clone()),
            not_before: closed.not_before,
            next: closed.next,
            ..LinkEnd::unsent(AttemptResult::Later, &closed.answer, tries(planned))
        };
        self.end(link, planned, end, tell)
    }

    /// When a ping is sent again that was told to come later: not before the time that was named, and less and less
    /// often; `None` after a month of that.
    fn later_again(&self, planned: &Planned, not_before: Option<Timestamp>) -> Option<Timestamp> {
        let now = self.now();
        let known = self.current(planned);
        let waited = known
            .and_then(|known| known.later_since)
            .map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        if waited > MAX_LATER {
            return None;
        }
        let mut total = SignedDuration::ZERO;
        let gap = AGAIN.into_iter().find(|gap| {
            total += *gap;
            waited < total
        });
        let gap = gap.or(AGAIN.last().copied())?;
        not_before.or(now.checked_add(gap).ok())
    }

    /// Where a link stands now.
    fn current(&self, planned: &Planned) -> Option<LinkStanding> {
        let entry = self.plan.entries.get(planned.entry)?;
        let book = &lock(&self.ledger).book;
        book.standing(entry.permalink.as_str(), planned.target.as_str())
    }

    /// Notes that no ping URL could be come by.
    pub(super) fn no_ping_url(
        &self,
        link: usize,
        unseen: &Unseen,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let tries = tries(planned);
        let end = if unseen.is_early {
            LinkEnd {
                next: self.later_again(planned, None),
                ..LinkEnd::unsent(AttemptResult::Later, &unseen.cause, tries)
            }
        } else {
            LinkEnd {
                next: again(tries + 1, self.now()),
                ..LinkEnd::unsent(AttemptResult::Failed, &unseen.cause, tries + 1)
            }
        };
        self.end(link, planned, end, tell)
    }

    /// Notes that an entry is not published yet, or not with this link. It costs nobody else anything to look again, so
    /// that is done at every run; but a look counts as a try only after the time of a failure's, and after the usual
    /// number of tries the link is given up.
    pub(super) fn not_live(
        &self,
        link: usize,
        planned: &Planned,
        cause: &str,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let answer = format!("{NOT_LIVE}: {cause}");
        let now = self.settings.now;
        let known = planned.standing.as_ref().filter(|known| {
            let said = known.answer.as_deref().unwrap_or_default();
            known.state == LinkState::Failed && said.starts_with(NOT_LIVE)
        });
        let tries = match known {
            None => 1,
            // One that was given up is looked at because somebody asked for it.
            Some(known) => match again(known.tries.max(1), known.time) {
                Some(due) if now < due => known.tries.max(1),
                _ => known.tries.max(1) + 1,
            },
        };
        let next = again(tries, now).map(|_| now);
        let is_news = known
            .is_none_or(|known| known.answer.as_ref() != Some(&answer) || known.tries != tries);
        if is_news {
            let end = LinkEnd {
                next,
                ..LinkEnd::unsent(AttemptResult::Failed, &answer, tries)
            };
            self.note(planned, end)?;
        }
        let told = LinkReport {
            answer: Some(answer),
            next,
            ..LinkReport::of(link, LinkState::Failed)
        };
        say(tell, Progress::Link(told));
        Ok(())
    }

    /// Writes how it ended and tells it.
    pub(super) fn end(
        &self,
        link: usize,
        planned: &Planned,
        end: LinkEnd,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let told = LinkReport {
            planned: link,
            state: end.state.into(),
            ping_url: end
                .endpoint
                .as_ref()
                .map(|endpoint| endpoint.url.to_string()),
            via: end.endpoint.as_ref().map(|endpoint| endpoint.protocol),
            answer: end.answer.clone(),
            next: end.next,
        };
        self.note(planned, end)?;
        say(tell, Progress::Link(told));
        Ok(())
    }

    pub(super) fn note(&self, planned: &Planned, end: LinkEnd) -> Result<()> {
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let now = self.now();
        let mut ledger = lock(&self.ledger);
        let fact = LedgerEvent::Result {
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
        ledger.add(vec![fact])
    }
}

/// What the ledger says of an attempt by another protocol than TrackBack.
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send::run::AGAIN;

    #[test]
    fn a_failure_is_tried_again_four_times() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (tries, after) in (1..).zip(AGAIN) {
            assert_eq!(again(tries, now), Some(now + after));
        }
        assert_eq!(again(5, now), None);
        assert_eq!(again(0, now), None);
    }
}
