//! A decision on the moderation page is taken back: exactly what it changed, once, and by its owner alone.

use std::{fs, thread};

use jiff::Timestamp;
use serde_json::{Value, json};
use tb::internals::config::Config;
use tb::internals::moderation::undo;
use tb::internals::store::Store;

use crate::moderation::{shown, two};
use crate::support::http::Reply;
use crate::support::live::for_each_host;
use crate::support::owner_session::{Interface, OwnerSession, own, ping, put};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::visitor::find_form;

for_each_host! {
    [
        cgi: Interface::Cgi,
        serve: Interface::Serve,
    ]
    an_approval_says_what_follows_and_is_undone_with_it
    each_decision_is_undone_and_nothing_else
    what_changed_since_is_left_as_it_is_and_an_undo_works_once
    of_two_undos_at_once_one_takes_effect_and_the_other_says_so
    what_was_known_before_stays_known
    the_other_pings_of_a_publisher_are_offered_and_asked_about
    s4_an_undo_needs_the_sessions_own_token_and_a_post
    s3_no_title_breaks_out_of_a_notice
}

const TIME: &str = "2026-11-01T05:00:00Z";

/// Decides, and returns the page that follows with its undo form.
fn decided(session: &mut OwnerSession, fields: &[(&str, &str)]) -> (Reply, String) {
    let reply = session.decide(fields).expect(303);
    let location = reply.header("Location").expect("a Location");
    let (_, query) = location.split_once('?').expect("a query");
    let page = session.send(&Request::get(query)).expect(200);
    let key = query
        .split('&')
        .find_map(|field| field.strip_prefix("undo="));
    (page.clone(), key.unwrap_or_default().to_owned())
}

fn undone(session: &mut OwnerSession, key: &str) -> String {
    session.decided(&[("do", "undo"), ("undo", key)])
}

/// A site that publishes what is known, with three pings of one host, two of which wait for it alone.
fn known(door: Interface) -> OwnerSession {
    let mut site = Site::new();
    site.set("publish", "\"known\"");
    let held = |number, why: &str| {
        let mut line = ping(number, TIME, "held", why);
        line["url"] = json!(format!("http://tabby.example/{number}"));
        line
    };
    let pings = [
        ("two_cats", vec![held(1, "unknown-domain: tabby.example/")]),
        (
            "other",
            vec![
                held(2, "unknown-domain: tabby.example/"),
                held(3, "hidden-link"),
                held(4, "score: 4 links"),
                held(5, "owner"),
            ],
        ),
    ];
    let session = OwnerSession::at(site, door, &pings);
    session.site.tb(&["add", "two_cats", "--title", "Two cats"]);
    session
}

fn an_approval_says_what_follows_and_is_undone_with_it(door: Interface) {
    let mut session = known(door);
    let before = [session.states("two_cats"), session.states("other")];
    let (page, key) = decided(&mut session, &[("do", "approve two_cats/1")]);
    for text in [
        "“Title 1” on Two cats: published; tabby.example is known from now on.",
        "Also published, because they waited only for this approval: “Title 2” on other.",
        "Approve the 2 others of tabby.example",
        ">Undo</button>",
    ] {
        assert!(page.text().contains(text), "{text}: {page}");
    }
    assert_eq!(own(&session.site, ".domains"), "tabby.example/\n");
    let page = undone(&mut session, &key);
    assert!(
        page.contains("Undone: 2 pings are as they were before."),
        "{page}"
    );
    assert!(!page.contains(">Undo</button>"), "{page}");
    assert_eq!(
        [session.states("two_cats"), session.states("other")],
        before
    );
    assert_eq!(own(&session.site, ".domains"), "");
    let feed = std::fs::read_to_string(session.site.rss_dir().join("two_cats.xml")).unwrap();
    assert!(!feed.contains("tabby.example"), "{feed}");
}

