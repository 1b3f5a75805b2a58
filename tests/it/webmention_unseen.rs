//! Webmentions whose page links to the target only where readers see no link, as responses in microformats often do.

use serde_json::json;

use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::verification::{look, peer, reason};
use crate::webmention::{accepted, receiver, target};
use crate::webmention_trust::last_ping;

#[test]
fn a_response_that_no_reader_sees_is_held_with_what_its_page_says() {
    for publish in ["verified", "all", "none"] {
        let site = receiver(publish);
        let text = format!(
            "<title>A like</title><div class=h-entry><a class=u-like-of href='{}'></a>
            <div class='u-author h-card'><a class='u-url p-name' href=/me>Ann</a></div>
            <time class=dt-published datetime='2026-11-20 10:00'></time>
            <div class=e-content><p>Good.</p><p>Cats.</p></div></div>",
            target()
        );
        let blog: Blog = peer(243, Script::html(&text));
        accepted(&|request| site.cgi(request), &blog.url("/"), &target());
        look(&site);
        assert_eq!(reason(&site, "cats", 1), "held hidden-link");
        assert_eq!(blog.requests().len(), 1);
        let ping = last_ping(&site);
        assert_eq!(ping["kind"], "like");
        assert_eq!(
            ping["author"],
            json!({"name": "Ann", "url": blog.url("/me")})
        );
        assert_eq!(ping["excerpt"], "Good. Cats.");
        assert_eq!(ping["date"], "2026-11-20T10:00:00Z");
        assert_eq!(ping["result"], "verified");
        assert_eq!(ping["target"], target());
        assert_eq!(ping.get("link"), None);
        // The owner decides; the page is judged as every other is.
        site.tb(&["publish", "cats", "1"]);
        assert_eq!(last_ping(&site)["kind"], "like");
    }
    let site = receiver("verified");
    let bare: Blog = peer(
        242,
        Script::html(&format!("<a class=u-like-of href='{}'></a>", target())),
    );
    site.tb(&["ban", "casino", "--word"]);
    let banned: Blog = peer(
        241,
        Script::html(&format!(
            "<title>Casino</title><p class=h-entry><a class=u-like-of href='{}'></a></p>",
            target()
        )),
    );
    for blog in [&bare, &banned] {
        accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    }
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "held hidden-link");
    assert_eq!(reason(&site, "cats", 2), "junk banned-word");
}

#[test]
fn a_webmention_that_no_reader_sees_takes_nothing_from_a_ping_of_the_page() {
    let site = receiver("verified");
    let hidden = format!(
        "<title>A title</title><p class=h-entry><a class=u-like-of href='{}'></a></p>",
        target()
    );
    let blog: Blog = peer(240, Script::html(&hidden));
    site.cgi(&Request::ping("cats", &blog.url("/")));
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    look(&site);
    let ping = last_ping(&site);
    assert_eq!(ping["via"], "trackback");
    assert_eq!(ping.get("kind"), None);
}
