//! Bans: addresses, domains, people on shared hosts, and words, one per line in `.bans`.
//!
//! The owner may edit the file by hand: comments are kept, and a wrong line is reported without affecting the others. A
//! ping from a banned address, domain or person is refused, one with a banned word becomes junk.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use url::{Host, Url};

use super::publisher::Publisher;
use crate::config::Config;
use crate::domain;
use crate::error::Result;
use crate::fetch::guard;
use crate::linkback::trackback::Ping;
use crate::store::{Event, EventName, StateFile, Store};

mod line;
mod word;

use line::is_within;
pub use line::{Ban, BanSubject};
use word::Haystack;

/// How many wrong lines are reported.
const MAX_ERRORS: usize = 20;
/// Shorter prefixes are too broad to be meant: a 256th of all IPv4 addresses, a 65,536th of IPv6.
const MIN_PREFIX: (u8, u8) = (8, 16);

/// Bans in the order of the file, and errors in other lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BanList {
    /// The valid bans.
    pub bans: Vec<Ban<'static>>,
    /// Errors, at most 20, each with the number of its line.
    pub faults: Vec<String>,
}

/// Checks a ping from `address` whose permalink is `url`: returns the bans of words in it, up to the first ban of its
/// address or domain, which comes last.
pub fn check(
    store: &Store,
    address: Option<IpAddr>,
    ping: &Ping,
    url: &Url,
    now: Timestamp,
) -> Result<BanList> {
    let bytes = store.read_state(StateFile::Bans)?.unwrap_or_default();
    let permalink = url.host();
    let named = [address, host_address(&permalink)].into_iter().flatten();
    // A ban of an address applies to all its forms.
    let addresses: Vec<IpAddr> = named
        .flat_map(|address| {
            [
                Some(address.to_canonical()),
                guard::embedded_ipv4(address).map(IpAddr::V4),
            ]
        })
        .flatten()
        .collect();
    let host = match permalink {
        Some(Host::Domain(host)) => host.trim_end_matches('.'),
        _ => "",
    };
    let publisher = Publisher::of(url);
    let mut found = BanList::default();
    let (mut haystack, mut folded) = (None, String::new());
    for (number, line) in lines(&bytes).enumerate() {
        let Some(ban) = found.parse(number, line) else {
            continue;
        };
        let hit = match &ban.what {
            BanSubject::Address(net) => addresses.iter().any(|address| net.contains(address)),
            BanSubject::Domain(domain) => is_within(host, domain),
            BanSubject::Tenant(_) => publisher
                .as_ref()
                .is_some_and(|who| ban.what.is_tenant(who)),
            BanSubject::Word(phrase) => {
                word::fold(phrase, &mut folded);
                haystack
                    .get_or_insert_with(|| Haystack::new(ping, url))
                    .has(&folded)
            }
        };
        if hit && !ban.is_over(now) {
            let is_word = matches!(ban.what, BanSubject::Word(_));
            found.bans.push(ban.into_owned());
            if !is_word {
                break;
            }
        }
    }
    Ok(found)
}

/// The first of `publishers` that is a banned tenant.
pub fn banned_tenant<'a>(
    store: &Store,
    publishers: impl IntoIterator<Item = &'a Publisher>,
    now: Timestamp,
) -> Result<Option<String>> {
    let bans = list(store, now)?.bans;
    let is_banned = |who: &&Publisher| bans.iter().any(|ban| ban.what.is_tenant(who));
    let banned = publishers.into_iter().find(is_banned);
    Ok(banned.map(Publisher::to_string))
}

/// The first of `hosts` that is a banned domain, a subdomain of one, or a banned address.
pub fn banned_host(store: &Store, hosts: &[String], now: Timestamp) -> Result<Option<String>> {
    let list = list(store, now)?;
    let is_banned = |host: &String| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address = bare.parse::<IpAddr>().ok();
        list.bans.iter().any(|ban| match &ban.what {
            BanSubject::Address(net) => address.is_some_and(|address| {
                let embedded = guard::embedded_ipv4(address).map(IpAddr::V4);
                net.contains(&address.to_canonical())
                    || embedded.is_some_and(|address| net.contains(&address))
            }),
            BanSubject::Domain(domain) => is_within(host.trim_end_matches('.'), domain),
            BanSubject::Tenant(_) | BanSubject::Word(_) => false,
        })
    };
    Ok(hosts.iter().find(|host| is_banned(host)).cloned())
}

/// The bans in effect now.
pub fn list(store: &Store, now: Timestamp) -> Result<BanList> {
    let bytes = store.read_state(StateFile::Bans)?.unwrap_or_default();
    let mut list = BanList::default();
    for (number, line) in lines(&bytes).enumerate() {
        let ban = list.parse(number, line).filter(|ban| !ban.is_over(now));
        list.bans.extend(ban.map(Ban::into_owned));
    }
    Ok(list)
}

