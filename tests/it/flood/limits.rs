//! Each limit by itself, through the CGI door; and a flood that goes for the number of files.

use std::thread;

use crate::support::blog::{Blog, Script};
use crate::support::flood::{
    TOO_MANY, assert_too_many, cgi_from, flooded, logged, ping, ping_of_nobody, pings, send_from,
    site, states,
};
use crate::support::live::Host;
use crate::support::request::Request;
use crate::support::xml::assert_accepted;

const TOO_MANY_IDS: &str = "No new TrackBack IDs are accepted at the moment";
const DAY: u64 = 86_400;

/// An address of a prefix of its own.
fn address(number: u32) -> String {
    format!("198.51.{number}.1")
}

#[test]
fn s7_a_domain_has_ten_pings_an_hour_whatever_its_subdomains_and_addresses() {
    let site = site("");
    let from = |number: u32| {
        let url = format!("http://sub{number}.spam.example/{number}");
        cgi_from(
            &site,
            &address(number),
            &Request::ping(&format!("id{number}"), &url),
        )
    };
    for number in 0..10 {
        assert_accepted(&from(number));
    }
    assert_too_many(&from(10), 360, TOO_MANY);
    assert_accepted(&cgi_from(&site, &address(11), &ping(11)));
}

#[test]
fn s7_an_id_takes_so_many_pings_an_hour() {
    let site = site("\"id 3\"");
    let to = |id: &str, number: u32| {
        let url = format!("http://blog{number}.example/");
        cgi_from(&site, &address(number), &Request::ping(id, &url))
    };
    for number in 0..3 {
        assert_accepted(&to("entry", number));
    }
    assert_too_many(&to("entry", 3), 1_200, TOO_MANY);
    assert_accepted(&to("other", 4));
}

#[test]
fn s7_a_network_of_ipv6_has_one_limit() {
    let site = site("\"prefix 2\"");
    let from = |address: &str, number| cgi_from(&site, address, &ping(number));
    assert_accepted(&from("2001:db8:1:1::1", 1));
    assert_accepted(&from("2001:db8:1:ffff::2", 2));
    assert_too_many(&from("2001:db8:1::3", 3), 1_800, TOO_MANY);
    assert_accepted(&from("2001:db8:2::1", 4));
    // An address of IPv4 is one, however it is written.
    assert_accepted(&from("::ffff:198.51.100.1", 5));
    assert_accepted(&from("198.51.100.2", 6));
    assert_too_many(&from("::ffff:198.51.100.3", 7), 1_800, TOO_MANY);
}

#[test]
fn s7_senders_that_the_server_does_not_name_share_a_limit() {
    let site = site("\"prefix 2\"");
    for (address, number) in [("", 1), ("unknown", 2)] {
        assert_accepted(&cgi_from(&site, address, &ping(number)));
    }
    assert_too_many(&cgi_from(&site, "", &ping(3)), 1_800, TOO_MANY);
    assert_accepted(&cgi_from(&site, "198.51.100.1", &ping(4)));
}

#[test]
fn s7_the_same_ping_again_counts_again() {
    let site = site("\"prefix 3\"");
    for _ in 0..3 {
        assert_accepted(&cgi_from(&site, "198.51.100.1", &ping(1)));
    }
    assert_too_many(&cgi_from(&site, "198.51.100.1", &ping(1)), 1_200, TOO_MANY);
}

#[test]
fn s7_so_many_ids_are_new_in_a_day_and_pings_to_further_ones_are_held() {
    let site = site("\"new_ids 2\"");
    for number in 0..5 {
        assert_accepted(&cgi_from(&site, &address(number), &ping(number)));
    }
    let again = Request::ping("id1", "http://another.example/");
    assert_accepted(&cgi_from(&site, &address(5), &again));
    let held = |(state, why): &(String, Option<String>)| {
        state == "held" && why.as_deref() == Some("flood")
    };
    let states = states(&site);
    assert_eq!(
        states.iter().filter(|state| held(state)).count(),
        3,
        "{states:?}"
    );
    assert_eq!(states.len(), 6);
}

