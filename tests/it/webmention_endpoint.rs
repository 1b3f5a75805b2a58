//! The endpoint without a mode, which `tb snippet webmention` prints, takes pings too. A sender of webmentions takes any
//! status of 2xx for success, TrackBack's errors among them.

use tb::internals::error::Refusal;

use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::{assert_accepted, assert_refused};
use crate::webmention::{
    Transport, lines, receiver, refused, target, through_each_transport, through_transports,
};

const SOURCE: &str = "http://127.0.10.200/1";

fn query_of(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// Requests to the endpoint that are no webmentions, and their status and refusal.
fn bad() -> Vec<(Request, u16, &'static str)> {
    let target = target();
    let both = [("source", SOURCE), ("target", target.as_str())];
    let json = format!("{{\"source\":\"{SOURCE}\",\"target\":\"{target}\"}}");
    let multipart = format!(
        "--x\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\n{SOURCE}\r\n--x\r\n\
         Content-Disposition: form-data; name=\"target\"\r\n\r\n{target}\r\n--x--\r\n"
    );
    let post = |body: &str| Request::post_bytes(body.as_bytes());
    let many = format!("{}{}", "x=1&".repeat(64), query_of(&both));
    let long = Request::post(&[both[0], ("target", &"x".repeat(66_000))]);
    vec![
        (Request::post(&both[..1]), 400, "invalid_target"),
        (Request::post(&both[1..]), 400, "invalid_source"),
        (
            Request::post(&[both[0], ("title", "T")]),
            400,
            "invalid_target",
        ),
        (
            Request::post(&[both[0], ("url", SOURCE)]),
            400,
            "invalid_target",
        ),
        (
            Request::post(&[both[0], ("tb_id", "cats")]),
            400,
            "invalid_target",
        ),
        (Request::post(&[]), 400, "invalid_source"),
        (
            Request::post(&[]).without("Content-Type"),
            400,
            "invalid_source",
        ),
        (Request::post(&[("foo", "bar")]), 400, "invalid_source"),
        (
            Request::post(&[("source[]", SOURCE)]),
            400,
            "invalid_source",
        ),
        (
            post(&json).header("Content-Type", "application/json"),
            415,
            "wrong_content_type",
        ),
        (
            post(&json).header("Content-Type", "text/plain"),
            415,
            "wrong_content_type",
        ),
        (
            post(&multipart).header("Content-Type", "multipart/form-data; boundary=x"),
            415,
            "wrong_content_type",
        ),
        (
            Request::post(&both).header("Content-Encoding", "gzip"),
            415,
            "encoded_body",
        ),
        (post(&many), 400, "too_many_fields"),
        (long, 413, "body_too_large"),
        (
            Request::post(&[]).query(&query_of(&both)),
            400,
            "invalid_source",
        ),
    ]
}

#[test]
fn s10_no_bad_webmention_is_told_a_success_without_a_mode() {
    through_each_transport("verified", |site, send| {
        for (request, status, word) in bad() {
            for path in ["", "/", "//"] {
                refused(&send(&request.clone().path(path)), status, word);
            }
            // The same as with the mode.
            let query = request.query.clone().unwrap_or_default();
            let named = request.query(&format!("__mode=webmention&{query}"));
            refused(&send(&named), status, word);
        }
        assert_eq!(lines(site), "");
    });
}

#[test]
fn both_fields_are_a_webmention_but_in_a_whole_ping() {
    through_each_transport("verified", |_, send| {
        let target = target();
        let both = [("source", SOURCE), ("target", target.as_str())];
        let (id, url) = (("tb_id", "dogs"), ("url", "http://127.0.10.200/2"));
        for (extra, path) in [
            (&[][..], "//"),
            (&[id], ""),
            (&[], "/dogs"),
            (&[("title", "T")], "/dogs/"),
            (&[url], ""),
            (&[("tb_id", "/"), url], ""),
            (&[("title", "T"), ("excerpt", "E")], ""),
        ] {
            let reply = send(&Request::post(&[&both[..], extra].concat()).path(path));
            assert_eq!(reply.status, 201, "{extra:?}: {}", reply.text());
        }
        let with_id = Request::post(&both).query("tb_id=dogs");
        assert_eq!(send(&with_id).status, 201);
        assert_accepted(&send(&Request::post(&[both[0], both[1], id, url])));
        let whole = Request::post(&[both[0], both[1], url]);
        assert_accepted(&send(&whole.clone().path("/dogs")));
        assert_accepted(&send(&whole.query("tb_id=dogs")));
    });
}

#[test]
fn a_bad_ping_to_no_id_is_told_so_as_trackback_has_it() {
    let no_id = Refusal::NoTbId.message();
    through_each_transport("verified", |site, send| {
        let url = ("url", SOURCE);
        for (request, message) in [
            (Request::post(&[url]), no_id),
            (Request::post(&[url, ("title", "T")]), no_id),
            (Request::post(&[("title", "T"), ("excerpt", "E")]), no_id),
            (Request::post(&[("blog_name", "B")]), no_id),
            (Request::post(&[]).query("url=x"), no_id),
            (Request::post(&[]).query("__mode=ping"), no_id),
            (
                Request::post(&[("tb_id", "cats")]),
                Refusal::NoUrl.message(),
            ),
            (Request::post(&[]).path("/cats"), Refusal::NoUrl.message()),
            (
                Request::post(&[]).query("tb_id=cats"),
                Refusal::NoUrl.message(),
            ),
        ] {
            assert_refused(&send(&request), 200, message);
        }
        let json = Request::post_bytes(b"{}").header("Content-Type", "application/json");
        for request in [
            json.clone().path("/cats"),
            json.clone().query("tb_id=cats"),
            json.query("__mode=ping"),
        ] {
            assert_refused(&send(&request), 200, Refusal::WrongContentType.message());
        }
        assert_eq!(lines(site), "");
    });
}

#[test]
fn where_webmentions_are_off_no_success_is_told_either() {
    let make = || {
        let mut site = receiver("verified");
        site.set("protocols", "[\"trackback\"]");
        site
    };
    through_transports(make, |site: &Site, send: Transport<'_>| {
        let target = target();
        let both = [("source", SOURCE), ("target", target.as_str())];
        for request in [
            Request::post(&both),
            Request::post(&both[..1]),
            Request::post(&both[1..]),
            Request::post(&both).path("//"),
            Request::post(&[]).query(&query_of(&both)),
        ] {
            refused(&send(&request), 400, "protocol_off");
        }
        // What has none of its fields is a bad ping.
        assert_refused(&send(&Request::post(&[])), 200, Refusal::NoTbId.message());
        assert_eq!(lines(site), "");
    });
}

