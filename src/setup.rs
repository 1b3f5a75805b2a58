//! Creates an installation: the folders, `tb.toml`, the header and footer to edit, the session key.
//!
//! Existing files and folders are kept: no mode is changed, no file is overwritten, and if there is a `tb.toml` nothing is
//! done at all. The configuration is written last. Each file is there whole or not at all, whenever this is killed.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::process::geteuid;

pub use self::edit::{ConfigEdit, NewValue, end_sessions, line, set_password};
use self::text::config_error;
pub use self::text::{DENY_FILES, SetupPlan, Sharing};
use crate::config::{Config, DEFAULT_FOOTER, DEFAULT_HEADER};
use crate::dir::{Folder, OpenMode, PRIVATE, PUBLIC, read_whole};
use crate::error::{Error, Result};
use crate::store::Store;

pub mod answers;
mod edit;
mod text;
pub mod web_root;

/// The name of the configuration.
pub const FILE_NAME: &str = "tb.toml";

/// The name of the file with the phrase that opens the set-up in a browser.
pub const PHRASE_FILE: &str = "tb-setup.txt";

/// The names of the other files beside it.
const HTACCESS: &str = ".htaccess";
const HEADER: &str = "header.txt";
const FOOTER: &str = "footer.txt";

/// The largest existing file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// Creates an installation and returns its configuration.
pub fn install(plan: &SetupPlan) -> Result<Config> {
    prepare(plan)?.finish()
}

/// An installation without its `tb.toml`: nothing is in effect yet.
#[derive(Debug)]
pub struct Prepared {
    /// The configuration that `tb.toml` will be.
    pub config: Config,
    /// The folder of `tb.toml`.
    beside: Folder,
    /// The folder of the pings.
    data: Folder,
    text: String,
    mode: u32,
}

/// The text and the meaning of the `tb.toml` of a plan; nothing is written.
pub fn preview(plan: &SetupPlan) -> Result<(String, Config)> {
    let file = plan.folder.join(FILE_NAME);
    let text = text::configuration(plan)?;
    let config = Config::read(&file, text.as_bytes(), |_| None)?;
    Ok((text, config))
}

/// Creates everything but `tb.toml`.
pub fn prepare(plan: &SetupPlan) -> Result<Prepared> {
    let folder = make_folder(&plan.folder, 0o755)?;
    let file = folder.join(FILE_NAME);
    if fs::symlink_metadata(&file).is_ok() {
        return Err(exists_already(&file));
    }
    let plan = &SetupPlan {
        folder,
        ..plan.clone()
    };
    let (text, config) = preview(plan)?;
    let (data_mode, rss_mode, file_mode) = match plan.sharing {
        Sharing::OwnUser => (0o700, 0o755, PRIVATE),
        Sharing::OtherUser => (0o1777, 0o1777, PUBLIC),
    };
    make_folder(&config.data_dir, data_mode)?;
    let data = Folder::open(&config.data_dir)?;
    write_if_missing(&data, HTACCESS, PUBLIC, text::DENY_ALL)?;
    if let Some(rss_dir) = &config.rss_dir {
        make_folder(rss_dir, rss_mode)?;
        Folder::open(rss_dir)?;
    }
    let beside = Folder::open(&plan.folder)?;
    deny_web_access(&beside)?;
    write_if_missing(&beside, HEADER, PUBLIC, DEFAULT_HEADER)?;
    write_if_missing(&beside, FOOTER, PUBLIC, DEFAULT_FOOTER)?;
    if plan.sharing == Sharing::OwnUser {
        // Another user could not read a key created here, and creates it when it is needed.
        Store::open(&config.data_dir)?.make_secret()?;
    }
    Ok(Prepared {
        config,
        beside,
        data,
        text,
        mode: file_mode,
    })
}

impl Prepared {
    /// Writes `tb.toml`, which puts the installation into effect.
    pub fn finish(self) -> Result<Config> {
        let created = self
            .beside
            .create(FILE_NAME, self.mode, self.text.as_bytes());
        created.map_err(|error| match error {
            Error::File { cause, .. } if cause.kind() == io::ErrorKind::AlreadyExists => {
                exists_already(&self.config.file)
            }
            other => other,
        })?;
        // Left by a process that was killed.
        for name in [FILE_NAME, HTACCESS, HEADER, FOOTER] {
            self.beside.remove_temporaries(name).ok();
        }
        self.data.remove_temporaries(HTACCESS).ok();
        Ok(self.config)
    }
}

fn exists_already(file: &Path) -> Error {
    config_error(
        file,
        "exists already; edit it, or move it away to start again",
    )
}

/// Adds a block to the `.htaccess` of the program's folder, unless it has it already.
fn deny_web_access(folder: &Folder) -> Result<()> {
    let path = folder.path().join(HTACCESS);
    let wrap = |cause| Error::file("write", &path, cause);
    let Some(mut file) = folder.file(HTACCESS, OpenMode::Append)? else {
        return write_if_missing(folder, HTACCESS, PUBLIC, text::DENY_FILES);
    };
    let (there, _) = read_whole(&file, LARGEST).map_err(wrap)?;
    let there = String::from_utf8_lossy(&there);
    if there.contains(text::BLOCK_MARK) {
        return Ok(());
    }
    let gap = if there.is_empty() || there.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    // Appended in place, since the web server may need the file's mode and group to read it.
    file.write_all(format!("{gap}{}", text::DENY_FILES).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(wrap)
}

/// Writes a file unless it exists.
fn write_if_missing(folder: &Folder, name: &str, mode: u32, text: &str) -> Result<()> {
    if fs::symlink_metadata(folder.path().join(name)).is_ok() {
        return Ok(());
    }
    match folder.create(name, mode, text.as_bytes()) {
        Err(Error::File { cause, .. }) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Creates a folder and its parents; existing ones keep their mode. Returns its real path.
fn make_folder(path: &Path, mode: u32) -> Result<PathBuf> {
    let wrap = |cause| Error::file("make the folder", path, cause);
    let path = std::path::absolute(path).map_err(wrap)?;
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| fs::symlink_metadata(folder).is_err())
        .collect();
    for folder in missing.into_iter().rev() {
        let mode = if folder == path { mode } else { 0o755 };
        // Never open to others, not even for a moment or after a kill.
        fs::DirBuilder::new()
            .mode(mode & 0o755)
            .create(folder)
            .and_then(|()| finish_folder(folder, mode))
            .map_err(|cause| Error::file("make the folder", folder, cause))?;
    }
    fs::canonicalize(&path).map_err(wrap)
}

/// Sets the mode of a new folder, regardless of the umask. A folder created by root gets the owner of its parent. Uses a
/// descriptor, since that owner could have replaced the folder by a link meanwhile.
fn finish_folder(folder: &Path, mode: u32) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = rustix::fs::open(folder, flags, Mode::empty())?;
    if rustix::fs::fstat(&made)?.st_uid != geteuid().as_raw() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    rustix::fs::fchmod(&made, Mode::from_raw_mode(mode))?;
    let above = fs::metadata(folder.parent().unwrap_or(folder))?;
    if geteuid().is_root() && above.uid() != 0 {
        std::os::unix::fs::fchown(&made, Some(above.uid()), Some(above.gid()))?;
    }
    Ok(())
}
