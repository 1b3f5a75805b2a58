//! Sends a single message: to an endpoint, or to the one that a page names.

use jiff::Timestamp;
use url::Url;

use super::ledger::{AttemptResult, Ledger, LedgerEvent, LinkbackKeys};
use super::outcome::{self, PingOutcome, PostResult};
use super::ping_url::{self, Endpoint, EndpointRules};
use crate::config::{AllowPrivate, Config};
use crate::domain::registrable;
use crate::error::{Refusal, Result};
use crate::fetch::{Client, ClientOptions, Reach, Timeout};
use crate::linkback::trackback::Ping;
use crate::linkback::trackback::ping::CONTENT_TYPE;
use crate::linkback::{Protocol, pingback, webmention};
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
        let found = ping_url::find(client, page, &[], rules)?;
        Ok(match found.usable.into_iter().next() {
            Some(endpoint) => Ok(PingDestination {
                ping_url: endpoint.url,
                page: Some(page.clone()),
            }),
            None => Err(found
                .unusable_because
                .unwrap_or_else(|| Refusal::NothingDiscovered.message().to_owned())),
        })
    }

    /// The URL that the entry links to: the page, or else the ping URL.
    pub fn target(&self) -> &Url {
        self.page.as_ref().unwrap_or(&self.ping_url)
    }
}

/// An HTTP client with the settings of an installation.
pub fn client(config: Option<&Config>, patience: Timeout) -> Client {
    client_of(config, None, patience, &[Protocol::TrackBack])
}

/// An HTTP client with the settings of an installation; without a configuration, its `User-Agent` names `contact`. It
/// also names Webmention, by which receivers recognize its senders (W3C Recommendation, 3.1.2).
pub fn client_of(
    config: Option<&Config>,
    contact: Option<&Url>,
    patience: Timeout,
    protocols: &[Protocol],
) -> Client {
    let contact = config.and_then(Config::program).or(contact);
    let contact = contact.map_or(String::new(), |url| format!(" (+{url})"));
    let protocol = if protocols.contains(&Protocol::Webmention) {
        " Webmention"
    } else {
        ""
    };
    Client::new(ClientOptions {
        timeout: patience,
        reach: reach(config),
        user_agent: format!("tb/{}{contact}{protocol}", env!("CARGO_PKG_VERSION")),
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

/// A message to an endpoint.
#[derive(Debug, Clone)]
pub struct LinkbackMessage {
    /// Where it is sent.
    pub endpoint: Endpoint,
    /// The permalink of the entry that links.
    pub entry: String,
    /// The entry's title; empty if the message does not contain it.
    pub title: String,
    /// The page that the entry links to, as the entry spells it; `None` if the message does not contain it.
    target: Option<String>,
    body: String,
}

impl LinkbackMessage {
    /// A ping.
    pub fn ping(ping_url: &Url, ping: &Ping) -> LinkbackMessage {
        LinkbackMessage {
            endpoint: Endpoint::ping_url(ping_url.clone()),
            entry: ping.url.clone(),
            title: ping.title.clone(),
            target: None,
            body: ping.to_form(),
        }
    }

    /// A Webmention or a Pingback of the link from `entry` to `target`, as the entry spells it.
    pub fn mention(endpoint: &Endpoint, entry: &str, target: &str) -> LinkbackMessage {
        LinkbackMessage {
            endpoint: endpoint.clone(),
            entry: entry.to_owned(),
            title: String::new(),
            target: Some(target.to_owned()),
            body: match endpoint.protocol {
                Protocol::Pingback => pingback::to_call(entry, target),
                Protocol::Webmention | Protocol::TrackBack => webmention::to_form(entry, target),
            },
        }
    }

    /// How it spells the page `target`, if otherwise.
    pub fn spelling(&self, target: &str) -> Option<String> {
        self.target.clone().filter(|spelling| spelling != target)
    }

    /// The ledger's keys for it, as a link to the page `target`.
    pub fn keys(&self, target: &str) -> LinkbackKeys {
        let via = match self.endpoint.protocol {
            Protocol::TrackBack => None,
            other @ (Protocol::Pingback | Protocol::Webmention) => Some(other.name().to_owned()),
        };
        LinkbackKeys {
            via,
            spelling: self.spelling(target),
            ..LinkbackKeys::default()
        }
    }

    fn content_type(&self) -> &'static str {
        match self.endpoint.protocol {
            Protocol::TrackBack => CONTENT_TYPE,
            Protocol::Pingback => pingback::CONTENT_TYPE,
            Protocol::Webmention => webmention::CONTENT_TYPE,
        }
    }
}

/// Sends a message as [`post`] does, and records the intent and the result in a ledger, as a link to the page `target`.
/// It is sent even if it was sent before, because the user asked for this very message.
pub fn post_recorded(
    client: &Client,
    ledger: &mut Ledger,
    target: &Url,
    message: &LinkbackMessage,
    now: Timestamp,
) -> Result<PostResult> {
    let (entry, page) = (message.entry.as_str(), target.as_str());
    let ping_url = message.endpoint.url.to_string();
    let known = ledger.state.standing(entry, page);
    let attempt = new_attempt_id()?;
    ledger.add_synced(vec![LedgerEvent::Intent {
        entry: entry.to_owned(),
        target: page.to_owned(),
        ping_url: ping_url.clone(),
        attempt: attempt.clone(),
        over: known.map_or(Vec::new(), |known| known.open),
        title: message.title.clone(),
        keys: message.keys(page),
        time: ledger.time_for(entry, page, now),
    }])?;
    let posted = post(client, message, now);
    let (state, not_before) = match &posted.outcome {
        PingOutcome::Accepted => (AttemptResult::Sent, None),
        PingOutcome::Refused(_) => (AttemptResult::Refused, None),
        PingOutcome::Later(limit) => (AttemptResult::Later, limit.not_before),
        PingOutcome::Uncertain(_) => (AttemptResult::Uncertain, None),
        PingOutcome::Failed(_) => (AttemptResult::Failed, None),
    };
    let is_early = state == AttemptResult::Later;
    let next = not_before.or_else(|| is_early.then_some(now));
    ledger.add_synced(vec![LedgerEvent::Result {
        entry: entry.to_owned(),
        target: page.to_owned(),
        ping_url: Some(ping_url),
        attempt: Some(attempt),
        state,
        answer: posted.outcome.answer().map(str::to_owned),
        tries: u32::from(state == AttemptResult::Failed),
        // A ping sent by hand is retried by hand, unless the receiver only asked to come back later.
        next,
        not_before,
        asked: posted.asked.clone(),
        keys: LinkbackKeys {
            location: posted.location.clone(),
            ..message.keys(page)
        },
        time: ledger.time_for(entry, page, now),
    }])?;
    Ok(posted)
}

/// Posts a message and interprets the response.
pub fn post(client: &Client, message: &LinkbackMessage, now: Timestamp) -> PostResult {
    let endpoint = &message.endpoint;
    let response = client.post_form(&endpoint.url, message.content_type(), &message.body, |to| {
        registrable(to) == registrable(&endpoint.url)
    });
    outcome::interpret(response, endpoint, now)
}

/// A random id for an attempt, unique even across git branches of a ledger.
pub(super) fn new_attempt_id() -> Result<String> {
    let mut bytes = [0; 8];
    random::fill(&mut bytes)?;
    Ok(hex(&bytes))
}
