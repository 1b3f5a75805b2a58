//! What is sent once more: an entry has changed, has lost a link, or is gone.

use serde_json::Value;

use super::{facts, mention, taking};
use crate::support::blog::{Blog, Script};
use crate::support::writer::{Writer, link, pings};

fn sources(blog: &Blog) -> Vec<String> {
    pings(blog)
        .iter()
        .map(|ping| ping["source"].clone())
        .collect()
}

/// Puts every time in the ledger back by so many hours.
fn let_pass(writer: &Writer, hours: i64) {
    let aged: String = writer
        .ledger()
        .lines()
        .map(|line| {
            let mut fact: Value = serde_json::from_str(line).unwrap();
            for key in ["time", "next", "not_before"] {
                if let Some(text) = fact[key].as_str() {
                    let time: jiff::Timestamp = text.parse().unwrap();
                    let time = time - jiff::SignedDuration::from_hours(hours);
                    fact[key] = time.to_string().into();
                }
            }
            format!("{fact}\n")
        })
        .collect();
    writer.site.write("tb-sent.jsonl", &aged);
}

#[test]
fn s14_a_change_is_told_to_all_previous_and_new_targets() {
    let (writer, one, two) = (Writer::new(), taking(2), taking(3));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    writer.publish("/1", &format!("<p>More text.{}{}", link(&one), link(&two)));
    writer.send(&[]).out();
    assert_eq!((pings(&one).len(), pings(&two).len()), (2, 1));
    let updates = facts(&writer, "result");
    let updates = updates.iter().filter(|fact| fact["for"] == "update");
    assert_eq!(updates.count(), 1);
    // Told once.
    writer.send(&[]).out();
    assert_eq!((pings(&one).len(), pings(&two).len()), (2, 1));
    assert!(writer.standing().values().all(|(state, _)| state == "sent"));
}

#[test]
fn s14_a_template_that_changes_is_no_change() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    let page = format!(
        "<title>New look</title><nav>x</nav><article>{}</article>",
        link(&one)
    );
    writer.own.play("/1", Script::html(&page));
    writer.announce("/1", &link(&one).replace("<p>", "<p class='new'>\n "));
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn s14_a_change_that_was_not_taken_is_told_again_later() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    writer.publish("/1", &format!("<p>More.{}", link(&one)));
    one.play("/wm", Script::status(500));
    assert_eq!(writer.send(&[]).code(), 1);
    assert_eq!(pings(&one).len(), 2);
    // Not before its time.
    writer.send(&[]).out();
    assert_eq!((pings(&one).len(), writer.only().0.as_str()), (2, "sent"));
    one.play("/wm", Script::status(202));
    let_pass(&writer, 2);
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 3);
    let_pass(&writer, 99);
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 3);
}

#[test]
fn s14_an_obstacle_is_not_taken_for_a_page_without_an_endpoint() {
    let blocked = Script::html("<link rel=webmention href=\"http://127.0.0.2:22/wm\">");
    let other = Script::html(
        "<link rel=webmention href=\"http://127.0.0.2:22/wm\"><link rel=\"pingback\" href=\"http://127.0.0.2/p\">",
    );
    for (page, is_final) in [
        (blocked, false),
        (other, false),
        (Script::status(404), false),
        (Script::status(503), false),
        (Script::html("<p>No endpoint."), true),
    ] {
        let (writer, one) = (Writer::new(), taking(2));
        writer.publish("/1", &link(&one));
        writer.send(&[]).out();
        writer.publish("/1", &format!("<p>More.{}", link(&one)));
        one.play("/x", page);
        writer.send(&[]);
        let update = facts(&writer, "result").pop().unwrap();
        assert_eq!(update["for"], "update", "{update}");
        assert_eq!(update["state"] == "refused", is_final, "{update}");
        one.play("/x", Script::html("<link rel=webmention href=/wm>"));
        let_pass(&writer, 2);
        writer.send(&[]).out();
        assert_eq!(pings(&one).len(), if is_final { 1 } else { 2 }, "{update}");
    }
}

