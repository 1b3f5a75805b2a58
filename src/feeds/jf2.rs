//! Writes JF2 (jf2.spec.indieweb.org) in the shape of webmention.io's API, for templates that read it.
//!
//! All texts are plain. Programs that ask for HTML get the same text, escaped; a page's own HTML is never passed on.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;
use sha2::{Digest, Sha256};
use url::Url;

use super::channel::{FeedItem, list_url};
use super::json::script_line;
use crate::admission::proxies;
use crate::config::Config;
use crate::domain::registrable;
use crate::linkback::Protocol;
use crate::linkback::trackback::TbId;
use crate::order;
use crate::store::{MentionKind, Record};
use crate::text::escape_xml;
use crate::urls::parse_plain_web;

/// When a ping was received, its id and its number: the order of receipt.
pub type Receipt = (Timestamp, TbId, u64);

#[derive(Serialize)]
struct Jf2Feed<'a> {
    r#type: &'static str,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    children: Vec<Jf2Entry>,
}

/// A ping as webmention.io's API describes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Jf2Entry {
    r#type: &'static str,
    author: Jf2Card,
    url: String,
    published: String,
    wm_received: String,
    wm_id: u32,
    wm_source: String,
    wm_target: String,
    wm_protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Jf2Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    like_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repost_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bookmark_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mention_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rsvp: Option<String>,
    wm_property: &'static str,
    wm_private: bool,
}

#[derive(Debug, Serialize)]
struct Jf2Card {
    r#type: &'static str,
    name: String,
    photo: String,
    url: String,
}

#[derive(Debug, Serialize)]
struct Jf2Content {
    text: String,
    /// The text escaped: some templates insert `text` as HTML where there is no `html`.
    html: String,
}

/// What a feed is sorted by, as webmention.io's `sort-by` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jf2Order {
    /// When it was received (`created`).
    Received,
    /// When it last changed.
    Updated,
    /// The date that its page states, else when it was received.
    Published,
    /// The answer of an RSVP.
    Rsvp,
}

impl Jf2Order {
    /// The order of that name; for an unknown one, that of receipt.
    pub fn named(name: &str) -> Jf2Order {
        match name {
            "updated" => Jf2Order::Updated,
            "published" => Jf2Order::Published,
            "rsvp" => Jf2Order::Rsvp,
            _ => Jf2Order::Received,
        }
    }

    /// Sorts a feed, the newest first unless `is_up`.
    pub fn sort(self, items: &mut [FeedItem], is_up: bool) {
        order::sort_by_key(items, |item| self.key(item));
        if !is_up {
            items.reverse();
        }
    }

    fn key(self, item: &FeedItem) -> (Option<Timestamp>, String, Receipt) {
        let record = &item.record;
        let (time, answer) = match self {
            Jf2Order::Received => (None, None),
            Jf2Order::Updated => (record.updated.or(Some(record.time)), None),
            Jf2Order::Published => (stated_date(record).or(Some(record.time)), None),
            Jf2Order::Rsvp => (None, record.rsvp_answer()),
        };
        let answer = answer.unwrap_or_default().to_owned();
        (time, answer, (record.time, item.id.clone(), record.id))
    }
}

/// A feed of all kinds; `link` is the page that shows the same pings.
pub fn jf2(config: &Config, link: Option<&str>, items: &[FeedItem]) -> String {
    script_line(&Jf2Feed {
        r#type: "feed",
        name: "Webmentions",
        url: link,
        children: items
            .iter()
            .map(|item| Jf2Entry::of(config, item))
            .collect(),
    })
}

/// One entry of such a feed, as a line.
pub fn jf2_entry(config: &Config, item: &FeedItem) -> String {
    script_line(&Jf2Entry::of(config, item))
}

/// The number of a ping among those of all ids: always the same. Two pings of one id never share a number, two of
/// different ids hardly ever. At most 2^31 - 1, because programs declare it as an integer of 32 bits.
pub fn wm_id(id: &TbId, number: u64) -> u32 {
    let digest = Sha256::digest(id.as_str().as_bytes());
    let start = digest
        .iter()
        .take(4)
        .fold(0, |start, byte| start << 8 | u64::from(*byte));
    let place = start.wrapping_add(number) & u64::from(u32::MAX >> 1);
    u32::try_from(place).unwrap_or_default()
}

