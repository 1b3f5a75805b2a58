//! Dates and times that stand in several parts of the value class pattern.

/// A date, a time and an offset from UTC, as far as they are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PartialMoment {
    date: Option<String>,
    time: Option<String>,
    zone: Option<String>,
}

/// What the parts give together: of each kind the first counts. A time without a date is of the day `date`, which is
/// then that of this one. `None` if no part is a date or a time.
pub(super) fn combine(parts: &[String], date: &mut Option<String>) -> Option<String> {
    let mut whole = PartialMoment::default();
    for part in parts {
        let part = PartialMoment::parse(part.trim()).unwrap_or_default();
        whole.date = whole.date.or(part.date);
        if whole.time.is_none() {
            whole.time = part.time;
            whole.zone = part.zone.or(whole.zone);
        } else if part.time.is_none() {
            whole.zone = whole.zone.or(part.zone);
        }
    }
    let own = whole.date.clone();
    let day = whole
        .date
        .or_else(|| date.clone().filter(|_| whole.time.is_some()));
    *date = own.or(date.take());
    let time = whole
        .time
        .map(|time| time + &whole.zone.unwrap_or_default());
    match (day, time) {
        (Some(day), Some(time)) => Some(format!("{day} {time}")),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}

impl PartialMoment {
    /// Notes the date of a text, if it begins with one.
    pub(super) fn note_date(text: &str, date: &mut Option<String>) {
        let own = PartialMoment::parse(text.trim()).and_then(|own| own.date);
        *date = own.or(date.take());
    }

    fn parse(text: &str) -> Option<PartialMoment> {
        if let Some(date) = date_of(text) {
            return Some(PartialMoment {
                date: Some(date),
                ..PartialMoment::default()
            });
        }
        if let Some(zone) = zone_of(text) {
            return Some(PartialMoment {
                zone: Some(zone),
                ..PartialMoment::default()
            });
        }
        if let Some((time, zone)) = time_of(text) {
            return Some(PartialMoment {
                date: None,
                time: Some(time),
                zone,
            });
        }
        let (date, time) = text.split_once(['T', 't', ' '])?;
        let (time, zone) = time_of(time.trim())?;
        Some(PartialMoment {
            date: Some(date_of(date)?),
            time: Some(time),
            zone,
        })
    }
}

/// `2026`, `2026-11`, `2026-11-20` or `2026-324`.
fn date_of(text: &str) -> Option<String> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_date = matches!(lengths.as_slice(), [4] | [4, 2] | [4, 2, 2] | [4, 3]);
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (is_date && text.split('-').all(is_number)).then(|| text.to_owned())
}

/// `Z`, `+8`, `-08`, `+0800` or `+08:00`; without the colon.
fn zone_of(text: &str) -> Option<String> {
    if text.eq_ignore_ascii_case("z") {
        return Some("Z".to_owned());
    }
    let digits = text.strip_prefix(['+', '-'])?;
    let sign = text.strip_suffix(digits)?;
    let digits: String = match digits.split_once(':') {
        Some((hours, minutes)) if hours.len() <= 2 && minutes.len() == 2 => {
            format!("{hours:0>2}{minutes}")
        }
        Some(_) => return None,
        None if digits.len() == 1 => format!("0{digits}"),
        None => digits.to_owned(),
    };
    let is_zone = matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_zone.then(|| format!("{sign}{digits}"))
}

/// `19:00`, `19:00:00`, `7pm`, `7:00 p.m.`, each with an offset behind it or without.
fn time_of(text: &str) -> Option<(String, Option<String>)> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == ':'))
        .unwrap_or(text.len());
    let (clock, rest) = text.split_at_checked(end)?;
    let rest = rest.trim();
    let half = rest.to_ascii_lowercase().replace('.', "");
    let (half, zone) = match half.as_str() {
        "am" => (Some(0), None),
        "pm" => (Some(12), None),
        "" => (None, None),
        _ => (None, Some(zone_of(rest)?)),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let number = |part: &str| part.parse::<u8>().ok().filter(|_| part.len() <= 2);
    let (hour, others) = match parts.as_slice() {
        [hour] if half.is_some() => (*hour, "00".to_owned()),
        [hour, minute] if minute.len() == 2 => (*hour, (*minute).to_owned()),
        [hour, minute, second] if minute.len() == 2 && second.len() == 2 => {
            (*hour, format!("{minute}:{second}"))
        }
        _ => return None,
    };
    let hour = number(hour)?;
    let hour = match half {
        Some(half) => hour % 12 + half,
        None => hour,
    };
    (hour < 25).then(|| (format!("{hour:02}:{others}"), zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_one_moment_and_the_first_of_each_kind_counts() {
        for (parts, expected) in [
            (&["2026-11-20"] as &[&str], Some("2026-11-20")),
            (
                &["2026-11-20", "19:00-08:00"],
                Some("2026-11-20 19:00-0800"),
            ),
            (&["2026-11-20", "7pm"], Some("2026-11-20 19:00")),
            (&["2026-11-20", "12:05 a.m."], Some("2026-11-20 00:05")),
            (&["2026-11-20", "12:05PM"], Some("2026-11-20 12:05")),
            (
                &["2026-11-20", "19:00:30", "Z"],
                Some("2026-11-20 19:00:30Z"),
            ),
            (&["2026-11-20", "+1", "19:00"], Some("2026-11-20 19:00+01")),
            (&["19:00", "2026-324"], Some("2026-324 19:00")),
            (&["19:00"], Some("2026-11-01 19:00")),
            (&["tomorrow", "2026"], Some("2026")),
            (&["tomorrow"], None),
            (&["25:00:00:00", "1234567", "+123", "é", "-", ":"], None),
        ] {
            let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let mut date = Some("2026-11-01".to_owned());
            assert_eq!(combine(&parts, &mut date).as_deref(), expected, "{parts:?}");
        }
    }

    #[test]
    fn a_time_without_a_date_is_of_the_day_before_it() {
        let mut date = None;
        PartialMoment::note_date("2026-11-20T19:00", &mut date);
        assert_eq!(
            combine(&["22:00".to_owned()], &mut date).as_deref(),
            Some("2026-11-20 22:00")
        );
        assert_eq!(
            combine(&["22:00".to_owned()], &mut None).as_deref(),
            Some("22:00")
        );
    }
}
