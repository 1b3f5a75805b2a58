//! `tb snippet` through the generators that it writes for: the pages that they make are found by our own discovery and
//! lead to the list and the count, whatever the entry's title is.

use crate::support::site::Site;

const GENERATORS: [&str; 10] = [
    "hugo",
    "jekyll",
    "eleventy",
    "zola",
    "pelican",
    "astro",
    "blosxom",
    "wordpress",
    "html",
    "webmention",
];

#[test]
fn without_a_configuration_the_example_is_printed_with_a_note() {
    let site = Site::new();
    std::fs::remove_file(site.config()).unwrap();
    for generator in GENERATORS {
        let output = site
            .command()
            .args(["snippet", generator])
            .output()
            .unwrap();
        let (text, note) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert!(output.status.success(), "{note}");
        assert!(
            text.contains("https://blog.example/cgi-bin/tb.cgi"),
            "{text}"
        );
        assert!(!text.contains("site.example"), "{text}");
        assert!(note.contains("no configuration"), "{note}");
    }
}

#[test]
fn a_base_url_ends_no_string_comment_or_attribute() {
    let mut site = Site::new();
    site.set(
        "base_url",
        "\"https://blog.example/a'b$c@d&e*/f`g;h|i/tb.cgi\"",
    );
    site.set("protocols", "[\"trackback\", \"webmention\"]");
    site.set("entry", "\"https://blog.example/{id}/\"");
    for generator in GENERATORS.into_iter().filter(|name| *name != "html") {
        let text = site.tb(&["snippet", generator]);
        let harmless = "https://blog.example/a%27b%24c%40d%26e%2A/f%60g%3Bh%7Ci/tb.cgi";
        assert!(text.contains(harmless), "{text}");
    }
}

#[test]
fn words_that_make_no_sense_are_refused() {
    let site = Site::new();
    for arguments in [
        &[
            "snippet",
            "hugo",
            "--id",
            "x",
            "--url",
            "https://a.example/",
            "--title",
            "T",
        ][..],
        &["snippet", "html", "--id", "x"],
        &[
            "snippet",
            "html",
            "--id",
            "x",
            "--url",
            "javascript:x",
            "--title",
            "T",
        ],
        &["snippet", "wordpress", "--part", "head"],
        &["snippet", "frontpage"],
        &["snippet"],
    ] {
        assert!(!site.tb_fails(2, arguments).is_empty());
    }
}

#[test]
fn what_is_received_is_announced_by_a_link_and_by_the_headers_of_four_servers() {
    let mut site = Site::new();
    site.set(
        "base_url",
        "\"https://pingback.example/webmention/a%20b/tb.cgi\"",
    );
    site.set("entry", "\"https://pingback.example/{id}/\"");
    let mut counts = |protocols: &str| {
        site.set("protocols", protocols);
        let text = site
            .command()
            .args(["snippet", "webmention"])
            .output()
            .unwrap();
        let said = String::from_utf8(text.stderr).unwrap();
        let text = String::from_utf8(text.stdout).unwrap();
        let webmention = text.matches("rel=\"webmention\"").count()
            + text.matches("rel=\\\"webmention\\\"").count();
        let pingback =
            text.matches("rel=\"pingback\"").count() + text.matches("X-Pingback").count();
        (webmention, pingback, said.contains("names neither"))
    };
    assert_eq!(counts("[\"trackback\", \"webmention\"]"), (5, 0, false));
    assert_eq!(counts("[\"pingback\", \"webmention\"]"), (5, 5, false));
    assert_eq!(counts("[\"pingback\"]"), (0, 5, false));
    assert_eq!(counts("[\"trackback\"]"), (5, 0, true));
    site.set("protocols", "[\"webmention\"]");
    let text = site.tb(&["snippet", "webmention", "--part", "settings"]);
    // Apache formats values.
    assert!(
        text.contains("Header add Link \"<https://pingback.example/webmention/a%%20b/tb.cgi>;"),
        "{text}"
    );
    assert!(
        text.contains("header +Link `<https://pingback.example/webmention/a%20b/tb.cgi>;"),
        "{text}"
    );
    let head = site.tb(&["snippet", "webmention", "--part", "head"]);
    assert!(
        !head.contains("Header") && head.contains("<link rel=\"webmention\""),
        "{head}"
    );
}

#[test]
fn a_snippet_says_when_a_page_would_have_two_ids() {
    let mut site = Site::new();
    let said = |site: &Site, generator: &str| {
        let mut command = site.command();
        let output = command.args(["snippet", generator]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let tells = |site: &Site| {
        let told = |generator: &&str| {
            said(site, generator).contains("set `entry` or run `tb entries sync`")
        };
        GENERATORS.into_iter().filter(|one| told(one)).count()
    };
    // TrackBacks alone name their ids.
    assert_eq!(tells(&site), 0);
    for protocols in ["[\"trackback\", \"webmention\"]", "[\"pingback\"]"] {
        site.set("protocols", protocols);
        assert_eq!(tells(&site), GENERATORS.len(), "{protocols}");
    }
    site.set("passphrase", "\"sesame\"");
    assert!(said(&site, "hugo").contains("passphrase"));
    assert_eq!(tells(&site), 0);
    site.set("passphrase", "\"\"");
    site.set("entry", "\"https://blog.example/{id}/\"");
    assert_eq!(tells(&site), 0);
    site.set("entry", "\"\"");
    let feed = "<rss><channel><item><link>http://127.0.0.1/posts/hello/</link>\
                <title>Hello</title></item></channel></rss>";
    let file = site.path("feed.xml");
    std::fs::write(&file, feed).unwrap();
    site.tb(&["entries", "sync", file.to_str().unwrap()]);
    assert_eq!(tells(&site), 0);
}
