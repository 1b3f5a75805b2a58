//! What tells a page of a ping from others, and is the same under its other URLs. Pure.

use sha2::{Digest, Sha256};
use url::Url;

use super::sketch::sketch;
use crate::admission::publisher::Publisher;
use crate::linkback::trackback::links::Links;
use crate::text::hex;
use crate::urls::{page_key, without_fragment};

/// Identifies a page that is also reachable under other URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PageIdentity {
    /// The [`page_key`] of the permalink that the page states.
    pub(crate) name: String,
    /// That permalink as it is spelt, without its fragment; empty if the page states none.
    pub(crate) permalink: String,
    /// A hash of its text; empty if it has none.
    pub(crate) words: String,
    /// A hash of its title and the text around the link, which stay the same on a page that shows the time of day.
    pub(crate) near: String,
    /// A hash of its title.
    pub(crate) title: String,
    /// A [`sketch`] of its text: nearly the same after the page was edited.
    pub(crate) sketch: String,
    /// How many bytes its text has.
    pub(crate) length: usize,
}

/// The beginning of a text's hash.
pub(super) fn short_hash(text: &str) -> String {
    hex(Sha256::digest(text).get(..16).unwrap_or_default())
}

/// The identity of a page that was fetched from `fetched`. A canonical URL counts only within the same publisher.
pub(super) fn identity(links: &Links, fetched: &Url, link: &Url) -> PageIdentity {
    let publisher = Publisher::of(fetched);
    let canonical = links.says.canonical.as_ref();
    let canonical = canonical.filter(|url| publisher.is_some() && Publisher::of(url) == publisher);
    // Some weblogs wrongly give their home page as the canonical URL of every page.
    let canonical = canonical.filter(|url| url.path() != "/" || url.query().is_some());
    let words = links.words.as_str();
    PageIdentity {
        name: page_key(canonical.unwrap_or(fetched)),
        permalink: canonical.map(without_fragment).unwrap_or_default(),
        words: match words.is_empty() {
            true => String::new(),
            false => short_hash(words),
        },
        near: short_hash(&format!("{}\n{}", links.says.title, links.around(link))),
        title: hex(Sha256::digest(&links.says.title)
            .get(..8)
            .unwrap_or_default()),
        sketch: sketch(links.text()),
        length: links.text().len(),
    }
}
