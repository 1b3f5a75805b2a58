//! Movable Type's and WordPress's exports, and the names of entries.

use std::path::Path;

use serde_json::json;

use crate::support::import::{field, import, pings, put};
use crate::support::site::Site;
use crate::support::storable::{Layout, kept};

pub(super) fn fixture(site: &Site, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import");
    let bytes = std::fs::read(path.join(name)).unwrap();
    put(site, name, &bytes).to_str().unwrap().to_owned()
}

#[test]
fn movable_types_pings_come_with_their_entries_and_times() {
    let site = Site::new();
    let file = fixture(&site, "movable-type.txt");
    let report = import(&site, &["--time-zone", "Asia/Tokyo", &file]);
    assert_eq!(report.len(), 4, "{report:?}");
    assert_eq!(report[0]["skipped"], "bad-url");
    assert_eq!(
        field(&report[1..3], "tb_id"),
        ["cats_and_dogs", "二つ目_no_entry"]
    );
    assert_eq!(
        (&report[1]["taken_in"], &report[2]["taken_in"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(report[3]["form"], "mt");
    assert_eq!(report[3]["taken_in"], 3);
    let cats = pings(&site, "cats_and_dogs");
    assert_eq!(field(&cats, "title"), ["café", "A dog's answer & more"]);
    assert_eq!(
        field(&cats, "time"),
        ["2004-02-01T14:59:59Z", "2004-02-01T15:30:00Z"]
    );
    assert_eq!(cats[1]["excerpt"], "The first line and the second.");
    assert_eq!(cats[1]["blog_name"], "Dogs");
    assert_eq!(cats[1]["from"], "198.51.100.0/24");
    let second = pings(&site, "二つ目_no_entry");
    assert_eq!(field(&second, "time"), ["1969-12-25T04:02:03Z"]);
    assert_eq!(second[0]["from"], "2001:db8:1::/48");
}

#[test]
fn wordpresss_pings_come_in_the_state_that_they_had() {
    let site = Site::new();
    let file = fixture(&site, "wordpress.xml");
    let report = import(&site, &[&file]);
    assert_eq!(report[0]["skipped"], "in-trash");
    assert_eq!(report[0]["entry"], "hello");
    let whole = report.last().unwrap();
    assert_eq!(whole["form"], "wxr");
    assert_eq!(whole["taken_in"], 5);
    let hello = pings(&site, "hello");
    assert_eq!(
        field(&hello, "time"),
        [
            "2005-03-04T05:06:07Z",
            "2005-03-05T05:06:07Z",
            "2005-03-06T05:06:07Z",
            "2005-03-08T05:06:07Z"
        ]
    );
    assert_eq!(
        field(&hello, "state"),
        ["held", "published", "published", "junk"]
    );
    assert_eq!(
        field(&hello, "via"),
        ["trackback", "pingback", "trackback", "trackback"]
    );
    assert_eq!(
        field(&hello, "title"),
        ["Held", "Another page", "A & title", "Spam"]
    );
    assert_eq!(hello[2]["url"], "http://a.example/?x=1&y=2");
    assert_eq!(hello[2]["excerpt"], "An excerpt […]");
    assert_eq!(hello[2]["blog_name"], "A weblog");
    assert_eq!(field(&pings(&site, "猫の話"), "title"), ["Dogs <3 cats"]);
}

#[test]
fn a_state_that_is_asked_for_never_brings_junk_back() {
    for (state, expected) in [
        ("published", ["published", "published", "published", "junk"]),
        ("held", ["held", "held", "held", "junk"]),
    ] {
        let site = Site::new();
        let file = fixture(&site, "wordpress.xml");
        import(&site, &["--state", state, &file]);
        assert_eq!(field(&pings(&site, "hello"), "state"), expected);
    }
}

#[test]
fn entries_are_renamed_by_any_of_their_names() {
    let site = Site::new();
    let file = fixture(&site, "wordpress.xml");
    let table = put(&site, "map.csv", b"12,\"cats, all\"\r\nnothing,x\r\n");
    let words = [
        "--map",
        "https://old.example/2005/03/hello/=2005/hello",
        "--map-file",
        table.to_str().unwrap(),
        &file,
    ];
    import(&site, &words);
    assert_eq!(pings(&site, "2005_hello").len(), 4);
    assert_eq!(pings(&site, "cats_all").len(), 1);
    let bad = put(&site, "bad.csv", b"a,b\nc\n");
    let said = site.tb_fails(1, &["import", "--map-file", bad.to_str().unwrap(), &file]);
    assert!(said.contains("line 2"), "{said}");
    site.tb_fails(2, &["import", "--map", "hello", &file]);
}

#[test]
fn an_import_says_which_id_each_entry_became_and_refuses_a_map_of_no_entry() {
    let site = Site::new();
    let file = fixture(&site, "wordpress.xml");
    let before = site.snapshot();
    for wrong in ["helo=hello", "=hello", "HELLO=x"] {
        let said = site.tb_fails(
            2,
            &["import", "--map", wrong, "--map", "hello=moved", &file],
        );
        let (old, _) = wrong.split_once('=').unwrap();
        let why = format!("--map: no entry in the files is called `{old}`; nothing was imported");
        assert!(said.contains(&why), "{said}");
    }
    assert_eq!(site.snapshot(), before);
    let said = site.tb(&["import", "--map", "hello=moved/hello", &file]);
    assert!(
        said.contains("`hello` is moved_hello: 4 imported\n"),
        "{said}"
    );
    let rows = site.tb(&[
        "import",
        "--dry-run",
        "--json",
        "--map",
        "hello=again",
        &file,
    ]);
    let row = "{\"file\":\"FILE\",\"entry\":\"hello\",\"tb_id\":\"again\",\"taken_in\":4}";
    assert!(rows.contains(&row.replace("FILE", &file)), "{rows}");
    // A folder of tb.cgi: an id that only changes its spelling is said too, the others are not.
    let stored = Layout::Network.write(&[kept(1)]);
    put(&site, "old/plain.stor", &stored);
    put(&site, "old/a-b.stor", &stored);
    let folder = site.path("old");
    let said = site.tb(&["import", folder.to_str().unwrap()]);
    assert!(said.contains("`a-b` is a_b: "), "{said}");
    assert!(!said.contains("`plain` is"), "{said}");
}

#[test]
fn what_is_no_export_is_not_guessed() {
    let site = Site::new();
    let before = site.snapshot();
    for (name, bytes, code) in [
        (
            "page.html",
            b"<!DOCTYPE html><html><body>404</body></html>".as_slice(),
            1,
        ),
        ("zip", b"PK\x03\x04", 2),
        ("gz", b"\x1f\x8b\x08\x00", 1),
        ("nothing", b"", 2),
        ("cut.xml", b"<?xml version=\"1.0\"?>\n<rss><channel>", 1),
    ] {
        let file = put(&site, name, bytes);
        site.tb_fails(code, &["import", file.to_str().unwrap()]);
    }
    site.tb_fails(1, &["import", "/nonexistent"]);
    site.tb_fails(1, &["import", "/dev/null"]);
    assert_eq!(site.snapshot(), before);
}

#[test]
fn many_files_fare_by_themselves() {
    let site = Site::new();
    let good = fixture(&site, "wordpress.xml");
    let bad = put(&site, "bad.stor", b"pst0\x05\x0b\x02");
    let mut command = site.command();
    let output = command
        .args(["import", "--json", bad.to_str().unwrap(), &good])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report = crate::support::import::objects(std::str::from_utf8(&output.stdout).unwrap());
    assert!(
        report[0]["error"].as_str().unwrap().contains("at byte"),
        "{report:?}"
    );
    assert_eq!(report.last().unwrap()["taken_in"], 5);
    assert_eq!(pings(&site, "hello").len(), 4);
}

#[test]
fn e3_wordpresss_addresses_with_bare_ampersands_are_read() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import/wordpress.xml");
    let export = std::fs::read_to_string(fixture).unwrap();
    let written = "http://a.example/?x=1&amp;y=2";
    assert_eq!(export.matches(written).count(), 1);
    for (address, expected) in [
        (written, "http://a.example/?x=1&y=2"),
        ("http://a.example/?x=1&y=2", "http://a.example/?x=1&y=2"),
        (
            "http://a.example/?x=1&y=2&amp;z=3",
            "http://a.example/?x=1&y=2&z=3",
        ),
        ("http://a.example/?x=1&", "http://a.example/?x=1&"),
        ("http://a.example/?x=1&&y=2", "http://a.example/?x=1&&y=2"),
        (
            "http://a.example/?x=1&copy=2",
            "http://a.example/?x=1&copy=2",
        ),
        ("http://a.example/?x=1&#38;y=2", "http://a.example/?x=1&y=2"),
        (
            "<![CDATA[http://a.example/?x=1&y=2]]>",
            "http://a.example/?x=1&y=2",
        ),
    ] {
        let site = Site::new();
        let file = put(
            &site,
            "export.xml",
            export.replace(written, address).as_bytes(),
        );
        let report = import(&site, &[file.to_str().unwrap()]);
        let whole = report.last().unwrap();
        assert_eq!(whole["taken_in"], 5, "{address}: {report:?}");
        let hello = pings(&site, "hello");
        assert_eq!(hello[2]["url"], expected, "{address}");
        // What stands behind it is read too.
        assert_eq!(
            field(&hello, "title"),
            ["Held", "Another page", "A & title", "Spam"]
        );
    }
}

#[test]
fn e3_squarespaces_export_begins_with_the_line_that_ends_entries() {
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import/movable-type.txt");
    let export = std::fs::read(fixture).unwrap();
    for start in [
        "--------\n",
        "\u{FEFF}--------\n",
        "\n\n--------\n",
        "--------\n--------\n",
    ] {
        for line_end in ["\n", "\r\n"] {
            let site = Site::new();
            let text = [start.as_bytes(), &export].concat();
            let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            let file = put(&site, "export.txt", &lines.join(line_end.as_bytes()));
            let report = import(
                &site,
                &["--time-zone", "Asia/Tokyo", file.to_str().unwrap()],
            );
            let whole = report.last().unwrap();
            assert_eq!(whole["form"], "mt", "{start:?}: {report:?}");
            assert_eq!(whole["taken_in"], 3, "{start:?}: {report:?}");
            let cats = pings(&site, "cats_and_dogs");
            assert_eq!(
                field(&cats, "title"),
                ["café", "A dog's answer & more"],
                "{start:?}"
            );
        }
    }
}

#[test]
fn a_feed_is_no_export_of_wordpress() {
    let site = Site::new();
    let items = "<item><title>A</title><link>http://a.example/1</link></item>";
    for inside in ["", items] {
        let feed =
            format!("<rss version=\"2.0\"><channel><title>W</title>{inside}</channel></rss>");
        let file = put(&site, "feed.xml", feed.as_bytes());
        for form in [&["import"][..], &["import", "--from", "wxr"]] {
            let output = site.command().args(form).arg(&file).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("it is a feed"), "{said}");
        }
    }
}

#[test]
fn e3_no_ping_is_lost_for_its_date_or_its_kind() {
    let site = Site::new();
    let ping = |number: u8, date: &str| {
        format!("PING:\nTITLE: T\nURL: http://a.example/{number}\nDATE: {date}\none\n-----\n")
    };
    let pings_of = [
        ping(1, "01/31/2002 15:31"),
        ping(2, "soon"),
        ping(3, "01/31/2999 15:31:05"),
    ];
    let export = format!(
        "TITLE: x\nBASENAME: cats\nDATE: 01/30/2002 03:31:05 PM\n-----\n{}--------\n",
        pings_of.concat()
    );
    let file = put(&site, "export.txt", export.as_bytes());
    let file = file.to_str().unwrap();
    let said = site.tb(&["import", "--dry-run", file]);
    let counts =
        "3 would be imported; 2 without a legible date, so with that of the entry or the file\n";
    assert!(said.ends_with(counts), "{said}");
    let report = import(&site, &[file]);
    let whole = report.last().unwrap();
    assert_eq!(
        (&whole["taken_in"], &whole["guessed_times"]),
        (&json!(3), &json!(2)),
        "{report:?}"
    );
    assert_eq!(
        field(&pings(&site, "cats"), "time"),
        [
            "2002-01-30T15:31:05Z",
            "2002-01-30T15:31:05Z",
            "2002-01-31T15:31:00Z"
        ]
    );
    // Again: they are there, and nothing is guessed.
    let again = import(&site, &[file]);
    assert_eq!(
        again.last().unwrap()["skipped"],
        json!({"there-already": 3})
    );
    assert!(
        again.last().unwrap().get("guessed_times").is_none(),
        "{again:?}"
    );

    let export =
        String::from_utf8(std::fs::read(fixture(&site, "wordpress.xml")).unwrap()).unwrap();
    let kinds = ["webmention", " Pingback ", "order_note"];
    let (mut text, mut rest) = (String::new(), export.as_str());
    for kind in kinds {
        let (before, behind) = rest.split_once("[CDATA[trackback]").unwrap();
        text += &format!("{before}[CDATA[{kind}]");
        rest = behind;
    }
    let file = put(&site, "kinds.xml", format!("{text}{rest}").as_bytes());
    let file = file.to_str().unwrap();
    let said = site.tb(&["import", "--dry-run", file]);
    assert!(said.contains(": other-kind `order_note`\n"), "{said}");
    let report = import(&site, &[file]);
    let whole = report.last().unwrap();
    assert_eq!(whole["taken_in"], 4, "{report:?}");
    assert_eq!(whole["skipped"]["other-kind"], 1, "{report:?}");
    let rows = [pings(&site, "hello"), pings(&site, "猫の話")].concat();
    let vias = field(&rows, "via");
    assert!(vias.contains(&"webmention".to_owned()), "{rows:?}");
}

#[test]
fn e3_an_export_that_was_packed_with_gzip_is_read() {
    let gzip = |bytes: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packer, bytes).unwrap();
        packer.finish().unwrap()
    };
    for (name, words, count) in [
        ("wordpress.xml", &["--map", "hello=moved"][..], 5),
        ("movable-type.txt", &[], 3),
    ] {
        let site = Site::new();
        let bytes = std::fs::read(fixture(&site, name)).unwrap();
        let (before, behind) = bytes.split_at(bytes.len() / 2);
        // A file may have several parts.
        let packed = [gzip(before), gzip(behind)].concat();
        let cut = put(&site, "cut.gz", &packed[..packed.len() - 20]);
        let said = site.tb_fails(1, &["import", cut.to_str().unwrap()]);
        assert!(!said.contains("unpack it first"), "{name}: {said}");
        assert_eq!(site.tb(&["export"]), "", "{name}");
        let file = put(&site, "export.gz", &packed);
        let file = file.to_str().unwrap();
        let report = import(&site, &[words, &[file]].concat());
        assert_eq!(
            report.last().unwrap()["taken_in"],
            count,
            "{name}: {report:?}"
        );
        let piped = site
            .command()
            .args(["import", "-"])
            .stdin(std::fs::File::open(file).unwrap())
            .output();
        let said = String::from_utf8(piped.unwrap().stdout).unwrap();
        assert!(said.contains("imported"), "{said}");
    }
    // Its name says which id the pings are for.
    let site = Site::new();
    let stored = put(
        &site,
        "hello.stor.gz",
        &gzip(&Layout::Network.write(&[kept(1)])),
    );
    let said = site.tb_fails(2, &["import", stored.to_str().unwrap()]);
    assert!(said.contains("is compressed; unpack it first"), "{said}");
    // Zeros without end are no export.
    let bomb = put(&site, "bomb.gz", &gzip(&vec![0; 8 << 20]));
    site.tb_fails(2, &["import", bomb.to_str().unwrap()]);
}
