//! Tells the teaser of an entry, on a list that has only one, from the entry itself: a teaser leads on to the page that has
//! the whole of it, by "Read more", by its date, or by a link that lies over it. A whole entry with a permalink elsewhere is
//! on a list, too.

use url::Url;

use super::entry_scope::{LABEL, is_heading};
use super::metadata::{is_answer, own_elements};
use super::{EntryPage, line};
use crate::html::Element;
use crate::urls::{bare_host, is_below, is_home, is_page, sent_entry_key};

impl EntryPage<'_> {
    /// Whether the marked entry is a teaser on the page at `own`. One with the page's title, or with headings in its text,
    /// is the entry, whatever it links to.
    pub(super) fn is_teaser(&self, number: usize, own: &Url) -> bool {
        let range = self.tree.inside(number);
        let headings = self
            .tree
            .elements(range.clone())
            .filter(|one| is_heading(*one));
        let has_title = self.headings.iter().any(|one| range.contains(one));
        if has_title {
            return false;
        }
        if self.has_permalink_elsewhere(number, own) {
            return true;
        }
        if headings.take(2).count() > 1 {
            return false;
        }
        let leads_on = |link: Element<'_>| {
            let to = self.base.as_ref()?.join(link.attribute("href")?)?;
            let is_other = is_other(&to, own);
            let is_last = || self.prose(link.end()..range.end, &[]) < LABEL;
            let is_on = is_overlay(link) || is_date(link, &to) || says_more(link) && is_last();
            Some(is_other && is_on && !is_in_list(link, number))
        };
        own_elements(self.tree, range.clone())
            .filter(|element| element.is("a"))
            .take(MAX_LINKS)
            .any(|link| leads_on(link) == Some(true))
    }

    /// Whether the marked entry has its permalink on its date, or marked as one, and that is another page than the one at
    /// `own`: a list has the whole of it. What leads to several other pages are no permalinks.
    fn has_permalink_elsewhere(&self, number: usize, own: &Url) -> bool {
        let range = self.tree.inside(number);
        let permalink = |link: Element<'_>| {
            let to = self.base.as_ref()?.join(link.attribute("href")?)?;
            let is_marked = link.has_class("permalink") || link.has_rel("permalink");
            let is_one = is_marked || is_only_date(link) && !is_archive(&to);
            let is_about = is_answer(link) || ["prev", "next"].iter().any(|rel| link.has_rel(rel));
            let is_in_text = || is_in_list(link, number) || is_quoted(link, number);
            (is_one && is_other(&to, own) && !is_about && !is_in_text())
                .then(|| sent_entry_key(&to))
        };
        let links = own_elements(self.tree, range).filter(|element| element.is("a"));
        let mut found = links.filter_map(permalink).take(MAX_LINKS);
        let first = found.next();
        first.is_some_and(|first| found.all(|other| other == first))
    }
}

/// Whether a link leads to another page of the site than the one at `own`, and neither up from there nor home.
fn is_other(to: &Url, own: &Url) -> bool {
    bare_host(to) == bare_host(own)
        && sent_entry_key(to) != sent_entry_key(own)
        && !is_page(to, own)
        && !is_home(to)
        && !is_below(own, to)
}

/// Whether a link is a date and nothing else: it has only a `<time>` in it, or is all that a `<time>` has.
fn is_only_date(link: Element<'_>) -> bool {
    let page = link.page();
    let text = |one: Element<'_>| page.text(one.inside(), MAX_TEXT).trim().to_owned();
    let mut inside = page.elements(link.inside()).take(MAX_AROUND);
    let time = inside.find(|inner| inner.is("time"));
    let time = time.or_else(|| link.parent().filter(|parent| parent.is("time")));
    time.is_some_and(|time| !text(time).is_empty() && text(time) == text(link))
}

