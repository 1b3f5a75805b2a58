//! Lines that speak of the comments of others. Old and rare programs mark neither entries nor comments, but for such a
//! line, in words that nobody knows all of: so what stands behind one is vouched for by nobody, although it is read.

use super::blogroll::is_entry;
use super::comment_words::{heads_comments, speaks_of_comments};
use super::document::{Document, Element};
use crate::text::clean;

/// Looks for the first such line behind the beginning of the text, on a page that does not say where its entry is.
#[derive(Debug)]
pub struct CommentLines {
    /// Whether the page says where its entry is, so that it is not for a line to say where that ends.
    has_entry: bool,
    /// What the page says that its title is, in small letters.
    title: String,
    is_title_seen: bool,
    /// How many bytes of text readers have seen since the title, or since the beginning.
    read: usize,
    is_behind: bool,
}

/// So many bytes of text are more than a line above an entry that counts its comments.
const MORE_THAN_LINE: usize = 80;

/// The longest line, in bytes and in nodes.
const MAX_LINE: usize = 160;
const MAX_NODES: usize = 12;

impl CommentLines {
    /// Before the first element of a page.
    pub fn new(page: &Document) -> CommentLines {
        let title = page.title().unwrap_or_default();
        CommentLines {
            has_entry: page.elements(0..page.node_count()).any(holds_entry),
            title: clean(&title).to_lowercase(),
            is_title_seen: false,
            read: 0,
            is_behind: false,
        }
    }

    /// Reads the next text that readers see.
    pub fn read(&mut self, text: &str) {
        self.read = self.read.saturating_add(text.trim().len());
    }

    /// Reads the next element.
    pub fn enter(&mut self, element: Element<'_>) {
        let is_done = self.has_entry || self.is_behind && self.is_title_seen;
        if is_done || !is_line(element) {
            return;
        }
        let page = element.page();
        let text = clean(&page.text(element.inside(), MAX_LINE));
        if !self.is_title_seen && self.is_title(element, &text) {
            (self.is_title_seen, self.is_behind, self.read) = (true, false, 0);
        } else if self.read >= MORE_THAN_LINE && !element.is("h1") {
            self.is_behind |= is_named(element) || is_said(element, &text);
        }
    }

    /// Whether what comes next may be by others.
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    fn is_title(&self, element: Element<'_>, text: &str) -> bool {
        let text = text.to_lowercase();
        element.is("h1")
            || (element.tag().is_heading() && text.len() >= 4 && self.title.contains(&text))
    }
}

/// Whether an element says where an entry is.
fn holds_entry(element: Element<'_>) -> bool {
    let is_it = |role: &str| role == "main" || role == "article";
    element.is("main") || element.words("role").any(is_it) || is_entry(element)
}

fn is_line(element: Element<'_>) -> bool {
    let is_block = matches!(
        element.name(),
        "p" | "div"
            | "dt"
            | "th"
            | "td"
            | "b"
            | "strong"
            | "font"
            | "caption"
            | "legend"
            | "summary"
            | "a"
    );
    (is_block || element.tag().is_heading()) && element.inside().len() <= MAX_NODES
}

/// Whether an element is an anchor for comments.
fn is_named(element: Element<'_>) -> bool {
    let names = [element.attribute("id"), element.attribute("name")];
    let mut names = names.into_iter().flatten().filter(|name| name.len() <= 40);
    let is_target = !element.is("a") || element.attribute("href").is_none();
    is_target
        && names.any(|name| {
            matches!(
                name.to_ascii_lowercase().as_str(),
                "comment"
                    | "comments"
                    | "trackback"
                    | "trackbacks"
                    | "writeback"
                    | "writebacks"
                    | "pingbacks"
                    | "replies"
                    | "responses"
                    | "discussion"
                    | "backlinks"
            )
        })
}

