//! How many pings come in: [`Limits`](crate::config::Limits), counted in the store's token buckets.
//!
//! Two steps. The sender's own limits (address prefix, domain, id) come early, so that a flood is refused before
//! anything is read for it; beyond the limit of the site as a whole pings come in and are held, because a flood from
//! everywhere must lock nobody out. What takes room for long (a new id, a place among those that wait) is counted
//! last, when all else lets the ping in, so that nobody uses it up with pings that are refused anyway.

use std::net::IpAddr;

use jiff::Timestamp;
use url::Url;

use super::client_addr::origin;
use super::client_addr::prefix_of;
use super::entries;
use crate::config::{Addresses, Config, Throttle};
use crate::domain;
use crate::error::{Refusal, Result};
use crate::linkback::trackback::TbId;
use crate::store::{Bucket, Empty, EmptyNotice, IdQuota, Over, Region, Store, Taken, TokenRequest};

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// Over the number of new ids a day, so many times that number are opened and only held: each costs a look at the
/// folder.
const FURTHER_IDS: u32 = 20;

/// Lines in the log for what was refused.
const REFUSALS: Bucket = Bucket {
    burst: 200,
    period_seconds: HOUR,
};

/// Lines in the log for mistakes in the list of bans.
const BAN_FAULTS: Bucket = Bucket {
    burst: 1,
    period_seconds: DAY,
};

/// What the sender's limits and the site's say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Neither is reached.
    Free,
    /// The site's is.
    Flooded,
    /// The sender's is.
    Refused(TooMany),
}

/// A limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// What the sender is told.
    pub refusal: Refusal,
    /// Seconds after which to come back.
    pub wait_seconds: u64,
    /// Whether the log has it already.
    pub notice: EmptyNotice,
}

/// Whether a limit is reached beyond which pings come in and are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flooded {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What a ping takes for long, counted.
#[derive(Debug)]
pub struct Settled {
    /// The room for a new id, to be held until the ping is stored.
    pub room: Option<IdQuota>,
    /// Whether more ids are new today than there should be.
    pub flooded: Flooded,
}

/// Among what a ping will be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptAs {
    /// It waits for the owner, and its domain is not known.
    Waiting,
    /// It is junk.
    Junk,
    /// Elsewhere.
    Elsewhere,
}

/// Who says that there is such an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The owner: it is an entry of theirs, or they have made a ping URL for it.
    ByOwner,
    /// The sender alone.
    BySender,
}

/// Counts a ping from `address`, whose permalink is `url`, to `id`.
///
/// Senders whose address is not known share one count. The same ping again counts again.
pub fn pass(
    config: &Config,
    store: &Store,
    (address, url, id): (Option<IpAddr>, &Url, &TbId),
    now: Timestamp,
) -> Result<Passage> {
    if config.throttle == Throttle::Off {
        return Ok(Passage::Free);
    }
    let prefix = origin(Addresses::Prefix, address).unwrap_or_default();
    let domain = domain::registrable(url);
    let limits = &config.limits;
    let hourly = |region, key, burst, over| TokenRequest {
        region,
        key,
        bucket: Bucket {
            burst,
            period_seconds: HOUR,
        },
        over,
    };
    let asks = [
        hourly(Region::Prefix, prefix.as_str(), limits.prefix, Over::Refuse),
        hourly(Region::Domain, &domain, limits.domain, Over::Refuse),
        hourly(Region::Id, id.as_str(), limits.id, Over::Refuse),
        hourly(Region::Site, "", limits.site, Over::Say),
    ];
    Ok(match store.take_tokens(&asks, now)? {
        Taken::All => Passage::Free,
        Taken::Short => Passage::Flooded,
        Taken::None(empty) => Passage::Refused(empty.into()),
    })
}

