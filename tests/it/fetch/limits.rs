//! What a peer can cost: time, memory, and faith in what it sends.

use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tb::internals::error::FetchError;
use tb::internals::fetch::{Reach, Timeout};
use url::Url;

use crate::support::blog::{Blog, Script};
use crate::support::fetch::{FORM, LATE, SOON, arrived, client, fault_of, get, post, raw, url};

#[test]
fn s7_a_peer_that_is_slow_at_anything_is_left_at_the_deadline() {
    let blog = Blog::start([("/silent", Script::Silent)]);
    let every = Duration::from_millis(20);
    let drip = |path: &str, bytes: &str| {
        let bytes = bytes.as_bytes().to_vec();
        blog.play(
            path,
            Script::Drip {
                bytes,
                interval: every,
            },
        );
    };
    let long = "x".repeat(4000);
    let head = "HTTP/1.1 200 OK\r\n";
    drip("/header", &format!("{head}X: {long}\r\n\r\n"));
    drip("/body", &format!("{head}\r\n{long}"));
    drip(
        "/length",
        &format!("{head}Content-Length: 4000\r\n\r\n{long}"),
    );
    let chunks = "1\r\nx\r\n".repeat(1000);
    drip(
        "/chunks",
        &format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}"),
    );
    drip("/1xx", &"HTTP/1.1 102 Processing\r\n\r\n".repeat(100));
    let hasty = client(Timeout::Within(SOON), Reach::Private);
    let paths = ["/silent", "/header", "/body", "/length", "/chunks", "/1xx"];
    let (blog, hasty) = (&blog, &hasty);
    thread::scope(|scope| {
        for (path, posting) in paths
            .into_iter()
            .flat_map(|path| [(path, true), (path, false)])
        {
            scope.spawn(move || {
                let begin = Instant::now();
                let url = url(&blog.url(path));
                let fault = fault_of(if posting {
                    hasty.post_form(&url, FORM, "url=x", |_| true)
                } else {
                    hasty.get(&url)
                });
                let took = begin.elapsed();
                let late = fault.unwrap_err();
                let late = if posting { arrived(late) } else { late };
                assert!(matches!(late, FetchError::Timeout), "{path}: {late:?}");
                assert!(took >= SOON - every && took < LATE, "{path}: {took:?}");
            });
        }
    });
}

#[test]
fn s7_one_deadline_holds_for_all_hops_together() {
    let blog = Blog::start([]);
    let answer = "HTTP/1.1 307 Again\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
    let slow = Script::Drip {
        bytes: answer.as_bytes().to_vec(),
        // A hop takes 60 × 5 ms at least: within the deadline, but six of them are not.
        interval: Duration::from_millis(5),
    };
    blog.play("/", slow);
    let begin = Instant::now();
    let fault =
        fault_of(client(Timeout::Within(2 * SOON), Reach::Private).get(&url(&blog.url("/"))));
    assert!(matches!(fault, Err(FetchError::Timeout)), "{fault:?}");
    assert!(begin.elapsed() < LATE);
    let hops = blog.requests().len();
    assert!((1..6).contains(&hops), "{hops}");
}

#[test]
fn s7_the_patience_of_cgi_is_less_than_that_of_a_shell() {
    assert_eq!(Timeout::Cgi.total(), Duration::from_secs(8));
    assert_eq!(Timeout::Shell.total(), Duration::from_secs(15));
}

#[test]
fn s7_an_endless_page_costs_one_mebibyte_and_an_endless_reply_64_kib() {
    let kilobyte = vec![b'x'; 1024];
    let chunk = [&b"400\r\n"[..], &kilobyte, b"\r\n"].concat();
    let endless = |head: &str, chunk: &[u8]| Script::Endless {
        prefix: format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{head}\r\n").into_bytes(),
        chunk: chunk.to_vec(),
    };
    let blog = Blog::start([
        ("/closing", endless("", &kilobyte)),
        ("/long", endless("Content-Length: 209715200\r\n", &kilobyte)),
        (
            "/chunked",
            endless("Transfer-Encoding: chunked\r\n", &chunk),
        ),
    ]);
    for path in ["/closing", "/long", "/chunked"] {
        let page = get(&blog, path).unwrap();
        assert!(page.truncated, "{path}");
        assert_eq!(page.body.len(), 1024 * 1024, "{path}");
        let reply = post(&blog, path).unwrap();
        assert!(reply.truncated, "{path}");
        assert_eq!(reply.body.len(), 64 * 1024, "{path}");
    }
    blog.play("/full", Script::ok("text/html", &vec![b'x'; 1024 * 1024]));
    let page = get(&blog, "/full").unwrap();
    assert_eq!((page.body.len(), page.truncated), (1024 * 1024, false));
}

