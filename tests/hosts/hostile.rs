//! What bad requests get, under Apache and `tb serve`: a clear error in the mode's own dialect, and
//! a store that is byte for byte as it was.

use tb::internals::error::Refusal;

use crate::support::http::{self, Reply};
use crate::support::live::{Host, Live};
use crate::support::request::{FORM, Request};
use crate::support::site::BASE;
use crate::support::xml::{assert_accepted, assert_refused, response};

for_each_host_here! {
    [
        apache: ApacheEvent,
        serve: Serve,
    ]
    a_ping_without_an_id_is_refused
    a_ping_without_a_url_is_refused
    a_url_that_is_not_absolute_http_is_refused
    s2_an_id_that_climbs_or_is_no_text_is_refused
    s2_a_path_that_climbs_changes_nothing
    an_id_of_200_bytes_is_refused
    a_body_that_is_no_form_is_refused
    a_charset_that_hides_markup_is_refused
    s7_a_body_too_large_or_of_too_many_fields_is_refused
    a_false_content_length_changes_nothing
    a_body_cut_short_changes_nothing
    a_chunked_ping_is_received
    invalid_utf_8_is_read_as_windows_1252
    a_ping_by_get_is_405
    an_unknown_mode_is_400
    a_second_ping_of_a_permalink_is_no_second_entry
}

/// A site with one ping, on the id `kept`.
fn site(host: Host) -> Live {
    let live = Live::start_with(host, |_| {});
    assert_accepted(&live.send(&Request::ping("kept", "http://weblog.example/kept")));
    live
}

/// Sends each request and fails unless it is refused so, with nothing changed; then a good ping
/// must still be received.
fn refuses(host: Host, rows: &[(Request, u16, Refusal)]) {
    let live = site(host);
    let before = live.site.snapshot();
    for (request, status, refusal) in rows {
        let reply = live.send(request);
        assert_refused(&reply, *status, refusal.message());
        assert_eq!(live.site.snapshot(), before, "{request:?}");
    }
    assert_accepted(&live.send(&Request::ping("kept", "http://weblog.example/next")));
}

fn post(url: &str) -> Request {
    Request::post(&[("url", url), ("title", "T")]).path("/kept")
}

fn good() -> Request {
    post("http://weblog.example/new")
}

fn a_ping_without_an_id_is_refused(host: Host) {
    let fields = [("url", "http://weblog.example/new")];
    refuses(
        host,
        &[
            (Request::post(&fields), 200, Refusal::NoTbId),
            (Request::post(&fields).path("/"), 200, Refusal::NoTbId),
            (Request::post(&fields).query("tb_id="), 200, Refusal::NoTbId),
            (
                Request::post(&fields).path("/kept").query("tb_id=other"),
                200,
                Refusal::TbIdsDiffer,
            ),
        ],
    );
}

fn a_ping_without_a_url_is_refused(host: Host) {
    let nothing = Request::post_bytes(b"").path("/kept");
    let no_length = Request::new("POST").path("/kept");
    refuses(
        host,
        &[
            (
                Request::post(&[("title", "T")]).path("/kept"),
                200,
                Refusal::NoUrl,
            ),
            (post(""), 200, Refusal::NoUrl),
            (post(" \t\n"), 200, Refusal::NoUrl),
            (nothing, 200, Refusal::NoUrl),
            (no_length, 200, Refusal::NoUrl),
        ],
    );
}

fn a_url_that_is_not_absolute_http_is_refused(host: Host) {
    let mut rows: Vec<(Request, u16, Refusal)> = [
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "JaVaScRiPt://weblog.example/%0Aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "ftp://weblog.example/",
        "file:///etc/passwd",
        "/relative",
        "//weblog.example/",
        "weblog.example",
        "http://",
        "http://owner@weblog.example/",
    ]
    .map(|url| (post(url), 200, Refusal::BadUrl))
    .to_vec();
    let long = format!("http://weblog.example/{}", "x".repeat(3000));
    rows.push((post(&long), 200, Refusal::UrlTooLong));
    refuses(host, &rows);
}

