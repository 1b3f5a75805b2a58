//! Which entries of the ledger may be a new one, under the URL that it had before.

use std::cmp::Reverse;

use url::Url;

use super::LedgerState;
use crate::order;
use crate::urls::{bare_host, parse_web};

/// How many are named at most.
pub(super) const MOST: usize = 3;

impl LedgerState {
    /// The entries of the same site, but for those of which `is_other` says that they are others, that the ledger knows to
    /// link to at least half of `targets`, with nothing left to send; the likeliest first. None if it knows the entry at
    /// `permalink` itself.
    pub fn entries_like(
        &self,
        permalink: &Url,
        targets: &[&Url],
        is_other: impl Fn(&str) -> bool,
    ) -> Vec<Url> {
        if self.links_of(permalink.as_str()).next().is_some() {
            return Vec::new();
        }
        let linking = self.entries_that_link(targets);
        let alike = linking.filter(|(url, shared)| shared * 2 >= targets.len() && !is_other(url));
        let mut found: Vec<(Url, usize)> = alike
            .filter_map(|(url, shared)| Some((parse_web(url)?, shared)))
            .filter(|(url, _)| bare_host(url) == bare_host(permalink))
            .collect();
        order::sort_by_key(&mut found, |(url, shared)| {
            Reverse((name(url) == name(permalink), *shared))
        });
        found.truncate(MOST);
        found.into_iter().map(|(url, _)| url).collect()
    }
}

/// The last part of a path: a weblog that moves its entries often keeps their names.
fn name(url: &Url) -> &str {
    let path = url.path().trim_end_matches('/');
    path.rsplit('/').next().unwrap_or_default()
}