/// Counts what a ping from `address` to `id` takes for long: a new id if it has none yet and only the sender names
/// it, and a place among those that wait or the junk, of which so many come back in a day as there are.
///
/// A sender who names too many new ids is refused; over what the site has for all, further ones are held, or 50 pings
/// to ids that were made up would close every entry that has no ping yet. The owner's own entries are always open.
pub fn settle(
    config: &Config,
    store: &Store,
    (id, named, address): (&TbId, Named, Option<IpAddr>),
    kept: KeptAs,
    now: Timestamp,
) -> Result<std::result::Result<Settled, TooMany>> {
    let mut settled = Settled {
        room: None,
        flooded: Flooded::No,
    };
    if config.throttle == Throttle::Off {
        return Ok(Ok(settled));
    }
    let is_new = !store.has(id)?;
    let prefix = origin(Addresses::Prefix, address).unwrap_or_default();
    let mut asks = Vec::new();
    if is_new && named == Named::BySender {
        asks.extend(new_ids(config, &prefix));
    }
    match kept {
        KeptAs::Waiting => asks.push(daily(Region::Waiting, "", config.limits.waiting)),
        KeptAs::Junk => asks.push(daily(Region::Junk, "", config.limits.waiting)),
        KeptAs::Elsewhere => {}
    }
    if !asks.is_empty() {
        match store.take_tokens(&asks, now)? {
            Taken::All => {}
            Taken::Short => {
                settled.flooded = Flooded::Yes;
                let further = config.limits.new_ids.saturating_mul(FURTHER_IDS);
                let further = daily(Region::NewIdPrefix, "*", further);
                if let Taken::None(empty) = store.take_tokens(&[further], now)? {
                    return Ok(Err(empty.into()));
                }
            }
            Taken::None(empty) => return Ok(Err(empty.into())),
        }
    }
    if !is_new {
        return Ok(Ok(settled));
    }
    let most = match named {
        Named::ByOwner => u32::MAX,
        Named::BySender => config.limits.ids,
    };
    // The folder is listed only for as many as are new in a day.
    Ok(match store.room(most)? {
        Some(room) => {
            settled.room = Some(room);
            Ok(settled)
        }
        None => Err(TooMany {
            refusal: Refusal::TooManyIds,
            wait_seconds: u64::from(DAY),
            notice: match settled.flooded {
                Flooded::Yes => EmptyNotice::Before,
                Flooded::No => EmptyNotice::Now,
            },
        }),
    })
}

/// Takes back that `id` was counted as new: a page links to what it stands for. What cannot be taken back has counted.
pub fn forgive(config: &Config, store: &Store, id: &TbId, from: Option<&str>, now: Timestamp) {
    let is_owners = entries::find(store, id).is_ok_and(|entry| entry.is_some());
    if config.throttle == Throttle::Off || is_owners {
        return;
    }
    let prefix = from.and_then(prefix_of).unwrap_or_default();
    let asks = new_ids(config, &prefix);
    store.give_tokens(&asks, now).ok();
}

fn new_ids<'key>(config: &Config, prefix: &'key str) -> [TokenRequest<'key>; 2] {
    let of_all = daily(Region::NewIds, "", config.limits.new_ids);
    [
        daily(Region::NewIdPrefix, prefix, config.limits.prefix_ids),
        TokenRequest {
            over: Over::Say,
            ..of_all
        },
    ]
}

fn daily(region: Region, key: &str, burst: u32) -> TokenRequest<'_> {
    TokenRequest {
        region,
        key,
        bucket: Bucket {
            burst,
            period_seconds: DAY,
        },
        over: Over::Refuse,
    }
}

/// Whether what was refused is worth a line in the log: a flood must not rotate away what the owner should see.
///
/// A throttle that cannot be used says yes.
pub fn is_worth_a_line(config: &Config, store: &Store, now: Timestamp) -> bool {
    config.throttle == Throttle::Off || may_say(store, Region::Refusals, REFUSALS, now)
}

/// Whether the log may say that the list of bans has mistakes: once a day.
pub fn may_tell_of_bans(store: &Store, now: Timestamp) -> bool {
    may_say(store, Region::BanFaults, BAN_FAULTS, now)
}

fn may_say(store: &Store, region: Region, bucket: Bucket, now: Timestamp) -> bool {
    let ask = TokenRequest {
        region,
        key: "",
        bucket,
        over: Over::Say,
    };
    store
        .take_tokens(&[ask], now)
        .map_or(true, |taken| taken == Taken::All)
}

impl From<Empty> for TooMany {
    fn from(empty: Empty) -> TooMany {
        let refusal = match empty.region {
            Region::NewIds | Region::NewIdPrefix => Refusal::TooManyIds,
            Region::Waiting | Region::Junk => Refusal::QueueFull,
            Region::Logins | Region::LoginPrefix => Refusal::TooManyLogins,
            Region::Site
            | Region::Refusals
            | Region::BanFaults
            | Region::Dial
            | Region::Pace
            | Region::Prefix
            | Region::Domain
            | Region::Id => Refusal::Throttled,
        };
        TooMany {
            refusal,
            wait_seconds: empty.wait_seconds,
            notice: empty.notice,
        }
    }
}
