//! One line of a `<tb_id>.jsonl`, as JSON.
//!
//! | `op` | meaning |
//! |---|---|
//! | `ping` | a ping with all its text; a later line with the same number replaces the earlier one |
//! | `state` | the ping `id` is now `to` |
//! | `delete` | the ping `id` is deleted; its permalink (`hash`) may not ping again, nor its `page` under another URL |
//! | `purge` | the ping `id` is removed, and its permalink may ping again; the number is not reused |
//!
//! Unknown keys are kept and lines with an unknown `op` are skipped: a newer version wrote them.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::page_traits::PageTraits;
use super::reason::{Reason, ReasonKind};
use crate::linkback::trackback::Ping;
use crate::text;

/// The state of a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Public.
    Published,
    /// Only the owner sees it; rejected.
    Junk,
    /// Only the owner sees it; undecided. Unknown states are read as this.
    #[serde(other)]
    Held,
}

impl State {
    /// The name in the file and in commands.
    pub fn name(self) -> &'static str {
        match self {
            State::Published => "published",
            State::Held => "held",
            State::Junk => "junk",
        }
    }

    /// Parses the output of [`State::name`].
    pub fn named(name: &str) -> Option<State> {
        [State::Published, State::Held, State::Junk]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A stored ping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number: increases within the file, never reused.
    pub id: u64,
    /// When it was received.
    pub time: Timestamp,
    /// When its text was last replaced by a newer ping from the same permalink.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Timestamp>,
    /// The permalink of the entry that pinged.
    pub url: String,
    /// The entry's title; never empty.
    pub title: String,
    /// The entry's excerpt.
    #[serde(default)]
    pub excerpt: String,
    /// The weblog's name.
    #[serde(default)]
    pub blog_name: String,
    /// Its state.
    pub state: State,
    /// When its state, or the reason for it, last changed, if it ever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The reason for its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Reason>,
    /// The protocol by which it was received.
    #[serde(default)]
    pub via: String,
    /// The sender's address or its prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Keys of a newer version.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The key of the text around the link, as it was when the page was last checked.
pub(crate) const QUOTE: &str = "quote";

/// The key of what the last check found out about its page; absent before the page linked here.
pub(crate) const PAGE: &str = "page";

/// The key in that of a page that does not carry the title.
pub(crate) const OTHER_TITLE: &str = "other_title";

/// The key in that of a page whose link leads to the pinged entry itself.
pub(crate) const TO_ENTRY: &str = "to_entry";

/// The key in that of the page's own title, where the ping's merely stands in its text.
pub(crate) const OWN_TITLE: &str = "own_title";

/// The key of a ping whose earlier text the owner has rejected.
const REJECTED: &str = "rejected_text";

/// The most characters of that text.
const MAX_QUOTE: usize = 200;

impl Record {
    /// The text of its page around the link here; empty if there is none. Cleaned, since anything may be in the file.
    pub fn quote(&self) -> String {
        let quote = self.rest.get(QUOTE).and_then(Value::as_str);
        let quote = text::clean(quote.unwrap_or_default());
        text::crop(&quote, MAX_QUOTE, "…").into_owned()
    }

    /// Notes that text; an empty one removes it.
    pub(crate) fn set_quote(&mut self, quote: &str) {
        match quote {
            "" => drop(self.rest.remove(QUOTE)),
            quote => drop(self.rest.insert(QUOTE.to_owned(), quote.into())),
        }
    }

    /// The kind of its reason; `None` if it has none or an unknown one.
    pub fn reason(&self) -> Option<ReasonKind> {
        self.why.as_ref()?.kind()
    }

    /// Whether the owner has rejected it, and its page was never seen to carry its text: then anybody may have sent that, and
    /// the owner's decision says nothing about the page.
    pub(crate) fn is_rejected_text(&self) -> bool {
        self.state == State::Junk
            && self.reason() == Some(ReasonKind::Owner)
            && !self.is_mention()
            && self.carries_title() != Some(true)
    }

    /// Whether anybody may have sent its text, as far as is known: it is spam, or its page does not link here or does not
    /// carry it.
    pub(super) fn is_forgeable(&self) -> bool {
        let is_unfounded = self.state == State::Junk
            && matches!(self.reason(), Some(ReasonKind::Score | ReasonKind::NoLink));
        self.state != State::Published
            && !self.is_mention()
            && !self.carries_title().unwrap_or(!is_unfounded)
    }

    /// Whether its page carries its title; `None` if the page was not seen to link here.
    fn carries_title(&self) -> Option<bool> {
        let page = self.rest.get(PAGE)?;
        Some(page.get(OTHER_TITLE).is_none())
    }

    /// Whether its page was seen to link to the pinged entry itself, and not only to the site.
    pub(crate) fn is_to_entry(&self) -> bool {
        let page = self.rest.get(PAGE);
        page.is_some_and(|page| page.get(TO_ENTRY).is_some())
    }

    /// The same with the title of its page, if its own merely stands in the text there: anybody can send that, so only the
    /// owner publishes it. Cleaned, since anything may be in the file.
    pub(crate) fn with_own_title(mut self) -> Record {
        let page = self.rest.get_mut(PAGE).and_then(Value::as_object_mut);
        let own = page.and_then(|page| page.remove(OWN_TITLE));
        let own = text::clean(own.as_ref().and_then(Value::as_str).unwrap_or_default());
        if !own.is_empty() {
            self.title = text::crop(&own, Ping::MAX_TITLE, "…").into_owned();
        }
        self
    }

    /// Notes that the owner has rejected another text in the name of its page.
    pub(crate) fn note_rejected_text(&mut self) {
        self.rest.insert(REJECTED.to_owned(), Value::Bool(true));
    }

    /// Whether the owner has.
    pub(crate) fn has_rejected_text(&self) -> bool {
        self.rest.contains_key(REJECTED)
    }

    /// The reason in words for the owner; empty if there is none.
    pub fn explain(&self) -> String {
        self.why.as_ref().map(Reason::explain).unwrap_or_default()
    }

    /// A hash of the permalink and the texts: 128 bits in hexadecimal digits, so that nobody can construct a collision.
    pub fn text_hash(&self) -> String {
        let mut digest = Sha256::new();
        for text in [&self.url, &self.title, &self.excerpt, &self.blog_name] {
            digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(text);
        }
        let digest = digest.finalize();
        text::hex(digest.get(..16).unwrap_or_default())
    }
}

/// A line to write.
#[derive(Debug, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(super) enum RecordLine<'line> {
    /// A ping, new or replaced.
    Ping(&'line Record),
    /// A change of state.
    State {
        id: u64,
        time: Timestamp,
        to: State,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'line Reason>,
    },
    /// A tombstone.
    Delete {
        id: u64,
        time: Timestamp,
        #[serde(skip_serializing_if = "Option::is_none")]
        hash: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<&'line PageTraits>,
    },
    /// The ping is removed, and its permalink may ping again.
    Purge { id: u64, time: Timestamp },
}

impl RecordLine<'_> {
    /// The line with its newline.
    pub(super) fn encode(&self) -> Vec<u8> {
        // Strings, numbers and times always serialise; an empty line would be skipped on reading.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// Parses a `ping` line completely; `None` for anything else. If keys of a newer version are damaged, only those are lost:
/// a ping that is shown must also be readable for a change.
pub(super) fn decode(line: &[u8]) -> Option<Record> {
    let Ok(mut record) = serde_json::from_slice::<Record>(line) else {
        return decode_known(line);
    };
    let op = record.rest.remove("op");
    (op.as_ref().and_then(Value::as_str) == Some("ping")).then_some(record)
}

/// Like [`decode`], without the keys that are not shown, at a third of the cost. Some keys of webmentions are shown, so
/// those are parsed completely.
pub(super) fn decode_shown(line: &[u8]) -> Option<Record> {
    let record = decode_known(line)?;
    match record.is_mention() {
        true => decode(line),
        false => Some(record),
    }
}

/// Parses the keys of a `ping` line that each ping has, and [`QUOTE`].
fn decode_known(line: &[u8]) -> Option<Record> {
    #[derive(Deserialize)]
    struct Known<'line> {
        #[serde(borrow)]
        op: Cow<'line, str>,
        id: u64,
        time: Timestamp,
        updated: Option<Timestamp>,
        url: String,
        title: String,
        #[serde(default)]
        excerpt: String,
        #[serde(default)]
        blog_name: String,
        state: State,
        since: Option<Timestamp>,
        why: Option<Reason>,
        #[serde(default)]
        via: String,
        from: Option<String>,
        // A value that only a newer version understands must not lose the line.
        #[serde(borrow)]
        quote: Option<&'line RawValue>,
    }
    let known: Known<'_> = serde_json::from_slice(line).ok()?;
    let quote = known
        .quote
        .and_then(|quote| serde_json::from_str(quote.get()).ok());
    let mut rest = Map::new();
    rest.extend(quote.map(|quote| (QUOTE.to_owned(), Value::String(quote))));
    (known.op == "ping").then_some(Record {
        id: known.id,
        time: known.time,
        updated: known.updated,
        url: known.url,
        title: known.title,
        excerpt: known.excerpt,
        blog_name: known.blog_name,
        state: known.state,
        since: known.since,
        why: known.why,
        via: known.via,
        from: known.from,
        rest,
    })
}

/// The part of a line that a scan needs.
#[derive(Debug, PartialEq)]
pub(super) enum RecordFact<'line> {
    /// A ping, its permalink, and what says its kind: the values of `via` and `kind`.
    Ping {
        id: u64,
        state: State,
        url: Cow<'line, str>,
        kind: (&'line str, &'line str),
    },
    /// A change of state.
    State { id: u64, to: State },
    /// A tombstone.
    Delete { id: u64, hash: Option<Hash> },
    /// The removal of a ping whose permalink may ping again.
    Purge { id: u64 },
}

