//! Parses dates as feeds and pages write them: RFC 3339 and ISO 8601 with their variants, RFC 822 and 2822, the output
//! of `ctime` and `toString`, and the same in other languages. A time without a zone is UTC; a wrong weekday is
//! ignored.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::{Offset, TimeZone};

use self::clock::{Clock, ClockText};
use self::token::{DateToken, is_thai, tokens};

mod clock;
mod token;
mod words;

/// Parses a date, with or without a time. The placeholders that programs write for a missing date are none.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    parse_in(text, &TimeZone::UTC)
}

/// The same; a date without a zone is in `zone`.
pub(crate) fn parse_in(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MOST {
        return None;
    }
    let time = match text.parse::<Timestamp>() {
        Ok(time) => time,
        Err(_) => loose(text, zone)?,
    };
    (!is_placeholder(time) && !is_of_other_calendar(time)).then_some(time)
}

/// Whether the year of a time is none of this age, but one in the calendars of Iran, Arabia or Thailand, which are not
/// converted where nothing names them, or two numbers read as one.
fn is_of_other_calendar(time: Timestamp) -> bool {
    let year = time.to_zoned(TimeZone::UTC).year();
    year < 1500 || (2400..2700).contains(&year)
}

/// The days from which programs count: Windows, OLE and Excel, SQL Server, classic Mac OS, Unix.
const EPOCHS: [(i16, i8, i8); 6] = [
    (1601, 1, 1),
    (1899, 12, 30),
    (1899, 12, 31),
    (1900, 1, 1),
    (1904, 1, 1),
    (1970, 1, 1),
];

/// Whether a time is the beginning of some epoch in some zone, or in a year up to 2: MySQL's `0000-00-00` becomes the
/// end of November before it or, with other mistakes, after it.
fn is_placeholder(time: Timestamp) -> bool {
    const FARTHEST_ZONE: i64 = 14 * 60 * 60;
    let is_epoch = |&(year, month, day): &(i16, i8, i8)| {
        let midnight = Date::new(year, month, day).map(|date| date.to_zoned(TimeZone::UTC));
        midnight.is_ok_and(|midnight| {
            midnight.is_ok_and(|midnight| {
                let apart = time.as_second() - midnight.timestamp().as_second();
                // Zones differ by quarters of an hour; another time is a real one.
                apart.abs() <= FARTHEST_ZONE && apart % (15 * 60) == 0
            })
        })
    };
    time.to_zoned(TimeZone::UTC).year() <= 2 || EPOCHS.iter().any(is_epoch)
}

/// The longest date, in bytes.
const MOST: usize = 120;

