//! Parses WordPress's export (WXR): RSS in which each `item` has its comments, which include pings.
//!
//! It is streamed: an element holds at most [`LARGEST`] bytes, and each ping is passed on at once. This relies on
//! WordPress writing the name of a post before its comments.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use encoding_rs::Encoding;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::imported_item::{ImportStop, ImportedItem, ImportedPing, ItemContent, Skip, Taker};
use crate::charset::Decoding;
use crate::store::State;

/// The size limit of a tag or a text, in bytes: it is kept in memory.
const LARGEST: u64 = 16 << 20;
/// The deepest nesting; WordPress's is 5.
const DEEPEST: usize = 64;
/// How much of a field is kept; longer fields are cropped in any case.
const MOST: usize = 64 << 10;

/// Parses the pings of an export; dates without a zone are in `zone`.
pub(super) fn parse(
    input: impl Read,
    encoding: Option<&'static Encoding>,
    zone: &TimeZone,
    take: Taker<'_>,
) -> Result<(), ImportStop> {
    let spent = Rc::new(Cell::new(0));
    let metered = Metered {
        inner: Decoding::of(input, encoding),
        spent: Rc::clone(&spent),
    };
    let mut xml = Reader::from_reader(metered);
    // WordPress does not escape `wp:comment_author_url`, so an `&` in it need not begin a reference.
    xml.config_mut().allow_dangling_amp = true;
    let mut buffer = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut item = WxrItem::default();
    let mut is_of_wordpress = false;
    loop {
        spent.set(0);
        buffer.clear();
        let at = xml.buffer_position();
        let event = xml.read_event_into(&mut buffer);
        let event = event.map_err(|error| ImportStop::Format(format!("at byte {at}: {error}")))?;
        match event {
            Event::Start(tag) => {
                let name = crate::text::clean(tag.name().as_ref());
                if path.is_empty() && name != "rss" {
                    return Err(ImportStop::Format(format!(
                        "it begins with `{name}`, and WordPress's export with `rss`"
                    )));
                }
                if path.len() == DEEPEST {
                    return Err(ImportStop::Format(format!(
                        "at byte {at}: nested deeper than {DEEPEST}"
                    )));
                }
                is_of_wordpress |= name.starts_with("wp:");
                path.push(name);
                item.begin(&path, at);
            }
            Event::End(_) => {
                if let Some(piece) = item.end(&path, zone) {
                    take(piece)?;
                }
                path.pop();
            }
            Event::Text(text) => item.text(&text),
            Event::CData(text) => item.text(&text),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => item.text(character.encode_utf8(&mut [0; 4])),
                _ => match quick_xml::escape::resolve_predefined_entity(&reference) {
                    Some(text) => item.text(text),
                    // Entities of a document type are not resolved but left as they are.
                    None => item.text(&format!("&{};", &*reference)),
                },
            },
            Event::Eof if path.is_empty() && item.any && !is_of_wordpress => {
                let message = "it is a feed, and no export of WordPress: it has no `wp:` elements";
                return Err(ImportStop::Format(message.to_owned()));
            }
            Event::Eof if path.is_empty() && at > 0 && item.any => return Ok(()),
            Event::Eof => return Err(ImportStop::Format(format!("at byte {at}: it is cut off"))),
            _ => {}
        }
    }
}

/// The item that is being parsed.
#[derive(Default)]
struct WxrItem {
    /// There was an element.
    any: bool,
    text: String,
    id: String,
    name: String,
    link: String,
    comment: Comment,
}

/// The texts of a comment's elements.
#[derive(Default)]
struct Comment {
    at: u64,
    kind: String,
    author: String,
    url: String,
    address: String,
    date: String,
    date_gmt: String,
    content: String,
    approved: String,
}

/// How deep the children of an item and of its comments stand: `rss`, `channel`, `item`, …
const IN_ITEM: usize = 4;
const IN_COMMENT: usize = 5;