#[test]
fn s14_a_change_that_is_put_off_for_a_month_is_given_up() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    writer.publish("/1", &format!("<p>More.{}", link(&one)));
    one.play("/wm", Script::status(503));
    for _ in 0..10 {
        writer.send(&[]);
        let_pass(&writer, 100);
    }
    let tried = pings(&one).len();
    assert!((7..11).contains(&tried), "{tried}");
    let last = facts(&writer, "result").pop().unwrap();
    assert_eq!(
        (&last["state"], &last["next"]),
        (&"later".into(), &Value::Null)
    );
    for _ in 0..3 {
        writer.send(&[]).out();
        let_pass(&writer, 100);
    }
    assert_eq!(pings(&one).len(), tried);
    // A further change begins anew.
    writer.publish("/1", &format!("<p>Even more.{}", link(&one)));
    writer.send(&[]);
    let last = facts(&writer, "result").pop().unwrap();
    assert!(last["next"].is_string(), "{last}");
    one.play("/wm", Script::status(202));
    let_pass(&writer, 2);
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), tried + 2);
}

#[test]
fn a_link_that_is_put_off_for_a_month_is_given_up() {
    for one in [taking(2), crate::support::writer::peer(2)] {
        let writer = Writer::new();
        writer.publish("/1", &link(&one));
        for path in ["/wm", "/tb"] {
            one.play(path, Script::status(503));
        }
        for _ in 0..10 {
            writer.send(&[]);
            let_pass(&writer, 100);
        }
        let tried = pings(&one).len();
        assert!((6..10).contains(&tried), "{tried}");
        let last = facts(&writer, "result").pop().unwrap();
        assert_eq!(
            (&last["state"], &last["next"]),
            (&"later".into(), &Value::Null)
        );
    }
}

#[test]
fn s14_more_than_5_changed_entries_are_asked_about() {
    let (writer, one) = (Writer::new(), taking(2));
    let publish = |text: &str| {
        for number in 0..6 {
            writer.publish(&format!("/{number}"), &format!("{text}{}", link(&one)));
        }
    };
    publish("<p>a");
    writer.send(&["--adopt", "none"]).out();
    publish("<p>b");
    let before = (writer.ledger(), one.requests().len());
    let said = writer.send(&[]).failed(2);
    for word in ["6 entries", "--updates all", "--updates none", "--dry-run"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let out = writer.send(&["--dry-run", "--json"]).out();
    assert_eq!(out.matches("\"for\":\"update\"").count(), 6, "{out}");
    assert_eq!((writer.ledger(), one.requests().len()), before);
    writer.send(&["--updates", "none"]).out();
    assert_eq!(pings(&one).len(), 6);
    // They count as told.
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 6);
    publish("<p>c");
    writer.send(&["--updates", "all"]).out();
    assert_eq!(pings(&one).len(), 12);
    publish("<p>d");
    let mut terminal = writer.site.terminal(&["send", "feed.xml"]);
    terminal.answer("Send them again [no]:", "yes");
    assert_eq!(terminal.end().1, 0);
    assert_eq!(pings(&one).len(), 18);
}

