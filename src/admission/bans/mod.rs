//! Bans: addresses, domains and words that the owner does not want, one a line in `.bans`.
//!
//! The owner may edit the file by hand: comments stay, a wrong line is named and the rest stands. A ping from a
//! banned address or domain is refused, one with a banned word is junk.

use std::fmt;
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

pub use line::{Ban, BanSubject};
use line::{RawBan, is_within};
use word::Haystack;

/// The most wrong lines that are named.
const MOST_FAULTS: usize = 20;
/// The longest prefixes that are too broad to be meant: a 256th of all IPv4, a 65,536th of IPv6.
const BROAD: (u8, u8) = (8, 16);

/// What the bans say of a ping.
#[derive(Debug)]
pub struct Look {
    /// What becomes of it.
    pub verdict: BanMatch,
    /// Lines that are wrong, as far as the list was read.
    pub faults: Vec<BadBanLine>,
}

/// What becomes of a ping by the bans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BanMatch {
    /// Nothing.
    Free,
    /// Its address or its domain is banned.
    Refused,
    /// It has this word, which is banned.
    Word(String),
}

/// A line that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadBanLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: &'static str,
}

impl fmt::Display for BadBanLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`.bans`, line {}: {}", self.line, self.message)
    }
}

/// The bans that hold at a moment, and the lines that are wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BanList {
    /// In the order of the file.
    pub bans: Vec<Ban>,
    /// At most 20.
    pub faults: Vec<BadBanLine>,
}

/// Looks whether a ping from `address`, whose permalink is `url`, is banned.
///
/// # Errors
///
/// As [`Store::read_own`]: what the owner does not want comes in less than what cannot be decided.
pub fn look(
    store: &Store,
    address: Option<IpAddr>,
    ping: &Ping,
    url: &Url,
    now: Timestamp,
) -> Result<Look> {
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
    let mut look = Look {
        verdict: BanMatch::Free,
        faults: Vec::new(),
    };
    let (mut haystack, mut folded) = (None, String::new());
    for (number, line) in lines(&bytes).enumerate() {
        let line = match line::read(line) {
            Ok(Some(line)) => line,
            Ok(None) => continue,
            Err(message) => {
                note(&mut look.faults, number, message);
                continue;
            }
        };
        let hit = match &line.what {
            RawBan::Address(net) => addresses.iter().any(|address| net.contains(address)),
            RawBan::Domain(domain) => is_within(host, domain),
            RawBan::Word(phrase) => {
                word::fold(phrase, &mut folded);
                haystack
                    .get_or_insert_with(|| Haystack::new(ping, url))
                    .has(&folded)
            }
        };
        if !hit || line.is_over(now) {
            continue;
        }
        match line.ban().what {
            BanSubject::Word(word) if look.verdict == BanMatch::Free => {
                look.verdict = BanMatch::Word(word)
            }
            BanSubject::Word(_) => {}
            BanSubject::Address(_) | BanSubject::Domain(_) => {
                look.verdict = BanMatch::Refused;
                return Ok(look);
            }
        }
    }
    Ok(look)
}

/// The first of `hosts` that is a banned domain, or below one, or a banned address.
///
/// # Errors
///
/// As [`Store::read_own`].
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
///
/// # Errors
///
/// As [`Store::read_own`].
pub fn list(store: &Store, now: Timestamp) -> Result<BanList> {
    let bytes = store.read_own(StateFile::Bans)?.unwrap_or_default();
    let mut list = BanList::default();
    for (number, line) in lines(&bytes).enumerate() {
        match line::read(line) {
            Ok(Some(line)) if !line.is_over(now) => list.bans.push(line.ban()),
            Ok(_) => {}
            Err(message) => note(&mut list.faults, number, message),
        }
    }
    Ok(list)
}

/// Adds bans; one of the same is replaced, those that are over go. All else in the file stays as it is.
///
/// # Errors
///
/// As [`Store::edit_own`].
pub fn add(store: &Store, bans: &[Ban], now: Timestamp) -> Result<()> {
    store.edit_own(StateFile::Bans, |old| {
        let again = |what: &BanSubject| bans.iter().any(|ban| ban.what.is_same(what));
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
///
/// # Errors
///
/// As [`Store::edit_own`].
pub fn remove(store: &Store, all: &[BanSubject], now: Timestamp) -> Result<Vec<BanSubject>> {
    let mut missing = Vec::new();
    store.edit_own(StateFile::Bans, |old| {
        let named = |what: &BanSubject| all.iter().any(|named| named.is_same(what));
        let (new, taken) = without(&old, now, named);
        let is_missing = |what: &&BanSubject| !taken.iter().any(|taken| taken.is_same(what));
        missing.extend(all.iter().filter(is_missing).cloned());
        Ok(missing.is_empty().then_some(new))
    })?;
    Ok(missing)
}

/// Why a ban would cover more than anybody means, if it would: nearly all addresses, all of a public suffix, the
/// site's own domain.
#[must_use]
pub fn too_broad(config: &Config, what: &BanSubject) -> Option<String> {
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
            } else if domain::is_public(banned) {
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

fn note(faults: &mut Vec<BadBanLine>, number: usize, message: &'static str) {
    if faults.len() < MOST_FAULTS {
        faults.push(BadBanLine {
            line: number + 1,
            message,
        });
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
    gone: impl Fn(&BanSubject) -> bool,
) -> (Vec<u8>, Vec<BanSubject>) {
    let (mut new, mut taken) = (Vec::with_capacity(old.len()), Vec::new());
    for raw in lines(old) {
        match line::read(raw) {
            Ok(Some(line)) if line.is_over(now) => {}
            Ok(Some(line)) => {
                let what = line.ban().what;
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
