//! Parses the answers of webmention.io's API: `mentions.jf2` (`children`), the older `mentions.json` (`links`), a bare
//! list of their items, and what `tb export --format jf2` prints; several documents may follow each other.
//!
//! It is streamed, an item at a time. Values of unexpected types count as missing.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::imported_item::{
    ImportStop, ImportedItem, ImportedPing, ItemContent, Skip, Taker, mention_keys, mention_kind,
    text_title, web_url,
};
use super::jsonl::{FEED_READERS, UNKNOWN_JSON};
use crate::admission::entries::EntryReader;
use crate::admission::linkback_target;
use crate::error::{Error, Refusal};
use crate::linkback::Protocol;
use crate::migrate::plan::ImportPlan;
use crate::sources::date;
use crate::store::State;
use crate::text::{clean, crop, escape_xml};
use crate::urls::{is_below, is_page, parse_plain_web};

/// The largest file, in bytes.
const LARGEST: u64 = 64 << 20;
/// The largest item, in bytes; of a larger one nothing is read.
const LARGEST_ITEM: usize = 1 << 20;
/// The longest date that is kept, in bytes.
const MAX_DATE: usize = 40;
/// The longest message of an error that is repeated, in characters.
const MAX_ERROR: usize = 100;

/// Parses all items. Targets are pages of the site of `plan`.
pub(super) fn parse(
    plan: &ImportPlan<'_>,
    input: impl Read,
    take: Taker<'_>,
) -> Result<(), ImportStop> {
    let mut input = BufReader::with_capacity(1 << 16, input.take(LARGEST + 1));
    if input.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        input.consume(3);
    }
    let mut items = Jf2Items {
        plan,
        entries: EntryReader::default(),
        ids: HashMap::new(),
        count: 0,
        has_mention: false,
        stop: None,
        take,
    };
    let mut json = serde_json::Deserializer::from_reader(&mut input);
    let parsed = loop {
        if let Err(fault) = (DocumentSeed(&mut items)).deserialize(&mut json) {
            break Err(fault);
        }
        if json.end().is_ok() {
            break Ok(());
        }
    };
    let fault = parsed.err();
    match (items.stop, fault) {
        (Some(error), _) => Err(error.into()),
        (None, _) if input.get_ref().limit() == 0 => Err(ImportStop::Format(format!(
            "it is larger than {LARGEST} bytes"
        ))),
        (None, Some(fault)) => Err(ImportStop::Format(fault.to_string())),
        (None, None) if items.count > 0 && !items.has_mention => {
            Err(ImportStop::Format(UNKNOWN_JSON.to_owned()))
        }
        (None, None) => Ok(()),
    }
}

/// The receiver of the items.
struct Jf2Items<'a, 't> {
    plan: &'a ImportPlan<'a>,
    entries: EntryReader,
    /// The ids of the targets so far.
    ids: HashMap<String, Option<String>>,
    count: usize,
    /// Whether an item names a target.
    has_mention: bool,
    stop: Option<Error>,
    take: Taker<'t>,
}

impl Jf2Items<'_, '_> {
    /// Adds an item; `None` if it is not an object, or too large. Without a target it is no mention.
    fn add(&mut self, item: Option<Jf2Item>) -> Result<(), Error> {
        self.count += 1;
        let Some(item) = item.filter(|item| !item.target().is_empty()) else {
            return (self.take)(ImportedItem {
                place: format!("mention {}", self.count),
                names: Vec::new(),
                content: ItemContent::Unusable(Skip::Damaged),
            });
        };
        self.has_mention = true;
        let target = item.target().to_owned();
        let place = format!("mention {}", self.count);
        let (mut names, is_known) = match self.id_of(&target)? {
            Some(id) => (vec![id], true),
            None => (Vec::new(), self.plan.map.contains_key(&target)),
        };
        names.push(target);
        let ping = item.into_ping(&self.plan.zone);
        let content = match is_known {
            true => ItemContent::Ping(ping),
            false => ItemContent::LeftOut {
                name: ping.url,
                why: Refusal::TargetNotFound.into(),
            },
        };
        (self.take)(ImportedItem {
            place,
            names,
            content,
        })
    }

    /// The id of a target; `None` if it is not a page of this site.
    fn id_of(&mut self, target: &str) -> Result<Option<String>, Error> {
        if let Some(known) = self.ids.get(target) {
            return Ok(known.clone());
        }
        let ImportPlan { config, store, .. } = *self.plan;
        let id = match parse_plain_web(target) {
            // The list of an id, which our own exports name where the permalink is not known.
            Some(url) if is_below(&url, &config.base_url) => {
                let mut pairs = url.query_pairs();
                let id = pairs.find(|(name, _)| name == "tb_id");
                id.map(|(_, id)| id.into_owned())
            }
            Some(url) => linkback_target::page_id(config, store, &self.entries, &url)?
                .map(|id| id.to_string()),
            None => None,
        };
        self.ids.insert(target.to_owned(), id.clone());
        Ok(id)
    }
}

/// An item in either form.
struct Jf2Item(Value);

