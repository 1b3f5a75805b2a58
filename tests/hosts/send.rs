//! Pings from the shell to real installations: `tb serve`, and `tb.cgi` under Apache.

use crate::support::blog::{Blog, Script};
use crate::support::live::{Host, Live};
use crate::support::site::BASE;
use crate::support::writer::Writer;

for_each_host_here! {
    [
        apache: ApacheEvent,
        serve: Serve,
    ]
    a_link_to_its_entry_becomes_a_ping_on_its_list
}

fn a_link_to_its_entry_becomes_a_ping_on_its_list(host: Host) {
    let live = Live::start(host);
    let ping_url = format!("http://127.0.0.1:{}{BASE}/entry", live.port);
    let blog = Blog::start([]);
    let entry = blog.url("/entry.html");
    let block = tb::linkback::trackback::rdf::block(&entry, "The entry", &ping_url);
    blog.play("/entry.html", Script::html(&block));
    let writer = Writer::new();
    writer.publish(
        "/1",
        &format!("<p>As <a href='{entry}#top'>they</a> say, 1 &lt; 2.</p>"),
    );
    let out = writer.send(&[]).out();
    assert!(out.contains("1 sent, 0 refused"), "{out}");
    let list = live.list("entry");
    for text in [
        writer.own.url("/1").as_str(),
        "About /1",
        "As they say, 1 &#60; 2.",
        "The &#38; Writer",
    ] {
        assert!(list.contains(text), "{text}: {list}");
    }
    writer.send(&[]).out();
    assert_eq!(live.list("entry").matches("About /1").count(), 1);
}
