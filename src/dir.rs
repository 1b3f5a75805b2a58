//! A folder that is held open, and the files in it.
//!
//! Neighbours may be able to write into our folders, so every name is opened relative to the folder's
//! own descriptor, without following a link and without waiting on a FIFO, and is then looked at: it
//! must be a regular file, with one name, that belongs to us. Files that others read are replaced
//! whole: temporary, fsync, rename, fsync of the folder (without the last two, ext4 and XFS gave
//! back old files and NUL bytes after a power cut).

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::error::{Error, Result};

mod checksum;
mod seen;

pub use checksum::Checksum;
pub use seen::{Durable, SeenPart, TRIES, WholeFile, append, disagrees, length, read_whole};

/// The mode of files that only this program reads.
pub const PRIVATE: u32 = 0o600;
/// The mode of files that a web server hands out.
pub const PUBLIC: u32 = 0o644;

/// A folder that is held open.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    fd: OwnedFd,
    /// Whose process this is.
    user: u32,
    /// Who may own the files in it.
    owner: u32,
}

/// A file that was opened, and what it was then.
#[derive(Debug)]
pub struct Opened {
    /// The file.
    pub file: File,
    stat: Stat,
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// Reading only.
    Read,
    /// Reading, and writing at the end.
    Append,
    /// Reading, and writing anywhere.
    Change,
}

impl Opened {
    /// The length that the file had then.
    pub fn length(&self) -> u64 {
        u64::try_from(self.stat.st_size).unwrap_or_default()
    }
}

