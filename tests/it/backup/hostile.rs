//! Archives that nobody honest has made.

use std::fs;
use std::io::Cursor;

use tar::{Builder, EntryType, Header};

use crate::support::give_to_owner;
use crate::support::site::Site;

fn put(site: &Site, bytes: &[u8]) -> String {
    let file = site.path("hostile.tar");
    fs::write(&file, bytes).unwrap();
    give_to_owner(&file);
    file.to_str().unwrap().to_owned()
}

/// One entry of a hostile archive.
struct Entry<'a> {
    name: &'a str,
    kind: EntryType,
    link: &'a str,
    size: u64,
    content: &'a [u8],
}

const PLAIN: Entry<'_> = Entry {
    name: "data/a.jsonl",
    kind: EntryType::Regular,
    link: "",
    size: u64::MAX,
    content: b"{\"op\":\"ping\",\"id\":1,\"time\":\"2002-01-01T00:00:00Z\",\"url\":\"http://a.example/\",\"title\":\"T\",\"state\":\"published\"}\n",
};

fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for entry in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(entry.kind);
        header.set_mode(0o4777);
        let size = if entry.size == u64::MAX {
            entry.content.len() as u64
        } else {
            entry.size
        };
        header.set_size(size);
        // As no honest program would write them.
        let raw = header.as_old_mut();
        raw.name[..entry.name.len()].copy_from_slice(entry.name.as_bytes());
        raw.linkname[..entry.link.len()].copy_from_slice(entry.link.as_bytes());
        header.set_cksum();
        tar.append(&header, Cursor::new(entry.content)).unwrap();
    }
    tar.into_inner().unwrap()
}

#[test]
fn s2_a_hostile_archive_is_refused_whole_before_anything_is_written() {
    let site = Site::new();
    let before = site.snapshot();
    let named = |name: &'static str| Entry { name, ..PLAIN };
    let of_kind = |kind| Entry {
        kind,
        link: "/etc/passwd",
        ..PLAIN
    };
    let holding = |content: &'static [u8]| Entry { content, ..PLAIN };
    let hostile = [
        ("absolute", named("/data/b.jsonl")),
        ("climbing", named("data/../../b.jsonl")),
        ("climbing out", named("../b.jsonl")),
        ("a name with a slash", named("data/x/b.jsonl")),
        ("not our name", named("data/.lock-00")),
        ("a program", named("data/tb.cgi")),
        ("no folder", named("b.jsonl")),
        ("not munged", named("data/a.b.jsonl")),
        ("twice", named("data/a.jsonl")),
        ("a symbolic link", of_kind(EntryType::Symlink)),
        ("a hard link", of_kind(EntryType::Link)),
        ("a device", of_kind(EntryType::Char)),
        ("a block device", of_kind(EntryType::Block)),
        ("a FIFO", of_kind(EntryType::Fifo)),
        ("sparse", of_kind(EntryType::GNUSparse)),
        (
            "huge",
            Entry {
                name: "data/b.jsonl",
                size: 1 << 40,
                ..PLAIN
            },
        ),
        (
            "negative",
            Entry {
                name: "data/b.jsonl",
                size: (1 << 63) - 1,
                ..PLAIN
            },
        ),
        (
            "a long name",
            Entry {
                kind: EntryType::GNULongName,
                size: 1 << 30,
                ..PLAIN
            },
        ),
        (
            "a script",
            Entry {
                name: "data/b.jsonl",
                ..holding(b"{\"op\":\"ping\",\"id\":1,\"url\":\"javascript:alert(1)\"}\n")
            },
        ),
        (
            "no url",
            Entry {
                name: "data/b.jsonl",
                ..holding(b"{\"op\":\"ping\",\"id\":1}\n")
            },
        ),
    ];
    for (what, entry) in hostile {
        let bytes = archive(&[PLAIN, entry]);
        let file = put(&site, &bytes);
        for words in [&["restore"][..], &["restore", "--merge"]] {
            let said = site.tb_fails(1, &[words, &[file.as_str()]].concat());
            assert!(said.starts_with("tb: cannot restore "), "{what}: {said}");
        }
        assert_eq!(site.snapshot(), before, "{what}");
    }
}

#[test]
fn what_is_no_backup_is_told_so() {
    let site = Site::new();
    for bytes in [&b"weblog\n"[..], &[0xFF; 5_000], b"{\"op\":\"ping\"}\n"] {
        let said = site.tb_fails(1, &["restore", &put(&site, bytes)]);
        assert!(said.contains("it is not a backup"), "{said}");
    }
    let whole = archive(&[PLAIN]);
    let said = site.tb_fails(
        1,
        &["restore", &put(&site, &[&whole[..1024], b"x"].concat())],
    );
    assert!(said.contains("it is cut off or damaged"), "{said}");
}

#[test]
fn an_archive_that_is_cut_off_anywhere_is_refused() {
    let site = Site::new();
    let before = site.snapshot();
    let second = Entry {
        name: "data/b.jsonl",
        ..PLAIN
    };
    let whole = archive(&[PLAIN, second]);
    for end in [0, 1, 100, 512, 600, 1024, 1536, 2000, 2048] {
        let file = put(&site, &whole[..end]);
        let said = site.tb_fails(1, &["restore", &file]);
        assert!(said.contains("cannot restore"), "{end}: {said}");
        assert_eq!(site.snapshot(), before, "{end}");
    }
    site.tb(&["restore", &put(&site, &whole)]);
    assert_eq!(site.tb(&["export"]).lines().count(), 2);
}
