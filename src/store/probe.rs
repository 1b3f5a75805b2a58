//! Checks that the file system of a directory does what the store relies on.
//!
//! A test file is created, locked, appended to through two handles, read through a third, and renamed. It is removed
//! again; a leftover of a killed process is removed by the next check, and by `tb prune`.

use std::io::Write;
use std::path::Path;

use super::lock;
use crate::dir::{Folder, OpenMode, PRIVATE, read_whole};
use crate::error::{Error, Result};

/// The names of the test file, before and after the renaming.
pub(super) const NAMES: [&str; 2] = [".check.tmp", ".check-renamed.tmp"];

/// Returns a description of everything that does not work. `other` returns whether another process can lock a file, or
/// `None` if there is no other process.
pub fn probe(
    folder: &Folder,
    other: impl FnOnce(&Path) -> Option<bool>,
) -> Result<Vec<&'static str>> {
    for name in NAMES {
        folder.remove(name)?;
    }
    let outcome = inspect(folder, other);
    for name in NAMES {
        // A file that cannot be removed must not hide the findings.
        folder.remove(name).ok();
    }
    outcome
}

fn inspect(
    folder: &Folder,
    other: impl FnOnce(&Path) -> Option<bool>,
) -> Result<Vec<&'static str>> {
    let [name, renamed] = NAMES;
    let path = folder.path().join(name);
    let wrap = |doing| {
        let path = path.clone();
        move |cause: std::io::Error| Error::file(doing, path, cause)
    };
    let mut faults = Vec::new();
    let mut first = folder.new_file(name, OpenMode::Append, PRIVATE)?;
    if !lock::try_lock(&first, &path)? {
        faults.push("a new file that nobody has locked cannot be locked");
    }
    let Some(mut second) = folder.file(name, OpenMode::Append)? else {
        faults.push("a file that was just made is not found");
        return Ok(faults);
    };
    if lock::try_lock(&second, &path)? {
        faults.push("locks do not exclude: one file was locked twice");
    }
    if other(&path) == Some(true) {
        faults.push("locks do not exclude: two processes locked one file");
    }
    let appended = first
        .write_all(b"first\n")
        .and_then(|()| second.write_all(b"second\n"))
        .and_then(|()| first.write_all(b"third\n"))
        .and_then(|()| first.sync_all());
    appended.map_err(wrap("append to"))?;
    match folder.file(name, OpenMode::Read)? {
        Some(third) => match read_whole(&third, 1 << 10).map_err(wrap("read"))?.0 {
            bytes if bytes == b"first\nsecond\nthird\n" => {}
            _ => faults.push("what two open files append is not all there, or in another order"),
        },
        None => faults.push("a file that was just written is not found"),
    }
    folder.rename(name, renamed)?;
    folder.sync()?;
    if !folder.holds(renamed, &first) || folder.file(name, OpenMode::Read)?.is_some() {
        faults.push("a file that was renamed is not found at its new name only");
    }
    Ok(faults)
}

/// Whether this process can lock the existing file at `path` now.
pub fn can_lock(path: &Path) -> Result<bool> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(false);
    };
    match Folder::open(parent)?.file(&name.to_string_lossy(), OpenMode::Change)? {
        Some(file) => lock::try_lock(&file, path),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a8_a_file_system_that_works_has_no_faults_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        std::fs::write(dir.path().join(NAMES[0]), "of a killed one").unwrap();
        let faults = probe(&folder, |path| {
            assert!(!can_lock(path).unwrap());
            None
        });
        assert!(faults.unwrap().is_empty());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        // Where locks exclude nobody, another process says that it has the lock.
        let faults = probe(&folder, |_| Some(true)).unwrap();
        assert!(faults[0].contains("two processes"));
    }
}
