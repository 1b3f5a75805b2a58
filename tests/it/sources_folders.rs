//! Folders of built pages: what is walked, what is read of hostile ones.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use tb::internals::sources::{MAX_LINKS, SkipReason, Source, SourceOptions, SourceReading};

use crate::sources::permalinks;
use crate::support::sources::read;

fn folder(path: &Path) -> SourceReading {
    read(&Source::Folder(path.to_owned()), &SourceOptions::default())
}

fn entry_page(permalink: &str, content: &str) -> String {
    format!(
        "<!doctype html><link rel=canonical href='{permalink}'><article><time datetime='2026-01-01'>x</time>{content}</article>"
    )
}

#[test]
fn a_folder_is_walked_in_the_order_of_names_and_out_of_no_door() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("public");
    let write = |name: &str, permalink: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, entry_page(permalink, "")).unwrap();
    };
    write("b/index.html", "https://blog.example/b/");
    write("a.html", "https://blog.example/a.html");
    write("b/x.HTM", "https://blog.example/b/x");
    write("c/deep/er/index.html", "https://blog.example/c/");
    write(".git/index.html", "https://blog.example/no/");
    write(".hidden.html", "https://blog.example/no/");
    write("d.txt", "https://blog.example/no/");
    write("twice.html", "https://blog.example/a.html");
    let outside = dir.path().join("outside.html");
    fs::write(&outside, entry_page("https://blog.example/no/", "")).unwrap();
    symlink(&outside, root.join("link.html")).unwrap();
    symlink(&root, root.join("b/loop")).unwrap();
    symlink("/", root.join("everything")).unwrap();
    let fifo = root.join("fifo.html");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    fs::write(root.join("empty.html"), "").unwrap();
    fs::write(root.join("binary.html"), [0_u8, 255, 254, 60, 0, 97]).unwrap();
    fs::write(
        root.join(std::ffi::OsStr::from_bytes(b"\xFF.html")),
        entry_page("https://blog.example/ff", ""),
    )
    .unwrap();
    let reading = folder(&root);
    assert_eq!(
        permalinks(&reading),
        [
            "https://blog.example/a.html",
            "https://blog.example/b/",
            "https://blog.example/b/x",
            "https://blog.example/c/",
            "https://blog.example/ff",
        ]
    );
    let why: Vec<_> = reading
        .skipped
        .iter()
        .map(|skipped| skipped.why.name())
        .collect();
    assert_eq!(why, ["not-an-entry", "not-an-entry", "twice"]);
}

#[test]
fn pages_that_do_not_say_where_they_are_need_a_base_url() {
    let dir = tempfile::tempdir().unwrap();
    let page = "<article><time>x</time><a href='../two/'>two</a></article>";
    fs::create_dir_all(dir.path().join("posts/猫 & co")).unwrap();
    fs::write(dir.path().join("posts/猫 & co/index.html"), page).unwrap();
    let source = Source::Folder(dir.path().to_owned());
    let reading = read(&source, &SourceOptions::default());
    assert_eq!(reading.skipped[0].why, SkipReason::NoPermalink);
    assert!(reading.skipped[0].why.to_string().contains("--base-url"));
    let options = SourceOptions {
        base_url: "https://blog.example/sub?x".parse().ok(),
        ..SourceOptions::default()
    };
    let reading = read(&source, &options);
    assert_eq!(
        permalinks(&reading),
        ["https://blog.example/sub/posts/%E7%8C%AB%20&%20co/"]
    );
    assert_eq!(
        reading.entries[0].links[0].url.as_str(),
        "https://blog.example/sub/posts/two/"
    );
}

#[test]
fn entries_before_since_are_left_out_and_those_without_a_date_kept() {
    let dir = tempfile::tempdir().unwrap();
    for (name, date) in [
        ("old", "2025-12-31"),
        ("new", "2026-01-01"),
        ("none", "some day"),
    ] {
        let page = format!(
            "<link rel=canonical href='https://blog.example/{name}'><article><time datetime='{date}'>x</time></article>"
        );
        fs::write(dir.path().join(format!("{name}.html")), page).unwrap();
    }
    let options = SourceOptions {
        since: "2026-01-01T00:00:00Z".parse().ok(),
        ..SourceOptions::default()
    };
    let reading = read(&Source::Folder(dir.path().to_owned()), &options);
    assert_eq!(
        permalinks(&reading),
        ["https://blog.example/new", "https://blog.example/none"]
    );
    assert_eq!(reading.skipped[0].why, SkipReason::Old);
}

#[test]
fn s7_a_page_of_a_million_links_or_of_endless_depth_is_cut_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let link = |number: usize| format!("<a href='https://a.example/{number}'>x</a>");
    let links: String = (0..1_000_000).map(link).collect();
    fs::write(
        dir.path().join("links.html"),
        entry_page("https://blog.example/links", &links),
    )
    .unwrap();
    let deep = format!(
        "{}<a href='https://a.example/'>x</a>",
        "<div><b>".repeat(45_000)
    );
    fs::write(
        dir.path().join("deep.html"),
        entry_page("https://blog.example/deep", &deep),
    )
    .unwrap();
    let reading = folder(dir.path());
    assert_eq!(
        permalinks(&reading),
        ["https://blog.example/deep", "https://blog.example/links"]
    );
    assert_eq!(reading.entries[0].links.len(), 1);
    assert_eq!(reading.entries[1].links.len(), MAX_LINKS);
    let why: Vec<_> = reading
        .skipped
        .iter()
        .map(|skipped| skipped.why.name())
        .collect();
    assert_eq!(why, ["too-many-links", "too-large"]);
}

#[test]
fn a_page_in_xml_is_read_as_a_web_server_serves_it_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    for (name, expected) in [("a.xhtml", 1), ("b.XHT", 1), ("c.html", 0)] {
        let page = entry_page(
            "https://blog.example/1",
            "<p>x <a href='https://b.example/1'>1</a></p>",
        );
        let path = dir.path().join(name);
        fs::write(
            &path,
            page.replace("<article>", "<script src='a.js'/><article>"),
        )
        .unwrap();
        let links = |reading: SourceReading| {
            let entries = reading.entries.iter();
            entries.map(|entry| entry.links.len()).sum::<usize>()
        };
        let alone = read(
            &Source::parse(&path.to_string_lossy()),
            &SourceOptions::default(),
        );
        assert_eq!(links(alone), expected, "{name} alone");
        assert_eq!(links(folder(dir.path())), expected, "{name}");
        fs::remove_file(&path).unwrap();
    }
}
