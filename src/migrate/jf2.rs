//! Parses the answers of webmention.io's API: `mentions.jf2` (`children`), the older `mentions.json` (`links`), a bare
//! list of their items, and what `tb export --format jf2` prints; several documents may follow each other.
//!
//! It is streamed, an item at a time. Values of unexpected types count as missing.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::imported_item::{ImportStop, ImportedItem, ImportedPing, ItemContent, Taker};
use crate::admission::entries::EntryReader;
use crate::admission::linkback_target;
use crate::error::{Error, Refusal};
use crate::linkback::Protocol;
use crate::linkback::trackback::Ping;
use crate::migrate::plan::ImportPlan;
use crate::store::{MentionKind, State};
use crate::text::{clean, crop, escape_xml};
use crate::urls::{is_below, is_page, parse_plain_web};

/// The largest file, in bytes.
const LARGEST: u64 = 64 << 20;
/// The longest title that is the beginning of the text, in characters.
const MAX_TEXT_TITLE: usize = 80;
/// The longest date and name of an author that are kept, in bytes and in characters.
const MAX_DATE: usize = 40;
const MAX_NAME: usize = 100;

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
    let mut items = Items {
        plan,
        entries: EntryReader::default(),
        ids: HashMap::new(),
        count: 0,
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
        (None, None) => Ok(()),
    }
}

/// The receiver of the items.
struct Items<'a, 't> {
    plan: &'a ImportPlan<'a>,
    entries: EntryReader,
    /// The ids of the targets so far.
    ids: HashMap<String, Option<String>>,
    count: usize,
    stop: Option<Error>,
    take: Taker<'t>,
}

