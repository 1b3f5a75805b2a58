//! Exports as they are found: with faults, cut off, in other charsets and line ends.

use std::path::Path;

use crate::support::import::{field, import, pings, put};
use crate::support::site::Site;

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import");
    std::fs::read(folder.join(name)).unwrap()
}

fn wordpress() -> String {
    String::from_utf8(fixture("wordpress.xml")).unwrap()
}

/// Imports bytes; gives the exit code and what is said.
fn imported(site: &Site, name: &str, bytes: &[u8]) -> (i32, String) {
    let file = put(site, name, bytes);
    let output = site.command().arg("import").arg(file).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap();
    (code, String::from_utf8(said).unwrap())
}

#[test]
fn e3_of_a_wordpress_export_with_a_fault_one_comment_or_item_is_lost() {
    let export = wordpress();
    let content = "An excerpt [&hellip;]";
    for (written, wrong, taken_in, titles) in [
        (
            "<wp:comment>",
            "<wp:comment>",
            5,
            &["Held", "Another page", "A & title", "Spam"][..],
        ),
        // A text that is not escaped is read as it stands there.
        (
            "]]></wp:comment_content>",
            "]]> I <3 it</wp:comment_content>",
            5,
            &["Held", "Another page", "A & title", "Spam"],
        ),
        (
            "]]></wp:comment_content>",
            "]]></b></wp:comment_content>",
            5,
            &["Held", "Another page", "A & title", "Spam"],
        ),
        (
            "</wp:comment_content>",
            "</wp:comment_content",
            4,
            &["Held", "A & title", "Spam"],
        ),
    ] {
        let site = Site::new();
        let at = export.find("Another page").unwrap();
        let (before, behind) = export.split_at(at);
        assert!(behind.contains(written), "{content}");
        let text = format!("{before}{}", behind.replacen(written, wrong, 1));
        let (code, said) = imported(&site, "export.xml", text.as_bytes());
        assert_eq!(code, 0, "{said}");
        assert!(
            said.contains(&format!("{taken_in} imported")),
            "{wrong}: {said}"
        );
        assert_eq!(said.contains("1 damaged"), taken_in == 4, "{said}");
        assert_eq!(said.contains(": damaged `hello`"), taken_in == 4, "{said}");
        let mut found = field(&pings(&site, "hello"), "title");
        found.sort();
        let mut titles = titles.to_vec();
        titles.sort();
        assert_eq!(found, titles, "{wrong}");
        assert_eq!(pings(&site, "猫の話").len(), 1, "{wrong}");
    }
}

#[test]
fn e3_of_an_export_that_is_cut_off_the_pings_before_are_imported_and_it_is_said() {
    let export = wordpress();
    for (end, taken_in) in [
        (export.len() - 10, 5),
        (export.rfind("</wp:comment>").unwrap(), 4),
        (export.rfind("]]>").unwrap(), 4),
    ] {
        let site = Site::new();
        let (code, said) = imported(&site, "cut.xml", &export.as_bytes()[..end]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("byte ") && said.contains("cut-off"), "{said}");
        assert!(
            said.contains(&format!("{taken_in} imported, 1 cut-off")),
            "{said}"
        );
        assert_eq!(pings(&site, "hello").len(), 4);
        // The whole one brings the rest.
        let (code, said) = imported(&site, "whole.xml", export.as_bytes());
        assert_eq!(code, 0, "{said}");
        assert!(
            said.contains(&format!("{} imported", 5 - taken_in)),
            "{said}"
        );
    }
}

