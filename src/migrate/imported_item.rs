//! An item of an imported file, and its conversion into a record of the store.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp, civil};
use serde_json::{Map, Value};
use url::Url;

use crate::config::Addresses;
use crate::error::{Error, Refusal};
use crate::linkback::trackback::{Ping, TbId};
use crate::store::{MentionKind, Reason, Record, State, StoredItem};
use crate::text::{clean, crop, escape_xml};
use crate::urls::parse_plain_web;

/// An item of an imported file.
#[derive(Debug)]
pub(super) struct ImportedItem {
    /// Its place in the file, for messages.
    pub(super) place: String,
    /// The names of the pinged entry in the file, the best one first.
    pub(super) names: Vec<String>,
    /// Its content.
    pub(super) content: ItemContent,
}

/// The content of an item.
#[derive(Debug)]
pub(super) enum ItemContent {
    /// A ping of another program.
    Ping(ImportedPing),
    /// A record of our own export.
    Kept(StoredItem),
    /// Left out, though it could be read.
    LeftOut {
        /// What names it: a permalink or a kind.
        name: String,
        why: Skip,
    },
    /// Not importable.
    Unusable(Skip),
}

/// A ping of another program, with its texts unchanged.
#[derive(Debug, Clone, Default)]
pub(super) struct ImportedPing {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) excerpt: String,
    pub(super) blog_name: String,
    /// When it was received; `None` if the file does not say so legibly.
    pub(super) time: Option<Timestamp>,
    /// When the pinged entry was published, which is the best guess without that.
    pub(super) entry_time: Option<Timestamp>,
    /// `None` for a public one.
    pub(super) state: Option<State>,
    /// `None` for TrackBack.
    pub(super) via: Option<&'static str>,
    pub(super) address: Option<IpAddr>,
    /// The keys that the record of a webmention has beside those of a ping.
    pub(super) rest: Map<String, Value>,
}

/// Why parsing a file stopped before its end.
#[derive(Debug)]
pub(super) enum ImportStop {
    /// It could not be read.
    Input(io::Error),
    /// It does not have the expected format.
    Format(String),
    /// The receiver of the items failed.
    Receiver(Error),
}

impl From<io::Error> for ImportStop {
    fn from(cause: io::Error) -> ImportStop {
        ImportStop::Input(cause)
    }
}

impl From<Error> for ImportStop {
    fn from(error: Error) -> ImportStop {
        ImportStop::Receiver(error)
    }
}

/// Receives the items of a file.
pub(super) type Taker<'a> = &'a mut dyn FnMut(ImportedItem) -> Result<(), Error>;

/// Why an item of a file is not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
    /// A ping would be refused for its URL or its id.
    Refused(Refusal),
    /// In a file of this program, its time is before 1900 or in the future.
    AbsurdTime,
    /// It is of a kind that is not stored here.
    OtherKind,
    /// It is in the other program's trash.
    InTrash,
    /// It cannot be parsed.
    Damaged,
    /// The file ends in it, or before it says that it is complete.
    CutOff,
    /// A ping from the same permalink is stored already, or precedes it in the file.
    There,
    /// The owner deleted a ping from this permalink here.
    Withdrawn,
}

impl Skip {
    /// The stable name, in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Skip::Refused(refusal) => refusal.name(),
            Skip::AbsurdTime => "absurd-time",
            Skip::OtherKind => "other-kind",
            Skip::InTrash => "in-trash",
            Skip::Damaged => "damaged",
            Skip::CutOff => "cut-off",
            Skip::There => "there-already",
            Skip::Withdrawn => "withdrawn",
        }
    }
}

impl From<Refusal> for Skip {
    fn from(refusal: Refusal) -> Skip {
        Skip::Refused(refusal)
    }
}

/// The longest name of an author, in characters.
const MAX_NAME: usize = 100;

