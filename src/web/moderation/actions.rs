//! `__mode=decide`: the owner decides about several pings at once.
//!
//! Irreversible actions, and those on a whole page, ask for confirmation. A ping that was deleted meanwhile is skipped and
//! reported. The form names pings by id and number, all those of a page in one field.

use std::collections::BTreeMap;

use super::links;
use super::notice::{self, DecisionCounts, LOOK_AGAIN, REVOKE, UNDO};
use crate::admission::domains::{Approval, Approvals};
use crate::admission::proxies;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::action::{Action, Confirmation, DecidedBy};
use crate::moderation::apply::{self, ChosenPings, Decision, DecisionResult, LoadedPings, Missing};
use crate::moderation::look_again::look_again;
use crate::moderation::undo;
use crate::order;
use crate::store::{Event, EventName, Record, Store};
use crate::web::context::Context;
use crate::web::views::ConfirmDecision;
use crate::web::{FollowUp, Response};

/// Which pings of the page an action applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope<'form> {
    /// The one whose own button was used, by its name; what is ticked stays as it is.
    One(&'form str),
    /// The ticked ones.
    Ticked,
    /// All.
    WholePage,
}

/// Carries out the action, or asks for confirmation.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let word = context.fields.get("do").unwrap_or_default();
    let store = context.store()?;
    if word == REVOKE {
        store.next_feed()?;
        store.log(&Event::new(context.now(), EventName::QueueFeedRevoked));
        return Ok(redirect_back(
            context,
            REVOKE,
            DecisionCounts::default(),
            &[],
        ));
    }
    if word == UNDO {
        return undo(context, store);
    }
    let (word, scope) = match (word.split_once(' '), word.strip_prefix("all-")) {
        (Some((word, ping)), _) => (word, Scope::One(ping)),
        (None, Some(word)) => (word, Scope::WholePage),
        (None, None) => (word, Scope::Ticked),
    };
    let chosen = parse_chosen(context, scope);
    if let (LOOK_AGAIN, Scope::One(_)) = (word, scope) {
        let chosen = (&chosen, Missing::IsPassedOver);
        let now = context.now();
        let decided = look_again(context.config, store, chosen, DecidedBy::Page, now)?;
        let counts = DecisionCounts::of(&decided);
        let response = redirect_back(context, LOOK_AGAIN, counts, &[]);
        return Ok(response.with_follow_up(FollowUp::Verify));
    }
    let action = Action::parse(word)?;
    let is_confirmed = context.fields.get("sure") == Some("yes");
    let asks = scope == Scope::WholePage || action.confirmation() == Confirmation::Needed;
    if asks && !is_confirmed && !chosen.is_empty() {
        return ask_confirmation(context, store, action, &chosen);
    }
    let decision = Decision {
        action,
        chosen: &chosen,
        missing: Missing::IsPassedOver,
        by: DecidedBy::Page,
    };
    let decided = apply::decide(context.config, store, &decision, context.now())?;
    let counts = DecisionCounts::of(&decided);
    Ok(redirect_back(
        context,
        action.name(),
        counts,
        &notice::fields(context, store, action, &decided),
    ))
}

impl DecisionCounts {
    fn of(decided: &DecisionResult) -> DecisionCounts {
        DecisionCounts {
            done: decided.done.len(),
            gone: decided.missing.len(),
            changed: decided.changed.len(),
        }
    }
}

/// Takes a decision back that the form names.
fn undo(context: &Context<'_>, store: &Store) -> Result<Response> {
    let key = context.fields.get(UNDO).unwrap_or_default();
    let undone = undo::undo(context.config, store, key, context.now())?.unwrap_or_default();
    let counts = DecisionCounts {
        done: undone.done.len(),
        gone: undone.missing.len(),
        changed: undone.changed.len(),
    };
    let others = ("others", undone.others.to_string());
    Ok(redirect_back(context, UNDO, counts, &[others]))
}

fn ask_confirmation(
    context: &Context<'_>,
    store: &Store,
    action: Action,
    chosen: &ChosenPings,
) -> Result<Response> {
    let LoadedPings {
        records,
        missing,
        changed,
    } = apply::load_chosen(store, chosen)?;
    if records.is_empty() {
        let counts = DecisionCounts {
            done: 0,
            gone: missing.len(),
            changed: changed.len(),
        };
        return Ok(redirect_back(context, action.name(), counts, &[]));
    }
    let zone = &context.config.zone;
    let count = match records.len() {
        1 => "1 ping".to_owned(),
        count => format!("{count} pings"),
    };
    let named = affected_names(context, action, store, &records)?;
    let here = links::position_fields(context);
    let query: Vec<(&str, &str)> = here
        .iter()
        .map(|f| (f.name.as_str(), f.value.as_str()))
        .collect();
    let mut consequence = consequence(action, named.len(), &count);
    if action == Action::Ban {
        let bans = apply::bans_of(context.config, &records);
        consequence.push_str(&notice::also_banned(
            store,
            bans.iter().map(|ban| &ban.what),
        )?);
    }
    if !changed.is_empty() {
        consequence.push_str(" Pings that have changed since you saw them are left out.");
    }
    let sure = ConfirmDecision {
        form: context.form()?,
        question: question(action, named.len(), &count),
        consequence,
        banned: named,
        cancel_url: links::url(context.config, &query),
        pings: records
            .into_iter()
            .map(|(id, record)| links::waiting_ping(context, zone, &id, record))
            .collect(),
        action,
        here,
    };
    Ok(context.page(&sure.question.clone(), &sure))
}

