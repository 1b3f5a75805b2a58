//! Parses RSS and Atom with one vocabulary: their elements rarely have two meanings.
//!
//! Prefixes are resolved once for the whole feed, and the usual ones are known even if they are not declared. Markup
//! that a text contains as elements (`type="xhtml"`, or because a generator does not escape) becomes part of the text
//! again.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::field::{ElementText, Goal};
use super::item::{Body, Rank, RawItem, TextKind, Weblog, address, is_missing};
use super::namespaces::{
    FeedNamespace, Namespaces, Writing, attributes, is_alternate, is_older, is_rel, known_name,
    local, usual_writing, writing,
};
use super::{SourceFeed, bad_item, broken, pass_on};
use crate::charset;
use crate::error::Result;
use crate::html::strip_markup;
use crate::sources::SkipReason;
use crate::sources::date;
use crate::sources::filter::EntryFilter;
use crate::sources::page::line;
use crate::sources::xml_events::{MOST_FAULTS, XmlEvents, XmlFault};
use crate::text::escape_xml;

/// Parses the metadata of a feed, which may follow its items: RSS 2.0 defines no order. A fault is reported by
/// [`read`].
pub(crate) fn read_head<R: Read>(feed: SourceFeed<R>) -> Weblog {
    let weblog = Weblog::at(feed.base.clone());
    let mut parser = Parser::new(feed.base, weblog);
    let mut buffer = Vec::new();
    let mut reader = XmlEvents::new(feed.text);
    while parser.item.is_none() || !parser.weblog.is_complete() {
        match reader.next(&mut buffer, parser.ends()) {
            Ok(Event::Eof) | Err(XmlFault::Final(_)) => break,
            Ok(event) => drop(parser.event(event)),
            Err(XmlFault::Passed(_) | XmlFault::OpenText(_)) => {}
        }
        if parser.item.is_none() {
            reader.renew();
        }
    }
    parser.weblog
}

/// Parses the items of a feed with the metadata `weblog`, and passes them on.
pub(crate) fn read<R: Read>(
    feed: SourceFeed<R>,
    weblog: Weblog,
    filter: &mut EntryFilter<'_>,
) -> Result<Weblog> {
    let mut parser = Parser::new(feed.base, weblog);
    let mut number = 0;
    let mut buffer = Vec::new();
    let mut reader = XmlEvents::new(feed.text);
    // Faults in items, and outside all items; of the latter the first is reported.
    let (mut faults, mut outside) = (0, 0);
    let fault = loop {
        let ended = match reader.next(&mut buffer, parser.ends()) {
            Ok(Event::Eof) if parser.depth > 0 => break Some("the file is truncated".to_owned()),
            Ok(Event::Eof) => break None,
            Ok(event) => parser.event(event),
            Err(XmlFault::Passed(cause) | XmlFault::OpenText(cause)) => {
                parser.blame(cause);
                None
            }
            Err(XmlFault::Final(cause)) => break Some(cause),
        };
        for ended in ended.into_iter().chain(parser.cut.take()) {
            number += 1;
            let Ended { item, fault } = ended;
            match fault {
                None => pass_on(item, &parser.weblog, &feed.what, number, filter)?,
                Some(cause) => {
                    faults += 1;
                    let at = (feed.what.as_str(), number);
                    bad_item(item, &parser.weblog, at, &cause, filter)?;
                }
            }
        }
        if parser.item.is_none()
            && let Some(cause) = parser.fault.take()
        {
            if outside == 0 {
                broken(&feed.what, &cause, filter)?;
            }
            outside += 1;
        }
        if faults > MOST_FAULTS {
            break Some("the feed has too many faults".to_owned());
        }
        if parser.item.is_none() {
            reader.renew();
        }
    };
    if let Some(cause) = fault.filter(|_| outside == 0) {
        broken(&feed.what, &cause, filter)?;
    } else if parser.goes_on {
        filter.skip(feed.what, SkipReason::OlderInAnotherFeed)?;
    }
    Ok(parser.weblog)
}

/// A finished item.
struct Ended {
    item: RawItem,
    /// What is wrong with it.
    fault: Option<String>,
}

/// Whether a date can be parsed: one that cannot is no better than a later one.
fn is_date(text: &Option<String>) -> bool {
    text.as_deref().and_then(date::parse).is_some()
}

