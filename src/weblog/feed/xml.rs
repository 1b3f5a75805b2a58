//! RSS and Atom, as one vocabulary: their elements hardly ever mean two things.
//!
//! Prefixes are looked up once for the whole feed, and the usual ones are known even if they are not declared. Markup
//! that stands in a text as elements (`type="xhtml"`, or a careless generator's) becomes part of the text again.

use std::collections::HashMap;
use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::item::{Body, Kind, Rank, Raw};
use super::vocabulary::{
    Space, Writing, attributes, is_alternate, local, space, usual_prefixes, writing,
};
use super::{Feed, Weblog, broken, pass_on};
use crate::error::Result;
use crate::text::{escape_xml, strip_markup};
use crate::weblog::page::line;
use crate::weblog::sieve::Sieve;

/// Reads a feed and passes its items on.
pub(crate) fn read<R: Read>(mut feed: Feed<R>, sieve: &mut Sieve<'_>) -> Result<Weblog> {
    let allowance = feed.text.allowance();
    let mut parser = Parser::new(feed.base.clone());
    let mut number = 0;
    let mut buffer = Vec::new();
    let mut reader = Reader::from_reader(&mut feed.text);
    reader.config_mut().allow_dangling_amp = true;
    let fault = loop {
        buffer.clear();
        let event = match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) if parser.depth > 0 => break Some("it ends too early".to_owned()),
            Ok(Event::Eof) => break None,
            Ok(event) => event,
            Err(cause) => {
                break Some(format!("{cause} (byte {})", reader.buffer_position()));
            }
        };
        if let Some(raw) = parser.event(event) {
            number += 1;
            pass_on(raw, &parser.weblog, &feed.what, number, sieve)?;
        }
        if parser.item.is_none() {
            allowance.renew();
        }
    };
    if let Some(cause) = fault {
        broken(&feed, &cause, sieve)?;
    }
    Ok(parser.weblog)
}

/// What a text will be when it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    FeedTitle,
    FeedLink,
    Title,
    /// As [`Goal::Title`], if there is no other.
    OtherTitle,
    Address(Rank),
    Summary,
    Content,
    Published,
    Updated,
    Draft,
}

/// A text that is being read.
struct Field {
    goal: Goal,
    writing: Writing,
    text: String,
    /// The depth of its element.
    depth: usize,
}

struct Parser {
    weblog: Weblog,
    spaces: HashMap<String, Space>,
    /// How a text is written that does not say it: RSS escapes HTML, Atom means plain text.
    usual: Writing,
    /// `xml:base`, with the depth where it begins.
    bases: Vec<(usize, Url)>,
    depth: usize,
    /// The depth of `<channel>` or `<feed>`.
    container: usize,
    item: Option<Raw>,
    /// The depth of the item.
    item_depth: usize,
    field: Option<Field>,
}

/// More prefixes, or bases within bases, are not looked at.
const MOST: usize = 64;

impl Parser {
    fn new(base: Option<Url>) -> Parser {
        Parser {
            weblog: Weblog::default(),
            spaces: usual_prefixes(),
            usual: Writing::Escaped,
            bases: base.into_iter().map(|base| (0, base)).collect(),
            depth: 0,
            container: usize::MAX,
            item: None,
            item_depth: 0,
            field: None,
        }
    }

