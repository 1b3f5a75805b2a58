//! The meaning of the lines of a file: the position of each ping's line, and its state.
//!
//! The facts are collected in memory (`table`) and in the index on disk (`index`); [`apply_line`] defines the meaning of
//! each line once for both. Applying the lines a second time, in order, has no further effect.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::mention::MentionKind;
use super::record::{self, Hash, RecordFact, State};

/// The position of a line, without its newline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) length: u32,
}

/// The state of one ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PingSlot {
    pub(super) line: Span,
    pub(super) state: State,
    /// The last `state` line after it; of a purged ping, the `purge` line.
    pub(super) state_line: Option<Span>,
    pub(super) life: Life,
    /// The kind of a webmention or pingback.
    pub(super) kind: Option<MentionKind>,
}

/// A number and its slot.
pub(super) type FoundPing = Option<(u64, PingSlot)>;

/// Whether a ping still exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Living,
    Deleted,
    /// Removed; its permalink may ping again.
    Purged,
}

/// Counts over all lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PingCounts {
    /// The offset after the last line that was applied.
    pub(super) end: u64,
    /// The highest number ever given.
    pub(super) last: u64,
    /// Pings that are not deleted.
    pub(super) living: u64,
    /// Permalinks that may not ping again.
    pub(super) gone: u64,
    /// Permalinks of purged pings, which still use an index entry.
    pub(super) forgotten: u64,
    /// Whether there ever was a reaction.
    pub(super) has_reactions: bool,
    /// Obsolete lines. Approximate, since this only decides when to compact.
    pub(super) dead: u64,
}

/// A collection of facts.
pub(super) trait FactMap {
    fn slot(&self, number: u64) -> io::Result<Option<PingSlot>>;
    fn put(&mut self, number: u64, slot: PingSlot) -> io::Result<()>;
    fn mark(&mut self, key: u64, number: u64, life: Life) -> io::Result<()>;
    /// Removes a permalink if it belongs to the living ping of that number.
    fn forget(&mut self, key: u64, number: u64) -> io::Result<()>;
    fn counts(&mut self) -> &mut PingCounts;
}

/// Applies the next line, without its newline. Permalinks are only collected if the file `data` is given: hashing them
/// costs time, and showing pings does not need them.
pub(super) fn apply_line(
    map: &mut impl FactMap,
    line: &[u8],
    data: Option<&File>,
) -> io::Result<()> {
    let counts = map.counts();
    let span = Span {
        offset: counts.end,
        length: u32::try_from(line.len()).map_err(io::Error::other)?,
    };
    counts.end += u64::from(span.length) + 1;
    let Some(fact) = record::parse_fact(line) else {
        return Ok(());
    };
    let id = fact.id();
    counts.last = counts.last.max(id);
    let old = map.slot(id)?;
    // The ping's current lines, which this one may make obsolete.
    let lines = old.map_or(0, |old| 1 + u64::from(old.state_line.is_some()));
    match fact {
        RecordFact::Ping {
            state,
            url,
            kind: (via, kind),
            ..
        } => {
            let kind = MentionKind::of(via, kind);
            let counts = map.counts();
            counts.living += u64::from(old.is_none());
            counts.dead += lines;
            counts.has_reactions |= kind.is_some_and(MentionKind::is_reaction);
            let life = Life::Living;
            let slot = PingSlot {
                line: span,
                state,
                state_line: None,
                life,
                kind,
            };
            map.put(id, slot)?;
            if data.is_some() {
                map.mark(Hash::of(&url).key(), id, life)?;
            }
        }
        RecordFact::State { to, .. } => match old {
            Some(old) if old.life == Life::Living => {
                map.counts().dead += lines - 1;
                let slot = PingSlot {
                    state: to,
                    state_line: Some(span),
                    ..old
                };
                map.put(id, slot)?;
            }
            _ => map.counts().dead += 1,
        },
        RecordFact::Delete { hash, .. } => delete(map, id, hash, (old, lines), data)?,
        RecordFact::Purge { .. } => {
            map.counts().dead += 1;
            // A deleted ping stays deleted.
            if old.is_none_or(|old| old.life != Life::Deleted) {
                purge(map, (id, span), (old, lines), data)?;
            }
        }
    }
    Ok(())
}

/// Deletes the ping `id`, whose tombstone has `hash`; `old` is what is known of it, in that many lines.
fn delete(
    map: &mut impl FactMap,
    id: u64,
    hash: Option<Hash>,
    (old, lines): (Option<PingSlot>, u64),
    data: Option<&File>,
) -> io::Result<()> {
    map.counts().gone += 1;
    if let Some(old) = old.filter(|old| old.life != Life::Deleted) {
        end_life(map, old, lines);
        map.put(
            id,
            PingSlot {
                life: Life::Deleted,
                ..old
            },
        )?;
    }
    if let Some(data) = data {
        // A tombstone without a hash refers to the ping with its number.
        let hash = match (hash, old) {
            (None, Some(old)) => permalink_at(data, old.line)?,
            (hash, _) => hash,
        };
        if let Some(hash) = hash {
            map.mark(hash.key(), id, Life::Deleted)?;
        }
    }
    Ok(())
}

/// Removes the ping `id`, which the line at `span` purges; `old` is what is known of it, in that many lines.
fn purge(
    map: &mut impl FactMap,
    (id, span): (u64, Span),
    (old, lines): (Option<PingSlot>, u64),
    data: Option<&File>,
) -> io::Result<()> {
    if let Some(old) = old {
        end_life(map, old, lines);
    }
    map.put(
        id,
        PingSlot {
            line: old.map_or(span, |old| old.line),
            state: State::Junk,
            state_line: Some(span),
            life: Life::Purged,
            kind: None,
        },
    )?;
    let living = old.filter(|old| old.life == Life::Living);
    if let (Some(data), Some(old)) = (data, living) {
        map.counts().forgotten += 1;
        if let Some(hash) = permalink_at(data, old.line)? {
            map.forget(hash.key(), id)?;
        }
    }
    Ok(())
}

/// Counts a ping with that many lines as removed.
fn end_life(map: &mut impl FactMap, old: PingSlot, lines: u64) {
    if old.life == Life::Living {
        let counts = map.counts();
        counts.living = counts.living.saturating_sub(1);
        counts.dead += lines;
    }
}

/// The hash of the permalink in the `ping` line at `span`.
pub(super) fn permalink_at(data: &File, span: Span) -> io::Result<Option<Hash>> {
    let mut line = vec![0; span.length as usize];
    data.read_exact_at(&mut line, span.offset)?;
    Ok(match record::parse_fact(&line) {
        Some(RecordFact::Ping { url, .. }) => Some(Hash::of(&url)),
        _ => None,
    })
}
