//! One ping: to a ping URL, or to the one that a page names.

use jiff::Timestamp;
use url::Url;

use super::ledger::{AttemptResult, Ledger, LedgerEvent};
use super::outcome::{self, Answered, PingOutcome};
use super::ping_url::{self, EndpointRules, PageEndpoints};
use crate::config::{AllowPrivate, Config};
use crate::domain::registrable;
use crate::error::{Refusal, Result};
use crate::fetch::{Client, ClientOptions, Reach, Timeout};
use crate::linkback::trackback::Ping;
use crate::linkback::trackback::ping::CONTENT_TYPE;
use crate::random;
use crate::text::hex;

/// Where a ping is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The ping URL.
    pub ping_url: Url,
    /// The page that names it; absent where somebody named the ping URL itself.
    pub page: Option<Url>,
}

impl Address {
    /// A ping URL that somebody named.
    pub fn of(ping_url: Url) -> Address {
        Address {
            ping_url,
            page: None,
        }
    }

    /// The ping URL that a page names; or why it has none that may be used.
    pub fn find(
        client: &Client,
        page: &Url,
        rules: &EndpointRules,
    ) -> Result<std::result::Result<Address, String>> {
        Ok(match ping_url::look(client, page, rules)? {
            PageEndpoints::PingUrl(ping_url) => Ok(Address {
                ping_url,
                page: Some(page.clone()),
            }),
            PageEndpoints::Nothing(why) => {
                Err(why.unwrap_or_else(|| Refusal::NothingDiscovered.message().to_owned()))
            }
        })
    }

    /// What is linked to: the page, or else the ping URL.
    pub fn target(&self) -> &Url {
        self.page.as_ref().unwrap_or(&self.ping_url)
    }
}

/// The client of an installation.
pub fn client(config: Option<&Config>, patience: Timeout) -> Client {
    client_of(config, None, patience)
}

/// The client of an installation; where there is none, it names `contact` as the one to turn to.
pub fn client_of(config: Option<&Config>, contact: Option<&Url>, patience: Timeout) -> Client {
    let contact = config.and_then(Config::program).or(contact);
    let contact = contact.map_or(String::new(), |url| format!(" (+{url})"));
    Client::new(ClientOptions {
        timeout: patience,
        reach: reach(config),
        user_agent: format!("tb/{}{contact}", env!("CARGO_PKG_VERSION")),
    })
}

/// How far an installation's pings may go.
pub fn reach(config: Option<&Config>) -> Reach {
    if config.is_some_and(|config| config.allow_private == AllowPrivate::Yes) {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// Sends one ping.
pub fn ping(client: &Client, to: &Address, ping: &Ping, now: Timestamp) -> PingOutcome {
    post(client, &to.ping_url, ping, now).outcome
}

/// Sends one ping as [`ping`] does, and writes it into a ledger: that it is about to be sent, and what came of
/// it. That it was sent before is no obstacle, for somebody asks for it by hand.
pub fn recorded(
    client: &Client,
    ledger: &mut Ledger,
    to: &Address,
    ping: &Ping,
    now: Timestamp,
) -> Result<PingOutcome> {
    let (ping_url, page) = (&to.ping_url, to.target().as_str());
    let known = ledger.book.standing(&ping.url, page);
    let attempt = attempt()?;
    ledger.add(vec![LedgerEvent::Intent {
        entry: ping.url.clone(),
        target: page.to_owned(),
        ping_url: ping_url.to_string(),
        attempt: attempt.clone(),
        over: known.map_or(Vec::new(), |known| known.open),
        title: ping.title.clone(),
        time: ledger.time_for(&ping.url, page, now),
    }])?;
    ledger.sync_handle().sync()?;
    let Answered { outcome, asked } = post(client, ping_url, ping, now);
    let (state, not_before) = match &outcome {
        PingOutcome::Accepted => (AttemptResult::Sent, None),
        PingOutcome::Refused(_) => (AttemptResult::Refused, None),
        PingOutcome::Later(limit) => (AttemptResult::Later, limit.not_before),
        PingOutcome::Uncertain(_) => (AttemptResult::Uncertain, None),
        PingOutcome::Failed(_) => (AttemptResult::Failed, None),
    };
    let is_early = state == AttemptResult::Later;
    let next = not_before.or_else(|| is_early.then_some(now));
    ledger.add(vec![LedgerEvent::Result {
        entry: ping.url.clone(),
        target: page.to_owned(),
        ping_url: Some(ping_url.to_string()),
        attempt: Some(attempt),
        state,
        answer: outcome.answer().map(str::to_owned),
        tries: u32::from(state == AttemptResult::Failed),
        // Who sends by hand tries again by hand, unless it was only too early.
        next,
        not_before,
        asked,
        time: ledger.time_for(&ping.url, page, now),
    }])?;
    ledger.sync_handle().sync()?;
    Ok(outcome)
}

/// Posts a ping and says what the answer means.
pub(super) fn post(client: &Client, ping_url: &Url, ping: &Ping, now: Timestamp) -> Answered {
    let answer = client.post_form(ping_url, CONTENT_TYPE, &ping.to_form(), |to| {
        registrable(to) == registrable(ping_url)
    });
    outcome::read(answer, ping_url, now)
}

/// A number for an attempt that no other has, in whatever branch it is written.
pub(super) fn attempt() -> Result<String> {
    let mut bytes = [0; 8];
    random::fill(&mut bytes)?;
    Ok(hex(&bytes))
}
