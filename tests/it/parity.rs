//! One site, two doors: the same request through CGI and `tb serve` gets the same answer.

use crate::support::http::{self, Reply};
use crate::support::request::{FORM, Request};
use crate::support::site::{BASE, PASSWORD, Site};
use crate::support::visitor::find_form;
use crate::support::xml::assert_accepted;

/// Headers that a server adds or that belong to the connection.
const THE_DOORS_OWN: [&str; 5] = [
    "date",
    "server",
    "connection",
    "content-length",
    "transfer-encoding",
];

#[test]
fn every_request_gets_the_same_answer_through_cgi_and_serve() {
    let mut site = Site::new();
    site.set_password();
    let serving = site.serve();
    for number in 1..=60 {
        let ping = Request::ping("entry", &format!("http://weblog.example/{number}"));
        assert_accepted(&http::send(serving.port, BASE, &ping));
    }
    // A login form's token belongs to a number that is drawn by lot when the visitor has none.
    let mut visitor = serving.visitor();
    visitor.get("__mode=login").expect(200);
    let number = format!("tb-login={}", visitor.cookie("tb-login").expect("a cookie"));
    for request in requests() {
        let request = match request.has("Cookie") {
            true => request,
            false => request.header("Cookie", &number),
        };
        let cgi = site.cgi(&request);
        let served = http::send(serving.port, BASE, &request);
        assert_same(&request, &cgi, &served);
    }
}

#[test]
fn the_owner_sees_the_same_through_cgi_and_serve() {
    let mut site = Site::new();
    site.set_password();
    let serving = site.serve();
    assert_accepted(&site.cgi(&Request::ping("entry", "http://weblog.example/1")));
    let mut owner = serving.visitor();
    owner.log_in(PASSWORD).expect(303);
    let cookie = format!("tb={}", owner.cookie("tb").expect("a cookie"));
    let confirm = owner.get("__mode=delete&tb_id=entry&id=1").expect(200);
    let delete = find_form(&confirm, "delete");
    let forged = delete.clone().with("token", "x");
    for request in [
        Request::get("__mode=list&tb_id=entry"),
        Request::get(""),
        Request::get("__mode=send_form"),
        Request::get("__mode=delete&tb_id=entry&id=1"),
        Request::get("__mode=delete&tb_id=entry&id=7"),
        forged.request(),
    ] {
        let request = request.header("Cookie", &cookie);
        let cgi = site.cgi(&request);
        let served = http::send(serving.port, BASE, &request);
        assert_same(&request, &cgi, &served);
    }
    // What one door changes the other shows.
    site.cgi(&delete.request().header("Cookie", &cookie))
        .expect(303);
    let list = serving.visitor().get("__mode=list&tb_id=entry").expect(200);
    assert!(!list.text().contains("http://weblog.example/1"), "{list}");
}

#[test]
fn serve_prints_the_port_it_was_given_and_ends_well_on_sigterm() {
    let site = Site::new();
    let mut command = site.command();
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    let serving = crate::support::site::Serving::start(command).expect("it starts");
    assert_ne!(serving.port, 0, "{}", serving.line);
    assert_accepted(&http::send(
        serving.port,
        BASE,
        &Request::ping("entry", "http://weblog.example/1"),
    ));
    assert_eq!(serving.stop(), Some(0));
    assert!(
        site.tb(&["list", "entry"])
            .contains("http://weblog.example/1")
    );
}

fn requests() -> Vec<Request> {
    let long = format!("title={}", "x".repeat(70_000));
    let good = || Request::ping("entry", "http://weblog.example/60");
    vec![
        Request::get(""),
        Request::get("__mode=list"),
        Request::new("GET").path("/entry"),
        Request::get("__mode=list&tb_id=entry"),
        Request::get("__mode=thread&tb_id=entry"),
        Request::get("__mode=list&tb_id=entry&page=2"),
        Request::get("__mode=list&tb_id=nothing-here"),
        Request::get("__mode=rss&tb_id=entry"),
        Request::get("__mode=rss&tb_id=entry&n=3"),
        Request::get("__mode=rss"),
        Request::get("__mode=nonsense"),
        Request::get("__mode=delete&tb_id=entry&id=1"),
        Request::get("__mode=send_form"),
        Request::get("__mode=logout"),
        Request::get("url=http://weblog.example/x").path("/entry"),
        Request::get("serve+--listen"),
        Request::new("HEAD").path("/entry"),
        Request::new("PUT")
            .path("/entry")
            .header("Content-Length", "0"),
        Request::new("FOO"),
        Request::new("OPTIONS"),
        good(),
        good().path("/%E7%8C%AB%E3%81%AE%E8%A9%B1"),
        good().path("/a.b c".replace(' ', "%20").as_str()),
        good().path(""),
        good().path("/..%2F..%2Fetc%2Fpasswd"),
        good().path("/%01"),
        good().path("/%FF"),
        good().query("tb_id=other"),
        good().header("Content-Type", "text/plain"),
        good().header("Content-Type", &format!("{FORM}; charset=utf-7")),
        good().header("Content-Encoding", "gzip"),
        Request::post_bytes(b"").path("/entry"),
        Request::post_bytes(b"url=javascript:alert(1)").path("/entry"),
        Request::post_bytes(b"url=%FF&title=%E9").path("/entry"),
        Request::post_bytes(long.as_bytes()).path("/entry"),
        good().header("Host", "evil.example"),
        good().header("Cookie", "tb=x; tb=y; \";=,\u{e9}"),
    ]
}

#[track_caller]
fn assert_same(request: &Request, cgi: &Reply, served: &Reply) {
    assert_eq!(cgi.status, served.status, "{request:?}\n{cgi}\n{served}");
    assert_eq!(cgi.body, served.body, "{request:?}\n{cgi}\n{served}");
    assert_eq!(content_headers(cgi), content_headers(served), "{request:?}");
    assert_eq!(served.header("Status"), None, "{served}");
}

fn content_headers(reply: &Reply) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .filter(|(name, _)| name != "status" && !THE_DOORS_OWN.contains(&name.as_str()))
        .collect();
    headers.sort();
    headers
}
