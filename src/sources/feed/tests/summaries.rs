//! Feeds that have only the beginning of each entry.

use super::*;

#[test]
fn a_long_description_is_the_whole_text_unless_it_breaks_off() {
    let words = "word ".repeat(200);
    let link = "&lt;a href='https://a.example/'>a&lt;/a>";
    let page = |_: &Url| {
        let html = "<article class=h-entry><div class=e-content><a href='https://b.example/'>b</a></div></article>";
        let url = Url::parse("https://blog.example/1").unwrap();
        Ok(crate::sources::page::parse(html, &hint(&url)))
    };
    let bare = |_: &Url| {
        let html = format!(
            "<table><tr><td>{}<a href='https://c.example/'>c</a></table>",
            "word ".repeat(200)
        );
        let url = Url::parse("https://blog.example/1").unwrap();
        Ok(crate::sources::page::parse(&html, &hint(&url)))
    };
    for (text, own, expected) in [
        (
            format!("{words}{link} end"),
            &page as &dyn Fn(&Url) -> _,
            vec!["https://a.example/"],
        ),
        (
            format!("{words}{link} end"),
            &bare,
            vec!["https://a.example/"],
        ),
        (
            format!("{link} {words}…"),
            &page,
            vec!["https://b.example/", "https://a.example/"],
        ),
        (
            format!("{link} {words}[…]"),
            &bare,
            vec!["https://a.example/"],
        ),
    ] {
        let text = format!(
            "<rss><channel><item><link>https://blog.example/1</link><description>{text}</description></item></channel></rss>"
        );
        let (list, _) = read_with(text.as_bytes(), None, Some(own));
        assert_eq!(links(&list[0]), expected, "{text}");
    }
}

fn hint(url: &Url) -> crate::sources::page::Hint<'_> {
    static NOTHING: std::sync::LazyLock<std::collections::HashSet<String>> =
        std::sync::LazyLock::new(std::collections::HashSet::new);
    crate::sources::page::Hint {
        url: Some(url),
        asked: crate::sources::page::ReadReason::Listed,
        listed: &NOTHING,
        blog_name: "",
    }
}

#[test]
fn b4_the_summary_of_a_feed_begins_behind_its_title() {
    for title in ["My “entry”", "My \"Entry\" - Blog"] {
        let entry = one(&format!(
            "<rss><channel><item><link>/1</link><title>{title}</title><content:encoded><![CDATA[<h1>My \"entry\"</h1>
            <time>5 May</time><p>Real text]]></content:encoded></item></channel></rss>"
        ));
        assert_eq!(entry.summary, "Real text", "{title}");
    }
}
