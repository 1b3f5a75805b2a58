//! The notice after a decision: what it did, what has become known, which other pings were published with it; and the
//! buttons that take it back and that offer the publisher's other pings.
//!
//! It is passed in the URL that the owner is redirected to. Anybody can write such a URL, so only fixed words, numbers and
//! what the store confirms are shown.

use std::collections::BTreeSet;

use super::links;
use crate::admission::bans::BanSubject;
use crate::admission::domains::{Approval, Approvals};
use crate::admission::proxies;
use crate::admission::publisher::Publisher;
use crate::config::Config;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::action::Action;
use crate::moderation::apply::DecisionResult;
use crate::moderation::change::StateChange;
use crate::moderation::decision_link::awaits_decision;
use crate::moderation::undo::{self, UndoableDecision};
use crate::order;
use crate::store::{Event, EventName, ReasonKind, Record, State, Store};
use crate::text;
use crate::verify::queue::{self, PingKey};
use crate::web::context::Context;
use crate::web::views::{HiddenField, Notice, NoticeButton};

/// The most names of each kind in the URL.
const MOST: usize = 20;
/// The longest title in a notice, in characters.
const MAX_TITLE: usize = 80;
/// The button that changes the URL of the private feed; it affects no ping.
pub(super) const REVOKE: &str = "revoke";
/// The button that takes a decision back.
pub(super) const UNDO: &str = "undo";
/// The button that has the page of one ping checked again.
pub(super) const LOOK_AGAIN: &str = "look-again";

/// A field of the URL.
pub(crate) type Field = (&'static str, String);

/// A sentence about the approvals that bans of these subjects would affect; empty if there are none.
pub(crate) fn also_banned<'a>(
    store: &Store,
    subjects: impl IntoIterator<Item = &'a BanSubject<'static>>,
) -> Result<String> {
    let approvals = Approvals::load(store)?;
    let within = subjects
        .into_iter()
        .flat_map(|what| what.approvals_within(&approvals).map(Approval::to_string));
    let names: Vec<String> = order::set(within).into_iter().take(MOST).collect();
    Ok(match names.is_empty() {
        true => String::new(),
        false => format!(" You have approved {}: banned too.", names.join(", ")),
    })
}

/// The result of a decision, as counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DecisionCounts {
    pub(super) done: usize,
    /// Pings that no longer exist.
    pub(super) gone: usize,
    /// Pings whose text differs from what was shown.
    pub(super) changed: usize,
}

/// The consequences of a decision, as fields for the URL. If it cannot be noted, it cannot be taken back.
pub(super) fn fields(
    context: &Context<'_>,
    store: &Store,
    action: Action,
    decided: &DecisionResult,
) -> Vec<Field> {
    let undo = undo::note(store, action, decided, context.now()).unwrap_or_else(|error| {
        let event = Event::new(context.now(), EventName::Failed).with("error", error.to_string());
        store.log(&event);
        None
    });
    let released = &decided.released;
    let names = |keys: &[PingKey]| {
        let names = keys
            .iter()
            .take(MOST)
            .map(|(id, number)| format!("{id}/{number}"));
        names.collect::<Vec<_>>().join(" ")
    };
    let known = decided.learnt.iter().take(MOST).map(Approval::to_string);
    let fields = [
        ("known", known.collect::<Vec<_>>().join(" ")),
        ("also", names(&released.published)),
        ("others", released.published.len().to_string()),
        ("again", released.again.len().to_string()),
        (UNDO, undo.unwrap_or_default()),
    ];
    let is_said = |(_, value): &Field| !value.is_empty() && value != "0";
    fields.into_iter().filter(is_said).collect()
}

/// What the approval of a ping would make known; empty if it is known already.
pub(crate) fn new_approval(config: &Config, approvals: &Approvals, record: &Record) -> String {
    let publisher = proxies::publisher_of(config, record);
    let publisher = publisher.filter(|publisher| !approvals.covers(publisher));
    publisher
        .map(|publisher| publisher.to_string())
        .unwrap_or_default()
}

