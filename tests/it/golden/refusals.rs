//! Every refusal by its name: status, headers and body, and what the log says of it.

use jiff::{SignedDuration, Timestamp};
use tb::internals::error::Refusal;

use super::*;
use crate::support::blog::{Blog, Script};
use crate::support::owner_session::own;
use crate::support::visitor::find_form;

/// A ping that nothing speaks against.
fn ping() -> Request {
    Request::ping("entry", "http://weblog.example/1")
}

fn url(url: &str) -> Request {
    Request::post(&[("url", url), ("title", "A title")]).path("/entry")
}

#[test]
fn refusals_of_what_is_wrong_with_a_ping() {
    let mut golden = Golden::of("wire/refused/ping");
    let site = Site::new();
    site.tb(&["ban", "spam.example"]);
    site.cgi(&Request::ping("gone", "http://weblog.example/1"));
    site.tb(&["delete", "gone", "1"]);
    let many: String = (0..65).map(|number| format!("f{number}=x&")).collect();
    for (name, request) in [
        ("no-tb-id", ping().path("")),
        ("bad-tb-id", ping().path("").query("tb_id=%01")),
        (
            "tb-id-too-long",
            ping().path(&format!("/{}", "x".repeat(129))),
        ),
        ("tb-ids-differ", ping().query("tb_id=other")),
        (
            "no-url",
            Request::post(&[("title", "A title")]).path("/entry"),
        ),
        ("bad-url", url("ftp://weblog.example/1")),
        (
            "url-too-long",
            url(&format!("http://weblog.example/{}", "x".repeat(2048))),
        ),
        (
            "wrong-content-type",
            ping().header("Content-Type", "text/plain"),
        ),
        ("encoded-body", ping().header("Content-Encoding", "gzip")),
        (
            "bad-content-length",
            ping().header("Content-Length", "many"),
        ),
        (
            "body-too-large",
            Request::post_bytes(&[b'x'; (64 << 10) + 1]).path("/entry"),
        ),
        ("body-cut-short", ping().header("Content-Length", "1000")),
        (
            "too-many-fields",
            Request::post_bytes(many.as_bytes()).path("/entry"),
        ),
        (
            "unknown-charset",
            ping().header(
                "Content-Type",
                "application/x-www-form-urlencoded; charset=utf-7",
            ),
        ),
        (
            "ping-by-get",
            Request::get("tb_id=entry&url=http://weblog.example/1&title=t"),
        ),
        ("method-not-allowed", Request::new("PUT").path("/entry")),
        ("unknown-mode", ping().query("__mode=nonsense")),
        ("banned", url("http://www.spam.example/1")),
        (
            "withdrawn",
            Request::ping("gone", "http://weblog.example/1"),
        ),
    ] {
        refused(&mut golden, &site, name, &request);
    }
    golden.end();
}

/// Takes down the reply, and with it the line of the log.
#[track_caller]
fn refused(golden: &mut Golden, site: &Site, name: &str, request: &Request) {
    let before = own(site, ".log");
    let reply = site.cgi(request);
    let after = own(site, ".log");
    let logged = after.strip_prefix(&before).expect("a longer log");
    assert!(
        logged.is_empty() || logged.contains(name),
        "{name}: {logged}"
    );
    golden.see(&format!("{name}.log"), &format!("{logged}\n"));
    golden.see_reply(name, &reply);
}

