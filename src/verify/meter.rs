//! Limits requests for the pages behind pings: one per second and domain, counting redirects, and a daily total. Both
//! are counted in the store, across processes.
//!
//! Pings from strangers make this installation contact third parties; these limits bound the abuse of that.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::admission::client_addr::{is_one_network, network_of};
use crate::admission::domains::is_known;
use crate::admission::proxies::is_among;
use crate::admission::throttle;
use crate::config::{Config, Throttle};
use crate::domain::registrable;
use crate::error::FetchError;
use crate::fetch::Gate;
use crate::store::{Bucket, OnEmpty, Record, Region, State, Store, TokenGrant, TokenRequest};
use crate::verify::offer::Offer;

/// The least time between two requests to one domain.
const SPACING: Duration = Duration::from_secs(1);
/// How long to wait because of another process's last request; also the limit after the clock was set back.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Pause between two attempts to take a token.
const PAUSE: Duration = Duration::from_millis(50);
/// With fewer requests left no page is started, so that a check is rarely cut short.
const RESERVE: u32 = 8;
const DAY: u32 = 86_400;

/// Counts requests, and waits before each.
#[derive(Debug)]
pub(crate) struct RequestMeter {
    store: Option<Store>,
    dial: u32,
    proxies: Vec<String>,
    begin: (Timestamp, Instant),
    last: Mutex<HashMap<String, Instant>>,
    granted: Mutex<HashSet<String>>,
    /// Whose requests each thread makes, and whether one was refused for that.
    accounts: Mutex<HashMap<ThreadId, (RequestAccount, bool)>>,
    /// Seconds until the next request is allowed; zero while one is.
    spent: AtomicU64,
}

/// On whose account the requests for a page are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RequestAccount {
    /// Whether nobody has approved the page's publisher: such use up three quarters of the day's requests only.
    pub(crate) is_strangers: bool,
    /// The network that the ping is from, if it has a share of its own.
    pub(crate) network: Option<String>,
}

impl RequestAccount {
    /// That of a ping that is due, and of which there are these offers. Pages that several networks name, or that were
    /// published before, are on no network's account: a flood from one must not keep others waiting.
    pub(super) fn of(
        config: &Config,
        store: &Store,
        (record, offers): (&Record, &[Offer]),
        source: &Url,
    ) -> RequestAccount {
        if config.throttle == Throttle::Off {
            return RequestAccount::default();
        }
        let from = record.from.as_deref();
        let mut others = offers.iter().map(|offer| offer.from.as_deref());
        let is_charged = record.state != State::Published
            && !is_among(&config.proxies, source)
            && others.all(|other| is_one_network(other, from));
        let network = from.filter(|_| is_charged).and_then(network_of);
        RequestAccount {
            is_strangers: !is_known(store, source).unwrap_or_default(),
            // No prefix contains a space.
            network: network.map(|network| format!("dial {network}")),
        }
    }

    /// The buckets from which a request takes a token, besides the day's.
    fn shares(&self, dial: u32) -> Vec<TokenRequest<'_>> {
        let strangers = self.is_strangers.then(|| throttle::strangers_dial(dial));
        let network = self.network.as_deref();
        let network = network.map(|key| throttle::network_dial(dial, key));
        strangers.into_iter().chain(network).collect()
    }
}

impl RequestMeter {
    /// A meter that counts in the configured store.
    pub(crate) fn new(config: &Config, now: Timestamp) -> Arc<RequestMeter> {
        Arc::new(RequestMeter {
            // Without a store only the pause within this process is kept.
            store: Store::open(&config.data_dir).ok(),
            dial: config.limits.dial,
            proxies: config.proxies.clone(),
            begin: (now, Instant::now()),
            last: Mutex::default(),
            granted: Mutex::default(),
            accounts: Mutex::default(),
            spent: AtomicU64::new(0),
        })
    }

    /// Does what makes requests on this account in this thread. Returns also whether one of them was refused because the
    /// account's share of the day is used up.
    pub(crate) fn on_account<T>(
        &self,
        account: &RequestAccount,
        work: impl FnOnce() -> T,
    ) -> (T, bool) {
        let thread = thread::current().id();
        lock(&self.accounts).insert(thread, (account.clone(), false));
        let done = work();
        let ended = lock(&self.accounts).remove(&thread);
        (done, ended.is_some_and(|(_, is_refused)| is_refused))
    }

    /// The hook that a client calls before each request.
    pub(crate) fn gate(self: &Arc<RequestMeter>) -> Gate {
        let meter = Arc::clone(self);
        Gate::new(move |url| meter.pass(url))
    }

    /// Lets the next request for this URL go without a pause, as a second request for the same page.
    pub(crate) fn grant(&self, url: &Url) {
        lock(&self.granted).insert(key(url));
    }

