//! The form to send a webmention by hand, in a real browser: by keyboard, to the status of the page.

use crate::support::blog::Script;
use crate::support::browser::Browser;
use crate::support::live::{Host, Live, for_each_host};
use crate::support::server::Kind;
use crate::support::verification::*;

const ENTER: &str = "\u{E007}";

for_each_host! {
    [
        apache: Host::Web(Kind::ApacheEvent),
        tb_serve: Host::Serve,
    ]
    r15_a_webmention_is_sent_by_hand_and_its_status_read
}

fn r15_a_webmention_is_sent_by_hand_and_its_status_read(host: Host) {
    let live = Live::start_with(host, |site| {
        set_up(site, "verified");
        site.set("protocols", "[\"webmention\"]");
    });
    let blog = peer(171, Script::html("<p>Nothing about it.</p>"));
    let target = format!("{SITE}cats");
    let form = format!("{}?__mode=webmention&target={target}", live.site.base_url());
    let browser = Browser::acquire();
    // Sends a page, and gives the text of the answer.
    let sent = |source: &str| {
        browser.open(&form);
        let value = browser.script("return document.getElementById('target').value");
        assert_eq!(value, target.as_str());
        let field = browser.find("#source");
        browser.lead_through(|| browser.keys(&field, &format!("{source}{ENTER}")));
        browser.text()
    };
    // The status URL is a link of the answer.
    let status = || {
        let link = browser.find("a[href*='key=']");
        browser.click_through(&link);
        browser.text()
    };
    let text = sent(&target);
    assert!(text.contains("the same page"), "{text}");
    // The browser notes the status 400.
    browser.console();
    let text = sent("http://127.0.10.172/?<script>alert(1)</script>");
    assert!(browser.find_all("a[href*='key=']").len() == 1, "{text}");
    sent(&blog.url("/"));
    look(&live.site);
    let text = status();
    assert!(text.contains("The page does not link"), "{text}");
    ten_minutes_later(&live.site);
    blog.play("/", linking());
    sent(&blog.url("/"));
    look(&live.site);
    let text = status();
    assert!(text.contains("The page links to"), "{text}");
    assert!(live.list("cats").contains(&blog.url("/")));
    // What can be no URL, the browser does not send.
    browser.open(&form);
    browser.keys(&browser.find("#source"), &format!("nonsense{ENTER}"));
    assert_eq!(browser.url(), form);
    browser.assert_quiet();
}
