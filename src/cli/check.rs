//! `tb check`: reports what is wrong with an installation, each problem with its cure.
//!
//! Changes nothing, except for a scratch file in each folder that is removed again. What the program repairs by itself
//! is not reported. A *fault* breaks something or is a security hole; a *warning* may be intended.

use std::path::PathBuf;

use super::shell::{ExitStatus, Shell};
use crate::check::{self, Finding, Findings, Level, Network};
use crate::error::{Error, Result};
use crate::fetch::Timeout;
use crate::store::can_lock;

/// Checks the installation and says how to fix what is wrong
///
/// Checks the configuration, the folders and the pings, and requests this program from the web server, and pages of the
/// site. Faults make the exit code 1, warnings do not. `✓` marks the parts in which nothing was found.
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
    let mut is_of_config = false;
    match shell.config() {
        Ok(config) => {
            let network = match flags.offline {
                true => Network::Unused,
                false => Network::Used(Timeout::Shell),
            };
            check::inspect(&config, shell.now, network, &mut findings);
        }
        Err(error @ (Error::Config { .. } | Error::File { .. })) => {
            is_of_config = true;
            findings.fault(
                error.to_string(),
                "nothing else can be checked until this is fixed",
            );
        }
        Err(other) => return Err(other),
    }
    findings.count_hidden();
    if !flags.json {
        for part in &findings.passed {
            shell.out.line(&format!("✓ {part}"))?;
        }
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
        let line = format!("{level}: {message}");
        match is_of_config {
            // The TOML parser draws an arrow below the line that it quotes.
            true => shell.out.lines(&line)?,
            false => shell.out.line(&line)?,
        }
        shell.out.line(&format!("    {cure}"))?;
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
