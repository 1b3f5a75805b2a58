//! Proxies: hosts such as Bridgy's, which speak for many authors. What they send is taken, is judged by its author, and
//! nobody else can speak like them.

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::flood::cgi_from;
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::scenario::log_in;
use crate::support::site::{PASSWORD, Site};
use crate::support::verification::{look, peer, reason, state};
use crate::webmention::{Transport, accepted, linking, mention, receiver, refused, shown, target};

/// The address of the proxy.
const PROXY: &str = "127.0.10.150";

fn site(publish: &str) -> Site {
    let mut site = receiver(publish);
    site.set("proxies", &format!("[\"{PROXY}\"]"));
    site
}

fn proxy() -> Blog {
    peer(150, Script::status(404))
}

/// A like as Bridgy writes it: the link has no text.
fn like(name: &str, author: &str) -> Script {
    response("u-like-of", name, (author, "", ""))
}

/// A response as Bridgy writes it, by a person with this URL, with the post's permalink and text.
fn response(class: &str, name: &str, (author, post, text): (&str, &str, &str)) -> Script {
    let author = match author {
        "" => format!("<span class=\"p-name\">{name}</span>"),
        url => format!("<a class=\"p-name u-url\" href=\"{url}\">{name}</a>"),
    };
    let post = match post {
        "" => String::new(),
        url => format!("<a class=\"u-url\" href=\"{url}\">{url}</a>"),
    };
    Script::html(&format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<title>{name}</title>\n</head>\n<body>\n<article class=\"h-entry\">\n\
        <span class=\"p-uid\">tag:fa.ke,2013:111</span>\n  <span class=\"p-author h-card\">\n    {author}\n    \
        <img class=\"u-photo\" src=\"https://example.com/ryan/image\" alt=\"\" />\n  </span>\n{post}\n  \
        <div class=\"e-content p-name\">{text}</div>\n  \
        <a class=\"{class}\" href=\"http://example.com/original/post\"></a>\n  \
        <a class=\"{class}\" href=\"{}\"></a>\n</article>\n</body>\n</html>\n",
        target()
    ))
}

/// Sends one whose page is at `path`.
fn send(site: &Site, host: &Blog, path: &str, script: Script) {
    host.play(path, script);
    accepted(&|request| site.cgi(request), &host.url(path), &target());
}

fn known(site: &Site) -> String {
    site.tb(&["domains"])
}

fn record(site: &Site, number: usize) -> Value {
    shown(site, number)
}

#[test]
fn a_burst_of_57_likes_from_a_proxy_is_taken_and_one_from_elsewhere_is_not() {
    let mut site = site("verified");
    site.set("throttle", "\"on\"");
    let proxy = proxy();
    let by_cgi: Transport<'_> = &|request| site.cgi(request);
    let statuses = |host: &str| {
        let answer = |number| by_cgi(&mention(&format!("{host}like/{number}"), &target())).status;
        (0..57).map(answer).collect::<Vec<u16>>()
    };
    assert_eq!(statuses(&proxy.url("/")), [201; 57]);
    // The limits of senders, domains, ids and the site are as they were.
    let others = statuses("http://127.0.10.151/");
    let taken = others.iter().filter(|status| **status == 201).count();
    assert_eq!(taken, 6, "{others:?}");
}

