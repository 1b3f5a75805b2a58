//! The `<link>`, `<a>` and `<base>` of a web page, as a browser sees them: not those in comments, scripts or text areas.

use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use url::Url;

use super::claim::{DiscoverySource, PageClaim, ping_url};
use super::rdf_block;
use crate::charset::{self, DecodedText};
use crate::html::{Base, Document, Element, Node};
use crate::linkback::webmention;
use crate::urls::fragment_key;

/// The most links that are read.
const MAX_CLAIMS: usize = 2_000;

/// What the tags of a page contain.
pub(super) struct LinkTags {
    /// Links with `rel="trackback"`, in order.
    pub(super) claims: Vec<PageClaim>,
    /// The base of relative URLs.
    pub(super) base: Base,
    /// The first `<link rel="canonical">`.
    pub(super) canonical: Option<Url>,
    /// The first `<meta property="og:url">`.
    pub(super) og_url: Option<Url>,
    /// `<link rel="EditURI">`.
    pub(super) rsd: Option<Url>,
    /// The first feed of `<link rel="alternate">`.
    pub(super) feed: Option<Url>,
    /// The endpoint for Webmentions.
    pub(super) webmention: Option<Url>,
    /// The ping URLs in elements that a fragment may name.
    pub(super) in_places: Vec<(String, Url)>,
}

/// Reads the tags of a page that was fetched from `fetched`.
pub(super) fn scan(text: &DecodedText<'_>, content_type: Option<&str>, fetched: &Url) -> LinkTags {
    let page = Document::parse_decoded(text, content_type);
    let base = Base::new(&page, fetched);
    let mut claims = Vec::new();
    let (mut rsd, mut feed) = (None, None);
    for element in page.elements(0..page.node_count()) {
        let Some(href) = element.attribute("href") else {
            continue;
        };
        if page.is_in_template(element) {
            continue;
        }
        let is_link = element.is("link");
        if is_link && element.has_rel("edituri") && rsd.is_none() {
            rsd = Some(href);
        } else if is_link && element.has_rel("trackback") {
            claims.push(claim(href, DiscoverySource::LinkRel));
        } else if is_link && element.has_rel("alternate") && feed.is_none() && is_feed(element) {
            feed = Some(href);
        } else if element.is("a") && element.has_rel("trackback") {
            claims.push(claim(href, DiscoverySource::AnchorRel));
        }
        if claims.len() == MAX_CLAIMS {
            break;
        }
    }
    let canonical = page.canonical().and_then(|href| base.join(href));
    let is_og_url = |meta: &Element<'_>| {
        let property = meta.attribute("property").or(meta.attribute("name"));
        property.is_some_and(|name| name.trim().eq_ignore_ascii_case("og:url"))
            && !page.is_in_template(*meta)
    };
    let og_url = page.all("meta").find(is_og_url);
    let og_url = og_url.and_then(|meta| base.join(meta.attribute("content")?.trim()));
    LinkTags {
        claims,
        rsd: rsd.and_then(|href| ping_url(&base, href)),
        feed: feed.and_then(|href| ping_url(&base, href)),
        webmention: webmention::in_page(&page, &base),
        in_places: in_places(&page, &base, fetched),
        base,
        canonical,
        og_url,
    }
}

/// The ping URLs in elements with an `id`, of their blocks and links, by the key of the fragment; only where one is named: a
/// page of several entries may tell them apart in no other way.
fn in_places(page: &Document, base: &Base, fetched: &Url) -> Vec<(String, Url)> {
    let mut places: BTreeMap<&str, Option<Url>> = BTreeMap::new();
    let mut count = 0;
    for (number, node) in page.nodes() {
        let named = match node {
            Node::Comment(text) => rdf_block::scan(text),
            Node::Element(link) if link.is("a") && link.has_rel("trackback") => {
                let href = link.attribute("href").unwrap_or_default();
                vec![claim(href, DiscoverySource::AnchorRel)]
            }
            Node::Element(_) | Node::Text(_) => continue,
        };
        count += named.len();
        if count > MAX_CLAIMS {
            break;
        }
        let around = std::iter::successors(page.parent(number), |inner| inner.parent());
        let ids = around
            .take(MAX_AROUND)
            .filter_map(|one| one.attribute("id"));
        let ids: Vec<&str> = ids.filter(|id| id.len() <= MAX_ID).collect();
        for url in named.iter().filter_map(|one| ping_url(base, &one.ping)) {
            for id in &ids {
                let known = places.entry(id).or_insert_with(|| Some(url.clone()));
                *known = known.take().filter(|known| *known == url);
            }
        }
    }
    let key = |id: &str| {
        let mut place = fetched.clone();
        place.set_fragment(Some(id));
        fragment_key(&place)
    };
    let places = places.into_iter();
    places
        .filter_map(|(id, url)| Some((key(id)?, url?)))
        .collect()
}

