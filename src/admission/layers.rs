//! Decides whether a ping is accepted, and in which state. The layers in order, the cheapest first:
//!
//! 1. structure: the id, the form and the permalink are valid (checked before this module);
//! 2. bans: the sender's address, the permalink's domain;
//! 3. rate limits: of the sender (refused) and of the site (held);
//! 4. the entry: it is known and still open, and the passphrase is right;
//! 5. junk: a banned word, a permalink that is not public, a high spam score;
//! 6. the setting `publish`;
//! 7. quotas: for new ids, and for waiting pings.
//!
//! Before layer 7 no file of the id is opened, and only rate limit tokens are written.

use std::net::IpAddr;

use jiff::Timestamp;
use url::Url;

use super::bans::{self, BanSubject};
use super::entries::EntryReader;
use super::ping_auth::{self, PingAccess};
use super::throttle::{Flooded, IdSource, LimitReached, Passage, QuotaClass};
use super::{domains, proxies, spam_score, throttle};
use crate::config::{AllowPrivate, Config, Publish};
use crate::error::{Error, Refusal, Result};
use crate::fetch::{Reach, guard};
use crate::linkback::Protocol;
use crate::linkback::trackback::{Form, Ping, TbId};
use crate::store::{Event, EventName, IdQuota, Reason, ReasonKind, State, Store};

/// An incoming ping whose structure was checked.
#[derive(Debug, Clone, Copy)]
pub struct IncomingPing<'a> {
    /// The id that is pinged.
    pub id: &'a TbId,
    /// The entries.
    pub entries: &'a EntryReader,
    /// The passphrase or signature sent with it, unchecked.
    pub key: Option<&'a str>,
    /// The form as received: the spam score needs the text before cleaning.
    pub form: &'a Form,
    /// The ping.
    pub ping: &'a Ping,
    /// The sender's address, if known.
    pub address: Option<IpAddr>,
    /// The protocol.
    pub via: Protocol,
    /// When it was received.
    pub now: Timestamp,
}

/// The decision about a ping.
#[derive(Debug)]
pub enum Admission {
    /// It is stored.
    Accepted(Admitted),
    /// A limit is reached.
    Refused(LimitReached),
}

/// A ping that is stored.
#[derive(Debug)]
pub struct Admitted {
    /// Its state.
    pub state: State,
    /// The reason, if there is one.
    pub why: Option<Reason>,
    /// Whether its page is to be checked.
    pub verify: Verify,
    /// The quota of its id, if that is new; held until the ping is stored.
    pub quota: Option<IdQuota>,
}

/// Whether a ping's page is to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// Yes.
    Needed,
    /// No.
    No,
}

/// Runs a ping through the layers.
pub fn admit(config: &Config, store: &Store, incoming: &IncomingPing<'_>) -> Result<Admission> {
    let IncomingPing {
        id,
        entries,
        ping,
        address,
        ..
    } = *incoming;
    let url = Url::parse(&ping.url).map_err(|_| Refusal::BadUrl)?;
    let banned_word = check_bans(store, incoming, &url)?;
    let is_of_proxy = incoming.via == Protocol::Webmention && proxies::is_proxy(config, &url);
    let rate = match is_of_proxy {
        true => throttle::check_proxy_rate(config, store, (address, &url), incoming.now)?,
        false => throttle::check_rate(config, store, (address, &url, id), incoming.now)?,
    };
    let flooded = match rate {
        Passage::Free => Flooded::No,
        Passage::Flooded => Flooded::Yes,
        Passage::Refused(limit) => return Ok(Admission::Refused(limit)),
    };
    // Checked after the throttle, so that guessing keys is rate limited.
    let access = ping_auth::check(config, (store, entries), id, incoming.key, incoming.now)?;
    match super::entries::check_open(config, (store, entries), id, incoming.now) {
        // The owner made a signed ping URL for it.
        Err(Error::Refused(Refusal::UnknownId)) if access == PingAccess::Signed => {}
        admitted => admitted?,
    }
    let junk = banned_word.or_else(|| Some(ReasonKind::NotPublic.with(&not_public(config, &url)?)));
    let junk = match junk {
        Some(why) => Some(why),
        None => spam(config, store, incoming, &url)?,
    };
    let (mut state, mut why) = match junk {
        Some(why) => (State::Junk, Some(why)),
        None => decide(config.publish, flooded),
    };
    let class = match state {
        State::Held if is_of_proxy => QuotaClass::WaitingOfProxy,
        State::Held if !domains::is_known(store, &url)? => QuotaClass::Waiting,
        State::Junk => QuotaClass::Junk,
        State::Held | State::Published => QuotaClass::Unlimited,
    };
    let source = id_source(store, incoming, access)?;
    let sender = (id, source, address);
    let reservation = match throttle::reserve(config, store, sender, class, incoming.now)? {
        Ok(reservation) => reservation,
        Err(limit) => return Ok(Admission::Refused(limit)),
    };
    if reservation.flooded == Flooded::Yes && state != State::Junk {
        (state, why) = decide(config.publish, Flooded::Yes);
    }
    Ok(Admission::Accepted(Admitted {
        state,
        why,
        verify: verification(state, config.publish),
        quota: reservation.quota,
    }))
}