#[test]
fn the_limit_of_a_proxy_ends_in_429_and_leaves_others_alone() {
    let mut site = site("verified");
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"proxy 20\"]");
    let send = |source: &str| site.cgi(&mention(source, &target()));
    for number in 0..20 {
        let reply = send(&format!("http://{PROXY}/like/{number}"));
        assert_eq!(reply.status, 201, "{number}: {}", reply.text());
    }
    let reply = send(&format!("http://{PROXY}/like/20"));
    refused(&reply, 429, "throttled");
    assert!(reply.header("Retry-After").is_some());
    assert_eq!(send("http://127.0.10.151/1").status, 201);
    // A ping with such a permalink counts like any other.
    let statuses: Vec<u16> = (0..8)
        .map(|number| {
            let ping = Request::ping("dogs", &format!("http://{PROXY}/ping/{number}"));
            site.cgi(&ping).status
        })
        .collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn s7_600_made_up_pages_of_a_proxy_from_one_address_keep_nobody_else_waiting() {
    let mut site = site("verified");
    site.set("throttle", "\"on\"");
    let proxy = proxy();
    let from =
        |address: &str, source: &str| cgi_from(&site, address, &mention(source, &target())).status;
    let made_up = |number| from("203.0.113.9", &proxy.url(&format!("/like/{number}")));
    let statuses: Vec<u16> = (0..600).map(made_up).collect();
    let taken = statuses.iter().filter(|status| **status == 201).count();
    assert_eq!(taken, 60, "{statuses:?}");
    assert!(statuses[60..].iter().all(|status| *status == 429));
    // Of the whole network.
    assert_eq!(from("203.0.113.200", &proxy.url("/like/x")), 429);
    // The proxy itself, and an honest page of another host.
    proxy.play("/real", like("Ann", "https://a.example/@ann"));
    let honest = peer(155, linking());
    assert_eq!(from("198.51.100.1", &proxy.url("/real")), 201);
    assert_eq!(from("192.0.2.1", &honest.url("/")), 201);
    for number in [61, 62] {
        let is_verified = wait_for(|| {
            let state = reason(&site, "cats", number);
            (state == "published verified-entry").then_some(())
        });
        assert!(is_verified.is_some(), "{number}");
    }
}

#[test]
fn s7_what_a_proxy_verifies_is_returned_to_its_sender() {
    let mut site = site("verified");
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"proxy_prefix 3\"]");
    let proxy = proxy();
    let send = |path: &str| {
        let request = mention(&proxy.url(path), &target());
        cgi_from(&site, "203.0.113.9", &request).status
    };
    for number in 0..5 {
        let path = format!("/like/{number}");
        proxy.play(
            &path,
            like("Ann", &format!("https://a{number}.example/@ann")),
        );
        assert_eq!(send(&path), 201, "{number}");
        look(&site);
    }
    let statuses: Vec<u16> = (0..5)
        .map(|number| send(&format!("/made-up/{number}")))
        .collect();
    assert_eq!(statuses, [201, 201, 201, 429, 429]);
    look(&site);
    assert_eq!(send("/made-up/9"), 429);
    // Where no address is kept, no network has a share.
    site.set("addresses", "\"none\"");
    assert_eq!(
        cgi_from(&site, "203.0.113.9", &mention(&proxy.url("/9"), &target())).status,
        201
    );
}

/// Sends a webmention from an address of this network of its own.
fn from_network(site: &Site, network: u8, source: &str) -> u16 {
    let address = format!("203.0.{network}.9");
    cgi_from(site, &address, &mention(source, &target())).status
}

#[test]
fn s7_made_up_pages_of_a_proxy_from_many_networks_leave_half_of_the_places_to_others() {
    let mut site = site("none");
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"waiting 12\"]");
    let statuses = (0..8).map(|number| {
        let source = format!("http://{PROXY}/like/{number}");
        from_network(&site, number, &source)
    });
    let statuses: Vec<u16> = statuses.collect();
    assert_eq!(statuses, [201, 201, 201, 201, 201, 201, 429, 429]);
    assert_eq!(from_network(&site, 100, "http://127.0.10.155/1"), 201);
}

#[test]
fn s7_made_up_pages_of_a_proxy_from_many_networks_leave_half_of_the_requests_to_others() {
    let mut site = site("verified");
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"dial 24\"]");
    let (proxy, honest) = (proxy(), peer(156, linking()));
    for number in 0..16 {
        let source = proxy.url(&format!("/like/{number}"));
        assert_eq!(from_network(&site, number, &source), 201, "{number}");
    }
    assert_eq!(from_network(&site, 100, &honest.url("/")), 201);
    look(&site);
    assert_eq!(proxy.requests().len(), 12);
    assert_eq!(reason(&site, "cats", 17), "published verified-entry");
    // The others wait, and have not failed.
    let states = (1..=16).map(|number| reason(&site, "cats", number));
    let waiting = states.filter(|state| state == "held unverified");
    assert_eq!(waiting.count(), 4);
}

