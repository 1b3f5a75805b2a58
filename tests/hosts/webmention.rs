//! The whole way of a webmention: received, checked, shown, updated, removed.

use crate::support::blog::Script;
use crate::support::live::{Host, Live};
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::verification::*;

for_each_host_here! {
    [
        apache_prefork: ApachePrefork,
        apache_event: ApacheEvent,
        tb_serve: Serve,
    ]
    a_webmention_is_shown_follows_its_page_and_goes_with_it
}

fn a_webmention_is_shown_follows_its_page_and_goes_with_it(host: Host) {
    let live = Live::start_with(host, |site| {
        set_up(site, "verified");
        site.set("protocols", "[\"trackback\", \"webmention\"]");
        site.set_password();
    });
    let target = format!("{SITE}cats");
    let note = |text: &str| {
        Script::html(&format!(
            "<article class=h-entry><a class='p-author h-card' href='/'>Ann Other</a>
            <p class=e-content>{text} <a href='{target}'>this</a></article>"
        ))
    };
    let blog = peer(170, note("I like"));
    let source = blog.url("/");
    let send = || {
        let fields = [("source", source.as_str()), ("target", &target)];
        live.send(&Request::post(&fields).query("__mode=webmention"))
    };
    let list = || live.list("cats");
    let shows = |text: &str| {
        let shown = wait_for(|| list().contains(text).then_some(()));
        assert!(shown.is_some(), "{text}: {}", list());
    };
    let reply = send();
    assert_eq!(reply.status, 201, "{}", reply.text());
    let status = reply.header("Location").unwrap().to_owned();
    let status = status.split_once('?').unwrap().1;
    shows("I like this");
    assert!(list().contains("Ann Other") && list().contains(&source));
    let reply = live.send(&Request::get(status));
    assert!(reply.text().starts_with("verified: "), "{}", reply.text());
    // Not while the worker that has just checked the page still writes.
    look(&live.site);
    ten_minutes_later(&live.site);
    blog.play("/", note("I do not like"));
    assert_eq!(send().status, 201);
    shows("I do not like this");
    // Not while the worker that has just checked the page still writes.
    look(&live.site);
    ten_minutes_later(&live.site);
    blog.play("/", Script::status(410));
    assert_eq!(send().status, 201);
    becomes(&live, "cats", "junk source-gone");
    assert!(!list().contains("Ann Other"));
    let reply = live.send(&Request::get(status));
    assert!(reply.text().starts_with("gone: "), "{}", reply.text());
}
