//! Checks the page behind a ping: does it link here for every reader, without merely repeating its address, and does it
//! carry the ping's title?
//!
//! The URLs come from strangers: every request goes through `fetch`, their number is bounded, and [`RequestMeter`] sets
//! the pace. Only a second request for the same page follows at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::altered_page::{AlteredPage, SaidWords, is_site_wide};
use super::fetched_page::{kind_of, links_of_page, vouched_of, with_guessed_type};
use super::link_check::{
    AskedDomains, ConfirmedText, LinkFailure, LinkTarget, PingClaim, TitleSource, Vouched,
};
use super::mention::{MentionText, parse_mention};
use super::meter::{RequestAccount, RequestMeter};
use super::offer::{self, Offer};
use super::page_identity::{PageIdentity, identity};
use super::page_texts::PageTexts;
use super::reflection;
use crate::admission::publisher::Publisher;
use crate::admission::shortener::is_shortener;
use crate::config::{AllowPrivate, Config};
use crate::domain::registrable;
use crate::error::{Error, FetchError};
use crate::fetch::{Client, ClientOptions, Page, Reach, Timeout};
use crate::html::Departure;
use crate::linkback::trackback::links::Links;
use crate::store::ReasonKind;
use crate::text::hex;
use crate::urls::{bare_host, page_key};

/// Time limit for following the redirects of one link.
const REDIRECT_TIMEOUT: Duration = Duration::from_secs(8);

/// Pages in a row that send their readers to the next one.
const MAX_REFRESHES: usize = 2;

/// User agent of an ordinary browser.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The result of checking a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inspection {
    /// It links here.
    Linked(Box<Linked>),
    /// It does not, or the link cannot be trusted; with a detail.
    Not(ReasonKind, String),
    /// It does not, as far as its links could be followed; with the failure of one that may lead here.
    Unfollowed(ReasonKind, LinkFailure),
    /// The server answers that the page does not exist.
    Gone(PageAbsence, String),
    /// It could not be read.
    Failed(String),
    /// The check was cut short because the day's requests are used up.
    Later,
}

impl Inspection {
    /// Whether the page was read, and judged.
    pub(super) fn is_judgement(&self) -> bool {
        matches!(self, Inspection::Linked(_) | Inspection::Not(..))
    }

    /// The same of a page of which a link could not be followed, if that failed.
    fn unfollowed(self, failure: Option<LinkFailure>) -> Inspection {
        match (self, failure) {
            (Inspection::Not(reason, _), Some(failure)) if reason != ReasonKind::TooLarge => {
                Inspection::Unfollowed(reason, failure)
            }
            (seen, _) => seen,
        }
    }
}

/// How the server says that a page does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageAbsence {
    /// 404: it may appear, or come back.
    NotFound,
    /// 410: it is gone for good.
    ForGood,
}

/// What a check learnt about a page that links here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Linked {
    /// Publishers of all URLs requested from the permalink to the page, and from the page to the entry.
    pub(crate) chain: PublisherChain,
    /// Whether its link leads to the pinged entry itself, and not only to the site.
    pub(crate) is_to_entry: bool,
    pub(crate) title: TitleSource,
    pub(crate) vouched: Vouched,
    pub(crate) words: ConfirmedText,
    /// The text of a later ping that the page prefers to the kept one.
    pub(crate) offered: Option<Offer>,
    pub(crate) identity: PageIdentity,
    /// The text around the link.
    pub(crate) quote: String,
    /// The text of the page, if it was checked for a webmention.
    pub(crate) mention: Option<MentionText>,
}

/// The publishers of a chain of requested URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PublisherChain {
    pub(crate) publishers: BTreeSet<Publisher>,
    /// Hosts of URLs whose publisher is unknown, so that the owner cannot approve them.
    pub(crate) unnamed_hosts: BTreeSet<String>,
}

