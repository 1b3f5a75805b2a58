//! One ping of a run: what is written before it, sent, and written after it.

use std::sync::mpsc::Sender;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::hosts::{Closed, PutOff};
use super::{AGAIN, LinkReport, Progress, RunState, Unseen, WorkerTask, again, lock, say};
use crate::error::Result;
use crate::linkback::trackback::Ping;
use crate::send::arxiv;
use crate::send::ledger::{AttemptResult, LedgerEvent, LinkStanding, LinkState};
use crate::send::one_off::{attempt, post};
use crate::send::outcome::{Limit, PingOutcome};
use crate::send::plan::Planned;
use crate::sources::Entry;
use crate::text::{crop, escape_xml};

/// How the answer of a link begins whose entry is not published yet, or not with that link.
const NOT_LIVE: &str = "not live yet";

/// How long it is borne that a server says nothing but to come later.
const MAX_LATER: SignedDuration = SignedDuration::from_hours(30 * 24);

impl LinkReport {
    /// Of a link whose ping URL has got a ping of the entry before.
    fn same(link: usize, ping_url: &Url) -> LinkReport {
        LinkReport {
            planned: link,
            state: LinkState::Adopted,
            ping_url: Some(ping_url.to_string()),
            answer: Some("the entry has been sent there already".to_owned()),
            next: None,
        }
    }
}

/// What is to be written and told of a link.
struct LinkEnd {
    state: AttemptResult,
    ping_url: Option<String>,
    attempt: Option<String>,
    answer: Option<String>,
    asked: Option<String>,
    not_before: Option<Timestamp>,
    tries: u32,
    next: Option<Timestamp>,
}

impl LinkEnd {
    /// Of a link for which nothing was sent.
    fn unsent(state: AttemptResult, answer: &str, tries: u32) -> LinkEnd {
        LinkEnd {
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
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        if self.closed(ping_url).is_some() {
            return self.put_off(link, ping_url, tell);
        }
        let ping = match write(entry, planned, ping_url, &self.settings.blog_name) {
            Ok(ping) => ping,
            Err(why) => {
                let end = LinkEnd {
                    ping_url: Some(ping_url.to_string()),
                    ..LinkEnd::unsent(AttemptResult::Refused, &why, 0)
                };
                return self.end(link, planned, end, tell);
            }
        };
        let Some(attempt) = self.intend(entry, planned, ping_url, &ping)? else {
            say(tell, Progress::Link(LinkReport::same(link, ping_url)));
            return Ok(());
        };
        let answered = post(self.client, ping_url, &ping, self.now());
        let end = LinkEnd {
            ping_url: Some(ping_url.to_string()),
            attempt: Some(attempt),
            answer: answered.outcome.answer().map(str::to_owned),
            asked: answered.asked,
            ..LinkEnd::unsent(AttemptResult::Failed, "", 0)
        };
        let end = match answered.outcome {
            PingOutcome::Later(limit) => {
                return self.come_later(lane, link, ping_url, &limit, end, tell);
            }
            PingOutcome::Accepted => LinkEnd {
                state: AttemptResult::Sent,
                answer: arxiv::is_arxiv(ping_url).then(|| arxiv::ACCEPTED.to_owned()),
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
        self.shared.lock().state.hosts.took(arxiv::lane(ping_url));
        self.end(link, planned, end, tell)?;
        self.go_on_with(lane, ping_url, tell)
    }

    /// Writes that a ping is about to be sent, and gives the number of the attempt. `None` where its ping URL has got a
    /// ping of the entry for another link.
    fn intend(
        &self,
        entry: &Entry,
        planned: &Planned,
        ping_url: &Url,
        ping: &Ping,
    ) -> Result<Option<String>> {
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let attempt = attempt()?;
        let known = planned.standing.as_ref();
        {
            let now = self.now();
            let mut ledger = lock(&self.ledger);
            let before = ledger.book.standing(permalink, target);
            if before.is_none() && ledger.book.has_asked(permalink, ping_url.as_str()) {
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

    /// Has a ping wait that was told to come later: in this run, or until another one.
    fn come_later(
        &self,
        lane: usize,
        link: usize,
        ping_url: &Url,
        limit: &Limit,
        end: LinkEnd,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
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
            if let WorkerTask::Ping(link, ping_url) = task {
                self.put_off(link, &ping_url, tell)?;
            }
        }
        Ok(())
    }

    /// Leaves a ping for the next run whose host takes no more in this one.
    pub(super) fn put_off(
        &self,
        link: usize,
        ping_url: &Url,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let closed = self.closed(ping_url);
        let (Some((planned, _)), Some(closed)) = (self.planned(link), closed) else {
            return Ok(());
        };
        let end = LinkEnd {
            ping_url: Some(ping_url.to_string()),
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
            planned: link,
            state: LinkState::Failed,
            ping_url: None,
            answer: Some(answer),
            next,
        };
        say(tell, Progress::Link(told));
        Ok(())
    }

    /// Writes how it ended and tells it.
    fn end(
        &self,
        link: usize,
        planned: &Planned,
        end: LinkEnd,
        tell: &Sender<Progress>,
    ) -> Result<()> {
        let told = LinkReport {
            planned: link,
            state: end.state.into(),
            ping_url: end.ping_url.clone(),
            answer: end.answer.clone(),
            next: end.next,
        };
        self.note(planned, end)?;
        say(tell, Progress::Link(told));
        Ok(())
    }

    fn note(&self, planned: &Planned, end: LinkEnd) -> Result<()> {
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let now = self.now();
        let mut ledger = lock(&self.ledger);
        let fact = LedgerEvent::Result {
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
        ledger.add(vec![fact])
    }
}

/// What a ping says: the text around the link, or else what the entry is about.
fn write(
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
    // Behind what is cropped stands an ellipsis.
    let excerpt = crop(excerpt, Ping::MAX_EXCERPT - 1, "…");
    let blog_name = match entry.blog_name.trim() {
        "" => blog_name,
        own => own,
    };
    // What a source says is text by now; a ping's fields are read as markup.
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
        write(entry, &planned, &Url::parse(ping_url).unwrap(), "Mine")
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
            assert_eq!(again(tries, now), Some(now + after));
        }
        assert_eq!(again(5, now), None);
        assert_eq!(again(0, now), None);
    }
}
