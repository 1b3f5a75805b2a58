//! `tb stats`: how many pings there are, of whom, when, and why they are where they are.

use std::borrow::Cow;
use std::io;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::out::Face;
use super::{Ending, Shell, complain, values};
use crate::error::Result;
use crate::store::{Store, Tally};
use crate::text::crop;
use crate::trackback::TbId;
use crate::trust::stats::{self, Stats, Sum, living};

/// Counts the pings: by id, by domain, by state, by month and by reason
///
/// On a terminal with a chart of the last 24 months, and the 15 ids and domains with the most pings. Where
/// the output is no terminal all of them, each as one line of fields between tabs: what it is counted by
/// (all, id, domain, other-domains, month, reason), the name, published, held, junk, deleted, the time of
/// the oldest and of the newest; the last three are of `all` and `id` only.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// Only this id, as in the ping URL
    #[arg(value_parser = values::tb_id)]
    id: Option<TbId>,
    /// Only what came on that day or later, such as 2026-11-20
    #[arg(long, value_name = "DATE", value_parser = values::date)]
    since: Option<Timestamp>,
    /// Print one JSON object a line: {"by": WHAT, "name": NAME, "published": N, "held": N, "junk": N}
    #[arg(long)]
    json: bool,
}

/// Months in the chart.
const MONTHS: usize = 24;
/// Ids and domains on a terminal.
const MOST: usize = 15;
/// Columns of a terminal that does not say how many it has.
const COLUMNS: usize = 80;

/// A line that a program reads.
#[derive(Serialize, Default)]
struct Row<'a> {
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

pub(super) fn run(shell: &mut Shell, flags: &Flags) -> Result<Ending> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let zone = config.zone()?;
    let stats = stats::count(&store, &zone, flags.id.as_ref(), flags.since)?;
    match shell.out.face() {
        Face::Terminal if !flags.json => {
            let columns = columns();
            for line in chart(&stats, columns, |time| time.to_zoned(zone.clone()).date()) {
                shell.out.line(&line)?;
            }
        }
        Face::Terminal | Face::Plain => rows(&stats, |row| match flags.json {
            true => shell.out.json(&row),
            false => print(shell, &row),
        })?,
    }
    for (id, fault) in &stats.unread {
        complain(&format!("`{id}` is not counted whole: {fault}"));
    }
    Ok(match stats.unread.is_empty() {
        true => Ending::Done,
        false => Ending::Failed,
    })
}

fn print(shell: &mut Shell, row: &Row<'_>) -> Result<()> {
    let number = |number: u64| number.to_string();
    let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
    shell.out.row(&[
        row.by,
        row.name,
        &number(row.published),
        &number(row.held),
        &number(row.junk),
        &row.deleted.map_or(String::new(), number),
        &time(row.oldest),
        &time(row.newest),
    ])
}

