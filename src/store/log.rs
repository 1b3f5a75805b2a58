//! `.log`: events for the owner, one JSON object per line; `.quarantine`: torn lines.
//!
//! Under CGI standard error may reach the client, so errors are reported only here. A log that cannot be written stops
//! nothing. At 1 MiB it is renamed to `.log.1`, which replaces the older one.

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

/// The size, in bytes, at which a log is rotated.
const ROTATE_AT: u64 = 1 << 20;

enum_table! {
    /// The events: name, and description.
    pub enum EventName: (&'static str) {
        Received = ("received", "A new ping was stored; `state` is its state."),
        Updated = ("updated", "A ping from a known permalink replaced the text of the earlier one."),
        JudgedAnew = ("judged-anew", "A ping that this program had junked was sent again and is checked again."),
        Repeated = ("repeated", "A ping was sent again unchanged."),
        NotReplaced = (
            "not-replaced",
            "A ping from a known permalink had another text, which did not replace the earlier one.",
        ),
        Refused = (
            "refused",
            "A request was refused; `reason` is the name of the [refusal](http-api.md#every-request).",
        ),
        Published = ("published", "A ping was published; `by` says who decided."),
        Held = ("held", "A ping was held."),
        Junk = ("junk", "A ping became junk."),
        Deleted = ("deleted", "A ping was deleted permanently."),
        Purged = ("purged", "Old junk was removed."),
        QueueOverflow = ("queue-overflow", "More pings waited than the limit allows; the oldest became junk."),
        WaitedTooLong = ("waited-too-long", "`tb prune` made pings junk that had waited too long."),
        Pruned = ("pruned", "`tb prune` has removed old data."),
        CheckFailed = ("not-looked-at", "The page of a ping could not be checked; it is tried again."),
        Postponed = (
            "put-off",
            "A follow-up of a change (a feed, the queue) failed; it is repeated at the next change.",
        ),
        ApprovalFailed = ("not-learnt", "The host of a ping that you published could not be added to the approved ones."),
        Domain = ("domain", "A host or domain was approved, or its approval was revoked."),
        Banned = ("banned", "An address, a domain or a word was banned."),
        Unbanned = ("unbanned", "A ban was lifted."),
        WrongBan = ("wrong-ban", "A line of `.bans` is invalid; the others apply."),
        Listed = ("listed", "An id was added to the public list."),
        Unlisted = ("unlisted", "An id was removed from the public list."),
        PassphraseSet = ("passphrase-set", "A passphrase was set for an id."),
        PassphraseRemoved = ("passphrase-removed", "The passphrase of an id was removed."),
        MadeUrl = ("made-url", "A signed ping URL was made."),
        QueueFeedRevoked = ("queue-feed-revoked", "The private feed has a new address."),
        LoggedIn = ("logged-in", "The owner has logged in."),
        LoggedOut = ("logged-out", "All sessions were ended."),
        SettingsChanged = ("settings-changed", "The owner changed `tb.toml` on the settings page; `keys` are the keys."),
        Sent = ("sent", "A ping was sent from the form or by `tb ping`, and accepted."),
        SentRefused = ("sent-refused", "The other side refused it."),
        SentLater = ("sent-later", "The other side asks to try again later."),
        SentUncertain = ("sent-uncertain", "It is unknown whether it arrived."),
        SentFailed = ("sent-failed", "It could not be sent."),
        Notified = ("notified", "The owner was notified by mail of waiting pings."),
        NotifyFailed = ("notify-failed", "The mail could not be sent."),
        Rebuilt = ("rebuilt", "`tb rebuild` has written the feeds."),
        Imported = ("imported", "`tb import` has imported pings."),
        BackedUp = ("backed-up", "`tb backup` or its page has written an archive."),
        Restored = ("restored", "`tb restore` has restored an archive."),
        Failed = ("failed", "Something failed that no request or command could report."),
        Panicked = ("panicked", "A bug in the program; the request was answered with 500. Please report it."),
    }
}

#[cfg(feature = "internals")]
impl EventName {
    /// The description, for the table in `docs/`.
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

/// A log entry: the event and its fields.
#[derive(Debug, Clone)]
pub struct Event {
    fields: Map<String, Value>,
}

impl Event {
    /// Creates a log entry.
    pub fn new(now: Timestamp, name: impl Into<EventName>) -> Event {
        let mut fields = Map::new();
        fields.insert("time".to_owned(), now.to_string().into());
        fields.insert("event".to_owned(), name.into().name().into());
        Event { fields }
    }

