//! `tb backup` and `tb restore`: all of the store in one file, and back.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::shell::{ExitStatus, Shell};
use super::web_root;
use crate::admission::entries;
use crate::config::Config;
use crate::dir::{Folder, PRIVATE, read_whole};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::migrate::backup::{self, ArchiveEntry, Secrets};
use crate::migrate::restore::{Merge, RestorePlan, restore as put_back};
use crate::store::{Event, EventName, Store};

/// The largest configuration, in bytes.
const LARGEST: u64 = 1 << 20;

/// Writes the configuration and all pings into a tar
///
/// Pings may come in meanwhile. Locks, logs and indexes are left out, and so are the key that signs sessions, the
/// password's hash and all passphrases: after a restore everybody logs in again, and an id that had a passphrase takes no
/// ping until it has a new one. What is set in the environment is not in it. Only you can read the file.
#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    /// The file to write; one that is there is replaced
    file: PathBuf,
    /// Put the key that signs sessions and ping URLs, the password's hash and the passphrases in as well
    #[arg(long)]
    with_secrets: bool,
}

/// Puts back what `tb backup` wrote
///
/// All of the file is looked at first. The pings go into the data_dir of the configuration, which must have none;
/// then the static feeds are written. The configuration itself is not put back: `tar xf FILE tb.toml` takes it out.
#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The file that `tb backup` wrote
    file: PathBuf,
    /// Put them into this folder instead, which is made if it is not there; no feeds are written
    #[arg(long, value_name = "DIR", conflicts_with = "merge")]
    into: Option<PathBuf>,
    /// Take the pings in beside those that are there, as `tb import` does
    #[arg(long)]
    merge: bool,
    /// Put the key that signs sessions and ping URLs back, if it is in the file
    #[arg(long)]
    with_secrets: bool,
}

pub(super) fn backup(shell: &mut Shell, flags: &BackupArgs) -> Result<ExitStatus> {
    let config_file = shell.config_file()?;
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let secrets = secrets(flags.with_secrets);
    let text = configuration(&config_file, &config, secrets)?;
    let (folder, name) = place(&flags.file, &config)?;
    let mut outcome = Ok(0);
    let written = folder.replace(&name, PRIVATE, |file| {
        let mut out = io::BufWriter::with_capacity(1 << 16, file);
        outcome = backup::write(&store, text.as_deref(), secrets, shell.now, &mut out);
        io::Write::flush(&mut out)?;
        match &outcome {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::other("it is not whole")),
        }
    });
    // Why it is not whole says more than that it is not.
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
            .line("The configuration is in the environment, and not in the backup.")?;
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
    shell.out.line(&format!(
        "{}: the pings of {} ids put back{}",
        data_dir.display(),
        done.ids,
        if flags.merge {
            format!(", {} pings new", done.pings)
        } else {
            String::new()
        }
    ))?;
    let closed = entries::closed(&store)?;
    if !closed.is_empty() {
        let ids: Vec<&str> = closed.iter().take(5).map(TbId::as_str).collect();
        let more = match closed.len().saturating_sub(ids.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        shell.out.line(&format!(
            "Passphrases are not in the backup: {}{more} take no pings until `tb passphrase ID --set WORDS` gives new ones.",
            ids.join(", ")
        ))?;
    }
    if found
        .iter()
        .any(|one: &ArchiveEntry| one.member == backup::Member::Config)
    {
        shell.out.line(&format!(
            "The configuration was left alone; `tar xf {} tb.toml` takes the old one out.",
            flags.file.display()
        ))?;
    }
    Ok(ExitStatus::Done)
}

fn secrets(with: bool) -> Secrets {
    if with {
        Secrets::With
    } else {
        Secrets::Without
    }
}

/// The text of the configuration as it is kept; `None` where all of it is in the environment.
fn configuration(file: &Path, config: &Config, secrets: Secrets) -> Result<Option<Vec<u8>>> {
    let fault = |cause| Error::file("read", file, cause);
    let opened = match File::open(file) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(fault)?,
    };
    let (text, _) = read_whole(&opened, LARGEST).map_err(fault)?;
    if secrets == Secrets::With {
        return Ok(Some(text));
    }
    let known: Vec<&str> = [&config.password, &config.passphrase]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    backup::without_secrets(&text, &known).map(|text| Some(text.into_bytes()))
}

/// The folder and the name of the file to write. It holds what only the owner sees, so it
/// must not lie where a web server hands files out.
fn place(file: &Path, config: &Config) -> Result<(Folder, String)> {
    let name = file.file_name().and_then(|name| name.to_str());
    let Some(name) = name else {
        return Err(Error::Usage(format!(
            "`{}` is no name of a file",
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
    if let Some(root) = web_root::above(&parent) {
        return Err(Error::Usage(format!(
            "a web server may hand out what lies in `{}`: name a file elsewhere",
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
