//! Real senders of webmentions deliver one over HTTP, and it is shown once its page was read.

use crate::support::blog::Script;
use crate::support::indieweb::python;
use crate::support::site::{BASE, Site};
use crate::support::verification::{look, peer, state};

/// Finds the endpoint on the target, and sends: `ronkyuu` of PyPI.
const RONKYUU: &str = "import sys, ronkyuu
source, target = sys.argv[1:]
endpoint = ronkyuu.discoverEndpoint(target, test_urls=False)[1]
print(ronkyuu.sendWebmention(source, target, endpoint, test_urls=False).status_code)";

/// The same by `webmention-tools` of PyPI, which files every status but exactly 200 under errors.
const WEBMENTION_TOOLS: &str = "import sys
from webmentiontools.send import WebmentionSend
sender = WebmentionSend(*sys.argv[1:])
sender.send()
print((sender.error or sender.response)['http_status'])";

#[test]
fn two_real_senders_deliver_a_webmention() {
    let entries = peer(60, Script::html(""));
    let mut site = Site::new();
    site.set("protocols", "[\"trackback\", \"webmention\"]");
    site.set("publish", "\"verified\"");
    site.set("site", &format!("[\"{}\"]", entries.url("/")));
    let serving = site.serve();
    // With a mode, and without one.
    for (number, (script, query)) in [(RONKYUU, "?__mode=webmention"), (WEBMENTION_TOOLS, "")]
        .into_iter()
        .enumerate()
    {
        let endpoint = format!("http://127.0.0.1:{}{BASE}{query}", serving.port);
        let page = format!("<html><head><link rel='webmention' href='{endpoint}'></head><p>Cats.");
        entries.play("/cats", Script::html(&page));
        let target = entries.url("/cats");
        let text = format!(
            "<div class=h-entry><b class=p-name>Mine</b> <a href='{target}'>yours</a></div>"
        );
        let sender = peer(u8::try_from(number).unwrap() + 61, Script::html(&text));
        let status = python(script, &[&sender.url("/"), &target], "");
        assert_eq!(status.trim(), "201");
        look(&site);
        assert_eq!(state(&site, "cats", number + 1), "published verified-entry");
    }
}
