//! Parses the page of a webmention: whether it links to the target, and its title, author and text. Pure.
//!
//! The text comes from the page's own entry in microformats (`h-entry` and the like), otherwise from the metadata in its
//! head. All of it is plain text, and every URL is http or https.

use std::iter;

use jiff::civil::Date;
use url::Url;

use super::link_check::LinkTarget;
use super::page_texts::MAX_TEXT_TITLE;
use crate::html::{
    Base, Document, Element, Microformat, MicroformatRules, Microformats, PropertyValue, TextRule,
    Vocabulary,
};
use crate::linkback::discover::parse_page;
use crate::linkback::trackback::Ping;
use crate::linkback::trackback::links::Links;
use crate::sources::{AuthorText, page_title, parse_date};
use crate::text::{clean, crop};
use crate::urls::{bare_host, is_page, parse_plain_web};

mod author;

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

/// How many URLs of an item are looked at.
const MAX_URLS: usize = 8;
/// How many items around an entry are looked at.
const MAX_AROUND: usize = 8;

/// The microformats properties of responses, and the kinds of mention that they make.
const RESPONSES: [(&str, &str); 7] = [
    ("in-reply-to", "reply"),
    ("like-of", "like"),
    ("repost-of", "repost"),
    ("bookmark-of", "bookmark"),
    // Of 2013. Citations in `like` and `repost` are responses to the entry itself.
    ("favorite-of", "like"),
    ("like", "like"),
    ("repost", "repost"),
];

/// Parses a page that was fetched from `fetched`; `links` are its links.
pub(crate) fn parse_mention(
    (page, content_type): (&[u8], Option<&str>),
    fetched: &Url,
    links: &Links,
    target: LinkTarget<'_>,
) -> MentionPage {
    let document = parse_page(page, content_type);
    let base = Base::new(&document, fetched);
    let read = |vocabulary| {
        let rules = MicroformatRules {
            vocabulary,
            texts: TextRule::AsShown,
        };
        document.microformats(&base, rules)
    };
    let current = read(Vocabulary::Current);
    let is_own_post =
        |item: &Microformat| is_post(item) && !document.is_by_others(item.nodes.start);
    let is_classic = !current.is_cut && !current.items.iter().any(is_own_post);
    let found = match is_classic {
        true => read(Vocabulary::WithClassic),
        false => current,
    };
    let reader = PageReader {
        document: &document,
        base: &base,
        found: &found,
        is_classic,
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
    /// Whether it has no post in the class names of today.
    is_classic: bool,
    target: LinkTarget<'page>,
}

impl PageReader<'_> {
    /// The number of the first element that links to the target, preferably one that is the author's.
    fn first_link(&self) -> Option<usize> {
        let all = || {
            let all = self.document.elements(0..self.document.node_count());
            let linking = all.filter(|element| self.is_link(*element));
            linking.filter(|element| !self.document.is_in_template(*element))
        };
        let is_own = |element: &Element<'_>| !self.document.is_by_others(element.number());
        let link = all().find(is_own).or_else(|| all().next());
        link.map(Element::number)
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

    /// Whether a value is the target, or a citation of it.
    fn is_target_value(&self, value: &PropertyValue) -> bool {
        let cited = self.item_of(value).into_iter();
        let cited = cited.flat_map(|item| item.values("url")).take(MAX_URLS);
        let mut urls = iter::once(value).chain(cited);
        urls.any(|url| parse_plain_web(url.text()).is_some_and(|url| self.is_target(&url)))
    }

    /// The item that a value is.
    fn item_of(&self, value: &PropertyValue) -> Option<&Microformat> {
        match value {
            PropertyValue::Item { item, .. } => self.found.items.get(*item),
            PropertyValue::Text(_) | PropertyValue::Url(_) | PropertyValue::Image { .. } => None,
        }
    }

    fn has_target_value(&self, item: &Microformat) -> bool {
        item.properties
            .iter()
            .any(|property| self.is_target_value(&property.value))
    }

    /// The page's own entry that links to the target, or its only entry. One among comments is its own only if the link
    /// stands nowhere else.
    fn entry(&self) -> Option<&Microformat> {
        let is_by_others = |number| self.document.is_by_others(number);
        let link = self.first_link();
        let is_comment_read = link.is_some_and(is_by_others);
        let own = || {
            let all = self.found.items.iter().enumerate();
            let own = all.filter(|(number, item)| is_post(item) && self.is_own(*number));
            let own = own.map(|(_, item)| item);
            own.filter(|item| is_comment_read || !is_by_others(item.nodes.start))
        };
        let has_link = |item: &&Microformat| {
            self.has_target_value(item) || link.is_some_and(|link| item.nodes.contains(&link))
        };
        own().find(has_link).or_else(|| {
            let mut all = own();
            all.next().filter(|_| all.next().is_none())
        })
    }

    /// Whether an item is the page's own: nothing is around it but feeds, and cards of which it is no property. A
    /// property of another entry, such as a comment by somebody else, is not.
    fn is_own(&self, mut number: usize) -> bool {
        let item = |number: usize| self.found.items.get(number);
        for _ in 0..MAX_AROUND {
            let Some(parent) = item(number).and_then(|item| item.parent) else {
                return true;
            };
            let is_inside = item(parent).is_some_and(|around| {
                // In the order of the page.
                let is_child = || around.children.binary_search(&number).is_ok();
                around.is("h-feed") || (around.is("h-card") && is_child())
            });
            if !is_inside {
                return false;
            }
            number = parent;
        }
        false
    }

    fn text(&self, entry: Option<&Microformat>, fetched: &Url, links: &Links) -> MentionText {
        let first_text = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| entry?.values(name).next());
            let text =
                values.find_map(|value| Some(clean(value.text())).filter(|text| !text.is_empty()));
            text.unwrap_or_default()
        };
        let content = first_text(&["content", "summary", "description"]);
        let author = entry.and_then(|entry| self.author(entry));
        let name = first_text(&["name"]);
        // Notes have no title; some programs repeat the whole text as the name.
        let title = match name.is_empty()
            || (content.starts_with(&name) && name.chars().count() > MAX_TEXT_TITLE)
        {
            false => name,
            true if entry.is_some() && !self.is_classic && !content.is_empty() => {
                crop(&content, MAX_TEXT_TITLE, "…").into_owned()
            }
            true => page_title(self.document, fetched),
        };
        let title = match title.is_empty() {
            true => fetched.as_str(),
            false => &title,
        };
        let excerpt = match (
            first_text(&["summary", "content", "description"]),
            &links.says.description,
        ) {
            (text, _) if !text.is_empty() => text,
            (_, description) if !description.is_empty() => description.clone(),
            // An entry that says itself that it has no text, as shares do, is not quoted from what it cites.
            _ if entry.is_some_and(|entry| entry.values("content").next().is_some()) => {
                String::new()
            }
            _ => self.text_around(links, fetched),
        };
        let named = author
            .as_ref()
            .map(|author| author.name.as_str())
            .filter(|name| !name.is_empty());
        // Where the link to the target is the only one, it is implied as the entry's URL.
        let mut stated = entry.into_iter().flat_map(|entry| web_urls(entry, "url"));
        let link = stated.find(|link| !self.target.is_site(link) && !self.is_target(link));
        MentionText {
            target: None,
            kind: self.kind(entry),
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
            date: normal_date(&first_text(&["published"])),
            publisher: None,
        }
    }

    /// The text around the link to the target.
    fn text_around(&self, links: &Links, fetched: &Url) -> String {
        let Some(link) = links.shown.iter().find(|url| self.is_target(url)) else {
            return String::new();
        };
        match AuthorText::of(self.document, fetched).around(link) {
            "" => links.around(link),
            around => around.to_owned(),
        }
    }

    fn kind(&self, entry: Option<&Microformat>) -> String {
        let Some(entry) = entry else {
            let is_reply = self.is_reply_by_rel(None);
            return if is_reply { "reply" } else { "mention" }.to_owned();
        };
        let has_target = |name: &str| {
            let mut values = entry.values(name);
            values.any(|value| {
                (name.contains('-') || self.item_of(value).is_none()) && self.is_target_value(value)
            })
        };
        let mut all = RESPONSES.iter();
        let kind = all
            .find(|(property, _)| has_target(property))
            .map(|(_, kind)| *kind);
        let by_rel = || self.is_reply_by_rel(Some(entry)).then_some("reply");
        let kind = kind.or_else(by_rel).unwrap_or("mention");
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

    /// Whether a link to the target says `rel=in-reply-to`: in the head, or in the entry and no other item.
    fn is_reply_by_rel(&self, entry: Option<&Microformat>) -> bool {
        let document = self.document;
        let is_in_head = |link: Element<'_>| link.parent().is_some_and(|parent| parent.is("head"));
        let is_of_entry = |link: Element<'_>| {
            let number = link.number();
            let items = self.found.items.iter();
            let mut around =
                items.filter(|item| item.nodes.start < number && item.nodes.contains(&number));
            let around = around.next_back().filter(|item| is_post(item));
            around.map(|item| item.nodes.start) == entry.map(|entry| entry.nodes.start)
                && !document.is_in_comments(number)
        };
        document
            .elements(0..document.node_count())
            .filter(|link| matches!(link.name(), "a" | "area" | "link"))
            .filter(|link| link.has_rel("in-reply-to") && !document.is_in_template(*link))
            .filter(|link| self.is_link(*link))
            .take(MAX_URLS)
            .any(|link| is_in_head(link) || is_of_entry(link))
    }
}

