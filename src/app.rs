//! The context of a request: the configuration, the store and the entry that it is about, each opened at most once.

use std::cell::OnceCell;

use crate::admission::entries::{EntryInfo, EntryReader};
use crate::config::Config;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::store::Store;

/// An installation, as used by one request.
#[derive(Debug)]
pub struct App<'site> {
    /// The configuration.
    pub config: &'site Config,
    store: OnceCell<Store>,
    /// Reads `.entries` once.
    pub entries: EntryReader,
}

impl<'site> App<'site> {
    /// Opens nothing yet.
    pub fn new(config: &'site Config) -> App<'site> {
        App {
            config,
            store: OnceCell::new(),
            entries: EntryReader::default(),
        }
    }

    /// The store.
    pub fn store(&self) -> Result<&Store> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let store = Store::open(&self.config.data_dir)?;
        Ok(self.store.get_or_init(|| store))
    }

    /// The name of an entry for people: its title if that is known, else its id.
    pub fn entry_name(&self, id: &TbId) -> String {
        let title = self.entry(id).ok().flatten().and_then(|entry| entry.title);
        title.unwrap_or_else(|| id.to_string())
    }

    /// The entry behind `id`, if it is known.
    pub fn entry(&self, id: &TbId) -> Result<Option<EntryInfo>> {
        self.entries.find(self.store()?, id)
    }
}
