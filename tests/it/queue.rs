//! What waits, in the shell and in a feed reader: `tb queue`, `tb approve`, and the private feed.

use serde_json::{Value, json};

use crate::support::live::for_each_host;
use crate::support::owner_session::{Interface, OwnerSession, own, ping};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_well_formed;

for_each_host! {
    [
        cgi: Interface::Cgi,
        serve: Interface::Serve,
    ]
    the_feed_has_what_waits_and_nothing_else
    s5_without_the_key_there_is_no_feed
    a_revoked_address_leads_nowhere
    s3_hostile_text_stays_text_in_the_feed
    after_the_login_what_waits_comes_first
}

const TIME: &str = "2026-11-01T05:00:00Z";

fn pings() -> Vec<(&'static str, Vec<Value>)> {
    let later = "2026-11-02T05:00:00Z";
    vec![
        (
            "entry",
            vec![
                ping(1, TIME, "held", "unknown-domain"),
                ping(2, later, "published", "verified"),
            ],
        ),
        (
            "猫",
            vec![
                ping(3, later, "held", "score: 4 links"),
                ping(4, later, "junk", "no-link"),
            ],
        ),
    ]
}

/// The query of the feed's address.
fn feed(site: &Site) -> String {
    let url = site.tb(&["queue", "--feed"]);
    let (_, query) = url.trim().split_once('?').expect("a query");
    query.to_owned()
}

fn the_feed_has_what_waits_and_nothing_else(door: Interface) {
    let mut session = OwnerSession::with(door, &pings());
    let query = feed(&session.site);
    let reply = session.stranger(&Request::get(&query)).expect(200);
    assert_eq!(reply.header("Cache-Control"), Some("no-store"));
    assert_eq!(reply.header("X-Robots-Tag"), Some("noindex"));
    assert_eq!(
        reply.header("Content-Type"),
        Some("application/rss+xml; charset=utf-8")
    );
    assert_well_formed(&reply.body);
    let text = reply.text();
    assert_eq!(text.matches("<item>").count(), 2, "{text}");
    assert!(
        text.find("Title 3") < text.find("Title 1"),
        "newest first: {text}"
    );
    assert!(text.contains("It looks like spam. (4 links)") && text.contains("__mode=moderate"));
    assert!(!text.contains("Title 2") && !text.contains("Title 4"));
    // The owner finds it, and nobody else.
    let key = query.split("key=").nth(1).expect("a key").to_owned();
    assert_eq!(key.len(), 32);
    assert!(session.page("__mode=moderate").contains(&key));
    for query in [
        "",
        "__mode=list&tb_id=entry",
        "__mode=rss&tb_id=entry",
        "__mode=login",
        "__mode=moderate",
    ] {
        let reply = session.stranger(&Request::get(query));
        assert!(!reply.text().contains(&key), "{query}");
    }
    let static_feed =
        std::fs::read_to_string(session.site.rss_dir().join("entry.xml")).unwrap_or_default();
    assert!(!static_feed.contains(&key) && !own(&session.site, ".log").contains(&key));
}

fn s5_without_the_key_there_is_no_feed(door: Interface) {
    let session = OwnerSession::with(door, &pings());
    let query = feed(&session.site);
    let key = query.split("key=").nth(1).expect("a key").to_owned();
    let nothing = session.stranger(&Request::get("__mode=queue")).expect(404);
    let before = session.site.snapshot();
    for wrong in [
        "",
        "0",
        &key[1..],
        &key.to_uppercase(),
        &format!("{key}0"),
        "%00",
        "%FF",
    ] {
        let reply = session
            .stranger(&Request::get(&format!("__mode=queue&key={wrong}")))
            .expect(404);
        assert_eq!(reply.text(), nothing.text());
    }
    session
        .stranger(&Request::post(&[("__mode", "queue"), ("key", &key)]))
        .expect(405);
    // Guessing leaves no trace but what a wrong method leaves.
    let files = |snapshot: &crate::support::snapshot::Snapshot| {
        snapshot
            .paths()
            .iter()
            .map(|path| path.to_path_buf())
            .collect::<Vec<_>>()
    };
    assert_eq!(files(&session.site.snapshot()).len(), files(&before).len());
}

