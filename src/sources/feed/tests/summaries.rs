//! Feeds that have only the beginning of each entry.

use super::*;
use crate::html::Document;

#[test]
fn a_description_is_united_with_the_page_however_long_it_is() {
    let words = "word ".repeat(200);
    let link = "&lt;a href='https://a.example/'>a&lt;/a>";
    let page = |_: &Url| {
        let html = "<article class=h-entry><div class=e-content><a href='https://b.example/'>b</a></div></article>";
        let url = Url::parse("https://blog.example/1").unwrap();
        Ok(crate::sources::page::parse(
            &Document::parse(html),
            &hint(&url),
        ))
    };
    let bare = |_: &Url| {
        let html = format!(
            "<table><tr><td>{}<a href='https://c.example/'>c</a></table>",
            "word ".repeat(200)
        );
        let url = Url::parse("https://blog.example/1").unwrap();
        Ok(crate::sources::page::parse(
            &Document::parse(&html),
            &hint(&url),
        ))
    };
    for (text, own, expected) in [
        (
            format!("{words}{link} end"),
            &page as &dyn Fn(&Url) -> _,
            vec!["https://b.example/", "https://a.example/"],
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

#[test]
fn a1_a_text_without_an_element_for_all_of_it_may_be_a_summary() {
    let page = |url: &Url| {
        let html = "<article class=h-entry><div class=e-content><a href='//a.example'>a</a> <a href='//b.example'>b</a></div></article>";
        Ok(crate::sources::page::parse(
            &Document::parse(html),
            &hint(url),
        ))
    };
    let first = "&lt;p>First &lt;a href='//a.example'>a&lt;/a>";
    for item in [
        format!("<description>{first}</description>"),
        format!("<description>{first} Read more&lt;/p></description>"),
        format!("<description>{first} Continue reading →</description>"),
        format!("<description>{first} (more...)</description>"),
        format!("<description>{first} Weiterlesen »</description>"),
        format!("<description>{first} The post x appeared first on B.</description>"),
        "<description>&lt;a href='/2'>here&lt;/a></description>".to_owned(),
        format!("<content:encoded>{first} (more…)</content:encoded>"),
        format!("<content:encoded>{first} …</content:encoded>"),
    ] {
        let text = format!(
            "<rss><channel><item><link>https://blog.example/1</link>{item}</item></channel></rss>"
        );
        let (list, skipped) = read_with(text.as_bytes(), None, Some(&page));
        let found = links(&list[0]);
        assert!(
            found.starts_with(&["https://a.example/", "https://b.example/"]),
            "{text}: {found:?}"
        );
        assert_eq!(skipped, [], "{text}");
    }
    // A whole text needs no page.
    let nothing = |_: &Url| Err("it is down".to_owned());
    let item = format!("<content:encoded>{first} and more of it.</content:encoded>");
    let text = format!(
        "<rss><channel><item><link>https://blog.example/1</link>{item}</item></channel></rss>"
    );
    let (list, skipped) = read_with(text.as_bytes(), None, Some(&nothing));
    assert_eq!(
        (links(&list[0]), skipped.len()),
        (vec!["https://a.example/"], 0)
    );
}
