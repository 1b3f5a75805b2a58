//! Microformats 2: what the classes of a page call its parts (`h-entry`, `h-card`) and their properties (`p-name`).
//!
//! <https://microformats.org/wiki/microformats2-parsing>, on the tree of the page. The class names of 2005 (`hentry`,
//! `vcard`) are read only on request, and `rel` only with them. Of `e-*` only the text is kept, because no markup of a
//! stranger is ever shown. Time and memory are linear in the page: a [`Budget`](budget::Budget) bounds the nodes that
//! are visited for all values together, and the bytes that are kept of them.

mod budget;
mod implied;
mod item;
mod moment;
mod names;
mod value;

use super::document::{Document, Element};
use super::links::Base;
use budget::OVERHEAD;
use implied::Explicit;
pub use item::{Microformat, MicroformatProperty, Microformats, PropertyValue};
pub(in crate::html) use names::root_name;
use names::{Prefix, classic_property, classic_root, property_name};
pub use value::TextRule;
use value::ValueReader;

use crate::order;

/// How microformats are read. The default is the specification.
#[derive(Debug, Clone, Copy, Default)]
pub struct MicroformatRules {
    /// Which class names count.
    pub vocabulary: Vocabulary,
    /// What counts as the text of an element.
    pub texts: TextRule,
}

/// Which class names are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vocabulary {
    /// Those of microformats 2.
    #[default]
    Current,
    /// Also those of posts and cards of 2005, which many themes of weblogs still write, where they are all that an
    /// element has.
    WithClassic,
}

impl Document {
    /// Reads the microformats; URLs are relative to `base`.
    pub fn microformats(&self, base: &Base, rules: MicroformatRules) -> Microformats {
        Reader {
            page: self,
            vocabulary: rules.vocabulary,
            values: ValueReader::new(self, base, rules.texts),
            items: Vec::new(),
            open: Vec::new(),
        }
        .read()
    }
}

/// Walks through a page once.
struct Reader<'page> {
    page: &'page Document,
    vocabulary: Vocabulary,
    values: ValueReader<'page>,
    items: Vec<Microformat>,
    open: Vec<OpenItem>,
}

/// An item whose element is not over yet.
struct OpenItem {
    item: usize,
    /// What it is of the item around it: places in that one's properties, each with its prefix.
    places: Vec<(usize, Prefix)>,
    /// Which kinds of properties it has, as far as that keeps others from being implied.
    explicit: Explicit,
    /// The root class name that a classic one stands for.
    classic: Option<&'static str>,
    /// The date of its last `dt-*`: one that gives only a time is of that day.
    date: Option<String>,
}

