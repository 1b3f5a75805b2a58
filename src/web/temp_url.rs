//! `__mode=make_url`: the owner gets a ping URL for an id that is good for a time, to give to somebody.

use jiff::ToSpan;

use super::context::Context;
use super::{Response, urls, views};
use crate::admission::ping_auth;
use crate::error::{Cause, Error, Result};
use crate::store::{Event, EventName};

/// How long such a URL is good, in days.
const DAYS: i64 = 30;

/// Shows a new ping URL. Nothing is kept of it, so it is shown this once.
pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let (config, id) = (context.config, context.tb_id()?);
    let expires = context
        .now()
        .checked_add((24 * DAYS).hours())
        .map_err(|cause| Error::Internal(Cause::of(cause)))?;
    let store = context.store()?;
    let key = ping_auth::signature(&store.make_secret()?, id, expires);
    store.log(&Event::new(context.now(), EventName::MadeUrl).with("tb_id", id.as_str()));
    let made = views::MadeUrl {
        tb_id: id.to_string(),
        ping_url: ping_auth::ping_url(config, id, Some(&key)),
        date: expires
            .to_zoned(config.zone()?)
            .strftime("%-d %B %Y, %H:%M")
            .to_string(),
        list_url: urls::mode(config, "list", id),
    };
    Ok(context.page(&format!("A ping URL for {id}"), &made))
}
