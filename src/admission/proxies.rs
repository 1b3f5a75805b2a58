//! Proxies: hosts whose pages speak for others, such as Bridgy's, which brings what people write about an entry at
//! Mastodon or Bluesky as webmentions. Pure.
//!
//! One such host sends for thousands of people. So it has a rate limit of its own, and the publisher of its page is the
//! author that the page names. An approval is of that author, never of the host. On any other host the name of an author
//! is a claim that anybody could make.

use serde_json::Value;
use url::Url;

use super::publisher::{Publisher, host_of};
use crate::config::Config;
use crate::store::Record;
use crate::urls::is_below;

/// The key in the record of a webmention that was checked on a proxy: the publisher that its author is, or nothing if
/// the page names no author that can be approved.
pub(crate) const AUTHOR: &str = "publisher";

/// Whether a page is on a proxy. Hosts below it are others.
pub fn is_proxy(config: &Config, url: &Url) -> bool {
    is_among(&config.proxies, url)
}

/// The same of a list of proxies.
pub(crate) fn is_among(proxies: &[String], url: &Url) -> bool {
    host_of(url).is_some_and(|host| proxies.contains(&host))
}

/// The author's publisher, by the author's URLs on a proxy's page and the permalink that it states. `None` if it may not
/// be approved: one on a proxy would be everybody, and the owner's site speaks for itself.
///
/// Of several URLs most come from the author's profile, where anybody can write any URL. So the one beside the post
/// counts, otherwise the first that is a part of a host.
pub(crate) fn author_of(config: &Config, urls: &[Url], post: Option<&Url>) -> Option<Publisher> {
    let is_beside = |url: &&Url| post.is_some_and(|post| post.host() == url.host());
    let is_part = |url: &&Url| Publisher::of_author(url).is_some_and(|who| !who.is_host());
    let url = match urls {
        [url] => url,
        urls => {
            let mut all = urls.iter();
            let beside = urls.iter().find(is_beside);
            beside.or_else(|| all.find(is_part))?
        }
    };
    let is_own = config.site.iter().any(|site| is_below(url, site));
    Publisher::of_author(url).filter(|_| !is_own && !is_proxy(config, url))
}

/// Who publishes the page of a record: what an approval of the record approves.
pub fn publisher_of(config: &Config, record: &Record) -> Option<Publisher> {
    let url = Url::parse(&record.url).ok()?;
    match is_proxy(config, &url) {
        true => Publisher::parse(noted_author(record)?),
        false => Publisher::of(&url),
    }
}

/// The publisher noted when the record's page was checked on a proxy.
pub(crate) fn noted_author(record: &Record) -> Option<&str> {
    record.rest.get(AUTHOR).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::{Timestamp, ToSpan};

    use super::*;
    use crate::admission::throttle::{self, Passage};
    use crate::store::Store;

    fn config() -> Config {
        let text = b"base_url = \"https://blog.example/tb.cgi\"\ndata_dir = \"/x\"\n";
        Config::read(Path::new("/x/tb.toml"), text, |_| None).unwrap()
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_the_host_itself_is_a_proxy() {
        for good in [
            "https://brid.gy/like/mastodon/@me@a.example/1/2",
            "http://FED.brid.gy/x",
            "https://www.brid.gy./",
        ] {
            assert!(is_proxy(&config(), &url(good)), "{good}");
        }
        for bad in [
            "https://brid.gy.evil.example/like/1",
            "https://evil.brid.gy/",
            "https://brid.gy:8443/",
            "https://brid.gy@evil.example/",
            "https://evil.example/brid.gy/",
            "https://xbrid.gy/",
            "https://brid-gy.example/",
        ] {
            assert!(!is_proxy(&config(), &url(bad)), "{bad}");
        }
    }

    #[test]
    fn an_author_is_a_host_and_the_first_part_of_its_path() {
        for (urls, post, expected) in [
            (&["https://a.example/@ann"][..], "", "a.example/@ann/"),
            (&["https://a.example/ann/2026/"], "", "a.example/ann/"),
            (
                &["https://bsky.app/profile/ann.example"],
                "",
                "bsky.app/profile/ann.example/",
            ),
            (&["https://ann.example/"], "", "ann.example/"),
            // Profiles name any page.
            (
                &["https://friend.example/", "https://a.example/@mallory"],
                "",
                "a.example/@mallory/",
            ),
            (
                &["https://friend.example/~ann/", "https://a.example/@mallory"],
                "https://a.example/@mallory/1",
                "a.example/@mallory/",
            ),
            (&["https://friend.example/", "https://two.example/"], "", ""),
            (&[], "", ""),
            // These would be everybody, or the owner.
            (&["https://brid.gy/"], "", ""),
            (&["https://fed.brid.gy/web/ann.example"], "", ""),
            (&["https://blog.example/about"], "", ""),
        ] {
            let urls: Vec<Url> = urls.iter().map(|text| url(text)).collect();
            let author = author_of(&config(), &urls, Url::parse(post).ok().as_ref());
            let author = author.map(|author| author.to_string()).unwrap_or_default();
            assert_eq!(author, expected, "{urls:?}");
            let parsed = Publisher::parse(&author).map(|author| author.to_string());
            assert_eq!(parsed.unwrap_or_default(), expected);
        }
        let all_of_it = Publisher::of(&url("https://friendica.example/ann")).unwrap();
        assert_ne!(
            Publisher::of_author(&url("https://friendica.example/ann")),
            Some(all_of_it)
        );
    }

    #[test]
    fn of_one_proxy_600_are_taken_at_once_and_the_next_waits() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let take = |host: &str, now| {
            let source = url(&format!("https://{host}/like/1"));
            throttle::check_proxy_rate(&config(), &store, (None, &source), now).unwrap()
        };
        for number in 0..600 {
            assert_eq!(take("brid.gy", now), Passage::Free, "{number}");
        }
        for again in ["brid.gy", "www.brid.gy", "brid.gy."] {
            assert!(matches!(take(again, now), Passage::Refused(_)), "{again}");
        }
        assert_eq!(take("fed.brid.gy", now), Passage::Free);
        assert_eq!(take("brid.gy", now + 6.seconds()), Passage::Free);
        // Others cannot use it up.
        let other = url("https://other.brid.gy/");
        let id = crate::linkback::trackback::TbId::new(b"cats").unwrap();
        throttle::check_rate(&config(), &store, (None, &other, &id), now).unwrap();
        assert_eq!(take("fed.brid.gy", now), Passage::Free);
    }
}
