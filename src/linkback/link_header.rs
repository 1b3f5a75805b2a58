//! Parses `Link` headers (RFC 8288) leniently: anything that is not a link is skipped up to the next comma.

use url::Url;

use crate::html::Base;

/// How many comma-separated parts of one header are parsed, links or not.
const MAX_LINKS: usize = 256;

/// A link of a header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HeaderLink {
    /// The text between `<` and `>`, unresolved; may be empty.
    pub(super) url: String,
    /// The first `rel`, without its quotes.
    pub(super) rel: Option<String>,
    /// The first `anchor`: the page that the link belongs to, if it is another one.
    pub(super) anchor: Option<String>,
}

impl HeaderLink {
    /// Whether `rel` contains a token, in any letter case.
    pub(super) fn has_rel(&self, token: &str) -> bool {
        let rel = self.rel.as_deref().unwrap_or_default();
        rel.split_ascii_whitespace()
            .any(|own| own.eq_ignore_ascii_case(token))
    }
}

/// The permalink that a page states in its `Link` headers (RFC 6596). What stands in the page itself takes precedence.
pub(crate) fn canonical(headers: &[String], fetched: &Url) -> Option<Url> {
    let base = Base::of(fetched);
    own_links(headers, &base, fetched)
        .filter(|link| link.has_rel("canonical") && !link.url.is_empty())
        .find_map(|link| base.join(&link.url))
}

/// The links of the page at `fetched` in its headers, without those that belong to another page.
pub(super) fn own_links(
    headers: &[String],
    base: &Base,
    fetched: &Url,
) -> impl Iterator<Item = HeaderLink> {
    let is_own = move |link: &HeaderLink| {
        let anchor = link.anchor.as_ref().map(|anchor| base.join(anchor));
        anchor.is_none_or(|anchor| anchor.is_some_and(|anchor| is_fetched(&anchor, fetched)))
    };
    let links = headers.iter().flat_map(|header| links(header));
    links.filter(is_own)
}

fn is_fetched(url: &Url, fetched: &Url) -> bool {
    let (mut url, mut fetched) = (url.clone(), fetched.clone());
    url.set_fragment(None);
    fetched.set_fragment(None);
    url == fetched
}

/// The links of one header, in their order.
fn links(header: &str) -> Vec<HeaderLink> {
    let mut rest = header;
    let mut found = Vec::new();
    for _ in 0..MAX_LINKS {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            break;
        }
        let Some((url, after)) = rest
            .strip_prefix('<')
            .and_then(|inside| inside.split_once('>'))
        else {
            rest = next_link(rest);
            continue;
        };
        let mut link = HeaderLink {
            url: url.trim().to_owned(),
            ..HeaderLink::default()
        };
        rest = parameters(after, &mut link);
        found.push(link);
    }
    found
}

/// Parses the parameters of a link; returns the rest of the header.
fn parameters<'header>(mut rest: &'header str, link: &mut HeaderLink) -> &'header str {
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        let Some(inside) = rest.strip_prefix(';') else {
            // The parameters end here, at a comma or at garbage.
            return next_link(rest);
        };
        let inside = inside.trim_start_matches([' ', '\t']);
        let end = inside.find(['=', ';', ',']).unwrap_or(inside.len());
        let (name, after) = inside.split_at(end);
        let name = name.trim().to_ascii_lowercase();
        let Some(value) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let (value, after) = value_of(value.trim_start_matches([' ', '\t']));
        // Later ones of the same name do not count (RFC 8288, 3.3).
        match name.as_str() {
            "rel" => drop(link.rel.get_or_insert(value)),
            "anchor" => drop(link.anchor.get_or_insert(value)),
            _ => {}
        }
        rest = after;
    }
}

/// A value, with or without quotes, and the rest of the header.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.get(place + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    // The closing quote is missing.
    (value, "")
}

