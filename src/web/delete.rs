//! `__mode=delete` and `__mode=state`: the owner deletes a ping, or changes its state.
//!
//! tb.cgi deleted on GET, by the ping's position in the list: a link was enough, and a new ping shifted all positions.
//! Here GET asks, POST with a token deletes, and the ping is named by its number; the `index` of an old link only finds
//! the ping to ask about.

use super::context::Context;
use super::views::ConfirmDelete;
use super::{Response, list, urls};
use crate::error::{Refusal, Result};
use crate::language::Language;
use crate::moderation::action::{Action, DecidedBy};
use crate::moderation::apply::{self, Decision, Missing};
use crate::order;
use crate::store::{Pings, Record, State, Which};

/// Asks whether to delete a ping.
pub(super) fn show_form(context: &Context<'_>) -> Result<Response> {
    let id = context.tb_id()?;
    let pings = context.store()?.pings(id)?.ok_or(Refusal::NoSuchPing)?;
    let record = find_ping(context, &pings)?.ok_or(Refusal::NoSuchPing)?;
    let confirm = ConfirmDelete {
        form: context.form()?,
        ping: list::listed_ping(context, Language::English, &context.config.zone, id, record),
        cancel_url: urls::mode(context.config, "list", id),
    };
    Ok(context.page("Delete a ping", &confirm))
}

/// Deletes a ping.
pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    decide(context, Action::Delete)?;
    let list = urls::mode(context.config, "list", context.tb_id()?);
    Ok(Response::see_other(list))
}

/// Publishes, holds or junks a ping.
pub(super) fn change_state(context: &Context<'_>) -> Result<Response> {
    let to = context.fields.get("to").and_then(State::named);
    let action = Action::giving(to.ok_or(Refusal::UnknownAction)?);
    let number = decide(context, action)?;
    let list = urls::mode(context.config, "list", context.tb_id()?);
    Ok(Response::see_other(format!("{list}#ping-{number}")))
}

/// Applies a decision to the ping that the form names, and returns its number.
fn decide(context: &Context<'_>, action: Action) -> Result<u64> {
    let number = number(context)?;
    let numbers = order::map([(number, shown_hash(context))]);
    let chosen = order::map([(context.tb_id()?.clone(), numbers)]);
    let decision = Decision {
        action,
        chosen: &chosen,
        missing: Missing::ChangesNothing,
        by: DecidedBy::Page,
    };
    let decided = apply::decide(context.config, context.store()?, &decision, context.now())?;
    if !decided.changed.is_empty() {
        return Err(Refusal::Changed.into());
    }
    if decided.done.is_empty() {
        return Err(Refusal::NoSuchPing.into());
    }
    Ok(number)
}

/// The hash of the text that the owner was shown, if the form has it.
fn shown_hash(context: &Context<'_>) -> Option<String> {
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

/// The ping that the query names: by number, or by its position from the newest, as in tb.cgi's links.
fn find_ping(context: &Context<'_>, pings: &Pings) -> Result<Option<Record>> {
    match context.query.get("index").map(str::parse::<usize>) {
        Some(Ok(index)) if context.query.get("id").is_none() => {
            let newest = pings.newest(Which::All, None, index.saturating_add(1).min(10_000))?;
            Ok(newest.into_iter().nth(index))
        }
        _ => pings.get(number(context)?),
    }
}
