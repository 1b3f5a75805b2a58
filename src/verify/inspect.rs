//! Checks the page behind a ping: does it link here, for everybody, and not as an echo? And is the title its own?
//!
//! Fetches what a stranger names: always through `fetch`, a bounded number of times, and as often as [`RequestMeter`] allows;
//! a second request for a page follows at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use url::Url;

use super::link_check::{BorneOut, LinkTarget, PingClaim, TitleSource, Vouched};
use super::meter::RequestMeter;
use super::offer::{self, Offer};
use super::reflection;
use super::shortener::is_shortener;
use crate::admission::publisher::Publisher;
use crate::config::{AllowPrivate, Config};
use crate::domain::registrable;
use crate::error::{Error, FetchError};
use crate::fetch::{Client, ClientOptions, Page, Reach, Timeout};
use crate::linkback::trackback::links::{Links, links};
use crate::store::ReasonKind;
use crate::text::hex;
use crate::urls::{bare_host, page_key};

/// How long it may take to see where one link leads.
const CHAIN: Duration = Duration::from_secs(8);

/// What an ordinary reader's browser says that it is.
const READER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inspection {
    /// It links here.
    Linked(Box<Linked>),
    /// It does not, or not so that it can be believed; with a detail.
    Not(ReasonKind, String),
    /// It says of itself that it is not there.
    Gone(PageAbsence, String),
    /// It could not be read.
    Failed(String),
    /// It was not read to the end, for the day's requests are used up.
    Later,
}

/// What a page that is not there says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageAbsence {
    /// 404: it may come, or come back.
    NotFound,
    /// 410: it is gone for good.
    ForGood,
}

/// What was seen of a page that links here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Linked {
    /// Who published what was asked for on the way, from the permalink to the page and from the page to the entry.
    pub(crate) way: Way,
    pub(crate) title: TitleSource,
    pub(crate) vouched: Vouched,
    pub(crate) words: BorneOut,
    /// The text of a later ping that the page prefers to the kept one.
    pub(crate) offered: Option<Offer>,
    pub(crate) identity: PageIdentity,
}

/// By what a page is recognised under another URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PageIdentity {
    /// [`page_key`] its permalink, as the page gives it.
    pub(crate) name: String,
    /// A hash of its words; empty if it has none.
    pub(crate) words: String,
    /// A hash of its title and of what stands around the link: those stay where a page has the time of day, too.
    pub(crate) near: String,
}

/// Who publishes the pages on a way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) publishers: BTreeSet<Publisher>,
    /// Hosts of URLs whose publisher cannot be named, so that nobody can approve them.
    pub(crate) nameless: BTreeSet<String>,
}

impl Way {
    fn add(&mut self, url: &Url) {
        match Publisher::of(url) {
            Some(publisher) => drop(self.publishers.insert(publisher)),
            None => drop(self.nameless.insert(registrable(url))),
        }
    }
}

/// Whether the page is also checked as an ordinary reader sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecondLook {
    Look,
    None,
}

/// What checks pages; may be shared.
#[derive(Debug)]
pub(crate) struct Inspector {
    own: Client,
    reader: Client,
    chain: Client,
    meter: Arc<RequestMeter>,
}

impl Inspector {
    pub(crate) fn new(config: &Config, now: Timestamp) -> Inspector {
        let meter = RequestMeter::new(config, now);
        let own = format!("tb/{} (+{})", env!("CARGO_PKG_VERSION"), config.base_url);
        let client = |patience, user_agent: &str| {
            Client::new(ClientOptions {
                patience,
                reach: match config.allow_private {
                    AllowPrivate::Yes => Reach::Private,
                    AllowPrivate::No => Reach::Outside,
                },
                user_agent: user_agent.to_owned(),
            })
            .with_site(&config.base_url)
            .with_gate(meter.gate())
        };
        Inspector {
            own: client(Timeout::Shell, &own),
            reader: client(Timeout::Shell, READER),
            chain: client(Timeout::Within(CHAIN), &own),
            meter,
        }
    }

    /// Whether another page may be begun with: enough of the day's requests is left.
    pub(crate) fn may_inspect(&self) -> bool {
        !self.meter.is_spent() && self.meter.has_reserve()
    }

    /// Whether a domain was just asked, so that the next request waits.
    pub(crate) fn rests(&self, domain: &str) -> bool {
        self.meter.rests(domain)
    }

