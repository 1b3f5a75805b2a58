//! Built sites: how they are read, and what is in them.

use std::fs;
use std::path::{Path, PathBuf};

use tb::internals::fetch::{Client, ClientOptions, Reach, Timeout};
use tb::internals::sources::{self, Entry, Source, SourceKind, SourceOptions, SourceReading};

pub(crate) fn client() -> Client {
    Client::new(ClientOptions {
        timeout: Timeout::Shell,
        reach: Reach::Private,
        user_agent: "tb".to_owned(),
    })
}

pub(crate) fn read(source: &Source, options: &SourceOptions) -> SourceReading {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    sources::load(source, options, &client(), now).unwrap()
}

pub(crate) fn folder(path: &Path) -> SourceReading {
    let reading = read(&Source::Folder(path.to_owned()), &SourceOptions::default());
    assert_eq!(reading.kind, SourceKind::Folder);
    reading
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn links(entry: &Entry) -> Vec<&str> {
    entry.links.iter().map(|link| link.url.as_str()).collect()
}

/// The reasons for the pages that are no entries, by the ends of their paths.
pub(crate) fn reasons(reading: &SourceReading, root: &str) -> Vec<(String, &'static str)> {
    let short = |what: &str| what.split_once(root).unwrap().1.to_owned();
    let skipped = reading.skipped.iter();
    skipped
        .map(|skipped| (short(&skipped.what), skipped.why.name()))
        .collect()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