#[test]
fn s7_endless_or_huge_headers_are_refused() {
    let prefix = b"HTTP/1.1 200 OK\r\n".to_vec();
    let endless = |chunk: &[u8]| Script::Endless {
        prefix: prefix.clone(),
        chunk: chunk.to_vec(),
    };
    let blog = Blog::start([
        (
            "/lines",
            endless(b"X-Header: 0123456789012345678901234567890123456789\r\n"),
        ),
        (
            "/line",
            endless(b"XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"),
        ),
        (
            "/1xx",
            endless(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        ),
        ("/huge", raw(&format!("X: {}\r\n", "x".repeat(20_000)), b"")),
    ]);
    for path in ["/lines", "/line", "/1xx", "/huge"] {
        let fault = get(&blog, path);
        assert!(
            matches!(fault, Err(FetchError::TooLarge | FetchError::Protocol(_))),
            "{path}: {fault:?}"
        );
    }
    // A header field of ordinary size is none of these.
    blog.play(
        "/large",
        raw(&format!("X: {}\r\n", "x".repeat(12_000)), b"ok"),
    );
    assert_eq!(get(&blog, "/large").unwrap().body, b"ok");
}

#[test]
fn s7_endless_chunk_extensions_and_trailers_do_not_hang() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let endless = |prefix: &str, chunk: &str| Script::Endless {
        prefix: format!("{head}{prefix}").into_bytes(),
        chunk: chunk.repeat(20).into_bytes(),
    };
    let blog = Blog::start([
        (
            "/extension",
            endless("1;", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ),
        (
            "/trailers",
            endless("1\r\nx\r\n0\r\n", "X-Trailer: xxxxxxxxxxxxxxxxx\r\n"),
        ),
        (
            "/trailer",
            endless("1\r\nx\r\n0\r\n", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ),
        (
            "/digits",
            endless("", "0000000000000000000000000000000000000"),
        ),
    ]);
    for path in ["/extension", "/trailers", "/trailer", "/digits"] {
        let begin = Instant::now();
        let hasty = client(Timeout::Within(SOON), Reach::Private);
        let fault = fault_of(hasty.get(&url(&blog.url(path))));
        assert!(
            matches!(
                fault,
                Err(FetchError::Timeout | FetchError::Protocol(_) | FetchError::TooLarge)
            ),
            "{path}: {fault:?}"
        );
        assert!(begin.elapsed() < LATE, "{path}");
    }
}

#[test]
fn only_text_is_read_from_pages_but_any_reply_to_a_ping() {
    let blog = Blog::start([]);
    for kind in [
        "image/png",
        "application/pdf",
        "application/octet-stream",
        "video/mp4",
    ] {
        blog.play("/", Script::ok(kind, b"%PDF"));
        assert!(matches!(get(&blog, "/"), Err(FetchError::NotText(found)) if found == kind));
        assert_eq!(post(&blog, "/").unwrap().body, b"%PDF");
    }
    blog.play("/", raw("", b"no type"));
    assert_eq!(get(&blog, "/").unwrap().body, b"no type");
}

#[test]
fn an_answer_that_is_not_http_or_ends_early_is_a_failure() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    let ok = "HTTP/1.1 200 OK\r\n";
    let blog = Blog::start([
        (
            "/0.9",
            Script::Raw(b"<html>a page without a header".to_vec()),
        ),
        ("/ssh", Script::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())),
        ("/nothing", Script::Raw(Vec::new())),
        ("/reset", Script::CutOff(Vec::new())),
        (
            "/half",
            Script::Raw(b"HTTP/1.1 200 OK\r\nContent-".to_vec()),
        ),
        ("/h2", Script::Raw(b"HTTP/2 200\r\n\r\nx".to_vec())),
        ("/099", Script::Raw(b"HTTP/1.1 099 No\r\n\r\nx".to_vec())),
        ("/nul", raw("X: a\0b\r\n", b"")),
        ("/short", raw("Content-Length: 100\r\n", b"not a hundred")),
        (
            "/cut",
            Script::CutOff(format!("{ok}Content-Length: 9\r\n\r\n1").into()),
        ),
        (
            "/twice",
            raw("Content-Length: 1\r\nContent-Length: 2\r\n", b"xx"),
        ),
        ("/negative", raw("Content-Length: -1\r\n", b"xx")),
        ("/chunk", raw(chunked, b"zz\r\nxx")),
        ("/chunk-sign", raw(chunked, b"-1\r\nxx")),
        ("/chunk-size", raw(chunked, b"ffffffffffffffffff\r\nxx")),
        ("/chunk-cut", raw(chunked, b"5\r\nabc")),
    ]);
    for path in [
        "/0.9",
        "/ssh",
        "/nothing",
        "/reset",
        "/half",
        "/h2",
        "/099",
        "/nul",
        "/short",
        "/cut",
        "/twice",
        "/negative",
        "/chunk",
        "/chunk-sign",
        "/chunk-size",
        "/chunk-cut",
    ] {
        let (got, posted) = (get(&blog, path), post(&blog, path));
        for fault in [got.unwrap_err(), arrived(posted.unwrap_err())] {
            assert!(
                matches!(fault, FetchError::Protocol(_)),
                "{path}: {fault:?}"
            );
        }
    }
    // A cut page that says that it has ended is none.
    for (head, body) in [
        ("Content-Length: 900\r\n", "<p>x</html>\n<!-- cached -->"),
        (chunked, "b\r\n<p>x</html>\r\n"),
    ] {
        blog.play("/ended", raw(head, body.as_bytes()));
        for page in [get(&blog, "/ended"), post(&blog, "/ended")] {
            let page = page.unwrap();
            assert!(page.body.starts_with(b"<p>x</html>") && !page.truncated);
        }
    }
    let reply = "<response><error>0</error>";
    for head in ["Content-Length: 900\r\n", chunked] {
        let length = format!("{:x}\r\n{reply}\r\n", reply.len());
        let body = if head == chunked { &length } else { reply };
        blog.play("/begun", raw(head, body.as_bytes()));
        let fault = arrived(post(&blog, "/begun").unwrap_err());
        assert!(matches!(fault, FetchError::Protocol(_)), "{fault:?}");
    }
    // More than announced is not read.
    blog.play("/more", raw("Content-Length: 2\r\n", b"xxHTTP/1.1 200 OK"));
    assert_eq!(get(&blog, "/more").unwrap().body, b"xx");
    blog.play(
        "/hints",
        Script::Raw(format!("HTTP/1.1 103 Early\r\n\r\n{ok}\r\nend").into()),
    );
    assert_eq!(get(&blog, "/hints").unwrap().body, b"end");
}

