//! Collects imported items in batches of one id each, and stores the batches.
//!
//! A batch is sorted, oldest first, and stored under one lock together with the static files.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

use super::Skip;
use super::imported_item::{self, ImportRules, ImportedItem};
use super::plan::{ImportPlan, ImportProgress, ProgressSink};
use crate::admission::entries::EntryReader;
use crate::error::Result;
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::trackback::TbId;
use crate::order;
use crate::store::{DryRun, Event, EventName, ImportOutcome, StoredItem};

/// How many pings, and about how many bytes of text, are stored under one lock. If an entry has more pings in one file,
/// only those of each batch are sorted.
const MAX_BATCH: usize = 10_000;
const MAX_BATCH_BYTES: usize = 8 << 20;

/// Stores imported items in batches of one id each.
pub(super) struct ImportBatches<'a, 't> {
    plan: &'a ImportPlan<'a>,
    report: ProgressSink<'t>,
    /// The time of pings without one.
    pub(super) fallback: Timestamp,
    id: Option<TbId>,
    batch: Vec<PendingItem>,
    bytes: usize,
    /// In a dry run, the hashes of the ids and permalinks that would have been stored, and whether as pings.
    rehearsed: HashMap<u64, bool>,
}

/// An item that is about to be stored.
struct PendingItem {
    place: String,
    entry: String,
    kept: StoredItem,
    has_guessed_time: bool,
}

impl<'a, 't> ImportBatches<'a, 't> {
    pub(super) fn new(plan: &'a ImportPlan<'a>, report: ProgressSink<'t>) -> ImportBatches<'a, 't> {
        ImportBatches {
            plan,
            report,
            fallback: plan.now,
            id: None,
            batch: Vec::new(),
            bytes: 0,
            rehearsed: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, item: ImportedItem) -> Result<()> {
        let rules = ImportRules {
            map: &self.plan.map,
            state: self.plan.state,
            addresses: self.plan.config.addresses,
            now: self.plan.now,
            fallback: self.fallback,
        };
        let entry = item.names.first().cloned().unwrap_or_default();
        let url = imported_item::url_of(&item.content).to_owned();
        let has_guessed_time = imported_item::has_guessed_time(&item.content, rules.now);
        let converted = imported_item::convert(item.content, &rules)
            .and_then(|kept| Ok((imported_item::id_of(&item.names, &rules)?, kept)));
        let (id, kept) = match converted {
            Ok(both) => both,
            Err(why) => {
                let place = &item.place;
                return (self.report)(ImportProgress::Skipped {
                    place,
                    entry: &entry,
                    url: &url,
                    why,
                });
            }
        };
        if self.id.as_ref() != Some(&id)
            || self.batch.len() >= MAX_BATCH
            || self.bytes >= MAX_BATCH_BYTES
        {
            self.flush()?;
            self.id = Some(id);
        }
        if let StoredItem::Ping(record) = &kept {
            self.bytes += record.url.len() + record.title.len() + record.excerpt.len();
        }
        self.batch.push(PendingItem {
            place: item.place,
            entry,
            kept,
            has_guessed_time,
        });
        Ok(())
    }

    /// Stores the batch, oldest first.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.bytes = 0;
        let mut batch = std::mem::take(&mut self.batch);
        let Some(id) = self.id.clone().filter(|_| !batch.is_empty()) else {
            return Ok(());
        };
        order::sort_by_key(&mut batch, |item| match &item.kept {
            StoredItem::Ping(record) => (record.id, record.time),
            StoredItem::Tombstone { number, time, .. } => (*number, *time),
        });
        let (kept, places): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|item| (item.kept, (item.place, item.entry, item.has_guessed_time)))
            .unzip();
        let outcomes = match self.plan.dry_run {
            DryRun::No => adopt(self.plan, &id, &kept)?,
            DryRun::Yes => self.rehearse(&id, &kept)?,
        };
        let (mut counts, mut guessed): (BTreeMap<&str, usize>, usize) = Default::default();
        for ((kept, outcome), (place, entry, has_guessed_time)) in
            kept.iter().zip(outcomes).zip(&places)
        {
            let why = match outcome {
                ImportOutcome::New(_) => {
                    let count = counts.entry(entry).or_default();
                    *count += usize::from(matches!(kept, StoredItem::Ping(_)));
                    guessed += usize::from(*has_guessed_time);
                    continue;
                }
                ImportOutcome::Exists(_) => Skip::There,
                ImportOutcome::Withdrawn => Skip::Withdrawn,
            };
            // The trace of a deleted ping is not worth reporting if it is stored already.
            if let StoredItem::Ping(record) = kept {
                let url = &record.url;
                (self.report)(ImportProgress::Skipped {
                    place,
                    entry,
                    url,
                    why,
                })?;
            }
        }
        for (entry, count) in counts {
            let id = &id;
            (self.report)(ImportProgress::TakenIn { entry, id, count })?;
        }
        match guessed {
            0 => Ok(()),
            _ => (self.report)(ImportProgress::GuessedTimes(guessed)),
        }
    }

    /// The outcomes that storing a batch would have.
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

/// Stores a batch and updates the static files.
fn adopt(plan: &ImportPlan<'_>, id: &TbId, kept: &[StoredItem]) -> Result<Vec<ImportOutcome>> {
    let ImportPlan {
        config, store, now, ..
    } = *plan;
    let outcomes = change_pings(
        (config, store, &EntryReader::default()),
        id,
        now,
        |transaction| {
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
        },
    )?;
    let new = |one: &&ImportOutcome| matches!(one, ImportOutcome::New(_));
    let event = Event::new(now, EventName::Imported)
        .with("tb_id", id.as_str())
        .with("pings", outcomes.iter().filter(new).count());
    store.log(&event);
    Ok(outcomes)
}