    /// Takes the next piece of the feed; an item when it is whole.
    fn event(&mut self, event: Event<'_>) -> Option<Raw> {
        match event {
            Event::Start(tag) => {
                self.depth += 1;
                self.open(&tag);
                None
            }
            Event::Empty(tag) => {
                self.depth += 1;
                self.open(&tag);
                self.close(tag.name().as_ref())
            }
            Event::End(tag) => self.close(tag.name().as_ref()),
            Event::Text(text) => {
                self.push(&text.xml10_content());
                None
            }
            Event::CData(text) => {
                self.push(&text.xml10_content());
                None
            }
            Event::GeneralRef(name) => {
                // Names of HTML are common where nobody declared them.
                let decoded = strip_markup(&format!("&{};", &*name));
                self.push(&decoded);
                None
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => {
                None
            }
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) {
        let attributes = attributes(tag);
        self.declare(&attributes);
        let name = tag.name();
        if let Some(field) = &mut self.field {
            // Markup as elements: back to text, without the prefix.
            field.text.push('<');
            field.text.push_str(local(name.as_ref()));
            field
                .text
                .push_str(tag.attributes_raw().trim_end_matches('/'));
            field.text.push('>');
            return;
        }
        let space = self.space(name.as_ref());
        let local = local(name.as_ref());
        let get = |key: &str| {
            let mut all = attributes.iter();
            all.find(|(name, _)| name == key)
                .map(|(_, value)| value.as_str())
        };
        if self.item.is_some() {
            self.open_in_item(space, local, &get);
            return;
        }
        match (space, local) {
            (Space::Feed, "item" | "entry") => {
                let mut raw = Raw::default();
                raw.address(
                    Rank::About,
                    get("rdf:about").and_then(|text| self.resolve(text)),
                );
                self.item = Some(raw);
                self.usual = if local == "entry" {
                    Writing::Plain
                } else {
                    Writing::Escaped
                };
                self.item_depth = self.depth;
            }
            (Space::Feed, "channel" | "feed") => {
                self.container = self.depth;
                self.usual = if local == "feed" {
                    Writing::Plain
                } else {
                    Writing::Escaped
                };
            }
            _ if self.depth != self.container.saturating_add(1) => {}
            (Space::Feed, "title") => self.start(Goal::FeedTitle, writing(&get, self.usual)),
            (Space::Feed, "link") => match get("href") {
                Some(href) if is_alternate(get("rel")) && self.weblog.home.is_none() => {
                    self.weblog.home = self.resolve(href);
                }
                Some(_) => {}
                None => self.start(Goal::FeedLink, Writing::Plain),
            },
            _ => {}
        }
    }

    fn open_in_item<'a>(
        &mut self,
        space: Space,
        local: &str,
        get: &impl Fn(&str) -> Option<&'a str>,
    ) {
        if local == "draft" && matches!(space, Space::Publishing | Space::Feed) {
            self.start(Goal::Draft, Writing::Plain);
            return;
        }
        if self.depth != self.item_depth + 1 {
            return;
        }
        let usual = self.usual;
        match (space, local) {
            (Space::Feed, "title") => self.start(Goal::Title, writing(get, usual)),
            (Space::DublinCore, "title") => self.start(Goal::OtherTitle, Writing::Escaped),
            (Space::Feed, "link") => match get("href") {
                Some(href) if is_alternate(get("rel")) => {
                    // The entry may be there as a PDF too.
                    let is_page = get("type").is_none_or(|kind| kind.contains("html"));
                    let rank = if is_page { Rank::Link } else { Rank::About };
                    let url = self.resolve(href);
                    self.address(rank, url);
                }
                Some(_) => {}
                None => self.start(Goal::Address(Rank::Link), Writing::Plain),
            },
            (Space::Feed, "guid") if get("isPermaLink").is_none_or(|is| is.trim() != "false") => {
                self.start(Goal::Address(Rank::Guid), Writing::Plain);
            }
            (Space::Feed, "id") => self.start(Goal::Address(Rank::Id), Writing::Plain),
            (Space::FeedBurner, "origLink") => {
                self.start(Goal::Address(Rank::Original), Writing::Plain);
            }
            (Space::Feed, "description" | "summary") => {
                self.start(Goal::Summary, writing(get, usual));
            }
            (Space::Feed, "content") if get("src").is_none() => {
                self.start(Goal::Content, writing(get, usual));
            }
            (Space::Content, "encoded") => self.start(Goal::Content, Writing::Escaped),
            (Space::Xhtml, "body" | "div") => self.start(Goal::Content, Writing::Markup),
            (Space::Feed, "pubDate" | "published" | "issued")
            | (Space::DublinCore, "date" | "issued" | "created") => {
                self.start(Goal::Published, Writing::Plain);
            }
            (Space::Feed, "updated" | "modified") | (Space::DublinCore, "modified") => {
                self.start(Goal::Updated, Writing::Plain);
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) -> Option<Raw> {
        let depth = self.depth;
        self.depth = self.depth.saturating_sub(1);
        match self.field.take() {
            Some(field) if field.depth == depth => self.settle(field),
            Some(mut field) => {
                // An end tag of a void element would be an error in HTML; it is overlooked there.
                field.text.push_str("</");
                field.text.push_str(local(name));
                field.text.push('>');
                self.field = Some(field);
            }
            None => {}
        }
        while self
            .bases
            .last()
            .is_some_and(|(from, _)| *from >= depth && *from > 0)
        {
            self.bases.pop();
        }
        if self.item.is_some() && depth == self.item_depth {
            return self.item.take();
        }
        None
    }

    fn push(&mut self, text: &str) {
        if let Some(field) = &mut self.field {
            if field.writing == Writing::Markup {
                field.text.push_str(&escape_xml(text));
            } else {
                field.text.push_str(text);
            }
        }
    }

    fn start(&mut self, goal: Goal, writing: Writing) {
        self.field = Some(Field {
            goal,
            writing,
            text: String::new(),
            depth: self.depth,
        });
    }

    /// Puts a text that is whole where it belongs.
    fn settle(&mut self, field: Field) {
        let body = Body {
            kind: match field.writing {
                Writing::Plain => Kind::Plain,
                Writing::Escaped | Writing::Markup => Kind::Html,
            },
            // Without `xml:base` the text is the page's own, so its links are relative to the page.
            base: self
                .bases
                .last()
                .filter(|(from, _)| *from > 0)
                .map(|(_, base)| base.clone()),
            text: field.text,
        };
        let text = || body.text.trim().to_owned();
        let Some(item) = &mut self.item else {
            match field.goal {
                Goal::FeedTitle => self.weblog.name = line(&body.plain()),
                Goal::FeedLink => self.weblog.home = self.resolve(&body.text),
                _ => {}
            }
            return;
        };
        match field.goal {
            Goal::Title => item.title = Some(body),
            Goal::OtherTitle if item.title.is_none() => item.title = Some(body),
            Goal::Summary if item.summary.is_none() => item.summary = Some(body),
            Goal::Content if item.content.is_none() => item.content = Some(body),
            Goal::Published if item.published.is_none() => item.published = Some(text()),
            Goal::Updated if item.updated.is_none() => item.updated = Some(text()),
            Goal::Draft => item.draft = Some(text()),
            Goal::Address(rank) => {
                let url = match rank {
                    // Relative, it would name anything.
                    Rank::Guid | Rank::Id => Url::parse(body.text.trim()).ok(),
                    Rank::Original | Rank::Link | Rank::About => self.resolve(&body.text),
                };
                self.address(rank, url);
            }
            _ => {}
        }
    }

    fn address(&mut self, rank: Rank, url: Option<Url>) {
        if let Some(item) = &mut self.item {
            item.address(rank, url);
        }
    }

    fn resolve(&self, text: &str) -> Option<Url> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        match self.bases.last() {
            Some((_, base)) => base.join(text).ok(),
            None => Url::parse(text).ok(),
        }
    }

    /// Learns the prefixes and the base that a tag declares.
    fn declare(&mut self, attributes: &[(String, String)]) {
        for (name, value) in attributes {
            if name == "xml:base" && self.bases.len() < MOST {
                if let Some(base) = self.resolve(value) {
                    self.bases.push((self.depth, base));
                }
            } else if let Some(prefix) = name.strip_prefix("xmlns:")
                && self.spaces.len() < MOST
            {
                self.spaces.insert(prefix.to_owned(), space(value));
            }
        }
    }

    fn space(&self, name: &str) -> Space {
        match name.split_once(':') {
            None => Space::Feed,
            Some((prefix, _)) => self.spaces.get(prefix).copied().unwrap_or(Space::Other),
        }
    }
}
