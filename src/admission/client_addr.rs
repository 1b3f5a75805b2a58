//! The sender's address, as far as it is stored.

use std::net::{IpAddr, Ipv6Addr};

use crate::config::Addresses;

/// As much of an address as `addresses` lets us keep: the /24 or /48, all, or nothing.
pub fn origin(addresses: Addresses, address: Option<IpAddr>) -> Option<String> {
    let address = address?.to_canonical();
    match (addresses, address) {
        (Addresses::None, _) => None,
        (Addresses::Full, address) => Some(address.to_string()),
        (Addresses::Prefix, IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        (Addresses::Prefix, IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            Some(format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
    }
}

/// The /24 or /48 of what is kept of an address; `None` for text that is neither an address nor a prefix.
pub(crate) fn prefix_of(kept: &str) -> Option<String> {
    let address = kept.split('/').next()?.parse().ok()?;
    origin(Addresses::Prefix, Some(address))
}

/// Whether both are of one network; what is not known of either is not the same.
pub(crate) fn is_one_network(one: Option<&str>, other: Option<&str>) -> bool {
    let network = |kept: Option<&str>| prefix_of(kept?);
    network(one).is_some_and(|one| network(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_prefix_of_an_address_is_kept() {
        let prefix = |text: &str| origin(Addresses::Prefix, Some(text.parse().unwrap())).unwrap();
        assert_eq!(prefix("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(prefix("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(prefix("2001:db8:1:2::3"), "2001:db8:1::/48");
        assert_eq!(
            origin(Addresses::None, Some("203.0.113.77".parse().unwrap())),
            None
        );
    }
}
