//! The configuration: `tb.toml`, and `TB_<KEY>` in the environment for each of its keys.
//!
//! The file lies beside the executable (or where `TB_CONFIG` says), never in the current folder,
//! which a web server chooses. The environment is safe to trust: a client can only create `HTTP_*`.
//! Nothing here is guessed silently: an unknown key is an error that names the nearest known one.

use std::ffi::OsString;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use url::Url;

use crate::error::{Cause, Result};
use crate::linkback::Protocol;

mod entry;
mod find;
mod keys;
mod limits;
mod owner;
mod values;

#[cfg(feature = "internals")]
pub use self::keys::KEYS;
pub use self::values::{Addresses, AllowPrivate, FeedFormat, Ids, Publish, Throttle};
pub use entry::EntryPattern;
pub use find::{default_file, executable, is_overridden};
use keys::{ConfigKeys, wrong};
pub use keys::{PASSPHRASE, is_passphrase};
pub use limits::Limits;
pub use owner::check as check_owner;

/// The header of every page where the owner has none.
pub const DEFAULT_HEADER: &str = include_str!("../../header.txt");
/// The footer of every page where the owner has none.
pub const DEFAULT_FOOTER: &str = include_str!("../../footer.txt");

/// Stands for `base_url` where there is no installation: nothing is there, and no page is the owner's by it.
const NO_PROGRAM: &str = "unset:";

/// What must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    /// What an installation cannot be without.
    Installation,
    /// Nothing: what is said is checked.
    Nothing,
}

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from; relative paths are relative to its folder.
    pub file: PathBuf,
    /// This program's own URL, without query and fragment: the only source of self-URLs. See [`Config::program`].
    pub base_url: Url,
    /// The pages that count as the owner's. Default: the origin of `base_url`, or the folder of its user (`/~alice/`).
    pub site: Vec<Url>,
    /// What the site is called in pages and feeds. Default: the host of `base_url`.
    pub site_name: String,
    /// The folder of the pings.
    pub data_dir: PathBuf,
    /// The folder of the static feeds; `None` writes none.
    pub rss_dir: Option<PathBuf>,
    /// The URL of `rss_dir`, with a `/` at its end.
    pub rss_url: Option<Url>,
    /// The forms in which static files are written. Default: RSS only.
    pub formats: Vec<FeedFormat>,
    /// The file of the pages' header, if the owner has one.
    pub header: PathBuf,
    /// The file of the pages' footer, if the owner has one.
    pub footer: PathBuf,
    /// The Argon2id hash of the owner's password, in PHC form; without it nobody logs in.
    pub password: Option<String>,
    /// What becomes of a new ping.
    pub publish: Publish,
    /// The name of the zone that dates are shown in. Default: UTC.
    pub time_zone: String,
    /// Whether logins are throttled.
    pub throttle: Throttle,
    /// Which addresses may be dialled.
    pub allow_private: AllowPrivate,
    /// How much of a sender's address is kept.
    pub addresses: Addresses,
    /// Who may show the pages in a frame: sources of the Content Security Policy. Default: `'self'`.
    pub frame_ancestors: Vec<String>,
    /// Scripts that the owner's header and footer need: sources of the Content Security Policy. Default: none.
    pub script_src: Vec<String>,
    /// Which ids take pings.
    pub ids: Ids,
    /// How an entry's permalink is made from its id.
    pub entry: Option<EntryPattern>,
    /// How long an entry takes pings.
    pub close_after: Option<SignedDuration>,
    /// How many pings are taken.
    pub limits: Limits,
    /// The passphrase of all ids that have none of their own; without one, anybody may ping.
    pub passphrase: Option<String>,
    /// Where the owner is told of pings that wait: an address without a name.
    pub notify: Option<String>,
    /// The host's program that sends mail. Default: `/usr/sbin/sendmail`.
    pub sendmail: PathBuf,
    /// Where `tb send` notes what it has sent.
    pub ledger: Option<PathBuf>,
    /// What `tb send` never pings: beginnings of URLs.
    pub skip: Vec<String>,
    /// Hosts whose ping URLs are taken on pages of other domains too.
    pub ping_hosts: Vec<String>,
    /// The protocols that are spoken. Without the key: `tb send` speaks those that its ledger was begun with.
    pub protocols: Option<Vec<Protocol>>,
    /// The address at which the web server was asked, where it said so (`SERVER_ADDR`): this machine's own, also where
    /// no interface that the program sees has it. No key.
    pub server_address: Option<IpAddr>,
}

