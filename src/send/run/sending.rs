//! One ping of a run: what is written before it, sent, and written after it.

use std::sync::mpsc::Sender;

use jiff::Timestamp;
use url::Url;

use super::{Run, Told, again, lock, say};
use crate::error::{Error, Fault, Result};
use crate::send::arxiv;
use crate::send::ledger::{Fact, State, Verdict};
use crate::send::plan::Planned;
use crate::send::single::{attempt, cause, post};
use crate::text::{crop, escape_xml};
use crate::trackback::{Ping, Reply};
use crate::weblog::Entry;

/// How a failure begins that is tried again at every run.
const NOT_LIVE: &str = "not live yet";

impl Told {
    /// Of a link whose ping URL has taken a ping of the entry before.
    fn same(link: usize, ping_url: &Url) -> Told {
        Told {
            planned: link,
            state: State::Adopted,
            ping_url: Some(ping_url.to_string()),
            answer: Some("the entry has been sent there already".to_owned()),
            next: None,
        }
    }
}

/// What is to be written and told of a link.
struct End {
    state: Verdict,
    ping_url: Option<String>,
    attempt: Option<String>,
    answer: Option<String>,
}

impl Run<'_> {
    /// Sends one ping.
    pub(super) fn ping(&self, link: usize, ping_url: &Url, tell: &Sender<Told>) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let to = Some(ping_url.to_string());
        let ping = match write(entry, planned, ping_url, &self.settings.blog_name) {
            Ok(ping) => ping,
            Err(why) => {
                let end = End {
                    state: Verdict::Refused,
                    ping_url: to,
                    attempt: None,
                    answer: Some(why),
                };
                return self.end(link, planned, end, tell);
            }
        };
        let attempt = attempt()?;
        let known = planned.standing.as_ref();
        {
            let now = self.now();
            let mut ledger = lock(&self.ledger);
            if known.is_none() && ledger.book.was_taken(permalink, ping_url.as_str()) {
                // Another link of the entry leads to the same page by another address.
                let same = Fact::Adopt {
                    entry: permalink.to_owned(),
                    targets: vec![target.to_owned()],
                    time: ledger.time_for(permalink, target, now),
                };
                ledger.add(vec![same])?;
                drop(ledger);
                say(tell, Told::same(link, ping_url));
                return Ok(());
            }
            let intent = Fact::Intent {
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
        let (state, answer) = outcome(post(self.client, ping_url, &ping), ping_url);
        let end = End {
            state,
            ping_url: to,
            attempt: Some(attempt),
            answer,
        };
        self.end(link, planned, end, tell)
    }

    /// Notes that no ping URL could be come by.
    pub(super) fn no_ping_url(&self, link: usize, cause: &str, tell: &Sender<Told>) -> Result<()> {
        let Some((planned, _)) = self.planned(link) else {
            return Ok(());
        };
        let end = End {
            state: Verdict::Failed,
            ping_url: None,
            attempt: None,
            answer: Some(cause.to_owned()),
        };
        self.end(link, planned, end, tell)
    }

    /// Notes that an entry is not published yet, or not with this link. It costs nobody else anything to look
    /// again, so that is done at every run, for as long as the source has the link.
    pub(super) fn not_live(
        &self,
        link: usize,
        planned: &Planned,
        cause: &str,
        tell: &Sender<Told>,
    ) -> Result<()> {
        let answer = format!("{NOT_LIVE}: {cause}");
        let next = self.settings.now;
        let known = planned.standing.as_ref();
        let is_known = known.is_some_and(|known| {
            known.state == State::Failed && known.answer.as_ref() == Some(&answer)
        });
        if !is_known {
            let end = End {
                state: Verdict::Failed,
                ping_url: None,
                attempt: None,
                answer: Some(answer.clone()),
            };
            let tries = known.map_or(0, |known| known.tries);
            self.note(planned, end, tries, Some(next))?;
        }
        say(
            tell,
            Told {
                planned: link,
                state: State::Failed,
                ping_url: None,
                answer: Some(answer),
                next: Some(next),
            },
        );
        Ok(())
    }

    /// Writes how it ended and tells it.
    fn end(&self, link: usize, planned: &Planned, end: End, tell: &Sender<Told>) -> Result<()> {
        let before = planned.standing.as_ref().map_or(0, |known| known.tries);
        let (tries, next) = match end.state {
            Verdict::Failed => (before + 1, again(before + 1, self.now())),
            Verdict::Refused | Verdict::Sent => (0, None),
        };
        let told = Told {
            planned: link,
            state: match end.state {
                Verdict::Failed => State::Failed,
                Verdict::Refused => State::Refused,
                Verdict::Sent => State::Sent,
            },
            ping_url: end.ping_url.clone(),
            answer: end.answer.clone(),
            next,
        };
        self.note(planned, end, tries, next)?;
        say(tell, told);
        Ok(())
    }

    fn note(&self, planned: &Planned, end: End, tries: u32, next: Option<Timestamp>) -> Result<()> {
        let Some(entry) = self.plan.entries.get(planned.entry) else {
            return Ok(());
        };
        let (permalink, target) = (entry.permalink.as_str(), planned.target.as_str());
        let now = self.now();
        let mut ledger = lock(&self.ledger);
        let fact = Fact::Result {
            entry: permalink.to_owned(),
            target: target.to_owned(),
            ping_url: end.ping_url,
            attempt: end.attempt,
            state: end.state,
            answer: end.answer,
            tries,
            next,
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

/// What the answer to a ping means.
fn outcome(answer: Result<Reply>, ping_url: &Url) -> (Verdict, Option<String>) {
    match answer {
        Ok(Reply::Accepted) => {
            let moderated = arxiv::is_arxiv(ping_url).then(|| arxiv::ACCEPTED.to_owned());
            (Verdict::Sent, moderated)
        }
        Ok(Reply::Refused(message)) => (Verdict::Refused, Some(message)),
        Ok(Reply::Unreadable) => (Verdict::Failed, None),
        Err(error) => {
            let is_for_good = matches!(
                &error,
                Error::Fetch {
                    fault: Fault::BadUrl | Fault::Port(_) | Fault::Address(_),
                    ..
                }
            );
            let verdict = if is_for_good {
                Verdict::Refused
            } else {
                Verdict::Failed
            };
            (verdict, Some(cause(&error)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send::run::AGAIN;
    use crate::weblog::{Follow, Link};

    fn entry(around: &str, summary: &str) -> Entry {
        Entry {
            permalink: Url::parse("https://me.example/1").unwrap(),
            title: "a <b> & c".to_owned(),
            summary: summary.to_owned(),
            blog_name: String::new(),
            published: None,
            updated: None,
            links: vec![Link {
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

    #[test]
    fn only_what_may_be_better_another_time_is_tried_again() {
        let at = Url::parse("https://b.example/tb").unwrap();
        let fetch = |fault| {
            let url = at.to_string();
            outcome(Err(Error::Fetch { url, fault }), &at).0
        };
        assert_eq!(fetch(Fault::Status(503)), Verdict::Failed);
        assert_eq!(fetch(Fault::Tls("expired".to_owned())), Verdict::Failed);
        assert_eq!(fetch(Fault::Port(25)), Verdict::Refused);
        let inside = Fault::Address([127, 0, 0, 1].into());
        assert_eq!(fetch(inside), Verdict::Refused);
        let arxiv = Url::parse("https://arxiv.org/trackback/1501.00001").unwrap();
        assert_eq!(
            outcome(Ok(Reply::Accepted), &arxiv),
            (Verdict::Sent, Some(arxiv::ACCEPTED.to_owned()))
        );
    }
}
