//! The page over the pings of all ids: what it shows, what it changes, and what it never does.

use serde_json::{Value, json};
use tb::internals::error::Refusal;

use crate::support::live::for_each_host;
use crate::support::owner_session::{Interface, OwnerSession, days_ago, own, ping};
use crate::support::request::Request;
use crate::support::site::Site;

for_each_host! {
    [
        cgi: Interface::Cgi,
        serve: Interface::Serve,
    ]
    the_pings_of_all_ids_stand_there_newest_first_and_each_says_why
    approving_publishes_and_makes_the_domain_known
    an_approval_does_the_same_from_the_page_from_the_list_and_from_the_shell
    an_unknown_action_is_refused_and_changes_nothing
    fifty_pings_are_decided_at_once
    what_is_deleted_is_asked_about_first_and_leaves_its_number
    banning_asks_first_and_junks
    all_on_a_page_asks_first_and_means_that_page
    a_ping_that_went_meanwhile_is_passed_over_and_told
    ids_of_any_script_are_decided_about
    words_are_searched_for_in_every_text_whatever_their_case
}

const T: [&str; 4] = [
    "2026-11-01T05:00:00Z",
    "2026-11-02T05:00:00Z",
    "2026-11-03T05:00:00Z",
    "2026-11-04T05:00:00Z",
];

/// Two ids whose pings came in turn.
pub(crate) fn two() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        (
            "entry",
            vec![
                ping(1, T[0], "held", "unknown-domain"),
                ping(2, T[2], "held", "score: 4 links"),
                ping(3, T[3], "published", "verified"),
            ],
        ),
        (
            "other",
            vec![
                ping(4, T[1], "held", "by-hand"),
                // Junk is removed after 30 days.
                ping(5, &days_ago(1), "junk", "no-link"),
            ],
        ),
    ]
}

/// The values of the checkboxes, in their order.
pub(crate) fn shown(page: &str) -> Vec<String> {
    let parts = page
        .split("type=\"checkbox\" name=\"ping\" value=\"")
        .skip(1);
    let value = |part: &str| part.split('"').next().unwrap_or_default().to_owned();
    parts.map(value).collect()
}

fn the_pings_of_all_ids_stand_there_newest_first_and_each_says_why(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let page = session.page("__mode=moderate");
    assert_eq!(shown(&page), ["entry/2", "other/4", "entry/1"]);
    for text in [
        "It looks like spam. (4 links)",
        "you have not approved its host before",
        "Approving makes <b>weblog1.example/</b> known.",
        "by-hand",
        "weblog4.example",
        "203.0.113.0/24",
        "href=\"http://www.weblog1.example/1\" rel=\"nofollow ugc noopener\"",
        "Held <span>3</span>",
        "Junk <span>1</span>",
        "Published <span>1</span>",
        "Deleted <span>0</span>",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert_eq!(
        shown(&session.page("__mode=moderate&state=junk")),
        ["other/5"]
    );
    assert_eq!(
        shown(&session.page("__mode=moderate&state=published")),
        ["entry/3"]
    );
    assert_eq!(
        shown(&session.page("__mode=moderate&state=%00")),
        shown(&page),
        "what waits"
    );
    let list = session.page("__mode=list&tb_id=entry");
    assert!(list.contains("__mode=moderate") && session.page("").contains("__mode=moderate"));
}

fn approving_publishes_and_makes_the_domain_known(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let page = session.decided(&[("do", "approve"), ("ping", "entry/1"), ("ping", "other/4")]);
    assert!(page.contains("2 approved."), "{page}");
    assert_eq!(shown(&page), ["entry/2"]);
    assert_eq!(
        session.states("entry")[0],
        (1, "published owner".to_owned())
    );
    assert_eq!(
        session.states("other")[0],
        (4, "published owner".to_owned())
    );
    let domains = own(&session.site, ".domains");
    assert!(domains.contains("weblog1.example") && domains.contains("weblog4.example"));
    let feed = std::fs::read_to_string(session.site.rss_dir().join("entry.xml")).unwrap();
    assert!(feed.contains("http://www.weblog1.example/1"), "{feed}");
    let page = session.decided(&[("do", "junk"), ("state", "published"), ("ping", "entry/1")]);
    assert!(page.contains(": put with the junk.") && page.contains("value=\"published\""));
    // One bad ping does not punish whom the owner has approved; the owner's own word does.
    assert!(own(&session.site, ".domains").contains("weblog1.example"));
    let sure = [("do", "forget"), ("sure", "yes"), ("ping", "entry/1")];
    assert!(
        session
            .decided(&sure)
            .contains("hosts are not known any more")
    );
    assert!(!own(&session.site, ".domains").contains("weblog1.example"));
    assert!(
        session
            .decided(&[("do", "hold"), ("ping", "entry/1")])
            .contains(": held.")
    );
    assert_eq!(session.states("entry")[0], (1, "held owner".to_owned()));
    assert!(
        session
            .decided(&[("do", "approve")])
            .contains("No ping was selected.")
    );
}

fn an_approval_does_the_same_from_the_page_from_the_list_and_from_the_shell(door: Interface) {
    let same_host = |number| {
        let mut line = ping(number, T[0], "held", "unknown-domain: weblog1.example/");
        line["url"] = json!(format!("http://www.weblog1.example/{number}"));
        line
    };
    let pings = [
        ("entry", vec![same_host(1), same_host(2)]),
        ("other", vec![same_host(3)]),
    ];
    let mut results = Vec::new();
    for (way, by) in [("page", "page"), ("list", "page"), ("shell", "shell")] {
        let mut site = Site::new();
        site.set("publish", "\"known\"");
        let mut session = OwnerSession::at(site, door, &pings);
        match way {
            "page" => {
                session
                    .decide(&[("do", "approve"), ("ping", "entry/1")])
                    .expect(303);
            }
            "list" => {
                let token = session.token();
                let fields = [("tb_id", "entry"), ("id", "1"), ("to", "published")];
                let mut all = vec![("__mode", "state"), ("token", token.as_str())];
                all.extend(fields);
                session.send(&Request::post(&all)).expect(303);
            }
            _ => {
                session.site.tb(&["approve", "entry", "1"]);
            }
        }
        let log = own(&session.site, ".log");
        let published = log.lines().filter_map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            let word = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            let is_meant = word("event") == "published" && word("by") == by;
            is_meant.then(|| format!("{} {} {}", word("tb_id"), event["id"], word("why")))
        });
        let published: Vec<String> = published.collect();
        let states = [session.states("entry"), session.states("other")].concat();
        results.push((states, published, own(&session.site, ".domains")));
    }
    let (states, published, domains) = &results[0];
    let state = |number, why: &str| (number, format!("published {why}"));
    assert_eq!(
        *states,
        [
            state(1, "owner"),
            state(2, "verified"),
            state(3, "verified")
        ]
    );
    assert_eq!(published.len(), 3, "{published:?}");
    assert_eq!(domains, "weblog1.example/\n");
    assert_eq!(results[1], results[0], "the list of the id");
    assert_eq!(results[2], results[0], "the shell");
}

