//! Decides whether a page is an entry, and extracts its permalink, texts and links.
//!
//! A page is an entry if its markup says so: JSON-LD or `og:type`, microformats (an `h-entry`), an `<article>` with a
//! `<time>` or a permalink, or because the site's own feed lists it. A page with several entries is none of them, unless
//! one of them is the page's own; `entry_scope.rs` tells it from teasers.

use std::collections::HashSet;
use std::ops::Range;

use percent_encoding::percent_decode_str;
use url::Url;

pub(crate) use self::author_text::AuthorText;
pub(super) use self::boilerplate::Within;
use self::content::{ContentSource, EntryContent};
use self::json_ld::Article;
use self::metadata::PageMetadata;
use self::microformats::EntryProperties;
pub(crate) use self::microformats::all_answers;
use super::entry::{Entry, MAX_SUMMARY};
use super::{SkipReason, date};
use crate::html::{Base, Document, Element};
use crate::linkback::trackback::Ping;
use crate::text::{clean, crop};
use crate::urls::{
    bare_host, is_home, is_page, is_plain_web, page_key, trim_fragment, without_tracking,
};

mod author_text;
mod beside;
mod boilerplate;
mod byline;
pub(super) mod content;
mod entry_scope;
mod entry_title;
mod excerpt;
mod exclusion;
mod json_ld;
mod metadata;
mod microformats;
mod parts;
mod teaser;
mod titles;

/// What is known about a page before it is parsed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hint<'a> {
    /// Its URL, unless the page names another.
    pub(super) url: Option<&'a Url>,
    pub(super) asked: ReadReason,
    /// The [`page_key`]s of the entries in the site's own feed.
    pub(super) listed: &'a HashSet<String>,
    /// The name of the weblog, unless the page names it.
    pub(super) blog_name: &'a str,
}

/// Why a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadReason {
    /// The user named it: it is an entry even if its markup does not say so.
    Named,
    /// The site's feed has it.
    Listed,
    /// The site's feed has its whole text: of its links, only those to the pages that it answers are wanted.
    Answers,
    /// It is in the site's folder.
    Found,
}

/// Whether a page is an entry.
#[derive(Debug)]
pub(super) enum PageKind {
    /// An entry, with what is missing from it.
    Entry(Box<Entry>, Vec<SkipReason>),
    /// Not an entry, with the reason.
    No(SkipReason),
}

/// Parses a page.
pub(super) fn parse(tree: &Document, hint: &Hint<'_>) -> PageKind {
    let page = EntryPage::new(tree, hint);
    page.judge().unwrap_or_else(PageKind::No)
}

/// The title and the permalink of the entry whose page is at `url`, as the page states them; `None` if it is no entry.
pub(crate) fn stated_by_page(tree: &Document, url: &Url) -> Option<(String, Url)> {
    let entry = entry_at(tree, url, ReadReason::Listed)?;
    Some((entry.title, entry.permalink))
}

/// The title of a page, whether it is an entry or not: without the name of its site, as [`stated_by_page`] gives it.
pub(crate) fn page_title(tree: &Document, url: &Url) -> String {
    let nothing = HashSet::new();
    let hint = hint_of(url, ReadReason::Listed, &nothing);
    let page = EntryPage::new(tree, &hint);
    let scope = page.scope().unwrap_or(EntryScope::Page);
    page.title(scope, &page.marks(scope))
}

/// What is read of a page that the user names: its entry, and its author's text.
#[cfg(feature = "internals")]
pub fn named_page(tree: &Document, url: &Url) -> (Option<Entry>, String) {
    let text = AuthorText::of(tree, url).as_str().to_owned();
    (entry_at(tree, url, ReadReason::Named), text)
}

fn entry_at(tree: &Document, url: &Url, asked: ReadReason) -> Option<Entry> {
    let nothing = HashSet::new();
    match parse(tree, &hint_of(url, asked, &nothing)) {
        PageKind::Entry(entry, _) => Some(*entry),
        PageKind::No(_) => None,
    }
}

fn hint_of<'page>(
    url: &'page Url,
    asked: ReadReason,
    listed: &'page HashSet<String>,
) -> Hint<'page> {
    Hint {
        url: Some(url),
        asked,
        listed,
        blog_name: "",
    }
}

