//! Rate limits for incoming pings: [`Limits`](crate::config::Limits), counted in the store's token buckets.
//!
//! There are two steps. The sender's limits (address prefix, domain, id) come early, so that a flood is refused before
//! anything is read for it. Beyond the limit of the whole site, pings are accepted and held, because a distributed flood
//! must not lock honest senders out. Lasting resources (new ids, places in the queue) are counted last, when everything
//! else admits the ping, so that refused pings do not use them up.

use std::net::IpAddr;

use jiff::Timestamp;
use url::Url;

use super::client_addr::network_of;
use super::client_addr::stored_address;
use super::domains::is_known;
use super::entries;
use super::publisher::Publisher;
use crate::config::{Addresses, Config, Throttle};
use crate::domain;
use crate::error::{Refusal, Result};
use crate::linkback::trackback::TbId;
use crate::store::{
    Bucket, EmptyBucket, EmptyNotice, IdQuota, OnEmpty, Region, Store, TokenGrant, TokenRequest,
};
use crate::urls::bare_host;

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// Beyond the daily limit of new ids, up to this many times the limit are accepted and held. Each costs a directory
/// listing.
const FURTHER_IDS: u32 = 20;

/// Beyond the limits of its domain and of the id, up to this many times the domain's are accepted of an approved publisher,
/// and held: otherwise a few pings of others in its name, or to the id, would lock it out.
const FURTHER_KNOWN: u32 = 20;

/// Beyond the limit of its network, as many pings again are accepted of each approved publisher, and held, but of all of
/// them together no more than so many times the limit: others of a shared host's network would lock it out.
const FURTHER_SENDER: u32 = 4;

/// Limit of log lines for refused pings.
const REFUSALS: Bucket = Bucket {
    burst: 200,
    period_seconds: HOUR,
};

/// Limit of log lines for errors in the list of bans.
const BAN_FAULTS: Bucket = Bucket {
    burst: 1,
    period_seconds: DAY,
};

/// The result for the limits of the sender and the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// No limit is reached.
    Free,
    /// The site's limit is reached.
    Flooded,
    /// A limit of the sender is reached.
    Refused(LimitReached),
}

/// A limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitReached {
    /// The refusal sent to the sender.
    pub refusal: Refusal,
    /// Seconds until the sender may retry.
    pub wait_seconds: u64,
    /// Whether this was logged before.
    pub notice: EmptyNotice,
}

/// Whether a limit is reached beyond which pings are accepted but held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flooded {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// The lasting resources of a ping, counted.
#[derive(Debug)]
pub struct Reservation {
    /// The quota of a new id; held until the ping is stored.
    pub quota: Option<IdQuota>,
    /// Whether the daily limit of new ids is reached.
    pub flooded: Flooded,
}

/// Which daily limit applies to storing a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaClass {
    /// It waits for the owner, and its publisher is not approved.
    Waiting,
    /// The same of a proxy's page: such use up half of the places only.
    WaitingOfProxy,
    /// It is junk.
    Junk,
    /// Otherwise: no limit.
    Unlimited,
}

/// Who vouches that an id exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdSource {
    /// The owner: it is a known entry, or has a signed ping URL.
    Owner,
    /// The sender alone.
    Sender,
}

/// Counts a ping from `address`, whose permalink is `url`, to `id`.
///
/// Senders without an address share one count. A repeated ping counts again. For an approved publisher the limits have a
/// ping held, and refuse only many.
pub fn check_rate(
    config: &Config,
    store: &Store,
    (address, url, id): (Option<IpAddr>, &Url, &TbId),
    now: Timestamp,
) -> Result<Passage> {
    if config.throttle == Throttle::Off {
        return Ok(Passage::Free);
    }
    let prefix = stored_address(Addresses::Prefix, address).unwrap_or_default();
    let domain = domain::registrable(url);
    let limits = &config.limits;
    let requests = [
        hourly(Region::Prefix, prefix.as_str(), limits.prefix),
        hourly(Region::Domain, &domain, limits.domain),
        hourly(Region::Id, id.as_str(), limits.id),
        TokenRequest {
            on_empty: OnEmpty::Report,
            ..hourly(Region::Site, "", limits.site)
        },
    ];
    Ok(match store.take_tokens(&requests, now)? {
        TokenGrant::All => Passage::Free,
        TokenGrant::Partial => Passage::Flooded,
        TokenGrant::Denied(empty) => match Publisher::of(url) {
            Some(publisher) if is_known(store, url)? => {
                let of_publisher = (domain.as_str(), publisher.to_string());
                let of_sender = (prefix.as_str(), empty.region == Region::Prefix);
                check_known_rate(config, store, of_publisher, of_sender, now)?
            }
            Some(_) | None => Passage::Refused(empty.into()),
        },
    })
}

