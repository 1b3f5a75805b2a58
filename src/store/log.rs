//! `.log`: one JSON object a line, what happened and why, for the owner; `.quarantine`: torn lines.
//!
//! Under CGI standard error may reach the client, so this is the only place where faults are told. A
//! log that cannot be written stops nothing. At 1 MiB it becomes `.log.1`, the older one goes.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Store;
use super::lock;
use crate::folder::Access;

/// The size, in bytes, at which a log is put aside.
const ROTATE_AT: u64 = 1 << 20;

/// Something to log: a word for what happened, and facts about it.
#[derive(Debug, Clone)]
pub struct Event {
    fields: Map<String, Value>,
}

impl Event {
    /// Begins an event; `what` is a kebab-case word.
    #[must_use]
    pub fn new(now: Timestamp, what: &str) -> Event {
        let mut fields = Map::new();
        fields.insert("time".to_owned(), now.to_string().into());
        fields.insert("event".to_owned(), what.into());
        Event { fields }
    }

    /// Adds a fact.
    #[must_use]
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

    /// Keeps the bytes of a torn line before they are cut off `file`.
    pub(super) fn quarantine(&self, file: &Path, torn: &[u8]) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let mut line =
            serde_json::json!({ "file": name, "torn": String::from_utf8_lossy(torn) }).to_string();
        line.push('\n');
        self.append_rotated(".quarantine", line.as_bytes());
    }

    /// Appends a line to a file of bounded size. Faults are swallowed here and only here: there is
    /// nobody left to tell.
    fn append_rotated(&self, name: &str, line: &[u8]) {
        let Ok(mut file) = self.folder.file_or_new(name, Access::Append) else {
            return;
        };
        append_line(&mut file, line).ok();
        let full = file
            .metadata()
            .is_ok_and(|metadata| metadata.len() > ROTATE_AT);
        // Of several processes that see it full, one renames; `holds` stops a second from renaming the new file.
        if full && self.folder.holds(name, &file) {
            self.folder.rename(name, &format!("{name}.1")).ok();
        }
    }
}

/// Appends a line to a file that is not synced. What a power cut tore there (ext4 gives back NUL bytes)
/// stays a line by itself.
///
/// Holds the file's lock until it is closed: of a line that another process is just writing, the end could
/// be missed. Where there are no locks, an empty line is the worst that can come of it.
pub(super) fn append_line(file: &mut File, line: &[u8]) -> io::Result<()> {
    lock::wait(file).ok();
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if let Some(at) = length.checked_sub(1) {
        file.read_at(&mut last, at)?;
    }
    if last == *b"\n" {
        file.write_all(line)
    } else {
        file.write_all(&[b"\n", line].concat())
    }
}