fn each_decision_is_undone_and_nothing_else(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    session.site.tb(&["domains", "add", "weblog2.example"]);
    session.site.tb(&["ban", "weblog4.example"]);
    let standing = |session: &OwnerSession| {
        let files = [".domains", ".bans"].map(|name| own(&session.site, name));
        (session.states("entry"), session.states("other"), files)
    };
    let before = standing(&session);
    let all = [
        ("ping", "entry/1 entry/2 entry/3 other/4 other/5"),
        ("sure", "yes"),
    ];
    for action in ["approve", "widen", "hold", "junk", "forget", "ban"] {
        let fields = [&[("do", action)], &all[..]].concat();
        let (page, key) = decided(&mut session, &fields);
        assert!(page.text().contains(">Undo</button>"), "{action}: {page}");
        assert_ne!(standing(&session), before, "{action}");
        let page = undone(&mut session, &key);
        assert!(page.contains("Undone"), "{action}: {page}");
        assert_eq!(standing(&session), before, "{action}");
    }
    // What cannot be undone is asked about, and says so.
    let sure = session.decide(&[("do", "delete other/4")]).expect(200);
    assert!(sure.text().contains("This cannot be undone."), "{sure}");
    let (page, key) = decided(&mut session, &[("do", "delete other/4"), ("sure", "yes")]);
    assert!(!page.text().contains(">Undo</button>"), "{page}");
    assert_eq!(key, "");
}

fn what_changed_since_is_left_as_it_is_and_an_undo_works_once(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let entry = session.site.data_dir().join("entry.jsonl");
    let add = |lines: &[Value]| {
        let text = std::fs::read_to_string(&entry).unwrap();
        let text: String = lines
            .iter()
            .fold(text, |text, line| format!("{text}{line}\n"));
        crate::support::write(&entry, &text);
    };
    let both = [("ping", "entry/1 entry/2")];
    let (_, first) = decided(&mut session, &[&[("do", "junk")], &both[..]].concat());
    // Another owner decides about one of them; of the other the text is replaced.
    session.decided(&[("do", "approve"), ("ping", "entry/2")]);
    let mut newer = ping(1, TIME, "junk", "owner");
    newer["title"] = json!("Cheap pills");
    add(&[newer]);
    let before = session.states("entry");
    let page = undone(&mut session, &first);
    assert!(
        page.contains("2 have changed since you saw them, and were skipped."),
        "{page}"
    );
    assert_eq!(session.states("entry"), before);
    // Each works once, and none works for what is not there.
    let (_, second) = decided(&mut session, &[("do", "junk other/4")]);
    assert!(undone(&mut session, &second).contains("Undone: 1 ping"));
    let states = session.states("other");
    session.decided(&[("do", "junk other/4")]);
    for key in [second.as_str(), first.as_str(), "", "0", "\"", "}\n{"] {
        let page = undone(&mut session, key);
        assert!(
            page.contains("This can no longer be undone."),
            "{key}: {page}"
        );
        assert_ne!(session.states("other"), states, "{key}");
    }
    for garbage in ["\0\0\n", "{\"key\":\"0\"}\n", "[]\n{\n"] {
        crate::support::write(&session.site.data_dir().join(".undo"), garbage);
        assert!(undone(&mut session, "0").contains("This can no longer be undone."));
        let (_, key) = decided(&mut session, &[("do", "hold other/4")]);
        assert!(
            undone(&mut session, &key).contains("Undone: 1 ping"),
            "{garbage}"
        );
    }
}

fn of_two_undos_at_once_one_takes_effect_and_the_other_says_so(door: Interface) {
    for _ in 0..3 {
        let mut session = known(door);
        let before = [session.states("two_cats"), session.states("other")];
        let (_, key) = decided(&mut session, &[("do", "approve two_cats/1")]);
        let text = fs::read(session.site.config()).unwrap();
        let config = Config::read(&session.site.config(), &text, |_| None).unwrap();
        let undo = || {
            let store = Store::open(&config.data_dir).unwrap();
            undo::undo(&config, &store, &key, Timestamp::now()).unwrap()
        };
        let undone = thread::scope(|scope| {
            let both = [scope.spawn(undo), scope.spawn(undo)];
            both.map(|thread| thread.join().unwrap())
        });
        let ([Some(undone), None] | [None, Some(undone)]) = &undone else {
            panic!("{undone:?}");
        };
        assert!(
            undone.changed.is_empty() && undone.done.len() == 2,
            "{undone:?}"
        );
        assert_eq!(
            [session.states("two_cats"), session.states("other")],
            before
        );
        let page = self::undone(&mut session, &key);
        assert!(page.contains("This can no longer be undone."), "{page}");
    }
}

