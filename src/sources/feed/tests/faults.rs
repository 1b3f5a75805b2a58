//! What is wrong with feeds, and what is read of them nevertheless.

use super::*;

#[test]
fn what_stands_before_a_fault_is_used_and_the_fault_is_named() {
    let good = "<rss><channel><item><link>https://blog.example/1</link><title>猫</title></item>";
    for rest in [
        "",
        "<item>",
        "<item><link>https://blog.example/2</link>",
        "</rss>",
        "<item><title>x",
        "<item><![CDATA[",
        "<item><!--",
        "<item a=\"",
        "<",
    ] {
        let (list, skipped) = read(format!("{good}{rest}").as_bytes(), None);
        assert_eq!((list.len(), skipped.len()), (1, 1), "{rest}: {skipped:?}");
        assert!(
            matches!(&skipped[0].why, SkipReason::Broken(cause) if !cause.is_empty()),
            "{rest}"
        );
    }
    let json = r#"{"items":[{"url":"https://blog.example/1"}"#;
    for rest in ["", ",", ",{\"url\":", "]", "}"] {
        let (list, skipped) = read(format!("{json}{rest}").as_bytes(), None);
        assert_eq!((list.len(), skipped.len()), (1, 1), "{rest}: {skipped:?}");
    }
    let (list, skipped) = read(b"{\"title\":\"x\"}", None);
    assert_eq!((list.len(), skipped.len()), (0, 1));
}

#[test]
fn c11_a_fault_in_an_item_ends_that_item_only() {
    for bad in [
        "<description>a <br> b</description>",
        "<description>a <b>b</description>",
        "<description>a </b> b</description>",
        "<description>1 < 2</description>",
        "<link>https://blog.example/bad",
        "<description><p>a</p></div></description>",
        "<x:y></x:z>",
        "</description>",
        "<!ENTITY y>",
        "<!foo>",
        "<! x>",
        "<!>",
        "<![if !x]>a<![endif]>",
        "<!-->",
        "<!--->",
        "<!-- never closed",
        "<![CDATAx]]>",
        "<?never closed",
        "<?>",
        "<description>a <!doctype></description>",
        "<x y=\"",
    ] {
        for [open, close] in [["<item>", "</item>"], ["<item rdf:about='x'>", "</item >"]] {
            let item = |number: usize| {
                format!(
                    "<item><link>https://blog.example/{number}</link><description>&lt;a href='https://a.example/{number}'>x</description></item>"
                )
            };
            let text = format!(
                "<rss><channel><link>https://blog.example/</link>{}{open}<title>Bad</title>{bad}{close}{}{}</channel></rss>",
                item(1),
                item(2),
                item(3)
            );
            let (list, skipped) = read(text.as_bytes(), None);
            let found: Vec<&str> = list.iter().map(|entry| entry.permalink.path()).collect();
            assert_eq!(found, ["/1", "/2", "/3"], "{bad}");
            assert!(list.iter().all(|entry| entry.links.len() == 1), "{bad}");
            let [
                Skipped {
                    why: SkipReason::BadItem(cause),
                    ..
                },
            ] = skipped.as_slice()
            else {
                panic!("{bad}: {skipped:?}");
            };
            assert!(!cause.is_empty(), "{bad}");
        }
    }
    let text = "<rss><channel><item><link>https://blog.example/1</link><!-- not closed</item>
        <item><link>https://blog.example/2</link><!-- closed --></item></channel></rss>";
    let (list, skipped) = read(text.as_bytes(), None);
    let found: Vec<&str> = list.iter().map(|entry| entry.permalink.path()).collect();
    assert_eq!((found, skipped.len()), (vec!["/2"], 1), "{skipped:?}");
    let text = "<rss><channel><item><link>https://blog.example/1</link>
        <item><link>https://blog.example/2</link></item></channel></rss>";
    let (list, skipped) = read(text.as_bytes(), None);
    assert_eq!(
        (list.len(), skipped.len()),
        (1, 1),
        "an item that is not closed"
    );
    let json = r#"{"items":[{"url":"https://blog.example/1"},null,7,["x"],{"url":"https://blog.example/2"}]}"#;
    let (list, skipped) = read(json.as_bytes(), None);
    assert_eq!((list.len(), skipped.len()), (2, 3), "{skipped:?}");
}

