//! Root runs no other user's configuration.
//!
//! A configuration names programs that are run and files that are read and printed. As root only one is used that is
//! root's, in a folder of root's: of anybody else it is refused before anything is read.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::keys::wrong;
use crate::error::{Error, Result};

/// Refuses a configuration that is another user's, or lies in another user's folder, or would if it were made, if
/// this process is root's.
pub fn check(file: &Path) -> Result<()> {
    match rustix::process::geteuid().is_root() {
        true => check_places(file),
        false => Ok(()),
    }
}

/// As [`check`], of a file that is open: nobody can have put another in its place since.
pub(super) fn check_open(file: &Path, open: &fs::File) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let found = open.metadata();
    let found = found.map_err(|cause| Error::file("find", file, cause))?;
    look(file, file, &found)?;
    check_places(file)
}

fn check_places(file: &Path) -> Result<()> {
    let file = std::path::absolute(file).map_err(|cause| Error::file("find", file, cause))?;
    // Where a link leads is looked at as well as the link.
    let real = file.canonicalize().ok().filter(|real| *real != file);
    for path in [Some(&file), real.as_ref()].into_iter().flatten() {
        // The file, and the nearest folder that is there.
        let mut folders = path.ancestors().skip(1);
        let folder = folders.find(|folder| folder.is_dir());
        for place in [Some(path.as_path()), folder].into_iter().flatten() {
            match fs::symlink_metadata(place) {
                Ok(found) => look(&file, place, &found)?,
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
                Err(cause) => return Err(Error::file("find", place, cause)),
            }
        }
    }
    Ok(())
}

fn look(file: &Path, place: &Path, found: &fs::Metadata) -> Result<()> {
    let uid = found.uid();
    if uid == 0 {
        return Ok(());
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

/// The name of a user in `/etc/passwd`; other sources of names would be asked through libraries of the host.
fn name_of(uid: u32) -> Option<String> {
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
