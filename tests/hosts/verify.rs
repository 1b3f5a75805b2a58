//! The whole way of a ping that is verified: the worker starts by itself, and nobody waits for it.

use crate::support::blog::{Blog, Script};
use crate::support::live::Host;
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::verification::*;
use crate::support::xml::assert_accepted;

for_each_host_here! {
    [
        apache_prefork: ApachePrefork,
        apache_event: ApacheEvent,
        tb_serve: Serve,
    ]
    a_ping_is_verified_in_the_background_and_its_domain_is_learnt_with_one_click
    the_sender_does_not_wait_for_its_page
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
    let past = "\"next\":\"2026-01-01T00:00:00Z\",\"since\":\"2026-01-01T00:00:00Z\"";
    set_queued(&live.site, ("second", 1), &format!("\"gone\":2,{past}"));
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
