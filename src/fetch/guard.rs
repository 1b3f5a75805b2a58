//! Decides which URLs and which addresses may be requested.
//!
//! The tables are the complete IANA registries of special-purpose addresses (IPv4 and IPv6), including blocks that are
//! reachable but hold services rather than weblogs. An address that embeds an IPv4 address is judged by that, or refused
//! if it cannot be extracted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::interfaces;
use crate::error::{FetchError, MAX_URL};
use crate::urls::is_plain_web;

/// Which addresses and ports a request may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses except this machine's own and those of the owner's site ([`Client::with_site`]), at web ports:
    /// for URLs from strangers. A service meant only for the machine itself may listen on its public address.
    ///
    /// [`Client::with_site`]: super::Client::with_site
    Outside,
    /// Public addresses, at web ports.
    Public,
    /// Any address and any port, for private networks and tests. Certificates, limits and the form of URLs are still
    /// checked.
    Private,
}

/// The permitted ports, those of web servers. With others a stranger could have us talk to mail servers and databases.
pub const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Checks that `url` may be requested: http or https, a host, no user name or password, at most [`MAX_URL`] bytes, one
/// of [`PORTS`], and no address that is not public. A page whose URL fails this for [`Reach::Public`] is never fetched.
///
/// A host *name* is checked again when it is resolved, by its addresses.
pub fn check_url(url: &Url, reach: Reach) -> Result<(), FetchError> {
    if !is_plain_web(url) {
        return Err(FetchError::BadUrl);
    }
    let length = url.as_str().len();
    if length > MAX_URL {
        return Err(FetchError::LongUrl(length));
    }
    let port = url.port_or_known_default().ok_or(FetchError::BadUrl)?;
    if reach != Reach::Private && !PORTS.contains(&port) {
        return Err(FetchError::Port(port));
    }
    match url.host().ok_or(FetchError::BadUrl)? {
        Host::Domain(_) => Ok(()),
        Host::Ipv4(address) => check_address(address.into(), reach),
        Host::Ipv6(address) => check_address(address.into(), reach),
    }
}

/// Checks that connecting to `address` is permitted.
pub fn check_address(address: IpAddr, reach: Reach) -> Result<(), FetchError> {
    check_addresses(&[address], reach)
}

/// Checks that connecting to every one of `addresses` is permitted.
pub fn check_addresses(addresses: &[IpAddr], reach: Reach) -> Result<(), FetchError> {
    // Fetched once: a name can have thousands of addresses.
    let own: Vec<IpAddr> = match reach {
        Reach::Outside => interfaces::addresses().into_iter().map(canonical).collect(),
        Reach::Public | Reach::Private => Vec::new(),
    };
    let is_permitted = |address: &IpAddr| match reach {
        Reach::Outside | Reach::Public => {
            is_public(*address) && !own.contains(&canonical(*address))
        }
        Reach::Private => true,
    };
    match addresses.iter().find(|address| !is_permitted(address)) {
        Some(address) => Err(FetchError::Address(*address)),
        None => Ok(()),
    }
}

/// The host of a URL if it is a name that public DNS does not have (RFC 6761, 6762, 7686, 8375): `localhost`, a name
/// without a dot, or one of a private network.
pub fn non_public_name(url: &Url) -> Option<&str> {
    const ENDS: [&str; 6] = [
        "localhost",
        "local",
        "internal",
        "home.arpa",
        "onion",
        "invalid",
    ];
    let Host::Domain(name) = url.host()? else {
        return None;
    };
    let bare = name.strip_suffix('.').unwrap_or(name);
    let is_below = |end: &str| {
        bare.strip_suffix(end)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    (!bare.contains('.') || ENDS.into_iter().any(is_below)).then_some(name)
}

/// Whether packets to two addresses reach the same one.
pub(super) fn is_same_address(one: IpAddr, other: IpAddr) -> bool {
    canonical(one) == canonical(other)
}

/// Whether `address` is an ordinary unicast address of the public Internet.
pub fn is_public(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(address) => !SPECIAL_V4
            .iter()
            .any(|&(block, length)| contains_v4(block, length, address)),
        IpAddr::V6(address) => {
            let (block, length) = GLOBAL_UNICAST;
            contains_v6(block, length, address)
                && !SPECIAL_V6
                    .iter()
                    .any(|&(block, length)| contains_v6(block, length, address))
        }
    }
}

