//! `tb url`: the ping URL of an id, as the owner gives it to somebody.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use jiff::{SignedDuration, Timestamp};

use super::parsers;
use super::shell::{ExitStatus, Shell};
use crate::admission::ping_auth;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Secret, Store};

/// Prints the ping URL of an id
///
/// With the passphrase in it, if the id has one. With --expires, a URL that is good for that time, for this id
/// only and without a passphrase: nothing is kept of it, and it cannot be called back by itself.
#[derive(Debug, clap::Args)]
pub(super) struct UrlArgs {
    /// The id
    #[arg(value_parser = parsers::tb_id)]
    id: TbId,
    /// How long it is good, as `30d` or `36 hours`
    #[arg(long, value_name = "TIME", value_parser = parsers::duration)]
    expires: Option<SignedDuration>,
    /// For a web server that hands no path to programs: `?tb_id=…`
    #[arg(long)]
    query: bool,
}

pub(super) fn run(shell: &mut Shell, flags: &UrlArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let id = &flags.id;
    let key = match flags.expires {
        None => ping_auth::passphrase(&config, &store, id)?,
        Some(time) => {
            let expires = end(shell.now, time)?;
            let key = ping_auth::signature(&secret(&config, &store)?, id, expires);
            let event = Event::new(shell.now, EventName::MadeUrl)
                .with("tb_id", id.as_str())
                .with("until", expires.to_string())
                .with("by", "shell");
            store.log(&event);
            Some(key)
        }
    };
    let url = if flags.query {
        ping_auth::ping_url_by_query(&config, id, key.as_deref())
    } else {
        ping_auth::ping_url(&config, id, key.as_deref())
    };
    shell.out.line(&url)?;
    Ok(ExitStatus::Done)
}

fn end(now: Timestamp, time: SignedDuration) -> Result<Timestamp> {
    now.checked_add(time)
        .map_err(|_| Error::Usage("`--expires` is beyond all calendars".to_owned()))
}

/// The key that the web server's program signs with too, or the way to get at it.
fn secret(config: &Config, store: &Store) -> Result<Secret> {
    let refused = |error| match error {
        Error::Planted { path, .. } => other_user(path.display()),
        Error::File { path, cause, .. } if cause.kind() == io::ErrorKind::PermissionDenied => {
            other_user(path.display())
        }
        other => other,
    };
    if let Some(secret) = store.secret().map_err(refused)? {
        return Ok(secret);
    }
    // One that is made by somebody else than the web server's user would keep everybody from logging in.
    let user = rustix::process::geteuid();
    let place = &config.data_dir;
    let theirs = fs::metadata(place).is_ok_and(|folder| folder.uid() != user.as_raw());
    if theirs && !user.is_root() {
        return Err(other_user(place.display()));
    }
    store.make_secret().map_err(refused)
}

fn other_user(place: impl std::fmt::Display) -> Error {
    Error::Config {
        place: place.to_string(),
        message: "the key that signs URLs is another user's; run this as the user that the web server runs \
                  programs as (`sudo -u www-data tb url …`), or log in and use the button on the id's list"
            .into(),
    }
}
