//! `__mode=decide`: the owner decides about several pings at once.
//!
//! What cannot be taken back, and what changes a whole page, asks once more. A ping that went meanwhile is passed
//! over and told. The form names pings by id and number, as many in one field as the page had.

use std::collections::{BTreeMap, BTreeSet};

use super::approve;
use crate::admission::bans::{self, Ban, BanSubject};
use crate::admission::domains::{Approval, Approvals};
use crate::error::{Refusal, Result};
use crate::linkback::trackback::TbId;
use crate::moderation::apply::{self, ChosenNumbers, Decision, Missing};
use crate::store::{Event, Record, Store};
use crate::web::Response;
use crate::web::context::Context;
use crate::web::views::{Action, Sure};

/// Pings by id.
type ByIds = BTreeMap<TbId, ChosenNumbers>;

/// What the owner is told afterwards, by the word in the address.
const DONE: [(&str, &str); 8] = [
    ("approve", "approved"),
    ("widen", "approved"),
    (
        "forget",
        "left as they are, and their hosts are not known any more",
    ),
    ("hold", "held"),
    ("junk", "put with the junk"),
    ("delete", "deleted"),
    ("ban", "put with the junk, and banned"),
    ("revoke", ""),
];

/// Does it, or asks whether to.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let word = context.fields.get("do").unwrap_or_default();
    let store = context.store()?;
    if word == "revoke" {
        store.next_feed()?;
        store.log(&Event::new(context.now(), "queue-feed-revoked"));
        return Ok(back(
            context,
            "revoke",
            DecisionCounts::default(),
            &Vec::new(),
        ));
    }
    let (word, names) = match word.strip_prefix("all-") {
        Some(word) => (word, "shown"),
        None => (word, "ping"),
    };
    let action = crate::web::moderation::links::ACTIONS
        .into_iter()
        .find(|action| action.word == word);
    let action = action.ok_or(Refusal::UnknownMode)?;
    let chosen = chosen(context, names);
    let asked = context.fields.get("sure") == Some("yes");
    if !asked
        && !chosen.is_empty()
        && (names == "shown" || matches!(word, "delete" | "ban" | "widen" | "forget"))
    {
        return ask(context, store, action, &chosen);
    }
    if word == "forget" {
        let (records, changed) = records(store, &chosen)?;
        let taken = approve::forget(store, &records)?;
        let event = Event::new(context.now(), "domain").with("now", "no longer approved");
        store.log(&event.with("count", taken).with("by", "page"));
        let counts = DecisionCounts {
            done: records.len(),
            gone: 0,
            changed,
        };
        return Ok(back(context, word, counts, &Vec::new()));
    }
    let verdict = match word {
        "approve" | "widen" => Decision::Approve,
        "hold" => Decision::Hold,
        "delete" => Decision::Delete,
        _ => Decision::Junk,
    };
    if word == "ban" {
        let (records, _) = records(store, &chosen)?;
        let bans = bans_of(context, &records);
        bans::add(store, &bans, context.now())?;
    }
    let mut learnt = BTreeSet::new();
    if word == "widen" {
        let (records, _) = records(store, &chosen)?;
        learnt.extend(approve::widen(store, &approve::domains(&records))?);
    }
    let mut counts = DecisionCounts::default();
    for (id, numbers) in &chosen {
        let manner = (Missing::IsPassedOver, "page");
        let now = context.now();
        let decided = apply::decide(context.config, store, (id, numbers), verdict, manner, now)?;
        counts.done += decided.done.len();
        counts.gone += decided.missing.len();
        counts.changed += decided.changed.len();
        learnt.extend(decided.learnt);
    }
    let told = match verdict {
        Decision::Approve => approve::follow(context, store, &learnt)?,
        Decision::Hold | Decision::Junk | Decision::Delete => Vec::new(),
    };
    Ok(back(context, word, counts, &told))
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
    let Some((word, done)) = DONE.into_iter().find(|(known, _)| *known == word) else {
        return String::new();
    };
    if word == "revoke" {
        return "The feed has a new address; the old one leads nowhere.".to_owned();
    }
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
        done_now => format!("{done_now} {done}.{passed_over}"),
    }
}

