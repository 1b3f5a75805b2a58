//! The links of a page that are kept, within limits.

use std::collections::HashMap;

use url::Url;

use crate::html::Base;

/// The most links that are kept, of each kind, so that a page made of links costs bounded memory.
pub(super) const MOST: usize = 20_000;
/// The most bytes of links that are kept, of each kind.
pub(super) const MOST_BYTES: usize = 2 << 20;

/// Links, each once.
#[derive(Default)]
pub(super) struct KeptLinks {
    pub(super) urls: Vec<Url>,
    /// The place of each in `urls`.
    pub(super) seen: HashMap<Url, usize>,
    bytes: usize,
    /// Whether there were more.
    pub(super) cut: bool,
}

impl KeptLinks {
    /// Keeps a link if the limits allow it; returns its place in `urls` if it is kept.
    pub(super) fn add(&mut self, base: &Base, link: &str) -> Option<usize> {
        if link.is_empty() || link.starts_with('#') || link.len() > Base::MAX_URL {
            return None;
        }
        if self.urls.len() >= MOST || self.bytes >= MOST_BYTES {
            self.cut = true;
            return None;
        }
        let url = base.join(link)?;
        if let Some(place) = self.seen.get(&url) {
            return Some(*place);
        }
        self.bytes += url.as_str().len();
        let place = self.urls.len();
        self.seen.insert(url.clone(), place);
        self.urls.push(url);
        Some(place)
    }

    /// Finds the URLs in a hidden text, such as a comment or a script, in which `/` may be written `\/`.
    pub(super) fn unseen(&mut self, base: &Base, text: &str) {
        let text = text.replace("\\/", "/");
        let mut rest = text.as_str();
        while let Some(at) = rest.find("://") {
            let (before, after) = rest.split_at(at);
            let end = |c: char| c.is_whitespace() || c.is_control() || "\"'<>\\`)".contains(c);
            let length = after.find(end).unwrap_or(after.len());
            let (link, next) = after.split_at(length.max(3));
            let scheme = ["https", "http"].into_iter().find(|scheme| {
                let tail = before.len().checked_sub(scheme.len());
                tail.and_then(|at| before.get(at..))
                    .is_some_and(|tail| tail.eq_ignore_ascii_case(scheme))
            });
            if let Some(scheme) = scheme
                && link.len() < Base::MAX_URL
            {
                self.add(base, &format!("{scheme}{link}"));
            }
            rest = next;
        }
    }
}