/// Whether an item is a post, or a citation of one.
fn is_post(item: &Microformat) -> bool {
    ["h-entry", "h-event", "h-review", "h-cite"]
        .iter()
        .any(|name| item.is(name))
}

/// The first values of a property that are http or https URLs of at most [`Ping::MAX_URL`] bytes.
fn web_urls(item: &Microformat, name: &str) -> impl Iterator<Item = Url> {
    let urls = item.values(name);
    let urls = urls.filter_map(|value| parse_plain_web(value.text()));
    let urls = urls.filter(|url| url.as_str().len() <= Ping::MAX_URL);
    urls.take(MAX_URLS)
}

/// A date as `2026-11-20`, with a time as `2026-11-20T05:00:00Z`. `None` if it is none.
fn normal_date(text: &str) -> Option<String> {
    let time = parse_date(text)?;
    let is_day = text.len() == "2026-11-20".len() && text.parse::<Date>().is_ok();
    Some(match is_day {
        true => text.to_owned(),
        false => time.to_string(),
    })
}

fn is_gone(document: &Document) -> bool {
    let mut own = document
        .all("meta")
        .filter(|meta| !document.is_in_template(*meta));
    own.any(|meta| {
        let attribute = |name: &str| meta.attribute(name).unwrap_or_default().trim();
        attribute("http-equiv").eq_ignore_ascii_case("status")
            && attribute("content").split_whitespace().next() == Some("410")
    })
}

#[cfg(test)]
mod tests;