/// The keys that the record of a webmention has beside those of a ping: its kind, its author's name, page and photo, and
/// the page that it links to.
pub(super) fn mention_keys(
    kind: &str,
    [name, page, photo]: [&str; 3],
    target: &str,
) -> Map<String, Value> {
    let name = crop(&clean(name), MAX_NAME, "…").into_owned();
    let keys = |pairs: [(&str, Option<Value>); 3]| {
        let known = pairs.into_iter();
        let known = known.filter_map(|(key, value)| Some((key.to_owned(), value?)));
        known.collect::<Map<_, _>>()
    };
    let web = |text: &str| web_url(text).map(|url| Value::String(url.into()));
    let author = keys([
        ("name", (!name.is_empty()).then_some(Value::String(name))),
        ("url", web(page)),
        ("photo", web(photo)),
    ]);
    keys([
        ("kind", Some(Value::String(kind.to_owned()))),
        (
            "author",
            (!author.is_empty()).then_some(Value::Object(author)),
        ),
        ("target", web(target)),
    ])
}

/// A URL of the web that is no longer than a permalink.
pub(super) fn web_url(text: &str) -> Option<Url> {
    parse_plain_web(text).filter(|url| url.as_str().len() <= Ping::MAX_URL)
}

/// The name of the kind of a webmention that other programs call `word`; `answer` is that to an invitation.
pub(super) fn mention_kind(word: &str, answer: &str) -> String {
    let is_it = |kind: &&MentionKind| kind.property() == word || kind.name() == word;
    match (MentionKind::ALL.iter().find(is_it), answer) {
        (Some(MentionKind::Rsvp), "yes" | "no" | "maybe" | "interested") => {
            format!("rsvp-{answer}")
        }
        (Some(kind), _) => kind.name().to_owned(),
        (None, _) => MentionKind::Mention.name().to_owned(),
    }
}

/// The beginning of a text that has no title.
pub(super) fn text_title(text: &str) -> String {
    crop(&clean(text), MAX_TEXT_TITLE, "…").into_owned()
}

/// The longest title that is the beginning of the text, in characters.
const MAX_TEXT_TITLE: usize = 80;

/// The rules by which items are converted.
#[derive(Debug)]
pub(super) struct ImportRules<'a> {
    /// The ids for the names of entries in the file.
    pub(super) map: &'a HashMap<String, String>,
    /// The state that pings get; `None` for the one that they had. Junk stays junk.
    pub(super) state: Option<State>,
    pub(super) addresses: Addresses,
    pub(super) now: Timestamp,
    /// The time of pings without one.
    pub(super) fallback: Timestamp,
}

/// The id of an item.
pub(super) fn id_of(names: &[String], rules: &ImportRules<'_>) -> Result<TbId, Skip> {
    let mapped = names.iter().find_map(|name| rules.map.get(name));
    let name = mapped.or_else(|| names.first());
    let name = name.map(String::as_str).unwrap_or_default();
    Ok(TbId::new(name.as_bytes())?)
}

/// The permalink of an item, or what else names it; empty if nothing does.
pub(super) fn url_of(content: &ItemContent) -> &str {
    match content {
        ItemContent::Ping(found) => &found.url,
        ItemContent::LeftOut { name, .. } => name,
        ItemContent::Kept(StoredItem::Ping(record)) => &record.url,
        ItemContent::Kept(StoredItem::Tombstone { .. }) | ItemContent::Unusable(_) => "",
    }
}

/// Converts an item into a record of the store.
pub(super) fn convert(content: ItemContent, rules: &ImportRules<'_>) -> Result<StoredItem, Skip> {
    match content {
        ItemContent::Unusable(why) | ItemContent::LeftOut { why, .. } => Err(why),
        ItemContent::Ping(found) => found_ping(found, rules),
        ItemContent::Kept(StoredItem::Ping(record)) => own_ping(*record, rules),
        ItemContent::Kept(StoredItem::Tombstone {
            number,
            time,
            hash,
            page,
        }) => {
            let hexadecimal = hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !hexadecimal || is_absurd(time, rules.now) {
                return Err(Skip::Damaged);
            }
            Ok(StoredItem::Tombstone {
                number,
                time,
                hash,
                page,
            })
        }
    }
}

/// When a ping was received, if its file says so and it can be.
fn own_time(found: &ImportedPing, now: Timestamp) -> Option<Timestamp> {
    found.time.filter(|time| !is_absurd(*time, now))
}

/// Whether the time of an item is that of its entry or of its file.
pub(super) fn has_guessed_time(content: &ItemContent, now: Timestamp) -> bool {
    matches!(content, ItemContent::Ping(found) if own_time(found, now).is_none())
}

