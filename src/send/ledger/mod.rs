//! The ledger: which pings were sent where, and how the receivers replied; JSON Lines to which events are only ever
//! appended.
//!
//! The user chooses its path and may keep it in git, so it is never renamed or rewritten: the lock is on the file
//! itself, and a file that was replaced meanwhile (by a `git pull`) is noticed before anything is appended. A torn last
//! line is saved beside the ledger and cut off.

mod event;
mod first_run;
mod guids;
mod known_entry;
mod likeness;
mod link_state;
mod lock;
mod read;
mod same_entry;
mod state;

use std::fs::{self, File};
use std::io::{Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use self::event::{AttemptResult, LedgerEvent, LinkbackKeys, MAX_ANSWER, Occasion};
pub use self::first_run::Unseen;
pub use self::link_state::{ChangeNotification, LinkStanding, LinkState};
pub use self::state::{LedgerState, UrlKnowledge};
use crate::dir::{Durable, Folder, OpenMode, SeenPart, TRIES, append, disagrees, length};
use crate::error::{Error, Result};

/// The default name of a ledger.
pub const DEFAULT_NAME: &str = "tb-sent.jsonl";

/// An open ledger, locked until it is dropped.
#[derive(Debug)]
pub struct Ledger {
    folder: Folder,
    name: String,
    file: Arc<File>,
    /// The bytes that were read or appended and are not yet compared with the file.
    seen: SeenPart,
    /// The state after all its events.
    pub state: LedgerState,
    /// Warnings for the user, in sentences.
    pub warnings: Vec<String>,
}

/// Flushes a ledger's appended events to disk.
#[derive(Debug, Clone)]
pub struct Sync {
    file: Arc<File>,
    path: PathBuf,
}

impl Ledger {
    /// Reads the ledger at `path` without a lock and without changing anything; an empty state if it does not exist.
    pub fn peek(path: &Path) -> Result<(LedgerState, Vec<String>)> {
        let (folder, name) = split_path(path)?;
        match folder.file(&name, OpenMode::Read)? {
            None => Ok((LedgerState::default(), Vec::new())),
            Some(mut file) => {
                let read = read::parse(&mut file, &name)
                    .map_err(|cause| Error::file("read", path, cause))?;
                Ok((read.state, read.warnings))
            }
        }
    }

    /// Opens the ledger at `path` for writing, and creates it if it does not exist; waits up to `timeout` for another
    /// writer.
    pub fn open(path: &Path, timeout: Duration) -> Result<Ledger> {
        let (folder, name) = split_path(path)?;
        let file = lock::open_locked(&folder, &name, timeout)?;
        let mut ledger = Ledger {
            folder,
            name,
            file: Arc::new(file),
            seen: SeenPart::from(0),
            state: LedgerState::default(),
            warnings: Vec::new(),
        };
        ledger.load()?;
        Ok(ledger)
    }

    /// Appends events, all or none. They are not on disk before [`Sync::sync`].
    pub fn add(&mut self, events: Vec<LedgerEvent>) -> Result<()> {
        let mut lines = Vec::new();
        for event in &events {
            let line = event.to_line();
            lines.extend(line.map_err(|cause| self.fault("write", cause.into()))?);
        }
        self.append(&lines)?;
        for event in events {
            self.state.add(event);
        }
        Ok(())
    }

    /// Appends events and flushes them to disk.
    pub fn add_synced(&mut self, events: Vec<LedgerEvent>) -> Result<()> {
        self.add(events)?;
        self.sync_handle().sync()
    }

    /// A handle that flushes appended events to disk, also while others are appended.
    pub fn sync_handle(&self) -> Sync {
        Sync {
            file: Arc::clone(&self.file),
            path: self.path(),
        }
    }

    /// A time for an event of a link, as [`LedgerState::time_for`].
    pub fn time_for(&self, entry: &str, target: &str, now: Timestamp) -> Timestamp {
        self.state.time_for(entry, target, now)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    fn fault(&self, doing: &'static str, cause: std::io::Error) -> Error {
        Error::file(doing, self.path(), cause)
    }

    /// Reads the whole file twice, and trusts it only if both readings agree: a ping that is missing from it would be
    /// sent again.
    fn load(&mut self) -> Result<()> {
        let mut fault = disagrees(0, 0);
        for _ in 0..TRIES {
            let expected = length(&self.file).map_err(|cause| self.fault("inspect", cause))?;
            let read = (&*self.file)
                .seek(SeekFrom::Start(0))
                .and_then(|_| read::parse(&mut (&*self.file).take(expected + 1), &self.name))
                .map_err(|cause| self.fault("read", cause))?;
            fault = match read.seen.check(&self.file) {
                Ok(()) if read.seen.end() == expected => return self.accept(read),
                Ok(()) => disagrees(expected, read.seen.end()),
                Err(cause) => cause,
            };
        }
        Err(self.fault("read", fault))
    }

    fn accept(&mut self, read: read::LedgerContents) -> Result<()> {
        self.state = read.state;
        self.warnings = read.warnings;
        self.seen = read.seen;
        match read.end {
            read::LedgerEnd::Whole => {}
            read::LedgerEnd::NoNewline => self.append(b"\n")?,
            read::LedgerEnd::Torn { at, bytes } => self.cut_torn_end(at, &bytes)?,
        }
        // The directory entry of a new file must be on disk before its contents matter.
        self.folder.sync()
    }

    /// Saves a torn last line beside the ledger, reads it back from there, and cuts it off.
    fn cut_torn_end(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        let aside = format!("{}.torn", self.name);
        let torn = self.folder.file_or_new(&aside, OpenMode::Append)?;
        let kept = length(&torn).and_then(|length| {
            let mut seen = SeenPart::from(length);
            append(&torn, &mut seen, &[bytes, b"\n"].concat(), Durable::Now)
        });
        kept.and_then(|()| self.seen.check(&self.file))
            .and_then(|()| self.file.set_len(at))
            .map_err(|cause| self.fault("repair", cause))?;
        self.seen = SeenPart::from(at);
        self.warnings.push(format!(
            "the last line of `{}` was incomplete; it was moved to `{aside}`",
            self.name
        ));
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.folder.holds(&self.name, &self.file) {
            let cause = "the file was replaced while in use; no more pings are sent, run it again";
            return Err(self.fault("append to", std::io::Error::other(cause)));
        }
        append(&self.file, &mut self.seen, bytes, Durable::Later)
            .map_err(|cause| Error::file("append to", self.folder.path().join(&self.name), cause))
    }
}

impl Sync {
    /// Waits until everything appended so far is on disk.
    pub fn sync(&self) -> Result<()> {
        self.file
            .sync_data()
            .map_err(|cause| Error::file("sync", &self.path, cause))
    }
}

/// The folder and the name of a ledger. The user chose the folder, so symbolic links to it are followed; the ledger
/// itself must not be one.
fn split_path(path: &Path) -> Result<(Folder, String)> {
    let fault = |cause: std::io::Error| Error::file("find the folder of", path, cause);
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Error::Usage(format!("`{}` is not a file name", path.display())))?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let parent = fs::canonicalize(parent).map_err(fault)?;
    Ok((Folder::open(&parent)?, name.to_owned()))
}

#[cfg(test)]
mod tests;
