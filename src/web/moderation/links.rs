//! URLs of the moderation page, and the pings on it.

use crate::admission::proxies;
use crate::config::Config;
use crate::language::Language;
use crate::linkback::trackback::TbId;
use crate::moderation::look_again::depends_on_page;
use crate::store::Record;
use crate::web::context::Context;
use crate::web::list;
use crate::web::urls;
use crate::web::views::HiddenField;
use crate::web::views::{self, WaitingPing};

/// The longest search, in characters.
pub(super) const MAX_SEARCH: usize = 200;

/// The fields of a URL that identify a part of the list.
pub(super) const POSITION_FIELDS: [&str; 4] = ["state", "q", "before", "after"];

/// The URL of a page of the list.
pub(crate) fn url(config: &Config, query: &[(&str, &str)]) -> String {
    let said = query.iter().filter(|(_, value)| !value.is_empty()).copied();
    let query: Vec<_> = [("__mode", "moderate")].into_iter().chain(said).collect();
    urls::with_query(config, &query)
}

/// The fields of the request that identify a part of the list.
pub(crate) fn position_fields(context: &Context<'_>) -> Vec<HiddenField> {
    let field = |name: &&str| {
        let value = context.fields.get(name).filter(|value| !value.is_empty())?;
        let value = value.chars().take(MAX_SEARCH).collect();
        Some(HiddenField {
            name: (*name).to_owned(),
            value,
        })
    };
    POSITION_FIELDS.iter().filter_map(field).collect()
}

/// How many pings a page shows.
pub(crate) const PAGE: usize = 50;

/// A ping for the moderation page.
pub(crate) fn waiting_ping(
    context: &Context<'_>,
    zone: &jiff::tz::TimeZone,
    id: &TbId,
    mut record: Record,
) -> WaitingPing {
    let from = record.from.take().unwrap_or_default();
    WaitingPing {
        domain: publisher_name(context.config, &record),
        approves: String::new(),
        can_look_again: depends_on_page(&record),
        from,
        why: record.explain(),
        quote: record.quote(),
        ping: views::PingView {
            list_url: urls::mode(context.config, "list", id),
            ..list::listed_ping(context, Language::English, zone, id, record)
        },
    }
}

/// Who publishes the page of a ping; empty if the permalink is not a URL.
pub(crate) fn publisher_name(config: &Config, record: &Record) -> String {
    let publisher = proxies::publisher_of(config, record);
    publisher
        .map(|publisher| publisher.to_string())
        .unwrap_or_default()
}
