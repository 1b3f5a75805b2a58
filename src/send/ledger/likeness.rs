//! Which entries of the ledger may be a new one, under the URL that it had before.

use std::cmp::Reverse;

use url::Url;

use super::LedgerState;
use crate::order;
use crate::urls::{bare_host, parse_web};

/// How many are named at most.
const MOST: usize = 3;

impl LedgerState {
    /// The entries of the same site that the ledger knows to link to at least half of `targets`, and to which nothing is left
    /// to send; the likeliest first. None if it knows the entry at `permalink` itself.
    pub fn entries_like(&self, permalink: &Url, targets: &[&Url]) -> Vec<Url> {
        if self.links_of(permalink.as_str()).next().is_some() {
            return Vec::new();
        }
        let mut found: Vec<(Url, usize)> = Vec::new();
        for entry in self.entries() {
            let Some(url) = parse_web(entry).filter(|url| bare_host(url) == bare_host(permalink))
            else {
                continue;
            };
            let is_told = |target: &&&Url| {
                let known = self.standing(entry, target.as_str());
                known.is_some_and(|known| known.state.is_over())
            };
            let shared = targets.iter().filter(is_told).count();
            if shared > 0 && shared * 2 >= targets.len() {
                found.push((url, shared));
            }
        }
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
