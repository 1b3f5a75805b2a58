//! Which published pings are shown: those in full, and the reactions (likes and the like), which share one line.

use std::borrow::Cow;

use crate::config::Reactions;
use crate::error::Result;
use crate::language::{Language, Sentence};
use crate::store::{KindCount, Pings, Record, Which};

/// The most reactions of a kind that a line names.
const MAX_NAMES: usize = 20;

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

/// The newest published pings, at most `most`, and all reactions.
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
    let are_shown = reactions != Reactions::Off && pings.has_reactions();
    let lines = match are_shown {
        true => reaction_lines(reactions, language, &pings.kinds(named(reactions))?),
        false => Vec::new(),
    };
    Ok(NewestPings {
        pings: pings.newest(Which::InFull, None, most)?,
        reactions: lines,
    })
}

/// How many reactions of a kind are named.
pub fn named(reactions: Reactions) -> usize {
    match reactions {
        Reactions::Names => MAX_NAMES,
        Reactions::Count | Reactions::Off => 0,
    }
}

/// A line for each kind of reaction. Beside each name, which its page claims, stands the host that was checked.
pub fn reaction_lines(
    reactions: Reactions,
    language: Language,
    kinds: &[KindCount],
) -> Vec<String> {
    if reactions == Reactions::Off {
        return Vec::new();
    }
    let line = |of_kind: &KindCount| {
        let kind = of_kind.kind.filter(|kind| kind.is_reaction())?;
        let line = kind.counted(language, of_kind.count);
        if of_kind.newest.is_empty() {
            return Some(line);
        }
        let name = |record| reaction_name(language, record);
        let names: Vec<String> = of_kind.newest.iter().map(name).collect();
        let line = language.fill(Sentence::Named, &[&line, &names.join(language.comma())]);
        let named = u64::try_from(names.len()).unwrap_or(u64::MAX);
        Some(match of_kind.count.saturating_sub(named) {
            0 => line,
            more => language.fill(Sentence::AndMore, &[&line, &more.to_string()]),
        })
    };
    kinds.iter().filter_map(line).collect()
}

/// The sender of a reaction, and the answer of an RSVP.
fn reaction_name(language: Language, record: &Record) -> String {
    let name = sender(record);
    let answer = match record.rsvp_answer() {
        Some("yes") => Sentence::RsvpYes,
        Some("no") => Sentence::RsvpNo,
        Some("maybe") => Sentence::RsvpMaybe,
        Some("interested") => Sentence::RsvpInterested,
        Some(_) | None => return name,
    };
    language.fill(Sentence::Named, &[&name, language.say(answer)])
}

/// The name that a ping states, and beside it the host of a webmention's page, which was checked. The name stands
/// between characters that keep its direction of writing from what follows. Empty for a ping without a name.
pub fn sender(record: &Record) -> String {
    let host = record.verified_host();
    let name = match record.blog_name.as_str() {
        "" => return host,
        name => format!("\u{2068}{name}\u{2069}"),
    };
    match host.as_str() {
        "" => name,
        host => format!("{name} ({host})"),
    }
}

/// The excerpt as it stands below the title. A note has no title of its own: what its title says already is left out.
pub fn excerpt_below_title(record: &Record) -> Cow<'_, str> {
    let (title, excerpt) = (record.title.as_str(), record.excerpt.as_str());
    if title == excerpt {
        return Cow::Borrowed("");
    }
    let begun = title.strip_suffix('…').filter(|begun| !begun.is_empty());
    match begun.and_then(|begun| excerpt.strip_prefix(begun)) {
        Some(rest) => Cow::Owned(format!("…{rest}")),
        None => Cow::Borrowed(excerpt),
    }
}
