//! A page that may be an entry: whether it is one, where it is published, what it says and links to.
//!
//! A page is an entry if it says so: by JSON-LD or `og:type`, by microformats (one `h-entry`), by exactly one
//! `<article>` with a `<time>` or a permalink, or because the site's own feed lists it. A page with several entries is
//! none of them, unless it says of itself that it is an article and one of them is the page's own.

use std::collections::HashSet;
use std::ops::Range;

use url::Url;

use self::content::ContentSource;
use self::json_ld::Article;
use self::metadata::Facts;
use self::microformats::Marks;
use super::entry::{Entry, MAX_SUMMARY};
use super::{SkipReason, date};
use crate::html::{Base, Document};
use crate::linkback::trackback::Ping;
use crate::text::{clean, crop};
use crate::urls::{bare_host, is_home, is_page, is_plain_web, page_key, trim_fragment};

mod boilerplate;
pub(super) mod content;
mod excerpt;
mod exclusion;
mod json_ld;
mod metadata;
mod microformats;

/// What is known of a page before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hint<'a> {
    /// Where it was fetched, or where it is published if the page says nothing else.
    pub(super) url: Option<&'a Url>,
    pub(super) asked: ReadReason,
    /// The [`page_key`]s of the entries in the site's own feed.
    pub(super) listed: &'a HashSet<String>,
    /// The name of the weblog, if the page does not say it.
    pub(super) blog_name: &'a str,
}

/// Why a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadReason {
    /// A person named it: it is an entry even if it does not say so.
    Named,
    /// The site's feed has it.
    Listed,
    /// It stands in the site's folder.
    Found,
}

/// What a page is.
#[derive(Debug)]
pub(super) enum PageKind {
    /// An entry, and what of it is missing.
    Entry(Box<Entry>, Vec<SkipReason>),
    /// None.
    No(SkipReason),
}

/// Reads a page.
pub(super) fn read(html: &str, hint: &Hint<'_>) -> PageKind {
    let tree = Document::parse(html);
    let page = EntryPage::new(&tree, hint);
    page.judge().unwrap_or_else(PageKind::No)
}

/// What a page names as its canonical address, if that is a whole one.
pub(super) fn canonical(html: &str) -> Option<Url> {
    let facts = Facts::read(&Document::parse(html));
    Url::parse(facts.canonical?.trim()).ok().filter(is_web)
}

/// Whether a URL can be an entry's.
pub(super) fn is_web(url: &Url) -> bool {
    is_plain_web(url) && url.as_str().len() <= Ping::MAX_URL
}

/// One line of plain text that is no longer than a ping's title may be.
pub(super) fn line(text: &str) -> String {
    crop(&clean(text), Ping::MAX_TITLE, "…").into_owned()
}

/// The beginning of a text, as a summary.
pub(super) fn beginning(text: &str) -> String {
    crop(text, MAX_SUMMARY - 1, "…").into_owned()
}

struct EntryPage<'a> {
    tree: &'a Document,
    hint: &'a Hint<'a>,
    asked: ReadReason,
    facts: Facts,
    /// The page's own article in JSON-LD.
    article: Option<Article>,
    /// What relative URLs are relative to.
    base: Option<Base>,
}

/// The part of a page that is the entry.
#[derive(Clone, Copy)]
enum EntryScope {
    /// This element.
    Element(usize),
    /// Not marked.
    Page,
}