#[test]
fn s14_what_went_by_another_protocol_is_not_told_again() {
    let (writer, one) = (Writer::new(), crate::support::writer::peer(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    writer.publish("/1", &format!("<p>More.{}", link(&one)));
    writer.send(&[]).out();
    writer.publish("/1", "<p>Nothing.");
    writer
        .send(&[])
        .warned("the entry has no link to another page");
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn s15_a_link_that_is_removed_is_told_once_more() {
    let (writer, one, two) = (Writer::new(), taking(2), taking(3));
    writer.publish("/1", &format!("{}{}", link(&one), link(&two)));
    writer.send(&[]).out();
    // The feed alone is not believed.
    writer.announce("/1", &link(&two));
    writer.send(&[]);
    assert_eq!(pings(&one).len(), 1);
    writer.publish("/1", &link(&two));
    writer.send(&[]).out();
    assert_eq!((pings(&one).len(), pings(&two).len()), (2, 2));
    assert_eq!(
        pings(&one)[1],
        mention(&writer.own.url("/1"), &one.url("/x"))
    );
    let removals = facts(&writer, "result");
    let removals = removals.iter().filter(|fact| fact["for"] == "removal");
    assert_eq!(removals.count(), 1);
    writer.send(&[]).out();
    assert_eq!((pings(&one).len(), pings(&two).len()), (2, 2));
    // It comes back.
    writer.publish("/1", &format!("{}{}", link(&one), link(&two)));
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 3);
}

#[test]
fn s16_a_page_that_is_gone_in_two_runs_an_hour_apart_is_told() {
    for status in [404, 410] {
        let (writer, one, two) = (Writer::new(), taking(2), taking(3));
        writer.publish("/1", &format!("{}{}", link(&one), link(&two)));
        writer.publish("/2", &link(&two));
        writer.send(&[]).out();
        writer.site.write(
            "feed.xml",
            &format!(
                "<rss version=\"2.0\"><channel><title>T</title><item><title>2</title><link>{}</link><description><![CDATA[{}]]></description></item></channel></rss>",
                writer.own.url("/2"),
                link(&two)
            ),
        );
        // A feed that no longer has it says nothing, and neither does an outage.
        writer.send(&[]).out();
        writer.own.play("/1", Script::status(503));
        writer.send(&[]).out();
        let_pass(&writer, 2);
        writer.send(&[]).out();
        assert_eq!((pings(&one).len(), pings(&two).len()), (1, 2), "{status}");
        writer.own.play("/1", Script::status(status));
        writer.send(&[]).out();
        writer.send(&[]).out();
        assert_eq!((pings(&one).len(), pings(&two).len()), (1, 2), "{status}");
        let_pass(&writer, 2);
        writer.send(&[]).out();
        assert_eq!((pings(&one).len(), pings(&two).len()), (2, 3), "{status}");
        let expected = mention(&writer.own.url("/1"), &one.url("/x"));
        assert_eq!(pings(&one)[1], expected);
        let_pass(&writer, 2);
        writer.send(&[]).out();
        assert_eq!((pings(&one).len(), pings(&two).len()), (2, 3), "{status}");
        assert!(writer.standing().values().all(|(state, _)| state == "sent"));
    }
}

#[test]
fn s16_a_deletion_that_is_put_off_for_a_month_is_given_up() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    let empty = "<rss version=\"2.0\"><channel><title>T</title></channel></rss>";
    writer.site.write("feed.xml", empty);
    writer.own.play("/1", Script::status(410));
    one.play("/wm", Script::status(503));
    writer.send(&[]);
    // The month begins with the receiver's first response, not when the page was first gone.
    let_pass(&writer, 24 * 60);
    for _ in 0..10 {
        writer.send(&[]);
        let_pass(&writer, 100);
    }
    let tried = pings(&one).len();
    assert!((7..11).contains(&tried), "{tried}");
    for _ in 0..3 {
        writer.send(&[]);
        let_pass(&writer, 100);
    }
    assert_eq!(pings(&one).len(), tried);
}

#[test]
fn s16_a_page_that_comes_back_is_not_told() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    let empty = "<rss version=\"2.0\"><channel><title>T</title></channel></rss>";
    writer.site.write("feed.xml", empty);
    writer.own.play("/1", Script::status(404));
    writer.send(&[]);
    let_pass(&writer, 2);
    writer.own.play("/1", Script::html(&link(&one)));
    writer.send(&[]);
    writer.own.play("/1", Script::status(404));
    writer.send(&[]);
    writer.send(&[]);
    assert_eq!(sources(&one).len(), 1);
}

#[test]
fn s9_what_is_gone_is_told_under_the_spelling_that_was_sent() {
    for (scheme, end) in [("http:", "#f"), ("HTTP:", "")] {
        for is_deletion in [false, true] {
            let (writer, one) = (Writer::new(), taking(2));
            let spelling = one.url("/x").replace("http:", scheme) + end;
            writer.publish("/1", &format!("<p>x <a href='{spelling}'>it</a>"));
            writer.send(&[]).out();
            assert_eq!(pings(&one)[0]["target"], spelling);
            if is_deletion {
                writer.site.write(
                    "feed.xml",
                    "<rss version='2.0'><channel><title>T</title></channel></rss>",
                );
                writer.own.play("/1", Script::status(410));
                writer.send(&[]);
                let_pass(&writer, 2);
            } else {
                writer.publish("/1", "<p>Nothing.");
            }
            assert!(writer.send(&[]).0.status.success());
            assert_eq!(pings(&one).len(), 2, "{}", writer.ledger());
            assert_eq!(pings(&one)[1]["target"], spelling, "{is_deletion}");
        }
    }
}