#[test]
fn s7_a_network_opens_so_many_ids_a_day_and_closes_none_for_others() {
    let site = site("\"prefix 20\", \"prefix_ids 3\", \"new_ids 50\"");
    for number in 0..3 {
        assert_accepted(&cgi_from(&site, &address(1), &ping(number)));
    }
    let before = pings(&site);
    for number in 3..6 {
        let reply = cgi_from(&site, "198.51.1.200", &ping(number));
        assert_too_many(&reply, DAY / 3, TOO_MANY_IDS);
    }
    assert_eq!(pings(&site), before);
    assert_eq!(logged(&site, "too-many-ids"), 1);
    assert_accepted(&cgi_from(&site, &address(2), &ping(3)));
    let again = Request::ping("id1", "http://another.example/");
    assert_accepted(&cgi_from(&site, &address(1), &again));
}

#[test]
fn s7_an_id_that_a_page_links_to_does_not_count_as_new() {
    let mut site = site("\"new_ids 1\", \"prefix_ids 1\", \"prefix 20\"");
    site.set("publish", "\"verified\"");
    site.set("site", "[\"http://127.0.9.9/\"]");
    let page = Script::html("<h1>A title</h1><a href='http://127.0.9.9/cats'>x</a>");
    for number in 0..3_u8 {
        let blog = Blog::start_at([127, 0, 16, number + 1], [("/", page.clone())]);
        let ping = Request::ping(&format!("id{number}"), &blog.url("/"));
        assert_accepted(&cgi_from(&site, &address(1), &ping));
        site.tb(&["verify", "--wait"]);
        let shown = site.tb(&["show", &format!("id{number}"), "1", "--json"]);
        assert!(shown.contains("\"verified\""), "{shown}");
    }
    let made_up = |number| cgi_from(&site, &address(1), &ping_of_nobody(number));
    assert_accepted(&made_up(7));
    assert_too_many(&made_up(8), DAY, TOO_MANY_IDS);
}

#[test]
fn s7_there_are_never_more_ids_than_the_limit() {
    let site = site("\"ids 2\"");
    for number in 0..2 {
        assert_accepted(&cgi_from(&site, &address(number), &ping(number)));
    }
    let reply = cgi_from(&site, &address(2), &ping(2));
    assert_too_many(&reply, DAY, TOO_MANY_IDS);
    assert_eq!(pings(&site).len(), 2);
    let again = Request::ping("id1", "http://another.example/");
    assert_accepted(&cgi_from(&site, &address(3), &again));
}

#[test]
fn s7_the_queue_takes_so_many_pings_that_wait() {
    let mut site = site("\"waiting 2\"");
    for publish in ["known", "verified", "none"] {
        site.set("publish", &format!("\"{publish}\""));
        std::fs::remove_file(site.data_dir().join(".throttle")).unwrap_or_default();
        for number in 0..2 {
            assert_accepted(&cgi_from(&site, &address(number), &ping_of_nobody(number)));
        }
        let before = pings(&site);
        let reply = cgi_from(&site, &address(2), &ping_of_nobody(2));
        assert_too_many(&reply, DAY / 2, "Too many pings wait for moderation");
        assert_eq!(pings(&site), before);
    }
    // What is junk does not wait, and what is published neither.
    let stuffed = [
        ("url", "http://127.77.3.1:1/"),
        ("excerpt", &"[url=http://x/]x[/url] ".repeat(9)),
    ];
    let stuffed = Request::post(&stuffed).path("/id1");
    assert_accepted(&cgi_from(&site, &address(3), &stuffed));
    site.set("publish", "\"all\"");
    assert_accepted(&cgi_from(&site, &address(4), &ping_of_nobody(4)));
    let junk = |(state, why): &(String, Option<String>)| {
        state == "junk" && why.as_deref().is_some_and(|why| why.starts_with("score: "))
    };
    assert_eq!(states(&site).iter().filter(|state| junk(state)).count(), 1);
}

#[test]
fn s7_junk_has_a_limit_of_its_own() {
    let site = site("\"waiting 2\"");
    let stuffed = |number: u32| {
        let url = format!("http://127.77.{number}.1:1/");
        let text = "[url=http://x/]x[/url] ".repeat(9);
        Request::post(&[("url", &url), ("excerpt", &text)]).path("/id1")
    };
    for number in 0..2 {
        assert_accepted(&cgi_from(&site, &address(number), &stuffed(number)));
    }
    let before = pings(&site);
    let reply = cgi_from(&site, &address(2), &stuffed(2));
    assert_too_many(&reply, DAY / 2, "Too many pings wait for moderation");
    assert_eq!(pings(&site), before);
    assert_accepted(&cgi_from(&site, &address(3), &ping(3)));
}

