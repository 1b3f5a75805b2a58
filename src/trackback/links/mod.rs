//! What a stranger's page links to: for people to see, or where nobody sees it; and the words that they see.
//!
//! What a reader can see is what [`html`](crate::html) says: what a style sheet hides is not known here. Takes time
//! and memory linear in the page's length, whatever its shape.

mod words;

use std::collections::HashSet;

use url::Url;

pub use self::words::Words;
use super::discover::text_of;
use crate::html::{Base, Document, Node, PageLink};

/// The links of a page: absolute, http or https, each once, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Those that a reader can come upon: `<a>` and `<area>` that can be seen, and `cite` of quotations that can.
    pub shown: Vec<Url>,
    /// Those of `shown` for which the page's author does not speak anywhere: each stands only among comments, or with
    /// `rel` `ugc`, `nofollow` or `sponsored`.
    pub unvouched: HashSet<Url>,
    /// Those that stand only where nobody sees them, bare URLs in comments and scripts among them.
    pub hidden: Vec<Url>,
    /// Whether more are shown than are kept.
    pub cut: bool,
    /// What the page says where people see it, and what it says that it is called.
    pub words: Words,
}

/// The most links that are kept, of each kind, so that a page made of links costs bounded memory.
pub const MOST: usize = 20_000;

/// The most bytes of links that are kept, of each kind.
const MOST_BYTES: usize = 2 << 20;

/// Finds the links in a page that was fetched from `fetched`, in the charset that `content_type` or the page names;
/// `None` if it is none: something that a browser would show as text, or a feed. A link longer than 2 KiB is passed
/// over. The caller caps the page, as for [`discover`](super::discover::discover).
#[must_use]
pub fn links(page: &[u8], content_type: Option<&str>, fetched: &Url) -> Option<Links> {
    let text = text_of(page, content_type);
    is_page(content_type, &text).then(|| scan(&text, fetched))
}

/// Whether a browser would show a document as a page.
fn is_page(content_type: Option<&str>, text: &str) -> bool {
    let essence = content_type
        .and_then(|kind| kind.split([';', ',']).next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "" | "text/html" | "application/xhtml+xml" => true,
        "text/xml" | "application/xml" => root(text).eq_ignore_ascii_case("html"),
        _ => false,
    }
}

/// The name of the first element.
fn root(text: &str) -> &str {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let name = after.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        if let Some(name) = after.strip_suffix(name).filter(|name| !name.is_empty()) {
            return name;
        }
        rest = match after.strip_prefix("!--") {
            Some(comment) => comment.split_once("-->").map_or("", |(_, rest)| rest),
            None => after,
        };
    }
    ""
}

fn scan(text: &str, fetched: &Url) -> Links {
    let page = Document::parse(text);
    let base = Base::new(&page, fetched);
    let mut words = Words::default();
    let mut shown = Kept::default();
    let mut vouched = HashSet::new();
    for (number, node) in page.nodes() {
        match node {
            Node::Text(text) if page.is_shown(number) || page.is_title(number) => words.add(text),
            Node::Element(element) if element.is("meta") && !page.is_in_template(element) => {
                words.add_title(element);
            }
            Node::Text(_) | Node::Element(_) | Node::Comment(_) => {}
        }
    }
    for link in page.visible_links() {
        if let Some(url) = shown.add(&base, link.href)
            && is_vouched(&link)
        {
            vouched.insert(url);
        }
    }
    let mut hidden = Kept::default();
    for link in page.links().filter(|link| !link.is_shown) {
        hidden.add(&base, link.href);
    }
    for (number, node) in page.nodes() {
        match node {
            Node::Comment(text) => hidden.unseen(&base, text),
            Node::Text(text) if !page.is_shown(number) && !page.is_title(number) => {
                hidden.unseen(&base, text);
            }
            Node::Text(_) | Node::Element(_) => {}
        }
    }
    hidden.urls.retain(|url| !shown.seen.contains(url));
    let unvouched = shown.urls.iter().filter(|url| !vouched.contains(*url));
    Links {
        unvouched: unvouched.cloned().collect(),
        shown: shown.urls,
        hidden: hidden.urls,
        cut: shown.cut || page.is_cut(),
        words,
    }
}

/// Whether the page's author speaks for a link.
fn is_vouched(link: &PageLink<'_>) -> bool {
    !link.is_in_comments && !link.is_not_vouched()
}

/// Links, each once.
#[derive(Default)]
struct Kept {
    urls: Vec<Url>,
    seen: HashSet<Url>,
    bytes: usize,
    cut: bool,
}

impl Kept {
    /// Keeps a link, if there is room; gives it if it is kept.
    fn add(&mut self, base: &Base, link: &str) -> Option<Url> {
        if link.is_empty() || link.starts_with('#') || link.len() > Base::MAX_URL {
            return None;
        }
        let is_full = self.urls.len() >= MOST || self.bytes >= MOST_BYTES;
        let url = base.join(link)?;
        if self.seen.contains(&url) {
            return Some(url);
        }
        if is_full {
            self.cut = true;
            return None;
        }
        self.bytes += url.as_str().len();
        self.seen.insert(url.clone());
        self.urls.push(url.clone());
        Some(url)
    }

    /// Takes the URLs out of a text that nobody sees: markup, a script, anything. A script may write `\/`.
    fn unseen(&mut self, base: &Base, text: &str) {
        let text = text.replace("\\/", "/");
        let mut rest = text.as_str();
        while let Some(at) = rest.find("://") {
            let (before, after) = rest.split_at(at);
            let end = |c: char| c.is_whitespace() || c.is_control() || "\"'<>\\`)".contains(c);
            let length = after.find(end).unwrap_or(after.len());
            let (link, next) = after.split_at(length.max(3));
            let scheme = ["https", "http"].into_iter().find(|scheme| {
                let tail = before.len().checked_sub(scheme.len());
                tail.and_then(|at| before.get(at..))
                    .is_some_and(|tail| tail.eq_ignore_ascii_case(scheme))
            });
            if let Some(scheme) = scheme
                && link.len() < Base::MAX_URL
            {
                self.add(base, &format!("{scheme}{link}"));
            }
            rest = next;
        }
    }
}

#[cfg(test)]
mod tests;
