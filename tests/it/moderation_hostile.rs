//! The page over the pings of all ids among enemies: hostile text, planted files, forged forms.

use std::os::unix::fs::symlink;

use serde_json::json;
use tb::internals::error::Refusal;

use crate::moderation::{shown, two};
use crate::support::live::for_each_host;
use crate::support::owner_session::{Interface, OwnerSession, own};
use crate::support::request::Request;

for_each_host! {
    [
        cgi: Interface::Cgi,
        serve: Interface::Serve,
    ]
    s2_an_id_that_cannot_be_read_closes_no_page
    s3_hostile_titles_words_and_addresses_are_text
    s4_nothing_is_decided_without_the_sessions_own_token
    s4_a_link_decides_nothing
}

fn s2_an_id_that_cannot_be_read_closes_no_page(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    symlink("/etc/passwd", session.site.data_dir().join("planted.jsonl")).unwrap();
    let page = session.page("__mode=moderate");
    assert_eq!(shown(&page), ["entry/2", "other/4", "entry/1"]);
    assert!(
        page.contains("<bdi>planted</bdi>") && !page.contains("root:"),
        "{page}"
    );
    let decided = session.decide(&[("do", "approve"), ("ping", "planted/1")]);
    assert_eq!(decided.status, 503, "{decided}");
}

fn s3_hostile_titles_words_and_addresses_are_text(door: Interface) {
    const EVIL: &str = "\"'><script>alert(1)</script>]]>{{ x }}&lt;";
    let mut lines = two();
    for ping in &mut lines[0].1 {
        for key in ["title", "excerpt", "blog_name", "why", "from", "via"] {
            ping[key] = json!(EVIL);
        }
    }
    lines[0].1[1]["url"] = json!("javascript:alert(1)//spam.example");
    let mut session = OwnerSession::with(door, &lines);
    let evil = "%22'%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for query in [
        "__mode=moderate".to_owned(),
        format!("__mode=moderate&q={evil}"),
        format!("__mode=moderate&q={evil}&state={evil}&before={evil}&after={evil}"),
        format!("__mode=moderate&done={evil}&n={evil}&gone={evil}"),
        format!("__mode=moderate&state=deleted&q={evil}"),
    ] {
        let page = session.page(&query);
        assert!(
            !page.contains("<script>") && !page.contains("href=\"javascript:"),
            "{page}"
        );
    }
    let all = "entry/1 entry/2 other/4";
    let here = [("state", EVIL), ("q", EVIL), ("before", EVIL)];
    for action in ["delete", "ban", "all-approve"] {
        let mut fields = vec![("do", action), ("ping", all), ("shown", all)];
        fields.extend(here);
        let sure = session.decide(&fields).expect(200);
        assert!(!sure.text().contains("<script>"), "{sure}");
        assert!(!sure.text().contains("href=\"javascript:"), "{sure}");
    }
    let mut fields = vec![("do", "approve"), ("ping", "entry/1")];
    fields.extend(here);
    let reply = session.decide(&fields).expect(303);
    let location = reply.header("Location").unwrap();
    assert!(
        location.starts_with("http://127.0.0.1") && !location.contains('<'),
        "{location}"
    );
}

fn s4_nothing_is_decided_without_the_sessions_own_token(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let token = session.token();
    let before = session.site.snapshot();
    for bad in ["", "0", &token[1..], &token.to_uppercase()] {
        for action in [
            "approve",
            "junk",
            "hold",
            "delete",
            "ban",
            "all-approve",
            "revoke",
        ] {
            let fields = [
                ("__mode", "decide"),
                ("do", action),
                ("sure", "yes"),
                ("ping", "entry/1"),
                ("shown", "entry/1"),
                ("token", bad),
            ];
            let reply = session.send(&Request::post(&fields)).expect(403);
            assert!(reply.text().contains("out of date"), "{reply}");
            let mut right = fields;
            right[5].1 = &token;
            let reply = session.stranger(&Request::post(&right)).expect(403);
            assert!(
                reply.text().contains(Refusal::NotLoggedIn.message()),
                "{reply}"
            );
        }
    }
    let reply = session
        .stranger(&Request::get("__mode=moderate"))
        .expect(403);
    assert!(!reply.text().contains("Title 1") && reply.text().contains("type=\"password\""));
    // Only the log of what was refused has grown.
    let changed = |name: &str| own(&session.site, name);
    assert_eq!((changed(".domains"), changed(".bans")), Default::default());
    let after = session.site.snapshot();
    let pings = |snapshot: &crate::support::snapshot::Snapshot| {
        let paths = snapshot.paths().into_iter().map(|path| path.to_owned());
        paths
            .filter(|path| path.extension().is_some_and(|e| e == "jsonl" || e == "xml"))
            .collect::<Vec<_>>()
    };
    assert_eq!(pings(&after), pings(&before));
    assert_eq!(
        session.states("entry")[0],
        (1, "held unknown-domain".to_owned())
    );
}

fn s4_a_link_decides_nothing(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let token = session.token();
    let query = format!("__mode=decide&do=approve&ping=entry/1&token={token}");
    session.send(&Request::get(&query)).expect(405);
    let query = format!("__mode=moderate&do=approve&ping=entry/1&token={token}");
    session.page(&query);
    session
        .send(&Request::post(&[("do", "approve"), ("token", &token)]).query("__mode=moderate"))
        .expect(405);
    assert_eq!(
        session.states("entry")[0],
        (1, "held unknown-domain".to_owned())
    );
}