fn ask(context: &Context<'_>, store: &Store, action: Action, chosen: &ByIds) -> Result<Response> {
    let (records, changed) = records(store, chosen)?;
    if records.is_empty() {
        let all: usize = chosen.values().map(BTreeMap::len).sum();
        let counts = DecisionCounts {
            done: 0,
            gone: all.saturating_sub(changed),
            changed,
        };
        return Ok(back(context, action.word, counts, &Vec::new()));
    }
    let zone = context.config.zone()?;
    let count = match records.len() {
        1 => "1 ping".to_owned(),
        count => format!("{count} pings"),
    };
    let banned = named(context, action.word, store, &records)?;
    let here = crate::web::moderation::links::here(context);
    let query: Vec<(&str, &str)> = here
        .iter()
        .map(|f| (f.name.as_str(), f.value.as_str()))
        .collect();
    let sure = Sure {
        form: context.form()?,
        question: match (action.word, banned.len()) {
            ("widen", 0) => "These domains are shared by many".to_owned(),
            ("widen", _) => "Approve all of these domains?".to_owned(),
            ("forget", _) => "Forget these hosts?".to_owned(),
            ("ban", 0) => "These cannot be banned".to_owned(),
            ("ban", 1) => "Ban this domain?".to_owned(),
            ("ban", _) => "Ban these domains?".to_owned(),
            _ => format!("{} {count}?", action.label),
        },
        consequence: match (action.word, banned.len()) {
            ("widen", 0) => format!(
                "So they cannot be approved as a whole. {count} will be published, and their own parts become known."
            ),
            ("widen", _) => format!(
                "Everybody will see {count}, and all hosts of these domains become known, whoever publishes there."
            ),
            ("forget", _) => {
                "Later pings from there wait for you. What is published stays.".to_owned()
            }
            ("ban", 0) => format!(
                "That would ban this site itself, or everybody below a public suffix. {count} will be put with the junk all the same."
            ),
            (word, _) => consequence(word, &count),
        } + match changed {
            0 => "",
            _ => " What has changed since you saw it is left out.",
        },
        banned,
        cancel_url: crate::web::moderation::links::url(context.config, &query),
        pings: records
            .into_iter()
            .map(|(id, record)| crate::web::moderation::links::waiting(context, &zone, &id, record))
            .collect(),
        action,
        here,
    };
    Ok(context.page(&sure.question.clone(), &sure))
}

fn consequence(word: &str, count: &str) -> String {
    match word {
        "approve" => format!("Everybody will see {count}, and the hosts become known."),
        "hold" => format!("Only you will see {count}."),
        "junk" => format!("Only you will see {count}. Whom you have approved stays known."),
        "ban" => format!(
            "Pings from there are refused from now on, and {count} will be put with the junk."
        ),
        _ => format!(
            "{count} will be gone for good, and the same pages cannot ping the same ids again."
        ),
    }
}

/// What a decision names besides the pings: what it bans, makes known or forgets.
fn named(
    context: &Context<'_>,
    word: &str,
    store: &Store,
    records: &[(TbId, Record)],
) -> Result<Vec<String>> {
    let approvals = Approvals::read(store)?;
    let named: BTreeSet<String> = match word {
        "ban" => bans_of(context, records)
            .iter()
            .map(|ban| ban.what.to_string())
            .collect(),
        "approve" => {
            let all = records
                .iter()
                .map(|(_, record)| approve::makes_known(&approvals, record));
            all.filter(|known| !known.is_empty()).collect()
        }
        "widen" => approve::domains(records)
            .iter()
            .map(|domain| format!("*.{domain}"))
            .collect(),
        "forget" => {
            let publishers = records
                .iter()
                .filter_map(|(_, record)| approve::publisher(record));
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
        _ => BTreeSet::new(),
    };
    Ok(named.into_iter().collect())
}

/// The pings that a form names, with what it has shown of each; what names none is passed over.
fn chosen(context: &Context<'_>, names: &str) -> ByIds {
    let hashes = context.fields.all("as").flat_map(str::split_whitespace);
    let shown: BTreeMap<&str, &str> = hashes.filter_map(|hash| hash.rsplit_once('=')).collect();
    let mut chosen = ByIds::new();
    let words = context.fields.all(names).flat_map(str::split_whitespace);
    for name in words.take(2 * crate::web::moderation::links::PAGE) {
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

/// Those of the chosen pings that are there and as they were shown, and how many are there and are not.
fn records(store: &Store, chosen: &ByIds) -> Result<(Vec<(TbId, Record)>, usize)> {
    let (mut records, mut changed) = (Vec::new(), 0);
    for (id, numbers) in chosen {
        let Some(pings) = store.pings(id)? else {
            continue;
        };
        for (&number, shown) in numbers {
            match pings.get(number)? {
                Some(record)
                    if shown
                        .as_ref()
                        .is_some_and(|shown| *shown != record.text_hash()) =>
                {
                    changed += 1;
                }
                Some(record) => records.push((id.clone(), record)),
                None => {}
            }
        }
    }
    Ok((records, changed))
}

/// The bans of where the pings are from, each once. What would ban this site, or everybody below a public suffix,
/// is left out.
fn bans_of(context: &Context<'_>, records: &[(TbId, Record)]) -> Vec<Ban<'static>> {
    let mut bans: Vec<Ban<'static>> = Vec::new();
    for what in records
        .iter()
        .filter_map(|(_, record)| BanSubject::guess(&record.url))
    {
        let again = bans.iter().any(|ban| ban.what.is_same(&what));
        if !again && bans::too_broad(context.config, &what).is_none() {
            bans.push(Ban { what, until: None });
        }
    }
    bans
}

/// Back to the part of the list that the form was on.
fn back(
    context: &Context<'_>,
    word: &str,
    counts: DecisionCounts,
    told: &approve::Fields,
) -> Response {
    let here = crate::web::moderation::links::here(context);
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
    query.extend(told.iter().map(|(name, value)| (*name, value.as_str())));
    Response::see_other(crate::web::moderation::links::url(context.config, &query))
        .with("Cache-Control", "no-store")
}