fn an_unknown_action_is_refused_and_changes_nothing(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let before = [session.states("entry"), session.states("other")];
    for word in [
        "",
        "publish",
        "Approve",
        "all-",
        "all-all-junk",
        "all-revoke",
        "all-approve entry/1",
        "publish entry/1",
        " entry/1",
    ] {
        let fields = [
            ("do", word),
            ("ping", "entry/1"),
            ("shown", "entry/1"),
            ("sure", "yes"),
        ];
        let refused = session.decide(&fields).expect(400);
        assert!(
            refused.text().contains(Refusal::UnknownAction.message()),
            "{word}"
        );
    }
    let token = session.token();
    for to in ["", "approve", "deleted", "Junk"] {
        let fields = [
            ("__mode", "state"),
            ("token", token.as_str()),
            ("tb_id", "entry"),
            ("id", "1"),
            ("to", to),
        ];
        session.send(&Request::post(&fields)).expect(400);
    }
    assert_eq!([session.states("entry"), session.states("other")], before);
}

fn fifty_pings_are_decided_at_once(door: Interface) {
    let long = "語".repeat(42);
    let lines: Vec<Value> = (1..=60).map(|n| ping(n, T[0], "held", "flood")).collect();
    let mut session = OwnerSession::with(door, &[(long.as_str(), lines)]);
    let names: Vec<String> = (11..=60).map(|n| format!("{long}/{n}")).collect();
    let shown_names = names.join(" ");
    let mut fields = vec![
        ("do", "approve"),
        ("state", "held"),
        ("q", "title"),
        ("shown", &shown_names),
    ];
    fields.extend(names.iter().map(|name| ("ping", name.as_str())));
    assert!(session.decided(&fields).contains("50 approved."));
    let states = session.states(&long);
    let published = states
        .iter()
        .filter(|(_, state)| state == "published owner");
    assert_eq!(published.count(), 50);
    assert!(
        states
            .iter()
            .take(10)
            .all(|(_, state)| state == "held flood")
    );
}

fn what_is_deleted_is_asked_about_first_and_leaves_its_number(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let before = session.site.snapshot();
    let chosen = [("do", "delete"), ("ping", "entry/2"), ("ping", "other/4")];
    let sure = session.decide(&chosen).expect(200);
    assert!(sure.text().contains("Delete 2 pings?") && sure.text().contains("Title 4"));
    assert_eq!(session.site.snapshot(), before);
    let page = session.decided(&[
        ("do", "delete"),
        ("sure", "yes"),
        ("ping", "entry/2 other/4"),
    ]);
    assert!(page.contains("2 deleted."), "{page}");
    let page = session.page("__mode=moderate&state=deleted");
    assert!(
        page.contains("Deleted <span>2</span>") && page.contains("<td>4</td>"),
        "{page}"
    );
    assert!(!page.contains("Title 4") && !page.contains("weblog4"));
    let again = Request::ping("entry", "http://www.weblog2.example/2");
    assert!(
        session
            .stranger(&again)
            .text()
            .contains(Refusal::Withdrawn.message())
    );
}

