//! The pages of the moderation list: what fits on one, what the next has, and the buttons of each ping.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::moderation::{shown, two};
use crate::support::live::for_each_host;
use crate::support::owner_session::{Interface, OwnerSession, days_ago, ping, put};
use crate::support::write;

for_each_host! {
    [
        cgi: Interface::Cgi,
        serve: Interface::Serve,
    ]
    the_button_of_a_ping_decides_about_it_alone
    a_page_stays_below_30_kb_whatever_the_pings
    a_page_of_the_list_stays_what_it_is_when_pings_come
    a_ping_that_waits_for_its_page_says_when_that_is_tried_again_and_what_the_page_says
}

fn the_button_of_a_ping_decides_about_it_alone(door: Interface) {
    let mut session = OwnerSession::with(door, &two());
    let page = session.page("__mode=moderate");
    assert!(page.contains("<title>Held (3) - "), "{page}");
    for button in ["approve entry/2", "junk entry/2", "approve other/4"] {
        assert!(page.contains(&format!("value=\"{button}\"")), "{page}");
    }
    let ticked = [
        ("ping", "other/4"),
        ("ping", "entry/2"),
        ("shown", "entry/1 entry/2 other/4"),
    ];
    let page = session.decided(&[&[("do", "approve entry/1")], &ticked[..]].concat());
    assert!(page.contains(": published"), "{page}");
    let page = session.decided(&[&[("do", "junk entry/2")], &ticked[..]].concat());
    assert!(page.contains(": put with the junk."), "{page}");
    let sure = session.decide(&[("do", "delete entry/1")]).expect(200);
    assert!(sure.text().contains("Delete 1 ping?"), "{sure}");
    for nothing in [
        "approve nowhere/7",
        "approve entry",
        "approve /",
        "approve ",
        "approve entry/x",
    ] {
        session.decided(&[("do", nothing), ("ping", "other/4")]);
    }
    let state = |number, text: &str| (number, text.to_owned());
    assert_eq!(
        session.states("entry")[..2],
        [state(1, "published owner"), state(2, "junk owner")]
    );
    assert_eq!(session.states("other")[0], state(4, "held by-hand"));
}

fn a_page_stays_below_30_kb_whatever_the_pings(door: Interface) {
    let usual = |n: u64| ping(n, &days_ago(1), "held", "unknown-domain: weblog.example/");
    let long = |n: u64| {
        let mut line = usual(n);
        line["url"] = json!(format!("http://weblog.example/{n}?{}", "&".repeat(1_900)));
        for key in ["title", "excerpt", "blog_name"] {
            line[key] = json!("\"".repeat(250));
        }
        line
    };
    let id = "語".repeat(42);
    let mut session = OwnerSession::with(door, &[]);
    for (lines, most) in [
        ((1..=50).map(usual).collect::<Vec<_>>(), 50),
        ((1..=50).map(long).collect(), 2),
    ] {
        put(&session.site, &id, &lines);
        let (mut query, mut seen) = ("__mode=moderate".to_owned(), Vec::new());
        loop {
            let page = session.page(&query);
            assert!(page.len() < 30_000, "{} bytes", page.len());
            let here = shown(&page);
            assert!((1..=most).contains(&here.len()), "{here:?}");
            seen.extend(here);
            match link(&page, "older") {
                Some(older) => query = older,
                None => break,
            }
        }
        let newer = link(&session.page(&query), "newer").expect("newer ones");
        let back = session.page(&newer);
        assert!(back.len() < 30_000 && link(&back, "newer").is_some());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 50, "each ping stands on one page");
    }
}

/// The query of the link of that class.
fn link(page: &str, class: &str) -> Option<String> {
    let part = page.split(&format!("class=\"{class}\"")).nth(1)?;
    let part = part.split("href=\"").nth(1)?.split('"').next()?;
    let url = part.replace("&#38;", "&").replace("&amp;", "&");
    Some(url.split_once('?')?.1.to_owned())
}

