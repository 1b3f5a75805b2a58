//! Published pings whose pages have changed since: what a first ping from there would not get, they do not get either.

use super::decided::mention;
use super::vouched::known;
use super::*;

/// A page with these words around a link.
fn saying(title: &str, rel: &str) -> Script {
    Script::html(&format!(
        "<title>{title}</title><article class=h-entry><h1 class=p-name>{title}</h1>
        <div class=e-content>I read <a rel='{rel}' href='{SITE}cats'>this</a>.</div></article>"
    ))
}

#[test]
fn f3_a_redirect_to_an_unknown_host_that_appears_later_waits_for_the_owner() {
    let (site, friend) = known();
    let evil = Blog::start_at([127, 0, 15, 6], [("/", linking())]);
    let second = Blog::start_at([127, 0, 15, 7], [("/", linking())]);
    site.tb(&["domains", "add", "127.0.15.7"]);
    evil.play("/back", Script::redirect(302, &friend.url("/new")));
    evil.play("/short", Script::redirect(302, &format!("{SITE}cats")));
    friend.play("/new", linking());
    let held = "held unknown-domain: 127.0.15.6";
    let published = "published verified";
    let refresh = format!(
        "<meta http-equiv=refresh content='0;url={}'><h1>A title</h1>",
        evil.url("/")
    );
    let by_link = format!("<h1>A title</h1><a href='{}'>x</a>", evil.url("/short"));
    let cases = [
        (Script::redirect(302, &evil.url("/")), held),
        (Script::redirect(301, &evil.url("/back")), held),
        (Script::html(&refresh), held),
        (Script::html(&by_link), held),
        (Script::redirect(301, &friend.url("/new")), published),
        (Script::redirect(301, &second.url("/")), published),
    ];
    for (number, (script, expected)) in cases.into_iter().enumerate() {
        let path = format!("/{number}");
        let (own, owners) = (format!("own-{number}"), format!("owners-{number}"));
        friend.play(&path, linking());
        for id in [&own, &owners] {
            ping(&site, id, &friend.url(&path));
        }
        look(&site);
        site.tb(&["hold", &owners, "1"]);
        site.tb(&["approve", &owners, "1"]);
        friend.play(&path, script);
        site.tb(&["verify", "--all", "--wait"]);
        assert_eq!(state(&site, &own, 1), expected, "{own}");
        assert_eq!(state(&site, &owners, 1), "published owner", "{owners}");
        // Back again.
        friend.play(&path, linking());
        site.tb(&["verify", "--all", "--wait"]);
        assert_eq!(state(&site, &own, 1), published, "{own}");
    }
    // Taking back the approval of a host unpublishes nothing.
    site.tb(&["domains", "remove", "127.0.15.1"]);
    site.tb(&["verify", "--all", "--wait"]);
    assert_eq!(state(&site, "own-0", 1), published);
}

#[test]
fn f3_f4_a_published_webmention_that_is_sent_again_is_judged_by_what_its_page_has_become() {
    let evil = Blog::start_at([127, 0, 15, 8], [("/", saying("A title", ""))]);
    for (script, expected) in [
        (Script::redirect(302, &evil.url("/")), "held unknown-domain"),
        (saying("Cheap pills", "ugc nofollow"), "held unvouched-link"),
        (saying("Another title", ""), "published verified-entry"),
        (saying("A title", "nofollow"), "published verified-entry"),
    ] {
        let (mut site, friend) = known();
        site.set("protocols", "[\"trackback\", \"webmention\"]");
        friend.play("/post", saying("A title", ""));
        mention(&site, &friend.url("/post"));
        look(&site);
        assert_eq!(state(&site, "cats", 1), "published verified-entry");
        friend.play("/post", script);
        ten_minutes_later(&site);
        mention(&site, &friend.url("/post"));
        look(&site);
        assert_eq!(reason(&site, "cats", 1), expected);
        if expected.starts_with("held") {
            friend.play("/post", saying("A title", ""));
            site.tb(&["verify", "--all", "--wait"]);
            assert_eq!(state(&site, "cats", 1), "published verified-entry");
        }
    }
}
