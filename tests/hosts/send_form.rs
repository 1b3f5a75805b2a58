//! Sending to peers that misbehave, from the owner's form, under Apache and `tb serve`: the page says
//! in time what is wrong, in the peer's own words where it has any, and never as markup.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::blog::{Blog, Script};
use crate::support::http::Reply;
use crate::support::live::{Host, Live};
use crate::support::site::PASSWORD;
use crate::support::visitor::find_form;

for_each_host_here! {
    [
        apache: ApacheEvent,
        serve: Serve,
    ]
    a_ping_is_posted_as_the_specification_has_it
    only_an_explicit_error_0_is_a_success
    the_peers_own_message_is_shown_as_text
    s7_a_peer_that_gives_no_end_is_left_in_time
    s6_a_redirect_to_another_place_is_named_and_not_followed
    the_ping_url_is_found_on_the_page
}

/// Sends one ping as the owner, to a ping URL or to the page that names one.
fn send(live: &Live, field: &str, target: &str) -> Reply {
    let mut owner = live.visitor();
    owner.log_in(PASSWORD).expect(303);
    let page = owner.get("__mode=send_form").expect(200);
    let form = find_form(&page, "send_ping")
        .with(field, target)
        .with("url", "http://127.0.0.1/mine?a=1&b=2")
        .with("title", "Título")
        .with("blog_name", "日本");
    owner.submit(&form)
}

fn is_success(reply: &Reply) -> bool {
    reply.text().contains("Ping successfully sent")
}

const ACCEPTED: &str = "<?xml version=\"1.0\"?><response><error>0</error></response>";

fn a_ping_is_posted_as_the_specification_has_it(host: Host) {
    let live = Live::start(host);
    let blog = Blog::start([("/tb", Script::xml(ACCEPTED))]);
    let reply = send(&live, "ping_url", &blog.url("/tb?id=1"));
    assert!(is_success(&reply), "{reply}");
    let requests = blog.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(requests[0].method, "POST");
    assert_eq!(
        requests[0].header("content-type"),
        Some("application/x-www-form-urlencoded; charset=utf-8")
    );
    let fields: Vec<(String, String)> = form_urlencoded::parse(&requests[0].body)
        .into_owned()
        .collect();
    for (name, value) in [
        ("url", "http://127.0.0.1/mine?a=1&b=2"),
        ("title", "Título"),
        ("blog_name", "日本"),
    ] {
        assert!(
            fields.contains(&(name.to_owned(), value.to_owned())),
            "{fields:?}"
        );
    }
}

fn only_an_explicit_error_0_is_a_success(host: Host) {
    let live = Live::start(host);
    let blog = Blog::start([
        ("/not-xml", Script::html("<p>Thank you, error 0!")),
        ("/empty", Script::ok("text/html", b"")),
        (
            "/no-message",
            Script::xml("<response><error>1</error></response>"),
        ),
        ("/two", Script::xml("<response><error>2</error></response>")),
        (
            "/no-error",
            Script::xml("<response><message>0</message></response>"),
        ),
        (
            "/hidden",
            Script::xml("<response><!--<error>0</error>--></response>"),
        ),
        ("/404", Script::status(404)),
        ("/500", Script::status(500)),
    ]);
    for path in [
        "/not-xml",
        "/empty",
        "/no-message",
        "/two",
        "/no-error",
        "/hidden",
        "/404",
        "/500",
    ] {
        let reply = send(&live, "ping_url", &blog.url(path));
        assert!(!is_success(&reply), "{path}: {reply}");
        assert!(reply.text().contains("class=\"error\""), "{path}: {reply}");
    }
    // A blank line before the declaration is common.
    blog.play("/blank", Script::xml(&format!("\n{ACCEPTED}")));
    assert!(is_success(&send(&live, "ping_url", &blog.url("/blank"))));
}