impl Config {
    /// Reads the configuration in `bytes` as if it stood in `file`; `environment` gives the value of
    /// `TB_<KEY>` for a key.
    pub fn read(
        file: &Path,
        bytes: &[u8],
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Config> {
        Config::of_keys(
            file,
            &ConfigKeys::read(file, bytes, environment)?,
            Needed::Installation,
        )
    }

    /// What the keys say, checked.
    fn of_keys<E>(file: &Path, keys: &ConfigKeys<'_, E>, needed: Needed) -> Result<Config>
    where
        E: Fn(&str) -> Option<OsString>,
    {
        let place = file.display();
        let base_url = match (keys.url("base_url")?, needed) {
            (Some(url), _) => url,
            (None, Needed::Nothing) => Url::parse(NO_PROGRAM).map_err(|error| {
                wrong(
                    &place,
                    Cause::new(format!("`{NO_PROGRAM}`: {error}"), error),
                )
            })?,
            (None, Needed::Installation) => {
                let message = "`base_url` is missing: this program's own URL";
                return Err(wrong(&place, message));
            }
        };
        if base_url.query().is_some() || base_url.fragment().is_some() {
            return Err(wrong(
                keys.place("base_url"),
                "`base_url` must have neither `?` nor `#`",
            ));
        }
        let data_dir = match (keys.path("data_dir")?, needed) {
            (Some(folder), _) => folder,
            (None, Needed::Nothing) => PathBuf::new(),
            (None, Needed::Installation) => {
                let message = "`data_dir` is missing: a folder for the pings, outside the web root";
                return Err(wrong(&place, message));
            }
        };
        let own = base_url.has_host().then(|| home(&base_url));
        let site = keys
            .urls("site")?
            .unwrap_or_else(|| own.into_iter().collect());
        let rss_dir = keys.path("rss_dir")?;
        let rss_url = match keys.url("rss_url")? {
            Some(url) => Some(folder(url)),
            None => default_rss_url(site.first(), rss_dir.as_deref()),
        };
        let password = keys.string("password")?;
        if password
            .as_ref()
            .is_some_and(|hash| !hash.starts_with("$argon2id$"))
        {
            return Err(wrong(
                keys.place("password"),
                "`password` must be a hash that `tb passwd` has written, not the password itself",
            ));
        }
        Ok(Config {
            server_address: None,
            site_name: keys
                .string("site_name")?
                .unwrap_or_else(|| base_url.host_str().unwrap_or_default().to_owned()),
            header: keys
                .path("header")?
                .unwrap_or_else(|| keys.beside("header.txt")),
            footer: keys
                .path("footer")?
                .unwrap_or_else(|| keys.beside("footer.txt")),
            publish: keys.choice(
                "publish",
                &[
                    ("known", Publish::Known),
                    ("all", Publish::All),
                    ("verified", Publish::Verified),
                    ("none", Publish::None),
                ],
            )?,
            time_zone: keys
                .string("time_zone")?
                .unwrap_or_else(|| "UTC".to_owned()),
            throttle: keys.choice("throttle", &[("on", Throttle::On), ("off", Throttle::Off)])?,
            allow_private: if keys.boolean("allow_private")? == Some(true) {
                AllowPrivate::Yes
            } else {
                AllowPrivate::No
            },
            addresses: keys.choice(
                "addresses",
                &[
                    ("prefix", Addresses::Prefix),
                    ("full", Addresses::Full),
                    ("none", Addresses::None),
                ],
            )?,
            frame_ancestors: keys
                .sources("frame_ancestors")?
                .unwrap_or_else(|| vec!["'self'".to_owned()]),
            script_src: keys.sources("script_src")?.unwrap_or_default(),
            formats: keys.formats("static")?,
            ids: keys.choice("ids", &[("any", Ids::Any), ("known", Ids::Known)])?,
            entry: keys.entry("entry")?,
            close_after: keys.duration("close_after")?,
            limits: keys.limits("limits")?,
            passphrase: keys.passphrase("passphrase")?,
            notify: keys.mail_address("notify")?,
            sendmail: keys
                .path("sendmail")?
                .unwrap_or_else(|| PathBuf::from("/usr/sbin/sendmail")),
            ledger: keys.path("ledger")?,
            skip: keys.list("skip")?.unwrap_or_default(),
            ping_hosts: keys.list("ping_hosts")?.unwrap_or_default(),
            protocols: keys.protocols("protocols")?,
            file: file.to_owned(),
            base_url,
            site,
            data_dir,
            rss_dir,
            rss_url,
            password,
        })
    }

    /// The URL of the installation; `None` where only the environment says something, for commands that need none.
    pub fn program(&self) -> Option<&Url> {
        Some(&self.base_url).filter(|url| url.has_host())
    }

    /// The header of every page: the owner's, or the one that is built in.
    pub fn header_text(&self) -> String {
        file_or(&self.header, DEFAULT_HEADER)
    }

    /// The footer of every page: the owner's, or the one that is built in.
    pub fn footer_text(&self) -> String {
        file_or(&self.footer, DEFAULT_FOOTER)
    }

    /// The zone that dates are shown in.
    pub fn zone(&self) -> Result<TimeZone> {
        if self.time_zone == "UTC" {
            return Ok(TimeZone::UTC);
        }
        // The bundled rules by name: the system's, where there are any, cost a walk over all zone files.
        let zone = TimeZoneDatabase::bundled().get(&self.time_zone);
        zone.map_err(|error| {
            let message = format!(
                "`time_zone`: no zone is called `{}`; one is `Europe/Paris`",
                self.time_zone
            );
            wrong(self.file.display(), Cause::new(message, error))
        })
    }
}

fn file_or(file: &Path, default: &str) -> String {
    fs::read(file).map_or_else(
        |_| default.to_owned(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// Where the pages begin of whoever has this URL: the origin, or on a host of many users (`/~alice/`) the user's folder.
pub fn home(url: &Url) -> Url {
    let mut home = url.clone();
    home.set_query(None);
    home.set_fragment(None);
    let path = user_of(url).map_or("/".to_owned(), |user| format!("/{user}/"));
    home.set_path(&path);
    home
}

/// The first part of the path where that is the name of one of a host's users: `~alice`.
pub fn user_of(url: &Url) -> Option<&str> {
    let first = url.path_segments()?.next()?;
    let is_user = first.strip_prefix('~').or(first.strip_prefix("%7E"));
    let is_user = is_user.or(first.strip_prefix("%7e"));
    is_user.filter(|name| !name.is_empty()).map(|_| first)
}

/// The URL with a `/` at its end, so that names can be joined to it.
fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

/// `rss_dir` is usually a folder right below the site: `…/public_html/tb` is `https://site/tb/`.
fn default_rss_url(site: Option<&Url>, rss_dir: Option<&Path>) -> Option<Url> {
    let name = rss_dir?.file_name()?.to_str()?;
    let mut url = home(site?);
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .push(name)
        .push("");
    Some(url)
}

#[cfg(test)]
mod tests;