#[test]
fn what_a_proxy_sends_is_verified_by_one_request_although_its_url_repeats_the_target() {
    let site = site("verified");
    let proxy = proxy();
    let path = format!("/convert/{}", target());
    send(
        &site,
        &proxy,
        &path,
        like("Alice", "https://a.example/@alice"),
    );
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "published verified-entry");
    assert_eq!(proxy.requests().len(), 1);
    let record = record(&site, 1);
    assert_eq!(record["kind"], "like");
    assert_eq!(record["publisher"], "a.example/@alice/");
    // The same page of any other host.
    let other = peer(151, Script::status(404));
    send(
        &site,
        &other,
        &path,
        like("Alice", "https://a.example/@alice"),
    );
    send(
        &site,
        &other,
        "/like/1",
        like("Alice", "https://a.example/@alice"),
    );
    look(&site);
    assert_eq!(reason(&site, "cats", 2), "held hidden-link");
    assert_eq!(reason(&site, "cats", 3), "held hidden-link");
}

#[test]
fn approving_makes_the_author_known_and_never_the_proxy() {
    let site = site("known");
    let proxy = proxy();
    let ann = "https://a.example/@ann";
    send(&site, &proxy, "/1", like("Ann", ann));
    send(&site, &proxy, "/2", like("Ann", ann));
    send(&site, &proxy, "/3", like("Bob", "https://a.example/@bob"));
    look(&site);
    assert_eq!(
        state(&site, "cats", 1),
        "held unknown-domain: a.example/@ann/"
    );
    site.tb(&["approve", "cats", "1"]);
    assert_eq!(known(&site), "a.example/@ann/\n");
    // What waited for the same author is published with it, and what comes later.
    assert!(reason(&site, "cats", 2).starts_with("published"));
    assert_eq!(reason(&site, "cats", 3), "held unknown-domain");
    send(&site, &proxy, "/4", like("Ann", ann));
    look(&site);
    assert_eq!(reason(&site, "cats", 4), "published verified-entry");
    site.tb(&["domains", "remove", "a.example/@ann/"]);
    assert_eq!(known(&site), "");
    // An unchecked one, and one without an author.
    send(&site, &proxy, "/5", Script::status(503));
    send(&site, &proxy, "/6", like("Nobody", ""));
    look(&site);
    site.tb(&["approve", "cats", "5", "6"]);
    assert_eq!(known(&site), "");
}

#[test]
fn a_page_of_another_host_that_names_a_proxys_author_earns_nothing() {
    let site = site("known");
    let proxy = proxy();
    let ann = "https://a.example/@ann";
    send(&site, &proxy, "/1", like("Ann", ann));
    look(&site);
    site.tb(&["approve", "cats", "1"]);
    // Also one that a proxy redirects to, or that redirects to a proxy.
    let hostile = peer(152, Script::status(404));
    let visible = format!("<a href='{}'>x</a>", target());
    let page = |author: &str| {
        Script::html(&format!(
            "<div class=h-entry><a class='p-author h-card' href='{author}'>Ann</a>
            <a class=u-url href='http://{PROXY}/1'>#</a><p class=e-content>cheap {visible}</p></div>"
        ))
    };
    send(&site, &hostile, "/1", page(ann));
    send(&site, &hostile, "/2", page(&proxy.url("/1")));
    hostile.play("/page", page(ann));
    send(
        &site,
        &proxy,
        "/out",
        Script::redirect(302, &hostile.url("/page")),
    );
    proxy.play("/like", like("Ann", ann));
    hostile.play("/in", Script::redirect(302, &proxy.url("/like")));
    accepted(&|request| site.cgi(request), &hostile.url("/in"), &target());
    look(&site);
    for number in 2..=5 {
        let state = state(&site, "cats", number);
        assert!(!state.starts_with("published"), "{number}: {state}");
    }
    // The owner's approval of such a page is of its host.
    site.tb(&["approve", "cats", "2"]);
    assert_eq!(known(&site), "127.0.10.152\na.example/@ann/\n");
}

