//! What is known of the links of an entry.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::link_state::LinkEvent;

/// Up to this many events of a link, no spare capacity is allocated.
const FEW: usize = 4;

/// The links of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownEntry {
    pub(super) spelling: Spelling,
    pub(super) targets: BTreeMap<String, KnownLink>,
}

/// The events of one link of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownLink {
    pub(super) spelling: Spelling,
    /// Sorted. Most links have one or two, for which a tree would take ten times the memory.
    pub(super) events: Vec<LinkEvent>,
}

impl KnownEntry {
    /// Adds what is known of the entry by another URL.
    pub(super) fn absorb(&mut self, other: KnownEntry) {
        if let Some((time, url)) = other.spelling {
            update_spelling(&mut self.spelling, time, url);
        }
        for (target, other) in other.targets {
            let known = self.targets.entry(target).or_default();
            if let Some((time, url)) = other.spelling {
                update_spelling(&mut known.spelling, time, url);
            }
            other.events.into_iter().for_each(|event| known.add(event));
        }
    }
}

impl KnownLink {
    pub(super) fn add(&mut self, event: LinkEvent) {
        // An event that is read twice counts once.
        if let Err(place) = self.events.binary_search(&event) {
            if self.events.len() < FEW {
                self.events.reserve_exact(1);
            }
            self.events.insert(place, event);
        }
    }
}

/// The newest spelling of a URL, and its time.
pub(super) type Spelling = Option<(Timestamp, String)>;

/// Keeps the newer spelling; of two with the same time the greater one, so that their order does not matter.
pub(super) fn update_spelling(spelling: &mut Spelling, time: Timestamp, url: String) {
    let newer = Some((time, url));
    if newer > *spelling {
        *spelling = newer;
    }
}
