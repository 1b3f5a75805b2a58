//! Files that a real Perl wrote.

use std::fs;

use crate::support::import::{field, import, pings, put};
use crate::support::site::Site;
use crate::support::storable::{Kept, Layout, kept, perl};

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
