//! The keys that the record of a webmention or pingback has beside those of a ping. Pure.
//!
//! | key | value |
//! |---|---|
//! | `target` | the page that is linked to, as the sender wrote it; missing if a reader has entered the page, and the permalink of the entry is not known |
//! | `kind` | `mention`, `reply`, `like`, `repost`, `bookmark`, `rsvp-yes` and the like |
//! | `author` | the author's `name`, `url` and `photo` |
//! | `link` | the permalink that the page states, if it differs from the source |
//! | `date` | the date of publication that the page states, as `2026-11-20` or `2026-11-20T05:00:00Z` |
//! | `publisher` | the publisher that the author is, if the page is on a [proxy](crate::admission::proxies) |
//! | `result` | the result of the last check of the page, a [`SourceStatus`] |
//! | `checked` | the time of that check |
//! | `repeated` | the time of the last repetition, until the page is checked again |
//! | `claims` | other targets that repetitions name, until the page is checked again |
//! | `claimed_via` | in the record of a ping, the protocol of the newest claim |
//!
//! They are only in the `ping` line, where older versions keep unknown keys.
//!
//! Anybody can send a webmention in the name of any page. So another target than the stored one, or a webmention of a page
//! that has sent a ping, changes nothing unless the page links to that target. The same holds for pingbacks, which differ
//! from webmentions only on the wire.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use url::Url;

use super::mention::MentionText;
use crate::admission::proxies;
use crate::enum_table::enum_table;
use crate::linkback::Protocol;
use crate::store::Record;
use crate::urls::parse_plain_web;

/// The key of the target.
pub const TARGET: &str = "target";
/// The key of the texts that pings offer, see [`offer`](super::offer). A webmention brings none.
const OFFERS: &str = "offers";
const LINK: &str = "link";
const RESULT: &str = "result";
const CHECKED: &str = "checked";
const REPEATED: &str = "repeated";
const CLAIMS: &str = "claims";
const CLAIMED_VIA: &str = "claimed_via";

/// Claims kept for one record: more than the limits admit in an hour for one domain. Beyond that the earliest is dropped.
const MAX_CLAIMS: usize = 16;
/// The shortest time between two checks of a page, however often the webmention is repeated.
const MIN_INTERVAL: SignedDuration = SignedDuration::from_mins(10);

enum_table! {
    /// What the last check found about the sender's page: the name in the record and at the status URL, and a sentence.
    pub enum SourceStatus: (&'static str) {
        Queued = ("queued", "The page has not been checked yet."),
        Verified = ("verified", "The page links to the target."),
        NoLink = ("no_link", "The page does not link to the target."),
        Unreachable = ("unreachable", "The page could not be read."),
        Gone = ("gone", "The page does not exist any more."),
        TooLarge = ("too_large", "The first MiB of the page does not link to the target."),
    }
}

impl SourceStatus {
    /// The status as a sentence.
    pub fn sentence(self) -> &'static str {
        self.row().0
    }
}

/// The targets for which the page is to be checked, the stored one first; none if the record is only a ping's.
pub(crate) fn targets(record: &Record) -> Vec<Url> {
    let named = named_targets(record).into_iter();
    named.filter_map(parse_plain_web).collect()
}

fn named_targets(record: &Record) -> Vec<&str> {
    let stored = record.rest.get(TARGET).filter(|_| record.is_mention());
    let all = stored.into_iter().chain(claims(record));
    all.filter_map(Value::as_str).collect()
}

fn claims(record: &Record) -> &[Value] {
    let claims = record.rest.get(CLAIMS).and_then(Value::as_array);
    claims.map_or(&[], Vec::as_slice)
}

/// The result of the last check.
pub fn source_status(record: &Record) -> SourceStatus {
    let name = record.rest.get(RESULT).and_then(Value::as_str);
    let mut all = SourceStatus::ALL.iter();
    let status = all.find(|status| Some(status.name()) == name);
    status.copied().unwrap_or(SourceStatus::Queued)
}

/// When the page may be checked: not at once if it was checked just before.
pub(crate) fn earliest_check(record: &Record, now: Timestamp) -> Timestamp {
    let checked = record.rest.get(CHECKED).and_then(Value::as_str);
    let checked = checked.and_then(|checked| checked.parse::<Timestamp>().ok());
    let next = checked.and_then(|checked| checked.checked_add(MIN_INTERVAL).ok());
    next.map_or(now, |next| next.max(now))
}

/// Whether a repetition asks for another check.
pub(crate) fn is_repeated(record: &Record) -> bool {
    record.rest.contains_key(REPEATED)
}

