//! The stored form of the sender's address.

use std::net::{IpAddr, Ipv6Addr};

use crate::config::Addresses;

/// The part of an address that the setting `addresses` lets us store: the /24 or /48, all, or nothing.
pub fn stored_address(addresses: Addresses, address: Option<IpAddr>) -> Option<String> {
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

/// The /24 or /48 of a stored address; `None` for text that is neither an address nor a prefix.
pub(crate) fn network_of(kept: &str) -> Option<String> {
    let address = kept.split('/').next()?.parse().ok()?;
    stored_address(Addresses::Prefix, Some(address))
}

/// Whether both are in one network; false if either is unknown.
pub(crate) fn is_one_network(one: Option<&str>, other: Option<&str>) -> bool {
    let network = |kept: Option<&str>| network_of(kept?);
    network(one).is_some_and(|one| network(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_prefix_of_an_address_is_kept() {
        let prefix =
            |text: &str| stored_address(Addresses::Prefix, Some(text.parse().unwrap())).unwrap();
        assert_eq!(prefix("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(prefix("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(prefix("2001:db8:1:2::3"), "2001:db8:1::/48");
        assert_eq!(
            stored_address(Addresses::None, Some("203.0.113.77".parse().unwrap())),
            None
        );
    }
}
