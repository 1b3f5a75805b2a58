//! Name resolution without the C library.
//!
//! In a statically linked executable, `getaddrinfo` loads the host's NSS modules and C library at run time, and crashes if
//! they are of another release. So `/etc/hosts` and `/etc/resolv.conf` are read here and the name servers are queried
//! directly, without shared libraries or threads, and within the deadline. Other sources (mDNS, LDAP) are not supported.
//!
//! The order is that of the C library (`resolv.conf(5)`): `/etc/hosts`, then the name servers, with the search list.
//! `localhost` and names below it are this machine (RFC 6761); `invalid` and `onion` do not exist.

mod query;
mod settings;

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(super) use query::LookupError;
use settings::ResolverSettings;

/// The files that configure name resolution.
#[derive(Debug, Clone)]
pub(super) struct NameFiles {
    hosts: PathBuf,
    resolv_conf: PathBuf,
}

impl NameFiles {
    /// The files of this machine.
    pub(super) fn system() -> NameFiles {
        NameFiles {
            hosts: PathBuf::from("/etc/hosts"),
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
        }
    }

    /// The addresses of `name`, IPv4 and IPv6 alternating; never an empty list.
    pub(super) fn look_up(
        &self,
        name: &str,
        deadline: Instant,
    ) -> Result<Vec<IpAddr>, LookupError> {
        let bare = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let top = bare.rsplit('.').next().unwrap_or_default();
        if top == "localhost" {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let found = match File::open(&self.hosts) {
            Ok(file) => find_in_hosts(BufReader::new(file), &bare),
            Err(cause) => LookupError::of(&cause).map_or(Ok(Vec::new()), Err)?,
        };
        if !found.is_empty() {
            return Ok(found);
        }
        if matches!(top, "invalid" | "onion" | "") {
            return Err(LookupError::NotFound);
        }
        let settings =
            ResolverSettings::parse(&read_start(&self.resolv_conf), settings::own_domain);
        query_all(name, &settings, deadline)
    }
}

/// How much of `/etc/resolv.conf` is read.
const MAX_SETTINGS: u64 = 64 * 1024;

/// The first part of a file; empty if it cannot be read.
fn read_start(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // Text read before an error is used.
        drop(file.take(MAX_SETTINGS).read_to_end(&mut bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Queries the full names that `name` may stand for, until one has addresses.
fn query_all(
    name: &str,
    settings: &ResolverSettings,
    deadline: Instant,
) -> Result<Vec<IpAddr>, LookupError> {
    for candidate in settings.candidates(name) {
        match query::addresses(&candidate, settings, deadline) {
            // Later candidates must not stand in for a name that may exist.
            Err(LookupError::NoReply) if Instant::now() >= deadline => {
                return Err(LookupError::Timeout);
            }
            Err(LookupError::NotFound) => {}
            answer => return answer,
        }
    }
    Err(LookupError::NotFound)
}

/// All addresses that `/etc/hosts` lists for `name`, which is in lower case and has no final dot. Malformed lines are
/// skipped.
fn find_in_hosts(hosts: impl BufRead, name: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in hosts.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let line = line.split('#').next().unwrap_or_default();
        let line = line.trim_start_matches('\u{feff}');
        let mut words = line.split_ascii_whitespace();
        let Some(address) = words.next().and_then(parse_host_address) else {
            continue;
        };
        let is_here = words.any(|word| {
            let word = word.strip_suffix('.').unwrap_or(word);
            word.eq_ignore_ascii_case(name)
        });
        if is_here && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// An address without its zone, if it has one.
fn parse_host_address(word: &str) -> Option<IpAddr> {
    word.split('%').next()?.parse().ok()
}
