//! Checks whether programs find an entry's ping URL on the weblog's own pages.

use url::Url;

use super::findings::Findings;
use crate::admission::entries;
use crate::config::Config;
use crate::fetch::{Client, Timeout};
use crate::linkback::discover::{Discovery, DiscoverySource, discover};
use crate::linkback::trackback::TbId;
use crate::send;
use crate::store::Store;

/// How many pages are fetched: those of the newest entries, which the current templates have made.
const PAGES: usize = 2;

pub(super) fn inspect(config: &Config, store: &Store, timeout: Timeout, findings: &mut Findings) {
    // A private ping URL is not on the page.
    if config.passphrase.is_some() {
        return;
    }
    // An unreadable file is reported by `pings::inspect`.
    let mut known = entries::load(store).unwrap_or_default().entries;
    known.retain(|(_, entry)| entry.passphrase.is_none());
    known.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.published));
    let client = send::client(Some(config), timeout);
    let pages = known
        .into_iter()
        .filter_map(|(id, entry)| Some((id, entry.url?)));
    for (id, url) in pages.take(PAGES) {
        check_page(config, &client, &id, &url, findings);
    }
}

fn check_page(config: &Config, client: &Client, id: &TbId, url: &Url, findings: &mut Findings) {
    let page = match client.get(url) {
        Ok(page) => page,
        Err(error) => {
            return findings.warning(
                format!("the page of entry `{id}` cannot be read: {error}"),
                "make sure that it is online; if its URL has changed, run `tb entries sync`",
            );
        }
    };
    let found = discover(&page.body, page.content_type.as_deref(), url, &page.url);
    if found.found.is_empty() {
        return findings.warning(
            format!("the page `{url}` names no ping URL, so nobody can ping it by its link"),
            "put what `tb snippet` prints into its template; a minifier removes the block, which is a comment (Hugo: \
             `keepComments = true`)",
        );
    }
    if let Some(other) = names_another_program(config, &found) {
        return findings.warning(
            format!("the page `{url}` names `{other}`, which is not this program"),
            "put what `tb snippet` prints now into its template",
        );
    }
    if !found
        .found
        .iter()
        .any(|found| found.source == DiscoverySource::Rdf)
    {
        findings.warning(
            format!("the page `{url}` names its ping URL by a link only, and most programs look for the RDF block"),
            "put the part `entry` of `tb snippet` below the entry; a minifier removes the block, which is a comment \
             (Hugo: `keepComments = true`)",
        );
    }
}

/// The page's ping URL, if it is not one of this program.
fn names_another_program(config: &Config, found: &Discovery) -> Option<Url> {
    let first = found.found.first()?;
    let own = config.base_url.as_str().trim_end_matches('/');
    let rest = first.ping_url.as_str().strip_prefix(own);
    let is_own = rest.is_some_and(|rest| rest.starts_with(['/', '?']));
    (!is_own).then(|| first.ping_url.clone())
}
