//! What a sender may call the charset of its fields, measured against another program's names: CPython's.

use tb::internals::error::Refusal;
use tb::linkback::trackback::Form;

/// The names, and what CPython's codecs do to ASCII.
const LABELS: &str = include_str!("../fixtures/charset_labels.txt");

#[test]
fn s3_exactly_the_charsets_that_hide_ascii_are_refused() {
    let mut counted = [0, 0];
    let lines = LABELS.lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let (label, kind) = line.split_once(' ').unwrap();
        // A yen sign for a backslash hides no markup.
        if label.contains("jis_2004") || label.contains("jis2004") || label.contains("jisx0213") {
            continue;
        }
        for label in [label.to_owned(), label.to_uppercase().replace('_', "-")] {
            let kind_of_body = format!("application/x-www-form-urlencoded; charset={label}");
            let form = Form::body(b"url=x&title=a%3Cb%3E", Some(kind_of_body.as_bytes()));
            match kind {
                "hides" => assert_eq!(form.unwrap_err(), Refusal::UnknownCharset, "{label}"),
                _ => assert_eq!(form.unwrap().get("title"), Some("a<b>"), "{label}"),
            }
        }
        counted[usize::from(kind == "hides")] += 1;
    }
    assert!(counted[0] > 250 && counted[1] > 70, "{counted:?}");
}

#[test]
fn a_charset_that_means_nothing_counts_as_none() {
    for label in [
        "none",
        "CP-none",
        "x-nonsense",
        "\"\"",
        "'",
        "EUC-TW",
        "binary",
    ] {
        let kind = format!("application/x-www-form-urlencoded; charset={label}");
        let title = |raw: &[u8]| {
            let form = Form::body(raw, Some(kind.as_bytes())).unwrap();
            form.get("title").unwrap().to_owned()
        };
        assert_eq!(title(b"title=plain"), "plain", "{label}");
        assert_eq!(title("title=猫".as_bytes()), "猫", "{label}");
        assert_eq!(title(b"title=caf%E9"), "café", "{label}");
        let in_field = format!("title=%E7%8C%AB&charset={label}");
        let form = Form::body(in_field.as_bytes(), None).unwrap();
        assert_eq!(form.get("title"), Some("猫"), "{label}");
    }
}

#[test]
fn what_php_and_others_call_an_encoding_is_that_encoding() {
    for (labels, raw, title) in [
        (
            "CP949 UHC ks_c_5601-1987",
            b"title=%B0%ED%BE%E7%C0%CC".as_slice(),
            "고양이",
        ),
        ("eucJP-win eucJP-ms CP51932", b"title=%BC%AB%CA%AC", "自分"),
        (
            "SJIS-win cp932 x-sjis Windows-31J",
            b"title=%8E%A9%95%AA",
            "自分",
        ),
        ("UTF-8mb4 utf8 utf8mb3 UTF8", b"title=%E7%8C%AB", "猫"),
        (
            "iso8859-1 latin1 ISO_8859-1 Windows1252",
            b"title=caf%E9",
            "café",
        ),
        ("win-1251 CP1251 windows1251", b"title=%CA%EE%F2", "Кот"),
    ] {
        for label in labels.split(' ') {
            for label in [
                label.to_owned(),
                format!("\"{label}\""),
                label.to_lowercase(),
            ] {
                let kind = format!("application/x-www-form-urlencoded; charset={label}");
                let form = Form::body(raw, Some(kind.as_bytes())).unwrap();
                assert_eq!(form.get("title"), Some(title), "{label}");
            }
        }
    }
}
