//! Room for ids that have no ping yet: their number is limited, whoever makes them up.

use std::fs::File;

use super::{Store, file_name, lock};
use crate::error::Result;
use crate::linkback::trackback::TbId;

/// Room for one more id. While it is held nobody else gets room, so it is held until the id's first ping is stored.
#[derive(Debug)]
pub struct IdQuota {
    _lock: File,
}

impl Store {
    /// Whether the id has ever had a ping.
    pub fn has(&self, id: &TbId) -> Result<bool> {
        self.folder.has(&file_name(id))
    }

    /// Room for one more id where there are fewer than `most`; `None` if there is none. Lists the folder.
    pub fn room(&self, most: u32) -> Result<Option<IdQuota>> {
        let lock = lock::hold(&self.folder, ".lock-ids")?;
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
        assert!(store.room(1).unwrap().is_some());
        std::fs::write(dir.path().join("first.jsonl"), "").unwrap();
        assert!(store.has(&id).unwrap());
        assert!(store.room(1).unwrap().is_none());
        assert!(store.room(2).unwrap().is_some());
    }
}