/// Counts a ping of an approved publisher that a limit refuses; `is_over` if that is the limit of the sender's network.
/// Anybody can ping in its name, so these limits are low too.
fn check_known_rate(
    config: &Config,
    store: &Store,
    (domain, publisher): (&str, String),
    (prefix, is_over): (&str, bool),
    now: Timestamp,
) -> Result<Passage> {
    let limits = &config.limits;
    // No domain and no address contains a space.
    let of_domain = format!("known {domain}");
    let of_all = format!("known {prefix}");
    let of_one = format!("known {prefix} {publisher}");
    let further = |burst: u32, times: u32| burst.saturating_mul(times);
    let mut requests = match is_over {
        true => vec![
            hourly(Region::Prefix, &of_one, limits.prefix),
            hourly(
                Region::Prefix,
                &of_all,
                further(limits.prefix, FURTHER_SENDER),
            ),
        ],
        false => vec![hourly(Region::Prefix, prefix, limits.prefix)],
    };
    let of_domain = hourly(
        Region::Domain,
        &of_domain,
        further(limits.domain, FURTHER_KNOWN),
    );
    requests.extend([
        of_domain,
        TokenRequest {
            on_empty: OnEmpty::Report,
            ..hourly(Region::Site, "", limits.site)
        },
    ]);
    Ok(match store.take_tokens(&requests, now)? {
        TokenGrant::All | TokenGrant::Partial => Passage::Flooded,
        TokenGrant::Denied(empty) => Passage::Refused(empty.into()),
    })
}

/// Counts a webmention whose page is on a proxy, instead of the sender's and the site's limits: all responses to an entry
/// come at once, from one host.
///
/// Anybody can make up pages of a proxy. So those of one network that are not verified are few, and what is verified is
/// returned ([`refund_proxy`]). A sender whose network is not known or not kept has no such limit.
pub fn check_proxy_rate(
    config: &Config,
    store: &Store,
    (address, source): (Option<IpAddr>, &Url),
    now: Timestamp,
) -> Result<Passage> {
    if config.throttle == Throttle::Off {
        return Ok(Passage::Free);
    }
    // No domain contains a space.
    let host = format!("proxy {}", bare_host(source));
    let from = stored_address(config.addresses, address);
    let unverified = unverified_of(from.as_deref());
    let mut requests = vec![hourly(Region::Domain, &host, config.limits.proxy)];
    requests.extend(unverified.as_deref().map(|key| of_proxies(config, key)));
    Ok(match store.take_tokens(&requests, now)? {
        TokenGrant::All | TokenGrant::Partial => Passage::Free,
        TokenGrant::Denied(empty) => Passage::Refused(empty.into()),
    })
}

/// Returns what a webmention of a proxy has taken of its sender's share, because its page was verified. A failure is
/// ignored.
pub fn refund_proxy(config: &Config, store: &Store, from: Option<&str>, now: Timestamp) {
    if let (Throttle::On, Some(key)) = (config.throttle, unverified_of(from)) {
        store.give_tokens(&[of_proxies(config, &key)], now).ok();
    }
}

fn of_proxies<'key>(config: &Config, key: &'key str) -> TokenRequest<'key> {
    daily(Region::Prefix, key, config.limits.proxy_prefix)
}

/// The bucket of the unverified webmentions of proxies from the network of a stored address.
fn unverified_of(from: Option<&str>) -> Option<String> {
    Some(format!("proxy {}", network_of(from?)?))
}

/// The requests a day for pages of proxies: half of all, so that the other half is for others.
pub(crate) fn proxy_dial(dial: u32) -> TokenRequest<'static> {
    daily(Region::Domain, "proxies dial", (dial / 2).max(1))
}

/// The requests a day for pages of publishers that are not approved: the rest is kept for the others.
pub(crate) fn strangers_dial(dial: u32) -> TokenRequest<'static> {
    // No id contains a space.
    daily(Region::Id, "strangers dial", (dial - dial / 4).max(1))
}

