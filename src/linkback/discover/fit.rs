//! How well the identifier of an entry matches the requested page.

use url::Url;

use crate::urls::{fragment_key, is_page};

/// How well an identifier matches the requested page, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The same page and the same fragment, or none on both sides.
    Exact,
    /// The page, while a fragment of it was requested.
    Page,
    /// One fragment of the page, while the page was requested.
    Part,
}

/// Compares an entry's identifier with the requested URL and the URL after redirects. Two different fragments are two
/// different entries of one page.
pub(super) fn fit(identifier: &Url, requested: &Url, fetched: &Url) -> Option<Fit> {
    if !is_page_of(identifier, requested, fetched) {
        return None;
    }
    let wanted = fragment_key(requested).or_else(|| fragment_key(fetched));
    match (fragment_key(identifier), wanted) {
        (named, wanted) if named == wanted => Some(Fit::Exact),
        (None, _) => Some(Fit::Page),
        (_, None) => Some(Fit::Part),
        _ => None,
    }
}

/// Whether `url` names the page `requested` or `fetched`.
pub(super) fn is_page_of(url: &Url, requested: &Url, fetched: &Url) -> bool {
    is_page(url, requested) || is_page(url, fetched)
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
            fits("https://blog.example/b?x=1", "https://blog.example/a?x=1"),
            None
        );
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
