//! WordPress's export: good ones, and bad ones.

use super::*;
use proptest::prelude::*;

mod kinds;

fn outcome(text: &[u8]) -> (Vec<ImportedItem>, Result<(), String>) {
    let mut pieces = Vec::new();
    let mut take = |piece| {
        pieces.push(piece);
        Ok(())
    };
    let outcome = parse(Decoding::of(text, None), &TimeZone::UTC, &mut take);
    let outcome = outcome.map_err(|stop| match stop {
        ImportStop::Format(what) => what,
        other => panic!("{other:?}"),
    });
    (pieces, outcome)
}

fn comment(kind: &str, approved: &str, more: &str) -> String {
    format!(
        "<wp:comment><wp:comment_author><![CDATA[A & B]]></wp:comment_author>\
         <wp:comment_author_url>http://a.example/?x=1&amp;y=&#50;</wp:comment_author_url>\
         <wp:comment_author_IP>192.0.2.9</wp:comment_author_IP>\
         <wp:comment_date>1969-12-25 23:00:00</wp:comment_date>{more}\
         <wp:comment_content><![CDATA[<strong>T &amp; U</strong>\n\nE &unknown; x]]></wp:comment_content>\
         <wp:comment_approved>{approved}</wp:comment_approved>\
         <wp:comment_type>{kind}</wp:comment_type><wp:commentmeta><wp:comment_type>x</wp:comment_type></wp:commentmeta></wp:comment>"
    )
}

fn export(comments: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!-- x --><rss version=\"2.0\"><channel><title>S</title>\
         <item><title>P</title><link>https://old.example/2002/cats/</link>\
         <content:encoded><![CDATA[<wp:comment>]]></content:encoded>\
         <wp:post_id>17</wp:post_id><wp:post_name>%e7%8c%ab-cats</wp:post_name>{comments}</item></channel></rss>\n"
    )
}

#[test]
fn trackbacks_and_pingbacks_are_read_and_comments_are_not() {
    let gmt = "<wp:comment_date_gmt>2002-01-31 15:31:05</wp:comment_date_gmt>";
    let text = export(
        &[
            comment("trackback", "1", gmt),
            comment("pingback", "spam", ""),
            comment("comment", "1", ""),
            comment("", "1", ""),
            comment("trackback", "trash", ""),
            comment("trackback", "0", ""),
        ]
        .concat(),
    );
    let (pieces, outcome) = outcome(text.as_bytes());
    outcome.unwrap();
    assert_eq!(pieces.len(), 4);
    let names = [
        "猫-cats",
        "%e7%8c%ab-cats",
        "17",
        "https://old.example/2002/cats/",
    ];
    assert!(pieces.iter().all(|piece| piece.names == names));
    let ItemContent::Ping(first) = &pieces[0].content else {
        panic!("{pieces:?}")
    };
    assert_eq!(first.url, "http://a.example/?x=1&y=2");
    assert_eq!(
        (first.title.as_str(), first.blog_name.as_str()),
        ("T &amp; U", "A & B")
    );
    assert_eq!(first.excerpt, "\n\nE &unknown; x");
    assert_eq!(first.time.unwrap().to_string(), "2002-01-31T15:31:05Z");
    let ItemContent::Ping(second) = &pieces[1].content else {
        panic!("{pieces:?}")
    };
    assert_eq!(
        (second.via, second.state),
        (Some("pingback"), Some(State::Junk))
    );
    assert_eq!(second.title, "A & B");
    assert_eq!(second.time.unwrap().to_string(), "1969-12-25T23:00:00Z");
    assert!(matches!(
        pieces[2].content,
        ItemContent::Unusable(Skip::InTrash)
    ));
}

#[test]
fn s7_what_is_deep_huge_or_no_export_is_refused() {
    let deep = format!("<rss>{}", "<a>".repeat(100_000));
    assert!(outcome(deep.as_bytes()).1.unwrap_err().contains("cut off"));
    let huge = format!("<rss><![CDATA[{}", "x".repeat(17 << 20));
    assert!(outcome(huge.as_bytes()).1.unwrap_err().contains("16 MiB"));
    let page = outcome(b"<!DOCTYPE html><html><p>not found").1;
    assert!(page.unwrap_err().contains("`html`"));
    assert!(outcome(b"").1.is_err());
    let laughs = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\
        <rss><wp:wxr_version>1.2</wp:wxr_version>&b;</rss>";
    outcome(laughs.as_bytes()).1.unwrap();
    let feed = laughs.replace("wp:", "");
    assert!(outcome(feed.as_bytes()).1.unwrap_err().contains("a feed"));
}

fn is_unusable(piece: &ImportedItem, why: Skip) -> bool {
    matches!(piece.content, ItemContent::Unusable(found) if found == why)
}

