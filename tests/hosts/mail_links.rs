//! The signed links in the mail: each decides about one ping with the text that the mail showed, and about nothing else.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::form::Form;
use crate::support::http::Reply;
use crate::support::live::{Host, Live};
use crate::support::mail;
use crate::support::owner_session::{link_made_at, own, ping, put, states};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::visitor::find_form;

for_each_host_here! {
    [
        apache: ApacheEvent,
        serve: Serve,
    ]
    s4_a_get_of_a_link_decides_nothing
    s4_a_link_decides_once_and_then_says_what_stands
    s4_a_link_decides_about_no_other_ping_and_takes_no_other_decision
    s4_a_link_is_void_after_14_days_and_after_the_password_changed
    s4_a_link_decides_about_the_text_that_the_mail_showed
    s4_of_two_decisions_by_one_link_at_the_same_time_one_is_applied
    s5_guessing_links_is_throttled_and_locks_nobody_out
    s9_the_page_of_a_link_stays_out_of_caches_indexes_and_referrers
    s3_no_text_of_a_ping_becomes_a_link_a_header_or_markup_of_the_page
    without_a_password_the_mail_has_no_link
}

const TIME: &str = "2026-11-01T05:00:00Z";

/// A site whose owner was sent a mail about these pings, and the mail's text.
fn mailed(host: Host, pings: &[(&str, Vec<Value>)], change: impl Fn(&mut Site)) -> (Live, String) {
    let mut text = String::new();
    let live = Live::start_with(host, |site| {
        site.set_password();
        site.set("notify", "\"me@example.org\"");
        let program = mail::sendmail(site, "data");
        site.set("sendmail", &format!("\"{}\"", program.display()));
        for (id, lines) in pings {
            put(site, id, lines);
            crate::support::give_to_owner(&site.data_dir().join(format!("{id}.jsonl")));
        }
        // The key is made by the first attempt to log in.
        crate::support::scenario::log_in(site, "wrong");
        change(site);
        site.tb(&["verify", "--wait"]);
        text = own(site, "mail");
        fs::remove_file(site.data_dir().join("mail")).expect("a mail");
    });
    let body = mail::body(&text);
    (live, body)
}

/// The queries of the links, in the order of the mail.
fn links(mail: &str) -> Vec<String> {
    let query = |link: &str| link.split_once('?').expect("a query").1.to_owned();
    mail::links(mail).into_iter().map(query).collect()
}

fn waiting() -> Vec<(&'static str, Vec<Value>)> {
    let ping = |number| ping(number, TIME, "held", "unknown-domain");
    vec![("entry", vec![ping(1), ping(2)]), ("other", vec![ping(1)])]
}

/// The link about a ping.
fn link_of(mail: &str, id: &str, number: u64) -> String {
    let part = format!("tb_id={id}&id={number}&");
    let mut links = links(mail).into_iter().filter(|link| link.contains(&part));
    links
        .next()
        .unwrap_or_else(|| panic!("no link with {part}: {mail}"))
}

/// The form of the page.
#[track_caller]
fn form_of(page: &Reply) -> Form {
    find_form(page, "review")
}

/// Presses a button of the form.
fn press(live: &Live, form: &Form, word: &str) -> Reply {
    let mut form = form.clone();
    form.fields.retain(|(name, _)| name != "do");
    form.fields.push(("do".to_owned(), word.to_owned()));
    live.visitor().submit(&form)
}

fn s4_a_get_of_a_link_decides_nothing(host: Host) {
    let (live, mail) = mailed(host, &waiting(), |_| {});
    assert_eq!(links(&mail).len(), 3, "{mail}");
    let before = live.site.snapshot();
    for query in links(&mail) {
        for method in ["GET", "HEAD", "GET"] {
            for extra in ["", "&do=approve", "&do=delete&sure=yes"] {
                let request = Request::new(method).query(&format!("{query}{extra}"));
                let reply = live.send(&request).expect(200);
                assert_eq!(reply.header("Set-Cookie"), None);
            }
        }
        for method in ["OPTIONS", "PUT", "DELETE"] {
            let reply = live.send(&Request::new(method).query(&format!("{query}&do=junk")));
            assert!(
                matches!(reply.status, 200 | 204 | 403 | 405 | 501),
                "{reply}"
            );
        }
        // The fields of a POST are those of its body.
        let empty = Request::post(&[]).query(&format!("{query}&do=junk"));
        assert_eq!(live.send(&empty).status, 403);
    }
    assert_eq!(live.site.snapshot(), before);
    let page = live.visitor().get(&link_of(&mail, "entry", 1)).expect(200);
    for words in [
        "Title 1",
        "An excerpt of 1",
        "A weblog",
        "Approving makes <b>weblog1.example/</b> known",
    ] {
        assert!(page.text().contains(words), "{words}: {page}");
    }
    assert!(!page.text().contains("Title 2"), "{page}");
}

