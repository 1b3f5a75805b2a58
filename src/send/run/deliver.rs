//! Sends one ping of a run, and records the intent before it and the result after it.

use std::sync::mpsc::Sender;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::hosts::{Closed, PutOff};
use super::{
    AGAIN, FetchFailure, LinkReport, Progress, RunState, WorkerTask, lock, next_attempt, report,
};
use crate::error::Result;
use crate::linkback::trackback::Ping;
use crate::send::arxiv;
use crate::send::ledger::{AttemptResult, LedgerEvent, LinkStanding, LinkState};
use crate::send::one_off::{new_attempt_id, post};
use crate::send::outcome::{Limit, PingOutcome};
use crate::send::plan::Planned;
use crate::sources::Entry;
use crate::text::{crop, escape_xml};

/// The prefix of the message for a link whose entry is not published yet, or not with that link. Ledgers hold it.
const NOT_LIVE: &str = "not live yet";

/// After how long a server that only asks to come back later is given up.
const MAX_LATER: SignedDuration = SignedDuration::from_hours(30 * 24);

impl LinkReport {
    /// The report for a link whose ping URL already got a ping of the entry.
    fn same(link: usize, ping_url: &Url) -> LinkReport {
        LinkReport {
            planned: link,
            state: LinkState::Adopted,
            ping_url: Some(ping_url.to_string()),
            answer: Some("this ping URL already got a ping of the entry".to_owned()),
            next: None,
        }
    }
}

/// The result of a link, to be recorded and reported.
struct LinkResult {
    state: AttemptResult,
    ping_url: Option<String>,
    attempt: Option<String>,
    answer: Option<String>,
    asked: Option<String>,
    not_before: Option<Timestamp>,
    tries: u32,
    next: Option<Timestamp>,
}

impl LinkResult {
    /// The result of a link for which nothing was sent.
    fn unsent(state: AttemptResult, answer: &str, tries: u32) -> LinkResult {
        LinkResult {
            state,
            ping_url: None,
            attempt: None,
            answer: Some(answer.to_owned()),
            asked: None,
            not_before: None,
            tries,
            next: None,
        }
    }
}

/// How often a link has failed before.
fn tries(planned: &Planned) -> u32 {
    planned.standing.as_ref().map_or(0, |known| known.tries)
}

