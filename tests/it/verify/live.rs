//! The whole way, behind Apache and as `tb serve`: the worker starts by itself, and nobody waits for it.

use super::*;
use crate::support::live::{Host, Live, for_each_host};
use crate::support::process::wait_for;
use crate::support::server::Kind;
use crate::support::site::Serving;

for_each_host! {
    [
        apache_prefork: Host::Web(Kind::ApachePrefork),
        apache_event: Host::Web(Kind::ApacheEvent),
        tb_serve: Host::Serve,
    ]
    a_ping_is_verified_in_the_background_and_its_domain_is_learnt_with_one_click
    the_sender_does_not_wait_for_its_page
}

/// The other servers, which start and end programs in their own ways.
mod elsewhere {
    use super::*;

    for_each_host! {
        [
            lighttpd: Host::Web(Kind::Lighttpd),
            nginx: Host::Web(Kind::Nginx),
            caddy: Host::Web(Kind::Caddy),
            busybox: Host::Web(Kind::Busybox),
            python: Host::Web(Kind::Python),
        ]
        a_ping_is_verified_in_the_background
    }

    fn a_ping_is_verified_in_the_background(host: Host) {
        let live = live(host);
        let blog = Blog::start_at([127, 0, 13, 5], [("/", linking())]);
        assert_accepted(&live.send(&Request::ping("entry", &blog.url("/"))));
        becomes(&live, "entry", "held unknown-domain");
    }
}

pub(super) fn live(host: Host) -> Live {
    Live::start_with(host, |site| {
        set_up(site, "known");
        site.set_password();
    })
}

/// Waits until a ping is in this state.
#[track_caller]
pub(super) fn becomes(live: &Live, id: &str, expected: &str) {
    let mut last = String::new();
    let became = wait_for(|| {
        last = state(&live.site, id, 1);
        let is_it = last == expected || reason(&live.site, id, 1) == expected;
        is_it.then_some(())
    });
    assert!(became.is_some(), "{last}, not {expected}");
}

fn a_ping_is_verified_in_the_background_and_its_domain_is_learnt_with_one_click(host: Host) {
    let live = live(host);
    let blog = Blog::start_at([127, 0, 13, 1], [("/1", linking()), ("/2", linking())]);
    assert_accepted(&live.send(&Request::ping("first", &blog.url("/1"))));
    becomes(&live, "first", "held unknown-domain");
    let title = "A title";
    assert!(!live.list("first").contains(title));
    let mut owner = live.owner();
    let page = owner.get("__mode=list&tb_id=first").expect(200);
    let form = crate::support::form::forms(page.text())
        .into_iter()
        .find(|form| form.value("__mode") == Some("state") && form.value("to").is_some());
    let form = form
        .expect("a form that changes the state")
        .with("to", "published");
    owner.submit(&form).expect(303);
    assert!(live.list("first").contains(title));
    assert_accepted(&live.send(&Request::ping("second", &blog.url("/2"))));
    becomes(&live, "second", "published verified");
    assert!(live.list("second").contains(title));
    // The feed is written when the ping's state is.
    let feed = || live.page("/tb/second.xml");
    let is_in_feed = wait_for(|| feed().text().contains(&blog.url("/2")).then_some(()));
    assert!(is_in_feed.is_some(), "{}", feed().text());
    blog.play("/2", Script::html("It is gone."));
    live.site.tb(&["verify", "--all", "--wait"]);
    assert_eq!(state(&live.site, "second", 1), "junk link-gone");
    assert!(!live.list("second").contains(title));
    assert!(!live.page("/tb/second.xml").text().contains(&blog.url("/2")));
    assert!(live.list("first").contains(title));
}

fn the_sender_does_not_wait_for_its_page(host: Host) {
    let live = live(host);
    let blog = Blog::start_at([127, 0, 13, 2], [("/", Script::Silent)]);
    assert_accepted(&live.send(&Request::ping("entry", &blog.url("/"))));
    wait_for(|| (!blog.requests().is_empty()).then_some(())).expect("the worker");
    // The answer was there while the page was, and is, still waited for.
    assert_eq!(state(&live.site, "entry", 1), "held unverified");
}

#[test]
fn the_owners_next_view_takes_up_what_was_left() {
    let live = live(Host::Web(Kind::ApachePrefork));
    let mut owner = live.owner();
    // A worker that was killed, or a host that allows none: the ping waits and nobody looks.
    let blog = Blog::start_at([127, 0, 13, 3], [("/", linking())]);
    let line = format!(
        "{{\"op\":\"ping\",\"id\":1,\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"t\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
        blog.url("/")
    );
    let file = live.site.data_dir().join("entry.jsonl");
    crate::support::write(&file, &line);
    crate::support::set_mode(&file, 0o600);
    live.list("entry");
    assert_eq!(blog.requests().len(), 0, "a stranger starts nothing");
    owner.get("__mode=list&tb_id=entry").expect(200);
    becomes(&live, "entry", "held unknown-domain");
}

#[test]
fn a_server_that_is_told_to_end_does_not_wait_for_a_page() {
    let mut site = site("known");
    let blog = Blog::start_at([127, 0, 13, 4], [("/", Script::Silent)]);
    let serving: Serving = site.serve();
    let ping = Request::ping("entry", &blog.url("/"));
    let base = crate::support::site::BASE;
    assert_accepted(&crate::support::http::send(serving.port, base, &ping));
    wait_for(|| (!blog.requests().is_empty()).then_some(())).expect("the worker");
    assert_eq!(serving.stop(), Some(0));
    assert_eq!(state(&site, "entry", 1), "held unverified");
    blog.play("/", linking());
    look(&site);
    assert_eq!(reason(&site, "entry", 1), "held unknown-domain");
}

#[test]
fn s1_the_worker_has_nothing_of_the_request() {
    let site = site("known");
    let blog = Blog::start_at([127, 0, 13, 6], [("/", Script::Silent)]);
    let ping = Request::ping("entry", &blog.url("/"))
        .query("__mode=ping")
        .header("Proxy", "http://127.0.0.1:1/")
        .header("Cookie", "secret=1");
    assert_accepted(&site.cgi(&ping));
    wait_for(|| (!blog.requests().is_empty()).then_some(())).expect("the worker");
    let worker = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|process| {
            std::fs::read_link(process.join("exe")).is_ok_and(|exe| exe == site.executable())
        })
        .expect("its process");
    let environment = std::fs::read(worker.join("environ")).unwrap();
    assert_eq!(environment, b"TB_MODE=cli\0");
    for descriptor in ["0", "1", "2"] {
        let target = std::fs::read_link(worker.join("fd").join(descriptor)).unwrap();
        assert_eq!(target, std::path::Path::new("/dev/null"), "{descriptor}");
    }
    assert_eq!(
        std::fs::read_link(worker.join("cwd")).unwrap(),
        std::path::Path::new("/")
    );
    let status = std::fs::read_to_string(worker.join("stat")).unwrap();
    // Behind the name: state, parent, group.
    let group = status
        .rsplit(')')
        .next()
        .unwrap()
        .split(' ')
        .nth(3)
        .unwrap();
    assert_eq!(worker.file_name().unwrap(), group);
}
