//! The links of a page, whether a reader can see each, and what they are relative to.

use url::Url;

use super::document::{Document, Element};
use super::tag::Tag;

/// A link, as it is written.
#[derive(Debug, Clone, Copy)]
pub struct PageLink<'page> {
    /// The element.
    pub element: Element<'page>,
    /// Where it leads, without white space around it; not yet resolved.
    pub href: &'page str,
    /// Whether a reader can see it: it has text or an image that nothing hides.
    pub is_shown: bool,
    /// Whether it stands among the comments of others.
    pub is_in_comments: bool,
}

/// What kind of element a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LinkKind {
    /// `<a>`, SVG's too.
    Anchor,
    /// `<area>` of an image map.
    Area,
    /// `cite` of a quotation or a change.
    Cite,
    /// `<link>`.
    Head,
}

/// Words of `rel` by which a page says that it does not vouch for a link.
const NOT_VOUCHED: [&str; 3] = ["nofollow", "sponsored", "ugc"];

/// The most words of a `rel` that are looked at.
const MAX_WORDS: usize = 64;

impl PageLink<'_> {
    /// Whether the page's author does not vouch for it: `nofollow`, `sponsored` or `ugc`.
    pub fn is_not_vouched(&self) -> bool {
        // Some write commas between the words.
        let words = self.element.attribute("rel").unwrap_or_default();
        let words = words.split([' ', '\t', '\n', '\r', '\u{c}', ',']);
        let is_known = |word: &str| {
            let mut known = NOT_VOUCHED.iter();
            known.any(|known| known.eq_ignore_ascii_case(word))
        };
        // Who writes so many has something to hide.
        words
            .enumerate()
            .any(|(number, word)| number >= MAX_WORDS || is_known(word))
    }
}

impl Document {
    /// The links, in the order of the page.
    pub fn links(&self) -> impl Iterator<Item = PageLink<'_>> {
        self.elements(0..self.node_count()).filter_map(link)
    }

    /// The links that a reader can see.
    pub fn visible_links(&self) -> impl Iterator<Item = PageLink<'_>> {
        self.links().filter(|link| link.is_shown)
    }

    fn is_filled(&self, number: usize) -> bool {
        self.shown(number).is_filled()
    }
}

fn link(element: Element<'_>) -> Option<PageLink<'_>> {
    let (kind, href) = match element.tag() {
        Tag::A => {
            let svg = || element.attribute("xlink:href");
            (LinkKind::Anchor, element.attribute("href").or_else(svg)?)
        }
        Tag::Area => (LinkKind::Area, element.attribute("href")?),
        Tag::Link => (LinkKind::Head, element.attribute("href")?),
        Tag::Blockquote | Tag::Q | Tag::Ins | Tag::Del => {
            (LinkKind::Cite, element.attribute("cite")?)
        }
        _ => return None,
    };
    let (page, number) = (element.page(), element.number());
    Some(PageLink {
        element,
        href: href.trim(),
        is_shown: match kind {
            LinkKind::Anchor | LinkKind::Cite => page.is_filled(number),
            LinkKind::Area => page.is_shown(number),
            LinkKind::Head => false,
        },
        is_in_comments: page.is_in_comments(number),
    })
}

/// What the relative URLs of a page are relative to.
///
/// Nothing that a stranger writes here makes a URL longer than [`Base::MAX_URL`], however long the page's own URL and
/// its `<base>` are.
#[derive(Debug, Clone)]
pub struct Base {
    url: Url,
    /// Whether only absolute URLs and paths are resolved: the page's own URL is too long to be repeated.
    is_origin: bool,
}

impl Base {
    /// The most bytes of a URL that is taken from a page.
    pub const MAX_URL: usize = 2_048;

    /// The base of a page that was fetched from `fetched`.
    pub fn new(page: &Document, fetched: &Url) -> Base {
        let own = Base::of(fetched);
        match page.base_href().and_then(|href| own.join(href)) {
            Some(url) => Base {
                url,
                is_origin: false,
            },
            None => own,
        }
    }

    /// The base of a page that has no `<base>`.
    pub fn of(fetched: &Url) -> Base {
        let mut url = fetched.clone();
        let is_origin = url.as_str().len() > Base::MAX_URL;
        if is_origin {
            url.set_path("/");
            url.set_query(None);
        }
        url.set_fragment(None);
        Base { url, is_origin }
    }

    /// Resolves a link: http or https, with a host and without a user name, at most [`Base::MAX_URL`] bytes.
    pub fn join(&self, href: &str) -> Option<Url> {
        let href = href.trim();
        if href.len() > Base::MAX_URL || (self.is_origin && is_path(href)) {
            return None;
        }
        self.url.join(href).ok().filter(is_web)
    }
}

/// Whether a link is relative to a page's path or query.
fn is_path(href: &str) -> bool {
    let scheme = href.split([':', '/', '?', '#']).next().unwrap_or_default();
    let is_absolute = scheme.len() < href.len()
        && href
            .get(scheme.len()..)
            .is_some_and(|rest| rest.starts_with(':'));
    !is_absolute && !href.starts_with(['/', '\\'])
}

/// Whether a URL can be a page's, and is short enough.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str().len() <= Base::MAX_URL
}
