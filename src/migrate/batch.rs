//! Pieces → lots of one id each → the store.
//!
//! A lot is put in order, the oldest first, and is taken in under one lock, with what follows from it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

use super::Skip;
use super::imported_item::{self, ImportRules, ImportedItem};
use super::plan::{DryRun, ImportPlan, ImportProgress, ProgressSink};
use crate::error::Result;
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, ImportOutcome, StoredItem};

/// The most pings, and about the most bytes of text, that are taken in under one lock. Beyond, pings of one entry
/// in one file are put in order by lots.
const LOT: usize = 10_000;
const LOT_BYTES: usize = 8 << 20;

/// Pieces on their way into the store, by lots of one id each.
pub(super) struct Lots<'a, 't> {
    plan: &'a ImportPlan<'a>,
    tell: ProgressSink<'t>,
    /// The time of pings without one.
    pub(super) fallback: Timestamp,
    id: Option<TbId>,
    lot: Vec<Entrant>,
    bytes: usize,
    /// Of a rehearsal: hashes of the ids and permalinks that would be there by now, and whether as pings.
    rehearsed: HashMap<u64, bool>,
}

/// A thing that is about to be taken in.
struct Entrant {
    place: String,
    entry: String,
    kept: StoredItem,
}

impl<'a, 't> Lots<'a, 't> {
    pub(super) fn new(plan: &'a ImportPlan<'a>, tell: ProgressSink<'t>) -> Lots<'a, 't> {
        Lots {
            plan,
            tell,
            fallback: plan.now,
            id: None,
            lot: Vec::new(),
            bytes: 0,
            rehearsed: HashMap::new(),
        }
    }

    pub(super) fn take(&mut self, piece: ImportedItem) -> Result<()> {
        let rules = ImportRules {
            map: &self.plan.map,
            state: self.plan.state,
            addresses: self.plan.config.addresses,
            now: self.plan.now,
            fallback: self.fallback,
        };
        let entry = piece.names.first().cloned().unwrap_or_default();
        let url = imported_item::url_of(&piece.content).to_owned();
        let settled = imported_item::settle(piece.content, &rules)
            .and_then(|kept| Ok((imported_item::id_of(&piece.names, &rules)?, kept)));
        let (id, kept) = match settled {
            Ok(both) => both,
            Err(why) => {
                let place = &piece.place;
                return (self.tell)(ImportProgress::Skipped {
                    place,
                    entry: &entry,
                    url: &url,
                    why,
                });
            }
        };
        if self.id.as_ref() != Some(&id) || self.lot.len() >= LOT || self.bytes >= LOT_BYTES {
            self.flush()?;
            self.id = Some(id);
        }
        if let StoredItem::Ping(record) = &kept {
            self.bytes += record.url.len() + record.title.len() + record.excerpt.len();
        }
        self.lot.push(Entrant {
            place: piece.place,
            entry,
            kept,
        });
        Ok(())
    }

    /// Takes the lot in, its oldest first.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.bytes = 0;
        let mut lot = std::mem::take(&mut self.lot);
        let Some(id) = self.id.clone().filter(|_| !lot.is_empty()) else {
            return Ok(());
        };
        lot.sort_by_key(|entrant| match &entrant.kept {
            StoredItem::Ping(record) => (record.id, record.time),
            StoredItem::Tombstone { number, time, .. } => (*number, *time),
        });
        let (kept, places): (Vec<_>, Vec<_>) = lot
            .into_iter()
            .map(|entrant| (entrant.kept, (entrant.place, entrant.entry)))
            .unzip();
        let outcomes = match self.plan.purpose {
            DryRun::Import => adopt(self.plan, &id, &kept)?,
            DryRun::Rehearse => self.rehearse(&id, &kept)?,
        };
        let mut count = 0;
        for ((kept, outcome), (place, entry)) in kept.iter().zip(outcomes).zip(&places) {
            let why = match outcome {
                ImportOutcome::New(_) => {
                    count += usize::from(matches!(kept, StoredItem::Ping(_)));
                    continue;
                }
                ImportOutcome::Exists(_) => Skip::There,
                ImportOutcome::Withdrawn => Skip::Withdrawn,
            };
            // A trace that is there already is nothing that anybody misses.
            if let StoredItem::Ping(record) = kept {
                let url = &record.url;
                (self.tell)(ImportProgress::Skipped {
                    place,
                    entry,
                    url,
                    why,
                })?;
            }
        }
        (self.tell)(ImportProgress::TakenIn { count })
    }

    /// What would become of a lot.
    fn rehearse(&mut self, id: &TbId, kept: &[StoredItem]) -> Result<Vec<ImportOutcome>> {
        let pings = self.plan.store.pings_for_copy(id)?;
        let mut outcomes = Vec::with_capacity(kept.len());
        for one in kept {
            let known = one.existing(pings.as_ref())?;
            let mut hasher = DefaultHasher::new();
            (id, one.permalink_hash()).hash(&mut hasher);
            let is_ping = matches!(one, StoredItem::Ping(_));
            outcomes.push(match (known, self.rehearsed.entry(hasher.finish())) {
                (Some(outcome), _) => outcome,
                (None, Entry::Occupied(first)) => match (first.get(), is_ping) {
                    (false, true) => ImportOutcome::Withdrawn,
                    _ => ImportOutcome::Exists(0),
                },
                (None, Entry::Vacant(place)) => {
                    place.insert(is_ping);
                    ImportOutcome::New(0)
                }
            });
        }
        Ok(outcomes)
    }
}

/// Keeps a lot, and brings what follows from it up to date.
fn adopt(plan: &ImportPlan<'_>, id: &TbId, kept: &[StoredItem]) -> Result<Vec<ImportOutcome>> {
    let ImportPlan {
        config, store, now, ..
    } = *plan;
    let outcomes = change_pings(config, store, id, now, |transaction| {
        let outcomes = transaction.import(kept)?;
        let any = outcomes
            .iter()
            .any(|one| matches!(one, ImportOutcome::New(_)));
        let when = if any {
            WriteWhen::Always
        } else {
            WriteWhen::IfStale
        };
        Ok((outcomes, when))
    })?;
    let new = |one: &&ImportOutcome| matches!(one, ImportOutcome::New(_));
    let event = Event::new(now, EventName::Imported)
        .with("tb_id", id.as_str())
        .with("pings", outcomes.iter().filter(new).count());
    store.log(&event);
    Ok(outcomes)
}
