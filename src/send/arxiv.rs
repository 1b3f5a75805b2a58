//! Rules for arXiv.org only: it keeps 255 characters of a field, moderates every ping, and objects to bursts of
//! requests.

use std::time::Duration;

use url::Url;

use super::preflight::PageLinks;
use crate::domain::registrable;
use crate::fetch::Page;
use crate::html::strip_markup;
use crate::text::clean;

/// The minimum time between two requests to arXiv.
pub const SPACING: Duration = Duration::from_secs(3);

/// How many pings a run may send to arXiv without asking the user.
pub const MOST_AT_ONCE: usize = 20;

/// How many characters of a field arXiv keeps.
pub const MAX_FIELD: usize = 255;

/// What arXiv's success reply means.
pub const ACCEPTED: &str = "accepted for moderation";

/// The URL of the list of a paper's pings, up to the paper's id.
pub const LISTING: &str = "https://arxiv.org/tb/";

/// Whether `url` is on arXiv.org.
pub fn is_arxiv(url: &Url) -> bool {
    registrable(url) == "arxiv.org"
}

/// The name of the lane for requests to the host of `url`.
pub(crate) fn lane(url: &Url) -> &str {
    if is_arxiv(url) {
        "arxiv.org"
    } else {
        url.host_str().unwrap_or_default()
    }
}

/// The time between requests in that lane; `usual` is that of other lanes.
pub(crate) fn spacing(url: &Url, usual: Duration) -> Duration {
    if is_arxiv(url) {
        SPACING.min(3 * usual)
    } else {
        usual
    }
}

/// The URL, below `base`, of the list of pings for the paper whose abstract is at `target`.
pub fn list_url(base: &Url, target: &Url) -> Option<Url> {
    let id = target.path().strip_prefix("/abs/")?;
    is_arxiv(target).then(|| base.join(id).ok()).flatten()
}

/// How many characters of a title arXiv's lists show; a shortened title ends in an ellipsis.
const MAX_SHOWN_TITLE: usize = 150;

/// Whether a fetched list contains the entry. Its links redirect through arXiv, so the title is compared where the
/// permalink is not found.
pub fn is_listed(page: &Page, permalink: &Url, title: &str) -> bool {
    let kind = page.content_type.as_deref();
    if PageLinks::parse(&page.body, kind, &page.url).contain(permalink) {
        return true;
    }
    let title = normalize(title);
    let html = String::from_utf8_lossy(&page.body);
    // A title of a word or two occurs on many pages, so it must be the whole text of a link.
    !title.is_empty() && link_texts(&html).any(|shown| is_title(&shown, &title))
}

/// Whether `shown` is the title, or the shortened beginning of a long one.
fn is_title(shown: &str, title: &str) -> bool {
    if shown == title {
        return true;
    }
    let beginning = shown.trim_end_matches(['.', '…', ' ']);
    let is_cut = beginning.len() < shown.len() || shown.chars().count() >= MAX_SHOWN_TITLE - 1;
    // arXiv shortens titles between words or inside one.
    is_cut && beginning.chars().count() >= MAX_SHOWN_TITLE / 2 && title.starts_with(beginning)
}

/// The texts of the links in a page.
fn link_texts(html: &str) -> impl Iterator<Item = String> {
    let links = html.split("<a ").skip(1);
    links.filter_map(|link| {
        let (_, inside) = link.split_once('>')?;
        let end = inside.find("</a").unwrap_or(inside.len());
        inside.get(..end).map(|text| normalize(&strip_markup(text)))
    })
}

fn normalize(text: &str) -> String {
    clean(text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn each_paper_has_a_list() {
        let list_url = |target: &str| list_url(&url(LISTING), &url(target)).map(String::from);
        assert_eq!(
            list_url("https://arxiv.org/abs/hep-th/9901001").as_deref(),
            Some("https://arxiv.org/tb/hep-th/9901001")
        );
        assert_eq!(list_url("https://arxiv.org/list/hep-th"), None);
        assert_eq!(
            list_url("https://arxiv.org.evil.example/abs/1501.00001"),
            None
        );
    }

    fn page(html: &str) -> Page {
        Page::html(url("https://arxiv.org/tb/1501.00001"), 200, html)
    }

    #[test]
    fn an_entry_is_listed_by_its_permalink_or_its_title() {
        let page = page(
            "<h2>Trackbacks</h2><p><a href='/tb/redirect/7/ab'>A &amp; B,\n a <b>long</b> title</a>
            [My blog@ me.example] <a href=https://me.example/2>x</a> a title in the text",
        );
        let is_listed = |permalink: &str, title: &str| is_listed(&page, &url(permalink), title);
        assert!(is_listed("https://me.example/1", "A & B, a long Title"));
        assert!(is_listed("https://me.example/2", ""));
        assert!(!is_listed("https://me.example/3", "Another long title"));
        assert!(!is_listed("https://me.example/3", "a title in the text"));
        assert!(!is_listed("https://me.example/3", "long"));
        assert!(!is_listed("https://me.example/3", ""));
    }

    #[test]
    fn c12_a_title_is_known_however_long_or_short_it_is() {
        let long = format!("On {}the end", "very many words about cats and ".repeat(7));
        assert!(long.chars().count() > 200);
        let cut: String = long.chars().take(150).collect();
        let at_word = cut.rsplit_once(' ').unwrap().0;
        for (shown, title) in [
            (cut.clone(), long.as_str()),
            (format!("{cut}..."), long.as_str()),
            (format!("{at_word} …"), long.as_str()),
            (long.to_uppercase(), long.as_str()),
            ("Cats".to_owned(), "Cats"),
            ("猫".to_owned(), "猫"),
            ("P &lt; NP?".to_owned(), "P < NP?"),
        ] {
            let html = format!("<p><a href='/tb/redirect/1/a'>{shown}</a> [B@ me.example]</p>");
            let listed = is_listed(&page(&html), &url("https://me.example/1"), title);
            assert!(listed, "{shown}");
        }
        for (shown, title) in [
            ("Cats and dogs", "Cats"),
            ("Cats", "Cats and dogs"),
            ("Cats...", "Cats and dogs"),
            ("A", "B"),
            (cut.as_str(), "On very many words about dogs"),
        ] {
            let html = format!("<p><a href='/tb/redirect/1/a'>{shown}</a></p>");
            assert!(
                !is_listed(&page(&html), &url("https://me.example/1"), title),
                "{shown}"
            );
        }
    }
}
