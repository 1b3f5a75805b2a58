//! The events of one link, and the state that they add up to.
//!
//! A link that was sent stays sent. An attempt without a result stays open until another attempt replaces it, or until
//! the user declares it sent. Otherwise the last event counts.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::event::{AttemptResult, LinkbackKeys, Occasion};
use crate::linkback::Protocol;
use crate::order;

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
    /// The protocol by which it was sent; `None` for one that only a newer version knows.
    pub via: Option<Protocol>,
    /// The URL at which the receiver reports the mention's status.
    pub location: Option<String>,
    /// The digest of the content that the receiver was last notified of, if known.
    pub digest: Option<String>,
    /// The target as the receiver was last sent it, if it is spelt otherwise in the ledger.
    pub spelling: Option<String>,
    /// The permalink of the entry under which a mention was last sent.
    pub source: Option<String>,
    /// The last notification of a change.
    pub follow_up: Option<Box<ChangeNotification>>,
}

/// The last notification of a change of the entry, and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeNotification {
    /// What has changed; `None` for an occasion that only a newer version knows.
    pub occasion: Option<Occasion>,
    /// Its state.
    pub state: LinkState,
    /// The digest of the content then.
    pub digest: Option<String>,
    /// How often it has failed.
    pub tries: u32,
    /// When it is tried again.
    pub next: Option<Timestamp>,
    /// The earliest time at which the receiver wants another request.
    pub not_before: Option<Timestamp>,
    /// Since when the receiver has only asked to come back later.
    pub later_since: Option<Timestamp>,
    /// The ids of the attempts whose results are unknown.
    pub open: Vec<String>,
}

impl LinkStanding {
    /// Whether no ping of it was begun: its entry's page was not there, or did not have it.
    pub fn was_never_begun(&self) -> bool {
        self.state == LinkState::Failed && self.ping_url.is_none() && self.open.is_empty()
    }
}

impl ChangeNotification {
    /// Whether it is not retried on its own: it succeeded, was refused, or its result is unknown.
    pub fn is_over(&self) -> bool {
        self.state.is_over()
    }

    /// Whether the page was seen to be gone, and the receiver is still to be told of it.
    pub fn is_sighting(&self) -> bool {
        self.occasion == Some(Occasion::Deletion) && !self.is_over() && self.next.is_some()
    }

    /// Whether the page was seen to be gone, and then to exist.
    pub fn exists_again(&self) -> bool {
        self.occasion == Some(Occasion::Deletion)
            && self.state == LinkState::Failed
            && self.tries == 0
            && self.next.is_none()
    }
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

    /// Whether it is not tried again on its own: it succeeded, was refused, or its result is unknown.
    pub fn is_over(self) -> bool {
        match self {
            LinkState::Sent | LinkState::Adopted | LinkState::Refused | LinkState::Uncertain => {
                true
            }
            LinkState::Later | LinkState::Failed | LinkState::None => false,
        }
    }

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
        keys: BoxedKeys,
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
        keys: BoxedKeys,
    },
    Seen,
}

/// The keys of another protocol than TrackBack. Most links have none, so they are boxed: a pointer takes a tenth of the
/// memory.
pub(super) type BoxedKeys = Option<Box<LinkbackKeys>>;

pub(super) fn boxed_keys(keys: LinkbackKeys, entry: &str) -> BoxedKeys {
    let source = Some(entry.to_owned());
    (keys != LinkbackKeys::default()).then(|| Box::new(LinkbackKeys { source, ..keys }))
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

/// The state of a link after these events, which are in order; those up to the time `forgotten` do not count.
pub(super) fn standing(events: &[LinkEvent], forgotten: Option<Timestamp>) -> Option<LinkStanding> {
    let is_live = |event: &&LinkEvent| forgotten.is_none_or(|until| event.time > until);
    let all: Vec<&LinkEvent> = events.iter().filter(is_live).collect();
    let is_first = |event: &&&LinkEvent| !event.what.is_follow_up();
    let live: Vec<&LinkEvent> = all.iter().filter(is_first).copied().collect();
    let open = open(&live);
    let mut standing: Option<LinkStanding> = None;
    let mut later_since = None;
    for event in &live {
        let now = match &event.what {
            LinkEventKind::Seen => continue,
            LinkEventKind::Adopted => plain(LinkState::Adopted, event.time),
            LinkEventKind::Intent { attempt, .. } if !open.contains(attempt) => continue,
            LinkEventKind::Intent { ping_url, .. } => LinkStanding {
                ping_url: Some(ping_url.clone()),
                later_since,
                via: event.what.via(),
                ..plain(LinkState::Uncertain, event.time)
            },
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
            LinkEventKind::Result { state, .. } => {
                later_since = since(later_since, *state, event.time);
                let Some(standing) = after_result(event) else {
                    continue;
                };
                LinkStanding {
                    later_since,
                    ..standing
                }
            }
        };
        let stays = standing.as_ref();
        if stays.is_none_or(|stays| weight(now.state) >= weight(stays.state)) {
            standing = Some(now);
        }
    }
    let seen = live
        .iter()
        .find(|event| matches!(event.what, LinkEventKind::Seen));
    standing.map(|standing| LinkStanding {
        title: last_title(&live).to_owned(),
        seen: seen.map(|event| event.time),
        open: open.into_iter().cloned().collect(),
        digest: notified_digest(&all).cloned(),
        spelling: sent_keys(&all).and_then(|keys| keys.spelling.clone()),
        source: sent_keys(&all).and_then(|keys| keys.source.clone()),
        follow_up: follow_up(&all).map(Box::new),
        ..standing
    })
}

/// The title that was sent last.
fn last_title<'a>(events: &[&'a LinkEvent]) -> &'a str {
    let mut titles = events.iter().rev().filter_map(|event| match &event.what {
        LinkEventKind::Intent { title, .. } => Some(title.as_str()),
        LinkEventKind::Adopted | LinkEventKind::Result { .. } | LinkEventKind::Seen => None,
    });
    titles.next().unwrap_or_default()
}

