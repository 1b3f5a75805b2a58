//! A page that a reader enters on a list: the response comes at once, the page is fetched after it and listed.

use crate::support::blog::Script;
use crate::support::form::forms;
use crate::support::live::{Host, Live};
use crate::support::process::wait_for;
use crate::support::verification::*;

for_each_host_here! {
    [
        apache_prefork: ApachePrefork,
        apache_event: ApacheEvent,
        tb_serve: Serve,
    ]
    a_page_that_a_reader_enters_is_listed
}

fn a_page_that_a_reader_enters_is_listed(host: Host) {
    let live = Live::start_with(host, |site| {
        set_up(site, "verified");
        site.set("submit", "true");
    });
    let text = format!("<title>About cats</title><p>I like <a href='{SITE}cats'>this</a>.");
    let blog = peer(171, Script::html(&text));
    let list = || live.list("cats");
    let all = forms(&list());
    let form = all
        .iter()
        .find(|form| form.value("__mode") == Some("submit"));
    let form = form.expect("the form").clone().with("url", &blog.url("/"));
    let reply = live.send(&form.request());
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.text().contains("Thank you"), "{}", reply.text());
    let listed = wait_for(|| list().contains("About cats").then_some(()));
    assert!(listed.is_some(), "{}", list());
}