struct Parser {
    weblog: Weblog,
    /// Whether it names another feed that has its older entries (RFC 5005).
    goes_on: bool,
    namespaces: Namespaces,
    /// The default encoding of a text: escaped HTML in RSS, plain text in Atom.
    usual: Writing,
    /// The values of `xml:base`, with their depths.
    bases: Vec<(usize, Url)>,
    depth: usize,
    /// The names of the open elements; only of the outermost ones.
    names: Vec<String>,
    /// The first fault in the item, or outside all items.
    fault: Option<String>,
    /// An item that was ended by the beginning of the next one.
    cut: Option<Ended>,
    /// The depth of `<channel>` or `<feed>` while it is open: the images and search fields of RSS 1.0 are its siblings,
    /// with titles of their own.
    container: usize,
    item: Option<RawItem>,
    /// The depth of the item.
    item_depth: usize,
    field: Option<ElementText>,
}

/// The limit of nested bases.
const MOST: usize = 64;

impl Parser {
    fn new(base: Option<Url>, weblog: Weblog) -> Parser {
        Parser {
            weblog,
            goes_on: false,
            namespaces: Namespaces::usual(),
            usual: Writing::Escaped,
            bases: base.into_iter().map(|base| (0, base)).collect(),
            depth: 0,
            names: Vec::new(),
            fault: None,
            cut: None,
            container: usize::MAX,
            item: None,
            item_depth: 0,
            field: None,
        }
    }

