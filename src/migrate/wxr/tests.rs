//! WordPress's export: good ones, and bad ones.

use super::*;
use proptest::prelude::*;

fn outcome(text: &[u8]) -> (Vec<ImportedItem>, Result<(), String>) {
    let mut pieces = Vec::new();
    let mut take = |piece| {
        pieces.push(piece);
        Ok(())
    };
    let outcome = parse(text, None, &TimeZone::UTC, &mut take);
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
         <wp:comment_date>1969-12-31 23:00:00</wp:comment_date>{more}\
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
    assert_eq!(second.time.unwrap().to_string(), "1969-12-31T23:00:00Z");
    assert!(matches!(
        pieces[2].content,
        ItemContent::Unusable(Skip::InTrash)
    ));
}

#[test]
fn s7_what_is_cut_off_deep_huge_or_no_export_is_refused() {
    let whole = export(&comment("trackback", "1", ""));
    for end in (0..whole.len() - 1).step_by(7).chain([whole.len() - 8]) {
        assert!(outcome(&whole.as_bytes()[..end]).1.is_err(), "{end}");
    }
    let deep = format!("<rss>{}", "<a>".repeat(100_000));
    assert!(outcome(deep.as_bytes()).1.unwrap_err().contains("deeper"));
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
