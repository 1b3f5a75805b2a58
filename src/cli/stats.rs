//! `tb stats`: counts pings by id, domain, state, month and reason.

use std::io;

use jiff::Timestamp;
use serde::Serialize;

use self::chart::chart;
use super::named_id::NamedId;
use super::output::{OutputMode, Row};
use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::cli::stats::chart::month_name;
use crate::error::Result;
use crate::moderation::stats::{self, Stats, Sum, living};
use crate::store::{IdCounts, Store};

mod chart;

/// Counts the pings by id, domain, state, month and reason
///
/// On a terminal as a chart of the last 24 months, and the 15 ids and domains with the most pings. Otherwise
/// all of them, each as one line of fields between tabs: what it is counted by
/// (all, id, domain, other-domains, month, reason), the name, published, held, junk, deleted, the time of
/// the oldest and of the newest; the last three are of `all` and `id` only.
#[derive(Debug, clap::Args)]
pub(super) struct StatsArgs {
    /// Only this id, as in the ping URL
    #[arg(value_parser = NamedId::parse)]
    id: Option<NamedId>,
    /// Only pings received on that day or later, such as 2026-11-20
    #[arg(long, value_name = "DATE", value_parser = parsers::date)]
    since: Option<Timestamp>,
    /// Print one JSON object a line: {"by": WHAT, "name": NAME, "published": N, "held": N, "junk": N}
    #[arg(long)]
    json: bool,
}

/// The width of a terminal that does not report it.
const COLUMNS: usize = 80;

/// A line for a program.
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
    let zone = &config.zone;
    let id = flags.id.as_ref().map(|named| named.find(&config));
    let stats = stats::count(&store, zone, id.transpose()?.as_ref(), flags.since)?;
    shell.out.use_json_if(flags.json);
    match shell.out.mode() {
        OutputMode::Terminal => {
            let columns = columns();
            for line in chart(&stats, columns, |time| time.to_zoned(zone.clone()).date()) {
                shell.out.line(&line)?;
            }
        }
        OutputMode::Plain | OutputMode::Json => for_each_row(&stats, |row| shell.out.print(&row))?,
    }
    for (id, fault) in &stats.unread {
        warn(&format!("the counts of `{id}` are incomplete: {fault}"));
    }
    Ok(match stats.unread.is_empty() {
        true => ExitStatus::Done,
        false => ExitStatus::Failed,
    })
}

/// Calls `print` with each line for a program.
fn for_each_row(stats: &Stats, mut print: impl FnMut(StatsRow<'_>) -> Result<()>) -> Result<()> {
    print(sum_row("all", "", &stats.all))?;
    for (id, sum) in &stats.ids {
        print(sum_row("id", id.as_str(), sum))?;
    }
    for (domain, tally) in &stats.domains {
        print(count_row("domain", domain, tally))?;
    }
    if living(&stats.other_domains) > 0 {
        print(count_row("other-domains", "", &stats.other_domains))?;
    }
    for (month, tally) in &stats.months {
        print(count_row("month", &month_name(*month), tally))?;
    }
    for (reason, tally) in &stats.reasons {
        print(count_row("reason", reason, tally))?;
    }
    Ok(())
}

fn sum_row<'a>(by: &'static str, name: &'a str, sum: &Sum) -> StatsRow<'a> {
    StatsRow {
        deleted: Some(sum.tally.deleted),
        oldest: sum.oldest,
        newest: sum.newest,
        ..count_row(by, name, &sum.tally)
    }
}

fn count_row<'a>(by: &'static str, name: &'a str, tally: &IdCounts) -> StatsRow<'a> {
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
