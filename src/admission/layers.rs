//! Whether a ping comes in, and in which state: the layers in their order, the cheapest first.
//!
//! 1. structure: the id, the form and the permalink are good (before this room);
//! 2. bans: the sender's address, the permalink's domain;
//! 3. the limits of the sender (refused) and of the site (held);
//! 4. what the entry asks for: that it is known and still open, a passphrase;
//! 5. a banned word, a permalink where no public page can be, and whether it reads like spam (junk);
//! 6. `publish`;
//! 7. room: for a new id, and among those that wait.
//!
//! Until 7 nothing of the id is opened, and nothing is written but the throttle's tokens.

use std::net::IpAddr;

use jiff::Timestamp;
use url::Url;

use super::bans::{self, BanSubject};
use super::entries::EntryReader;
use super::ping_auth::{self, PingAccess};
use super::throttle::{Flooded, KeptAs, Named, Passage, TooMany};
use super::{domains, spam_score, throttle};
use crate::config::{AllowPrivate, Config, Publish};
use crate::error::{Error, Refusal, Result};
use crate::fetch::{Reach, guard};
use crate::linkback::trackback::{Form, Ping, TbId};
use crate::store::{Event, EventName, IdQuota, Reason, ReasonKind, State, Store};

/// A ping that has come, its structure checked.
#[derive(Debug, Clone, Copy)]
pub struct Arriving<'a> {
    /// The id that is pinged.
    pub id: &'a TbId,
    /// Where entries are looked up.
    pub entries: &'a EntryReader,
    /// The passphrase or the signature that came with it, unchecked.
    pub key: Option<&'a str>,
    /// The form as it came: what is removed from the ping tells something, too.
    pub form: &'a Form,
    /// The ping.
    pub ping: &'a Ping,
    /// Where it came from, if that is known.
    pub address: Option<IpAddr>,
    /// When it came.
    pub now: Timestamp,
}

/// What becomes of a ping.
#[derive(Debug)]
pub enum Admission {
    /// It is stored.
    In(Admitted),
    /// A limit is reached.
    Out(TooMany),
}

/// A ping that is stored.
#[derive(Debug)]
pub struct Admitted {
    /// In which state.
    pub state: State,
    /// Why, if that is not plain.
    pub why: Option<Reason>,
    /// Whether its page is to be checked.
    pub verify: Verify,
    /// The room for its id, if that is new: to be held until the ping is stored.
    pub room: Option<IdQuota>,
}

/// Whether a ping's page is to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// Yes: what does not link is junk.
    Needed,
    /// No.
    No,
}

/// Takes a ping through the layers.
pub fn admit(config: &Config, store: &Store, arriving: &Arriving<'_>) -> Result<Admission> {
    let Arriving {
        id,
        entries,
        ping,
        address,
        ..
    } = *arriving;
    let url = Url::parse(&ping.url).map_err(|_| Refusal::BadUrl)?;
    let banned_word = check_bans(store, arriving, &url)?;
    let sender = (address, &url, id);
    let flooded = match throttle::pass(config, store, sender, arriving.now)? {
        Passage::Free => Flooded::No,
        Passage::Flooded => Flooded::Yes,
        Passage::Refused(too_many) => return Ok(Admission::Out(too_many)),
    };
    // Checked after the throttle, so that guessing keys is rate limited.
    let access = ping_auth::check(config, (store, entries), id, arriving.key, arriving.now)?;
    match super::entries::admits(config, (store, entries), id, arriving.now) {
        // The owner has made a ping URL for it.
        Err(Error::Refused(Refusal::UnknownId)) if access == PingAccess::Signed => {}
        admitted => admitted?,
    }
    let junk = banned_word.or_else(|| {
        // A host that is never dialled has no page that could be checked.
        let reach = match config.allow_private {
            AllowPrivate::Yes => Reach::Private,
            AllowPrivate::No => Reach::Public,
        };
        let why = match guard::check_url(&url, reach) {
            Err(fault) => fault.to_string(),
            Ok(()) if reach == Reach::Private => return None,
            Ok(()) => format!("`{}` is not a public name", guard::private_name(&url)?),
        };
        Some(ReasonKind::NotPublic.with(&why))
    });
    let junk = junk.or_else(|| {
        let spam = spam_score::spam(arriving.form)?;
        Some(ReasonKind::Score.with(&spam))
    });
    let (mut state, mut why) = match junk {
        Some(why) => (State::Junk, Some(why)),
        None => decide(config.publish, flooded),
    };
    let kept = match state {
        State::Held if !domains::is_known(store, &url)? => KeptAs::Waiting,
        State::Junk => KeptAs::Junk,
        State::Held | State::Published => KeptAs::Elsewhere,
    };
    let named = match access {
        PingAccess::Signed => Named::ByOwner,
        PingAccess::Open | PingAccess::Passphrase if entries.find(store, id)?.is_some() => {
            Named::ByOwner
        }
        PingAccess::Open | PingAccess::Passphrase => Named::BySender,
    };
    let sender = (id, named, address);
    let settled = match throttle::settle(config, store, sender, kept, arriving.now)? {
        Ok(settled) => settled,
        Err(too_many) => return Ok(Admission::Out(too_many)),
    };
    if settled.flooded == Flooded::Yes && state != State::Junk {
        (state, why) = decide(config.publish, Flooded::Yes);
    }
    let verify = match (state, config.publish) {
        (State::Junk, _) | (_, Publish::All) => Verify::No,
        (State::Held | State::Published, Publish::Verified | Publish::Known | Publish::None) => {
            Verify::Needed
        }
    };
    Ok(Admission::In(Admitted {
        state,
        why,
        verify,
        room: settled.room,
    }))
}

/// The state of a ping that passed all checks.
fn decide(publish: Publish, flooded: Flooded) -> (State, Option<Reason>) {
    let reason = match (publish, flooded) {
        (Publish::None, _) => ReasonKind::Moderated,
        (Publish::All | Publish::Verified | Publish::Known, Flooded::Yes) => ReasonKind::Flood,
        (Publish::All, Flooded::No) => return (State::Published, None),
        (Publish::Verified | Publish::Known, Flooded::No) => ReasonKind::Unverified,
    };
    (State::Held, Some(reason.into()))
}

/// Refuses banned addresses and domains; gives the reason for junk where a word is banned.
fn check_bans(store: &Store, arriving: &Arriving<'_>, url: &Url) -> Result<Option<Reason>> {
    let found = bans::check(store, arriving.address, arriving.ping, url, arriving.now)?;
    if let Some(fault) = found.faults.first()
        && throttle::may_tell_of_bans(store, arriving.now)
    {
        let event = Event::new(arriving.now, EventName::WrongBan).with("error", fault.as_str());
        store.log(&event);
    }
    let mut word = None;
    for ban in found.bans {
        match ban.what {
            BanSubject::Word(banned) => word = word.or(Some(banned)),
            BanSubject::Address(_) | BanSubject::Domain(_) => return Err(Refusal::Banned.into()),
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
