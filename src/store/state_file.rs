//! The program's own small files in `data_dir`: read whole, replaced whole under a lock, or appended to.
//!
//! What a power cut takes from a line that was appended is the line; a file that was replaced is the old or the
//! new one.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;

use super::log::Locked;
use super::{Store, lock};
use crate::dir::{OpenMode, PRIVATE, read_whole};
use crate::error::{Error, Result};

/// The most of such a file that is read, in bytes.
const MOST: u64 = 16 << 20;

/// One of the program's own files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFile {
    /// Addresses, domains and words that are not wanted; the owner may edit it.
    Bans,
    /// The domains that the owner has approved.
    Domains,
    /// What is known of the entries behind the ids.
    Entries,
    /// The pings whose pages are to be checked.
    Queue,
    /// When the last mail to the owner was sent, and about which pings.
    Notified,
    /// When junk was last purged.
    Purged,
}

impl StateFile {
    /// All of them.
    pub const ALL: [StateFile; 6] = [
        StateFile::Bans,
        StateFile::Domains,
        StateFile::Entries,
        StateFile::Queue,
        StateFile::Notified,
        StateFile::Purged,
    ];

    /// The name of the file.
    pub fn name(self) -> &'static str {
        match self {
            StateFile::Bans => ".bans",
            StateFile::Domains => ".domains",
            StateFile::Entries => ".entries",
            StateFile::Queue => ".queue",
            StateFile::Notified => ".notified",
            StateFile::Purged => ".purged",
        }
    }

    fn lock_name(self) -> &'static str {
        match self {
            StateFile::Bans => ".lock-bans",
            StateFile::Domains => ".lock-domains",
            StateFile::Entries => ".lock-entries",
            StateFile::Queue => ".lock-queue",
            StateFile::Notified => ".lock-notified",
            StateFile::Purged => ".lock-purged",
        }
    }
}

/// The right to do what only one process does at a time, until it is dropped.
#[derive(Debug)]
pub struct SingleRun {
    _file: File,
}

impl Store {
    /// Takes the turn to look at the pages of pings; `None` if another process has it.
    pub fn try_turn(&self) -> Result<Option<SingleRun>> {
        let file = lock::try_hold(&self.folder, ".lock-verify")?;
        Ok(file.map(|file| SingleRun { _file: file }))
    }

    /// Where the file is, for messages.
    pub fn path_of_own(&self, own: StateFile) -> PathBuf {
        self.folder.path().join(own.name())
    }

    /// The file, open for reading; `None` if it is not there.
    pub fn own_file(&self, own: StateFile) -> Result<Option<File>> {
        self.folder.file(own.name(), OpenMode::Read)
    }

    /// What the file holds, at most 16 MiB of it; `None` if it is not there.
    pub fn read_own(&self, own: StateFile) -> Result<Option<Vec<u8>>> {
        let file = self.own_file(own)?;
        file.map(|file| self.read_own_file(own, &file)).transpose()
    }

    /// As [`Store::read_own`], of what [`Store::own_file`] gave.
    pub fn read_own_file(&self, own: StateFile, file: &File) -> Result<Vec<u8>> {
        let wrap = |cause| Error::file("read", self.path_of_own(own), cause);
        match read_whole(file, MOST) {
            Ok((bytes, _)) => Ok(bytes),
            Err(cause) if cause.kind() == ErrorKind::FileTooLarge => {
                let mut bytes = Vec::new();
                file.take(MOST).read_to_end(&mut bytes).map_err(wrap)?;
                Ok(bytes)
            }
            Err(cause) => Err(wrap(cause)),
        }
    }

    /// Replaces what the file holds (nothing, if it is not there) by what `edit` makes of it; `None` leaves
    /// it. Only one process edits or appends at a time, and a power cut leaves the old or the new.
    pub fn edit_own(
        &self,
        own: StateFile,
        edit: impl FnOnce(Vec<u8>) -> Result<Option<Vec<u8>>>,
    ) -> Result<()> {
        let _lock = lock::hold(&self.folder, own.lock_name())?;
        let file = self.own_file(own)?;
        let wrap = |cause| Error::file("read", self.path_of_own(own), cause);
        let (old, seen) = match file.as_ref().map(|file| read_whole(file, MOST)) {
            None => (Vec::new(), None),
            // It is made anew from the pings.
            Some(Err(cause))
                if own == StateFile::Queue && cause.kind() == ErrorKind::FileTooLarge =>
            {
                self.folder.remove(own.name())?;
                (Vec::new(), None)
            }
            Some(read) => read.map(|(old, seen)| (old, Some(seen))).map_err(wrap)?,
        };
        match edit(old)? {
            Some(new) => self.folder.rewrite(
                own.name(),
                PRIVATE,
                file.as_ref().zip(seen.as_ref()),
                |file| file.write_all(&new),
            ),
            None => Ok(()),
        }
    }

    /// Appends a line, which is given without its newline. It is not synced.
    pub fn append_own(&self, own: StateFile, line: &str) -> Result<()> {
        self.append_to_own(own, line, u64::MAX, |_| Ok(()))
    }

    /// As [`Store::append_own`], unless the file has more than `most` bytes.
    pub fn append_own_up_to(&self, own: StateFile, line: &str, most: u64) -> Result<()> {
        self.append_to_own(own, line, most, |_| Ok(()))
    }

    /// The same, and the line outlasts a power cut.
    pub fn append_own_synced(&self, own: StateFile, line: &str) -> Result<()> {
        self.append_to_own(own, line, u64::MAX, File::sync_data)
    }

    fn append_to_own(
        &self,
        own: StateFile,
        line: &str,
        most: u64,
        sync: impl FnOnce(&File) -> std::io::Result<()>,
    ) -> Result<()> {
        // `edit_own` puts another file in place: who appends to the old one would lose the line.
        let _lock = lock::hold(&self.folder, own.lock_name())?;
        let opened = self.folder.opened_or_new(own.name(), OpenMode::Append)?;
        let locked = Locked {
            length: opened.length(),
            file: opened.file,
        };
        if locked.length > most {
            return Ok(());
        }
        locked
            .append_line(format!("{line}\n").as_bytes())
            .and_then(|_| sync(&locked.file))
            .map_err(|cause| Error::file("append to", self.path_of_own(own), cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_appended_to_and_edited() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.read_own(StateFile::Bans).unwrap(), None);
        store.append_own(StateFile::Bans, "a").unwrap();
        store.append_own(StateFile::Bans, "b").unwrap();
        store
            .edit_own(StateFile::Bans, |old| {
                assert_eq!(old, b"a\nb\n");
                Ok(Some(b"c\n".to_vec()))
            })
            .unwrap();
        store.edit_own(StateFile::Bans, |_| Ok(None)).unwrap();
        store.append_own_up_to(StateFile::Bans, "more", 1).unwrap();
        let turn = store.try_turn().unwrap();
        assert!(turn.is_some() && store.try_turn().unwrap().is_none());
        drop(turn);
        assert!(store.try_turn().unwrap().is_some());
        assert_eq!(store.read_own(StateFile::Bans).unwrap().unwrap(), b"c\n");
    }
}