impl Items<'_, '_> {
    fn add(&mut self, item: Jf2Item) -> Result<(), Error> {
        self.count += 1;
        let target = first([&item.wm_target, &item.target]).to_owned();
        let place = format!("mention {}", self.count);
        let (mut names, is_known) = match self.id_of(&target)? {
            Some(id) => (vec![id], true),
            None => (Vec::new(), self.plan.map.contains_key(&target)),
        };
        names.push(target);
        let ping = item.into_ping(&self.plan.zone);
        let content = match is_known {
            true => ItemContent::Ping(ping),
            false => ItemContent::Elsewhere(ping.url, Refusal::TargetNotFound),
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
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Jf2Item {
    author: Lax<Jf2Author>,
    url: Lax<String>,
    published: Lax<String>,
    wm_received: Lax<String>,
    wm_source: Lax<String>,
    wm_target: Lax<String>,
    wm_protocol: Lax<String>,
    wm_property: Lax<String>,
    wm_private: Lax<bool>,
    name: Lax<String>,
    content: Lax<Jf2Content>,
    rsvp: Lax<String>,
    // The older form.
    source: Lax<String>,
    target: Lax<String>,
    #[serde(rename = "verified_date")]
    verified_date: Lax<String>,
    private: Lax<bool>,
    data: Lax<OldData>,
    activity: Lax<OldActivity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Jf2Author {
    name: Lax<String>,
    url: Lax<String>,
    photo: Lax<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Jf2Content {
    text: Lax<String>,
    html: Lax<String>,
    value: Lax<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OldData {
    author: Lax<Jf2Author>,
    url: Lax<String>,
    name: Lax<String>,
    content: Lax<String>,
    published: Lax<String>,
    rsvp: Lax<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OldActivity {
    #[serde(rename = "type")]
    kind: Lax<String>,
}

impl Jf2Item {
    fn into_ping(self, zone: &TimeZone) -> ImportedPing {
        let url = first([&self.wm_source, &self.source, &self.url, &self.data.0.url]);
        let via = Protocol::named(&self.wm_protocol.0).unwrap_or(Protocol::Webmention);
        let html = first([
            &self.content.0.html,
            &self.content.0.value,
            &self.data.0.content,
        ]);
        // Plain text is escaped, because a ping's texts are parsed as HTML.
        let excerpt = match first([&self.content.0.text]) {
            "" => html.to_owned(),
            text => escape_xml(text).into_owned(),
        };
        let title = match first([&self.name, &self.data.0.name]) {
            "" => crop(&clean(&self.content.0.text.0), MAX_TEXT_TITLE, "…").into_owned(),
            name => name.to_owned(),
        };
        let author = match first([&self.author.0.name, &self.author.0.url]) {
            "" => &self.data.0.author.0,
            _ => &self.author.0,
        };
        ImportedPing {
            url: url.to_owned(),
            title: escape_xml(&title).into_owned(),
            excerpt,
            blog_name: escape_xml(&author.name.0).into_owned(),
            time: self.time(zone),
            state: (self.wm_private.0 || self.private.0).then_some(State::Held),
            via: Some(via.name()),
            address: None,
            rest: match via {
                Protocol::TrackBack => Map::new(),
                Protocol::Pingback | Protocol::Webmention => self.keys(url, author),
            },
        }
    }

    /// The keys of a webmention's record.
    fn keys(&self, source: &str, author: &Jf2Author) -> Map<String, Value> {
        let web = |text: &str| {
            let url = parse_plain_web(text)?;
            (url.as_str().len() <= Ping::MAX_URL).then_some(url)
        };
        let mut stated = Map::new();
        let name = crop(&clean(&author.name.0), MAX_NAME, "…").into_owned();
        for (key, value) in [
            ("name", Some(name)),
            ("url", web(&author.url.0).map(String::from)),
            ("photo", web(&author.photo.0).map(String::from)),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                stated.insert(key.to_owned(), json!(value));
            }
        }
        let target =
            web(first([&self.wm_target, &self.target])).map(|url| json!(String::from(url)));
        let link = web(first([&self.url, &self.data.0.url]));
        let link = link.filter(|link| web(source).is_none_or(|source| !is_page(link, &source)));
        let date = clean(first([&self.published, &self.data.0.published]));
        let keys = [
            ("kind", Some(json!(self.kind()))),
            (
                "author",
                (!stated.is_empty()).then_some(Value::Object(stated)),
            ),
            ("target", target),
            ("link", link.map(|link| json!(String::from(link)))),
            (
                "date",
                (!date.is_empty() && date.len() <= MAX_DATE).then(|| json!(date)),
            ),
        ];
        let keys = keys.into_iter();
        keys.filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect()
    }

    fn kind(&self) -> String {
        let word = first([&self.wm_property, &self.activity.0.kind]);
        let is_it = |kind: &&MentionKind| kind.property() == word || kind.name() == word;
        let kind = MentionKind::ALL.iter().find(is_it);
        let rsvp = first([&self.rsvp, &self.data.0.rsvp]);
        match (kind, rsvp) {
            (Some(MentionKind::Rsvp), "yes" | "no" | "maybe" | "interested") => {
                format!("rsvp-{rsvp}")
            }
            (Some(kind), _) => kind.name().to_owned(),
            (None, _) => MentionKind::Mention.name().to_owned(),
        }
    }

    /// When it was received, else when it was published; a date that cannot be parsed becomes one that is refused.
    fn time(&self, zone: &TimeZone) -> Option<Timestamp> {
        let dates = [
            &self.wm_received,
            &self.verified_date,
            &self.published,
            &self.data.0.published,
        ];
        let mut dates = dates.into_iter().map(|date| date.0.trim());
        let text = dates.find(|date| !date.is_empty())?;
        let local = || zone.to_timestamp(text.parse::<DateTime>().ok()?).ok();
        let time = text.parse().ok().or_else(local);
        Some(time.unwrap_or(Timestamp::MAX))
    }
}

/// The first text that is not empty.
fn first<const N: usize>(texts: [&Lax<String>; N]) -> &str {
    let mut texts = texts.into_iter().map(|text| text.0.trim());
    texts.find(|text| !text.is_empty()).unwrap_or_default()
}

/// A document: an object with a list of items, or the list.
struct DocumentSeed<'s, 'a, 't>(&'s mut Items<'a, 't>);

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
        let mut has_items = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "children" | "links" => {
                    map.next_value_seed(ListSeed(self.0))?;
                    has_items = true;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match has_items {
            true => Ok(()),
            false => Err(de::Error::custom("it has neither `children` nor `links`")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        ListSeed(self.0).visit_seq(list)
    }
}

/// A list of items, which are passed on one by one.
struct ListSeed<'s, 'a, 't>(&'s mut Items<'a, 't>);

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
        while let Some(item) = list.next_element::<Lax<Jf2Item>>()? {
            if let Err(error) = self.0.add(item.0) {
                self.0.stop = Some(error);
                return Err(de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// A value that may be of any type: what is not a `T` counts as missing, and of a list the first value counts.
#[derive(Debug, Default)]
struct Lax<T>(T);

/// What a [`Lax`] value is made of.
trait FromJson<'de>: Default {
    fn from_text(_: &str) -> Self {
        Self::default()
    }

    fn from_bool(_: bool) -> Self {
        Self::default()
    }

    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_map(map)?;
        Ok(Self::default())
    }
}

impl FromJson<'_> for String {
    fn from_text(text: &str) -> String {
        text.to_owned()
    }
}

impl FromJson<'_> for bool {
    fn from_bool(value: bool) -> bool {
        value
    }
}

impl<'de> FromJson<'de> for Jf2Item {
    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Jf2Item::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de> FromJson<'de> for Jf2Author {
    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Jf2Author::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de> FromJson<'de> for Jf2Content {
    fn from_text(text: &str) -> Jf2Content {
        let value = Lax(text.to_owned());
        Jf2Content {
            value,
            ..Jf2Content::default()
        }
    }

    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Jf2Content::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de> FromJson<'de> for OldData {
    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        OldData::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de> FromJson<'de> for OldActivity {
    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        OldActivity::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de, T: FromJson<'de>> Deserialize<'de> for Lax<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Lax<T>, D::Error> {
        from.deserialize_any(LaxVisitor(PhantomData)).map(Lax)
    }
}

struct LaxVisitor<T>(PhantomData<T>);

impl<'de, T: FromJson<'de>> Visitor<'de> for LaxVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<T, E> {
        Ok(T::from_bool(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
        let first: Option<Lax<T>> = list.next_element()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first.unwrap_or_default().0)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::from_object(map)
    }
}
