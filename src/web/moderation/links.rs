//! The address of the moderation page, and the decisions that can be made there.

use crate::config::Config;
use crate::linkback::trackback::TbId;
use crate::moderation::apply;
use crate::store::Record;
use crate::web::context::Context;
use crate::web::list;
use crate::web::urls;
use crate::web::views::HiddenField;
use crate::web::views::{self, WaitingPing};

/// Characters of a search that are looked at.
pub(super) const SEARCH: usize = 200;

/// The fields of an address that say which part of the list it is.
pub(super) const HERE: [&str; 4] = ["state", "q", "before", "after"];

/// The address of a page of the list.
pub(crate) fn url(config: &Config, query: &[(&str, &str)]) -> String {
    let said = query.iter().filter(|(_, value)| !value.is_empty()).copied();
    let query: Vec<_> = [("__mode", "moderate")].into_iter().chain(said).collect();
    urls::with_query(config, &query)
}

/// What of the address, or of the form, says which part of the list it is about.
pub(crate) fn here(context: &Context<'_>) -> Vec<HiddenField> {
    let field = |name: &&str| {
        let value = context.fields.get(name).filter(|value| !value.is_empty())?;
        let value = value.chars().take(SEARCH).collect();
        Some(HiddenField {
            name: (*name).to_owned(),
            value,
        })
    };
    HERE.iter().filter_map(field).collect()
}

/// How many pings a page shows.
pub(crate) const PAGE: usize = 50;

/// A ping as the owner sees it among those of all ids.
pub(crate) fn waiting(
    context: &Context<'_>,
    zone: &jiff::tz::TimeZone,
    id: &TbId,
    mut record: Record,
) -> WaitingPing {
    let from = record.from.take().unwrap_or_default();
    WaitingPing {
        domain: domain_of(&record),
        approves: String::new(),
        from,
        why: record.explain(),
        ping: views::ListedPing {
            list_url: urls::mode(context.config, "list", id),
            ..list::listed(context, zone, id, record)
        },
    }
}

/// Who publishes the page of a ping; empty for a permalink that is none.
pub(crate) fn domain_of(record: &Record) -> String {
    let publisher = apply::publisher(record);
    publisher
        .map(|publisher| publisher.to_string())
        .unwrap_or_default()
}
