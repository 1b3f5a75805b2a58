//! The name, the picture and the URL that an item has without a property of that name.

use super::budget::OVERHEAD;
use super::item::{Microformat, MicroformatProperty, PropertyValue};
use super::names::{Prefix, root_name};
use super::value::{Pictures, ValueReader};
use crate::html::document::Element;
use crate::html::tag::Tag;

/// Which kinds of properties an item has, and whether another item is in it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Explicit {
    has_text: bool,
    has_url: bool,
    pub(super) has_item: bool,
}

impl Explicit {
    pub(super) fn add(&mut self, prefix: Prefix) {
        match prefix {
            Prefix::P | Prefix::E => self.has_text = true,
            Prefix::U => self.has_url = true,
            Prefix::Dt => {}
        }
    }
}

impl ValueReader<'_> {
    /// Adds what the item of an element does not say itself.
    pub(super) fn imply(
        &mut self,
        element: Element<'_>,
        explicit: Explicit,
        item: &mut Microformat,
    ) {
        let has = |item: &Microformat, name: &str| item.values(name).next().is_some();
        if explicit.has_item {
            return;
        }
        if !explicit.has_text && !has(item, "name") {
            let name = self.implied_name(element);
            self.add(item, "name", PropertyValue::Text(name));
        }
        if explicit.has_url {
            return;
        }
        if !has(item, "photo")
            && let Some(photo) = self.implied_photo(element)
        {
            self.add(item, "photo", photo);
        }
        if !has(item, "url")
            && let Some(url) = self.implied_url(element)
        {
            let url = self.resolved(url);
            self.add(item, "url", PropertyValue::Url(url));
        }
    }

    fn add(&mut self, item: &mut Microformat, name: &str, value: PropertyValue) {
        self.budget.keep(OVERHEAD);
        item.properties.push(MicroformatProperty {
            name: name.to_owned(),
            value,
        });
    }

    fn implied_name(&mut self, element: Element<'_>) -> String {
        let own = |element: Element<'_>| match element.tag() {
            Tag::Img | Tag::Area => element.attribute("alt").map(str::to_owned),
            Tag::Abbr => element.attribute("title").map(str::to_owned),
            _ => None,
        };
        let of_only = |element| {
            let only = only_child(element).filter(|only| !is_root(*only));
            only.and_then(own).filter(|name| !name.is_empty())
        };
        let name = own(element).or_else(|| of_only(element));
        let name = name.or_else(|| of_only(inner(element)?));
        match name {
            Some(name) => self.kept(name.trim()),
            None => self.text(element, Pictures::Alt),
        }
    }

    fn implied_photo(&mut self, element: Element<'_>) -> Option<PropertyValue> {
        let mut own = |element: Element<'_>| match element.tag() {
            Tag::Img => self.image(element),
            Tag::Object => {
                let data = element.attribute("data")?;
                Some(PropertyValue::Url(self.resolved(data)))
            }
            _ => None,
        };
        if let Some(photo) = own(element) {
            return Some(photo);
        }
        let around = [Some(element), inner(element)];
        around.into_iter().flatten().find_map(|around| {
            let kinds = [Tag::Img, Tag::Object];
            kinds.into_iter().find_map(|tag| {
                let only = only_of_type(around, tag).filter(|only| !is_root(*only));
                only.and_then(&mut own)
            })
        })
    }

    fn implied_url<'a>(&self, element: Element<'a>) -> Option<&'a str> {
        let of_children = |around: Element<'a>| {
            let kinds = [Tag::A, Tag::Area];
            kinds.into_iter().find_map(|tag| {
                let only = only_of_type(around, tag).filter(|only| !is_root(*only));
                let own = only.filter(|only| !self.is_others_words(*only, element.number()));
                own?.attribute("href")
            })
        };
        let own = match element.tag() {
            Tag::A | Tag::Area => element.attribute("href"),
            _ => None,
        };
        own.or_else(|| of_children(element))
            .or_else(|| of_children(inner(element)?))
    }
}

/// The only child of an element, if it is no item.
fn inner(element: Element<'_>) -> Option<Element<'_>> {
    only_child(element).filter(|only| !is_root(*only))
}

fn is_root(element: Element<'_>) -> bool {
    element.words("class").any(root_name)
}

/// The element that alone is in another.
fn only_child(element: Element<'_>) -> Option<Element<'_>> {
    let mut all = children(element);
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// The element that alone has that name among its siblings.
fn only_of_type(element: Element<'_>, tag: Tag) -> Option<Element<'_>> {
    let mut all = children(element).filter(|child| child.tag() == tag);
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// The elements that are directly in another.
fn children<'page>(element: Element<'page>) -> impl Iterator<Item = Element<'page>> {
    let page = element.page();
    let next = move |from: usize| (from..element.end()).find_map(|number| page.element(number));
    std::iter::successors(next(element.number() + 1), move |child| next(child.end()))
}
