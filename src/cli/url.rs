//! `tb url`: prints the ping URL of an id, also a private one.

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
/// With the passphrase in it, if the id has one. With --expires, a signed URL that is valid for that time, for this id
/// only and without a passphrase. It is not stored, and cannot be revoked alone.
#[derive(Debug, clap::Args)]
pub(super) struct UrlArgs {
    /// The id, as in the ping URL
    #[arg(value_parser = parsers::tb_id)]
    id: TbId,
    /// How long it is valid, such as `30d` or `36 hours`
    #[arg(long, value_name = "TIME", value_parser = parsers::duration)]
    expires: Option<SignedDuration>,
    /// For a web server that passes no path to programs: `?tb_id=…`
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
            let expires = expiry(shell.now, time)?;
            let key = ping_auth::signature(&signing_key(&config, &store)?, id, expires);
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

fn expiry(now: Timestamp, time: SignedDuration) -> Result<Timestamp> {
    now.checked_add(time)
        .map_err(|_| Error::Usage("`--expires` is too long".to_owned()))
}

/// The key that the CGI program signs with too, or an error that says how to get it.
fn signing_key(config: &Config, store: &Store) -> Result<Secret> {
    let refused = |error| match error {
        Error::Planted { path, .. } => other_users_key(path.display()),
        Error::File { path, cause, .. } if cause.kind() == io::ErrorKind::PermissionDenied => {
            other_users_key(path.display())
        }
        other => other,
    };
    if let Some(secret) = store.secret().map_err(refused)? {
        return Ok(secret);
    }
    // A key created by another user than the web server's would lock everybody out.
    let user = rustix::process::geteuid();
    let place = &config.data_dir;
    let theirs = fs::metadata(place).is_ok_and(|folder| folder.uid() != user.as_raw());
    if theirs && !user.is_root() {
        return Err(other_users_key(place.display()));
    }
    store.make_secret().map_err(refused)
}

fn other_users_key(place: impl std::fmt::Display) -> Error {
    Error::Config {
        place: place.to_string(),
        message: "the key that signs URLs belongs to another user; run this as the user that the web server runs \
                  programs as (`sudo -u www-data tb url …`), or log in and use the button on the id's list"
            .into(),
    }
}