impl Reader<'_> {
    fn read(mut self) -> Microformats {
        let mut number = 0;
        while number < self.page.node_count() && !self.values.budget.is_spent() {
            self.close_until(number);
            number = match self.page.element(number) {
                // No part of the page.
                Some(element) if element.is("template") => element.end(),
                Some(element) => {
                    self.enter(element);
                    number + 1
                }
                None => number + 1,
            };
        }
        self.close_until(usize::MAX);
        Microformats {
            items: self.items,
            is_cut: self.values.budget.is_spent(),
        }
    }

    /// Takes in what an element says.
    fn enter(&mut self, element: Element<'_>) {
        let mut types: Vec<String> = Vec::new();
        let mut properties: Vec<(Prefix, &str)> = Vec::new();
        let around = self.open.last().and_then(|around| around.classic);
        let classic_property = |word| classic_property(around?, word);
        for word in element.words("class") {
            if root_name(word) {
                types.push(word.to_owned());
            } else if let Some(property) = property_name(word).or_else(|| classic_property(word))
                && !properties.contains(&property)
            {
                properties.push(property);
            }
        }
        if around == Some("h-entry") && element.has_rel("bookmark") {
            properties.push((Prefix::U, "url"));
        }
        let mut classic = None;
        if types.is_empty() && self.vocabulary == Vocabulary::WithClassic {
            classic = element.words("class").find_map(classic_root);
            types.extend(classic.map(str::to_owned));
        }
        if !types.is_empty() {
            order::sort(&mut types);
            types.dedup();
            self.enter_item(element, (types, classic), &properties);
            return;
        }
        let around = self
            .open
            .last()
            .and_then(|around| self.items.get(around.item));
        if around.is_some_and(|item| self.values.is_others_words(element, item.nodes.start)) {
            return;
        }
        for (prefix, name) in properties {
            self.take_property(element, prefix, name);
        }
    }

    fn enter_item(
        &mut self,
        element: Element<'_>,
        (types, classic): (Vec<String>, Option<&'static str>),
        properties: &[(Prefix, &str)],
    ) {
        let number = self.items.len();
        let mut places = Vec::new();
        let parent = self.open.last().map(|around| around.item);
        let root = parent.and_then(|parent| self.items.get(parent));
        let is_others_words =
            root.is_some_and(|root| self.values.is_others_words(element, root.nodes.start));
        if let Some(around) = self.open.last_mut()
            && let Some(item) = self.items.get_mut(around.item)
        {
            around.explicit.has_item = true;
            if properties.is_empty() {
                item.children.push(number);
            }
            for (prefix, name) in properties.iter().filter(|_| !is_others_words) {
                around.explicit.add(*prefix);
                places.push((item.properties.len(), *prefix));
                item.properties.push(MicroformatProperty {
                    name: (*name).to_owned(),
                    value: PropertyValue::Item {
                        item: number,
                        value: String::new(),
                    },
                });
            }
        }
        let id = element.attribute("id").filter(|id| !id.is_empty());
        let id = id.map(|id| self.values.kept(id));
        let kept: usize = types.iter().map(String::len).sum();
        self.values.budget.keep(kept + OVERHEAD);
        self.values.budget.keep(properties.len() * OVERHEAD);
        self.items.push(Microformat {
            types,
            id,
            properties: Vec::new(),
            children: Vec::new(),
            parent,
            nodes: element.number()..element.end(),
        });
        self.open.push(OpenItem {
            item: number,
            places,
            explicit: Explicit::default(),
            classic,
            date: None,
        });
    }

    fn take_property(&mut self, element: Element<'_>, prefix: Prefix, name: &str) {
        let Some(around) = self.open.last_mut() else {
            return;
        };
        let value = match prefix {
            Prefix::P => PropertyValue::Text(self.values.plain(element)),
            Prefix::U => self.values.url(element),
            Prefix::Dt => PropertyValue::Text(self.values.moment(element, &mut around.date)),
            Prefix::E => PropertyValue::Text(self.values.content(element)),
        };
        around.explicit.add(prefix);
        self.values.budget.keep(name.len() + OVERHEAD);
        if let Some(item) = self.items.get_mut(around.item) {
            item.properties.push(MicroformatProperty {
                name: name.to_owned(),
                value,
            });
        }
    }

    /// Ends the items whose elements end before `number`.
    fn close_until(&mut self, number: usize) {
        while let Some(open) = self.open.pop_if(|open| {
            let item = self.items.get(open.item);
            item.is_none_or(|item| item.nodes.end <= number)
        }) {
            self.close(&open);
        }
    }

    /// Adds what is implied in an item, and gives what it stands for to the item around it.
    fn close(&mut self, open: &OpenItem) {
        let Some(item) = self.items.get_mut(open.item) else {
            return;
        };
        let Some(element) = self.page.element(item.nodes.start) else {
            return;
        };
        if open.classic.is_none() {
            self.values.imply(element, open.explicit, item);
        }
        let first = |item: &Microformat, name: &str| {
            let first = item.values(name).next().map(PropertyValue::text);
            first.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (name, url) = (first(item, "name"), first(item, "url"));
        let parent = item.parent;
        for (place, prefix) in &open.places {
            let text = match prefix {
                Prefix::P => name.clone(),
                Prefix::U => url.clone(),
                Prefix::Dt | Prefix::E => None,
            };
            let text = match text {
                Some(text) => self.values.kept(&text),
                None => match prefix {
                    Prefix::P => self.values.plain(element),
                    Prefix::U => self.values.url(element).text().to_owned(),
                    Prefix::Dt => self.values.moment(element, &mut None),
                    Prefix::E => self.values.content(element),
                },
            };
            let around = parent.and_then(|parent| self.items.get_mut(parent));
            let property = around.and_then(|around| around.properties.get_mut(*place));
            if let Some(MicroformatProperty {
                value: PropertyValue::Item { value, .. },
                ..
            }) = property
            {
                *value = text;
            }
        }
    }
}

#[cfg(test)]
mod tests;