fn a_revoked_address_leads_nowhere(door: Interface) {
    let mut session = OwnerSession::with(door, &pings());
    let first = feed(&session.site);
    assert_eq!(first, feed(&session.site));
    let printed = session.site.tb(&["queue", "--revoke"]);
    let second = feed(&session.site);
    assert!(first != second && printed.contains(&second), "{printed}");
    session.stranger(&Request::get(&first)).expect(404);
    session.stranger(&Request::get(&second)).expect(200);
    let page = session.decided(&[("do", "revoke")]);
    assert!(page.contains("The feed has a new address"), "{page}");
    session.stranger(&Request::get(&second)).expect(404);
    // The owner is still logged in, and an address of before the first revocation is no good later either.
    session
        .stranger(&Request::get(&feed(&session.site)))
        .expect(200);
    session.stranger(&Request::get(&first)).expect(404);
}

fn s3_hostile_text_stays_text_in_the_feed(door: Interface) {
    const EVIL: &str = "]]><script>alert(1)</script></item></channel>&lt;b&gt;\u{0}\u{FFFE}\"'";
    let mut lines = pings();
    for key in ["title", "excerpt", "blog_name", "why", "url"] {
        lines[0].1[0][key] = json!(EVIL);
    }
    let session = OwnerSession::with(door, &lines);
    let reply = session
        .stranger(&Request::get(&feed(&session.site)))
        .expect(200);
    assert_well_formed(&reply.body);
    let text = reply.text();
    assert_eq!(text.matches("<item>").count(), 2);
    assert!(
        !text.contains("<script>") && !text.contains('\u{FFFE}'),
        "{text}"
    );
    // In the description, which is HTML, it is escaped a second time.
    assert!(text.contains("&amp;#60;script&amp;#62;"), "{text}");
}

fn after_the_login_what_waits_comes_first(door: Interface) {
    let site = |pings: &[(&str, Vec<Value>)]| {
        let mut session = OwnerSession::with(door, pings);
        let page = session.stranger(&Request::get("__mode=login"));
        let form = crate::support::visitor::find_form(&page, "do_login");
        let request = form
            .with("password", crate::support::site::PASSWORD)
            .request();
        let cookie = page
            .header("Set-Cookie")
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let reply = session
            .stranger(&request.header("Cookie", &cookie))
            .expect(303);
        let location = reply.header("Location").unwrap().to_owned();
        session.page("");
        location
    };
    assert!(site(&pings()).ends_with("?__mode=moderate"));
    let nothing = [("entry", vec![ping(1, TIME, "published", "verified")])];
    assert!(site(&nothing).ends_with("/tb.cgi"));
}

fn stage() -> Site {
    let session = OwnerSession::with(Interface::Cgi, &pings());
    session.site
}

#[test]
fn the_queue_lists_what_waits_over_all_ids() {
    let site = stage();
    let printed = site.tb(&["queue"]);
    assert_eq!(
        printed,
        "猫\t3\theld\t2026-11-02T05:00:00Z\thttp://www.weblog3.example/3\tTitle 3\tA weblog\tscore: 4 links\n\
         entry\t1\theld\t2026-11-01T05:00:00Z\thttp://www.weblog1.example/1\tTitle 1\tA weblog\tunknown-domain\n"
    );
    assert_eq!(site.tb(&["queue", "--limit", "1"]).lines().count(), 1);
    assert_eq!(site.tb(&["queue", "--limit", "0"]), "");
    assert!(
        site.tb(&["queue", "--state", "junk"])
            .starts_with("猫\t4\tjunk\t")
    );
    assert!(
        site.tb(&["queue", "--search", "WEBLOG1 title"])
            .starts_with("entry\t1\t")
    );
    assert_eq!(site.tb(&["queue", "--search", "nowhere"]), "");
    let json = site.tb(&["queue", "--json"]);
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["tb_id"], &first["id"]), (&json!("猫"), &json!(3)));
    site.tb_fails(2, &["queue", "--feed", "--limit", "3"]);
    site.tb_fails(2, &["queue", "--state", "deleted"]);
}

