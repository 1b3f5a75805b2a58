//! What a real WordPress sends is taken as it was written, and what it says is understood.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use tb::internals::send::ping_url::Endpoint;
use tb::internals::send::{PingOutcome, outcome};

use crate::support::blog::{Blog, Script};
use crate::support::fetch::{FORM, laboratory, url};
use crate::support::http;
use crate::support::live::{Host, Live};
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::shell::Site;
use crate::support::verification::set_up;
use crate::support::wordpress::WordPress;

#[test]
fn what_wordpress_sends_is_kept_as_it_was_written() {
    let wordpress = WordPress::start();
    for host in [Host::Web(Kind::ApacheEvent), Host::Serve] {
        let live = Live::start(host);
        let ping_url = format!("{}/my-entry", live.site.base_url());
        let permalink = wordpress.publish(
            "Cats & dogs — 猫",
            "<p>I read <a href=\"http://127.0.0.1/my-entry/\">an entry</a> &amp; liked it.</p>",
            &[&ping_url],
        );
        let feed = http::send(
            live.port,
            crate::support::site::BASE,
            &Request::get("__mode=json&tb_id=my-entry"),
        );
        let feed: Value = serde_json::from_slice(&feed.expect(200).body).unwrap();
        let item = &feed["items"][0];
        assert_eq!(item["url"], Value::from(permalink), "{host:?}: {feed}");
        assert_eq!(item["title"], "Cats & dogs — 猫", "{host:?}");
        let text = item.to_string();
        assert!(text.contains("I read an entry & liked it."), "{text}");
        assert!(text.contains("A real weblog"), "{text}");
        let left =
            wordpress.run("require 'wp-load.php'; echo get_post(get_posts()[0]->ID)->to_ping;");
        assert_eq!(left, "", "WordPress would send it again");
    }
}

#[test]
fn c2_two_links_to_one_wordpress_arrive_in_one_run() {
    let wordpress = WordPress::start();
    let second = wordpress.publish("Second", "<p>text</p>", &[]);
    let own = Blog::start_at([127, 0, 0, 9], []);
    let title = "Why `<details>` beats `&amp;` & more";
    let content = format!(
        "<p>About <a href='{}'>one</a> and <a href='{second}'>two</a>.</p>",
        wordpress.first_post()
    );
    own.play("/1", Script::html(&format!("<article>{content}</article>")));
    let site = Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Mine",
        "items": [{ "id": "1", "url": own.url("/1"), "title": title, "content_html": content }],
    });
    site.write("feed.json", &feed.to_string());
    // It takes the second one only 15 s after the first.
    let words = [
        "send",
        "feed.json",
        "--protocol",
        "trackback",
        "--guess-wordpress",
    ];
    let ran = site.tb(&words);
    let said = String::from_utf8_lossy(&ran.0.stderr).into_owned();
    assert_eq!(ran.0.status.code(), Some(0), "{said}");
    assert!(said.contains("limits pings"), "{said}");
    let pings = wordpress.pings();
    assert_eq!(pings.len(), 2, "{pings:?}");
    for ping in &pings {
        assert_eq!(
            (ping.kind.as_str(), ping.url.as_str()),
            ("trackback", own.url("/1").as_str())
        );
        assert_eq!(ping.author, "Mine");
        // As a browser shows it.
        let shown = tb::internals::html::strip_markup(&ping.content);
        assert!(shown.contains(title), "{ping:?}");
    }

    // What it has already, it refuses, and keeps once.
    let own_url = own.url("/1");
    let words = [
        "ping",
        "--page",
        second.as_str(),
        "--url",
        &own_url,
        "--guess-wordpress",
        "--json",
    ];
    let ran = site.tb(&words);
    let said: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    assert_eq!(ran.0.status.code(), Some(1), "{said}");
    assert_eq!(said["outcome"], "refused", "{said}");
    let message = said["message"].as_str().unwrap();
    assert!(message.contains("already a ping from that URL"), "{said}");
    assert_eq!(wordpress.pings().len(), 2);
}

#[test]
fn p7_wordpress_takes_a_pingback_once_and_says_so() {
    let wordpress = WordPress::start();
    let first = wordpress.first_post();
    let own = Blog::start_at([127, 0, 0, 9], []);
    let content = format!("<p>I read <a href=\"{first}\">the first post</a> &amp; liked it.</p>");
    own.play(
        "/1",
        Script::html(&format!(
            "<html><head><title>Cats &amp; dogs</title></head><body><article>{content}</article></body></html>"
        )),
    );
    let site = Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
    let found: Value =
        serde_json::from_str(&site.tb(&["discover", &first, "--json"]).out()).unwrap();
    assert_eq!(found["pingback"], wordpress.url("/xmlrpc.php"), "{found}");
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Mine",
        "items": [{ "id": "1", "url": own.url("/1"), "title": "Cats & dogs", "content_html": content }],
    });
    site.write("feed.json", &feed.to_string());
    let words = [
        "send",
        "feed.json",
        "--protocol",
        "webmention",
        "--protocol",
        "pingback",
        "--protocol",
        "trackback",
    ];
    let out = site.tb(&words).out();
    assert!(out.contains("1 sent, 0 refused, 0 failed"), "{out}");
    let taken = |number: usize| {
        let pings = wordpress.pings();
        assert_eq!(pings.len(), number, "{pings:?}");
        assert!(
            pings
                .iter()
                .all(|ping| ping.kind == "pingback" && ping.url == own.url("/1")),
            "{pings:?}"
        );
    };
    taken(1);
    // Once; and what it has already, it says it has (fault 48), which is no failure.
    site.tb(&words).out();
    let out = site.tb(&[&words[..], &["--resend", &first]].concat()).out();
    assert!(out.contains("1 sent, 0 refused, 0 failed"), "{out}");
    taken(1);
    // A page without the link is refused, without a reason.
    own.play(
        "/2",
        Script::html(&format!(
            "<script>'<a href=\"{first}\">'</script>{}",
            content
                .replace("<a href", "<q cite")
                .replace("</a>", "</q>")
        )),
    );
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Mine",
        "items": [{ "id": "2", "url": own.url("/2"), "title": "Two", "content_html": content }],
    });
    site.write("feed.json", &feed.to_string());
    let out = site.tb(&words).out();
    assert!(out.contains("1 refused: fault 0"), "{out}");
    taken(1);
}

