//! Restores an archive into an empty store, or merges it into one with pings.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::backup::{ArchiveEntry, Member, Secrets};
use super::import;
use super::plan::ImportProgress;
use crate::admission::entries::EntryReader;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::feeds::{self, WriteWhen};
use crate::store::{DryRun, StateFile, Store};

/// Whether an archive may be restored into a store that has pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The archive's pings are added to those in the store.
    Yes,
    /// The store must be empty.
    No,
}

/// The options of a restore.
#[derive(Debug)]
pub struct RestorePlan<'a> {
    /// The configuration, for static files; without one none are written.
    pub config: Option<&'a Config>,
    /// The store to restore into.
    pub store: &'a Store,
    /// The time.
    pub now: Timestamp,
    /// Whether to merge.
    pub merge: Merge,
    /// Whether the session key is restored.
    pub secrets: Secrets,
}

/// What was restored.
#[derive(Debug, Default)]
pub struct RestoreReport {
    /// How many ids.
    pub ids: usize,
    /// How many pings were new, in a merge.
    pub pings: usize,
}

/// Restores the entries that [`examine`](super::backup::examine) found in `file`; `path` is for messages.
pub fn restore(
    plan: &RestorePlan<'_>,
    file: &File,
    path: &Path,
    found: &[ArchiveEntry],
) -> Result<RestoreReport> {
    if plan.merge == Merge::No && !plan.store.ids()?.is_empty() {
        let message = "the store has pings already; `--merge` adds those of the backup to them";
        return Err(Error::Usage(message.to_owned()));
    }
    let mut done = RestoreReport::default();
    for one in found {
        let fault = |cause| Error::file("read", path, cause);
        let mut content = one.content(file);
        match &one.member {
            Member::Config => {}
            Member::Secret if plan.secrets == Secrets::Without => {}
            Member::Secret => plan
                .store
                .restore_secret(&all(&mut content).map_err(fault)?)?,
            Member::Own(name) => {
                let bytes = all(&mut content).map_err(fault)?;
                if let Some(own) = StateFile::IN_BACKUPS
                    .into_iter()
                    .find(|own| own.name() == *name)
                {
                    // An existing file is newer.
                    let edit = |old: Vec<u8>| Ok(old.is_empty().then_some(bytes));
                    plan.store.edit_state(own, edit)?;
                }
            }
            Member::Pings(id) => {
                done.ids += 1;
                match (plan.merge, plan.config) {
                    (Merge::Yes, Some(config)) => {
                        let staged = plan.store.stage(&mut content, one.length())?;
                        done.pings += merge(plan, config, staged, id.as_str())?;
                    }
                    _ => plan.store.restore_file(id, &mut content, one.length())?,
                }
            }
        }
    }
    if let Some(config) = plan.config {
        for one in found {
            if let Member::Pings(id) = &one.member {
                let transaction = plan.store.begin(id)?;
                feeds::write_static(
                    (config, plan.store, &EntryReader::default()),
                    id,
                    transaction.pings(),
                    WriteWhen::IfStale,
                )?;
            }
        }
    }
    plan.store.rebuild_recent()?;
    Ok(done)
}

fn all(content: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn merge(plan: &RestorePlan<'_>, config: &Config, staged: File, id: &str) -> Result<usize> {
    let import = crate::migrate::plan::ImportPlan {
        config,
        store: plan.store,
        now: plan.now,
        format: None,
        map: HashMap::new(),
        state: None,
        charset: None,
        zone: TimeZone::UTC,
        dry_run: DryRun::No,
    };
    let mut count = 0;
    import::import_copy(&import, staged, id, &mut |progress| {
        if let ImportProgress::TakenIn { count: more, .. } = progress {
            count += more;
        }
        Ok(())
    })?;
    Ok(count)
}
