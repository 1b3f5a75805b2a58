//! What holds for arXiv.org alone: it keeps 255 characters of a field, moderates every ping, and does not welcome
//! floods.

use std::time::Duration;

use url::Url;

use super::preflight::Leads;
use crate::domain::registrable;
use crate::fetch::Page;
use crate::text::{clean, strip_markup};

/// How far apart requests to it are.
pub const SPACING: Duration = Duration::from_secs(3);

/// How many pings may go there in one run without a question.
pub const MOST_AT_ONCE: usize = 20;

/// How many characters of a field it keeps.
pub const MAX_FIELD: usize = 255;

/// What its success means.
pub const ACCEPTED: &str = "accepted for moderation";

/// Where it lists the pings of a paper, before the paper's id.
pub const LISTING: &str = "https://arxiv.org/tb/";

/// Whether `url` is on arXiv.org.
pub fn is_arxiv(url: &Url) -> bool {
    registrable(url) == "arxiv.org"
}

/// The name of the lane in which the host of `url` is asked.
pub(crate) fn lane(url: &Url) -> &str {
    if is_arxiv(url) {
        "arxiv.org"
    } else {
        url.host_str().unwrap_or_default()
    }
}

/// How far apart requests in that lane are, where others are `usual` apart.
pub(crate) fn spacing(url: &Url, usual: Duration) -> Duration {
    if is_arxiv(url) {
        SPACING.min(3 * usual)
    } else {
        usual
    }
}

/// The list of the pings of the paper whose abstract is at `target`, below `base`.
pub fn listing(base: &Url, target: &Url) -> Option<Url> {
    let id = target.path().strip_prefix("/abs/")?;
    is_arxiv(target).then(|| base.join(id).ok()).flatten()
}

/// How many characters of a title its lists show; what is shortened ends in an ellipsis.
const SHOWN: usize = 150;

/// Whether a list that was fetched from `at` has the entry: its links lead through arXiv, so the title has to do
/// where the permalink does not stand there.
pub fn lists(page: &Page, permalink: &Url, title: &str) -> bool {
    let kind = page.content_type.as_deref();
    if Leads::read(&page.body, kind, &page.url).lead_to(permalink) {
        return true;
    }
    let title = folded(title);
    let html = String::from_utf8_lossy(&page.body);
    // A title of a word or two stands in many pages, so it has to be all that a link says.
    !title.is_empty() && link_texts(&html).any(|shown| is_title(&shown, &title))
}

/// Whether a list shows a title so: whole, or the beginning of a long one.
fn is_title(shown: &str, title: &str) -> bool {
    if shown == title {
        return true;
    }
    let beginning = shown.trim_end_matches(['.', '…', ' ']);
    let is_cut = beginning.len() < shown.len() || shown.chars().count() >= SHOWN - 1;
    // Titles are cut at a word or inside one.
    is_cut && beginning.chars().count() >= SHOWN / 2 && title.starts_with(beginning)
}

/// The texts of the links in a page.
fn link_texts(html: &str) -> impl Iterator<Item = String> {
    let links = html.split("<a ").skip(1);
    links.filter_map(|link| {
        let (_, inside) = link.split_once('>')?;
        let end = inside.find("</a").unwrap_or(inside.len());
        inside.get(..end).map(|text| folded(&strip_markup(text)))
    })
}

fn folded(text: &str) -> String {
    clean(text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Validators;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn each_paper_has_a_list() {
        let listing = |target: &str| listing(&url(LISTING), &url(target)).map(String::from);
        assert_eq!(
            listing("https://arxiv.org/abs/hep-th/9901001").as_deref(),
            Some("https://arxiv.org/tb/hep-th/9901001")
        );
        assert_eq!(listing("https://arxiv.org/list/hep-th"), None);
        assert_eq!(
            listing("https://arxiv.org.evil.example/abs/1501.00001"),
            None
        );
    }

    fn page(html: &str) -> Page {
        Page {
            url: url("https://arxiv.org/tb/1501.00001"),
            redirects: Vec::new(),
            status: 200,
            content_type: Some("text/html; charset=utf-8".to_owned()),
            body: html.as_bytes().to_vec(),
            truncated: false,
            validators: Validators::default(),
            robots: Vec::new(),
            links: Vec::new(),
            pingback: None,
            location: None,
            other_type: None,
            retry_after: None,
        }
    }

    #[test]
    fn an_entry_is_listed_by_its_permalink_or_its_title() {
        let page = page(
            "<h2>Trackbacks</h2><p><a href='/tb/redirect/7/ab'>A &amp; B,\n a <b>long</b> title</a>
            [My blog@ me.example] <a href=https://me.example/2>x</a> a title in the text",
        );
        let lists = |permalink: &str, title: &str| lists(&page, &url(permalink), title);
        assert!(lists("https://me.example/1", "A & B, a long Title"));
        assert!(lists("https://me.example/2", ""));
        assert!(!lists("https://me.example/3", "Another long title"));
        assert!(!lists("https://me.example/3", "a title in the text"));
        assert!(!lists("https://me.example/3", "long"));
        assert!(!lists("https://me.example/3", ""));
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
            let listed = lists(&page(&html), &url("https://me.example/1"), title);
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
                !lists(&page(&html), &url("https://me.example/1"), title),
                "{shown}"
            );
        }
    }
}
