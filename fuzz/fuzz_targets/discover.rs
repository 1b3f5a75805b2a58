//! URL asked for 0x1F URL that answered 0x1F `Content-Type` 0x1F page: the ping URLs in it.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use tb::linkback::discover::{arxiv_page, discover, rsd};
use tb::linkback::trackback::Ping;
use tb_fuzz::{check_line, fields, present, words};
use url::Url;

const PAGE: &str = "https://blog.example/entries/1";

fuzz_target!(|input: &[u8]| {
    let [requested, fetched, content_type, page] = fields(input);
    let url = |raw| Url::parse(&words(raw)).unwrap_or_else(|_| Url::parse(PAGE).expect("a URL"));
    let (requested, fetched) = (url(requested), url(fetched));
    let content_type = present(content_type).map(words);
    let discovery = discover(page, content_type.as_deref(), &requested, &fetched);
    let mut seen = HashSet::new();
    for found in discovery.found.iter().chain(&discovery.others) {
        check_ping_url(&found.ping_url);
        assert!(seen.insert(&found.ping_url), "{} twice", found.ping_url);
        assert!(found.identifier.as_ref().is_none_or(is_plain));
        if let Some(title) = &found.title {
            assert!(!title.is_empty());
            check_line(title, Ping::MAX_TITLE);
        }
    }
    assert!(discovery.found.is_sorted_by_key(|found| found.source));
    assert!(discovery.rsd.as_ref().is_none_or(is_plain));
    if let Some(found) = rsd(page, &fetched) {
        check_ping_url(&found);
    }
    for link in [&requested, &fetched] {
        if let Some(abstract_page) = arxiv_page(link) {
            assert!(abstract_page.as_str().starts_with("https://arxiv.org/abs/"));
            assert_eq!(arxiv_page(&abstract_page), Some(abstract_page));
        }
    }
});

fn check_ping_url(url: &Url) {
    assert!(is_plain(url), "{url}");
    assert!(
        url.fragment().is_none() && url.as_str().len() <= Ping::MAX_URL,
        "{url}"
    );
}

/// What may be dialled: http or https, a host, no user name.
fn is_plain(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
}