#[test]
fn a_pingback_of_wordpress_is_received_once_and_its_page_is_read() {
    let wordpress = WordPress::start();
    for (number, host) in [Host::Web(Kind::ApacheEvent), Host::Serve]
        .into_iter()
        .enumerate()
    {
        // The entry that WordPress finds the endpoint on.
        let entry = Blog::start_at([127, 0, 9, u8::try_from(number).unwrap() + 9], []);
        let live = Live::start_with(host, |site| {
            set_up(site, "verified");
            site.set("site", &format!("[\"{}\"]", entry.url("/")));
            site.set("protocols", "[\"trackback\", \"pingback\"]");
        });
        let base_url = live.site.base_url();
        let head = format!("<link rel=\"pingback\" href=\"{base_url}\">");
        entry.play(
            "/cats",
            Script::html(&format!("<head>{head}</head><h1>Cats</h1>")),
        );
        let target = entry.url("/cats");
        let content = format!("<p>I read <a href=\"{target}\">an entry</a> &amp; liked it.</p>");
        let permalink = wordpress.publish("Of cats", &content, &[]);
        let shown = || live.list("cats").contains("Of cats").then_some(());
        assert!(wait_for(shown).is_some(), "{host:?}: {}", live.list("cats"));
        let record = live.site.tb(&["show", "cats", "1", "--json"]);
        let record: Value = serde_json::from_str(&record).unwrap();
        assert_eq!(
            (&record["via"], &record["url"]),
            (&"pingback".into(), &permalink.clone().into())
        );
        // It does not send a pingback twice by itself; asked to, its own client is told fault 48.
        let again = format!(
            "require 'wp-load.php'; require_once ABSPATH . WPINC . '/class-IXR.php'; \
             require_once ABSPATH . WPINC . '/class-wp-http-ixr-client.php'; \
             $client = new WP_HTTP_IXR_Client('{base_url}'); $client->query('pingback.ping', '{permalink}', '{target}'); \
             echo $client->getErrorCode();"
        );
        assert_eq!(wordpress.run(&again), "48", "{host:?}");
        assert_eq!(live.site.tb(&["list", "cats", "--json"]).lines().count(), 1);
    }
}

/// Where the package of WordPress's translations has them.
const TRANSLATIONS: &str = "/usr/share/wordpress/wp-content/languages";

/// The translations of a text, by the files of gettext (`.mo`) that have one.
fn translations(text: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for file in fs::read_dir(TRANSLATIONS).expect("wordpress-l10n") {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|ending| ending == "mo") {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            let found = translation(&fs::read(&file).unwrap(), text);
            all.extend(found.map(|found| (name, found)));
        }
    }
    all
}

fn translation(file: &[u8], text: &str) -> Option<String> {
    let number = |at: usize| {
        let bytes = <[u8; 4]>::try_from(&file[at..at + 4]).unwrap();
        let is_little = file.starts_with(&[0xde, 0x12, 0x04, 0x95]);
        let read = if is_little {
            u32::from_le_bytes
        } else {
            u32::from_be_bytes
        };
        usize::try_from(read(bytes)).unwrap()
    };
    let string = |table: usize, row: usize| {
        let (length, at) = (number(table + 8 * row), number(table + 8 * row + 4));
        std::str::from_utf8(&file[at..at + length]).unwrap()
    };
    let (count, texts, translated) = (number(8), number(12), number(16));
    let row = (0..count).find(|row| string(texts, *row) == text)?;
    Some(string(translated, row).to_owned())
}

#[test]
fn c1_what_wordpress_says_of_too_many_pings_is_understood_in_each_of_its_languages() {
    let flood = translations("You are posting comments too quickly. Slow down.");
    let duplicate = translations(
        "Duplicate comment detected; it looks as though you&#8217;ve already said that!",
    );
    assert!(
        flood.len() >= 30 && duplicate.len() >= 50,
        "{flood:?} {duplicate:?}"
    );
    let blog = Blog::start([]);
    let endpoint = Endpoint::ping_url(url(&blog.url("/")));
    let outcome = |message: &str, status: &str| {
        let reply = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><response><error>1</error><message>{message}</message></response>"
        );
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/xml; charset=UTF-8\r\n\r\n");
        blog.play("/", Script::Raw([head, reply].concat().into_bytes()));
        let page = laboratory().post_form(&endpoint.url, FORM, "url=x", |_| true);
        outcome::interpret(page, &endpoint, jiff::Timestamp::UNIX_EPOCH).outcome
    };
    for status in ["200 OK", "403 Forbidden"] {
        for (language, message) in &flood {
            let outcome = outcome(message, status);
            assert!(
                matches!(outcome, PingOutcome::Later(_)),
                "{language}: {outcome:?}"
            );
        }
        for (language, message) in &duplicate {
            let outcome = outcome(message, status);
            assert!(
                matches!(outcome, PingOutcome::Refused(_)),
                "{language}: {outcome:?}"
            );
        }
    }
}
