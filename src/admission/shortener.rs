//! Hosts and addresses that only redirect: public URL shorteners, and what counts clicks. Pure.

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

/// Further hosts whose pages are anybody's: the target stands in the URL, or its owner can change it later. Those with a
/// dot before them are meant with all hosts below.
const REDIRECTORS: [&str; 28] = [
    "away.vk.com",
    "baidu.com",
    "bing.com",
    "doi.org",
    "duckduckgo.com",
    "dx.doi.org",
    "exit.sc",
    "feedproxy.google.com",
    "feeds.feedburner.com",
    "feeds2.feedburner.com",
    "google.com",
    "hdl.handle.net",
    "href.li",
    "l.facebook.com",
    "l.instagram.com",
    "l.threads.com",
    "l.threads.net",
    "lm.facebook.com",
    "news.google.com",
    "out.reddit.com",
    "protect.checkpoint.com",
    "purl.org",
    "r.search.yahoo.com",
    "slack-redir.net",
    "urldefense.com",
    "w3id.org",
    ".safelinks.protection.outlook.com",
    ".urldefense.proofpoint.com",
];

/// Whether a URL is of a host that only redirects, so that its address does not say whose the page is.
pub(crate) fn is_redirector(url: &Url) -> bool {
    let host = bare_host(url);
    let below = |end: &str| end.starts_with('.') && host.ends_with(end);
    let is_one = |known: &str| host == known.trim_start_matches('.') || below(known);
    is_shortener(url) || REDIRECTORS.into_iter().any(is_one)
}

/// Whether a URL is a short link of a public shortener.
pub(crate) fn is_shortener(url: &Url) -> bool {
    url.port().is_none() && SHORTENERS.contains(&bare_host(url))
}

/// Names of folders and programs of a site that redirect to pages of others, as those that count clicks (Pretty Links,
/// ThirstyAffiliates, phpBB).
const EXITS: [&str; 19] = [
    "away",
    "click",
    "exit",
    "ext",
    "external",
    "go",
    "goto",
    "jump",
    "leave",
    "link",
    "out",
    "outbound",
    "outgoing",
    "r",
    "recommends",
    "redir",
    "redirect",
    "refer",
    "visit",
];

/// Names of fields of a query that name the page to go to.
const EXIT_FIELDS: [&str; 10] = [
    "dest",
    "destination",
    "exit",
    "go",
    "goto",
    "link",
    "out",
    "redirect",
    "to",
    "url",
];

/// Whether a URL looks like one that only redirects to pages of others.
pub(crate) fn is_exit(url: &Url) -> bool {
    let is_exit = |folder: &str| {
        let name = folder.split('.').next().unwrap_or_default();
        EXITS.contains(&name.to_ascii_lowercase().as_str())
    };
    let names_page = || {
        let mut fields = url.query_pairs();
        fields.any(|(name, value)| !value.is_empty() && EXIT_FIELDS.contains(&name.as_ref()))
    };
    let (folders, last) = url.path().rsplit_once('/').unwrap_or_default();
    let has_more = !last.is_empty() && folders.split('/').any(is_exit);
    has_more || is_exit(last) && url.query().is_some() || names_page()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_redirect_to_others_are_told_from_pages() {
        for path in [
            "/go/hello",
            "/recommends/cats-book",
            "/?goto=abc",
            "/out.php?url=https%3A%2F%2Fblog.example%2F",
            "/cgi-bin/mt-redirect/redir.cgi?id=7",
            "/forum/redirect.php?f=1",
            "/exit/12/cats",
        ] {
            let url = Url::parse("https://weblog.example").unwrap();
            assert!(is_exit(&url.join(path).unwrap()), "{path}");
        }
        for path in [
            "/",
            "/go/",
            "/posts/go",
            "/out",
            "/?p=7",
            "/tag/links",
            "/gone/x",
        ] {
            let url = Url::parse("https://weblog.example").unwrap();
            assert!(!is_exit(&url.join(path).unwrap()), "{path}");
        }
    }

    #[test]
    fn whose_a_page_is_that_a_host_redirects_to_is_not_known() {
        for url in [
            "https://t.co/x",
            "https://www.google.com/url?q=https://a.example/",
            "https://eur01.safelinks.protection.outlook.com/?url=x",
            "https://feeds.feedburner.com/~r/name/~3/x/",
            "https://purl.org/name/x",
        ] {
            assert!(is_redirector(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "https://sites.google.com/view/ann",
            "https://outlook.com/",
            "https://evildoi.org/",
            "https://xsafelinks.protection.outlook.com/",
            "https://google.com.evil.example/",
        ] {
            assert!(!is_redirector(&Url::parse(url).unwrap()), "{url}");
        }
    }

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