#[test]
fn e3_of_an_export_that_is_cut_off_anywhere_only_the_end_is_lost() {
    let two = comment("trackback", "1", "").repeat(2);
    let whole = export(&two);
    let first = whole.find("</wp:comment>").unwrap() + "</wp:comment>".len();
    let second = whole.rfind("</wp:comment>").unwrap() + "</wp:comment>".len();
    let begins = whole.find("<wp:post_id>").unwrap() + "<wp:post_id>".len();
    for end in 0..whole.trim_end().len() {
        let (pieces, outcome) = outcome(&whole.as_bytes()[..end]);
        if end < begins {
            assert!(outcome.unwrap_err().contains("cut off"), "{end}");
            continue;
        }
        outcome.unwrap();
        let (cut, pings) = pieces.split_last().unwrap();
        assert!(is_unusable(cut, Skip::CutOff), "{end}: {cut:?}");
        let expected = usize::from(end >= first) + usize::from(end >= second);
        assert_eq!(pings.len(), expected, "{end}");
        assert!(!pings.iter().any(|ping| is_unusable(ping, Skip::Damaged)));
    }
    assert_eq!(outcome(whole.trim_end().as_bytes()).0.len(), 2);
}

#[test]
fn e3_a_text_that_is_cut_off_forges_no_ping() {
    let forged = format!(
        "</wp:comment_content></wp:comment>{}",
        comment("trackback", "1", "")
    );
    let whole =
        export(&comment("comment", "1", "").replace("E &unknown;", &forged.replace("]]>", "")));
    let end = whole.rfind("]]>").unwrap();
    let end = whole.split_at(end).0.rfind("]]>").unwrap();
    let (pieces, outcome) = outcome(&whole.as_bytes()[..end]);
    outcome.unwrap();
    assert!(
        pieces.iter().all(|piece| is_unusable(piece, Skip::CutOff)),
        "{pieces:?}"
    );
}

#[test]
fn e3_a_fault_costs_the_comment_or_the_item_that_has_it() {
    let good = comment("trackback", "1", "");
    let content = "<![CDATA[<strong>T &amp; U</strong>\n\nE &unknown; x]]>";
    // Texts are not escaped, and nothing is lost.
    for (text, excerpt) in [
        ("I <3 it", "I <3 it"),
        ("1 < 2", "1 < 2"),
        ("a <", "a <"),
        ("it's <3 don't", "it's <3 don't"),
        ("a</b> c", "a</b> c"),
        ("<b>a</i>", "<b>a</i>"),
        ("one<br>two<br/>three<p>four", "one<br>two<br/>three<p>four"),
        (
            "<a href=\"/x?a=1&b=2\">y</a>",
            "<a href=\"/x?a=1&b=2\">y</a>",
        ),
        ("a <!-- b", "a <!-- b"),
        ("a <!foo b", "a <!foo b"),
        ("a <? b", "a <? b"),
        ("<a href='x", "<a href='x"),
        ("a & b &nbsp; &#x0;", "a & b &nbsp; &#x0;"),
    ] {
        let bad = good.replace(content, text);
        let (pieces, outcome) = outcome(export(&[bad, good.clone()].concat()).as_bytes());
        outcome.unwrap();
        let [ItemContent::Ping(found), ItemContent::Ping(_)] =
            [&pieces[0].content, &pieces[1].content]
        else {
            panic!("{text}: {pieces:?}")
        };
        assert_eq!(found.excerpt, excerpt, "{text}");
        assert_eq!(found.url, "http://a.example/?x=1&y=2", "{text}");
        assert_eq!(pieces.len(), 2, "{text}");
    }
    // Elements that do not end as they begin, in a comment.
    for (written, wrong) in [
        ("</wp:comment_content>", ""),
        ("</wp:comment_content>", "</wp:comment_content"),
        (
            "<wp:comment_approved>1</wp:comment_approved>",
            "<wp:comment_approved>1",
        ),
        ("]]></wp:comment_content>", "</wp:comment_content>"),
        ("</wp:comment>", ""),
        ("</wp:commentmeta>", ""),
    ] {
        let bad = good.replace(written, wrong);
        assert_ne!(bad, good);
        let (pieces, outcome) = outcome(export(&[bad, good.repeat(2)].concat()).as_bytes());
        outcome.unwrap();
        assert!(
            is_unusable(&pieces[0], Skip::Damaged),
            "{written}: {pieces:?}"
        );
        assert!(pieces[0].place.starts_with("byte "));
        assert!(
            matches!(pieces.last().unwrap().content, ItemContent::Ping(_)),
            "{written}: {pieces:?}"
        );
        // A text that is not closed ends with the next one's.
        let lost = 1 + usize::from(written.starts_with("]]>"));
        assert_eq!(pieces.len(), 4 - lost, "{written}");
    }
    // In an item: what names it may be lost, so it is lost once, and the next one is read.
    let item = |text: &str| {
        let whole = export(text);
        let begin = whole.find("<item>").unwrap();
        let end = whole.find("</channel>").unwrap();
        whole.get(begin..end).unwrap().to_owned()
    };
    for (written, wrong) in [
        ("</content:encoded>", ""),
        ("]]></content:encoded>", "</content:encoded>"),
        ("</wp:post_name>", "</wp:post_nam>"),
        ("</title>", "</titel>"),
    ] {
        let bad = item(&good.repeat(2)).replace(written, wrong);
        let text = format!("<rss><channel>{bad}{}</channel></rss>", item(&good));
        let (pieces, outcome) = outcome(text.as_bytes());
        outcome.unwrap();
        assert!(
            is_unusable(&pieces[0], Skip::Damaged),
            "{written}: {pieces:?}"
        );
        assert!(
            matches!(pieces[1].content, ItemContent::Ping(_)),
            "{written}: {pieces:?}"
        );
        assert_eq!(pieces[1].names.len(), 4, "{written}");
        assert_eq!(pieces.len(), 2, "{written}: {pieces:?}");
    }
    // An item that is not closed, and messages of PHP before the export.
    let open = item(&good).replace("</item>", "");
    let php = "<br />\n<b>Warning</b>:  x() in <b>/y.php</b> on line <b>3</b><br />\n";
    let text = format!(
        "{php}<?xml version='1.0'?><rss><channel>{open}{}</channel></rss>",
        item(&good)
    );
    let (pieces, outcome) = outcome(text.as_bytes());
    outcome.unwrap();
    assert_eq!(pieces.len(), 2, "{pieces:?}");
}

