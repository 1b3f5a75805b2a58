//! What the owner has deleted or junked does not come back under another URL of the same page.

use sha2::{Digest, Sha256};

use super::vouched::known;
use super::*;
use crate::support::write;
use crate::support::xml::assert_refused;

/// A page of the friend's with words of its own, so that it has a sketch.
fn page(title: &str, name: &str, canonical: &str) -> Script {
    let words: String = (0..40).map(|word| format!("{name}{word} ")).collect();
    Script::html(&format!(
        "<title>{title}</title>{canonical}<h1>{title}</h1><p>{words}</p><p>I read <a href='{SITE}cats'>cats</a>.</p>"
    ))
}

/// Pings in the name of a page whose ping may be refused as withdrawn; whether it was taken.
fn is_taken(site: &Site, id: &str, page: &str) -> bool {
    let reply = site.cgi(&Request::ping(id, page));
    let is_taken = !reply.text().contains("<error>1</error>");
    if !is_taken {
        assert_refused(&reply, 200, "The owner of this site has removed the ping");
    }
    is_taken
}

/// Sends a webmention of the entry `cats` from a page.
#[track_caller]
pub(super) fn mention(site: &Site, source: &str) {
    let reply = site.cgi(&crate::webmention::mention(source, &format!("{SITE}cats")));
    assert_eq!(reply.status, 201);
}

#[test]
fn f4_what_the_owner_decided_about_a_page_holds_for_its_other_urls() {
    let site = site("known");
    let variants = [
        "#a",
        "?x=1",
        "?utm_source=rss",
        "?utm_source=rss&x=1#b",
        "/",
        "/index.html",
        "/amp",
        ";v=1",
        "#entry-1",
    ];
    // Each on a host of its own, so that they are looked at side by side.
    let cases = [
        ("delete", false, 21),
        ("delete", true, 22),
        ("junk", false, 23),
        ("junk", true, 24),
    ]
    .map(|(decision, is_named, last)| {
        let friend = Blog::start_at([127, 0, 15, last], []);
        site.tb(&["domains", "add", &format!("127.0.15.{last}")]);
        let canonical = match is_named {
            true => format!("<link rel=canonical href='{}'>", friend.url("/post")),
            false => String::new(),
        };
        for served in ["", "/", "/index.html", "/amp", ";v=1"] {
            friend.play(
                &format!("/post{served}"),
                page("A title", "word", &canonical),
            );
        }
        // Another entry of the weblog.
        friend.play("/post-more", page("A title", "other", ""));
        (decision, format!("entry{last}"), friend)
    });
    for (_, id, friend) in &cases {
        ping(&site, id, &friend.url("/post"));
    }
    look(&site);
    let mut lasts = Vec::new();
    for (decision, id, friend) in &cases {
        assert_eq!(state(&site, id, 1), "published verified");
        site.tb(&[decision, id, "1"]);
        let mut last = 1;
        for variant in variants {
            let is_taken = is_taken(&site, id, &friend.url(&format!("/post{variant}")));
            // What is only added to the URL of a deleted ping is seen at once.
            let is_added = *decision == "delete" && ["#a", "?utm_source=rss"].contains(&variant);
            assert_eq!(is_taken, !is_added, "{id} {variant}");
            last += usize::from(is_taken);
        }
        lasts.push(last);
        ping(&site, id, &friend.url("/post-more"));
        ping(&site, &format!("{id}too"), &friend.url("/post"));
    }
    look(&site);
    for ((_, id, _), last) in cases.iter().zip(lasts) {
        for number in 2..=last {
            assert_eq!(state(&site, id, number), "junk duplicate: 1", "{id}");
        }
        // Another entry with the same title is another page, and one entry is not another.
        assert_eq!(state(&site, id, last + 1), "published verified", "{id}");
        assert_eq!(state(&site, &format!("{id}too"), 1), "published verified");
    }
}

#[test]
fn f4_a_query_that_names_another_host_makes_no_other_page_of_a_deleted_one() {
    let site = site("verified");
    let friend = Blog::start_at([127, 0, 15, 25], [("/post", page("A title", "word", ""))]);
    let other = "/post?u=https://x.example/";
    for (id, first, then, becomes) in [
        ("plain", "/post", other, "junk duplicate: 1"),
        (
            "query",
            other,
            "/post?u=https://y.example/",
            "junk duplicate: 1",
        ),
        // It may be the page's own permalink.
        ("own", other, "/post", "held duplicate: 1"),
    ] {
        ping(&site, id, &friend.url(first));
        look(&site);
        assert_eq!(state(&site, id, 1), "published verified", "{id}");
        site.tb(&["delete", id, "1"]);
        ping(&site, id, &friend.url(then));
        look(&site);
        assert_eq!(state(&site, id, 2), becomes, "{id}");
    }
}

#[test]
fn f4_a_webmention_that_was_deleted_is_known_under_the_other_urls_of_its_page() {
    let (mut site, friend) = known();
    site.set("protocols", "[\"trackback\", \"webmention\"]");
    friend.play("/post", page("Of cats and boxes", "", ""));
    mention(&site, &friend.url("/post"));
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "published verified-entry");
    site.tb(&["delete", "cats", "1"]);
    for variant in ["/post?x=1", "/post?x=2#a"] {
        mention(&site, &friend.url(variant));
    }
    look(&site);
    for number in [2, 3] {
        assert_eq!(state(&site, "cats", number), "junk duplicate: 1");
    }
}