#[test]
fn a_proxy_that_names_a_known_friend_is_believed_and_that_names_all_or_the_owner_is_not() {
    let site = site("known");
    site.tb(&[
        "domains",
        "add",
        "friend.example",
        "two.example",
        PROXY,
        "127.0.9.9",
    ]);
    let proxy = proxy();
    let two_authors = format!(
        "<div class=h-entry><a class='p-author h-card' href='https://friend.example/'>A</a>
        <a class='p-author h-card' href='https://two.example/'>B</a>
        <a class=u-like-of href='{}'></a></div>",
        target()
    );
    for (number, (script, expected)) in [
        (like("Friend", "https://friend.example/"), "published"),
        (
            like("Not all of it", "https://friend.example/@mallory"),
            "held",
        ),
        (like("Proxy", &proxy.url("/about")), "held"),
        (like("Owner", "http://127.0.9.9/about"), "held"),
        (like("Odd", "javascript:alert(1)"), "held"),
        (like("Nobody", ""), "held"),
        (Script::html(&two_authors), "held"),
    ]
    .into_iter()
    .enumerate()
    {
        send(&site, &proxy, &format!("/{number}"), script);
        look(&site);
        let state = state(&site, "cats", number + 1);
        assert!(state.starts_with(expected), "{number}: {state}");
    }
}

#[test]
fn the_owner_bans_the_author_of_a_proxys_page_and_not_the_proxy() {
    let mut site = site("known");
    site.set_password();
    let proxy = proxy();
    send(
        &site,
        &proxy,
        "/1",
        like("Spam", "https://spam.example/@spam"),
    );
    send(&site, &proxy, "/2", like("Nobody", ""));
    look(&site);
    let owner = log_in(&site, PASSWORD).unwrap();
    let page = site.cgi(&Request::get("__mode=moderate").header("Cookie", &owner));
    assert!(
        page.text().contains("spam.example/@spam/"),
        "{}",
        page.text()
    );
    let token = page.text().split("name=\"token\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    let fields = [
        ("__mode", "decide"),
        ("token", token.as_str()),
        ("do", "ban"),
        ("ping", "cats/1 cats/2"),
        ("sure", "yes"),
    ];
    site.cgi(&Request::post(&fields).header("Cookie", &owner));
    let bans = std::fs::read_to_string(site.data_dir().join(".bans")).unwrap_or_default();
    assert_eq!(bans, "tenant spam.example/@spam/\n");
    for (number, author, expected) in [
        (3, "https://spam.example/@spam", "junk banned-domain"),
        (4, "https://spam.example/@more", "held unknown-domain"),
    ] {
        send(&site, &proxy, &format!("/{number}"), like("More", author));
        look(&site);
        assert_eq!(reason(&site, "cats", number), expected, "{author}");
    }
}

#[test]
fn one_post_that_comes_two_ways_is_shown_once() {
    for direct_first in [true, false] {
        let site = site("verified");
        let proxy = proxy();
        let own = peer(153, linking());
        let (ann, post) = ("https://a.example/@ann", "https://a.example/@ann/7");
        let reply = |post: &str| response("u-in-reply-to", "Ann", (ann, post, "I agree"));
        if direct_first {
            accepted(&|request| site.cgi(request), &own.url("/"), &target());
            look(&site);
        }
        send(&site, &proxy, "/1", reply(post));
        look(&site);
        send(&site, &proxy, "/2", reply(post));
        send(&site, &proxy, "/3", reply(&own.url("/")));
        look(&site);
        if !direct_first {
            accepted(&|request| site.cgi(request), &own.url("/"), &target());
            look(&site);
        }
        let rows = site.tb(&["list", "cats", "--state", "published", "--json"]);
        let mut published: Vec<String> = rows
            .lines()
            .map(|row| serde_json::from_str::<Value>(row).unwrap()["url"].to_string())
            .collect();
        published.sort();
        let mut expected = [proxy.url("/1"), own.url("/")].map(|url| format!("\"{url}\""));
        expected.sort();
        assert_eq!(published, expected, "{direct_first}");
    }
}