#[test]
fn s7_tags_that_are_never_closed_cost_time_in_proportion_and_little_memory() {
    for piece in [
        "<3 don't",
        "<a b='",
        "<!-- ",
        "<?",
        "<x>",
        "<wp:comment>",
        "<item>",
        "&",
    ] {
        let text = export(&piece.repeat((1 << 20) / piece.len()));
        let read = outcome(text.as_bytes());
        assert!(
            read.1.is_ok() || read.1.unwrap_err().contains("byte"),
            "{piece}"
        );
    }
}

#[test]
fn bytes_that_are_not_utf_8_cost_nothing_but_themselves() {
    let text = export(&comment("trackback", "1", "")).into_bytes();
    let at = text
        .windows(5)
        .position(|window| window == b"A & B")
        .unwrap();
    let mut broken = text.clone();
    broken[at] = 0xE9;
    let (pieces, outcome) = outcome(&broken);
    outcome.unwrap();
    let ItemContent::Ping(found) = &pieces[0].content else {
        panic!("{pieces:?}")
    };
    assert_eq!(found.blog_name, "é & B");
}

proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn no_bytes_make_the_reader_panic(pieces in proptest::collection::vec(prop_oneof![
        Just(b"<rss><channel><item>".to_vec()), Just(b"<wp:comment>".to_vec()), Just(b"</wp:comment>".to_vec()),
        Just(b"<wp:comment_type>pingback</wp:comment_type>".to_vec()), Just(b"<![CDATA[".to_vec()),
        Just(b"]]>".to_vec()), Just(b"&#x0;&x;&".to_vec()), Just(b"<wp:post_name>%ff%</wp:post_name>".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..20),
    ], 0..30)) {
        outcome(&[b"<rss><channel><item>".to_vec(), pieces.concat()].concat()).1.ok();
    }
}

#[test]
fn an_address_with_bare_ampersands_is_read_as_wordpress_wrote_it() {
    for (written, read) in [
        ("http://a.example/?p=1&b=2", "http://a.example/?p=1&b=2"),
        (
            "http://a.example/?p=1&copy=2;x",
            "http://a.example/?p=1&copy=2;x",
        ),
        ("http://a.example/?p=1&", "http://a.example/?p=1&"),
        ("http://a.example/?a&&b", "http://a.example/?a&&b"),
        ("http://a.example/?a&amp;b&c", "http://a.example/?a&b&c"),
        ("http://a.example/?a& b", "http://a.example/?a& b"),
        ("http://a.example/?a&#38;b&#x", "http://a.example/?a&b&#x"),
        ("http://a.example/?a&lt=1", "http://a.example/?a&lt=1"),
    ] {
        let comment = comment("trackback", "1", "");
        let address = "http://a.example/?x=1&amp;y=&#50;";
        assert!(comment.contains(address));
        let text = export(&comment.replace(address, written).repeat(2));
        let (pieces, outcome) = outcome(text.as_bytes());
        outcome.unwrap();
        let urls: Vec<_> = pieces
            .iter()
            .map(|piece| match &piece.content {
                ItemContent::Ping(found) => found.url.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(urls, [read, read], "{written}");
    }
}