/// The IANA IPv4 Special-Purpose Address Registry, and multicast.
const SPECIAL_V4: [(Ipv4Addr, u32); 20] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),     // This network: RFC 791, RFC 1122.
    (Ipv4Addr::new(10, 0, 0, 0), 8),    // Private use: RFC 1918.
    (Ipv4Addr::new(100, 64, 0, 0), 10), // Shared with the provider: RFC 6598.
    (Ipv4Addr::new(127, 0, 0, 0), 8),   // Loopback: RFC 1122.
    (Ipv4Addr::new(169, 254, 0, 0), 16), // Link-local, clouds' metadata: RFC 3927.
    (Ipv4Addr::new(172, 16, 0, 0), 12), // Private use: RFC 1918.
    (Ipv4Addr::new(192, 0, 0, 0), 24),  // Protocol assignments: RFC 6890 and its parts.
    (Ipv4Addr::new(192, 0, 2, 0), 24),  // Documentation: RFC 5737.
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112: RFC 7535.
    (Ipv4Addr::new(192, 52, 193, 0), 24), // Multicast tunnels (AMT): RFC 7450.
    (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays, deprecated: RFC 7526.
    (Ipv4Addr::new(192, 168, 0, 0), 16), // Private use: RFC 1918.
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112: RFC 7534.
    (Ipv4Addr::new(198, 18, 0, 0), 15), // Benchmarks: RFC 2544.
    (Ipv4Addr::new(198, 51, 100, 0), 24), // Documentation: RFC 5737.
    (Ipv4Addr::new(203, 0, 113, 0), 24), // Documentation: RFC 5737.
    (Ipv4Addr::new(224, 0, 0, 0), 4),   // Multicast: RFC 5771.
    (Ipv4Addr::new(233, 252, 0, 0), 24), // Documentation, multicast: RFC 6676.
    (Ipv4Addr::new(240, 0, 0, 0), 4),   // Reserved: RFC 1112.
    (Ipv4Addr::new(255, 255, 255, 255), 32), // Broadcast: RFC 919, RFC 8190.
];

/// IANA's global unicast block (RFC 4291). Loopback, unspecified, IPv4-compatible, IPv4-translated, discard-only
/// (RFC 6666, RFC 9780), segment routing (RFC 9602), unique-local (RFC 4193), link-local, site-local (RFC 3879) and
/// multicast addresses are all outside it.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The part of the IANA IPv6 Special-Purpose Address Registry that is inside global unicast.
const SPECIAL_V6: [(Ipv6Addr, u32); 6] = [
    // Protocol assignments: RFC 2928. Includes Teredo (RFC 4380), benchmarks (RFC 5180), AMT
    // (RFC 7450), AS112 (RFC 7535), ORCHID (RFC 4843, RFC 7343), drones (RFC 9374).
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // Documentation: RFC 3849.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),     // 6to4, wraps IPv4: RFC 3056.
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112: RFC 7534.
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16),     // The 6bone, given back: RFC 3701.
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),     // Documentation: RFC 9637.
];

/// NAT64's well-known prefix: RFC 6052. (The local-use one, `64:ff9b:1::/48` of RFC 8215, embeds addresses at several
/// lengths; it is outside global unicast, so it is refused.)
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// The IPv4 address embedded in an IPv6 address: mapped, translated (NAT64), compatible (`::203.0.113.5`), the router of a
/// 6to4 network, the host of an ISATAP interface (RFC 5214), translated without state (`::ffff:0:203.0.113.5`, RFC 2765),
/// or the client behind Teredo.
pub fn embedded_ipv4(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else {
        return None;
    };
    match canonical(address) {
        IpAddr::V4(v4) => Some(v4),
        IpAddr::V6(_) => {
            let joined = |high, low| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
            match v6.segments() {
                [SIX_TO_FOUR, high, low, ..] => Some(joined(high, low)),
                [NAT64_HIGH, NAT64_LOW, 1, .., high, low] => Some(joined(high, low)),
                [.., 0 | 0x200, ISATAP, high, low] => Some(joined(high, low)),
                [0, 0, 0, 0, 0xffff, 0, high, low] => Some(joined(high, low)),
                [TEREDO, 0, .., high, low] => Some(joined(!high, !low)),
                // The first block holds `::` and `::1`.
                [0, 0, 0, 0, 0, 0, high, low] if high > 0xff => Some(joined(high, low)),
                _ => None,
            }
        }
    }
}

/// The first 32 bits of the prefixes of NAT64. In the local-use one the address is read as in a prefix of 96 bits.
const NAT64_HIGH: u16 = 0x64;
const NAT64_LOW: u16 = 0xff9b;
/// The second 16 bits of an ISATAP interface's identifier: RFC 5214.
const ISATAP: u16 = 0x5efe;
/// The first 16 bits of 6to4: RFC 3056.
const SIX_TO_FOUR: u16 = 0x2002;
/// The first 16 bits of Teredo, followed by 16 zero bits: RFC 4380. The client's address is stored inverted.
const TEREDO: u16 = 0x2001;

