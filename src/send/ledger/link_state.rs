//! What happened to one link, and where it stands after that.
//!
//! What was sent stays sent. An attempt without a result stays open until another stands in for it, or until the
//! owner has it count as sent. Else the last word counts.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::event::{AttemptResult, LinkbackKeys, Occasion};
use crate::linkback::Protocol;

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
    /// The protocol by which it was sent; `None` for one that only a newer version knows.
    pub via: Option<Protocol>,
    /// Where the other side says what becomes of the mention.
    pub location: Option<String>,
    /// The digest of the content that the other side was last told of, where that is known.
    pub digest: Option<String>,
    /// What came of telling the other side of a change.
    pub follow_up: Option<Box<FollowUp>>,
}

/// The last that was done to tell the other side of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// What has changed; `None` for what only a newer version knows.
    pub occasion: Option<Occasion>,
    /// What came of it.
    pub state: LinkState,
    /// The digest of the content then.
    pub digest: Option<String>,
    /// How often it has failed.
    pub tries: u32,
    /// When it is tried again.
    pub next: Option<Timestamp>,
    /// Before when the other side wants no request.
    pub not_before: Option<Timestamp>,
    /// The attempts of which nobody knows what came of them.
    pub open: Vec<String>,
}

impl FollowUp {
    /// Whether nothing more is to be done for it, or nobody knows whether there is.
    pub fn is_over(&self) -> bool {
        match self.state {
            LinkState::Sent | LinkState::Adopted | LinkState::Refused | LinkState::Uncertain => {
                true
            }
            LinkState::Later | LinkState::Failed | LinkState::None => false,
        }
    }
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
        keys: Keys,
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
        keys: Keys,
    },
    Seen,
}

/// What another protocol than TrackBack adds. Most links have none, for which a pointer takes a tenth of the memory.
pub(super) type Keys = Option<Box<LinkbackKeys>>;

/// Those of a fact.
pub(super) fn keys(keys: LinkbackKeys) -> Keys {
    (keys != LinkbackKeys::default()).then(|| Box::new(keys))
}

impl LinkEventKind {
    fn keys(&self) -> Option<&LinkbackKeys> {
        match self {
            LinkEventKind::Intent { keys, .. } | LinkEventKind::Result { keys, .. } => {
                keys.as_deref()
            }
            LinkEventKind::Adopted | LinkEventKind::Seen => None,
        }
    }

    /// Whether it is about a mention that was sent before.
    fn is_follow_up(&self) -> bool {
        self.keys().is_some_and(|keys| keys.occasion.is_some())
    }

    fn via(&self) -> Option<Protocol> {
        match self.keys().and_then(|keys| keys.via.as_deref()) {
            None => Some(Protocol::TrackBack),
            Some(name) => Protocol::named(name),
        }
    }
}

/// Where a link stands after these facts, given in their order, of which those up to a time are forgotten.
pub(super) fn standing(events: &[LinkEvent], forgotten: Option<Timestamp>) -> Option<LinkStanding> {
    let is_live = |event: &&LinkEvent| forgotten.is_none_or(|until| event.time > until);
    let all: Vec<&LinkEvent> = events.iter().filter(is_live).collect();
    let is_first = |event: &&&LinkEvent| !event.what.is_follow_up();
    let live: Vec<&LinkEvent> = all.iter().filter(is_first).copied().collect();
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
                    via: event.what.via(),
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
                keys,
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
                    via: event.what.via(),
                    location: keys.as_ref().and_then(|keys| keys.location.clone()),
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
        digest: told(&all).cloned(),
        follow_up: follow_up(&all).map(Box::new),
        ..standing
    })
}

/// The digest of the content that the other side was told of, or may have been.
fn told<'book>(all: &[&'book LinkEvent]) -> Option<&'book String> {
    let open = open(all);
    let mut digest = None;
    for event in all {
        let told = match &event.what {
            LinkEventKind::Intent { attempt, keys, .. } if open.contains(attempt) => {
                keys.as_ref().and_then(|keys| keys.digest.as_ref())
            }
            LinkEventKind::Result {
                state: AttemptResult::Sent | AttemptResult::Refused | AttemptResult::Uncertain,
                keys,
                ..
            } => keys.as_ref().and_then(|keys| keys.digest.as_ref()),
            LinkEventKind::Intent { .. }
            | LinkEventKind::Result { .. }
            | LinkEventKind::Adopted
            | LinkEventKind::Seen => None,
        };
        digest = told.or(digest);
    }
    digest
}

/// The last that was done to tell the other side of a change.
fn follow_up(all: &[&LinkEvent]) -> Option<FollowUp> {
    let is_later = |event: &&&LinkEvent| event.what.is_follow_up();
    let later: Vec<&LinkEvent> = all.iter().filter(is_later).copied().collect();
    let open = open(&later);
    let mut last = None;
    for event in all {
        let keys = event.what.keys();
        let occasion = keys.and_then(|keys| keys.occasion.as_deref());
        let known = FollowUp {
            occasion: occasion.and_then(Occasion::named),
            state: LinkState::Uncertain,
            digest: keys.and_then(|keys| keys.digest.clone()),
            tries: 0,
            next: None,
            not_before: None,
            open: open.iter().map(|attempt| (*attempt).clone()).collect(),
        };
        match &event.what {
            LinkEventKind::Intent { attempt, .. }
                if occasion.is_some() && open.contains(attempt) =>
            {
                last = Some(known);
            }
            LinkEventKind::Result {
                state,
                tries,
                next,
                not_before,
                ..
            } if occasion.is_some() => {
                last = Some(FollowUp {
                    state: LinkState::from(*state),
                    tries: *tries,
                    next: *next,
                    not_before: *not_before,
                    ..known
                });
            }
            LinkEventKind::Adopted
            | LinkEventKind::Intent { .. }
            | LinkEventKind::Result { .. }
            | LinkEventKind::Seen => {}
        }
    }
    last
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
        via: Some(Protocol::TrackBack),
        location: None,
        digest: None,
        follow_up: None,
    }
}
