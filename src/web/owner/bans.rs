//! `__mode=bans`: what is banned; bans and lifts bans.

use jiff::{Timestamp, ToSpan};

use super::{FormResult, Typed, list_after, list_page, list_row, show_list, typed};
use crate::admission::bans::{self, Ban, BanSubject};
use crate::error::Result;
use crate::moderation::action::DecidedBy;
use crate::web::Response;
use crate::web::context::Context;
use crate::web::list::format_date;
use crate::web::moderation::notice;
use crate::web::views::{ListChoice, ListTexts, OwnerList};

const TEXTS: ListTexts = ListTexts {
    mode: "bans",
    heading: "Bans",
    about: "Pings from a banned address, domain or person are refused. A ping with a banned word becomes junk.",
    nothing: "Nothing is banned.",
    remove: "Lift",
    label: "Address, domain or word",
    hint: "Such as 203.0.113.7, 203.0.113.0/24, spam.example with everything below it, or the address of a page.",
    choice: ListChoice::Bans,
    add: "Ban",
};

/// Shows the bans.
pub(crate) fn show(context: &Context<'_>) -> Result<Response> {
    Ok(show_list(context, &list(context)?))
}

/// Adds or lifts a ban.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let result = match context.fields.get("remove") {
        Some(line) => lift(context, line)?,
        None => add(context)?,
    };
    list_after(context, result, list)
}

fn add(context: &Context<'_>) -> Result<FormResult> {
    let what = match typed(context, "what").and_then(|text| parse_subject(context, text)) {
        Ok(what) => what,
        Err(why) => return Ok(FormResult::Refused(why)),
    };
    if let Some(why) = bans::too_broad(context.config, &what) {
        return Ok(FormResult::Refused(format!("{why}.")));
    }
    let until = match end(context) {
        Ok(until) => until,
        Err(why) => return Ok(FormResult::Refused(why)),
    };
    let also = notice::also_banned(context.store()?, [&what])?;
    let done = format!("{} {what}: banned.{also}", what.kind());
    let ban = Ban { what, until };
    bans::add(
        context.store()?,
        &[ban],
        DecidedBy::Page.name(),
        context.now(),
    )?;
    Ok(FormResult::Done(done))
}

fn parse_subject(context: &Context<'_>, text: &str) -> Typed<BanSubject<'static>> {
    match context.fields.get("kind") {
        Some("word") => BanSubject::word(text)
            .ok_or_else(|| format!("`{text}` is too short: it would match nearly every ping.")),
        _ => match BanSubject::prefix_fault(text) {
            Some(why) => Err(format!("`{text}`: {why}.")),
            None => BanSubject::guess(text).ok_or_else(|| {
                format!("`{text}` is neither an address nor a domain, or is a page of a host that many people share. It can be banned as a word.")
            }),
        },
    }
}

/// When the ban ends; `None` if it does not.
fn end(context: &Context<'_>) -> Typed<Option<Timestamp>> {
    let days = context.fields.get("days").unwrap_or_default().trim();
    if days.is_empty() {
        return Ok(None);
    }
    let wrong = || "Days: a number from 1 to 3650, or nothing.".to_owned();
    let days: i64 = days.parse().map_err(|_| wrong())?;
    if !(1..=3650).contains(&days) {
        return Err(wrong());
    }
    let end = context.now().checked_add((24 * days).hours());
    end.and_then(|end| Timestamp::from_second(end.as_second()))
        .map(Some)
        .map_err(|_| wrong())
}

fn lift(context: &Context<'_>, line: &str) -> Result<FormResult> {
    let Some(Ban { what, .. }) = Ban::parse(line) else {
        return Ok(FormResult::Refused("This is not banned.".to_owned()));
    };
    let by = DecidedBy::Page.name();
    let missing = bans::remove(
        context.store()?,
        std::slice::from_ref(&what),
        by,
        context.now(),
    )?;
    let name = format!("{} {what}", what.kind());
    Ok(match missing.is_empty() {
        true => FormResult::Done(format!("{name}: no longer banned.")),
        false => FormResult::Refused(format!("{name}: not banned.")),
    })
}

fn list(context: &Context<'_>) -> Result<OwnerList> {
    let mut found = bans::list(context.store()?, context.now())?;
    // The newest first.
    found.bans.reverse();
    let zone = &context.config.zone;
    let row = |ban: Ban<'static>| {
        let kind = ban.what.kind();
        let detail = match ban.until {
            Some(until) => format!("{kind} until {}", format_date(zone, until)),
            None => kind.to_owned(),
        };
        list_row(
            &ban.what.to_string(),
            detail,
            format!("{kind} {}", ban.what),
        )
    };
    let list = list_page(context, &TEXTS, found.bans, row)?;
    Ok(OwnerList {
        faults: found.faults,
        ..list
    })
}
