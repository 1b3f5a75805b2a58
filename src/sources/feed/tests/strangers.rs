//! Items about the pages of others, in link blogs and planets.

use super::*;
use crate::sources::SkipReason;

#[test]
fn a1_an_item_of_a_stranger_is_no_entry_of_the_feed() {
    for text in [
        "<rss><channel><link>https://blog.example/</link><item><link>https://s.example/1</link><description>x</description></item></channel></rss>",
        "<rss><channel><item><link>https://s.example/1</link><guid>https://s.example/?p=1</guid></item></channel></rss>",
        "<rss><channel><item><link>https://s.example/1</link><guid isPermaLink='false'>https://blog.example/1</guid></item></channel></rss>",
        "<feed><link href='https://blog.example/'/><entry><link href='https://s.example/1'/><id>tag:x</id></entry></feed>",
        "{\"items\":[{\"id\":\"1\",\"url\":\"https://s.example/1\",\"content_html\":\"x\"}]}",
    ] {
        let (list, skipped) = read(text.as_bytes(), None);
        assert_eq!(list, [], "{text}");
        assert_eq!(skipped.len(), 1, "{text}");
        assert_eq!(skipped[0].why, SkipReason::Elsewhere, "{text}");
    }
    // Another host of the same owner is his own.
    let own =
        one("<rss><channel><item><link>https://www.blog.example/1</link></item></channel></rss>");
    assert_eq!(own.permalink.as_str(), "https://www.blog.example/1");
}

#[test]
fn d5_what_is_below_the_configured_site_is_own_wherever_the_feed_says_that_it_is_from() {
    let site = ["https://weblog.example/"];
    for home in [
        "http://localhost:1313/",
        "http://127.0.0.1:4000/",
        "http://example.org/",
        "https://old.example.net/",
        "https://github.com/me/blog",
        "https://my-site.netlify.app/",
        "/",
        "",
    ] {
        for text in [
            format!(
                "<rss><channel><link>{home}</link><item><link>https://weblog.example/p/a</link></item></channel></rss>"
            ),
            format!(
                "<feed><link href='{home}'/><entry><link href='https://weblog.example/p/a'/><id>tag:x</id></entry></feed>"
            ),
            format!(
                "{{\"home_page_url\":\"{home}\",\"items\":[{{\"id\":\"1\",\"url\":\"https://weblog.example/p/a\"}}]}}"
            ),
            // The URL of a preview, where another one is named too.
            format!(
                "<rss><channel><link>{home}</link><item><link>{home}p/a</link><guid>https://weblog.example/p/a</guid></item></channel></rss>"
            ),
        ] {
            let (list, skipped) = read_at(text.as_bytes(), None, None, &site);
            assert_eq!(skipped, [], "{text}");
            assert_eq!(
                list[0].permalink.as_str(),
                "https://weblog.example/p/a",
                "{text}"
            );
            // Its other URL is not a page that it is about.
            assert_eq!(links(&list[0]), Vec::<&str>::new(), "{text}");
        }
    }
    for stranger in [
        "https://s.example/1",
        "https://weblog.example:8443/1",
        "https://weblog.example.evil.example/1",
    ] {
        let text = format!(
            "<rss><channel><link>http://localhost:1313/</link><item><link>{stranger}</link></item></channel></rss>"
        );
        let (list, skipped) = read_at(text.as_bytes(), None, None, &site);
        assert_eq!(list, [], "{stranger}");
        assert_eq!(skipped[0].why, SkipReason::Elsewhere, "{stranger}");
    }
    // Of two URLs of one owner the first counts, as without a configured site.
    let text = "<rss><channel><link>https://m.weblog.example/</link><item><link>https://m.weblog.example/a</link>\
        <guid>https://weblog.example/?p=1</guid></item></channel></rss>";
    let (list, _) = read_at(text.as_bytes(), None, None, &site);
    assert_eq!(list[0].permalink.as_str(), "https://m.weblog.example/a");
}

#[test]
fn a1_an_entry_about_a_page_pings_that_page() {
    let words = "word ".repeat(100);
    for text in [
        format!(
            "<rss><channel><item><link>https://s.example/1</link><guid>https://blog.example/1</guid><description>{words}</description></item></channel></rss>"
        ),
        format!(
            "<feed><entry><link href='https://s.example/1'/><link rel='related' href='https://blog.example/1'/><content>{words}</content></entry></feed>"
        ),
        format!(
            "<feed><entry><link href='https://s.example/1'/><id>https://blog.example/1</id><content>{words}</content></entry></feed>"
        ),
        format!(
            "{{\"items\":[{{\"id\":\"1\",\"url\":\"https://blog.example/1\",\"external_url\":\"https://s.example/1\",\"content_text\":\"{words}\"}}]}}"
        ),
    ] {
        let entry = one(&text);
        assert_eq!(entry.permalink.as_str(), "https://blog.example/1", "{text}");
        assert_eq!(links(&entry), ["https://s.example/1"], "{text}");
    }
}

#[test]
fn a1_an_export_of_wordpress_has_more_than_entries() {
    for (fields, expected) in [
        (
            "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>",
            None,
        ),
        ("<wp:status>draft</wp:status>", Some(SkipReason::Draft)),
        ("<wp:status>private</wp:status>", Some(SkipReason::Draft)),
        ("<wp:status>trash</wp:status>", Some(SkipReason::Draft)),
        (
            "<wp:status>publish</wp:status><wp:post_password>x</wp:post_password>",
            Some(SkipReason::Draft),
        ),
        (
            "<wp:status>inherit</wp:status><wp:post_type>attachment</wp:post_type>",
            Some(SkipReason::Draft),
        ),
        (
            "<wp:status>publish</wp:status><wp:post_type>nav_menu_item</wp:post_type>",
            Some(SkipReason::NotAnEntry),
        ),
    ] {
        let text = format!(
            "<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel><item><link>https://blog.example/1</link>{fields}</item></channel></rss>"
        );
        let (list, skipped) = read(text.as_bytes(), None);
        assert_eq!(
            skipped.first().map(|one| one.why.clone()),
            expected,
            "{text}"
        );
        assert_eq!(list.len(), usize::from(expected.is_none()), "{text}");
    }
}