impl RecordFact<'_> {
    /// The number of the ping that it is about.
    pub(super) fn id(&self) -> u64 {
        match *self {
            RecordFact::Ping { id, .. }
            | RecordFact::State { id, .. }
            | RecordFact::Delete { id, .. }
            | RecordFact::Purge { id } => id,
        }
    }
}

/// Parses the part of a line that a scan needs; `None` for an unknown or damaged line.
pub(super) fn parse_fact<'line>(line: &'line [u8]) -> Option<RecordFact<'line>> {
    #[derive(Deserialize)]
    struct FactFields<'line> {
        #[serde(borrow)]
        op: Cow<'line, str>,
        id: u64,
        #[serde(borrow)]
        url: Option<Cow<'line, str>>,
        state: Option<State>,
        to: Option<State>,
        #[serde(borrow)]
        hash: Option<Cow<'line, str>>,
        // A value that only a newer version understands must not lose the line.
        #[serde(borrow)]
        via: Option<&'line RawValue>,
        #[serde(borrow)]
        kind: Option<&'line RawValue>,
    }
    let word =
        |value: Option<&'line RawValue>| value.map_or("", |value| value.get().trim_matches('"'));
    let fields: FactFields<'_> = serde_json::from_slice(line).ok()?;
    let id = fields.id;
    match &*fields.op {
        "ping" => Some(RecordFact::Ping {
            id,
            state: fields.state?,
            url: fields.url?,
            kind: (word(fields.via), word(fields.kind)),
        }),
        "state" => Some(RecordFact::State { id, to: fields.to? }),
        "delete" => Some(RecordFact::Delete {
            id,
            hash: fields.hash.and_then(|hash| Hash::parse(&hash)),
        }),
        "purge" => Some(RecordFact::Purge { id }),
        _ => None,
    }
}