    /// Whether the day's requests are used up.
    pub(crate) fn is_spent(&self) -> bool {
        self.meter.is_spent()
    }

    /// Checks one page.
    pub(crate) fn inspect(
        &self,
        claim: PingClaim<'_>,
        offers: &[Offer],
        target: LinkTarget<'_>,
        second: SecondLook,
    ) -> Inspection {
        let seen = self.look_now(claim, offers, target, second);
        match seen {
            // What a request that was not made would have told is not known.
            Inspection::Linked { .. } | Inspection::Gone(..) => seen,
            Inspection::Not(..) | Inspection::Failed(_) | Inspection::Later
                if self.meter.is_spent() =>
            {
                Inspection::Later
            }
            Inspection::Not(..) | Inspection::Failed(_) | Inspection::Later => seen,
        }
    }

    fn look_now(
        &self,
        claim: PingClaim<'_>,
        offers: &[Offer],
        target: LinkTarget<'_>,
        second: SecondLook,
    ) -> Inspection {
        let source = claim.source;
        let page = match self.get(&self.own, source) {
            Ok(page) => page,
            Err(seen) => return seen,
        };
        if target.is_site(&page.url) && !target.is_site(source) {
            return Inspection::Not(
                ReasonKind::NoLink,
                "it is redirected to this site".to_owned(),
            );
        }
        let Some(found) = links(&page.body, page.content_type.as_deref(), &page.url) else {
            let kind = page.content_type.unwrap_or_default();
            return Inspection::Not(ReasonKind::NotAPage, kind);
        };
        let Some((link, hops)) = self.find(&found, &page.url, target) else {
            return Inspection::Not(
                match target.missing(&found) {
                    _ if page.truncated || found.cut => ReasonKind::TooLarge,
                    reason => reason,
                },
                String::new(),
            );
        };
        if let Some(seen) = self.echo(source, &page.url, &link, target) {
            return seen;
        }
        let mut way = Way::default();
        let asked = page.redirects.iter().chain([source, &page.url]);
        asked.for_each(|url| way.add(url));
        // Who writes a short link on a page chooses where it leads.
        let followed = hops
            .iter()
            .filter(|url| !target.is_site(url) && !is_shortener(url));
        followed.for_each(|url| way.add(url));
        if second == SecondLook::Look {
            match self.second(source, &link, target) {
                Ok(asked) => asked.iter().for_each(|url| way.add(url)),
                Err(seen) => return seen,
            }
        }
        let offered = offer::best(claim, offers, &found, &link);
        Inspection::Linked(Box::new(Linked {
            way,
            title: match offered {
                Some(_) => TitleSource::OfPage,
                None => claim.title(&found),
            },
            vouched: match found.vouched.contains(&link) {
                true => Vouched::Yes,
                false => Vouched::No,
            },
            words: claim.borne_out(&found, &link),
            offered,
            identity: identity(&found, &page.url, &link),
        }))
    }

    /// The link that leads to the target, as it stands on the page, and what was asked for on its way there.
    fn find(&self, links: &Links, page: &Url, target: LinkTarget<'_>) -> Option<(Url, Vec<Url>)> {
        if let Some(link) = target.direct(links) {
            return Some((link.clone(), Vec::new()));
        }
        let leads = |link: &Url| {
            // One that cannot be followed leads nowhere.
            let hops = self.chain.leads(link, |to| target.is_hit(to)).ok()??;
            Some((link.clone(), hops))
        };
        let candidates = target.candidates(links, page);
        candidates.into_iter().find_map(leads)
    }

    /// What is to be said of a page that may be an echo of `link`; `None` if nothing speaks for that.
    fn echo(
        &self,
        source: &Url,
        page: &Url,
        link: &Url,
        target: LinkTarget<'_>,
    ) -> Option<Inspection> {
        // Every page of the site links to the site, its search for any words too.
        let suspected = Inspection::Not(ReasonKind::EchoSuspected, String::new());
        if target.is_site(source) {
            return Some(suspected);
        }
        // What may be repeated is the link as it stands there, which may lead here through another host.
        let mut named = target.site.to_vec();
        if link.host_str() != source.host_str() && link.host_str() != page.host_str() {
            named.push(link.clone());
        }
        let Some(address) = [source, page].into_iter().find(|address| {
            reflection::names(address, target.site)
                || reflection::probe(address, &named, "").is_some()
        }) else {
            return self.hidden_echo(source, link).then_some(suspected);
        };
        let mut random = [0; 4];
        if crate::random::fill(&mut random).is_err() {
            return Some(suspected);
        }
        let other = format!("probe-{}.example", hex(&random));
        let Some(probe) = reflection::probe(address, &named, &other) else {
            return Some(suspected);
        };
        let is_echo = self
            .links_of(&probe)
            .shown
            .iter()
            .any(|url| bare_host(url) == other);
        Some(match is_echo {
            true => Inspection::Not(ReasonKind::Echo, String::new()),
            false => suspected,
        })
    }