impl<'a> EntryPage<'a> {
    fn new(tree: &'a Document, hint: &'a Hint<'a>) -> EntryPage<'a> {
        let facts = Facts::read(tree);
        let mut articles = json_ld::articles(&facts.json_ld);
        let article = if articles.len() == 1 {
            articles.pop()
        } else {
            None
        };
        let absolute = |text: &Option<String>| text.as_ref().and_then(|text| Url::parse(text).ok());
        let own = hint
            .url
            .cloned()
            .or_else(|| absolute(&facts.canonical))
            .or_else(|| absolute(&facts.og_url));
        let base = own
            .or_else(|| absolute(&facts.base))
            .filter(is_web)
            .map(|own| Base::new(tree, &own));
        let mut page = EntryPage {
            tree,
            hint,
            asked: hint.asked,
            facts,
            article,
            base,
        };
        let is_listed = |url: Url| hint.listed.contains(&page_key(&url));
        if page.asked == ReadReason::Found && page.permalink(None).is_some_and(is_listed) {
            page.asked = ReadReason::Listed;
        }
        page
    }

    fn judge(&self) -> Result<PageKind, SkipReason> {
        let facts = &self.facts;
        if exclusion::leads_away(facts) {
            return Err(SkipReason::Redirect);
        }
        if exclusion::asks_not_to_be_found(facts) && self.asked != ReadReason::Named {
            return Err(SkipReason::NoIndex);
        }
        let scope = self.scope()?;
        let marks = self.marks(scope);
        let permalink = self.permalink(marks.url.as_deref());
        if !self.says_so() && self.asked == ReadReason::Found {
            // Compared with what it shows, the page is what it is without that.
            let own = self.permalink(None).or_else(|| permalink.clone());
            self.weigh(scope, &marks, own.as_ref())?;
        }
        let own = match scope {
            EntryScope::Element(number) => Some(number),
            EntryScope::Page => None,
        };
        if exclusion::is_draft(self.tree, facts, self.article.as_ref(), own) {
            return Err(SkipReason::Draft);
        }
        let permalink = permalink.ok_or(SkipReason::NoPermalink)?;
        Ok(self.entry(scope, &marks, permalink))
    }

    /// Whether the page says in so many words that it is an article.
    fn says_so(&self) -> bool {
        let og = self.facts.og_type.as_deref().map(str::trim);
        self.article.is_some() || og.is_some_and(|kind| kind.eq_ignore_ascii_case("article"))
    }

    /// The part of the page that is the entry.
    fn scope(&self) -> Result<EntryScope, SkipReason> {
        let facts = &self.facts;
        let marked = if facts.h_entries.is_empty() {
            &facts.articles
        } else {
            &facts.h_entries
        };
        match marked.as_slice() {
            [] => Ok(EntryScope::Page),
            [one] => Ok(EntryScope::Element(*one)),
            several if self.says_so() || self.asked != ReadReason::Found => {
                // One of them is the page's own, the others are those that it leads to.
                let has_heading = |number: &&usize| {
                    let mut elements = self.tree.elements(self.tree.inside(**number));
                    elements.any(|element| element.is("h1"))
                };
                let mut headed = several.iter().filter(has_heading);
                match (headed.next(), headed.next(), facts.contents.as_slice()) {
                    (Some(own), None, _) => Ok(EntryScope::Element(*own)),
                    (_, _, [_]) => Ok(EntryScope::Page),
                    _ => Err(SkipReason::SeveralEntries),
                }
            }
            _ => Err(SkipReason::SeveralEntries),
        }
    }

    fn range(&self, scope: EntryScope) -> Range<usize> {
        match scope {
            EntryScope::Element(number) => self.tree.inside(number),
            EntryScope::Page => 0..self.tree.node_count(),
        }
    }

    /// What is marked in the entry; a heading may stand before it.
    fn marks(&self, scope: EntryScope) -> Marks {
        let main = self.facts.main.map(|main| self.tree.inside(main));
        match (scope, main) {
            (EntryScope::Page, Some(main)) => Marks::read(self.tree, main),
            (EntryScope::Element(_), Some(main)) => {
                let mut marks = Marks::read(self.tree, self.range(scope));
                if marks.heading.is_none() {
                    marks.heading = microformats::heading(self.tree, main);
                }
                marks
            }
            (_, None) => Marks::read(self.tree, self.range(scope)),
        }
    }

    /// Looks for evidence in the marks of a page that does not say what it is.
    fn weigh(
        &self,
        scope: EntryScope,
        marks: &Marks,
        permalink: Option<&Url>,
    ) -> Result<(), SkipReason> {
        let EntryScope::Element(number) = scope else {
            return Err(SkipReason::NotAnEntry);
        };
        let is_h_entry = self.facts.h_entries.contains(&number);
        if !is_h_entry && marks.time.is_none() && marks.url.is_none() {
            return Err(SkipReason::NotAnEntry);
        }
        // A list with one entry in it: what it shows is published elsewhere on this site.
        let leads_on = |href: &String| {
            let Some(permalink) = permalink else {
                return true;
            };
            let to = self.base.as_ref().and_then(|base| base.join(href));
            to.is_some_and(|to| to.host() == permalink.host() && !is_page(&to, permalink))
        };
        let is_list = marks.url.iter().chain(&marks.heading_link).any(leads_on);
        let is_home = permalink.is_some_and(|permalink| permalink.path() == "/");
        if is_list || is_home {
            return Err(SkipReason::NotAnEntry);
        }
        Ok(())
    }

    /// Where the page says that it is published; `marked` is the `u-url` of its entry.
    fn permalink(&self, marked: Option<&str>) -> Option<Url> {
        let resolve = |text: &str| {
            let mut url = match &self.base {
                Some(base) => base.join(text)?,
                None => Url::parse(text).ok()?,
            };
            trim_fragment(&mut url);
            is_web(&url).then_some(url)
        };
        let said = self
            .article
            .as_ref()
            .and_then(|article| article.url.as_deref());
        // A page that names one of another site is a copy, or shows what is somebody else's: nobody speaks for that site.
        let is_here = |url: &Url| {
            let own = self.hint.url.map(bare_host);
            own.is_none_or(|own| own == bare_host(url))
        };
        [
            self.facts.canonical.as_deref(),
            self.facts.og_url.as_deref(),
            marked,
            said,
        ]
        .into_iter()
        .flatten()
        .filter_map(resolve)
        .find(|url| is_here(url) && !self.is_only_home(url))
        .or_else(|| self.hint.url.cloned())
    }

    /// Whether `url` is the home page, and this is another one.
    fn is_only_home(&self, url: &Url) -> bool {
        is_home(url) && self.hint.url.is_some_and(|own| !is_home(own))
    }

    fn entry(&self, scope: EntryScope, marks: &Marks, permalink: Url) -> PageKind {
        let mut missing = Vec::new();
        let facts = &self.facts;
        let article = self.article.clone().unwrap_or_default();
        let first = |all: &[&Option<String>]| {
            let cleaned = |text: &&Option<String>| text.as_deref().map(clean);
            let mut all = all.iter().filter_map(cleaned);
            all.find(|text| !text.is_empty()).unwrap_or_default()
        };
        let title = first(&[
            &article.title,
            &marks.name,
            &facts.og_title,
            &marks.heading,
            &facts.title,
        ]);
        let own_base = Base::of(&permalink);
        let base = self.base.as_ref().unwrap_or(&own_base);
        let canonical = facts.canonical.as_deref();
        let canonical = canonical.and_then(|text| base.join(text));
        if canonical.is_some_and(|url| self.is_only_home(&url)) {
            missing.push(SkipReason::CanonicalIsHome);
        }
        let source = ContentSource {
            page: self.tree,
            base,
            own: &permalink,
            title: &title,
        };
        let mut named: Vec<&str> = marks.answers.iter().map(String::as_str).collect();
        named.extend(self.link_of_title(marks, &permalink));
        let content = match self.region(scope) {
            Some(range) => content::read(&source, range, &named),
            None => {
                missing.push(SkipReason::NoContent);
                content::read(&source, 0..0, &named)
            }
        };
        if content.more {
            missing.push(SkipReason::TooManyLinks);
        }
        if self.tree.is_cut() {
            missing.push(SkipReason::TooLarge);
        }
        let time = |all: &[&Option<String>]| {
            let mut all = all.iter().filter_map(|text| text.as_deref());
            all.find_map(date::read)
        };
        let summary = first(&[
            &facts.description,
            &facts.og_description,
            &marks.summary,
            &article.summary,
        ]);
        let summary = if summary.is_empty() {
            &content.text
        } else {
            &summary
        };
        let blog_name = Some(self.hint.blog_name.to_owned());
        let entry = Entry {
            title: line(&title),
            summary: beginning(summary),
            blog_name: line(&first(&[&facts.site_name, &blog_name, &article.publisher])),
            published: time(&[
                &article.published,
                &facts.published,
                &marks.published,
                &marks.time,
            ]),
            updated: time(&[&article.updated, &facts.modified, &marks.updated]),
            digest: self
                .region(scope)
                .map(|_| content::digest(&content.text, &content.links)),
            links: content.links,
            permalink,
        };
        PageKind::Entry(Box::new(entry), missing)
    }

    /// Where the title leads, if that is another site: the entry is about that page.
    fn link_of_title<'m>(&self, marks: &'m Marks, permalink: &Url) -> Option<&'m str> {
        let href = marks.heading_link.as_deref()?;
        let to = self.base.as_ref()?.join(href)?;
        (bare_host(&to) != bare_host(permalink)).then_some(href)
    }

    /// The part of the page that holds the entry's content.
    fn region(&self, scope: EntryScope) -> Option<Range<usize>> {
        let facts = &self.facts;
        let range = self.range(scope);
        let mut contents = facts
            .contents
            .iter()
            .filter(|number| range.contains(number));
        match (scope, contents.next(), contents.next()) {
            (EntryScope::Element(_), Some(first), _) | (EntryScope::Page, Some(first), None) => {
                Some(self.tree.inside(*first))
            }
            (EntryScope::Element(_), None, _) => Some(range),
            (EntryScope::Page, ..) => {
                let named = self.asked == ReadReason::Named;
                let whole = || named.then(|| self.whole());
                facts.main.map(|main| self.tree.inside(main)).or_else(whole)
            }
        }
    }

    fn whole(&self) -> Range<usize> {
        self.facts
            .body
            .map_or(0..self.tree.node_count(), |body| self.tree.inside(body))
    }
}

#[cfg(test)]
mod tests;
