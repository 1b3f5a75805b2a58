//! `__mode=moderate`: the pings of all ids, for the owner to decide about.
//!
//! What strangers wrote stands here as anywhere else: as text. A page's address says which state, which words and
//! which part of the list; after a decision the owner is back at the same part.

use super::{approve, feed};
use crate::admission::domains::Approvals;
use crate::config::Config;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::action::Action;
use crate::moderation::inbox::{self, From, InboxFilter, InboxPosition, InboxQuery};
use crate::store::{IdCounts, State};
use crate::web::context::Context;
use crate::web::moderation::links::{PAGE, waiting};
use crate::web::moderation::links::{SEARCH, here, url};
use crate::web::views::{Moderate, Tab, Tombstone, WaitingPing};
use crate::web::{Response, list, urls};

const KINDS: [(&str, &str, InboxFilter); 4] = [
    ("held", "Held", InboxFilter::In(State::Held)),
    ("junk", "Junk", InboxFilter::In(State::Junk)),
    ("published", "Published", InboxFilter::In(State::Published)),
    ("deleted", "Deleted", InboxFilter::Deleted),
];

/// Shows a page of the list.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let config = context.config;
    let store = context.store()?;
    let (state, kind) = kind(context);
    let ask = InboxQuery {
        kind,
        search: context
            .fields
            .get("q")
            .unwrap_or_default()
            .chars()
            .take(SEARCH)
            .collect(),
        from: from(context),
        most: PAGE,
    };
    let overview = inbox::load(store, &ask)?;
    let place = |at: Option<&(InboxPosition, _)>| {
        at.map(|(place, _)| place.to_string()).unwrap_or_default()
    };
    let page_of = |name, place: String| {
        url(
            config,
            &[("state", state), ("q", &ask.search), (name, &place)],
        )
    };
    let newer = page_of("after", place(overview.pings.first()));
    let older = page_of("before", place(overview.pings.last()));
    // A page that has become empty leads back to the newest.
    let lost = overview.pings.is_empty() && ask.from != From::Newest;
    let newer = if lost {
        url(config, &[("state", state), ("q", &ask.search)])
    } else {
        newer
    };
    let zone = config.zone()?;
    let approvals = Approvals::load(store)?;
    let (mut pings, mut tombstones) = (Vec::new(), Vec::new());
    for (place, record) in overview.pings {
        match record {
            Some(record) => {
                let approves = approve::makes_known(&approvals, &record);
                let waiting = waiting(context, &zone, &place.id, record);
                pings.push(WaitingPing {
                    approves,
                    ..waiting
                });
            }
            None => tombstones.push(tombstone(config, &zone, &place)),
        }
    }
    let moderate = Moderate {
        owner: context.owner()?,
        notice: super::actions::notice(context, store)?,
        tabs: KINDS
            .map(|kind| tab(config, &ask.search, kind, &overview.tally))
            .into(),
        state: state.to_owned(),
        about: about(kind).to_owned(),
        unread: overview.unread.iter().map(TbId::to_string).collect(),
        pings,
        tombstones,
        actions: actions(kind),
        here: here(context),
        newer: (overview.newer || lost).then_some(newer),
        older: overview.older.then_some(older),
        feed_url: store
            .secret()?
            .map(|secret| feed::url(config, &secret))
            .unwrap_or_default(),
        search: ask.search,
    };
    Ok(context.page(&format!("Moderate - {}", config.site_name), &moderate))
}

/// The state that is asked for; what waits if it is none.
fn kind(context: &Context<'_>) -> (&'static str, InboxFilter) {
    let word = context.fields.get("state").unwrap_or_default();
    let known = KINDS.into_iter().find(|(known, ..)| *known == word);
    known.map_or(("held", InboxFilter::In(State::Held)), |(word, _, kind)| {
        (word, kind)
    })
}

fn from(context: &Context<'_>) -> From {
    let place = |name| context.fields.get(name).and_then(InboxPosition::parse);
    match (place("before"), place("after")) {
        (Some(place), _) => From::Before(place),
        (None, Some(place)) => From::After(place),
        (None, None) => From::Newest,
    }
}

fn tab(config: &Config, search: &str, kind: (&str, &str, InboxFilter), tally: &IdCounts) -> Tab {
    let (state, label, kind) = kind;
    Tab {
        state: state.to_owned(),
        label: label.to_owned(),
        count: match kind {
            InboxFilter::In(state) => tally.of(state),
            InboxFilter::Deleted => tally.deleted,
        },
        url: url(config, &[("state", state), ("q", search)]),
    }
}

fn about(kind: InboxFilter) -> &'static str {
    match kind {
        InboxFilter::In(State::Held) => "These wait for you; nobody else sees them.",
        InboxFilter::In(State::Junk) => {
            "Nobody else sees these. After 30 days they go by themselves."
        }
        InboxFilter::In(State::Published) => "Everybody sees these.",
        InboxFilter::Deleted => {
            "Nothing is kept of these but what stops the same page from pinging again."
        }
    }
}

/// What can be done with the pings of a kind, but for what they are already.
fn actions(kind: InboxFilter) -> Vec<Action> {
    let own = match kind {
        InboxFilter::In(state) => Some(Action::giving(state)),
        InboxFilter::Deleted => None,
    };
    let all = Action::ALL.iter().copied();
    all.filter(|action| Some(*action) != own).collect()
}

fn tombstone(config: &Config, zone: &jiff::tz::TimeZone, place: &InboxPosition) -> Tombstone {
    Tombstone {
        tb_id: place.id.to_string(),
        list_url: urls::mode(config, "list", &place.id),
        number: place.number,
        date: list::date(zone, place.time),
        datetime: place.time.to_string(),
    }
}
