//! The configuration: `tb.toml`, and `TB_<KEY>` in the environment for each of its keys.
//!
//! The file lies beside the executable (or where `TB_CONFIG` says), never in the current folder,
//! which a web server chooses. The environment is safe to trust: a client can only create `HTTP_*`.
//! Nothing here is guessed silently: an unknown key is an error that names the nearest known one.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::net::IpAddr;
use std::path::{self, Component, Path, PathBuf};

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use url::Url;

use crate::charset;
use crate::error::{Cause, Result};
use crate::language::{self, Language};
use crate::linkback::Protocol;
use crate::linkback::discover::declared_charset;

mod entry;
pub mod fault;
mod find;
mod keys;
mod limits;
mod owner;
mod syntax;
mod values;

#[cfg(feature = "internals")]
pub use self::keys::KEYS;
pub use self::values::{
    Addresses, AllowPrivate, FeedFormat, Ids, Publish, Reactions, Throttle, zone_named,
};
pub use entry::EntryPattern;
pub use find::{Found, default_file, executable, is_overridden, no_such_file, reported_address};
use keys::{ConfigKeys, wrong};
pub use keys::{MAIL_ADDRESS, PASSPHRASE, is_mail_address, is_passphrase};
pub use limits::Limits;
pub use owner::{check as check_owner, name_of as name_of_user};

/// The header of every page where the owner has none.
pub const DEFAULT_HEADER: &str = include_str!("../../header.txt");
/// The footer of every page where the owner has none.
pub const DEFAULT_FOOTER: &str = include_str!("../../footer.txt");

/// The hosts of Bridgy and of Bridgy Fed.
const PROXIES: [&str; 2] = ["brid.gy", "fed.brid.gy"];

/// Stands for `base_url` where there is no installation: nothing is there, and no page is the owner's by it.
const NO_PROGRAM: &str = "unset:";

/// Which keys are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    /// Those of an installation.
    Installation,
    /// None.
    Nothing,
}

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from; relative paths are relative to its folder.
    pub file: PathBuf,
    /// This program's own URL, without query and fragment: the only source of self-URLs. See [`Config::program`].
    pub base_url: Url,
    /// The URLs of the owner's site. Default: the origin of `base_url`, or the directory of its user (`/~alice/`).
    pub site: Vec<Url>,
    /// The site's name in pages and feeds. Default: the host of `base_url`.
    pub site_name: String,
    /// The directory of the pings.
    pub data_dir: PathBuf,
    /// The directory of the static feeds; `None` writes none.
    pub rss_dir: Option<PathBuf>,
    /// The URL of `rss_dir`, with a `/` at its end.
    pub rss_url: Option<Url>,
    /// The formats of the static files. Default: RSS only.
    pub formats: Vec<FeedFormat>,
    /// The file with the header of the pages, if it exists.
    pub header: PathBuf,
    /// The file with the footer of the pages, if it exists.
    pub footer: PathBuf,
    /// The Argon2id hash of the owner's password, in PHC format; without it nobody can log in.
    pub password: Option<String>,
    /// When a new ping is published.
    pub publish: Publish,
    /// The time zone for dates. Default: UTC.
    pub zone: TimeZone,
    /// Whether logins are throttled.
    pub throttle: Throttle,
    /// Whether requests to private addresses are permitted.
    pub allow_private: AllowPrivate,
    /// How much of a sender's address is stored.
    pub addresses: Addresses,
    /// Sites that may show the pages in a frame: sources of the Content Security Policy. Default: `'self'`.
    pub frame_ancestors: Vec<String>,
    /// Scripts of the owner's header and footer: sources of the Content Security Policy. Default: none.
    pub script_src: Vec<String>,
    /// Which ids accept pings.
    pub ids: Ids,
    /// The pattern of the entries' permalinks.
    pub entry: Option<EntryPattern>,
    /// How long an entry accepts pings.
    pub close_after: Option<SignedDuration>,
    /// The rate limits.
    pub limits: Limits,
    /// The passphrase of all ids without one of their own; `None` lets anybody ping.
    pub passphrase: Option<String>,
    /// The mail address for notifications of waiting pings, without a name.
    pub notify: Option<String>,
    /// The program that sends mail. Default: `/usr/sbin/sendmail`.
    pub sendmail: PathBuf,
    /// The ledger of `tb send`.
    pub ledger: Option<PathBuf>,
    /// Prefixes of URLs that `tb send` never pings.
    pub skip: Vec<String>,
    /// Hosts whose ping URLs are accepted on pages of other domains, too.
    pub ping_hosts: Vec<String>,
    /// The protocols of which pings are received; see [`Config::sends`] for sending. Without the key, `tb send` uses those
    /// that its ledger was begun with.
    pub protocols: Option<Vec<Protocol>>,
    /// Hosts whose pages speak for others. Default: Bridgy's.
    pub proxies: Vec<String>,
    /// The language of the pages for readers, see [`Config::language`].
    pub language: Option<Language>,
    /// Whether readers may enter the pages that they have written. Default: no, so that an upgrade does not begin to fetch
    /// pages for strangers.
    pub submit: bool,
    /// How likes and other reactions are shown.
    pub reactions: Reactions,
    /// The address that the web server reports (`SERVER_ADDR`). It belongs to this machine even if no visible interface
    /// has it. Not a key.
    pub server_address: Option<IpAddr>,
}