/// The state of a link whose last event is the result of an attempt.
fn after_result(event: &LinkEvent) -> Option<LinkStanding> {
    match &event.what {
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
        } => Some(LinkStanding {
            ping_url: ping_url.clone(),
            answer: answer.clone(),
            tries: *tries,
            next: *next,
            not_before: *not_before,
            asked: asked.clone(),
            via: event.what.via(),
            location: keys.as_ref().and_then(|keys| keys.location.clone()),
            ..plain(LinkState::from(*state), event.time)
        }),
        LinkEventKind::Adopted | LinkEventKind::Intent { .. } | LinkEventKind::Seen => None,
    }
}

/// Since when the receiver has asked to come later, after this result.
fn since(before: Option<Timestamp>, state: AttemptResult, time: Timestamp) -> Option<Timestamp> {
    match state {
        AttemptResult::Later => before.or(Some(time)),
        AttemptResult::Failed
        | AttemptResult::Uncertain
        | AttemptResult::Refused
        | AttemptResult::Sent => None,
    }
}

/// A link that was sent stays sent, and an attempt without a result stays open, whatever came later.
fn weight(state: LinkState) -> u8 {
    match state {
        LinkState::Uncertain => 2,
        LinkState::Sent => 1,
        LinkState::Adopted
        | LinkState::Refused
        | LinkState::Later
        | LinkState::Failed
        | LinkState::None => 0,
    }
}

/// The digest of the content that the receiver was last notified of, or may have been.
fn notified_digest<'events>(all: &[&'events LinkEvent]) -> Option<&'events String> {
    let open = open(all);
    let mut digest = None;
    for event in all {
        let notified = match &event.what {
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
        digest = notified.or(digest);
    }
    digest
}

/// The keys of the last message that arrived, or may have.
fn sent_keys<'events>(all: &[&'events LinkEvent]) -> Option<&'events LinkbackKeys> {
    let failed = all.iter().filter_map(|event| match &event.what {
        LinkEventKind::Result {
            state: AttemptResult::Failed | AttemptResult::Later | AttemptResult::Refused,
            attempt,
            ..
        } => attempt.as_ref(),
        _ => None,
    });
    let failed: BTreeSet<&String> = order::set(failed);
    let mut sent = all.iter().filter_map(|event| match &event.what {
        LinkEventKind::Intent { attempt, keys, .. } if !failed.contains(attempt) => {
            Some(keys.as_deref())
        }
        _ => None,
    });
    sent.next_back().flatten()
}

/// The last follow-up: the last notification of a change.
fn follow_up(all: &[&LinkEvent]) -> Option<ChangeNotification> {
    let is_follow_up = |event: &&&LinkEvent| event.what.is_follow_up();
    let follow_ups: Vec<&LinkEvent> = all.iter().filter(is_follow_up).copied().collect();
    let open = open(&follow_ups);
    let mut last: Option<ChangeNotification> = None;
    for event in all {
        let keys = event.what.keys();
        let occasion = keys.and_then(|keys| keys.occasion.as_deref());
        let mut known = ChangeNotification {
            occasion: occasion.and_then(Occasion::named),
            state: LinkState::Uncertain,
            digest: keys.and_then(|keys| keys.digest.clone()),
            tries: 0,
            next: None,
            not_before: None,
            later_since: None,
            open: open.iter().map(|attempt| (*attempt).clone()).collect(),
        };
        let is_same = |last: &&ChangeNotification| {
            (last.occasion, &last.digest) == (known.occasion, &known.digest)
        };
        let same = last.as_ref().filter(is_same);
        let is_first = same.is_none_or(ChangeNotification::exists_again);
        known.later_since = same.and_then(|same| same.later_since);
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
                last = Some(ChangeNotification {
                    state: LinkState::from(*state),
                    tries: *tries,
                    next: *next,
                    not_before: *not_before,
                    later_since: match state {
                        // The first record of a deletion is that the page is gone; nothing was sent.
                        AttemptResult::Later
                            if is_first && known.occasion == Some(Occasion::Deletion) =>
                        {
                            None
                        }
                        _ => since(known.later_since, *state, event.time),
                    },
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
        via: Some(Protocol::TrackBack),
        location: None,
        digest: None,
        spelling: None,
        source: None,
        follow_up: None,
    }
}
