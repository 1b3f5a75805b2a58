//! `data_dir`: the pings of each id in `<tb_id>.jsonl`, and a few state files.
//!
//! A file of pings is append-only JSON Lines ([`record`]); all other files can be rebuilt from it. These rules ensure that
//! no acknowledged ping is lost:
//!
//! 1. each change is made under a lock (`lock`); readers need none;
//! 2. a last line without a newline is not a record: it is moved to `.quarantine` before anything is appended. A line with
//!    a newline was acknowledged and is never cut off;
//! 3. the name of a file is synced to disk *before* its first line is written, so a file with lines has a durable name;
//! 4. complete lines are written in one call, then `fdatasync` follows, then the caller may acknowledge;
//! 5. a write that fails is cut off again;
//! 6. if the length of a file and its content do not agree, or another host has written meanwhile, nothing is changed
//!    ([`crate::dir::SeenPart`]).
//!
//! A large file has an index (`index`), which is only a cache: if it is damaged, the results are still those of the file.
//!
//! Names beginning with `.` are reserved for the program; no id begins with one. This module knows no HTTP.

use std::io;
use std::path::{Path, PathBuf};

use crate::dir::{Folder, OpenMode};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::order;

mod block_file;
mod compaction;
mod counts;
mod discussion_file;
mod facts;
mod garbage;
mod index;
mod lines;
mod lock;
mod log;
mod mention;
mod page_traits;
mod pings;
mod probe;
mod quota;
mod rate_limit;
mod reason;
mod recent;
pub mod record;
mod secret;
mod snapshot;
mod state_file;
mod table;
mod torn;
mod transaction;
mod transfer;

pub use counts::{IdCounts, KindCount};
pub use log::{Event, EventName};
pub use mention::MentionKind;
pub(crate) use page_traits::MAX_PLACES;
pub use page_traits::PageTraits;
pub use pings::{Pings, Which};
pub use probe::{can_lock, probe};
pub use quota::IdQuota;
pub use rate_limit::{Bucket, EmptyBucket, EmptyNotice, OnEmpty, Region, TokenGrant, TokenRequest};
pub use reason::{Reason, ReasonKind};
pub(crate) use record::{OTHER_TITLE, OWN_TITLE, PAGE, TO_ENTRY};
pub use record::{Record, State};
pub use secret::{Secret, random, same_secret};
pub use state_file::{SingleRun, StateFile};
pub use transaction::{Arrival, Received, Repeat, Transaction};
pub use transfer::{ImportOutcome, StoredItem};

use rate_limit::bucket::ThrottleFile;

/// Whether to report changes without making them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// Only reports what would change.
    Yes,
    /// Makes the changes.
    No,
}

/// Bytes that must stay free on the file system for a ping to be received.
pub const FREE_SPACE_FLOOR: u64 = 4 << 20;

/// The open directory of all pings.
#[derive(Debug)]
pub struct Store {
    folder: Folder,
    throttle: ThrottleFile,
}

impl Store {
    /// Opens the directory, which must exist.
    pub fn open(data_dir: &Path) -> Result<Store> {
        let folder = Folder::open(data_dir)?;
        Ok(Store {
            folder,
            throttle: ThrottleFile::default(),
        })
    }

    /// The pings of `id` as they are now; `None` if it has never had one.
    pub fn pings(&self, id: &TbId) -> Result<Option<Pings>> {
        let name = file_name(id);
        match self.folder.opened(&name, OpenMode::Read)? {
            Some(opened) => compaction::open_to_show(&self.folder, &name, opened).map(Some),
            None => Ok(None),
        }
    }

    /// The path of the file with the pings of `id`.
    pub fn file_of(&self, id: &TbId) -> PathBuf {
        self.folder.path().join(file_name(id))
    }

    /// Starts a change: acquires the lock of `id` and repairs damage left by a crash.
    pub fn begin(&self, id: &TbId) -> Result<Transaction<'_>> {
        Transaction::begin(self, id)
    }

    /// Free bytes on the file system; below [`FREE_SPACE_FLOOR`] no ping is received.
    pub fn free_space(&self) -> Result<u64> {
        let path = self.folder.path();
        loop {
            match fs2::available_space(path) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                free => {
                    return free
                        .map_err(|cause| Error::file("measure the free space of", path, cause));
                }
            }
        }
    }

    /// All ids that have a file, sorted.
    pub fn ids(&self) -> Result<Vec<TbId>> {
        let names = self.folder.names()?;
        let id = |name: &String| {
            let stem = name.strip_suffix(".jsonl")?;
            TbId::new(stem.as_bytes())
                .ok()
                .filter(|id| id.as_str() == stem)
        };
        let mut ids: Vec<TbId> = names.iter().filter_map(id).collect();
        order::sort(&mut ids);
        Ok(ids)
    }

    /// All ids that have a file, with the seconds since 1970 of its last change, the newest change first.
    pub fn ids_by_change(&self) -> Result<Vec<(i64, TbId)>> {
        let changed = |id: TbId| Some((self.folder.modified(&file_name(&id))?, id));
        let mut ids: Vec<_> = self.ids()?.into_iter().filter_map(changed).collect();
        order::sort_by(&mut ids, |(one, _), (other, _)| other.cmp(one));
        Ok(ids)
    }
}

/// Whether this program creates files of that name in `data_dir`.
pub fn is_own_name(name: &str) -> bool {
    const OWN: [&str; 9] = [
        ".htaccess",
        ".log",
        ".log.1",
        ".quarantine",
        ".quarantine.1",
        ".recent",
        ".secret",
        ".throttle",
        ".undo",
    ];
    let is_id = |stem: &str| TbId::new(stem.as_bytes()).is_ok_and(|id| id.as_str() == stem);
    let own = name.strip_prefix('.').unwrap_or_default();
    OWN.contains(&name)
        || StateFile::IN_BACKUPS.iter().any(|own| own.name() == name)
        || own.starts_with("lock-")
        || own.ends_with(".tmp")
        || own.strip_suffix(".idx").is_some_and(is_id)
        || own.strip_suffix(".thread").is_some_and(is_id)
        || name.strip_suffix(".jsonl").is_some_and(is_id)
}

fn file_name(id: &TbId) -> String {
    format!("{id}.jsonl")
}