fn the_peers_own_message_is_shown_as_text(host: Host) {
    let live = Live::start(host);
    let refused = |message: &str| {
        Script::xml(&format!(
            "<response>\n<error>1</error>\n<message>{message}</message>\n</response>"
        ))
    };
    let blog = Blog::start([
        ("/ampersand", refused("Closed & gone, Q&A")),
        (
            "/markup",
            refused("&lt;script&gt;alert(1)&lt;/script&gt; no"),
        ),
        (
            "/cdata",
            refused("<![CDATA[<img src=x onerror=alert(1)> no]]>"),
        ),
    ]);
    let reply = send(&live, "ping_url", &blog.url("/ampersand"));
    assert!(
        reply.text().contains("Closed &#38; gone, Q&#38;A"),
        "{reply}"
    );
    for path in ["/markup", "/cdata"] {
        let reply = send(&live, "ping_url", &blog.url(path));
        assert!(!reply.text().contains("<script"), "{reply}");
        assert!(!reply.text().contains("<img"), "{reply}");
        assert!(reply.text().contains("no</p>"), "{reply}");
    }
}

fn s7_a_peer_that_gives_no_end_is_left_in_time(host: Host) {
    let live = Live::start(host);
    let blog = Blog::start([("/silent", Script::Silent)]);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";
    let drip = |bytes: String| Script::Drip {
        bytes: bytes.into_bytes(),
        interval: Duration::from_millis(50),
    };
    blog.play("/drip", drip(format!("{head}\r\n{}", "x".repeat(4000))));
    blog.play("/header", drip(format!("{head}X: {}", "x".repeat(4000))));
    let endless = |prefix: String, chunk: &str| Script::Endless {
        prefix: prefix.into_bytes(),
        chunk: chunk.repeat(1000).into_bytes(),
    };
    blog.play("/large", endless(format!("{head}\r\n"), "<error>0</error>"));
    blog.play("/headers", endless(head.to_owned(), "X: x\r\n"));
    let bomb = [b"\x1F\x8B\x08\0\0\0\0\0\0\x03".as_slice(), &[0; 4096]].concat();
    blog.play("/bomb", Script::ok("text/xml", &bomb));
    // All at once: each may take the 8 s that CGI has.
    thread::scope(|scope| {
        for path in ["/silent", "/drip", "/header", "/headers", "/large", "/bomb"] {
            let (live, blog) = (&live, &blog);
            scope.spawn(move || {
                let begin = Instant::now();
                let reply = send(live, "ping_url", &blog.url(path));
                let took = begin.elapsed();
                assert!(!is_success(&reply), "{path}: {reply}");
                assert!(reply.text().contains("class=\"error\""), "{path}: {reply}");
                assert!(took < Duration::from_secs(25), "{path}: {took:?}");
            });
        }
    });
}

fn s6_a_redirect_to_another_place_is_named_and_not_followed(host: Host) {
    let live = Live::start(host);
    let blog = Blog::start([("/new", Script::xml(ACCEPTED))]);
    for status in [301, 302, 303] {
        blog.play("/old", Script::redirect(status, "/new"));
        let reply = send(&live, "ping_url", &blog.url("/old"));
        assert!(!is_success(&reply), "{reply}");
        assert!(reply.text().contains(&blog.url("/new")), "{reply}");
    }
    assert!(
        blog.requests()
            .iter()
            .all(|request| request.target == "/old")
    );
    blog.play("/old", Script::redirect(307, "/new"));
    assert!(is_success(&send(&live, "ping_url", &blog.url("/old"))));
}

fn the_ping_url_is_found_on_the_page(host: Host) {
    let live = Live::start(host);
    let there = Live::start(Host::Serve);
    let blog = Blog::start([("/nothing", Script::html("<p>No ping URL here."))]);
    let rdf = format!(
        "<!-- <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:trackback=\"http://madskills.com/public/xml/rss/module/trackback/\">\
         <rdf:Description rdf:about=\"{0}\" dc:identifier=\"{0}\" dc:title=\"T\" \
         trackback:ping=\"{1}/found\" /></rdf:RDF> -->",
        blog.url("/entry"),
        there.site.base_url(),
    );
    blog.play("/entry", Script::html(&rdf));
    let reply = send(&live, "page", &blog.url("/entry"));
    assert!(is_success(&reply), "{reply}");
    assert!(there.list("found").contains("Título"));
    let reply = send(&live, "page", &blog.url("/nothing"));
    assert!(
        reply.text().contains("names no TrackBack ping URL"),
        "{reply}"
    );
}