#[test]
fn s16_a_page_that_the_user_names_may_be_gone() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    let page = writer.own.url("/1");
    let send = || writer.site.tb(&["send", &page]);
    assert!(send().0.status.success());
    writer.own.play("/1", Script::status(410));
    assert!(send().0.status.success());
    assert!(send().0.status.success());
    assert_eq!(pings(&one).len(), 1);
    let_pass(&writer, 2);
    assert!(send().0.status.success());
    assert_eq!(pings(&one).len(), 2);
    assert_eq!(pings(&one)[1], mention(&page, &one.url("/x")));
    let_pass(&writer, 2);
    assert!(send().0.status.success());
    assert_eq!(pings(&one).len(), 2);
    // One of which nothing was sent is a mistake.
    writer.own.play("/2", Script::status(410));
    writer.site.tb(&["send", &writer.own.url("/2")]).failed(1);
}

/// Not only a page that is gone for good answers so once, or twice in a month.
#[test]
fn s16_a_page_that_a_run_has_seen_since_is_gone_only_if_two_further_runs_say_so() {
    enum Seen {
        Named,
        Listed,
        Unlisted,
        Changed,
    }
    for seen in [Seen::Named, Seen::Listed, Seen::Unlisted, Seen::Changed] {
        let (writer, one) = (Writer::new(), taking(2));
        writer.publish("/1", &link(&one));
        writer.send(&[]).out();
        let feed = writer.site.read("feed.xml");
        let empty = "<rss version=\"2.0\"><channel><title>T</title></channel></rss>";
        writer.site.write("feed.xml", empty);
        writer.own.play("/1", Script::status(404));
        writer.send(&[]);
        let_pass(&writer, 3);
        writer.own.play("/1", Script::html(&link(&one)));
        let told = match seen {
            Seen::Named => {
                writer.site.tb(&["send", &writer.own.url("/1")]);
                1
            }
            Seen::Listed => {
                writer.site.write("feed.xml", &feed);
                writer.send(&[]).out();
                1
            }
            Seen::Unlisted => {
                writer.send(&[]);
                1
            }
            Seen::Changed => {
                writer
                    .site
                    .write("feed.xml", &feed.replace("<a ", "More. <a "));
                writer.send(&[]).out();
                2
            }
        };
        assert_eq!(pings(&one).len(), told);
        let_pass(&writer, 48);
        writer.site.write("feed.xml", empty);
        writer.own.play("/1", Script::status(404));
        writer.send(&[]);
        writer.send(&[]);
        assert_eq!(pings(&one).len(), told, "{}", writer.ledger());
        let_pass(&writer, 2);
        writer.send(&[]);
        assert_eq!(pings(&one).len(), told + 1, "{}", writer.ledger());
    }
}

#[test]
fn s16_a_page_that_is_listed_and_gone_is_noted_once() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    let feed = writer.site.read("feed.xml");
    let changed = feed.replace("<a ", "More. <a ");
    writer.site.write("feed.xml", &changed);
    writer.own.play("/1", Script::status(404));
    for _ in 0..3 {
        writer.send(&[]);
        let_pass(&writer, 2);
    }
    let noted = facts(&writer, "result");
    let noted = noted.iter().filter(|fact| fact["for"] == "deletion");
    assert_eq!(noted.count(), 1, "{}", writer.ledger());
}

#[test]
fn s16_each_run_says_what_becomes_of_a_page_that_is_gone() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    let page = writer.own.url("/1");
    let send = |flag: &[&str]| {
        let ran = writer.site.tb(&[&["send", &page], flag].concat());
        String::from_utf8(ran.0.stderr).unwrap()
    };
    send(&[]);
    writer.own.play("/1", Script::status(410));
    let says = |flag: &[&str], what: &str| {
        let err = send(flag);
        assert!(err.contains(what), "{what}: {err}");
    };
    says(
        &["--dry-run"],
        "; a run without `--dry-run` notes that, and one an hour later tells",
    );
    says(
        &[],
        "; a run an hour from now tells the pages that it linked to",
    );
    says(&[], "; a run after 20");
    let_pass(&writer, 2);
    says(
        &["--dry-run"],
        "; the pages that it linked to are to be told",
    );
    says(&[], "; the pages that it linked to are to be told");
    assert_eq!(pings(&one).len(), 2);
    says(&[], "; no page that it linked to is left to be told");
    let_pass(&writer, 2);
    says(&[], "; no page that it linked to is left to be told");
}
