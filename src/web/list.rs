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
use crate::store::{Event, EventName, MentionKind, Pings, Record, Which};
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
    let language = context.language();
    let store = context.store()?;
    let page = match store.pings(id)? {
        Some(pings) => ListPage::load(context, id, &pings)?,
        None => ListPage::default(),
    };
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
    let zone = &config.zone;
    let list = views::ListView {
        language,
        tb_id: id.to_string(),
        count: language.ping_count(page.count),
        links: links(context, id, &info),
        name: name.clone(),
        describe: info.describe,
        ping_url,
        feeds: feeds.clone(),
        login_url: urls::with_query(
            config,
            &[("__mode", "login"), ("to", "list"), ("tb_id", id.as_str())],
        ),
        pings: page
            .records
            .into_iter()
            .map(|record| listed_ping(context, language, zone, id, record))
            .collect(),
        reactions: page.reactions,
        newer: page.newer,
        older: page.older,
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

/// The pings that a page of a list shows, and what it leads to.
#[derive(Default)]
struct ListPage {
    records: Vec<Record>,
    /// How many pings the whole list has.
    count: u64,
    /// The lines about reactions, on the first page alone.
    reactions: Vec<String>,
    /// The URLs of the pages before and after it.
    newer: Option<String>,
    older: Option<String>,
}

impl ListPage {
    fn load(context: &Context<'_>, id: &TbId, pings: &Pings) -> Result<ListPage> {
        let number = |name| context.query.get(name)?.parse::<u64>().ok();
        let (before, after) = (number("before"), number("after"));
        let mut page = ListPage::default();
        // The owner decides about each of them, readers see the reactions together.
        let which = match context.session {
            Some(_) => Which::All,
            None => Which::InFull,
        };
        match context.session {
            Some(_) => page.count = u64::try_from(pings.count(which)?).unwrap_or(u64::MAX),
            None => page.add_reactions(context, pings, before.or(after).is_none())?,
        }
        page.records = match after {
            Some(after) => pings.next_newer(which, after, PAGE)?,
            None => pings.newest(which, before, PAGE)?,
        };
        if let (Some(first), Some(last)) = (page.records.first(), page.records.last()) {
            let has_newer = !pings.next_newer(which, first.id, 1)?.is_empty();
            let has_older = !pings.newest(which, Some(last.id), 1)?.is_empty();
            let url = |name, number| page_url(context, id, name, number);
            page.newer = has_newer.then(|| url("after", first.id));
            page.older = has_older.then(|| url("before", last.id));
        }
        Ok(page)
    }

    /// Counts what readers see; all reactions stand on the first page.
    fn add_reactions(
        &mut self,
        context: &Context<'_>,
        pings: &Pings,
        is_first: bool,
    ) -> Result<()> {
        let reactions = context.config.reactions;
        let named = if is_first { feeds::named(reactions) } else { 0 };
        let kinds = pings.kinds(named)?;
        self.count = kinds.iter().map(|kind| kind.count).sum();
        if is_first {
            self.reactions = feeds::reaction_lines(reactions, context.language(), &kinds);
        }
        Ok(())
    }
}

/// The URL of the page of a list that begins before or after a ping's number.
fn page_url(context: &Context<'_>, id: &TbId, name: &str, number: u64) -> String {
    let number = number.to_string();
    let query = [
        ("__mode", "list"),
        ("tb_id", id.as_str()),
        (name, number.as_str()),
    ];
    urls::with_query(context.config, &query)
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
        date: format_date(&config.zone, expires),
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