fn found_ping(found: ImportedPing, rules: &ImportRules<'_>) -> Result<StoredItem, Skip> {
    let ping = Ping::new(&found.url, &found.title, &found.excerpt, &found.blog_name)?;
    // A ping is not lost for its date.
    let time = own_time(&found, rules.now)
        .or(found.entry_time.filter(|time| !is_absurd(*time, rules.now)));
    let time = time.unwrap_or(rules.fallback);
    let state = wanted(found.state.unwrap_or(State::Published), rules);
    Ok(StoredItem::Ping(Box::new(Record {
        id: 0,
        time,
        // Retention counts from the import for pings that are pending or junk.
        since: (state != State::Published).then_some(rules.now),
        updated: None,
        url: ping.url,
        title: ping.title,
        excerpt: ping.excerpt,
        blog_name: ping.blog_name,
        state,
        why: None,
        via: found.via.unwrap_or("trackback").to_owned(),
        from: crate::admission::client_addr::stored_address(rules.addresses, found.address),
        rest: found.rest,
    })))
}

/// Our own records hold plain text, so it is escaped: parsed as HTML it would be decoded a second time.
fn own_ping(record: Record, rules: &ImportRules<'_>) -> Result<StoredItem, Skip> {
    if is_absurd(record.time, rules.now) {
        return Err(Skip::AbsurdTime);
    }
    let ping = Ping::new(
        &record.url,
        &escape_xml(&record.title),
        &escape_xml(&record.excerpt),
        &escape_xml(&record.blog_name),
    )?;
    let line = |text: &str, most| crop(&clean(text), most, "").into_owned();
    let state = wanted(record.state, rules);
    let rest = match serde_json::to_vec(&record.rest) {
        Ok(bytes) if bytes.len() <= MOST_REST => record.rest,
        _ => Map::new(),
    };
    Ok(StoredItem::Ping(Box::new(Record {
        url: ping.url,
        title: ping.title,
        excerpt: ping.excerpt,
        blog_name: ping.blog_name,
        since: record.since.filter(|since| !is_absurd(*since, rules.now)),
        updated: record
            .updated
            .filter(|updated| !is_absurd(*updated, rules.now)),
        why: record
            .why
            .filter(|_| state == record.state)
            .map(|why| Reason::parse(&line(&why.to_string(), 200))),
        state,
        via: line(&record.via, 32),
        from: record.from.and_then(|from| origin(&from, rules)),
        rest,
        ..record
    })))
}

/// The part of an imported address or prefix that the configuration allows to be stored.
fn origin(from: &str, rules: &ImportRules<'_>) -> Option<String> {
    if let Ok(address) = from.parse() {
        return crate::admission::client_addr::stored_address(rules.addresses, Some(address));
    }
    let prefix: ipnet::IpNet = from.parse().ok()?;
    (rules.addresses != Addresses::None).then(|| prefix.to_string())
}

/// The size limit of unknown keys, which a newer version may have written, in bytes of JSON.
const MOST_REST: usize = 4 << 10;

fn wanted(state: State, rules: &ImportRules<'_>) -> State {
    match (state, rules.state) {
        (State::Junk, _) => State::Junk,
        (state, wanted) => wanted.unwrap_or(state),
    }
}

