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