/// Whether a page is the archive of a year, a month or a day by its URL (`/2026/11/`, `/?m=202611`).
fn is_archive(to: &Url) -> bool {
    if let Some(query) = to.query().filter(|query| !query.is_empty()) {
        let name = query.split('=').next().unwrap_or_default();
        return !["p", "id", "page_id", "post", "entry", "n"].contains(&name);
    }
    let segments = to.path().split('/').filter(|one| !one.is_empty());
    let segments: Vec<&str> = segments.map(|one| one.trim_end_matches(".html")).collect();
    let is_number = |one: &&&str| one.bytes().all(|byte| !byte.is_ascii_alphabetic());
    let numbers: Vec<&&str> = segments.iter().rev().take_while(is_number).collect();
    let is_year = |one: &&&str| one.starts_with("19") || one.starts_with("20");
    let is_of_a_time = numbers.last().is_some_and(is_year) && numbers.len() <= 3;
    is_of_a_time || segments.iter().any(|one| one.starts_with("archive"))
}

/// Whether a link stands in what the entry quotes or shows.
fn is_quoted(link: Element<'_>, entry: usize) -> bool {
    let around = std::iter::successors(link.parent(), |inner| inner.parent());
    around
        .take(MAX_AROUND)
        .take_while(|around| around.number() != entry)
        .any(|around| matches!(around.name(), "blockquote" | "figure" | "table" | "q"))
}

/// Whether a link has nothing in it, and its name or its class only says where it leads.
fn is_overlay(link: Element<'_>) -> bool {
    let mut inside = link.page().elements(link.inside());
    let text = link.page().text(link.inside(), MAX_TEXT);
    let is_named = ["aria-label", "title", "class"]
        .iter()
        .any(|name| link.attribute(name).is_some());
    is_named && text.trim().is_empty() && inside.next().is_none()
}

/// Whether a link is a date, and does not lead to the archive of that date.
fn is_date(link: Element<'_>, to: &Url) -> bool {
    let is_archive = |segment: &str| {
        let segment = segment.trim_end_matches(".html");
        segment.starts_with("archive") || segment.bytes().all(|byte| !byte.is_ascii_alphabetic())
    };
    let last = to.path().split('/').rfind(|segment| !segment.is_empty());
    let mut inside = link.page().elements(link.inside()).take(MAX_AROUND);
    let is_time = link.parent().is_some_and(|parent| parent.is("time"))
        || inside.any(|inner| inner.is("time"));
    is_time && !last.is_some_and(is_archive)
}

/// Whether a link says that the text goes on behind it.
fn says_more(link: Element<'_>) -> bool {
    let text = line(&link.page().text(link.inside(), MAX_TEXT)).to_lowercase();
    let text = text.trim_matches(|letter: char| !letter.is_alphanumeric());
    CLASSES.iter().any(|class| link.has_class(class))
        || PHRASES.contains(&text)
        || text.starts_with("continue reading ")
}

/// Whether a link is one of several that stand in a list or beside the text.
fn is_in_list(link: Element<'_>, entry: usize) -> bool {
    let around = std::iter::successors(link.parent(), |inner| inner.parent());
    around
        .take(MAX_AROUND)
        .take_while(|around| around.number() != entry)
        .any(|around| matches!(around.name(), "ul" | "ol" | "nav" | "aside"))
}

/// How many links of an entry are looked at: a teaser has few.
const MAX_LINKS: usize = 32;
/// How many elements around a link are looked at.
const MAX_AROUND: usize = 64;
/// How many bytes of a link's text are read.
const MAX_TEXT: usize = 512;

/// The classes of such links in themes.
const CLASSES: [&str; 8] = [
    "more-link",
    "read-more",
    "read-more-link",
    "readmore",
    "continue-reading",
    "entry-link",
    "excerpt-more",
    "post-more",
];

/// What themes write on such links, in lower case.
const PHRASES: [&str; 40] = [
    "continue reading",
    "full post",
    "full story",
    "keep reading",
    "more",
    "read full post",
    "read more",
    "read on",
    "read post",
    "read the full article",
    "read the full post",
    "read the rest",
    "read the rest of this entry",
    "read this post",
    "mehr",
    "mehr lesen",
    "weiterlesen",
    "lire la suite",
    "lire plus",
    "leer más",
    "seguir leyendo",
    "sigue leyendo",
    "continua a leggere",
    "leggi tutto",
    "lees meer",
    "verder lezen",
    "ler mais",
    "continue lendo",
    "czytaj dalej",
    "læs mere",
    "läs mer",
    "lue lisää",
    "читать далее",
    "читать дальше",
    "続きを読む",
    "もっと読む",
    "阅读全文",
    "阅读更多",
    "閱讀更多",
    "더 보기",
];
