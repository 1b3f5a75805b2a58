//! `__mode=rss2`, `atom`, `json`, `html`: the newest published pings of an id, or of all ids without `tb_id`;
//! `__mode=rss`: the format of the specification; `__mode=count`: how many there are; `__mode=js`: the script that shows
//! them on the owner's pages.
//!
//! All but `rss` may be read by every origin, since it is public. A client whose copy is current (`If-None-Match`) gets
//! 304.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::context::Context;
use super::{Response, urls};
use crate::config::{FeedFormat, Reactions};
use crate::error::Result;
use crate::feeds::{self, Channel, FeedItem, FeedKinds, NewestPings};
use crate::linkback::trackback::TbId;
use crate::store::{KindCount, MentionKind, Store, Which};
use crate::text;

/// The script of `__mode=js`, at most 2.5 kB.
const SCRIPT: &str = include_str!("../../templates/trackbacks.js");

/// The newest published pings of an id as RSS 0.91 inside `<response>` (specification 1.1, "Retrieving").
pub(super) fn rss_0_91(context: &Context<'_>) -> Result<Response> {
    let (id, language) = (context.tb_id()?, context.app.language());
    let most = context
        .query
        .get("n")
        .and_then(|n| n.parse().ok())
        .unwrap_or(feeds::NEWEST);
    let store = context.store()?;
    let pings = match store.pings(id)? {
        Some(pings) => {
            let most = most.clamp(1, feeds::MAX_ITEMS);
            feeds::newest(
                &pings,
                most,
                (context.config.reactions, language),
                FeedKinds::Full,
            )?
            .pings
        }
        None => Vec::new(),
    };
    let items = feeds::items(context.config, (id, None), pings);
    let feed = feeds::rss_0_91(
        &Channel::of(
            (context.config, language),
            (id, &context.app.entry_name(id)),
            FeedFormat::Rss,
        ),
        &items,
    );
    Ok(Response::xml(200, feed).depends_on(vec![store.file_of(id)]))
}

pub(super) fn rss(context: &Context<'_>) -> Result<Response> {
    handle(context, FeedFormat::Rss)
}

pub(super) fn atom(context: &Context<'_>) -> Result<Response> {
    handle(context, FeedFormat::Atom)
}

pub(super) fn json(context: &Context<'_>) -> Result<Response> {
    handle(context, FeedFormat::Json)
}

pub(super) fn html(context: &Context<'_>) -> Result<Response> {
    handle(context, FeedFormat::Html)
}

/// The number of published pings of each id in the query: `{"a":3,"b":0}`. An invalid id has none. With `kinds=all` also
/// that of each kind that there is: `{"a":{"count":3,"kinds":{"ping":1,"like":2}}}`.
pub(super) fn count(context: &Context<'_>) -> Result<Response> {
    let store = context.store()?;
    let by_kind = context.query.get("kinds") == Some("all");
    let mut counts = Map::new();
    let mut files = Vec::new();
    for name in context.query.all("tb_id") {
        // An invalid id has none.
        let id = TbId::new(name.as_bytes()).ok();
        let pings = id.as_ref().map(|id| store.pings(id)).transpose()?.flatten();
        files.extend(id.map(|id| store.file_of(&id)));
        let count = match (pings, by_kind) {
            (None, false) => Value::from(0),
            (Some(pings), false) => Value::from(pings.count(Which::Published)?),
            (None, true) => by_kind_json(context.config.reactions, &[]),
            (Some(pings), true) => by_kind_json(context.config.reactions, &pings.kinds(0)?),
        };
        counts.insert(name.to_owned(), count);
    }
    let body = format!("{}\n", Value::Object(counts));
    Ok(cacheable(
        context,
        Response::data("application/json; charset=utf-8", body),
    )
    .depends_on(files))
}

/// The counts by kind; reactions that are not shown are not told.
fn by_kind_json(reactions: Reactions, kinds: &[KindCount]) -> Value {
    let name = |kind: Option<MentionKind>| kind.map_or("ping", MentionKind::name);
    let is_told = |kind: Option<MentionKind>| {
        reactions != Reactions::Off || !kind.is_some_and(MentionKind::is_reaction)
    };
    let mut told = Map::new();
    for of_kind in kinds.iter().filter(|of_kind| is_told(of_kind.kind)) {
        told.insert(name(of_kind.kind).to_owned(), Value::from(of_kind.count));
    }
    let count: u64 = kinds.iter().map(|of_kind| of_kind.count).sum();
    json!({"count": count, "kinds": told})
}

/// The script.
pub(super) fn script(context: &Context<'_>) -> Result<Response> {
    let response = Response::data("text/javascript; charset=utf-8", SCRIPT.to_owned());
    Ok(cacheable(context, response))
}

