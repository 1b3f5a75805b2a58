//! Links to arXiv: weblogs link to papers in many ways, but only the page of the abstract has the ping URL.

use url::Url;

use crate::urls::is_web;

/// The page of arXiv.org that has the ping URL for `link`: the abstract, without a version. `None` if `link` is not a
/// paper there. At arXiv only `/abs/` pages have an RDF block.
#[must_use]
pub fn arxiv_page(link: &Url) -> Option<Url> {
    if !is_web(link) {
        return None;
    }
    let path = link.path().strip_prefix('/')?;
    let id = match link.host_str()?.to_ascii_lowercase().as_str() {
        "arxiv.org" | "www.arxiv.org" | "export.arxiv.org" | "browse.arxiv.org" => {
            after_kind(path, &ARXIV_KINDS)
        }
        "ar5iv.org" | "www.ar5iv.org" | "ar5iv.labs.arxiv.org" => {
            after_kind(path, &["abs", "html"])
        }
        "alphaxiv.org" | "www.alphaxiv.org" => {
            after_kind(path, &["abs", "pdf", "html", "overview"])
        }
        "doi.org" | "dx.doi.org" | "www.doi.org" => {
            let (prefix, suffix) = path.split_at_checked("10.48550/arxiv.".len())?;
            let is_arxiv = prefix.eq_ignore_ascii_case("10.48550/arxiv.");
            is_arxiv.then_some(suffix)
        }
        _ => None,
    }?;
    let id = id.trim_end_matches('/');
    let id = id.strip_suffix(".pdf").unwrap_or(id);
    let id = match id.rsplit_once('v') {
        Some((id, version)) if is_digits(version, 1..=3) => id,
        _ => id,
    };
    if !is_new_id(id) && !is_old_id(id) {
        return None;
    }
    Url::parse(&format!("https://arxiv.org/abs/{id}")).ok()
}

/// The kinds of pages that arXiv.org has for a paper; `tb` is the list of its pings.
const ARXIV_KINDS: [&str; 11] = [
    "abs", "pdf", "html", "ps", "dvi", "format", "src", "e-print", "refs", "cits", "tb",
];

/// The rest of a path after one of these kinds.
fn after_kind<'path>(path: &'path str, kinds: &[&str]) -> Option<&'path str> {
    let (kind, id) = path.split_once('/')?;
    kinds.contains(&kind).then_some(id)
}

/// Whether it is an id since April 2007: `0704.0001`, `1501.00001`.
fn is_new_id(id: &str) -> bool {
    id.split_once('.')
        .is_some_and(|(month, number)| is_digits(month, 4..=4) && is_digits(number, 4..=5))
}

/// Whether it is an earlier id: `hep-th/9901001`, `math.GT/0309136`.
fn is_old_id(id: &str) -> bool {
    let Some((archive, number)) = id.split_once('/') else {
        return false;
    };
    let (archive, class) = archive.split_once('.').unwrap_or((archive, "XX"));
    let is_archive = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    !archive.is_empty()
        && archive.bytes().all(is_archive)
        && class.len() == 2
        && class.bytes().all(|byte| byte.is_ascii_uppercase())
        && is_digits(number, 7..=7)
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(link: &str) -> Option<String> {
        arxiv_page(&Url::parse(link).unwrap()).map(Url::into)
    }

    #[test]
    fn every_link_to_a_paper_leads_to_its_abstract() {
        for (link, id) in [
            ("https://arxiv.org/abs/1501.00001", "1501.00001"),
            ("http://www.arxiv.org/abs/0704.0001v12?x#y", "0704.0001"),
            ("https://arxiv.org/pdf/1501.00001v2.pdf", "1501.00001"),
            ("https://arxiv.org/pdf/hep-th/9901001v1", "hep-th/9901001"),
            ("https://export.arxiv.org/html/1501.00001v1/", "1501.00001"),
            ("https://ARXIV.org/abs/math.GT/0309136", "math.GT/0309136"),
            ("https://arxiv.org/tb/1501.00001", "1501.00001"),
            ("https://www.alphaxiv.org/abs/1501.00001v3", "1501.00001"),
            ("https://alphaxiv.org/overview/1501.00001", "1501.00001"),
            ("https://ar5iv.labs.arxiv.org/html/1501.00001", "1501.00001"),
            ("https://doi.org/10.48550/arXiv.1501.00001", "1501.00001"),
            (
                "http://dx.doi.org/10.48550/ARXIV.hep-th/9901001",
                "hep-th/9901001",
            ),
        ] {
            let expected = format!("https://arxiv.org/abs/{id}");
            assert_eq!(page(link), Some(expected), "{link}");
        }
    }

    #[test]
    fn other_pages_are_left_alone() {
        for link in [
            "https://arxiv.org/",
            "https://arxiv.org/list/hep-th/recent",
            "https://arxiv.org/abs/",
            "https://arxiv.org/abs/1501.000001",
            "https://arxiv.org/abs/1501.00001v",
            "https://arxiv.org/abs/1501.00001v2v1",
            "https://arxiv.org/abs/../trackback/1501.00001",
            "https://arxiv.org/abs/hep-th/99010010",
            "https://arxiv.org/abs/x/y/9901001",
            "https://arxiv.org.evil.example/abs/1501.00001",
            "https://info.arxiv.org/abs/1501.00001",
            "https://doi.org/10.48550/1501.00001",
            "https://doi.org/10.1000/arXiv.1501.00001",
            "https://doi.org/10.48550/猫arXiv.1501.00001",
            "https://alphaxiv.org/1501.00001",
            "ftp://arxiv.org/abs/1501.00001",
            "mailto:x@arxiv.org",
        ] {
            assert_eq!(page(link), None, "{link}");
        }
    }
}