#[test]
fn s7_an_entry_of_the_owners_is_opened_also_when_strangers_have_used_up_a_days_ids() {
    let site = site("\"new_ids 1\", \"prefix_ids 1\", \"ids 1\"");
    let feed = site.path("feed.xml");
    crate::support::write(
        &feed,
        "<rss version=\"2.0\"><channel><title>t</title><item><title>x</title>\
         <link>http://127.0.0.1/posts/id2/</link></item></channel></rss>",
    );
    site.tb(&["entries", "sync", feed.to_str().unwrap()]);
    assert_accepted(&cgi_from(&site, &address(1), &ping(1)));
    assert_too_many(&cgi_from(&site, &address(3), &ping(3)), DAY, TOO_MANY_IDS);
    assert_accepted(&cgi_from(&site, &address(1), &ping(2)));
    let published = ("published".to_owned(), None);
    assert_eq!(states(&site), [published.clone(), published]);
}

#[test]
fn s7_what_waits_says_why() {
    let mut site = site("\"site 1\"");
    for (number, (publish, why)) in [
        ("known", "unverified"),
        ("none", "moderated"),
        ("verified", "flood"),
    ]
    .into_iter()
    .enumerate()
    {
        site.set("publish", &format!("\"{publish}\""));
        let number = u32::try_from(number).unwrap();
        assert_accepted(&cgi_from(&site, &address(number), &ping_of_nobody(number)));
        let held = ("held".to_owned(), Some(why.to_owned()));
        assert!(states(&site).contains(&held), "{:?}", states(&site));
    }
}

#[test]
fn s7_a_flood_leaves_one_line_in_the_log() {
    let site = site("");
    for number in 0..30 {
        cgi_from(&site, "198.51.100.1", &ping(number));
    }
    assert_eq!(pings(&site).len(), 6);
    assert_eq!(logged(&site, "throttled"), 1);
}

#[test]
fn s7_what_is_malformed_fills_the_log_no_more_than_an_hour_allows() {
    let live = flooded(Host::Serve, "");
    for _ in 0..300 {
        let reply = live.send(&Request::post(&[("url", "ftp://x/")]).path("/entry"));
        assert_eq!(reply.status, 200);
    }
    let lines = logged(&live.site, "bad-url");
    assert!((200..=205).contains(&lines), "{lines}");
}

#[test]
fn s7_a_flood_to_ids_that_nobody_knows_makes_no_more_files_than_the_limit() {
    let live = flooded(Host::Serve, "\"new_ids 40\", \"ids 12\", \"site 1000\"");
    let mut answers: Vec<u16> = Vec::new();
    thread::scope(|scope| {
        let floods: Vec<_> = (0..8_u8)
            .map(|thread| {
                let port = live.port;
                scope.spawn(move || {
                    let one = |number: u16| {
                        let [high, low] = number.to_be_bytes();
                        let from = [127, thread * 8 + high, low, 1];
                        let number = u32::from(thread) * 1_000 + u32::from(number);
                        send_from(port, from, &ping(number)).status
                    };
                    (0..400).map(one).collect::<Vec<u16>>()
                })
            })
            .collect();
        for flood in floods {
            answers.extend(flood.join().expect("a flood"));
        }
    });
    let accepted = answers.iter().filter(|status| **status == 200).count();
    assert_eq!((accepted, pings(&live.site).len()), (12, 12));
    assert!(answers.iter().all(|status| matches!(status, 200 | 429)));
    // Those for whom the folder was listed, and one for all others.
    let lines = logged(&live.site, "too-many-ids");
    assert!((28..=31).contains(&lines), "{lines}");
    // Who is known here is not affected.
    let id = pings(&live.site)[0]
        .0
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let honest = Request::ping(&id, "http://honest.example/");
    assert_accepted(&send_from(live.port, [127, 200, 0, 1], &honest));
}
