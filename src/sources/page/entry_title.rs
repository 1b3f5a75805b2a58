//! The title of an entry.

use super::microformats::{EntryProperties, headings};
use super::titles::{as_shown, is_title, letters};
use super::{EntryPage, EntryScope};
use crate::html::Element;
use crate::text::clean;
use crate::urls::{bare_host, is_below, is_page};

impl EntryPage<'_> {
    /// The [`letters`] of what the page and its site call the site.
    fn sites(&self) -> Vec<String> {
        let publisher = self
            .article
            .as_ref()
            .and_then(|one| one.publisher.as_deref());
        let names = [
            self.metadata.site_name.as_deref(),
            Some(self.hint.blog_name),
            publisher,
        ];
        let names = names.into_iter().flatten().map(letters);
        names.filter(|name| !name.is_empty()).collect()
    }

    /// Whether a heading is the site's own: it leads to the home page, or to a page that this one is below.
    fn is_of_site(&self, heading: Element<'_>) -> bool {
        let Some(base) = &self.base else {
            return false;
        };
        let own = self.permalink(None);
        let mut inside = self.tree.elements(heading.inside()).take(MAX_IN_HEADING);
        inside.any(|inner| {
            let to = inner.attribute("href").filter(|_| inner.is("a"));
            let to = to.filter(|href| !href.trim().starts_with('#'));
            let to = to.and_then(|href| base.join(href));
            to.zip(own.as_ref()).is_some_and(|(to, own)| {
                !is_page(&to, own) && bare_host(&to) == bare_host(own) && is_below(own, &to)
            })
        })
    }

    /// The entry's title: what the page says for programs, as it shows it, or its heading, which may precede the entry.
    pub(super) fn title(&self, scope: EntryScope, marks: &EntryProperties) -> String {
        let metadata = &self.metadata;
        let (sites, name) = (self.sites(), marks.name.as_deref().map(clean));
        let own = self.range_of_marks(scope);
        let main = metadata.main.map(|main| self.tree.inside(main));
        let found: Vec<(&str, String)> = std::iter::once(own)
            .chain(main)
            .flat_map(|range| headings(self.tree, range))
            .map(|(heading, text)| (heading, clean(&text)))
            .filter(|(heading, text)| !text.is_empty() && !self.is_of_site(*heading))
            .map(|(heading, text)| (heading.name(), text))
            .collect();
        let texts = found.iter().map(|(_, text)| text.clone());
        let shown: Vec<String> = name.clone().into_iter().chain(texts).collect();
        let said = |text: &Option<String>| {
            let text = text.as_deref().filter(|text| !clean(text).is_empty());
            text.map(|text| as_shown(text, &shown, &sites))
        };
        let find = |is_it: &dyn Fn(&str, &str) -> bool| {
            let mut all = found.iter().filter(|(level, text)| is_it(level, text));
            all.next().map(|(_, text)| text.clone())
        };
        let head = metadata.title.as_deref().unwrap_or_default();
        let is_own = |text: &str| !sites.contains(&letters(text)) && is_title(text, head);
        said(&self.article.as_ref().and_then(|one| one.title.clone()))
            .or(name.filter(|name| !name.is_empty()))
            .or_else(|| said(&metadata.og_title))
            .or_else(|| find(&|level, text| level == "h1" && is_own(text)))
            .or_else(|| find(&|level, _| level == "h1"))
            .or_else(|| find(&|_, text| is_own(text)))
            .or_else(|| said(&metadata.title))
            .unwrap_or_default()
    }
}

/// How many elements of a heading are searched for its link.
const MAX_IN_HEADING: usize = 16;