    /// Whether enough of the day's requests is left to start a page.
    pub(crate) fn has_reserve(&self) -> bool {
        let Some(store) = &self.store else {
            return true;
        };
        // If the count cannot be read, the page is checked anyway.
        let left = store.tokens_left(&self.day(), self.now());
        let enough = left.map_or(true, |left| left >= RESERVE.min(self.dial));
        if !enough {
            self.spent.fetch_max(1, Ordering::Relaxed);
        }
        enough
    }

    /// Whether the page at `url` may be requested today on this account: pages of proxies, which anybody can make up, use
    /// up half of the day's requests only.
    pub(crate) fn has_share_of(&self, url: &Url, account: &RequestAccount) -> bool {
        let Some(store) = &self.store else {
            return true;
        };
        let has = |share: &TokenRequest<'_>, least: u32| {
            let left = store.tokens_left(share, self.now());
            left.map_or(true, |left| left >= least.min(share.bucket.burst))
        };
        // A page of a proxy is requested once.
        let is_proxied = is_among(&self.proxies, url);
        let least = if is_proxied { 1 } else { RESERVE };
        let shares = account.shares(self.dial);
        (!is_proxied || has(&throttle::proxy_dial(self.dial), 1))
            && shares.iter().all(|share| has(share, least))
    }

    /// Whether the last request to a domain was less than a second ago.
    pub(crate) fn must_wait(&self, domain: &str) -> bool {
        let last = lock(&self.last);
        last.get(domain)
            .is_some_and(|turn| *turn + SPACING > Instant::now())
    }

    /// Whether a request was refused because the day's are used up.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed) > 0
    }

    /// Waits until the domain of `url` may be requested, and counts the request.
    fn pass(&self, url: &Url) -> Result<(), FetchError> {
        let domain = registrable(url);
        let at_once = lock(&self.granted).remove(&key(url));
        if !at_once {
            let now = Instant::now();
            let turn = take_turn(&mut lock(&self.last), &domain, now);
            thread::sleep(turn.saturating_duration_since(now));
        }
        let Some(store) = &self.store else {
            return Ok(());
        };
        let begin = Instant::now();
        let thread = thread::current().id();
        let account = lock(&self.accounts).get(&thread).cloned();
        let (account, _) = account.unwrap_or_default();
        let mut asks = account.shares(self.dial);
        asks.push(self.day());
        if is_among(&self.proxies, url) {
            asks.push(throttle::proxy_dial(self.dial));
        }
        let unpaced = asks.len();
        if !at_once {
            asks.push(pace(&domain));
        }
        loop {
            match store.take_tokens(&asks, self.now()) {
                Ok(TokenGrant::Denied(empty)) if empty.region == Region::Dial => {
                    self.spent
                        .fetch_max(empty.wait_seconds.max(1), Ordering::Relaxed);
                    return Err(FetchError::Timeout);
                }
                Ok(TokenGrant::Denied(empty)) if empty.region != Region::Pace => {
                    if let Some((_, is_refused)) = lock(&self.accounts).get_mut(&thread) {
                        *is_refused = true;
                    }
                    return Err(FetchError::Timeout);
                }
                Ok(TokenGrant::Denied(_)) if begin.elapsed() < MAX_WAIT => thread::sleep(PAUSE),
                Ok(TokenGrant::Denied(_)) => asks.truncate(unpaced),
                Ok(TokenGrant::All | TokenGrant::Partial) | Err(_) => return Ok(()),
            }
        }
    }

    fn day(&self) -> TokenRequest<'static> {
        TokenRequest {
            region: Region::Dial,
            key: "",
            bucket: Bucket {
                burst: self.dial,
                period_seconds: DAY,
            },
            on_empty: OnEmpty::Refuse,
        }
    }

    fn now(&self) -> Timestamp {
        let (begin, instant) = self.begin;
        SignedDuration::try_from(instant.elapsed())
            .ok()
            .and_then(|passed| begin.checked_add(passed).ok())
            .unwrap_or(begin)
    }
}

fn pace(domain: &str) -> TokenRequest<'_> {
    TokenRequest {
        region: Region::Pace,
        key: domain,
        bucket: Bucket {
            burst: 1,
            period_seconds: 1,
        },
        on_empty: OnEmpty::Refuse,
    }
}