fn banning_asks_first_and_junks(door: Interface) {
    let mut lines = two();
    lines[0].1[1]["url"] = json!("http://a.b.spam.co.uk/page");
    lines[0].1[0]["url"] = json!("http://co.uk/own");
    let mut session = OwnerSession::with(door, &lines);
    let before = session.site.snapshot();
    let fields = [("do", "ban"), ("ping", "entry/2 entry/1 other/4")];
    let sure = session.decide(&fields).expect(200);
    assert!(sure.text().contains("Ban these domains?"), "{sure}");
    assert!(
        sure.text().contains("<b>spam.co.uk</b>") && sure.text().contains("<b>weblog4.example</b>")
    );
    assert!(
        !sure.text().contains("<b>co.uk</b>"),
        "everybody below co.uk: {sure}"
    );
    assert_eq!(session.site.snapshot(), before);
    let page = session.decided(&[
        ("sure", "yes"),
        ("do", "ban"),
        ("ping", "entry/2 entry/1 other/4"),
    ]);
    assert!(page.contains("3 put with the junk, and banned."), "{page}");
    assert_eq!(
        own(&session.site, ".bans"),
        "tenant co.uk/own/\ndomain spam.co.uk\ndomain weblog4.example\n"
    );
    let log = own(&session.site, ".log");
    for domain in ["spam.co.uk", "weblog4.example"] {
        let is_ban = |line: &&str| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            event["event"] == "banned" && event["what"] == domain && event["by"] == "page"
        };
        assert_eq!(log.lines().filter(is_ban).count(), 1, "{domain}: {log}");
    }
    assert_eq!(session.states("entry")[1], (2, "junk owner".to_owned()));
    let refused = session.stranger(&Request::ping("entry", "http://c.spam.co.uk/"));
    assert!(refused.text().contains("<error>1</error>"), "{refused}");
}

fn all_on_a_page_asks_first_and_means_that_page(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let before = session.site.snapshot();
    let fields = [
        ("do", "all-approve"),
        ("shown", "entry/2 other/4"),
        ("ping", "entry/1"),
    ];
    let sure = session.decide(&fields).expect(200);
    assert!(sure.text().contains("Approve 2 pings?"), "{sure}");
    assert!(
        sure.text()
            .contains("name=\"ping\" value=\"entry/2 other/4\""),
        "{sure}"
    );
    assert_eq!(session.site.snapshot(), before);
    // The page itself names what it shows.
    let page = session.page("__mode=moderate");
    assert!(
        page.contains("name=\"shown\" value=\"entry/2 other/4 entry/1\""),
        "{page}"
    );
}

fn a_ping_that_went_meanwhile_is_passed_over_and_told(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    session.site.tb(&["delete", "entry", "1"]);
    let fields = [
        ("do", "approve"),
        ("ping", "entry/1 entry/2 nowhere/7 entry/x /1 entry"),
    ];
    let page = session.decided(&fields);
    assert!(
        page.contains(": published; weblog2.example is known from now on. 2 no longer exist."),
        "{page}"
    );
    assert_eq!(
        session.states("entry")[0],
        (2, "published owner".to_owned())
    );
    assert!(!session.site.data_dir().join("nowhere.jsonl").exists());
    let page = session.decided(&[("do", "delete"), ("ping", "entry/1")]);
    assert!(page.contains("1 no longer exists."), "{page}");
}

fn ids_of_any_script_are_decided_about(door: Interface) {
    let mut session = OwnerSession::with(door, &[("猫の話", vec![ping(1, T[0], "held", "flood")])]);
    assert_eq!(shown(&session.page("__mode=moderate")), ["猫の話/1"]);
    let page = session.page("__mode=moderate&q=%E7%8C%AB");
    assert_eq!(shown(&page), ["猫の話/1"]);
    assert!(
        session
            .decided(&[("do", "approve"), ("ping", "猫の話/1")])
            .contains(": published")
    );
    assert_eq!(
        session.states("猫の話")[0],
        (1, "published owner".to_owned())
    );
}

fn words_are_searched_for_in_every_text_whatever_their_case(door: Interface) {
    let mut lines = two();
    lines[0].1[0]["title"] = json!("ÉTÉ à Paris");
    lines[0].1[1]["blog_name"] = json!("Paris match");
    let mut session = OwnerSession::with(door, &lines);
    for (words, found) in [
        ("paris", vec!["entry/2", "entry/1"]),
        ("%C3%A9t%C3%A9+PARIS", vec!["entry/1"]),
        ("weblog4.EXAMPLE", vec!["other/4"]),
        ("an+excerpt+of+2", vec!["entry/2"]),
        ("OTHER", vec!["other/4"]),
        ("+", vec!["entry/2", "other/4", "entry/1"]),
        ("paris+nowhere", vec![]),
    ] {
        let page = session.page(&format!("__mode=moderate&q={words}"));
        assert_eq!(shown(&page), found, "{words}");
        assert!(
            page.contains("Held <span>3</span>"),
            "the counts are of all"
        );
    }
    let page = session.page("__mode=moderate&q=paris+nowhere");
    assert!(
        page.contains("No ping here contains these words."),
        "{page}"
    );
}
