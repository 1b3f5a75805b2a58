//! The counts as a chart of plain characters, for a terminal of any width.

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::moderation::stats::{Stats, living};
use crate::order;
use crate::store::IdCounts;
use crate::text::crop;

/// Months in the chart.
const MONTHS: usize = 24;
/// Ids and domains on a terminal.
const MOST: usize = 15;

/// The lines for a person, none wider than `columns` if that is possible.
pub(super) fn chart(stats: &Stats, columns: usize, day: impl Fn(Timestamp) -> Date) -> Vec<String> {
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
    let (months, before) = months(stats);
    section(
        &mut lines,
        "By month (# published, = held, - junk)",
        bars(&months, &group_row("before", before), columns),
    );
    let domains = stats.domains.iter();
    let mut domains: Vec<_> = domains
        .map(|(name, tally)| (name.clone(), *tally))
        .collect();
    let others = keep_first(&mut domains, stats.other_domains);
    let others = group_row("all others", others);
    section(&mut lines, "By domain", bars(&domains, &others, columns));
    let reasons = stats.reasons.iter();
    let reasons: Vec<_> = reasons
        .map(|(name, tally)| ((*name).to_owned(), *tally))
        .collect();
    section(&mut lines, "By reason", bars(&reasons, &[], columns));
    if stats.ids.len() > 1 {
        let ids = stats.ids.iter();
        let mut ids: Vec<_> = ids.map(|(id, sum)| (id.to_string(), sum.tally)).collect();
        order::sort_by_key(&mut ids, |(_, tally)| std::cmp::Reverse(living(tally)));
        let others = keep_first(&mut ids, IdCounts::default());
        let others = group_row("all others", others);
        section(&mut lines, "By id", bars(&ids, &others, columns));
    }
    lines
}

fn section(lines: &mut Vec<String>, title: &str, bars: Vec<String>) {
    lines.push(String::new());
    lines.push(title.to_owned());
    lines.extend(bars);
}

/// The last months up to the newest ping, the empty ones too, and what came before.
fn months(stats: &Stats) -> (Vec<(String, IdCounts)>, IdCounts) {
    let mut shown = Vec::new();
    let mut before = IdCounts::default();
    let first = stats.months.keys().next();
    let mut month = stats.months.keys().next_back().copied();
    while let Some(at) = month.filter(|at| Some(at) >= first && shown.len() < MONTHS) {
        let tally = stats.months.get(&at).copied().unwrap_or_default();
        shown.push((month_name(at), tally));
        month = at.checked_sub(1.month()).ok();
    }
    for (_, tally) in stats.months.iter().filter(|(at, _)| Some(**at) <= month) {
        add(&mut before, tally);
    }
    shown.reverse();
    (shown, before)
}

/// One row for a group of many, if it has any pings.
fn group_row(name: &str, tally: IdCounts) -> Vec<(String, IdCounts)> {
    let any = living(&tally) > 0;
    any.then(|| (name.to_owned(), tally)).into_iter().collect()
}

/// Keeps only the first rows; returns the sum of the others and `rest`.
fn keep_first(all: &mut Vec<(String, IdCounts)>, mut rest: IdCounts) -> IdCounts {
    for (_, tally) in all.iter().skip(MOST) {
        add(&mut rest, tally);
    }
    all.truncate(MOST);
    rest
}

/// A line for each. Groups of many have no bar: it would dwarf the others.
fn bars(
    counted: &[(String, IdCounts)],
    many: &[(String, IdCounts)],
    columns: usize,
) -> Vec<String> {
    let all = || many.iter().chain(counted);
    let count = |(_, tally): &(String, IdCounts)| living(tally);
    let digits = all().map(count).max().unwrap_or_default();
    let digits = digits.to_string().len();
    let names = all().map(|(name, _)| name.chars().count()).max();
    // The bar has at least five columns.
    let most_name = columns.saturating_sub(digits + 10).min(columns / 2);
    let names = names.unwrap_or_default().min(most_name);
    let most = counted.iter().map(count).max().unwrap_or_default();
    let room = columns.saturating_sub(names + digits + 5).max(5);
    let line = |(name, tally): &(String, IdCounts), bar: String| {
        let name = match name.chars().count() <= names {
            true => Cow::Borrowed(name.as_str()),
            false => crop(name, names.saturating_sub(1), "…"),
        };
        let count = living(tally);
        let line = format!("  {name:<names$} {count:>digits$} {bar}");
        line.trim_end().to_owned()
    };
    let named = counted.iter();
    let named = named.map(|one| line(one, bar(&one.1, most, room)));
    named
        .chain(many.iter().map(|one| line(one, String::new())))
        .collect()
}

/// A bar that is `room` long for `most` pings, and at least one long for any ping.
fn bar(tally: &IdCounts, most: u64, room: usize) -> String {
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

fn add(tally: &mut IdCounts, more: &IdCounts) {
    tally.published += more.published;
    tally.held += more.held;
    tally.junk += more.junk;
}

pub(super) fn month_name(month: Date) -> String {
    month.strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(published: u64, held: u64, junk: u64) -> IdCounts {
        IdCounts {
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
            let named = [
                (long.clone(), tally(4, 3, 2)),
                ("猫".to_owned(), tally(1, 0, 0)),
            ];
            let lines = bars(&named, &[(long.clone(), tally(4_000_000, 0, 0))], columns);
            assert!(lines[0].ends_with('-'), "{lines:#?}");
            assert!(lines[2].ends_with(" 4000000"), "{lines:#?}");
            assert!(
                lines.iter().all(|line| line.chars().count() <= columns),
                "{lines:#?}"
            );
        }
    }

    #[test]
    fn a_chart_has_the_months_without_pings_and_one_count_for_all_that_is_old() {
        let mut stats = Stats::default();
        for (month, count) in [("2004-05-01", 3), ("2026-09-01", 1), ("2026-11-01", 2)] {
            stats
                .months
                .insert(month.parse().unwrap(), tally(count, 0, 0));
        }
        let (months, before) = months(&stats);
        assert_eq!((months.len(), before), (MONTHS, tally(3, 0, 0)));
        assert_eq!(months[0].0, "2024-12");
        assert_eq!(months[MONTHS - 2], ("2026-10".to_owned(), tally(0, 0, 0)));
        assert_eq!(months[MONTHS - 1].0, "2026-11");
    }
}