fn key(url: &Url) -> String {
    url.as_str()
        .split('#')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reserves the next time slot of a domain, a second after the previous one.
fn take_turn(last: &mut HashMap<String, Instant>, domain: &str, now: Instant) -> Instant {
    last.retain(|_, turn| *turn + SPACING > now);
    let turn = last
        .get(domain)
        .map_or(now, |turn| now.max(*turn + SPACING));
    last.insert(domain.to_owned(), turn);
    turn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(dial: u32) -> (tempfile::TempDir, Arc<RequestMeter>) {
        let dir = tempfile::tempdir().unwrap();
        let meter = RequestMeter {
            store: Store::open(dir.path()).ok(),
            dial,
            proxies: vec!["proxy.example".to_owned()],
            begin: (Timestamp::UNIX_EPOCH, Instant::now()),
            last: Mutex::default(),
            granted: Mutex::default(),
            accounts: Mutex::default(),
            spent: AtomicU64::new(0),
        };
        (dir, Arc::new(meter))
    }

    #[test]
    fn a_domain_is_asked_once_a_second_and_others_do_not_wait_for_it() {
        let now = Instant::now();
        let mut last = HashMap::new();
        let mut turn = |domain: &str, now| take_turn(&mut last, domain, now);
        assert_eq!(turn("a.example", now), now);
        assert_eq!(turn("a.example", now), now + SPACING);
        assert_eq!(turn("a.example", now), now + 2 * SPACING);
        assert_eq!(turn("b.example", now), now);
        let later = now + 10 * SPACING;
        assert_eq!(turn("a.example", later), later);
        assert_eq!(last.len(), 1, "what is over is forgotten");
    }

    #[test]
    fn another_process_waits_for_the_last_request_of_the_first() {
        let (_dir, one) = meter(10);
        let url = Url::parse("https://a.example/").unwrap();
        one.pass(&url).unwrap();
        // It has no turn of its own, as in a process that has just begun.
        lock(&one.last).clear();
        let begin = Instant::now();
        one.pass(&url).unwrap();
        assert!(begin.elapsed() > SPACING / 2);
        one.grant(&url);
        let begin = Instant::now();
        one.pass(&url).unwrap();
        assert!(
            begin.elapsed() < SPACING / 2,
            "a second look follows at once"
        );
    }

    #[test]
    fn the_days_requests_are_counted_to_the_last() {
        let (_dir, meter) = meter(3);
        assert!(meter.has_reserve());
        for host in 0..3 {
            meter
                .pass(&Url::parse(&format!("https://h{host}.example/")).unwrap())
                .unwrap();
        }
        assert!(!meter.is_spent());
        let url = Url::parse("https://h9.example/").unwrap();
        assert!(meter.pass(&url).is_err() && meter.is_spent() && !meter.has_reserve());
    }

    #[test]
    fn s7_pages_of_proxies_use_up_half_of_the_days_requests() {
        let (_dir, meter) = meter(8);
        let proxied = Url::parse("https://proxy.example/1").unwrap();
        let nobody = RequestAccount::default();
        for _ in 0..4 {
            assert!(meter.has_share_of(&proxied, &nobody));
            meter.grant(&proxied);
            meter.pass(&proxied).unwrap();
        }
        assert!(!meter.has_share_of(&proxied, &nobody) && !meter.is_spent());
        meter.grant(&proxied);
        assert!(meter.pass(&proxied).is_err() && !meter.is_spent());
        for host in 0..4 {
            let other = Url::parse(&format!("https://h{host}.example/")).unwrap();
            assert!(meter.has_share_of(&other, &nobody));
            meter.pass(&other).unwrap();
        }
    }

    /// Asks for as many pages on an account as are allowed, and returns how many.
    fn use_up(meter: &Arc<RequestMeter>, account: &RequestAccount) -> usize {
        let urls = (0..500).map(|host| Url::parse(&format!("https://h{host}.example/")).unwrap());
        let may = |url: &Url| meter.has_reserve() && meter.has_share_of(url, account);
        let pages = urls.take_while(may).map(|url| {
            meter.grant(&url);
            let (passed, is_refused) = meter.on_account(account, || meter.pass(&url));
            assert!(passed.is_ok() && !is_refused);
        });
        pages.count()
    }

    #[test]
    fn s7_strangers_and_each_network_use_up_a_share_of_the_days_requests() {
        let (_dir, meter) = meter(400);
        let account = |is_strangers: bool, network: &str| RequestAccount {
            is_strangers,
            network: Some(network.to_owned()),
        };
        let one = account(true, "203.0.113.0/24");
        assert_eq!(use_up(&meter, &one), 50 - 7);
        // What a page needs beyond that is refused, and is not the fault of the page.
        let page = Url::parse("https://x.example/").unwrap();
        let more = || {
            (0..8).all(|_| {
                meter.grant(&page);
                meter.pass(&page).is_ok()
            })
        };
        assert_eq!(meter.on_account(&one, more), (false, true));
        assert!(!meter.is_spent() && meter.has_reserve());
        // Another network has its own share, until those of all strangers are used up.
        let others =
            (0..20).map(|net| use_up(&meter, &account(true, &format!("192.0.{net}.0/24"))));
        let others: usize = others.sum();
        assert_eq!(others, 300 - 50 - 7);
        assert_eq!(use_up(&meter, &account(true, "198.51.100.0/24")), 0);
        // The rest is for publishers that are approved, also for what others send in their names, up to a share.
        assert_eq!(use_up(&meter, &account(false, "203.0.113.0/24")), 0);
        assert_eq!(use_up(&meter, &account(false, "198.51.100.0/24")), 50 - 7);
        let left = 400 - 50 - others - 43;
        assert_eq!(use_up(&meter, &RequestAccount::default()), left - 7);
    }
}