impl PublisherChain {
    pub(super) fn of<'url>(requested: impl Iterator<Item = &'url Url>) -> PublisherChain {
        let mut chain = PublisherChain::default();
        requested.for_each(|url| chain.add(url));
        chain
    }

    pub(super) fn add(&mut self, url: &Url) {
        match Publisher::of(url) {
            Some(publisher) => drop(self.publishers.insert(publisher)),
            None => drop(self.unnamed_hosts.insert(registrable(url))),
        }
    }
}

/// Whether the page is also fetched as an ordinary browser would fetch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BrowserCheck {
    Run,
    Skip,
}

/// Checks pages; may be shared between threads.
#[derive(Debug)]
pub(crate) struct Inspector {
    client: Client,
    browser: Client,
    redirect_client: Client,
    meter: Arc<RequestMeter>,
}

impl Inspector {
    pub(crate) fn new(config: &Config, now: Timestamp) -> Inspector {
        let meter = RequestMeter::new(config, now);
        let own = format!("tb/{} (+{})", env!("CARGO_PKG_VERSION"), config.base_url);
        let client = |timeout, user_agent: &str| {
            Client::new(ClientOptions {
                timeout,
                reach: match config.allow_private {
                    AllowPrivate::Yes => Reach::Private,
                    AllowPrivate::No => Reach::Outside,
                },
                user_agent: user_agent.to_owned(),
            })
            .with_site(&config.base_url, config.server_address)
            .with_gate(meter.gate())
        };
        Inspector {
            client: client(Timeout::Shell, &own),
            browser: client(Timeout::Shell, BROWSER),
            redirect_client: client(Timeout::Within(REDIRECT_TIMEOUT), &own),
            meter,
        }
    }

    /// Whether enough of the day's requests is left to start another page.
    pub(crate) fn may_inspect(&self) -> bool {
        !self.meter.is_spent() && self.meter.has_reserve()
    }

    /// Whether the page at `url` may be requested today on this account.
    pub(crate) fn has_share_of(&self, url: &Url, account: &RequestAccount) -> bool {
        self.meter.has_share_of(url, account)
    }

    /// Checks a page on an account; `Later` for a negative result if the account's requests were used up before its end.
    pub(crate) fn on_account(
        &self,
        account: &RequestAccount,
        inspect: impl FnOnce() -> Inspection,
    ) -> Inspection {
        match self.meter.on_account(account, inspect) {
            (Inspection::Not(..) | Inspection::Unfollowed(..) | Inspection::Failed(_), true) => {
                Inspection::Later
            }
            (seen, _) => seen,
        }
    }

    /// Whether the next request to a domain has to wait, because there was one just now.
    pub(crate) fn must_wait(&self, domain: &str) -> bool {
        self.meter.must_wait(domain)
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
        browser_check: BrowserCheck,
    ) -> Inspection {
        self.later_if_spent(self.inspect_page(claim, offers, target, browser_check))
    }

    /// The same, but `Later` for a negative result that may be due to a request that was refused.
    pub(super) fn later_if_spent(&self, seen: Inspection) -> Inspection {
        match seen {
            Inspection::Linked(_) | Inspection::Gone(..) => seen,
            Inspection::Not(..)
            | Inspection::Unfollowed(..)
            | Inspection::Failed(_)
            | Inspection::Later => match self.is_spent() {
                true => Inspection::Later,
                false => seen,
            },
        }
    }

