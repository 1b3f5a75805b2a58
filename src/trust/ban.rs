//! Bans of domains, as the owner makes them on a page.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::config::Config;
use crate::domain;
use crate::error::Result;
use crate::store::{Own, Store};

/// Those of the domains that can be banned: not the site's own.
#[must_use]
pub fn possible(config: &Config, domains: &BTreeSet<String>) -> BTreeSet<String> {
    let own = config.site.iter().chain([&config.base_url]);
    let own: BTreeSet<String> = own.map(domain::registrable).collect();
    domains.difference(&own).cloned().collect()
}

/// Bans domains, as far as that is possible.
///
/// # Errors
///
/// As [`Store::edit_own`].
pub fn domains(
    config: &Config,
    store: &Store,
    domains: &BTreeSet<String>,
    _now: Timestamp,
) -> Result<()> {
    let new = possible(config, domains);
    store.edit_own(Own::Bans, |old| {
        let mut text = String::from_utf8_lossy(&old).into_owned();
        for domain in new {
            text.push_str(&format!("domain {domain}\n"));
        }
        Ok(Some(text.into_bytes()))
    })
}
