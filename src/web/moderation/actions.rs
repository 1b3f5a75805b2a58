//! `__mode=decide`: the owner decides about several pings at once.
//!
//! What cannot be taken back, and what changes a whole page, asks once more. A ping that went meanwhile is passed
//! over and told. The form names pings by id and number, as many in one field as the page had.

use std::collections::{BTreeMap, BTreeSet};

use super::approve;
use super::links;
use crate::admission::domains::{Approval, Approvals};
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::action::{Action, Confirmation, DecidedBy};
use crate::moderation::apply::{self, Chosen, ChosenPings, Decided, Decision, Missing};
use crate::store::{Event, EventName, Record, Store};
use crate::web::Response;
use crate::web::context::Context;
use crate::web::views::Sure;

/// The button that gives the private feed another address; it is about no ping.
const REVOKE: &str = "revoke";

/// Which of the form's fields has the pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Those that are ticked.
    Ticked,
    /// All that the page had.
    WholePage,
}

/// Does it, or asks whether to.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let word = context.fields.get("do").unwrap_or_default();
    let store = context.store()?;
    if word == REVOKE {
        store.next_feed()?;
        store.log(&Event::new(context.now(), EventName::QueueFeedRevoked));
        return Ok(back(context, REVOKE, DecisionCounts::default(), &[]));
    }
    let (word, scope) = match word.strip_prefix("all-") {
        Some(word) => (word, Scope::WholePage),
        None => (word, Scope::Ticked),
    };
    let action = Action::parse(word)?;
    let chosen = chosen(context, scope);
    let is_confirmed = context.fields.get("sure") == Some("yes");
    let asks = scope == Scope::WholePage || action.confirmation() == Confirmation::Needed;
    if asks && !is_confirmed && !chosen.is_empty() {
        return ask(context, store, action, &chosen);
    }
    let decision = Decision {
        action,
        chosen: &chosen,
        missing: Missing::IsPassedOver,
        by: DecidedBy::Page,
    };
    let decided = apply::decide(context.config, store, &decision, context.now())?;
    let counts = DecisionCounts::of(&decided);
    Ok(back(
        context,
        action.name(),
        counts,
        &approve::fields(&decided),
    ))
}

/// How many pings became what.
#[derive(Debug, Clone, Copy, Default)]
struct DecisionCounts {
    done: usize,
    /// Those that are not there any more.
    gone: usize,
    /// Those that say something else than what was shown.
    changed: usize,
}

impl DecisionCounts {
    fn of(decided: &Decided) -> DecisionCounts {
        DecisionCounts {
            done: decided.done.len(),
            gone: decided.missing.len(),
            changed: decided.changed.len(),
        }
    }
}

/// What was done just now, from the address: fixed words and numbers, whoever wrote it; and what followed.
pub(crate) fn notice(context: &Context<'_>, store: &Store) -> Result<String> {
    let done = done(context);
    let followed = match done.is_empty() {
        true => String::new(),
        false => approve::notice(context, store)?,
    };
    Ok(done + &followed)
}

