//! State files: small files in `data_dir` that are read and replaced as a whole under a lock, or appended to.
//!
//! A power cut may lose an appended line; a replaced file is the old or the new one.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;

use super::log::LockedFile;
use super::{Store, lock};
use crate::dir::{OpenMode, PRIVATE, SeenPart, read_whole};
use crate::error::{Error, Result};

/// How much of such a file is read, in bytes.
const MAX: u64 = 16 << 20;

/// A state file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFile {
    /// Banned addresses, domains and words; the owner may edit it.
    Bans,
    /// Publishers that the owner has approved.
    Domains,
    /// The entries behind the ids.
    Entries,
    /// The pings whose pages are to be checked.
    Queue,
    /// When the last mail to the owner was sent, and about which pings.
    Notified,
    /// When junk was last purged.
    Purged,
    /// The last decisions, so that they can be taken back.
    Undo,
}

impl StateFile {
    /// Those that a backup has.
    pub const IN_BACKUPS: [StateFile; 6] = [
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
            StateFile::Undo => ".undo",
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
            StateFile::Undo => ".lock-undo",
        }
    }
}

/// A lock on work that only one process does at a time, held until it is dropped.
#[derive(Debug)]
pub struct SingleRun {
    _file: File,
}

/// A state file while it is edited.
struct EditedFile {
    /// The file that is to be replaced, and what was read of it; `None` if there is none.
    old: Option<(File, SeenPart)>,
    _lock: File,
}

impl Store {
    /// Acquires the lock on verification; `None` if another process has it.
    pub fn try_begin_verify(&self) -> Result<Option<SingleRun>> {
        let file = lock::try_acquire(&self.folder, ".lock-verify")?;
        Ok(file.map(|file| SingleRun { _file: file }))
    }

    /// Acquires the lock on changes of `tb.toml`.
    pub fn lock_config(&self) -> Result<SingleRun> {
        let file = lock::acquire(&self.folder, ".lock-config")?;
        Ok(SingleRun { _file: file })
    }

    /// The path of a state file, for messages.
    pub fn state_path(&self, own: StateFile) -> PathBuf {
        self.folder.path().join(own.name())
    }

    /// Opens a state file for reading; `None` if it does not exist.
    pub fn open_state(&self, own: StateFile) -> Result<Option<File>> {
        self.folder.file(own.name(), OpenMode::Read)
    }

    /// Reads a state file, at most 16 MiB of it; `None` if it does not exist.
    pub fn read_state(&self, own: StateFile) -> Result<Option<Vec<u8>>> {
        let file = self.open_state(own)?;
        file.map(|file| self.read_open_state(own, &file))
            .transpose()
    }

    /// Like [`Store::read_state`], for a file from [`Store::open_state`].
    pub fn read_open_state(&self, own: StateFile, file: &File) -> Result<Vec<u8>> {
        let wrap = |cause| Error::file("read", self.state_path(own), cause);
        match read_whole(file, MAX) {
            Ok((bytes, _)) => Ok(bytes),
            Err(cause) if cause.kind() == ErrorKind::FileTooLarge => {
                let mut bytes = Vec::new();
                file.take(MAX).read_to_end(&mut bytes).map_err(wrap)?;
                Ok(bytes)
            }
            Err(cause) => Err(wrap(cause)),
        }
    }

    /// Replaces the content of a state file (empty if it does not exist) by the result of `edit`; `None` leaves it
    /// unchanged. Only one process edits or appends at a time, and a power cut leaves the old or the new content.
    pub fn edit_state(
        &self,
        own: StateFile,
        edit: impl FnOnce(Vec<u8>) -> Result<Option<Vec<u8>>>,
    ) -> Result<()> {
        let (content, edited) = self.begin_edit(own)?;
        match edit(content)? {
            Some(new) => self.end_edit(own, &edited, &new),
            None => Ok(()),
        }
    }

    /// The content of a state file that is to be replaced, and what is known of it.
    // The closures of `edit_state` differ, and this would be compiled for each.
    #[inline(never)]
    fn begin_edit(&self, own: StateFile) -> Result<(Vec<u8>, EditedFile)> {
        let lock = lock::acquire(&self.folder, own.lock_name())?;
        let file = self.open_state(own)?;
        let (content, seen) = match file.as_ref().map(|file| read_whole(file, MAX)) {
            None => (Vec::new(), None),
            // The queue is rebuilt from the pings.
            Some(Err(cause))
                if own == StateFile::Queue && cause.kind() == ErrorKind::FileTooLarge =>
            {
                self.folder.remove(own.name())?;
                (Vec::new(), None)
            }
            Some(read) => read
                .map(|(content, seen)| (content, Some(seen)))
                .map_err(|cause| Error::file("read", self.state_path(own), cause))?,
        };
        let old = file.zip(seen);
        Ok((content, EditedFile { old, _lock: lock }))
    }

    #[inline(never)]
    fn end_edit(&self, own: StateFile, edited: &EditedFile, new: &[u8]) -> Result<()> {
        let old = edited.old.as_ref().map(|(file, seen)| (file, seen));
        self.folder
            .rewrite(own.name(), PRIVATE, old, |file| file.write_all(new))
    }

    /// Appends a line, given without its newline. It is not synced.
    pub fn append_state(&self, own: StateFile, line: &str) -> Result<()> {
        self.append_to_state(own, line, u64::MAX, |_| Ok(()))
    }

    /// Like [`Store::append_state`], unless the file has more than `most` bytes.
    pub fn append_state_up_to(&self, own: StateFile, line: &str, most: u64) -> Result<()> {
        self.append_to_state(own, line, most, |_| Ok(()))
    }

    /// Like [`Store::append_state`], and syncs the file.
    pub fn append_state_synced(&self, own: StateFile, line: &str) -> Result<()> {
        self.append_to_state(own, line, u64::MAX, File::sync_data)
    }

    fn append_to_state(
        &self,
        own: StateFile,
        line: &str,
        most: u64,
        sync: impl FnOnce(&File) -> std::io::Result<()>,
    ) -> Result<()> {
        // `edit_state` replaces the file: a line appended to the old one would be lost.
        let _lock = lock::acquire(&self.folder, own.lock_name())?;
        let opened = self.folder.opened_or_new(own.name(), OpenMode::Append)?;
        let locked = LockedFile {
            length: opened.length(),
            file: opened.file,
        };
        if locked.length > most {
            return Ok(());
        }
        locked
            .append_line(format!("{line}\n").as_bytes())
            .and_then(|_| sync(&locked.file))
            .map_err(|cause| Error::file("append to", self.state_path(own), cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_appended_to_and_edited() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.read_state(StateFile::Bans).unwrap(), None);
        store.append_state(StateFile::Bans, "a").unwrap();
        store.append_state(StateFile::Bans, "b").unwrap();
        store
            .edit_state(StateFile::Bans, |old| {
                assert_eq!(old, b"a\nb\n");
                Ok(Some(b"c\n".to_vec()))
            })
            .unwrap();
        store.edit_state(StateFile::Bans, |_| Ok(None)).unwrap();
        store
            .append_state_up_to(StateFile::Bans, "more", 1)
            .unwrap();
        let turn = store.try_begin_verify().unwrap();
        assert!(turn.is_some() && store.try_begin_verify().unwrap().is_none());
        drop(turn);
        assert!(store.try_begin_verify().unwrap().is_some());
        assert_eq!(store.read_state(StateFile::Bans).unwrap().unwrap(), b"c\n");
    }
}
