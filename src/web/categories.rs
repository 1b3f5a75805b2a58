//! `__mode=list` without an id: the ids that the owner has listed with `tb add`, by title.
//!
//! Strangers cannot list the other ids; those are known only to people who have their links.

use super::context::Context;
use super::views::{self, Category};
use super::{Response, urls};
use crate::admission::entries::EntryInfo;
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Store};

/// How many ids a page shows.
const PAGE: usize = 100;

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let config = context.config;
    let store = context.store()?;
    let listed = context.app.entries.listed(store)?;
    let asked = context.query.get("page").and_then(|text| text.parse().ok());
    // A number beyond the last page is the last page.
    let last = listed.len().div_ceil(PAGE).max(1);
    let number: usize = asked.unwrap_or(1).clamp(1, last);
    let url = |number: usize| {
        let number = number.to_string();
        urls::with_query(config, &[("__mode", "list"), ("page", &number)])
    };
    let repository = views::Repository {
        language: context.language(),
        site_name: config.site_name.clone(),
        newer: (number > 1).then(|| url(number - 1)),
        older: (number < last).then(|| url(number + 1)),
        categories: listed
            .into_iter()
            .skip((number - 1) * PAGE)
            .take(PAGE)
            .map(|(id, info)| category(context, store, &id, info))
            .collect(),
        login_url: urls::with_query(config, &[("__mode", "login")]),
        owner: context.form().ok(),
    };
    let title = format!("TrackBack - {}", config.site_name);
    Ok(context.reader_page(&title, &[], &repository))
}

fn category(context: &Context<'_>, store: &Store, id: &TbId, info: EntryInfo) -> Category {
    let config = context.config;
    // One damaged file must not make the whole page fail.
    let count = count(store, id).map_err(|error| {
        store.log(&Event::new(context.now(), EventName::Failed).with("error", error.to_string()));
    });
    let count = count.ok();
    Category {
        tb_id: id.to_string(),
        ping_url: context.ping_url(id, Some(&info)),
        title: info.title,
        describe: info.describe,
        count: count.map(|count| context.language().ping_count(count)),
        list_url: urls::mode(config, "list", id),
        rss_url: match count {
            // An id without pings has no static feed.
            None | Some(0) => urls::mode(config, "rss2", id),
            Some(_) => crate::web::urls::feed_url(config, id),
        },
    }
}

fn count(store: &Store, id: &TbId) -> std::result::Result<u64, Error> {
    let tally = store.pings(id)?.map(|pings| pings.tally()).transpose()?;
    Ok(tally.unwrap_or_default().published)
}
