//! Echoes: a page that repeats whatever its own address names links to everybody. Pure: nothing is fetched.
//!
//! A page is suspected if its address names the site, written plainly or percent-encoded up to three times. It is
//! found out by asking for the same address with another name in that place.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{Position, Url};

use crate::urls::bare_host;

/// How often an address is decoded.
const MOST_LEVELS: usize = 3;

/// What is encoded again.
const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'.').remove(b'-');

/// Whether the address of a page names one of the site's hosts.
pub(super) fn names(address: &Url, site: &[Url]) -> bool {
    let host = address.host_str().unwrap_or_default();
    hosts(site).iter().any(|own| find(host, own).is_some()) || probe(address, site, "").is_some()
}

/// The address with `other` in place of the site's host, behind its own host; `None` if it is not named there.
pub(super) fn probe(address: &Url, site: &[Url], other: &str) -> Option<Url> {
    let hosts = hosts(site);
    let separators = ['/', '?', '&', '=', '#', ';'];
    let mut changed = address[..Position::BeforePath].to_owned();
    let mut found = false;
    for piece in address[Position::BeforePath..].split_inclusive(separators) {
        let part = piece.trim_end_matches(separators);
        let separator = piece.get(part.len()..).unwrap_or_default();
        match replaced(part, &hosts, other) {
            Some(part) => {
                found = true;
                changed.push_str(&part);
            }
            None => changed.push_str(part),
        }
        changed.push_str(separator);
    }
    if found {
        Url::parse(&changed).ok()
    } else {
        None
    }
}

/// The hosts of the site, without `www.`.
fn hosts(site: &[Url]) -> Vec<String> {
    let hosts = site.iter().map(|url| bare_host(url).to_owned());
    hosts.filter(|host| !host.is_empty()).collect()
}

/// Where `host` first stands in `text`, in any case, as whole labels.
fn find(text: &str, host: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let goes_on = |c: char| c.is_alphanumeric() || c == '-';
    let whole = |at: &usize| {
        let before = text
            .get(..*at)
            .and_then(|before| before.chars().next_back());
        let after = text
            .get(at + host.len()..)
            .and_then(|after| after.chars().next());
        !before.is_some_and(goes_on) && !after.is_some_and(goes_on)
    };
    lower.match_indices(host).map(|(at, _)| at).find(whole)
}

/// A part of an address, decoded until it names a host, with `other` in that place, and encoded as often again.
fn replaced(part: &str, hosts: &[String], other: &str) -> Option<String> {
    let mut text = part.to_owned();
    for level in 0..=MOST_LEVELS {
        if let Some(mut new) = replace_host(&text, hosts, other) {
            for _ in 0..level {
                new = utf8_percent_encode(&new, &ENCODED).to_string();
            }
            return Some(new);
        }
        text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
    None
}

fn replace_host(text: &str, hosts: &[String], other: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((at, host)) = hosts
        .iter()
        .find_map(|host| Some((find(rest, host)?, host)))
    {
        let (before, named) = rest.split_at_checked(at)?;
        out.push_str(before);
        out.push_str(other);
        rest = named.get(host.len()..)?;
    }
    if rest.len() < text.len() {
        return Some(out + rest);
    }
    if text.is_ascii() {
        return None;
    }
    // A host in other letters than ASCII's may be named in them.
    let is_host = |c: char| c.is_alphanumeric() || ".-。．".contains(c);
    let named = |word: &&str| {
        let named = Url::parse(&format!("http://{word}/"));
        named.is_ok_and(|named| hosts.iter().any(|own| own == bare_host(&named)))
    };
    let word = text
        .split(|c| !is_host(c))
        .filter(|word| !word.is_empty())
        .find(named)?;
    Some(text.replace(word, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn probed(address: &str) -> Option<String> {
        let site = [url("https://www.blog.example/"), url("https://猫.example/")];
        assert_eq!(
            names(&url(address), &site),
            probe(&url(address), &site, "x").is_some(),
            "{address}"
        );
        Some(probe(&url(address), &site, "probe.example")?.to_string())
    }

    #[test]
    fn the_name_is_found_and_replaced_however_it_is_written() {
        for (address, other) in [
            (
                "https://e.example/?q=http://BLOG.example/cats",
                "https://e.example/?q=http://probe.example/cats",
            ),
            (
                "https://e.example/to/www.blog.example/cats",
                "https://e.example/to/www.probe.example/cats",
            ),
            (
                "https://e.example/?q=http%3A%2F%2Fblog.example%2F&x=1",
                "https://e.example/?q=http%3A%2F%2Fprobe.example%2F&x=1",
            ),
            (
                "https://e.example/?q=blog%2Eexample&b=%20",
                "https://e.example/?q=probe.example&b=%20",
            ),
            (
                "https://e.example/?q=%2562log%252Eexample",
                "https://e.example/?q=probe.example",
            ),
            (
                "https://e.example/?q=https://猫.example/",
                "https://e.example/?q=https://probe.example/",
            ),
            (
                "https://e.example/blog.example,Blog.Example/x",
                "https://e.example/probe.example,probe.example/x",
            ),
            (
                "https://e.example/#blog.example",
                "https://e.example/#probe.example",
            ),
        ] {
            assert_eq!(probed(address).as_deref(), Some(other), "{address}");
        }
    }

    #[test]
    fn an_ordinary_address_is_no_echo() {
        for address in [
            "https://weblog.example/2026/about-blog-example",
            "https://weblog.example/%E7%8C%AB",
            "https://weblog.example/%FF%252525%",
        ] {
            assert_eq!(probed(address), None, "{address}");
        }
    }

    #[test]
    fn a_host_that_holds_the_sites_name_is_suspected() {
        let site = [url("https://blog.example/")];
        assert!(names(&url("https://blog.example.proxy.example/"), &site));
        assert_eq!(
            probe(&url("https://blog.example.proxy.example/"), &site, "x"),
            None
        );
    }
}
