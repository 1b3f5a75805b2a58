//! What the author of a page says on it, read as the program that sends the author's pings reads it: a receiver that
//! read another text would not recognise an honest excerpt.

use std::collections::HashSet;

use url::Url;

use super::content::{ContentSource, EntryContent, extract};
use super::{EntryPage, EntryScope, Hint, ReadReason, Within};
use crate::html::{Base, Document};
use crate::sources::entry::EntryLink;
use crate::urls::target_key;

/// The author's text on a page: without the title above it, the marks of footnotes, buttons, navigation and comments.
#[derive(Debug, Default)]
pub(crate) struct AuthorText {
    text: String,
    title: String,
    links: Vec<EntryLink>,
}

impl AuthorText {
    /// The author's text on the page at `url`.
    pub(crate) fn of(tree: &Document, url: &Url) -> AuthorText {
        let hint = Hint {
            url: Some(url),
            asked: ReadReason::Named,
            listed: &HashSet::new(),
            blog_name: "",
        };
        let page = EntryPage::new(tree, &hint);
        let scope = page.scope().unwrap_or(EntryScope::Page);
        let marks = page.marks(scope);
        let (own_base, left_out) = (Base::of(url), page.teasers(scope));
        let title = page.title(scope, &marks);
        let source = ContentSource {
            page: tree,
            base: page.base.as_ref().unwrap_or(&own_base),
            own: url,
            title: &title,
            within: Within::Page,
            left_out: &left_out,
        };
        let parts = page.parts(scope).unwrap_or_default();
        let EntryContent { text, links, .. } = extract(&source, &parts, &[]);
        AuthorText { text, title, links }
    }

    /// All of it: one line of plain text.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The title above it; empty if the page has none.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// What stands around a link to the page at `url`, as [`EntryLink::around`]; empty if there is none.
    pub(crate) fn around(&self, url: &Url) -> &str {
        let key = target_key(url);
        let mut links = self.links.iter();
        let link = links.find(|link| target_key(&link.url) == key);
        link.map_or("", |link| &link.around)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(html: &str) -> String {
        let page = Document::parse(html);
        let own = Url::parse("https://weblog.example/posts/1/").unwrap();
        let text = AuthorText::of(&page, &own);
        let link = Url::parse("https://blog.example/that/").unwrap();
        text.around(&link).to_owned()
    }

    #[test]
    fn it_is_what_the_entry_says_and_nothing_that_stands_beside_it() {
        let text = "Some words about <a href=https://blog.example/that/>that post</a>.";
        for html in [
            format!("<title>My Entry</title><h1>My Entry</h1><p>{text}"),
            format!("<title>My Entry - Weblog</title><main><h1>My Entry</h1><time>Nov 27</time><p>{text}</main>"),
            format!("<nav>Home</nav><article><h1>My Entry</h1><p>{text}</article><footer>Imprint</footer>"),
            format!("<article><p>{text}<button>Copy</button></article>"),
            format!("<article><aside class=pullquote>Some words!</aside><p>{text}</article>"),
            format!("<article><p>{text}<sup><a href='#fn1'>1</a></sup></article>"),
            format!("<article><p>{text}</article><h2>Comments</h2><ol><li>Cheap pills</ol>"),
            format!("<main><h1>x</h1><p>{text}<h2>3 comments</h2><ol class=commentlist><li>Cheap pills</ol></main>")
                .replace("<h1>x</h1>", ""),
            format!("<p>{text}<h2>Comments</h2><p>Bob said: Cheap pills"),
            format!("<p>{text}<section id=comments><p>Cheap pills</section>"),
        ] {
            assert_eq!(around(&html), "Some words about that post.", "{html}");
        }
    }

    #[test]
    fn b4_an_excerpt_has_no_notes_no_deleted_words_and_no_reading_time() {
        let link = "<a href=https://blog.example/that/>that post</a>";
        let beside = "text goes on.";
        let expected = "Some words about that post; text goes on.";
        for (html, expected) in [
            (
                format!("Some <del>odd</del> words <s>on</s> about {link}; {beside}"),
                expected,
            ),
            (
                format!(
                    "Some words<span class=sidenote>a <b>side</b> note</span> about {link}; {beside}"
                ),
                expected,
            ),
            (
                format!("Some words about {link};<aside class=sidenote>aside</aside>{beside}"),
                expected,
            ),
            (
                format!(
                    "Some words about {link}; {beside}<section class=footnotes role=doc-endnotes><ol><li id=fn1>A note</ol></section>"
                ),
                expected,
            ),
            (
                format!("<p>By Ann · 3 min read</p><p>Some words about {link}; {beside}"),
                expected,
            ),
            (
                format!("<p>Lesezeit: 4 Minuten<p>Some words about {link}; {beside}"),
                expected,
            ),
            (
                format!("<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字 {link}"),
                "漢字 that post",
            ),
            (
                format!("<p>Posted on January 2, 2026</p><p>Some words about {link}; {beside}"),
                expected,
            ),
            (
                format!("<p>2026-01-02</p><p>Some words about {link}; {beside}"),
                expected,
            ),
            (
                format!(
                    "<div>Veröffentlicht am 2. Januar 2026</div><p>Some words about {link}; {beside}"
                ),
                expected,
            ),
            (
                format!(
                    "<p>Friday, 2 January 2026, 10:30 am</p><p>Some words about {link}; {beside}"
                ),
                expected,
            ),
            (
                format!("<p><strong>T</strong></p><p>Some words about {link}; {beside}"),
                expected,
            ),
            (
                format!(
                    "<p>Some words<sup><a href='http://weblog.example/Posts/1/#fn1'>2</a></sup> about {link}; {beside}"
                ),
                expected,
            ),
            (
                format!("<p>Some words<span class=footnote-marker>†</span> about {link}; {beside}"),
                expected,
            ),
            // What the author says is not one of these.
            (
                format!("<p>January 2, 2026 was a Friday.<p>{link}"),
                "January 2, 2026 was a Friday. that post",
            ),
            (
                format!("<p><strong>T</strong> is a letter.<p>{link}"),
                "T is a letter. that post",
            ),
            (
                "<p>Some 10<sup><a href='https://blog.example/that/'>2</a></sup>".to_owned(),
                "Some 102",
            ),
            (
                format!("<p>I took 3 minutes to read it.<p>{link}"),
                "I took 3 minutes to read it. that post",
            ),
            (
                format!("<div class=note>Mind: {link}</div>"),
                "Mind: that post",
            ),
            (format!("Not <del>{link}</del> now."), "Not now."),
            // The link stands in a note itself.
            (
                format!(
                    "Text.<sup><a href='#fn1'>1</a></sup><section class=footnotes><p>See {link}, too.</section><p>More text."
                ),
                "See that post, too.",
            ),
            (
                format!("Text <span class=sidenote>See {link}, too.</span> goes on."),
                "See that post, too.",
            ),
        ] {
            let html = format!("<article><h1>T</h1><p>{html}</article>");
            assert_eq!(around(&html), expected, "{html}");
        }
    }

    #[test]
    fn a_page_of_which_nothing_is_an_entry_is_read_whole() {
        let teaser = "<article><h2>x</h2><p>A teaser</article>";
        let link = "<p>See <a href=https://blog.example/that/>that</a></p>";
        assert_eq!(
            around(&format!("{teaser}{teaser}{link}")),
            "x A teaser x A teaser See that"
        );
        assert_eq!(around(teaser), "");
    }
}