#[test]
fn a_tombstone_of_another_version_or_damaged_refuses_its_permalink_and_no_other_ping() {
    let (site, friend) = known();
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (number, keys) in [
        // Of an earlier version, and of a later one.
        String::new(),
        ",\"page\":{\"later\":[1,{\"a\":null}]},\"more\":1".to_owned(),
        ",\"page\":{}".to_owned(),
        ",\"page\":null".to_owned(),
        ",\"page\":5".to_owned(),
        ",\"page\":\"words\"".to_owned(),
        ",\"page\":{\"url\":5}".to_owned(),
        ",\"page\":{\"words\":\"not a hash\"}".to_owned(),
        format!(",\"page\":{{\"sketch\":\"{}\"}}", "a".repeat(70_000)),
        format!(",\"page\":{{\"places\":[{}\"a\"]}}", "\"a\",".repeat(500)),
        format!(",\"page\":{deep}"),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, path) = (format!("entry{number}"), format!("/{number}"));
        let page_of = |path: &str| page("A title", &path.replace('/', "n"), "");
        let (old, new) = (format!("{path}/old"), format!("{path}/new"));
        for path in [&old, &new] {
            friend.play(path, page_of(path));
        }
        let url = friend.url(&old);
        let line = format!(
            "{{\"op\":\"delete\",\"id\":7,\"time\":\"2026-01-01T00:00:00Z\",\"hash\":\"{}\"{keys}}}\n",
            hash_of(&url)
        );
        write(&site.data_dir().join(format!("{id}.jsonl")), &line);
        assert!(!is_taken(&site, &id, &url), "{line:.200}");
        ping(&site, &id, &friend.url(&new));
        look(&site);
        assert_eq!(state(&site, &id, 8), "published verified", "{line:.200}");
        let exported = site.tb(&["export", &id]);
        assert!(exported.contains(&hash_of(&url)), "{line:.200}");
    }
}

/// The hash in a tombstone.
fn hash_of(url: &str) -> String {
    let digest = Sha256::digest(url);
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn f4_where_another_url_was_decided_about_the_pages_own_permalink_waits_for_the_owner() {
    let (site, friend) = known();
    for decision in ["delete", "junk"] {
        for (number, (first, own)) in [
            ("?x=1", ""),
            ("/amp", ""),
            ("#a", ""),
            // One of several entries on a page of a day.
            ("/2005/01.html#cats", "/2005/01.html#dogs"),
        ]
        .into_iter()
        .enumerate()
        {
            let id = format!("{decision}-{number}");
            let (first, own) = (format!("/{id}{first}"), format!("/{id}{own}"));
            for path in [&first, &own] {
                let played = path.split(['?', '#']).next().unwrap();
                friend.play(played, page("A title", &id.replace('-', ""), ""));
            }
            ping(&site, &id, &friend.url(&first));
            look(&site);
            site.tb(&[decision, &id, "1"]);
            ping(&site, &id, &friend.url(&own));
            look(&site);
            let expected = match (decision, number) {
                ("junk", 3) => "junk duplicate: 1",
                _ => "held duplicate: 1",
            };
            assert_eq!(state(&site, &id, 2), expected, "{id} {own}");
        }
    }
}

#[test]
fn f4_deleting_what_is_junk_beside_a_friends_ping_changes_nothing_for_that() {
    let (site, friend) = known();
    friend.play("/post", page("A title", "word", ""));
    for path in ["/post", "/post?x=1"] {
        ping(&site, "entry", &friend.url(path));
        look(&site);
    }
    assert_eq!(state(&site, "entry", 2), "junk duplicate: 1");
    site.tb(&["delete", "entry", "2"]);
    site.tb(&["verify", "--all", "--wait"]);
    assert_eq!(state(&site, "entry", 1), "published verified");
    // The first of two waits for its host only.
    let stranger = Blog::start_at([127, 0, 15, 4], [("/post", page("A title", "s", ""))]);
    for path in ["/post", "/post?x=1"] {
        ping(&site, "strange", &stranger.url(path));
        look(&site);
    }
    site.tb(&["junk", "strange", "2"]);
    site.tb(&["delete", "strange", "2"]);
    site.tb(&["domains", "add", "127.0.15.4"]);
    assert_eq!(state(&site, "strange", 1), "published verified");
}

#[test]
fn f4_a_tombstone_says_nothing_of_its_page_and_is_kept_by_export_and_compaction() {
    let (site, friend) = known();
    friend.play("/secret-words", page("A title", "word", ""));
    ping(&site, "entry", &friend.url("/secret-words"));
    look(&site);
    site.tb(&["delete", "entry", "1"]);
    let path = site.data_dir().join("entry.jsonl");
    let lines = std::fs::read_to_string(&path).unwrap();
    let tombstone = lines.lines().last().unwrap().to_owned();
    assert!(tombstone.starts_with("{\"op\":\"delete\",\"id\":1,"));
    for word in ["secret", "title", "word1", "127.0.15.1"] {
        let values: Value = serde_json::from_str(&tombstone).unwrap();
        let values = values["page"].as_object().expect("a page").values();
        assert!(
            values
                .clone()
                .all(|value| !value.to_string().contains(word)),
            "{tombstone}"
        );
    }
    assert!(tombstone.len() < 800, "{tombstone}");
    // A backup, and a file of which all else is gone, know the page as well.
    let exported = site.tb(&["export", "entry"]);
    let other = known_elsewhere();
    let file = other.data_dir().with_file_name("exported.jsonl");
    std::fs::write(&file, &exported).unwrap();
    other.tb(&["import", file.to_str().unwrap()]);
    std::fs::write(&path, format!("{tombstone}\n")).unwrap();
    for site in [&site, &other] {
        ping(site, "entry", &friend.url("/secret-words?x=1"));
        look(site);
        assert_eq!(state(site, "entry", 2), "junk duplicate: 1");
    }
}

/// Another installation that knows the friend.
fn known_elsewhere() -> Site {
    let site = site("known");
    site.tb(&["domains", "add", "127.0.15.1"]);
    site
}