/// Whether a line says so, and is neither a sentence nor a link to comments further down.
fn is_said(element: Element<'_>, text: &str) -> bool {
    let mut inside = element.page().elements(element.inside());
    let leads_on =
        element.attribute("href").is_some() || inside.any(|one| one.attribute("href").is_some());
    let is_sentence =
        !element.tag().is_heading() && text.ends_with(['.', '!', '?', '。', '！', '？']);
    // An author heads sections of a text, and writes lines in it.
    let is_of_text = element.is("p") || element.tag().is_heading();
    text.len() < MAX_LINE
        && !leads_on
        && !is_sentence
        && (speaks_of_comments(text) || !is_of_text && heads_comments(text, &|_| false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::Node;

    fn is_behind(html: &str) -> bool {
        let page = Document::parse(html);
        let mut lines = CommentLines::new(&page);
        for (number, node) in page.nodes() {
            match node {
                Node::Text(text) if page.is_shown(number) => lines.read(text),
                Node::Element(element) => {
                    lines.enter(element);
                    if element.is("a") && element.attribute("href") == Some("/x") {
                        return lines.is_behind();
                    }
                }
                Node::Text(_) | Node::Comment(_) => {}
            }
        }
        panic!("no link in {html}");
    }

    #[test]
    fn f4_what_stands_behind_a_line_about_comments_may_be_by_others() {
        let text =
            "A long text of the author on cats and on dogs, in which nothing is said of others. "
                .repeat(2);
        let link = "<p><a href=/x>x</a>";
        for line in [
            "<h2 id=trackbacks>TrackBack</h2><p>Listed below are links to weblogs that reference Cats:",
            "<div class=title>Comments</div>",
            "<div class=title>Trackback Pings</div>",
            "<b>Replies: 2 Comments</b>",
            "<a name=writebacks></a>",
            "<h3>この記事へのコメント</h3>",
            "<h3>この記事へのトラックバック</h3>",
            "<div class=caption>本日のツッコミ(全2件)</div>",
            "<div class=caption>コメント</div>",
            "<h2>Vos commentaires</h2>",
            "<h3>2 Gedanken zu „Cats“</h3>",
            "<h3>2 gedachten over “Cats”</h3>",
            "<h3>2 réflexions sur « Cats »</h3>",
            "<h3>2 pensamientos en “Cats”</h3>",
            "<h3>2 pensieri riguardo “Cats”</h3>",
            "<h3>2 respostas para “Cats”</h3>",
            "<h3>《Cats》有 2 条评论</h3>",
            "<h3>在〈Cats〉中有 2 則留言</h3>",
            "<p>{ 2 comments… read them below }",
            "<h4>2 people have commented</h4>",
            "<h4>Discussion about this post</h4>",
            "<h4>Comments on this entry</h4>",
            "<h4>Kommentare zu diesem Artikel</h4>",
            "<h4>Links to this post</h4>",
            "<h4>Recent referrers</h4>",
            "<h4>3 Answers</h4>",
            "<p><b>Comments</b></p>",
            "<font size=4>Comments</font><hr>",
            "<dl><dt>Comments</dt></dl>",
            "<table><tr><th>Comments</th></table>",
            "<a name=comments>Comments</a>",
        ] {
            for title in ["<h1>Cats</h1>", "<h1>My weblog</h1><h3>Cats</h3>", ""] {
                let page =
                    format!("<title>Cats - My weblog</title>{title}<p>{text}</p>{line}{link}");
                assert!(is_behind(&page), "{page}");
            }
            let page = format!(
                "<title>Cats</title><h1>Cats</h1><div class=e-content><p>{text}</p>{line}{link}</div>"
            );
            assert!(!is_behind(&page), "{page}");
            let page =
                format!("<title>Cats</title><main><h1>Cats</h1><p>{text}</p>{line}{link}</main>");
            assert!(!is_behind(&page), "{page}");
        }
        for before in [
            "<p>There are three comments on this.</p>",
            "<p>See <a href=#c>3 comments</a></p>",
            "<h3>My response to Ann</h3>",
            "<h3>On feedback</h3>",
            "<h3 id=comments-on-the-new-law>Comments on the new law</h3>",
            "<h2>Discussion</h2>",
            "<p>Comments</p>",
            "<p>Ann left a comment, and I read it!",
        ] {
            let page = format!("<title>Cats</title><h1>Cats</h1><p>{text}</p>{before}{link}");
            assert!(!is_behind(&page), "{page}");
        }
        let sidebar = format!("<div><h3>Recent comments</h3><p>{text}</div>");
        for above in [
            format!("{sidebar}{sidebar}<h1>Cats</h1>"),
            format!("{sidebar}{sidebar}<h2>Cats</h2>"),
            "<h1>Cats</h1><p>Posted by Ann, 3 comments</p>".to_owned(),
            "<h1>Comments on the new law</h1>".to_owned(),
        ] {
            let page = format!("<title>Cats</title>{above}<p>{text}</p>{link}");
            assert!(!is_behind(&page), "{page}");
        }
    }
}
