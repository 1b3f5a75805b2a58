//! `.log`: one JSON object a line, what happened and why, for the owner; `.quarantine`: torn lines.
//!
//! Under CGI standard error may reach the client, so this is the only place where faults are reported. A
//! log that cannot be written stops nothing. At 1 MiB it becomes `.log.1`, the older one goes.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Store;
use super::lock;
use super::record::State;
use crate::dir::{OpenMode, SeenPart, TRIES, disagrees, length};
use crate::enum_table::enum_table;
use crate::error::{Error, Result};

/// The size, in bytes, at which a log is put aside.
const ROTATE_AT: u64 = 1 << 20;

enum_table! {
    /// What is logged: name, and what happened.
    pub enum EventName: (&'static str) {
        Received = ("received", "A new ping was taken; `state` says what became of it."),
        Updated = ("updated", "A ping of the same permalink brought another text."),
        JudgedAnew = ("judged-anew", "A ping that this program had junked came again and is looked at again."),
        Repeated = ("repeated", "A ping came again as it was."),
        NotReplaced = (
            "not-replaced",
            "A ping of the same permalink with another text was not taken over the earlier one.",
        ),
        Refused = (
            "refused",
            "A request was refused; `reason` is the name of the [refusal](http-api.md#every-request).",
        ),
        Published = ("published", "A ping is seen by everybody; `by` says who decided."),
        Held = ("held", "A ping waits."),
        Junk = ("junk", "A ping lies with the junk."),
        Deleted = ("deleted", "A ping was deleted for good."),
        Purged = ("purged", "Old junk was thrown away."),
        QueueOverflow = ("queue-overflow", "More pings waited than the limit allows; the oldest became junk."),
        WaitedTooLong = ("waited-too-long", "`tb prune` made old pings that waited junk."),
        Pruned = ("pruned", "`tb prune` has removed what nobody needs."),
        NotLookedAt = ("not-looked-at", "The page of a ping could not be looked at; it is tried again."),
        PutOff = (
            "put-off",
            "Something that follows from a change could not be done and is made good at the next: a feed, the queue.",
        ),
        NotLearnt = ("not-learnt", "The host of a ping that you published could not be noted as approved."),
        Domain = ("domain", "A host or domain was approved, or is no longer."),
        Banned = ("banned", "An address, a domain or a word was banned."),
        Unbanned = ("unbanned", "A ban was lifted."),
        WrongBan = ("wrong-ban", "A line of `.bans` is invalid; the others are in force."),
        Listed = ("listed", "An id was put on the public list."),
        Unlisted = ("unlisted", "An id was taken off it."),
        PassphraseSet = ("passphrase-set", "An id has a passphrase."),
        PassphraseRemoved = ("passphrase-removed", "An id has none any more."),
        MadeUrl = ("made-url", "A signed ping URL was made."),
        QueueFeedRevoked = ("queue-feed-revoked", "The private feed has another address."),
        LoggedIn = ("logged-in", "The owner has logged in."),
        LoggedOut = ("logged-out", "All sessions were ended."),
        Sent = ("sent", "A ping was sent from the form or by `tb ping`, and taken."),
        SentRefused = ("sent-refused", "The other side refused it."),
        SentLater = ("sent-later", "The other side asks for patience."),
        SentUncertain = ("sent-uncertain", "No answer says whether it arrived."),
        SentFailed = ("sent-failed", "It could not be sent."),
        Notified = ("notified", "The owner was told by mail of pings that wait."),
        NotifyFailed = ("notify-failed", "The mail could not be sent."),
        Rebuilt = ("rebuilt", "`tb rebuild` has written the feeds."),
        Imported = ("imported", "`tb import` has taken pings in."),
        BackedUp = ("backed-up", "`tb backup` has written an archive."),
        Restored = ("restored", "`tb restore` has put one back."),
        Failed = ("failed", "Something failed that no request or command could be told of."),
        Panicked = ("panicked", "A fault of the program; the request was answered with 500. Please report it."),
    }
}

#[cfg(feature = "internals")]
impl EventName {
    /// What happened, for the table in `docs/`.
    pub fn sentence(self) -> &'static str {
        self.row().0
    }
}

impl From<State> for EventName {
    fn from(state: State) -> EventName {
        match state {
            State::Published => EventName::Published,
            State::Held => EventName::Held,
            State::Junk => EventName::Junk,
        }
    }
}

/// Something to log: what happened, and facts about it.
#[derive(Debug, Clone)]
pub struct Event {
    fields: Map<String, Value>,
}

