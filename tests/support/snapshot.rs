//! What lies in a folder, to show that a request has changed nothing.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Everything below some folders: kind and mode, owner, and content or target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<PathBuf, (u32, u32, Vec<u8>)>);

impl Snapshot {
    /// Takes all of `folders`, but not the log, which may say that something was refused.
    pub(crate) fn of(folders: &[&Path]) -> Snapshot {
        let mut found = BTreeMap::new();
        for folder in folders {
            take(folder, &mut found);
        }
        Snapshot(found)
    }

    /// Leaves out what is not asked for.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Path) -> bool) {
        self.0.retain(|path, _| wanted(path));
    }

    /// The paths in it.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        self.0.keys().map(PathBuf::as_path).collect()
    }
}

/// Whether it is the file of when upkeep last ran, or the one that is about to take its place.
fn is_upkeeps(name: &[u8]) -> bool {
    name.ends_with(b"purged") || name.ends_with(b"purged.tmp")
}

fn take(path: &Path, found: &mut BTreeMap<PathBuf, (u32, u32, Vec<u8>)>) {
    // The log tells of the refusal, and upkeep comes when it comes.
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    if name == b".log" || name.starts_with(b".log.") || is_upkeeps(name) {
        return;
    }
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return;
    };
    let content = if metadata.is_file() {
        fs::read(path).expect("a readable file")
    } else if metadata.is_symlink() {
        let target = fs::read_link(path).expect("a readable link");
        target.into_os_string().into_encoded_bytes()
    } else {
        Vec::new()
    };
    found.insert(path.to_owned(), (metadata.mode(), metadata.uid(), content));
    if metadata.is_dir() {
        for entry in fs::read_dir(path).expect("a readable folder") {
            take(&entry.expect("an entry").path(), found);
        }
    }
}
