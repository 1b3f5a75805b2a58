//! The words of the command line, read.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use url::Url;

use crate::config::{self, Publish};
use crate::domain::registrable;
use crate::store::State;
use crate::trackback::TbId;
use crate::urls::parse_web;

/// An absolute http or https URL.
pub(super) fn web_url(text: &str) -> Result<Url, String> {
    parse_web(text).ok_or_else(|| "a URL begins with `https://` or `http://`".to_owned())
}

/// An id, munged as the web's are.
pub(super) fn tb_id(text: &str) -> Result<TbId, String> {
    TbId::new(text.as_bytes()).map_err(|refusal| refusal.message().to_owned())
}

/// What one owner can register of a domain, a host or a URL.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let text = text.trim();
    let url = match text.contains("://") {
        true => web_url(text)?,
        false => web_url(&format!("http://{text}/"))
            .ok()
            .filter(|url| url.path() == "/" && url.query().is_none() && url.username().is_empty())
            .ok_or_else(|| "a domain is like `weblog.example`".to_owned())?,
    };
    Ok(registrable(&url))
}

/// A state by its name.
pub(super) fn state(text: &str) -> Result<State, String> {
    State::named(text).ok_or_else(|| "one of `published`, `held`, `junk`".to_owned())
}

/// A policy by its name.
pub(super) fn publish(text: &str) -> Result<Publish, String> {
    match text {
        "all" => Ok(Publish::All),
        "verified" => Ok(Publish::Verified),
        "known" => Ok(Publish::Known),
        "none" => Ok(Publish::None),
        _ => Err("one of `known`, `verified`, `all`, `none`".to_owned()),
    }
}

/// A time that passes; a day has 24 hours, a month is none.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    text.parse::<Span>()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .ok()
        .filter(|duration| duration.is_positive())
        .ok_or_else(|| "a time such as `30d` or `36 hours`".to_owned())
}

/// Words that can be a passphrase.
pub(super) fn passphrase(text: &str) -> Result<String, String> {
    if config::is_passphrase(text) {
        Ok(text.to_owned())
    } else {
        Err(config::PASSPHRASE.to_owned())
    }
}

/// A day (its beginning in UTC), or a time.
pub(super) fn date(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse()
        .ok()
        .or_else(|| day().map(|day| day.timestamp()))
        .ok_or_else(|| "a day is written `2026-11-20`".to_owned())
}
