//! Permalink 0x1F title 0x1F ping URL: the block for a page, and back through discovery.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tb::linkback::discover::{DiscoverySource, discover};
use tb::linkback::trackback::{Ping, rdf};
use tb::text::{clean, crop};
use tb_fuzz::{check_xml, fields, words};
use url::Url;

fuzz_target!(|input: &[u8]| {
    let [identifier, title, ping_url] = fields(input).map(words);
    let block = rdf::block(&identifier, &title, &ping_url);
    let inside = block
        .strip_prefix("<!--\n")
        .and_then(|rest| rest.strip_suffix("-->\n"))
        .expect("it is one comment");
    assert!(!inside.contains("--") && !inside.starts_with('>') && !inside.ends_with('-'));
    check_xml(inside);
    let page = format!("<!DOCTYPE html><title>x</title><body>\n{block}</body></html>");
    let (Ok(entry), Ok(to)) = (Url::parse(&identifier), Url::parse(&ping_url)) else {
        return;
    };
    if !is_plain(&entry) || !is_plain(&to) || to.fragment().is_some() {
        return;
    }
    // A URL as a generator gives it, not as an author may mistype it.
    if entry.as_str() != identifier || to.as_str() != ping_url || ping_url.len() > Ping::MAX_URL {
        return;
    }
    let discovery = discover(
        page.as_bytes(),
        Some("text/html; charset=utf-8"),
        &entry,
        &entry,
    );
    let found = discovery.best().expect("our own block is found");
    assert_eq!(found.source, DiscoverySource::Rdf);
    assert_eq!(found.ping_url, to);
    assert_eq!(found.identifier.as_ref(), Some(&entry));
    let cleaned = clean(&title);
    let kept = crop(&cleaned, Ping::MAX_TITLE, "");
    assert_eq!(found.title.as_deref().unwrap_or_default(), kept);
});

fn is_plain(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
}
