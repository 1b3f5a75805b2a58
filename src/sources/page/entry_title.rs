//! The title of an entry.

use super::entry_scope::{MAX_HEADING, MAX_HEADINGS, heading_text};
use super::microformats::{EntryProperties, headings};
use super::titles::{agreement, as_shown, halves, letters, readable};
use super::{EntryPage, EntryScope};
use crate::html::Element;
use crate::text::clean;
use crate::urls::{bare_host, is_below, is_page};

impl EntryPage<'_> {
    /// The [`letters`] of what the page and its site call the site.
    pub(super) fn names_of_site(&self) -> Vec<String> {
        let publisher = self
            .article
            .as_ref()
            .and_then(|one| one.publisher.as_deref());
        let names = [
            self.metadata.site_name.as_deref(),
            Some(self.hint.blog_name),
            publisher,
        ];
        let names = names.into_iter().flatten().map(readable);
        let names = names.map(|name| letters(&name)).chain(self.name_in_title());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// The half of the title that is the name of the site, if the page has headings for both: the one behind, if that is the
    /// `<h1>`; the one before, if a colon or the like follows, and more than a subtitle stands between the headings.
    fn name_in_title(&self) -> Option<String> {
        let title = readable(self.metadata.title.as_deref()?);
        let all = self.tree.elements(0..self.tree.node_count());
        let headings: Vec<(usize, bool, String)> = all
            .filter(|one| matches!(one.name(), "h1" | "h2" | "h3"))
            .take(MAX_HEADINGS)
            .map(|one| (one.number(), one.is("h1"), letters(&heading_text(one))))
            .collect();
        let find = |text: &str| {
            let text = letters(text);
            headings
                .iter()
                .find(|(.., heading)| *heading == text && !text.is_empty())
        };
        halves(&title).find_map(|(before, behind, is_behind)| {
            let ((first, is_h1, name), (last, is_last_h1, last_name)) =
                (find(before)?, find(behind)?);
            if *is_last_h1 && !is_h1 {
                return Some(last_name.clone());
            }
            let (start, end) = (self.tree.inside(*first).end, *last);
            let is_apart = || {
                let between = self.tree.text(start..end.max(start), MAX_HEADING);
                !between.trim().is_empty() || self.is_in_post(*first) != self.is_in_post(*last)
            };
            (is_behind && *is_h1 && !is_last_h1 && first < last && is_apart()).then(|| name.clone())
        })
    }

    /// Whether a heading is the site's own: it leads to the home page, or to a page that this one is below.
    pub(super) fn is_of_site(&self, heading: Element<'_>) -> bool {
        let Some(base) = &self.base else {
            return false;
        };
        let own = self.permalink(None);
        let mut inside = self.tree.elements(heading.inside()).take(MAX_IN_HEADING);
        inside.any(|inner| {
            let to = link_of(inner).and_then(|href| base.join(href));
            to.zip(own.as_ref()).is_some_and(|(to, own)| {
                !is_page(&to, own) && bare_host(&to) == bare_host(own) && is_below(own, &to)
            })
        })
    }

    /// Whether a heading is the link of the entry's own page.
    fn is_of_entry(&self, heading: Element<'_>) -> bool {
        let (Some(base), Some(own)) = (&self.base, self.permalink(None)) else {
            return false;
        };
        let mut inside = self.tree.elements(heading.inside()).take(MAX_IN_HEADING);
        let to = inside.find_map(link_of).and_then(|href| base.join(href));
        to.is_some_and(|to| is_page(&to, &own))
    }

    /// The entry's title: what the page says for programs, as it shows it, or its heading, which may precede the entry.
    pub(super) fn title(&self, scope: EntryScope, marks: &EntryProperties) -> String {
        let metadata = &self.metadata;
        let name = marks.name.as_deref().map(clean);
        let own = self.range_of_marks(scope);
        let main = metadata.main.map(|main| self.tree.inside(main));
        let found: Vec<(Element<'_>, String)> = std::iter::once(own)
            .chain(main)
            .flat_map(|range| headings(self.tree, range))
            .map(|(heading, text)| (heading, clean(&text)))
            .filter(|(heading, text)| !text.is_empty() && !self.is_of_site(*heading))
            .collect();
        let texts = found.iter().map(|(_, text)| text.clone());
        let shown: Vec<String> = name.clone().into_iter().chain(texts).collect();
        let said = |text: &Option<String>| {
            let text = text.as_deref().filter(|text| !clean(text).is_empty());
            text.map(|text| as_shown(text, &shown, &self.sites))
        };
        let find = |is_it: &dyn Fn(Element<'_>, &str) -> bool| {
            let mut all = found.iter().filter(|(one, text)| is_it(*one, text));
            all.next().map(|(_, text)| text.clone())
        };
        let head = metadata.title.as_deref().map(readable).unwrap_or_default();
        let is_site = |text: &str| self.sites.contains(&letters(text));
        let is_own = |text: &str| !is_site(text) && agreement(text, &head) > 0;
        let article = self.article.clone().unwrap_or_default();
        let is_said = |headline: &String| {
            let og = metadata
                .og_title
                .as_deref()
                .map(readable)
                .unwrap_or_default();
            let says = [&og, &head].into_iter().chain(&shown);
            says.into_iter().any(|one| agreement(headline, one) > 0)
        };
        let is_marked = scope != EntryScope::Page || metadata.main.is_some();
        said(&article.headline)
            .filter(is_said)
            .or(name.filter(|name| !name.is_empty()))
            .or_else(|| said(&metadata.og_title))
            .or_else(|| said(&article.name).filter(is_said))
            .or_else(|| find(&|one, text| one.is("h1") && is_own(text)))
            .or_else(|| find(&|one, text| is_marked && one.is("h1") && !is_site(text)))
            .or_else(|| find(&|_, text| is_own(text)))
            .or_else(|| find(&|one, _| self.is_of_entry(one)))
            .or_else(|| said(&metadata.title).filter(|title| !is_site(title)))
            .or_else(|| find(&|one, _| one.is("h1")))
            .or_else(|| said(&metadata.title))
            .or_else(|| said(&article.name))
            .or_else(|| said(&article.headline))
            .unwrap_or_default()
    }
}

/// Where an element leads, if it is a link to a page.
fn link_of(element: Element<'_>) -> Option<&str> {
    let href = element.attribute("href").filter(|_| element.is("a"));
    href.filter(|href| !href.trim().starts_with('#'))
}

/// How many elements of a heading are searched for its link.
const MAX_IN_HEADING: usize = 16;
