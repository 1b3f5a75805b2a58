//! Those who read while others write: what they see is always whole.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use quick_xml::events::Event;

use crate::support::http;
use crate::support::request::Request;
use crate::support::site::BASE;
use crate::support::xml::assert_rss;

/// Reads a static feed again and again: well-formed, and with as many items as it can have.
pub(super) fn feed_is_always_whole(path: &Path, over: &AtomicBool) {
    let mut versions = 0;
    let mut last = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let feed = fs::read(path).expect("a feed");
        if feed == last {
            std::thread::yield_now();
            continue;
        }
        assert_eq!(links(&feed).len(), 15, "{}", String::from_utf8_lossy(&feed));
        if versions % 50 == 0 {
            assert_rss(&feed);
        }
        versions += 1;
        last = feed;
    }
    assert!(versions > 10, "only {versions} versions were seen");
}

/// The link of each item of a feed, which must be well-formed.
pub(super) fn links(feed: &[u8]) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(feed).expect("UTF-8"));
    let mut path = Vec::new();
    let mut links = Vec::new();
    let mut closed = false;
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => path.push(start.name().as_ref().to_owned()),
            Event::End(_) => {
                path.pop().expect("an open element");
                closed = path.is_empty();
            }
            Event::Text(text) if path.ends_with(&["item".to_owned(), "link".to_owned()]) => {
                links.push(text.to_string());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(closed, "cut short: {}", String::from_utf8_lossy(feed));
    links
}

/// Reads the lines of an id as they come: each that has its newline is whole. Says how many files it
/// saw under that name.
pub(super) fn lines_are_always_whole(data_dir: &Path, id: &str, over: &AtomicBool) -> usize {
    let path = data_dir.join(format!("{id}.jsonl"));
    let (mut inode, mut read, mut files) = (0, 0, 0);
    while !over.load(Ordering::SeqCst) {
        let mut file = fs::File::open(&path).expect("the pings");
        let now = file.metadata().expect("the pings").ino();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("the pings");
        if now != inode || bytes.len() < read {
            // Compaction has put another file there.
            (inode, read) = (now, 0);
            files += 1;
        }
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            panic!("{id} has no line");
        };
        if end < read {
            std::thread::yield_now();
            continue;
        }
        for line in bytes[read..end].split(|byte| *byte == b'\n') {
            serde_json::from_slice::<serde_json::Value>(line).unwrap_or_else(|error| {
                panic!("{id}: {error}: {}", String::from_utf8_lossy(line));
            });
        }
        read = end + 1;
    }
    files
}

/// Asks for the lists, the feeds by mode, and the first page: whole, and never empty.
pub(super) fn pages_are_always_whole(port: u16, ids: [&str; 2], over: &AtomicBool) {
    let get = |query: &str| http::send(port, BASE, &Request::get(query)).expect(200);
    while !over.load(Ordering::SeqCst) {
        for id in ids {
            let list = get(&format!("__mode=list&tb_id={id}"));
            let shown = list.text().matches("<div class=\"ping\" id=").count();
            assert!((15..=50).contains(&shown), "{list}");
            assert!(list.text().trim_end().ends_with("</html>"), "{list}");
            let feed = get(&format!("__mode=rss&tb_id={id}"));
            assert_eq!(links(&feed.body).len(), 15, "{feed}");
        }
        let landing = get("");
        assert!(landing.text().trim_end().ends_with("</html>"), "{landing}");
    }
}