/// The requests a day for pages that one network names, which is the key.
pub(crate) fn network_dial(dial: u32, network: &str) -> TokenRequest<'_> {
    daily(Region::Prefix, network, (dial / 8).max(MIN_NETWORK_DIAL))
}

/// Enough for a page with all the links that are followed from it, however few requests a day are allowed.
const MIN_NETWORK_DIAL: u32 = 25;

/// Counts a webmention from one page to another, by the network of its sender: anybody can send one in a page's name. Each
/// repetition has the page fetched again.
pub fn check_pair_rate(
    config: &Config,
    store: &Store,
    (address, source, target): (Option<IpAddr>, &str, &str),
    now: Timestamp,
) -> Result<std::result::Result<(), LimitReached>> {
    let prefix = stored_address(Addresses::Prefix, address).unwrap_or_default();
    let key = format!("{prefix} {source} {target}");
    take_hourly(config, store, (Region::Pair, &key), config.limits.pair, now)
}

fn take_hourly(
    config: &Config,
    store: &Store,
    (region, key): (Region, &str),
    burst: u32,
    now: Timestamp,
) -> Result<std::result::Result<(), LimitReached>> {
    if config.throttle == Throttle::Off {
        return Ok(Ok(()));
    }
    let request = hourly(region, key, burst);
    Ok(match store.take_tokens(&[request], now)? {
        TokenGrant::All | TokenGrant::Partial => Ok(()),
        TokenGrant::Denied(empty) => Err(empty.into()),
    })
}

/// Counts the lasting resources of a ping from `address` to `id`: a new id, if only the sender vouches for it, and a
/// place among the waiting pings or the junk, which refill within a day.
///
/// A sender of too many new ids is refused. Beyond the site's limit new ids are held rather than refused: otherwise 50
/// pings to invented ids would close all entries that have no ping yet. The owner's known entries are always open.
pub fn reserve(
    config: &Config,
    store: &Store,
    (id, source, address): (&TbId, IdSource, Option<IpAddr>),
    class: QuotaClass,
    now: Timestamp,
) -> Result<std::result::Result<Reservation, LimitReached>> {
    let mut reservation = Reservation {
        quota: None,
        flooded: Flooded::No,
    };
    if config.throttle == Throttle::Off {
        return Ok(Ok(reservation));
    }
    let is_new = !store.has(id)?;
    let prefix = stored_address(Addresses::Prefix, address).unwrap_or_default();
    let mut requests = Vec::new();
    if is_new && source == IdSource::Sender {
        requests.extend(new_ids(config, &prefix));
    }
    match class {
        QuotaClass::Waiting => requests.push(daily(Region::Waiting, "", config.limits.waiting)),
        QuotaClass::WaitingOfProxy => {
            requests.push(daily(Region::Waiting, "", config.limits.waiting));
            let half = (config.limits.waiting / 2).max(1);
            requests.push(daily(Region::Domain, "proxies waiting", half));
        }
        QuotaClass::Junk => requests.push(daily(Region::Junk, "", config.limits.waiting)),
        QuotaClass::Unlimited => {}
    }
    if !requests.is_empty() {
        match store.take_tokens(&requests, now)? {
            TokenGrant::All => {}
            TokenGrant::Partial => {
                reservation.flooded = Flooded::Yes;
                let further = config.limits.new_ids.saturating_mul(FURTHER_IDS);
                let further = daily(Region::NewIdPrefix, "*", further);
                if let TokenGrant::Denied(empty) = store.take_tokens(&[further], now)? {
                    return Ok(Err(empty.into()));
                }
            }
            TokenGrant::Denied(empty) => return Ok(Err(empty.into())),
        }
    }
    if !is_new {
        return Ok(Ok(reservation));
    }
    let limit = match source {
        IdSource::Owner => u32::MAX,
        IdSource::Sender => config.limits.ids,
    };
    // The directory is listed only for new ids within the daily limit.
    Ok(match store.reserve_id(limit)? {
        Some(room) => {
            reservation.quota = Some(room);
            Ok(reservation)
        }
        None => Err(LimitReached {
            refusal: Refusal::TooManyIds,
            wait_seconds: u64::from(DAY),
            notice: match reservation.flooded {
                Flooded::Yes => EmptyNotice::Repeated,
                Flooded::No => EmptyNotice::First,
            },
        }),
    })
}

