//! Whether two URLs name the same page, although they are not spelt alike.

use std::borrow::Cow;

use url::Url;

/// How well an identifier names the page that was asked for, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The same page and the same fragment, or none on both sides.
    Exact,
    /// The page, where a fragment of it was asked for.
    Page,
    /// One fragment of the page, where the page was asked for.
    Part,
}

/// Compares an entry's identifier with the URL that was asked for and the one that answered. Two
/// different fragments are two different entries of one page.
pub(super) fn fit(identifier: &Url, requested: &Url, fetched: &Url) -> Option<Fit> {
    if !is_same(identifier, requested, fetched) {
        return None;
    }
    let meaningful = |url: &Url| {
        url.fragment()
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
    };
    let wanted = meaningful(requested).or_else(|| meaningful(fetched));
    match (meaningful(identifier), wanted) {
        (named, wanted) if named == wanted => Some(Fit::Exact),
        (None, _) => Some(Fit::Page),
        (_, None) => Some(Fit::Part),
        _ => None,
    }
}

/// Whether two URLs name the same page: scheme, `www.`, default port, trailing slashes, fragment and the
/// spelling of escapes do not count. That is how the permalinks in real blocks differ from the URLs of their pages.
#[must_use]
pub fn is_page(url: &Url, page: &Url) -> bool {
    key(url) == key(page)
}

/// One text for all URLs of a page: two have the same one just where [`is_page`] holds.
#[must_use]
pub fn name_of(url: &Url) -> String {
    let (host, port, path, query) = key(url);
    let port = port.map_or(String::new(), |port| port.to_string());
    format!("{host}:{port}{path}?{}", query.unwrap_or_default())
}

/// Whether `url` is `root` or lies below it, by whole segments of the path; else as [`is_page`].
#[must_use]
pub fn is_below(url: &Url, root: &Url) -> bool {
    let (host, port, path, _) = key(url);
    let (root_host, root_port, root_path, _) = key(root);
    host == root_host
        && port == root_port
        && path
            .strip_prefix(root_path.as_ref())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether `url` names the page `requested` or `fetched`: scheme, `www.`, default port, trailing
/// slashes, fragment and the spelling of escapes do not count.
pub(super) fn is_same(url: &Url, requested: &Url, fetched: &Url) -> bool {
    let this = key(url);
    this == key(requested) || this == key(fetched)
}

type Key<'url> = (
    &'url str,
    Option<u16>,
    Cow<'url, str>,
    Option<Cow<'url, str>>,
);

fn key(url: &Url) -> Key<'_> {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    (
        host.strip_prefix("www.").unwrap_or(host),
        url.port(),
        plain(url.path().trim_end_matches('/')),
        url.query().filter(|query| !query.is_empty()).map(plain),
    )
}

/// Decodes the escapes that need not be there and spells the others in capitals (RFC 3986, 6.2.2).
fn plain(part: &str) -> Cow<'_, str> {
    let Some((before, mut rest)) = part.split_once('%') else {
        return Cow::Borrowed(part);
    };
    let mut out = before.to_owned();
    loop {
        match rest.split_at_checked(2) {
            Some((digits, after)) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                match u8::from_str_radix(digits, 16).map(char::from) {
                    Ok(letter) if letter.is_ascii_alphanumeric() || "-._~".contains(letter) => {
                        out.push(letter);
                    }
                    _ => {
                        out.push('%');
                        out.push_str(&digits.to_ascii_uppercase());
                    }
                }
                rest = after;
            }
            _ => out.push('%'),
        }
        let Some((before, after)) = rest.split_once('%') else {
            out.push_str(rest);
            return Cow::Owned(out);
        };
        out.push_str(before);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(identifier: &str, requested: &str) -> Option<Fit> {
        let url = |text| Url::parse(text).unwrap();
        fit(
            &url(identifier),
            &url(requested),
            &url("https://after.example/redirect"),
        )
    }

    #[test]
    fn spelling_does_not_count() {
        for same in [
            "https://blog.example/a/?x=1",
            "http://www.blog.example:80/a?x=1",
            "https://blog.example./%61//?x=1#",
            "http://after.example/redirect/",
        ] {
            assert_eq!(
                fits(same, "https://blog.example/a?x=1"),
                Some(Fit::Exact),
                "{same}"
            );
        }
        assert_eq!(
            fits(
                "http://a.example/%e7%8c%ab%2f100%",
                "http://a.example/%E7%8C%AB%2F100%"
            ),
            Some(Fit::Exact)
        );
    }

    #[test]
    fn a_page_has_one_name_and_no_other_page_has_it() {
        let name = |text: &str| name_of(&Url::parse(text).unwrap());
        let page = name("https://blog.example/a?x=1");
        assert_eq!(page, name("http://www.blog.example:80/%61/?x=1#c"));
        for other in [
            "https://blog.example/a",
            "https://blog.example:8080/a?x=1",
            "https://blog.example/a%3Fx=1",
            "https://blog.example/b?x=1",
        ] {
            assert_ne!(page, name(other), "{other}");
        }
    }

    #[test]
    fn another_page_is_another_page() {
        for other in [
            "https://blog.example/b?x=1",
            "https://blog.example/a",
            "https://blog.example/a?x=2",
            "https://blog.example:8080/a?x=1",
            "https://blog.example.evil.example/a?x=1",
            "https://blog.example/a%2F?x=1",
            "https://blog.example/A?x=1",
        ] {
            assert_eq!(fits(other, "https://blog.example/a?x=1"), None, "{other}");
        }
    }

    #[test]
    fn what_lies_below_a_page_is_told_by_host_port_and_whole_segments() {
        let below =
            |url: &str, root: &str| is_below(&Url::parse(url).unwrap(), &Url::parse(root).unwrap());
        for root in ["https://blog.example/a", "http://www.blog.example/a/"] {
            for url in [
                "https://blog.example/a",
                "http://WWW.blog.example:80/%61/b?c#d",
                "https://blog.example./a/",
            ] {
                assert!(below(url, root), "{url} {root}");
            }
            for url in [
                "https://blog.example/",
                "https://blog.example/ab",
                "https://blog.example:8443/a",
                "https://blog.example.evil.example/a",
                "https://evil-blog.example/a",
                "https://blog.example@evil.example/a",
                "https://xn--blg-5na.example/a",
                "https://blog.example/b/../b/a",
            ] {
                assert!(!below(url, root), "{url} {root}");
            }
        }
        assert!(below("https://blog.example/x", "https://blog.example/"));
    }

    #[test]
    fn fragments_part_a_page_into_entries() {
        let page = "http://a.example/2002.html";
        let (one, two) = (format!("{page}#1"), format!("{page}#2"));
        assert_eq!(fits(&one, &one), Some(Fit::Exact));
        assert_eq!(fits(page, &one), Some(Fit::Page));
        assert_eq!(fits(&one, page), Some(Fit::Part));
        assert_eq!(fits(&one, &two), None);
    }
}