    /// Adds a field.
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

    /// Opens and locks `.quarantine`; rotates it first if it is full.
    pub(super) fn open_quarantine(&self) -> Result<Quarantine> {
        const NAME: &str = ".quarantine";
        let path = self.folder.path().join(NAME);
        let mut locked = self.open_locked(NAME)?;
        if locked.length > ROTATE_AT {
            // Before, never after: everything quarantined at once must be in one file.
            self.folder.rename(NAME, &format!("{NAME}.1"))?;
            locked = self.open_locked(NAME)?;
        }
        let file = locked.file;
        Ok(Quarantine { file, path })
    }

    /// Appends a line to the file from [`Store::open_quarantine`], and adds it to the checksum `seen`.
    pub(super) fn add_to_quarantine(
        &self,
        quarantine: &Quarantine,
        line: &[u8],
        seen: &mut SeenPart,
    ) -> Result<()> {
        let wrap = |cause| Error::file("append to", &quarantine.path, cause);
        let begins = separator_before(&quarantine.file, seen.end()).map_err(wrap)?;
        let line = [begins, line].concat();
        (&quarantine.file).write_all(&line).map_err(wrap)?;
        seen.append(&line);
        Ok(())
    }

    /// Opens a file for appending, and locks it until it is closed, because another process may be in the middle of
    /// writing a line. On a host without locks the worst result is an empty line.
    pub(super) fn open_locked(&self, name: &str) -> Result<LockedFile> {
        let mut opened = self.folder.opened_or_new(name, OpenMode::Append)?;
        for _ in 0..TRIES {
            lock::wait(&opened.file).ok();
            if let Some(length) = self.folder.length_at(name, &opened) {
                let file = opened.file;
                return Ok(LockedFile { file, length });
            }
            // The file was replaced while we waited.
            opened = self.folder.opened_or_new(name, OpenMode::Append)?;
        }
        let file = opened.file;
        let length = length(&file)
            .map_err(|cause| Error::file("look at", self.folder.path().join(name), cause))?;
        Ok(LockedFile { file, length })
    }

    /// Appends a line to a rotated file. Errors are ignored here and only here: there is no other place to report them.
    fn append_rotated(&self, name: &str, line: &[u8]) {
        let Ok(locked) = self.open_locked(name) else {
            return;
        };
        let length = locked.append_line(line).unwrap_or(locked.length);
        // Several processes may see it full; `holds` keeps a second one from renaming the new file.
        if length > ROTATE_AT && self.folder.holds(name, &locked.file) {
            self.folder.rename(name, &format!("{name}.1")).ok();
        }
    }
}

/// `.quarantine`, open and locked.
#[derive(Debug)]
pub(super) struct Quarantine {
    pub(super) file: File,
    pub(super) path: PathBuf,
}

/// A file that is open for appending and locked.
#[derive(Debug)]
pub(super) struct LockedFile {
    pub(super) file: File,
    /// Its length, as of after the lock.
    pub(super) length: u64,
}

impl LockedFile {
    /// Appends a line without syncing; returns the new length of the file.
    pub(super) fn append_line(&self, line: &[u8]) -> io::Result<u64> {
        let line = [separator_before(&self.file, self.length)?, line].concat();
        (&self.file).write_all(&line)?;
        let expected = self.length + line.len() as u64;
        let mut reported = self.length;
        for _ in 0..TRIES {
            reported = length(&self.file)?;
            if reported == expected {
                return Ok(reported);
            }
        }
        Err(disagrees(reported, expected))
    }
}

/// The text to put before a new line at `end`: a newline if the last line is torn (after a power cut, ext4 may leave NUL
/// bytes), so that the torn line stays separate.
fn separator_before(file: &File, end: u64) -> io::Result<&'static [u8]> {
    let Some(at) = end.checked_sub(1) else {
        return Ok(b"");
    };
    let mut last = [0];
    match file.read_exact_at(&mut last, at) {
        Ok(()) if last == *b"\n" => Ok(b""),
        // If the byte is missing or not a newline, the last line is torn.
        Ok(()) => Ok(b"\n"),
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(b"\n"),
        Err(cause) => Err(cause),
    }
}
