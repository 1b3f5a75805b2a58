//! Pingbacks come in, through CGI and `tb serve`; from there on they are as webmentions.

use tb::internals::error::Refusal;
use tb::linkback::pingback::{PingbackReply, parse_reply, to_call};

use crate::support::blog::Script;
use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::verification::{look, peer, reason, ten_minutes_later};
use crate::support::xml::{assert_accepted, assert_refused};
use crate::webmention::{
    accepted, lines, linking, page, receiver, refused, shown, target, through_each_transport,
};

/// A body of XML, labelled as such.
fn xml(body: &[u8]) -> Request {
    Request::post_bytes(body).header("Content-Type", "text/xml")
}

fn pingback(source: &str, target: &str) -> Request {
    xml(to_call(source, target).as_bytes()).query("__mode=pingback")
}

/// The response of a Pingback server; its status is always 200.
#[track_caller]
fn response(reply: &Reply) -> PingbackReply {
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(
        reply.header("Content-Type"),
        Some("text/xml; charset=utf-8")
    );
    let response = parse_reply(&reply.body, None);
    assert_ne!(response, PingbackReply::Unreadable, "{}", reply.text());
    response
}

#[track_caller]
fn fault(reply: &Reply, code: i64) {
    match response(reply) {
        PingbackReply::Fault(found, text) => {
            assert_eq!((found, text.is_empty()), (code, false), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_accepted(reply: &Reply) {
    assert_eq!(response(reply), PingbackReply::Accepted, "{}", reply.text());
}

#[test]
fn what_is_no_call_is_a_fault_and_nothing_is_stored() {
    let source = "http://127.0.10.200/1";
    let good = to_call(source, &target());
    let wide: Vec<u8> = good.encode_utf16().flat_map(u16::to_be_bytes).collect();
    through_each_transport("verified", |site, send| {
        for body in [
            b"".to_vec(),
            br#"{"source":"http://127.0.10.200/1","target":"http://127.0.9.9/cats"}"#.to_vec(),
            b"source=http://127.0.10.200/1&target=http://127.0.9.9/cats".to_vec(),
            b"__mode=pingback&source=http://127.0.10.200/1&target=http://127.0.9.9/cats".to_vec(),
            b"\xFF\xFE\x00".to_vec(),
            // UTF-16 that nothing tells.
            wide.clone(),
            good.replace(
                "<methodCall>",
                "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><methodCall>",
            )
            .into(),
            good.replace("<methodCall>", "<!DOCTYPE methodCall><methodCall>")
                .into(),
            good.replace(source, "&e;").into(),
            good.replace(source, &"<a>".repeat(10_000)).into(),
            good.replace("<params>", "<methodName>pingback.ping</methodName><params>")
                .into(),
            format!("{good}{good}").into(),
            good.replace("pingback.ping", "system.multicall").into(),
            good.replace("pingback.ping", "system.listMethods").into(),
            good.replace("string>", "int>").into(),
            good.replace("string>", "base64>").into(),
            "<methodCall><methodName>pingback.ping</methodName></methodCall>".into(),
            "<methodCall><methodName>pingback.ping</methodName><params/></methodCall>".into(),
            // 65 kB, of one URL and of space.
            good.replace(source, &format!("{source}{}", "x".repeat(66_000)))
                .into(),
            format!("{good}{}", " ".repeat(66_000)).into(),
        ] {
            let start: String = String::from_utf8_lossy(&body).chars().take(300).collect();
            for request in [
                xml(&body),
                xml(&body).query("__mode=pingback"),
                xml(&body)
                    .header("Content-Type", "application/json")
                    .query("__mode=pingback"),
                xml(&body).without("Content-Type").query("__mode=pingback"),
            ] {
                let reply = send(&request);
                assert_eq!(reply.status, 200, "{start}");
                fault(&reply, 0);
            }
        }
        let packed = pingback(source, &target()).header("Content-Encoding", "gzip");
        fault(&send(&packed), 0);
        assert_eq!(lines(site), "");
        fault(
            &send(&pingback(
                &format!("http://127.0.10.200/{}", "x".repeat(3_000)),
                &target(),
            )),
            16,
        );
        assert_eq!(lines(site), "");
    });
}

#[test]
fn each_fault_has_its_code() {
    through_each_transport("verified", |site, send| {
        site.tb(&["ban", "spam.example"]);
        let target = target();
        for (source, target, code) in [
            ("weblog", target.as_str(), 16),
            ("javascript:alert(1)", &target, 16),
            ("http://a.example/1", "/cats", 32),
            ("http://a.example/1", "http://other.example/cats", 33),
            ("http://a.example/1", "http://127.0.9.9:81/cats", 33),
            (&target, &target, 0),
            ("http://spam.example/1", &target, 49),
        ] {
            fault(&send(&pingback(source, target)), code);
        }
        assert_eq!(lines(site), "");
    });
    let mut site = receiver("verified");
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"pair 2\", \"prefix 100\"]");
    let blog = peer(156, linking());
    let send = || site.cgi(&pingback(&blog.url("/"), &target()));
    is_accepted(&send());
    fault(&send(), 48);
    let reply = send();
    fault(&reply, 49);
    let wait: u32 = reply.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    // Entries that nobody may ping, and that are not known, are one to a stranger.
    let mut site = receiver("verified");
    site.tb(&["passphrase", "cats", "--random"]);
    fault(&site.cgi(&pingback("http://a.example/1", &target())), 33);
    site.set("ids", "\"known\"");
    let unknown = target().replace("cats", "dogs");
    fault(&site.cgi(&pingback("http://a.example/1", &unknown)), 33);
}

#[test]
fn a_call_is_checked_by_its_page_and_told_what_was_seen_when_it_comes_again() {
    through_each_transport("verified", |site, send| {
        for (number, (script, expected, code)) in [
            (linking(), "published verified-entry", 48),
            (page("nothing"), "junk no-link", 17),
            (Script::status(410), "junk source-gone", 16),
            (Script::status(500), "held unreachable", 16),
        ]
        .into_iter()
        .enumerate()
        {
            let blog = peer(u8::try_from(number).unwrap() + 150, script);
            let call = pingback(&blog.url("/"), &target());
            is_accepted(&send(&call));
            assert!(!lines(site).lines().last().unwrap().contains("published"));
            // Nothing was checked yet.
            look(site);
            assert_eq!(reason(site, "cats", number + 1), expected);
            fault(&send(&call), code);
        }
        let first = shown(site, 1);
        assert_eq!(
            (&first["via"], &first["title"]),
            (&"pingback".into(), &"About cats".into())
        );
        // A page that has got its link meanwhile is accepted after all.
        let blog = peer(155, page("nothing"));
        let call = pingback(&blog.url("/"), &target());
        is_accepted(&send(&call));
        look(site);
        fault(&send(&call), 17);
        ten_minutes_later(site);
        blog.play("/", linking());
        fault(&send(&call), 48);
        site.tb(&["verify", "--wait", "--all"]);
        assert_eq!(reason(site, "cats", 5), "published verified-entry");
        // What the owner has decided is not told.
        site.tb(&["delete", "cats", "5"]);
        fault(&send(&call), 48);
        assert!(!lines(site).contains("\"id\":6"));
    });
}

#[test]
fn a_body_of_xml_needs_no_mode() {
    through_each_transport("verified", |site, send| {
        let source = |number: u8| format!("http://127.0.10.200/{number}");
        let call = |number| xml(to_call(&source(number), &target()).as_bytes());
        is_accepted(&send(&call(1)));
        is_accepted(&send(
            &call(2).header("Content-Type", "application/xml; charset=utf-8"),
        ));
        is_accepted(&send(
            &call(3).query("source=http://x.example/&target=http://y.example/"),
        ));
        is_accepted(&send(&call(4).path("/")));
        assert!(lines(site).contains("\"id\":4"));
        // The named mode, the id and the form decide what it is.
        refused(
            &send(&call(5).query("__mode=webmention")),
            415,
            "wrong_content_type",
        );
        let message = Refusal::WrongContentType.message();
        assert_refused(&send(&call(5).path("/cats")), 200, message);
        assert_refused(&send(&call(5).query("tb_id=cats")), 200, message);
        let form = Request::post(&[("source", &source(5)), ("target", &target())]);
        assert_eq!(send(&form).status, 201);
        fault(&send(&form.query("__mode=pingback")), 0);
        let reply = send(&Request::get("__mode=pingback"));
        assert_eq!((reply.status, reply.header("Allow")), (405, Some("POST")));
    });
}

#[test]
fn pingbacks_are_off_unless_they_are_named() {
    for protocols in [
        "[\"trackback\"]",
        "[\"trackback\", \"webmention\"]",
        "[\"webmention\"]",
    ] {
        let mut site = receiver("verified");
        site.set("protocols", protocols);
        for request in [
            pingback("http://127.0.10.200/1", &target()),
            pingback("http://127.0.10.200/1", &target()).query(""),
            xml(b"<methodCall/>"),
        ] {
            fault(&site.cgi(&request), 33);
        }
        assert_eq!(lines(&site), "");
    }
    // What `tb init` writes names it not.
    let site = crate::support::shell::Site::with(&["--base-url", "http://127.0.0.1/tb.cgi"]);
    let config = std::fs::read_to_string(site.path("cgi-bin/tb.toml")).unwrap();
    assert!(
        config.contains("protocols = [\"trackback\", \"webmention\"]"),
        "{config}"
    );
}

#[test]
fn a_site_that_cannot_store_or_is_not_set_up_says_so_as_a_fault() {
    let mut site = receiver("verified");
    let call = pingback("http://127.0.10.200/1", &target());
    site.set("data_dir", "\"/nonexistent/tb\"");
    let (reply, said) = site.cgi_and_log(&call, |_| {});
    fault(&reply, 0);
    assert!(said.contains("`/nonexistent/tb`"), "{said}");
    site.set("data_dir", "5");
    let (reply, said) = site.cgi_and_log(&call, |_| {});
    fault(&reply, 0);
    assert!(said.contains("`data_dir`"), "{said}");
}

#[test]
fn a_page_that_comes_by_several_protocols_is_one_record() {
    let site = receiver("verified");
    let send = |request: &Request| site.cgi(request);
    // After a TrackBack: the page decides.
    let blog = peer(160, linking());
    let ping = Request::post(&[("url", &blog.url("/")), ("title", "By the sender")]);
    assert_accepted(&send(&ping.path("/cats")));
    fault(&send(&pingback(&blog.url("/"), &target())), 48);
    look(&site);
    let taken = shown(&site, 1);
    assert_eq!(
        (&taken["via"], &taken["title"]),
        (&"pingback".into(), &"About cats".into())
    );
    // After a webmention, and before one.
    accepted(&send, &blog.url("/"), &target());
    assert_eq!(shown(&site, 1)["via"], "pingback");
    let other = peer(161, linking());
    accepted(&send, &other.url("/"), &target());
    fault(&send(&pingback(&other.url("/"), &target())), 48);
    look(&site);
    assert_eq!(shown(&site, 2)["via"], "webmention");
    assert!(!lines(&site).contains("\"id\":3"));
}

#[test]
fn a_call_is_known_by_its_beginning_whatever_its_type_is() {
    through_each_transport("verified", |site, send| {
        // Serendipity sends its calls as text/html.
        for (number, kind, before) in [
            (1, Some("text/html"), ""),
            (2, Some("text/plain"), "\u{feff}"),
            (3, Some("application/x-www-form-urlencoded"), "\r\n"),
            (4, None, ""),
        ] {
            let source = format!("http://127.0.10.200/{number}");
            let call = [before, &to_call(&source, &target())].concat();
            let request = Request::post_bytes(call.as_bytes());
            is_accepted(&send(&match kind {
                Some(kind) => request.header("Content-Type", kind),
                None => request.without("Content-Type"),
            }));
        }
        assert!(lines(site).contains("\"id\":4"));
    });
}
