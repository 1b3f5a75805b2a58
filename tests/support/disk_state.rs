//! The contents of the disk after a crash, in a form in which two runs can be compared.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::scenario::ID;
use super::site::Site;

/// The contents of the disk, without times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DiskState {
    /// The lines of the pings' file; no file is none. `null` stands for all that were there before.
    pub(crate) lines: Vec<Value>,
    /// What follows the last newline.
    pub(crate) torn: String,
    /// The static feed.
    pub(crate) feed: Option<String>,
    /// The session secret's key.
    pub(crate) key: Option<String>,
    /// `tb.toml`, with the shape of its password's hash in the hash's place.
    pub(crate) config: Vec<String>,
}

impl DiskState {
    /// What stands in `site`, where `before` were the pings of [`ID`]; a line that does not parse
    /// fails the test.
    #[track_caller]
    pub(crate) fn of(site: &Site, before: &str) -> DiskState {
        let text = read(file_of(site, ID)).unwrap_or_default();
        let (known, text) = match text.strip_prefix(before) {
            Some(rest) => (vec![Value::Null], rest.to_owned()),
            None => (Vec::new(), text),
        };
        let (whole, torn) = match text.rfind('\n') {
            Some(end) => text.split_at(end + 1),
            None => ("", text.as_str()),
        };
        let secret = read(site.data_dir().join(".secret")).map(|text| {
            let secret: Value = serde_json::from_str(&text).expect("a whole secret");
            secret["key"].as_str().expect("its key").to_owned()
        });
        let config = read(site.config()).expect("tb.toml");
        assert!(config.ends_with('\n'), "{config}");
        DiskState {
            lines: known.into_iter().chain(whole.lines().map(fact)).collect(),
            torn: torn.to_owned(),
            feed: read(site.rss_dir().join(format!("{ID}.xml"))).map(|feed| timeless(&feed)),
            key: secret,
            config: config.lines().map(saltless).collect(),
        }
    }
}

/// Fails unless `feed` is a whole RSS document.
#[track_caller]
pub(crate) fn assert_well_formed(feed: &str, what: &str) {
    let mut reader = quick_xml::Reader::from_str(feed);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => break,
            Ok(_) => {}
            Err(error) => panic!("{what}: {error}: {feed}"),
        }
    }
    assert!(
        feed.starts_with("<?xml ") && feed.trim_end().ends_with("</rss>"),
        "{what}: {feed}"
    );
}

/// The file of an id's pings.
pub(crate) fn file_of(site: &Site, id: &str) -> PathBuf {
    site.data_dir().join(format!("{id}.jsonl"))
}

/// A line without its times; one that does not parse fails the test.
#[track_caller]
pub(crate) fn fact(line: &str) -> Value {
    let mut fact: Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let keys = fact.as_object_mut().expect("an object");
    keys.remove("time");
    keys.remove("updated");
    fact
}

/// A line of `tb.toml`; salt and hash of a password are made dots, as many as they are long.
fn saltless(line: &str) -> String {
    let dots = |part: &str| ".".repeat(part.len());
    match line.rsplitn(3, '$').collect::<Vec<_>>().as_slice() {
        [hash, salt, rest] if line.starts_with("password") => {
            let quote = if hash.ends_with('"') { "\"" } else { "" };
            format!("{rest}${}${}{quote}", dots(salt), dots(hash))
        }
        _ => line.to_owned(),
    }
}

/// A feed without its dates.
fn timeless(feed: &str) -> String {
    let mut parts = feed.split("<pubDate>");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once("</pubDate>").map_or(part, |(_, rest)| rest));
    }
    text
}

/// The text of a file, if it is there.
pub(crate) fn read(path: PathBuf) -> Option<String> {
    fs::read_to_string(path).ok()
}
