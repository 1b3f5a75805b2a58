//! The configuration: `tb.toml`, and `TB_<KEY>` in the environment for each of its keys.
//!
//! The file lies beside the executable (or where `TB_CONFIG` says), never in the current folder,
//! which a web server chooses. The environment is safe to trust: a client can only create `HTTP_*`.
//! Nothing here is guessed silently: an unknown key is an error that names the nearest known one.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use url::Url;

use crate::error::{Error, Result};

mod keys;

use keys::{Keys, wrong};

/// The header of every page where the owner has none.
const DEFAULT_HEADER: &str = include_str!("../../header.txt");
/// The footer of every page where the owner has none.
const DEFAULT_FOOTER: &str = include_str!("../../footer.txt");

/// Every key of `tb.toml`.
pub const KEYS: [&str; 16] = [
    "base_url",
    "site",
    "site_name",
    "data_dir",
    "rss_dir",
    "rss_url",
    "header",
    "footer",
    "password",
    "publish",
    "time_zone",
    "throttle",
    "allow_private",
    "addresses",
    "frame_ancestors",
    "script_src",
];

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from; relative paths are relative to its folder.
    pub file: PathBuf,
    /// This program's own URL, without query and fragment: the only source of self-URLs.
    pub base_url: Url,
    /// The pages that count as the owner's. Default: the origin of `base_url`.
    pub site: Vec<Url>,
    /// What the site is called in pages and feeds. Default: the host of `base_url`.
    pub site_name: String,
    /// The folder of the pings.
    pub data_dir: PathBuf,
    /// The folder of the static feeds; `None` writes none.
    pub rss_dir: Option<PathBuf>,
    /// The URL of `rss_dir`, with a `/` at its end.
    pub rss_url: Option<Url>,
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
}

/// What becomes of a new ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publish {
    /// It is published at once, as tb.cgi did.
    All,
    /// It is published once its page is seen to link here.
    Verified,
    /// As `Verified`, and the owner has approved its domain before.
    Known,
    /// It is held for the owner.
    None,
}

/// Whether floods are slowed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Yes.
    On,
    /// No: a laboratory.
    Off,
}

/// Whether addresses that are not public may be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowPrivate {
    /// Never: the rule on a real site.
    No,
    /// Yes: a laboratory.
    Yes,
}

/// How much of a sender's address is kept with its ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// The /24 of an IPv4 address, the /48 of an IPv6 address.
    Prefix,
    /// All of it.
    Full,
    /// Nothing.
    None,
}

impl Config {
    /// Finds and reads the configuration of this executable.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if there is none, or if it is wrong: with the place, the fault and a cure.
    pub fn find() -> Result<Config> {
        let file = default_file()?;
        let environment = |key: &str| env::var_os(format!("TB_{}", key.to_ascii_uppercase()));
        match fs::read(&file) {
            Ok(bytes) => Config::read(&file, &bytes, environment),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                if environment("base_url").is_none() {
                    return Err(wrong(
                        file.display(),
                        "no such file; run `tb init` to make it",
                    ));
                }
                Config::read(&file, b"", environment)
            }
            Err(cause) => Err(Error::file("read", file, cause)),
        }
    }

    /// Reads the configuration in `bytes` as if it stood in `file`; `environment` gives the value of
    /// `TB_<KEY>` for a key.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for the first thing that is wrong.
    pub fn read(
        file: &Path,
        bytes: &[u8],
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Config> {
        let keys = Keys::read(file, bytes, environment)?;
        let place = file.display();
        let base_url = keys
            .url("base_url")?
            .ok_or_else(|| wrong(&place, "`base_url` is missing: this program's own URL"))?;
        if base_url.query().is_some() || base_url.fragment().is_some() {
            return Err(wrong(
                keys.place("base_url"),
                "`base_url` must have neither `?` nor `#`",
            ));
        }
        let data_dir = keys.path("data_dir")?.ok_or_else(|| {
            wrong(
                &place,
                "`data_dir` is missing: a folder for the pings, outside the web root",
            )
        })?;
        let site = keys
            .urls("site")?
            .unwrap_or_else(|| base_url.join("/").into_iter().collect());
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
            site_name: keys
                .string("site_name")?
                .unwrap_or_else(|| base_url.host_str().unwrap_or("this site").to_owned()),
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
            file: file.to_owned(),
            base_url,
            site,
            data_dir,
            rss_dir,
            rss_url,
            password,
        })
    }

    /// The header of every page: the owner's, or the one that is built in.
    #[must_use]
    pub fn header_text(&self) -> String {
        file_or(&self.header, DEFAULT_HEADER)
    }

    /// The footer of every page: the owner's, or the one that is built in.
    #[must_use]
    pub fn footer_text(&self) -> String {
        file_or(&self.footer, DEFAULT_FOOTER)
    }

    /// The zone that dates are shown in.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if no zone has that name.
    pub fn zone(&self) -> Result<TimeZone> {
        if self.time_zone == "UTC" {
            return Ok(TimeZone::UTC);
        }
        // The bundled rules by name: the system's, where there are any, cost a walk over all zone files.
        let zone = TimeZoneDatabase::bundled().get(&self.time_zone);
        zone.map_err(|_| {
            wrong(
                self.file.display(),
                format!(
                    "`time_zone`: no zone is called `{}`; one is `Europe/Paris`",
                    self.time_zone
                ),
            )
        })
    }
}

