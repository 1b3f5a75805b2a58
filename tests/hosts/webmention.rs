//! The whole way of a webmention, and of a pingback: received, checked, shown, updated, removed.

use tb::linkback::pingback::{PingbackReply, parse_reply, to_call};

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
    what_is_no_webmention_is_refused_and_stores_nothing
    a_pingback_is_shown_once_and_what_is_no_call_is_a_fault
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

fn what_is_no_webmention_is_refused_and_stores_nothing(host: Host) {
    let live = Live::start_with(host, |site| {
        set_up(site, "verified");
        site.set("protocols", "[\"trackback\", \"webmention\"]");
        site.tb(&["passphrase", "private", "--random"]);
    });
    let (source, target) = ("http://127.0.10.200/1", format!("{SITE}cats"));
    let long = format!("{source}?{}", "x".repeat(66_000));
    for (fields, status) in [
        (&[][..], 400),
        (&[("source", source)], 400),
        (&[("target", &*target)], 400),
        (&[("source", &*target), ("target", &*target)], 400),
        (
            &[
                ("source", "HTTP://127.0.9.9:80/./cats#x"),
                ("target", &*target),
            ],
            400,
        ),
        (
            &[("source", source), ("target", "http://other.example/cats")],
            400,
        ),
        (
            &[("source", source), ("target", "http://127.0.9.9/private")],
            400,
        ),
        (
            &[("source", source), ("target", "http://127.0.9.9:81/cats")],
            400,
        ),
        (
            &[("source", "javascript:alert(1)"), ("target", &*target)],
            400,
        ),
        (
            &[
                ("source", source),
                ("target", "http://other.example/"),
                ("target", &*target),
            ],
            400,
        ),
        (&[("source", &*long), ("target", &*target)], 413),
    ] {
        let reply = live.send(&Request::post(fields).query("__mode=webmention"));
        assert_eq!(reply.status, status, "{fields:.300?}: {}", reply.text());
    }
    let json = format!(r#"{{"source":"{source}","target":"{target}"}}"#);
    for (body, kind) in [
        (json.as_str(), "application/json"),
        ("<methodCall/>", "application/xml"),
        (
            &*format!("source={source}&target={target}"),
            "multipart/form-data; boundary=x",
        ),
    ] {
        let request = Request::post_bytes(body.as_bytes()).without("Content-Type");
        let request = request
            .header("Content-Type", kind)
            .query("__mode=webmention");
        let reply = live.send(&request);
        assert_eq!(reply.status, 415, "{kind}: {}", reply.text());
    }
    live.send(&Request::get(&format!(
        "__mode=webmention&source={source}&target={target}"
    )));
    let lines = |site: &crate::support::site::Site| {
        let names = std::fs::read_dir(site.data_dir()).unwrap();
        let names = names.map(|name| name.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".jsonl")).count()
    };
    assert_eq!(lines(&live.site), 0);
    // Fields of both protocols are what TrackBack has always taken; unknown ones are ignored.
    let unknown = [
        ("vouch", "http://v.example/"),
        ("__proto__", "x"),
        ("source", source),
        ("target", &*target),
    ];
    assert_eq!(live.send(&Request::post(&unknown)).status, 201);
    let both = [
        unknown[2],
        unknown[3],
        ("url", "http://127.0.10.200/2"),
        ("tb_id", "dogs"),
    ];
    let reply = live.send(&Request::post(&both));
    assert!(
        reply.text().contains("<error>0</error>"),
        "{}",
        reply.text()
    );
    assert!(live.site.data_dir().join("dogs.jsonl").is_file());
}

fn a_pingback_is_shown_once_and_what_is_no_call_is_a_fault(host: Host) {
    let live = Live::start_with(host, |site| {
        set_up(site, "verified");
        site.set("protocols", "[\"pingback\"]");
        site.set_password();
    });
    let page = format!("<title>Of cats</title><p>See <a href='{SITE}cats'>this</a>.</p>");
    let blog = peer(171, Script::html(&page));
    let call = to_call(&blog.url("/"), &format!("{SITE}cats"));
    let send = |body: &str| {
        let request = Request::post_bytes(body.as_bytes()).header("Content-Type", "text/xml");
        let reply = live.send(&request);
        assert_eq!(reply.status, 200, "{}", reply.text());
        parse_reply(&reply.body, None)
    };
    let fault = |body: &str, code: i64| {
        let reply = send(body);
        assert!(
            matches!(reply, PingbackReply::Fault(found, _) if found == code),
            "{reply:?}"
        );
    };
    assert_eq!(send(&call), PingbackReply::Accepted);
    let shows = || live.list("cats").contains("Of cats").then_some(());
    assert!(wait_for(shows).is_some(), "{}", live.list("cats"));
    fault(&call, 48);
    let inside = |text: &str| call.replace("<methodName>", &format!("{text}<methodName>"));
    for body in [
        call.replace(
            "<methodCall>",
            "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><methodCall>",
        ),
        inside("<methodName>pingback.ping</methodName>"),
        inside(&format!("{}{}", "<a>".repeat(3_000), "</a>".repeat(3_000))),
        call.replace("pingback.ping", "system.multicall"),
        call.replace("string>", "int>"),
        "<methodCall/>".to_owned(),
        format!("source={}&target={SITE}cats", blog.url("/2")),
        r#"{"source":1}"#.to_owned(),
        format!("{call}{}", " ".repeat(66_000)),
    ] {
        fault(&body, 0);
    }
    let json = live
        .send(&Request::get("__mode=json&tb_id=cats"))
        .expect(200);
    let items = json.text().matches("\"url\":").count();
    assert_eq!(items, 1, "{}", json.text());
}
