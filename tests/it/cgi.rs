//! The CGI door by itself, as the oddest servers call it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tb::internals::error::Refusal;

use crate::support::request::Request;
use crate::support::site::{Site, limited};
use crate::support::xml::{assert_accepted, assert_refused, response};

fn ping() -> Request {
    Request::ping("entry", "http://weblog.example/1")
}

#[test]
fn a_body_without_a_length_is_read_to_its_end() {
    let site = Site::new();
    assert_accepted(&site.cgi(&ping().without("Content-Length")));
    let empty = Request::ping("entry", "http://weblog.example/2").header("Content-Length", "");
    assert_accepted(&site.cgi(&empty));
    let large = format!("url=http://weblog.example/3&title={}", "x".repeat(70_000));
    let large = Request::post_bytes(large.as_bytes()).path("/entry");
    let reply = site.cgi(&large.without("Content-Length"));
    assert_refused(&reply, 413, Refusal::BodyTooLarge.message());
}

#[test]
fn a_content_length_that_is_no_number_is_refused() {
    let site = Site::new();
    let before = site.snapshot();
    for (length, status, refusal) in [
        ("abc", 200, Refusal::BadContentLength),
        ("-1", 200, Refusal::BadContentLength),
        ("+3", 200, Refusal::BadContentLength),
        ("3 ", 200, Refusal::BadContentLength),
        ("0x10", 200, Refusal::BadContentLength),
        ("9223372036854775807", 413, Refusal::BodyTooLarge),
        ("99999999999999999999999", 413, Refusal::BodyTooLarge),
        ("1000", 200, Refusal::BodyCutShort),
    ] {
        let reply = site.cgi(&ping().header("Content-Length", length));
        assert_refused(&reply, status, refusal.message());
        assert_eq!(site.snapshot(), before, "{length}");
    }
}

#[test]
fn an_input_that_never_ends_is_read_as_far_as_its_length() {
    let site = Site::new();
    // One that waited for more would be told 408 after 10 seconds.
    assert_accepted(&site.cgi_left_open(&ping()));
    site.cgi_left_open(&Request::get("__mode=list&tb_id=entry"))
        .expect(200);
}

#[test]
fn s7_a_body_that_does_not_arrive_in_10_seconds_is_408() {
    let site = Site::new();
    let before = site.snapshot();
    let started = Instant::now();
    let reply = site.cgi_left_open(&ping().header("Content-Length", "1000"));
    assert_refused(&reply, 408, Refusal::BodyTimeout.message());
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(site.snapshot(), before);
}

#[test]
fn s1_arguments_are_never_read() {
    let site = Site::new();
    let plain = site.cgi(&Request::get(""));
    for words in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["passwd"],
        &["--help"],
        &["--version"],
        &["init", "--yes"],
    ] {
        let reply = site.cgi_with(&Request::get(""), words, |_| {});
        assert_eq!((reply.status, &reply.body), (plain.status, &plain.body));
        // Some servers name another version, some leave one of the two variables out.
        for missing in ["GATEWAY_INTERFACE", "REQUEST_METHOD"] {
            let reply = site.cgi_with(&Request::get(""), words, |command| {
                command.env_remove(missing);
            });
            assert!(
                reply.status == 200 || missing == "REQUEST_METHOD",
                "{reply}"
            );
        }
        let old = site.cgi_with(&Request::get(""), words, |command| {
            command.env("GATEWAY_INTERFACE", "CGI/1.0");
        });
        assert_eq!(old.body, plain.body);
    }
}

#[test]
fn s1_no_header_turns_the_program_into_a_command() {
    let site = Site::new();
    let request = ["Tb-Mode", "Tb-Config", "Tb-Base-Url", "Mode"]
        .iter()
        .fold(Request::get(""), |request, name| {
            request.header(name, "cli")
        });
    let reply = site.cgi_with(&request, &["passwd"], |_| {}).expect(200);
    assert!(reply.text().contains("<html"), "{reply}");
}

#[test]
fn a_client_that_has_gone_is_no_error() {
    let site = Site::new();
    let mut command = site.command();
    command
        .envs(Request::get("").environment())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn s10_a_quota_that_forbids_writing_refuses_the_ping() {
    let site = Site::new();
    assert_accepted(&site.cgi(&ping()));
    let before = site.snapshot();
    let refused = Request::ping("entry", "http://weblog.example/2");
    let reply = limited(&site, "-f 0", &refused);
    assert!((500..600).contains(&reply.status), "{reply}");
    assert_eq!(response(&reply).0, "1");
    assert_eq!(site.snapshot(), before);
    assert_accepted(&site.cgi(&refused));
}