#[test]
fn refusals_of_what_is_closed_or_has_enough() {
    let mut golden = Golden::of("wire/refused/limits");
    let mut site = Site::new();
    site.set("site", "[\"https://blog.example/\"]");
    site.set("close_after", "\"90 days\"");
    crate::support::write(&site.path("feed.xml"), FEED);
    site.tb(&["entries", "sync", &site.path("feed.xml").to_string_lossy()]);
    site.set("ids", "\"known\"");
    refused(&mut golden, &site, "unknown-id", &ping());
    refused(
        &mut golden,
        &site,
        "closed",
        &Request::ping("cats", "http://weblog.example/1"),
    );
    let mut site = Site::new();
    site.tb(&["passphrase", "entry", "--set", "a-word-of-its-own"]);
    refused(&mut golden, &site, "wrong-passphrase", &ping());
    let signed = site.tb(&["url", "entry", "--expires", "1h"]);
    let (_, path) = signed.trim().split_once("tb.cgi").expect("a URL of ours");
    let changed = format!("{path}x");
    refused(
        &mut golden,
        &site,
        "ping-url-expired",
        &ping().path(&changed),
    );
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"prefix 1\"]");
    site.cgi(&Request::ping("first", "http://weblog.example/1"));
    refused(
        &mut golden,
        &site,
        "throttled",
        &Request::ping("first", "http://weblog.example/2"),
    );
    let mut site = Site::new();
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"prefix_ids 1\"]");
    site.cgi(&ping());
    refused(
        &mut golden,
        &site,
        "too-many-ids",
        &Request::ping("second", "http://weblog.example/2"),
    );
    let mut site = Site::new();
    site.set("throttle", "\"on\"");
    site.set("publish", "\"none\"");
    site.set("limits", "[\"waiting 1\"]");
    site.cgi(&ping());
    refused(
        &mut golden,
        &site,
        "queue-full",
        &Request::ping("entry", "http://third.example/3"),
    );
    golden.end();
}

const FEED: &str = "<rss><channel><title>B</title>\
    <item><link>https://blog.example/posts/cats/</link><title>Cats</title>\
    <pubDate>Mon, 20 Nov 2006 10:00:00 GMT</pubDate></item></channel></rss>";

#[test]
fn refusals_of_the_owners_modes() {
    let mut golden = Golden::of("wire/refused/owner");
    let mut site = furnished();
    let login = [("__mode", "do_login"), ("password", "wrong")];
    refused(&mut golden, &site, "no-password", &Request::post(&login));
    refused(
        &mut golden,
        &site,
        "not-logged-in",
        &Request::post(&[("__mode", "delete"), ("tb_id", "cats"), ("id", "1")]),
    );
    let cookie = logged_in(&mut site);
    let blog = Blog::start_at([127, 0, 30, 1], [("/", Script::html("nothing"))]);
    let page = site
        .cgi(&Request::get("__mode=send_form").header("Cookie", &cookie))
        .expect(200);
    let token = find_form(&page, "send_ping")
        .value("token")
        .expect("a token")
        .to_owned();
    let owners = |mode: &str, fields: &[(&str, &str)]| {
        let fields = [&[("__mode", mode), ("token", token.as_str())], fields].concat();
        Request::post(&fields).header("Cookie", &cookie)
    };
    let bad = Request::post(&[
        ("__mode", "delete"),
        ("tb_id", "cats"),
        ("id", "1"),
        ("token", "wrong"),
    ]);
    refused(
        &mut golden,
        &site,
        "bad-token",
        &bad.header("Cookie", &cookie),
    );
    refused(
        &mut golden,
        &site,
        "no-such-ping",
        &owners("delete", &[("tb_id", "cats"), ("id", "99")]),
    );
    let changed = [
        ("tb_id", "cats"),
        ("id", "1"),
        ("to", "held"),
        ("as", "00000000"),
    ];
    refused(&mut golden, &site, "changed", &owners("state", &changed));
    refused(
        &mut golden,
        &site,
        "unknown-action",
        &owners("decide", &[("do", "nonsense"), ("ping", "cats/1")]),
    );
    refused(
        &mut golden,
        &site,
        "no-ping-url",
        &owners("send_ping", &[("url", "https://blog.example/1")]),
    );
    let page = blog.url("/");
    let nothing = [
        ("url", "https://blog.example/1"),
        ("title", "t"),
        ("page", page.as_str()),
    ];
    refused(
        &mut golden,
        &site,
        "nothing-discovered",
        &owners("send_ping", &nothing),
    );
    let page = site.cgi(&Request::get("__mode=login"));
    let mask = page
        .header("Set-Cookie")
        .and_then(|value| value.split(';').next())
        .expect("a cookie")
        .to_owned();
    let attempt = || {
        find_form(&page, "do_login")
            .with("password", "wrong")
            .request()
            .header("Cookie", &mask)
    };
    refused(&mut golden, &site, "wrong-password", &attempt());
    site.set("throttle", "\"on\"");
    for _ in 0..20 {
        if site.cgi(&attempt()).status == 429 {
            break;
        }
    }
    refused(&mut golden, &site, "too-many-logins", &attempt());
    golden.end();
}

