//! The stored discussion of an id: `.<tb_id>.thread`, read and replaced as a whole.
//!
//! Only ids with pings have one. It can be rebuilt; a crash leaves the old or the new file.

use std::io::Read;
use std::path::PathBuf;

use super::{FREE_SPACE_FLOOR, Store, lock};
use crate::dir::{OpenMode, PRIVATE};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;

/// The size limit, in bytes.
const MAX: u64 = 4 << 20;

impl Store {
    /// The file of the discussion of `id`.
    pub fn thread_file(&self, id: &TbId) -> PathBuf {
        self.folder.path().join(thread_name(id))
    }

    /// The stored discussion of `id`, at most 4 MiB of it; `None` if there is none.
    pub fn read_thread(&self, id: &TbId) -> Result<Option<Vec<u8>>> {
        let name = thread_name(id);
        let Some(file) = self.folder.file(&name, OpenMode::Read)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.take(MAX)
            .read_to_end(&mut bytes)
            .map_err(|cause| Error::file("read", self.folder.path().join(name), cause))?;
        Ok(Some(bytes))
    }

    /// Replaces the stored discussion of `id`; returns `false` and stores nothing if `id` has never had a ping.
    pub fn replace_thread(&self, id: &TbId, bytes: &[u8]) -> Result<bool> {
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) >= MAX {
            return Err(Error::Usage(format!(
                "the discussion is larger than {MAX} bytes; a smaller `--breadth` or `--depth` helps"
            )));
        }
        let _lock = lock::lock(&self.folder, id)?;
        if !self.has(id)? {
            return Ok(false);
        }
        let free = self.free_space()?;
        if free < FREE_SPACE_FLOOR {
            return Err(Error::NoSpace {
                path: self.folder.path().to_owned(),
                free,
                floor: FREE_SPACE_FLOOR,
            });
        }
        self.folder
            .replace_with(&thread_name(id), PRIVATE, bytes)
            .map(|()| true)
    }
}

fn thread_name(id: &TbId) -> String {
    format!(".{id}.thread")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::is_own_name;

    #[test]
    fn a_discussion_is_kept_only_for_an_id_that_has_pings() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new("猫".as_bytes()).unwrap();
        assert!(!store.replace_thread(&id, b"a").unwrap());
        assert_eq!(store.read_thread(&id).unwrap(), None);
        std::fs::write(store.file_of(&id), "").unwrap();
        for text in ["a", "b"] {
            assert!(store.replace_thread(&id, text.as_bytes()).unwrap());
            assert_eq!(store.read_thread(&id).unwrap().unwrap(), text.as_bytes());
        }
        let large = vec![b'x'; 4 << 20];
        assert!(store.replace_thread(&id, &large).is_err());
        for name in std::fs::read_dir(dir.path()).unwrap() {
            let name = name.unwrap().file_name().into_string().unwrap();
            assert!(is_own_name(&name), "{name}");
        }
        assert!(!is_own_name(".a b.thread"));
    }
}
