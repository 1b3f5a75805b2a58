//! What a page says of itself in its head.

use super::document::{Document, Element};
use crate::text::clean;

/// Bytes of a title that are looked at.
const MAX_TITLE: usize = 8 * 1024;

impl Document {
    /// What the page calls itself: the first `<title>`, as one line of plain text. It is text, not markup: `<box>` in
    /// it is read as it stands there.
    pub fn title(&self) -> Option<String> {
        let mut titles = self.all("title");
        let title = titles.find(|title| !self.is_in_template(*title))?;
        let title = clean(&self.text(title.inside(), MAX_TITLE));
        (!title.is_empty()).then_some(title)
    }

    /// The first `<base>` that has an `href`.
    pub fn base_href(&self) -> Option<&str> {
        let mut bases = self.all("base").filter(|base| !self.is_in_template(*base));
        bases.find_map(|base| base.attribute("href")).map(str::trim)
    }

    /// The first `<link rel=canonical>`, as it is written, otherwise that of the headers.
    pub fn canonical(&self) -> Option<&str> {
        let mut links = self.all("link").filter(|link| link.has_rel("canonical"));
        links
            .find_map(|link| link.attribute("href"))
            .map(str::trim)
            .filter(|href| !href.is_empty())
            .or(self.linked_canonical.as_deref())
    }

    /// The first HTML element of that name.
    pub fn first(&self, name: &str) -> Option<Element<'_>> {
        let mut all = self.elements(0..self.node_count());
        all.find(|element| element.is(name))
    }

    /// HTML's elements of that name.
    pub fn all<'page>(&'page self, name: &'page str) -> impl Iterator<Item = Element<'page>> {
        self.elements(0..self.node_count())
            .filter(move |element| element.is(name))
    }

    /// Whether a text is that of the page's title.
    pub fn is_title(&self, number: usize) -> bool {
        let around = self.parent(number);
        around.is_some_and(|around| around.is("title") && !self.is_in_template(around))
    }

    /// Whether an element stands in a `<template>`, which is no part of the page.
    pub fn is_in_template(&self, element: Element<'_>) -> bool {
        let around = std::iter::successors(element.parent(), |parent| parent.parent());
        around.take(FAR).any(|around| around.is("template"))
    }
}

/// How far up it is looked for a template.
const FAR: usize = 64;
