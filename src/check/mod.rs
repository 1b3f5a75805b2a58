//! Checks an installation: what is wrong, each problem with its cure.
//!
//! Changes nothing, except for a scratch file in each folder that is removed again. What the program repairs by itself
//! is not reported. A *fault* breaks something or is a security hole; a *warning* may be intended.

use jiff::Timestamp;

use crate::admission::bans;
use crate::config::Config;
use crate::fetch::Timeout;
use crate::store::Store;

mod files;
mod findings;
mod mounts;
mod pages;
mod pings;
mod settings;
mod web;

pub use findings::{Finding, Findings, Level};
pub use web::url_of;

/// Whether other servers, and the installation's own, are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// No requests are made.
    Unused,
    /// Each request may take so long.
    Used(Timeout),
}

/// Checks everything.
pub fn inspect(config: &Config, now: Timestamp, network: Network, findings: &mut Findings) {
    findings.part("The configuration", |findings| {
        settings::inspect(config, findings)
    });
    let data = findings.part("The folders and the files in them", |findings| {
        files::inspect(config, now, findings)
    });
    let ids = match &data {
        Some((store, folder)) => {
            findings.part("The bans", |findings| check_bans(store, now, findings));
            findings.part("The pings", |findings| {
                pings::inspect(config, store, folder, now, findings)
            })
        }
        None => Vec::new(),
    };
    if let Network::Used(timeout) = network {
        findings.part(
            "The web server runs this program and keeps its files",
            |findings| web::inspect(config, &ids, timeout, findings),
        );
        if let Some((store, _)) = &data {
            findings.part("The pages of the newest entries", |findings| {
                pages::inspect(config, store, timeout, findings)
            });
        }
    }
}

/// Reports invalid lines of `.bans`, which the owner may edit.
fn check_bans(store: &Store, now: Timestamp, findings: &mut Findings) {
    // A file that cannot be opened is reported with the other files.
    let Ok(list) = bans::list(store, now) else {
        return;
    };
    for fault in list.faults {
        findings.warning(fault, "correct the line; the other bans are in force");
    }
}
