//! What an installation is to be.

use crate::config::{AllowPrivate, Publish};
use crate::error::{Cause, Error};
use std::path::{Path, PathBuf};
use url::Url;

/// What an installation is to be.
#[derive(Debug, Clone)]
pub struct SetupPlan {
    /// Where `tb.toml` goes: beside the executable.
    pub folder: PathBuf,
    /// The program's own URL.
    pub base_url: Url,
    /// The pages that count as the owner's; empty: the origin of `base_url`.
    pub site: Vec<Url>,
    /// What the site is called; `None`: the host of `base_url`.
    pub site_name: Option<String>,
    /// The folder of the pings; a relative one is relative to `folder`.
    pub data_dir: PathBuf,
    /// The folder of the static feeds, as `data_dir`; `None` writes none.
    pub rss_dir: Option<PathBuf>,
    /// The hash of the owner's password.
    pub password_hash: Option<String>,
    /// What becomes of a new ping.
    pub publish: Publish,
    /// The zone that dates are shown in; `None`: UTC.
    pub time_zone: Option<String>,
    /// Whether a laboratory's addresses may be dialled.
    pub allow_private: AllowPrivate,
    /// As whom the web server runs the program.
    pub sharing: Sharing,
}

/// As whom the web server runs CGI programs; decides the modes of what is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// As the owner of the files (suEXEC and the like): only the owner can read the pings, mode 0700,
    /// and the configuration, 0600.
    OwnUser,
    /// As the web server's own user: the folders are open to everybody, and sticky, 1777, so that nobody can
    /// remove or replace another user's file, and the configuration can be read, 0644. Other users of the machine
    /// can then read the pings and make files.
    OtherUser,
}

pub(super) fn config_error(file: &Path, message: impl Into<Cause>) -> Error {
    Error::Config {
        place: file.display().to_string(),
        message: message.into(),
    }
}