/// How many elements around a ping URL are looked at.
const MAX_AROUND: usize = 16;
/// The longest name of an element that a fragment may name, in bytes.
const MAX_ID: usize = 200;

/// The encoding that a `<meta>` in the first 4 KiB declares, as a browser sees it: not one in a comment, a script, a title
/// or an attribute. A charset that nobody knows is overlooked, and so is UTF-16: in UTF-16 the tag could not have been
/// found.
pub(super) fn declared_encoding(page: &[u8]) -> Option<&'static Encoding> {
    let head = page.get(..4096).unwrap_or(page);
    charset::find(head, b"charset")?;
    let (head, _) = WINDOWS_1252.decode_without_bom_handling(head);
    let head = Document::parse(&head);
    let encoding = head
        .all("meta")
        .filter(|meta| !head.is_in_template(*meta))
        .filter_map(meta_charset)
        .find_map(charset::for_label)?;
    (encoding != UTF_16LE && encoding != UTF_16BE).then_some(encoding)
}

/// The label in `<meta charset>` or `<meta http-equiv="Content-Type">`.
fn meta_charset(meta: Element<'_>) -> Option<&[u8]> {
    let is_header = |name: &str| name.trim().eq_ignore_ascii_case("content-type");
    match meta.attribute("charset") {
        Some(label) => Some(label.as_bytes()),
        None => {
            meta.attribute("http-equiv")
                .filter(|name| is_header(name))?;
            let content = meta.attribute("content")?.as_bytes();
            let at = charset::find(content, b"charset")?;
            let value = content.get(at + b"charset".len()..)?;
            charset::label(value.trim_ascii_start().strip_prefix(b"=")?)
        }
    }
}

fn claim(ping: &str, source: DiscoverySource) -> PageClaim {
    PageClaim {
        ping: ping.to_owned(),
        source,
        identifiers: Vec::new(),
        title: None,
    }
}

