//! One page under several URLs is one permalink, and its own URL goes before the others.

use super::vouched::{known, ping_with};
use super::*;

#[test]
fn variants_of_one_page_are_one_permalink() {
    let (site, friend) = known();
    let page = |text: &str| format!("<h1>A title</h1>{text} <a href='{SITE}cats'>cats</a>");
    friend.play("/post", Script::html(&page("One.")));
    ping(&site, "entry", &friend.url("/post"));
    look(&site);
    let variants = [
        "/post#x",
        "/post?x=1",
        "/post?utm_source=x",
        "/post?x=1#y",
        "/post?x[]=1&y",
        "/post?#",
        "/post/?x",
        "/POST?x=2",
    ];
    let query = |text: &str| text.split(['?', '#']).next().unwrap().to_owned();
    for variant in variants {
        friend.play(&query(variant), Script::html(&page("One.")));
        ping_with(
            &site,
            "entry",
            &friend.url(variant),
            ["A title", "Pills", "Pills"],
        );
    }
    look(&site);
    for (number, variant) in variants.into_iter().enumerate() {
        assert_eq!(
            state(&site, "entry", number + 2),
            "junk duplicate: 1",
            "{variant}: {}",
            std::fs::read_to_string(site.data_dir().join("entry.jsonl")).unwrap()
        );
    }
    // By what the page says that it is, whatever else changes on it.
    for (number, path) in ["/a", "/b"].into_iter().enumerate() {
        let canonical = format!("<link rel=canonical href='{}'>", friend.url("/a"));
        friend.play(
            path,
            Script::html(&format!("{canonical}{}", page(&format!("{number}")))),
        );
        ping(&site, "other", &friend.url(path));
        look(&site);
    }
    assert_eq!(state(&site, "other", 1), "published verified");
    assert_eq!(state(&site, "other", 2), "junk duplicate: 1");
    // What the owner has junked does not come back under another URL.
    site.tb(&["junk", "other", "1"]);
    friend.play(
        "/c",
        Script::html(&format!("<link rel=canonical href='/a'>{}", page("three"))),
    );
    ping(&site, "other", &friend.url("/c"));
    look(&site);
    assert_eq!(state(&site, "other", 3), "junk duplicate: 1");
}

#[test]
fn f4_more_behind_the_path_of_a_page_that_changes_with_each_request_is_no_other_page() {
    let (site, friend) = known();
    let page = |count: usize, canonical: &str| {
        Script::html(&format!(
            "<title>A title</title>{canonical}<h1>A title</h1><p>I read <a href='{SITE}cats'>cats</a> and slept.</p>\
             <p>Viewed {count} times, with {}</p>",
            "other words ".repeat(count * 20)
        ))
    };
    let variants = [
        "/post;x=1",
        "/post/amp",
        "/post/2",
        "/post/index.php/z",
        "/post.html",
        "/post%20",
        "/post%00",
        "/post/..%2fq",
        "/post?x=1",
        "/post,1",
        "/post(1)",
        "/post:1",
        "/post~",
    ];
    for (id, names_itself) in [("plain", false), ("canonical", true)] {
        let canonical = |path: &str| match names_itself {
            true => format!("<link rel=canonical href='{}'>", friend.url(path)),
            false => String::new(),
        };
        friend.play("/post", page(1, &canonical("/post")));
        ping(&site, id, &friend.url("/post"));
        look(&site);
        assert_eq!(state(&site, id, 1), "published verified");
        for (number, variant) in variants.into_iter().enumerate() {
            let played = variant.split('?').next().unwrap();
            friend.play(played, page(number + 2, &canonical(variant)));
            ping(&site, id, &friend.url(variant));
        }
        look(&site);
        for (number, variant) in variants.into_iter().enumerate() {
            // Servers differ about whose page a path with an encoded slash and dots is.
            let expected = match variant.contains("..") {
                true => "held unknown-domain: 127.0.15.1",
                false => "junk duplicate: 1",
            };
            assert_eq!(state(&site, id, number + 2), expected, "{id} {variant}");
        }
    }
    // Other posts of the friend's, though all have one title and the same sentence.
    for (number, path) in ["/post-2", "/post2", "/posts", "/another"]
        .into_iter()
        .enumerate()
    {
        friend.play(path, page(number + 3, ""));
        ping(&site, "others", &friend.url(path));
    }
    look(&site);
    for number in 1..=4 {
        assert_eq!(state(&site, "others", number), "published verified");
    }
    // The page's own permalink replaces what somebody else sent before.
    friend.play("/new/amp", page(1, ""));
    ping(&site, "later", &friend.url("/new/amp"));
    look(&site);
    friend.play("/new", page(2, ""));
    ping(&site, "later", &friend.url("/new"));
    look(&site);
    assert_eq!(state(&site, "later", 1), "junk duplicate: 2");
    assert_eq!(state(&site, "later", 2), "published verified");
}