/// The reason for junk if the texts look like spam. The page of an approved publisher decides instead: what stands on it is
/// none, and nothing else is published.
fn spam(
    config: &Config,
    store: &Store,
    incoming: &IncomingPing<'_>,
    url: &Url,
) -> Result<Option<Reason>> {
    let Some(signs) = spam_score::spam_signs(incoming.form) else {
        return Ok(None);
    };
    let page_decides = config.publish == Publish::Known && domains::is_known(store, url)?;
    Ok((!page_decides).then(|| ReasonKind::Score.with(&signs)))
}

/// Who has made the id: the owner, or whoever sends the first ping to it.
fn id_source(store: &Store, incoming: &IncomingPing<'_>, access: PingAccess) -> Result<IdSource> {
    Ok(match access {
        PingAccess::Signed => IdSource::Owner,
        PingAccess::Open | PingAccess::Passphrase => {
            match incoming.entries.find(store, incoming.id)? {
                Some(_) => IdSource::Owner,
                None => IdSource::Sender,
            }
        }
    })
}

fn verification(state: State, publish: Publish) -> Verify {
    match (state, publish) {
        (State::Junk, _) | (_, Publish::All) => Verify::No,
        (State::Held | State::Published, Publish::Verified | Publish::Known | Publish::None) => {
            Verify::Needed
        }
    }
}

/// Why a page is never fetched: its host is not public.
pub fn not_public(config: &Config, url: &Url) -> Option<String> {
    let reach = match config.allow_private {
        AllowPrivate::Yes => Reach::Private,
        AllowPrivate::No => Reach::Public,
    };
    match guard::check_url(url, reach) {
        Err(fault) => Some(fault.to_string()),
        Ok(()) if reach == Reach::Private => None,
        Ok(()) => Some(format!(
            "`{}` is not a public name",
            guard::non_public_name(url)?
        )),
    }
}

/// The state of a ping that passed the checks.
fn decide(publish: Publish, flooded: Flooded) -> (State, Option<Reason>) {
    let reason = match (publish, flooded) {
        (Publish::None, _) => ReasonKind::Moderated,
        (Publish::All | Publish::Verified | Publish::Known, Flooded::Yes) => ReasonKind::Flood,
        (Publish::All, Flooded::No) => return (State::Published, None),
        (Publish::Verified | Publish::Known, Flooded::No) => ReasonKind::Unverified,
    };
    (State::Held, Some(reason.into()))
}

/// Refuses banned addresses and domains; returns the reason for junk if a word is banned.
fn check_bans(store: &Store, incoming: &IncomingPing<'_>, url: &Url) -> Result<Option<Reason>> {
    let found = bans::check(store, incoming.address, incoming.ping, url, incoming.now)?;
    if let Some(fault) = found.faults.first()
        && throttle::may_log_ban_errors(store, incoming.now)
    {
        let event = Event::new(incoming.now, EventName::WrongBan).with("error", fault.as_str());
        store.log(&event);
    }
    let mut word = None;
    for ban in found.bans {
        match ban.what {
            BanSubject::Word(banned) => word = word.or(Some(banned)),
            BanSubject::Address(_) | BanSubject::Domain(_) | BanSubject::Tenant(_) => {
                return Err(Refusal::Banned.into());
            }
        }
    }
    Ok(word.map(|word| ReasonKind::BannedWord.with(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_a_ping_follows_publish() {
        for (publish, flooded, state, why) in [
            (Publish::All, Flooded::No, State::Published, None),
            (Publish::All, Flooded::Yes, State::Held, Some("flood")),
            (
                Publish::Verified,
                Flooded::No,
                State::Held,
                Some("unverified"),
            ),
            (Publish::Verified, Flooded::Yes, State::Held, Some("flood")),
            (Publish::Known, Flooded::No, State::Held, Some("unverified")),
            (Publish::Known, Flooded::Yes, State::Held, Some("flood")),
            (Publish::None, Flooded::No, State::Held, Some("moderated")),
            (Publish::None, Flooded::Yes, State::Held, Some("moderated")),
        ] {
            let why = why.map(Reason::parse);
            assert_eq!(
                decide(publish, flooded),
                (state, why),
                "{publish:?} {flooded:?}"
            );
        }
    }
}
