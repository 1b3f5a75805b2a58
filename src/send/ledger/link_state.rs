//! The events of one link, and the state that they add up to.
//!
//! A link that was sent stays sent. An attempt without a result stays open until another attempt replaces it, or until
//! the user declares it sent. Otherwise the last event counts.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::event::AttemptResult;

/// The state of a link, with its details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStanding {
    /// The state.
    pub state: LinkState,
    /// Where the last ping was sent.
    pub ping_url: Option<String>,
    /// The receiver's message, or what went wrong.
    pub answer: Option<String>,
    /// How often it has failed in a row; being asked to come back later is not a failure.
    pub tries: u32,
    /// When it is tried again.
    pub next: Option<Timestamp>,
    /// The earliest time at which the receiver wants another request.
    pub not_before: Option<Timestamp>,
    /// Since when the receiver has only asked to come back later.
    pub later_since: Option<Timestamp>,
    /// The URL of the last request, if the ping URL redirected to another.
    pub asked: Option<String>,
    /// When it reached this state.
    pub time: Timestamp,
    /// The title under which it was sent; empty if unknown.
    pub title: String,
    /// When the receiver was first seen to list it.
    pub seen: Option<Timestamp>,
    /// The ids of the attempts whose results are unknown.
    pub open: Vec<String>,
}

/// The state of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkState {
    /// The receiver confirmed the ping. This is final.
    Sent,
    /// It counts as sent, although it was not sent with this ledger.
    Adopted,
    /// The receiver refused it for good.
    Refused,
    /// The receiver accepts no more pings for now; it is sent again, or given up after a month.
    Later,
    /// It failed, and is tried again or given up.
    Failed,
    /// It was sent, or about to be sent, and it is unknown whether it arrived.
    Uncertain,
    /// The page names no ping URL.
    None,
}

impl LinkState {
    /// All of them.
    pub const ALL: [LinkState; 7] = [
        LinkState::Sent,
        LinkState::Adopted,
        LinkState::Refused,
        LinkState::Later,
        LinkState::Failed,
        LinkState::Uncertain,
        LinkState::None,
    ];

    /// The name, in lists and JSON.
    pub fn name(self) -> &'static str {
        match self {
            LinkState::Sent => "sent",
            LinkState::Adopted => "adopted",
            LinkState::Refused => "refused",
            LinkState::Later => "later",
            LinkState::Failed => "failed",
            LinkState::Uncertain => "uncertain",
            LinkState::None => "none",
        }
    }
}

/// An event of one link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkEvent {
    pub(super) time: Timestamp,
    pub(super) what: LinkEventKind,
}

/// What happened. Events with the same time count in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LinkEventKind {
    Adopted,
    Intent {
        attempt: String,
        over: Vec<String>,
        ping_url: String,
        title: String,
    },
    Result {
        state: AttemptResult,
        attempt: Option<String>,
        ping_url: Option<String>,
        answer: Option<String>,
        tries: u32,
        next: Option<Timestamp>,
        not_before: Option<Timestamp>,
        asked: Option<String>,
    },
    Seen,
}

/// The state of a link after these events, which are in order; those up to the time `forgotten` do not count.
pub(super) fn standing(events: &[LinkEvent], forgotten: Option<Timestamp>) -> Option<LinkStanding> {
    let live: Vec<&LinkEvent> = events
        .iter()
        .filter(|event| forgotten.is_none_or(|until| event.time > until))
        .collect();
    let open = open(&live);
    let mut standing: Option<LinkStanding> = None;
    let mut title = "";
    let mut seen = None;
    let mut later_since = None;
    for event in &live {
        let now = match &event.what {
            LinkEventKind::Seen => {
                seen.get_or_insert(event.time);
                continue;
            }
            LinkEventKind::Adopted => plain(LinkState::Adopted, event.time),
            LinkEventKind::Intent {
                attempt,
                ping_url,
                title: sent_as,
                ..
            } => {
                title = sent_as;
                if !open.contains(attempt) {
                    continue;
                }
                LinkStanding {
                    ping_url: Some(ping_url.clone()),
                    ..plain(LinkState::Uncertain, event.time)
                }
            }
            LinkEventKind::Result {
                state: AttemptResult::Uncertain,
                attempt,
                ..
            } if attempt
                .as_ref()
                .is_none_or(|attempt| !open.contains(attempt)) =>
            {
                continue;
            }
            LinkEventKind::Result {
                state,
                ping_url,
                answer,
                tries,
                next,
                not_before,
                asked,
                attempt: _,
            } => {
                later_since = match state {
                    AttemptResult::Later => later_since.or(Some(event.time)),
                    AttemptResult::Failed
                    | AttemptResult::Uncertain
                    | AttemptResult::Refused
                    | AttemptResult::Sent => None,
                };
                LinkStanding {
                    ping_url: ping_url.clone(),
                    answer: answer.clone(),
                    tries: *tries,
                    next: *next,
                    not_before: *not_before,
                    asked: asked.clone(),
                    later_since,
                    ..plain(LinkState::from(*state), event.time)
                }
            }
        };
        // A link that was sent stays sent, and an attempt without a result stays open, whatever came later.
        let weight = |state: LinkState| match state {
            LinkState::Uncertain => 2,
            LinkState::Sent => 1,
            LinkState::Adopted
            | LinkState::Refused
            | LinkState::Later
            | LinkState::Failed
            | LinkState::None => 0,
        };
        let stays = standing.as_ref();
        if stays.is_none_or(|stays| weight(now.state) >= weight(stays.state)) {
            standing = Some(now);
        }
    }
    standing.map(|standing| LinkStanding {
        title: title.to_owned(),
        seen,
        open: open.into_iter().cloned().collect(),
        ..standing
    })
}

/// The attempts that have no result, were not replaced by a later one, and were not adopted since.
fn open<'events>(live: &[&'events LinkEvent]) -> BTreeSet<&'events String> {
    let mut open = BTreeSet::new();
    for event in live {
        match &event.what {
            LinkEventKind::Intent { attempt, .. } => {
                open.insert(attempt);
            }
            // A user who declares a link sent knows the results of the attempts until then.
            LinkEventKind::Adopted => open.clear(),
            LinkEventKind::Result { .. } | LinkEventKind::Seen => {}
        }
    }
    for event in live {
        match &event.what {
            LinkEventKind::Intent { over, .. } => {
                for attempt in over {
                    open.remove(attempt);
                }
            }
            LinkEventKind::Result {
                attempt: Some(attempt),
                state:
                    AttemptResult::Failed
                    | AttemptResult::Later
                    | AttemptResult::Refused
                    | AttemptResult::Sent,
                ..
            } => {
                open.remove(attempt);
            }
            LinkEventKind::Result { .. } | LinkEventKind::Adopted | LinkEventKind::Seen => {}
        }
    }
    open
}

impl From<AttemptResult> for LinkState {
    fn from(result: AttemptResult) -> LinkState {
        match result {
            AttemptResult::Failed => LinkState::Failed,
            AttemptResult::Later => LinkState::Later,
            AttemptResult::Uncertain => LinkState::Uncertain,
            AttemptResult::Refused => LinkState::Refused,
            AttemptResult::Sent => LinkState::Sent,
        }
    }
}

fn plain(state: LinkState, time: Timestamp) -> LinkStanding {
    LinkStanding {
        state,
        ping_url: None,
        answer: None,
        tries: 0,
        next: None,
        not_before: None,
        later_since: None,
        asked: None,
        time,
        title: String::new(),
        seen: None,
        open: Vec::new(),
    }
}
