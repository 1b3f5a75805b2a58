//! Parses WordPress's export (WXR): RSS in which each `item` has its comments, which include pings.
//!
//! It is streamed: an element holds at most [`LARGEST`] bytes, and each ping is passed on at once. This relies on
//! WordPress writing the name of a post before its comments.
//!
//! Texts are often not escaped, so markup in one is text again. Where elements do not end as they begin, the comment is
//! lost, or the rest of its item if what names the item is concerned; what follows is read.

use std::io::Read;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use quick_xml::events::{BytesRef, Event};
use serde_json::{Map, Value};

use super::imported_item::{
    ImportStop, ImportedItem, ImportedPing, ItemContent, Skip, Taker, mention_keys, mention_kind,
    text_title,
};
use super::jsonl::FEED_READERS;
use crate::charset::Decoding;
use crate::html::strip_markup;
use crate::linkback::Protocol;
use crate::sources::charset::Text;
use crate::sources::date;
use crate::sources::xml_events::{XmlEvents, XmlFault};
use crate::store::{MentionKind, State};
use crate::text::{clean, escape_xml};

/// The size limit of a tag or a text, in bytes: it is kept in memory.
const LARGEST: usize = 16 << 20;
/// How much of a field is kept; longer fields are cropped in any case.
const MOST: usize = 64 << 10;

/// Parses the pings of an export; dates without a zone are in `zone`.
pub(super) fn parse<R: Read>(
    input: Decoding<R>,
    zone: &TimeZone,
    take: Taker<'_>,
) -> Result<(), ImportStop> {
    let mut xml = XmlEvents::new(Text::of(input, LARGEST));
    let mut buffer = Vec::new();
    let mut parser = WxrParser::default();
    loop {
        xml.renew();
        let at = xml.position();
        match xml.next(&mut buffer, parser.ends()) {
            // A text that goes on to the end can contain anything.
            Ok(Event::Eof) | Err(XmlFault::OpenText(_)) => return parser.finish(at, take),
            Ok(event) => parser.event(event, at, zone, take)?,
            Err(XmlFault::Passed(_)) => parser.text("<"),
            Err(XmlFault::Final(cause)) => {
                return Err(ImportStop::Format(format!("at byte {at}: {cause}")));
            }
        }
    }
}

/// The elements that have elements; all others have a text.
const OUTER: [&str; 4] = ["rss", "channel", "item", "wp:comment"];
/// How many of them are open in a channel, an item and a comment.
const IN_CHANNEL: usize = 2;
const IN_ITEM: usize = 3;
const IN_COMMENT: usize = 4;

#[derive(Default)]
struct WxrParser {
    /// How many of [`OUTER`] are open.
    depth: usize,
    /// The name of the element with a text that is open.
    field: Option<String>,
    text: String,
    item: WxrItem,
    /// Its root was found, and an element of WordPress.
    is_rss: bool,
    is_of_wordpress: bool,
}

