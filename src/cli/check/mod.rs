//! `tb check`: reports what is wrong with an installation, each problem with its cure.
//!
//! Changes nothing, except for a scratch file in each folder that is removed again. What the program repairs by itself
//! is not reported. A *fault* breaks something or is a security hole; a *warning* may be intended.

use std::path::PathBuf;

use jiff::Timestamp;

use super::shell::{ExitStatus, Shell};
use crate::admission::bans;
use crate::cli::check::findings::{Finding, Findings, LISTED, Level};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::{Store, can_lock};

mod files;
mod findings;
mod mounts;
mod pages;
mod pings;
mod settings;
mod web;

/// Checks the installation and says how to fix what is wrong
///
/// Checks the configuration, the folders and the pings, and requests this program from the web server. Faults make the
/// exit code 1, warnings do not.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Make no network requests
    #[arg(long)]
    offline: bool,
    /// Print one JSON object a line: level (fault or warning), message, cure
    #[arg(long)]
    json: bool,
    /// Exit with 0 if this process can lock a file, else with 1
    #[arg(long, value_name = "FILE", hide = true)]
    can_lock: Option<PathBuf>,
}

pub(super) fn run(shell: &mut Shell, flags: &CheckArgs) -> Result<ExitStatus> {
    if let Some(file) = &flags.can_lock {
        return Ok(match can_lock(file)? {
            true => ExitStatus::Done,
            false => ExitStatus::Failed,
        });
    }
    let mut findings = Findings::default();
    match shell.config() {
        Ok(config) => inspect(shell, &config, flags, &mut findings),
        Err(error @ (Error::Config { .. } | Error::File { .. })) => {
            findings.fault(
                error.to_string(),
                "nothing else can be checked until this is fixed",
            );
        }
        Err(other) => return Err(other),
    }
    let hidden = findings.counts_by_kind.values();
    let hidden: usize = hidden.map(|count| count.saturating_sub(LISTED)).sum();
    if hidden > 0 {
        findings.all.push(Finding {
            level: Level::Warning,
            message: format!("{hidden} more findings like these are not shown"),
            cure: "fix the shown ones first".to_owned(),
        });
    }
    for finding in &findings.all {
        if flags.json {
            shell.out.json(finding)?;
            continue;
        }
        let level = match finding.level {
            Level::Fault => "fault",
            Level::Warning => "warning",
        };
        let Finding { message, cure, .. } = finding;
        shell.out.line(&format!("{level}: {message}: {cure}"))?;
    }
    let faults = findings.all.iter();
    let faults = faults
        .filter(|finding| finding.level == Level::Fault)
        .count();
    if !flags.json && findings.all.is_empty() {
        shell.out.line("No problems found.")?;
    }
    Ok(match faults {
        0 => ExitStatus::Done,
        _ => ExitStatus::Failed,
    })
}

fn inspect(shell: &Shell, config: &Config, flags: &CheckArgs, findings: &mut Findings) {
    settings::inspect(config, findings);
    let data = files::inspect(config, shell.now, findings);
    let ids = match &data {
        Some((store, folder)) => {
            check_bans(store, shell.now, findings);
            pings::inspect(config, store, folder, shell.now, findings)
        }
        None => Vec::new(),
    };
    if !flags.offline {
        web::inspect(config, &ids, findings);
        if let Some((store, _)) = &data {
            pages::inspect(config, store, findings);
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
