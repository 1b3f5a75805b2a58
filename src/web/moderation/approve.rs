//! What follows from an approval, and how the owner is told: who has become known, and which other pings waited for
//! nothing else.
//!
//! It stands in the address that the owner is sent back to, and is told only as far as the store bears it out, whoever
//! wrote the address.

use std::collections::BTreeSet;

use url::Url;

use crate::admission::domains::{self, Approval, Approvals};
use crate::admission::publisher::{self, Publisher};
use crate::admission::reason::Reason;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::backlog;
use crate::store::{Record, State, Store};
use crate::web::context::Context;

/// The most names that an address has of each sort.
const MOST: usize = 20;

/// The fields of an address that tell what followed.
pub(crate) type Fields = Vec<(&'static str, String)>;

/// Publishes what waited for what was learnt; gives what is told about both.
pub(crate) fn follow(
    context: &Context<'_>,
    store: &Store,
    learnt: &BTreeSet<Approval>,
) -> Result<Fields> {
    let released = backlog::release(context.config, store, "page", context.now())?;
    let names = |keys: &[(TbId, u64)]| {
        let names = keys
            .iter()
            .take(MOST)
            .map(|(id, number)| format!("{id}/{number}"));
        names.collect::<Vec<_>>().join(" ")
    };
    let known = learnt.iter().take(MOST).map(Approval::to_string);
    let fields = [
        ("known", known.collect::<Vec<_>>().join(" ")),
        ("also", names(&released.published)),
        ("others", released.published.len().to_string()),
        ("again", released.again.len().to_string()),
    ];
    let is_said = |(_, value): &(&str, String)| !value.is_empty() && value != "0";
    Ok(fields.into_iter().filter(is_said).collect())
}

/// Approves the whole domains of the pings, but for those that many people share.
pub(crate) fn widen(store: &Store, domains: &BTreeSet<String>) -> Result<BTreeSet<Approval>> {
    let mut learnt = BTreeSet::new();
    for domain in domains {
        let approval = Approval::Domain(domain.clone());
        if domains::learn(store, &approval)? {
            learnt.insert(approval);
        }
    }
    Ok(learnt)
}

/// Takes back what makes the pages of the pings known.
pub(crate) fn forget(store: &Store, records: &[(TbId, Record)]) -> Result<usize> {
    let publishers: BTreeSet<Publisher> = records
        .iter()
        .filter_map(|(_, record)| publisher(record))
        .collect();
    let is_meant = |approval: &Approval| {
        publishers
            .iter()
            .any(|publisher| approval.covers(publisher))
    };
    Ok(domains::unlearn(store, is_meant)?.len())
}

/// The domains that can be approved as a whole for these pings.
pub(crate) fn domains(records: &[(TbId, Record)]) -> BTreeSet<String> {
    let publishers = records.iter().filter_map(|(_, record)| publisher(record));
    let domains = publishers.map(|publisher| publisher.domain().to_owned());
    domains
        .filter(|domain| !publisher::is_shared(domain))
        .collect()
}

/// Who publishes the page of a ping.
pub(crate) fn publisher(record: &Record) -> Option<Publisher> {
    Publisher::of(&Url::parse(&record.url).ok()?)
}

/// Whom the approval of a ping would make known; empty for nobody new.
pub(crate) fn makes_known(approvals: &Approvals, record: &Record) -> String {
    let publisher = publisher(record).filter(|publisher| !approvals.cover(publisher));
    publisher
        .map(|publisher| publisher.to_string())
        .unwrap_or_default()
}

/// What followed, from the address.
pub(crate) fn notice(context: &Context<'_>, store: &Store) -> Result<String> {
    let words = |name| {
        let value = context.query.get(name).unwrap_or_default();
        value.split_whitespace().take(MOST)
    };
    let mut notice = String::new();
    let approvals = Approvals::read(store)?;
    let known: Vec<&str> = words("known")
        .filter(|word| {
            approvals
                .iter()
                .any(|approval| approval.to_string() == *word)
        })
        .collect();
    if !known.is_empty() {
        notice.push_str(&format!(" Known from now on: {}.", known.join(", ")));
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
            " Published too, for they waited for nothing else: {}{more}.",
            also.join(", ")
        ));
    }
    match number("again") {
        None | Some(0) => {}
        Some(1) => notice.push_str(" 1 more from there is looked at again first."),
        Some(again) => notice.push_str(&format!(
            " {again} more from there are looked at again first."
        )),
    }
    Ok(notice)
}

fn is_released(record: &Record) -> bool {
    let reason = record.why.as_deref().and_then(Reason::read);
    let reason = reason.map(|(reason, _)| reason);
    record.state == State::Published
        && matches!(reason, Some(Reason::Verified | Reason::VerifiedEntry))
}