    fn inspect_page(
        &self,
        claim: PingClaim<'_>,
        offers: &[Offer],
        target: LinkTarget<'_>,
        browser_check: BrowserCheck,
    ) -> Inspection {
        let source = claim.source;
        let (page, found) = match self.read_page(source, target) {
            Ok(read) => read,
            Err(seen) => return seen,
        };
        if target.is_site(&page.url) && !target.is_site(source) {
            return Inspection::Not(
                ReasonKind::NoLink,
                "it is redirected to this site".to_owned(),
            );
        }
        let Some(found) = found else {
            return Inspection::Not(ReasonKind::NotAPage, kind_of(page));
        };
        let (link, hops) = match self.find_link(&found, &page.url, target) {
            Ok(followed) => followed,
            Err(failure) => return without_link(claim, &page, &found, target).unfollowed(failure),
        };
        let altered = match self.check_echo(source, &page.url, &link, target) {
            Ok(altered) => altered,
            Err(seen) => return seen,
        };
        let texts = texts(&page, &found);
        let offered = offer::best(claim, offers, &texts, &link);
        let words = claim.confirmed_text(&texts, &link);
        let shown = (offered.as_ref()).map_or(claim, |offer| offer::claim(offer, claim));
        let title = shown.title(&texts);
        let said = match &offered {
            Some(offer) => [&offer.title, &offer.excerpt, &offer.blog_name],
            None => [&words.title, &words.excerpt, &words.blog_name],
        };
        let repeats = |altered: &AlteredPage| altered.repeats_words((source, &link), &found, said);
        if altered.as_ref().is_some_and(repeats)
            || self.is_site_wide(source, altered, &found, (&link, target), said)
        {
            return Inspection::Not(ReasonKind::EchoSuspected, String::new());
        }
        let mut chain = PublisherChain::of(page.redirects.iter().chain([source, &page.url]));
        // A short link's target is chosen by whoever wrote the link, so the shortener is not a publisher.
        let followed = hops
            .iter()
            .filter(|url| !target.is_site(url) && !is_shortener(url));
        followed.for_each(|url| chain.add(url));
        if browser_check == BrowserCheck::Run {
            match self.check_as_browser(source, &link, target, (&found, &page.url)) {
                Ok(asked) => asked.iter().for_each(|url| chain.add(url)),
                Err(seen) => return seen,
            }
        }
        Inspection::Linked(Box::new(Linked {
            chain,
            is_to_entry: target.is_entry(),
            title,
            vouched: vouched_of(&found, &link, &page),
            words,
            offered,
            identity: identity(&found, &page.url, &link),
            quote: found.quote(&link),
            mention: None,
        }))
    }

    /// The link on the page that leads to the target, and the URLs requested to follow it. `Err` if there is none, with the
    /// failure of a link that may lead there at another time.
    fn find_link(
        &self,
        links: &Links,
        page: &Url,
        target: LinkTarget<'_>,
    ) -> Result<(Url, Vec<Url>), Option<LinkFailure>> {
        if let Some(link) = target.direct_link(links) {
            return Ok((link.clone(), Vec::new()));
        }
        let (mut failure, mut asked) = (None, AskedDomains::default());
        for link in target.candidates(links, page) {
            asked.begin_link();
            let followed = self.redirect_client.follow_redirects(
                link,
                |to| target.is_target(to),
                |url| target.is_site(url) || asked.admits(url),
            );
            match followed {
                Ok(Some(hops)) => return Ok((link.clone(), hops)),
                Err(Error::Fetch { fault, .. }) if fault.is_temporary() => {
                    LinkFailure::note(&mut failure, link, target, &fault);
                }
                // Another link that cannot be followed does not count.
                Ok(None) | Err(_) => {}
            }
        }
        Err(failure)
    }

