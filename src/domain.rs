//! Registrable domains, by the public suffix list: the part of a host name that has one owner.
//!
//! `a.weblog.example.co.uk` and `www.weblog.example.co.uk` have the same owner; `x.github.io` and `y.github.io` do not.

use url::{Host, Url};

/// The registrable domain of a URL's host, in lower case and Punycode; a host that has none (an address, a
/// public suffix itself, a name without a dot) is returned whole. Empty for a URL without a host.
pub fn registrable(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(host)) => {
            let host = host.trim_end_matches('.');
            psl::domain_str(host).unwrap_or(host).to_owned()
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => String::new(),
    }
}

/// Whether a host name in lower case and Punycode is a public suffix, such as `co.uk`, or has no dot.
pub fn is_public_suffix(host: &str) -> bool {
    psl::domain_str(host).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_owner_has_one_domain_however_the_host_is_spelt() {
        for (url, domain) in [
            ("https://www.weblog.example.co.uk/", "example.co.uk"),
            ("https://WWW.Example.COM:8443/", "example.com"),
            ("https://example.com./", "example.com"),
            ("https://someone.github.io/", "someone.github.io"),
            ("https://a.b.someone.github.io/", "someone.github.io"),
            ("https://co.uk/", "co.uk"),
            ("https://blog.猫.example/", "xn--z7x.example"),
            ("http://localhost/", "localhost"),
            ("http://192.0.2.7/", "192.0.2.7"),
            ("http://0xc0000207/", "192.0.2.7"),
            ("http://[2001:db8::1]/", "2001:db8::1"),
        ] {
            assert_eq!(registrable(&Url::parse(url).unwrap()), domain, "{url}");
        }
    }

    #[test]
    fn what_everybody_can_register_below_is_nobodys() {
        for host in ["com", "co.uk", "github.io", "localhost"] {
            assert!(is_public_suffix(host), "{host}");
        }
        for host in ["example.com", "www.example.co.uk", "someone.github.io"] {
            assert!(!is_public_suffix(host), "{host}");
        }
    }
}
