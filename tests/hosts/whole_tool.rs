//! The whole tool under each web server: what the specification and the README promise.

use crate::support::form::forms;
use crate::support::http;
use crate::support::listener::Listener;
use crate::support::live::{Host, Live};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::site::PASSWORD;
use crate::support::visitor::find_form;
use crate::support::xml::{assert_accepted, assert_refused, assert_well_formed, element};

for_each_host_here! {
    [
        apache_prefork_mod_cgi: ApachePrefork,
        apache_event_mod_cgid: ApacheEvent,
        lighttpd: Lighttpd,
        nginx_fcgiwrap: Nginx,
        caddy_fcgiwrap: Caddy,
        busybox_httpd: Busybox,
        python_http_server: Python,
        tb_serve: Serve,
    ]
    a_ping_by_post_is_received_by_path_and_by_parameter
    a_list_is_html_by_any_spelling
    mode_rss_answers_as_version_1_1_of_the_specification
    the_owner_logs_in_deletes_and_logs_out
    a_ping_travels_from_one_installation_to_another
    head_has_the_header_of_get_and_no_body
    a_method_without_meaning_is_405_with_allow
    s1_query_words_are_never_arguments
    s6_a_proxy_header_diverts_nothing
    s7_a_body_too_large_is_refused_in_words_the_sender_hears
    s8_a_hostile_host_is_nowhere_in_the_answer
    s9_the_configuration_and_the_store_are_not_served
}

fn a_ping_by_post_is_received_by_path_and_by_parameter(host: Host) {
    let live = Live::start(host);
    let fields = [("url", "http://weblog.example/2"), ("title", "Two")];
    let in_body = [("tb_id", "entry"), ("url", "http://weblog.example/3")];
    for request in [
        Request::ping("entry", "http://weblog.example/1"),
        Request::post(&fields).query("tb_id=entry"),
        Request::post(&in_body),
    ] {
        assert_accepted(&live.send(&request));
    }
    let list = live.list("entry");
    for number in 1..=3 {
        assert!(list.contains(&format!("http://weblog.example/{number}\"")));
    }
}

fn a_list_is_html_by_any_spelling(host: Host) {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    for request in [
        Request::new("GET").path("/entry"),
        Request::get("__mode=list&tb_id=entry"),
        Request::get("_mode=list&tb_id=entry"),
        Request::get("__mode=list").path("/entry"),
    ] {
        let reply = live.send(&request).expect(200);
        let kind = reply.header("Content-Type").unwrap().to_lowercase();
        assert_eq!(kind, "text/html; charset=utf-8");
        assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"));
        let html = reply.text();
        assert!(html.contains("A title") && html.contains("An excerpt"));
        assert!(html.contains(&format!("{}/entry", live.site.base_url())));
    }
}

fn mode_rss_answers_as_version_1_1_of_the_specification(host: Host) {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    let reply = live
        .send(&Request::get("__mode=rss").path("/entry"))
        .expect(200);
    assert_well_formed(&reply.body);
    assert_eq!(element(reply.text(), "error").as_deref(), Some("0"));
    assert!(reply.text().contains("<rss version=\"0.91\">"), "{reply}");
    assert!(
        reply
            .text()
            .contains("<link>http://weblog.example/1</link>")
    );
}

fn the_owner_logs_in_deletes_and_logs_out(host: Host) {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    let mut owner = live.visitor();
    let wrong = owner.log_in("not the password").expect(403);
    assert!(wrong.text().contains("Invalid login"), "{wrong}");
    let welcome = owner.log_in(PASSWORD).expect(303);
    owner.follow(&welcome).expect(200);

    let page = owner.get("__mode=delete&tb_id=entry&index=0").expect(200);
    assert!(page.text().contains("A title"), "it names the ping: {page}");
    let form = find_form(&page, "delete");
    let done = owner.submit(&form).expect(303);
    let list = owner.follow(&done).expect(200);
    assert!(!list.text().contains("http://weblog.example/1"), "{list}");
    assert!(!live.list("entry").contains("http://weblog.example/1"));

    let goodbye = owner.submit(&find_form(&list, "logout")).expect(200);
    assert!(goodbye.text().contains("Logged out"), "{goodbye}");
    owner.get("__mode=send_form").expect(403);
}

fn a_ping_travels_from_one_installation_to_another(host: Host) {
    let here = Live::start(host);
    let there = Live::start(host);
    let mut owner = here.owner();
    let page = owner.get("__mode=send_form").expect(200);
    let form = find_form(&page, "send_ping")
        .with("ping_url", &format!("{}/entry", there.site.base_url()))
        .with("url", "http://127.0.0.1/my-entry")
        .with("title", "日本語 & more")
        .with("excerpt", "From here")
        .with("blog_name", "Mine");
    let sent = owner.submit(&form).expect(200);
    assert!(sent.text().contains("Ping successfully sent"), "{sent}");
    let list = there.list("entry");
    assert!(list.contains("日本語 &#38; more"), "{list}");
    assert!(list.contains("http://127.0.0.1/my-entry"));
}