fn s2_an_id_that_climbs_or_is_no_text_is_refused(host: Host) {
    let rows = [
        "..%2F..%2Fetc%2Fpasswd",
        "../../etc/passwd",
        "..",
        "a/../b",
        "..%5C..%5Cboot",
        "%00",
        "a%00b",
        "a%0Ab",
        "%FF",
        "a%FF",
        "%C0%AE%C0%AE",
    ]
    .map(|id| {
        let request = Request::post(&[("url", "http://weblog.example/new")]);
        let request = request.query(&format!("tb_id={id}"));
        (request, 200, Refusal::BadTbId)
    });
    refuses(host, &rows);
}

fn s2_a_path_that_climbs_changes_nothing(host: Host) {
    let live = site(host);
    let before = live.site.snapshot();
    for path in [
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%00",
        "/a%00b",
        "/%FF",
        "/a%0Ab",
        "/..",
    ] {
        // The server may see to it itself, with an error of its own.
        let reply = live.send(&good().path(path));
        if reply.status == 200 {
            assert_refused(&reply, 200, "");
        } else {
            assert!((400..500).contains(&reply.status), "{path}: {reply}");
        }
        assert_eq!(live.site.snapshot(), before, "{path}");
    }
}

fn an_id_of_200_bytes_is_refused(host: Host) {
    let long = "x".repeat(200);
    let wide = "%E7%8C%AB".repeat(50);
    refuses(
        host,
        &[
            (good().path(&format!("/{long}")), 200, Refusal::TbIdTooLong),
            (good().path(&format!("/{wide}")), 200, Refusal::TbIdTooLong),
        ],
    );
}

fn a_body_that_is_no_form_is_refused(host: Host) {
    let mut rows: Vec<(Request, u16, Refusal)> = [
        "text/plain",
        "text/xml",
        "application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded-not",
        ";",
    ]
    .map(|kind| {
        let request = good().header("Content-Type", kind);
        (request, 200, Refusal::WrongContentType)
    })
    .to_vec();
    for encoding in ["gzip", "deflate", "br"] {
        let request = good().header("Content-Encoding", encoding);
        rows.push((request, 200, Refusal::EncodedBody));
    }
    refuses(host, &rows);
}

fn a_charset_that_hides_markup_is_refused(host: Host) {
    let mut rows: Vec<(Request, u16, Refusal)> = Vec::new();
    for charset in [
        "utf-7",
        "iso-2022-jp",
        "utf-16",
        "UTF-16LE",
        "hz-gb-2312",
        "replacement",
    ] {
        let request = good().header("Content-Type", &format!("{FORM}; charset={charset}"));
        rows.push((request, 200, Refusal::UnknownCharset));
        let fields = [("url", "http://weblog.example/new"), ("charset", charset)];
        let request = Request::post(&fields).path("/kept");
        rows.push((request, 200, Refusal::UnknownCharset));
    }
    refuses(host, &rows);
}

fn s7_a_body_too_large_or_of_too_many_fields_is_refused(host: Host) {
    let large = format!(
        "url=http://weblog.example/new&title={}",
        "x".repeat(65 * 1024)
    );
    let many = format!("url=http://weblog.example/new{}", "&a=1".repeat(64));
    refuses(
        host,
        &[
            (
                Request::post_bytes(large.as_bytes()).path("/kept"),
                413,
                Refusal::BodyTooLarge,
            ),
            (
                Request::post_bytes(many.as_bytes()).path("/kept"),
                200,
                Refusal::TooManyFields,
            ),
        ],
    );
}

fn a_false_content_length_changes_nothing(host: Host) {
    let live = site(host);
    let before = live.site.snapshot();
    for length in [
        "abc",
        "-1",
        "+3",
        "0x10",
        "99999999999999999999",
        "9223372036854775807",
        "3, 4",
        "",
    ] {
        let request = good().header("Content-Length", length);
        let bytes = http::exchange_cut_short(live.port, &http::spell(live.port, BASE, &request));
        assert_client_error(&bytes, length);
        assert_eq!(live.site.snapshot(), before, "{length}");
    }
}

