//! Refuses other users' configurations when running as root.
//!
//! A configuration names programs to run and files to read and print. As root, only one owned by root, in a directory
//! owned by root, is used, and only if nobody else can write to them; any other is refused before it is read.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::keys::wrong;
use crate::error::{Error, Result};

/// If this process runs as root, refuses a configuration that belongs to another user or is, or would be created, in
/// another user's directory.
pub fn check(file: &Path) -> Result<()> {
    match rustix::process::geteuid().is_root() {
        true => check_places(file),
        false => Ok(()),
    }
}

/// Like [`check`], for an open file, which cannot be replaced any more.
pub(super) fn check_open(file: &Path, open: &fs::File) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let found = open.metadata();
    let found = found.map_err(|cause| Error::file("find", file, cause))?;
    check_owner(file, file, &found)?;
    check_places(file)
}

fn check_places(file: &Path) -> Result<()> {
    let file = std::path::absolute(file).map_err(|cause| Error::file("find", file, cause))?;
    // Both the link and its target are checked.
    let real = file.canonicalize().ok().filter(|real| *real != file);
    for path in [Some(&file), real.as_ref()].into_iter().flatten() {
        // The file, and its nearest existing directory.
        let mut folders = path.ancestors().skip(1);
        let folder = folders.find(|folder| folder.is_dir());
        for place in [Some(path.as_path()), folder].into_iter().flatten() {
            match fs::symlink_metadata(place) {
                Ok(found) => check_owner(&file, place, &found)?,
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
                Err(cause) => return Err(Error::file("find", place, cause)),
            }
        }
    }
    Ok(())
}

fn check_owner(file: &Path, place: &Path, found: &fs::Metadata) -> Result<()> {
    let uid = found.uid();
    if uid == 0 {
        return check_mode(file, place, found);
    }
    let what = if found.is_symlink() {
        "is a link of another user's"
    } else {
        "belongs to another user"
    };
    let name = name_of(uid).unwrap_or_else(|| format!("'#{uid}'"));
    let message = format!(
        "`{}` {what}, and root would run what a configuration there names; \
         run `sudo -u {name} tb …`, or have root own it",
        place.display()
    );
    Err(wrong(file.display(), message))
}

/// Refuses what others than root can write to. In a directory with the sticky bit nobody can replace root's file.
fn check_mode(file: &Path, place: &Path, found: &fs::Metadata) -> Result<()> {
    const STICKY: u32 = 0o1000;
    let mode = found.mode();
    let by_group = mode & 0o020 != 0 && found.gid() != 0;
    let by_others = mode & 0o002 != 0;
    let is_guarded = found.is_symlink() || found.is_dir() && mode & STICKY != 0;
    if is_guarded || !(by_group || by_others) {
        return Ok(());
    }
    let message = format!(
        "`{0}` can be written by other users, and root would run what a configuration there names; run `chmod go-w {0}`",
        place.display()
    );
    Err(wrong(file.display(), message))
}

/// The name of a user in `/etc/passwd`; other sources would need libraries of the host.
pub fn name_of(uid: u32) -> Option<String> {
    let mut text = String::new();
    let file = fs::File::open("/etc/passwd").ok()?;
    file.take(1 << 20).read_to_string(&mut text).ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let same = fields.nth(1)?.parse() == Ok(uid);
        same.then(|| name.to_owned())
    })
}
