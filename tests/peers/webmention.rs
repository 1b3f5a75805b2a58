//! Where others find the endpoint of the same pages: `ronkyuu` and `webmention-tools`, two senders of PyPI.

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::indieweb::python;
use crate::support::shell::Site;

/// Prints what both find at each URL that it reads.
pub(crate) const FIND: &str = "
import json, sys, ronkyuu
from webmentiontools.send import WebmentionSend
for url in sys.stdin.read().split():
    one = ronkyuu.discoverEndpoint(url, test_urls=False)[1]
    sender = WebmentionSend('https://me.example/1', url)
    sender.requests_kwargs = {}
    sender._discoverEndpoint()
    print(json.dumps([one, sender.receiver_endpoint]))
";

#[test]
fn an_endpoint_is_found_where_other_senders_find_it() {
    let blog = Blog::start_at([127, 0, 0, 2], []);
    let page = |header: &str, body: &str| {
        let mut headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
        if !header.is_empty() {
            headers.push(("Link".to_owned(), header.to_owned()));
        }
        Script::Respond {
            status: 200,
            headers,
            body: format!("<html><head></head><body>{body}</body></html>").into_bytes(),
        }
    };
    let absolute = blog.url("/wm");
    let pages = [
        ("</wm>; rel=webmention".to_owned(), String::new()),
        (format!("<{absolute}>; rel=\"webmention\""), String::new()),
        (
            format!("<{absolute}>; rel=\"webmention other\""),
            String::new(),
        ),
        (String::new(), "<link rel=webmention href=/wm>".to_owned()),
        (
            String::new(),
            format!("<a rel=webmention href='{absolute}'>x</a>"),
        ),
        (
            String::new(),
            "<a rel='nofollow webmention' href='/wm?a=1'>x</a>".to_owned(),
        ),
        (
            String::new(),
            "<!-- <link rel=webmention href=/no> --><a rel=webmention href=/wm>x</a>".to_owned(),
        ),
        (
            String::new(),
            "<link rel=not-webmention href=/no><link rel=webmention href=/wm>".to_owned(),
        ),
        (String::new(), "<p>nothing".to_owned()),
    ];
    let mut urls = Vec::new();
    for (number, (header, body)) in pages.iter().enumerate() {
        let path = format!("/{number}");
        blog.play(&path, page(header, body));
        urls.push(blog.url(&path));
    }
    let out = python(FIND, &[], &urls.join("\n"));
    let site = Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
    for (url, line) in urls.iter().zip(out.lines()) {
        let ran = site.tb(&["discover", url, "--json"]);
        let own: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
        let others: Vec<Value> = serde_json::from_str(line).unwrap();
        println!("{url}: {} {others:?}", own["webmention"]);
        assert!(
            others.contains(&own["webmention"]),
            "{url}: {own} {others:?}"
        );
    }
}
