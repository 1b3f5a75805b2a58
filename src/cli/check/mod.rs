//! `tb check`: what is wrong with an installation, in sentences, each with its cure.
//!
//! Nothing is changed (a scratch file is made in each folder, and removed), and what could be made good by itself is
//! not told. A *fault* keeps something from working or lets somebody in; a *warning* may be meant so.

use std::path::PathBuf;

use super::shell::{ExitStatus, Shell};
use crate::cli::check::findings::{Finding, Findings, LISTED, Level};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::can_lock;

mod bans;
mod files;
mod findings;
mod mounts;
mod pages;
mod pings;
mod settings;
mod web;

/// Looks for mistakes in the installation and says how to mend them
///
/// Looks at the configuration, the folders and the pings, and asks the web server for this program.
/// Faults make the exit code 1, warnings do not.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Ask no web server
    #[arg(long)]
    offline: bool,
    /// Print one JSON object a line: level (fault or warning), message, cure
    #[arg(long)]
    json: bool,
    /// Tell by the exit code whether this process can lock a file
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
            findings.fault(error.to_string(), "nothing else can be checked before that");
        }
        Err(other) => return Err(other),
    }
    let untold = findings.kinds.values();
    let untold: usize = untold.map(|count| count.saturating_sub(LISTED)).sum();
    if untold > 0 {
        findings.all.push(Finding {
            level: Level::Warning,
            message: format!("{untold} more of the kinds of which {LISTED} are told"),
            cure: "mend those first".to_owned(),
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
        shell.out.line("Nothing is wrong.")?;
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
            bans::inspect(store, shell.now, findings);
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