/// The notice, from the fields of the URL.
pub(crate) fn notice(context: &Context<'_>, store: &Store) -> Result<Notice> {
    let key = context.query.get(UNDO).unwrap_or_default();
    let decision = match key.is_empty() {
        true => None,
        false => undo::find(store, key, context.now())?,
    };
    let done = decision_text(context, store, decision.as_ref())?;
    if done.is_empty() {
        return Ok(Notice::default());
    }
    let mut notice = Notice {
        text: done + &released_text(context, store)?,
        ..Notice::default()
    };
    let Some(decision) = decision else {
        return Ok(notice);
    };
    notice.buttons.push(NoticeButton {
        action: UNDO.to_owned(),
        label: "Undo".to_owned(),
    });
    notice.fields.push(field(UNDO, decision.key.clone()));
    offer_others(context, store, &decision, &mut notice)?;
    Ok(notice)
}

fn field(name: &str, value: String) -> HiddenField {
    HiddenField {
        name: name.to_owned(),
        value,
    }
}

fn number(context: &Context<'_>, name: &str) -> usize {
    let number = context.query.get(name).and_then(|text| text.parse().ok());
    number.unwrap_or(0)
}

/// What the decision did, and what has become known by it.
fn decision_text(
    context: &Context<'_>,
    store: &Store,
    decision: Option<&UndoableDecision>,
) -> Result<String> {
    let word = context.query.get("done").unwrap_or_default();
    if word == REVOKE {
        return Ok("The feed has a new address; the old one no longer works.".to_owned());
    }
    let passed_over = passed_over(context);
    if word == UNDO {
        let done = match (number(context, "n"), number(context, "others")) {
            (0, 0) if passed_over.is_empty() => "This can no longer be undone.",
            (0, 0) => "",
            (0, _) => "Undone.",
            (1, _) => "Undone: 1 ping is as it was before.",
            (count, _) => {
                return Ok(format!(
                    "Undone: {count} pings are as they were before.{passed_over}"
                ));
            }
        };
        return Ok((done.to_owned() + &passed_over).trim_start().to_owned());
    }
    if word == LOOK_AGAIN {
        return Ok(match number(context, "n") {
            0 if passed_over.is_empty() => "No page is checked again.".to_owned(),
            0 => passed_over.trim_start().to_owned(),
            _ => "Its page is being checked again; the ping is with the held ones until then."
                .to_owned(),
        });
    }
    let Ok(action) = Action::parse(word) else {
        return Ok(String::new());
    };
    let one = match decision.and_then(|decision| decision.pings.first()) {
        Some(change) if number(context, "n") == 1 && !is_released_by(change) => {
            subject(context, store, change)?
        }
        Some(_) | None => None,
    };
    let known = known_text(context, store)?;
    Ok(match (number(context, "n"), one) {
        (0, _) if passed_over.is_empty() => "No ping was selected.".to_owned(),
        (0, _) => passed_over.trim_start().to_owned(),
        (_, Some(subject)) => {
            let state = match action.approves() {
                true => "published",
                false => action.done(),
            };
            let known = match known.is_empty() {
                true => ".".to_owned(),
                false => format!("; {known}"),
            };
            format!("{subject}: {state}{known}{passed_over}")
        }
        (count, None) => {
            let known = match known.is_empty() {
                true => known,
                false => format!(" {known}"),
            };
            format!("{count} {}.{known}{passed_over}", action.done())
        }
    })
}

/// The pings that were left as they are.
fn passed_over(context: &Context<'_>) -> String {
    let gone = match number(context, "gone") {
        0 => String::new(),
        1 => " 1 no longer exists.".to_owned(),
        gone => format!(" {gone} no longer exist."),
    };
    let changed = match number(context, "changed") {
        0 => String::new(),
        1 => " 1 has changed since you saw it, and was skipped.".to_owned(),
        changed => format!(" {changed} have changed since you saw them, and were skipped."),
    };
    gone + &changed
}

/// Whether a ping was published because of an approval, not by the decision itself.
fn is_released_by(change: &StateChange) -> bool {
    change.new_why.kind() != Some(ReasonKind::Owner)
}

/// A ping by its title and its entry's, if it still has the text.
fn subject(context: &Context<'_>, store: &Store, change: &StateChange) -> Result<Option<String>> {
    let Ok(id) = TbId::new(change.tb_id.as_bytes()) else {
        return Ok(None);
    };
    let record = load(store, &id, change.number)?;
    let record = record.filter(|record| record.text_hash() == change.text_hash);
    Ok(record.map(|record| titled(context, &id, &record)))
}

fn titled(context: &Context<'_>, id: &TbId, record: &Record) -> String {
    let title = text::crop(&record.title, MAX_TITLE, "…");
    let entry = context.app.entry_name(id);
    format!("“{}” on {}", text::isolate(&title), text::isolate(&entry))
}