/// Calls `take` with each line for a program.
fn rows(stats: &Stats, mut take: impl FnMut(Row<'_>) -> Result<()>) -> Result<()> {
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

fn summed<'a>(by: &'static str, name: &'a str, sum: &Sum) -> Row<'a> {
    Row {
        deleted: Some(sum.tally.deleted),
        oldest: sum.oldest,
        newest: sum.newest,
        ..counted(by, name, &sum.tally)
    }
}

fn counted<'a>(by: &'static str, name: &'a str, tally: &Tally) -> Row<'a> {
    Row {
        by,
        name,
        published: tally.published,
        held: tally.held,
        junk: tally.junk,
        ..Row::default()
    }
}

/// The lines for a person, none wider than `columns` if that is possible.
fn chart(stats: &Stats, columns: usize, day: impl Fn(Timestamp) -> Date) -> Vec<String> {
    let tally = &stats.all.tally;
    let mut lines = vec![format!(
        "{} pings: {} published, {} held, {} junk; {} deleted.",
        living(tally),
        tally.published,
        tally.held,
        tally.junk,
        tally.deleted
    )];
    if let (Some(oldest), Some(newest)) = (stats.all.oldest, stats.all.newest) {
        let (oldest, newest) = (day(oldest), day(newest));
        lines.push(format!(
            "The oldest came on {oldest}, the newest on {newest}."
        ));
    }
    if living(tally) == 0 {
        return lines;
    }
    section(&mut lines, "By month (# published, = held, - junk)", || {
        bars(&months(stats), columns)
    });
    section(&mut lines, "By domain", || {
        let all = stats
            .domains
            .iter()
            .map(|(name, tally)| (name.clone(), *tally));
        let rest = [("all others".to_owned(), stats.other_domains)];
        bars(&shortened(all.collect(), &rest), columns)
    });
    section(&mut lines, "By reason", || {
        let all = stats.reasons.iter();
        let all: Vec<_> = all
            .map(|(name, tally)| ((*name).to_owned(), *tally))
            .collect();
        bars(&all, columns)
    });
    if stats.ids.len() > 1 {
        section(&mut lines, "By id", || {
            let all = stats.ids.iter();
            let mut all: Vec<_> = all.map(|(id, sum)| (id.to_string(), sum.tally)).collect();
            all.sort_by_key(|(_, tally)| std::cmp::Reverse(living(tally)));
            bars(&shortened(all, &[]), columns)
        });
    }
    lines
}

fn section(lines: &mut Vec<String>, title: &str, make: impl FnOnce() -> Vec<String>) {
    lines.push(String::new());
    lines.push(title.to_owned());
    lines.extend(make());
}

/// The last months up to the newest ping, the empty ones too, and what came before as one.
fn months(stats: &Stats) -> Vec<(String, Tally)> {
    let (Some(&first), Some(&last)) = (stats.months.keys().next(), stats.months.keys().next_back())
    else {
        return Vec::new();
    };
    let mut shown = Vec::new();
    let mut month = Some(last);
    while let Some(at) = month.filter(|at| *at >= first && shown.len() < MONTHS) {
        let tally = stats.months.get(&at).copied().unwrap_or_default();
        shown.push((name(at), tally));
        month = at.checked_sub(1.month()).ok();
    }
    let mut before = Tally::default();
    for (_, tally) in stats.months.iter().filter(|(at, _)| Some(**at) <= month) {
        add(&mut before, tally);
    }
    if living(&before) > 0 {
        shown.push(("before".to_owned(), before));
    }
    shown.reverse();
    shown
}

/// The first of them, and all others as one.
fn shortened(mut all: Vec<(String, Tally)>, rest: &[(String, Tally)]) -> Vec<(String, Tally)> {
    let mut others = Tally::default();
    for (_, tally) in all.iter().skip(MOST).chain(rest) {
        add(&mut others, tally);
    }
    all.truncate(MOST);
    if living(&others) > 0 {
        all.push(("all others".to_owned(), others));
    }
    all
}

fn bars(counted: &[(String, Tally)], columns: usize) -> Vec<String> {
    let most = counted.iter().map(|(_, tally)| living(tally)).max();
    let most = most.unwrap_or_default();
    let digits = most.to_string().len();
    let longest = counted.iter().map(|(name, _)| name.chars().count()).max();
    let names = longest.unwrap_or_default().min(columns / 2);
    let room = columns.saturating_sub(names + digits + 5).max(5);
    let line = |(name, tally): &(String, Tally)| {
        let name = match name.chars().count() <= names {
            true => Cow::Borrowed(name.as_str()),
            false => crop(name, names.saturating_sub(1), "…"),
        };
        let (count, bar) = (living(tally), bar(tally, most, room));
        format!("  {name:<names$} {count:>digits$} {bar}")
            .trim_end()
            .to_owned()
    };
    counted.iter().map(line).collect()
}

/// A bar as long as `room` for `most` pings; what is not nothing is seen.
fn bar(tally: &Tally, most: u64, room: usize) -> String {
    let all = living(tally);
    if all == 0 || most == 0 {
        return String::new();
    }
    let scaled = |part: u64, whole: u64, length: u64| {
        let scaled =
            (u128::from(part) * u128::from(length) + u128::from(whole) / 2) / u128::from(whole);
        u64::try_from(scaled).unwrap_or(length)
    };
    let length = scaled(all, most, room as u64).max(1);
    let published = scaled(tally.published, all, length);
    let held = scaled(tally.published + tally.held, all, length) - published;
    let parts = [
        ("#", published),
        ("=", held),
        ("-", length - published - held),
    ];
    let repeat = |(sign, times): (&str, u64)| sign.repeat(usize::try_from(times).unwrap_or(0));
    parts.into_iter().map(repeat).collect()
}

fn add(tally: &mut Tally, more: &Tally) {
    tally.published += more.published;
    tally.held += more.held;
    tally.junk += more.junk;
}

fn name(month: Date) -> String {
    month.strftime("%Y-%m").to_string()
}

fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout());
    match size.map(|size| usize::from(size.ws_col)) {
        Ok(columns) if columns > 0 => columns.clamp(30, 160),
        Ok(_) | Err(_) => COLUMNS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(published: u64, held: u64, junk: u64) -> Tally {
        Tally {
            published,
            held,
            junk,
            deleted: 0,
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_share_and_never_longer_than_the_room() {
        assert_eq!(bar(&tally(5, 3, 2), 10, 10), "#####===--");
        assert_eq!(bar(&tally(0, 0, 1), 1_000_000, 10), "-");
        assert_eq!(bar(&tally(0, 0, 0), 10, 10), "");
        for (a, b, c) in [
            (1, 1, 1),
            (7, 0, 5),
            (0, 9, 1),
            (u64::MAX / 3, u64::MAX / 3, 1),
        ] {
            for room in [5, 7, 40] {
                let tally = tally(a, b, c);
                let bar = bar(&tally, living(&tally), room);
                assert_eq!(bar.len(), room, "{a} {b} {c}");
            }
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "a-very-long-name-of-a-domain-that-nobody-types-by-hand.example".to_owned();
        for columns in [30, 60, 80] {
            let lines = bars(
                &[
                    (long.clone(), tally(4, 3, 2)),
                    ("猫".to_owned(), tally(1, 0, 0)),
                ],
                columns,
            );
            assert!(
                lines.iter().all(|line| line.chars().count() <= columns),
                "{lines:#?}"
            );
        }
    }

    #[test]
    fn a_chart_has_the_months_without_pings_and_one_line_for_all_that_is_old() {
        let mut stats = Stats::default();
        for (month, count) in [("2004-05-01", 3), ("2026-09-01", 1), ("2026-11-01", 2)] {
            stats
                .months
                .insert(month.parse().unwrap(), tally(count, 0, 0));
        }
        let months = months(&stats);
        assert_eq!(months.len(), MONTHS + 1);
        assert_eq!(months[0], ("before".to_owned(), tally(3, 0, 0)));
        assert_eq!(months[1].0, "2024-12");
        assert_eq!(months[MONTHS - 1], ("2026-10".to_owned(), tally(0, 0, 0)));
        assert_eq!(months[MONTHS].0, "2026-11");
    }
}
