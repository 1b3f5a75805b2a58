//! Webmention (W3C Recommendation of 12 January 2017), the sender's side: finds the endpoint of a page and writes the form
//! that is posted to it.
//!
//! Every response with a 2xx status is a success (3.1.5), so its body is not parsed.

use form_urlencoded::Serializer;
use url::Url;

use super::link_header;
use crate::html::{Base, Document};

/// The `rel` token.
pub const REL: &str = "webmention";

/// The media type of the form.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// The first usable endpoint in the `Link` headers, in their order, of a page that was fetched from `fetched`.
#[must_use]
pub fn in_headers(headers: &[String], fetched: &Url) -> Option<Url> {
    let base = Base::of(fetched);
    link_header::own_links(headers, &base, fetched)
        .filter(|link| link.has_rel(REL))
        .find_map(|link| endpoint(&base, &link.url))
}

/// The endpoint that a page names: the first usable `<link>` or `<a>` whose `rel` contains the token. What is in
/// `<noscript>` is for programs such as this, but comes last.
pub(crate) fn in_page(page: &Document, base: &Base) -> Option<Url> {
    let for_programs = || {
        page.all("noscript")
            .filter(|element| !page.is_in_template(*element))
            .find_map(|element| {
                let inside = page.text(element.inside(), usize::MAX);
                in_elements(&Document::parse(&inside), base)
            })
    };
    in_elements(page, base).or_else(for_programs)
}

fn in_elements(page: &Document, base: &Base) -> Option<Url> {
    page.elements(0..page.node_count())
        .filter(|element| element.is("link") || element.is("a"))
        .filter(|element| element.has_rel(REL) && !page.is_in_template(*element))
        .filter_map(|element| element.attribute("href"))
        .take(MAX_CLAIMS)
        .find_map(|href| endpoint(base, href))
}

/// Writes the form. `target` is the URL as the author of the source wrote it.
#[must_use]
pub fn to_form(source: &str, target: &str) -> String {
    Serializer::new(String::new())
        .append_pair("source", source)
        .append_pair("target", target)
        .finish()
}

/// How many links of a page are resolved.
const MAX_CLAIMS: usize = 2_000;

/// Resolves a URL of a page or a header. An empty one is the page itself.
fn endpoint(base: &Base, raw: &str) -> Option<Url> {
    let mut url = base.join(raw)?;
    url.set_fragment(None);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn s9_the_form_has_source_and_target_as_they_were_written() {
        assert_eq!(
            to_form("https://me.example/1?a=1&b", "https://B.example/x#y z"),
            "source=https%3A%2F%2Fme.example%2F1%3Fa%3D1%26b&target=https%3A%2F%2FB.example%2Fx%23y+z"
        );
    }

    #[test]
    fn a_header_may_be_about_another_page() {
        let page = url("https://b.example/x");
        for (header, is_own) in [
            (
                "</wm>; rel=webmention; anchor=\"https://c.example/\"",
                false,
            ),
            ("</wm>; rel=webmention; anchor=\"/y\"", false),
            ("</wm>; rel=webmention; anchor=\"javascript:x\"", false),
            ("</wm>; rel=webmention; anchor=\"/x\"", true),
            ("</wm>; rel=webmention; anchor=\"#part\"", true),
        ] {
            let found = in_headers(&[header.to_owned()], &page);
            assert_eq!(found.is_some(), is_own, "{header}");
        }
    }

    #[test]
    fn what_is_no_web_address_is_no_endpoint() {
        let page = url("https://b.example/x");
        for hostile in [
            "javascript:alert(1)",
            "data:text/plain,x",
            "ftp://b.example/",
            "mailto:a@b.example",
            "https://user:word@b.example/",
            "http://",
            "file:///etc/passwd",
        ] {
            let header = format!("<{hostile}>; rel=webmention, </wm>; rel=webmention");
            let found = in_headers(&[header], &page);
            assert_eq!(found, Some(url("https://b.example/wm")), "{hostile}");
            let html =
                format!("<link rel=webmention href='{hostile}'><a rel=webmention href=/wm>x</a>");
            let tree = Document::parse(&html);
            let found = in_page(&tree, &Base::new(&tree, &page));
            assert_eq!(found, Some(url("https://b.example/wm")), "{hostile}");
        }
        let long = format!("</{}>; rel=webmention", "x".repeat(100_000));
        assert_eq!(in_headers(&[long], &page), None);
    }
}