fn s4_a_link_decides_once_and_then_says_what_stands(host: Host) {
    for (word, said, stands) in [
        (
            "approve",
            "1 approved. Now known: weblog1.example/.",
            "it is published",
        ),
        ("junk", "1 put with the junk.", "it is junk"),
        ("delete", "This ping is deleted", "This ping is deleted"),
    ] {
        let (live, mail) = mailed(host, &waiting(), |_| {});
        let query = link_of(&mail, "entry", 1);
        let form = form_of(&live.visitor().get(&query).expect(200));
        let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["__mode", "tb_id", "id", "as", "key", "do", "do", "do"]
        );
        let reply = press(&live, &form, word).expect(200);
        assert!(reply.text().contains(said), "{word}: {reply}");
        assert_eq!(reply.header("Set-Cookie"), None);
        let decided = live.site.snapshot();
        let own_states = states(&live.site, "entry");
        let expected = match word {
            "approve" => Some("published owner"),
            "junk" => Some("junk owner"),
            _ => None,
        };
        let first = own_states.iter().find(|(number, _)| *number == 1);
        assert_eq!(first.map(|(_, state)| state.as_str()), expected, "{word}");
        assert!(own(&live.site, ".log").contains("\"by\":\"mail\""));
        for again in ["approve", "junk", "delete"] {
            let reply = press(&live, &form, again);
            let status = if word == "delete" { 404 } else { 409 };
            assert_eq!(reply.status, status, "{word} {again}: {reply}");
            assert!(reply.text().contains(stands), "{word} {again}: {reply}");
            let page = live.visitor().get(&query).expect(200);
            assert!(page.text().contains(stands), "{word} {again}: {page}");
            assert!(!page.text().contains("value=\"review\""), "{page}");
        }
        assert_eq!(live.site.snapshot(), decided, "{word}");
        assert!(states(&live.site, "entry").contains(&(2, "held unknown-domain".to_owned())));
        assert_eq!(
            states(&live.site, "other"),
            [(1, "held unknown-domain".to_owned())]
        );
    }
    // What the owner decided elsewhere stands too.
    for (command, stands) in [
        ("hold", "you hold it"),
        ("approve", "it is published"),
        ("delete", "This ping is deleted"),
    ] {
        let (live, mail) = mailed(host, &waiting(), |_| {});
        let query = link_of(&mail, "entry", 1);
        let form = form_of(&live.visitor().get(&query).expect(200));
        live.site.tb(&[command, "entry", "1"]);
        let decided = live.site.snapshot();
        let page = live.visitor().get(&query).expect(200);
        assert!(page.text().contains(stands), "{command}: {page}");
        assert!(press(&live, &form, "junk").status >= 400);
        assert_eq!(live.site.snapshot(), decided, "{command}");
    }
}

fn s4_a_link_decides_about_no_other_ping_and_takes_no_other_decision(host: Host) {
    let (live, mail) = mailed(host, &waiting(), |_| {});
    let form = form_of(&live.visitor().get(&link_of(&mail, "entry", 1)).expect(200));
    let second = form_of(&live.visitor().get(&link_of(&mail, "entry", 2)).expect(200));
    let value = |form: &Form, name: &str| form.value(name).expect("a field").to_owned();
    let key = value(&form, "key");
    let (expires, mac) = key.split_once('.').expect("a key");
    let later = format!("{}.{mac}", expires.parse::<u64>().expect("a time") + 86_400);
    let bad = [
        ("tb_id", "other"),
        ("tb_id", "Entry"),
        ("id", "2"),
        ("id", "01"),
        ("id", "+1"),
        ("id", ""),
        ("as", &value(&second, "as")),
        ("as", ""),
        ("as", &value(&form, "as").to_uppercase()),
        ("key", ""),
        ("key", "0"),
        ("key", &value(&second, "key")),
        ("key", &later),
        ("key", &key[1..]),
        ("key", &format!("{key}0")),
        ("key", &key.to_uppercase().replace('A', "B")),
    ];
    let before = live.site.snapshot();
    for (name, other) in bad {
        let changed = form.clone().with(name, other);
        let refused = press(&live, &changed, "approve");
        assert_eq!(refused.status, 403, "{name} {other}: {refused}");
        assert!(refused.text().contains("not valid"), "{refused}");
        assert!(!refused.text().contains("Title"), "{refused}");
        let pairs: Vec<(&str, &str)> = changed
            .fields
            .iter()
            .filter(|(name, _)| name != "do")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let page = live.visitor().get(&query);
        assert_eq!(page.status, 403, "{name} {other}: {page}");
    }
    for word in [
        "",
        "ban",
        "widen",
        "hold",
        "forget",
        "revoke",
        "all-approve",
        "Approve",
    ] {
        let refused = press(&live, &form, word);
        assert_eq!(refused.status, 400, "{word}: {refused}");
    }
    // It is no log-in: none of the owner's pages opens.
    for mode in ["moderate", "send_form", "delete", "logout"] {
        let query = format!(
            "__mode={mode}&tb_id=entry&id=1&as={}&key={key}",
            value(&form, "as")
        );
        assert_eq!(live.visitor().get(&query).status, 403, "{mode}");
    }
    for mode in ["decide", "state", "delete", "make_url"] {
        let mut other = form.clone().with("__mode", mode);
        other.fields.push(("token".to_owned(), key.clone()));
        other.fields.push(("to".to_owned(), "published".to_owned()));
        other.fields.push(("ping".to_owned(), "entry/1".to_owned()));
        assert_eq!(press(&live, &other, "approve").status, 403, "{mode}");
    }
    let queue = live.visitor().get(&format!("__mode=queue&key={key}"));
    assert_eq!(queue.status, 404);
    assert_eq!(live.site.snapshot(), before);
}

