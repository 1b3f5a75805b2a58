//! Links in the entries of a list: a home page, an archive, a page of a tag or of search results shows entries whose own
//! pages are others, and vouches for none of their links.

use url::Url;

use crate::html::{Base, Element};
use crate::urls::{bare_host, is_below, is_page, page_path};

/// The entries of a page that are open, the outermost first.
pub(super) struct ListedEntries {
    /// The URLs of the page.
    own: Vec<Url>,
    open: Vec<OpenEntry>,
    /// The links in them that the page's author would vouch for, by their places among those that are shown.
    links: Vec<usize>,
}

struct OpenEntry {
    number: usize,
    end: usize,
    /// Its first heading of the first three levels.
    title: Option<usize>,
    /// Its first heading of a lower level, which is its title if it has no other.
    lower_title: Option<usize>,
    /// Whether its permalink is another page of the same host.
    is_elsewhere: bool,
    /// Whether the link of its heading of a lower level is one.
    is_lower_elsewhere: bool,
    /// How many links stand before it.
    before: usize,
}

/// How many elements around a permalink are searched for a card or a citation, whose URL it may be.
const MAX_AROUND: usize = 20;

impl ListedEntries {
    /// Those of a page with these URLs.
    pub(super) fn new(own: Vec<Url>) -> ListedEntries {
        ListedEntries {
            own,
            open: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Begins an entry, or notes the permalink of one: of a link, seen or not, or of a heading in one.
    pub(super) fn enter(&mut self, element: Element<'_>, base: &Base) {
        let is_entry = element.is("article")
            || ["h-entry", "hentry"]
                .iter()
                .any(|class| element.has_class(class));
        if is_entry {
            self.open.push(OpenEntry {
                number: element.number(),
                end: element.end(),
                title: None,
                lower_title: None,
                is_elsewhere: false,
                is_lower_elsewhere: false,
                before: self.links.len(),
            });
            return;
        }
        let is_title = matches!(element.name(), "h1" | "h2" | "h3");
        let is_lower = matches!(element.name(), "h4" | "h5" | "h6");
        let Some(entry) = self.open.last_mut() else {
            return;
        };
        if is_title && entry.title.is_none() {
            entry.title = Some(element.number());
        } else if is_lower && entry.lower_title.is_none() {
            entry.lower_title = Some(element.number());
        } else if !element.is("a") && !element.is("link") {
            return;
        }
        self.note(element, base);
    }

    /// Ends the entries that end before `number`; returns the links in them that are the page's own.
    pub(super) fn close_until(&mut self, number: usize) -> Vec<usize> {
        while let Some(entry) = self.open.pop_if(|entry| entry.end <= number) {
            if entry.is_elsewhere || entry.title.is_none() && entry.is_lower_elsewhere {
                self.links.truncate(entry.before);
            }
        }
        match self.open.is_empty() {
            true => std::mem::take(&mut self.links),
            false => Vec::new(),
        }
    }

    /// Keeps a link until the entry that it stands in is over; false if it stands in none.
    pub(super) fn keep(&mut self, link: usize) -> bool {
        if !self.open.is_empty() {
            self.links.push(link);
        }
        !self.open.is_empty()
    }

    /// Notes that an element is or has the permalink of the entry that it stands in: by `u-url`, by `rel=bookmark`, or as
    /// the link that is all of the entry's title, or around it.
    fn note(&mut self, element: Element<'_>, base: &Base) {
        let Some(entry) = self.open.last_mut() else {
            return;
        };
        let around = || std::iter::successors(Some(element), |inner| inner.parent());
        let around = || around().take_while(|around| around.number() != entry.number);
        let is_titled = |title: Option<usize>| {
            title.is_some_and(|title| element.number() == title || is_all_of_title(element, title))
        };
        let is_marked = element.has_class("u-url") || element.has_rel("bookmark");
        let is_lower = !is_marked && !is_titled(entry.title);
        if is_lower && !is_titled(entry.lower_title) {
            return;
        }
        let link = around().take(MAX_AROUND).find_map(|around| {
            around
                .attribute("href")
                .filter(|_| around.is("a") || around.is("link"))
        });
        let is_others = |around: Element<'_>| around.is_microformat() || around.has_class("vcard");
        let is_by_others = element.page().is_by_others(element.number())
            || around().take(MAX_AROUND).any(is_others);
        let Some(url) = link
            .filter(|_| !is_by_others)
            .and_then(|href| base.join(href.trim()))
        else {
            return;
        };
        let is_elsewhere = is_another_page(&self.own, &url);
        entry.is_elsewhere |= is_elsewhere && !is_lower;
        entry.is_lower_elsewhere |= is_elsewhere;
    }
}

/// Whether a link in a heading is all of it.
fn is_all_of_title(link: Element<'_>, title: usize) -> bool {
    let heading = std::iter::successors(link.parent(), |inner| inner.parent())
        .take(MAX_AROUND)
        .find(|around| around.number() == title);
    let page = link.page();
    let text = |element: Element<'_>| page.text(element.inside(), MAX_HEADING);
    heading.is_some_and(|heading| {
        heading.inside().len() <= MAX_NODES && text(heading).trim() == text(link).trim()
    })
}

/// Whether a permalink is another page than those of the same host in `own`, of which there is one. What the page stands
/// below may be its weblog.
fn is_another_page(own: &[Url], url: &Url) -> bool {
    let is_it = |own: &Url| {
        is_page(own, url)
            || match url.query() {
                None => is_below(own, url),
                Some(_) => own.query().is_some() && page_path(own) == page_path(url),
            }
    };
    let mut here = own
        .iter()
        .filter(|own| bare_host(own) == bare_host(url))
        .peekable();
    here.peek().is_some() && !here.any(is_it)
}

/// The most nodes of a heading that is a permalink.
const MAX_NODES: usize = 50;

/// The most bytes of a heading that are read.
const MAX_HEADING: usize = 600;

#[cfg(test)]
mod tests {
    use super::super::links;
    use super::*;

    #[test]
    fn f4_a_page_vouches_for_no_link_of_an_entry_with_a_page_of_its_own() {
        let own = Url::parse("https://weblog.example/2026/cats.html").unwrap();
        let to = Url::parse("https://blog.example/").unwrap();
        let link = "<a href='https://blog.example/'>x</a>";
        for (page, is_vouched) in [
            (
                "<article class=h-entry><p>LINK</p><a class=u-url href=/p17>1 May</a></article>",
                false,
            ),
            (
                "<article><h2><a href=/p17>Cats</a></h2><p>LINK</article>",
                false,
            ),
            (
                "<article><header><h3><a href=/p17> <b>Cats</b></a></h3></header><p>LINK</article>",
                false,
            ),
            (
                "<div class=hentry><h2><a rel=bookmark href=/p17>Cats</a></h2><p>LINK</div>",
                false,
            ),
            (
                "<div class=hentry><p>LINK<p>Posted <a rel='nofollow bookmark' href='/?p=17'>today</a></div>",
                false,
            ),
            (
                "<article><h2><a href=/p16>Dogs</a></h2><p>x</article><article><h2><a href=/p17>Cats</a></h2><p>LINK</article>",
                false,
            ),
            (
                "<div class=h-feed><div class=h-entry><p>LINK <a class=u-url href=/p17>1 May</a></div></div>",
                false,
            ),
            (
                "<article><h2><a href=/p17>Cats</a></h2><div class=h-entry>LINK</div></article>",
                false,
            ),
            (
                "<article><a href=/p17><h2>Cats</h2></a><p>LINK</article>",
                false,
            ),
            (
                "<article><h4><a href=/p17>Cats</a></h4><p>LINK</article>",
                false,
            ),
            (
                "<article><a class=u-url href=/p17 hidden></a><h2>Cats</h2><p>LINK</article>",
                false,
            ),
            (
                "<article><h2>Cats</h2><p>LINK<a rel=bookmark class=stretched-link href=/p17></a></article>",
                false,
            ),
            (
                "<link rel=canonical href=https://ann.example/><article><h2><a href=/p17>Cats</a></h2><p>LINK</article>",
                false,
            ),
            (
                "<link rel=canonical href=https://ann.example/cats><article><h2><a href=https://ann.example/cats>Cats</a></h2><p>LINK</article>",
                true,
            ),
            (
                "<article><h4><a href=/tags/pets>Pets</a></h4><h1>Cats</h1><p>LINK</article>",
                true,
            ),
            (
                "<article class=h-entry><a class=u-url href=/2026/cats.html>1 May</a> LINK</article>",
                true,
            ),
            (
                "<article><h1><a href='https://www.weblog.example/2026/cats.html#y'>Cats</a></h1>LINK</article>",
                true,
            ),
            (
                "<article><h2><a rel=bookmark href=''>Cats</a></h2>LINK</article>",
                true,
            ),
            (
                "<link rel=canonical href=/p17><article><h2><a href=/p17>Cats</a></h2>LINK</article>",
                true,
            ),
            (
                "<article><h1><a href=/>My weblog</a></h1><h2>Cats</h2>LINK</article>",
                true,
            ),
            (
                "<article><h1><a href=/2026/>2026</a></h1><h2>Cats</h2>LINK</article>",
                true,
            ),
            (
                "<article><h1><a href=https://elsewhere.example/x>Cats</a></h1>LINK</article>",
                true,
            ),
            (
                "<article><h1>Cats</h1>LINK<h2><a href=/p16>Earlier</a></h2></article>",
                true,
            ),
            (
                "<article><h1><a href=/series/>Cats</a>, part 1</h1>LINK</article>",
                true,
            ),
            (
                "<article class=h-entry>LINK<a class='p-author h-card u-url' href=/ann>Ann</a></article>",
                true,
            ),
            (
                "<article class=h-entry>LINK<b class='p-author h-card'><a class=u-url href=/ann>Ann</a></b></article>",
                true,
            ),
            (
                "<article class=h-entry>LINK<p class='u-in-reply-to h-cite'><a class=u-url href=/p16>x</a></article>",
                true,
            ),
            (
                "<article>LINK<ol class=comments><li><a class=u-url href=/p16>x</a></ol></article>",
                true,
            ),
            (
                "<article>LINK</article><aside><article><h3><a href=/p16>Earlier</a></h3></article></aside>",
                true,
            ),
            (
                "<article>LINK<article><h3><a href=/p16>Earlier</a></h3></article></article>",
                true,
            ),
            (
                "<article><h2><a href=/p17>Cats</a></h2>LINK</article><p>LINK",
                true,
            ),
            ("<h2><a href=/p17>Cats</a></h2>LINK", true),
        ] {
            let found = links(
                page.replace("LINK", link).as_bytes(),
                Some("text/html"),
                &own,
            )
            .unwrap();
            assert_eq!(found.vouched.contains(&to), is_vouched, "{page}");
            assert!(found.shown.contains(&to), "{page}");
        }
    }
}