#[test]
fn the_shell_takes_ranges_and_lists_of_numbers() {
    let pings = (1..=6).filter(|number| *number != 4);
    let pings = pings.map(|number| ping(number, TIME, "held", "unknown-domain"));
    let site = OwnerSession::with(Interface::Cgi, &[("entry", pings.collect())]).site;
    let before = own(&site, "entry.jsonl");
    for (numbers, why) in [
        ("7-9", "`entry` has no ping 7; nothing was changed"),
        ("1-2,9", "`entry` has no ping 9; nothing was changed"),
    ] {
        let said = site.tb_fails(1, &["junk", "entry", numbers]);
        assert!(said.contains(why), "{numbers}: {said}");
    }
    let expected = "expected the number of a ping, such as `3`, or a range such as `3-7`";
    for (numbers, why) in [
        ("x", expected),
        ("1-x", expected),
        ("-", expected),
        ("1,,2", expected),
        ("1-2-3", expected),
        ("99999999999999999999", expected),
        ("3-1", "the first number of a range comes first: `1-3`"),
    ] {
        let said = site.tb_fails(2, &["junk", "entry", "--", numbers]);
        assert!(
            said.contains(&format!("'{numbers}'")) || numbers.contains(','),
            "{said}"
        );
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(why), "{numbers}: {said}");
    }
    let said = site.tb_fails(2, &["junk", "entry", "1-2", "--as", "x"]);
    assert!(said.contains("no range"), "{said}");
    let said = site.tb_fails(2, &["show", "entry", "1-2"]);
    assert!(said.contains("expected the number of a ping"), "{said}");
    assert_eq!(own(&site, "entry.jsonl"), before);
    assert_eq!(
        site.tb(&["junk", "entry", "1-5,2", "6-999999999999"]),
        "entry 1: junk\nentry 2: junk\nentry 3: junk\nentry 5: junk\nentry 6: junk\n"
    );
}

#[test]
fn approving_in_the_shell_is_all_or_nothing_and_says_whom_it_makes_known() {
    let site = stage();
    let before = site.snapshot();
    let said = site.tb_fails(1, &["approve", "entry", "1", "9"]);
    assert!(said.contains("no ping 9; nothing was changed"), "{said}");
    assert_eq!(own(&site, ".domains"), "");
    assert_eq!(
        site.tb(&["approve", "entry", "1", "1"]),
        "entry 1: published\nnow known: weblog1.example/ (host)\n"
    );
    assert_ne!(site.snapshot(), before);
    assert_eq!(own(&site, ".domains"), "weblog1.example/\n");
    let said = site.tb(&["publish", "猫", "3"]);
    assert_eq!(
        said,
        "猫 3: published\nnow known: weblog3.example/ (host)\n"
    );
    assert_eq!(site.tb(&["junk", "entry", "1"]), "entry 1: junk\n");
    assert_eq!(
        own(&site, ".domains"),
        "weblog1.example/\nweblog3.example/\n"
    );
    assert_eq!(site.tb(&["queue"]), "");
}

#[test]
fn s3_a_hostile_ping_cannot_steer_the_terminal_that_lists_the_queue() {
    let mut lines = pings();
    let evil = "\u{1b}[2J\u{202E}\u{9b}31m\ta\nb";
    for key in ["title", "blog_name", "why", "url"] {
        lines[0].1[0][key] = json!(evil);
    }
    let session = OwnerSession::with(Interface::Cgi, &lines);
    for arguments in [&["queue"][..], &["queue", "--json"]] {
        let printed = session.site.tb(arguments);
        assert_eq!(printed.lines().count(), 2, "{printed:?}");
        assert!(
            !printed.contains(['\u{1b}', '\u{202E}', '\u{9b}']),
            "{printed:?}"
        );
    }
}