fn s4_a_link_is_void_after_14_days_and_after_the_password_changed(host: Host) {
    let (live, mail) = mailed(host, &waiting(), |_| {});
    let query = link_of(&mail, "entry", 1);
    let form = form_of(&live.visitor().get(&query).expect(200));
    let before = live.site.snapshot();
    let record = ping(1, TIME, "held", "unknown-domain");
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let minute = SignedDuration::from_mins(1);
    let young = link_made_at(&live.site, &record, Timestamp::now() - days(14) + minute);
    live.visitor().get(&young).expect(200);
    for age in [days(14) + minute, days(15), days(400)] {
        let old = link_made_at(&live.site, &record, Timestamp::now() - age);
        let page = live.visitor().get(&old).expect(403);
        assert!(page.text().contains("has expired"), "{page}");
        let key = old.split_once("key=").expect("a key").1;
        let refused = press(&live, &form.clone().with("key", key), "approve");
        assert_eq!(refused.status, 403, "{refused}");
    }
    assert_eq!(live.site.snapshot(), before);
    // Logging out ends sessions; the links of mails stay.
    let mut owner = live.owner();
    let logout = find_form(&owner.get("__mode=logout").expect(200), "logout");
    owner.submit(&logout).expect(200);
    live.visitor().get(&query).expect(200);
    live.site
        .tb_with_input(&["passwd"], "another password of the owner\n");
    // Not through the host: `tb serve` reads its configuration when it starts.
    live.site.cgi(&Request::get(&query)).expect(403);
    live.site.cgi(&form.request()).expect(403);
    assert_eq!(states(&live.site, "entry")[0].1, "held unknown-domain");
}

fn s4_a_link_decides_about_the_text_that_the_mail_showed(host: Host) {
    for key in ["title", "excerpt", "blog_name"] {
        let (live, mail) = mailed(host, &waiting(), |_| {});
        let query = link_of(&mail, "entry", 1);
        let form = form_of(&live.visitor().get(&query).expect(200));
        let mut newer = ping(1, TIME, "held", "unknown-domain");
        newer[key] = json!("Cheap <pills>");
        newer["updated"] = json!("2026-11-02T06:07:00Z");
        let old = ping(1, TIME, "held", "unknown-domain");
        put(&live.site, "entry", &[old, newer]);
        crate::support::give_to_owner(&live.site.data_dir().join("entry.jsonl"));
        let before = own(&live.site, "entry.jsonl");
        for word in ["approve", "junk", "delete"] {
            let refused = press(&live, &form, word);
            assert_eq!(refused.status, 409, "{key} {word}: {refused}");
            for words in [
                "its text was replaced on 2 November 2026, 06:07",
                "Cheap &#60;pills&#62;",
            ] {
                assert!(
                    refused.text().contains(words),
                    "{key} {word} {words}: {refused}"
                );
            }
            assert!(!refused.text().contains("value=\"review\""), "{refused}");
        }
        let page = live.visitor().get(&query).expect(200);
        assert!(page.text().contains("This ping has changed"), "{page}");
        assert!(!page.text().contains("value=\"review\""), "{page}");
        assert_eq!(own(&live.site, "entry.jsonl"), before);
    }
}

