//! The options of an import, and how it reports its progress.

use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;

use encoding_rs::Encoding;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::Config;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::migrate::{ImportFormat, Skip};
use crate::store::{DryRun, State, Store};

/// The options of an import.
#[derive(Debug)]
pub struct ImportPlan<'a> {
    /// The configuration, for static files and how much of an address is stored.
    pub config: &'a Config,
    /// The store to import into.
    pub store: &'a Store,
    /// The time of the import.
    pub now: Timestamp,
    /// The format; `None` to guess that of each file.
    pub format: Option<ImportFormat>,
    /// The ids for the names of entries in the file.
    pub map: HashMap<String, String>,
    /// The state that pings get; `None` for the one that they had. Junk stays junk.
    pub state: Option<State>,
    /// The charset of the files; `None` for UTF-8 or windows-1252.
    pub charset: Option<&'static Encoding>,
    /// The time zone of dates that name none.
    pub zone: TimeZone,
    /// Whether to write anything.
    pub dry_run: DryRun,
}

/// The source of an import.
pub enum ImportSource<'a> {
    /// A file on disk.
    File(PathBuf),
    /// A pipe.
    Pipe(&'a mut dyn Read),
}

/// An event of an import.
#[derive(Debug)]
pub enum ImportProgress<'a> {
    /// Pings of an entry were imported.
    TakenIn {
        /// The name of the entry in the file.
        entry: &'a str,
        /// Its id here.
        id: &'a TbId,
        /// How many.
        count: usize,
    },
    /// So many of them have the time of their entry, or of the file, for want of a legible one.
    GuessedTimes(usize),
    /// An item was not imported.
    Skipped {
        /// Its place in the file.
        place: &'a str,
        /// The name of its entry in the file.
        entry: &'a str,
        /// Its permalink or kind, or empty.
        url: &'a str,
        /// The reason.
        why: Skip,
    },
}

/// Receives the events of an import.
pub type ProgressSink<'a> = &'a mut dyn FnMut(ImportProgress<'_>) -> Result<()>;