impl RunState<'_> {
    /// Sends one ping.
    pub(super) fn ping(
        &self,
        lane: usize,
        link: usize,
        ping_url: &Url,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        if self.closed(ping_url).is_some() {
            return self.put_off(link, ping_url, progress);
        }
        let ping = match build_ping(entry, planned, ping_url, &self.settings.blog_name) {
            Ok(ping) => ping,
            Err(why) => {
                let end = LinkResult {
                    ping_url: Some(ping_url.to_string()),
                    ..LinkResult::unsent(AttemptResult::Refused, &why, 0)
                };
                return self.finish(link, planned, end, progress);
            }
        };
        let Some(attempt) = self.record_intent(entry, planned, ping_url, &ping)? else {
            report(progress, Progress::Link(LinkReport::same(link, ping_url)));
            return Ok(());
        };
        let answered = post(self.client, ping_url, &ping, self.now());
        let end = LinkResult {
            ping_url: Some(ping_url.to_string()),
            attempt: Some(attempt),
            answer: answered.outcome.answer().map(str::to_owned),
            asked: answered.asked,
            ..LinkResult::unsent(AttemptResult::Failed, "", 0)
        };
        let end = match answered.outcome {
            PingOutcome::Later(limit) => {
                return self.come_later(lane, link, ping_url, &limit, end, progress);
            }
            PingOutcome::Accepted => LinkResult {
                state: AttemptResult::Sent,
                answer: arxiv::is_arxiv(ping_url).then(|| arxiv::ACCEPTED.to_owned()),
                ..end
            },
            PingOutcome::Refused(_) => LinkResult {
                state: AttemptResult::Refused,
                ..end
            },
            PingOutcome::Uncertain(_) => LinkResult {
                state: AttemptResult::Uncertain,
                tries: tries(planned),
                ..end
            },
            PingOutcome::Failed(_) => {
                let tries = tries(planned) + 1;
                LinkResult {
                    tries,
                    next: next_attempt(tries, self.now()),
                    ..end
                }
            }
        };
        self.shared
            .lock()
            .state
            .hosts
            .accepted(arxiv::lane(ping_url));
        self.finish(link, planned, end, progress)?;
        self.go_on_with(lane, ping_url, progress)
    }

    /// Records that a ping is about to be sent, and returns the attempt's id; `None` if its ping URL already got a ping
    /// of the entry for another link.
    fn record_intent(
        &self,
        entry: &Entry,
        planned: &Planned,
        ping_url: &Url,
        ping: &Ping,
    ) -> Result<Option<String>> {
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let attempt = new_attempt_id()?;
        let known = planned.standing.as_ref();
        {
            let now = self.now();
            let mut ledger = lock(&self.ledger);
            let before = ledger.state.standing(permalink, target);
            if before.is_none() && ledger.state.has_asked(permalink, ping_url.as_str()) {
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
                ping_url: ping_url.to_string(),
                attempt: attempt.clone(),
                over: known.map_or(Vec::new(), |known| known.open.clone()),
                title: ping.title.clone(),
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
        ping_url: &Url,
        limit: &Limit,
        end: LinkResult,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
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
                let task = WorkerTask::Ping(link, ping_url.clone());
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
                let next = end.next.or(now.checked_add(AGAIN[0]).ok());
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
            if let WorkerTask::Ping(link, ping_url) = task {
                self.put_off(link, &ping_url, progress)?;
            }
        }
        Ok(())
    }

    /// Leaves a ping to the next run because its host accepts no more in this one.
    pub(super) fn put_off(
        &self,
        link: usize,
        ping_url: &Url,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let closed = self.closed(ping_url);
        let (Some((planned, _)), Some(closed)) = (self.planned(link), closed) else {
            return Ok(());
        };
        let end = LinkResult {
            ping_url: Some(ping_url.to_string()),
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

    /// The current state of a link.
    fn current(&self, planned: &Planned) -> Option<LinkStanding> {
        let entry = self.plan.entries.get(planned.entry)?;
        let state = &lock(&self.ledger).state;
        state.standing(entry.permalink.as_str(), planned.target.as_str())
    }

    /// Records that the target could not be fetched, so its ping URL is unknown.
    pub(super) fn no_ping_url(
        &self,
        link: usize,
        failure: &FetchFailure,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let tries = tries(planned);
        let end = if failure.is_early {
            LinkResult {
                next: self.later_again(planned, None),
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
            planned: link,
            state: LinkState::Failed,
            ping_url: None,
            answer: Some(answer),
            next,
        };
        report(progress, Progress::Link(link_report));
        Ok(())
    }

    /// Records and reports the result of a link.
    fn finish(
        &self,
        link: usize,
        planned: &Planned,
        end: LinkResult,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let link_report = LinkReport {
            planned: link,
            state: end.state.into(),
            ping_url: end.ping_url.clone(),
            answer: end.answer.clone(),
            next: end.next,
        };
        self.record_result(planned, end)?;
        report(progress, Progress::Link(link_report));
        Ok(())
    }

    fn record_result(&self, planned: &Planned, end: LinkResult) -> Result<()> {
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let now = self.now();
        let mut ledger = lock(&self.ledger);
        let event = LedgerEvent::Result {
            entry: permalink.to_owned(),
            target: target.to_owned(),
            ping_url: end.ping_url,
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

/// Builds a ping. Its excerpt is the text around the link, or else the entry's summary.
fn build_ping(
    entry: &Entry,
    planned: &Planned,
    ping_url: &Url,
    blog_name: &str,
) -> std::result::Result<Ping, String> {
    let around = entry.links.get(planned.link).map(|link| link.around.trim());
    let excerpt = match around {
        Some(around) if !around.is_empty() => around,
        _ => entry.summary.trim(),
    };
    // One character less, for the ellipsis of a cropped excerpt.
    let excerpt = crop(excerpt, Ping::MAX_EXCERPT - 1, "…");
    let blog_name = match entry.blog_name.trim() {
        "" => blog_name,
        own => own,
    };
    // The texts of an entry are plain; a ping's fields are parsed as markup.
    let [title, excerpt, blog_name] = [&entry.title, excerpt.as_ref(), blog_name].map(escape_xml);
    let permalink = entry.permalink.as_str();
    let ping = Ping::new(permalink, &title, &excerpt, &blog_name)
        .map_err(|refusal| refusal.message().to_owned())?;
    if arxiv::is_arxiv(ping_url) && ping.url.chars().count() > arxiv::MAX_FIELD {
        return Err("the permalink is longer than the 255 characters that arXiv keeps".to_owned());
    }
    Ok(ping)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send::run::AGAIN;
    use crate::sources::{EntryLink, Follow};

    fn entry(around: &str, summary: &str) -> Entry {
        Entry {
            permalink: Url::parse("https://me.example/1").unwrap(),
            title: "a <b> & c".to_owned(),
            summary: summary.to_owned(),
            blog_name: String::new(),
            published: None,
            updated: None,
            links: vec![EntryLink {
                url: Url::parse("https://b.example/").unwrap(),
                follow: Follow::Yes,
                around: around.to_owned(),
            }],
        }
    }

    fn written(entry: &Entry, ping_url: &str) -> std::result::Result<Ping, String> {
        let planned = Planned {
            entry: 0,
            link: 0,
            target: Url::parse("https://b.example/").unwrap(),
            standing: None,
        };
        build_ping(entry, &planned, &Url::parse(ping_url).unwrap(), "Mine")
    }

    #[test]
    fn a_ping_says_what_stands_around_the_link() {
        let ping = written(&entry("x <y> &amp; z", "about"), "https://b.example/tb").unwrap();
        assert_eq!(ping.title, "a <b> & c");
        assert_eq!(ping.excerpt, "x <y> &amp; z");
        assert_eq!(ping.blog_name, "Mine");
        let ping = written(&entry(" ", "about"), "https://b.example/tb").unwrap();
        assert_eq!(ping.excerpt, "about");
        let ping = written(&entry(&"猫 ".repeat(300), ""), "https://b.example/tb").unwrap();
        assert!(ping.excerpt.ends_with('…') && ping.excerpt.chars().count() <= 252);
    }

    #[test]
    fn arxiv_is_not_sent_what_it_would_cut() {
        let mut entry = entry("x", "");
        entry.permalink = Url::parse(&format!("https://me.example/{}", "x".repeat(250))).unwrap();
        assert!(written(&entry, "https://b.example/tb").is_ok());
        let refused = written(&entry, "https://arxiv.org/trackback/1501.00001");
        assert!(refused.unwrap_err().contains("255"));
    }

    #[test]
    fn a_failure_is_tried_again_four_times() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (tries, after) in (1..).zip(AGAIN) {
            assert_eq!(next_attempt(tries, now), Some(now + after));
        }
        assert_eq!(next_attempt(5, now), None);
        assert_eq!(next_attempt(0, now), None);
    }
}
