//! What happened to one link, and where it stands after that.
//!
//! What was sent stays sent. An attempt without a result stays open until another stands in for it, or until the
//! owner has it count as sent. Else the last word counts.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::event::AttemptResult;

/// Where a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStanding {
    /// In one word.
    pub state: LinkState,
    /// Where the last ping went.
    pub ping_url: Option<String>,
    /// What was said to it, or what went wrong.
    pub answer: Option<String>,
    /// How often it has failed since it last did not; being told to come later is no failure.
    pub tries: u32,
    /// When it is tried again.
    pub next: Option<Timestamp>,
    /// Before when the other side wants no request.
    pub not_before: Option<Timestamp>,
    /// Since when the other side has said nothing but to come later.
    pub later_since: Option<Timestamp>,
    /// The URL that was asked last, where the ping URL led on to another.
    pub asked: Option<String>,
    /// When that came to be.
    pub time: Timestamp,
    /// The title under which it was sent; empty where that is not known.
    pub title: String,
    /// When the other side was first seen to list it.
    pub seen: Option<Timestamp>,
    /// The attempts of which nobody knows what came of them.
    pub open: Vec<String>,
}

/// Where a link stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkState {
    /// The other side said that it took the ping. That is for good.
    Sent,
    /// It counts as sent, although it was not sent with this ledger.
    Adopted,
    /// The other side will not have it.
    Refused,
    /// The other side takes no more pings for now; it is sent again, or given up after a month of that.
    Later,
    /// It is tried again, or given up.
    Failed,
    /// It was sent, or about to be, and nobody knows whether it has arrived.
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

    /// The word.
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

/// A fact about one link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkEvent {
    /// When.
    pub(super) time: Timestamp,
    /// What.
    pub(super) what: LinkEventKind,
}

/// In the order in which they count where two have the same time.
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

/// Where a link stands after these facts, given in their order, of which those up to a time are forgotten.
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
        // What was sent stays sent, and an attempt without an end stays open, whatever came later.
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

/// The attempts of which no result says what came of them, that no later one stands in for and that were not adopted
/// since.
fn open<'book>(live: &[&'book LinkEvent]) -> BTreeSet<&'book String> {
    let mut open = BTreeSet::new();
    for event in live {
        match &event.what {
            LinkEventKind::Intent { attempt, .. } => {
                open.insert(attempt);
            }
            // Who says that it counts as sent knows what came of the attempts until then.
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
    fn from(verdict: AttemptResult) -> LinkState {
        match verdict {
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