/// Whether a time is before 1900, or more than a day in the future.
fn is_absurd(time: Timestamp, now: Timestamp) -> bool {
    let earliest = civil::date(1900, 1, 1).to_zoned(jiff::tz::TimeZone::UTC);
    let too_early = earliest.is_ok_and(|earliest| time < earliest.timestamp());
    too_early || time.duration_since(now) > SignedDuration::from_hours(24)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(map: &HashMap<String, String>) -> ImportRules<'_> {
        let now = "2026-11-20T05:00:00Z".parse().unwrap();
        ImportRules {
            map,
            state: None,
            addresses: Addresses::Prefix,
            now,
            fallback: now,
        }
    }

    fn found(time: &str) -> ItemContent {
        ItemContent::Ping(ImportedPing {
            url: "http://a.example/".to_owned(),
            title: "<b>1 &amp;lt; 2</b>".to_owned(),
            time: Some(time.parse().unwrap()),
            address: Some("203.0.113.77".parse().unwrap()),
            ..ImportedPing::default()
        })
    }

    #[test]
    fn a_time_before_1970_is_kept_and_for_an_absurd_one_that_of_the_entry_or_file() {
        let map = HashMap::new();
        for (time, good) in [
            ("1969-12-31T23:59:59Z", true),
            ("1900-01-01T00:00:00Z", true),
            ("1899-12-31T23:59:59Z", false),
            ("-009999-01-02T01:59:59Z", false),
            ("2026-11-21T05:00:00Z", true),
            ("2026-11-21T05:00:01Z", false),
            ("9999-12-30T22:00:00Z", false),
        ] {
            let mut rules = rules(&map);
            rules.fallback = "2003-01-01T00:00:00Z".parse().unwrap();
            let content = found(time);
            assert_eq!(has_guessed_time(&content, rules.now), !good, "{time}");
            let ItemContent::Ping(mut ping) = content else {
                panic!("a ping")
            };
            for entry in ["2002-01-01T00:00:00Z", "9999-12-30T22:00:00Z"] {
                ping.entry_time = Some(entry.parse().unwrap());
                let Ok(StoredItem::Ping(record)) = found_ping(ping.clone(), &rules) else {
                    panic!("it is kept")
                };
                let expected = match (good, entry) {
                    (true, _) => time,
                    (false, "2002-01-01T00:00:00Z") => entry,
                    (false, _) => "2003-01-01T00:00:00Z",
                };
                assert_eq!(record.time, expected.parse().unwrap(), "{time}, {entry}");
                let own = ItemContent::Kept(StoredItem::Ping(Box::new(Record {
                    time: time.parse().unwrap(),
                    ..*record
                })));
                assert_eq!(convert(own, &rules).is_ok(), good, "{time}");
            }
        }
    }

    #[test]
    fn s3_what_is_read_again_is_decoded_once() {
        let map = HashMap::new();
        let first = convert(found("2002-01-01T00:00:00Z"), &rules(&map)).unwrap();
        let StoredItem::Ping(record) = &first else {
            panic!("a ping")
        };
        assert_eq!(record.title, "1 &lt; 2");
        assert_eq!(record.from.as_deref(), Some("203.0.113.0/24"));
        let again = convert(ItemContent::Kept(first.clone()), &rules(&map)).unwrap();
        assert_eq!(again, first);
    }

    #[test]
    fn s3_an_edited_export_brings_neither_script_nor_control_characters() {
        let map = HashMap::new();
        let Ok(StoredItem::Ping(record)) = convert(found("2002-01-01T00:00:00Z"), &rules(&map))
        else {
            panic!("a ping")
        };
        let script = Record {
            url: "javascript:alert(1)".to_owned(),
            ..(*record).clone()
        };
        let refused = convert(
            ItemContent::Kept(StoredItem::Ping(Box::new(script))),
            &rules(&map),
        );
        assert_eq!(refused, Err(Skip::Refused(Refusal::BadUrl)));
        let control = Record {
            title: "a\u{1b}[2J\u{202e}b".to_owned(),
            why: Some(Reason::parse(&"x\u{9b}\n".repeat(300))),
            ..*record
        };
        let Ok(StoredItem::Ping(kept)) = convert(
            ItemContent::Kept(StoredItem::Ping(Box::new(control))),
            &rules(&map),
        ) else {
            panic!("a ping")
        };
        assert_eq!(kept.title, "a[2Jb");
        assert!(kept.why.unwrap().to_string().chars().count() <= 200);
    }

    #[test]
    fn the_map_knows_an_entry_by_any_of_its_names_and_ids_are_munged() {
        let map = HashMap::from([("17".to_owned(), "cats/one".to_owned())]);
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        let id = |list: &[&str]| id_of(&names(list), &rules(&map)).map(|id| id.to_string());
        assert_eq!(id(&["slug", "17"]), Ok("cats_one".to_owned()));
        assert_eq!(id(&["a-b", "18"]), Ok("a_b".to_owned()));
        assert_eq!(id(&[]), Err(Skip::Refused(Refusal::NoTbId)));
        assert_eq!(id(&["../x"]), Err(Skip::Refused(Refusal::BadTbId)));
    }
}