/// Adds bans and logs them, replacing those with the same subject and removing expired ones. The rest of the file is
/// kept. `by` is the origin of the decision, for the log.
pub fn add(store: &Store, bans: &[Ban<'_>], by: &str, now: Timestamp) -> Result<()> {
    store.edit_state(StateFile::Bans, |old| {
        let again = |what: &BanSubject<'_>| bans.iter().any(|ban| ban.what.is_same(what));
        let (mut new, _) = without_bans(&old, now, again);
        if new.last().is_some_and(|last| *last != b'\n') {
            new.push(b'\n');
        }
        for ban in bans {
            new.extend(format!("{ban}\n").bytes());
        }
        Ok(Some(new))
    })?;
    for ban in bans {
        store.log(&event(EventName::Banned, &ban.what, by, now));
    }
    Ok(())
}

/// Removes bans and logs that, or removes none of them if one is missing; returns the missing ones.
pub fn remove<'a>(
    store: &Store,
    all: &[BanSubject<'a>],
    by: &str,
    now: Timestamp,
) -> Result<Vec<BanSubject<'a>>> {
    let mut missing = Vec::new();
    store.edit_state(StateFile::Bans, |old| {
        let named = |what: &BanSubject<'_>| all.iter().any(|named| named.is_same(what));
        let (new, removed) = without_bans(&old, now, named);
        let is_missing =
            |what: &&BanSubject<'_>| !removed.iter().any(|removed| removed.is_same(what));
        missing.extend(all.iter().filter(is_missing).cloned());
        Ok(missing.is_empty().then_some(new))
    })?;
    if missing.is_empty() {
        for what in all {
            store.log(&event(EventName::Unbanned, what, by, now));
        }
    }
    Ok(missing)
}

fn event(name: EventName, what: &BanSubject<'_>, by: &str, now: Timestamp) -> Event {
    Event::new(now, name)
        .with("kind", what.kind())
        .with("what", what.to_string())
        .with("by", by)
}

/// The objection to a ban that covers too much: a large part of all addresses, a public suffix, or the site's own
/// domain.
pub fn too_broad(config: &Config, what: &BanSubject<'_>) -> Option<String> {
    match what {
        BanSubject::Address(net) => {
            let broad = match net {
                IpNet::V4(_) => MIN_PREFIX.0,
                IpNet::V6(_) => MIN_PREFIX.1,
            };
            (net.prefix_len() < broad)
                .then(|| format!("`{what}` covers a large part of all addresses"))
        }
        BanSubject::Domain(banned) => {
            let own = config.site.iter().chain([&config.base_url]);
            let is_own = own
                .filter_map(Url::host_str)
                .any(|host| is_within(host.trim_end_matches('.'), banned));
            if is_own {
                Some(format!("`{banned}` covers this site itself"))
            } else if domain::is_public_suffix(banned) {
                Some(format!("`{banned}` covers everybody's domains below it"))
            } else {
                None
            }
        }
        BanSubject::Tenant(_) => {
            let mut own = config.site.iter().chain([&config.base_url]);
            let is_own = own.any(|url| Publisher::of(url).is_some_and(|who| what.is_tenant(&who)));
            is_own.then(|| format!("`{what}` covers this site itself"))
        }
        BanSubject::Word(_) => None,
    }
}

/// The host if it is an address.
fn host_address(host: &Option<Host<&str>>) -> Option<IpAddr> {
    match host {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(*address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(*address)),
        Some(Host::Domain(_)) | None => None,
    }
}

impl BanList {
    /// Parses a line, or records its error.
    fn parse<'line>(&mut self, index: usize, line: &'line [u8]) -> Option<Ban<'line>> {
        line::parse(line).unwrap_or_else(|message| {
            if self.faults.len() < MAX_ERRORS {
                let number = index + 1;
                self.faults
                    .push(format!("`.bans`, line {number}: {message}"));
            }
            None
        })
    }
}

/// The lines, without a byte order mark.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// The file without expired bans and those for which `is_removed` holds, and the subjects of the latter.
fn without_bans(
    old: &[u8],
    now: Timestamp,
    is_removed: impl Fn(&BanSubject<'_>) -> bool,
) -> (Vec<u8>, Vec<BanSubject<'static>>) {
    let (mut new, mut removed) = (Vec::with_capacity(old.len()), Vec::new());
    for raw in lines(old) {
        match line::parse(raw) {
            Ok(Some(ban)) if ban.is_over(now) => {}
            Ok(Some(ban)) => {
                let what = ban.into_owned().what;
                if is_removed(&what) {
                    removed.push(what);
                } else {
                    new.extend(raw);
                }
            }
            Ok(None) | Err(_) => new.extend(raw),
        }
    }
    (new, removed)
}

#[cfg(test)]
mod tests;
