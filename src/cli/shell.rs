//! The context of every command, and its exit status.

use std::io::Write as _;

use crate::cli::output::Output;
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::text::escape_terminal;
use jiff::Timestamp;
use std::io;
use std::path::PathBuf;

/// The outcome of a command that ran without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExitStatus {
    Done,
    /// It did what it could and has reported what it could not do.
    Failed,
}

impl ExitStatus {
    /// That of two parts of a command.
    pub(super) fn and(self, other: ExitStatus) -> ExitStatus {
        match self {
            ExitStatus::Done => other,
            ExitStatus::Failed => ExitStatus::Failed,
        }
    }
}

/// The context of a command.
pub(super) struct Shell {
    pub(super) config: Option<PathBuf>,
    pub(super) now: Timestamp,
    pub(super) out: Output,
}

impl Shell {
    /// The path of the configuration file, whether it exists or not.
    pub(super) fn config_file(&self) -> Result<PathBuf> {
        let file = match &self.config {
            Some(file) => file.clone(),
            None => config::default_file()?,
        };
        std::path::absolute(&file).map_err(|cause| Error::file("find", file, cause))
    }

    pub(super) fn config(&self) -> Result<Config> {
        Config::load(&self.config_file()?)
    }

    /// `None` if no file was named, the default file does not exist, and the environment has no settings. For commands that
    /// need no installation: see [`Config::program`].
    pub(super) fn config_if_any(&self) -> Result<Option<Config>> {
        match self.config {
            Some(_) => self.config().map(Some),
            None => Config::load_or_environment(&self.config_file()?),
        }
    }
}

/// Prints a message of one or more lines to standard error; does nothing if that is closed.
pub(super) fn warn(message: &str) {
    let lines: Vec<_> = message.lines().map(escape_terminal).collect();
    writeln!(io::stderr(), "tb: {}", lines.join("\n")).ok();
}