/// Whether there was a repetition during the check of `checked`.
pub(crate) fn is_repeated_since(record: &Record, checked: &Record) -> bool {
    is_repeated(record) && record.rest.get(REPEATED) != checked.rest.get(REPEATED)
}

/// Whether the record is a ping's, and a webmention of the same page waits for a check.
pub(crate) fn is_claimed(record: &Record) -> bool {
    !record.is_mention() && !claims(record).is_empty()
}

/// The stored record of a page, marked for another check because of the webmention `new`. The record of a ping is not
/// marked if `new` names no target: its own check is for the same entry.
pub(crate) fn with_repetition(mut record: Record, new: &Record) -> Record {
    let named = new.rest.get(TARGET).and_then(Value::as_str);
    if named.is_some() || record.is_mention() {
        record.rest.insert(REPEATED.to_owned(), json!(new.time));
    }
    let Some(named) = named else {
        return record;
    };
    if !named_targets(&record).contains(&named) {
        let mut claims = claims(&record).to_vec();
        if claims.len() >= MAX_CLAIMS {
            claims.remove(0);
        }
        claims.push(json!(named));
        record.rest.insert(CLAIMS.to_owned(), Value::Array(claims));
        if !record.is_mention() {
            record.rest.insert(CLAIMED_VIA.to_owned(), json!(new.via));
        }
    }
    record
}

/// The keys of an old record that is replaced by a webmention. The time of the last check is kept, its result is not.
pub(crate) fn replaced_keys(
    mut old: Map<String, Value>,
    new: Map<String, Value>,
) -> Map<String, Value> {
    for key in [TARGET, OFFERS, RESULT, REPEATED, CLAIMS, CLAIMED_VIA] {
        old.remove(key);
    }
    old.extend(new);
    old
}

/// Notes the result of a check.
pub(crate) fn note_check(record: &mut Record, status: SourceStatus, now: Timestamp) {
    record.rest.insert(RESULT.to_owned(), json!(status.name()));
    record.rest.insert(CHECKED.to_owned(), json!(now));
}

/// Removes the repetition and the claims that were checked. `checked` is the record as it was when the check began: what
/// came during the check stays.
pub(crate) fn end_repetition(record: &mut Record, checked: &Record) {
    if record.rest.get(REPEATED) == checked.rest.get(REPEATED) {
        record.rest.remove(REPEATED);
    }
    let mut left = claims(record).to_vec();
    left.retain(|claim| !claims(checked).contains(claim));
    if left.is_empty() {
        record.rest.remove(CLAIMS);
        record.rest.remove(CLAIMED_VIA);
    } else {
        record.rest.insert(CLAIMS.to_owned(), Value::Array(left));
    }
}

/// Replaces the text with that of the page, which links to one of the targets of `checked`. The record of a ping becomes
/// that of the webmention or pingback.
pub(crate) fn set_mention(record: &mut Record, checked: &Record, text: &MentionText) {
    let named = named_targets(checked).into_iter();
    let mut linked = named.filter(|named| parse_plain_web(named) == text.target);
    if let Some(target) = linked.next() {
        record.rest.insert(TARGET.to_owned(), json!(target));
    }
    if !record.is_mention() {
        let claimed = checked.rest.get(CLAIMED_VIA).and_then(Value::as_str);
        let claimed = claimed.and_then(Protocol::named);
        let via = claimed.unwrap_or(Protocol::Webmention);
        via.name().clone_into(&mut record.via);
    }
    record.rest.remove(OFFERS);
    record.title.clone_from(&text.title);
    record.excerpt.clone_from(&text.excerpt);
    record.blog_name.clone_from(&text.blog_name);
    let author = text.author.as_ref().map(|author| {
        let mut fields = Map::new();
        for (name, value) in [
            ("name", &author.name),
            ("url", &author.url),
            ("photo", &author.photo),
        ] {
            if !value.is_empty() {
                fields.insert(name.to_owned(), json!(value));
            }
        }
        Value::Object(fields)
    });
    let author = author.filter(|author| *author != json!({}));
    let keys = [
        ("kind", Some(json!(text.kind))),
        ("author", author),
        (LINK, text.link.as_ref().map(|link| json!(link))),
        ("date", text.date.as_ref().map(|date| json!(date))),
        (
            proxies::AUTHOR,
            text.publisher.as_ref().map(|author| json!(author)),
        ),
    ];
    for (key, value) in keys {
        match value {
            Some(value) => drop(record.rest.insert(key.to_owned(), value)),
            None => drop(record.rest.remove(key)),
        }
    }
}

/// Whether the text of a page differs from the stored one.
pub(crate) fn has_other_text(record: &Record, text: &MentionText) -> bool {
    record.title != text.title
        || record.excerpt != text.excerpt
        || record.blog_name != text.blog_name
}
