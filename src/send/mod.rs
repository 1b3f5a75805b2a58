//! Sends pings: to a ping URL, or to the one that a page names.
//!
//! Specification clauses 1 to 4 and 9. Only the other side's own `<error>0</error>` is a success.

use url::Url;

use crate::config::{AllowPrivate, Config};
use crate::error::{Error, Fault, Refusal, Result};
use crate::net::{Client, Outward, Patience, Reach};
use crate::trackback::discover::{self, Discovery};
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
    let contact = config.map_or(String::new(), |config| format!(" (+{})", config.base_url));
    let lab = config.is_some_and(|config| config.allow_private == AllowPrivate::Yes);
    Client::new(Outward {
        patience,
        reach: if lab { Reach::Private } else { Reach::Public },
        user_agent: format!("tb/{}{contact}", env!("CARGO_PKG_VERSION")),
    })
}

/// Finds the ping URLs that a page names, in itself or in its RSD document.
///
/// # Errors
///
/// [`Error::Fetch`] if the page cannot be read. That its RSD document cannot is no error.
pub fn discover(client: &Client, page: &Url) -> Result<Discovery> {
    let fetched = client.get(page)?;
    let mut discovery = discover::discover(
        &fetched.body,
        fetched.content_type.as_deref(),
        page,
        &fetched.url,
    );
    if let (true, Some(at)) = (discovery.found.is_empty(), &discovery.rsd) {
        let found = client
            .get(at)
            .ok()
            .and_then(|document| discover::rsd(&document.body, &document.url));
        discovery
            .found
            .extend(found.map(|ping_url| discover::Found {
                ping_url,
                source: discover::Source::Rsd,
                identifier: None,
                title: None,
            }));
    }
    Ok(discovery)
}

/// Sends one ping.
///
/// # Errors
///
/// [`Refusal::NothingDiscovered`], or [`Error::Fetch`] if the other side cannot be asked or gives no
/// answer that says anything; that it refuses is no error but a [`Reply`].
pub fn ping(client: &Client, target: &Target, ping: &Ping) -> Result<Sent> {
    let ping_url = match target {
        Target::PingUrl(url) => url.clone(),
        Target::Page(page) => {
            let discovery = discover(client, page)?;
            discovery
                .best()
                .ok_or(Refusal::NothingDiscovered)?
                .ping_url
                .clone()
        }
    };
    let answer = client.post_form(&ping_url, CONTENT_TYPE, &ping.to_form())?;
    let fetch = |fault| Error::Fetch {
        url: ping_url.to_string(),
        fault,
    };
    match reply::read(&answer.body, answer.content_type.as_deref()) {
        Reply::Unreadable if !(200..300).contains(&answer.status) => {
            Err(fetch(Fault::Status(answer.status)))
        }
        Reply::Accepted if !(200..300).contains(&answer.status) => {
            Err(fetch(Fault::Status(answer.status)))
        }
        Reply::Unreadable => Err(fetch(Fault::Protocol(
            "the answer is not a TrackBack response".to_owned(),
        ))),
        reply => Ok(Sent { ping_url, reply }),
    }
}
