//! Parsers of command line arguments, for clap.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::admission::domains::Approval;
use crate::config;
use crate::linkback::trackback::TbId;
pub(super) use crate::setup::answers::{publish, web_url};
use crate::store::State;

/// An id, munged as in requests.
pub(super) fn tb_id(text: &str) -> Result<TbId, String> {
    TbId::new(text.as_bytes()).map_err(|refusal| refusal.message().to_owned())
}

/// An approval: a host, a URL, or a line that `tb domains` prints.
pub(super) fn approval(text: &str) -> Result<Approval, String> {
    Approval::guess(text.trim())
        .ok_or_else(|| "expected a host such as `weblog.example` or `medium.com/@name`".to_owned())
}

/// The number of a ping.
pub(super) fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "expected the number of a ping, such as `3`; `tb list` shows them".to_owned())
}

/// A number of things or seconds.
pub(super) fn count<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "expected a number such as `20`".to_owned())
}

/// A number from 1 to `MOST`.
pub(super) fn up_to<const MOST: u8>(text: &str) -> Result<u8, String> {
    text.parse()
        .ok()
        .filter(|number| (1..=MOST).contains(number))
        .ok_or_else(|| format!("expected a number from 1 to {MOST}"))
}

/// Where to listen.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "expected an address and a port, such as `127.0.0.1:8080` or `[::1]:8080`".to_owned()
    })
}

/// The numbers of pings: one, or a range with its first and last.
pub(super) fn numbers(text: &str) -> Result<RangeInclusive<u64>, String> {
    let message = "expected the number of a ping, such as `3`, or a range such as `3-7`";
    let parse = |text: &str| text.parse::<u64>().map_err(|_| message.to_owned());
    match text.split_once('-') {
        None => parse(text).map(|number| number..=number),
        Some((first, last)) => {
            let (first, last) = (parse(first)?, parse(last)?);
            if first > last {
                return Err(format!(
                    "the first number of a range comes first: `{last}-{first}`"
                ));
            }
            Ok(first..=last)
        }
    }
}

/// A state by its name.
pub(super) fn state(text: &str) -> Result<State, String> {
    State::named(text).ok_or_else(|| "expected one of `published`, `held`, `junk`".to_owned())
}

/// A duration; a day has 24 hours, and a month is not one.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    text.parse::<Span>()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .ok()
        .filter(|duration| duration.is_positive())
        .ok_or_else(|| "expected a time such as `30d` or `36 hours`".to_owned())
}

/// A time zone by its IANA name.
pub(super) fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZoneDatabase::bundled()
        .get(text)
        .map_err(|_| "unknown time zone; expected one such as `Europe/Paris`".to_owned())
}

/// A passphrase.
pub(super) fn passphrase(text: &str) -> Result<String, String> {
    if config::is_passphrase(text) {
        Ok(text.to_owned())
    } else {
        Err(config::PASSPHRASE.to_owned())
    }
}

/// A day, which stands for its beginning in UTC, or a point in time.
pub(super) fn date(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse()
        .ok()
        .or_else(|| day().map(|day| day.timestamp()))
        .ok_or_else(|| "expected a day such as `2026-11-20`".to_owned())
}