    /// The page with other values in its address, if that has values; `Err` if the page echoes `link`, or is suspected of it.
    fn check_echo(
        &self,
        source: &Url,
        page: &Url,
        link: &Url,
        target: LinkTarget<'_>,
    ) -> Result<Option<AlteredPage>, Inspection> {
        // Every page of the site links to the site, including its search results for any words.
        let suspected = Inspection::Not(ReasonKind::EchoSuspected, String::new());
        if target.is_site(source) {
            return Err(suspected);
        }
        // The page may repeat a link that leads here through another host.
        let mut named = target.site.to_vec();
        if link.host_str() != source.host_str() && link.host_str() != page.host_str() {
            named.push(link.clone());
        }
        let Some(address) = [source, page].into_iter().find(|address| {
            reflection::names_site(address, target.site)
                || reflection::probe(address, &named, "").is_some()
        }) else {
            return match self.altered_page(source, target) {
                Some(altered) if altered.is_hidden_echo(link) => Err(suspected),
                altered => Ok(altered),
            };
        };
        let mut random = [0; 4];
        if crate::random::fill(&mut random).is_err() {
            return Err(suspected);
        }
        let other = format!("probe-{}.example", hex(&random));
        let Some(probe) = reflection::probe(address, &named, &other) else {
            return Err(suspected);
        };
        let is_echo = self
            .links_of(&probe, target)
            .shown
            .iter()
            .any(|url| bare_host(url) == other);
        Err(match is_echo {
            true => Inspection::Not(ReasonKind::Echo, String::new()),
            false => suspected,
        })
    }

