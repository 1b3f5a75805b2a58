//! Verification under web servers, each of which starts and ends programs in its own way.

use crate::support::blog::{Blog, Script};
use crate::support::live::{Host, for_each_host};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::verification::*;
use crate::support::xml::assert_accepted;

#[test]
fn the_owners_next_view_takes_up_what_was_left() {
    let live = live(Host::Web(Kind::ApachePrefork));
    let mut owner = live.owner();
    // A worker that was killed, or a host that allows none: the ping waits and nobody looks.
    let blog = Blog::start_at([127, 0, 13, 3], [("/", linking())]);
    let line = format!(
        "{{\"op\":\"ping\",\"id\":1,\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"A title\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
        blog.url("/")
    );
    let file = live.site.data_dir().join("entry.jsonl");
    crate::support::write(&file, &line);
    crate::support::set_mode(&file, 0o600);
    live.list("entry");
    assert_eq!(blog.requests().len(), 0, "a stranger starts nothing");
    owner.get("__mode=list&tb_id=entry").expect(200);
    becomes(&live, "entry", "held unknown-domain");
}

/// What a stranger can send in one minute, against a site with a friend.
mod under_attack {
    use super::*;

    for_each_host! {
        [
            apache: Host::Web(Kind::ApacheEvent),
            serve: Host::Serve,
        ]
        f1_hostile_pings_leave_the_site_working_and_the_friend_published
    }

    fn f1_hostile_pings_leave_the_site_working_and_the_friend_published(host: Host) {
        let live = live(host);
        let friend = Blog::start_at([127, 0, 14, 1], [("/", linking())]);
        live.site.tb(&["domains", "add", "127.0.14.1"]);
        assert_accepted(&live.send(&Request::ping("entry", &friend.url("/"))));
        becomes(&live, "entry", "published verified");

        // A domain that is gone, and pages that would need gigabytes, one of which never ends.
        assert_accepted(&live.send(&Request::ping("dead", "http://dead.invalid/1")));
        let base = format!("<base href='http://x.example/{}/'>", "x".repeat(780_000));
        let bomb = base + &"<a href=1>".repeat(20_000);
        let bomber = Blog::start_at(
            [127, 0, 14, 2],
            [("/", Script::html(&bomb)), ("/silent", Script::Silent)],
        );
        assert_accepted(&live.send(&Request::ping("bomb", &bomber.url("/"))));
        assert_accepted(&live.send(&Request::ping("silent", &bomber.url("/silent"))));
        // Junk in the friend's name.
        let junk = Request::post(&[
            ("url", &friend.url("/")),
            ("title", "Cheap pills"),
            (
                "excerpt",
                "casino viagra <a href='http://spam.example/'>here</a>",
            ),
        ]);
        live.send(&junk.path("/entry"));

        // A new page of the friend's is published, and the old one stands as it was.
        let text = format!("<h1>A title</h1><p>Once more <a href='{SITE}dogs'>that</a>.</p>");
        friend.play("/again", Script::html(&text));
        assert_accepted(&live.send(&Request::ping("again", &friend.url("/again"))));
        becomes(&live, "again", "published verified");
        becomes(&live, "bomb", "junk no-link");
        let dead = state(&live.site, "dead", 1);
        assert!(dead.starts_with("held "), "{dead}");
        assert_eq!(state(&live.site, "entry", 1), "published verified");
        let list = live.list("entry");
        assert!(
            list.contains("A title") && !list.contains("pills"),
            "{list}"
        );
        assert_eq!(list.matches("class=\"ping\"").count(), 1, "{list}");
    }
}

/// The other servers, which start and end programs in their own ways.
mod elsewhere {
    use super::*;

    for_each_host! {
        [
            lighttpd: Host::Web(Kind::Lighttpd),
            nginx: Host::Web(Kind::Nginx),
            caddy: Host::Web(Kind::Caddy),
            busybox: Host::Web(Kind::Busybox),
            python: Host::Web(Kind::Python),
        ]
        a_ping_is_verified_in_the_background
    }

    fn a_ping_is_verified_in_the_background(host: Host) {
        let live = live(host);
        let blog = Blog::start_at([127, 0, 13, 5], [("/", linking())]);
        assert_accepted(&live.send(&Request::ping("entry", &blog.url("/"))));
        becomes(&live, "entry", "held unknown-domain");
    }
}