/// The tombstone `line` with `hash` added, if given; everything else in it is kept.
pub(super) fn with_hash(line: &[u8], hash: Option<Hash>) -> Cow<'_, [u8]> {
    let fields: Option<Map<String, Value>> = serde_json::from_slice(line).ok();
    match (fields, hash) {
        (Some(mut fields), Some(hash)) => {
            fields.insert("hash".to_owned(), hash.write().into());
            Cow::Owned(Value::Object(fields).to_string().into_bytes())
        }
        _ => Cow::Borrowed(line),
    }
}

/// The reason in a `state` line.
pub(super) fn why(line: &[u8]) -> Option<Reason> {
    #[derive(Deserialize)]
    struct Why {
        why: Option<Reason>,
    }
    serde_json::from_slice::<Why>(line).ok()?.why
}

/// The time of a `ping` line, from its beginning as this program writes it; `None` if it was written differently.
pub(super) fn time_in_head(head: &[u8]) -> Option<Timestamp> {
    let rest = head.strip_prefix(b"{\"op\":\"ping\",\"id\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest.get(digits..)?.strip_prefix(b",\"time\":\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()
}

/// What a tombstone keeps of its page; `None` if that is nothing, or damaged.
pub(super) fn deleted_page(line: &[u8]) -> Option<PageTraits> {
    let mut fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
    PageTraits::parse(fields.remove(PAGE)?)
}

/// The time in a line of any kind.
pub(super) fn time(line: &[u8]) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Time {
        time: Timestamp,
    }
    Some(serde_json::from_slice::<Time>(line).ok()?.time)
}

/// 128 bits of a permalink's SHA-256: identifies deleted permalinks without storing them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Hash(u128);

impl Hash {
    /// The hash of a permalink as it is stored.
    pub(super) fn of(permalink: &str) -> Hash {
        let digest = Sha256::digest(permalink.as_bytes());
        Hash(
            digest
                .iter()
                .take(16)
                .fold(0, |hash, byte| hash << 8 | u128::from(*byte)),
        )
    }

    /// The first 64 bits.
    pub(super) fn key(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// 32 hexadecimal digits.
    pub(super) fn write(self) -> String {
        text::hex(&self.0.to_be_bytes())
    }

    /// Parses the output of [`Hash::write`].
    pub(super) fn parse(text: &str) -> Option<Hash> {
        u128::from_str_radix(text, 16).ok().map(Hash)
    }
}

#[cfg(test)]
mod tests;
