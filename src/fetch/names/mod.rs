//! Names to addresses, without the C library.
//!
//! `getaddrinfo` of an executable that is linked statically loads the host's own modules and C library at run time,
//! and dies of it where those are of another release. So `/etc/hosts` and `/etc/resolv.conf` are read here and the
//! name servers are asked directly: no shared library, no thread, no end later than the deadline. What only other
//! sources of a host know (mDNS, LDAP) is not found.
//!
//! A name is looked for as the C library does (`resolv.conf(5)`): in the file of hosts, then at the name servers, with
//! the search list. `localhost` and what ends in it are this machine (RFC 6761), `invalid` and `onion` are nowhere.

mod hosts;
mod query;
mod settings;

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(super) use query::Miss;
use settings::ResolverSettings;

/// The files that say what names there are and whom to ask for others.
#[derive(Debug, Clone)]
pub(super) struct NameFiles {
    hosts: PathBuf,
    resolv_conf: PathBuf,
}

impl NameFiles {
    /// This machine's.
    pub(super) fn system() -> NameFiles {
        NameFiles {
            hosts: PathBuf::from("/etc/hosts"),
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
        }
    }

    /// The addresses of `name`, IPv4 and IPv6 in turn; never an empty list.
    pub(super) fn look_up(&self, name: &str, deadline: Instant) -> Result<Vec<IpAddr>, Miss> {
        let bare = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let top = bare.rsplit('.').next().unwrap_or_default();
        if top == "localhost" {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        if let Ok(file) = File::open(&self.hosts) {
            let found = hosts::find(BufReader::new(file), &bare);
            if !found.is_empty() {
                return Ok(found);
            }
        }
        if matches!(top, "invalid" | "onion" | "") {
            return Err(Miss::Unknown);
        }
        let settings = ResolverSettings::read(&read(&self.resolv_conf), settings::own_domain);
        ask(name, &settings, deadline)
    }
}

/// The most of `/etc/resolv.conf` that is read.
const MAX_SETTINGS: u64 = 64 * 1024;

/// A file's text; none where it cannot be read.
fn read(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // What was read before an error counts.
        drop(file.take(MAX_SETTINGS).read_to_end(&mut bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Asks for each of the names that may be meant, until one has addresses.
fn ask(name: &str, settings: &ResolverSettings, deadline: Instant) -> Result<Vec<IpAddr>, Miss> {
    for candidate in settings.candidates(name) {
        match query::addresses(&candidate, settings, deadline) {
            // Another name does not answer for the one that is meant and may be there.
            Err(Miss::Unanswered) if Instant::now() >= deadline => return Err(Miss::Late),
            Err(Miss::Unknown) => {}
            answer => return answer,
        }
    }
    Err(Miss::Unknown)
}