#[test]
fn nobody_suppresses_a_post_by_stating_its_permalink() {
    let site = site("verified");
    let proxy = proxy();
    let own = peer(153, linking());
    let hostile = peer(154, Script::status(404));
    let post = "https://a.example/@ann/7";
    let page = |post: &str| {
        Script::html(&format!(
            "<div class=h-entry><a class=u-url href='{post}'>#</a>
            <p class=e-content>cheap <a href='{}'>x</a></p></div>",
            target()
        ))
    };
    send(&site, &hostile, "/1", page(&own.url("/")));
    send(&site, &hostile, "/2", page(post));
    let mallory = ("https://a.example/@mallory", post, "cheap");
    send(
        &site,
        &proxy,
        "/1",
        response("u-in-reply-to", "Mallory", mallory),
    );
    look(&site);
    accepted(&|request| site.cgi(request), &own.url("/"), &target());
    let ann = ("https://a.example/@ann", post, "I agree");
    send(&site, &proxy, "/2", response("u-in-reply-to", "Ann", ann));
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "junk duplicate");
    assert_eq!(reason(&site, "cats", 4), "published verified-entry");
    assert_eq!(reason(&site, "cats", 5), "published verified-entry");
}

#[test]
fn two_likers_of_one_name_are_two() {
    let site = site("verified");
    let proxy = proxy();
    for (number, author) in ["https://a.example/@ann", "https://b.example/@ann"]
        .iter()
        .enumerate()
    {
        send(
            &site,
            &proxy,
            &format!("/like/{number}"),
            like("Ann", author),
        );
        look(&site);
    }
    let list = site.cgi(&Request::get("__mode=list&tb_id=cats"));
    assert!(list.text().contains("2 likes: "), "{}", list.text());
}

/// A like that has the person, the permalink and the text that its query names.
fn rendered(request: &crate::support::blog::Request) -> Script {
    let url = url::Url::parse(&format!("http://x{}", request.target)).unwrap();
    let value = |wanted: &str| {
        let mut pairs = url.query_pairs();
        let found = pairs.find_map(|(key, value)| (key == wanted).then(|| value.into_owned()));
        found.unwrap_or_default()
    };
    let page = (&*value("by"), &*value("post"), &*value("text"));
    response("u-like-of", "Like", page)
}

#[test]
fn pages_that_a_proxy_addresses_by_query_are_told_apart_by_author_and_permalink() {
    let site = site("verified");
    let proxy = proxy();
    proxy.play("/render", Script::By(rendered));
    let send = |query: &str| {
        let source = proxy.url(&format!("/render?{query}"));
        accepted(&|request| site.cgi(request), &source, &target());
    };
    let ann = "id=3&by=https://a.example/@ann&post=https://a.example/s/1";
    let bob = "id=5&by=https://a.example/@bob&text=Thanks";
    let queries = [
        "id=0&by=https://a.example/@0&post=https://a.example/0",
        "id=1&by=https://a.example/@1&post=https://a.example/1",
        "id=2&by=https://a.example/@2&post=https://a.example/2",
        ann,
        "id=4&by=https://a.example/@ann",
        bob,
        "id=6&by=https://a.example/@cyd&text=Thanks",
        "id=7",
        "id=8",
    ];
    queries.iter().for_each(|query| send(query));
    look(&site);
    let reasons: Vec<String> = (1..=9)
        .map(|number| reason(&site, "cats", number))
        .collect();
    assert_eq!(reasons, ["published verified-entry"; 9]);
    // One page under another URL.
    send(&format!("{ann}&x=1"));
    send(&format!("{bob}&x=1"));
    look(&site);
    for number in [10, 11] {
        assert_eq!(reason(&site, "cats", number), "junk duplicate", "{number}");
    }
}
