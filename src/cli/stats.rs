//! `tb stats`: how many pings there are, of whom, when, and why they are where they are.

use std::io;

use jiff::Timestamp;
use serde::Serialize;

use self::chart::chart;
use super::output::{OutputMode, Row};
use super::parsers;
use super::shell::{ExitStatus, Shell, complain};
use crate::cli::stats::chart::name;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::stats::{self, Stats, Sum, living};
use crate::store::{IdCounts, Store};

mod chart;

/// Counts the pings: by id, by domain, by state, by month and by reason
///
/// On a terminal with a chart of the last 24 months, and the 15 ids and domains with the most pings. Where
/// the output is no terminal all of them, each as one line of fields between tabs: what it is counted by
/// (all, id, domain, other-domains, month, reason), the name, published, held, junk, deleted, the time of
/// the oldest and of the newest; the last three are of `all` and `id` only.
#[derive(Debug, clap::Args)]
pub(super) struct StatsArgs {
    /// Only this id, as in the ping URL
    #[arg(value_parser = parsers::tb_id)]
    id: Option<TbId>,
    /// Only what came on that day or later, such as 2026-11-20
    #[arg(long, value_name = "DATE", value_parser = parsers::date)]
    since: Option<Timestamp>,
    /// Print one JSON object a line: {"by": WHAT, "name": NAME, "published": N, "held": N, "junk": N}
    #[arg(long)]
    json: bool,
}

/// Columns of a terminal that does not say how many it has.
const COLUMNS: usize = 80;

/// A line that a program reads.
#[derive(Serialize, Default)]
struct StatsRow<'a> {
    by: &'static str,
    name: &'a str,
    published: u64,
    held: u64,
    junk: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<Timestamp>,
}

impl Row for StatsRow<'_> {
    const FIELDS: &'static [&'static str] = &[
        "by",
        "name",
        "published",
        "held",
        "junk",
        "deleted",
        "oldest",
        "newest",
    ];
}

pub(super) fn run(shell: &mut Shell, flags: &StatsArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let zone = config.zone()?;
    let stats = stats::count(&store, &zone, flags.id.as_ref(), flags.since)?;
    shell.out.as_json_if(flags.json);
    match shell.out.mode() {
        OutputMode::Terminal => {
            let columns = columns();
            for line in chart(&stats, columns, |time| time.to_zoned(zone.clone()).date()) {
                shell.out.line(&line)?;
            }
        }
        OutputMode::Plain | OutputMode::Json => rows(&stats, |row| shell.out.print(&row))?,
    }
    for (id, fault) in &stats.unread {
        complain(&format!("`{id}` is not counted whole: {fault}"));
    }
    Ok(match stats.unread.is_empty() {
        true => ExitStatus::Done,
        false => ExitStatus::Failed,
    })
}

/// Calls `take` with each line for a program.
fn rows(stats: &Stats, mut take: impl FnMut(StatsRow<'_>) -> Result<()>) -> Result<()> {
    take(summed("all", "", &stats.all))?;
    for (id, sum) in &stats.ids {
        take(summed("id", id.as_str(), sum))?;
    }
    for (domain, tally) in &stats.domains {
        take(counted("domain", domain, tally))?;
    }
    if living(&stats.other_domains) > 0 {
        take(counted("other-domains", "", &stats.other_domains))?;
    }
    for (month, tally) in &stats.months {
        take(counted("month", &name(*month), tally))?;
    }
    for (reason, tally) in &stats.reasons {
        take(counted("reason", reason, tally))?;
    }
    Ok(())
}

fn summed<'a>(by: &'static str, name: &'a str, sum: &Sum) -> StatsRow<'a> {
    StatsRow {
        deleted: Some(sum.tally.deleted),
        oldest: sum.oldest,
        newest: sum.newest,
        ..counted(by, name, &sum.tally)
    }
}

fn counted<'a>(by: &'static str, name: &'a str, tally: &IdCounts) -> StatsRow<'a> {
    StatsRow {
        by,
        name,
        published: tally.published,
        held: tally.held,
        junk: tally.junk,
        ..StatsRow::default()
    }
}

fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout());
    match size.map(|size| usize::from(size.ws_col)) {
        Ok(columns) if columns > 0 => columns.clamp(30, 160),
        Ok(_) | Err(_) => COLUMNS,
    }
}
