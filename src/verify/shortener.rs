//! Public URL shorteners. Pure.

use url::Url;

use crate::urls::bare_host;

/// Hosts that only redirect; the target of a link is fixed when it is made.
const SHORTENERS: [&str; 40] = [
    "aka.ms",
    "amzn.to",
    "bit.ly",
    "bitly.com",
    "buff.ly",
    "cli.gs",
    "cutt.ly",
    "dlvr.it",
    "fb.me",
    "ff.im",
    "flic.kr",
    "git.io",
    "goo.gl",
    "htn.to",
    "ift.tt",
    "is.gd",
    "j.mp",
    "lnkd.in",
    "ow.ly",
    "p.tl",
    "rb.gy",
    "shar.es",
    "snipurl.com",
    "snurl.com",
    "su.pr",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "tl.gd",
    "tr.im",
    "twurl.nl",
    "u.nu",
    "ur1.ca",
    "url4.eu",
    "ux.nu",
    "v.gd",
    "w.wiki",
    "wp.me",
    "x.gd",
];

/// Whether a URL is a short link of a public shortener.
pub(crate) fn is_shortener(url: &Url) -> bool {
    url.port().is_none() && SHORTENERS.contains(&bare_host(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hosts_of_shorteners_are_some() {
        let is = |text: &str| is_shortener(&Url::parse(text).unwrap());
        for url in [
            "https://t.co/x",
            "http://www.bit.ly/x?y",
            "https://TinyURL.com/z",
        ] {
            assert!(is(url), "{url}");
        }
        for url in [
            "https://evil.t.co/x",
            "https://t.co:8443/x",
            "https://notbit.ly/x",
            "https://t.co.evil.example/",
        ] {
            assert!(!is(url), "{url}");
        }
    }
}
