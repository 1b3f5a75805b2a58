//! A thousand webmentions of one page by a thousand hosts, and a burst from a proxy, with all their pages: what is taken,
//! and how often each host is asked.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::flood::cgi_from;
use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::verification::{SITE, set_up};

/// How many hosts.
const HOSTS: u32 = 1_000;
/// The requests of a day that are left when no further page is begun.
const RESERVE: usize = 8;
const OF_DAY: usize = 1_500;

fn site(limits: &str) -> Site {
    let mut site = Site::new();
    set_up(&mut site, "verified");
    site.set("protocols", "[\"webmention\"]");
    site.set("throttle", "\"on\"");
    site.set("limits", limits);
    site
}

fn send(site: &Site, from: &str, source: &str) -> Reply {
    let target = format!("{SITE}cats");
    let fields = [("source", source), ("target", target.as_str())];
    cgi_from(
        site,
        from,
        &Request::post(&fields).query("__mode=webmention"),
    )
}

/// Every address of 127.0.0.0/8 with that page, each a host and a domain of its own.
fn hosts() -> Blog {
    let page = format!(
        "<article class=h-entry><a class='p-author h-card' href='/'>Ann</a>
        <p class=e-content>I read <a href='{SITE}cats'>this</a>.</p></article>"
    );
    Blog::start_at([0, 0, 0, 0], [("/", Script::html(&page))])
}

fn host(blog: &Blog, number: u32) -> String {
    let (high, low) = (number / 250 + 1, number % 250 + 1);
    format!("127.40.{high}.{low}:{}", blog.address().port())
}

/// A client of its own network.
fn client(number: u32) -> String {
    format!("203.{}.{}.7", number / 250, number % 250)
}

/// Checks all that waits, however long that takes (a proxy is asked once a second); what the command said.
fn look(site: &Site) -> String {
    let run = site.command().args(["verify", "--wait"]).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    String::from_utf8(run.stderr).unwrap()
}

/// How many pings are in each state.
fn states(site: &Site) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for line in site.tb(&["export"]).lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let state = record["state"].as_str().unwrap().to_owned();
        *states.entry(state).or_default() += 1;
    }
    states
}

/// How often each host was asked.
fn requests(blog: &Blog) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in blog.requests() {
        let host = request.header("Host").unwrap().to_owned();
        *counts.entry(host).or_default() += 1;
    }
    counts
}

#[test]
fn a_thousand_hosts_that_mention_one_page_are_verified_as_fast_as_the_limits_say() {
    let mut site = site("[\"id 1000\", \"site 1000\"]");
    let blog = hosts();
    for number in 0..HOSTS {
        let source = format!("http://{}/", host(&blog, number));
        let reply = send(&site, &client(number), &source);
        assert_eq!(reply.status, 201, "{number}: {}", reply.text());
    }
    let said = look(&site);
    assert!(said.is_empty() || said.contains("the rest waits"), "{said}");
    // The requests of a day for hosts that nobody has approved: three quarters of `dial 2000`.
    let counts = requests(&blog);
    let of_day: usize = counts.values().sum();
    assert!((OF_DAY - RESERVE..=OF_DAY).contains(&of_day), "{of_day}");
    assert!(counts.values().all(|count| *count <= 2), "{counts:?}");
    let verified = states(&site);
    let published = verified["published"];
    assert!(published >= (OF_DAY - RESERVE) / 2, "{verified:?}");
    assert_eq!(verified.values().sum::<usize>(), HOSTS as usize);
    // Those that are left wait for the next day, with its requests.
    next_day(&mut site);
    assert_eq!(look(&site), "");
    assert_eq!(
        states(&site),
        BTreeMap::from([("published".to_owned(), HOSTS as usize)])
    );
    let counts = requests(&blog);
    assert_eq!(counts.len(), HOSTS as usize);
    assert!(counts.values().all(|count| *count <= 2), "{counts:?}");
}

/// The counts of the requests are forgotten, and what waits is due.
fn next_day(site: &mut Site) {
    let data = site.data_dir();
    fs::remove_file(data.join(".throttle")).unwrap();
    let queue = data.join(".queue");
    let mut text = String::new();
    for line in fs::read_to_string(&queue).unwrap_or_default().lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(time @ Value::String(_)) = line.get_mut("next") {
            *time = "2020-01-01T00:00:00Z".into();
        }
        text.push_str(&format!("{line}\n"));
    }
    fs::write(queue, text).unwrap();
}

#[test]
fn of_a_thousand_hosts_an_hour_an_id_takes_twenty_and_the_others_are_told_when_to_come_again() {
    let site = site("[]");
    let blog = hosts();
    let mut taken = 0;
    for number in 0..HOSTS {
        let source = format!("http://{}/", host(&blog, number));
        let reply = send(&site, &client(number), &source);
        if reply.status == 201 {
            taken += 1;
            continue;
        }
        assert_eq!(reply.status, 429, "{number}: {}", reply.text());
        let wait: u32 = reply.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=180).contains(&wait), "{wait}");
    }
    // Twenty at once, and one more in each three minutes that this takes.
    assert!((20..40).contains(&taken), "{taken}");
    assert_eq!(look(&site), "");
    assert_eq!(
        states(&site),
        BTreeMap::from([("published".to_owned(), taken)])
    );
    let counts = requests(&blog);
    assert_eq!(counts.len(), taken, "what is refused is not fetched");
    assert!(counts.values().all(|count| *count <= 2), "{counts:?}");
}

#[test]
fn a_burst_of_57_likes_from_a_proxy_is_taken_verified_and_counted() {
    const LIKES: usize = 57;
    let mut site = site("[]");
    site.set("proxies", "[\"127.0.10.150\"]");
    let paths: Vec<String> = (0..LIKES).map(|number| format!("/like/{number}")).collect();
    let pages = paths.iter().enumerate().map(|(number, path)| {
        let page = format!(
            "<article class=h-entry><span class='p-author h-card'>
            <a class='p-name u-url' href='https://social.example/@person{number}'>Person {number}</a></span>
            <a class=u-like-of href='{SITE}cats'></a></article>"
        );
        (path.as_str(), Script::html(&page))
    });
    let proxy = Blog::start_at([127, 0, 10, 150], pages);
    for path in &paths {
        let reply = send(&site, "203.0.113.7", &proxy.url(path));
        assert_eq!(reply.status, 201, "{path}: {}", reply.text());
    }
    assert_eq!(look(&site), "");
    assert_eq!(
        states(&site),
        BTreeMap::from([("published".to_owned(), LIKES)])
    );
    let asked: Vec<String> = proxy
        .requests()
        .iter()
        .map(|request| request.target.clone())
        .collect();
    assert_eq!(asked.len(), LIKES, "one request for each: {asked:?}");
    let list = site.cgi(&Request::get("__mode=list&tb_id=cats"));
    assert!(list.text().contains("57 likes"), "{}", list.text());
}