impl Folder {
    /// Opens the folder at `path`, which must not be a symbolic link itself.
    pub fn open(path: &Path) -> Result<Folder> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = || fs::open(path, flags, Mode::empty());
        let fd = retry(open).map_err(|errno| match errno {
            // With O_DIRECTORY the kernel says ENOTDIR of a link.
            Errno::LOOP | Errno::NOTDIR if path.is_symlink() => planted(path, "a symbolic link"),
            other => Error::file("open the folder", path, other),
        })?;
        let user = user();
        let owner = if user == 0 {
            // The superuser works in the owner's name, or the web server could not go on afterwards.
            let stat = fs::fstat(&fd).map_err(|errno| Error::file("look at", path, errno))?;
            stat.st_uid
        } else {
            user
        };
        Ok(Folder {
            path: path.to_owned(),
            fd,
            user,
            owner,
        })
    }

    /// The folder's path, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file that is there; `None` if it is not.
    pub fn file(&self, name: &str, access: OpenMode) -> Result<Option<File>> {
        let opened = self.opened(name, access)?;
        Ok(opened.map(|opened| opened.file))
    }

    /// As [`Folder::file`], with what the file was when it was opened.
    pub fn opened(&self, name: &str, access: OpenMode) -> Result<Option<Opened>> {
        match self.open_at(name, access, OFlags::empty(), PRIVATE) {
            Ok(opened) => Ok(Some(opened)),
            Err(Error::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a file of that name; nothing is opened.
    pub fn has(&self, name: &str) -> Result<bool> {
        let path = || self.path.join(name);
        match retry(|| fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)) {
            Ok(stat) => match self.fault(&stat) {
                Some(what) => Err(planted(path(), what)),
                None => Ok(true),
            },
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(Error::file("look at", path(), errno)),
        }
    }

    /// Opens a file, which is made (readable by us only) if it is not there.
    pub fn file_or_new(&self, name: &str, access: OpenMode) -> Result<File> {
        self.opened_or_new(name, access).map(|opened| opened.file)
    }

    /// As [`Folder::file_or_new`], for [`Folder::length_at`].
    pub fn opened_or_new(&self, name: &str, access: OpenMode) -> Result<Opened> {
        match self.opened(name, access)? {
            Some(opened) => Ok(opened),
            None => match self.make(name, access, PRIVATE) {
                // Another process was faster.
                Err(Error::File { cause, .. }) if cause.kind() == io::ErrorKind::AlreadyExists => {
                    self.open_at(name, access, OFlags::empty(), PRIVATE)
                }
                made => made,
            },
        }
    }

    /// Makes a file that must not be there yet.
    pub fn new_file(&self, name: &str, access: OpenMode, mode: u32) -> Result<File> {
        self.make(name, access, mode).map(|opened| opened.file)
    }

    fn make(&self, name: &str, access: OpenMode, mode: u32) -> Result<Opened> {
        let fd = self.open_unseen(name, access, OFlags::CREATE | OFlags::EXCL, mode)?;
        let finished = self
            .examined(fd, name)
            .and_then(|opened| self.finish_new(opened, name, mode));
        if finished.is_err() {
            // Nobody would look for what is half made. The first fault is the one to tell.
            self.remove(name).ok();
        }
        finished
    }

    fn finish_new(&self, opened: Opened, name: &str, mode: u32) -> Result<Opened> {
        let file = &opened.file;
        if mode == PUBLIC && opened.stat.st_mode & 0o777 != PUBLIC {
            // The umask of a CGI server would hide the file from the web server.
            retry(|| fs::fchmod(file, Mode::from_raw_mode(mode)))
                .map_err(|errno| Error::file("open to readers", self.path.join(name), errno))?;
        }
        if self.user == 0 && self.owner != 0 {
            let owner = rustix::fs::Uid::from_raw(self.owner);
            retry(|| fs::fchown(file, Some(owner), None))
                .map_err(|errno| Error::file("give to its owner", self.path.join(name), errno))?;
        }
        Ok(opened)
    }

    /// Replaces the file `name` whole: whoever reads it, now or after a power cut, sees all of the
    /// old content or all of the new. Callers that may do this at the same time hold a lock.
    pub fn replace(
        &self,
        name: &str,
        mode: u32,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<()> {
        let temporary = format!(".{name}.tmp");
        let mut file = match self.new_file(&temporary, OpenMode::Change, mode) {
            Err(Error::File { cause, .. }) if cause.kind() == io::ErrorKind::AlreadyExists => {
                // Left by a process that was killed, or planted: either way it is not to be written through.
                self.remove(&temporary)?;
                self.new_file(&temporary, OpenMode::Change, mode)?
            }
            made => made?,
        };
        let written = write(&mut file)
            .and_then(|()| file.sync_all())
            .map_err(|cause| Error::file("write", self.path.join(&temporary), cause))
            .and_then(|()| {
                fs::renameat(&self.fd, temporary.as_str(), &self.fd, name)
                    .map_err(|errno| Error::file("rename to", self.path.join(name), errno))
            });
        if let Err(error) = written {
            // The first fault is the one to tell; a temporary that stays is removed the next time.
            self.remove(&temporary).ok();
            return Err(error);
        }
        self.sync()
    }

    /// Replaces the file `name`, which was opened as `file` and read as `seen`, by `bytes`; `None` was not there.
    pub fn rewrite(
        &self,
        name: &str,
        mode: u32,
        old: Option<(&File, &SeenPart)>,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<()> {
        self.replace(name, mode, |new| {
            write(new)?;
            // Last, so that little time is left in which it could change.
            new.sync_all()?;
            let is_old = match old {
                Some((file, seen)) => {
                    seen.check(file)?;
                    self.holds(name, file)
                }
                None => matches!(
                    fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW),
                    Err(Errno::NOENT)
                ),
            };
            match is_old {
                true => Ok(()),
                false => Err(io::Error::other(
                    "another file came into its place; nothing was changed",
                )),
            }
        })
    }

    /// [`Folder::replace`] with `bytes`.
    pub fn replace_with(&self, name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        self.replace(name, mode, |file| file.write_all(bytes))
    }

    /// Makes a file that must not be there yet: whoever reads it, now or after a power cut, sees all of it or none. The
    /// temporary file has a name of its own, so that several processes may do this at the same time: one of them makes it.
    pub fn create(&self, name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        let mut number = [0; 8];
        crate::random::fill(&mut number)?;
        let temporary = format!(
            "{}{}{TEMPORARY}",
            before_number(name),
            crate::text::hex(&number)
        );
        let mut file = self.new_file(&temporary, OpenMode::Change, mode)?;
        let written = file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|cause| Error::file("write", self.path.join(&temporary), cause))
            .and_then(|()| self.rename_to_free(&temporary, name));
        if let Err(error) = written {
            self.remove(&temporary).ok();
            return Err(error);
        }
        self.sync()
    }

    /// Removes the temporary files of [`Folder::create`] that processes left that were killed.
    pub fn remove_temporaries(&self, name: &str) -> Result<()> {
        let before = before_number(name);
        for left in self.names()? {
            let number = left
                .strip_prefix(&before)
                .and_then(|rest| rest.strip_suffix(TEMPORARY));
            if number.is_some_and(|number| number.len() == 16) {
                self.remove(&left)?;
            }
        }
        Ok(())
    }

    /// Renames a file to a name that no file has.
    fn rename_to_free(&self, from: &str, to: &str) -> Result<()> {
        let flags = fs::RenameFlags::NOREPLACE;
        let renamed = match fs::renameat_with(&self.fd, from, &self.fd, to, flags) {
            // Some network file systems, and kernels before 3.15, cannot do both in one step.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match fs::statat(&self.fd, to, AtFlags::SYMLINK_NOFOLLOW) {
                    Err(Errno::NOENT) => fs::renameat(&self.fd, from, &self.fd, to),
                    Ok(_) => Err(Errno::EXIST),
                    Err(other) => Err(other),
                }
            }
            renamed => renamed,
        };
        renamed.map_err(|errno| Error::file("make", self.path.join(to), errno))
    }

    /// Renames a file within the folder.
    pub fn rename(&self, from: &str, to: &str) -> Result<()> {
        fs::renameat(&self.fd, from, &self.fd, to)
            .map_err(|errno| Error::file("rename", self.path.join(from), errno))
    }

    /// Removes a name; that it is not there is no error.
    pub fn remove(&self, name: &str) -> Result<()> {
        match fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(Error::file("remove", self.path.join(name), errno)),
        }
    }

    /// Makes the folder's own entries (new names, renames) survive a power cut.
    pub fn sync(&self) -> Result<()> {
        match retry(|| fs::fsync(&self.fd)) {
            // Some network file systems cannot sync a folder and need not.
            Ok(()) | Err(Errno::INVAL) => Ok(()),
            Err(errno) => Err(Error::file("sync", &self.path, errno)),
        }
    }

    /// Whether `file` still stands at `name` (it was not replaced since it was opened).
    pub fn holds(&self, name: &str, file: &File) -> bool {
        let at_name = fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW);
        matches!((at_name, fs::fstat(file)), (Ok(a), Ok(b)) if (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino))
    }

    /// The length that the file at `name` has now, if it still is the one that was opened: as [`Folder::holds`], in one
    /// question.
    pub fn length_at(&self, name: &str, opened: &Opened) -> Option<u64> {
        let now = fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let then = &opened.stat;
        let is_same = (now.st_dev, now.st_ino) == (then.st_dev, then.st_ino);
        is_same.then(|| u64::try_from(now.st_size).unwrap_or_default())
    }

    /// When the file at `name` was last changed, in seconds since 1970; `None` if it is not there.
    pub fn modified(&self, name: &str) -> Option<i64> {
        let stat = fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(stat.st_mtime)
    }

    /// The names in the folder that are UTF-8, in no order.
    pub fn names(&self) -> Result<Vec<String>> {
        let wrap = |errno| Error::file("list", &self.path, errno);
        let mut names = Vec::new();
        for entry in retry(|| fs::Dir::read_from(&self.fd)).map_err(wrap)? {
            if let Ok(name) = entry.map_err(wrap)?.file_name().to_str() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    fn open_at(&self, name: &str, access: OpenMode, extra: OFlags, mode: u32) -> Result<Opened> {
        let fd = self.open_unseen(name, access, extra, mode)?;
        self.examined(fd, name)
    }

    fn open_unseen(
        &self,
        name: &str,
        access: OpenMode,
        extra: OFlags,
        mode: u32,
    ) -> Result<OwnedFd> {
        let rights = match access {
            OpenMode::Read => OFlags::RDONLY,
            OpenMode::Append => OFlags::RDWR | OFlags::APPEND,
            OpenMode::Change => OFlags::RDWR,
        };
        // O_NONBLOCK: a planted FIFO must not make us wait; regular files do not care.
        let flags = rights | extra | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = || self.path.join(name);
        let open = || fs::openat(&self.fd, name, flags, Mode::from_raw_mode(mode));
        retry(open).map_err(|errno| match errno {
            Errno::LOOP | Errno::MLINK => planted(path(), "a symbolic link"),
            Errno::NXIO => planted(path(), "a FIFO or a socket"),
            Errno::ISDIR => planted(path(), "a folder"),
            other => Error::file("open", path(), other),
        })
    }

    /// What was opened, if it is one of ours.
    fn examined(&self, fd: OwnedFd, name: &str) -> Result<Opened> {
        let path = || self.path.join(name);
        let stat = fs::fstat(&fd).map_err(|errno| Error::file("look at", path(), errno))?;
        match self.fault(&stat) {
            Some(what) => Err(planted(path(), what)),
            None => Ok(Opened {
                file: File::from(fd),
                stat,
            }),
        }
    }

    /// Why a file is not one of ours.
    fn fault(&self, stat: &Stat) -> Option<&'static str> {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            FileType::Directory => return Some("a folder"),
            FileType::Fifo => return Some("a FIFO"),
            _ => return Some("not a regular file"),
        }
        // None at all is a file that was replaced since it was opened.
        if stat.st_nlink > 1 {
            return Some("a file with another name elsewhere (a hard link)");
        }
        let ours = stat.st_uid == self.owner || stat.st_uid == self.user;
        (!ours).then_some("owned by another user")
    }
}

