//! The limit of the number of ids.

use std::fs::File;

use super::{Store, file_name, lock};
use crate::error::Result;
use crate::linkback::trackback::TbId;

/// Permission to create one more id. It is exclusive, so it is held until the id's first ping is stored.
#[derive(Debug)]
pub struct IdQuota {
    _lock: File,
}

impl Store {
    /// Whether the id has ever had a ping.
    pub fn has(&self, id: &TbId) -> Result<bool> {
        self.folder.has(&file_name(id))
    }

    /// Permission to create one more id if there are fewer than `most`; `None` otherwise. Lists the directory.
    pub fn reserve_id(&self, most: u32) -> Result<Option<IdQuota>> {
        let lock = lock::acquire(&self.folder, ".lock-ids")?;
        let ids = self.ids()?.len();
        let free = usize::try_from(most).is_ok_and(|most| ids < most);
        Ok(free.then_some(IdQuota { _lock: lock }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_there_is_room_until_there_are_enough_ids() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new(b"first").unwrap();
        assert!(!store.has(&id).unwrap());
        assert!(store.reserve_id(1).unwrap().is_some());
        std::fs::write(dir.path().join("first.jsonl"), "").unwrap();
        assert!(store.has(&id).unwrap());
        assert!(store.reserve_id(1).unwrap().is_none());
        assert!(store.reserve_id(2).unwrap().is_some());
    }
}