#[test]
fn refusal_of_a_body_that_does_not_come() {
    let mut golden = Golden::of("wire/refused/late");
    let site = Site::new();
    let reply = site.cgi_left_open(&ping().header("Content-Length", "1000"));
    golden.see_reply("body-timeout", &reply);
    golden.end();
}

#[test]
fn refusals_of_a_webmention() {
    let mut golden = Golden::of("wire/refused/webmention");
    let mut site = Site::new();
    let mention = |source: &str, target: &str| {
        Request::post(&[("source", source), ("target", target)]).query("__mode=webmention")
    };
    let (source, target) = ("http://weblog.example/1", "http://elsewhere.example/");
    let good = mention(source, target);
    refused(&mut golden, &site, "protocol-off", &good);
    site.set("protocols", "[\"pingback\", \"webmention\"]");
    let pingback = Request::post_bytes(b"<methodCall/>").query("__mode=pingback");
    for (name, request) in [
        ("invalid-source", mention("weblog", target)),
        ("invalid-target", mention(source, "weblog")),
        ("same", mention(source, source)),
        ("target-not-found", good),
        ("not-a-pingback", pingback),
    ] {
        refused(&mut golden, &site, name, &request);
    }
    golden.end();
}

#[test]
fn refusals_of_a_page_that_a_reader_enters() {
    let mut golden = Golden::of("wire/refused/submit");
    let mut site = Site::new();
    let entered = |url| Request::post(&[("tb_id", "entry"), ("url", url)]).query("__mode=submit");
    let good = entered("http://weblog.example/1");
    refused(&mut golden, &site, "form-off", &good);
    site.set("submit", "true");
    site.set("allow_private", "false");
    for (name, url) in [
        ("own-page", "http://127.0.0.1/other"),
        ("not-public", "http://10.0.0.1/"),
    ] {
        refused(&mut golden, &site, name, &entered(url));
    }
    golden.end();
}

#[test]
fn refusals_of_links_from_a_mail() {
    let mut golden = Golden::of("wire/refused/mail");
    let mut site = Site::new();
    site.set_password();
    crate::support::scenario::log_in(&site, "wrong");
    let record =
        crate::support::owner_session::ping(1, "2006-03-01T00:00:00Z", "held", "moderated");
    crate::support::owner_session::put(&site, "entry", std::slice::from_ref(&record));
    let link = |days: i64| {
        let query = crate::support::owner_session::link_made_at(
            &site,
            &record,
            Timestamp::now() - SignedDuration::from_hours(24 * days),
        );
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .chain([("do".to_owned(), "junk".to_owned())])
            .collect::<Vec<_>>()
    };
    let post = |fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Request::post(&fields)
    };
    refused(&mut golden, &site, "link-expired", &post(&link(20)));
    let valid = post(&link(0));
    site.cgi(&valid).expect(200);
    refused(&mut golden, &site, "settled", &valid);
    let bad = Request::get("__mode=review&tb_id=entry&id=1&as=0&key=1.0");
    refused(&mut golden, &site, "bad-link", &bad);
    site.set("throttle", "\"on\"");
    for _ in 0..20 {
        if site.cgi(&bad).status == 429 {
            break;
        }
    }
    refused(&mut golden, &site, "too-many-attempts", &bad);
    golden.end();
}

#[test]
fn every_refusal_has_a_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/wire/refused");
    let shown: Vec<_> = [
        "ping",
        "limits",
        "owner",
        "mail",
        "late",
        "webmention",
        "submit",
    ]
    .iter()
    .flat_map(|name| files(&folder.join(name)))
    .collect();
    for refusal in Refusal::ALL {
        let is_it = |path: &&PathBuf| path.file_name().is_some_and(|name| name == refusal.name());
        assert!(shown.iter().any(|path| is_it(&path)), "{}", refusal.name());
    }
}