impl Config {
    /// Parses the configuration in `bytes` as the content of `file`; `environment` returns the value of `TB_<KEY>` for a
    /// key.
    pub fn read(
        file: &Path,
        bytes: &[u8],
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Config> {
        Config::of_keys(
            file,
            &ConfigKeys::read(file, bytes, &environment)?,
            Needed::Installation,
        )
    }

    /// Checks the keys and converts them.
    #[expect(clippy::too_many_lines, reason = "a table: one row a key")]
    fn of_keys(file: &Path, keys: &ConfigKeys<'_>, needed: Needed) -> Result<Config> {
        let place = file.display();
        let base_url = base_url(keys, needed, &place)?;
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
        let own_urls: Vec<&Url> = site.iter().chain([&base_url]).collect();
        let rss_dir = keys.path("rss_dir")?;
        if is_within(rss_dir.as_deref(), &data_dir) {
            let message = "`rss_dir` must not be in `data_dir`: a web server serves the feeds, and never the pings";
            return Err(wrong(keys.place("rss_dir"), message));
        }
        let rss_url = match keys.url("rss_url")? {
            Some(url) => Some(folder(url)),
            None => default_rss_url(site.first(), rss_dir.as_deref()),
        };
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
            publish: keys.choice("publish", &Publish::NAMES)?,
            zone: keys.zone("time_zone")?,
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
            proxies: keys
                .hosts("proxies", &own_urls)?
                .unwrap_or_else(|| PROXIES.map(str::to_owned).to_vec()),
            language: keys.language("language")?,
            submit: keys.boolean("submit")? == Some(true),
            reactions: keys.choice(
                "reactions",
                &[
                    ("names", Reactions::Names),
                    ("count", Reactions::Count),
                    ("off", Reactions::Off),
                ],
            )?,
            file: file.to_owned(),
            base_url,
            site,
            data_dir,
            rss_dir,
            rss_url,
            password: password_hash(keys)?,
        })
    }

    /// Whether pings of a protocol are accepted. Without the key those of TrackBack alone, so that an upgrade accepts
    /// nothing new.
    pub fn receives(&self, protocol: Protocol) -> bool {
        match &self.protocols {
            Some(protocols) => protocols.contains(&protocol),
            None => protocol == Protocol::TrackBack,
        }
    }

    /// The protocols that `tb send` uses, if they are configured. Where webmentions are sent, pingbacks are too: what the
    /// key decides about these alone is whether they are received.
    pub fn sends(&self) -> Option<Vec<Protocol>> {
        let mut protocols = self.protocols.clone()?;
        if protocols.contains(&Protocol::Webmention) && !protocols.contains(&Protocol::Pingback) {
            protocols.push(Protocol::Pingback);
        }
        Some(protocols)
    }

    /// The URL of the installation; `None` for commands that run without one.
    pub fn program(&self) -> Option<&Url> {
        Some(&self.base_url).filter(|url| url.has_host())
    }

    /// The language of the pages for readers: as configured, else as the header declares, else English.
    pub fn language(&self) -> Language {
        self.language_with(|| self.header_text().into())
    }

    /// The same, where the header may have been read already.
    pub fn language_with<'header>(&self, header: impl FnOnce() -> Cow<'header, str>) -> Language {
        let declared = || Language::of_code(language::declared(&header())?);
        let language = self.language.or_else(declared);
        language.unwrap_or(Language::English)
    }

    /// The header of every page: the owner's, or the built-in one.
    pub fn header_text(&self) -> String {
        self.template(&self.header, DEFAULT_HEADER)
    }

    /// The footer of every page: the owner's, or the built-in one.
    pub fn footer_text(&self) -> String {
        self.template(&self.footer, DEFAULT_FOOTER)
    }

    /// The text of a file of the owner's, or the built-in one. If it is not UTF-8, its charset is the one that the header
    /// declares.
    fn template(&self, file: &Path, default: &str) -> String {
        let Ok(bytes) = fs::read(file) else {
            return default.to_owned();
        };
        let bytes = match String::from_utf8(bytes) {
            // ISO-2022-JP is ASCII with escapes.
            Ok(text) if !text.contains('\u{1b}') => return text,
            Ok(text) => text.into_bytes(),
            Err(error) => error.into_bytes(),
        };
        let header = fs::read(&self.header).unwrap_or_default();
        charset::decode_known(&bytes, declared_charset(&header, None)).to_string()
    }
}

