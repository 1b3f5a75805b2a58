//! Feeds that have only the beginning of each entry.

use super::*;
use crate::html::Document;

#[test]
fn a_description_is_united_with_the_page_however_long_it_is() {
    let words = "word ".repeat(200);
    let link = "&lt;a href='https://a.example/'>a&lt;/a>";
    let page = |_: &Url, _: ReadReason| {
        let html = "<article class=h-entry><div class=e-content><a href='https://b.example/'>b</a></div></article>";
        let url = Url::parse("https://blog.example/1").unwrap();
        Ok(crate::sources::page::parse(
            &Document::parse(html),
            &hint(&url),
        ))
    };
    let bare = |_: &Url, _: ReadReason| {
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
            &page as &ReadOwnPage<'_>,
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

#[test]
fn c7_the_permalink_has_no_tracking_parameters() {
    for (feed, expected) in [
        (
            "<rss><channel><item><link>https://blog.example/1/?utm_source=rss&amp;utm_medium=feed</link></item></channel></rss>",
            "https://blog.example/1/",
        ),
        (
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='/?p=12&amp;utm_source=rss'/></entry></feed>",
            "https://blog.example/?p=12",
        ),
        (
            r#"{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","url":"https://blog.example/1?mtm_campaign=x"}]}"#,
            "https://blog.example/1",
        ),
        (
            "<rss><channel><item><guid>https://blog.example/1?ref=x</guid></item></channel></rss>",
            "https://blog.example/1?ref=x",
        ),
    ] {
        assert_eq!(one(feed).permalink.as_str(), expected, "{feed}");
    }
}

/// What the page of an entry says whose feed has other text.
fn page_of_a_reply(_: &Url, asked: ReadReason) -> OwnPage {
    let html = "<article class=h-entry><h1>T</h1><p>In reply to <a class=u-in-reply-to href='https://t.example/1'>it</a>
        <a class=u-like-of href='https://t.example/2'></a><a class=u-bookmark-of href='https://t.example/3'></a>
        <a class=u-repost-of href='https://t.example/4'></a><a rel=in-reply-to href='https://t.example/5'></a>
        <a href='https://theme.example/'>theme</a><div class=e-content><p>I agree. <a href='https://c.example/'>c</a></div></article>";
    let url = Url::parse("https://blog.example/1").unwrap();
    let hint = crate::sources::page::Hint {
        asked,
        ..hint(&url)
    };
    Ok(crate::sources::page::parse(&Document::parse(html), &hint))
}

#[test]
fn b3_what_a_page_answers_is_read_although_the_feed_has_the_whole_text() {
    let answers = [1, 2, 3, 4, 5].map(|number| format!("https://t.example/{number}"));
    for feed in [
        "<rss><channel><item><link>https://blog.example/1</link><content:encoded>&lt;p>I agree.</content:encoded></item></channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='https://blog.example/1'/>
            <content type='html'>&lt;p>I agree.&lt;/p></content></entry></feed>",
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"https://blog.example/1","url":"https://blog.example/1",
            "content_html":"<p>I agree.</p>"}]}"#,
    ] {
        let (list, _) = read_with(feed.as_bytes(), None, Some(&page_of_a_reply));
        assert_eq!(links(&list[0]), answers, "{feed}");
        // The content is that of the feed, with and without the page.
        let digest = |list: &[Entry]| list[0].digest.clone();
        assert_eq!(digest(&list), digest(&read(feed.as_bytes(), None).0));
    }
}

#[test]
fn b3_the_pages_of_an_archive_of_whole_texts_are_not_read() {
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let count = asked.clone();
    let pages = move |url: &Url, reason: ReadReason| {
        count.set(count.get() + 1);
        page_of_a_reply(url, reason)
    };
    let item = |number: usize, date: &str| {
        format!(
            "<item><link>https://blog.example/{number}</link><pubDate>{date}</pubDate><content:encoded>&lt;p>x</content:encoded></item>"
        )
    };
    let feed = |date: &str| {
        let items: String = (0..40).map(|number| item(number, date)).collect();
        format!("<rss><channel>{items}</channel></rss>")
    };
    for (date, expected) in [("", 10), ("2026-11-19", 10), ("2026-10-01", 0)] {
        asked.set(0);
        read_with(feed(date).as_bytes(), None, Some(&pages));
        assert_eq!(asked.get(), expected, "{date}");
    }
}

