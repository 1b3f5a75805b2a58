//! Garbage: dead lines, indexes and discussions of removed ids, temporary files of killed processes, old logs.

use super::index::{Index, MIN_INDEXED};
use super::pings::Pings;
use super::probe::NAMES;
use super::{Store, compaction, file_name, lock};
use crate::dir::OpenMode;
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::order;
use jiff::Timestamp;

/// The logs that may be removed. `.log` itself is not among them: it is short, and in use.
const LOGS: [&str; 3] = [".log.1", ".quarantine", ".quarantine.1"];

/// One dead line may stay: the one that records the highest number.
const PROOF: u64 = 1;

impl Pings {
    /// The approximate number of dead lines.
    pub fn dead_lines(&self) -> u64 {
        self.counts().dead.saturating_sub(PROOF)
    }
}

impl Store {
    /// Rewrites the file of `id` without its dead lines, even a single one, and returns the bytes freed. A large file has a
    /// current index afterwards.
    pub fn compact(&self, id: &TbId) -> Result<u64> {
        let freed = {
            let transaction = self.begin(id)?;
            match transaction.pings() {
                Some(pings) if pings.dead_lines() > 0 => self.compact_locked(id, pings)?,
                Some(_) | None => return Ok(0),
            }
        };
        // Opening the file for a change builds the index.
        self.begin(id)?;
        Ok(freed)
    }

    /// The files that are not needed: outdated indexes, discussions of removed ids, and unfinished files of killed
    /// processes. Sorted. Files that another process is just writing may be among them; [`Store::remove_stale`] checks
    /// again.
    pub fn stale_files(&self) -> Result<Vec<String>> {
        let mut names = self.folder.names()?;
        names.retain(|name| {
            NAMES.contains(&name.as_str())
                || subject(name).is_some_and(|id| self.is_stale(name, &id))
        });
        order::sort(&mut names);
        Ok(names)
    }

    /// Removes one of [`Store::stale_files`] if it is still stale; returns whether it was.
    pub fn remove_stale(&self, name: &str) -> Result<bool> {
        if NAMES.contains(&name) {
            return self.folder.remove(name).map(|()| true);
        }
        let Some(id) = subject(name) else {
            return Ok(false);
        };
        // Writers of such files hold the lock of the id.
        let _lock = lock::lock(&self.folder, &id)?;
        let stale = self.is_stale(name, &id);
        if stale {
            self.folder.remove(name)?;
        }
        Ok(stale)
    }

    /// The rotated logs and quarantine files that were not written to since `before`.
    pub fn old_logs(&self, before: Timestamp) -> Result<Vec<&'static str>> {
        let mut old = Vec::new();
        for name in LOGS {
            // A link or directory of that name is not a log of ours.
            let Ok(Some(file)) = self.folder.file(name, OpenMode::Read) else {
                continue;
            };
            let written = file.metadata().and_then(|metadata| metadata.modified());
            let written = written
                .map_err(|cause| Error::file("look at", self.folder.path().join(name), cause))?;
            old.extend(
                Timestamp::try_from(written)
                    .is_ok_and(|at| at < before)
                    .then_some(name),
            );
        }
        Ok(old)
    }

    /// Removes one of [`Store::old_logs`].
    pub fn remove_log(&self, name: &'static str) -> Result<()> {
        self.folder.remove(name)
    }

    fn compact_locked(&self, id: &TbId, pings: &Pings) -> Result<u64> {
        let name = file_name(id);
        let before = pings.counts().end;
        compaction::compact(&self.folder, &name, pings)?;
        let after = match self.folder.file(&name, OpenMode::Read)? {
            Some(file) => file
                .metadata()
                .map_err(|cause| Error::file("look at", self.folder.path().join(name), cause))?
                .len(),
            None => 0,
        };
        Ok(before.saturating_sub(after))
    }

    fn is_stale(&self, name: &str, id: &TbId) -> bool {
        // A link or directory of such a name was not made by this program: `tb check` reports it.
        let Ok(Some(file)) = self.folder.file(name, OpenMode::Read) else {
            return false;
        };
        if name.ends_with(".tmp") {
            return true;
        }
        let data = match self.folder.file(&file_name(id), OpenMode::Read) {
            Ok(Some(data)) => data,
            Ok(None) => return true,
            Err(_) => return false,
        };
        if name.ends_with(".thread") {
            return false;
        }
        match data.metadata().map(|data| data.len() >= MIN_INDEXED) {
            Ok(true) => matches!(Index::open(file, &data), Ok(None)),
            Ok(false) => true,
            Err(_) => false,
        }
    }
}

/// The id whose index, discussion or temporary file has that name.
fn subject(name: &str) -> Option<TbId> {
    let name = name.strip_prefix('.')?;
    let stem = [".idx", ".thread", ".idx.tmp", ".jsonl.tmp"]
        .into_iter()
        .find_map(|end| name.strip_suffix(end));
    let discussion = || name.strip_prefix('.')?.strip_suffix(".thread.tmp");
    let stem = stem.or_else(discussion)?;
    TbId::new(stem.as_bytes())
        .ok()
        .filter(|id| id.as_str() == stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_indexes_and_half_made_files_of_ids_are_looked_at() {
        for name in [
            ".a.idx",
            ".a.idx.tmp",
            ".a.jsonl.tmp",
            ".猫.idx",
            ".a.thread",
            "..a.thread.tmp",
        ] {
            assert!(subject(name).is_some(), "{name}");
        }
        for name in [
            "a.idx",
            ".a.jsonl",
            "a.jsonl",
            ".bans",
            "..bans.tmp",
            ".lock-01",
            ".a-b.idx",
            "..idx",
            ".idx",
        ] {
            assert!(subject(name).is_none(), "{name}");
        }
    }
}
