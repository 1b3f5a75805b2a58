//! The links of a page, whether a reader can see each, and what they are relative to.

use std::borrow::Cow;

use encoding_rs::{EncoderResult, Encoding, UTF_8};
use url::{EncodingOverride, Url};

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
    /// Whether only a style, or none that is known, keeps it from being shown.
    pub is_veiled: bool,
    /// Whether it is shown unless its colour is that of what is behind it, which is not known.
    pub is_doubtful: bool,
    /// Whether it stands among the comments of others, or others may have written it otherwise.
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
const NOT_VOUCHED: [&str; 5] = ["nofollow", "no-follow", "no_follow", "sponsored", "ugc"];

/// The most words of a `rel` that are looked at.
const MAX_WORDS: usize = 64;

impl PageLink<'_> {
    /// Whether the page's author does not vouch for it: `nofollow`, `sponsored` or `ugc`.
    pub fn is_not_vouched(&self) -> bool {
        // Some write commas or semicolons between the words.
        let words = self.element.attribute("rel").unwrap_or_default();
        let words = words.split([' ', '\t', '\n', '\r', '\u{c}', ',', ';']);
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

    /// Whether a reader can see something in an element.
    pub fn is_filled(&self, number: usize) -> bool {
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
    // A correction is read without its source; that of a quotation is what is quoted.
    let is_correction = matches!(element.tag(), Tag::Ins | Tag::Del);
    let is_text = matches!(kind, LinkKind::Anchor | LinkKind::Cite);
    let is_correction_shown = is_correction && page.is_filled(number);
    // A link without text that is laid over a card: a reader can click at it, if a style sheet gives it room.
    let says = |name: &str| {
        element
            .attribute(name)
            .is_some_and(|text| !text.trim().is_empty())
    };
    let is_laid_over = kind == LinkKind::Anchor
        && !page.is_filled(number)
        && page.is_shown(number)
        && (says("aria-label") || says("title") || element.has_class("stretched-link"));
    let is_unsaid = is_correction_shown || is_laid_over;
    Some(PageLink {
        element,
        href: href.trim(),
        is_shown: match kind {
            LinkKind::Anchor | LinkKind::Cite => page.is_filled(number) && !is_correction,
            LinkKind::Area => page.is_shown(number),
            LinkKind::Head => false,
        },
        is_veiled: is_unsaid || is_text && page.shown(number).is_veiled(),
        is_doubtful: is_unsaid || is_text && page.shown(number).is_doubtful(),
        is_in_comments: page.is_by_others(number),
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
    /// The encoding of the queries in it.
    encoding: &'static Encoding,
}

impl Base {
    /// The most bytes of a URL that is taken from a page.
    pub const MAX_URL: usize = 2_048;

    /// The base of a page that was fetched from `fetched`.
    pub fn new(page: &Document, fetched: &Url) -> Base {
        let own = Base::of(fetched).in_encoding(page.encoding);
        match page.base_href().and_then(|href| own.join(href)) {
            Some(url) => Base {
                url,
                is_origin: false,
                ..own
            },
            None => own,
        }
    }

    /// The same for a text in `encoding`: letters in the query of a link are bytes of it.
    pub(crate) fn in_encoding(self, encoding: &'static Encoding) -> Base {
        Base {
            encoding: encoding.output_encoding(),
            ..self
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
        Base {
            url,
            is_origin,
            encoding: UTF_8,
        }
    }

    /// Resolves a link: http or https, with a host and without a user name, at most [`Base::MAX_URL`] bytes.
    pub fn join(&self, href: &str) -> Option<Url> {
        let encode: &dyn Fn(&str) -> Cow<'_, [u8]> =
            &|query| Cow::Owned(query_bytes(query, self.encoding));
        let is_other = self.encoding != UTF_8 && !href.is_ascii();
        self.resolve(href, is_other.then_some(encode))
    }

    /// As [`Base::join`], for a link as texts in UTF-8 have it.
    pub(crate) fn join_in_utf8(&self, href: &str) -> Option<Url> {
        self.resolve(href, None)
    }

    fn resolve(&self, href: &str, encoding: EncodingOverride<'_>) -> Option<Url> {
        let href = href.trim();
        if href.len() > Base::MAX_URL || (self.is_origin && is_path(href)) {
            return None;
        }
        let options = Url::options().base_url(Some(&self.url));
        let url = options.encoding_override(encoding).parse(href);
        url.ok().filter(is_web)
    }
}

/// A query in an encoding. What is not in it is written `&#NNN;`, percent-encoded, as by a browser.
fn query_bytes(query: &str, encoding: &'static Encoding) -> Vec<u8> {
    let mut encoder = encoding.new_encoder();
    let mut bytes = Vec::new();
    let mut rest = query;
    loop {
        let most = encoder.max_buffer_length_from_utf8_without_replacement(rest.len());
        bytes.reserve(most.unwrap_or(rest.len()));
        let (result, read) =
            encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            EncoderResult::InputEmpty => return bytes,
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(character) => {
                let number = format!("%26%23{}%3B", u32::from(character));
                bytes.extend_from_slice(number.as_bytes());
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{
        BIG5, EUC_JP, EUC_KR, GB18030, GBK, ISO_2022_JP, KOI8_R, SHIFT_JIS, UTF_16LE, WINDOWS_1251,
        WINDOWS_1252, X_USER_DEFINED,
    };

    #[test]
    fn a_query_is_encoded_as_its_page_is_and_nothing_else_of_a_link() {
        // By the URL Standard, "percent-encode after encoding".
        for (encoding, href, expected) in [
            (SHIFT_JIS, "/?q=猫", "/?q=%94L"),
            (SHIFT_JIS, "/?q=ソ表\\", "/?q=%83\\%95\\\\"),
            (SHIFT_JIS, "/猫?q=猫#猫", "/%E7%8C%AB?q=%94L#%E7%8C%AB"),
            (SHIFT_JIS, "/?q=%94L", "/?q=%94L"),
            (SHIFT_JIS, "/?q=é", "/?q=%26%23233%3B"),
            (SHIFT_JIS, "/?q=ﾈｺ~", "/?q=%C8%BA~"),
            (EUC_JP, "/?q=猫&r=a b", "/?q=%C7%AD&r=a%20b"),
            (EUC_JP, "?q=猫", "/posts/?q=%C7%AD"),
            (ISO_2022_JP, "/?q=猫a", "/?q=%1B$BG-%1B(Ba"),
            (WINDOWS_1252, "/?q=café", "/?q=caf%E9"),
            (WINDOWS_1252, "/?q=€\u{80}", "/?q=%80%26%23128%3B"),
            (WINDOWS_1252, "/?q=猫+1", "/?q=%26%2329483%3B+1"),
            (
                WINDOWS_1252,
                "//ü.example/ü?ü",
                "https://xn--tda.example/%C3%BC?%FC",
            ),
            (WINDOWS_1251, "/?q=кот", "/?q=%EA%EE%F2"),
            (KOI8_R, "/?q=кот", "/?q=%CB%CF%D4"),
            (GBK, "/?q=猫", "/?q=%C3%A8"),
            (GB18030, "/?q=é😀", "/?q=%A8%A6%949%FC6"),
            (BIG5, "/?q=貓", "/?q=%BF%DF"),
            (EUC_KR, "/?q=고양이", "/?q=%B0%ED%BE%E7%C0%CC"),
            (UTF_16LE, "/?q=猫", "/?q=%E7%8C%AB"),
            (X_USER_DEFINED, "/?q=é", "/?q=%26%23233%3B"),
            (UTF_8, "/?q=猫'\"", "/?q=%E7%8C%AB%27%22"),
            (EUC_JP, "/?q=猫'\"<", "/?q=%C7%AD%27%22%3C"),
        ] {
            let page = Url::parse("https://weblog.example/posts/").unwrap();
            let url = Base::of(&page).in_encoding(encoding).join(href).unwrap();
            let expected = page.join(expected).unwrap();
            assert_eq!(
                url.as_str(),
                expected.as_str(),
                "{href} in {}",
                encoding.name()
            );
        }
    }

    #[test]
    fn s7_a_query_that_grows_by_its_encoding_is_no_longer_than_any_url() {
        let page = Url::parse("https://weblog.example/").unwrap();
        let base = Base::of(&page).in_encoding(WINDOWS_1252);
        let long = |count: usize| format!("/?{}", "猫".repeat(count));
        assert!(base.join(&long(100)).is_some());
        assert!(base.join(&long(600)).is_none());
    }
}
