//! `__mode=delete` and `__mode=state`: the owner decides what becomes of a ping.
//!
//! tb.cgi deleted on GET, by the ping's place in the list: a link was enough, and a ping that came in
//! between moved all places. Here GET asks, POST with a token deletes, and the ping is named by its
//! number; an old link's `index` is only taken to find the ping to ask about.

use super::context::Context;
use super::views::{self, ConfirmDelete};
use super::{Response, list, urls};
use crate::error::{Error, Refusal, Result};
use crate::feeds::Write;
use crate::feeds::change;
use crate::moderation::apply::{self, ChosenNumbers, Decision, Missing};
use crate::store::{Event, Pings, Record, State, Which};

/// Asks whether to delete a ping.
pub(super) fn show_form(context: &Context<'_>) -> Result<Response> {
    let id = context.tb_id()?;
    let pings = context.store()?.pings(id)?.ok_or(Refusal::NoSuchPing)?;
    let record = named(context, &pings)?.ok_or(Refusal::NoSuchPing)?;
    let confirm = ConfirmDelete {
        form: context.form()?,
        ping: list::listed(context, &context.config.zone()?, id, record),
        cancel_url: urls::mode(context.config, "list", id),
    };
    Ok(context.page("Delete a ping", &confirm))
}

/// Deletes a ping.
pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let (number, now) = (number(context)?, context.now());
    let store = context.store()?;
    let id = context.tb_id()?;
    let shown = shown(context);
    let deleted = change::change(context.config, store, id, now, |transaction| {
        let record = transaction.pings().map(|pings| pings.get(number));
        if let (Some(record), Some(shown)) = (record.transpose()?.flatten(), &shown)
            && record.text_hash() != *shown
        {
            return Err(Refusal::Changed.into());
        }
        match transaction.delete(number, now) {
            // An earlier delete of it may have been killed before the feed was written.
            Err(gone @ Error::Refused(Refusal::NoSuchPing)) if transaction.pings().is_some() => {
                Ok((Err(gone), Write::IfStale))
            }
            deleted => Ok((Ok(deleted?), Write::Always)),
        }
    })?;
    deleted?;
    store.log(
        &Event::new(now, "deleted")
            .with("tb_id", id.as_str())
            .with("id", number),
    );
    Ok(Response::see_other(urls::mode(context.config, "list", id)))
}

/// Publishes, holds or junks a ping.
pub(super) fn change_state(context: &Context<'_>) -> Result<Response> {
    let (number, now) = (number(context)?, context.now());
    let to = context
        .fields
        .get("to")
        .and_then(State::named)
        .ok_or(Refusal::UnknownMode)?;
    let verdict = match to {
        State::Published => Decision::Approve,
        State::Held => Decision::Hold,
        State::Junk => Decision::Junk,
    };
    let store = context.store()?;
    let id = context.tb_id()?;
    let manner = (Missing::ChangesNothing, "page");
    let one = ChosenNumbers::from([(number, shown(context))]);
    let decided = apply::decide(context.config, store, (id, &one), verdict, manner, now)?;
    if !decided.changed.is_empty() {
        return Err(Refusal::Changed.into());
    }
    if decided.done.is_empty() {
        return Err(Refusal::NoSuchPing.into());
    }
    Ok(Response::see_other(format!(
        "{}#ping-{number}",
        urls::mode(context.config, "list", id)
    )))
}

/// The hash of the text that the owner was shown, if the form says it.
fn shown(context: &Context<'_>) -> Option<String> {
    let hash = context.fields.get("as").filter(|hash| !hash.is_empty())?;
    Some(hash.to_owned())
}

fn number(context: &Context<'_>) -> Result<u64> {
    let number = context
        .fields
        .get("id")
        .and_then(|number| number.parse().ok());
    Ok(number.ok_or(Refusal::NoSuchPing)?)
}

/// The ping that the query names: by number, or by its place among the newest as tb.cgi's links did.
fn named(context: &Context<'_>, pings: &Pings) -> Result<Option<Record>> {
    match context.query.get("index").map(str::parse::<usize>) {
        Some(Ok(index)) if context.query.get("id").is_none() => {
            let newest = pings.newest(Which::All, None, index.saturating_add(1).min(10_000))?;
            Ok(newest.into_iter().nth(index))
        }
        _ => pings.get(number(context)?),
    }
}

impl Context<'_> {
    /// The action and the token of a form of the owner's.
    pub(super) fn form(&self) -> Result<views::FormTarget> {
        let session = self.session.as_ref().ok_or(Refusal::NotLoggedIn)?;
        Ok(views::FormTarget {
            action: self.config.base_url.to_string(),
            token: session.token.clone(),
        })
    }

    /// What the owner's pages show besides; refused to a stranger.
    pub(super) fn owner(&self) -> Result<views::OwnerTools> {
        Ok(views::OwnerTools {
            form: self.form()?,
            moderate_url: urls::with_query(self.config, &[("__mode", "moderate")]),
            send_url: urls::with_query(self.config, &[("__mode", "send_form")]),
        })
    }
}
