//! Links in the entries of a list: a home page, an archive, a page of a tag or of search results shows entries whose own
//! pages are others, and vouches for none of their links.

use url::Url;

use crate::html::Element;
use crate::urls::{bare_host, is_below, is_page, page_path};

/// The entries of a page that are open, the outermost first.
pub(super) struct ListedEntries {
    /// The URLs of the page.
    own: Vec<Url>,
    open: Vec<OpenEntry>,
    /// The numbers of the links in them that the page's author would vouch for.
    links: Vec<usize>,
}

struct OpenEntry {
    number: usize,
    end: usize,
    /// The number of its first heading, 0 before that.
    heading: usize,
    /// Whether its permalink is another page of the same host.
    is_elsewhere: bool,
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

    /// Begins an entry, if the element is one.
    pub(super) fn enter(&mut self, element: Element<'_>) {
        let is_entry = element.is("article")
            || ["h-entry", "hentry"]
                .iter()
                .any(|class| element.has_class(class));
        if is_entry {
            self.open.push(OpenEntry {
                number: element.number(),
                end: element.end(),
                heading: 0,
                is_elsewhere: false,
                before: self.links.len(),
            });
        } else if matches!(element.name(), "h1" | "h2" | "h3")
            && let Some(entry) = self.open.last_mut()
            && entry.heading == 0
        {
            entry.heading = element.number();
        }
    }

    /// Ends the entries that end before `number`; returns the numbers of the links in them that are the page's own.
    pub(super) fn close_until(&mut self, number: usize) -> Vec<usize> {
        while let Some(entry) = self.open.pop_if(|entry| entry.end <= number) {
            if entry.is_elsewhere {
                self.links.truncate(entry.before);
            }
        }
        match self.open.is_empty() {
            true => std::mem::take(&mut self.links),
            false => Vec::new(),
        }
    }

    /// Keeps a link until the entry that it stands in is over; false if it stands in none.
    pub(super) fn keep(&mut self, link: Element<'_>) -> bool {
        if !self.open.is_empty() {
            self.links.push(link.number());
        }
        !self.open.is_empty()
    }

    /// Takes in that a link is the permalink of the entry that it stands in, if it is: by `u-url`, by `rel=bookmark`, or as
    /// all of the entry's first heading.
    pub(super) fn note(&mut self, link: Element<'_>, url: &Url) {
        let Some(entry) = self.open.last_mut() else {
            return;
        };
        let around = || std::iter::successors(Some(link), |inner| inner.parent()).take(MAX_AROUND);
        let mut inside = around().take_while(|around| around.number() != entry.number);
        let heading = around().find(|around| around.number() == entry.heading);
        let page = link.page();
        let text = |element: Element<'_>| page.text(element.inside(), MAX_HEADING);
        let is_all = |heading: Element<'_>| {
            heading.inside().len() <= MAX_NODES && text(heading).trim() == text(link).trim()
        };
        let is_permalink =
            link.has_class("u-url") || link.has_rel("bookmark") || heading.is_some_and(is_all);
        let is_others = |around: Element<'_>| around.is_microformat() || around.has_class("vcard");
        // What the page stands below may be its weblog.
        let is_own = |own: &Url| {
            bare_host(own) != bare_host(url)
                || is_page(own, url)
                || match url.query() {
                    None => is_below(own, url),
                    Some(_) => own.query().is_some() && page_path(own) == page_path(url),
                }
        };
        if is_permalink && !self.own.iter().any(is_own) && !inside.any(is_others) {
            entry.is_elsewhere = true;
        }
    }
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