impl WxrParser {
    fn ends(&self) -> Option<&'static [&'static str]> {
        const ENDS: [&str; 2] = ["</item>", "</wp:comment>"];
        (self.depth >= IN_ITEM).then_some(ENDS.as_slice())
    }

    fn event(
        &mut self,
        event: Event<'_>,
        at: u64,
        zone: &TimeZone,
        take: Taker<'_>,
    ) -> Result<(), ImportStop> {
        match event {
            Event::Start(tag) => self.start(tag.name().as_ref(), &tag, at, take)?,
            Event::Empty(tag) if self.field.is_some() => self.text(&format!("<{}/>", &*tag)),
            Event::Empty(tag) => {
                self.start(tag.name().as_ref(), &tag, at, take)?;
                self.end(tag.name().as_ref(), zone, take)?;
            }
            Event::End(tag) => self.end(tag.name().as_ref(), zone, take)?,
            Event::Text(text) => self.text(&text),
            Event::CData(text) => {
                // One that is not closed goes on to the end of another one.
                self.item.comment.is_damaged |= text.contains("</wp:comment>");
                self.text(&text);
            }
            Event::GeneralRef(reference) => self.reference(&reference),
            _ => {}
        }
        Ok(())
    }

    /// An element begins: one of [`OUTER`] at its place, or one with a text; in a text it is part of that.
    fn start(&mut self, name: &str, tag: &str, at: u64, take: Taker<'_>) -> Result<(), ImportStop> {
        let outer = OUTER.iter().position(|outer| *outer == name);
        match outer {
            // The preceding one was not closed.
            Some(outer) if outer >= IN_CHANNEL && outer <= self.depth => {
                self.leave(outer, take)?;
                self.depth = outer + 1;
                if name == "item" {
                    self.item = WxrItem::at(at);
                } else {
                    self.is_of_wordpress = true;
                    self.item.comment = Comment::at(at);
                }
            }
            _ if self.field.is_some() => self.text(&format!("<{tag}>")),
            Some(outer) if outer == self.depth => {
                self.is_rss = true;
                self.depth += 1;
            }
            // PHP's messages before the export.
            _ if self.depth == 0 && matches!(name, "br" | "b") => {}
            _ if self.depth == 0 => return Err(not_an_export(name)),
            _ => {
                self.is_of_wordpress |= name.starts_with("wp:");
                self.text.clear();
                self.field = Some(clean(name));
            }
        }
        Ok(())
    }

    fn end(&mut self, name: &str, zone: &TimeZone, take: Taker<'_>) -> Result<(), ImportStop> {
        if self.field.as_deref() == Some(name) {
            self.field = None;
            let text = std::mem::take(&mut self.text);
            match self.depth {
                IN_ITEM => self.item.set(name, text),
                IN_COMMENT => self.item.comment.set(name, text),
                _ => {}
            }
            return Ok(());
        }
        let outer = OUTER.iter().position(|outer| *outer == name);
        match outer.filter(|outer| *outer < self.depth) {
            Some(outer) => {
                if self.depth == IN_COMMENT && outer + 1 == IN_COMMENT && self.field.is_none() {
                    self.depth = outer;
                    return self.item.end_comment(zone, take);
                }
                self.leave(outer, take)?;
                self.depth = outer;
            }
            None => self.text(&format!("</{name}>")),
        }
        Ok(())
    }

    /// Ends what is open in the element of [`OUTER`] with that index, and that element.
    fn leave(&mut self, outer: usize, take: Taker<'_>) -> Result<(), ImportStop> {
        let is_open = self.field.take().is_some();
        self.text.clear();
        if self.depth == IN_COMMENT {
            let comment = std::mem::take(&mut self.item.comment);
            self.item.lose(comment.at, Skip::Damaged, take)?;
        } else if self.depth == IN_ITEM && is_open {
            // It may be one that names the item.
            self.item.lose(self.item.at, Skip::Damaged, take)?;
            self.item.is_lost = true;
        }
        self.depth = self.depth.min(outer + 1);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.field.is_none() {
            return;
        }
        let room = MOST.saturating_sub(self.text.len());
        match text.get(..room.min(text.len())) {
            Some(text) => self.text.push_str(text),
            // The limit is inside a character.
            None => self.text.extend(text.chars().take(room / 4)),
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) {
        match reference.resolve_char_ref() {
            Ok(Some(character)) => self.text(character.encode_utf8(&mut [0; 4])),
            _ => match quick_xml::escape::resolve_predefined_entity(reference) {
                Some(text) => self.text(text),
                // Entities of a document type are not resolved but left as they are.
                None => self.text(&format!("&{};", &**reference)),
            },
        }
    }

    /// The file ends at that byte: also where something is open.
    fn finish(mut self, at: u64, take: Taker<'_>) -> Result<(), ImportStop> {
        if !self.is_of_wordpress {
            return Err(ImportStop::Format(match self.depth {
                0 if self.is_rss => {
                    format!(
                        "it is a feed, and no export of WordPress: it has no `wp:` elements; {FEED_READERS}"
                    )
                }
                _ => format!("at byte {at}: it is cut off"),
            }));
        }
        match self.depth {
            0 => Ok(()),
            IN_COMMENT => self.item.lose(self.item.comment.at, Skip::CutOff, take),
            IN_ITEM => self.item.lose(self.item.at, Skip::CutOff, take),
            _ => WxrItem::default().lose(at, Skip::CutOff, take),
        }
    }
}