/// Whether the type of a link is that of a feed whose items may have ping URLs.
fn is_feed(element: Element<'_>) -> bool {
    let kind = element.attribute("type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["rss", "atom", "rdf"]
        .iter()
        .any(|format| kind.eq_ignore_ascii_case(&format!("application/{format}+xml")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkback::discover::discover;
    use crate::linkback::discover::tests::{PAGE, on, others, ping_urls, url};

    #[test]
    fn rel_links_are_found_as_a_browser_sees_them() {
        let page =
            "<!-- <a rel=trackback href=/no1> --><script>'<link rel=trackback href=/no2>'</script>
            <textarea><a rel=trackback href=/no3></textarea><a rel='trackbacks' href=/no4>
            <a href='/tb/2?a=1&amp;b=2' rel='nofollow\nTrackBack'>Trackback</a><a rel=trackback>
            <LINK href=/tb/1 REL=TRACKBACK><link rel='EditURI' href='/rsd.xml'>
            <link rel=alternate href=/x type=text/html><link rel='ALTERNATE home' href=/feed type='application/RSS+xml; x'>";
        let discovery = on(page, PAGE);
        let found: Vec<_> = discovery
            .found
            .iter()
            .map(|found| (found.source, found.ping_url.path()))
            .collect();
        assert_eq!(
            found,
            [
                (DiscoverySource::LinkRel, "/tb/1"),
                (DiscoverySource::AnchorRel, "/tb/2")
            ]
        );
        assert_eq!(
            discovery.feed.unwrap().as_str(),
            "https://blog.example/feed"
        );
        assert_eq!(
            discovery.rsd.unwrap().as_str(),
            "https://blog.example/rsd.xml"
        );
    }

    #[test]
    fn several_anchors_are_those_of_several_entries() {
        let page =
            "<a rel=trackback href=/1/trackback/>1</a><a rel=trackback href=/2/trackback/>2</a>";
        assert!(ping_urls(page, PAGE).is_empty());
        assert_eq!(others(page, PAGE).len(), 2);
    }

    #[test]
    fn relative_urls_follow_the_first_base() {
        let page =
            "<base href='https://cdn.example/x/'><base href=/y/><link rel=trackback href=tb>";
        assert_eq!(ping_urls(page, PAGE), ["https://cdn.example/x/tb"]);
        let page = "<base href='javascript:x'><link rel=trackback href=tb>";
        assert_eq!(ping_urls(page, PAGE), ["https://blog.example/2004/05/tb"]);
    }

    #[test]
    fn the_page_may_be_in_any_charset() {
        let title = |page: &[u8], kind| {
            let discovery = discover(page, kind, &url(PAGE), &url(PAGE));
            discovery.best().unwrap().title.clone().unwrap()
        };
        let page = |head: &str, title: &[u8]| {
            let before = format!("{head}<rdf:Description dc:identifier='{PAGE}' dc:title='");
            [before.as_bytes(), title, b"' trackback:ping='/tb'/>"].concat()
        };
        let sjis = b"\x94\x4C\x83\x5C";
        let eucjp = b"\xC7\xAD\xA5\xBD";
        let meta =
            "<meta name=x><META http-equiv=Content-Type content='text/html; charset=EUC-JP'>";
        assert_eq!(
            title(&page("", sjis), Some("text/html; charset=\"Shift_JIS\"")),
            "猫ソ"
        );
        assert_eq!(title(&page(meta, eucjp), Some("text/html")), "猫ソ");
        assert_eq!(
            title(&page("<meta charset=\"sjis\" />", sjis), None),
            "猫ソ"
        );
        assert_eq!(
            title(
                &page("<?xml version='1.0' encoding='euc-jp'?>", eucjp),
                None
            ),
            "猫ソ"
        );
        for before in [
            "<meta charset=nonsense>",
            "<!-- <meta charset=utf-8> -->",
            "<script>'<meta charset=utf-8>'</script>",
            "<title><meta charset=utf-8></title>",
            "<p title='<meta charset=utf-8>'>",
            "<meta content='text/html; charset=utf-8'>",
        ] {
            let page = page(&format!("{before}{meta}"), eucjp);
            assert_eq!(title(&page, None), "猫ソ", "{before}");
        }
        let unknown = Some("text/html; charset=nonsense");
        assert_eq!(title(&page(meta, eucjp), unknown), "猫ソ");
        let wrong = page("<meta charset=utf-16>", "猫ソ".as_bytes());
        assert_eq!(title(&wrong, None), "猫ソ");
        assert_eq!(title(&page("", b"caf\xE9"), None), "café");
        let utf16: Vec<u8> = String::from_utf8(page("\u{FEFF}", "猫ソ".as_bytes()))
            .unwrap()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(title(&utf16, None), "猫ソ");
    }

    #[test]
    fn the_tags_of_what_is_no_html_are_text() {
        let page = "<html><link rel=webmention href=/wm><link rel=trackback href=/tb>
            <link rel=\"pingback\" href=\"https://blog.example/pb\"><link rel=EditURI href=/rsd>";
        for (kind, is_html) in [
            (None, true),
            (Some(""), true),
            (Some("text/html"), true),
            (Some("TEXT/HTML; charset=utf-8"), true),
            (Some("text/html, text/html"), true),
            (Some("application/xhtml+xml"), true),
            (Some("application/xml"), true),
            (Some("text/plain"), false),
            (Some("text/plain; charset=utf-8"), false),
            (Some("text/markdown"), false),
            (Some("text/css"), false),
            (Some("application/json"), false),
        ] {
            let found = discover(page.as_bytes(), kind, &url(PAGE), &url(PAGE));
            assert_eq!(found.webmention.is_some(), is_html, "{kind:?}");
            assert_eq!(found.best().is_some(), is_html, "{kind:?}");
            assert_eq!(found.rsd.is_some(), is_html, "{kind:?}");
            // Pingback, 2.2: the link is found by a regular expression in any text.
            assert!(found.pingback.is_some(), "{kind:?}");
        }
    }

    #[test]
    fn a_page_in_xml_may_have_an_empty_title_and_scripts() {
        for before in ["<title/>", "<script src='a.js'/>", "<style/>"] {
            let links = "<link rel='webmention' href='/wm'/><link rel='trackback' href='/tb'/>";
            let page = format!("<html><head>{before}{links}</head></html>");
            for (kind, is_read) in [("application/xhtml+xml", true), ("text/html", false)] {
                let found = discover(page.as_bytes(), Some(kind), &url(PAGE), &url(PAGE));
                assert_eq!(found.webmention.is_some(), is_read, "{before} {kind}");
                assert_eq!(found.best().is_some(), is_read, "{before} {kind}");
            }
        }
    }

    #[test]
    fn s3_an_endpoint_may_be_in_a_noscript_as_programs_read_it() {
        let inside = |html: &str| on(html, PAGE).webmention.map(|url| url.path().to_owned());
        let endpoint = |path: &str| Some(path.to_owned());
        let quoted = "<noscript><link rel=webmention href=/no></noscript>";
        for (html, expected) in [
            (quoted.to_owned(), endpoint("/no")),
            (format!("<head>{quoted}<body>"), endpoint("/no")),
            (
                format!("<body>{quoted}<a rel=webmention href=/yes>x</a>"),
                endpoint("/yes"),
            ),
            (format!("<!-- {quoted} -->"), None),
            (format!("<template>{quoted}</template>"), None),
            (format!("<textarea>{quoted}</textarea>"), None),
            (
                "<noscript><!-- <link rel=webmention href=/no> --></noscript>".to_owned(),
                None,
            ),
        ] {
            assert_eq!(inside(&html), expected, "{html}");
        }
    }
}