/// The end of the names of temporary files.
const TEMPORARY: &str = ".tmp";

/// The beginning of the names of the temporary files of [`Folder::create`].
fn before_number(name: &str) -> String {
    format!(".{}.", name.trim_start_matches('.'))
}

/// Whose process this is; it stays that user's.
fn user() -> u32 {
    static USER: OnceLock<u32> = OnceLock::new();
    *USER.get_or_init(|| rustix::process::geteuid().as_raw())
}

fn planted(path: impl Into<PathBuf>, what: &'static str) -> Error {
    Error::Planted {
        path: path.into(),
        what,
    }
}

/// Repeats a system call that a signal interrupted.
fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        (dir, folder)
    }

    #[test]
    fn s2_a_planted_link_fifo_folder_or_hard_link_is_never_opened() {
        let (dir, folder) = folder();
        std::fs::write(dir.path().join("victim"), "kept").unwrap();
        std::os::unix::fs::symlink("victim", dir.path().join("link")).unwrap();
        std::fs::hard_link(dir.path().join("victim"), dir.path().join("hard")).unwrap();
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        let fifo = dir.path().join("fifo");
        fs::mknodat(fs::CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        for name in ["link", "hard", "folder", "fifo"] {
            for access in [OpenMode::Read, OpenMode::Append, OpenMode::Change] {
                let opened = folder.file_or_new(name, access);
                assert!(
                    matches!(opened, Err(Error::Planted { .. })),
                    "{name} {access:?}: {opened:?}"
                );
            }
        }
        assert_eq!(
            std::fs::read_to_string(dir.path().join("victim")).unwrap(),
            "kept"
        );
    }

    #[test]
    fn s2_a_folder_that_is_a_link_is_refused() {
        let (dir, _) = folder();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path(), &link).unwrap();
        assert!(matches!(Folder::open(&link), Err(Error::Planted { .. })));
    }

    #[test]
    fn replace_writes_whole_files_and_does_not_write_through_a_planted_temporary() {
        let (dir, folder) = folder();
        std::fs::write(dir.path().join("victim"), "kept").unwrap();
        std::os::unix::fs::symlink("victim", dir.path().join(".a.xml.tmp")).unwrap();
        folder.replace_with("a.xml", PUBLIC, b"new").unwrap();
        let mut text = String::new();
        folder
            .file("a.xml", OpenMode::Read)
            .unwrap()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "new");
        assert_eq!(
            std::fs::read_to_string(dir.path().join("victim")).unwrap(),
            "kept"
        );
        assert!(!dir.path().join(".a.xml.tmp").exists());
    }
}
