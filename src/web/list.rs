//! `__mode=list`: the pings of an id, newest first; without an id, the public list of ids. `__mode=make_url`: a temporary
//! ping URL for an id.
//!
//! Pages are addressed by a ping's number (`before=`, `after=`), so that new pings do not shift them.

use jiff::ToSpan;

use super::context::Context;
use super::views::{self, PingView};
use super::{Response, categories, submit, urls};
use crate::admission::ping_auth;
use crate::error::{Cause, Error, Result};
use crate::feeds::{self, FeedKinds, ListPlace, NewestPings};
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, MentionKind, Record, Which};
use crate::web::urls::feed_url;

/// How many pings a page shows.
const PAGE: usize = 50;
/// How long a temporary ping URL is valid, in days.
const TEMPORARY_DAYS: i64 = 30;

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let Some(id) = &context.tb_id else {
        return categories::handle(context);
    };
    let config = context.config;
    let number = |name| {
        context
            .query
            .get(name)
            .and_then(|text| text.parse::<u64>().ok())
    };
    let place = match number("after") {
        Some(after) => ListPlace::After(after),
        None => ListPlace::Before(number("before")),
    };
    let (mut newest, mut newer, mut older) = (NewestPings::default(), None, None);
    let store = context.store()?;
    if let Some(pings) = store.pings(id)? {
        let read = |place, most| match (place, &context.session) {
            // The owner decides about each of them.
            (ListPlace::After(after), Some(_)) => pings.next_newer(Which::All, after, most),
            (ListPlace::Before(before), Some(_)) => pings.newest(Which::All, before, most),
            (place, None) => feeds::full_pings(&pings, place, most),
        };
        newest = match (place, &context.session) {
            (ListPlace::Before(None), None) => {
                feeds::newest(&pings, PAGE, config, FeedKinds::Full)?
            }
            (place, _) => NewestPings {
                pings: read(place, PAGE)?,
                reactions: Vec::new(),
            },
        };
        if let (Some(first), Some(last)) = (newest.pings.first(), newest.pings.last()) {
            let page = |name, number: u64| {
                urls::with_query(
                    config,
                    &[
                        ("__mode", "list"),
                        ("tb_id", id.as_str()),
                        (name, &number.to_string()),
                    ],
                )
            };
            newer =
                (!read(ListPlace::After(first.id), 1)?.is_empty()).then(|| page("after", first.id));
            older = (!read(ListPlace::Before(Some(last.id)), 1)?.is_empty())
                .then(|| page("before", last.id));
        }
    }
    // An error here is logged, and the page is shown without this information.
    let info = context.app.entry(id).map_err(|error| {
        store.log(&Event::new(context.now(), EventName::Failed).with("error", error.to_string()));
    });
    let ping_url = info
        .as_ref()
        .ok()
        .and_then(|info| context.ping_url(id, info.as_ref()));
    let info = info.ok().flatten().unwrap_or_default();
    let zone = config.zone()?;
    let list = views::ListView {
        tb_id: id.to_string(),
        title: info.title,
        describe: info.describe,
        ping_url,
        rss_url: feed_url(config, id),
        login_url: urls::with_query(
            config,
            &[("__mode", "login"), ("to", "list"), ("tb_id", id.as_str())],
        ),
        pings: newest
            .pings
            .into_iter()
            .map(|record| listed_ping(context, &zone, id, record))
            .collect(),
        reactions: newest.reactions,
        newer,
        older,
        submit: submit::form(context, id).unwrap_or_default(),
        owner: context.form().ok(),
    };
    let title = format!("TrackBacks for {id} - {}", config.site_name);
    let files = vec![
        store.file_of(id),
        config.header.clone(),
        config.footer.clone(),
    ];
    Ok(context.page(&title, &list).depends_on(files))
}

/// `__mode=make_url`: shows a new ping URL that expires. It is not stored, so it is shown only once.
pub(super) fn make_url(context: &Context<'_>) -> Result<Response> {
    let (config, id) = (context.config, context.tb_id()?);
    let expires = context
        .now()
        .checked_add((24 * TEMPORARY_DAYS).hours())
        .map_err(|cause| Error::Internal(Cause::of(cause)))?;
    let store = context.store()?;
    let key = ping_auth::signature(&store.make_secret()?, id, expires);
    store.log(&Event::new(context.now(), EventName::MadeUrl).with("tb_id", id.as_str()));
    let made = views::MadeUrl {
        tb_id: id.to_string(),
        ping_url: ping_auth::ping_url(config, id, Some(&key)),
        date: format_date(&config.zone()?, expires),
        list_url: urls::mode(config, "list", id),
    };
    Ok(context.page(&format!("A ping URL for {id}"), &made))
}

/// A record as the pages show it.
pub(super) fn listed_ping(
    context: &Context<'_>,
    zone: &jiff::tz::TimeZone,
    id: &TbId,
    record: Record,
) -> PingView {
    // Only the owner's pages have this link.
    let delete_url = context.session.as_ref().map(|_| {
        let number = record.id.to_string();
        let query = [
            ("__mode", "delete"),
            ("tb_id", id.as_str()),
            ("id", &number),
        ];
        urls::with_query(context.config, &query)
    });
    let kind = record
        .mention_kind()
        .filter(|kind| *kind != MentionKind::Mention);
    PingView {
        tb_id: id.to_string(),
        kind: kind.map_or("", MentionKind::name),
        host: record.verified_host(),
        number: record.id,
        text_hash: match context.session {
            Some(_) => record.text_hash(),
            None => String::new(),
        },
        url: record.url,
        title: record.title,
        excerpt: record.excerpt,
        blog_name: record.blog_name,
        date: format_date(zone, record.time),
        datetime: record.time.to_string(),
        state: record.state,
        via: record.via,
        list_url: String::new(),
        delete_url: delete_url.unwrap_or_default(),
    }
}

/// A time as the pages show it.
pub(super) fn format_date(zone: &jiff::tz::TimeZone, time: jiff::Timestamp) -> String {
    let time = time.to_zoned(zone.clone());
    time.strftime("%-d %B %Y, %H:%M").to_string()
}
