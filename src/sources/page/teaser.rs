//! Tells the teaser of an entry, on a list that has only one, from the entry itself: a teaser leads on to the page that has
//! the whole of it, by "Read more", by its date, or by a link that lies over it.

use url::Url;

use super::entry_scope::{LABEL, is_heading};
use super::metadata::own_elements;
use super::{EntryPage, line};
use crate::html::Element;
use crate::urls::{bare_host, is_below, is_home, is_page};

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
        if has_title || headings.take(2).count() > 1 {
            return false;
        }
        let leads_on = |link: Element<'_>| {
            let to = self.base.as_ref()?.join(link.attribute("href")?)?;
            let is_other = bare_host(&to) == bare_host(own)
                && !is_page(&to, own)
                && !is_home(&to)
                && !is_below(own, &to);
            let is_last = || self.prose(link.end()..range.end, &[]) < LABEL;
            let is_on = is_overlay(link) || is_date(link, &to) || says_more(link) && is_last();
            Some(is_other && is_on && !is_in_list(link, number))
        };
        own_elements(self.tree, range.clone())
            .filter(|element| element.is("a"))
            .take(MAX_LINKS)
            .any(|link| leads_on(link) == Some(true))
    }
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