impl WxrItem {
    fn begin(&mut self, path: &[String], at: u64) {
        self.any = true;
        self.text.clear();
        match path.last().map(String::as_str) {
            Some("item") if path.len() == IN_ITEM - 1 => {
                *self = WxrItem {
                    any: true,
                    ..WxrItem::default()
                }
            }
            Some("wp:comment") if path.len() == IN_ITEM => {
                self.comment = Comment {
                    at,
                    ..Comment::default()
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.text.len());
        match text.get(..room.min(text.len())) {
            Some(text) => self.text.push_str(text),
            // The limit is inside a character.
            None => self.text.extend(text.chars().take(room / 4)),
        }
    }

    /// Stores the text of an element that ends; returns the ping at the end of its comment.
    fn end(&mut self, path: &[String], zone: &TimeZone) -> Option<ImportedItem> {
        let text = std::mem::take(&mut self.text);
        let name = path.last()?.as_str();
        let parent = path.len().checked_sub(2).and_then(|at| path.get(at))?;
        let comment = &mut self.comment;
        match (path.len(), parent.as_str(), name) {
            (IN_ITEM, "item", "wp:post_id") => self.id = text.trim().to_owned(),
            (IN_ITEM, "item", "wp:post_name") => self.name = text.trim().to_owned(),
            (IN_ITEM, "item", "link") => self.link = text.trim().to_owned(),
            (IN_COMMENT, "wp:comment", "wp:comment_type") => comment.kind = text,
            (IN_COMMENT, "wp:comment", "wp:comment_author") => comment.author = text,
            (IN_COMMENT, "wp:comment", "wp:comment_author_url") => comment.url = text,
            (IN_COMMENT, "wp:comment", "wp:comment_author_IP") => comment.address = text,
            (IN_COMMENT, "wp:comment", "wp:comment_date") => comment.date = text,
            (IN_COMMENT, "wp:comment", "wp:comment_date_gmt") => comment.date_gmt = text,
            (IN_COMMENT, "wp:comment", "wp:comment_content") => comment.content = text,
            (IN_COMMENT, "wp:comment", "wp:comment_approved") => comment.approved = text,
            (IN_ITEM, "item", "wp:comment") => {
                let comment = std::mem::take(comment);
                let place = format!("byte {}", comment.at);
                return Some(ImportedItem {
                    place,
                    names: self.names(),
                    content: comment.content(zone)?,
                });
            }
            _ => {}
        }
        None
    }

    /// The post's name decoded, as it is stored, its number and its URL.
    fn names(&self) -> Vec<String> {
        let readable = percent_encoding::percent_decode_str(&self.name).decode_utf8();
        let readable = readable.map_or_else(|_| self.name.clone(), |name| name.into_owned());
        [
            readable,
            self.name.clone(),
            self.id.clone(),
            self.link.clone(),
        ]
        .into_iter()
        .filter(|name| !name.is_empty())
        .collect()
    }
}

impl Comment {
    /// `None` for a comment that is not a ping.
    fn content(self, zone: &TimeZone) -> Option<ItemContent> {
        let via = match self.kind.trim() {
            "trackback" => "trackback",
            "pingback" => "pingback",
            _ => return None,
        };
        let state = match self.approved.trim() {
            "1" | "approve" => State::Published,
            "spam" => State::Junk,
            "trash" | "post-trashed" => return Some(ItemContent::Unusable(Skip::InTrash)),
            _ => State::Held,
        };
        let time = self.time(zone);
        // WordPress stores a TrackBack's title before its excerpt, and a Pingback's as the author.
        let content = self.content.trim_start();
        let split = content
            .strip_prefix("<strong>")
            .and_then(|rest| rest.split_once("</strong>"));
        let (title, excerpt, blog_name) = match (via, split) {
            ("pingback", _) => (self.author.as_str(), content, ""),
            (_, Some((title, excerpt))) => (title, excerpt, self.author.as_str()),
            (_, None) => ("", content, self.author.as_str()),
        };
        Some(ItemContent::Ping(ImportedPing {
            url: self.url.clone(),
            title: title.to_owned(),
            excerpt: excerpt.to_owned(),
            blog_name: blog_name.to_owned(),
            time,
            state: Some(state),
            via: Some(via),
            address: self.address.trim().parse().ok(),
            ..ImportedPing::default()
        }))
    }

    fn time(&self, zone: &TimeZone) -> Option<Timestamp> {
        let read = |text: &str, zone: &TimeZone| {
            let text = text.trim();
            if text.is_empty() || text.starts_with("0000") {
                return None;
            }
            let date = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok();
            let time = date.and_then(|date| zone.to_timestamp(date).ok());
            // A date that cannot be parsed must not become the current time, so it is one that is refused later.
            Some(time.unwrap_or(Timestamp::MAX))
        };
        read(&self.date_gmt, &TimeZone::UTC).or_else(|| read(&self.date, zone))
    }
}

/// Counts the bytes read, and fails if one tag or text is too large.
struct Metered<R> {
    inner: R,
    spent: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.spent.get() > LARGEST {
            return Err(io::Error::other("a tag or a text is larger than 16 MiB"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.spent.set(self.spent.get() + amount as u64);
        self.inner.consume(amount);
    }
}

#[cfg(test)]
mod tests;