#[test]
fn b1_a_text_that_cannot_have_links_is_united_with_the_page() {
    let atom = |content: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='https://blog.example/1'/>{content}</entry></feed>"
        )
    };
    let json = |content: &str| {
        format!(
            r#"{{"version":"https://jsonfeed.org/version/1","items":[{{"id":"1","url":"https://blog.example/1",{content}}}]}}"#
        )
    };
    for feed in [
        json(r#""content_text":"I agree.""#),
        json(r#""content_text":"I agree.","content_html":"""#),
        json(r#""content_html":"I agree.""#),
        atom("<content>I agree.</content>"),
        atom("<content type='text'>I agree.</content>"),
        atom("<content type='text/plain'>I agree.</content>"),
        atom("<content type='text/markdown'>I [agree](https://x.example/).</content>"),
        atom("<content type='image/png'>iVBORw0KGgo=</content>"),
        atom("<content type='html'>I agree.</content>"),
        "<rss><channel><item><link>https://blog.example/1</link><content:encoded>I agree.</content:encoded></item></channel></rss>".to_owned(),
    ] {
        let (list, _) = read_with(feed.as_bytes(), None, Some(&page_of_a_reply));
        let read = links(&list[0]);
        assert!(read.contains(&"https://c.example/"), "{feed}: {read:?}");
        assert!(read.contains(&"https://t.example/1"), "{feed}: {read:?}");
    }
}

#[test]
fn b3_atom_names_what_an_entry_replies_to_and_is_taken_from() {
    for (said, expected) in [
        (
            "<thr:in-reply-to ref='tag:t' href='https://t.example/1'/>",
            &["https://t.example/1"][..],
        ),
        (
            "<thr:in-reply-to ref='https://t.example/1'/>",
            &["https://t.example/1"],
        ),
        (
            "<x:in-reply-to xmlns:x='http://purl.org/syndication/thread/1.0' href='//t.example/1'/>",
            &["https://t.example/1"],
        ),
        (
            "<link rel='via' href='https://t.example/1'/>",
            &["https://t.example/1"],
        ),
        ("<thr:in-reply-to ref='tag:t'/>", &[]),
        ("<thr:in-reply-to href='javascript:x'/>", &[]),
        ("<link rel='via' href='https://blog.example/1#x'/>", &[]),
        ("<thr:total>https://t.example/1</thr:total>", &[]),
    ] {
        let feed = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='https://blog.example/1'/>{said}
            <content type='html'>&lt;p>x</content></entry></feed>"
        );
        assert_eq!(links(&one(&feed)), expected, "{said}");
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
    let page = |url: &Url, _: ReadReason| {
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
    let nothing = |_: &Url, _: ReadReason| Err("it is down".to_owned());
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

#[test]
fn c11_a_short_content_does_not_hide_the_links_of_the_description() {
    let item = |description: &str, content: &str| {
        one(&format!(
            "<rss><channel><item><link>https://blog.example/1</link><title>T</title><description><![CDATA[{description}]]></description>
            <content:encoded><![CDATA[{content}]]></content:encoded></item></channel></rss>"
        ))
    };
    let text =
        "<p>Some words about <a href='https://a.example/'>this</a> and more words on it.</p>";
    for content in [
        "<p>Read the post on our site.</p>",
        "<figure><img src='a.png'><figcaption>A cat</figcaption></figure>",
        "<img src='a.png' alt='A cat in the sun'>",
        "<p>The post T first appeared on <a href='https://blog.example/'>B</a>.</p>",
        "<p>A photo by <a href='https://c.example/'>C</a></p>",
        "<p>Many words, more of them than the description has, but without any link to others at all, \
         except <a href='https://blog.example/2'>one of our own</a>.</p>",
    ] {
        let entry = item(text, content);
        assert!(links(&entry).contains(&"https://a.example/"), "{content}");
        assert!(entry.digest.is_some());
    }
    // A whole text has all links that are to be pinged.
    let whole = format!(
        "<p>Words behind words <a href='https://c.example/'>c</a></p>{}",
        "<p>more</p>".repeat(20)
    );
    assert_eq!(links(&item(text, &whole)), ["https://c.example/"]);
}

#[test]
fn c11_an_entry_without_a_title_has_that_of_its_page() {
    let page = |url: &Url, _: ReadReason| {
        let html = "<title>The cat – Blog</title><article class=h-entry><h1 class=p-name>The cat</h1><div class=e-content>\
            <p>x <a href='//a.example'>a</a></div></article>";
        Ok(crate::sources::page::parse(
            &Document::parse(html),
            &hint(url),
        ))
    };
    let text = "&lt;p>x &lt;a href='//a.example'>a&lt;/a> y";
    for (title, expected) in [
        ("", "The cat"),
        ("<title/>", "The cat"),
        ("<title>&amp;nbsp;</title>", "The cat"),
        ("<title>Own</title>", "Own"),
    ] {
        for body in [
            format!("<description>{text}</description>"),
            format!("<description>{text}…</description>"),
            format!("<content:encoded>{text}</content:encoded>"),
        ] {
            let feed = format!(
                "<rss><channel><item><link>https://blog.example/1</link>{title}{body}</item></channel></rss>"
            );
            let (list, _) = read_with(feed.as_bytes(), None, Some(&page));
            assert_eq!(list[0].title, expected, "{feed}");
        }
    }
}