#[test]
fn r1_a_url_with_control_characters_is_none() {
    through_each_transport("verified", |site, send| {
        let target = target();
        let post = |source: &str, target: &str| {
            send(&Request::post(&[("source", source), ("target", target)]))
        };
        for hidden in [
            "\r\nX: 1",
            "\0",
            "\u{1b}[31m",
            "\tx",
            "\u{202e}x",
            "\u{2028}x",
        ] {
            let bad = |url: &str| format!("{url}{hidden}");
            refused(&post(&bad(SOURCE), &target), 400, "invalid_source");
            refused(&post(SOURCE, &bad(&target)), 400, "invalid_target");
        }
        assert_eq!(lines(site), "");
    });
}

#[test]
fn r15_a_form_of_the_owners_pages_is_answered_with_a_page() {
    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let kind = |reply: &Reply| {
        let kind = reply.header("Content-Type").unwrap();
        kind.split(';').next().unwrap().to_owned()
    };
    through_transports(
        || {
            let mut site = receiver("verified");
            site.set("throttle", "\"on\"");
            site.set(
                "limits",
                "[\"pair 1\", \"prefix 999\", \"domain 999\", \"id 999\"]",
            );
            site
        },
        |_, send| {
            let target = target();
            let post = |source: &str, accept: Option<&str>| {
                let request = Request::post(&[("source", source), ("target", &target)]);
                let request = match accept {
                    Some(accept) => request.header("Accept", accept),
                    None => request,
                };
                send(&request)
            };
            for (number, (accept, expected)) in [
                (Some(BROWSER), "text/html"),
                (Some("TEXT/HTML;level=1"), "text/html"),
                (Some("text/plain;q=0.1, text/html"), "text/html"),
                (None, "text/plain"),
                (Some(""), "text/plain"),
                (Some("*/*"), "text/plain"),
                (Some("application/json"), "text/plain"),
                (Some("text/plain"), "text/plain"),
                (Some("text/html;q=0"), "text/plain"),
                (Some("text/plain, text/html;q=0.5"), "text/plain"),
                (Some("text/html, text/plain"), "text/plain"),
                (Some("text/html;q=NaN, x/y"), "text/plain"),
            ]
            .into_iter()
            .enumerate()
            {
                let source = format!("{SOURCE}{number}");
                // Accepted, over a limit, refused.
                for (source, status) in [(source.as_str(), 201), (&source, 429), ("x", 400)] {
                    let reply = post(source, accept);
                    assert_eq!(reply.status, status, "{accept:?}: {}", reply.text());
                    assert_eq!(kind(&reply), expected, "{accept:?} {status}");
                    assert_eq!(reply.header("Cache-Control"), Some("no-store"));
                }
            }
        },
    );
}