fn what_was_known_before_stays_known(door: Interface) {
    let mut session = known(door);
    session.site.tb(&["domains", "add", "tabby.example"]);
    let (page, key) = decided(&mut session, &[("do", "approve other/3")]);
    assert!(
        page.text().contains("“Title 3” on other: published."),
        "{page}"
    );
    undone(&mut session, &key);
    assert_eq!(own(&session.site, ".domains"), "tabby.example/\n");
    // What was forgotten and approved again is due to the later approval.
    session.site.tb(&["domains", "remove", "tabby.example"]);
    let (_, first) = decided(&mut session, &[("do", "approve other/3")]);
    session.site.tb(&["domains", "remove", "tabby.example"]);
    decided(&mut session, &[("do", "approve other/4")]);
    undone(&mut session, &first);
    assert_eq!(own(&session.site, ".domains"), "tabby.example/\n");
}

fn the_other_pings_of_a_publisher_are_offered_and_asked_about(door: Interface) {
    let mut session = known(door);
    let (page, _) = decided(&mut session, &[("do", "approve two_cats/1")]);
    let form = find_form(&page, "decide");
    assert_eq!(form.value("shown"), Some("other/4 other/3"), "{page}");
    let fields = [
        ("do", "all-approve"),
        ("shown", form.value("shown").unwrap()),
        ("as", form.value("as").unwrap()),
    ];
    let sure = session.decide(&fields).expect(200);
    assert!(sure.text().contains("Approve 2 pings?"), "{sure}");
    assert_eq!(
        session.states("other")[1],
        (3, "held hidden-link".to_owned())
    );
    let reply = session.send(&find_form(&sure, "decide").request());
    assert_eq!(reply.status, 303, "{reply}");
    let published = session.states("other").into_iter();
    let published = published.filter(|(_, state)| state == "published owner");
    assert_eq!(published.count(), 2);
}

fn s4_an_undo_needs_the_sessions_own_token_and_a_post(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let (_, key) = decided(&mut session, &[("do", "junk entry/1")]);
    let token = session.token();
    let before = session.states("entry");
    for bad in ["", "0", &token[1..], &token.to_uppercase()] {
        let fields = [
            ("__mode", "decide"),
            ("do", "undo"),
            ("undo", &key),
            ("token", bad),
        ];
        session.send(&Request::post(&fields)).expect(403);
        let mut right = fields;
        right[3].1 = &token;
        session.stranger(&Request::post(&right)).expect(403);
    }
    for mode in ["decide", "moderate"] {
        let query = format!("__mode={mode}&do=undo&undo={key}&token={token}");
        session.send(&Request::get(&query));
    }
    assert_eq!(session.states("entry"), before);
    assert!(undone(&mut session, &key).contains("Undone: 1 ping"));
}

fn s3_no_title_breaks_out_of_a_notice(door: Interface) {
    const EVIL: &str = "\"'><script>alert(1)</script>";
    let mut lines = two();
    for ping in &mut lines[0].1 {
        ping["title"] = json!(EVIL);
        ping["url"] = json!(format!("http://evil.example/{EVIL}{}", ping["id"]));
    }
    lines[0].1[1]["title"] = json!("על חתולים");
    let mut session = OwnerSession::with(door, &lines);
    let (page, key) = decided(&mut session, &[("do", "junk entry/1")]);
    assert!(
        page.text().contains("on entry: put with the junk."),
        "{page}"
    );
    assert!(!page.text().contains("<script>"), "{page}");
    // A right-to-left title does not turn what follows it.
    let (page, _) = decided(&mut session, &[("do", "junk entry/2")]);
    assert!(
        page.text().contains("“\u{2068}על חתולים\u{2069}” on entry"),
        "{page}"
    );
    // Anybody can write such an address: what the store does not confirm is not said.
    let page = session.page(&format!(
        "__mode=moderate&done=approve&n=1&undo=%22%3E{key}x&known=evil.example%2F&also=entry/1"
    ));
    assert!(
        !page.contains(">Undo</button>") && !page.contains("is known"),
        "{page}"
    );
    assert!(
        !page.contains("Also published") && !shown(&page).is_empty(),
        "{page}"
    );
    put(&session.site, "entry", &[]);
}