#[test]
fn f4_another_path_of_a_page_that_changes_with_each_request_waits() {
    let (site, friend) = known();
    let page = |title: &str, text: &str, clock: usize| {
        Script::html(&format!(
            "<title>My weblog</title><h1>{title}</h1><p>I read <a href='{SITE}cats'>cats</a> {text}</p><p>It is {clock}</p>"
        ))
    };
    let cats = "the whole night long, and then went to sleep while it rained outside.";
    let dogs = "after I had met three dogs on a hill, which ran from the wind in the evening.";
    friend.play("/var", page("On cats", cats, 0));
    ping_with(&site, "entry", &friend.url("/var"), ["On cats", "", ""]);
    look(&site);
    let aliases = [
        "/Var",
        "/index.php/var",
        "/en/var",
        "/m/var",
        "/archives/var",
        "/node/12",
    ];
    for (clock, alias) in aliases.into_iter().enumerate() {
        friend.play(alias, page("On cats", cats, clock + 1));
        ping_with(&site, "entry", &friend.url(alias), ["On cats", "", ""]);
    }
    // Another post on the same entry, on a weblog whose pages all have its title.
    friend.play("/dogs", page("On dogs", dogs, 99));
    ping_with(&site, "entry", &friend.url("/dogs"), ["On dogs", "", ""]);
    look(&site);
    assert_eq!(state(&site, "entry", 1), "published verified");
    for (number, alias) in aliases.into_iter().enumerate() {
        assert_eq!(
            state(&site, "entry", number + 2),
            "held duplicate: 1",
            "{alias}"
        );
    }
    assert_eq!(
        state(&site, "entry", aliases.len() + 2),
        "published verified"
    );
}

#[test]
fn f4_another_spelling_of_a_page_that_somebody_sent_first_gives_way_to_its_own() {
    let (site, friend) = known();
    let page = |name: &str, canonical: Option<&str>| {
        let canonical =
            canonical.map(|path| format!("<link rel=canonical href='{}'>", friend.url(path)));
        Script::html(&format!(
            "<title>A title</title>{}<h1>A title</h1><p>On {name} I read <a href='{SITE}cats'>cats</a>.",
            canonical.unwrap_or_default()
        ))
    };
    for (number, (own, others, canonical)) in [
        ("/a", "//a", None),
        ("/2026/b", "/2026///b", None),
        ("/c", "/%63", None),
        // As the page says.
        ("/d/", "/d", Some("/d/")),
        ("//e", "/e", Some("//e")),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("entry-{number}");
        for path in [others, own] {
            friend.play(path, page(own, canonical));
            ping(&site, &id, &friend.url(path));
            look(&site);
        }
        assert_eq!(state(&site, &id, 1), "junk duplicate: 2", "{others}");
        assert_eq!(state(&site, &id, 2), "published verified", "{own}");
        // It does not come back.
        ping(&site, &id, &friend.url(others));
        look(&site);
        assert_eq!(state(&site, &id, 2), "published verified", "{own}");
    }
}

#[test]
fn f4_a_page_that_was_edited_since_its_look_is_known_under_another_query() {
    let (site, friend) = known();
    let words =
        |range: std::ops::Range<u32>| -> String { range.map(|n| format!("word{n} ")).collect() };
    let link = format!("<a href='{SITE}cats'>cats</a>");
    let page = |before: &str, behind: &str| {
        format!("<title>A title</title><h1>A title</h1><p>{before} {link} {behind}</p>")
    };
    let text = page(&words(0..30), &words(30..200));
    let other = |title: &str, text: &str| text.replace("A title", title);
    let duplicate = "junk duplicate: 1";
    let published = "published verified";
    let cases = [
        // An edit beside the link; an addition at the end of the page; both, and a link to the day's date.
        (page(&words(0..29), &words(31..200)), "?x=1", duplicate),
        (page(&words(0..30), &words(30..210)), "?x=1", duplicate),
        (page(&words(2..30), &words(32..208)), "?a=b&c", duplicate),
        (
            format!("{}<p>Edited.", page(&words(5..30), &words(30..200))),
            "?x=1#y",
            duplicate,
        ),
        // Another title, another text, a permalink of its own: another page. Of another path nobody knows.
        (
            other("Another", &page(&words(0..29), &words(31..200))),
            "?x=1",
            "held other-title",
        ),
        (page(&words(1000..1030), &words(30..110)), "?x=1", published),
        (
            page(&words(0..29), &words(31..200)),
            "-more",
            "held duplicate: 1",
        ),
        (page(&words(0..29), &words(31..110)), "-more", published),
        (
            page(&words(1000..1100), &words(100..200)),
            "-more",
            published,
        ),
        (page(&words(0..29), &words(31..200)), "/more", duplicate),
        (
            format!(
                "<link rel=canonical href='/elsewhere'>{}",
                page(&words(0..29), &words(31..200))
            ),
            "?x=1",
            published,
        ),
    ];
    for (number, (edited, variant, expected)) in cases.into_iter().enumerate() {
        let (id, path) = (format!("entry-{number}"), format!("/post-{number}"));
        friend.play(&path, Script::html(&text));
        ping(&site, &id, &friend.url(&path));
        look(&site);
        let second = format!("{path}{variant}");
        let played = second.split(['?', '#']).next().unwrap();
        friend.play(played, Script::html(&edited));
        ping(&site, &id, &friend.url(&second));
        look(&site);
        assert_eq!(state(&site, &id, 1), published, "{variant}: {edited}");
        assert_eq!(state(&site, &id, 2), expected, "{variant}: {edited}");
    }
}
