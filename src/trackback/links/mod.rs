//! What a stranger's page links to: for people to see, or where nobody sees it; and the words that they see.
//!
//! Read as a browser would: not in comments, scripts, templates or text areas, and not inside elements that say
//! that they are hidden. What a style sheet hides is not known here. Takes time linear in the page's length,
//! whatever its shape.

mod nesting;
mod words;

use std::collections::HashSet;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use url::Url;

use self::nesting::Nesting;
pub use self::words::Words;
use super::discover::text_of;
use crate::urls::is_plain_web;

/// The links of a page: absolute, http or https, each once, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Those that a reader can come upon: `<a>`, `<area>`, `<link>`, and `cite` of quotations.
    pub shown: Vec<Url>,
    /// Those that stand only where nobody sees them, bare URLs in comments and scripts among them.
    pub hidden: Vec<Url>,
    /// Whether more are shown than are kept.
    pub cut: bool,
    /// What the page says where people see it, and what it says that it is called.
    pub words: Words,
}

/// The most links that are kept, of each kind, so that a page made of links costs bounded memory.
pub const MOST: usize = 20_000;

/// The longest link that is looked at, in bytes.
const MAX_LINK: usize = 8 << 10;

/// Finds the links in a page that was fetched from `fetched`, in the charset that `content_type` or the page names;
/// `None` if it is none: something that a browser would show as text, or a feed. A link longer than 8 KiB is passed
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

/// Where a tag or a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Shown,
    Hidden,
}

fn scan(text: &str, fetched: &Url) -> Links {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut found = Found::new(fetched);
    let mut nesting = Nesting::default();
    for token in Tokenizer::new_with_emitter(text, emitter).flatten() {
        match token {
            Token::StartTag(tag) => {
                let place = nesting.open(&tag);
                found.tag(&tag, place);
            }
            Token::EndTag(tag) => nesting.close(&tag.name),
            Token::String(text) if nesting.is_hiding() => found.unseen(&text),
            Token::Comment(text) => found.unseen(&text),
            Token::String(text) => found.words.add(&String::from_utf8_lossy(&text)),
            Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    found.finish()
}

/// What was found so far; relative links wait for the end, for `<base>` may come behind them.
struct Found<'page> {
    fetched: &'page Url,
    base: Option<Url>,
    shown: Kept,
    hidden: Kept,
    words: Words,
}

/// Links as they were written, each once.
#[derive(Default)]
struct Kept {
    raw: Vec<String>,
    seen: HashSet<String>,
    cut: bool,
}

impl Found<'_> {
    fn new(fetched: &Url) -> Found<'_> {
        Found {
            fetched,
            base: None,
            shown: Kept::default(),
            hidden: Kept::default(),
            words: Words::default(),
        }
    }

    fn tag(&mut self, tag: &StartTag<()>, place: Place) {
        let name = match tag.name.as_slice() {
            b"a" | b"area" | b"link" | b"base" => b"href".as_slice(),
            b"blockquote" | b"q" | b"ins" | b"del" => b"cite",
            b"meta" if place == Place::Shown => return self.words.add_title(tag),
            _ => return,
        };
        let Some(value) = tag.attributes.get(name) else {
            return;
        };
        let link = String::from_utf8_lossy(value);
        let link = link.trim();
        match (tag.name.as_slice(), place) {
            (b"base", _) => {
                if self.base.is_none() {
                    self.base = self.fetched.join(link).ok().filter(is_plain_web);
                }
            }
            (_, Place::Shown) => self.shown.add(link),
            (_, Place::Hidden) => self.hidden.add(link),
        }
    }

    /// Takes the URLs out of a text that nobody sees: markup, a script, anything. A script may write `\/`.
    fn unseen(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text).replace("\\/", "/");
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
            if let Some(scheme) = scheme {
                self.hidden.add(&format!("{scheme}{link}"));
            }
            rest = next;
        }
    }

    fn finish(self) -> Links {
        let base = self.base.as_ref().unwrap_or(self.fetched);
        let cut = self.shown.cut;
        let shown = self.shown.urls(base);
        let seen: HashSet<&Url> = shown.iter().collect();
        let mut hidden = self.hidden.urls(base);
        hidden.retain(|url| !seen.contains(url));
        Links {
            shown,
            hidden,
            cut,
            words: self.words,
        }
    }
}

impl Kept {
    fn add(&mut self, link: &str) {
        if link.is_empty() || link.starts_with('#') || link.len() > MAX_LINK {
            return;
        }
        if self.raw.len() == MOST {
            self.cut |= !self.seen.contains(link);
        } else if self.seen.insert(link.to_owned()) {
            self.raw.push(link.to_owned());
        }
    }

    fn urls(self, base: &Url) -> Vec<Url> {
        let mut seen = HashSet::new();
        let url = |link: &String| base.join(link).ok().filter(is_plain_web);
        let urls = self.raw.iter().filter_map(url);
        urls.filter(|url| seen.insert(url.clone())).collect()
    }
}

#[cfg(test)]
mod tests;
