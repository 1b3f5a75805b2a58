//! What holds for arXiv.org alone: it keeps 255 characters of a field, moderates every ping, and does not welcome
//! floods.

use std::time::Duration;

use url::Url;

use super::live::Leads;
use crate::domain::registrable;
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
#[must_use]
pub fn is_arxiv(url: &Url) -> bool {
    registrable(url) == "arxiv.org"
}

/// The list of the pings of the paper whose abstract is at `target`, below `base`.
#[must_use]
pub fn listing(base: &Url, target: &Url) -> Option<Url> {
    let id = target.path().strip_prefix("/abs/")?;
    is_arxiv(target).then(|| base.join(id).ok()).flatten()
}

/// Whether a list that was fetched from `at` has the entry: its links lead through arXiv, so the title has to do
/// where the permalink does not stand there.
#[must_use]
pub fn lists(body: &[u8], at: &Url, permalink: &Url, title: &str) -> bool {
    if Leads::read(body, at).lead_to(permalink) {
        return true;
    }
    let text = clean(&strip_markup(&String::from_utf8_lossy(body))).to_lowercase();
    let title = clean(title).to_lowercase();
    // A title of a word or two stands in many pages.
    title.chars().count() >= 8 && text.contains(&title)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn an_entry_is_listed_by_its_permalink_or_its_title() {
        let at = url("https://arxiv.org/tb/1501.00001");
        let page = b"<h2>Trackbacks</h2><p><a href='/tb/redirect/7/ab'>A &amp; B,\n a <b>long</b> title</a>
            [My blog@ me.example] <a href=https://me.example/2>x</a>";
        let lists = |permalink: &str, title: &str| lists(page, &at, &url(permalink), title);
        assert!(lists("https://me.example/1", "A & B, a long Title"));
        assert!(lists("https://me.example/2", ""));
        assert!(!lists("https://me.example/3", "Another long title"));
        assert!(!lists("https://me.example/3", "long"));
        assert!(!lists("https://me.example/3", ""));
    }
}