/// Returns the tokens that `id` used as a new id, because a page links to its entry. A failure is ignored.
pub fn refund_new_id(
    config: &Config,
    store: &Store,
    id: &TbId,
    from: Option<&str>,
    now: Timestamp,
) {
    let is_owners = entries::find(store, id).is_ok_and(|entry| entry.is_some());
    if config.throttle == Throttle::Off || is_owners {
        return;
    }
    let prefix = from.and_then(network_of).unwrap_or_default();
    let requests = new_ids(config, &prefix);
    store.give_tokens(&requests, now).ok();
}

fn new_ids<'key>(config: &Config, prefix: &'key str) -> [TokenRequest<'key>; 2] {
    let of_all = daily(Region::NewIds, "", config.limits.new_ids);
    [
        daily(Region::NewIdPrefix, prefix, config.limits.prefix_ids),
        TokenRequest {
            on_empty: OnEmpty::Report,
            ..of_all
        },
    ]
}

fn hourly(region: Region, key: &str, burst: u32) -> TokenRequest<'_> {
    request(region, key, (burst, HOUR))
}

fn daily(region: Region, key: &str, burst: u32) -> TokenRequest<'_> {
    request(region, key, (burst, DAY))
}

fn request(region: Region, key: &str, (burst, period_seconds): (u32, u32)) -> TokenRequest<'_> {
    TokenRequest {
        region,
        key,
        bucket: Bucket {
            burst,
            period_seconds,
        },
        on_empty: OnEmpty::Refuse,
    }
}

/// Whether a refused ping may be logged: a flood must not rotate other events out of the log. True if the token buckets
/// cannot be used.
pub fn may_log_refusal(config: &Config, store: &Store, now: Timestamp) -> bool {
    config.throttle == Throttle::Off || may_log(store, Region::Refusals, REFUSALS, now)
}

/// Whether errors in the list of bans may be logged now: once a day.
pub fn may_log_ban_errors(store: &Store, now: Timestamp) -> bool {
    may_log(store, Region::BanFaults, BAN_FAULTS, now)
}

fn may_log(store: &Store, region: Region, bucket: Bucket, now: Timestamp) -> bool {
    let request = TokenRequest {
        region,
        key: "",
        bucket,
        on_empty: OnEmpty::Report,
    };
    store
        .take_tokens(&[request], now)
        .map_or(true, |taken| taken == TokenGrant::All)
}