    /// Whether `link` is made of values of the page's address, in whatever encoding, or may be.
    fn hidden_echo(&self, source: &Url, link: &Url) -> bool {
        let Some(altered) = reflection::altered(source) else {
            return false;
        };
        let found = self.links_of(&altered.address);
        !found.shown.contains(link)
            && (altered.may_be_packed
                || found
                    .shown
                    .iter()
                    .any(|url| reflection::is_nearly(url, link)))
    }

    /// The links of a page that is asked for at once; none where it cannot be read.
    fn links_of(&self, url: &Url) -> Links {
        self.meter.grant(url);
        let page = self.get(&self.own, url).ok();
        page.and_then(|page| links(&page.body, page.content_type.as_deref(), &page.url))
            .unwrap_or_default()
    }

    /// Looks for the same link as an ordinary reader; gives what was asked for.
    fn second(
        &self,
        source: &Url,
        link: &Url,
        target: LinkTarget<'_>,
    ) -> Result<Vec<Url>, Inspection> {
        self.meter.grant(source);
        let page = self.get(&self.reader, source).map_err(|seen| match seen {
            // An error is no proof.
            Inspection::Gone(_, detail) => Inspection::Failed(detail),
            Inspection::Not(ReasonKind::NotAPage, _) => {
                Inspection::Not(ReasonKind::Cloaked, String::new())
            }
            other => other,
        })?;
        let found = links(&page.body, page.content_type.as_deref(), &page.url).unwrap_or_default();
        if target.direct(&found).is_some() || found.shown.contains(link) {
            let mut asked = page.redirects;
            asked.push(page.url);
            Ok(asked)
        } else if page.truncated || found.cut {
            Err(Inspection::Failed("it is too large for readers".to_owned()))
        } else {
            Err(Inspection::Not(ReasonKind::Cloaked, String::new()))
        }
    }

    fn get(&self, client: &Client, url: &Url) -> Result<Page, Inspection> {
        client.get(url).map_err(|error| match error {
            // An encoding that was not asked for says nothing about the page.
            Error::Fetch {
                fault: FetchError::NotText(kind),
                ..
            } if kind.contains('/') => Inspection::Not(ReasonKind::NotAPage, kind),
            Error::Fetch {
                fault: fault @ FetchError::Status(404),
                ..
            } => Inspection::Gone(PageAbsence::NotFound, fault.to_string()),
            Error::Fetch {
                fault: fault @ FetchError::Status(410),
                ..
            } => Inspection::Gone(PageAbsence::ForGood, fault.to_string()),
            Error::Fetch { fault, .. } => Inspection::Failed(fault.to_string()),
            other => Inspection::Failed(other.public()),
        })
    }
}

/// What a page that was fetched from `fetched` is recognised by. It may name another page of its publisher as itself,
/// and of nobody else.
fn identity(links: &Links, fetched: &Url, link: &Url) -> PageIdentity {
    let publisher = Publisher::of(fetched);
    let canonical = links.says.canonical.as_ref();
    let canonical = canonical.filter(|url| publisher.is_some() && Publisher::of(url) == publisher);
    // A weblog that says of each of its pages that it is the first one does not mean it.
    let canonical = canonical.filter(|url| url.path() != "/" || url.query().is_some());
    let words = links.words.as_str();
    let digest = Sha256::digest(words);
    PageIdentity {
        name: page_key(canonical.unwrap_or(fetched)),
        words: match words.is_empty() {
            true => String::new(),
            false => hex(digest.get(..16).unwrap_or_default()),
        },
        near: {
            let near = format!("{}\n{}", links.says.title, links.around(link));
            hex(Sha256::digest(near).get(..16).unwrap_or_default())
        },
    }
}
