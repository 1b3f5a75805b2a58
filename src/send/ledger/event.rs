//! One line of the ledger: an event, as JSON.
//!
//! Events are only ever appended, and the state that they add up to does not depend on their order, so the lines of two
//! git branches may be merged in any order. A line of a newer version (with an unknown `op` or `state`) is kept and
//! ignored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many characters of another server's reply are kept.
pub const MAX_ANSWER: usize = 500;

/// Something that happened, or is about to happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum LedgerEvent {
    /// The user has decided what to do with the entries that are older than the ledger.
    Begin {
        /// The names of the protocols in use then; empty in the ledgers of versions that knew TrackBack alone.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        protocols: Vec<String>,
        /// The answer to which old entries count as sent, `all` or how many are not; absent if none do.
        #[serde(skip_serializing_if = "Option::is_none")]
        adopt: Option<String>,
        /// When.
        time: Timestamp,
    },
    /// A feed was read and nothing was left to send: it need not be read again until it changes.
    Source {
        /// The feed.
        url: String,
        /// The server's `ETag`.
        #[serde(skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
        /// The server's `Last-Modified`.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_modified: Option<String>,
        /// A digest of the options of that run; a run with other options reads the feed again.
        #[serde(rename = "wishes")]
        options_digest: String,
        /// When.
        time: Timestamp,
    },
    /// A ping is about to be sent. This is on disk before the first byte is sent.
    Intent {
        /// The permalink of the entry that links.
        entry: String,
        /// The page that it links to.
        target: String,
        /// Where the ping goes.
        ping_url: String,
        /// The attempt's id, which its result repeats.
        attempt: String,
        /// Attempts whose results were never written, and which this one replaces.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        over: Vec<String>,
        /// The entry's title, under which the receiver may list it.
        #[serde(skip_serializing_if = "String::is_empty")]
        title: String,
        /// The keys of a protocol other than TrackBack.
        #[serde(flatten)]
        keys: LinkbackKeys,
        /// When.
        time: Timestamp,
    },
    /// The result of an attempt, or why none could be made.
    Result {
        /// The permalink of the entry that links.
        entry: String,
        /// The page that it links to.
        target: String,
        /// Where the ping was sent; absent if no ping URL was found.
        #[serde(skip_serializing_if = "Option::is_none")]
        ping_url: Option<String>,
        /// The attempt's id; absent if nothing was sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        attempt: Option<String>,
        /// The result.
        state: AttemptResult,
        /// The receiver's message, or what went wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        answer: Option<String>,
        /// How often it has failed so far.
        tries: u32,
        /// When it is tried again; absent after the last time.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
        /// The earliest time at which the receiver wants another request, if it named one.
        #[serde(skip_serializing_if = "Option::is_none")]
        not_before: Option<Timestamp>,
        /// The URL of the last request, if the ping URL redirected to another.
        #[serde(skip_serializing_if = "Option::is_none")]
        asked: Option<String>,
        /// The keys of a protocol other than TrackBack.
        #[serde(flatten)]
        keys: LinkbackKeys,
        /// When.
        time: Timestamp,
    },
    /// A page names no usable ping URL.
    None {
        /// The page.
        target: String,
        /// The reason, if it is not simply that the page names none.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// The protocols for which it names no endpoint either; empty if only a ping URL was searched for.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        protocols: Vec<String>,
        /// When the page was fetched.
        time: Timestamp,
    },
    /// Links that count as sent, although this ledger has not seen them sent. Without targets: the entry was there when
    /// the ledger was begun.
    Adopt {
        /// The permalink of the entry that links.
        entry: String,
        /// The pages that it links to.
        targets: Vec<String>,
        /// Whether the entry could not be read then, so that the links which it is found to have are old.
        #[serde(skip_serializing_if = "is_false")]
        unread: bool,
        /// When.
        time: Timestamp,
    },
    /// The receiver lists the entry.
    Seen {
        /// The permalink of the entry that links.
        entry: String,
        /// The page that it links to.
        target: String,
        /// When.
        time: Timestamp,
    },
    /// An entry is known by two URLs: its page says that it is at the other, or redirects there. What was sent for one
    /// was sent for both.
    Same {
        /// A permalink of the entry.
        entry: String,
        /// The URL at which its page is.
        page: String,
        /// When that was seen.
        time: Timestamp,
    },
    /// A feed knows an entry by this id, which stays when its permalink changes.
    Guid {
        /// The permalink of the entry.
        entry: String,
        /// The id.
        guid: String,
        /// When that was read.
        time: Timestamp,
    },
    /// Earlier events about an entry, or about a page that is linked to, no longer count.
    Forget {
        /// The permalink of the entry that links.
        #[serde(skip_serializing_if = "Option::is_none")]
        entry: Option<String>,
        /// The page that it links to.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<String>,
        /// Events up to this time no longer count.
        time: Timestamp,
    },
}

