//! Pages that redirect, and links on a page that lead to the entry by redirects or could.

use super::*;

/// A page whose links these are.
fn linking_to(urls: &[String]) -> Script {
    let links: String = urls
        .iter()
        .map(|url| format!("<a href='{url}'>x</a> "))
        .collect();
    Script::html(&format!("<h1>A title</h1>{links}"))
}

#[test]
fn b2_a_short_link_that_fails_once_does_not_make_its_page_junk() {
    let site = site("verified");
    let short = Blog::start_at([127, 0, 16, 1], []);
    let mut blogs = Vec::new();
    for (number, (script, expected)) in [
        (Script::status(500), "held unreachable"),
        (Script::status(503), "held unreachable"),
        (Script::status(429), "held unreachable"),
        (Script::status(408), "held unreachable"),
        (Script::CutOff(Vec::new()), "held unreachable"),
        (Script::redirect(302, "/fails"), "held unreachable"),
        (Script::status(403), "junk no-link"),
        (Script::status(404), "junk no-link"),
        (Script::status(410), "junk no-link"),
        (Script::html("a page"), "junk no-link"),
        (Script::redirect(302, "/0"), "junk no-link"),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, path) = (format!("entry{number}"), format!("/{number}x"));
        short.play("/fails", Script::status(502));
        short.play("/0", Script::redirect(302, "/0"));
        short.play(&path, script);
        let last = u8::try_from(number).unwrap();
        let blog = Blog::start_at([127, 0, 17, last], [("/", linking_to(&[short.url(&path)]))]);
        ping(&site, &id, &blog.url("/"));
        look(&site);
        assert_eq!(reason(&site, &id, 1), expected, "{id}");
        if expected == "held unreachable" {
            assert!(state(&site, &id, 1).contains("its link to 127.0.16.1"));
        }
        blogs.push(blog);
    }
    // It is mended by the time of the next try, or never.
    short.play("/0x", Script::redirect(302, &format!("{SITE}cats")));
    let due = "\"next\":\"2026-01-01T00:00:00Z\"";
    set_queued(&site, ("entry0", 1), &format!("\"tries\":1,{due}"));
    set_queued(&site, ("entry1", 1), &format!("\"tries\":4,{due}"));
    // Most such links lead elsewhere.
    set_queued(&site, ("entry2", 1), &format!("\"tries\":1,{due}"));
    look(&site);
    assert_eq!(state(&site, "entry0", 1), "published verified");
    assert_eq!(state(&site, "entry1", 1), "junk no-link");
    assert_eq!(state(&site, "entry2", 1), "junk no-link");
}

#[test]
fn b2_a_link_through_the_pages_own_counter_of_clicks_is_one_to_the_entry() {
    let site = site("verified");
    let to_entry = Script::redirect(302, &format!("{SITE}cats"));
    // As Pretty Links, a plugin of WordPress and old scripts in Perl and PHP count.
    for (number, (path, expected)) in [
        ("/go/hello", "published verified"),
        ("/?goto=abc", "published verified"),
        (
            "/out.php?url=https%3A%2F%2Fblog.example%2F",
            "published verified",
        ),
        // Any other page of the weblog is not asked.
        ("/about", "junk no-link"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("entry{number}");
        let last = u8::try_from(number).unwrap();
        let blog = Blog::start_at([127, 0, 19, last], []);
        blog.play("/page", linking_to(&[blog.url(path)]));
        blog.play(path.split('?').next().unwrap(), to_entry.clone());
        ping(&site, &id, &blog.url("/page"));
        look(&site);
        assert_eq!(reason(&site, &id, 1), expected, "{path}");
    }
}

#[test]
fn d2_the_redirects_of_a_pages_links_ask_no_domain_more_often_than_its_links_may() {
    let site = site("verified");
    let victim = Blog::start_at([127, 0, 16, 2], []);
    let hosts: Vec<Blog> = (1..=8)
        .map(|last| Blog::start_at([127, 0, 18, last], []))
        .collect();
    for (number, host) in hosts.iter().enumerate() {
        host.play(
            "/",
            Script::redirect(302, &victim.url(&format!("/{number}"))),
        );
        let next = Script::redirect(302, &victim.url(&format!("/{number}/next")));
        victim.play(&format!("/{number}"), next);
        victim.play(&format!("/{number}/next"), Script::html("a page"));
    }
    let links: Vec<String> = hosts.iter().map(|host| host.url("/")).collect();
    let blog = Blog::start_at([127, 0, 16, 3], [("/", linking_to(&links))]);
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "junk no-link");
    assert_eq!(victim.requests().len(), 4);
    assert!(hosts.iter().all(|host| host.requests().len() == 1));
}

#[test]
fn f18_a_page_that_is_redirected_to_a_banned_domain_is_junk() {
    let site = site("verified");
    let banned = peer(80, linking());
    let redirects = peer(81, Script::redirect(302, &banned.url("/")));
    site.tb(&["ban", "127.0.10.80"]);
    ping(&site, "entry", &redirects.url("/"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "junk banned-domain: 127.0.10.80");
}

#[test]
fn f4_a_page_that_links_to_another_ids_entry_answers_no_id_whose_entry_is_not_known() {
    let (site, friend) = super::vouched::known();
    let entries = format!(
        "2026-birds\t{{\"url\":\"{SITE}2026/birds/\"}}\ncats\t{{\"url\":\"{SITE}cats\"}}\n"
    );
    crate::support::write(&site.data_dir().join(".entries"), &entries);
    for (path, to, id, number, expected) in [
        ("/1", "cats", "cats", 1, "published verified-entry"),
        ("/2", "cats", "dogs", 1, "held links-elsewhere"),
        ("/3", "", "dogs", 2, "published verified"),
        ("/4", "dogs", "dogs", 3, "published verified"),
        // However ids were made when the entries were learnt.
        ("/5", "2026/birds", "birds", 1, "published verified"),
    ] {
        let page = format!("<h1>A title</h1>{path} <a href='{SITE}{to}'>this</a>");
        friend.play(path, Script::html(&page));
        ping(&site, id, &friend.url(path));
        look(&site);
        assert_eq!(state(&site, id, number), expected, "{path}");
    }
}
