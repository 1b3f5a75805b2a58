//! `tb prune`: runs the upkeep at once.

use jiff::SignedDuration;
use serde::Serialize;

use super::output::OutputMode;
use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::error::Result;
use crate::store::{DryRun, Event, EventName, Store};
use crate::upkeep::garbage::{self, GarbageAction, GarbageOptions, GarbageRemoved};

/// Deletes old junk, and compacts or removes files
///
/// The program does much of this by itself; this command does it at once, and with your limits. Old junk is deleted
/// without a trace: its page may ping again. Every file of pings is rewritten without its obsolete lines. Stale indexes,
/// incomplete files of killed processes, and saved discussions and static feeds of deleted ids are removed; other files
/// in rss_dir are not touched. Unless the output is a terminal, each action is one line of fields between tabs: what,
/// the id or file, how many.
#[derive(Debug, clap::Args)]
pub(super) struct PruneArgs {
    /// Delete what has been junk for longer, such as `7d`
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = parsers::duration)]
    junk_older_than: SignedDuration,
    /// Also mark as junk what has waited for longer, such as `90d`, unless you hold it yourself
    #[arg(long, value_name = "TIME", value_parser = parsers::duration)]
    held_older_than: Option<SignedDuration>,
    /// Remove rotated logs (.log.1) and saved torn lines (.quarantine) that were last written longer ago
    /// [default TIME: 30d]
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "30d", value_parser = parsers::duration)]
    logs: Option<SignedDuration>,
    /// Print what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a line: {"did": WHAT, "name": ID or FILE, "count": N, "dry_run": BOOL}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct PruneRow<'a> {
    did: &'static str,
    name: &'a str,
    count: u64,
    dry_run: bool,
}

pub(super) fn run(shell: &mut Shell, flags: &PruneArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let options = GarbageOptions {
        junk: flags.junk_older_than,
        held: flags.held_older_than,
        logs: flags.logs,
        dry_run: match flags.dry_run {
            true => DryRun::Yes,
            false => DryRun::No,
        },
    };
    let report = garbage::run(&config, &store, &options, shell.now)?;
    if !flags.dry_run {
        let event = Event::new(shell.now, EventName::Pruned).with("deeds", report.steps.len());
        store.log(&event.with("by", "shell"));
    }
    shell.out.use_json_if(flags.json);
    for removed_item in &report.steps {
        print(shell, flags, removed_item)?;
    }
    for fault in &report.faults {
        warn(&fault.to_string());
    }
    if !report.faults.is_empty() {
        return Ok(ExitStatus::Failed);
    }
    shell
        .out
        .note(match (flags.dry_run, report.steps.is_empty()) {
            (_, true) => "Nothing to delete.",
            (true, false) => "Nothing was changed.",
            (false, false) => "Done.",
        })?;
    Ok(ExitStatus::Done)
}

fn print(shell: &mut Shell, flags: &PruneArgs, removed_item: &GarbageRemoved) -> Result<()> {
    let GarbageRemoved { what, name, count } = removed_item;
    if shell.out.mode() == OutputMode::Json {
        return shell.out.json(&PruneRow {
            did: action_name(*what),
            name,
            count: *count,
            dry_run: flags.dry_run,
        });
    }
    if shell.out.mode() == OutputMode::Plain {
        return shell
            .out
            .row(&[action_name(*what), name, &count.to_string()]);
    }
    let line = match (what, flags.dry_run) {
        (GarbageAction::Junked, false) => {
            format!("{name}: {count} waited too long and are now junk")
        }
        (GarbageAction::Junked, true) => {
            format!("{name}: {count} waited too long and would be junk")
        }
        (GarbageAction::Purged, false) => format!("{name}: {count} junk pings deleted"),
        (GarbageAction::Purged, true) => format!("{name}: {count} junk pings would be deleted"),
        (GarbageAction::Compacted, false) => format!("{name}: compacted, {count} bytes freed"),
        (GarbageAction::Compacted, true) => {
            format!("{name}: about {count} obsolete lines would be removed")
        }
        (GarbageAction::Stale | GarbageAction::Orphan | GarbageAction::Log, dry) => {
            let why = match what {
                GarbageAction::Orphan => "a feed of a deleted id",
                GarbageAction::Log => "an old log",
                _ => "not needed",
            };
            let removed = if dry { "would be removed" } else { "removed" };
            format!("{name}: {removed} ({why})")
        }
    };
    shell.out.line(&line)
}

fn action_name(what: GarbageAction) -> &'static str {
    match what {
        GarbageAction::Junked => "junked",
        GarbageAction::Purged => "purged",
        GarbageAction::Compacted => "compacted",
        GarbageAction::Stale => "removed-stale",
        GarbageAction::Orphan => "removed-feed",
        GarbageAction::Log => "removed-log",
    }
}
