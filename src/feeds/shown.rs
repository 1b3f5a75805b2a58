//! Which published pings are shown: those in full, and the reactions (likes and the like), which share one line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::config::{Config, Reactions};
use crate::error::Result;
use crate::linkback::Protocol;
use crate::store::{MentionKind, Pings, Record, State, Which};

/// The most reactions that a line names.
const MAX_NAMES: usize = 20;
/// The most records read to find pings that are shown in full, and to count the reactions.
const MAX_READ: usize = 1_000;

/// Which kinds of webmentions a feed has as items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKinds {
    /// Those that are shown in full.
    Full,
    /// All.
    All,
}

/// Where a page of a list begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListPlace {
    /// Below a number, or at the newest ping.
    Before(Option<u64>),
    /// Above a number.
    After(u64),
}

/// The newest pings of an id.
#[derive(Debug, Clone, Default)]
pub struct NewestPings {
    /// Those that are shown in full.
    pub pings: Vec<Record>,
    /// A line for each kind of reaction, such as `2 likes: Ann (a.example), b.example`.
    pub reactions: Vec<String>,
}

/// The newest published pings, at most `most`, and the reactions.
pub fn newest(
    pings: &Pings,
    most: usize,
    config: &Config,
    kinds: FeedKinds,
) -> Result<NewestPings> {
    if kinds == FeedKinds::All && config.reactions == Reactions::Names {
        return Ok(NewestPings {
            pings: pings.newest(Which::Published, None, most)?,
            reactions: Vec::new(),
        });
    }
    // Older reactions are counted only where there may be some: most lists have none.
    let has_some = config.receives(Protocol::Webmention) && config.reactions != Reactions::Off;
    let least = if has_some { MAX_READ } else { 0 };
    let (full, reactions) = read_sorted(pings, ListPlace::Before(None), most, least)?;
    Ok(NewestPings {
        pings: full,
        reactions: reaction_lines(config.reactions, &reactions),
    })
}

/// The published pings from a place on that are shown in full, newest first, at most `most`.
pub fn full_pings(pings: &Pings, place: ListPlace, most: usize) -> Result<Vec<Record>> {
    Ok(read_sorted(pings, place, most, 0)?.0)
}

/// The published pings from a place on that are shown in full, at most `most`, and the reactions among those read: at
/// least `least`, if there are so many.
fn read_sorted(
    pings: &Pings,
    mut place: ListPlace,
    most: usize,
    least: usize,
) -> Result<(Vec<Record>, Vec<Record>)> {
    let (mut full, mut reactions) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < MAX_READ && (full.len() < most || read < least) {
        let wanted = most.saturating_sub(full.len()).max(least - read.min(least));
        let batch = match place {
            ListPlace::Before(number) => pings.newest(Which::Published, number, wanted)?,
            ListPlace::After(number) => pings.next_newer(Which::Published, number, wanted)?,
        };
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
            break;
        };
        read += batch.len();
        let next = match place {
            ListPlace::Before(_) => ListPlace::Before(Some(last.id)),
            ListPlace::After(_) => ListPlace::After(first.id),
        };
        let (found, mut shown): (Vec<_>, Vec<_>) = batch.into_iter().partition(Record::is_reaction);
        reactions.extend(found);
        match place {
            ListPlace::Before(_) => full.append(&mut shown),
            ListPlace::After(_) => {
                shown.append(&mut full);
                full = shown;
            }
        }
        place = next;
    }
    full.truncate(most);
    Ok((full, reactions))
}

/// How many published pings of each kind there are; a TrackBack is a mention.
pub fn count_kinds(pings: &Pings) -> Result<BTreeMap<&'static str, usize>> {
    let mut kinds = BTreeMap::new();
    pings.for_each_ping(|record| {
        if record.state == State::Published {
            let kind = record.mention_kind().unwrap_or(MentionKind::Mention);
            *kinds.entry(kind.name()).or_insert(0) += 1;
        }
        Ok(())
    })?;
    Ok(kinds)
}

/// The same as `{"count":3,"type":{"like":2,"mention":1}}`, like webmention.io.
pub fn kind_counts(kinds: &BTreeMap<&'static str, usize>) -> Value {
    let count: usize = kinds.values().sum();
    json!({"count": count, "type": kinds})
}

/// A line for each kind among `records`. Beside each name, which its page claims, stands the host that was checked.
fn reaction_lines(reactions: Reactions, records: &[Record]) -> Vec<String> {
    if reactions == Reactions::Off {
        return Vec::new();
    }
    let line = |kind: &MentionKind| {
        let of_kind = || {
            let records = records.iter();
            records.filter(|record| record.mention_kind() == Some(*kind))
        };
        let count = of_kind().count();
        let mut line = kind.counted(count);
        if reactions == Reactions::Names {
            let names: Vec<String> = of_kind().take(MAX_NAMES).map(reaction_name).collect();
            line.push_str(": ");
            line.push_str(&names.join(", "));
            if count > MAX_NAMES {
                // Writing to a string cannot fail.
                write!(line, " and {} more", count - MAX_NAMES).ok();
            }
        }
        (count > 0).then_some(line)
    };
    MentionKind::REACTIONS.iter().filter_map(line).collect()
}

/// A name, between characters that keep its direction of writing from what follows, and the host.
fn reaction_name(record: &Record) -> String {
    let host = record.verified_host();
    let name = match record.blog_name.as_str() {
        "" => host,
        name => format!("\u{2068}{name}\u{2069} ({host})"),
    };
    match record.rsvp_answer() {
        Some(answer) => format!("{name}: {answer}"),
        None => name,
    }
}