/// The program's own URL.
fn base_url(keys: &ConfigKeys<'_>, needed: Needed, place: &path::Display<'_>) -> Result<Url> {
    let url = match (keys.url("base_url")?, needed) {
        (Some(url), _) => url,
        (None, Needed::Nothing) => Url::parse(NO_PROGRAM).map_err(|error| {
            let message = format!("`{NO_PROGRAM}`: {error}");
            wrong(place, Cause::new(message, error))
        })?,
        (None, Needed::Installation) => {
            let message = "`base_url` is missing: this program's own URL";
            return Err(wrong(place, message));
        }
    };
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(
            keys.place("base_url"),
            "`base_url` must have neither `?` nor `#`",
        ));
    }
    Ok(url)
}

/// Whether the folder of the feeds is that of the pings, or in it, by the names alone; `tb check` follows links.
fn is_within(feeds: Option<&Path>, pings: &Path) -> bool {
    let is_plain = |path: &Path| !path.components().any(|part| part == Component::ParentDir);
    let is_named = !pings.as_os_str().is_empty();
    feeds.is_some_and(|feeds| is_named && is_plain(feeds) && feeds.starts_with(pings))
}

/// The hash of the owner's password.
fn password_hash(keys: &ConfigKeys<'_>) -> Result<Option<String>> {
    let password = keys.string("password")?;
    match &password {
        Some(hash) if !hash.starts_with("$argon2id$") => Err(wrong(
            keys.place("password"),
            "`password` must be a hash that `tb passwd` has written, not the password itself",
        )),
        Some(_) | None => Ok(password),
    }
}

/// The root of the site to which a URL belongs: the origin, or the user's directory on a shared host (`/~alice/`).
pub fn home(url: &Url) -> Url {
    let mut home = url.clone();
    home.set_query(None);
    home.set_fragment(None);
    home.set_path(&user_folder(url).unwrap_or_else(|| "/".to_owned()));
    home
}

/// The path of a user's pages, if the URL's path names the user: `/~alice/`. Programs for all users' scripts, such as
/// cgiwrap, are followed by the name, with or without `~`; the pages of such a user are at `/~alice/` too.
pub fn user_folder(url: &Url) -> Option<String> {
    let segments: Vec<&str> = url.path_segments()?.collect();
    let is_marked = |part: &str| {
        let name = ["~", "%7E", "%7e"]
            .iter()
            .find_map(|tilde| part.strip_prefix(tilde));
        name.is_some_and(|name| !name.is_empty())
    };
    let is_wrapper = |part: &str| part.to_ascii_lowercase().contains("cgiwrap");
    let is_user = |at: usize, part: &str| {
        let is_last = at + 1 == segments.len();
        let before = at.checked_sub(1).and_then(|before| segments.get(before));
        match before {
            None => is_marked(part),
            Some(before) => !is_last && !part.is_empty() && (is_marked(part) || is_wrapper(before)),
        }
    };
    let at =
        (0..segments.len()).find(|&at| segments.get(at).is_some_and(|part| is_user(at, part)))?;
    let (above, user) = (segments.get(..at)?, segments.get(at)?);
    let is_program = |part: &&str| is_wrapper(part) || part.eq_ignore_ascii_case("cgi-bin");
    let above = match above.iter().any(is_program) {
        true => "/".to_owned(),
        false => above
            .iter()
            .fold("/".to_owned(), |path, part| format!("{path}{part}/")),
    };
    let tilde = if is_marked(user) { "" } else { "~" };
    Some(format!("{above}{tilde}{user}/"))
}

/// The URL with a trailing `/`, so that names can be joined to it.
fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

/// Guesses the URL of `rss_dir`, which is usually directly below the site: `…/public_html/tb` is `https://site/tb/`.
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
