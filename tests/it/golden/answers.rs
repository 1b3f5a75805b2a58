//! What each mode answers to strangers, by CGI and by `tb serve`.

use super::*;
use crate::support::http;
use crate::support::site::BASE;

#[test]
fn a_ping_and_its_repetitions() {
    let mut golden = Golden::of("wire/ping");
    let site = Site::new();
    let ping = Request::ping("entry", "http://weblog.example/1");
    golden.ask(&site, "accepted", &ping);
    golden.ask(&site, "repeated", &ping);
    let by_parameter = ping.clone().path("").query("tb_id=other&__mode=ping");
    golden.ask(&site, "by-parameter", &by_parameter);
    let fields = [
        ("tb_id", "third"),
        ("url", "http://weblog.example/%7Eme/ü?a=1#b"),
    ];
    golden.ask(&site, "by-field", &Request::post(&fields));
    let latin = Request::post_bytes(b"url=http://weblog.example/2&title=Caf%E9&charset=iso-8859-1");
    golden.ask(&site, "another-charset", &latin.path("/entry"));
    golden.see("LISTED", &site.tb(&["list", "entry"]));
    golden.end();
}

#[test]
fn what_each_mode_answers_a_stranger() {
    let mut golden = Golden::of("wire/modes");
    let site = furnished();
    name_cats(&site);
    site.tb(&["rebuild"]);
    for (name, query) in [
        (
            "count",
            "__mode=count&tb_id=cats&tb_id=dogs&tb_id=%E7%8C%AB",
        ),
        ("count.none", "__mode=count"),
        ("js", "__mode=js"),
        ("list.head", "__mode=list&tb_id=cats"),
        ("queue.no-key", "__mode=queue"),
        ("queue.wrong-key", "__mode=queue&key=AAAAAAAAAAAAAAAAAAAAAA"),
        ("moderate", "__mode=moderate"),
        ("logout", "__mode=logout"),
        ("thread.none", "__mode=thread&tb_id=cats"),
        ("unknown-mode", "__mode=nonsense"),
    ] {
        let request = match name.ends_with(".head") {
            true => Request::new("HEAD").query(query),
            false => Request::get(query),
        };
        golden.ask(&site, name, &request);
    }
    let feed = Request::get("__mode=rss2&tb_id=cats");
    let tag = site.cgi(&feed).header("ETag").expect("an ETag").to_owned();
    golden.ask(
        &site,
        "rss2.not-modified",
        &feed.header("If-None-Match", &tag),
    );
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE"] {
        golden.ask(&site, method, &Request::new(method).path("/cats"));
    }
    golden.ask(
        &site,
        "list.by-post",
        &Request::post(&[("__mode", "list"), ("tb_id", "cats")]),
    );
    golden.ask(&site, "delete.by-get", &Request::get("__mode=do_login"));
    golden.end();
}

#[test]
fn what_an_installation_that_cannot_work_answers() {
    let mut golden = Golden::of("wire/broken");
    let ping = Request::ping("entry", "http://weblog.example/1");
    let mut site = Site::new();
    fs::remove_dir_all(site.data_dir()).expect("an empty folder");
    golden.ask(&site, "no-data-dir.ping", &ping);
    golden.ask(
        &site,
        "no-data-dir.list",
        &Request::get("__mode=list&tb_id=entry"),
    );
    golden.ask(
        &site,
        "no-data-dir.rss",
        &Request::get("__mode=rss&tb_id=entry"),
    );
    site.set("publish", "\"nonsense\"");
    for (name, request) in [
        ("no-configuration.ping", &ping),
        (
            "no-configuration.list",
            &Request::get("__mode=list&tb_id=entry"),
        ),
    ] {
        let (reply, log) = site.cgi_and_log(request, |_| {});
        assert!(log.starts_with("tb: "), "{log}");
        golden.see_reply(name, &reply);
    }
    golden.end();
}

#[test]
fn what_the_built_in_server_answers() {
    let mut golden = Golden::of("wire/serve");
    let mut site = furnished();
    site.tb(&["rebuild"]);
    let serving = site.serve();
    let send = |base: &str, request: &Request| http::send(serving.port, base, request);
    let get = Request::new("GET");
    let ping = Request::ping("entry", "http://weblog.example/1");
    for (name, reply) in [
        ("ping", send(BASE, &ping)),
        ("list.head", send(BASE, &Request::new("HEAD").path("/cats"))),
        (
            "count",
            send(BASE, &Request::get("__mode=count&tb_id=cats")),
        ),
        ("static-feed", send("/tb/cats.xml", &get)),
        ("static-feed.none", send("/tb/nobody.xml", &get)),
        ("static-feed.hidden", send("/tb/.cats.xml", &get)),
        (
            "static-feed.by-post",
            send(
                "/tb/cats.xml",
                &Request::new("POST").header("Content-Length", "0"),
            ),
        ),
        ("elsewhere", send("/elsewhere", &get)),
        ("root", send("/", &get)),
        (
            "405",
            send(
                BASE,
                &Request::new("PUT")
                    .path("/cats")
                    .header("Content-Length", "0"),
            ),
        ),
        (
            "413",
            send(
                BASE,
                &Request::post_bytes(&[b'x'; (64 << 10) + 1]).path("/entry"),
            ),
        ),
        (
            "no-length",
            send(
                BASE,
                &Request::new("POST")
                    .path("/entry")
                    .header("Content-Type", "application/x-www-form-urlencoded"),
            ),
        ),
    ] {
        golden.see_reply(name, &reply);
    }
    let raw = |bytes: &[u8]| {
        String::from_utf8_lossy(&http::exchange(serving.port, bytes)).replace('\r', "")
    };
    golden.see("not-http", &raw(b"nonsense\r\n\r\n"));
    golden.see(
        "http-1.0",
        &raw(format!("GET {BASE}?__mode=count&tb_id=cats HTTP/1.0\r\n\r\n").as_bytes()),
    );
    golden.see("said-at-the-start", &format!("{}\n", serving.line));
    golden.end();
}