/// The property that says how a ping responds to the entry, `wm-property`.
pub fn jf2_property(record: &Record) -> &'static str {
    kind(record).property()
}

fn kind(record: &Record) -> MentionKind {
    record.mention_kind().unwrap_or(MentionKind::Mention)
}

/// When a ping was published, as its page states it; `None` if that is not a date.
fn stated_date(record: &Record) -> Option<Timestamp> {
    // An annotation such as `[Europe/Berlin]` is one of jiff's own.
    let text = record.stated_date().filter(|text| !text.contains('['))?;
    let at_utc = |date: DateTime| TimeZone::UTC.to_timestamp(date).ok();
    let whole = text.parse::<Timestamp>().ok();
    whole.or_else(|| text.parse::<DateTime>().ok().and_then(at_utc))
}

impl Jf2Entry {
    /// The entry of one ping.
    fn of(config: &Config, item: &FeedItem) -> Jf2Entry {
        let record = &item.record;
        let kind = kind(record);
        let target = target(config, item);
        let of_kind = |wanted| (kind == wanted).then(|| target.clone());
        let received = record.time.to_string();
        let stated = record
            .stated_date()
            .filter(|_| stated_date(record).is_some());
        let reply = of_kind(MentionKind::Reply).or_else(|| of_kind(MentionKind::Rsvp));
        Jf2Entry {
            r#type: "entry",
            author: author(record),
            url: permalink(config, record),
            published: stated.unwrap_or(&received).to_owned(),
            wm_received: received,
            wm_id: wm_id(&item.id, record.id),
            wm_source: web(&record.url),
            wm_protocol: match record.via.as_str() {
                "" => Protocol::TrackBack.name().to_owned(),
                via => via.to_owned(),
            },
            name: name(record),
            content: (!record.excerpt.is_empty()).then(|| Jf2Content {
                text: record.excerpt.clone(),
                html: escape_xml(&record.excerpt).into_owned(),
            }),
            in_reply_to: reply,
            like_of: of_kind(MentionKind::Like),
            repost_of: of_kind(MentionKind::Repost),
            bookmark_of: of_kind(MentionKind::Bookmark),
            mention_of: of_kind(MentionKind::Mention),
            rsvp: record
                .rsvp_answer()
                .map(str::to_owned)
                .filter(|_| kind == MentionKind::Rsvp),
            wm_property: kind.property(),
            wm_private: false,
            wm_target: target,
        }
    }
}

/// The permalink of the entry, which templates look for; else the target as it was sent, else the list of the id.
fn target(config: &Config, item: &FeedItem) -> String {
    let known = item.permalink.clone();
    let known = known.or_else(|| item.record.target().and_then(parse_plain_web));
    known.unwrap_or_else(|| list_url(config, &item.id)).into()
}

fn author(record: &Record) -> Jf2Card {
    let stated = |key| record.author(key).map(web).unwrap_or_default();
    let host = || Url::parse(&record.url).ok()?.host_str().map(str::to_owned);
    Jf2Card {
        r#type: "card",
        name: match record.blog_name.as_str() {
            "" => host().unwrap_or_default(),
            name => name.to_owned(),
        },
        photo: stated("photo"),
        url: stated("url"),
    }
}

/// The permalink that a page states, if it may: only a proxy speaks for pages of others.
fn permalink(config: &Config, record: &Record) -> String {
    let stated = record.stated_link().and_then(parse_plain_web);
    let source = parse_plain_web(&record.url);
    match (stated, source) {
        (Some(stated), Some(source))
            if proxies::is_proxy(config, &source)
                || registrable(&stated) == registrable(&source) =>
        {
            stated.into()
        }
        _ => web(&record.url),
    }
}

/// The title, unless it is only the beginning of the text or the URL.
fn name(record: &Record) -> Option<String> {
    let title = record.title.as_str();
    let start = title.strip_suffix('…').unwrap_or(title);
    let says_more = title != record.url && !record.excerpt.starts_with(start);
    says_more.then(|| title.to_owned())
}

/// A URL if it is http or https, else nothing: a line edited by hand may hold any scheme.
fn web(text: &str) -> String {
    parse_plain_web(text).map_or(String::new(), |_| text.to_owned())
}