/// The canonical URL of a page, if it is absolute.
pub(super) fn canonical(page: &Document) -> Option<Url> {
    let metadata = PageMetadata::collect(page);
    Url::parse(metadata.canonical?.trim()).ok().filter(is_web)
}

/// Whether a URL may be that of an entry.
pub(super) fn is_web(url: &Url) -> bool {
    is_plain_web(url) && url.as_str().len() <= Ping::MAX_URL
}

/// One line of plain text, cropped to the limit of a ping's title.
pub(super) fn line(text: &str) -> String {
    crop(&clean(text), Ping::MAX_TITLE, "…").into_owned()
}

/// The beginning of a text, as a summary.
pub(super) fn beginning(text: &str) -> String {
    crop(text, MAX_SUMMARY - 1, "…").into_owned()
}

/// The first of several texts that is not empty, as clean text.
fn first_text(all: &[Option<&str>]) -> String {
    let mut cleaned = all.iter().flatten().map(|text| clean(text));
    cleaned.find(|text| !text.is_empty()).unwrap_or_default()
}

/// Whether an element of a head names a feed.
fn is_feed_link(element: Element<'_>) -> bool {
    let kind = element.attribute("type").unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    let is_feed = |name: &&str| kind.contains(*name);
    element.has_rel("alternate") && ["rss+xml", "atom+xml", "feed+json"].iter().any(is_feed)
}

struct EntryPage<'a> {
    tree: &'a Document,
    hint: &'a Hint<'a>,
    asked: ReadReason,
    metadata: PageMetadata,
    /// The page's own article in JSON-LD.
    article: Option<Article>,
    /// The base of relative URLs.
    base: Option<Base>,
    /// The [`letters`](titles::letters) of what the page and its site call the site.
    sites: Vec<String>,
    /// The numbers of the headings that are the page's own title.
    headings: Vec<usize>,
    /// The host of its permalink.
    own_host: Option<String>,
}

/// The part of a page that is the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryScope {
    /// This element.
    Element(usize),
    /// The whole page: the entry is not marked.
    Page,
}

