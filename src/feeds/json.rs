//! Writes JSON Feed 1.1 (jsonfeed.org).

use jiff::tz::TimeZone;
use serde::Serialize;

use super::channel::{Channel, FeedItem};
use super::shown::{excerpt_below_title, sender};
use crate::language::{Language, Sentence};
use crate::store::{MentionKind, Record};

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_url: Option<&'a str>,
    description: &'a str,
    items: Vec<JsonItem<'a>>,
    /// An extension, for the script of the pages.
    #[serde(rename = "_reactions", skip_serializing_if = "<[String]>::is_empty")]
    reactions: &'a [String],
}

/// An item of a JSON Feed.
#[derive(Debug, Serialize)]
pub struct JsonItem<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    content_text: &'a str,
    date_published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    /// An extension: the date for people, for the script of the pages.
    #[serde(rename = "_date", skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// An extension: who sent it, for the script of the pages; with the host that was checked where there is one.
    #[serde(rename = "_by", skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// An extension: what the script shows below the title, if it is not all of the text.
    #[serde(rename = "_text", skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<JsonFeedAuthor<'a>>,
}

#[derive(Debug, Serialize)]
struct JsonFeedAuthor<'a> {
    name: &'a str,
}

/// A JSON Feed on one line. `<`, `>` and `&` are escaped, so that it can stand in a page's script.
pub(super) fn json(zone: &TimeZone, channel: &Channel, items: &[FeedItem]) -> String {
    let feed = JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: &channel.title,
        home_page_url: channel.link.as_str(),
        feed_url: channel.self_url.as_ref().map(url::Url::as_str),
        description: &channel.description,
        items: items
            .iter()
            .map(|item| JsonItem {
                date: Some(
                    channel
                        .language
                        .date(&item.record.time.to_zoned(zone.clone())),
                ),
                by: by(channel.language, &item.record),
                text: Some(excerpt_below_title(&item.record).into_owned())
                    .filter(|text| *text != item.record.excerpt),
                ..JsonItem::from(item)
            })
            .collect(),
        reactions: &channel.reactions,
    };
    script_line(&feed)
}

/// Who sent it, and whether it is a reply; `None` if it is a ping that names nobody.
fn by(language: Language, record: &Record) -> Option<String> {
    let sender = sender(record);
    let by = match record.mention_kind() {
        Some(MentionKind::Reply) => format!("{sender} · {}", language.say(Sentence::Reply)),
        Some(_) | None => sender,
    };
    Some(by).filter(|by| !by.is_empty())
}

/// A value as JSON on one line that can stand in a page's script.
pub(super) fn script_line(value: &impl Serialize) -> String {
    // Strings always serialise.
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            // These characters occur only inside strings.
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out.push('\n');
    out
}

impl<'a> From<&'a FeedItem> for JsonItem<'a> {
    fn from(item: &'a FeedItem) -> JsonItem<'a> {
        let ping = &item.record;
        let author = JsonFeedAuthor {
            name: &ping.blog_name,
        };
        JsonItem {
            id: &item.guid,
            url: &ping.url,
            title: &ping.title,
            // Each item must have content.
            content_text: &ping.excerpt,
            date_published: ping.time.to_string(),
            date_modified: ping.updated.map(|time| time.to_string()),
            date: None,
            by: None,
            text: None,
            authors: Some(author)
                .filter(|author| !author.name.is_empty())
                .into_iter()
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feeds::channel::{Channel, FeedItem};
    use crate::store::State;

    #[test]
    fn s3_hostile_text_cannot_end_the_script_that_holds_it_and_says_the_same() {
        let hostile = "</script><!--\u{2028}\"\\&";
        let record = Record {
            id: 1,
            time: "2026-11-20T05:00:00Z".parse().unwrap(),
            updated: None,
            url: "https://a.example/?a=1&b=2".to_owned(),
            title: hostile.to_owned(),
            excerpt: hostile.to_owned(),
            blog_name: hostile.to_owned(),
            state: State::Published,
            since: None,
            why: None,
            via: String::new(),
            from: None,
            rest: serde_json::Map::new(),
        };
        let channel = Channel {
            title: hostile.to_owned(),
            link: "https://blog.example/".parse().unwrap(),
            description: String::new(),
            self_url: None,
            updated: None,
            reactions: Vec::new(),
            language: Language::English,
        };
        let guid = "https://blog.example/#ping-1".to_owned();
        let text = json(
            &TimeZone::UTC,
            &channel,
            &[FeedItem {
                guid,
                id: crate::linkback::trackback::TbId::new(b"a").unwrap(),
                permalink: None,
                record,
            }],
        );
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["title"], hostile);
        assert_eq!(read["items"][0]["content_text"], hostile);
        assert_eq!(read["items"][0]["authors"][0]["name"], hostile);
        assert_eq!(read["items"][0]["url"], "https://a.example/?a=1&b=2");
    }
}
