//! A real Zinnia takes what is sent to it, once, as it was sent.

use serde_json::{Value, json};

use crate::support::blog::{Blog, Script};
use crate::support::shell::Site;
use crate::support::zinnia::{Taken, Zinnia};

/// What a reader is to see, and how it goes over the wire.
const TEXTS: [(&str, &str); 5] = [
    ("Plain words – 猫 and €", "Plain words – 猫 and €"),
    (
        "Why <details> beats &amp; here",
        "Why &lt;details> beats &amp;amp; here",
    ),
    ("Cats & dogs, 1 < 2 > 0", "Cats & dogs, 1 < 2 > 0"),
    ("\"AT&amp;T\" isn't <b>", "\"AT&amp;amp;T\" isn't &lt;b>"),
    ("a+b=c; 100%25 \\n", "a+b=c; 100%25 \\n"),
];

#[test]
fn zinnia_takes_each_entry_once_and_as_it_was_sent() {
    let zinnia = Zinnia::start();
    let site = Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
    let [first, second] = &zinnia.entries;

    // The ping URL is found on its page, by its link.
    let found: Value =
        serde_json::from_str(&site.tb(&["discover", first, "--json"]).out()).unwrap();
    let ping_url = url::Url::parse(first)
        .unwrap()
        .join("/trackback/1/")
        .unwrap();
    assert!(
        found.to_string().contains(ping_url.as_str()),
        "{ping_url}: {found}"
    );

    let own = Blog::start_at([127, 0, 0, 9], []);
    let mut items = Vec::new();
    for (number, (shown, _)) in TEXTS.iter().enumerate() {
        let content = format!(
            "<p>{} <a href=\"{first}\">it</a> and <a href=\"{second}\">that</a>.</p>",
            tb::text::escape_xml(shown)
        );
        let path = format!("/{number}");
        own.play(
            &path,
            Script::html(&format!("<article>{content}</article>")),
        );
        let url = own.url(&path);
        items.push(json!({ "id": url, "url": url, "title": shown, "content_html": content }));
    }
    let version = "https://jsonfeed.org/version/1.1";
    let feed = json!({ "version": version, "title": "Mine", "items": items });
    site.write("feed.json", &feed.to_string());
    let config = site.read("cgi-bin/tb.toml");
    site.write(
        "cgi-bin/tb.toml",
        &format!("{config}\nthrottle = \"off\"\n"),
    );
    let out = site.tb(&["send", "feed.json"]).out();
    let said = "10 sent, 0 refused, 0 failed, 0 without a ping URL\n";
    assert!(out.ends_with(said), "{out}");

    let taken = zinnia.taken();
    assert_eq!(taken.len(), 2 * TEXTS.len(), "{taken:?}");
    for (number, (shown, wire)) in TEXTS.iter().enumerate() {
        let of_entry: Vec<&Taken> = taken
            .iter()
            .filter(|ping| ping.url == own.url(&format!("/{number}")))
            .collect();
        let entries: Vec<&str> = of_entry.iter().map(|ping| ping.entry.as_str()).collect();
        assert_eq!(entries, ["1", "2"], "{of_entry:?}");
        for ping in of_entry {
            let excerpt = format!("{wire} it and that.");
            assert_eq!(ping.excerpt, excerpt);
            assert_eq!(
                tb::internals::html::strip_markup(&ping.excerpt),
                format!("{shown} it and that.")
            );
            assert_eq!((ping.blog_name.as_str(), ping.is_public), ("Mine", true));
        }
    }

    // Once: the ledger remembers, and Zinnia's own refusal is understood.
    site.tb(&["send", "feed.json"]).out();
    let own_url = own.url("/0");
    let to = [
        "ping",
        "--to",
        ping_url.as_str(),
        "--url",
        &own_url,
        "--blog-name",
        "Mine",
        "--json",
    ];
    let ran = site.tb(&to);
    let said: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    assert_eq!(ran.0.status.code(), Some(1), "{said}");
    assert_eq!(said["outcome"], "refused", "{said}");
    assert_eq!(said["message"], "Trackback is already registered", "{said}");
    assert_eq!(zinnia.taken().len(), 2 * TEXTS.len());

    // A title alone, in the place of an excerpt.
    for (number, (_, wire)) in TEXTS.iter().enumerate() {
        let url = own.url(&format!("/title/{number}"));
        let words = ["ping", "--page", second, "--url", &url, "--title"];
        let out = site.tb(&[&words[..], &[TEXTS[number].0]].concat()).out();
        assert!(out.starts_with("accepted by "), "{out}");
        let ping = zinnia.taken().pop().unwrap();
        assert_eq!((ping.url, ping.excerpt.as_str()), (url, *wire));
    }
}