fn handle(context: &Context<'_>, format: FeedFormat) -> Result<Response> {
    let (config, language) = (context.config, context.app.language());
    let most = context.query.get("n").and_then(|n| n.parse().ok());
    let most = most.unwrap_or(feeds::NEWEST).clamp(1, feeds::MAX_ITEMS);
    let kinds = match context.query.get("kinds") {
        Some("all") if format != FeedFormat::Html => FeedKinds::All,
        _ => FeedKinds::Full,
    };
    let (mut channel, items, files) = match &context.tb_id {
        Some(id) => {
            let store = context.store()?;
            let (channel, items) = feed_of_id(context, (store, id), format, (kinds, most))?;
            (channel, items, vec![store.file_of(id)])
        }
        None => {
            let items = newest_of_site(context, kinds, most)?;
            (Channel::of_site((config, language)), items, Vec::new())
        }
    };
    let word = match format {
        FeedFormat::Rss => "rss2",
        FeedFormat::Atom => "atom",
        FeedFormat::Json => "json",
        FeedFormat::Jf2 => "jf2",
        FeedFormat::Html => "html",
    };
    let own = || {
        let mut query = vec![("__mode", word)];
        query.extend(context.tb_id.as_ref().map(|id| ("tb_id", id.as_str())));
        urls::with_query(config, &query).parse().ok()
    };
    let has_static = |id: &TbId| feeds::has_static(config, id, format);
    let is_static = context.tb_id.as_ref().is_some_and(has_static);
    channel.self_url = channel.self_url.filter(|_| is_static).or_else(own);
    if items.is_empty() {
        channel.updated = files
            .first()
            .and_then(last_change)
            .or_else(|| last_change(&config.file));
        channel.updated = channel.updated.or_else(|| last_change(&config.data_dir));
    }
    let body = feeds::document(config, format, &channel, &items)?;
    let response = match format {
        FeedFormat::Html => Response::html(200, Some(config), body),
        FeedFormat::Rss | FeedFormat::Atom | FeedFormat::Json | FeedFormat::Jf2 => {
            Response::data(feeds::media_type(format), body)
        }
    };
    Ok(cacheable(context, response).depends_on(files))
}

/// The feed of an id: its channel and its newest pings.
fn feed_of_id(
    context: &Context<'_>,
    (store, id): (&Store, &TbId),
    format: FeedFormat,
    (kinds, most): (FeedKinds, usize),
) -> Result<(Channel, Vec<FeedItem>)> {
    let (config, language) = (context.config, context.app.language());
    let newest = match store.pings(id)? {
        Some(pings) => feeds::newest(&pings, most, (config.reactions, language), kinds)?,
        None => NewestPings::default(),
    };
    let name = context.app.entry_name(id);
    let channel = Channel {
        reactions: newest.reactions,
        ..Channel::of((config, language), (id, &name), format)
    };
    Ok((channel, feeds::items(config, (id, None), newest.pings)))
}

/// The newest pings of all ids.
fn newest_of_site(context: &Context<'_>, kinds: FeedKinds, most: usize) -> Result<Vec<FeedItem>> {
    let config = context.config;
    let mut recent = context.store()?.recent(most)?;
    let is_all = kinds == FeedKinds::All && config.reactions == Reactions::Names;
    recent.retain(|(_, record)| is_all || !record.is_reaction());
    let item = |(id, record)| feeds::items(config, (&id, None), vec![record]);
    Ok(recent.into_iter().flat_map(item).collect())
}

/// When a file was last changed, in whole seconds.
fn last_change(file: &PathBuf) -> Option<Timestamp> {
    let changed = fs::metadata(file).ok()?.mtime();
    Timestamp::from_second(changed).ok()
}

/// Adds the headers for caching and for other origins; 304 without a body if the client's copy is current.
pub(super) fn cacheable(context: &Context<'_>, response: Response) -> Response {
    let digest = text::hex(&Sha256::digest(&response.body));
    let tag = format!("\"{}\"", digest.get(..32).unwrap_or_default());
    let known = context.request.if_none_match.as_deref();
    let known = String::from_utf8_lossy(known.unwrap_or_default()).into_owned();
    let same = |known: &str| known == "*" || known.trim_start_matches("W/") == tag;
    let response = if known.split(',').map(str::trim).any(same) {
        Response {
            status: 304,
            body: Vec::new(),
            ..response
        }
    } else {
        response
    };
    response
        .with("ETag", tag)
        .with("Cache-Control", "max-age=60")
        .with("Access-Control-Allow-Origin", "*")
}
