//! Dates as feeds and pages write them.

use jiff::Timestamp;
use jiff::civil;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// Reads a date of RFC 3339 (a year, a month, a day, or more; a space may stand for `T`) or RFC 2822 (a wrong name of
/// the day is overlooked). A time without a zone is UTC.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 || !text.is_ascii() {
        return None;
    }
    let begins_with_year = text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    if begins_with_year {
        iso(text)
    } else {
        mail(text)
    }
}

fn iso(text: &str) -> Option<Timestamp> {
    // Jekyll's own form is `2026-11-20 10:00:00 +0900`.
    let joined = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => format!("{date}T{}", time.replace(' ', "")),
        None => text.to_owned(),
    };
    if let Ok(time) = joined.parse::<Timestamp>() {
        return Some(time);
    }
    let padded = match joined.len() {
        4 => format!("{joined}-01-01"),
        7 => format!("{joined}-01"),
        _ => joined,
    };
    let time: civil::DateTime = padded.parse().ok()?;
    time.to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

fn mail(text: &str) -> Option<Timestamp> {
    static PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let text = text
        .strip_suffix("UTC")
        .map_or_else(|| text.to_owned(), |before| format!("{before}GMT"));
    PARSER.parse_timestamp(&text).ok().or_else(|| {
        // Without a zone, or with one that has no number.
        let (before, zone) = text.rsplit_once(' ')?;
        let bare = if zone.contains(':') {
            text.as_str()
        } else {
            before
        };
        PARSER.parse_timestamp(format!("{bare} GMT")).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_sorts_are_read() {
        for (text, expected) in [
            ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
            ("2026-11-20T10:00:00.5+09:00", "2026-11-20T01:00:00.5Z"),
            (" 2026-11-20 10:00:00 +0900 ", "2026-11-20T01:00:00Z"),
            ("2026-11-20T10:00", "2026-11-20T10:00:00Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11", "2026-11-01T00:00:00Z"),
            ("2026", "2026-01-01T00:00:00Z"),
            ("Fri, 20 Nov 2026 10:00:00 +0900", "2026-11-20T01:00:00Z"),
            ("Mon, 20 Nov 2026 10:00:00 GMT", "2026-11-20T10:00:00Z"),
            ("20 Nov 2026 10:00 EST", "2026-11-20T15:00:00Z"),
            ("Fri, 20 Nov 2026 10:00:00 UTC", "2026-11-20T10:00:00Z"),
            ("Fri, 20 Nov 2026 10:00:00 JST", "2026-11-20T10:00:00Z"),
            ("Fri, 20 Nov 2026 10:00:00", "2026-11-20T10:00:00Z"),
        ] {
            assert_eq!(read(text), expected.parse().ok(), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026-13-45",
            "9999-99-99T99:99:99Z",
            "二〇二六年",
            "-",
            "Fri,",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
