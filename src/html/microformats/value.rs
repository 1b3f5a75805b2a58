//! The values of properties: from attributes, from the value class pattern, from the text.

use super::budget::{Budget, MAX_VALUE};
use super::item::PropertyValue;
use super::moment::{PartialMoment, combine};
use super::names::{property_name, root_name};
use crate::html::document::{Document, Element, Node};
use crate::html::links::Base;
use crate::html::tag::Tag;

/// Reads values.
pub(super) struct ValueReader<'page> {
    page: &'page Document,
    base: &'page Base,
    texts: TextRule,
    pub(super) budget: Budget,
}

/// What counts as the text of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextRule {
    /// By the specification: all of it, seen or not, the URLs of pictures without an `alt`, and nothing between blocks,
    /// which makes one word of `<p>a</p><p>b</p>`.
    #[default]
    Specified,
    /// What a reader sees of it, unless the whole element is hidden; a space between blocks. What others may have written
    /// in it, such as comments, is no part of it, and no property.
    AsShown,
}

/// What a picture in a text counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pictures {
    /// Its `alt`, else where it is.
    AltOrUrl,
    /// Its `alt`, else nothing.
    Alt,
}

/// Which elements of the value class pattern give a date by their `datetime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Plain,
    Moment,
}

impl<'page> ValueReader<'page> {
    pub(super) fn new(
        page: &'page Document,
        base: &'page Base,
        texts: TextRule,
    ) -> ValueReader<'page> {
        ValueReader {
            page,
            base,
            texts,
            budget: Budget::new(),
        }
    }

    /// Whether others may have written what is in `element`, but not all that is in the element with the number `around`.
    pub(super) fn is_others_words(&self, element: Element<'_>, around: usize) -> bool {
        let is_by_others = |number| self.page.is_by_others(number);
        self.texts == TextRule::AsShown && is_by_others(element.number()) && !is_by_others(around)
    }

    /// A `p-*`.
    pub(super) fn plain(&mut self, element: Element<'_>) -> String {
        let parts = self.value_class(element, Pattern::Plain);
        if !parts.is_empty() {
            return parts.concat();
        }
        let attribute = match element.tag() {
            Tag::Abbr | Tag::Link => element.attribute("title"),
            Tag::Data | Tag::Input => element.attribute("value"),
            Tag::Img | Tag::Area => element.attribute("alt"),
            _ => None,
        };
        match attribute {
            Some(value) => self.kept(value),
            None => self.text(element, Pictures::AltOrUrl),
        }
    }

    /// A `u-*`.
    pub(super) fn url(&mut self, element: Element<'_>) -> PropertyValue {
        if let Some(image) = self.image(element) {
            return image;
        }
        let source = match element.tag() {
            Tag::A | Tag::Area | Tag::Link => element.attribute("href"),
            Tag::Audio | Tag::Source | Tag::Iframe => element.attribute("src"),
            Tag::Video => element.attribute("src").or(element.attribute("poster")),
            Tag::Object => element.attribute("data"),
            _ => None,
        };
        if let Some(source) = source {
            return PropertyValue::Url(self.resolved(source));
        }
        let parts = self.value_class(element, Pattern::Plain);
        let text = match element.tag() {
            _ if !parts.is_empty() => parts.concat(),
            Tag::Abbr if element.attribute("title").is_some() => {
                element.attribute("title").unwrap_or_default().to_owned()
            }
            Tag::Data | Tag::Input if element.attribute("value").is_some() => {
                element.attribute("value").unwrap_or_default().to_owned()
            }
            _ => self.text(element, Pictures::AltOrUrl),
        };
        PropertyValue::Url(self.resolved(&text))
    }

    /// A picture that is the value itself.
    pub(super) fn image(&mut self, element: Element<'_>) -> Option<PropertyValue> {
        let source = (element.tag() == Tag::Img).then(|| element.attribute("src"))??;
        let url = self.resolved(source);
        Some(match element.attribute("alt") {
            Some(alt) => PropertyValue::Image {
                url,
                alt: self.kept(alt),
            },
            None => PropertyValue::Url(url),
        })
    }

    /// A `dt-*`; `date` is that of the last one before it.
    pub(super) fn moment(&mut self, element: Element<'_>, date: &mut Option<String>) -> String {
        let parts = self.value_class(element, Pattern::Moment);
        if !parts.is_empty()
            && let Some(moment) = combine(&parts, date)
        {
            return moment;
        }
        let attribute = match element.tag() {
            Tag::Time | Tag::Ins | Tag::Del => element.attribute("datetime"),
            Tag::Abbr => element.attribute("title"),
            Tag::Data | Tag::Input => element.attribute("value"),
            _ => None,
        };
        let text = match attribute {
            Some(value) => self.kept(value),
            None => self.text(element, Pictures::AltOrUrl),
        };
        PartialMoment::note_date(&text, date);
        text
    }

    /// An `e-*`, as text.
    pub(super) fn content(&mut self, element: Element<'_>) -> String {
        self.text(element, Pictures::AltOrUrl)
    }

    /// The parts of a value that stand in elements of the class `value` or `value-title`. Those of another property or
    /// item within are not its own.
    fn value_class(&mut self, element: Element<'_>, pattern: Pattern) -> Vec<String> {
        let mut parts = Vec::new();
        let mut number = element.number() + 1;
        while number < element.end() {
            let Some(inner) = self.page.element(number) else {
                number += 1;
                if !self.budget.step(1) {
                    break;
                }
                continue;
            };
            let classes = inner.attribute("class").unwrap_or_default();
            if !self.budget.step(1 + classes.len() / 16) {
                break;
            }
            let mut words = inner.words("class");
            if inner.is("template") {
                // No part of the page.
            } else if inner.has_class("value") {
                parts.push(self.part(inner, pattern));
            } else if inner.has_class("value-title") {
                parts.push(self.kept(inner.attribute("title").unwrap_or_default()));
            } else if !words.any(|word| root_name(word) || property_name(word).is_some()) {
                number += 1;
                continue;
            }
            number = inner.end();
        }
        parts
    }

    fn part(&mut self, element: Element<'_>, pattern: Pattern) -> String {
        let attribute = match element.tag() {
            Tag::Img | Tag::Area => Some(element.attribute("alt").unwrap_or_default()),
            Tag::Data => element.attribute("value"),
            Tag::Abbr => element.attribute("title"),
            Tag::Time | Tag::Ins | Tag::Del if pattern == Pattern::Moment => {
                element.attribute("datetime")
            }
            _ => None,
        };
        match attribute {
            Some(value) => self.kept(value),
            None => self.text(element, Pictures::AltOrUrl),
        }
    }

    /// The text of an element, without scripts, styles and templates.
    pub(super) fn text(&mut self, element: Element<'_>, pictures: Pictures) -> String {
        let is_for_people = self.texts == TextRule::AsShown;
        // What is hidden as a whole, such as a card, is read whole.
        let keeps_unseen = !is_for_people || !self.page.is_read(element.number());
        let between_blocks = match self.texts {
            TextRule::Specified => "",
            TextRule::AsShown => " ",
        };
        let pictures = match is_for_people {
            true => Pictures::Alt,
            false => pictures,
        };
        let mut out = String::new();
        let mut ends: Vec<usize> = Vec::new();
        let range = element.inside();
        let mut number = range.start;
        while number < range.end && out.len() < MAX_VALUE && self.budget.step(1) {
            while ends.pop_if(|end| *end <= number).is_some() {
                out.push_str(between_blocks);
            }
            let is_kept = keeps_unseen || self.page.is_read(number);
            number = match self.page.node(number) {
                Some(Node::Text(text)) => {
                    if is_kept {
                        out.push_str(crop(text, MAX_VALUE));
                    }
                    number + 1
                }
                Some(Node::Element(inner)) if self.is_others_words(inner, element.number()) => {
                    inner.end()
                }
                Some(Node::Element(element)) => match element.tag() {
                    Tag::Script | Tag::Style | Tag::Template => element.end(),
                    // Markup for programs that show no scripts or frames.
                    Tag::Noscript | Tag::Iframe if is_for_people => element.end(),
                    Tag::Img => {
                        if is_kept {
                            self.add_picture(&mut out, element, pictures);
                        }
                        number + 1
                    }
                    _ if element.is_inline() => number + 1,
                    _ => {
                        out.push_str(between_blocks);
                        ends.push(element.end());
                        number + 1
                    }
                },
                Some(Node::Comment(_)) | None => number + 1,
            };
        }
        let out = out.trim().to_owned();
        self.budget.keep(out.len());
        out
    }

    fn add_picture(&mut self, out: &mut String, picture: Element<'_>, pictures: Pictures) {
        let alt = picture.attribute("alt").map(|alt| crop(alt, MAX_VALUE));
        let source = picture.attribute("src");
        match (alt, source, pictures) {
            (Some(alt), _, Pictures::Alt) => out.push_str(alt),
            (Some(alt), _, Pictures::AltOrUrl) => {
                out.push(' ');
                out.push_str(alt);
                out.push(' ');
            }
            (None, Some(source), Pictures::AltOrUrl) => {
                out.push(' ');
                out.push_str(&self.resolved(source));
                out.push(' ');
            }
            (None, _, _) => {}
        }
    }

    /// Resolves a URL; one that cannot be, or is no page's, stays as it is written.
    pub(super) fn resolved(&mut self, href: &str) -> String {
        let href = href.trim();
        match self.base.join(href) {
            Some(url) => self.kept(url.as_str()),
            None => self.kept(href),
        }
    }

    /// A value that is kept, counted.
    pub(super) fn kept(&mut self, value: &str) -> String {
        let value = crop(value, MAX_VALUE);
        self.budget.keep(value.len());
        value.to_owned()
    }
}

/// The beginning of a text, of at most `most` bytes.
fn crop(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}