#[test]
fn f1_a_redirect_to_a_url_that_is_too_long_is_not_followed() {
    let long = format!("/{}", "x".repeat(15_000));
    let blog = Blog::start([("/", Script::redirect(302, &long))]);
    let fault = get(&blog, "/").unwrap_err();
    assert!(matches!(fault, FetchError::LongUrl(length) if length > 15_000));
    assert!(fault.to_string().contains("at most 2048"));
    assert_eq!(blog.requests().len(), 1);
    // Nor is a page that is named so.
    assert!(matches!(get(&blog, &long), Err(FetchError::LongUrl(_))));
    assert_eq!(blog.requests().len(), 1);
}

#[test]
fn f13_a_ping_is_not_led_to_where_it_may_not_go() {
    let other = Blog::start_at([127, 0, 0, 2], [("/tb", Script::xml("<response/>"))]);
    for status in [307, 308] {
        let blog = Blog::start([("/tb", Script::redirect(status, &other.url("/tb")))]);
        let at = url(&blog.url("/tb"));
        let client = client(Timeout::Shell, Reach::Private);
        let own = |to: &Url| to.host_str() == at.host_str();
        let fault = fault_of(client.post_form(&at, FORM, "url=x", own));
        assert!(
            matches!(&fault, Err(FetchError::Moved { status: found, to }) if *found == status && *to == other.url("/tb")),
            "{fault:?}"
        );
        assert!(other.requests().is_empty());
    }
    // The answer says who was asked last.
    let blog = Blog::start([("/tb", Script::redirect(307, &other.url("/tb")))]);
    let reply = post(&blog, "/tb").unwrap();
    assert_eq!(reply.url.as_str(), other.url("/tb"));
}

/// Pieces that HTTP is made of, so that random answers get past the first line.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 302 Found\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n",
        "HTTP/1.1 204 None\r\n",
        "Content-Length: 3\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Content-Type: text/html; charset=\"\r\n",
        "Content-Encoding: identity\r\n",
        "Connection: keep-alive\r\n",
        "Location: /\r\n",
        "Location: http://[\r\n",
        "\r\n",
        "\n",
        "3\r\nabc\r\n",
        "0\r\n\r\n",
        "ffffffffffffffff\r\n",
        ": ",
    ]);
    prop_oneof![
        6 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ]
}

/// What matters is that the calls return, and return in time.
#[test]
fn s7_no_answer_whatever_panics_or_hangs() {
    let blog = Blog::start([]);
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let answers = prop::collection::vec(piece(), 0..8);
    TestRunner::new(config)
        .run(&answers, |pieces| {
            let answer = [&b"HTTP/1.1 200 OK\r\n"[..], &pieces.concat()].concat();
            blog.play("/", Script::Raw(answer));
            let begin = Instant::now();
            drop(get(&blog, "/"));
            drop(post(&blog, "/"));
            prop_assert!(begin.elapsed() < LATE);
            Ok(())
        })
        .unwrap();
}
