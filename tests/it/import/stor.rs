//! tb.cgi's own files: what is in them, and what is refused.

use std::fs;

use super::perl::{Kept, Layout, kept, perl};
use super::{field, import, pings, put};
use crate::support::site::Site;

#[test]
fn our_writer_writes_what_real_perl_writes() {
    let site = Site::new();
    let list: Vec<Kept> = (0..3).map(kept).collect();
    let path = site.path("real");
    perl(&path, &list, "store(\\@pings, $ARGV[0]);");
    assert_eq!(fs::read(&path).unwrap(), Layout::Little64.write(&list));
    perl(&path, &list, "Storable::nstore(\\@pings, $ARGV[0]);");
    assert_eq!(fs::read(&path).unwrap(), Layout::Network.write(&list));
}

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
fn whatever_perl_makes_of_a_scalar_is_read() {
    let site = Site::new();
    let path = site.path("odd.stor");
    let script = r#"
        use utf8;
        my $shared = "Shared";
        my @odd = (
            { url => "http://a.example/7", title => \$shared, blog_name => \$shared, timestamp => "1033000007" },
            { url => "http://a.example/6", title => "\x{732b}", "\x{732b}" => 1, timestamp => 1033000006.5 },
            { url => "http://a.example/5", title => undef, excerpt => undef, timestamp => -5 },
            { url => "http://a.example/4", title => 42, timestamp => -1000000 },
            { url => "http://a.example/3", title => 1.5, extra => [1, { a => \undef }], timestamp => 1033000003 },
            { url => "http://a.example/2", title => "x" x 300 },
        );
        push @odd, { %{$odd[0]} };
        store(\@odd, $ARGV[0]);
    "#;
    perl(&path, &[], script);
    let report = import(&site, &[path.to_str().unwrap()]);
    assert_eq!(report.last().unwrap()["taken_in"], 6, "{report:?}");
    assert_eq!(report.last().unwrap()["skipped"]["there-already"], 1);
    let pings = pings(&site, "odd");
    let of = |url: &str| {
        pings
            .iter()
            .find(|ping| ping["url"] == url)
            .unwrap()
            .clone()
    };
    assert_eq!(of("http://a.example/7")["title"], "Shared");
    assert_eq!(of("http://a.example/7")["blog_name"], "Shared");
    assert_eq!(of("http://a.example/6")["title"], "猫");
    assert_eq!(of("http://a.example/5")["title"], "http://a.example/5");
    assert_eq!(of("http://a.example/5")["time"], "1969-12-31T23:59:55Z");
    assert_eq!(of("http://a.example/4")["title"], "42");
    assert_eq!(of("http://a.example/3")["title"], "1.5");
    assert_eq!(
        of("http://a.example/2")["title"].as_str().unwrap().len(),
        250
    );
    assert_eq!(
        field(&pings, "time")[0],
        "1969-12-20T10:13:20Z",
        "the oldest first"
    );
}

#[test]
fn what_perl_would_run_or_cannot_be_read_is_refused_whole_with_the_offset() {
    let site = Site::new();
    let scripts = [
        (
            "code",
            "$Storable::Deparse = 1; push @pings, sub { 1 };",
            "code",
        ),
        (
            "tied",
            "package T; sub TIEHASH { bless {}, 'T' } package main; tie my %t, 'T'; push @pings, \\%t;",
            "tied",
        ),
        ("blessed", "push @pings, bless({}, 'Evil');", "blessed"),
        ("regexp", "push @pings, { url => qr/x/ };", "blessed"),
        (
            "overload",
            "package O; use overload '\"\"' => sub { 'x' }; package main; push @pings, { url => bless({}, 'O') };",
            "overload",
        ),
        (
            "deep",
            "my $d = 1; $d = [$d] for 1..5000; push @pings, $d; $Storable::recursion_limit = -1; $Storable::recursion_limit_hash = -1;",
            "deeper",
        ),
    ];
    let before = site.snapshot();
    for (name, script, reason) in scripts {
        let path = site.path(&format!("{name}.stor"));
        let store = "store(\\@pings, $ARGV[0]);";
        perl(&path, &[kept(1), kept(2)], &format!("{script}\n{store}"));
        let said = site.tb_fails(1, &["import", path.to_str().unwrap()]);
        assert!(said.contains(reason), "{name}: {said}");
        assert!(said.contains("at byte "), "{name}: {said}");
    }
    let whole = Layout::Little64.write(&[kept(1)]);
    let huge = [&whole[..19], &[2, 255, 255, 255, 255, 4]].concat();
    let nested = [&whole[..19], b"\x04".repeat(100_000).as_slice()].concat();
    let cut = whole[..whole.len() - 3].to_vec();
    for (name, bytes) in [
        ("huge", huge),
        ("nested", nested),
        ("cut", cut),
        ("empty", b"pst0".to_vec()),
    ] {
        let path = put(&site, &format!("{name}.stor"), &bytes);
        let said = site.tb_fails(1, &["import", path.to_str().unwrap()]);
        assert!(said.contains("at byte "), "{name}: {said}");
    }
    assert_eq!(site.snapshot(), before);
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
    let reasons: Vec<String> = field(&report[..5], "skipped");
    assert_eq!(
        reasons,
        ["bad-url", "no-url", "bad-url", "absurd-time", "absurd-time"]
    );
    assert_eq!(
        report[0]["place"], "ping 6",
        "the oldest is read first, and stands last"
    );
    let text = site.tb(&["import", path.to_str().unwrap()]);
    assert!(
        text.contains("skipped: ") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert_eq!(field(&pings(&site, "entry"), "title"), ["alert(1) [2J"]);
}
