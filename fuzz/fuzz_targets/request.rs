//! Requests, parted by 0x1E, to a whole site; the fields of each are parted by 0x1F: method, path, query,
//! `Content-Type`, `Content-Encoding`, `Cookie`, seconds from the login, body.
//!
//! `LOGIN` as the cookie stands for the owner's, and gives the form its token.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tb::internals::error::Refusal;
use tb::internals::web::{Method, Request, Response};
use tb::linkback::trackback::TbId;
use tb_fuzz::site::{Laboratory, NOW, dials, header, request};
use tb_fuzz::{REQUEST, check_xml, fields, present, words};

static LABORATORY: LazyLock<Laboratory> = LazyLock::new(Laboratory::new);

/// The most requests of one input.
const REQUESTS: usize = 4;

/// Every status but those of a site that is broken.
const STATUSES: [u16; 12] = [200, 303, 400, 403, 404, 405, 408, 410, 413, 415, 429, 431];

fuzz_target!(|input: &[u8]| {
    LABORATORY.reset();
    for request in input.split(|&byte| byte == REQUEST).take(REQUESTS) {
        let Some(request) = read(request) else {
            continue;
        };
        let before = LABORATORY.names();
        let response = LABORATORY.respond(&request);
        check(&request, &response);
        check_names(&request, &before, &LABORATORY.names());
    }
});

fn read(input: &[u8]) -> Option<Request> {
    let [
        method,
        path,
        query,
        content_type,
        content_encoding,
        cookie,
        seconds,
        body,
    ] = fields(input);
    let seconds = words(seconds).parse().unwrap_or(0_i64);
    let mut asked = Request {
        path: path.to_vec(),
        content_type: present(content_type).map(<[u8]>::to_vec),
        content_encoding: present(content_encoding).map(<[u8]>::to_vec),
        cookie: cookie.to_vec(),
        body: Ok(body.to_vec()),
        now: Timestamp::from_second(NOW.saturating_add(seconds)).unwrap_or(Timestamp::MAX),
        address: "203.0.113.77".parse().ok(),
        ..request(Method::parse(method), query)
    };
    if cookie == b"LOGIN" {
        asked.cookie = LABORATORY.cookie.clone().into_bytes();
        let token = format!("token={}&", LABORATORY.token);
        asked.body = Ok([token.as_bytes(), body].concat());
    }
    if body == b"CUT" {
        asked.body = Err(Refusal::BodyCutShort);
    }
    (!dials(&asked)).then_some(asked)
}

fn check(request: &Request, response: &Response) {
    assert!(
        STATUSES.contains(&response.status),
        "{request:?} {response:?}"
    );
    for (name, value) in &response.headers {
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
        assert!(
            value.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{name}: {value:?}"
        );
    }
    assert_eq!(header(response, "X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(response.status == 405, header(response, "Allow").is_some());
    let location = header(response, "Location");
    assert_eq!(location.is_some(), response.status == 303);
    let base = LABORATORY.config.base_url.as_str();
    assert!(
        location.is_none_or(|location| location.starts_with(base)),
        "{location:?}"
    );
    let body = std::str::from_utf8(&response.body).expect("every body is UTF-8");
    assert!(!body.is_empty());
    match header(response, "Content-Type") {
        Some("text/xml; charset=utf-8") => check_xml(body),
        Some("text/html; charset=utf-8") => check_page(response, body),
        kind => assert_eq!(
            (kind, response.status),
            (Some("text/plain; charset=utf-8"), 303)
        ),
    }
}

/// Checks that a page has no markup but its own.
fn check_page(response: &Response, page: &str) {
    assert!(header(response, "Content-Security-Policy").is_some());
    let page = page.to_ascii_lowercase();
    for marker in [
        "<script",
        "<iframe",
        "<img",
        "javascript:\"",
        "onerror=\"",
        "href=\"javascript",
    ] {
        assert!(!page.contains(marker), "{marker} in {page}");
    }
    assert_eq!(page.matches("<html").count(), 1);
    assert_eq!(page.matches("</html>").count(), 1);
}

/// Checks that the site made files of its own kinds only, and none of pings for a read.
fn check_names(request: &Request, before: &[String], after: &[String]) {
    for name in after {
        let stem = name
            .strip_suffix(".jsonl")
            .or_else(|| name.strip_suffix(".xml"));
        let is_id = |stem: &str| TbId::new(stem.as_bytes()).is_ok_and(|id| id.as_str() == stem);
        assert!(name.starts_with('.') || stem.is_some_and(is_id), "{name:?}");
    }
    let pings = |names: &[String]| -> Vec<String> {
        let visible = names.iter().filter(|name| !name.starts_with('.'));
        visible.cloned().collect()
    };
    if request.method != Method::Post {
        assert_eq!(pings(before), pings(after), "a read makes a file");
    }
}