#[test]
fn a_feed_that_is_cut_anywhere_is_read_as_far_as_it_goes() {
    let whole = "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' xml:base='/b/'><title>B</title>
        <entry><title type='html'>&lt;b></title><link href='1'/><content type='xhtml'><div><a href='x'>猫&amp;</a></div></content></entry></feed>";
    for cut in 60..whole.len() {
        let (list, skipped) = read(&whole.as_bytes()[..cut], None);
        assert!(list.len() <= 1 && skipped.len() <= 2, "{cut}");
        assert!(!skipped.is_empty(), "{cut}: nothing said of the cut");
    }
}

#[test]
fn s7_no_fault_costs_more_than_the_limit_of_what_is_read_again() {
    for bad in ["<!--", "<![CDATA[", "<?", "<!x>", "<x y=\""] {
        let text = format!("<rss><channel><item>{}", bad.repeat(200_000));
        let (list, skipped) = read(text.as_bytes(), None);
        assert!(list.is_empty() && skipped.len() == 1, "{bad}: {skipped:?}");
    }
}

#[test]
fn s7_an_item_or_a_text_without_end_is_cut_and_named() {
    for text in [
        format!("<rss><channel><item><title>{}", "x".repeat(MOST_ITEM + 1)),
        format!(
            "<rss><channel><item>{}",
            "<a>x</a>".repeat(MOST_ITEM / 8 + 1)
        ),
        format!("<rss><channel><title>{}", "x".repeat(MOST_ITEM + 1)),
        format!("{{\"items\":[{{\"title\":\"{}", "x".repeat(MOST_ITEM + 1)),
    ] {
        let (list, skipped) = read(text.as_bytes(), None);
        assert!(list.is_empty());
        assert!(
            matches!(&skipped[0].why, SkipReason::Broken(cause) if cause.contains("8 MiB")),
            "{skipped:?}"
        );
    }
}

#[test]
fn c11_an_item_with_a_fault_is_read_from_its_page() {
    let asked = std::cell::RefCell::new(Vec::new());
    let page = |url: &Url, _: ReadReason| {
        asked.borrow_mut().push(url.path().to_owned());
        if url.path() == "/gone" {
            return Err("status 404".to_owned());
        }
        let html = "<title>Why</title><article class=h-entry><h1>Why</h1><time class=dt-published datetime=2026-11-19></time>\
            <div class=e-content><p>x <a href='https://a.example/'>a</a></div></article>";
        let hint = crate::sources::page::Hint {
            url: Some(url),
            asked: ReadReason::Listed,
            listed: &std::collections::HashSet::new(),
            blog_name: "",
        };
        Ok(crate::sources::page::parse(
            &crate::html::Document::parse(html),
            &hint,
        ))
    };
    let read_of = |inside: &str| {
        asked.borrow_mut().clear();
        let feed = format!(
            "<rss><channel><title>B</title><link>https://blog.example/</link><item>{inside}</item>
            <item><link>https://blog.example/2</link><content:encoded>&lt;p>x</content:encoded><pubDate>2026-01-01</pubDate></item></channel></rss>"
        );
        let (mut list, skipped) = read_with(feed.as_bytes(), None, Some(&page));
        assert_eq!(list.pop().unwrap().permalink.path(), "/2", "{inside}");
        (list.pop(), skipped)
    };
    let bad =
        "<description>a<br>b <img src='x'> <a href='https://bad.example/'>c</a></description>";
    for inside in [
        format!("<link>https://blog.example/1</link>{bad}"),
        format!("{bad}<guid>https://blog.example/1</guid>"),
        format!("<id>https://blog.example/1</id>{bad}"),
        "<title>Why <details> rocks</title><link>https://blog.example/1</link>".to_owned(),
        "<title>a < b</title><link>https://blog.example/1</link>".to_owned(),
        "<link href='https://blog.example/1'/><content type='html'>a <br> b</content>".to_owned(),
        "<link>https://blog.example/1</link><pubDate>2026-11-18</pubDate></foo>".to_owned(),
    ] {
        let (entry, skipped) = read_of(&inside);
        let entry = entry.unwrap_or_else(|| panic!("{inside}: {skipped:?}"));
        assert_eq!(links(&entry), ["https://a.example/"], "{inside}");
        assert_eq!(
            (entry.title.as_str(), entry.blog_name.as_str()),
            ("Why", "B"),
            "{inside}"
        );
        assert!(
            entry.published.is_some() && entry.digest.is_some(),
            "{inside}"
        );
        assert_eq!(skipped, [], "{inside}");
    }
    for (inside, page) in [
        (
            format!("<link>https://blog.example/gone</link>{bad}"),
            Some("/gone"),
        ),
        // The page of another site, of no entry, or of an element that is not closed.
        (format!("<link>https://other.example/1</link>{bad}"), None),
        (bad.to_owned(), None),
        (format!("<link>https://blog.example/1{bad}"), None),
        (
            format!("<link>https://blog.example/1</link>{bad}<app:draft>yes</app:draft>"),
            None,
        ),
    ] {
        let (entry, skipped) = read_of(&inside);
        assert!(entry.is_none(), "{inside}: {entry:?}");
        assert_eq!(skipped.len(), 1, "{inside}");
        assert!(matches!(skipped[0].why, SkipReason::BadItem(_)), "{inside}");
        assert_eq!(asked.borrow().first().map(String::as_str), page, "{inside}");
    }
}

