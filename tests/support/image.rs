//! The files of an installation, kept in memory so that each run of a sweep starts with the same ones.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{give_to_owner, set_mode};

/// All files directly in some folders, and single files.
#[derive(Debug)]
pub(crate) struct Image {
    folders: Vec<PathBuf>,
    files: BTreeMap<PathBuf, (u32, Vec<u8>)>,
}

impl Image {
    /// Takes the files of `folders`, and `file`.
    pub(crate) fn capture(folders: &[PathBuf], file: &Path) -> Image {
        let mut files = BTreeMap::new();
        let inside = folders.iter().flat_map(|folder| listed(folder));
        for path in inside.chain([file.to_owned()]) {
            let mode = fs::metadata(&path).expect("its mode").mode() & 0o777;
            let bytes = fs::read(&path).expect("a readable file");
            files.insert(path, (mode, bytes));
        }
        Image {
            folders: folders.to_vec(),
            files,
        }
    }

    /// Makes everything as it was.
    pub(crate) fn restore(&self) {
        for path in self.folders.iter().flat_map(|folder| listed(folder)) {
            fs::remove_file(path).expect("a removed file");
        }
        for (path, (mode, bytes)) in &self.files {
            fs::write(path, bytes).expect("a written file");
            give_to_owner(path);
            set_mode(path, *mode);
        }
    }
}

/// The paths in a folder.
pub(crate) fn listed(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("an entry").path())
        .collect()
}
