//! `/etc/resolv.conf`: the name servers, and how a short name is completed.
//!
//! Parsed at least as leniently as by the C library: unknown settings are ignored, and an empty or missing file means a
//! name server on this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::time::Duration;

use rustix::net::netdevice;
use rustix::system;

/// The settings of the resolver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResolverSettings {
    /// Never empty.
    pub(super) servers: Vec<SocketAddr>,
    pub(super) search: Vec<String>,
    /// A name with at least this many dots is queried unchanged before it is completed.
    pub(super) ndots: usize,
    /// Timeout for one server.
    pub(super) timeout: Duration,
    /// How often each server is queried.
    pub(super) attempts: usize,
    pub(super) order: ServerOrder,
    pub(super) transport: Transport,
    pub(super) families: Families,
}

/// Which server is queried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerOrder {
    AsListed,
    /// A different one each time.
    Rotated,
}

/// How a server is queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// By UDP, and by TCP if the reply is truncated.
    Udp,
    Tcp,
}

/// The address families queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Families {
    Both,
    /// `no-aaaa`.
    Ipv4,
}

impl ResolverSettings {
    /// Parses the file. Without a `search` or `domain` line, `own_domain` completes a name.
    pub(super) fn parse(text: &str, own_domain: fn() -> Option<String>) -> ResolverSettings {
        let mut settings = ResolverSettings {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            order: ServerOrder::AsListed,
            transport: Transport::Udp,
            families: Families::Both,
        };
        let mut has_search = false;
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split(['#', ';']).next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            match words
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .as_str()
            {
                "nameserver" => {
                    let server = words.next().and_then(server);
                    settings.servers.extend(server);
                }
                // The last of these lines counts.
                "search" => {
                    settings.search = words.filter_map(domain).take(MAX_SEARCH).collect();
                    has_search = true;
                }
                "domain" => {
                    settings.search = words.filter_map(domain).take(1).collect();
                    has_search = true;
                }
                "options" => words.for_each(|word| settings.option(word)),
                _ => {}
            }
        }
        settings.servers.truncate(MAX_SERVERS);
        if settings.servers.is_empty() {
            settings.servers.push((Ipv4Addr::LOCALHOST, PORT).into());
        }
        if !has_search {
            settings.search.extend(own_domain());
        }
        settings
    }

    /// The full names that `name` may stand for, in the order in which they are queried.
    pub(super) fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(full) = name.strip_suffix('.') {
            return vec![full.to_owned()];
        }
        let completed = self.search.iter().map(|domain| format!("{name}.{domain}"));
        let as_it_is = std::iter::once(name.to_owned());
        if name.matches('.').count() >= self.ndots {
            as_it_is.chain(completed).collect()
        } else {
            completed.chain(as_it_is).collect()
        }
    }

    fn option(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        let (name, value) = word.split_once(':').unwrap_or((&word, ""));
        let number = value.parse::<usize>().ok();
        match (name, number) {
            ("ndots", Some(number)) => self.ndots = number.min(15),
            ("timeout", Some(number)) => {
                let seconds = u64::try_from(number).unwrap_or(u64::MAX);
                self.timeout = Duration::from_secs(seconds.clamp(1, 30));
            }
            ("attempts", Some(number)) => self.attempts = number.clamp(1, 5),
            ("rotate", _) => self.order = ServerOrder::Rotated,
            ("use-vc" | "usevc", _) => self.transport = Transport::Tcp,
            ("no-aaaa", _) => self.families = Families::Ipv4,
            _ => {}
        }
    }
}

/// The part of this machine's name after the first dot.
pub(super) fn own_domain() -> Option<String> {
    let names = system::uname();
    let (_, own) = names.nodename().to_str().ok()?.split_once('.')?;
    domain(own)
}

/// As in the C library.
const MAX_SERVERS: usize = 3;
/// Each of these may cost a query.
const MAX_SEARCH: usize = 6;
const PORT: u16 = 53;

/// A name server's address; a link-local one has the name or number of an interface.
fn server(word: &str) -> Option<SocketAddr> {
    let (address, scope) = word.split_once('%').unwrap_or((word, ""));
    match address.parse().ok()? {
        IpAddr::V4(address) => Some((address, PORT).into()),
        IpAddr::V6(address) => {
            Some(SocketAddrV6::new(address, PORT, 0, interface(address, scope)).into())
        }
    }
}

/// The number of an interface; 0 if there is none.
fn interface(address: Ipv6Addr, scope: &str) -> u32 {
    if scope.is_empty() || !(address.is_unicast_link_local() || address.is_multicast()) {
        return 0;
    }
    scope.parse().ok().unwrap_or_else(|| {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok();
        socket
            .and_then(|socket| netdevice::name_to_index(&socket, scope).ok())
            .unwrap_or(0)
    })
}

/// A domain to search, without dots around it. The root completes nothing.
fn domain(word: &str) -> Option<String> {
    let word = word.trim_matches('.');
    (!word.is_empty()).then(|| word.to_ascii_lowercase())
}
