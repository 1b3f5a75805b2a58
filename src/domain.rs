//! Registrable domains, by the public suffix list: the part of a host name that has one owner.
//!
//! `a.weblog.example.co.uk` and `www.weblog.example.co.uk` have the same owner; `x.github.io` and `y.github.io` do not.

use std::cmp::Ordering;

use url::{Host, Url};

/// The rules of the public suffix list in lower case and Punycode. A line has a name, a colon, and the labels before that
/// name with which there are rules, divided by spaces: `*` for all, and `!` before one that is excepted from these.
/// Lines and labels are in the order of their bytes. The rules are Mozilla's, under the Mozilla Public License 2.0; the
/// test `it::public_suffixes` writes the file.
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
    is_public_suffix(host) && (host.contains('.') || has_rule("", host, ""))
}

/// The public suffix of a host name and the one label before it, if it has more than a public suffix.
fn registered(host: &str) -> Option<&str> {
    if host.split('.').any(str::is_empty) {
        return None;
    }
    let mut one_label_more = None;
    let mut name = host;
    loop {
        let Some((label, parent)) = name.split_once('.') else {
            return one_label_more;
        };
        // What is an exception from `*.parent` is registered itself.
        if has_rule("!", label, parent) {
            return Some(name);
        }
        if has_rule("", label, parent) || has_rule("", "*", parent) {
            return one_label_more;
        }
        one_label_more = Some(name);
        name = parent;
    }
}

/// Whether the list has a rule for a label before `parent`, with or without the marker of exceptions.
fn has_rule(marker: &str, label: &str, parent: &str) -> bool {
    let split = |line: &'static [u8]| {
        let colon = line.iter().position(|byte| *byte == b':');
        line.split_at(colon.unwrap_or(line.len()))
    };
    let line = find(RULES.as_bytes(), b'\n', |line| {
        parent.as_bytes().cmp(split(line).0)
    });
    let labels = line.and_then(|line| split(line).1.get(1..));
    labels.is_some_and(|labels| {
        let wanted = || marker.bytes().chain(label.bytes());
        find(labels, b' ', |label| wanted().cmp(label.iter().copied())).is_some()
    })
}

/// The piece of an ordered text to which `order` compares what is wanted.
fn find(
    text: &'static [u8],
    separator: u8,
    order: impl Fn(&'static [u8]) -> Ordering,
) -> Option<&'static [u8]> {
    let mut pieces = text;
    while !pieces.is_empty() {
        let (before, after) = pieces.split_at(pieces.len() / 2);
        let start = before.iter().rposition(|byte| *byte == separator);
        let start = start.map_or(0, |at| at + 1);
        let end = after.iter().position(|byte| *byte == separator);
        let end = end.map_or(pieces.len(), |at| before.len() + at);
        let (earlier, from) = pieces.split_at(start);
        let (piece, later) = from.split_at(end - start);
        match order(piece) {
            Ordering::Less => pieces = earlier,
            Ordering::Equal => return Some(piece),
            Ordering::Greater => pieces = later.get(1..).unwrap_or_default(),
        }
    }
    None
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
        let lines = RULES.lines().map(|line| line.split_once(':').unwrap());
        assert!(lines.clone().is_sorted());
        let rules = lines.flat_map(|(parent, labels)| {
            assert!(labels.split(' ').is_sorted());
            let join = move |label| format!("{label}.{parent}");
            labels.split(' ').map(join)
        });
        for rule in rules {
            let name = rule.trim_matches(['*', '!', '.']);
            // What the compiled list gets wrong: its rules are not in Punycode, and of `*.a` and `*.b.a` it sees one.
            let is_below_another = name
                .split_once('.')
                .is_some_and(|(_, parent)| has_rule("", "*", parent));
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
