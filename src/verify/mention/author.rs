//! The author of an entry, as <https://indieweb.org/authorship-spec> finds it on the page: the entry's own, otherwise
//! that of a feed around it. Of an author that is only a URL, the name is in the card of that URL.

use std::{iter, ptr};

use super::{MAX_AROUND, MentionAuthor, PageReader, web_urls};
use crate::html::{Microformat, PropertyValue};
use crate::linkback::trackback::Ping;
use crate::text::{clean, crop};
use crate::urls::{page_key, parse_plain_web};

/// The longest name, in characters.
const MAX_NAME: usize = 100;

impl PageReader<'_> {
    /// The author of an entry.
    pub(super) fn author(&self, entry: &Microformat) -> Option<MentionAuthor> {
        let around = iter::successors(Some(entry), |item| self.found.items.get(item.parent?));
        let mut around = around.take(MAX_AROUND);
        around.find_map(|item| match ptr::eq(item, entry) {
            true => self.stated_author(item),
            // That a feed has one URL does not make all of it one publisher's.
            false if item.is("h-feed") => self.stated_author(item).map(|author| MentionAuthor {
                urls: Vec::new(),
                ..author
            }),
            false => None,
        })
    }

    fn stated_author(&self, item: &Microformat) -> Option<MentionAuthor> {
        let author = item
            .values("author")
            .find_map(|value| self.author_of(value));
        let is_only = item.values("author").nth(1).is_none();
        author.map(|author| MentionAuthor {
            urls: match is_only {
                true => author.urls,
                false => Vec::new(),
            },
            ..author
        })
    }

    /// The author that a value names; `None` if it names nobody.
    fn author_of(&self, value: &PropertyValue) -> Option<MentionAuthor> {
        let mut author = match (self.item_of(value), value) {
            (Some(card), _) => MentionAuthor {
                urls: web_urls(card, "url").collect(),
                ..of_card(card)
            },
            (None, PropertyValue::Image { url, alt }) => MentionAuthor {
                name: name_of(alt),
                photo: web_url(url),
                ..MentionAuthor::default()
            },
            (None, value) => MentionAuthor {
                url: web_url(value.text()),
                ..MentionAuthor::default()
            },
        };
        if author.name.is_empty() && self.is_name(value) {
            author.name = name_of(value.text());
        }
        if let Some(card) = self.card_of(&author) {
            author.name = card.name;
            if author.photo.is_empty() {
                author.photo = card.photo;
            }
        }
        let is_nobody = [&author.name, &author.url, &author.photo]
            .iter()
            .all(|part| part.is_empty());
        (!is_nobody).then_some(author)
    }

    /// Whether a value is not a URL, which may be one of any scheme.
    fn is_name(&self, value: &PropertyValue) -> bool {
        match (value, self.item_of(value)) {
            (PropertyValue::Text(_), _) => true,
            (PropertyValue::Url(_) | PropertyValue::Image { .. }, _) => false,
            (PropertyValue::Item { value, .. }, card) => {
                let mut urls = card.into_iter().flat_map(|card| card.values("url"));
                urls.all(|url| url.text() != value)
            }
        }
    }

    /// The page's card of the URL of an author without a name.
    fn card_of(&self, author: &MentionAuthor) -> Option<MentionAuthor> {
        let url = parse_plain_web(&author.url).filter(|_| author.name.is_empty())?;
        let key = page_key(&url);
        let is_own = |card: &&Microformat| !self.document.is_by_others(card.nodes.start);
        let cards = self.found.items.iter().filter(|item| item.is("h-card"));
        let cards = cards.filter(is_own);
        let mut cards = cards.filter(|card| web_urls(card, "url").any(|own| page_key(&own) == key));
        cards.find_map(|card| Some(of_card(card)).filter(|card| !card.name.is_empty()))
    }
}

/// What a card says: its name, its first URL and its first picture.
fn of_card(card: &Microformat) -> MentionAuthor {
    let first_url = |name: &str| web_urls(card, name).next().map(String::from);
    let mut names = card.values("name").map(|name| name_of(name.text()));
    MentionAuthor {
        name: names.find(|name| !name.is_empty()).unwrap_or_default(),
        url: first_url("url").unwrap_or_default(),
        photo: first_url("photo").unwrap_or_default(),
        urls: Vec::new(),
    }
}

/// A name; empty if the text is a URL.
fn name_of(text: &str) -> String {
    match parse_plain_web(text) {
        Some(_) => String::new(),
        None => crop(&clean(text), MAX_NAME, "…").into_owned(),
    }
}

/// A URL; empty if the text is none that may be stored.
fn web_url(text: &str) -> String {
    let url = parse_plain_web(text).map(String::from);
    let url = url.filter(|url| url.len() <= Ping::MAX_URL);
    url.unwrap_or_default()
}