/// It begins with another element.
fn not_an_export(name: &str) -> ImportStop {
    let name = clean(name);
    let local = name.rsplit(':').next().unwrap_or_default();
    let what = match local.to_ascii_lowercase().as_str() {
        "feed" => "; an Atom feed, such as Blogger's export, has no pings",
        "rdf" => "; a feed has entries and no pings",
        "opml" => "; a list of feeds (OPML) has no pings",
        "disqus" => "; Disqus's export has comments and no pings",
        "urlset" | "sitemapindex" => "; a sitemap has no pings",
        _ => "",
    };
    let mut message = format!("it begins with `{name}`, and WordPress's export with `rss`{what}");
    if matches!(local, "feed" | "RDF") {
        message = format!("{message}; {FEED_READERS}");
    }
    ImportStop::Format(message)
}

/// The item that is being parsed.
#[derive(Default)]
struct WxrItem {
    at: u64,
    id: String,
    name: String,
    link: String,
    date: String,
    comment: Comment,
    /// What names it is not known for sure.
    is_lost: bool,
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
    meta: CommentMeta,
    is_damaged: bool,
}

/// What the Webmention plugin notes beside a comment, and what earlier versions called it.
#[derive(Default)]
struct CommentMeta {
    protocol: String,
    source: String,
    target: String,
    kind: String,
    author: String,
    photo: String,
}

impl CommentMeta {
    /// Learns a pair of elements, which are read as a text.
    fn learn(&mut self, text: &str) {
        let inside = |name: &str| {
            let (_, rest) = text.split_once(&format!("<wp:meta_{name}>"))?;
            Some(rest.split_once(&format!("</wp:meta_{name}>"))?.0.trim())
        };
        let (Some(key), Some(value)) = (inside("key"), inside("value")) else {
            return;
        };
        let field = match key {
            "protocol" => &mut self.protocol,
            "webmention_source_url" | "semantic_linkbacks_source" => &mut self.source,
            "webmention_target_url" => &mut self.target,
            "semantic_linkbacks_type" | "webmention_type" => &mut self.kind,
            "semantic_linkbacks_author_url" => &mut self.author,
            "avatar" | "semantic_linkbacks_avatar" => &mut self.photo,
            _ => return,
        };
        *field = value.to_owned();
    }
}

impl WxrItem {
    fn at(at: u64) -> WxrItem {
        WxrItem {
            at,
            ..WxrItem::default()
        }
    }

    fn set(&mut self, name: &str, text: String) {
        let field = match name {
            "wp:post_id" => &mut self.id,
            "wp:post_name" => &mut self.name,
            "link" => &mut self.link,
            "pubDate" => &mut self.date,
            _ => return,
        };
        *field = text.trim().to_owned();
    }

    /// Passes on the ping, if the comment that ends is one.
    fn end_comment(&mut self, zone: &TimeZone, take: Taker<'_>) -> Result<(), ImportStop> {
        let comment = std::mem::take(&mut self.comment);
        let at = comment.at;
        if comment.is_damaged {
            return self.lose(at, Skip::Damaged, take);
        }
        match comment.content(self, zone) {
            Some(content) if !self.is_lost => self.pass_on(at, content, take),
            _ => Ok(()),
        }
    }

    /// Passes on that something at `at` could not be read; of an item that is lost, once.
    fn lose(&mut self, at: u64, why: Skip, take: Taker<'_>) -> Result<(), ImportStop> {
        match self.is_lost && why == Skip::Damaged {
            true => Ok(()),
            false => self.pass_on(at, ItemContent::Unusable(why), take),
        }
    }