impl Event {
    /// Begins an event.
    pub fn new(now: Timestamp, name: impl Into<EventName>) -> Event {
        let mut fields = Map::new();
        fields.insert("time".to_owned(), now.to_string().into());
        fields.insert("event".to_owned(), name.into().name().into());
        Event { fields }
    }

    /// Adds a fact.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Event {
        self.fields.insert(key.to_owned(), value.into());
        self
    }
}

impl Store {
    /// Appends an event to `.log`.
    pub fn log(&self, event: &Event) {
        let mut line = Value::Object(event.fields.clone()).to_string();
        line.push('\n');
        self.append_rotated(".log", line.as_bytes());
    }

    /// `.quarantine`, locked, at its end; the earlier one is put aside when it is full.
    pub(super) fn open_quarantine(&self) -> Result<Aside> {
        const NAME: &str = ".quarantine";
        let path = self.folder.path().join(NAME);
        let mut locked = self.open_locked(NAME)?;
        if locked.length > ROTATE_AT {
            // Before, never after: all that is set aside at once stands in one file.
            self.folder.rename(NAME, &format!("{NAME}.1"))?;
            locked = self.open_locked(NAME)?;
        }
        let file = locked.file;
        Ok(Aside { file, path })
    }

    /// Adds a line to what [`Store::open_quarantine`] gave; `seen` goes on with it.
    pub(super) fn add_to_quarantine(
        &self,
        aside: &Aside,
        line: &[u8],
        seen: &mut SeenPart,
    ) -> Result<()> {
        let wrap = |cause| Error::file("append to", &aside.path, cause);
        let begins = begin_of_line(&aside.file, seen.end()).map_err(wrap)?;
        let line = [begins, line].concat();
        (&aside.file).write_all(&line).map_err(wrap)?;
        seen.take(&line);
        Ok(())
    }

    /// Opens a file that is shared with others for appending, and locks it until it is closed: of a line that
    /// another process is just writing, the end could be missed. Where there are no locks, an empty line is the
    /// worst that can come of it.
    pub(super) fn open_locked(&self, name: &str) -> Result<Locked> {
        let mut opened = self.folder.opened_or_new(name, OpenMode::Append)?;
        for _ in 0..TRIES {
            lock::wait(&opened.file).ok();
            if let Some(length) = self.folder.length_at(name, &opened) {
                let file = opened.file;
                return Ok(Locked { file, length });
            }
            // Another came into its place while we waited.
            opened = self.folder.opened_or_new(name, OpenMode::Append)?;
        }
        let file = opened.file;
        let length = length(&file)
            .map_err(|cause| Error::file("look at", self.folder.path().join(name), cause))?;
        Ok(Locked { file, length })
    }

    /// Appends a line to a file of bounded size. Errors are ignored here and only here: there is no
    /// other place to report them.
    fn append_rotated(&self, name: &str, line: &[u8]) {
        let Ok(locked) = self.open_locked(name) else {
            return;
        };
        let length = locked.append_line(line).unwrap_or(locked.length);
        // Of several processes that see it full, one renames; `holds` stops a second from renaming the new file.
        if length > ROTATE_AT && self.folder.holds(name, &locked.file) {
            self.folder.rename(name, &format!("{name}.1")).ok();
        }
    }
}

/// `.quarantine`, open and locked.
#[derive(Debug)]
pub(super) struct Aside {
    pub(super) file: File,
    pub(super) path: PathBuf,
}

/// A file that is open for appending and locked.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) file: File,
    /// Its length since it is locked.
    pub(super) length: u64,
}

impl Locked {
    /// Appends a line, which is not synced; gives the length that the file has then.
    pub(super) fn append_line(&self, line: &[u8]) -> io::Result<u64> {
        let line = [begin_of_line(&self.file, self.length)?, line].concat();
        (&self.file).write_all(&line)?;
        let expected = self.length + line.len() as u64;
        let mut told = self.length;
        for _ in 0..TRIES {
            told = length(&self.file)?;
            if told == expected {
                return Ok(told);
            }
        }
        Err(disagrees(told, expected))
    }
}

/// What must stand before a new line at `end`: what a power cut tore there (ext4 gives back NUL bytes) stays a line by
/// itself.
fn begin_of_line(file: &File, end: u64) -> io::Result<&'static [u8]> {
    let Some(at) = end.checked_sub(1) else {
        return Ok(b"");
    };
    let mut last = [0];
    match file.read_exact_at(&mut last, at) {
        Ok(()) if last == *b"\n" => Ok(b""),
        // What cannot be read may be anything.
        Ok(()) => Ok(b"\n"),
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(b"\n"),
        Err(cause) => Err(cause),
    }
}
