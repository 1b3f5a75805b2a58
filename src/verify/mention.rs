//! Parses the page of a webmention: whether it links to the target, and its title, author and text. Pure.
//!
//! The text comes from the page's own entry in microformats (`h-entry` and the like), otherwise from the metadata in its
//! head. All of it is plain text, and every URL is http or https.

use url::Url;

use super::link_check::LinkTarget;
use crate::html::{Base, Document, Element, Microformat, Microformats, PropertyValue};
use crate::linkback::discover::decode_page;
use crate::linkback::trackback::Ping;
use crate::linkback::trackback::links::Links;
use crate::text::{clean, crop};
use crate::urls::{bare_host, is_page, parse_plain_web};

/// The page of a webmention.
#[derive(Debug)]
pub(crate) struct MentionPage {
    /// The first URL of an element or property that is the target, visible or not.
    pub(crate) link: Option<Url>,
    /// Whether it declares that it is gone: `<meta http-equiv=status content="410 …">`.
    pub(crate) is_gone: bool,
    /// Whether a part of it was not parsed because of its size.
    pub(crate) is_cut: bool,
    pub(crate) text: MentionText,
}

/// The text of a webmention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MentionText {
    /// The target that the page links to.
    pub(crate) target: Option<Url>,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) excerpt: String,
    pub(crate) blog_name: String,
    pub(crate) author: Option<MentionAuthor>,
    pub(crate) link: Option<String>,
    pub(crate) date: Option<String>,
    /// The publisher that the author is, if a proxy's page names it.
    pub(crate) publisher: Option<String>,
}

/// The author, as the page states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MentionAuthor {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) photo: String,
    /// All URLs; none if the page names several authors.
    pub(crate) urls: Vec<Url>,
}

/// The longest name of an author, in characters.
const MAX_NAME: usize = 100;
/// The longest title that is the beginning of the text, in characters.
const MAX_TEXT_TITLE: usize = 80;
/// How many URLs of an author are looked at.
const MAX_AUTHOR_URLS: usize = 8;
/// The longest date, in bytes.
const MAX_DATE: usize = 40;

/// The microformats properties of responses, and the kinds of mention that they make.
const RESPONSES: [(&str, &str); 4] = [
    ("in-reply-to", "reply"),
    ("like-of", "like"),
    ("repost-of", "repost"),
    ("bookmark-of", "bookmark"),
];

/// Parses a page that was fetched from `fetched`; `links` are its links.
pub(crate) fn parse_mention(
    (page, content_type): (&[u8], Option<&str>),
    fetched: &Url,
    links: &Links,
    target: LinkTarget<'_>,
) -> MentionPage {
    let document = Document::parse(&decode_page(page, content_type));
    let base = Base::new(&document, fetched);
    let found = document.microformats(&base);
    let reader = PageReader {
        document: &document,
        base: &base,
        found: &found,
        target,
    };
    let entry = reader.entry();
    MentionPage {
        link: reader.link(),
        is_gone: is_gone(&document),
        is_cut: document.is_cut() || found.is_cut,
        text: reader.text(entry, fetched, links),
    }
}

struct PageReader<'page> {
    document: &'page Document,
    base: &'page Base,
    found: &'page Microformats,
    target: LinkTarget<'page>,
}

