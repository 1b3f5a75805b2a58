//! Lines, written and read.

use super::*;
use proptest::prelude::*;

fn record(text: &str) -> Record {
    Record {
        id: 17,
        time: "2026-11-20T05:00:00Z".parse().unwrap(),
        updated: None,
        url: "https://a.example/1".to_owned(),
        title: text.to_owned(),
        excerpt: text.to_owned(),
        blog_name: text.to_owned(),
        state: State::Held,
        since: None,
        why: None,
        via: "trackback".to_owned(),
        from: Some("203.0.113.0/24".to_owned()),
        rest: Map::new(),
    }
}

#[test]
fn a_ping_line_reads_as_the_readme_shows_it() {
    let line = String::from_utf8(RecordLine::Ping(&record("t")).encode()).unwrap();
    assert_eq!(
        line,
        "{\"op\":\"ping\",\"id\":17,\"time\":\"2026-11-20T05:00:00Z\",\"url\":\"https://a.example/1\",\
         \"title\":\"t\",\"excerpt\":\"t\",\"blog_name\":\"t\",\"state\":\"held\",\"via\":\"trackback\",\
         \"from\":\"203.0.113.0/24\"}\n"
    );
}

#[test]
fn unknown_keys_are_kept_and_unknown_ops_are_skipped() {
    let line = br#"{"op":"ping","id":1,"time":"2026-11-20T05:00:00Z","url":"https://a/","title":"t","state":"quarantined","likes":3}"#;
    let kept = decode(line).unwrap();
    assert_eq!(kept.rest["likes"], 3);
    assert_eq!(kept.state, State::Held);
    assert_eq!(
        decode_known(line),
        Some(Record {
            rest: Map::new(),
            ..kept.clone()
        })
    );
    assert_eq!(parse_fact(br#"{"op":"like","id":1}"#), None);
    assert!(
        String::from_utf8(RecordLine::Ping(&kept).encode())
            .unwrap()
            .contains("\"likes\":3")
    );
}

#[test]
fn damage_in_an_unknown_key_hides_a_ping_from_nobody() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    for value in [b"\"\xFF\"".as_slice(), b"1e999", deep.as_bytes()] {
        let line = RecordLine::Ping(&record("t")).encode();
        let line = line.strip_suffix(b"}\n").unwrap();
        let line = [line, b",\"likes\":", value, b"}"].concat();
        assert!(decode_known(&line).is_some());
        assert_eq!(decode(&line), decode_known(&line));
    }
}

#[test]
fn a_tombstone_keeps_the_hash_and_nothing_else() {
    let hash = Hash::of("https://a.example/1");
    let line = RecordLine::Delete {
        id: 3,
        time: Timestamp::UNIX_EPOCH,
        hash: Some(hash.write()),
        page: None,
    }
    .encode();
    assert_eq!(
        parse_fact(&line),
        Some(RecordFact::Delete {
            id: 3,
            hash: Some(hash)
        })
    );
}

proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn every_text_survives_the_line_and_is_one_line(text in "\\PC*|[\\x00-\\x7f]*") {
        let record = record(&text);
        let line = RecordLine::Ping(&record).encode();
        prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        prop_assert_eq!(decode(&line), Some(record.clone()));
        prop_assert_eq!(decode_known(&line), Some(record.clone()));
        let expected = RecordFact::Ping { id: 17, state: State::Held, url: record.url.as_str().into(), kind: ("trackback", "") };
        prop_assert_eq!(parse_fact(&line), Some(expected));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        parse_fact(&bytes);
        decode(&bytes);
        decode_known(&bytes);
    }
}

#[test]
fn a_quote_is_read_from_any_line_cleaned_and_no_value_of_it_loses_the_ping() {
    let with = |value: Value| {
        let mut record = record("t");
        record.rest.insert(QUOTE.to_owned(), value);
        RecordLine::Ping(&record).encode()
    };
    let long = "é".repeat(300);
    for (value, expected) in [
        (Value::from("I like it."), "I like it.".to_owned()),
        ("\u{1b}[2J\u{202e}a\nb".into(), "[2Ja b".to_owned()),
        (long.as_str().into(), "é".repeat(200) + "…"),
        (3.into(), String::new()),
        (Value::Null, String::new()),
        (serde_json::json!({"text": "x"}), String::new()),
    ] {
        let line = with(value);
        for read in [decode(&line), decode_shown(&line)] {
            assert_eq!(read.unwrap().quote(), expected);
        }
    }
    assert_eq!(
        decode(&RecordLine::Ping(&record("t")).encode())
            .unwrap()
            .quote(),
        ""
    );
}
