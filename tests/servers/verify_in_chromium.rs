//! The owner's part in a real browser, behind Apache and as `tb serve`: one approval, and the weblog is known.

use crate::support::blog::{Blog, Script};
use crate::support::browser::Browser;
use crate::support::live::{Host, for_each_host};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::site::PASSWORD;
use crate::support::verification::*;
use crate::support::xml::assert_accepted;

for_each_host! {
    [
        apache: Host::Web(Kind::ApacheEvent),
        tb_serve: Host::Serve,
    ]
    what_is_approved_once_is_published_by_itself_and_goes_with_its_link
}

fn what_is_approved_once_is_published_by_itself_and_goes_with_its_link(host: Host) {
    let live = live(host);
    let blog = Blog::start_at([127, 0, 13, 9], [("/1", linking()), ("/2", linking())]);
    assert_accepted(&live.send(&Request::ping("entry", &blog.url("/1"))));
    becomes(&live, "entry", "held unknown-domain");
    let browser = Browser::acquire();
    let base = live.site.base_url();
    browser.open(&format!("{base}?__mode=login"));
    browser.keys(&browser.find("input[type=password]"), PASSWORD);
    browser.click_through(&browser.find("button.main"));
    assert!(
        browser.url().contains("__mode=moderate"),
        "what waits comes first: {}",
        browser.url()
    );
    let text = browser.text();
    assert!(text.contains("you have not approved its host"), "{text}");
    browser.keys(&browser.find("input[type=checkbox][value='entry/1']"), " ");
    browser.click_through(&browser.find(".bar button[value=approve]"));
    assert!(browser.text().contains(": published"), "{}", browser.text());
    assert!(live.list("entry").contains(&blog.url("/1")));
    assert_accepted(&live.send(&Request::ping("next", &blog.url("/2"))));
    becomes(&live, "next", "published verified");
    browser.open(&format!("{base}?__mode=list&tb_id=next"));
    assert!(
        !browser
            .find_all(&format!("a[href=\"{}\"]", blog.url("/2")))
            .is_empty()
    );
    blog.play("/2", Script::html("It is gone."));
    live.site.tb(&["verify", "--all", "--wait"]);
    // Once may be maintenance: it goes at the third look, a week after the first.
    assert!(live.list("next").contains(&blog.url("/2")));
    let week_ago =
        "\"gone\":2,\"next\":\"2026-01-01T00:00:00Z\",\"since\":\"2026-01-01T00:00:00Z\"";
    set_queued(&live.site, ("next", 1), week_ago);
    live.site.tb(&["verify", "--wait"]);
    browser.open(&format!("{base}?__mode=list&tb_id=entry"));
    assert!(!live.list("next").contains(&blog.url("/2")));
    assert!(!live.page("/tb/next.xml").text().contains(&blog.url("/2")));
    assert!(live.list("entry").contains(&blog.url("/1")));
    browser.assert_quiet();
}