impl PageReader<'_> {
    /// The number of the first element that links to the target.
    fn first_link(&self) -> Option<usize> {
        let all = self.document.elements(0..self.document.node_count());
        let mut linking = all.filter(|element| self.is_link(*element));
        linking
            .find(|element| !self.document.is_in_template(*element))
            .map(Element::number)
    }

    /// The URL of the first element, otherwise of the first property, that is the target.
    fn link(&self) -> Option<Url> {
        let all = self.document.elements(0..self.document.node_count());
        let mut linking = all.filter(|element| !self.document.is_in_template(*element));
        let values = self.found.items.iter().flat_map(|item| &item.properties);
        let mut values = values.filter_map(|property| parse_plain_web(property.value.text()));
        let link = linking.find_map(|element| self.target_url(element));
        link.or_else(|| values.find(|url| self.is_target(url)))
    }

    fn is_link(&self, element: Element<'_>) -> bool {
        self.target_url(element).is_some()
    }

    /// The URL by which an element links to the target.
    fn target_url(&self, element: Element<'_>) -> Option<Url> {
        let attribute = match element.name() {
            "a" | "area" | "link" => "href",
            "img" | "video" | "audio" | "source" | "track" | "iframe" | "embed" => "src",
            "object" => "data",
            "blockquote" | "q" | "ins" | "del" => "cite",
            _ => return None,
        };
        let url = self.base.join(element.attribute(attribute)?);
        url.filter(|url| self.is_target(url))
    }

    fn is_target(&self, url: &Url) -> bool {
        // Cheaper than comparing whole URLs, of which a page can have very many.
        let mut sites = self.target.site.iter();
        sites.any(|site| bare_host(site) == bare_host(url)) && self.target.is_target(url)
    }

    fn is_target_value(&self, value: &PropertyValue) -> bool {
        parse_plain_web(value.text()).is_some_and(|url| self.is_target(&url))
    }

    fn has_target_value(&self, item: &Microformat) -> bool {
        item.properties
            .iter()
            .any(|property| self.is_target_value(&property.value))
    }

    /// The page's own entry that links to the target, or its only entry. A property of another entry, such as a comment
    /// by somebody else, is not the page's own.
    fn entry(&self) -> Option<&Microformat> {
        let is_entry = |item: &&Microformat| {
            ["h-entry", "h-event", "h-review", "h-cite"]
                .iter()
                .any(|name| item.is(name))
        };
        let is_own = |item: &&Microformat| {
            let parent = item.parent.and_then(|parent| self.found.items.get(parent));
            parent.is_none_or(|parent| parent.is("h-feed") && parent.parent.is_none())
        };
        let own = || self.found.items.iter().filter(is_entry).filter(is_own);
        let link = self.first_link();
        let has_link = |item: &&Microformat| {
            self.has_target_value(item) || link.is_some_and(|link| item.nodes.contains(&link))
        };
        own().find(has_link).or_else(|| {
            let mut all = own();
            all.next().filter(|_| all.next().is_none())
        })
    }

    fn text(&self, entry: Option<&Microformat>, fetched: &Url, links: &Links) -> MentionText {
        let first_text = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| entry?.values(name).next());
            let text =
                values.find_map(|value| Some(clean(value.text())).filter(|text| !text.is_empty()));
            text.unwrap_or_default()
        };
        let content = first_text(&["content", "summary"]);
        let author = entry.and_then(|entry| self.author(entry));
        let name = first_text(&["name"]);
        // Notes have no title; some programs repeat the whole text as the name.
        let title = match name.is_empty()
            || (content.starts_with(&name) && name.chars().count() > MAX_TEXT_TITLE)
        {
            false => name,
            true if entry.is_some() && !content.is_empty() => {
                crop(&content, MAX_TEXT_TITLE, "…").into_owned()
            }
            true => links.says.title.clone(),
        };
        let title = match title.is_empty() {
            true => fetched.as_str(),
            false => &title,
        };
        let excerpt = match (first_text(&["summary", "content"]), &links.says.description) {
            (text, _) if !text.is_empty() => text,
            (_, description) if !description.is_empty() => description.clone(),
            // An entry that says itself that it has no text, as shares do, is not quoted from what it cites.
            _ if entry.is_some_and(|entry| entry.values("content").next().is_some()) => {
                String::new()
            }
            _ => links
                .shown
                .iter()
                .find(|url| self.is_target(url))
                .map(|link| links.around(link))
                .unwrap_or_default(),
        };
        let named = author
            .as_ref()
            .map(|author| author.name.as_str())
            .filter(|name| !name.is_empty());
        let link = entry.and_then(|entry| self.web_url(entry, "url"));
        MentionText {
            target: None,
            kind: entry.map_or("mention".to_owned(), |entry| self.kind(entry)),
            title: crop(&clean(title), Ping::MAX_TITLE, "").into_owned(),
            excerpt: crop(&excerpt, Ping::MAX_EXCERPT, "…").into_owned(),
            blog_name: crop(
                named.unwrap_or(&links.says.site_name),
                Ping::MAX_BLOG_NAME,
                "",
            )
            .into_owned(),
            author,
            link: link
                .filter(|link| !is_page(link, fetched))
                .map(String::from),
            date: Some(first_text(&["published"]))
                .filter(|date| !date.is_empty() && date.len() <= MAX_DATE),
            publisher: None,
        }
    }

    fn kind(&self, entry: &Microformat) -> String {
        let has_target = |name: &str| entry.values(name).any(|value| self.is_target_value(value));
        let mut all = RESPONSES.iter();
        let kind = all
            .find(|(property, _)| has_target(property))
            .map_or("mention", |(_, kind)| kind);
        let rsvp = entry
            .values("rsvp")
            .next()
            .map(|value| value.text().trim().to_ascii_lowercase());
        match rsvp.as_deref() {
            Some(rsvp @ ("yes" | "no" | "maybe" | "interested")) if kind == "reply" => {
                format!("rsvp-{rsvp}")
            }
            _ => kind.to_owned(),
        }
    }

    fn author(&self, entry: &Microformat) -> Option<MentionAuthor> {
        let mut values = entry.values("author");
        let value = values.next()?;
        let card = match value {
            PropertyValue::Item { item, .. } => self.found.items.get(*item),
            PropertyValue::Text(_) | PropertyValue::Url(_) | PropertyValue::Image { .. } => None,
        };
        let url = |name| {
            card.and_then(|card| self.web_url(card, name))
                .map(String::from)
        };
        Some(MentionAuthor {
            name: match parse_plain_web(value.text()) {
                Some(_) => String::new(),
                None => crop(&clean(value.text()), MAX_NAME, "…").into_owned(),
            },
            url: url("url").unwrap_or_default(),
            photo: url("photo").unwrap_or_default(),
            urls: match (card, values.next()) {
                (Some(card), None) => self.web_urls(card, "url").take(MAX_AUTHOR_URLS).collect(),
                _ => Vec::new(),
            },
        })
    }

    fn web_urls(&self, item: &Microformat, name: &str) -> impl Iterator<Item = Url> {
        let urls = item.values(name);
        let urls = urls.filter_map(|value| parse_plain_web(value.text()));
        urls.filter(|url| url.as_str().len() <= Ping::MAX_URL)
    }

    /// The first value of a property that is an http or https URL of at most [`Ping::MAX_URL`] bytes.
    fn web_url(&self, item: &Microformat, name: &str) -> Option<Url> {
        self.web_urls(item, name).next()
    }
}

fn is_gone(document: &Document) -> bool {
    document.all("meta").any(|meta| {
        let attribute = |name: &str| meta.attribute(name).unwrap_or_default().trim();
        attribute("http-equiv").eq_ignore_ascii_case("status")
            && attribute("content").split_whitespace().next() == Some("410")
    })
}
