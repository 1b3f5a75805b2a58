//! No mode: the list of an id, for a person who followed a ping URL, or the start page.

use super::context::Context;
use super::{Response, list, urls, views};
use crate::error::{Refusal, Result};
use crate::store::{Event, EventName};

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    if context.query.get("url").is_some() {
        return Err(Refusal::PingByGet.into());
    }
    if context.tb_id.is_some() {
        return list::handle(context);
    }
    let config = context.config;
    let zone = &config.zone;
    let store = context.store()?;
    // The list of newest pings is only a cache: an error there must not make the page fail.
    let recent = store.recent(crate::feeds::NEWEST).unwrap_or_else(|error| {
        store.log(&Event::new(context.now(), EventName::Failed).with("error", error.to_string()));
        Vec::new()
    });
    let pings = recent
        .into_iter()
        .filter(|(_, record)| !record.is_reaction())
        .map(|(id, record)| views::PingView {
            list_url: urls::mode(config, "list", &id),
            ..list::listed_ping(context, context.language(), zone, &id, record)
        })
        .collect();
    let has_list = context
        .app
        .entries
        .listed(store)
        .is_ok_and(|listed| !listed.is_empty());
    let feeds = urls::feed_links(config, None);
    let landing = views::Landing {
        language: context.language(),
        feeds: feeds.clone(),
        site_name: config.site_name.clone(),
        base_url: config
            .passphrase
            .is_none()
            .then(|| urls::base(config).to_owned()),
        list_url: has_list.then(|| urls::with_query(config, &[("__mode", "list")])),
        login_url: urls::with_query(config, &[("__mode", "login")]),
        pings,
        owner: context.form().ok(),
    };
    Ok(context.reader_page(&config.site_name, &feeds, &landing))
}
