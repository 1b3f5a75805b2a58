//! `tb prune`: upkeep, now.

use jiff::SignedDuration;
use serde::Serialize;

use super::output::OutputMode;
use super::parsers;
use super::shell::{ExitStatus, Shell, complain};
use crate::admission::entries::WriteMode;
use crate::error::Result;
use crate::store::{Event, EventName, Store};
use crate::upkeep::garbage::{self, GarbageAction, GarbageOptions, GarbageRemoved};

/// Deletes old junk, dead lines and files that are left over
///
/// Much of this is done by itself now and then; here it is done at once, and with your limits. Old junk
/// goes, without a trace: its page may ping again. Every file of pings is rewritten without the lines
/// that say nothing any more. Indexes that fit no file, files that a killed process left half made, saved
/// discussions and static feeds of ids that are gone are removed; a file in rss_dir that does not look
/// like one of ours is left alone. Where the output is no terminal each deed is one line of fields
/// between tabs: what, the id or file, how many.
#[derive(Debug, clap::Args)]
pub(super) struct PruneArgs {
    /// Purge what has been junk for longer, such as `7d`
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = parsers::duration)]
    junk_older_than: SignedDuration,
    /// Put with the junk what came longer ago and still waits, unless you hold it yourself
    #[arg(long, value_name = "TIME", value_parser = parsers::duration)]
    held_older_than: Option<SignedDuration>,
    /// Remove logs that were put aside (.log.1) and torn lines that were saved (.quarantine) if nothing
    /// was written to them for longer [default TIME: 30d]
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "30d", value_parser = parsers::duration)]
    logs: Option<SignedDuration>,
    /// Say what would be done, and do nothing
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
    let ask = GarbageOptions {
        junk: flags.junk_older_than,
        held: flags.held_older_than,
        logs: flags.logs,
        mode: match flags.dry_run {
            true => WriteMode::DryRun,
            false => WriteMode::Write,
        },
    };
    let report = garbage::run(&config, &store, &ask, shell.now)?;
    if !flags.dry_run {
        let event = Event::new(shell.now, EventName::Pruned).with("deeds", report.deeds.len());
        store.log(&event.with("by", "shell"));
    }
    shell.out.as_json_if(flags.json);
    for deed in &report.deeds {
        print(shell, flags, deed)?;
    }
    for fault in &report.faults {
        complain(&fault.to_string());
    }
    if !report.faults.is_empty() {
        return Ok(ExitStatus::Failed);
    }
    shell
        .out
        .note(match (flags.dry_run, report.deeds.is_empty()) {
            (_, true) => "Nothing to delete.",
            (true, false) => "Nothing was changed.",
            (false, false) => "Done.",
        })?;
    Ok(ExitStatus::Done)
}

fn print(shell: &mut Shell, flags: &PruneArgs, deed: &GarbageRemoved) -> Result<()> {
    let GarbageRemoved { what, name, count } = deed;
    if shell.out.mode() == OutputMode::Json {
        return shell.out.json(&PruneRow {
            did: word(*what),
            name,
            count: *count,
            dry_run: flags.dry_run,
        });
    }
    if shell.out.mode() == OutputMode::Plain {
        return shell.out.row(&[word(*what), name, &count.to_string()]);
    }
    let told = match (what, flags.dry_run) {
        (GarbageAction::Junked, false) => {
            format!("{name}: {count} waited too long and are now junk")
        }
        (GarbageAction::Junked, true) => {
            format!("{name}: {count} waited too long and would be junk")
        }
        (GarbageAction::Purged, false) => format!("{name}: {count} of the junk purged"),
        (GarbageAction::Purged, true) => format!("{name}: {count} of the junk would be purged"),
        (GarbageAction::Compacted, false) => format!("{name}: compacted, {count} bytes freed"),
        (GarbageAction::Compacted, true) => {
            format!("{name}: about {count} dead lines would be left out")
        }
        (GarbageAction::Stale | GarbageAction::Orphan | GarbageAction::Log, dry) => {
            let why = match what {
                GarbageAction::Orphan => "a feed of an id that is gone",
                GarbageAction::Log => "an old log",
                _ => "nothing needs it",
            };
            let removed = if dry { "would be removed" } else { "removed" };
            format!("{name}: {removed} ({why})")
        }
    };
    shell.out.line(&told)
}

fn word(what: GarbageAction) -> &'static str {
    match what {
        GarbageAction::Junked => "junked",
        GarbageAction::Purged => "purged",
        GarbageAction::Compacted => "compacted",
        GarbageAction::Stale => "removed-stale",
        GarbageAction::Orphan => "removed-feed",
        GarbageAction::Log => "removed-log",
    }
}