/// Converts an address to the IPv4 address that packets to it reach, if any.
fn canonical(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if contains_v6(NAT64.0, NAT64.1, address) => {
            let [.., a, b, c, d] = address.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        other => other,
    }
}

fn contains_v4(block: Ipv4Addr, length: u32, address: Ipv4Addr) -> bool {
    (block.to_bits() ^ address.to_bits()).leading_zeros() >= length
}

fn contains_v6(block: Ipv6Addr, length: u32, address: Ipv6Addr) -> bool {
    (block.to_bits() ^ address.to_bits()).leading_zeros() >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    /// First and last address of each block, and the neighbours outside where those are public.
    const V4: [(&str, &str, &str, &str); 20] = [
        ("", "0.0.0.0", "0.255.255.255", "1.0.0.0"),
        ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
        (
            "100.63.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "100.128.0.0",
        ),
        (
            "126.255.255.255",
            "127.0.0.0",
            "127.255.255.255",
            "128.0.0.0",
        ),
        (
            "169.253.255.255",
            "169.254.0.0",
            "169.254.255.255",
            "169.255.0.0",
        ),
        (
            "172.15.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "172.32.0.0",
        ),
        ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
        ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
        (
            "192.31.195.255",
            "192.31.196.0",
            "192.31.196.255",
            "192.31.197.0",
        ),
        (
            "192.52.192.255",
            "192.52.193.0",
            "192.52.193.255",
            "192.52.194.0",
        ),
        (
            "192.88.98.255",
            "192.88.99.0",
            "192.88.99.255",
            "192.88.100.0",
        ),
        (
            "192.167.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "192.169.0.0",
        ),
        (
            "192.175.47.255",
            "192.175.48.0",
            "192.175.48.255",
            "192.175.49.0",
        ),
        (
            "198.17.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.20.0.0",
        ),
        (
            "198.51.99.255",
            "198.51.100.0",
            "198.51.100.255",
            "198.51.101.0",
        ),
        (
            "203.0.112.255",
            "203.0.113.0",
            "203.0.113.255",
            "203.0.114.0",
        ),
        ("223.255.255.255", "224.0.0.0", "239.255.255.255", ""),
        ("", "233.252.0.0", "233.252.0.255", ""),
        ("", "240.0.0.0", "255.255.255.254", ""),
        ("", "255.255.255.255", "255.255.255.255", ""),
    ];

    #[test]
    fn s6_every_special_ipv4_block_is_denied_to_its_edges_and_no_further() {
        for ((before, first, last, after), (block, length)) in V4.into_iter().zip(SPECIAL_V4) {
            assert_eq!(first, block.to_string());
            let size = u32::MAX.checked_shr(length).unwrap_or(0);
            let end = Ipv4Addr::from_bits(block.to_bits() + size);
            // 240.0.0.0/4 ends in the broadcast address, which has a row of its own.
            assert!(end.to_string() == last || length == 4, "{first} {end}");
            assert!(!public(first), "{first}");
            assert!(!public(last), "{last}");
            for neighbour in [before, after] {
                assert!(neighbour.is_empty() || public(neighbour), "{neighbour}");
            }
        }
    }

    #[test]
    fn s6_the_well_known_addresses_inside_are_denied() {
        for address in [
            "127.0.0.1",
            "169.254.169.254",
            "192.0.0.8",
            "192.0.0.170",
            "100.100.100.200",
            "::1",
            "::",
            "fd00:ec2::254",
            "ff02::1",
            "fe80::1",
            "fec0::1",
        ] {
            assert!(!public(address), "{address}");
        }
        for address in ["93.184.215.14", "1.1.1.1", "8.8.8.8", "2606:4700::1111"] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn s6_every_special_ipv6_block_is_denied_to_its_edges() {
        let top = "ffff:ffff:ffff:ffff:ffff:ffff";
        for (first, last) in [
            ("::", "::1"),
            ("::7f00:1", "::ffff:ffff"),
            ("::ffff:0:0:0", "::ffff:0:ffff:ffff"),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
            ("100::", "100::ffff:ffff:ffff:ffff"),
            ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"),
            ("2001::", &format!("2001:1ff:{top}")),
            ("2001::1", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
            ("2001:10::", &format!("2001:1f:{top}")),
            ("2001:20::", &format!("2001:2f:{top}")),
            ("2001:db8::", &format!("2001:db8:{top}")),
            ("2002::", &format!("2002:ffff:{top}")),
            ("2002:7f00:1::", "2002:808:808::1"),
            ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
            ("3ffe::", &format!("3ffe:ffff:{top}")),
            ("3fff::", &format!("3fff:fff:{top}")),
            ("4000::", &format!("5eff:ffff:{top}")),
            ("5f00::", &format!("5f00:ffff:{top}")),
            ("fc00::", &format!("fdff:ffff:{top}")),
            ("fe80::", &format!("febf:ffff:{top}")),
            ("fec0::", &format!("feff:ffff:{top}")),
            ("ff00::", &format!("ffff:ffff:{top}")),
        ] {
            assert!(!public(first), "{first}");
            assert!(!public(last), "{last}");
        }
        for neighbour in [
            "2000::",
            &format!("2000:ffff:{top}"),
            "2001:200::",
            &format!("2001:db7:{top}"),
            "2001:db9::",
            "2003::",
            "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff",
            "2620:4f:8001::",
            &format!("3ffd:ffff:{top}"),
            "3fff:1000::",
            &format!("3fff:ffff:{top}"),
        ] {
            assert!(public(neighbour), "{neighbour}");
        }
    }

    #[test]
    fn s6_an_ipv4_address_in_ipv6_clothes_is_judged_by_itself() {
        for (first, last) in V4.map(|(_, first, last, _)| (first, last)) {
            for inside in [first, last] {
                assert!(!public(&format!("::ffff:{inside}")), "{inside}");
                assert!(!public(&format!("64:ff9b::{inside}")), "{inside}");
                assert!(!public(&format!("::{inside}")), "{inside}");
            }
        }
        assert!(public("::ffff:8.8.8.8"));
        assert!(public("64:ff9b::8.8.8.8"));
        assert!(!public("64:ff9b::1:8.8.8.8"));
        assert!(!public("64:ff9b:1::8.8.8.8"));
        assert!(!public("::ffff:0:8.8.8.8"));
    }

    #[test]
    fn f18_names_that_are_nowhere_on_the_internet_are_told_apart() {
        for (name, is_private) in [
            ("localhost", true),
            ("LOCALHOST.", true),
            ("www.localhost", true),
            ("printer", true),
            ("router.local", true),
            ("db.internal", true),
            ("nas.home.arpa", true),
            ("abc.onion", true),
            ("x.invalid", true),
            ("localhost.example", false),
            ("weblog.example", false),
            ("mylocal.example.", false),
            ("thelocal.se", false),
            ("93.184.215.14", false),
        ] {
            let url = Url::parse(&format!("http://{name}/")).unwrap();
            assert_eq!(non_public_name(&url).is_some(), is_private, "{name}");
        }
    }

    #[test]
    fn f1_a_url_that_is_too_long_is_not_asked_for() {
        let of = |length: usize| {
            let begin = "https://blog.example/";
            let url = format!("{begin}{}", "x".repeat(length - begin.len()));
            check_url(&Url::parse(&url).unwrap(), Reach::Private)
        };
        assert!(of(MAX_URL).is_ok());
        assert!(matches!(of(MAX_URL + 1), Err(FetchError::LongUrl(2049))));
    }

    #[test]
    fn s6_only_web_urls_without_a_user_at_web_ports_are_asked_for() {
        let check = |url: &str, reach| check_url(&Url::parse(url).unwrap(), reach);
        for url in [
            "ftp://blog.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "gopher://blog.example:80/",
            "data:text/html,x",
            "http://user@blog.example/",
            "http://:password@blog.example/",
            "https://blog.example:443@evil.example/",
        ] {
            for reach in [Reach::Public, Reach::Private] {
                assert!(
                    matches!(check(url, reach), Err(FetchError::BadUrl)),
                    "{url}"
                );
            }
        }
        for port in [0, 22, 25, 81, 3306, 6379, 8081, 65535] {
            let url = format!("http://blog.example:{port}/");
            assert!(
                matches!(check(&url, Reach::Public), Err(FetchError::Port(found)) if found == port),
                "{url}"
            );
            assert!(check(&url, Reach::Private).is_ok(), "{url}");
        }
        for port in PORTS {
            assert!(check(&format!("http://blog.example:{port}/"), Reach::Public).is_ok());
        }
    }

    #[test]
    fn s6_an_address_in_a_url_is_denied_however_it_is_written() {
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://[::ffff:7f00:1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://[2002:7f00:1::]/",
            "http://[::1]/",
            "http://[::]/",
            "http://0/",
            "http://169.254.169.254/latest/meta-data/",
            "http://①②⑦.⓪.⓪.①/",
        ] {
            let url = Url::parse(url).unwrap();
            assert!(
                matches!(check_url(&url, Reach::Public), Err(FetchError::Address(_))),
                "{url}"
            );
            assert!(check_url(&url, Reach::Private).is_ok(), "{url}");
        }
    }
}
