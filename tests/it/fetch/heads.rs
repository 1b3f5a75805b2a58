//! Heads of responses that no standard allows and that browsers read.

use tb::internals::error::FetchError;

use crate::support::blog::{Blog, Script};
use crate::support::fetch::{arrived, get, post, raw};
use crate::support::writer::{Writer, link, pings};

const REPLY: &str = "<response><error>0</error></response>";

/// Field lines that some servers send, each with what it does to a strict reader.
fn odd_lines() -> Vec<(&'static str, String)> {
    let many = (0..150).map(|number| format!("X-{number}: y\r\n"));
    vec![
        ("a fold", "X: a\r\n  b\r\n\tc\r\n".to_owned()),
        ("a fold without a line", " X: a\r\n".to_owned()),
        ("a space before the colon", "X : a\r\n".to_owned()),
        ("no colon", "Nonsense\r\n".to_owned()),
        ("a space in a name", "Set Cookie: a\r\n".to_owned()),
        ("a letter beyond ASCII in a name", "Äpfel: a\r\n".to_owned()),
        ("no name", ": a\r\n".to_owned()),
        (
            "a control character",
            "X: a\u{1}b\u{1b}\u{7f}\r\n".to_owned(),
        ),
        ("a carriage return", "X: a\rb\r\n".to_owned()),
        ("bare line feeds", "X: a\nY: b\n".to_owned()),
        ("many fields", many.collect()),
    ]
}

#[test]
fn c9_a_page_is_read_whatever_lines_its_head_has() {
    let blog = Blog::start([]);
    for (name, lines) in odd_lines() {
        let head = format!("{lines}Link : </tb>;\r\n rel=trackback\r\nContent-Type :text/html\r\n");
        blog.play(
            "/",
            raw(&format!("{head}Content-Length : 2\r\n"), b"okHTTP/1.1 200"),
        );
        let page = get(&blog, "/").unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(page.body, b"ok", "{name}");
        assert_eq!(page.content_type.unwrap(), "text/html", "{name}");
        assert_eq!(page.links, ["</tb>; rel=trackback"], "{name}");
        blog.play(
            "/",
            raw(
                &format!("{lines}Transfer-Encoding : chunked\r\n"),
                b"2\r\nok\r\n0\r\n\r\n",
            ),
        );
        assert_eq!(get(&blog, "/").unwrap().body, b"ok", "{name}");
        let to = format!("HTTP/1.1 302 Found\r\n{lines}Location : /end\r\n\r\n");
        blog.play("/", Script::Raw(to.into_bytes()));
        blog.play("/end", Script::html("end"));
        assert_eq!(get(&blog, "/").unwrap().body, b"end", "{name}");
    }
    // A name server or a proxy may write its own status line.
    for line in ["HTTP/1.1  200 OK", "http/1.1 200 \u{1}", "\r\nHTTP/1.1 200"] {
        blog.play("/", Script::Raw(format!("{line}\r\n\r\nok").into_bytes()));
        assert_eq!(get(&blog, "/").unwrap().body, b"ok", "{line:?}");
    }
}

#[test]
fn c9_the_reply_to_a_ping_is_read_whatever_lines_its_head_has() {
    let blog = Blog::start([]);
    for (name, lines) in odd_lines() {
        blog.play("/tb", raw(&lines, REPLY.as_bytes()));
        assert_eq!(post(&blog, "/tb").unwrap().body, REPLY.as_bytes(), "{name}");
    }
}

#[test]
fn c9_interim_responses_may_have_fields() {
    let interim = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\nbad\r\n\r\n";
    let blog = Blog::start([(
        "/",
        Script::Raw(format!("{interim}HTTP/1.1 200 OK\r\nETag : \"1\"\r\n\r\nok").into_bytes()),
    )]);
    let page = get(&blog, "/").unwrap();
    assert_eq!(
        (&*page.body, page.validators.etag.as_deref()),
        (&b"ok"[..], Some("\"1\""))
    );
}

#[test]
fn c9_what_delimits_a_body_must_still_be_clear() {
    let blog = Blog::start([]);
    for lines in [
        "Content-Length: 1\r\nContent-Length : 2\r\n",
        "Content-Length: 1\r\n 2\r\n",
        "Content-Length: 1, 2\r\n",
        "Content-Length: 1\u{1}2\r\n",
        "Content-Length: x\r\n",
        "X: a\0b\r\n",
    ] {
        blog.play("/", raw(lines, b"xx"));
        let (got, posted) = (get(&blog, "/"), post(&blog, "/"));
        for fault in [got.unwrap_err(), arrived(posted.unwrap_err())] {
            assert!(
                matches!(fault, FetchError::Protocol(_)),
                "{lines:?}: {fault:?}"
            );
        }
    }
    let huge = (0..4000).map(|number| format!("X-{number}: y\r\n"));
    blog.play("/", raw(&huge.collect::<String>(), b"xx"));
    assert!(matches!(get(&blog, "/"), Err(FetchError::TooLarge)));
}

#[test]
fn c9_what_an_odd_server_takes_is_sent_once() {
    let odd = "X: a\r\n b\r\nY : c\r\nnothing\r\nZ: \u{1}\r\n";
    let page = raw(
        &format!("{odd}Link : </wm>;\r\n  rel=webmention\r\nContent-Type: text/html\r\n"),
        b"<p>x",
    );
    let taken = Script::Raw(format!("HTTP/1.1 202 OK\r\n{odd}\r\n").into_bytes());
    let webmention = Blog::start_at([127, 0, 0, 2], [("/x", page), ("/wm", taken)]);
    let page = raw(odd, b"<!doctype html><link rel=trackback href=/tb>");
    let trackback = Blog::start_at(
        [127, 0, 0, 3],
        [("/x", page), ("/tb", raw(odd, REPLY.as_bytes()))],
    );
    let writer = Writer::new();
    writer.publish("/1", &(link(&webmention) + &link(&trackback)));
    let out = writer.send(&[]).out();
    assert!(out.contains("2 sent, 0 refused, 0 failed"), "{out}");
    writer.send(&[]).out();
    assert_eq!((pings(&webmention).len(), pings(&trackback).len()), (1, 1));
}