fn head_has_the_header_of_get_and_no_body(host: Host) {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    for query in ["", "__mode=list&tb_id=entry", "__mode=rss&tb_id=entry"] {
        let mut request = Request::get(query);
        let get = live.send(&request).expect(200);
        "HEAD".clone_into(&mut request.method);
        let head = live.send(&request).expect(200);
        assert_eq!(head.body, b"", "{query}");
        assert_eq!(head.header("Content-Type"), get.header("Content-Type"));
    }
}

fn a_method_without_meaning_is_405_with_allow(host: Host) {
    let live = Live::start(host);
    for method in ["PUT", "DELETE", "FOO"] {
        // These two know only a few methods and answer the others themselves.
        let itself = match host {
            Host::Web(Kind::Python) => true,
            Host::Web(Kind::Lighttpd) => method == "FOO",
            _ => false,
        };
        let body = vec![b'x'; 70_000];
        let request = Request::new(method)
            .path("/entry")
            .header("Content-Length", &body.len().to_string())
            .body(&body);
        let reply = live.send(&request);
        if itself {
            reply.expect(501);
        } else {
            let allow = reply.expect(405);
            let allow = allow.header("Allow").expect("an Allow header");
            assert!(allow.contains("POST") && allow.contains("GET"), "{allow}");
        }
    }
}

fn s1_query_words_are_never_arguments(host: Host) {
    let live = Live::start(host);
    let plain = live.send(&Request::get("")).expect(200);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    let before = live.site.snapshot();
    for words in [
        "serve+--listen",
        "passwd",
        "delete+entry+1",
        "--help",
        "-x%3d1",
    ] {
        let reply = live.send(&Request::get(words)).expect(200);
        assert_eq!(title(&reply), title(&plain), "{words}");
        let list = live.send(&Request::get(words).path("/entry")).expect(200);
        assert!(list.text().contains("http://weblog.example/1"));
    }
    assert_eq!(live.site.snapshot(), before);
    let posted = Request::ping("entry", "http://weblog.example/2").query("delete+entry+1");
    assert_accepted(&live.send(&posted));
    assert!(live.list("entry").contains("http://weblog.example/1\""));
}

fn s6_a_proxy_header_diverts_nothing(host: Host) {
    let here = Live::start(host);
    let there = Live::start(Host::Serve);
    let listener = Listener::open();
    let mut owner = here.owner();
    let page = owner.get("__mode=send_form").expect(200);
    let form = find_form(&page, "send_ping")
        .with("ping_url", &format!("{}/entry", there.site.base_url()))
        .with("url", "http://127.0.0.1/my-entry");
    let request = form
        .request()
        .header("Proxy", &format!("http://127.0.0.1:{}/", listener.port()));
    let sent = owner.send(&request).expect(200);
    assert!(sent.text().contains("Ping successfully sent"), "{sent}");
    listener.assert_nobody_came();
}

fn s7_a_body_too_large_is_refused_in_words_the_sender_hears(host: Host) {
    let live = Live::start_with(host, |_| {});
    for size in [65 * 1024, 120 * 1024] {
        let body = format!("url=http://weblog.example/1&title={}", "x".repeat(size));
        let request = Request::post_bytes(body.as_bytes()).path("/entry");
        let reply = live.send(&request);
        assert_refused(&reply, 413, "The body is larger than 64 KiB");
    }
    assert!(!live.site.data_dir().join("entry.jsonl").exists());
}

fn s8_a_hostile_host_is_nowhere_in_the_answer(host: Host) {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    for hostile in [
        "evil.example",
        "a\"><script>alert(1)</script>",
        "evil.example:80@x",
    ] {
        for query in [
            "",
            "__mode=list&tb_id=entry",
            "__mode=rss&tb_id=entry",
            "__mode=login",
        ] {
            let request = Request::get(query).header("Host", hostile);
            let reply = live.send(&request);
            let whole = reply.to_string();
            // A server may refuse such a host itself; nginx and lighttpd do.
            assert!(!whole.contains("evil.example"), "{whole}");
            assert!(!whole.contains("alert(1)"), "{whole}");
        }
    }
    let ping = Request::ping("entry", "http://weblog.example/2").header("Host", "evil.example");
    live.send(&ping);
    let feed = std::fs::read_to_string(live.site.rss_dir().join("entry.xml")).unwrap();
    assert!(!feed.contains("evil.example"), "{feed}");
}

fn s9_the_configuration_and_the_store_are_not_served(host: Host) {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    for path in [
        "/cgi-bin/tb.toml",
        "/cgi-bin/./tb.toml",
        "/cgi-bin/tb.cgi/../tb.toml",
        "/cgi-bin/%74b.toml",
        "/data/entry.jsonl",
        "/tb/../../data/entry.jsonl",
        "/tb/..%2f..%2fdata/entry.jsonl",
        "/cgi-bin/tb.cgi/../../../data/entry.jsonl",
    ] {
        let request = http::spell(live.port, path, &Request::new("GET"));
        // Python's server hangs up on a path that climbs above the root.
        let reply = http::exchange(live.port, &request);
        let reply = String::from_utf8_lossy(&reply);
        assert!(!reply.contains("argon2"), "{path}: {reply}");
        assert!(!reply.contains("\"op\""), "{path}: {reply}");
    }
}

fn title(reply: &http::Reply) -> Option<String> {
    assert!(forms(reply.text()).iter().all(|form| form.method == "POST"));
    element(reply.text(), "title")
}