/// Where the configuration is looked for: `TB_CONFIG`, else `tb.toml` beside the executable.
///
/// # Errors
///
/// [`Error::File`] if the system does not say where the executable is.
pub fn default_file() -> Result<PathBuf> {
    if let Some(file) = env::var_os("TB_CONFIG").filter(|file| !file.is_empty()) {
        return Ok(PathBuf::from(file));
    }
    let executable = env::current_exe()
        .map_err(|cause| Error::file("find the executable", "/proc/self/exe", cause))?;
    Ok(executable.with_file_name("tb.toml"))
}

fn file_or(file: &Path, default: &str) -> String {
    fs::read(file).map_or_else(
        |_| default.to_owned(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
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
    let mut url = site?.join("/").ok()?;
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .push(name)
        .push("");
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "base_url = \"https://blog.example/cgi-bin/tb.cgi\"\ndata_dir = \"data\"\n";

    fn read(text: &str) -> Result<Config> {
        Config::read(Path::new("/srv/tb.toml"), text.as_bytes(), |_| None)
    }

    fn fault(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn two_keys_are_enough_and_paths_are_relative_to_the_file() {
        let config = read(GOOD).unwrap();
        assert_eq!(config.data_dir, Path::new("/srv/data"));
        assert_eq!(config.publish, Publish::Known);
        assert_eq!(config.site[0].as_str(), "https://blog.example/");
        assert_eq!(config.rss_url, None);
    }

    #[test]
    fn the_url_of_the_static_feeds_follows_from_site_and_rss_dir() {
        let config = read(&format!("{GOOD}rss_dir = \"/home/me/public_html/tb\"\n")).unwrap();
        assert_eq!(config.rss_url.unwrap().as_str(), "https://blog.example/tb/");
    }

    #[test]
    fn an_unknown_key_is_an_error_with_a_suggestion() {
        assert_eq!(
            fault(&format!("{GOOD}pubish = \"all\"\n")),
            "/srv/tb.toml: unknown key `pubish`; did you mean `publish`?"
        );
    }

    #[test]
    fn a_wrong_type_is_an_error_that_names_the_right_one() {
        assert_eq!(
            fault(&format!("{GOOD}publish = 3\n")),
            "/srv/tb.toml: `publish` must be a text in quotes"
        );
        assert!(fault(&format!("{GOOD}publish = \"some\"\n")).contains("`known` or `all`"));
        assert!(fault("base_url = \"ftp://x/\"\ndata_dir = \"d\"\n").contains("https://"));
        assert!(fault(&format!("{GOOD}allow_private = \"yes\"\n")).contains("`true` or `false`"));
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_an_error() {
        let error = Config::read(Path::new("/srv/tb.toml"), b"\xFF", |_| None).unwrap_err();
        assert_eq!(error.to_string(), "/srv/tb.toml: the file is not UTF-8");
    }

    #[test]
    fn a_password_in_the_clear_is_refused() {
        assert!(fault(&format!("{GOOD}password = \"secret\"\n")).contains("tb passwd"));
    }

    #[test]
    fn the_environment_wins_and_lists_are_separated_by_commas() {
        let environment = |key: &str| match key {
            "site" => Some(OsString::from("https://a.example/, https://b.example/")),
            "publish" => Some(OsString::from("all")),
            _ => None,
        };
        let config = Config::read(Path::new("/srv/tb.toml"), GOOD.as_bytes(), environment).unwrap();
        assert_eq!(config.site.len(), 2);
        assert_eq!(config.publish, Publish::All);
    }

    #[test]
    fn s3_a_frame_source_cannot_end_the_header() {
        assert!(
            fault(&format!(
                "{GOOD}frame_ancestors = [\"'self'; script-src *\"]\n"
            ))
            .contains("list of sources")
        );
    }
}
