//! Looks at the page behind a ping: does it link here, for everybody, and not as an echo? And is the title its own?
//!
//! Fetches what a stranger names: always through `net`, a bounded number of times, and one page a second of a
//! registrable domain; a second look at a page follows at once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use super::judge::{Claim, Target, Title};
use super::{Reason, echo};
use crate::config::{AllowPrivate, Config};
use crate::domain::registrable;
use crate::error::{Error, Fault};
use crate::net::{Client, Outward, Page, Patience, Reach};
use crate::text::hex;
use crate::trackback::links::{Links, links};
use crate::urls::bare_host;

/// How long it may take to see where one link leads.
const CHAIN: Duration = Duration::from_secs(5);
/// The least time between two pages of one domain.
const SPACING: Duration = Duration::from_secs(1);

/// What an ordinary reader's browser says that it is.
const READER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// It links here. The registrable domains where it was found, its own and those it redirects to.
    Linked { domains: Vec<String>, title: Title },
    /// It does not, or not so that it can be believed; with a detail.
    Not(Reason, String),
    /// It says of itself that it is gone.
    Gone(String),
    /// It could not be read.
    Failed(String),
}

/// Whether the page is also looked at as an ordinary reader sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    Look,
    None,
}

/// What looks at pages; may be shared.
#[derive(Debug)]
pub(super) struct Eyes {
    own: Client,
    reader: Client,
    chain: Client,
    last: Mutex<HashMap<String, Instant>>,
}

impl Eyes {
    pub(super) fn new(config: &Config) -> Eyes {
        let own = format!("tb/{} (+{})", env!("CARGO_PKG_VERSION"), config.base_url);
        let client = |patience, user_agent: &str| {
            Client::new(Outward {
                patience,
                reach: match config.allow_private {
                    AllowPrivate::Yes => Reach::Private,
                    AllowPrivate::No => Reach::Public,
                },
                user_agent: user_agent.to_owned(),
            })
        };
        Eyes {
            own: client(Patience::Shell, &own),
            reader: client(Patience::Shell, READER),
            chain: client(Patience::Within(CHAIN), &own),
            last: Mutex::new(HashMap::new()),
        }
    }

    /// Looks at one page.
    pub(super) fn look(&self, claim: Claim<'_>, target: Target<'_>, second: Second) -> Seen {
        let source = claim.source;
        self.pause(source);
        let page = match self.get(&self.own, source) {
            Ok(page) => page,
            Err(seen) => return seen,
        };
        if target.is_site(&page.url) && !target.is_site(source) {
            return Seen::Not(Reason::NoLink, "it is redirected to this site".to_owned());
        }
        let Some(found) = links(&page.body, page.content_type.as_deref(), &page.url) else {
            let kind = page.content_type.unwrap_or_default();
            return Seen::Not(Reason::NotAPage, kind);
        };
        let Some(link) = self.find(&found, &page.url, target) else {
            return Seen::Not(
                match target.missing(&found) {
                    _ if page.truncated || found.cut => Reason::TooLarge,
                    reason => reason,
                },
                String::new(),
            );
        };
        if let Some(seen) = self.echo(source, &page.url, target) {
            return seen;
        }
        let mut domains = vec![registrable(source), registrable(&page.url)];
        if second == Second::Look {
            match self.second(source, &link, target) {
                Ok(at) => domains.push(registrable(&at)),
                Err(seen) => return seen,
            }
        }
        domains.sort();
        domains.dedup();
        Seen::Linked {
            domains,
            title: claim.title(&found),
        }
    }

    /// The link that leads to the target, as it stands on the page: directly, or through redirects.
    fn find(&self, links: &Links, page: &Url, target: Target<'_>) -> Option<Url> {
        if let Some(link) = target.direct(links) {
            return Some(link.clone());
        }
        let leads = |link: &&Url| {
            self.pause(link);
            // One that cannot be followed leads nowhere.
            self.chain
                .leads(link, |to| target.is_hit(to))
                .unwrap_or(false)
        };
        let candidates = target.candidates(links, page);
        candidates.into_iter().find(leads).cloned()
    }

