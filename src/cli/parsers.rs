//! Parsers of command line arguments, for clap.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use percent_encoding::percent_decode_str;

use crate::admission::domains::Approval;
use crate::config::{self, Publish};
use crate::error::Refusal;
use crate::language::Language;
use crate::linkback::trackback::TbId;
pub(super) use crate::setup::answers::web_url;
use crate::setup::answers::{language, publish};
use crate::store::State;

/// An id, decoded and munged as in requests.
pub(super) fn tb_id(text: &str) -> Result<TbId, String> {
    if text.contains("://") {
        return Err("expected an id such as `hello`, not a URL".to_owned());
    }
    let decoded: Vec<u8> = percent_decode_str(text).collect();
    TbId::new(&decoded).map_err(|refusal| match refusal {
        Refusal::TbIdTooLong => format!("an id has at most {} bytes", TbId::MAX_BYTES),
        _ => "expected an id such as `hello`, as in the ping URL, without `..` between slashes"
            .to_owned(),
    })
}

/// A value with one of a few names, which completions offer. Others are refused with the names.
#[derive(Debug)]
pub(super) struct OneOf<T: 'static> {
    names: &'static [&'static str],
    find: fn(&str) -> Option<T>,
}

impl<T> OneOf<T> {
    /// `find` knows each of the names.
    pub(super) const fn new(
        names: &'static [&'static str],
        find: fn(&str) -> Option<T>,
    ) -> OneOf<T> {
        OneOf { names, find }
    }
}

impl<T> Clone for OneOf<T> {
    fn clone(&self) -> OneOf<T> {
        OneOf { ..*self }
    }
}

impl<T: Clone + Send + Sync> TypedValueParser for OneOf<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let OneOf { names, find } = *self;
        let parse = move |text: &str| {
            find(text).ok_or_else(|| format!("expected one of `{}`", names.join("`, `")))
        };
        parse.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.names.iter().map(PossibleValue::new)))
    }
}

/// A state by its name.
pub(super) const STATE: OneOf<State> = OneOf::new(&["published", "held", "junk"], State::named);
/// A policy by its name.
pub(super) const PUBLISH: OneOf<Publish> =
    OneOf::new(&["known", "verified", "all", "none"], |text| {
        publish(text).ok()
    });
/// A language by its code.
pub(super) const LANGUAGE: OneOf<Language> =
    OneOf::new(&["en", "ja", "de", "fr", "es"], |text| language(text).ok());

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