/// The keys of an attempt by a protocol other than TrackBack. The names are texts, so that an attempt with names of a
/// newer version is still an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LinkbackKeys {
    /// The name of the protocol; absent for TrackBack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Why a mention is sent again, as an [`Occasion`] is named; absent when it is sent for the first time.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub occasion: Option<String>,
    /// The digest of the entry's text and links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The URL at which the receiver reports the mention's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The target as it was sent, if it is spelt otherwise: receivers know the mention by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spelling: Option<String>,
    /// The entry of the event, where it is read: receivers know the mention by that of its URLs.
    #[serde(skip)]
    pub source: Option<String>,
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

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptResult {
    /// It failed, but may succeed the next time.
    Failed,
    /// The receiver accepts no more pings for now.
    Later,
    /// It was sent, but no reply says whether it was accepted.
    Uncertain,
    /// The receiver refused it for good.
    Refused,
    /// The receiver confirmed it.
    Sent,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LedgerLine {
    /// An event.
    Event(Box<LedgerEvent>),
    /// An empty line, or one of a newer version.
    PassedOver,
    /// A conflict marker of git.
    Conflict,
    /// Not JSON.
    Garbage,
}

impl LedgerEvent {
    /// When it happened.
    pub(super) fn time(&self) -> Timestamp {
        match self {
            LedgerEvent::Begin { time, .. }
            | LedgerEvent::Source { time, .. }
            | LedgerEvent::Intent { time, .. }
            | LedgerEvent::Result { time, .. }
            | LedgerEvent::None { time, .. }
            | LedgerEvent::Adopt { time, .. }
            | LedgerEvent::Seen { time, .. }
            | LedgerEvent::Same { time, .. }
            | LedgerEvent::Guid { time, .. }
            | LedgerEvent::Forget { time, .. } => *time,
        }
    }

    /// The line, with its newline.
    pub(super) fn to_line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// Parses one line, with or without its newline.
pub(super) fn parse_line(line: &[u8]) -> LedgerLine {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let line = line.trim_ascii();
    if line.is_empty() {
        return LedgerLine::PassedOver;
    }
    let marks: [&[u8]; 4] = [b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>"];
    if marks.iter().any(|mark| line.starts_with(mark)) {
        return LedgerLine::Conflict;
    }
    let keys = serde_json::from_slice(line).ok();
    let keys: Option<EventKeys> = keys.or_else(|| serde_json::from_slice(&own_keys(line)?).ok());
    match keys {
        Some(keys) => match keys.event() {
            Some(event) => LedgerLine::Event(Box::new(event)),
            None => LedgerLine::PassedOver,
        },
        None if serde_json::from_slice::<Object>(line).is_ok() => LedgerLine::PassedOver,
        None => LedgerLine::Garbage,
    }
}

/// A line with the keys of its own event only: a newer version may give it one that another event has, with a value of
/// another kind.
fn own_keys(line: &[u8]) -> Option<Vec<u8>> {
    let mut keys: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(line).ok()?;
    let op = keys.get("op")?.as_str()?;
    let (_, own) = KEYS.into_iter().find(|(known, _)| *known == op)?;
    keys.retain(|key, _| own.split(' ').any(|own| own == key));
    serde_json::to_vec(&keys).ok()
}

/// The keys of each event.
const KEYS: [(&str, &str); 10] = [
    ("begin", "op time protocols adopt"),
    ("source", "op time url etag last_modified wishes"),
    ("none", "op time target why protocols"),
    (
        "intent",
        "op time entry target ping_url attempt over title via for digest location spelling",
    ),
    (
        "result",
        "op time entry target ping_url attempt state answer tries next not_before asked via for digest location spelling",
    ),
    ("adopt", "op time entry targets unread"),
    ("seen", "op time entry target"),
    ("same", "op time entry page"),
    ("guid", "op time entry guid"),
    ("forget", "op time entry target"),
];

/// Whether a last line without an end may be the beginning of an event: what a power failure leaves of it may be zeros.
/// Anything else was not written by this program.
pub(super) fn is_torn(line: &[u8]) -> bool {
    let begin = b"{\"op\":\"";
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let is_zeros = line.iter().all(|byte| *byte == 0);
    is_zeros || line.starts_with(begin) || begin.starts_with(line)
}

/// The keys of all events. One structure to read is a fifth of the code that serde makes for the variants.
#[derive(Deserialize)]
struct EventKeys {
    op: String,
    time: Timestamp,
    entry: Option<String>,
    target: Option<String>,
    targets: Option<Vec<String>>,
    page: Option<String>,
    guid: Option<String>,
    #[serde(default)]
    protocols: Vec<String>,
    adopt: Option<String>,
    url: Option<String>,
    etag: Option<String>,
    last_modified: Option<String>,
    wishes: Option<String>,
    ping_url: Option<String>,
    attempt: Option<String>,
    #[serde(default)]
    over: Vec<String>,
    #[serde(default)]
    title: String,
    state: Option<AttemptResult>,
    answer: Option<String>,
    #[serde(default)]
    tries: u32,
    next: Option<Timestamp>,
    not_before: Option<Timestamp>,
    asked: Option<String>,
    why: Option<String>,
    #[serde(default)]
    unread: bool,
    via: Option<String>,
    #[serde(rename = "for")]
    occasion: Option<String>,
    digest: Option<String>,
    location: Option<String>,
    spelling: Option<String>,
}

impl EventKeys {
    /// The event; `None` if it is one of a newer version, or lacks a key.
    fn event(self) -> Option<LedgerEvent> {
        let time = self.time;
        Some(match self.op.as_str() {
            "intent" | "result" => return self.of_attempt(),
            "begin" => LedgerEvent::Begin {
                protocols: self.protocols,
                adopt: self.adopt,
                time,
            },
            "source" => LedgerEvent::Source {
                url: self.url?,
                etag: self.etag,
                last_modified: self.last_modified,
                options_digest: self.wishes?,
                time,
            },
            "none" => LedgerEvent::None {
                target: self.target?,
                why: self.why,
                protocols: self.protocols,
                time,
            },
            "adopt" => LedgerEvent::Adopt {
                entry: self.entry?,
                targets: self.targets?,
                unread: self.unread,
                time,
            },
            "seen" => LedgerEvent::Seen {
                entry: self.entry?,
                target: self.target?,
                time,
            },
            "same" => LedgerEvent::Same {
                entry: self.entry?,
                page: self.page?,
                time,
            },
            "guid" => LedgerEvent::Guid {
                entry: self.entry?,
                guid: self.guid?,
                time,
            },
            "forget" => LedgerEvent::Forget {
                entry: self.entry,
                target: self.target,
                time,
            },
            _ => return None,
        })
    }

    /// The same, of an attempt.
    fn of_attempt(self) -> Option<LedgerEvent> {
        let keys = LinkbackKeys {
            via: self.via,
            occasion: self.occasion,
            digest: self.digest,
            location: self.location,
            spelling: self.spelling,
            source: None,
        };
        let (entry, target, time) = (self.entry?, self.target?, self.time);
        Some(match self.op.as_str() {
            "intent" => LedgerEvent::Intent {
                entry,
                target,
                ping_url: self.ping_url?,
                attempt: self.attempt?,
                over: self.over,
                title: self.title,
                keys,
                time,
            },
            _ => LedgerEvent::Result {
                entry,
                target,
                ping_url: self.ping_url,
                attempt: self.attempt,
                state: self.state?,
                answer: self.answer,
                tries: self.tries,
                next: self.next,
                not_before: self.not_before,
                asked: self.asked,
                keys,
                time,
            },
        })
    }
}

/// Any JSON object.
#[derive(Deserialize)]
struct Object {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
            assert_eq!(
                parse_line(line.as_bytes()),
                LedgerLine::PassedOver,
                "{line}"
            );
        }
        let newer =
            br#"{"op":"none","target":"b","time":"2026-01-01T00:00:00Z","depth":3}"#.as_slice();
        assert!(matches!(parse_line(newer), LedgerLine::Event(_)));
    }

    #[test]
    fn s15_an_event_that_a_newer_version_gave_other_keys_is_the_event_still() {
        let time = r#""time":"2026-01-01T00:00:00Z""#;
        let all: BTreeSet<&str> = KEYS
            .into_iter()
            .flat_map(|(_, keys)| keys.split(' '))
            .collect();
        const KEYS_OF_OTHERS: &str =
            r#","via":"webmention","for":"update","digest":"e","location":"f","spelling":"g""#;
        let again = r#""2026-01-02T00:00:00Z""#;
        let rest_of_result = format!(
            r#","ping_url":"c","attempt":"d","answer":"h","tries":2,"next":{again},"not_before":{again},"asked":"i"{KEYS_OF_OTHERS}"#
        );
        let rest_of_intent = format!(r#","over":["h"],"title":"i"{KEYS_OF_OTHERS}"#);
        for (line, rest) in [
            (
                r#"{"op":"intent","entry":"a","target":"b","ping_url":"c","attempt":"d""#,
                rest_of_intent.as_str(),
            ),
            (
                r#"{"op":"result","entry":"a","target":"b","state":"sent""#,
                &rest_of_result,
            ),
            (
                r#"{"op":"begin","protocols":["trackback"]"#,
                r#","adopt":"all""#,
            ),
            (
                r#"{"op":"source","url":"a","wishes":"b""#,
                r#","etag":"c","last_modified":"d""#,
            ),
            (
                r#"{"op":"none","target":"b""#,
                r#","why":"c","protocols":["trackback"]"#,
            ),
            (
                r#"{"op":"adopt","entry":"a","targets":["b"]"#,
                r#","unread":true"#,
            ),
            (r#"{"op":"seen","entry":"a","target":"b""#, ""),
            (r#"{"op":"same","entry":"a","page":"b""#, ""),
            (r#"{"op":"guid","entry":"a","guid":"b""#, ""),
            (r#"{"op":"forget","entry":"a""#, r#","target":"b""#),
        ] {
            let line = format!("{line}{rest}");
            let read = parse_line(format!("{line},{time}}}").as_bytes());
            let LedgerLine::Event(event) = &read else {
                panic!("{line}: {read:?}");
            };
            let op = line.split('"').nth(3).unwrap();
            let (_, own) = KEYS.into_iter().find(|(known, _)| *known == op).unwrap();
            let own: Vec<&str> = own.split(' ').collect();
            let written: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(&event.to_line().unwrap()).unwrap();
            // So that a key that is read is missed in the loop below, if it is not among them.
            let written: BTreeSet<&str> = written.keys().map(String::as_str).collect();
            assert_eq!(written, own.iter().copied().collect(), "{op}");
            for key in all.iter().filter(|key| !own.contains(key)) {
                for value in ["7", "null", "[{}]", r#"{"a":[1]}"#] {
                    let newer = format!("{line},\"{key}\":{value},{time}}}");
                    assert_eq!(parse_line(newer.as_bytes()), read, "{newer}");
                }
            }
        }
        // What is forgotten is not guessed: without `target` it would be the whole entry.
        let unknown = format!(r#"{{"op":"forget","entry":"a","target":[{{}}],{time}}}"#);
        assert_eq!(parse_line(unknown.as_bytes()), LedgerLine::PassedOver);
    }

    #[test]
    fn conflict_markers_and_garbage_are_distinguished() {
        for line in ["<<<<<<< HEAD", "||||||| 1a2b", "=======", ">>>>>>> topic\r"] {
            assert_eq!(parse_line(line.as_bytes()), LedgerLine::Conflict, "{line}");
        }
        for line in [r#"{"op":"int"#, "null", "7", "\u{0}", "[]{}"] {
            assert_eq!(parse_line(line.as_bytes()), LedgerLine::Garbage, "{line}");
        }
    }
}
