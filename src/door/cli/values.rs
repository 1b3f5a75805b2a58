//! The words of the command line, read.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use crate::config::Publish;
use crate::store::State;
use crate::trackback::TbId;

/// An absolute http or https URL.
pub(super) fn web_url(text: &str) -> Result<Url, String> {
    Url::parse(text.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| "a URL begins with `https://` or `http://`".to_owned())
}

/// An id, munged as the web's are.
pub(super) fn tb_id(text: &str) -> Result<TbId, String> {
    TbId::new(text.as_bytes()).map_err(|refusal| refusal.message().to_owned())
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

/// A day (its beginning in UTC), or a time.
pub(super) fn date(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse()
        .ok()
        .or_else(|| day().map(|day| day.timestamp()))
        .ok_or_else(|| "a day is written `2026-11-20`".to_owned())
}
