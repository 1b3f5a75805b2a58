//! `__mode=list`: the pings of an id, newest first; without an id, the public list of ids. `__mode=make_url`: a temporary
//! ping URL for an id.
//!
//! Pages are addressed by a ping's number (`before=`, `after=`), so that new pings do not shift them.

use jiff::ToSpan;
use url::Url;

use super::context::Context;
use super::views::{self, PingView};
use super::{Response, categories, submit, urls};
use crate::admission::entries::EntryInfo;
use crate::admission::ping_auth;
use crate::error::{Cause, Error, Result};
use crate::feeds::{self, excerpt_below_title};
use crate::language::{Language, Sentence};
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, MentionKind, Record, Which};
use crate::text;

/// How many pings a page shows.
const PAGE: usize = 50;
/// How long a temporary ping URL is valid, in days.
const TEMPORARY_DAYS: i64 = 30;

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let Some(id) = &context.tb_id else {
        return categories::handle(context);
    };
    let config = context.config;
    // The owner decides about each of them, readers see the reactions together.
    let which = if context.session.is_some() {
        Which::All
    } else {
        Which::InFull
    };
    let number = |name| {
        context
            .query
            .get(name)
            .and_then(|text| text.parse::<u64>().ok())
    };
    let (before, after) = (number("before"), number("after"));
    let language = context.language();
    let (mut records, mut newer, mut older) = (Vec::new(), None, None);
    let (mut count, mut reactions) = (0, Vec::new());
    let store = context.store()?;
    if let Some(pings) = store.pings(id)? {
        if context.session.is_some() {
            count = u64::try_from(pings.count(which)?).unwrap_or(u64::MAX);
        } else {
            // All reactions stand on the first page.
            let is_first = before.or(after).is_none();
            let named = feeds::named(config.reactions);
            let kinds = pings.kinds(if is_first { named } else { 0 })?;
            count = kinds.iter().map(|kind| kind.count).sum();
            if is_first {
                reactions = feeds::reaction_lines(config.reactions, language, &kinds);
            }
        }
        records = match after {
            Some(after) => pings.next_newer(which, after, PAGE)?,
            None => pings.newest(which, before, PAGE)?,
        };
        if let (Some(first), Some(last)) = (records.first(), records.last()) {
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
            newer = (!pings.next_newer(which, first.id, 1)?.is_empty())
                .then(|| page("after", first.id));
            older = (!pings.newest(which, Some(last.id), 1)?.is_empty())
                .then(|| page("before", last.id));
        }
    }
    // An error here is logged, and the page is shown without this information.
    let info = context.app.entry(id).map_err(|error| {
        store.log(&Event::new(context.now(), EventName::Failed).with("error", error.to_string()));
    });
    let info = info.ok();
    let ping_url = info
        .as_ref()
        .and_then(|info| context.ping_url(id, info.as_ref()));
    let info = info.flatten().unwrap_or_default();
    let name = info.title.clone().unwrap_or_else(|| id.to_string());
    let feeds = urls::feed_links(config, Some(id));
    let zone = config.zone()?;
    let list = views::ListView {
        language,
        tb_id: id.to_string(),
        count: language.ping_count(count),
        links: links(context, id, &info),
        name: name.clone(),
        describe: info.describe,
        ping_url,
        feeds: feeds.clone(),
        login_url: urls::with_query(
            config,
            &[("__mode", "login"), ("to", "list"), ("tb_id", id.as_str())],
        ),
        pings: records
            .into_iter()
            .map(|record| listed_ping(context, language, &zone, id, record))
            .collect(),
        reactions,
        newer,
        older,
        submit: submit::form(context, id).unwrap_or_default(),
        owner: context.form().ok(),
    };
    let title = language.fill(Sentence::TrackbacksFor, &[&text::isolate(&name)]);
    let title = format!("{title} - {}", config.site_name);
    let files = vec![
        store.file_of(id),
        store.thread_file(id),
        config.header.clone(),
        config.footer.clone(),
    ];
    Ok(context.reader_page(&title, &feeds, &list).depends_on(files))
}

/// Where a list leads on: to the entry, to the site, and to the discussion if one is stored.
fn links(context: &Context<'_>, id: &TbId, info: &EntryInfo) -> Vec<views::MessageLink> {
    let (config, language) = (context.config, context.language());
    let has_discussion = context
        .store()
        .is_ok_and(|store| store.thread_file(id).is_file());
    let discussion = has_discussion.then(|| urls::mode(config, "thread", id));
    let entry = info.url.as_ref().map(Url::to_string);
    let site = config.site.first().map(Url::to_string);
    [
        (entry, language.say(Sentence::Entry)),
        (site, &config.site_name),
        (discussion, language.say(Sentence::Discussion)),
    ]
    .into_iter()
    .filter_map(|(url, text)| {
        Some(views::MessageLink {
            url: url?,
            text: text.to_owned(),
        })
    })
    .collect()
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
        name: context.app.entry_name(id),
        ping_url: ping_auth::ping_url(config, id, Some(&key)),
        date: format_date(&config.zone()?, expires),
        list_url: urls::mode(config, "list", id),
    };
    Ok(context.page(&format!("A ping URL for {id}"), &made))
}

/// A record as the pages show it.
pub(super) fn listed_ping(
    context: &Context<'_>,
    language: Language,
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
    let kind = match record.mention_kind() {
        Some(MentionKind::Mention) | None => "",
        Some(MentionKind::Reply) => language.say(Sentence::Reply),
        // Only the owner sees it by itself.
        Some(kind) => kind.name(),
    };
    let excerpt = excerpt_below_title(&record).into_owned();
    PingView {
        tb_id: id.to_string(),
        kind,
        entry: context.app.entry_name(id),
        host: record.verified_host(),
        number: record.id,
        text_hash: match context.session {
            Some(_) => record.text_hash(),
            None => String::new(),
        },
        url: record.url,
        title: record.title,
        excerpt,
        blog_name: record.blog_name,
        date: language.date_and_time(&record.time.to_zoned(zone.clone())),
        datetime: record.time.to_string(),
        state: record.state,
        via: record.via,
        list_url: String::new(),
        delete_url: delete_url.unwrap_or_default(),
    }
}

/// A time as the owner's pages show it.
pub(super) fn format_date(zone: &jiff::tz::TimeZone, time: jiff::Timestamp) -> String {
    Language::English.date_and_time(&time.to_zoned(zone.clone()))
}