fn s4_of_two_decisions_by_one_link_at_the_same_time_one_is_applied(host: Host) {
    let (live, mail) = mailed(host, &waiting(), |_| {});
    let form = form_of(&live.visitor().get(&link_of(&mail, "entry", 1)).expect(200));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let press = |word: &'static str| {
            let (live, form) = (&live, &form);
            scope.spawn(move || press(live, form, word).status)
        };
        let pressing = ["approve", "junk", "approve", "junk"].map(press);
        pressing.map(|thread| thread.join().unwrap()).to_vec()
    });
    let done = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(done, 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3);
}

fn s5_guessing_links_is_throttled_and_locks_nobody_out(host: Host) {
    let (live, mail) = mailed(host, &waiting(), |site| site.set("throttle", "\"on\""));
    let query = link_of(&mail, "entry", 1);
    let mut statuses = Vec::new();
    for number in 0..8 {
        let reply = live.visitor().get(&format!("{query}{number}"));
        statuses.push(reply.status);
        if reply.status == 429 {
            assert!(reply.header("Retry-After").is_some(), "{reply}");
        }
    }
    assert_eq!(statuses[..5], [403; 5], "{statuses:?}");
    assert_eq!(statuses[6..], [429; 2], "{statuses:?}");
    let log = own(&live.site, ".log");
    assert_eq!(log.matches("\"bad-link\"").count(), 5, "{log}");
    assert_eq!(log.matches("\"too-many-attempts\"").count(), 1, "{log}");
    let form = form_of(&live.visitor().get(&query).expect(200));
    press(&live, &form, "approve").expect(200);
    // Logging in is counted separately.
    live.visitor()
        .log_in(crate::support::site::PASSWORD)
        .expect(303);
}

fn s9_the_page_of_a_link_stays_out_of_caches_indexes_and_referrers(host: Host) {
    let (live, mail) = mailed(host, &waiting(), |_| {});
    let query = link_of(&mail, "entry", 1);
    let form = form_of(&live.visitor().get(&query).expect(200));
    let mut owner = live.owner();
    let replies = [
        live.visitor().get(&query).expect(200),
        owner.get(&query).expect(200),
        live.visitor().get(&format!("{query}0")).expect(403),
        press(&live, &form, "junk").expect(200),
        press(&live, &form, "junk").expect(409),
        live.visitor().get(&query).expect(200),
    ];
    for reply in replies {
        for (name, value) in [
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Robots-Tag", "noindex, nofollow"),
        ] {
            let all = reply
                .headers
                .iter()
                .filter(|(other, _)| other.eq_ignore_ascii_case(name));
            let all: Vec<&str> = all.map(|(_, value)| value.as_str()).collect();
            assert_eq!(all, [value], "{name}: {reply}");
        }
        let policy = reply.header("Content-Security-Policy").expect("a policy");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(!reply.text().contains("logout"), "{reply}");
    }
}

fn s3_no_text_of_a_ping_becomes_a_link_a_header_or_markup_of_the_page(host: Host) {
    let hostile = "<script>alert(1)</script>\r\nBcc: x@example.org\r\n\r\n  Decide: https://evil.example/?key=1\n\u{202E}\"'>";
    let mut record = ping(1, TIME, "held", "unknown-domain");
    for name in ["title", "excerpt", "blog_name"] {
        record[name] = json!(hostile);
    }
    record["url"] = json!("http://www.weblog1.example/\r\n  Decide: https://evil.example/");
    let (live, mail) = mailed(host, &[("entry", vec![record])], |_| {});
    assert_eq!(links(&mail).len(), 1, "{mail}");
    assert!(
        !mail.contains('\u{202E}') && !mail.contains('\r'),
        "{mail:?}"
    );
    assert!(mail.lines().all(|line| !line.starts_with("Bcc")), "{mail}");
    let page = live.visitor().get(&links(&mail)[0]).expect(200);
    assert!(!page.text().contains("<script>"), "{page}");
    assert_eq!(page.header("Bcc"), None);
    assert_eq!(crate::support::form::forms(page.text()).len(), 1, "{page}");
    let reply = press(&live, &form_of(&page), "approve");
    assert!(!reply.text().contains("<script>"), "{reply}");
}

fn without_a_password_the_mail_has_no_link(host: Host) {
    let (live, mail) = mailed(host, &waiting(), |site| site.set("password", "\"\""));
    assert_eq!(links(&mail), Vec::<String>::new());
    assert!(mail.contains("__mode=moderate\n"), "{mail}");
    let page = live
        .visitor()
        .get("__mode=review&tb_id=entry&id=1&as=&key=1.2");
    assert_eq!(page.status, 403);
}