/// The keys that lead to a value.
type KeyPath<'a> = &'a [&'a str];

impl Jf2Item {
    /// The value there; of a list the first counts.
    fn value(&self, path: KeyPath<'_>) -> Option<&Value> {
        let mut value = &self.0;
        for key in path {
            value = first_of(value)?.get(key)?;
        }
        first_of(value)
    }

    /// The first text that is not empty; a value of another type counts as missing.
    fn text<const N: usize>(&self, paths: [KeyPath<'_>; N]) -> &str {
        let texts = paths.into_iter();
        let mut texts = texts.filter_map(|path| Some(self.value(path)?.as_str()?.trim()));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }

    fn target(&self) -> &str {
        self.text([&["wm-target"], &["target"]])
    }

    fn into_ping(self, zone: &TimeZone) -> ImportedPing {
        let url = self.text([&["wm-source"], &["source"], &["url"], &["data", "url"]]);
        let via = Protocol::named(self.text([&["wm-protocol"]])).unwrap_or(Protocol::Webmention);
        let html = self.text([
            &["content", "html"],
            &["content", "value"],
            &["content"],
            &["data", "content"],
        ]);
        let text = self.text([&["content", "text"]]);
        // Plain text is escaped, because a ping's texts are parsed as HTML.
        let excerpt = match text {
            "" => html.to_owned(),
            text => escape_xml(text).into_owned(),
        };
        let title = match self.text([&["name"], &["data", "name"]]) {
            "" => text_title(text),
            name => name.to_owned(),
        };
        let plain_author = self.text([&["author"]]);
        let author = |key: &str| match self.text([&["author", "name"], &["author", "url"]]) {
            "" if key == "name" && !plain_author.is_empty() => plain_author,
            "" => self.text([&["data", "author", key]]),
            _ => self.text([&["author", key]]),
        };
        let is_true = |key: &str| self.value(&[key]).is_some_and(|value| value == true);
        ImportedPing {
            url: url.to_owned(),
            title: escape_xml(&title).into_owned(),
            excerpt,
            blog_name: escape_xml(author("name")).into_owned(),
            time: self.time(zone),
            entry_time: None,
            state: (is_true("wm-private") || is_true("private")).then_some(State::Held),
            via: Some(via.name()),
            address: None,
            rest: match via {
                Protocol::TrackBack => Map::new(),
                Protocol::Pingback | Protocol::Webmention => self.keys(url, author),
            },
        }
    }

    /// The keys of a webmention's record.
    fn keys<'item>(
        &'item self,
        source: &str,
        author: impl Fn(&str) -> &'item str,
    ) -> Map<String, Value> {
        let author = [author("name"), author("url"), author("photo")];
        let mut known = mention_keys(&self.kind(), author, self.target());
        let link = web_url(self.text([&["url"], &["data", "url"]]));
        let link = link.filter(|link| web_url(source).is_none_or(|source| !is_page(link, &source)));
        let date = clean(self.text([&["published"], &["data", "published"]]));
        let keys = [
            ("link", link.map(|link| json!(String::from(link)))),
            (
                "date",
                (!date.is_empty() && date.len() <= MAX_DATE).then(|| json!(date)),
            ),
        ];
        for (key, value) in keys {
            known.extend(value.map(|value| (key.to_owned(), value)));
        }
        known
    }

    fn kind(&self) -> String {
        let word = self.text([&["wm-property"], &["activity", "type"]]);
        let rsvp = self.text([&["rsvp"], &["data", "rsvp"]]);
        mention_kind(word, rsvp)
    }

    /// When it was received, else when it was published.
    fn time(&self, zone: &TimeZone) -> Option<Timestamp> {
        let dates: [KeyPath<'_>; 4] = [
            &["wm-received"],
            &["verified_date"],
            &["published"],
            &["data", "published"],
        ];
        let texts = dates.into_iter().map(|path| self.text([path]));
        texts.filter_map(|text| date::parse_in(text, zone)).next()
    }
}

/// The value, or of a list the first.
fn first_of(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(list) => first_of(list.first()?),
        _ => Some(value),
    }
}

/// A document: an object with a list of items, or the list.
struct DocumentSeed<'s, 'a, 't>(&'s mut Jf2Items<'a, 't>);

impl<'de> DeserializeSeed<'de> for DocumentSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DocumentSeed<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `children` or `links`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut has_items, mut is_feed) = (false, false);
        while let Some(key) = map.next_key::<String>()? {
            is_feed |= key == "items";
            match key.as_str() {
                "children" | "links" => {
                    map.next_value_seed(ListSeed(self.0))?;
                    has_items = true;
                }
                "error" => {
                    let error = map.next_value::<Box<RawValue>>()?;
                    let error: String = serde_json::from_str(error.get()).unwrap_or_default();
                    let said = crop(&clean(&error), MAX_ERROR, "…").into_owned();
                    return Err(de::Error::custom(format!(
                        "it is no list of mentions but an error: {said}"
                    )));
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match has_items {
            true => Ok(()),
            false if is_feed => Err(de::Error::custom(format!(
                "it has neither `children` nor `links`, but `items`, as a JSON Feed, which has no pings; {FEED_READERS}"
            ))),
            false => Err(de::Error::custom("it has neither `children` nor `links`")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        ListSeed(self.0).visit_seq(list)
    }
}

/// A list of items, which are passed on one by one.
struct ListSeed<'s, 'a, 't>(&'s mut Jf2Items<'a, 't>);

impl<'de> DeserializeSeed<'de> for ListSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of mentions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element::<Box<RawValue>>()? {
            let text = Some(item.get()).filter(|text| text.len() <= LARGEST_ITEM);
            let item = text.and_then(|text| serde_json::from_str(text).ok());
            let item = item.filter(Value::is_object).map(Jf2Item);
            if let Err(error) = self.0.add(item) {
                self.0.stop = Some(error);
                return Err(de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
