//! `tb prune`: upkeep, now.

use jiff::SignedDuration;
use serde::Serialize;

use super::output::Face;
use super::{Ending, Shell, complain, parsers};
use crate::admission::entries::Effect;
use crate::error::Result;
use crate::store::{Event, Store};
use crate::upkeep::garbage::{self, Ask, Deed, What};

/// Throws away what nobody needs: old junk, dead lines, files that are left over
///
/// Much of this is done by itself now and then; here it is done at once, and with your limits. Old junk
/// goes, without a trace: its page may ping again. Every file of pings is rewritten without the lines
/// that say nothing any more. Indexes that fit no file, files that a killed process left half made, saved
/// discussions and static feeds of ids that are gone are removed; a file in rss_dir that does not look
/// like one of ours is left alone. Where the output is no terminal each deed is one line of fields
/// between tabs: what, the id or file, how many.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
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
struct Printed<'a> {
    did: &'static str,
    name: &'a str,
    count: u64,
    dry_run: bool,
}

pub(super) fn run(shell: &mut Shell, flags: &Flags) -> Result<Ending> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let ask = Ask {
        junk: flags.junk_older_than,
        held: flags.held_older_than,
        logs: flags.logs,
        effect: match flags.dry_run {
            true => Effect::None,
            false => Effect::Write,
        },
    };
    let report = garbage::run(&config, &store, &ask, shell.now)?;
    if !flags.dry_run {
        let event = Event::new(shell.now, "pruned").with("deeds", report.deeds.len());
        store.log(&event.with("by", "shell"));
    }
    for deed in &report.deeds {
        print(shell, flags, deed)?;
    }
    for fault in &report.faults {
        complain(&fault.to_string());
    }
    if !report.faults.is_empty() {
        return Ok(Ending::Failed);
    }
    if shell.out.face() == Face::Terminal && !flags.json {
        shell
            .out
            .line(match (flags.dry_run, report.deeds.is_empty()) {
                (_, true) => "There is nothing to throw away.",
                (true, false) => "Nothing was changed.",
                (false, false) => "Done.",
            })?;
    }
    Ok(Ending::Done)
}

fn print(shell: &mut Shell, flags: &Flags, deed: &Deed) -> Result<()> {
    let Deed { what, name, count } = deed;
    if flags.json {
        return shell.out.json(&Printed {
            did: word(*what),
            name,
            count: *count,
            dry_run: flags.dry_run,
        });
    }
    if shell.out.face() == Face::Plain {
        return shell.out.row(&[word(*what), name, &count.to_string()]);
    }
    let told = match (what, flags.dry_run) {
        (What::Junked, false) => format!("{name}: {count} waited too long and are now junk"),
        (What::Junked, true) => format!("{name}: {count} waited too long and would be junk"),
        (What::Purged, false) => format!("{name}: {count} of the junk purged"),
        (What::Purged, true) => format!("{name}: {count} of the junk would be purged"),
        (What::Compacted, false) => format!("{name}: compacted, {count} bytes freed"),
        (What::Compacted, true) => format!("{name}: about {count} dead lines would be left out"),
        (What::Stale | What::Orphan | What::Log, dry) => {
            let why = match what {
                What::Orphan => "a feed of an id that is gone",
                What::Log => "an old log",
                _ => "nothing needs it",
            };
            let removed = if dry { "would be removed" } else { "removed" };
            format!("{name}: {removed} ({why})")
        }
    };
    shell.out.line(&told)
}

fn word(what: What) -> &'static str {
    match what {
        What::Junked => "junked",
        What::Purged => "purged",
        What::Compacted => "compacted",
        What::Stale => "removed-stale",
        What::Orphan => "removed-feed",
        What::Log => "removed-log",
    }
}
