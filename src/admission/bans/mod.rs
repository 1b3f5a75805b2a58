//! Bans: addresses, domains and words that the owner does not want, one a line in `.bans`.
//!
//! The owner may edit the file by hand: comments stay, a wrong line is named and the rest stands. A ping from a
//! banned address or domain is refused, one with a banned word is junk.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use url::{Host, Url};

use crate::config::Config;
use crate::domain;
use crate::error::Result;
use crate::fetch::guard;
use crate::linkback::trackback::Ping;
use crate::store::{StateFile, Store};

mod line;
mod word;

use line::is_within;
pub use line::{Ban, BanSubject};
use word::Haystack;

/// The most wrong lines that are named.
const MOST_FAULTS: usize = 20;
/// The longest prefixes that are too broad to be meant: a 256th of all IPv4, a 65,536th of IPv6.
const BROAD: (u8, u8) = (8, 16);

/// Bans in the order of the file, and what is wrong with other lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BanList {
    /// Those that hold.
    pub bans: Vec<Ban<'static>>,
    /// At most 20, each with the number of its line.
    pub faults: Vec<String>,
}

/// Checks a ping from `address` whose permalink is `url`: gives the words in it that are banned, or else, as the last,
/// the ban for which it is refused. The list is read no further than that.
pub fn check(
    store: &Store,
    address: Option<IpAddr>,
    ping: &Ping,
    url: &Url,
    now: Timestamp,
) -> Result<BanList> {
    let bytes = store.read_own(StateFile::Bans)?.unwrap_or_default();
    let permalink = url.host();
    let named = [address, literal(&permalink)].into_iter().flatten();
    // A ban of an address holds for each form of it.
    let addresses: Vec<IpAddr> = named
        .flat_map(|address| {
            [
                Some(address.to_canonical()),
                guard::embedded(address).map(IpAddr::V4),
            ]
        })
        .flatten()
        .collect();
    let host = match permalink {
        Some(Host::Domain(host)) => host.trim_end_matches('.'),
        _ => "",
    };
    let mut found = BanList::default();
    let (mut haystack, mut folded) = (None, String::new());
    for (number, line) in lines(&bytes).enumerate() {
        let Some(ban) = found.parse(number, line) else {
            continue;
        };
        let hit = match &ban.what {
            BanSubject::Address(net) => addresses.iter().any(|address| net.contains(address)),
            BanSubject::Domain(domain) => is_within(host, domain),
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

/// The first of `hosts` that is a banned domain, or below one, or a banned address.
pub fn banned_host(store: &Store, hosts: &[String], now: Timestamp) -> Result<Option<String>> {
    let list = list(store, now)?;
    let is_banned = |host: &String| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address = bare.parse::<IpAddr>().ok();
        list.bans.iter().any(|ban| match &ban.what {
            BanSubject::Address(net) => address.is_some_and(|address| {
                let embedded = guard::embedded(address).map(IpAddr::V4);
                net.contains(&address.to_canonical())
                    || embedded.is_some_and(|address| net.contains(&address))
            }),
            BanSubject::Domain(domain) => is_within(host.trim_end_matches('.'), domain),
            BanSubject::Word(_) => false,
        })
    };
    Ok(hosts.iter().find(|host| is_banned(host)).cloned())
}

/// The bans that hold now.
pub fn list(store: &Store, now: Timestamp) -> Result<BanList> {
    let bytes = store.read_own(StateFile::Bans)?.unwrap_or_default();
    let mut list = BanList::default();
    for (number, line) in lines(&bytes).enumerate() {
        let ban = list.parse(number, line).filter(|ban| !ban.is_over(now));
        list.bans.extend(ban.map(Ban::into_owned));
    }
    Ok(list)
}

/// Adds bans; one of the same is replaced, those that are over go. All else in the file stays as it is.
pub fn add(store: &Store, bans: &[Ban<'_>], now: Timestamp) -> Result<()> {
    store.edit_own(StateFile::Bans, |old| {
        let again = |what: &BanSubject<'_>| bans.iter().any(|ban| ban.what.is_same(what));
        let (mut new, _) = without(&old, now, again);
        if new.last().is_some_and(|last| *last != b'\n') {
            new.push(b'\n');
        }
        for ban in bans {
            new.extend(format!("{ban}\n").bytes());
        }
        Ok(Some(new))
    })
}

/// Takes bans away, or none of them if one is not there; gives those that are not.
pub fn remove<'a>(
    store: &Store,
    all: &[BanSubject<'a>],
    now: Timestamp,
) -> Result<Vec<BanSubject<'a>>> {
    let mut missing = Vec::new();
    store.edit_own(StateFile::Bans, |old| {
        let named = |what: &BanSubject<'_>| all.iter().any(|named| named.is_same(what));
        let (new, taken) = without(&old, now, named);
        let is_missing = |what: &&BanSubject<'_>| !taken.iter().any(|taken| taken.is_same(what));
        missing.extend(all.iter().filter(is_missing).cloned());
        Ok(missing.is_empty().then_some(new))
    })?;
    Ok(missing)
}

/// Why a ban would cover more than anybody means, if it would: nearly all addresses, all of a public suffix, the
/// site's own domain.
pub fn too_broad(config: &Config, what: &BanSubject<'_>) -> Option<String> {
    match what {
        BanSubject::Address(net) => {
            let broad = match net {
                IpNet::V4(_) => BROAD.0,
                IpNet::V6(_) => BROAD.1,
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
        BanSubject::Word(_) => None,
    }
}

/// The address that a permalink has for a host.
fn literal(host: &Option<Host<&str>>) -> Option<IpAddr> {
    match host {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(*address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(*address)),
        Some(Host::Domain(_)) | None => None,
    }
}

impl BanList {
    /// Reads a line, or notes what is wrong with it.
    fn parse<'line>(&mut self, index: usize, line: &'line [u8]) -> Option<Ban<'line>> {
        line::parse(line).unwrap_or_else(|message| {
            if self.faults.len() < MOST_FAULTS {
                let number = index + 1;
                self.faults
                    .push(format!("`.bans`, line {number}: {message}"));
            }
            None
        })
    }
}

/// The lines, without the mark that some editors put before the first.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// The file without the bans that are over or `gone`, and what was gone.
fn without(
    old: &[u8],
    now: Timestamp,
    gone: impl Fn(&BanSubject<'_>) -> bool,
) -> (Vec<u8>, Vec<BanSubject<'static>>) {
    let (mut new, mut taken) = (Vec::with_capacity(old.len()), Vec::new());
    for raw in lines(old) {
        match line::parse(raw) {
            Ok(Some(ban)) if ban.is_over(now) => {}
            Ok(Some(ban)) => {
                let what = ban.into_owned().what;
                if gone(&what) {
                    taken.push(what);
                } else {
                    new.extend(raw);
                }
            }
            Ok(None) | Err(_) => new.extend(raw),
        }
    }
    (new, taken)
}

#[cfg(test)]
mod tests;