fn load(store: &Store, id: &TbId, number: u64) -> Result<Option<Record>> {
    let record = store
        .pings(id)?
        .map(|pings| pings.get(number))
        .transpose()?;
    Ok(record.flatten())
}

/// The names in a field of the URL.
fn words<'form>(context: &'form Context<'_>, name: &str) -> impl Iterator<Item = &'form str> {
    let value = context.query.get(name).unwrap_or_default();
    value.split_whitespace().take(MOST)
}

/// What has become known; empty if nothing has.
fn known_text(context: &Context<'_>, store: &Store) -> Result<String> {
    let approvals = Approvals::load(store)?;
    let is_known = |word: &&str| approvals.iter().any(|known| known.to_string() == **word);
    let known: Vec<&str> = words(context, "known").filter(is_known).collect();
    let known: Vec<&str> = known
        .iter()
        .map(|name| name.trim_end_matches('/'))
        .collect();
    Ok(match known.as_slice() {
        [] => String::new(),
        [one] => format!("{one} is known from now on."),
        [..] => format!("{} are known from now on.", known.join(", ")),
    })
}

/// The other pings that were published, or are checked again.
fn released_text(context: &Context<'_>, store: &Store) -> Result<String> {
    let mut also = Vec::new();
    for name in words(context, "also") {
        let Some((id, number)) = name.rsplit_once('/') else {
            continue;
        };
        let (Ok(id), Ok(number)) = (TbId::new(id.as_bytes()), number.parse()) else {
            continue;
        };
        let record = load(store, &id, number)?;
        if let Some(record) = record.filter(is_released) {
            also.push(titled(context, &id, &record));
        }
    }
    let mut text = String::new();
    if !also.is_empty() {
        let others = number(context, "others").min(100_000);
        let more = match others.saturating_sub(also.len()) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        text.push_str(&format!(
            " Also published, because they waited only for this approval: {}{more}.",
            also.join(", ")
        ));
    }
    match number(context, "again") {
        0 => {}
        1 => text.push_str(" 1 more from there is verified again first."),
        again => text.push_str(&format!(
            " {again} more from there are verified again first."
        )),
    }
    Ok(text)
}

fn is_released(record: &Record) -> bool {
    record.state == State::Published
        && matches!(
            record.reason(),
            Some(ReasonKind::Verified | ReasonKind::VerifiedEntry)
        )
}

/// Adds a button for the pings that still wait, if all that was approved is of their publisher. It asks first, because
/// the owner has not seen them.
fn offer_others(
    context: &Context<'_>,
    store: &Store,
    decision: &UndoableDecision,
    notice: &mut Notice,
) -> Result<()> {
    if !Action::parse(&decision.action).is_ok_and(Action::approves) {
        return Ok(());
    }
    let config = context.config;
    let mut publishers = BTreeSet::new();
    for change in decision.pings.iter().take(MOST) {
        if let Ok(id) = TbId::new(change.tb_id.as_bytes())
            && let Some(record) = load(store, &id, change.number)?
        {
            publishers.insert(proxies::publisher_of(config, &record));
        }
    }
    let (Some(Some(publisher)), 1) = (publishers.pop_first(), publishers.len() + 1) else {
        return Ok(());
    };
    let (mut names, mut hashes) = (Vec::new(), Vec::new());
    queue::for_each_in(store, State::Held, |(id, number), record| {
        let waits = awaits_decision(record) && record.reason() != Some(ReasonKind::Unverified);
        if waits
            && names.len() < links::PAGE
            && proxies::publisher_of(config, record).as_ref() == Some(&publisher)
        {
            let name = format!("{id}/{number}");
            hashes.push(format!("{name}={}", record.text_hash()));
            names.push(name);
        }
    })?;
    if !names.is_empty() {
        notice.buttons.push(NoticeButton {
            action: format!("all-{}", Action::Approve.name()),
            label: others_label(names.len(), &publisher),
        });
        notice.fields.push(field("shown", names.join(" ")));
        notice.fields.push(field("as", hashes.join(" ")));
    }
    Ok(())
}

fn others_label(count: usize, publisher: &Publisher) -> String {
    let publisher = publisher.to_string();
    let publisher = publisher.trim_end_matches('/');
    match count {
        1 => format!("Approve the other one of {publisher}"),
        count => format!("Approve the {count} others of {publisher}"),
    }
}