impl<'a> EntryPage<'a> {
    fn new(tree: &'a Document, hint: &'a Hint<'a>) -> EntryPage<'a> {
        let metadata = PageMetadata::collect(tree);
        let mut articles = json_ld::articles(&metadata.json_ld);
        let article = if articles.len() == 1 {
            articles.pop()
        } else {
            None
        };
        let absolute = |text: &Option<String>| text.as_ref().and_then(|text| Url::parse(text).ok());
        let own = hint
            .url
            .cloned()
            .or_else(|| absolute(&metadata.canonical))
            .or_else(|| absolute(&metadata.og_url));
        let base = own
            .or_else(|| absolute(&metadata.base))
            .filter(is_web)
            .map(|own| Base::new(tree, &own));
        let mut page = EntryPage {
            tree,
            hint,
            asked: hint.asked,
            metadata,
            article,
            base,
            sites: Vec::new(),
            headings: Vec::new(),
            own_host: None,
        };
        page.take_wrapped_contents();
        let own_host = |own: Url| bare_host(&own).to_owned();
        page.own_host = page.permalink(None).map(own_host);
        page.sites = page.names_of_site();
        page.headings = page.own_headings();
        let is_listed = |url: Url| hint.listed.contains(&page_key(&url));
        if page.asked == ReadReason::Found && page.permalink(None).is_some_and(is_listed) {
            page.asked = ReadReason::Listed;
        }
        page
    }

    fn judge(&self) -> Result<PageKind, SkipReason> {
        let metadata = &self.metadata;
        if self.is_front_page() {
            return Err(SkipReason::FrontPage(None));
        }
        if exclusion::leads_away(self.tree, self.hint.url) {
            return Err(SkipReason::Redirect);
        }
        if exclusion::asks_not_to_be_found(metadata) && self.asked != ReadReason::Named {
            return Err(SkipReason::NoIndex);
        }
        if matches!(self.asked, ReadReason::Listed | ReadReason::Answers) && self.is_of_a_place() {
            return Err(SkipReason::SeveralEntries);
        }
        let mut urls = self
            .hint
            .url
            .cloned()
            .into_iter()
            .chain(self.permalink(None));
        if self.asked == ReadReason::Found && urls.any(|url| exclusion::is_in_drafts(&url)) {
            return Err(SkipReason::Draft);
        }
        let scope = self.scope()?;
        if self.asked == ReadReason::Named && self.is_profile(scope) {
            return Err(SkipReason::NotAnEntry);
        }
        let marks = self.marks(scope);
        let permalink = self.permalink(marks.url.as_deref());
        if !self.says_so() && self.asked == ReadReason::Found {
            // The metadata contradicts the content, so it is ignored.
            let own = self.permalink(None).or_else(|| permalink.clone());
            self.decide_by_properties(scope, &marks, own.as_ref())?;
        }
        let own = match scope {
            EntryScope::Element(number) => Some(number),
            EntryScope::Page => None,
        };
        if exclusion::is_draft(self.tree, metadata, self.article.as_ref(), own) {
            return Err(SkipReason::Draft);
        }
        let permalink = permalink.ok_or(SkipReason::NoPermalink)?;
        if self.asked != ReadReason::Named && self.is_home_by_name(&permalink) {
            return Err(SkipReason::CanonicalIsHome);
        }
        Ok(self.entry(scope, &marks, permalink))
    }

    /// Whether the permalink names a part of the page, or what a script makes of it, and not the page.
    fn is_of_a_place(&self) -> bool {
        let fragment = self.hint.url.and_then(|own| own.fragment());
        let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) else {
            return false;
        };
        let decoded = percent_decode_str(fragment).decode_utf8_lossy();
        let is_it = |element: &Element<'_>| {
            let is_named = element.is("a") && element.attribute("name") == Some(&*decoded);
            is_named || element.attribute("id") == Some(&*decoded)
        };
        let place = self.tree.elements(0..self.tree.node_count()).find(is_it);
        // The title and the entry stand for the page. With several of them it is a list.
        let is_page =
            |place: Element<'_>| ["h1", "article", "main", "body", "html"].contains(&place.name());
        fragment.starts_with(['!', '/']) || place.is_some_and(|place| !is_page(place))
    }

    /// Whether the page's metadata says that it is an article.
    fn says_so(&self) -> bool {
        let og = self.metadata.og_type.as_deref().map(str::trim);
        self.article.is_some() || og.is_some_and(|kind| kind.eq_ignore_ascii_case("article"))
    }

    fn range(&self, scope: EntryScope) -> Range<usize> {
        match scope {
            EntryScope::Element(number) => self.tree.inside(number),
            EntryScope::Page => 0..self.tree.node_count(),
        }
    }

    /// The properties of the entry.
    fn marks(&self, scope: EntryScope) -> EntryProperties {
        let mut marks = EntryProperties::collect(self.tree, self.range_of_marks(scope));
        marks.answers = self.answers(scope, marks.answers);
        marks
    }

    /// The part of the page that has the properties of the entry.
    fn range_of_marks(&self, scope: EntryScope) -> Range<usize> {
        match (scope, self.metadata.main) {
            (EntryScope::Page, Some(main)) => self.tree.inside(main),
            (EntryScope::Page | EntryScope::Element(_), _) => self.range(scope),
        }
    }

    /// The first `<time>` that is the entry's date.
    fn time(&self, scope: EntryScope, source: &ContentSource<'_>) -> Option<String> {
        let text = self.region(scope).unwrap_or_default();
        // What has the title in it has the date too.
        let has_title = || self.tree.elements(text.clone()).any(|one| one.is("h1"));
        let within = match source.within {
            Within::Content if !has_title() => Within::Content,
            Within::Content | Within::Page => Within::Page,
        };
        let at = (source.base, source.own);
        metadata::own_elements(self.tree, self.range_of_marks(scope))
            .filter(|element| element.is("time"))
            .find(|time| !byline::is_spoken_of(*time, (&text, within), at))
            .map(|time| microformats::moment_of(self.tree, time))
    }

    /// Decides by the properties of an entry whose page has no such metadata.
    fn decide_by_properties(
        &self,
        scope: EntryScope,
        marks: &EntryProperties,
        permalink: Option<&Url>,
    ) -> Result<(), SkipReason> {
        let EntryScope::Element(number) = scope else {
            return Err(SkipReason::NotAnEntry);
        };
        let is_h_entry = self.metadata.h_entries.contains(&number);
        if !is_h_entry && marks.time.is_none() && marks.url.is_none() {
            return Err(SkipReason::NotAnEntry);
        }
        // A list with one entry, which is published elsewhere on this site.
        let leads_on = |href: &String| {
            let Some(permalink) = permalink else {
                return true;
            };
            let to = self.base.as_ref().and_then(|base| base.join(href));
            to.is_some_and(|to| to.host() == permalink.host() && !is_page(&to, permalink))
        };
        let is_list = marks.url.iter().chain(&marks.heading_link).any(leads_on)
            || permalink.is_some_and(|own| self.is_teaser(number, own));
        if is_list || permalink.is_some_and(|permalink| permalink.path() == "/") {
            return Err(match permalink {
                Some(home) if !is_list && self.is_home_by_name(home) => SkipReason::CanonicalIsHome,
                _ => SkipReason::NotAnEntry,
            });
        }
        Ok(())
    }

    /// The permalink that the page names; `marked` is the `u-url` of its entry.
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
        // A page that names a permalink on another site is a copy; only that site may send pings for it.
        // What an entry marks as its URL may be the page that it is about.
        let metadata = &self.metadata;
        let named = [&metadata.canonical, &metadata.og_url, &metadata.base];
        let mut sites = named
            .into_iter()
            .filter_map(|text| text.as_deref())
            .chain(said);
        let site = match self.hint.url {
            Some(own) => Some(own.clone()),
            None => sites.find_map(|text| Url::parse(text.trim()).ok().filter(is_web)),
        };
        let is_here = |url: &Url| {
            let own = site.as_ref();
            own.is_some_and(|own| bare_host(own) == bare_host(url))
        };
        [
            metadata.canonical.as_deref(),
            metadata.og_url.as_deref(),
            marked,
            said,
        ]
        .into_iter()
        .flatten()
        .filter_map(resolve)
        .find(|url| is_here(url) && !self.is_only_home(url))
        .or_else(|| self.hint.url.map(without_tracking))
    }

    /// Whether `url` is the home page and this page is not.
    fn is_only_home(&self, url: &Url) -> bool {
        is_home(url) && self.hint.url.is_some_and(|own| !is_home(own))
    }

    /// Whether the page that the user named is the front page of a site, which changes with each entry.
    fn is_front_page(&self) -> bool {
        let metadata = &self.metadata;
        let is_root = self.hint.url.is_some_and(is_home);
        if self.asked != ReadReason::Named || !is_root || self.says_so() {
            return false;
        }
        let og = metadata.og_type.as_deref().map(str::trim);
        let resolve = |text: &String| self.base.as_ref().and_then(|base| base.join(text));
        let canonical = metadata.canonical.as_ref().and_then(resolve);
        let mut elements = self.tree.elements(0..self.tree.node_count());
        og.is_some_and(|kind| kind.eq_ignore_ascii_case("website"))
            || canonical.is_some_and(|url| is_home(&url))
            || elements.any(|element| element.is("link") && is_feed_link(element))
    }

    /// Whether the page itself says that it is the home page, and nothing else says where it is.
    fn is_home_by_name(&self, permalink: &Url) -> bool {
        self.hint.url.is_none() && is_home(permalink)
    }

    fn entry(&self, scope: EntryScope, marks: &EntryProperties, permalink: Url) -> PageKind {
        let mut missing = Vec::new();
        let metadata = &self.metadata;
        let article = self.article.clone().unwrap_or_default();
        let title = self.title(scope, marks);
        let own_base = Base::of(&permalink);
        let base = self.base.as_ref().unwrap_or(&own_base);
        let canonical = metadata.canonical.as_deref();
        let canonical = canonical.and_then(|text| base.join(text));
        if canonical.is_some_and(|url| self.is_only_home(&url)) {
            missing.push(SkipReason::CanonicalIsHome);
        }
        let source = ContentSource {
            page: self.tree,
            base,
            own: &permalink,
            title: &title,
            within: self.within(scope),
            left_out: &self.teasers(scope),
        };
        let mut named: Vec<&str> = marks.answers.iter().map(String::as_str).collect();
        named.extend(self.link_of_title(marks, &permalink));
        let content = self.content(scope, &source, &named, &mut missing);
        let time = |all: &[&Option<String>]| {
            let mut all = all.iter().filter_map(|text| text.as_deref());
            all.find_map(date::parse)
        };
        let said = |text: &Option<String>| text.as_deref().map(titles::readable);
        let summary = first_text(&[
            said(&metadata.description).as_deref(),
            said(&metadata.og_description).as_deref(),
            marks.summary.as_deref(),
            said(&article.summary).as_deref(),
        ]);
        let summary = if summary.is_empty() {
            &content.text
        } else {
            &summary
        };
        let entry = Entry {
            title: line(&title),
            summary: beginning(summary),
            blog_name: line(&first_text(&[
                said(&metadata.site_name).as_deref(),
                Some(self.hint.blog_name),
                said(&article.publisher).as_deref(),
            ])),
            published: time(&[
                &article.published,
                &metadata.published,
                &marks.published,
                &self.time(scope, &source),
            ]),
            updated: time(&[&article.updated, &metadata.modified, &marks.updated]),
            digest: self
                .region(scope)
                .map(|_| content::digest(&content.text, &content.links)),
            links: content.links,
            ..Entry::at(permalink)
        };
        PageKind::Entry(Box::new(entry), missing)
    }

    /// The content of the entry. Notes what is missing from it.
    fn content(
        &self,
        scope: EntryScope,
        source: &ContentSource<'_>,
        named: &[&str],
        missing: &mut Vec<SkipReason>,
    ) -> EntryContent {
        let region = self.region(scope);
        let parts = self.parts(scope);
        if parts.is_none() {
            missing.push(SkipReason::NoContent);
        }
        let parts = parts.filter(|_| self.asked != ReadReason::Answers);
        let content = content::extract(source, &parts.unwrap_or_default(), named);
        let is_read =
            region.filter(|_| self.asked != ReadReason::Answers && content.links.is_empty());
        if let Some(region) = is_read {
            if content.text.is_empty() && self.has_link_elsewhere(scope, source.own) {
                missing.push(SkipReason::NoContent);
            } else if self.has_link_outside(&region, source.left_out) {
                missing.push(SkipReason::LinksElsewhere);
            }
        }
        if content.more {
            missing.push(SkipReason::TooManyLinks);
        }
        if self.tree.is_cut() {
            missing.push(SkipReason::TooLarge);
        }
        content
    }

    /// The link of the title, if it leads to another site: the entry is about that page.
    fn link_of_title<'m>(&self, marks: &'m EntryProperties, permalink: &Url) -> Option<&'m str> {
        let href = marks.heading_link.as_deref()?;
        let to = self.base.as_ref()?.join(href)?;
        (bare_host(&to) != bare_host(permalink)).then_some(href)
    }

    /// Whether a reader sees a link to another site in the entry, although not in what counts as its content.
    fn has_link_elsewhere(&self, scope: EntryScope, permalink: &Url) -> bool {
        let Some((base, range)) = self.base.as_ref().zip(self.region(scope)) else {
            return false;
        };
        metadata::own_elements(self.tree, range)
            .filter(|element| element.is("a") && self.tree.is_shown(element.number()))
            .filter_map(|link| base.join(link.attribute("href")?))
            .any(|to| bare_host(&to) != bare_host(permalink))
    }

    /// The part of the page that contains the entry's content.
    fn region(&self, scope: EntryScope) -> Option<Range<usize>> {
        let metadata = &self.metadata;
        let contents = self.contents_of(scope);
        match (scope, contents.as_slice()) {
            (EntryScope::Element(_), [first, ..]) | (EntryScope::Page, [first]) => {
                Some(self.tree.inside(*first))
            }
            (EntryScope::Element(_), []) => Some(self.range(scope)),
            (EntryScope::Page, ..) => {
                let named = self.asked == ReadReason::Named;
                let whole = || named.then(|| self.whole());
                metadata
                    .main
                    .map(|main| self.tree.inside(main))
                    .or_else(|| self.post_box())
                    .or_else(whole)
            }
        }
    }

    /// Whether that part is marked as nothing but the content.
    fn within(&self, scope: EntryScope) -> Within {
        let region = self.region(scope);
        let is_marked = |number: &usize| region == Some(self.tree.inside(*number));
        match self.metadata.contents.iter().any(is_marked) {
            true => Within::Content,
            false => Within::Page,
        }
    }

    fn whole(&self) -> Range<usize> {
        self.metadata
            .body
            .map_or(0..self.tree.node_count(), |body| self.tree.inside(body))
    }
}

#[cfg(test)]
mod tests;
