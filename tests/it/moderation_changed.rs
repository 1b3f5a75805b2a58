//! A decision is about the text that the owner was shown: what was replaced meanwhile is passed over, and that is said.

use serde_json::{Value, json};

use crate::support::live::for_each_host;
use crate::support::owner_session::{Interface, OwnerSession, ping, put};
use crate::support::request::Request;
use crate::support::visitor::find_form;

for_each_host! {
    [
        cgi: Interface::Cgi,
        serve: Interface::Serve,
    ]
    f5_what_changed_since_the_page_was_opened_is_left_as_it_is
    f5_what_changed_before_the_question_is_answered_is_left_as_it_is
    f5_the_list_of_an_id_decides_about_what_it_shows
    f5_the_shell_decides_about_what_it_printed
}

const TIME: &str = "2026-11-01T05:00:00Z";

fn pings() -> Vec<Value> {
    (1..=3)
        .map(|number| ping(number, TIME, "held", "unknown-domain"))
        .collect()
}

/// What a ping of the page's network does to the first.
fn replace(session: &OwnerSession, key: &str) {
    let mut lines = pings();
    let mut newer = lines[0].clone();
    newer[key] = json!("Cheap pills");
    newer["updated"] = json!(TIME);
    lines.push(newer);
    put(&session.site, "entry", &lines);
}

const TEXTS: [&str; 3] = ["title", "excerpt", "blog_name"];

fn f5_what_changed_since_the_page_was_opened_is_left_as_it_is(door: Interface) {
    for key in TEXTS {
        let mut session = OwnerSession::with(door, &[("entry", pings())]);
        let page = session.send(&Request::get("__mode=moderate"));
        let shown = find_form(&page, "decide").value("as").unwrap().to_owned();
        replace(&session, key);
        for word in ["approve", "hold", "junk"] {
            let fields = [("do", word), ("ping", "entry/1"), ("as", shown.as_str())];
            let page = session.decided(&fields);
            assert!(
                page.contains("1 has changed since you saw it"),
                "{word} {key}: {page}"
            );
        }
        let names = "entry/1 entry/2";
        let page = session.decided(&[("do", "approve"), ("ping", names), ("as", &shown)]);
        assert!(
            page.contains(
                "published; weblog2.example is known from now on. 1 has changed since you"
            ),
            "{page}"
        );
        assert_eq!(
            session.states("entry")[0],
            (1, "held unknown-domain".to_owned())
        );
        assert_eq!(
            session.states("entry")[1],
            (2, "published owner".to_owned())
        );
        // Seen again, it is decided about.
        let page = session.send(&Request::get("__mode=moderate"));
        let shown = find_form(&page, "decide").value("as").unwrap().to_owned();
        let page = session.decided(&[("do", "approve"), ("ping", "entry/1"), ("as", &shown)]);
        assert!(page.contains(": published"), "{page}");
    }
}

fn f5_what_changed_before_the_question_is_answered_is_left_as_it_is(door: Interface) {
    for word in ["delete", "ban", "all-approve"] {
        let mut session = OwnerSession::with(door, &[("entry", pings())]);
        let names = "entry/1 entry/2";
        let fields = [("do", word), ("ping", names), ("shown", names)];
        let sure = session.decide(&fields).expect(200);
        let asked = find_form(&sure, "decide");
        replace(&session, "title");
        let word = word.trim_start_matches("all-");
        let shown = asked.value("as").unwrap();
        let answer = [
            ("do", word),
            ("sure", "yes"),
            ("ping", names),
            ("as", shown),
        ];
        let page = session.decided(&answer);
        assert!(
            page.contains("1 has changed since you saw it"),
            "{word}: {page}"
        );
        assert_eq!(
            session.states("entry")[0],
            (1, "held unknown-domain".to_owned())
        );
        // And what changed before is not asked about.
        let fields = [("do", "delete"), ("ping", "entry/1 entry/3"), ("as", shown)];
        let sure = session.decide(&fields).expect(200);
        assert!(sure.text().contains("Delete 1 ping?"), "{sure}");
        assert!(
            sure.text()
                .contains("Pings that have changed since you saw them are left out.")
        );
    }
}

fn f5_the_list_of_an_id_decides_about_what_it_shows(door: Interface) {
    let mut session = OwnerSession::with(door, &[("entry", vec![pings().remove(0)])]);
    let list = session.send(&Request::get("__mode=list&tb_id=entry"));
    let state = find_form(&list, "state");
    let confirm = session.send(&Request::get("__mode=delete&tb_id=entry&id=1"));
    let delete = find_form(&confirm, "delete");
    let mut newer = pings().remove(0);
    newer["excerpt"] = json!("Cheap pills");
    put(&session.site, "entry", &[newer]);
    let shown = state.value("as").unwrap();
    let token = state.value("token").unwrap();
    let publish = [
        ("__mode", "state"),
        ("token", token),
        ("tb_id", "entry"),
        ("id", "1"),
        ("as", shown),
        ("to", "published"),
    ];
    let refused = session.send(&Request::post(&publish));
    assert_eq!(refused.status, 409, "{refused}");
    assert!(
        refused.text().contains("has changed since you saw it"),
        "{refused}"
    );
    assert_eq!(session.send(&delete.request()).status, 409);
    assert_eq!(
        session.states("entry"),
        [(1, "held unknown-domain".to_owned())]
    );
    let confirm = session.send(&Request::get("__mode=delete&tb_id=entry&id=1"));
    assert_eq!(
        session
            .send(&find_form(&confirm, "delete").request())
            .status,
        303
    );
    assert!(session.states("entry").is_empty());
}

fn f5_the_shell_decides_about_what_it_printed(door: Interface) {
    let session = OwnerSession::with(door, &[("entry", pings())]);
    let of = |command: &[&str], number: u64| {
        let printed = session.site.tb(command);
        let mut lines = printed
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let line = lines.find(|line| line["id"] == number).unwrap();
        line["as"].as_str().unwrap().to_owned()
    };
    let first = of(&["queue", "--json"], 1);
    assert_eq!(first.len(), 32);
    assert_eq!(of(&["list", "entry", "--json"], 1), first);
    assert_eq!(of(&["show", "entry", "1", "--json"], 1), first);
    let second = of(&["queue", "--json"], 2);
    assert_ne!(first, second);
    replace(&session, "blog_name");
    let both = [
        "approve", "entry", "1", "2", "--as", &first, "--as", &second,
    ];
    let said = session.site.tb_fails(1, &both);
    assert!(
        said.contains("`entry` 1 has changed since you saw it; nothing was changed"),
        "{said}"
    );
    assert!(
        session
            .states("entry")
            .iter()
            .all(|(_, state)| state == "held unknown-domain")
    );
    session
        .site
        .tb_fails(2, &["approve", "entry", "1", "2", "--as", &first]);
    session.site.tb(&["approve", "entry", "2", "--as", &second]);
    session
        .site
        .tb(&["junk", "entry", "1", "--as", &of(&["queue", "--json"], 1)]);
    assert_eq!(session.states("entry")[0], (1, "junk owner".to_owned()));
    assert_eq!(
        session.states("entry")[1],
        (2, "published owner".to_owned())
    );
}
