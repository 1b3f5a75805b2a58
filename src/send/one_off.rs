//! Sends a single ping: to a ping URL, or to the one that a page names.

use jiff::Timestamp;
use url::Url;

use super::ledger::{AttemptResult, Ledger, LedgerEvent};
use super::outcome::{self, PingOutcome, PostResult};
use super::ping_url::{self, EndpointRules, PageEndpoints};
use crate::config::{AllowPrivate, Config};
use crate::domain::registrable;
use crate::error::{Refusal, Result};
use crate::fetch::{Client, ClientOptions, Reach, Timeout};
use crate::linkback::trackback::Ping;
use crate::linkback::trackback::ping::CONTENT_TYPE;
use crate::random;
use crate::text::hex;

/// Where a ping is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PingDestination {
    /// The ping URL.
    pub ping_url: Url,
    /// The page that names it; absent if the user gave the ping URL itself.
    pub page: Option<Url>,
}

impl PingDestination {
    /// A ping URL that the user gave.
    pub fn of(ping_url: Url) -> PingDestination {
        PingDestination {
            ping_url,
            page: None,
        }
    }

    /// The ping URL that a page names; or why it has no usable one.
    pub fn find(
        client: &Client,
        page: &Url,
        rules: &EndpointRules,
    ) -> Result<std::result::Result<PingDestination, String>> {
        Ok(match ping_url::find(client, page, rules)? {
            PageEndpoints::PingUrl(ping_url) => Ok(PingDestination {
                ping_url,
                page: Some(page.clone()),
            }),
            PageEndpoints::Nothing(why) => {
                Err(why.unwrap_or_else(|| Refusal::NothingDiscovered.message().to_owned()))
            }
        })
    }

    /// The URL that the entry links to: the page, or else the ping URL.
    pub fn target(&self) -> &Url {
        self.page.as_ref().unwrap_or(&self.ping_url)
    }
}

/// An HTTP client with the settings of an installation.
pub fn client(config: Option<&Config>, patience: Timeout) -> Client {
    client_of(config, None, patience)
}

/// An HTTP client with the settings of an installation; without a configuration, its `User-Agent` names `contact`.
pub fn client_of(config: Option<&Config>, contact: Option<&Url>, patience: Timeout) -> Client {
    let contact = config.and_then(Config::program).or(contact);
    let contact = contact.map_or(String::new(), |url| format!(" (+{url})"));
    Client::new(ClientOptions {
        timeout: patience,
        reach: reach(config),
        user_agent: format!("tb/{}{contact}", env!("CARGO_PKG_VERSION")),
    })
}

/// Which addresses an installation's pings may be sent to.
pub fn reach(config: Option<&Config>) -> Reach {
    if config.is_some_and(|config| config.allow_private == AllowPrivate::Yes) {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// Sends one ping.
pub fn ping(client: &Client, to: &PingDestination, ping: &Ping, now: Timestamp) -> PingOutcome {
    post(client, &to.ping_url, ping, now).outcome
}

/// Sends one ping as [`ping`] does, and records the intent and the result in a ledger. It is sent even if it was sent
/// before, because the user asked for this very ping.
pub fn ping_recorded(
    client: &Client,
    ledger: &mut Ledger,
    to: &PingDestination,
    ping: &Ping,
    now: Timestamp,
) -> Result<PingOutcome> {
    let (ping_url, page) = (&to.ping_url, to.target().as_str());
    let known = ledger.state.standing(&ping.url, page);
    let attempt = new_attempt_id()?;
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
    let PostResult { outcome, asked } = post(client, ping_url, ping, now);
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
        // A ping sent by hand is retried by hand, unless the receiver only asked to come back later.
        next,
        not_before,
        asked,
        time: ledger.time_for(&ping.url, page, now),
    }])?;
    ledger.sync_handle().sync()?;
    Ok(outcome)
}

/// Posts a ping and interprets the response.
pub(super) fn post(client: &Client, ping_url: &Url, ping: &Ping, now: Timestamp) -> PostResult {
    let response = client.post_form(ping_url, CONTENT_TYPE, &ping.to_form(), |to| {
        registrable(to) == registrable(ping_url)
    });
    outcome::interpret(response, ping_url, now)
}

/// A random id for an attempt, unique even across git branches of a ledger.
pub(super) fn new_attempt_id() -> Result<String> {
    let mut bytes = [0; 8];
    random::fill(&mut bytes)?;
    Ok(hex(&bytes))
}