    /// Whether the page has the link to the site only as all its neighbours have, and a text as none of them has.
    fn is_site_wide(
        &self,
        source: &Url,
        altered: Option<AlteredPage>,
        found: &Links,
        (link, target): (&Url, LinkTarget<'_>),
        said: [&String; 3],
    ) -> bool {
        let words = SaidWords::of(said);
        // A link to the very entry is on every page of few sites; what the sender chooses is then in the address.
        if target.is_entry() && !words.stand_in(source) {
            return false;
        }
        let other = match altered {
            Some(altered) => Some(altered.links),
            None => reflection::neighbour(source, |name| words.share_of(name))
                .map(|other| self.links_of(&other, target)),
        };
        other.is_some_and(|other| is_site_wide(found, &other, (link, target), said))
    }

    /// The page with other values in its address; `None` if that has none.
    pub(super) fn altered_page(&self, source: &Url, target: LinkTarget<'_>) -> Option<AlteredPage> {
        let altered = reflection::altered(source)?;
        let links = self.links_of(&altered.address, target);
        Some(AlteredPage { altered, links })
    }

    /// The links of a page, fetched without waiting; none if it cannot be read.
    fn links_of(&self, url: &Url, target: LinkTarget<'_>) -> Links {
        self.meter.grant(url);
        let read = self.read(&self.client, url, target).ok();
        read.and_then(|(_, links)| links).unwrap_or_default()
    }

    /// Looks for the same link as an ordinary browser; returns the URLs requested. A wholly different page proves nothing:
    /// many sites ask browsers to prove that they are none of the programs that take their name.
    pub(super) fn check_as_browser(
        &self,
        source: &Url,
        link: &Url,
        target: LinkTarget<'_>,
        (own, fetched): (&Links, &Url),
    ) -> Result<Vec<Url>, Inspection> {
        self.meter.grant(source);
        let read = self.read(&self.browser, source, target);
        let (page, found) = read.map_err(|seen| match seen {
            // An error does not prove that the page is cloaked.
            Inspection::Gone(_, detail) => Inspection::Failed(detail),
            Inspection::Not(ReasonKind::NotAPage, _) => {
                Inspection::Not(ReasonKind::Cloaked, String::new())
            }
            other => other,
        })?;
        let found = found.unwrap_or_default();
        if target.direct_link(&found).is_some() || found.shown.contains(link) {
            let mut asked = page.redirects;
            asked.push(page.url);
            Ok(asked)
        } else if page.truncated || found.cut {
            Err(Inspection::Failed("it is too large for readers".to_owned()))
        } else if page_key(&page.url) != page_key(fetched) || !own.resembles(&found) {
            Err(Inspection::Failed("browsers get another page".to_owned()))
        } else {
            Err(Inspection::Not(ReasonKind::Cloaked, String::new()))
        }
    }

    /// Fetches a page with this program's user agent. One without content says nothing, not even that it has no link: the
    /// program that makes it has failed.
    pub(super) fn read_page(
        &self,
        url: &Url,
        target: LinkTarget<'_>,
    ) -> Result<(Page, Option<Links>), Inspection> {
        let (page, found) = self.read(&self.client, url, target)?;
        match page.body.trim_ascii().is_empty() {
            true => Err(Inspection::Failed("its page is empty".to_owned())),
            false => Ok((page, found)),
        }
    }

    /// Fetches a page, with its links; `None` if it is not HTML. A page that sends its readers to another one before they
    /// can read it is a redirect, unless it links here itself.
    fn read(
        &self,
        client: &Client,
        url: &Url,
        target: LinkTarget<'_>,
    ) -> Result<(Page, Option<Links>), Inspection> {
        let mut redirects = Vec::new();
        let mut url = url.clone();
        for _ in 0..=MAX_REFRESHES {
            let page = with_guessed_type(self.get(client, &url)?);
            let found = links_of_page(&page);
            redirects.extend(page.redirects.iter().cloned());
            let left = found.as_ref().filter(|found| {
                let mut links = found.shown.iter().chain(&found.hidden);
                !links.any(|url| target.is_site(url) || target.is_target(url))
            });
            let departure = left.and_then(|found| found.departure.as_ref());
            match departure.filter(|departure| departure.is_at_once) {
                Some(Departure { to: Some(to), .. }) => {
                    url = to.clone();
                    redirects.push(page.url);
                }
                _ => return Ok((Page { redirects, ..page }, found)),
            }
        }
        Err(Inspection::Failed(FetchError::TooManyRedirects.to_string()))
    }

    fn get(&self, client: &Client, url: &Url) -> Result<Page, Inspection> {
        let page = client.get(url).map_err(|error| match error {
            // A content encoding that was not requested says nothing about the page.
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
        })?;
        match page.status {
            // Nothing that a browser shows, and a part that was not asked for.
            204..=206 => Err(Inspection::Failed(
                FetchError::Status(page.status).to_string(),
            )),
            _ => Ok(page),
        }
    }
}

fn texts<'page>(page: &'page Page, found: &'page Links) -> PageTexts<'page> {
    let content = (page.body.as_slice(), page.content_type.as_deref());
    PageTexts::new(found, content, &page.url)
}

/// The result for a page without a visible link to the target. A response in microformats that readers see no link of is
/// held, as that of a webmention is.
fn without_link(
    claim: PingClaim<'_>,
    page: &Page,
    found: &Links,
    target: LinkTarget<'_>,
) -> Inspection {
    let reason = match target.missing_reason(found) {
        _ if page.truncated || found.cut => ReasonKind::TooLarge,
        reason => reason,
    };
    let content = (page.body.as_slice(), page.content_type.as_deref());
    let response = (reason == ReasonKind::HiddenLink)
        .then(|| parse_mention(content, &page.url, found, target))
        .filter(|mention| mention.text.kind != "mention");
    let response = response.and_then(|mention| mention.link);
    let veiled = target.veiled_link(found).filter(|(_, vouched)| {
        let is_elsewhere = reason == ReasonKind::LinksElsewhere;
        reason == ReasonKind::HiddenLink || is_elsewhere && *vouched == Vouched::Unseen
    });
    let (link, vouched) = match (response, veiled) {
        (Some(link), _) => (link, Vouched::Unseen),
        (None, Some((link, vouched))) => (link.clone(), vouched),
        (None, None) => return Inspection::Not(reason, String::new()),
    };
    let mut chain = PublisherChain::default();
    let asked = page.redirects.iter().chain([claim.source, &page.url]);
    asked.for_each(|url| chain.add(url));
    let texts = texts(page, found);
    Inspection::Linked(Box::new(Linked {
        chain,
        is_to_entry: false,
        title: claim.title(&texts),
        vouched,
        words: claim.confirmed_text(&texts, &link),
        offered: None,
        identity: identity(found, &page.url, &link),
        quote: found.quote(&link),
        mention: None,
    }))
}