    /// What is to be said of a page that may be an echo; `None` if it cannot be one.
    fn echo(&self, source: &Url, page: &Url, target: Target<'_>) -> Option<Seen> {
        // Every page of the site links to the site, its search for any words too.
        let suspected = Seen::Not(Reason::EchoSuspected, String::new());
        if target.is_site(source) {
            return Some(suspected);
        }
        let address = [source, page]
            .into_iter()
            .find(|address| echo::names(address, target.site))?;
        let mut random = [0; 4];
        if getrandom::fill(&mut random).is_err() {
            return Some(suspected);
        }
        let other = format!("probe-{}.example", hex(&random));
        let Some(probe) = echo::probe(address, target.site, &other) else {
            return Some(suspected);
        };
        let answer = self.get(&self.own, &probe).ok();
        let found = answer
            .and_then(|page| links(&page.body, page.content_type.as_deref(), &page.url))
            .unwrap_or_default();
        let is_echo = found.shown.iter().any(|url| bare_host(url) == other);
        Some(match is_echo {
            true => Seen::Not(Reason::Echo, String::new()),
            false => suspected,
        })
    }

    /// Looks for the same link as an ordinary reader; gives where the page was.
    fn second(&self, source: &Url, link: &Url, target: Target<'_>) -> Result<Url, Seen> {
        let page = self.get(&self.reader, source).map_err(|seen| match seen {
            // An error is no proof.
            Seen::Gone(detail) => Seen::Failed(detail),
            Seen::Not(Reason::NotAPage, _) => Seen::Not(Reason::Cloaked, String::new()),
            other => other,
        })?;
        let found = links(&page.body, page.content_type.as_deref(), &page.url).unwrap_or_default();
        if target.direct(&found).is_some() || found.shown.contains(link) {
            Ok(page.url)
        } else if page.truncated || found.cut {
            Err(Seen::Failed("it is too large for readers".to_owned()))
        } else {
            Err(Seen::Not(Reason::Cloaked, String::new()))
        }
    }

    fn get(&self, client: &Client, url: &Url) -> Result<Page, Seen> {
        client.get(url).map_err(|error| match error {
            // An encoding that was not asked for says nothing about the page.
            Error::Fetch {
                fault: Fault::NotText(kind),
                ..
            } if kind.contains('/') => Seen::Not(Reason::NotAPage, kind),
            Error::Fetch {
                fault: fault @ Fault::Status(404 | 410),
                ..
            } => Seen::Gone(fault.to_string()),
            Error::Fetch { fault, .. } => Seen::Failed(fault.to_string()),
            other => Seen::Failed(other.public()),
        })
    }

    /// Waits until the domain of `url` may be asked again, and takes that turn.
    fn pause(&self, url: &Url) {
        let now = Instant::now();
        let turn = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            take_turn(&mut last, registrable(url), now)
        };
        thread::sleep(turn.saturating_duration_since(now));
    }
}

/// When a domain may be asked: a second after the last that was allowed to.
fn take_turn(last: &mut HashMap<String, Instant>, domain: String, now: Instant) -> Instant {
    last.retain(|_, turn| *turn + SPACING > now);
    let turn = last
        .get(&domain)
        .map_or(now, |turn| now.max(*turn + SPACING));
    last.insert(domain, turn);
    turn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_asked_once_a_second_and_others_do_not_wait_for_it() {
        let now = Instant::now();
        let mut last = HashMap::new();
        let mut turn = |domain: &str, now| take_turn(&mut last, domain.to_owned(), now);
        assert_eq!(turn("a.example", now), now);
        assert_eq!(turn("a.example", now), now + SPACING);
        assert_eq!(turn("a.example", now), now + 2 * SPACING);
        assert_eq!(turn("b.example", now), now);
        let later = now + 10 * SPACING;
        assert_eq!(turn("a.example", later), later);
        assert_eq!(last.len(), 1, "what is over is forgotten");
    }
}
