//! `tb snippet` through the generators that it writes for: the pages that they make are found by our own discovery and
//! lead to the list and the count, whatever the entry's title is.

mod built;
mod live;
mod page;

use std::path::Path;

use crate::generators::{TITLE, write};
use crate::support::browser::Browser;
use crate::support::http;
use crate::support::live::{Host, Live};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::site::{BASE, Serving, Site};
use crate::support::xml::assert_accepted;

use page::{Counted, Page};

/// Ids of an entry: its name, and one that needs care inside a comment, which it is given.
const IDS: [&str; 2] = ["my-entry", "a--my---entry"];

/// An installation that runs and has one ping, and a folder for a weblog.
struct Weblog {
    site: Site,
    serving: Serving,
    folder: tempfile::TempDir,
}

impl Weblog {
    fn new() -> Weblog {
        Weblog::with_ping_for(IDS[0])
    }

    fn with_ping_for(id: &str) -> Weblog {
        let mut site = Site::new();
        site.set("site", "[\"https://blog.example/\"]");
        let serving = site.serve();
        let ping = Request::ping(id, "http://weblog.example/1");
        assert_accepted(&http::send(serving.port, BASE, &ping));
        Weblog {
            site,
            serving,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn snippet(&self, generator: &str, part: &str) -> String {
        self.site.tb(&["snippet", generator, "--part", part])
    }

    /// Writes a part as a file of the weblog's folder.
    fn put(&self, generator: &str, part: &str, name: &str) {
        write(self.folder(), name, &self.snippet(generator, part));
    }

    /// That a page which the generator has made is found, with `count` in it.
    fn assert_found(&self, html: &[u8], permalink: &str, [id, title]: [&str; 2], count: Counted) {
        let page = Page::read(html, permalink);
        page.assert_found(&self.site.base_url(), id, title, count);
    }

    /// The same, for a page that has the list itself.
    fn assert_listed(&self, html: &[u8], permalink: &str, [id, title]: [&str; 2], count: Counted) {
        self.assert_found(html, permalink, [id, title], count);
        Page::read(html, permalink).assert_lists(&self.site.base_url(), id);
    }

    fn made(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder().join(name)).unwrap()
    }
}

#[test]
fn a_page_written_by_hand_is_found() {
    let weblog = Weblog::new();
    let all = weblog.site.tb(&[
        "snippet",
        "html",
        "--id",
        "my-entry",
        "--url",
        "https://blog.example/?a=1&b=--2",
        "--title",
        TITLE,
    ]);
    // The program names ids as it keeps them.
    let permalink = "https://blog.example/?a=1&b=--2";
    weblog.assert_found(
        all.as_bytes(),
        permalink,
        ["my_entry", TITLE],
        Counted::ByScript,
    );
    let bare = weblog.site.tb(&["snippet", "html"]);
    assert!(
        bare.contains("rdf:about=\"https://blog.example/my-entry\""),
        "{bare}"
    );
}

#[test]
fn the_script_fills_in_the_count_of_every_entry_on_a_page() {
    let live = Live::start(Host::Web(Kind::ApacheEvent));
    for id in ["first", "last"] {
        assert_accepted(&live.send(&Request::ping(id, "http://weblog.example/1")));
    }
    let base = live.site.base_url();
    // More than one request may ask for.
    let between: String = (0..70)
        .map(|number| format!("<li><span data-trackback-count=\"none-{number}\"></span>"))
        .collect();
    let count = |id: &str| {
        let url = format!("https://blog.example/{id}");
        live.site.tb(&[
            "snippet", "html", "--part", "count", "--id", id, "--url", &url, "--title", "T",
        ])
    };
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>Entries</title><link rel=icon href=\"data:,\">{}{between}{}\
         <script src=\"{base}?__mode=js\" defer></script>",
        count("first"),
        count("last"),
    );
    write(&live.site.www(), "page.html", &page);
    let browser = Browser::acquire();
    browser.open(&base.replace("cgi-bin/tb.cgi", "page.html"));
    let all = "return [...document.querySelectorAll('[data-trackback-count]')].map((e) => e.textContent).join('')";
    let expected = format!("1{}1", "0".repeat(70));
    let shown = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        browser.script(all) == expected
    });
    assert!(shown, "{}", browser.script(all));
    browser.assert_quiet();
}
