//! One message: to an endpoint, or to the one that a page names.

use jiff::Timestamp;
use url::Url;

use super::ledger::{AttemptResult, Ledger, LedgerEvent, LinkbackKeys};
use super::outcome::{self, Answered, PingOutcome};
use super::ping_url::{self, Endpoint, EndpointRules, PageEndpoints};
use crate::config::{AllowPrivate, Config};
use crate::domain::registrable;
use crate::error::{Refusal, Result};
use crate::fetch::{Client, ClientOptions, Reach, Timeout};
use crate::linkback::Protocol;
use crate::linkback::pingback;
use crate::linkback::trackback::Ping;
use crate::linkback::trackback::ping::CONTENT_TYPE;
use crate::linkback::webmention;
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
            PageEndpoints::Found(endpoints) => {
                let mut ping_urls = endpoints.into_iter().map(|endpoint| endpoint.url);
                let ping_url = ping_urls.next();
                ping_url.map_or_else(
                    || Err(nothing(None)),
                    |ping_url| {
                        Ok(Address {
                            ping_url,
                            page: Some(page.clone()),
                        })
                    },
                )
            }
            PageEndpoints::Nothing(why) => Err(nothing(why)),
        })
    }

    /// What is linked to: the page, or else the ping URL.
    pub fn target(&self) -> &Url {
        self.page.as_ref().unwrap_or(&self.ping_url)
    }
}

/// Why a page has no ping URL that may be used.
fn nothing(why: Option<String>) -> String {
    why.unwrap_or_else(|| Refusal::NothingDiscovered.message().to_owned())
}

/// The client of an installation.
pub fn client(config: Option<&Config>, patience: Timeout) -> Client {
    client_of(config, None, patience, &[Protocol::TrackBack])
}

/// The client of an installation; where there is none, it names `contact` as the one to turn to. Receivers of
/// Webmentions know their senders by the name of the protocol (W3C Recommendation, 3.1.2).
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

/// How far an installation's pings may go.
pub fn reach(config: Option<&Config>) -> Reach {
    if config.is_some_and(|config| config.allow_private == AllowPrivate::Yes) {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// What is sent to an endpoint.
#[derive(Debug, Clone)]
pub struct Message {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// The entry that links.
    pub entry: String,
    /// Its title, where the message has it.
    pub title: String,
    body: String,
}

impl Message {
    /// A ping.
    pub fn ping(ping_url: &Url, ping: &Ping) -> Message {
        Message {
            endpoint: Endpoint::ping_url(ping_url.clone()),
            entry: ping.url.clone(),
            title: ping.title.clone(),
            body: ping.to_form(),
        }
    }

    /// A Webmention or a Pingback: that the page `entry` links to `target`, as that is written there.
    pub fn mention(endpoint: &Endpoint, entry: &str, target: &str) -> Message {
        Message {
            endpoint: endpoint.clone(),
            entry: entry.to_owned(),
            title: String::new(),
            body: match endpoint.protocol {
                Protocol::Pingback => pingback::to_call(entry, target),
                Protocol::Webmention | Protocol::TrackBack => webmention::to_form(entry, target),
            },
        }
    }

    /// What the ledger says of it besides.
    pub fn keys(&self) -> LinkbackKeys {
        let via = match self.endpoint.protocol {
            Protocol::TrackBack => None,
            other @ (Protocol::Pingback | Protocol::Webmention) => Some(other.name().to_owned()),
        };
        LinkbackKeys {
            via,
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

/// Sends a message as [`post`] does, and writes it into a ledger: that it is about to be sent to the page `target`, and
/// what came of it. That it was sent before is no obstacle, for somebody asks for it by hand.
pub fn recorded(
    client: &Client,
    ledger: &mut Ledger,
    target: &Url,
    message: &Message,
    now: Timestamp,
) -> Result<Answered> {
    let (entry, page) = (message.entry.as_str(), target.as_str());
    let ping_url = message.endpoint.url.to_string();
    let known = ledger.book.standing(entry, page);
    let attempt = attempt()?;
    ledger.add(vec![LedgerEvent::Intent {
        entry: entry.to_owned(),
        target: page.to_owned(),
        ping_url: ping_url.clone(),
        attempt: attempt.clone(),
        over: known.map_or(Vec::new(), |known| known.open),
        title: message.title.clone(),
        keys: message.keys(),
        time: ledger.time_for(entry, page, now),
    }])?;
    ledger.sync_handle().sync()?;
    let answered = post(client, message, now);
    let (state, not_before) = match &answered.outcome {
        PingOutcome::Accepted => (AttemptResult::Sent, None),
        PingOutcome::Refused(_) => (AttemptResult::Refused, None),
        PingOutcome::Later(limit) => (AttemptResult::Later, limit.not_before),
        PingOutcome::Uncertain(_) => (AttemptResult::Uncertain, None),
        PingOutcome::Failed(_) => (AttemptResult::Failed, None),
    };
    let is_early = state == AttemptResult::Later;
    let next = not_before.or_else(|| is_early.then_some(now));
    ledger.add(vec![LedgerEvent::Result {
        entry: entry.to_owned(),
        target: page.to_owned(),
        ping_url: Some(ping_url),
        attempt: Some(attempt),
        state,
        answer: answered.outcome.answer().map(str::to_owned),
        tries: u32::from(state == AttemptResult::Failed),
        // Who sends by hand tries again by hand, unless it was only too early.
        next,
        not_before,
        asked: answered.asked.clone(),
        keys: LinkbackKeys {
            location: answered.location.clone(),
            ..message.keys()
        },
        time: ledger.time_for(entry, page, now),
    }])?;
    ledger.sync_handle().sync()?;
    Ok(answered)
}

/// Posts a message and says what the answer means.
pub fn post(client: &Client, message: &Message, now: Timestamp) -> Answered {
    let endpoint = &message.endpoint;
    let answer = client.post_form(&endpoint.url, message.content_type(), &message.body, |to| {
        registrable(to) == registrable(&endpoint.url)
    });
    outcome::read(answer, endpoint, now)
}

/// A number for an attempt that no other has, in whatever branch it is written.
pub(super) fn attempt() -> Result<String> {
    let mut bytes = [0; 8];
    random::fill(&mut bytes)?;
    Ok(hex(&bytes))
}
