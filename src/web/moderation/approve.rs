//! The notice after an approval: which hosts have become known, and which other pings were published with it.
//!
//! It is passed in the URL that the owner is redirected to. Anybody can write such a URL, so only what the store confirms
//! is shown.

use crate::admission::domains::{Approval, Approvals};
use crate::admission::proxies;
use crate::config::Config;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::apply::DecisionResult;
use crate::store::{ReasonKind, Record, State, Store};
use crate::verify::queue::PingKey;
use crate::web::context::Context;

/// The most names of each kind in the URL.
const MOST: usize = 20;

/// A field of the URL.
pub(crate) type Field = (&'static str, String);

/// The consequences of a decision, as fields for the URL.
pub(crate) fn notice_fields(decided: &DecisionResult) -> Vec<Field> {
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
pub(crate) fn notice(context: &Context<'_>, store: &Store) -> Result<String> {
    let words = |name| {
        let value = context.query.get(name).unwrap_or_default();
        value.split_whitespace().take(MOST)
    };
    let mut notice = String::new();
    let approvals = Approvals::load(store)?;
    let known: Vec<&str> = words("known")
        .filter(|word| {
            approvals
                .iter()
                .any(|approval| approval.to_string() == *word)
        })
        .collect();
    if !known.is_empty() {
        notice.push_str(&format!(" Now known: {}.", known.join(", ")));
    }
    let mut also = Vec::new();
    for name in words("also") {
        let Some((id, number)) = name.rsplit_once('/') else {
            continue;
        };
        let (Ok(id), Ok(number)) = (TbId::new(id.as_bytes()), number.parse()) else {
            continue;
        };
        let record = store
            .pings(&id)?
            .map(|pings| pings.get(number))
            .transpose()?
            .flatten();
        if let Some(record) = record.filter(is_released) {
            also.push(format!("{id} {number} “{}”", record.title));
        }
    }
    let number = |name| {
        context
            .query
            .get(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    if !also.is_empty() {
        let more = number("others")
            .unwrap_or(0)
            .min(100_000)
            .saturating_sub(also.len());
        let more = match more {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        notice.push_str(&format!(
            " Also published, because they waited only for this approval: {}{more}.",
            also.join(", ")
        ));
    }
    match number("again") {
        None | Some(0) => {}
        Some(1) => notice.push_str(" 1 more from there is verified again first."),
        Some(again) => notice.push_str(&format!(
            " {again} more from there are verified again first."
        )),
    }
    Ok(notice)
}

fn is_released(record: &Record) -> bool {
    record.state == State::Published
        && matches!(
            record.reason(),
            Some(ReasonKind::Verified | ReasonKind::VerifiedEntry)
        )
}
