//! Which published pings are shown: those in full, and the reactions (likes and the like), which share one line.

use crate::config::Reactions;
use crate::error::Result;
use crate::language::{Language, Sentence};
use crate::store::{MentionKind, Pings, Record, Which};

/// The most reactions that a line names.
const MAX_NAMES: usize = 20;
/// The most records read to find pings that are shown in full.
const MAX_READ: usize = 1_000;

/// Which kinds of webmentions a feed has as items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKinds {
    /// Those that are shown in full.
    Full,
    /// All.
    All,
}

/// The newest pings of an id.
#[derive(Debug, Clone, Default)]
pub struct NewestPings {
    /// Those that are shown in full.
    pub pings: Vec<Record>,
    /// A line for each kind of reaction, such as `2 likes: Ann (a.example), b.example`.
    pub reactions: Vec<String>,
}

/// The newest published pings, at most `most`, and the reactions that are newer than the last one of them.
pub fn newest(
    pings: &Pings,
    most: usize,
    (reactions, language): (Reactions, Language),
    kinds: FeedKinds,
) -> Result<NewestPings> {
    if kinds == FeedKinds::All && reactions == Reactions::Names {
        return Ok(NewestPings {
            pings: pings.newest(Which::Published, None, most)?,
            reactions: Vec::new(),
        });
    }
    let (mut shown, mut found) = (Vec::new(), Vec::new());
    let (mut before, mut read) = (None, 0);
    while shown.len() < most && read < MAX_READ {
        let batch = pings.newest(Which::Published, before, most - shown.len())?;
        let Some(last) = batch.last() else {
            break;
        };
        before = Some(last.id);
        read += batch.len();
        let (reactions, full): (Vec<_>, Vec<_>) = batch.into_iter().partition(Record::is_reaction);
        shown.extend(full);
        found.extend(reactions);
    }
    Ok(NewestPings {
        pings: shown,
        reactions: reaction_lines(reactions, language, &found),
    })
}

/// A line for each kind among `records`. Beside each name, which its page claims, stands the host that was checked.
pub fn reaction_lines(reactions: Reactions, language: Language, records: &[Record]) -> Vec<String> {
    if reactions == Reactions::Off {
        return Vec::new();
    }
    let line = |kind: &MentionKind| {
        let of_kind = || {
            let records = records.iter();
            records.filter(|record| record.mention_kind() == Some(*kind))
        };
        let count = of_kind().count();
        let mut line = kind.counted(language, count);
        if reactions == Reactions::Names {
            let names: Vec<String> = of_kind().take(MAX_NAMES).map(reaction_name).collect();
            line.push_str(": ");
            line.push_str(&names.join(", "));
            if count > MAX_NAMES {
                let more = (count - MAX_NAMES).to_string();
                line = language.fill(Sentence::AndMore, &[&line, &more]);
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