fn a_body_cut_short_changes_nothing(host: Host) {
    let live = site(host);
    let before = live.site.snapshot();
    for promised in ["100", "60000"] {
        let request = good().header("Content-Length", promised);
        let bytes = http::exchange_cut_short(live.port, &http::spell(live.port, BASE, &request));
        assert_client_error(&bytes, promised);
        assert_eq!(live.site.snapshot(), before, "{promised}");
    }
}

/// A refusal of the program's, an error of the server's, or a closed connection: never error 0.
#[track_caller]
fn assert_client_error(bytes: &[u8], what: &str) {
    let Some(reply) = http::parse(bytes, "POST") else {
        assert!(
            bytes.is_empty(),
            "{what}: {}",
            String::from_utf8_lossy(bytes)
        );
        return;
    };
    if reply.status == 200 {
        assert_eq!(response(&reply).0, "1", "{what}: {reply}");
    } else {
        assert!((400..500).contains(&reply.status), "{what}: {reply}");
    }
}

fn a_chunked_ping_is_received(host: Host) {
    let live = site(host);
    let request = good()
        .without("Content-Length")
        .header("Transfer-Encoding", "chunked")
        .body(b"7\r\nurl=htt\r\n16\r\np://weblog.example/abc\r\n0\r\n\r\n");
    assert_accepted(&live.send(&request));
    assert!(live.list("kept").contains("http://weblog.example/abc\""));
}

fn invalid_utf_8_is_read_as_windows_1252(host: Host) {
    let live = site(host);
    let declared = format!("{FORM}; charset=utf-8");
    for (number, kind) in [FORM, &declared].into_iter().enumerate() {
        let body = format!("url=http://weblog.example/{number}&title=caf%E9+%80+{number}");
        let request = Request::post_bytes(body.as_bytes())
            .path("/kept")
            .header("Content-Type", kind);
        assert_accepted(&live.send(&request));
        assert!(live.list("kept").contains(&format!("café € {number}")));
    }
}

fn a_ping_by_get_is_405(host: Host) {
    let live = site(host);
    let before = live.site.snapshot();
    for request in [
        Request::get("url=http://weblog.example/new").path("/kept"),
        Request::get("tb_id=kept&url=http://weblog.example/new&title=T"),
    ] {
        let reply = live.send(&request);
        assert_refused(&reply, 405, Refusal::PingByGet.message());
        assert!(
            reply
                .header("Allow")
                .is_some_and(|allow| allow.contains("POST"))
        );
        assert_eq!(live.site.snapshot(), before);
    }
}

fn an_unknown_mode_is_400(host: Host) {
    let live = site(host);
    let before = live.site.snapshot();
    for request in [
        Request::get("__mode=nonsense"),
        Request::get("__mode=nonsense&tb_id=kept"),
        Request::get("__mode=../../etc/passwd").path("/kept"),
        Request::get("__mode=%3Cscript%3Ealert(1)%3C/script%3E"),
        good().query("__mode=nonsense"),
    ] {
        let reply: Reply = live.send(&request).expect(400);
        assert!(!reply.text().contains("<script"), "{reply}");
        assert!(reply.text().contains("Unknown mode"), "{reply}");
        assert_eq!(live.site.snapshot(), before);
    }
}

fn a_second_ping_of_a_permalink_is_no_second_entry(host: Host) {
    let live = site(host);
    let again = Request::ping("kept", "http://weblog.example/kept");
    assert_accepted(&live.send(&again));
    let before = live.site.snapshot();
    assert_accepted(&live.send(&again));
    assert_eq!(live.site.snapshot(), before);
    let list = live.list("kept");
    assert_eq!(
        list.matches("href=\"http://weblog.example/kept\"").count(),
        1,
        "{list}"
    );
}
