//! Registrable domains, by the public suffix list: the part of a host name that has one owner.
//!
//! `a.weblog.example.co.uk` and `www.weblog.example.co.uk` have the same owner; `x.github.io` and `y.github.io` do not.

use std::cmp::Ordering;

use url::{Host, Url};

/// The rules of the public suffix list in lower case and Punycode, a line each, in the order of their bytes. They are
/// Mozilla's, under the Mozilla Public License 2.0. The test `it::public_suffixes` writes the file.
const RULES: &str = include_str!("domain/public_suffixes.txt");

/// The registrable domain of a URL's host, in lower case and Punycode; a host that has none (an address, a
/// public suffix itself, a name without a dot) is returned whole. Empty for a URL without a host.
pub fn registrable(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(host)) => {
            let host = host.trim_end_matches('.');
            registered(host).unwrap_or(host).to_owned()
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => String::new(),
    }
}

/// Whether a host name in lower case and Punycode is a public suffix, such as `co.uk`, or has no dot.
pub fn is_public_suffix(host: &str) -> bool {
    registered(host).is_none()
}

/// Whether the list says that everybody can register names below a host name: `com` and `co.uk`, and not `localhost`.
pub fn is_open_to_all(host: &str) -> bool {
    is_public_suffix(host) && (host.contains('.') || has_rule("", host))
}

/// The public suffix of a host name and the one label before it, if it has more than a public suffix.
fn registered(host: &str) -> Option<&str> {
    if host.split('.').any(str::is_empty) {
        return None;
    }
    let mut one_label_more = None;
    let mut name = host;
    loop {
        // What is an exception from `*.parent` is registered itself.
        if has_rule("!", name) {
            return Some(name);
        }
        let Some((_, parent)) = name.split_once('.') else {
            return one_label_more;
        };
        if has_rule("", name) || has_rule("*.", parent) {
            return one_label_more;
        }
        one_label_more = Some(name);
        name = parent;
    }
}

/// Whether the list has the rule for `name` with this marker: none, `*.` for all names below it, or `!` for one that is
/// excepted from these.
fn has_rule(marker: &str, name: &str) -> bool {
    let wanted = || marker.bytes().chain(name.bytes());
    let mut rules = RULES.as_bytes();
    while !rules.is_empty() {
        let (before, after) = rules.split_at(rules.len() / 2);
        let start = before.iter().rposition(|byte| *byte == b'\n');
        let start = start.map_or(0, |line_feed| line_feed + 1);
        let end = after.iter().position(|byte| *byte == b'\n');
        let end = end.map_or(rules.len(), |line_feed| before.len() + line_feed);
        let (earlier, from) = rules.split_at(start);
        let (rule, later) = from.split_at(end - start);
        match wanted().cmp(rule.iter().copied()) {
            Ordering::Less => rules = earlier,
            Ordering::Equal => return true,
            Ordering::Greater => rules = later.get(1..).unwrap_or_default(),
        }
    }
    false
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
            ("https://a.b.公司.cn/", "b.xn--55qx5d.cn"),
            ("https://a.b.c.kawasaki.jp/", "b.c.kawasaki.jp"),
            ("https://a.city.kawasaki.jp/", "city.kawasaki.jp"),
            ("https://c.kawasaki.jp/", "c.kawasaki.jp"),
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
        for host in ["com", "co.uk", "github.io", "c.kawasaki.jp"] {
            assert!(is_open_to_all(host), "{host}");
        }
        for host in ["localhost", "example", "192.0.2.7", "example.com"] {
            assert!(!is_open_to_all(host), "{host}");
        }
    }

    #[test]
    fn the_answers_are_those_of_the_compiled_list() {
        let rules: Vec<&str> = RULES.lines().collect();
        assert!(rules.is_sorted());
        for rule in &rules {
            let name = rule.trim_start_matches(['*', '!', '.']);
            // What the compiled list gets wrong: its rules are not in Punycode, and of `*.a` and `*.b.a` it sees one.
            let is_below_another = name
                .split_once('.')
                .is_some_and(|(_, parent)| has_rule("*.", parent));
            if name.contains("xn--") || (rule.starts_with('*') && is_below_another) {
                continue;
            }
            for before in ["", "a.", "b.a.", "c.b.a.", "www.", "xn--z7x."] {
                let host = format!("{before}{name}");
                assert_eq!(registered(&host), psl::domain_str(&host), "{host}");
            }
        }
    }

    #[test]
    fn a_name_that_no_url_has_is_no_domain() {
        let long = "a.".repeat(100_000) + "example";
        for (host, domain) in [
            ("", None),
            (".", None),
            (".com", None),
            ("..com", None),
            (".example.com", None),
            ("example..com", None),
            ("!www.ck", None),
            ("\n", None),
            ("ac\nad", None),
            (&long, Some("a.example")),
        ] {
            assert_eq!(registered(host), domain, "{host:?}");
        }
    }
}
