//! The texts of a stranger's page that an excerpt may be taken from. Pure.

use std::cell::OnceCell;

use url::Url;

use crate::domain::registrable;
use crate::html::decoded_again;
use crate::linkback::discover::parse_page;
use crate::linkback::trackback::links::{Links, PageWords};
use crate::sources::AuthorText;
use crate::text::crop;

/// The longest title that is the beginning of the text, in characters.
pub(super) const MAX_TEXT_TITLE: usize = 80;

/// The texts of a page. What its author says is read only when it is asked for, because few pings need it.
#[derive(Debug)]
pub(crate) struct PageTexts<'page> {
    pub(crate) links: &'page Links,
    /// The page as it came, and its `Content-Type`.
    content: (&'page [u8], Option<&'page str>),
    fetched: &'page Url,
    author: OnceCell<AuthorText>,
}

impl<'page> PageTexts<'page> {
    /// The texts of a page that was fetched from `fetched`; `links` are its links.
    pub(crate) fn new(
        links: &'page Links,
        content: (&'page [u8], Option<&'page str>),
        fetched: &'page Url,
    ) -> PageTexts<'page> {
        PageTexts {
            links,
            content,
            fetched,
            author: OnceCell::new(),
        }
    }

    /// Whether a text is a title on it: in a title, a heading or a name, in what looks like one, or what its entry begins
    /// with, as senders make titles of notes that have none.
    pub(super) fn has_title(&self, title: &str) -> bool {
        self.links.has_title(title)
            || PageWords::of(self.author().title()).has(title)
            || PageWords::of(self.author().as_str()).begin_with(title)
    }

    /// Whether a text names its weblog, its author or its domain; names of hosts below that may be the sender's choice.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        let host = format!("https://www.{}/", registrable(self.fetched));
        let mut said = [&self.links.says.site_name, &host].into_iter();
        self.links.has_name(name) || said.any(|said| PageWords::of(said).has_excerpt(name))
    }

    /// Whether its author says a text, which may be cut off, or its metadata.
    pub(crate) fn says(&self, text: &str) -> bool {
        let says = &self.links.says;
        let decoded = decoded_again(&says.description);
        let has = |said: &str| PageWords::of(said).has_excerpt(text);
        has(&says.description) || has(&decoded) || has(self.author().as_str())
    }

    /// Whether it has a text, which may be cut off: in its metadata, visibly, or as its author's program quotes it.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.links.words.has_excerpt(text) || self.says(text)
    }

    /// An excerpt for `link`, in the page's own words; empty if it has none.
    pub(crate) fn excerpt(&self, link: &Url) -> String {
        let around = match self.author().around(link) {
            "" => self.links.around(link),
            around => around.to_owned(),
        };
        match around.is_empty() {
            true => self.links.says.description.clone(),
            false => around,
        }
    }

    /// The beginning of what its author says.
    pub(crate) fn beginning(&self) -> Option<String> {
        let text = crop(self.author().as_str(), MAX_TEXT_TITLE, "…");
        (!text.is_empty()).then(|| text.into_owned())
    }

    fn author(&self) -> &AuthorText {
        self.author.get_or_init(|| {
            let (page, content_type) = self.content;
            AuthorText::of(&parse_page(page, content_type), self.fetched)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkback::trackback::links::links;

    /// Whether a page has an excerpt, and the excerpt that it gives by itself.
    fn of(html: &str, excerpt: &str) -> (bool, String) {
        let fetched = Url::parse("https://weblog.example/1").unwrap();
        let content = (html.as_bytes(), Some("text/html"));
        let found = links(content.0, content.1, &fetched).unwrap();
        let page = PageTexts::new(&found, content, &fetched);
        let link = Url::parse("https://blog.example/that/").unwrap();
        (page.has(excerpt), page.excerpt(&link))
    }

    #[test]
    fn b4_the_excerpt_of_the_pages_own_program_is_recognised_and_made_here_too() {
        const LINK: &str = "<a href=https://blog.example/that/>that post</a>";
        for (html, excerpt) in [
            (
                "<h1>My Entry</h1><p>Some<sup><a href='#fn1'>1</a></sup> words about LINK<sup><a href='#fn2'>2</a></sup>.",
                "Some words about that post.",
            ),
            (
                "<h1>My Entry</h1><p>Some words<sup>3</sup> about LINK.<sup>[4]</sup> More",
                "Some words about that post. More",
            ),
            (
                "<article><h1>My Entry</h1><p>Some words<button>Copy</button> about LINK.</article>",
                "Some words about that post.",
            ),
            (
                "<article><p>Some words<aside class=pullquote>Quite some words</aside> about LINK.</article>",
                "Some words about that post.",
            ),
            (
                "<article><p>Let <span class=katex><span class=katex-mathml><math><mi>x</mi></math></span>\
                 <span class=katex-html aria-hidden=true>x</span></span> be LINK.</article>",
                "Let be that post.",
            ),
            (
                "<article><h2>Some<a href='#some'>#</a></h2><p>words about LINK.</article>",
                "Some words about that post.",
            ),
            (
                "<article><p>Some words <label class=margin-toggle for=n>⊕</label><input type=checkbox id=n> about LINK.</article>",
                "Some words about that post.",
            ),
        ] {
            let html = html.replace("LINK", LINK);
            let expected = (true, excerpt.to_owned());
            assert_eq!(of(&html, excerpt), expected, "{html}");
            let cut = "words about that post [...]";
            assert!(of(&html, cut).0 || excerpt.starts_with("Let"), "{html}");
        }
    }

    #[test]
    fn f4_no_reader_gives_a_page_the_words_of_its_commenters() {
        const LINK: &str = "<a href=https://blog.example/that/>that post</a>";
        for html in [
            "<p>Words about LINK.<h2>Comments</h2><p>Cheap<sup>1</sup> pills",
            "<article><p>Words about LINK.<section id=comments><p>Cheap<sup>1</sup> pills</section></article>",
            "<article><p>Words about LINK.<ol class=commentlist><li>Cheap<button>x</button> pills</ol></article>",
            "<article><p>Words about LINK.<p hidden>Cheap<sup>1</sup> pills</article>",
            "<article><p>Words about LINK.<!-- Cheap pills --><script>'Cheap pills'</script></article>",
        ] {
            let html = html.replace("LINK", LINK);
            assert_eq!(
                of(&html, "Cheap pills"),
                (false, "Words about that post.".to_owned()),
                "{html}"
            );
        }
    }
}