#[test]
fn e3_a_wordpress_export_is_read_in_any_charset() {
    let export = wordpress();
    let utf_16 = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    };
    let named = |label: &str| export.replacen("UTF-8", label, 1);
    assert_ne!(named("x"), export);
    let latin = named("ISO-8859-1").replace("Another page", "Un caf\u{e9}");
    let latin: Vec<u8> = latin
        .chars()
        .flat_map(|letter| match u8::try_from(u32::from(letter)) {
            Ok(byte) => vec![byte],
            Err(_) => format!("&#{};", u32::from(letter)).into_bytes(),
        })
        .collect();
    let php = "<br />\n<b>Notice</b>:  x in <b>/y.php</b> on line <b>3</b><br />\n";
    for (name, bytes, title) in [
        (
            "le.xml",
            utf_16(&format!("\u{FEFF}{export}"), u16::to_le_bytes),
            "Another page",
        ),
        (
            "be.xml",
            utf_16(&named("UTF-16"), u16::to_be_bytes),
            "Another page",
        ),
        (
            "saved-again.xml",
            named("UTF-16").into_bytes(),
            "Another page",
        ),
        (
            "mark.xml",
            format!("\u{FEFF}{}", named("ISO-8859-1")).into_bytes(),
            "Another page",
        ),
        ("latin.xml", latin, "Un café"),
        (
            "php.xml",
            format!("{php}{export}").into_bytes(),
            "Another page",
        ),
        (
            "mac.xml",
            export.replace('\n', "\r").into_bytes(),
            "Another page",
        ),
    ] {
        let site = Site::new();
        let (code, said) = imported(&site, name, &bytes);
        assert_eq!(code, 0, "{name}: {said}");
        assert!(said.contains("5 imported"), "{name}: {said}");
        assert_eq!(field(&pings(&site, "hello"), "title")[1], title, "{name}");
        assert_eq!(pings(&site, "猫の話").len(), 1, "{name}");
    }
}

#[test]
fn e3_a_movable_type_export_has_the_line_ends_of_its_computer_and_may_lack_its_end() {
    let export = fixture("movable-type.txt");
    let export: Vec<u8> = export.into_iter().filter(|byte| *byte != b'\r').collect();
    let with_ends = |end: &[u8]| {
        let lines: Vec<&[u8]> = export.split(|byte| *byte == b'\n').collect();
        lines.join(end)
    };
    let text = String::from_utf8_lossy(&export).into_owned();
    let marked = format!("\u{FEFF}{text}");
    let utf_16 = marked.encode_utf16().flat_map(u16::to_le_bytes);
    let last = text.rfind("--------").unwrap();
    for (name, bytes) in [
        ("mac.txt", with_ends(b"\r")),
        (
            "mac-mark.txt",
            [b"\xEF\xBB\xBF".as_slice(), &with_ends(b"\r")].concat(),
        ),
        ("windows.txt", with_ends(b"\r\n")),
        ("twice.txt", with_ends(b"\r\r\n")),
        ("wide.txt", utf_16.collect()),
        (
            "spaces.txt",
            text.replace("-----\n", "----- \t\n").into_bytes(),
        ),
        ("no-end.txt", text.as_bytes()[..last].to_vec()),
    ] {
        let site = Site::new();
        let file = put(&site, name, &bytes);
        let report = import(&site, &[file.to_str().unwrap()]);
        let whole = report.last().unwrap();
        assert_eq!(
            (&whole["form"], &whole["taken_in"]),
            (&"mt".into(), &3.into()),
            "{name}"
        );
        assert_eq!(pings(&site, "cats_and_dogs").len(), 2, "{name}");
    }
    // The only entry, without any end; and a ping that is cut off before all that it says is there.
    let ping = "PING:\nTITLE: T\nURL: http://a.example/\nDATE: 01/31/2002 03:31:05 PM\none\n";
    let entry = format!("TITLE: x\nBASENAME: one\n-----\n{ping}");
    for (text, expected) in [
        (entry.as_str(), Some("1 imported")),
        (entry.split_at(entry.len() - 9).0, None),
    ] {
        let site = Site::new();
        let (code, said) = imported(&site, "one.txt", text.as_bytes());
        assert_eq!(code, i32::from(expected.is_none()), "{said}");
        assert!(
            said.contains(expected.unwrap_or("line 4: cut-off `one`")),
            "{said}"
        );
    }
}

