//! `__mode=rss`: the newest pings as RSS 0.91 inside `<response>` (specification 1.1, "Retrieving").

use super::Response;
use super::context::Context;
use crate::config::FeedFormat;
use crate::error::Result;
use crate::feeds::{self, Channel};
use crate::store::Which;

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let id = context.tb_id()?;
    let most = context
        .query
        .get("n")
        .and_then(|n| n.parse().ok())
        .unwrap_or(feeds::NEWEST);
    let store = context.store()?;
    let pings = match store.pings(id)? {
        Some(pings) => pings.newest(Which::Published, None, most.clamp(1, feeds::MAX_ITEMS))?,
        None => Vec::new(),
    };
    let items = feeds::items(context.config, id, pings);
    let feed = feeds::rss_0_91(&Channel::of(context.config, id, FeedFormat::Rss), &items);
    Ok(Response::xml(200, feed).made_of(vec![store.file_of(id)]))
}
