//! `__mode=moderate`: the pings of all ids, for the owner to decide about.
//!
//! The URL has the state, the search and the part of the list; after a decision the owner returns to the same part. A
//! page has at most [`PAGE`] pings, and fewer if their texts are long.

use super::{feed, notice};
use crate::admission::domains::Approvals;
use crate::config::Config;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::action::Action;
use crate::moderation::inbox::{self, From, InboxFilter, InboxPosition, InboxQuery, Overview};
use crate::moderation::next_check::NextChecks;
use crate::store::{IdCounts, Record, State};
use crate::web::context::Context;
use crate::web::moderation::links::{MAX_SEARCH, position_fields, url};
use crate::web::moderation::links::{PAGE, waiting_ping};
use crate::web::views::{Moderate, Tab, Tombstone, WaitingPing};
use crate::web::{Response, list, urls};

/// The maximum length of the pings' HTML in bytes, so that the page stays below 30 kB.
const MAX_BYTES: usize = 16_500;

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
    let (state, kind) = requested_filter(context);
    let query = InboxQuery {
        kind,
        search: search(context),
        from: position(context),
        most: PAGE,
    };
    let zone = &config.zone;
    let approvals = Approvals::load(store)?;
    let next_checks = NextChecks::load(store, zone, context.now());
    let row = |place: &InboxPosition, record: Record| WaitingPing {
        why: next_checks.explain(&place.id, &record),
        approves: notice::new_approval(config, &approvals, &record),
        ..waiting_ping(context, zone, &place.id, record)
    };
    let mut inbox = inbox::load(store, &query)?;
    let (mut pings, mut tombstones) = (Vec::new(), Vec::new());
    for (place, record) in &inbox.pings {
        match record {
            Some(record) => pings.push(row(place, record.clone())),
            None => tombstones.push(tombstone(config, zone, place)),
        }
    }
    let quick = quick_actions(kind);
    fit(&mut inbox, &mut pings, &quick, &query.from);
    let (newer, older) = neighbours(config, &inbox, &query, state);
    let skip_to = if pings.is_empty() { "" } else { "pings" };
    let moderate = Moderate {
        owner: context.form()?,
        notice: notice::notice(context, store)?,
        tabs: KINDS
            .map(|kind| tab(config, &query.search, kind, &inbox.tally))
            .into(),
        state: state.to_owned(),
        about: description(kind).to_owned(),
        unread: inbox.unread.iter().map(TbId::to_string).collect(),
        pings,
        tombstones,
        actions: actions(kind),
        quick,
        here: position_fields(context),
        newer,
        older,
        feed_url: store
            .secret()?
            .map(|secret| feed::url(config, &secret))
            .unwrap_or_default(),
        search: query.search,
    };
    let tab = moderate.tabs.iter().find(|tab| tab.state == state);
    let heading = tab.map_or_else(String::new, |tab| format!("{} ({})", tab.label, tab.count));
    let title = format!("{heading} - {}", config.site_name);
    Ok(context.page_to_skip_to(&title, &moderate, skip_to))
}

/// The words that are searched for.
fn search(context: &Context<'_>) -> String {
    let words = context.fields.get("q").unwrap_or_default();
    words.chars().take(MAX_SEARCH).collect()
}

/// The URLs of the newer and the older page, if there is one.
fn neighbours(
    config: &Config,
    inbox: &Overview,
    query: &InboxQuery,
    state: &str,
) -> (Option<String>, Option<String>) {
    let search = ("q", query.search.as_str());
    // A page that has become empty links to the newest.
    if inbox.pings.is_empty() && query.from != From::Newest {
        return (Some(url(config, &[("state", state), search])), None);
    }
    let page_at = |name, at: Option<&(InboxPosition, _)>| {
        let place = at?.0.to_string();
        Some(url(config, &[("state", state), search, (name, &place)]))
    };
    (
        page_at("after", inbox.pings.first()).filter(|_| inbox.newer),
        page_at("before", inbox.pings.last()).filter(|_| inbox.older),
    )
}

/// Removes the pings for which the page has no room, those farthest from where it begins; at least one stays.
fn fit(inbox: &mut Overview, pings: &mut Vec<WaitingPing>, quick: &[Action], from: &From) {
    let mut room = MAX_BYTES;
    let mut fits = |ping: &WaitingPing| {
        let left = room.checked_sub(ping.html_length(quick));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let is_up = matches!(from, From::After(_));
    let count = match is_up {
        true => pings.iter().rev().take_while(|ping| fits(ping)).count(),
        false => pings.iter().take_while(|ping| fits(ping)).count(),
    };
    let excess = pings.len() - count.max(1).min(pings.len());
    if excess == 0 {
        return;
    }
    match is_up {
        true => {
            pings.drain(..excess);
            inbox.pings.drain(..excess);
            inbox.newer = true;
        }
        false => {
            pings.truncate(pings.len() - excess);
            inbox.pings.truncate(pings.len());
            inbox.older = true;
        }
    }
}

/// The requested state; held by default.
fn requested_filter(context: &Context<'_>) -> (&'static str, InboxFilter) {
    let word = context.fields.get("state").unwrap_or_default();
    let known = KINDS.into_iter().find(|(known, ..)| *known == word);
    known.map_or(("held", InboxFilter::In(State::Held)), |(word, _, kind)| {
        (word, kind)
    })
}

fn position(context: &Context<'_>) -> From {
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

fn description(kind: InboxFilter) -> &'static str {
    match kind {
        InboxFilter::In(State::Held) => "These wait for you; nobody else sees them.",
        InboxFilter::In(State::Junk) => "Nobody else sees these. They are deleted after 30 days.",
        InboxFilter::In(State::Published) => "Everybody sees these.",
        InboxFilter::Deleted => {
            "Of these only a hash is kept, so that the same page cannot ping again."
        }
    }
}

/// The actions for a list, without the one that would change nothing.
fn actions(kind: InboxFilter) -> Vec<Action> {
    let own = match kind {
        InboxFilter::In(state) => Some(Action::giving(state)),
        InboxFilter::Deleted => None,
    };
    let all = Action::ALL.iter().copied();
    all.filter(|action| Some(*action) != own).collect()
}

/// The buttons in each ping.
fn quick_actions(kind: InboxFilter) -> Vec<Action> {
    match kind {
        InboxFilter::In(State::Held) => vec![Action::Approve, Action::Junk],
        InboxFilter::In(State::Junk) => vec![Action::Approve, Action::Delete],
        InboxFilter::In(State::Published) => vec![Action::Hold, Action::Junk],
        InboxFilter::Deleted => Vec::new(),
    }
}

fn tombstone(config: &Config, zone: &jiff::tz::TimeZone, place: &InboxPosition) -> Tombstone {
    Tombstone {
        tb_id: place.id.to_string(),
        list_url: urls::mode(config, "list", &place.id),
        number: place.number,
        date: list::format_date(zone, place.time),
        datetime: place.time.to_string(),
    }
}