#[test]
fn e3_what_is_not_read_is_said_by_its_kind() {
    let site = Site::new();
    let feed = b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><entry/></feed>";
    for (name, bytes, expected) in [
        (
            "blogger.xml",
            feed.as_slice(),
            "Blogger's export, has no pings",
        ),
        (
            "disqus.xml",
            b"<disqus><post/></disqus>",
            "it begins with `disqus`",
        ),
        (
            "opml.xml",
            b"<?xml version='1.0'?><opml version='2.0'><body/></opml>",
            "OPML",
        ),
        (
            "feed.xml",
            b"<rss version='2.0'><channel><item><title>T</title></item></channel></rss>",
            "`tb entries sync` read feeds",
        ),
        (
            "feed.rdf",
            b"<rdf:RDF xmlns='http://purl.org/rss/1.0/'><item/></rdf:RDF>",
            "`tb entries sync` read feeds",
        ),
        ("sitemap.xml", b"<urlset><url/></urlset>", "a sitemap"),
        (
            "ghost.json",
            br#"{"db":[{"meta":{"exported_on":1},"data":{"posts":[{"id":1}]}}]}"#,
            "is Ghost's export, which has no pings",
        ),
        (
            "feed.json",
            br#"{"version":"https://jsonfeed.org/version/1.1","title":"B","items":[]}"#,
            "is a JSON Feed, which has entries and no pings",
        ),
        (
            "sorted.json",
            br#"{"items":[{"id":"1"}],"title":"B","version":"https://jsonfeed.org/version/1"}"#,
            "JSON Feed, which has",
        ),
        (
            "package.json",
            b"{\n  \"name\": \"x\",\n  \"version\": \"1.0.0\",\n  \"scripts\": {}\n}\n",
            "`package.json` of npm",
        ),
        (
            "config.json",
            br#"{"compilerOptions":{}}"#,
            "JSON, but neither lines of `tb export` nor a feed in JF2",
        ),
        (
            "posts.json",
            br#"[{"id":1,"title":"A","url":"http://blog.example/a/"},{"id":2}]"#,
            "JSON, but neither lines of `tb export` nor a feed in JF2",
        ),
        (
            "bookmarks.json",
            br#"[["http://blog.example/a/",1],"x"]"#,
            "JSON, but neither lines of `tb export` nor a feed in JF2",
        ),
        ("empty.json", b"{}", "no line of it is one of `tb export`"),
        (
            "some.json",
            br#"{"id":1,"title":"T"}"#,
            "no line of it is one of `tb export`",
        ),
        ("export.zip", b"PK\x03\x04", "is compressed"),
        ("export.xml.xz", b"\xfd7zXZ\0", "is compressed"),
        ("export.xml.gz", b"\x1f\x8b\x08\x00", "cannot unpack `"),
        (
            "dump.sql",
            b"-- MySQL dump\nINSERT",
            "cannot detect the format",
        ),
    ] {
        let (code, said) = imported(&site, name, bytes);
        assert_ne!(code, 0, "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(!said.contains("imported"), "{name}: {said}");
    }
    // A large one of one line, and from a pipe.
    let large = format!("{{\"db\":[{{\"data\":\"{}\"}}]}}", "x".repeat(2 << 20));
    let (_, said) = imported(&site, "large.json", large.as_bytes());
    assert!(said.contains("is Ghost's export"), "{said}");
    let mut piped = site.command();
    piped.args(["import", "-"]);
    piped.stdin(std::fs::File::open(put(&site, "large.json", large.as_bytes())).unwrap());
    let said = String::from_utf8(piped.output().unwrap().stderr).unwrap();
    assert!(said.contains("`-` is Ghost's export"), "{said}");
}

#[test]
fn a_file_that_is_known_for_something_else_is_no_broken_feed() {
    let site = Site::new();
    for (name, text, expected) in [
        (
            "ghost.json",
            "{\"db\":[{\"data\":{}}]}",
            "is Ghost's export, and no feed",
        ),
        (
            "package.json",
            "{\"name\":\"x\",\"version\":\"1.0.0\",\"main\":\"x.js\"}",
            "is a `package.json` of npm, and no feed",
        ),
    ] {
        let file = put(&site, name, text.as_bytes());
        for words in [["send", "--dry-run"].as_slice(), &["entries", "sync"]] {
            let said = site.tb_fails(2, &[words, &[file.to_str().unwrap()]].concat());
            assert!(said.contains(expected), "{said}");
        }
    }
}