/// The header after the next comma outside quotes.
fn next_link(text: &str) -> &str {
    let mut is_quoted = false;
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => drop(characters.next()),
            ',' if !is_quoted => return text.get(place + 1..).unwrap_or_default(),
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    /// URL and `rel` of each link.
    fn read(header: &str) -> Vec<(String, String)> {
        let pair = |link: HeaderLink| (link.url, link.rel.unwrap_or_default());
        links(header).into_iter().map(pair).collect()
    }

    #[test]
    fn s2_links_are_read_in_all_their_spellings() {
        for (header, expected) in [
            ("</wm>; rel=webmention", &[("/wm", "webmention")][..]),
            ("</wm>;rel=\"a webmention\"", &[("/wm", "a webmention")]),
            ("< /wm > ; REL = \"Webmention\" ", &[("/wm", "Webmention")]),
            (
                "</a>; rel=other, </b>; rel=webmention",
                &[("/a", "other"), ("/b", "webmention")],
            ),
            (
                "</a?x,y>; title=\"a, b; rel=c\"; rel=x,</b>;rel=\"y\"",
                &[("/a?x,y", "x"), ("/b", "y")],
            ),
            ("</a>; rel=\"a\\\"b\"", &[("/a", "a\"b")]),
            ("</a>; rel=one; rel=two", &[("/a", "one")]),
            ("</a>; crossorigin; rel=one", &[("/a", "one")]),
            ("<>; rel=webmention", &[("", "webmention")]),
            ("</a>", &[("/a", "")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(url, rel)| ((*url).to_owned(), (*rel).to_owned()))
                .collect();
            assert_eq!(read(header), expected, "{header}");
        }
    }

    #[test]
    fn what_is_no_link_is_passed_over() {
        for header in [
            "",
            ",,, ,",
            "/wm; rel=webmention",
            "</wm; rel=webmention",
            "rel=webmention",
            "\"</wm>; rel=webmention",
        ] {
            assert_eq!(read(header), [], "{header}");
        }
        let behind = [("/b".to_owned(), "x".to_owned())];
        for header in ["/wm; rel=webmention, </b>; rel=x", "\"a, b\", </b>; rel=x"] {
            assert_eq!(read(header), behind, "{header}");
        }
        assert_eq!(read("</a>; rel=\"never closed, </b>; rel=x").len(), 1);
    }

    #[test]
    fn hostile_headers_are_finished() {
        for piece in [
            "<",
            ">",
            "<>",
            ",",
            ";",
            "\"",
            "\\",
            "<a>;rel=\"",
            "<a>,",
            ";rel",
            "=",
            "<a>;;",
            "é",
        ] {
            let header = piece.repeat(100_000 / piece.len());
            assert!(links(&header).len() <= MAX_LINKS, "{piece}");
        }
    }

    #[test]
    fn the_canonical_link_of_a_header_is_that_of_its_page() {
        let page = Url::parse("https://weblog.example/posts/1?utm_source=x").unwrap();
        for (headers, expected) in [
            (
                &["</posts/1>; rel=canonical"][..],
                Some("https://weblog.example/posts/1"),
            ),
            (
                &["</style.css>; rel=preload, <1>; rel=\"Canonical shortlink\""],
                Some("https://weblog.example/posts/1"),
            ),
            (
                &[
                    "</a>; rel=next",
                    "<https://weblog.example/b>;rel='canonical'",
                ],
                None,
            ),
            (
                &[
                    "</a>; rel=next",
                    "<https://weblog.example/b>;rel=\"canonical\"",
                ],
                Some("https://weblog.example/b"),
            ),
            (&["</b>; rel=canonical; anchor=\"/other\""], None),
            (
                &["</b>; rel=canonical; anchor=\"?utm_source=x\""],
                Some("https://weblog.example/b"),
            ),
            (
                &[
                    "<javascript:x>; rel=canonical",
                    "<mailto:x@y>; rel=canonical",
                    "<>; rel=canonical",
                ],
                None,
            ),
            (
                &["</first>; rel=canonical", "</second>; rel=canonical"],
                Some("https://weblog.example/first"),
            ),
            (&["</b>; rel=noncanonical"], None),
            (&["</b>; rev=canonical"], None),
            (&[], None),
        ] {
            let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
            let found = canonical(&headers, &page);
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{headers:?}");
        }
    }
}
