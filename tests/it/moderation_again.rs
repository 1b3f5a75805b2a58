//! "Look again": the owner has the page of one ping checked again, and nobody else does.

use crate::support::blog::{Blog, Script};
use crate::support::live::for_each_host;
use crate::support::owner_session::{Interface, OwnerSession, days_ago, put};
use crate::support::request::Request;
use crate::support::verification::*;

for_each_host! {
    [
        cgi: Interface::Cgi,
        serve: Interface::Serve,
    ]
    a_page_that_answers_again_is_published_after_one_check
    nobody_else_has_a_page_checked
    a_hostile_name_of_a_ping_queues_nothing
    only_what_depends_on_its_page_has_the_button
}

const LOOK: (&str, &str) = ("do", "look-again entry/1");

/// The owner of a site with a ping whose page did not answer.
fn unanswered(door: Interface) -> (OwnerSession, Blog) {
    let blog = peer(80, Script::status(503));
    let session = OwnerSession::at(site("verified"), door, &[]);
    ping(&session.site, "entry", &blog.url("/"));
    look(&session.site);
    assert_eq!(reason(&session.site, "entry", 1), "held unreachable");
    (session, blog)
}

fn a_page_that_answers_again_is_published_after_one_check(door: Interface) {
    let mut requests = Vec::new();
    for clicks in [1, 3] {
        let (mut session, blog) = unanswered(door);
        let page = session.page("__mode=moderate");
        assert!(page.contains("value=\"look-again entry/1\""), "{page}");
        let before = blog.requests().len();
        blog.play("/", linking());
        let page = session.decided(&[LOOK]);
        assert!(page.contains("Its page is being checked again"), "{page}");
        for _ in 1..clicks {
            session.decide(&[LOOK]).expect(303);
        }
        look(&session.site);
        assert_eq!(state(&session.site, "entry", 1), "published verified");
        requests.push(blog.requests().len() - before);
    }
    assert_eq!(requests[0], requests[1], "several clicks, one check");
}

fn nobody_else_has_a_page_checked(door: Interface) {
    let (mut session, blog) = unanswered(door);
    blog.play("/", linking());
    let before = blog.requests().len();
    let token = session.token();
    let fields = |token| [("__mode", "decide"), ("token", token), LOOK];
    session.stranger(&Request::post(&fields(&token)));
    session.send(&Request::post(&fields("0123")));
    session.send(&Request::post(&fields("")));
    let query = format!("__mode=decide&do=look-again+entry/1&token={token}");
    session.send(&Request::get(&query));
    look(&session.site);
    assert_eq!(reason(&session.site, "entry", 1), "held unreachable");
    assert_eq!(blog.requests().len(), before);
}

fn a_hostile_name_of_a_ping_queues_nothing(door: Interface) {
    let (mut session, blog) = unanswered(door);
    let before = blog.requests().len();
    for name in [
        "",
        "entry",
        "entry/",
        "entry/2",
        "entry/-1",
        "entry/18446744073709551616",
        "nowhere/1",
        "../entry/1",
        "<b>/1",
    ] {
        let word = format!("look-again {name}");
        let page = session.decided(&[("do", &word)]);
        assert!(!page.contains("Its page is being checked"), "{name}");
        assert!(!page.contains("<b>/1"), "{name}");
    }
    // The text that the owner saw is another.
    let page = session.decided(&[LOOK, ("as", "entry/1=0123")]);
    assert!(page.contains("has changed since you saw it"), "{page}");
    // There is no such button for all.
    for word in ["look-again", "all-look-again"] {
        let more = [("ping", "entry/1"), ("shown", "entry/1")];
        let reply = session.decide(&[&[("do", word)], &more[..]].concat());
        assert!(reply.status >= 400, "{reply}");
    }
    look(&session.site);
    assert_eq!(reason(&session.site, "entry", 1), "held unreachable");
    assert_eq!(blog.requests().len(), before);
}

fn only_what_depends_on_its_page_has_the_button(door: Interface) {
    let mut session = OwnerSession::at(site("known"), door, &[]);
    for (tab, why, has_button) in [
        ("held", "gave-up: no response in time", true),
        ("held", "unknown-domain: weblog1.example/", true),
        ("held", "owner", false),
        ("held", "moderated", false),
        ("held", "flood", false),
        ("junk", "no-link", true),
        ("junk", "source-gone", true),
        ("junk", "score: links", false),
        ("junk", "banned-word: pills", false),
        ("junk", "owner", false),
        ("published", "verified", false),
    ] {
        let line = crate::support::owner_session::ping(1, &days_ago(1), tab, why);
        put(&session.site, "entry", &[line]);
        let page = session.page(&format!("__mode=moderate&state={tab}"));
        assert_eq!(page.contains("look-again entry/1"), has_button, "{why}");
        if !has_button {
            session.decided(&[LOOK]);
            assert_eq!(state(&session.site, "entry", 1), format!("{tab} {why}"));
        }
    }
}

#[test]
fn the_shell_has_a_page_checked_again_and_says_why_not() {
    let site = site("verified");
    let blog = peer(81, Script::html("<h1>A title</h1>"));
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    assert_eq!(reason(&site, "entry", 1), "junk no-link");
    blog.play("/", linking());
    for (args, status) in [
        (&["verify", "entry"][..], 2),
        (&["verify", "entry", "x"], 2),
        (&["verify", "entry", "1", "--all"], 2),
        (&["verify", "entry", "1", "--queue"], 2),
        (&["verify", "entry", "1", "2"], 1),
    ] {
        let output = site.command().args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{args:?}");
        assert_eq!(reason(&site, "entry", 1), "junk no-link", "{args:?}");
    }
    let printed = site.tb(&["verify", "--wait", "entry", "1"]);
    assert!(printed.contains("published"), "{printed}");
    assert_eq!(state(&site, "entry", 1), "published verified");
    let output = site.command().args(["verify", "entry", "1"]).output();
    assert_eq!(output.unwrap().status.code(), Some(1), "it is published");
}
