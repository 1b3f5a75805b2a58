//! Checks an installation: what is wrong, each problem with its cure.
//!
//! Changes nothing, except for a scratch file in each folder that is removed again. What the program repairs by itself
//! is not reported. A *fault* breaks something or is a security hole; a *warning* may be intended.

use jiff::{Timestamp, ToSpan};

use crate::admission::{bans, domains};
use crate::config::Config;
use crate::fetch::Timeout;
use crate::store::Store;
use crate::text;
use crate::verify::queue;

mod files;
mod findings;
mod mounts;
mod pages;
mod pings;
mod settings;
mod web;

pub use findings::{Finding, Findings, Level};
pub use web::url_of;

/// How much of a line of `.domains` is shown, in characters.
const LINE_SHOWN: usize = 100;

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
    if config.notify.is_some() {
        findings.part("The program that sends mail", |findings| {
            settings::check_sendmail(config, findings)
        });
    }
    let data = findings.part("The folders and the files in them", |findings| {
        files::inspect(config, now, findings)
    });
    let ids = match &data {
        Some((store, folder)) => {
            findings.part("The bans", |findings| check_bans(store, now, findings));
            findings.part("The known domains", |findings| {
                check_domains(store, findings)
            });
            findings.part("The checks of pages behind pings", |findings| {
                check_queue(store, now, findings)
            });
            findings.part("The pings", |findings| {
                pings::inspect(config, store, folder, now, findings)
            })
        }
        None => Vec::new(),
    };
    if let Some((store, _)) = data.as_ref().filter(|_| pages::has_endpoint(config)) {
        findings.part(
            "Webmentions and TrackBacks of a page have one id",
            |findings| pages::inspect_ids(config, store, findings),
        );
    }
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
        if pages::has_endpoint(config) {
            findings.part("The home page announces the endpoint", |findings| {
                pages::inspect_home(config, timeout, findings)
            });
        }
    }
}

/// Reports checks that are due for an hour. The program starts them itself, unless the host stops it.
fn check_queue(store: &Store, now: Timestamp, findings: &mut Findings) {
    // A file that cannot be opened is reported with the other files.
    let (Ok(queue), Ok(then)) = (queue::load(store), now.checked_sub(1.hour())) else {
        return;
    };
    let late = queue.due(then).count();
    if late > 0 {
        findings.warning(
            format!("{late} pages behind pings should have been checked more than an hour ago"),
            "have cron run `tb verify` every ten minutes; `tb verify --wait` checks them now",
        );
    }
}

/// Reports lines of `.domains` that approve nobody.
fn check_domains(store: &Store, findings: &mut Findings) {
    // A file that cannot be opened is reported with the other files.
    for line in domains::void_lines(store).unwrap_or_default() {
        let line = text::crop(&line, LINE_SHOWN, "…");
        findings.warning(
            format!("the line `{line}` of `.domains` approves nobody: it is no host, only redirects, or belongs to everybody"),
            "remove the line, and approve the weblogs that you know",
        );
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
