//! One ping: to a ping URL, or to the one that a page names.

use jiff::Timestamp;
use url::Url;

use super::ledger::{Fact, Ledger, MAX_ANSWER, Verdict};
use super::look;
use crate::config::{AllowPrivate, Config};
use crate::domain::registrable;
use crate::error::{Error, Fault, Refusal, Result};
use crate::net::{Client, Outward, Patience, Reach};
use crate::random;
use crate::text::{crop, hex};
use crate::trackback::ping::CONTENT_TYPE;
use crate::trackback::{Ping, Reply, reply};

/// Where a ping is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To this ping URL.
    PingUrl(Url),
    /// To the ping URL that this page names.
    Page(Url),
}

/// What came of sending a ping.
#[derive(Debug)]
pub struct Sent {
    /// Where it was sent.
    pub ping_url: Url,
    /// What the other side said.
    pub reply: Reply,
}

/// The client of an installation.
#[must_use]
pub fn client(config: Option<&Config>, patience: Patience) -> Client {
    client_of(config, None, patience)
}

/// The client of an installation; where there is none, it names `contact` as the one to turn to.
#[must_use]
pub fn client_of(config: Option<&Config>, contact: Option<&Url>, patience: Patience) -> Client {
    let contact = config.and_then(Config::program).or(contact);
    let contact = contact.map_or(String::new(), |url| format!(" (+{url})"));
    Client::new(Outward {
        patience,
        reach: reach(config),
        user_agent: format!("tb/{}{contact}", env!("CARGO_PKG_VERSION")),
    })
}

/// How far an installation's pings may go.
#[must_use]
pub fn reach(config: Option<&Config>) -> Reach {
    if config.is_some_and(|config| config.allow_private == AllowPrivate::Yes) {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// Sends one ping.
///
/// # Errors
///
/// [`Refusal::NothingDiscovered`], or [`Error::Fetch`] if the other side cannot be asked or gives no
/// answer that says anything; that it refuses is no error but a [`Reply`].
pub fn ping(client: &Client, target: &Target, ping: &Ping) -> Result<Sent> {
    let ping_url = find(client, target)?;
    let reply = post(client, &ping_url, ping)?;
    Ok(Sent { ping_url, reply })
}

/// Sends one ping as [`ping`] does, and writes it into a ledger: that it is about to be sent, and what came of
/// it. That it was sent before is no obstacle, for somebody asks for it by hand.
///
/// # Errors
///
/// As [`ping`], and as [`Ledger::add`]; where the ledger cannot be written nothing is sent.
pub fn recorded(
    client: &Client,
    ledger: &mut Ledger,
    target: &Target,
    ping: &Ping,
    now: Timestamp,
) -> Result<Sent> {
    let ping_url = find(client, target)?;
    let asked = match target {
        Target::PingUrl(url) | Target::Page(url) => url.as_str(),
    };
    let known = ledger.book.standing(&ping.url, asked);
    let attempt = attempt()?;
    ledger.add(vec![Fact::Intent {
        entry: ping.url.clone(),
        target: asked.to_owned(),
        ping_url: ping_url.to_string(),
        attempt: attempt.clone(),
        over: known.map_or(Vec::new(), |known| known.open),
        title: ping.title.clone(),
        time: ledger.time_for(&ping.url, asked, now),
    }])?;
    ledger.sync_handle().sync()?;
    let sent = post(client, &ping_url, ping);
    let (state, answer) = match &sent {
        Ok(Reply::Accepted) => (Verdict::Sent, None),
        Ok(Reply::Refused(message)) => (Verdict::Refused, Some(message.clone())),
        Ok(Reply::Unreadable) => (Verdict::Failed, None),
        Err(error) => (Verdict::Failed, Some(cause(error))),
    };
    ledger.add(vec![Fact::Result {
        entry: ping.url.clone(),
        target: asked.to_owned(),
        ping_url: Some(ping_url.to_string()),
        attempt: Some(attempt),
        state,
        answer,
        tries: u32::from(state == Verdict::Failed),
        // Who sends by hand tries again by hand.
        next: None,
        time: ledger.time_for(&ping.url, asked, now),
    }])?;
    ledger.sync_handle().sync()?;
    Ok(Sent {
        ping_url,
        reply: sent?,
    })
}

/// Posts a ping and reads the answer: never [`Reply::Unreadable`], which is an error here.
pub(super) fn post(client: &Client, ping_url: &Url, ping: &Ping) -> Result<Reply> {
    let answer = client.post_form(ping_url, CONTENT_TYPE, &ping.to_form(), |to| {
        registrable(to) == registrable(ping_url)
    })?;
    let fetch = |fault| Error::Fetch {
        url: ping_url.to_string(),
        fault,
    };
    let is_success = (200..300).contains(&answer.status);
    match reply::read(&answer.body, answer.content_type.as_deref()) {
        Reply::Unreadable | Reply::Accepted if !is_success => {
            Err(fetch(Fault::Status(answer.status)))
        }
        Reply::Unreadable => Err(fetch(Fault::Protocol(
            "the answer is not a TrackBack response".to_owned(),
        ))),
        reply => Ok(reply),
    }
}

/// A number for an attempt that no other has, in whatever branch it is written.
pub(super) fn attempt() -> Result<String> {
    let mut bytes = [0; 8];
    random::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// What went wrong, for the ledger: without the URL, which stands there already.
pub(super) fn cause(error: &Error) -> String {
    let text = match error {
        Error::Fetch { fault, .. } => fault.to_string(),
        other => other.to_string(),
    };
    crop(&text, MAX_ANSWER, "…").into_owned()
}

fn find(client: &Client, target: &Target) -> Result<Url> {
    match target {
        Target::PingUrl(url) => Ok(url.clone()),
        Target::Page(page) => {
            let discovery = look::discover(client, page)?;
            let best = discovery.best().ok_or(Refusal::NothingDiscovered)?;
            Ok(best.ping_url.clone())
        }
    }
}
