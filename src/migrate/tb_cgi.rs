//! tb.cgi's `<tb_id>.stor`: an array, the newest first, of hashes {title, excerpt, url, blog_name, timestamp}.

use std::borrow::Cow;

use encoding_rs::Encoding;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::imported_item::{ImportStop, ImportedItem, ImportedPing, ItemContent, Skip, Taker};
use super::storable::{self, Value};
use crate::charset;

/// The size limit of a file, in bytes: it is loaded whole, as tb.cgi does for each ping.
pub(super) const LARGEST: u64 = 128 << 20;

/// How much of a field is decoded, in bytes; longer fields are cropped in any case.
const MOST: usize = 16 << 10;

/// Parses all pings, oldest first; `name` is that of the entry.
pub(super) fn parse(
    bytes: &[u8],
    name: &str,
    encoding: Option<&'static Encoding>,
    zone: &TimeZone,
    take: Taker<'_>,
) -> Result<(), ImportStop> {
    let value = storable::parse(bytes).map_err(|fault| ImportStop::Format(fault.to_string()))?;
    let Value::Array(items) = value else {
        return Err(ImportStop::Format("at byte 0: it holds no list".to_owned()));
    };
    for (at, item) in items.iter().enumerate().rev() {
        take(ImportedItem {
            place: format!("ping {}", at + 1),
            names: vec![name.to_owned()],
            content: match item {
                Value::Hash(pairs) => ItemContent::Ping(found(pairs, encoding, zone)),
                _ => ItemContent::Unusable(Skip::Damaged),
            },
        })?;
    }
    Ok(())
}

fn found(
    pairs: &[(&[u8], Value<'_>)],
    encoding: Option<&'static Encoding>,
    zone: &TimeZone,
) -> ImportedPing {
    let field = |name: &[u8]| {
        let (_, value) = pairs.iter().find(|(key, _)| *key == name)?;
        text(value, encoding)
    };
    let text = |name: &[u8]| field(name).unwrap_or_default().into_owned();
    ImportedPing {
        url: text(b"url"),
        title: text(b"title"),
        excerpt: text(b"excerpt"),
        blog_name: text(b"blog_name"),
        time: field(b"timestamp").and_then(|stamp| time(&stamp, zone)),
        ..ImportedPing::default()
    }
}

fn text<'value>(
    value: &Value<'value>,
    encoding: Option<&'static Encoding>,
) -> Option<Cow<'value, str>> {
    let cropped = |bytes: &'value [u8]| bytes.get(..MOST).unwrap_or(bytes);
    match value {
        Value::Bytes(bytes) => Some(charset::decode_as(cropped(bytes), encoding)),
        Value::Text(bytes) => Some(String::from_utf8_lossy(cropped(bytes))),
        Value::Integer(number) => Some(number.to_string().into()),
        Value::Float(number) => Some(number.to_string().into()),
        Value::Undefined | Value::Array(_) | Value::Hash(_) => None,
    }
}

/// Parses seconds since 1970, or the fourteen digits of a date in `zone` that modified versions of tb.cgi write.
fn time(stamp: &str, zone: &TimeZone) -> Option<Timestamp> {
    let stamp = stamp.trim();
    if stamp.len() == 14
        && let Ok(date) = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", stamp)
    {
        return zone.to_timestamp(date).ok();
    }
    let seconds = stamp.split('.').next()?.parse().ok()?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_seconds_or_fourteen_digits_and_else_none() {
        let read = |stamp: &str| time(stamp, &TimeZone::UTC).map(|time| time.to_string());
        assert_eq!(read("1033000000").as_deref(), Some("2002-09-26T00:26:40Z"));
        assert_eq!(read("-1").as_deref(), Some("1969-12-31T23:59:59Z"));
        assert_eq!(
            read("1033000000.75").as_deref(),
            Some("2002-09-26T00:26:40Z")
        );
        assert_eq!(
            read("20020926002640").as_deref(),
            Some("2002-09-26T00:26:40Z")
        );
        assert_eq!(read(" "), None);
        for absurd in ["yesterday", "1e300", "99999999999999999999", "inf"] {
            assert_eq!(read(absurd), None, "{absurd}");
        }
    }
}