    fn pass_on(&self, at: u64, content: ItemContent, take: Taker<'_>) -> Result<(), ImportStop> {
        take(ImportedItem {
            place: format!("byte {at}"),
            names: self.names(),
            content,
        })?;
        Ok(())
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
    fn at(at: u64) -> Comment {
        Comment {
            at,
            ..Comment::default()
        }
    }

    fn set(&mut self, name: &str, text: String) {
        let field = match name {
            "wp:comment_type" => &mut self.kind,
            "wp:comment_author" => &mut self.author,
            "wp:comment_author_url" => &mut self.url,
            "wp:comment_author_IP" => &mut self.address,
            "wp:comment_date" => &mut self.date,
            "wp:comment_date_gmt" => &mut self.date_gmt,
            "wp:comment_content" => &mut self.content,
            "wp:comment_approved" => &mut self.approved,
            "wp:commentmeta" => return self.meta.learn(&text),
            _ => return,
        };
        *field = text;
    }

    /// The protocol by which it came; `None` for a comment that is of another kind.
    fn protocol(&self, kind: &str) -> Option<Protocol> {
        match (self.meta.protocol.as_str(), Protocol::named(kind)) {
            (_, Some(protocol)) => Some(protocol),
            ("webmention", None) => Some(Protocol::Webmention),
            ("", None) => {
                let mut names = MentionKind::ALL.iter().map(|kind| kind.name());
                names
                    .find(|name| *name == kind)
                    .map(|_| Protocol::Webmention)
            }
            (_, None) => None,
        }
    }

    /// `None` for a comment that is not a ping.
    fn content(self, item: &WxrItem, zone: &TimeZone) -> Option<ItemContent> {
        let kind = self.kind.trim().to_lowercase();
        let Some(protocol) = self.protocol(&kind) else {
            let is_comment = matches!(kind.as_str(), "" | "comment");
            return (!is_comment).then(|| ItemContent::LeftOut {
                name: text_title(&kind),
                why: Skip::OtherKind,
            });
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
        let author = self.author.as_str();
        let (title, excerpt, blog_name) = match (protocol, split) {
            (Protocol::Pingback, _) => (author.to_owned(), content, ""),
            (Protocol::Webmention, _) => {
                let title = text_title(&strip_markup(content));
                (escape_xml(&title).into_owned(), content, author)
            }
            (Protocol::TrackBack, Some((title, excerpt))) => (title.to_owned(), excerpt, author),
            (Protocol::TrackBack, None) => (String::new(), content, author),
        };
        // Of a webmention the URL is the author's.
        let is_mention = protocol == Protocol::Webmention;
        let url = match is_mention && !self.meta.source.is_empty() {
            true => &self.meta.source,
            false => &self.url,
        };
        Some(ItemContent::Ping(ImportedPing {
            url: url.clone(),
            title,
            excerpt: excerpt.to_owned(),
            blog_name: blog_name.to_owned(),
            time,
            entry_time: date::parse(&item.date),
            state: Some(state),
            via: Some(protocol.name()),
            address: self.address.trim().parse().ok(),
            rest: match is_mention {
                true => self.mention_keys(&kind, &item.link),
                false => Map::new(),
            },
        }))
    }

    /// The keys of a webmention's record.
    fn mention_keys(&self, kind: &str, permalink: &str) -> Map<String, Value> {
        let CommentMeta {
            source,
            target,
            author,
            photo,
            ..
        } = &self.meta;
        let kind = match self.meta.kind.as_str() {
            "" if kind == "comment" => "reply",
            "" => kind,
            kind => kind,
        };
        let (word, answer) = kind.split_once([':', '-', '_']).unwrap_or((kind, ""));
        let page = match (author.as_str(), source.as_str()) {
            ("", "") => "",
            ("", _) => &self.url,
            (author, _) => author,
        };
        let author = strip_markup(&self.author);
        let target = if target.is_empty() { permalink } else { target };
        mention_keys(&mention_kind(word, answer), [&author, page, photo], target)
    }

    fn time(&self, zone: &TimeZone) -> Option<Timestamp> {
        let local = || date::parse_in(&self.date, zone);
        date::parse(&self.date_gmt).or_else(local)
    }
}

#[cfg(test)]
mod tests;
