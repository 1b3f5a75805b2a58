//! `__mode=queue&key=KEY`: the private feed of the waiting pings, for a feed reader, which cannot log in.
//!
//! The key is a signature of a counter, so the owner can revoke the URL by increasing the counter. The response to a wrong
//! key is 404. Only the owner's pages link to it.

use crate::config::{Config, FeedFormat};
use crate::error::Result;
use crate::feeds::{self, Channel, FeedItem};
use crate::language::Language;
use crate::moderation::inbox::{self, From, InboxFilter, InboxQuery};
use crate::store::{Secret, State, same_secret};
use crate::web::context::Context;
use crate::web::error_page::owner_problem;
use crate::web::views::html_of;
use crate::web::{Response, urls};

/// How many pings the feed has.
const NEWEST: usize = 50;
/// Hexadecimal digits of the key: 128 bits.
const DIGITS: usize = 32;

pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let config = context.config;
    let store = context.store()?;
    let key = context.query.get("key").unwrap_or_default();
    let secret = store.secret()?;
    let Some(secret) = secret.filter(|secret| same_secret(key, &key_of(secret))) else {
        let nothing = "This page does not exist.";
        return Ok(owner_problem(config, 404, nothing).with("Cache-Control", "no-store"));
    };
    let query = InboxQuery {
        kind: InboxFilter::In(State::Held),
        search: String::new(),
        from: From::Newest,
        most: NEWEST,
    };
    let link = crate::web::moderation::links::url(config, &[]);
    let items = inbox::load(store, &query)?.pings.into_iter();
    let items: Vec<(FeedItem, String)> = items
        .filter_map(|(place, record)| Some((place, record?)))
        .map(|(place, record)| {
            let why = record.explain();
            let description = html_of(&record.excerpt, &why, &link);
            let guid = format!("{link}#{}-{}", place.id, place.number);
            (
                FeedItem {
                    guid,
                    id: place.id,
                    permalink: None,
                    record,
                },
                description,
            )
        })
        .collect();
    let channel = Channel {
        title: format!("Waiting pings - {}", config.site_name),
        link: link.parse().unwrap_or_else(|_| config.base_url.clone()),
        description: format!(
            "TrackBack pings waiting for the owner of {}",
            config.site_name
        ),
        self_url: url(config, &secret).parse().ok(),
        updated: None,
        reactions: Vec::new(),
        language: Language::English,
    };
    Ok(Response::data(
        feeds::media_type(FeedFormat::Rss),
        feeds::rss_2_0_described(&channel, &items),
    )
    .with("Cache-Control", "no-store")
    .with("X-Robots-Tag", "noindex"))
}

/// The current URL of the feed. Whoever has it can read the queue.
pub(crate) fn url(config: &Config, secret: &Secret) -> String {
    urls::with_query(config, &[("__mode", "queue"), ("key", &key_of(secret))])
}

fn key_of(secret: &Secret) -> String {
    let signature = secret.sign("queue-feed", &secret.feed.to_string());
    signature.chars().take(DIGITS).collect()
}
