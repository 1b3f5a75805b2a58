//! Parses JSON Feed 1.0 and 1.1. A value of the wrong type counts as absent.

use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use url::Url;

use super::item::Weblog;
use super::item::{Body, Rank, RawItem, TextKind};
use super::{SourceFeed, bad_item, broken, pass_on};
use crate::error::{Error, Result};
use crate::sources::SkipReason;
use crate::sources::charset::Allowance;
use crate::sources::filter::EntryFilter;
use crate::sources::page::{is_web, line};

/// Parses the metadata of a feed, which may follow its items, because members of a JSON object have no order. A fault
/// is reported by [`read`].
pub(crate) fn read_head<R: Read>(mut feed: SourceFeed<R>) -> Weblog {
    let mut head = Head {
        weblog: Weblog::at(feed.base.clone()),
        base: feed.base.clone(),
        allowance: feed.text.allowance(),
    };
    let mut source = serde_json::Deserializer::from_reader(&mut feed.text);
    // The values before a fault are used.
    drop(HeadOnly(&mut head).deserialize(&mut source));
    head.weblog
}

/// Parses the items of a feed with the metadata `weblog`, and passes them on.
pub(crate) fn read<R: Read>(
    mut feed: SourceFeed<R>,
    weblog: Weblog,
    filter: &mut EntryFilter<'_>,
) -> Result<Weblog> {
    let mut state = FeedReader {
        weblog,
        base: feed.base.clone(),
        what: feed.what.clone(),
        number: 0,
        goes_on: false,
        allowance: feed.text.allowance(),
        filter,
        stopped: None,
    };
    let mut source = serde_json::Deserializer::from_reader(&mut feed.text);
    let outcome = FeedRoot(&mut state)
        .deserialize(&mut source)
        .and_then(|()| source.end());
    let FeedReader {
        weblog,
        stopped,
        goes_on,
        ..
    } = state;
    match (outcome, stopped) {
        (_, Some(error)) => return Err(error),
        (Err(cause), None) => broken(&feed.what, &cause.to_string(), filter)?,
        (Ok(()), None) if goes_on => filter.skip(feed.what, SkipReason::OlderInAnotherFeed)?,
        (Ok(()), None) => {}
    }
    Ok(weblog)
}

/// The metadata of a feed, and whether the file ended in a fault.
struct Head {
    weblog: Weblog,
    base: Option<Url>,
    allowance: Allowance,
}

struct FeedReader<'a, 'b> {
    weblog: Weblog,
    base: Option<Url>,
    what: String,
    number: usize,
    /// Whether older items are in another feed.
    goes_on: bool,
    allowance: Allowance,
    filter: &'a mut EntryFilter<'b>,
    /// The error of the receiver of items, which ended the parsing.
    stopped: Option<Error>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JsonFeedItem {
    id: Loose,
    url: Loose,
    external_url: Loose,
    title: Loose,
    content_html: Loose,
    content_text: Loose,
    summary: Loose,
    date_published: Loose,
    date_modified: Loose,
}

/// A string, or nothing.
#[derive(Default)]
struct Loose(Option<String>);

struct HeadOnly<'s>(&'s mut Head);
struct Ignored<'s>(&'s Allowance);
struct FeedRoot<'s, 'a, 'b>(&'s mut FeedReader<'a, 'b>);
struct JsonItems<'s, 'a, 'b>(&'s mut FeedReader<'a, 'b>);
struct LooseVisitor;

fn resolve(base: Option<&Url>, text: &str) -> Option<Url> {
    match base {
        Some(base) => base.join(text.trim()).ok(),
        None => Url::parse(text.trim()).ok(),
    }
}

impl FeedReader<'_, '_> {
    fn resolve(&self, text: &str) -> Option<Url> {
        resolve(self.base.as_ref().or(self.weblog.home.as_ref()), text)
    }

    fn bad(&mut self, cause: &str) -> Result<()> {
        self.number += 1;
        self.allowance.renew();
        let at = (self.what.as_str(), self.number);
        bad_item(RawItem::default(), &self.weblog, at, cause, self.filter)
    }

    fn item(&mut self, item: JsonFeedItem) -> Result<()> {
        self.number += 1;
        self.allowance.renew();
        let body = |text: Loose, kind: TextKind| {
            text.0.map(|text| Body {
                text,
                kind,
                base: None,
            })
        };
        let mut raw = RawItem {
            title: body(item.title, TextKind::Plain),
            summary: body(item.summary, TextKind::Plain),
            content: body(item.content_html, TextKind::Html)
                .filter(|body| !body.is_blank())
                .or_else(|| body(item.content_text, TextKind::Plain)),
            published: item.date_published.0,
            updated: item.date_modified.0,
            ..RawItem::default()
        };
        raw.about = item.external_url.0.and_then(|text| self.resolve(&text));
        raw.about = raw.about.filter(is_web);
        let link = item.url.0.and_then(|text| self.resolve(&text));
        raw.address(Rank::Link, link);
        let id = item.id.0.as_deref();
        id.into_iter().for_each(|id| raw.identify(id));
        raw.address(Rank::Id, id.and_then(|text| Url::parse(text).ok()));
        pass_on(raw, &self.weblog, &self.what, self.number, self.filter)
    }
}

impl<'de> DeserializeSeed<'de> for HeadOnly<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> std::result::Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeadOnly<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some(key) = map.next_key::<Loose>()? {
            match key.0.as_deref() {
                Some("title") => {
                    let Loose(title) = map.next_value()?;
                    self.0.weblog.name = line(&title.unwrap_or_default());
                }
                Some("home_page_url") => {
                    let Loose(home) = map.next_value()?;
                    let base = self.0.base.as_ref();
                    self.0.weblog.home = home.and_then(|home| resolve(base, &home));
                }
                Some("feed_url") => {
                    let Loose(feed) = map.next_value()?;
                    let named = feed.and_then(|feed| Url::parse(feed.trim()).ok());
                    self.0.weblog.feed = self.0.weblog.feed.take().or(named);
                }
                Some("items") => map.next_value_seed(Ignored(&self.0.allowance))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Ignored<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> std::result::Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Ignored<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {
            self.0.renew();
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for FeedRoot<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> std::result::Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FeedRoot<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let mut has_items = false;
        while let Some(key) = map.next_key::<Loose>()? {
            match key.0.as_deref() {
                Some("items") => {
                    has_items = true;
                    map.next_value_seed(JsonItems(self.0))?;
                }
                Some("next_url") => {
                    let Loose(next) = map.next_value()?;
                    self.0.goes_on = next.is_some_and(|next| !next.trim().is_empty());
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if has_items {
            Ok(())
        } else {
            Err(A::Error::custom("it is no JSON Feed: it has no `items`"))
        }
    }
}

impl<'de> DeserializeSeed<'de> for JsonItems<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> std::result::Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for JsonItems<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            let passed = match serde_json::from_str(item.get()) {
                Ok(item) => self.0.item(item),
                Err(cause) => self.0.bad(&cause.to_string()),
            };
            if let Err(error) = passed {
                self.0.stopped = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Loose, D::Error> {
        source.deserialize_any(LooseVisitor)
    }
}

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Loose, E> {
        Ok(Loose(Some(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> std::result::Result<Loose, E> {
        Ok(Loose(Some(text)))
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_unit<E>(self) -> std::result::Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Loose, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Loose, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }
}
