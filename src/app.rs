//! The context of a request: the configuration, the store and the entry that it is about, each opened at most once.

use std::cell::OnceCell;

use crate::admission::entries::{EntryInfo, EntryReader};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::language::Language;
use crate::linkback::trackback::TbId;
use crate::store::Store;

/// An installation, as used by one request.
#[derive(Debug)]
pub struct App<'site> {
    /// The configuration.
    pub config: &'site Config,
    store: OnceCell<Store>,
    header: OnceCell<String>,
    /// The configuration with the settings that this request has changed.
    changed: OnceCell<Config>,
    failure: OnceCell<Error>,
    /// Reads `.entries` once.
    pub entries: EntryReader,
}

impl<'site> App<'site> {
    /// Opens nothing yet.
    pub fn new(config: &'site Config) -> App<'site> {
        App {
            config,
            store: OnceCell::new(),
            header: OnceCell::new(),
            changed: OnceCell::new(),
            failure: OnceCell::new(),
            entries: EntryReader::default(),
        }
    }

    /// The header of every page.
    pub fn header(&self) -> &str {
        self.header.get_or_init(|| self.config.header_text())
    }

    /// The language of the pages for readers.
    pub fn language(&self) -> Language {
        self.config.language_with(|| self.header().into())
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

    /// Takes over the settings that this request has written into `tb.toml`, for the requests after this one.
    pub fn take_settings(&self, written: Config) {
        self.changed.get_or_init(|| Config {
            password: written.password,
            publish: written.publish,
            notify: written.notify,
            zone: written.zone,
            language: written.language,
            ..self.config.clone()
        });
    }

    /// The configuration after this request, if it has changed settings.
    pub fn into_changed(self) -> Option<Config> {
        self.changed.into_inner()
    }

    /// Keeps the error of which this request failed.
    pub fn fail(&self, error: Error) {
        self.failure.get_or_init(|| error);
    }

    /// The error of which this request failed, if it did.
    pub fn failure(&self) -> Option<&Error> {
        self.failure.get()
    }

    /// The entry behind `id`, if it is known.
    pub fn entry(&self, id: &TbId) -> Result<Option<EntryInfo>> {
        self.entries.find(self.store()?, id)
    }
}
