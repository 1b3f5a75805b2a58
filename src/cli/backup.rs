//! `tb backup` and `tb restore`: writes the whole store into one tar file, and restores it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::shell::{ExitStatus, Shell};
use crate::admission::entries;
use crate::config::Config;
use crate::dir::{Folder, PRIVATE};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::migrate::backup::{self, ArchiveEntry, Secrets};
use crate::migrate::restore::{Merge, RestorePlan, restore as put_back};
use crate::setup::web_root;
use crate::store::{Event, EventName, Store};

/// Writes the configuration and all pings into a tar
///
/// Pings may come in meanwhile. Locks, logs and indexes are left out, and so are the key that signs sessions, the
/// password's hash, all passphrases, and the comments of the configuration and the users in its URLs: after a restore
/// everybody logs in again, and an id that had a passphrase takes no ping until it has a new one. Settings in the
/// environment are not included. Only you can read the file.
#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    /// The file to write; an existing one is replaced
    file: PathBuf,
    /// Include the key that signs sessions and ping URLs, the password's hash, the passphrases, and the configuration
    /// with its comments and the users in its URLs
    #[arg(long)]
    with_secrets: bool,
}

/// Restores what `tb backup` wrote
///
/// The whole file is checked first. The pings go into the data_dir of the configuration, which must have none; then the
/// static feeds are written. The configuration itself is not restored: `tar xf FILE tb.toml` extracts it.
#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The file that `tb backup` wrote
    file: PathBuf,
    /// Restore into this folder instead, which is created if necessary; no feeds are written
    #[arg(long, value_name = "DIR", conflicts_with = "merge")]
    into: Option<PathBuf>,
    /// Add the pings to those already there, as `tb import` does
    #[arg(long)]
    merge: bool,
    /// Restore the key that signs sessions and ping URLs, if it is in the file
    #[arg(long)]
    with_secrets: bool,
}

pub(super) fn backup(shell: &mut Shell, flags: &BackupArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let secrets = secrets(flags.with_secrets);
    let text = backup::configuration(&config, secrets)?;
    let (folder, name) = open_target(&flags.file, &config)?;
    let mut outcome = Ok(0);
    let written = folder.replace(&name, PRIVATE, |file| {
        let mut out = io::BufWriter::with_capacity(1 << 16, file);
        outcome = backup::write(&store, text.as_deref(), secrets, shell.now, &mut out);
        io::Write::flush(&mut out)?;
        match &outcome {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::other("the archive is incomplete")),
        }
    });
    // The archive's own error says why the file is incomplete, so it is reported first.
    let ids = match outcome {
        Err(Error::Stream(cause)) => return Err(Error::file("write", &flags.file, cause)),
        outcome => outcome?,
    };
    written?;
    store.log(&Event::new(shell.now, EventName::BackedUp).with("ids", ids));
    shell
        .out
        .line(&format!("{}: the pings of {ids} ids", flags.file.display()))?;
    if text.is_none() {
        shell
            .out
            .line("The configuration is in the environment, so the backup does not include it.")?;
    }
    Ok(ExitStatus::Done)
}

pub(super) fn restore(shell: &mut Shell, flags: &RestoreArgs) -> Result<ExitStatus> {
    let fault = |cause| Error::file("restore", &flags.file, cause);
    let file = File::open(&flags.file).map_err(fault)?;
    let found = backup::examine(&file).map_err(fault)?;
    let config = match flags.into {
        Some(_) => None,
        None => Some(shell.config()?),
    };
    let data_dir = match (&flags.into, &config) {
        (Some(folder), _) => make_folder(folder)?,
        (None, Some(config)) => config.data_dir.clone(),
        (None, None) => return Err(Error::Usage("name a folder with `--into`".to_owned())),
    };
    let store = Store::open(&data_dir)?;
    backup::check_space(&store, &data_dir, &found)?;
    let plan = RestorePlan {
        config: config.as_ref(),
        store: &store,
        now: shell.now,
        merge: match flags.merge {
            true => Merge::Yes,
            false => Merge::No,
        },
        secrets: secrets(flags.with_secrets),
    };
    let done = put_back(&plan, &file, &flags.file, &found)?;
    store.log(&Event::new(shell.now, EventName::Restored).with("ids", done.ids));
    let new = match (flags.merge, done.pings) {
        (false, _) => String::new(),
        (true, 1) => ", 1 new ping".to_owned(),
        (true, count) => format!(", {count} new pings"),
    };
    shell.out.line(&format!(
        "{}: restored the pings of {} {}{new}",
        data_dir.display(),
        done.ids,
        if done.ids == 1 { "id" } else { "ids" },
    ))?;
    warn_of_closed(shell, &store)?;
    if found
        .iter()
        .any(|one: &ArchiveEntry| one.member == backup::Member::Config)
    {
        shell.out.line(&format!(
            "The configuration was not changed; `tar xf {} tb.toml` extracts the old one.",
            flags.file.display()
        ))?;
    }
    Ok(ExitStatus::Done)
}

/// Says which ids receive no pings because their passphrases are not in the backup.
fn warn_of_closed(shell: &mut Shell, store: &Store) -> Result<()> {
    let closed = entries::closed(store)?;
    if !closed.is_empty() {
        let ids: Vec<&str> = closed.iter().take(5).map(TbId::as_str).collect();
        let more = match closed.len().saturating_sub(ids.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (receive, new) = match closed.len() {
            1 => ("receives", "a new one"),
            _ => ("receive", "new ones"),
        };
        shell.out.line(&format!(
            "Passphrases are not in the backup: {}{more} {receive} no pings until `tb passphrase add ID` sets {new}.",
            ids.join(", ")
        ))?;
    }
    Ok(())
}

fn secrets(with: bool) -> Secrets {
    if with {
        Secrets::With
    } else {
        Secrets::Without
    }
}

/// Opens the folder of the file to write, and returns it with the file's name. The archive is private, so it is
/// refused where a web server may serve it.
fn open_target(file: &Path, config: &Config) -> Result<(Folder, String)> {
    let name = file.file_name().and_then(|name| name.to_str());
    let Some(name) = name else {
        return Err(Error::Usage(format!(
            "`{}` is not a file name",
            file.display()
        )));
    };
    let parent = std::path::absolute(file).ok();
    let parent = parent
        .as_deref()
        .and_then(Path::parent)
        .unwrap_or(Path::new("/"));
    let parent = fs::canonicalize(parent).map_err(|cause| Error::file("find", parent, cause))?;
    let ours = [Some(&config.data_dir), config.rss_dir.as_ref()];
    let ours = ours
        .into_iter()
        .flatten()
        .filter_map(|folder| fs::canonicalize(folder).ok());
    if ours.into_iter().any(|folder| parent.starts_with(folder)) {
        let message = "a backup must not lie in `data_dir` or `rss_dir`";
        return Err(Error::Usage(message.to_owned()));
    }
    if let Some(root) = web_root::find_above(&parent) {
        return Err(Error::Usage(format!(
            "a web server may serve the files in `{}`; choose another folder",
            root.display()
        )));
    }
    Ok((Folder::open(&parent)?, name.to_owned()))
}

fn make_folder(folder: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = std::path::absolute(folder).map_err(|cause| Error::file("find", folder, cause))?;
    match fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => {
            Err(Error::file("make the folder", folder, cause))
        }
        _ => Ok(folder),
    }
}
