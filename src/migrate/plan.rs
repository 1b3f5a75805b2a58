//! What an import does, and how it reports.

use crate::config::Config;
use crate::error::Result;
use crate::migrate::{ImportFormat, Skip};
use crate::store::{State, Store};
use encoding_rs::Encoding;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;

/// What an import does.
#[derive(Debug)]
pub struct ImportPlan<'a> {
    /// The configuration: static files, and how much of an address is kept.
    pub config: &'a Config,
    /// Where the pings go.
    pub store: &'a Store,
    /// The time of the import.
    pub now: Timestamp,
    /// The form; `None` to guess it of each file.
    pub format: Option<ImportFormat>,
    /// What entries are called there → what here.
    pub map: HashMap<String, String>,
    /// The state that pings get; `None` for the one that they had. What was junk stays junk.
    pub state: Option<State>,
    /// What the files are written in; `None` for UTF-8 or windows-1252.
    pub charset: Option<&'static Encoding>,
    /// The zone of dates that name none.
    pub zone: TimeZone,
    /// Whether anything is written.
    pub purpose: DryRun,
}

/// Whether an import is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// It is.
    Import,
    /// It only says what it would do.
    Rehearse,
}

/// Where a file comes from.
pub enum ImportSource<'a> {
    /// A file on disk.
    File(PathBuf),
    /// A pipe.
    Pipe(&'a mut dyn Read),
}

/// What happens in an import.
#[derive(Debug)]
pub enum ImportProgress<'a> {
    /// Pings of an id are taken in.
    TakenIn {
        /// How many.
        count: usize,
    },
    /// One thing is not taken in.
    Skipped {
        /// Where it stands in the file.
        place: &'a str,
        /// What its entry is called there.
        entry: &'a str,
        /// Its permalink, as far as one is known.
        url: &'a str,
        /// Why.
        why: Skip,
    },
}

/// Where what happens is told.
pub type ProgressSink<'a> = &'a mut dyn FnMut(ImportProgress<'_>) -> Result<()>;