/// The question, for an action that affects `named` hosts or domains.
fn question(action: Action, named: usize, count: &str) -> String {
    match (action, named) {
        (Action::Widen, 0) => "These domains are shared by many".to_owned(),
        (Action::Widen, _) => "Approve all of these domains?".to_owned(),
        (Action::Forget, _) => "Forget these hosts?".to_owned(),
        (Action::Ban, 0) => "These cannot be banned".to_owned(),
        (Action::Ban, 1) => "Ban this domain?".to_owned(),
        (Action::Ban, _) => "Ban these domains?".to_owned(),
        (Action::Approve | Action::Hold | Action::Junk | Action::Delete, _) => {
            format!("{} {count}?", action.label())
        }
    }
}

/// The consequence of the action.
fn consequence(action: Action, named: usize, count: &str) -> String {
    match (action, named) {
        (Action::Approve, _) => format!("Everybody will see {count}, and the hosts become known."),
        (Action::Widen, 0) => format!(
            "They cannot be approved as a whole. {count} will be published, and only their authors' parts become known."
        ),
        (Action::Widen, _) => format!(
            "Everybody will see {count}, and all hosts of these domains become known, whoever publishes there."
        ),
        (Action::Hold, _) => format!("Only you will see {count}."),
        (Action::Junk, _) => {
            format!("Only you will see {count}. Approved hosts stay approved.")
        }
        (Action::Delete, _) => format!(
            "{count} will be deleted permanently, and the same pages cannot ping the same ids again. This cannot be undone."
        ),
        (Action::Forget, _) => {
            "Later pings from there wait for your approval. Published pings stay published."
                .to_owned()
        }
        (Action::Ban, 0) => format!(
            "That would ban this site itself, or all the people of a host. {count} will be marked as junk anyway."
        ),
        (Action::Ban, _) => {
            format!("Pings from there will be refused, and {count} will be marked as junk.")
        }
    }
}

/// The hosts or domains that a decision bans, makes known or forgets.
fn affected_names(
    context: &Context<'_>,
    action: Action,
    store: &Store,
    records: &[(TbId, Record)],
) -> Result<Vec<String>> {
    let approvals = Approvals::load(store)?;
    let mut named: Vec<String> = match action {
        Action::Ban => apply::bans_of(context.config, records)
            .iter()
            .map(|ban| ban.what.to_string())
            .collect(),
        Action::Approve => {
            let all = records
                .iter()
                .map(|(_, record)| notice::new_approval(context.config, &approvals, record));
            all.filter(|known| !known.is_empty()).collect()
        }
        Action::Widen => apply::domains_of(context.config, records)
            .iter()
            .map(|domain| format!("*.{domain}"))
            .collect(),
        Action::Forget => {
            let publishers = records
                .iter()
                .filter_map(|(_, record)| proxies::publisher_of(context.config, record));
            let covers = |publisher| {
                approvals
                    .iter()
                    .filter(move |approval| approval.covers(&publisher))
            };
            publishers
                .flat_map(covers)
                .map(Approval::to_string)
                .collect()
        }
        Action::Hold | Action::Junk | Action::Delete => Vec::new(),
    };
    order::sort(&mut named);
    named.dedup();
    Ok(named)
}

/// The pings that the form names, with the hash of each text that it showed. Invalid names are skipped.
fn parse_chosen(context: &Context<'_>, scope: Scope<'_>) -> ChosenPings {
    let names: Vec<&str> = match scope {
        Scope::One(ping) => vec![ping],
        Scope::Ticked => context.fields.all("ping").collect(),
        Scope::WholePage => context.fields.all("shown").collect(),
    };
    let hashes = context.fields.all("as").flat_map(str::split_whitespace);
    let shown: BTreeMap<&str, &str> = order::map(hashes.filter_map(|hash| hash.rsplit_once('=')));
    let mut chosen = ChosenPings::new();
    let words = names.into_iter().flat_map(str::split_whitespace);
    for name in words.take(2 * links::PAGE) {
        let Some((id, number)) = name.rsplit_once('/') else {
            continue;
        };
        if let (Ok(id), Ok(number)) = (TbId::new(id.as_bytes()), number.parse()) {
            let shown = shown.get(name).map(|hash| (*hash).to_owned());
            chosen.entry(id).or_default().insert(number, shown);
        }
    }
    chosen
}

/// Redirects to the part of the list that the form was on.
fn redirect_back(
    context: &Context<'_>,
    word: &str,
    counts: DecisionCounts,
    more: &[notice::Field],
) -> Response {
    let here = links::position_fields(context);
    let [done, gone, changed] =
        [counts.done, counts.gone, counts.changed].map(|count| count.to_string());
    let mut query: Vec<(&str, &str)> = here
        .iter()
        .map(|f| (f.name.as_str(), f.value.as_str()))
        .collect();
    query.push(("done", word));
    query.extend(
        [
            ("n", done.as_str()),
            ("gone", gone.as_str()),
            ("changed", changed.as_str()),
        ]
        .into_iter()
        .filter(|(_, n)| *n != "0"),
    );
    query.extend(more.iter().map(|(name, value)| (*name, value.as_str())));
    Response::see_other(links::url(context.config, &query)).with("Cache-Control", "no-store")
}
