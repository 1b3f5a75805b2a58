//! A permalink that pings again: nobody silences a page by pinging in its name first, or takes words from a ping.

use super::*;

/// Pings `entry` from an address, with fields that differ from those of [`Request::ping`].
#[track_caller]
fn ping_from(site: &Site, address: &str, fields: &[(&str, &str)]) {
    send_from(site, address, &Request::post(fields).path("/entry"));
}

const HOME: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.1";

fn words(page: &str) -> [(&str, &str); 4] {
    [
        ("title", "A title"),
        ("url", page),
        ("excerpt", "An excerpt"),
        ("blog_name", "A weblog"),
    ]
}

fn spam(page: &str) -> [(&str, &str); 4] {
    let text = "[url=http://p.example/]pills[/url] [url=http://p.example/]more pills[/url] \
        [url=http://p.example/]pills[/url] [url=http://p.example/]more pills[/url]";
    [
        ("title", "Cheap pills"),
        ("url", page),
        ("excerpt", text),
        ("blog_name", "pills"),
    ]
}

/// A page that has the words of [`words`], so that nothing takes their place.
fn linking_with_words() -> Script {
    let text = format!(
        "<title>A title - A weblog</title><h1>A title</h1><p>An excerpt. <a href='{SITE}cats'>this</a>.</p>"
    );
    Script::html(&text)
}

fn shown(site: &Site) -> Value {
    serde_json::from_str(&site.tb(&["show", "entry", "1", "--json"])).unwrap()
}

#[test]
fn s4_spam_in_a_pages_name_does_not_silence_the_page() {
    let site = site("verified");
    let blog = peer(70, linking_with_words());
    let page = blog.url("/");
    ping_from(&site, ELSEWHERE, &spam(&page));
    assert!(state(&site, "entry", 1).starts_with("junk score"));
    ping_from(&site, HOME, &words(&page));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "published verified");
    assert_eq!(shown(&site)["excerpt"], "An excerpt");
}

#[test]
fn a_page_that_gets_its_link_after_its_first_ping_is_looked_at_again() {
    let site = site("verified");
    for (number, (script, becomes)) in [
        (Script::html("<h1>A title</h1>"), "junk no-link"),
        (Script::ok("image/png", b"x"), "junk not-a-page: image/png"),
    ]
    .into_iter()
    .enumerate()
    {
        let blog = peer(71 + u8::try_from(number).unwrap(), script);
        ping_from(&site, HOME, &words(&blog.url("/")));
        look(&site);
        assert_eq!(state(&site, "entry", number + 1), becomes);
        blog.play("/", linking());
        ping_from(&site, HOME, &words(&blog.url("/")));
        look(&site);
        assert_eq!(state(&site, "entry", number + 1), "published verified");
    }
}

#[test]
fn what_the_owner_decided_is_not_judged_anew() {
    let site = site("verified");
    let blog = peer(75, linking());
    let page = blog.url("/");
    // Of a text that the page does not carry, the owner's decision binds that text alone.
    ping_from(&site, HOME, &spam(&page));
    site.tb(&["junk", "entry", "1"]);
    ping_from(&site, HOME, &spam(&page));
    assert_eq!(state(&site, "entry", 1), "junk owner");
    ping_from(&site, HOME, &words(&page));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "held rejected-before");
    site.tb(&["junk", "entry", "1"]);
    ping_from(&site, HOME, &spam(&page));
    ping_from(&site, HOME, &[("url", &page), ("title", "Another title")]);
    look(&site);
    assert_eq!(state(&site, "entry", 1), "junk owner");
    site.tb(&["delete", "entry", "1"]);
    let again = Request::post(&words(&blog.url("/"))).path("/entry");
    let reply = site.cgi(&again);
    assert!(reply.text().contains("<error>1</error>"), "{reply}");
}

#[test]
fn a_held_ping_is_given_other_words_by_nobody_elsewhere_and_loses_none() {
    let site = site("none");
    let blog = peer(76, linking_with_words());
    let page = blog.url("/");
    ping_from(&site, HOME, &words(&page));
    for fields in [
        vec![("url", page.as_str())],
        vec![("url", page.as_str()), ("title", "Cheap pills")],
    ] {
        ping_from(&site, ELSEWHERE, &fields);
        let kept = shown(&site);
        assert_eq!(
            [&kept["title"], &kept["excerpt"], &kept["blog_name"]],
            ["A title", "An excerpt", "A weblog"],
            "{fields:?}"
        );
    }
    ping_from(&site, HOME, &[("url", &page)]);
    assert_eq!(shown(&site)["excerpt"], "An excerpt");
    // These words stand on the page: a worker that looks at it meanwhile leaves them as they are.
    ping_from(
        &site,
        "192.0.2.200",
        &[("url", &page), ("title", "A title"), ("excerpt", "this")],
    );
    assert_eq!(shown(&site)["excerpt"], "this");
    let log = std::fs::read_to_string(site.data_dir().join(".log")).unwrap();
    assert!(log.contains("\"not-replaced\""), "{log}");
}
