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
use crate::text::clean;
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
    /// Those of `shown` that the page vouches for: not only as `nofollow`, `ugc` or `sponsored`.
    pub vouched: HashSet<Url>,
    /// What the page says of itself.
    pub says: PageSays,
    /// The text that people see, and where in it each of `shown` stands first.
    text: String,
    at: Vec<usize>,
}

/// What a page says of itself; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageSays {
    /// Its permalink, by `<link rel=canonical>`.
    pub canonical: Option<Url>,
    /// What it is called: `og:title`, else `<title>`.
    pub title: String,
    /// What its site is called.
    pub site_name: String,
    /// What it is about.
    pub description: String,
}

/// Characters of the text around a link, on each side of it.
const AROUND: usize = 110;

/// Words of `rel` by which a page says that it does not vouch for a link.
const NOT_VOUCHED: [&str; 3] = ["nofollow", "sponsored", "ugc"];

impl Links {
    /// The text that people see around a link, some hundred characters on each side; empty if it is not there.
    #[must_use]
    pub fn around(&self, link: &Url) -> String {
        let at = self.shown.iter().position(|url| url == link);
        let at = at.and_then(|number| self.at.get(number)).copied();
        let parts = at.and_then(|at| self.text.split_at_checked(at));
        let Some((before, behind)) = parts else {
            return String::new();
        };
        let cut = before
            .char_indices()
            .rev()
            .nth(AROUND)
            .map_or(0, |(at, _)| at);
        let before = before.get(cut..).unwrap_or_default();
        let before = match before.split_once(char::is_whitespace) {
            Some((_, words)) if cut > 0 => words,
            _ => before,
        };
        let end = behind
            .char_indices()
            .nth(AROUND)
            .map_or(behind.len(), |(at, _)| at);
        let is_cut = end < behind.len();
        let behind = behind.get(..end).unwrap_or_default();
        let behind = match behind.rsplit_once(char::is_whitespace) {
            Some((words, _)) if is_cut => words,
            _ => behind,
        };
        clean(&format!("{before}{behind}"))
    }
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
    let mut in_title = false;
    for token in Tokenizer::new_with_emitter(text, emitter).flatten() {
        match token {
            Token::StartTag(tag) => {
                let place = nesting.open(&tag);
                in_title = tag.name.as_slice() == b"title" && place == Place::Shown;
                found.text.push(' ');
                found.tag(&tag, place);
            }
            Token::EndTag(tag) => {
                in_title = false;
                found.text.push(' ');
                nesting.close(&tag.name);
            }
            Token::String(text) if nesting.is_hiding() => found.unseen(&text),
            Token::Comment(text) => found.unseen(&text),
            Token::String(text) => {
                let text = String::from_utf8_lossy(&text);
                found.words.add(&text);
                match in_title {
                    true if found.title.is_empty() => found.title = clean(&text),
                    true => {}
                    false => found.text.push_str(&text),
                }
            }
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
    says: PageSays,
    canonical: Option<String>,
    title: String,
    text: String,
}

/// Links as they were written, each once.
#[derive(Default)]
struct Kept {
    raw: Vec<(String, usize)>,
    seen: HashSet<String>,
    /// Those that the page vouches for.
    vouched: HashSet<String>,
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
            says: PageSays::default(),
            canonical: None,
            title: String::new(),
            text: String::new(),
        }
    }

    fn tag(&mut self, tag: &StartTag<()>, place: Place) {
        let name = match tag.name.as_slice() {
            b"a" | b"area" | b"link" | b"base" => b"href".as_slice(),
            b"blockquote" | b"q" | b"ins" | b"del" => b"cite",
            b"meta" if place == Place::Shown => return self.meta(tag),
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
            (name, Place::Shown) => {
                if name == b"link" && self.canonical.is_none() && has_rel(tag, &["canonical"]) {
                    self.canonical = Some(link.to_owned());
                }
                self.shown.add(link, self.text.len());
                if !has_rel(tag, &NOT_VOUCHED) {
                    self.shown.vouch(link);
                }
            }
            (_, Place::Hidden) => self.hidden.add(link, 0),
        }
    }

    /// Takes what a `<meta>` says of the page.
    fn meta(&mut self, tag: &StartTag<()>) {
        self.words.add_title(tag);
        let attribute = |name: &[u8]| {
            tag.attributes
                .get(name)
                .map(|text| String::from_utf8_lossy(text))
        };
        let name = attribute(b"property").or_else(|| attribute(b"name"));
        let name = name.unwrap_or_default().trim().to_ascii_lowercase();
        let field = match name.as_str() {
            "og:title" => &mut self.says.title,
            "og:site_name" | "application-name" => &mut self.says.site_name,
            "description" | "og:description" => &mut self.says.description,
            _ => return,
        };
        if field.is_empty() {
            *field = clean(&attribute(b"content").unwrap_or_default());
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
                self.hidden.add(&format!("{scheme}{link}"), 0);
            }
            rest = next;
        }
    }

    fn finish(self) -> Links {
        let base = self.base.as_ref().unwrap_or(self.fetched);
        let cut = self.shown.cut;
        let vouched = |raw: &String| base.join(raw).ok().filter(is_plain_web);
        let vouched = self.shown.vouched.iter().filter_map(vouched).collect();
        let (shown, at): (Vec<Url>, Vec<usize>) = self.shown.urls(base).into_iter().unzip();
        let seen: HashSet<&Url> = shown.iter().collect();
        let hidden = self.hidden.urls(base).into_iter().map(|(url, _)| url);
        let hidden = hidden.filter(|url| !seen.contains(url)).collect();
        let canonical = self.canonical.and_then(|raw| base.join(&raw).ok());
        let mut says = PageSays {
            canonical: canonical.filter(is_plain_web),
            ..self.says
        };
        if says.title.is_empty() {
            says.title = self.title;
        }
        Links {
            shown,
            hidden,
            cut,
            words: self.words,
            vouched,
            says,
            text: self.text,
            at,
        }
    }
}

impl Kept {
    fn add(&mut self, link: &str, at: usize) {
        if link.is_empty() || link.starts_with('#') || link.len() > MAX_LINK {
            return;
        }
        if self.raw.len() == MOST {
            self.cut |= !self.seen.contains(link);
        } else if self.seen.insert(link.to_owned()) {
            self.raw.push((link.to_owned(), at));
        }
    }

    /// Notes that the page vouches for a link, if it is kept.
    fn vouch(&mut self, link: &str) {
        if self.seen.contains(link) && !self.vouched.contains(link) {
            self.vouched.insert(link.to_owned());
        }
    }

    fn urls(self, base: &Url) -> Vec<(Url, usize)> {
        let mut seen = HashSet::new();
        let url = |(link, at): &(String, usize)| {
            let url = base.join(link).ok().filter(is_plain_web)?;
            Some((url, *at))
        };
        let urls = self.raw.iter().filter_map(url);
        urls.filter(|(url, _)| seen.insert(url.clone())).collect()
    }
}

/// Whether an element's `rel` has one of these words.
fn has_rel(tag: &StartTag<()>, words: &[&str]) -> bool {
    let rel = tag
        .attributes
        .get(b"rel".as_slice())
        .map(|rel| String::from_utf8_lossy(rel));
    let rel = rel.unwrap_or_default();
    rel.split(|c: char| c.is_whitespace() || c == ',')
        .any(|own| words.iter().any(|word| word.eq_ignore_ascii_case(own)))
}

#[cfg(test)]
mod tests;
