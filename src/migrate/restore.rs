//! What an archive holds is put back, into an empty store or beside what is there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::backup::{ArchiveEntry, Member, Secrets};
use super::import;
use super::plan::{DryRun, ImportProgress};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::feeds::{self, WriteWhen};
use crate::store::{StateFile, Store};

/// What is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onto {
    /// No pings.
    Empty,
    /// Others: the pings are taken in beside them.
    Others,
}

/// How an archive is put back.
#[derive(Debug)]
pub struct RestorePlan<'a> {
    /// Where static files go; without one none are written.
    pub config: Option<&'a Config>,
    /// Where the pings go.
    pub store: &'a Store,
    /// The time.
    pub now: Timestamp,
    /// What is there.
    pub onto: Onto,
    /// Whether the key of the sessions is put back.
    pub secrets: Secrets,
}

/// What was put back.
#[derive(Debug, Default)]
pub struct Done {
    /// How many ids.
    pub ids: usize,
    /// How many pings were new, where there were some.
    pub pings: usize,
}

/// Puts back what [`examine`](super::backup::examine) found in `file`; `path` is for messages.
pub fn restore(
    plan: &RestorePlan<'_>,
    file: &File,
    path: &Path,
    found: &[ArchiveEntry],
) -> Result<Done> {
    if plan.onto == Onto::Empty && !plan.store.ids()?.is_empty() {
        let message = "there are pings already; `--merge` takes those of the backup in beside them";
        return Err(Error::Usage(message.to_owned()));
    }
    let mut done = Done::default();
    for one in found {
        let fault = |cause| Error::file("read", path, cause);
        let mut content = one.content(file).map_err(fault)?;
        match &one.member {
            Member::Config => {}
            Member::Secret if plan.secrets == Secrets::Without => {}
            Member::Secret => plan
                .store
                .restore_secret(&all(&mut content).map_err(fault)?)?,
            Member::Own(name) => {
                let bytes = all(&mut content).map_err(fault)?;
                if let Some(own) = StateFile::ALL.into_iter().find(|own| own.name() == *name) {
                    // What is there is newer.
                    let edit = |old: Vec<u8>| Ok(old.is_empty().then_some(bytes));
                    plan.store.edit_state(own, edit)?;
                }
            }
            Member::Pings(id) => {
                done.ids += 1;
                match (plan.onto, plan.config) {
                    (Onto::Others, Some(config)) => {
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
                feeds::write_static(config, id, transaction.pings(), WriteWhen::IfStale)?;
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
        purpose: DryRun::Import,
    };
    let mut count = 0;
    import::take_in_copy(&import, staged, id, &mut |told| {
        if let ImportProgress::TakenIn { count: more } = told {
            count += more;
        }
        Ok(())
    })?;
    Ok(count)
}
