//! One line of the ledger: a fact, as JSON.
//!
//! Facts are only ever added, and what they say together does not depend on their order, so the lines of two
//! branches may be joined in any way. A line of a newer version (another `op`, another `state`) is kept and
//! passed over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest answer of another server that is kept, in characters.
pub const MAX_ANSWER: usize = 500;

/// Something that happened, or is about to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum LedgerEvent {
    /// What to do with the entries that were there before the ledger has been decided.
    Begin {
        /// The protocols that were spoken then, by their names; none in the ledgers of versions that knew TrackBack alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        protocols: Vec<String>,
        /// When.
        time: Timestamp,
    },
    /// A feed was read and nothing in it was left to do: until it changes it need not be read again.
    Source {
        /// The feed.
        url: String,
        /// The server's `ETag`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
        /// The server's `Last-Modified`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_modified: Option<String>,
        /// What was wanted, as a number; who wants something else has to read it.
        wishes: String,
        /// When.
        time: Timestamp,
    },
    /// A ping is about to be sent. On the disk before the first byte goes out.
    Intent {
        /// The permalink of the entry that links.
        entry: String,
        /// The page that it links to.
        target: String,
        /// Where the ping goes.
        ping_url: String,
        /// What its result will have too.
        attempt: String,
        /// Attempts whose results were never written, and which this one stands in for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        over: Vec<String>,
        /// The entry's title, under which the other side may list it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        title: String,
        /// What another protocol than TrackBack adds.
        #[serde(flatten)]
        keys: LinkbackKeys,
        /// When.
        time: Timestamp,
    },
    /// What came of an attempt, or why none could be made.
    Result {
        /// The permalink of the entry that links.
        entry: String,
        /// The page that it links to.
        target: String,
        /// Where the ping went; absent if no ping URL was come by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ping_url: Option<String>,
        /// That of the intent; absent where nothing was sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<String>,
        /// What came of it.
        state: AttemptResult,
        /// What the other side said, or what went wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<String>,
        /// How often it has failed now.
        #[serde(default)]
        tries: u32,
        /// When it is tried again; absent after the last time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
        /// Before when the other side wants no request, where it said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Timestamp>,
        /// The URL that was asked last, where the ping URL led on to another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<String>,
        /// What another protocol than TrackBack adds.
        #[serde(flatten)]
        keys: LinkbackKeys,
        /// When.
        time: Timestamp,
    },
    /// A page names no ping URL that may be used.
    None {
        /// The page.
        target: String,
        /// Why, where that is not simply so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// The protocols of which it names nothing either; none where only ping URLs were looked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        protocols: Vec<String>,
        /// When it was looked at.
        time: Timestamp,
    },
    /// Links that count as sent, although this ledger has not seen them sent.
    Adopt {
        /// The permalink of the entry that links.
        entry: String,
        /// The pages that it links to.
        targets: Vec<String>,
        /// When.
        time: Timestamp,
    },
    /// The other side was seen to list the entry.
    Seen {
        /// The permalink of the entry that links.
        entry: String,
        /// The page that it links to.
        target: String,
        /// When.
        time: Timestamp,
    },
    /// What was known until then of an entry, or of a page that is linked to, no longer counts.
    Forget {
        /// The permalink of the entry that links.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<String>,
        /// The page that it links to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
        /// Until when.
        time: Timestamp,
    },
}

/// What is written of an attempt by another protocol than TrackBack. The names are texts: what a newer version writes
/// there is an attempt all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkbackKeys {
    /// The name of the protocol; absent for TrackBack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Why a mention that was sent is sent again, as an [`Occasion`] is named; absent at the first time.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub occasion: Option<String>,
    /// The digest of the entry's text and links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Where the other side says what becomes of the mention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// Why a mention that was sent is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The entry has changed.
    Update,
    /// The entry no longer has the link.
    Removal,
    /// The entry's page is gone.
    Deletion,
}

impl Occasion {
    /// The name in the ledger.
    pub const fn name(self) -> &'static str {
        match self {
            Occasion::Update => "update",
            Occasion::Removal => "removal",
            Occasion::Deletion => "deletion",
        }
    }

    pub(super) fn named(name: &str) -> Option<Occasion> {
        [Occasion::Update, Occasion::Removal, Occasion::Deletion]
            .into_iter()
            .find(|occasion| occasion.name() == name)
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptResult {
    /// It failed, and may not fail the next time.
    Failed,
    /// The other side takes no more pings for now.
    Later,
    /// It was sent, and no answer says what came of it.
    Uncertain,
    /// The other side will not have it.
    Refused,
    /// The other side said that it took it.
    Sent,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LedgerLine {
    /// A fact.
    Fact(Box<LedgerEvent>),
    /// A newer version's, or nothing at all.
    PassedOver,
    /// What git leaves between two versions that it could not join.
    Conflict,
    /// Not JSON.
    Garbage,
}

impl LedgerEvent {
    /// The line, with its newline.
    pub(super) fn to_line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// Reads one line, which is given without its newline.
pub(super) fn read(line: &[u8]) -> LedgerLine {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let line = line.trim_ascii();
    if line.is_empty() {
        return LedgerLine::PassedOver;
    }
    let marks: [&[u8]; 4] = [b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>"];
    if marks.iter().any(|mark| line.starts_with(mark)) {
        return LedgerLine::Conflict;
    }
    match serde_json::from_slice(line) {
        Ok(fact) => LedgerLine::Fact(Box::new(fact)),
        Err(_) if serde_json::from_slice::<Object>(line).is_ok() => LedgerLine::PassedOver,
        Err(_) => LedgerLine::Garbage,
    }
}

/// Any JSON object.
#[derive(Deserialize)]
struct Object {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_newer_version_is_passed_over() {
        for line in [
            r#"{"op":"bounce","entry":"a"}"#,
            r#"{"op":"result","entry":"a","target":"b","state":"bounced","time":"2026-01-01T00:00:00Z"}"#,
            r#"{"v":2}"#,
            "  \r",
            "",
        ] {
            assert_eq!(read(line.as_bytes()), LedgerLine::PassedOver, "{line}");
        }
        let newer =
            br#"{"op":"none","target":"b","time":"2026-01-01T00:00:00Z","depth":3}"#.as_slice();
        assert!(matches!(read(newer), LedgerLine::Fact(_)));
    }

    #[test]
    fn conflict_marks_and_garbage_are_told_apart() {
        for line in ["<<<<<<< HEAD", "||||||| 1a2b", "=======", ">>>>>>> topic\r"] {
            assert_eq!(read(line.as_bytes()), LedgerLine::Conflict, "{line}");
        }
        for line in [r#"{"op":"int"#, "null", "7", "\u{0}", "[]{}"] {
            assert_eq!(read(line.as_bytes()), LedgerLine::Garbage, "{line}");
        }
    }
}