#[test]
fn c11_an_atom_or_rss_feed_that_goes_on_in_another_says_so() {
    let entry = "<entry><title>x</title><link href='https://blog.example/1'/><content type='html'>x</content></entry>";
    let item = "<item><link>https://blog.example/1</link><description>x</description></item>";
    let iana = "http://www.iana.org/assignments/relation/next";
    for (link, is_said) in [
        ("rel='next' href='feed?page=2'", true),
        (
            "rel='NEXT' type='application/atom+xml' href='https://blog.example/2'",
            true,
        ),
        ("rel='prev-archive' href='/2026/10/'", true),
        (&format!("rel='{iana}' href='/2'"), true),
        ("rel='next' href=' '", false),
        ("rel='next'", false),
        ("rel='previous' href='/newer'", false),
        ("rel='next-archive' href='/newer'", false),
        ("rel='current' href='/'", false),
        ("rel='self' href='/feed'", false),
    ] {
        let atom = |link: &str, inside: &str| {
            let entry = entry.replace("<title>", &format!("{inside}<title>"));
            format!(
                "<feed xmlns='http://www.w3.org/2005/Atom'><title>B</title>{link}{entry}</feed>"
            )
        };
        let own = format!("<link {link}/>");
        let rss = format!(
            "<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>B</title>{item}<atom:link {link}/></channel></rss>"
        );
        for (feed, is_said) in [
            (atom(&own, ""), is_said),
            (rss, is_said),
            // Of an entry it is the next entry.
            (atom("", "<link rel='next' href='/2'/>"), false),
        ] {
            let (list, skipped) = read(feed.as_bytes(), None);
            assert_eq!(list.len(), 1, "{feed}");
            let said = skipped
                .iter()
                .filter(|one| one.why == SkipReason::OlderInAnotherFeed);
            assert_eq!(said.count(), usize::from(is_said), "{feed}: {skipped:?}");
        }
    }
}

#[test]
fn c11_a_json_feed_that_goes_on_in_another_says_so() {
    let item = r#""items":[{"url":"https://blog.example/1","content_text":"x"}]"#;
    for (next, is_said) in [
        (r#""next_url":"https://blog.example/feed2.json""#, true),
        (r#""next_url":" ""#, false),
        (r#""next_url":null"#, false),
        (r#""next_url":["x"]"#, false),
        (r#""x":1"#, false),
    ] {
        for json in [format!("{{{next},{item}}}"), format!("{{{item},{next}}}")] {
            let (list, skipped) = read(json.as_bytes(), None);
            assert_eq!(list.len(), 1, "{json}");
            let said = skipped
                .iter()
                .filter(|one| one.why == SkipReason::OlderInAnotherFeed);
            assert_eq!(said.count(), usize::from(is_said), "{json}: {skipped:?}");
        }
    }
}