impl From<EmptyBucket> for LimitReached {
    fn from(empty: EmptyBucket) -> LimitReached {
        let refusal = match empty.region {
            Region::NewIds | Region::NewIdPrefix => Refusal::TooManyIds,
            Region::Waiting | Region::Junk => Refusal::QueueFull,
            Region::Logins | Region::LoginPrefix => Refusal::TooManyLogins,
            Region::Site
            | Region::Refusals
            | Region::BanFaults
            | Region::Dial
            | Region::Pace
            | Region::Pair
            | Region::Prefix
            | Region::Domain
            | Region::Id => Refusal::Throttled,
        };
        LimitReached {
            refusal,
            wait_seconds: empty.wait_seconds,
            notice: empty.notice,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::ToSpan;

    use super::*;

    fn site() -> (Config, tempfile::TempDir, Store) {
        let text = b"base_url = \"https://blog.example/tb.cgi\"\ndata_dir = \"/x\"\n";
        let config = Config::read(Path::new("/x/tb.toml"), text, |_| None).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        (config, folder, store)
    }

    #[test]
    fn f9_a_flood_in_the_name_of_an_approved_host_or_to_an_id_does_not_refuse_its_pings() {
        let (config, folder, store) = site();
        std::fs::write(folder.path().join(".domains"), "friend.example/\n").unwrap();
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let rate = |network: u16, page: &str, id: &str| {
            let [high, low] = network.to_be_bytes();
            let address = IpAddr::from([10, high, low, 1]);
            let (page, id) = (Url::parse(page).unwrap(), TbId::new(id.as_bytes()).unwrap());
            check_rate(&config, &store, (Some(address), &page, &id), now).unwrap()
        };
        let is_refused = |passage| matches!(passage, Passage::Refused(_));
        for network in 0..20 {
            rate(network, "https://friend.example/", &format!("x{network}"));
            rate(
                100 + network,
                &format!("https://h{network}.example/"),
                "cats",
            );
        }
        let friend = "https://friend.example/post";
        assert_eq!(rate(200, friend, "dogs"), Passage::Flooded);
        assert_eq!(rate(201, friend, "cats"), Passage::Flooded);
        for stranger in ["https://b.friend.example/", "https://friend.example/~b/"] {
            assert!(is_refused(rate(202, stranger, "dogs")), "{stranger}");
        }
        assert!(is_refused(rate(203, "https://other.example/", "cats")));
        // One sender's own limit is there, and a last one.
        let mut own = (0..30).map(|_| rate(204, friend, "dogs"));
        assert!(own.any(is_refused));
        let mut all = (300..900).map(|network| rate(network, friend, "dogs"));
        assert!(all.any(is_refused));
    }

    #[test]
    fn f9_a_stranger_in_the_network_of_an_approved_host_does_not_use_up_its_pings() {
        let (config, folder, store) = site();
        let names: String = (0..9)
            .map(|number| format!("f{number}.example/\n"))
            .collect();
        std::fs::write(folder.path().join(".domains"), names).unwrap();
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let rate = |page: &str, id: u32| {
            let id = TbId::new(format!("id{id}").as_bytes()).unwrap();
            let address = Some(IpAddr::from([192, 0, 2, 7]));
            check_rate(
                &config,
                &store,
                (address, &Url::parse(page).unwrap(), &id),
                now,
            )
            .unwrap()
        };
        let is_taken = |page: &str, id: u32| !matches!(rate(page, id), Passage::Refused(_));
        let most = config.limits.prefix;
        for number in 0..most * 2 {
            let page = format!("https://s{number}.example/");
            assert_eq!(is_taken(&page, number), number < most);
        }
        assert_eq!(rate("https://f0.example/1", 100), Passage::Flooded);
        // In the names of all whom the owner has approved, there are not many more.
        let names = (0..9).flat_map(|name| (0..20).map(move |page| (name, page)));
        let taken = names.filter(|(name, page)| {
            let url = format!("https://f{name}.example/{page}");
            is_taken(&url, 200 + name * 20 + page)
        });
        let mut count = [0; 9];
        taken.for_each(|(name, _)| count[name as usize] += 1);
        assert_eq!(count[..2], [most - 1, most]);
        assert_eq!(count.iter().sum::<u32>(), FURTHER_SENDER * most - 1);
        assert!(!is_taken("https://s0.example/", 900));
    }

    #[test]
    fn f9_pings_of_others_in_the_name_of_a_page_do_not_delay_its_own() {
        let (config, _folder, store) = site();
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let is_taken = |address: &str| {
            let pair = ("https://friend.example/post", "https://blog.example/cats");
            let address = Some(address.parse().unwrap());
            let taken = check_pair_rate(&config, &store, (address, pair.0, pair.1), now);
            taken.unwrap().is_ok()
        };
        let most = config.limits.pair;
        for number in 0..most * 3 {
            let address = format!("203.0.{}.5", number / most);
            assert!(is_taken(&address), "{number}");
        }
        for address in ["203.0.0.200", "203.0.1.5", "::ffff:203.0.2.5"] {
            assert!(!is_taken(address), "{address}");
        }
        assert!(is_taken("192.0.2.1") && is_taken("2001:db8::1"));
    }

    #[test]
    fn a_thousand_hosts_mention_one_page_at_the_pace_of_its_limit() {
        let (config, _folder, store) = site();
        let id = TbId::new(b"cats").unwrap();
        let begin: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let (mut now, mut at_once) = (begin, 0);
        for host in 0..1_000_u16 {
            let address = IpAddr::from([10, (host >> 8) as u8, host as u8, 1]);
            let page = Url::parse(&format!("https://h{host}.example/")).unwrap();
            // Who is refused comes back when it was told to, and is taken then.
            let mut tries = 0;
            while let Passage::Refused(limit) =
                check_rate(&config, &store, (Some(address), &page, &id), now).unwrap()
            {
                tries += 1;
                assert_eq!((limit.refusal, tries), (Refusal::Throttled, 1));
                let wait = i64::try_from(limit.wait_seconds).unwrap();
                now = now.checked_add(wait.seconds()).unwrap();
            }
            at_once += u32::from(now == begin);
        }
        assert_eq!(at_once, config.limits.id);
        let hours = now.duration_since(begin).as_hours();
        assert_eq!(hours, i64::from((1_000 - at_once) / config.limits.id));
    }
}
