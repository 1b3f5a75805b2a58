//! Comments of all kinds, and their dates.

use super::*;

#[test]
fn e3_a_comment_of_any_kind_is_a_ping_or_named() {
    let meta = |key: &str, value: &str| {
        format!(
            "<wp:commentmeta>\n<wp:meta_key><![CDATA[{key}]]></wp:meta_key>\n\
             <wp:meta_value><![CDATA[{value}]]></wp:meta_value>\n</wp:commentmeta>"
        )
    };
    let source = "https://b.example/reply";
    let is_webmention = [
        meta("protocol", "webmention"),
        meta("webmention_source_url", source),
        meta("akismet_history", "a:1:{}"),
    ]
    .concat();
    let earlier = |kind| {
        [
            meta("semantic_linkbacks_source", source),
            meta("semantic_linkbacks_type", kind),
            meta("semantic_linkbacks_author_url", "https://b.example/me"),
        ]
        .concat()
    };
    let own = "http://a.example/?x=1&y=2";
    for (kind, more, via, url, mention, author) in [
        (" trackback ", String::new(), "trackback", own, "", ""),
        ("TrackBack", String::new(), "trackback", own, "", ""),
        ("Pingback", String::new(), "pingback", own, "", ""),
        ("\npingback\n", String::new(), "pingback", own, "", ""),
        (
            "webmention",
            String::new(),
            "webmention",
            own,
            "mention",
            "",
        ),
        (
            "Webmention ",
            is_webmention.clone(),
            "webmention",
            source,
            "mention",
            own,
        ),
        (
            "comment",
            is_webmention.clone(),
            "webmention",
            source,
            "reply",
            own,
        ),
        (
            "like",
            is_webmention.clone(),
            "webmention",
            source,
            "like",
            own,
        ),
        ("like", String::new(), "webmention", own, "like", ""),
        (
            "rsvp_yes",
            is_webmention.clone(),
            "webmention",
            source,
            "rsvp-yes",
            own,
        ),
        ("tag", is_webmention, "webmention", source, "mention", own),
        (
            "webmention",
            earlier("rsvp:maybe"),
            "webmention",
            source,
            "rsvp-maybe",
            "https://b.example/me",
        ),
        (
            "webmention",
            earlier("repost"),
            "webmention",
            source,
            "repost",
            "https://b.example/me",
        ),
    ] {
        let text = export(&comment(kind, "1", &more));
        let (pieces, outcome) = outcome(text.as_bytes());
        outcome.unwrap();
        let [
            ImportedItem {
                content: ItemContent::Ping(found),
                ..
            },
        ] = &pieces[..]
        else {
            panic!("{kind}: {pieces:?}")
        };
        assert_eq!((found.via, found.url.as_str()), (Some(via), url), "{kind}");
        let stated = |value: Option<&Value>| {
            let text = value.and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        assert_eq!(stated(found.rest.get("kind")), mention, "{kind}");
        let found_author = found.rest.get("author");
        let page = found_author.and_then(|author| author.get("url"));
        assert_eq!(stated(page), author, "{kind}");
        if via == "webmention" {
            assert_eq!(found.title, "T &amp; U E &amp;unknown; x", "{kind}");
            assert_eq!(
                stated(found.rest.get("target")),
                "https://old.example/2002/cats/"
            );
            let name = found_author.and_then(|author| author.get("name"));
            assert_eq!(stated(name), "A & B", "{kind}");
        }
    }
    for (kind, more, named) in [
        ("order_note", String::new(), "order_note"),
        (" Review\u{1b}[2J ", String::new(), "review[2j"),
        ("like", meta("protocol", "activitypub"), "like"),
        (&"x".repeat(9999), String::new(), &"x".repeat(79)),
    ] {
        let text = export(&comment(kind, "1", &more));
        let (pieces, _) = outcome(text.as_bytes());
        let [
            ImportedItem {
                content:
                    ItemContent::LeftOut {
                        name,
                        why: Skip::OtherKind,
                    },
                ..
            },
        ] = &pieces[..]
        else {
            panic!("{kind}: {pieces:?}")
        };
        assert!(
            name.starts_with(named) && name.chars().count() <= 81,
            "{name}"
        );
    }
    for kind in ["", " ", "comment", "Comment "] {
        let more = meta("protocol", "activitypub");
        for more in [String::new(), more] {
            assert!(
                outcome(export(&comment(kind, "1", &more)).as_bytes())
                    .0
                    .is_empty()
            );
        }
    }
}

#[test]
fn e3_a_date_is_that_of_the_comment_else_of_its_post() {
    let post = "<pubDate>Thu, 31 Jan 2002 15:31:05 +0000</pubDate>";
    for (gmt, local, time) in [
        (
            "2002-02-01 01:02:03",
            "2002-02-01 10:02:03",
            "2002-02-01T01:02:03Z",
        ),
        (
            "0000-00-00 00:00:00",
            "2002-02-01 10:02:03",
            "2002-02-01T01:02:03Z",
        ),
        ("", "2002-02-01T10:02", "2002-02-01T01:02:00Z"),
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00", ""),
        ("soon", "2002-13-01", ""),
    ] {
        let dates = format!(
            "<wp:comment_date>{local}</wp:comment_date><wp:comment_date_gmt>{gmt}</wp:comment_date_gmt>"
        );
        let text = export(&comment("trackback", "1", &dates));
        let text = text.replacen("<title>P</title>", &format!("<title>P</title>{post}"), 1);
        let mut pieces = Vec::new();
        let mut take = |piece| {
            pieces.push(piece);
            Ok(())
        };
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        parse(Decoding::of(text.as_bytes(), None), &tokyo, &mut take).unwrap();
        let [
            ImportedItem {
                content: ItemContent::Ping(found),
                ..
            },
        ] = &pieces[..]
        else {
            panic!("{pieces:?}")
        };
        let read = found.time.map(|time| time.to_string());
        assert_eq!(read.unwrap_or_default(), time, "{gmt} {local}");
        assert_eq!(
            found.entry_time.unwrap().to_string(),
            "2002-01-31T15:31:05Z"
        );
    }
}
