//! tb.cgi's own files: what is in them, and what is refused.

use serde_json::json;

use crate::support::import::{field, import, pings, put};
use crate::support::site::Site;
use crate::support::storable::{Kept, Layout, kept};

#[test]
fn every_machine_s_files_are_read_alike() {
    let site = Site::new();
    let mut list: Vec<Kept> = (0..20).map(kept).collect();
    list[3].excerpt = b"long ".repeat(100);
    for layout in Layout::ALL {
        let name = format!("{layout:?}.stor");
        let path = put(&site, &name, &layout.write(&list));
        let report = import(&site, &[path.to_str().unwrap()]);
        assert_eq!(report.len(), 1, "{report:?}");
        assert_eq!(report[0]["taken_in"], 20, "{report:?}");
        assert_eq!(report[0]["form"], "stor");
        let pings = pings(&site, &format!("{layout:?}"));
        let titles: Vec<String> = (0..20).map(|number| format!("Title {number}")).collect();
        assert_eq!(
            field(&pings, "title"),
            titles,
            "numbers count up from the oldest"
        );
        assert_eq!(pings[0]["id"], 1);
        assert_eq!(pings[0]["time"], "2002-09-26T00:26:40Z");
        assert_eq!(pings[0]["state"], "published");
        assert_eq!(pings[0]["via"], "trackback");
    }
}

#[test]
fn texts_are_windows_1252_or_what_the_owner_names() {
    let site = Site::new();
    let euc = Kept {
        title: b"\xC7\xAD\xA4\xCE\xCF\xC3".to_vec(),
        ..kept(1)
    };
    let latin = Kept {
        title: b"caf\xE9 \x93x\x94".to_vec(),
        ..kept(2)
    };
    let utf8 = Kept {
        title: "猫".as_bytes().to_vec(),
        ..kept(3)
    };
    let plain = put(&site, "plain.stor", &Layout::Network.write(&[latin, utf8]));
    let japanese = put(&site, "japanese.stor", &Layout::Network.write(&[euc]));
    import(&site, &[plain.to_str().unwrap()]);
    import(&site, &["--charset", "EUC-JP", japanese.to_str().unwrap()]);
    assert_eq!(field(&pings(&site, "plain"), "title"), ["café “x”", "猫"]);
    assert_eq!(field(&pings(&site, "japanese"), "title"), ["猫の話"]);
    site.tb_fails(
        2,
        &["import", "--charset", "nonsense", plain.to_str().unwrap()],
    );
}

#[test]
fn s3_hostile_pings_stay_text_or_outside() {
    let site = Site::new();
    let hostile = |number, url: &str, title: &str| Kept {
        url: url.into(),
        title: title.into(),
        ..kept(number)
    };
    let list = [
        hostile(1, "javascript:alert(1)", "x"),
        hostile(
            2,
            "http://a.example/",
            "<script>alert(1)</script>\u{1b}[2J\u{202e}",
        ),
        hostile(3, "", "x"),
        hostile(4, "http://bank.example@evil.example/", "x"),
        Kept {
            timestamp: 99_999_999_999,
            ..kept(5)
        },
        Kept {
            timestamp: -99_999_999_999,
            ..kept(6)
        },
    ];
    let path = put(&site, "entry.stor", &Layout::Little64.write(&list));
    let report = import(&site, &[path.to_str().unwrap()]);
    let skipped: Vec<_> = report
        .iter()
        .filter(|line| line.get("place").is_some())
        .cloned()
        .collect();
    let reasons: Vec<String> = field(&skipped, "skipped");
    assert_eq!(reasons, ["bad-url", "no-url", "bad-url"]);
    assert_eq!(
        report[0]["place"], "ping 6",
        "the oldest is read first, and stands last"
    );
    let whole = report.last().unwrap();
    assert_eq!(
        (&whole["taken_in"], &whole["guessed_times"]),
        (&json!(3), &json!(2))
    );
    let text = site.tb(&["import", path.to_str().unwrap()]);
    assert!(
        text.contains("skipped: ") && !text.contains('\u{1b}'),
        "{text}"
    );
    let mut titles = field(&pings(&site, "entry"), "title");
    titles.sort();
    assert_eq!(titles, ["Title 5", "Title 6", "alert(1) [2J"]);
}
