//! No mode: the list of an id that a reader followed a ping URL to, or the page that says what this is.

use super::context::Context;
use super::{Response, list, urls, views};
use crate::admission::entries;
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
    let zone = config.zone()?;
    let store = context.store()?;
    // The list of the newest is a hint: what stands in its way closes no page.
    let recent = store.recent(crate::feeds::NEWEST).unwrap_or_else(|error| {
        store.log(&Event::new(context.now(), EventName::Failed).with("error", error.to_string()));
        Vec::new()
    });
    let pings = recent
        .into_iter()
        .map(|(id, record)| views::ListedPing {
            list_url: urls::mode(config, "list", &id),
            ..list::listed(context, &zone, &id, record)
        })
        .collect();
    let has_list = entries::listed(store).is_ok_and(|listed| !listed.is_empty());
    let landing = views::Landing {
        site_name: config.site_name.clone(),
        base_url: config
            .passphrase
            .is_none()
            .then(|| urls::base(config).to_owned()),
        list_url: has_list.then(|| urls::with_query(config, &[("__mode", "list")])),
        login_url: urls::with_query(config, &[("__mode", "login")]),
        pings,
        owner: context.owner().ok(),
    };
    Ok(context.page(&config.site_name, &landing))
}