    /// The end tags of an item while one is open.
    fn ends(&self) -> Option<&'static [&'static str]> {
        const ENDS: [&str; 4] = ["</item>", "</entry>", "</ITEM>", "</ENTRY>"];
        self.item.as_ref().map(|_| ENDS.as_slice())
    }

    /// Handles the next event of the reader; returns an item when it is finished.
    fn event(&mut self, event: Event<'_>) -> Option<Ended> {
        match event {
            Event::Start(tag) => {
                self.start_of(&tag);
                None
            }
            Event::Empty(tag) => {
                self.start_of(&tag);
                self.close(tag.name().as_ref())
            }
            Event::End(tag) => self.end_of(tag.name().as_ref()),
            Event::Text(text) => {
                self.push(&text.xml10_content());
                None
            }
            Event::CData(text) => {
                self.push(&text.xml10_content());
                None
            }
            Event::GeneralRef(name) => {
                // HTML's entities are common, although nothing declares them.
                let decoded = strip_markup(&format!("&{};", &*name));
                self.push(&decoded);
                None
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => {
                None
            }
        }
    }

    fn start_of(&mut self, tag: &BytesStart<'_>) {
        let name = tag.name();
        let is_item = matches!(known_name(name.as_ref()).as_str(), "item" | "entry")
            && self.namespaces.of(name.as_ref()) == FeedNamespace::Feed;
        if is_item && self.item.is_some() && self.is_within_reach() {
            // The preceding item was not closed.
            self.blame("it is not closed".to_owned());
            let mut cut = None;
            while self.depth >= self.item_depth && cut.is_none() {
                cut = self.close("");
            }
            self.cut = cut;
        }
        self.depth += 1;
        if self.is_within_reach() {
            self.names.push(name.as_ref().to_owned());
        }
        self.open(tag);
    }

    /// Handles an end tag, which also closes the open elements inside its element.
    fn end_of(&mut self, name: &str) -> Option<Ended> {
        if !self.is_within_reach() {
            return self.close(name);
        }
        let Some(at) = self
            .names
            .iter()
            .rposition(|open| open.eq_ignore_ascii_case(name))
        else {
            self.blame(format!("`</{name}>` ends nothing"));
            return None;
        };
        let mut ended = None;
        while self.names.len() > at {
            let open = self.names.last().cloned().unwrap_or_default();
            if self.names.len() > at + 1 {
                self.blame(format!("`<{open}>` is not closed"));
            }
            ended = ended.or(self.close(&open));
        }
        ended
    }

    /// Whether the names of all elements that are open are known.
    fn is_within_reach(&self) -> bool {
        self.depth <= MOST
    }

    /// Records a fault of the item, or of the feed outside all items; the first counts.
    fn blame(&mut self, cause: String) {
        self.fault.get_or_insert(cause);
    }

    fn open(&mut self, tag: &BytesStart<'_>) {
        let attributes = attributes(tag);
        self.declare(&attributes);
        let name = tag.name();
        if let Some(field) = &mut self.field {
            // Markup as elements becomes text again, without the prefix.
            field.text.push('<');
            field.text.push_str(local(name.as_ref()));
            field
                .text
                .push_str(tag.attributes_raw().trim_end_matches('/'));
            field.text.push('>');
            return;
        }
        let space = self.namespaces.of(name.as_ref());
        let local = known_name(name.as_ref());
        let local = local.as_str();
        let get = |key: &str| {
            let mut all = attributes.iter();
            all.find(|(name, _)| name.eq_ignore_ascii_case(key))
                .map(|(_, value)| value.as_str())
        };
        if self.item.is_some() {
            self.open_in_item(space, local, &get);
            return;
        }
        match (space, local) {
            (FeedNamespace::Feed, "item" | "entry") => {
                let mut raw = RawItem::default();
                raw.address(
                    Rank::About,
                    get("rdf:about").and_then(|text| self.resolve(text)),
                );
                self.item = Some(raw);
                self.usual = usual_writing(local);
                self.item_depth = self.depth;
            }
            (FeedNamespace::Feed, "channel" | "feed") => {
                self.container = self.depth;
                self.usual = usual_writing(local);
            }
            (FeedNamespace::Feed, _) if self.depth == self.container.saturating_add(1) => {
                self.open_in_channel(local, &get);
            }
            _ => {}
        }
    }

    /// An element directly in the feed's own.
    fn open_in_channel<'a>(&mut self, local: &str, get: &impl Fn(&str) -> Option<&'a str>) {
        match local {
            "title" => self.start(Goal::FeedTitle, writing(get, self.usual)),
            "generator" => self.start(Goal::Generator, Writing::Plain),
            "link" => match get("href") {
                Some(href) if is_alternate(get("rel")) && self.weblog.home.is_none() => {
                    self.weblog.home = self.resolve(href);
                }
                Some(href) if is_rel(get("rel"), "self") && self.weblog.feed.is_none() => {
                    self.weblog.feed = self.resolve(href);
                }
                Some(href) => self.goes_on |= is_older(get("rel")) && !href.trim().is_empty(),
                None => self.start(Goal::FeedLink, Writing::Plain),
            },
            _ => {}
        }
    }

    fn open_in_item<'a>(
        &mut self,
        space: FeedNamespace,
        local: &str,
        get: &impl Fn(&str) -> Option<&'a str>,
    ) {
        if local == "draft" && matches!(space, FeedNamespace::Publishing | FeedNamespace::Feed) {
            self.start(Goal::Draft, Writing::Plain);
            return;
        }
        if self.depth != self.item_depth + 1 {
            return;
        }
        let usual = self.usual;
        match (space, local) {
            (FeedNamespace::Feed, "title") => self.start(Goal::Title, writing(get, usual)),
            (FeedNamespace::DublinCore, "title") => self.start(Goal::OtherTitle, Writing::Escaped),
            (FeedNamespace::Feed, "link") => self.open_link(get),
            (FeedNamespace::Threading, "in-reply-to") => {
                // The id of an entry is often its permalink.
                let named = get("href").or_else(|| get("ref").filter(|id| id.starts_with("http")));
                if let Some(href) = named {
                    self.answer(href);
                }
            }
            (FeedNamespace::Feed, "guid") => self.start(Goal::of_guid(get), Writing::Plain),
            (FeedNamespace::Feed, "id") => self.start(Goal::Address(Rank::Id), Writing::Plain),
            (FeedNamespace::FeedBurner, "origlink") => {
                self.start(Goal::Address(Rank::Original), Writing::Plain);
            }
            (FeedNamespace::WordPress, "status") => self.start(Goal::Status, Writing::Plain),
            (FeedNamespace::WordPress, "post_type") => self.start(Goal::PostType, Writing::Plain),
            (FeedNamespace::WordPress, "post_password") => {
                self.start(Goal::Password, Writing::Plain);
            }
            (FeedNamespace::Feed, "description" | "summary") => {
                self.start(Goal::Summary, writing(get, usual));
            }
            (FeedNamespace::Feed, "content") if get("src").is_none() => {
                self.start(Goal::Content, writing(get, usual));
            }
            (FeedNamespace::Content, "encoded") => self.start(Goal::Content, Writing::Escaped),
            (FeedNamespace::Xhtml, "body" | "div") => self.start(Goal::Content, Writing::Markup),
            (FeedNamespace::Feed, "pubdate" | "published" | "issued")
            | (FeedNamespace::DublinCore, "date" | "issued") => {
                self.start(Goal::Published, Writing::Plain);
            }
            (FeedNamespace::Feed | FeedNamespace::DublinCore, "created") => {
                self.start(Goal::Created, Writing::Plain);
            }
            (FeedNamespace::Feed, "updated" | "modified")
            | (FeedNamespace::DublinCore, "modified") => {
                self.start(Goal::Updated, Writing::Plain);
            }
            _ => {}
        }
    }

    /// A link of an item: to its page, to one that it is about or taken from; or its permalink as a text.
    fn open_link<'a>(&mut self, get: &impl Fn(&str) -> Option<&'a str>) {
        match get("href") {
            Some(href) if is_alternate(get("rel")) => {
                // The entry may also exist as a PDF.
                let is_page = get("type").is_none_or(|kind| kind.contains("html"));
                let rank = if is_page { Rank::Link } else { Rank::About };
                let url = self.resolve(href);
                self.address(rank, url);
            }
            Some(href) if is_rel(get("rel"), "related") => {
                let url = self.resolve(href).and_then(address);
                if let Some(item) = &mut self.item {
                    item.related = item.related.take().or(url);
                }
            }
            Some(href) if is_rel(get("rel"), "via") => self.answer(href),
            Some(_) => {}
            None => self.start(Goal::Address(Rank::Link), Writing::Plain),
        }
    }

    fn close(&mut self, name: &str) -> Option<Ended> {
        let depth = self.depth;
        self.names.truncate(depth.saturating_sub(1));
        self.depth = self.depth.saturating_sub(1);
        match self.field.take() {
            Some(field) if field.depth == depth => self.settle(field),
            Some(mut field) => {
                // An end tag of a void element is an error that HTML ignores.
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
        self.namespaces.close(depth);
        if depth == self.container {
            self.container = usize::MAX;
        }
        if self.item.is_some() && depth == self.item_depth {
            let fault = self.fault.take();
            return self.item.take().map(|item| Ended { item, fault });
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
        self.field = Some(ElementText {
            goal,
            writing,
            text: String::new(),
            depth: self.depth,
        });
    }

    /// Stores a finished text in its field.
    fn settle(&mut self, mut field: ElementText) {
        if let Writing::Base64(_) = field.writing {
            field.text = self.decoded_base64(&field.text);
        }
        let body = Body {
            kind: match field.writing {
                Writing::Plain => TextKind::Plain,
                Writing::Escaped | Writing::Markup => TextKind::Html,
                Writing::Base64(kind) => kind,
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
                // Its own template gives the summary as `description`.
                Goal::Generator => {
                    let name = body.text.trim().to_ascii_lowercase();
                    self.weblog.has_summaries = Some(name.starts_with("hugo"));
                }
                Goal::FeedLink => self.weblog.home = self.resolve(&body.text),
                _ => {}
            }
            return;
        };
        match field.goal {
            Goal::Title => item.title = Some(body),
            Goal::OtherTitle if item.title.is_none() => item.title = Some(body),
            // An empty element does not override a later one.
            Goal::Summary if is_missing(&item.summary) => item.summary = Some(body),
            Goal::Content if is_missing(&item.content) => item.content = Some(body),
            Goal::Published if !is_date(&item.published) => item.published = Some(text()),
            Goal::Created if !is_date(&item.created) => item.created = Some(text()),
            Goal::Updated if !is_date(&item.updated) => item.updated = Some(text()),
            Goal::Draft => item.draft = Some(text()),
            Goal::Status => item.status = Some(text()),
            Goal::PostType => item.post_type = Some(text()),
            Goal::Password => item.password = Some(text()),
            // An element that is not closed goes on with the next one.
            Goal::Guid | Goal::Address(_) if body.text.contains('<') => {}
            Goal::Guid => item.identify(&body.text),
            Goal::Address(rank) => {
                let url = match rank {
                    // A relative id could resolve to any page.
                    Rank::Guid | Rank::Id => {
                        item.identify(&body.text);
                        Url::parse(body.text.trim()).ok()
                    }
                    Rank::Original | Rank::Link | Rank::About => self.resolve(&body.text),
                };
                self.address(rank, url);
            }
            _ => {}
        }
    }

    /// Decodes a text in base64, in the encoding of the feed; empty if it is something else.
    fn decoded_base64(&self, text: &str) -> String {
        let packed: String = text.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(packed).unwrap_or_default();
        charset::decode_as(&bytes, self.weblog.encoding).into_owned()
    }

    fn address(&mut self, rank: Rank, url: Option<Url>) {
        if let Some(item) = &mut self.item {
            item.address(rank, url);
        }
    }

    /// Records a page that the item answers or is taken from.
    fn answer(&mut self, href: &str) {
        if let Some(url) = self.resolve(href)
            && let Some(item) = &mut self.item
            && item.answers.len() < MOST
        {
            item.answers.push(url);
        }
    }

    fn resolve(&self, text: &str) -> Option<Url> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let base = self.bases.last().map(|(_, base)| base);
        match base.or(self.weblog.home.as_ref()) {
            Some(base) => base.join(text).ok(),
            None => Url::parse(text).ok(),
        }
    }

    /// Records the prefixes and the base that a tag declares.
    fn declare(&mut self, attributes: &[(String, String)]) {
        let in_item = self.item.is_some();
        for (name, value) in attributes {
            if name.eq_ignore_ascii_case("xml:base") && self.bases.len() < MOST {
                if let Some(base) = self.resolve(value) {
                    self.bases.push((self.depth, base));
                }
            } else {
                self.namespaces.declare(name, value, self.depth, in_item);
            }
        }
    }
}