fn done(context: &Context<'_>) -> String {
    let number = |name| {
        context
            .query
            .get(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    let word = context.query.get("done").unwrap_or_default();
    if word == REVOKE {
        return "The feed has a new address; the old one leads nowhere.".to_owned();
    }
    // Anybody can write an address.
    let Ok(action) = Action::parse(word) else {
        return String::new();
    };
    let gone = match number("gone").unwrap_or(0) {
        0 => String::new(),
        1 => " 1 was gone already.".to_owned(),
        gone => format!(" {gone} were gone already."),
    };
    let changed = match number("changed").unwrap_or(0) {
        0 => String::new(),
        1 => " 1 has changed since you saw it, and was left as it is.".to_owned(),
        changed => {
            format!(" {changed} have changed since you saw them, and were left as they are.")
        }
    };
    let passed_over = gone + &changed;
    match number("n").unwrap_or(0) {
        0 if passed_over.is_empty() => "No ping was chosen.".to_owned(),
        0 => passed_over.trim_start().to_owned(),
        count => format!("{count} {}.{passed_over}", action.done()),
    }
}

fn ask(
    context: &Context<'_>,
    store: &Store,
    action: Action,
    chosen: &ChosenPings,
) -> Result<Response> {
    let Chosen {
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
        return Ok(back(context, action.name(), counts, &[]));
    }
    let zone = context.config.zone()?;
    let count = match records.len() {
        1 => "1 ping".to_owned(),
        count => format!("{count} pings"),
    };
    let named = named(context, action, store, &records)?;
    let here = links::here(context);
    let query: Vec<(&str, &str)> = here
        .iter()
        .map(|f| (f.name.as_str(), f.value.as_str()))
        .collect();
    let mut consequence = consequence(action, named.len(), &count);
    if !changed.is_empty() {
        consequence.push_str(" What has changed since you saw it is left out.");
    }
    let sure = Sure {
        form: context.form()?,
        question: question(action, named.len(), &count),
        consequence,
        banned: named,
        cancel_url: links::url(context.config, &query),
        pings: records
            .into_iter()
            .map(|(id, record)| links::waiting(context, &zone, &id, record))
            .collect(),
        action,
        here,
    };
    Ok(context.page(&sure.question.clone(), &sure))
}

/// What is asked, where the action names so many hosts or domains besides the pings.
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

/// What follows from it.
fn consequence(action: Action, named: usize, count: &str) -> String {
    match (action, named) {
        (Action::Approve, _) => format!("Everybody will see {count}, and the hosts become known."),
        (Action::Widen, 0) => format!(
            "So they cannot be approved as a whole. {count} will be published, and their own parts become known."
        ),
        (Action::Widen, _) => format!(
            "Everybody will see {count}, and all hosts of these domains become known, whoever publishes there."
        ),
        (Action::Hold, _) => format!("Only you will see {count}."),
        (Action::Junk, _) => {
            format!("Only you will see {count}. Whom you have approved stays known.")
        }
        (Action::Delete, _) => format!(
            "{count} will be gone for good, and the same pages cannot ping the same ids again."
        ),
        (Action::Forget, _) => {
            "Later pings from there wait for you. What is published stays.".to_owned()
        }
        (Action::Ban, 0) => format!(
            "That would ban this site itself, or everybody below a public suffix. {count} will be put with the junk all the same."
        ),
        (Action::Ban, _) => format!(
            "Pings from there are refused from now on, and {count} will be put with the junk."
        ),
    }
}

/// What a decision names besides the pings: what it bans, makes known or forgets.
fn named(
    context: &Context<'_>,
    action: Action,
    store: &Store,
    records: &[(TbId, Record)],
) -> Result<Vec<String>> {
    let approvals = Approvals::load(store)?;
    let named: BTreeSet<String> = match action {
        Action::Ban => apply::bans_of(context.config, records)
            .iter()
            .map(|ban| ban.what.to_string())
            .collect(),
        Action::Approve => {
            let all = records
                .iter()
                .map(|(_, record)| approve::makes_known(&approvals, record));
            all.filter(|known| !known.is_empty()).collect()
        }
        Action::Widen => apply::domains_of(records)
            .iter()
            .map(|domain| format!("*.{domain}"))
            .collect(),
        Action::Forget => {
            let publishers = records
                .iter()
                .filter_map(|(_, record)| apply::publisher(record));
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
        Action::Hold | Action::Junk | Action::Delete => BTreeSet::new(),
    };
    Ok(named.into_iter().collect())
}

/// The pings that a form names, with what it has shown of each; what names none is passed over.
fn chosen(context: &Context<'_>, scope: Scope) -> ChosenPings {
    let field = match scope {
        Scope::Ticked => "ping",
        Scope::WholePage => "shown",
    };
    let hashes = context.fields.all("as").flat_map(str::split_whitespace);
    let shown: BTreeMap<&str, &str> = hashes.filter_map(|hash| hash.rsplit_once('=')).collect();
    let mut chosen = ChosenPings::new();
    let words = context.fields.all(field).flat_map(str::split_whitespace);
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

/// Back to the part of the list that the form was on.
fn back(
    context: &Context<'_>,
    word: &str,
    counts: DecisionCounts,
    more: &[approve::Field],
) -> Response {
    let here = links::here(context);
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
