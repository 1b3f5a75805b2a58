//! The ledger: what was sent to whom, and what they said; JSON Lines to which facts are only ever added.
//!
//! It is the owner's file, lies where the owner says, and may be kept in git, so it is never renamed or
//! rewritten: the lock is on the file itself, and a file that was replaced meanwhile (by a `git pull`) is noticed
//! before anything is added. What is torn at its end is kept beside it and cut off.

mod event;
mod link_state;
mod lock;
mod read;
mod state;

use std::fs::{self, File};
use std::io::{Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use self::event::{AttemptResult, LedgerEvent, LinkbackKeys, MAX_ANSWER, Occasion};
pub use self::link_state::{FollowUp, LinkStanding, LinkState};
pub(super) use self::state::entry_key;
pub use self::state::{LedgerState, UrlKnowledge};
use crate::dir::{Durable, Folder, OpenMode, SeenPart, TRIES, append, disagrees, length};
use crate::error::{Error, Result};

/// The ledger's name where none is given.
pub const DEFAULT_NAME: &str = "tb-sent.jsonl";

/// A ledger that nobody else writes to until it is dropped.
#[derive(Debug)]
pub struct Ledger {
    folder: Folder,
    name: String,
    file: Arc<File>,
    /// What was read of it or added, and not yet held against it.
    seen: SeenPart,
    /// What it says.
    pub book: LedgerState,
    /// What its owner should know of it, in sentences.
    pub warnings: Vec<String>,
}

/// Brings what was added to a ledger onto the disk.
#[derive(Debug, Clone)]
pub struct Sync {
    file: Arc<File>,
    path: PathBuf,
}

impl Ledger {
    /// Reads the ledger at `path` without a lock and without changing anything; an empty book if it is not there.
    pub fn peek(path: &Path) -> Result<(LedgerState, Vec<String>)> {
        let (folder, name) = place(path)?;
        match folder.file(&name, OpenMode::Read)? {
            None => Ok((LedgerState::default(), Vec::new())),
            Some(mut file) => {
                let read = read::read(&mut file, &name)
                    .map_err(|cause| Error::file("read", path, cause))?;
                Ok((read.book, read.warnings))
            }
        }
    }

    /// Opens the ledger at `path`, which is made where it is not there, for one writer; waits so long for
    /// another one to end.
    pub fn open(path: &Path, patience: Duration) -> Result<Ledger> {
        let (folder, name) = place(path)?;
        let file = lock::hold(&folder, &name, patience)?;
        let mut ledger = Ledger {
            folder,
            name,
            file: Arc::new(file),
            seen: SeenPart::from(0),
            book: LedgerState::default(),
            warnings: Vec::new(),
        };
        ledger.load()?;
        Ok(ledger)
    }

    /// Adds facts, all or none. They are not on the disk before [`Sync::sync`].
    pub fn add(&mut self, facts: Vec<LedgerEvent>) -> Result<()> {
        let mut lines = Vec::new();
        for fact in &facts {
            let line = fact.to_line();
            lines.extend(line.map_err(|cause| self.fault("write", cause.into()))?);
        }
        self.append(&lines)?;
        for fact in facts {
            self.book.add(fact);
        }
        Ok(())
    }

    /// What brings added facts onto the disk, also while others are added.
    pub fn sync_handle(&self) -> Sync {
        Sync {
            file: Arc::clone(&self.file),
            path: self.path(),
        }
    }

    /// A time for a fact on a link, as [`LedgerState::time_for`].
    pub fn time_for(&self, entry: &str, target: &str, now: Timestamp) -> Timestamp {
        self.book.time_for(entry, target, now)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    fn fault(&self, doing: &'static str, cause: std::io::Error) -> Error {
        Error::file(doing, self.path(), cause)
    }

    /// Reads all of it, twice and the same, before it is believed: what is missing of it would be sent again.
    fn load(&mut self) -> Result<()> {
        let mut fault = disagrees(0, 0);
        for _ in 0..TRIES {
            let told = length(&self.file).map_err(|cause| self.fault("look at", cause))?;
            let read = (&*self.file)
                .seek(SeekFrom::Start(0))
                .and_then(|_| read::read(&mut (&*self.file).take(told + 1), &self.name))
                .map_err(|cause| self.fault("read", cause))?;
            fault = match read.seen.check(&self.file) {
                Ok(()) if read.seen.end() == told => return self.take(read),
                Ok(()) => disagrees(told, read.seen.end()),
                Err(cause) => cause,
            };
        }
        Err(self.fault("read", fault))
    }

    fn take(&mut self, read: read::Contents) -> Result<()> {
        self.book = read.book;
        self.warnings = read.warnings;
        self.seen = read.seen;
        match read.end {
            read::LedgerEnd::Whole => {}
            read::LedgerEnd::NoNewline => self.append(b"\n")?,
            read::LedgerEnd::Torn { at, bytes } => self.cut(at, &bytes)?,
        }
        // A new name must last as long as what is written to it.
        self.folder.sync()
    }

    /// Keeps a torn end beside the ledger, reads it back from there, and cuts it off.
    fn cut(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        let aside = format!("{}.torn", self.name);
        let torn = self.folder.file_or_new(&aside, OpenMode::Append)?;
        let kept = length(&torn).and_then(|length| {
            let mut seen = SeenPart::from(length);
            append(&torn, &mut seen, &[bytes, b"\n"].concat(), Durable::Now)
        });
        kept.and_then(|()| self.seen.check(&self.file))
            .and_then(|()| self.file.set_len(at))
            .map_err(|cause| self.fault("mend", cause))?;
        self.seen = SeenPart::from(at);
        self.warnings.push(format!(
            "the last line of `{}` was torn; what was left of it is in `{aside}`",
            self.name
        ));
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.folder.holds(&self.name, &self.file) {
            let cause = "it was replaced while it was in use; nothing more is sent, run it again";
            return Err(self.fault("add to", std::io::Error::other(cause)));
        }
        append(&self.file, &mut self.seen, bytes, Durable::Later)
            .map_err(|cause| Error::file("add to", self.folder.path().join(&self.name), cause))
    }
}

impl Sync {
    /// Waits until all that was added so far is on the disk.
    pub fn sync(&self) -> Result<()> {
        self.file
            .sync_data()
            .map_err(|cause| Error::file("sync", &self.path, cause))
    }
}

/// The folder and the name of a ledger. The folder is the owner's choice, so links on the way to it are
/// followed; the ledger itself may not be one.
fn place(path: &Path) -> Result<(Folder, String)> {
    let fault = |cause: std::io::Error| Error::file("find the folder of", path, cause);
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Error::Usage(format!("`{}` is not a file's name", path.display())))?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let parent = fs::canonicalize(parent).map_err(fault)?;
    Ok((Folder::open(&parent)?, name.to_owned()))
}

#[cfg(test)]
mod tests;
