//! Held pings that are sent again, after a flood or after their page was mended, are judged anew.

use super::vouched::known;
use super::*;

#[test]
fn d1_a_page_that_is_mended_publishes_its_ping_when_it_pings_again() {
    let (site, friend) = known();
    let mended = format!("<h1>A title</h1><a href='{SITE}cats'>cats</a>");
    let cases = [
        (
            "unvouched",
            format!("<h1>A title</h1><a rel=nofollow href='{SITE}cats'>cats</a>"),
            "held unvouched-link",
        ),
        (
            "titled",
            format!("<h1>Quite another</h1><a href='{SITE}cats'>cats</a>"),
            "held other-title",
        ),
    ];
    for (id, before, held) in cases {
        let path = format!("/{id}");
        friend.play(&path, Script::html(&before));
        ping(&site, id, &friend.url(&path));
        look(&site);
        assert_eq!(state(&site, id, 1), held);
        ping(&site, id, &friend.url(&path));
        look(&site);
        assert_eq!(state(&site, id, 1), held, "the page is as before");
        friend.play(&path, Script::html(&mended));
        ping(&site, id, &friend.url(&path));
        look(&site);
        assert_eq!(state(&site, id, 1), "published verified");
    }
}

#[test]
fn f8_a_friends_ping_that_came_in_a_flood_is_judged_as_any_other() {
    let page = format!("<h1>A title</h1><a href='{SITE}cats'>cats</a>");
    for (publish, of_stranger) in [
        ("known", "held unknown-domain: 127.0.15.3"),
        ("verified", "held flood"),
    ] {
        let (mut site, friend) = known();
        let stranger = Blog::start_at([127, 0, 15, 3], []);
        site.set("publish", &format!("\"{publish}\""));
        site.set("throttle", "\"on\"");
        site.set(
            "limits",
            "[\"new_ids 1\", \"prefix 50\", \"prefix_ids 50\"]",
        );
        for (id, blog, expected) in [
            ("friends", &friend, "published verified"),
            ("strangers", &stranger, of_stranger),
        ] {
            blog.play("/", Script::html(&page));
            // Whose page links here returns what it took of the limit.
            ping(&site, &format!("before-{id}"), "http://127.0.15.9:1/");
            ping(&site, id, &blog.url("/"));
            look(&site);
            let became = state(&site, id, 1);
            assert!(became.starts_with(expected), "{publish} {id}: {became}");
        }
        // Its id is known now, so the same ping is not over the limit.
        ping(&site, "strangers", &stranger.url("/"));
        look(&site);
        let becomes = match publish {
            "known" => of_stranger,
            _ => "published verified",
        };
        let became = state(&site, "strangers", 1);
        assert!(became.starts_with(becomes), "{publish}: {became}");
    }
}