fn a_page_of_the_list_stays_what_it_is_when_pings_come(door: Interface) {
    // Times that do not rise with the numbers, and several of one second.
    let time = |n: u64| format!("2026-11-{:02}T0{}:00:00Z", 1 + (n * 7) % 23, n % 3);
    let lines = |from: u64| {
        (from..from + 60)
            .map(|n| ping(n, &time(n), "held", "flood"))
            .collect()
    };
    let mut session = OwnerSession::with(door, &[("a", lines(1)), ("b", lines(101))]);
    let first = session.page("__mode=moderate");
    assert_eq!(link(&first, "newer"), None);
    let second_link = link(&first, "older").expect("older ones");
    let (mut all, mut pages) = (vec![shown(&first)], vec![first]);
    while let Some(older) = link(pages.last().unwrap(), "older") {
        let page = session.page(&older);
        all.push(shown(&page));
        pages.push(page);
    }
    let each = all.concat();
    let distinct: BTreeSet<&String> = each.iter().collect();
    assert_eq!(
        (each.len(), distinct.len()),
        (120, 120),
        "each ping stands on one page"
    );
    // On the way back none is left out.
    let last = pages.last().unwrap();
    let newer = shown(&session.page(&link(last, "newer").expect("newer ones")));
    let until = each.len() - all.last().unwrap().len();
    assert_eq!(newer, each[until - newer.len()..until]);
    put(
        &session.site,
        "c",
        &[ping(1, "2026-11-30T00:00:00Z", "held", "flood")],
    );
    assert_eq!(
        shown(&session.page(&second_link)),
        all[1],
        "a new ping moves nothing"
    );
    let last = each[100..].join(" ");
    let back = session.decided(&[
        ("do", "junk"),
        ("before", "2026-11-01T00:00:00Z 1 a"),
        ("ping", &last),
    ]);
    assert!(
        back.contains("20 put with the junk.") && back.contains("No more pings."),
        "{back}"
    );
    assert!(link(&back, "newer").is_some());
}

fn a_ping_that_waits_for_its_page_says_when_that_is_tried_again_and_what_the_page_says(
    door: Interface,
) {
    let mut quoted = ping(1, &days_ago(1), "held", "unreachable: HTTP error: 503");
    quoted["quote"] = json!("</q><script>alert(1)</script>\u{202e} a \u{1b}[2J\"post\"");
    let mut strange = ping(4, &days_ago(1), "held", "by-hand");
    strange["quote"] = json!([[1]]);
    let lines = vec![
        quoted,
        ping(2, &days_ago(1), "held", "unverified"),
        ping(3, &days_ago(1), "held", "unreachable: it is tried again."),
        strange,
    ];
    let mut session = OwnerSession::with(door, &[("entry", lines)]);
    let next = Timestamp::now() + SignedDuration::from_hours(2);
    let next = next.strftime("%Y-%m-%dT%H:%M:00Z").to_string();
    let queued = |number: u64, more: &str| {
        format!("{{\"tb_id\":\"entry\",\"number\":{number},\"next\":\"{next}\"{more}}}\n")
    };
    let queue =
        queued(1, ",\"tries\":1") + &queued(2, "") + &queued(3, ",\"tries\":1,\"begun\":true");
    write(&session.site.data_dir().join(".queue"), &queue);
    let page = session.page("__mode=moderate");
    let clock = &next[11..16];
    for expected in [
        format!("Its page could not be fetched; it is tried again at {clock}"),
        "(HTTP error: 503)".to_owned(),
        format!("Its page has not been checked yet. The next check is at {clock}"),
        // Its check runs.
        "it is tried again. (it is tried again.)".to_owned(),
        "<q dir=\"auto\" lang=\"\">&#60;/q&#62;&#60;script&#62;alert(1)&#60;/script&#62; a [2J&#34;post&#34;</q>".to_owned(),
    ] {
        assert!(page.contains(&expected), "{expected}: {page}");
    }
    assert_eq!(page.matches("<q ").count(), 1, "{page}");
    let site = &session.site;
    let shown = |arguments: &[&str]| -> Vec<Value> {
        let lines = site.tb(arguments);
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    assert_eq!(
        shown(&["show", "entry", "1", "--json"])[0]["next_check"],
        next
    );
    assert_eq!(
        shown(&["show", "entry", "3", "--json"])[0].get("next_check"),
        None
    );
    let said = site.tb(&["show", "entry", "1"]);
    assert!(
        said.contains(&format!("\nnext check\t{}", &next[..10])),
        "{said}"
    );
    let queue = shown(&["queue", "--json"]);
    let of_queue = queue.iter().filter(|row| row["next_check"] == next);
    assert_eq!(of_queue.count(), 2, "{queue:?}");
    // What has become of the file of the queue keeps no page from being shown.
    write(&session.site.data_dir().join(".queue"), "{\n");
    assert!(
        session
            .page("__mode=moderate")
            .contains("it is tried again. (HTTP error: 503)")
    );
}