fn loose(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let mut tokens = tokens(text);
    if let Some(time) = counted(&tokens) {
        return Some(time);
    }
    from_numerals(&mut tokens);
    part(&mut tokens);
    join_exif(&mut tokens);
    let (time, mut offset) = take_time(&mut tokens);
    offset = offset.or_else(|| take_last_zone(&mut tokens));
    // A wrong date is worse than none.
    if has_other_time(&tokens) || (time.is_some() && !has_day(&tokens)) {
        return None;
    }
    from_eras(&mut tokens);
    if text.contains(is_thai) {
        from_buddhist(&mut tokens)?;
    }
    let mut date = date(&tokens)?;
    let mut time = time.unwrap_or_default();
    if time.hour == 24 {
        if (time.minute, time.second) != (0, 0) {
            return None;
        }
        time.hour = 0;
        date = date.tomorrow().ok()?;
    }
    // A leap second.
    let second = time.second.min(59);
    let time = Time::new(time.hour, time.minute, second, time.nanosecond).ok()?;
    let when = DateTime::from_parts(date, time);
    match offset {
        Some(seconds) => Offset::from_seconds(seconds).ok()?.to_timestamp(when).ok(),
        None => {
            let zone = named_zone(text).unwrap_or_else(|| zone.clone());
            Some(when.to_zoned(zone).ok()?.timestamp())
        }
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970.
fn counted(tokens: &[DateToken]) -> Option<Timestamp> {
    let (value, digits) = match tokens {
        [number] => number.number()?,
        [number, point, fraction] if point.is_mark('.') && fraction.number().is_some() => {
            number.number()?
        }
        _ => return None,
    };
    // `2026052504` has its hour.
    let begins_a_day = || {
        let behind = 10_u64.checked_pow(u32::try_from(digits.checked_sub(8)?).ok()?)?;
        packed(value / behind)
    };
    let is_of_these_days = |day: Date| (1990..2100).contains(&day.year());
    if digits > 9 && begins_a_day().is_some_and(is_of_these_days) {
        return None;
    }
    let value = i64::try_from(value).ok()?;
    match digits {
        9 | 10 => Timestamp::from_second(value).ok(),
        13 => Timestamp::from_millisecond(value).ok(),
        16 => Timestamp::from_microsecond(value).ok(),
        19 => Timestamp::from_nanosecond(value.into()).ok(),
        _ => None,
    }
}

/// Writes months and days in Chinese numerals, `十一月`, in digits.
fn from_numerals(tokens: &mut Vec<DateToken>) {
    let numeral = |token: &DateToken| token.word().and_then(words::numeral);
    for end in (0..tokens.len()).rev() {
        let mark = tokens.get(end).and_then(DateToken::word);
        if !matches!(mark, Some("月" | "日" | "号" | "號")) {
            continue;
        }
        let before = tokens.get(..end).unwrap_or_default();
        let numerals: Vec<u64> = before.iter().rev().map_while(numeral).collect();
        // `二十五` is 2 × 10 + 5.
        let value = numerals
            .iter()
            .rev()
            .fold(0, |sum, numeral| match (sum, numeral) {
                (1.., 10) => sum.min(10) * 10,
                _ => sum + numeral,
            });
        if value > 0 {
            let number = DateToken::Number {
                value,
                digits: if value > 9 { 2 } else { 1 },
                gap: true,
            };
            drop(tokens.splice(end - numerals.len()..end, [number]));
        }
    }
}

/// Splits a date and a time that are written together: `20260525044526`.
fn part(tokens: &mut Vec<DateToken>) {
    let behind = match tokens.first().and_then(DateToken::number) {
        Some((value, 14)) => Some((value, 1_000_000, 6)),
        Some((value, 12)) => Some((value, 10_000, 4)),
        Some(_) | None => None,
    };
    if let Some((value, by, digits)) = behind {
        let number = |value, digits| DateToken::Number {
            value,
            digits,
            gap: false,
        };
        let parts = [
            number(value / by, 8),
            DateToken::Word("t".to_owned()),
            number(value % by, digits),
        ];
        drop(tokens.splice(..1, parts));
    }
}

/// Writes a date as cameras do, `2026:05:25`, with hyphens.
fn join_exif(tokens: &mut [DateToken]) {
    if let [
        DateToken::Number { digits: 4, .. },
        first @ DateToken::Mark(':'),
        DateToken::Number { digits: 2, .. },
        second @ DateToken::Mark(':'),
        DateToken::Number { digits: 2, .. },
        ..,
    ] = tokens
    {
        (*first, *second) = (DateToken::Mark('-'), DateToken::Mark('-'));
    }
}

/// Whether something is left that is written like a time: an impossible one (`25:14`), or numbers of another meaning. A
/// zone behind a sign is none.
fn has_other_time(tokens: &[DateToken]) -> bool {
    let is_number = |token: &DateToken| token.number().is_some();
    let is_sign = |token: &DateToken| ['+', '-', '−'].iter().any(|sign| token.is_mark(*sign));
    (0..tokens.len()).any(|at| {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let is_zone = before.is_some_and(is_sign);
        match tokens.get(at..).unwrap_or_default() {
            [one, t, two, ..] if is_number(one) && t.word() == Some("t") => is_number(two),
            [one, colon, two, rest @ ..] if is_number(one) && colon.is_mark(':') && !is_zone => {
                is_number(two) || rest.first().is_some_and(|next| next.is_mark(':'))
            }
            _ => false,
        }
    })
}

/// Whether the tokens of a date have enough numbers for a day.
fn has_day(tokens: &[DateToken]) -> bool {
    let numbers: Vec<(u64, usize)> = tokens.iter().filter_map(DateToken::number).collect();
    match numbers.as_slice() {
        [] => false,
        [(_, digits)] => *digits > 6,
        [(_, 4), (_, digits)] => *digits == 3 || has_month(tokens),
        _ => true,
    }
}

fn has_month(tokens: &[DateToken]) -> bool {
    let mut words = tokens.iter().filter_map(DateToken::word);
    words.any(|word| words::month(word).is_some())
}

/// Removes a zone at the end, after the year, as `git` prints it.
fn take_last_zone(tokens: &mut Vec<DateToken>) -> Option<i32> {
    let is_year = |token: &DateToken| token.number().is_some_and(|(_, digits)| digits == 4);
    let at = match tokens.as_slice() {
        [.., year, _, last] if is_year(year) && is_year(last) => tokens.len() - 2,
        // `at` is a word here.
        [.., year, last] if is_year(year) && last.word() != Some("at") => tokens.len() - 1,
        _ => return None,
    };
    let (offset, _) = zone_at(tokens, at);
    if offset.is_some() {
        tokens.truncate(at);
    }
    offset
}

/// A time zone by its name, such as `America/New_York`.
fn named_zone(text: &str) -> Option<TimeZone> {
    let is_name = |word: &&str| {
        word.split_once('/').is_some_and(|(area, place)| {
            !place.is_empty() && area.bytes().all(|byte| byte.is_ascii_alphabetic())
        })
    };
    let name = text.split([' ', '(', ')', '[', ']', ',']).find(is_name)?;
    TimeZone::get(name).ok()
}

/// Removes the time and its zone (in seconds east of UTC) from the tokens.
fn take_time(tokens: &mut Vec<DateToken>) -> (Option<Clock>, Option<i32>) {
    let Some((start, mut end, mut clock)) =
        (0..tokens.len()).find_map(|start| clock_at(tokens, start))
    else {
        return (None, None);
    };
    let half =
        |token: Option<&DateToken>| token.and_then(DateToken::word).and_then(words::half_of_day);
    let before = match tokens
        .get(start.saturating_sub(2)..start)
        .unwrap_or_default()
    {
        [one, two] => words::half_of_two(one.word(), two.word()).or_else(|| half(Some(two))),
        [one] => half(Some(one)),
        _ => None,
    };
    let after = half(tokens.get(end));
    if after.is_some() {
        end += 1;
    }
    match before.or(after) {
        Some(words::Half::Second) if clock.hour < 12 => clock.hour += 12,
        Some(words::Half::First) if clock.hour == 12 => clock.hour = 0,
        Some(_) | None => {}
    }
    let (offset, end) = zone_at(tokens, end);
    tokens.drain(start..end);
    (Some(clock), offset)
}

/// The time that begins at a token, and where it ends.
fn clock_at(tokens: &[DateToken], start: usize) -> Option<(usize, usize, Clock)> {
    let before = |count: usize| start.checked_sub(count).and_then(|at| tokens.get(at));
    // `+09:00` is a zone.
    if before(1).is_some_and(|token| token.is_mark('+')) || !may_begin_time(tokens, start) {
        return None;
    }
    let text = ClockText(tokens.get(start..)?);
    let is_behind_t = before(1).and_then(DateToken::word) == Some("t");
    if is_behind_t && let Some(clock) = text.packed() {
        return Some((start, start + 1, clock));
    }
    let is_behind_date = is_behind_t && before(2).and_then(DateToken::number).is_some();
    let (length, clock) = if text.has_minutes() {
        text.with_minutes()?
    } else {
        // `4 PM`, `T04`.
        let hour = text.part(0, 24)?;
        let half = text.word(1).and_then(words::half_of_day);
        let is_hour = half.is_some() && hour <= 12 || is_behind_date;
        let clock = Clock {
            hour,
            ..Clock::default()
        };
        is_hour.then_some((1, clock))?
    };
    Some((start, start + length, clock))
}

/// Whether a number may be the hour of a time: one that follows a `:` or, without a space, a mark of a date only if the
/// date before it is complete (`25/May/2026:04:45`).
fn may_begin_time(tokens: &[DateToken], start: usize) -> bool {
    let (before, rest) = tokens.split_at_checked(start).unwrap_or_default();
    let has_gap = matches!(rest, [DateToken::Number { gap: true, .. }, ..]);
    let is_joined = match before.last() {
        Some(DateToken::Mark(':')) => true,
        Some(DateToken::Mark('-' | '/' | '.')) => !has_gap,
        Some(_) | None => false,
    };
    let numbers = before.iter().filter(|token| token.number().is_some());
    let needed = if has_month(before) { 2 } else { 3 };
    !is_joined || numbers.count() == needed
}

/// The zone that begins at a token, in seconds east of UTC, and where it ends.
fn zone_at(tokens: &[DateToken], start: usize) -> (Option<i32>, usize) {
    let named = tokens
        .get(start)
        .and_then(DateToken::word)
        .and_then(words::zone);
    let end = if named.is_some() { start + 1 } else { start };
    let west = match tokens.get(end) {
        Some(token) if token.is_mark('+') => 1,
        Some(token) if token.is_mark('-') || token.is_mark('−') => -1,
        Some(_) | None => return (named.map(|minutes| minutes * 60), end),
    };
    let Some(DateToken::Number {
        value,
        digits,
        gap: false,
    }) = tokens.get(end + 1)
    else {
        return (named.map(|minutes| minutes * 60), end);
    };
    let Ok(value) = i32::try_from(*value) else {
        return (None, end);
    };
    let mut end = end + 2;
    let minutes = match digits {
        1 | 2 => {
            let mut minutes = value * 60;
            let rest = tokens.get(end + 1).and_then(DateToken::number);
            if tokens.get(end).is_some_and(|token| token.is_mark(':'))
                && let Some((rest, 2)) = rest
            {
                minutes += i32::try_from(rest).unwrap_or(0);
                end += 2;
            }
            minutes
        }
        3 | 4 => value / 100 * 60 + value % 100,
        // A year or a day, not a zone.
        _ => return (named.map(|minutes| minutes * 60), end - 2),
    };
    (Some(west * minutes * 60), end)
}

/// Writes the years of Japan's and Taiwan's eras as common ones: `令和8年` as `2026年`. The first is `元年`.
fn from_eras(tokens: &mut [DateToken]) {
    let era = tokens.windows(4).enumerate().find_map(|(at, four)| {
        let [one, two, number, mark] = four else {
            return None;
        };
        let before = words::era(one.word()?, two.word()?).filter(|_| mark.word() == Some("年"))?;
        let count = match number.word() {
            Some("元") => 1,
            _ => number.number()?.0,
        };
        Some((at + 2, before.saturating_add(count)))
    });
    if let Some((at, value)) = era
        && let Some(token) = tokens.get_mut(at)
    {
        *token = DateToken::Number {
            value,
            digits: 4,
            gap: false,
        };
    }
}

/// Writes the years of a Thai date, which counts from the death of the Buddha, as common ones, unless it says that they
/// are that already. `None` if the year has two digits: both ways of counting are used so.
fn from_buddhist(tokens: &mut [DateToken]) -> Option<()> {
    let is_common = tokens.iter().any(|token| token.word() == Some("คศ"));
    let mut has_year = false;
    for token in tokens {
        if let DateToken::Number {
            value, digits: 4, ..
        } = token
        {
            has_year = true;
            if (2400..2700).contains(value) && !is_common {
                *value -= 543;
            }
        }
    }
    has_year.then_some(())
}

/// The date in the remaining tokens.
fn date(tokens: &[DateToken]) -> Option<Date> {
    if let Some(date) = marked(tokens) {
        return date;
    }
    if let Some(date) = marked_month(tokens) {
        return Some(date);
    }
    let numbers: Vec<(u64, usize)> = tokens.iter().filter_map(DateToken::number).collect();
    // `R8.11.27` is of an era that one letter names.
    if let [
        DateToken::Word(era),
        DateToken::Number { gap: false, .. },
        DateToken::Mark('.' | '/'),
        ..,
    ] = tokens
        && matches!(era.as_str(), "m" | "t" | "s" | "h" | "r")
    {
        return None;
    }
    // Only a zone.
    if let [DateToken::Mark('+' | '-'), _] = tokens {
        return None;
    }
    let all_words = || tokens.iter().filter_map(DateToken::word);
    // The last one, because `mar` may be a Tuesday.
    if let Some(month) = all_words().filter_map(words::month).next_back() {
        return with_month(month, &numbers);
    }
    if all_words().any(|word| word == "w") {
        return week(&numbers);
    }
    let mark = tokens.iter().find_map(|token| match token {
        DateToken::Mark(mark) if "-/.".contains(*mark) => Some(*mark),
        DateToken::Mark(_) | DateToken::Number { .. } | DateToken::Word(_) => None,
    });
    in_numbers(&numbers, mark)
}

/// `2026年5月25日`, `2026년 5월 25일`. A shorter year may be one of any era.
fn marked(tokens: &[DateToken]) -> Option<Option<Date>> {
    let before = |marks: [&str; 2]| {
        tokens.windows(2).find_map(|pair| match pair {
            [number, DateToken::Word(word)] if marks.contains(&word.as_str()) => number.number(),
            _ => None,
        })
    };
    let (year, digits) = before(["年", "년"])?;
    let (month, _) = before(["月", "월"])?;
    let day = before(["日", "일"]).or_else(|| before(["号", "號"]));
    let day = day.map_or(1, |(day, _)| day);
    Some((digits == 4).then(|| civil(year, month, day)).flatten())
}

/// `25 5月 2026`, as programs make of their own language's months.
fn marked_month(tokens: &[DateToken]) -> Option<Date> {
    // In `2026-05-12 月` a weekday follows the day.
    if tokens
        .iter()
        .any(|token| ['-', '/', '.'].iter().any(|mark| token.is_mark(*mark)))
    {
        return None;
    }
    let at = tokens.windows(2).position(|pair| {
        let is_mark = |word: &str| matches!(word, "月" | "월");
        matches!(pair, [number, DateToken::Word(word)] if number.number().is_some() && is_mark(word))
    })?;
    let (before, month) = tokens.split_at_checked(at)?;
    let (month, behind) = month.split_first()?;
    let numbers: Vec<_> = before
        .iter()
        .chain(behind)
        .filter_map(DateToken::number)
        .collect();
    match numbers.len() {
        2 => with_month(month.number()?.0, &numbers),
        _ => None,
    }
}

/// A date whose month is written as a word.
fn with_month(month: u64, numbers: &[(u64, usize)]) -> Option<Date> {
    let is_year = |(value, digits): &(u64, usize)| *digits > 2 || *value > 31;
    match numbers {
        [year] if is_year(year) => civil(full(*year), month, 1),
        [year, day, ..] if is_year(year) => civil(full(*year), month, day.0),
        [day, year, ..] => civil(full(*year), month, day.0),
        _ => None,
    }
}

/// `2026-W22-1`, `2026W221`.
fn week(numbers: &[(u64, usize)]) -> Option<Date> {
    let (year, week, day) = match numbers {
        [(year, 4), (both, 3)] => (*year, both / 10, both % 10),
        [(year, 4), (week, _)] => (*year, *week, 1),
        [(year, 4), (week, _), (day, _), ..] => (*year, *week, *day),
        _ => return None,
    };
    let day = Weekday::from_monday_one_offset(i8::try_from(day).ok()?).ok()?;
    let week = i8::try_from(week).ok()?;
    let date = ISOWeekDate::new(i16::try_from(year).ok()?, week, day).ok()?;
    Some(date.date())
}

/// A date in digits, separated by `mark`. With slashes the month comes first, as in America, if that is possible.
fn in_numbers(numbers: &[(u64, usize)], mark: Option<char>) -> Option<Date> {
    match numbers {
        [(value, 8), ..] => packed(*value),
        [(value, 7)] => ordinal(value / 1000, value % 1000),
        [(value, 6)] => civil(value / 100, value % 100, 1),
        [(year, 4)] => civil(*year, 1, 1),
        [(year, 4), (day, 3)] => ordinal(*year, *day),
        [(year, 4), (month, ..=2)] => civil(*year, *month, 1),
        [(year, 4), (month, ..=2), (day, ..=2), ..] => civil(*year, *month, *day),
        [(one, ..=2), (two, ..=2), year, ..] => {
            let year_first = mark == Some('-') && year.1 <= 2;
            let day_first = mark != Some('/') || *one > 12;
            if year_first {
                civil(full((*one, 2)), *two, year.0)
            } else if day_first && *two <= 12 {
                civil(full(*year), *two, *one)
            } else {
                civil(full(*year), *one, *two)
            }
        }
        _ => None,
    }
}

/// `20260525`.
fn packed(value: u64) -> Option<Date> {
    civil(value / 10_000, value / 100 % 100, value % 100)
}

/// The day of a year.
fn ordinal(year: u64, day: u64) -> Option<Date> {
    let first = civil(year, 1, 1)?;
    let date = first.with().day_of_year(i16::try_from(day).ok()?).build();
    date.ok()
}

/// The full year: one of two digits is taken from 1969 to 2068, one of three counts from 1900 (RFC 2822, 4.3).
fn full((year, digits): (u64, usize)) -> u64 {
    match (digits, year) {
        (..=2, ..=68) => year + 2000,
        (..=3, ..=999) => year + 1900,
        _ => year,
    }
}

fn civil(year: u64, month: u64, day: u64) -> Option<Date> {
    let year = i16::try_from(year).ok()?;
    let month = i8::try_from(month).ok()?;
    Date::new(year, month, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests;
