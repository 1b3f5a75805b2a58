//! What is read: items with properties, flat, so that no depth of a page becomes a depth of calls.

use std::ops::Range;

/// The microformats of a page.
#[derive(Debug, Default)]
pub struct Microformats {
    /// All items, in the order of the page; one that is in another comes after it.
    pub items: Vec<Microformat>,
    /// Whether the page has more than is kept.
    pub is_cut: bool,
}

/// An element with a root class name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Microformat {
    /// The root class names (`h-entry`), sorted.
    pub types: Vec<String>,
    /// Its `id`, if it has one.
    pub id: Option<String>,
    /// The properties, in the order of the page; implied ones last.
    pub properties: Vec<MicroformatProperty>,
    /// The numbers of the items in it that are no property of it.
    pub children: Vec<usize>,
    /// The number of the item that it is in.
    pub parent: Option<usize>,
    /// The numbers of the nodes of its element.
    pub nodes: Range<usize>,
}

/// A property of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MicroformatProperty {
    /// Its name without the prefix: `name`, `in-reply-to`.
    pub name: String,
    /// Its value.
    pub value: PropertyValue,
}

/// The value of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertyValue {
    /// Of `p-*`, `dt-*`, and of `e-*` without its markup.
    Text(String),
    /// Of `u-*`: absolute where it can be resolved, else as it is written. Any scheme.
    Url(String),
    /// Of `u-*` on a picture that has an `alt`.
    Image {
        /// Where it is, as of [`PropertyValue::Url`].
        url: String,
        /// What it shows.
        alt: String,
    },
    /// An item that is the property of another.
    Item {
        /// Its number.
        item: usize,
        /// What stands for it as a text.
        value: String,
    },
}

impl PropertyValue {
    /// The value as a text.
    pub fn text(&self) -> &str {
        match self {
            PropertyValue::Text(text) | PropertyValue::Url(text) => text,
            PropertyValue::Image { url, .. } => url,
            PropertyValue::Item { value, .. } => value,
        }
    }
}

impl Microformat {
    /// Whether it has that root class name.
    pub fn is(&self, name: &str) -> bool {
        self.types.iter().any(|own| own == name)
    }

    /// The values of the properties of that name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &PropertyValue> {
        let named = self.properties.iter().filter(move |own| own.name == name);
        named.map(|property| &property.value)
    }
}
