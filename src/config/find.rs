//! Finds the configuration. Only this module and `cgi` read the environment.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::keys::KEYS;
use super::keys::{ConfigKeys, unknown_key, wrong};
use super::{Config, Needed, owner};
use crate::dir::read_whole;
use crate::error::{Error, Result};

impl Config {
    /// Finds and reads the configuration of this executable, or finds that it has none yet.
    pub fn find_or_none() -> Result<Found> {
        let file = default_file()?;
        if let Some(config) = Config::load_if_any(&file)? {
            return Ok(Found::Config(Box::new(config)));
        }
        // What the environment configures is not set up in a browser, nor is a link whose target is away.
        let is_named = named_file().is_some() || KEYS.iter().any(|key| environment(key).is_some());
        let found = fs::symlink_metadata(&file);
        let is_away = found.is_err_and(|cause| cause.kind() == io::ErrorKind::NotFound);
        match is_away && !is_named {
            true => Ok(Found::Nothing(file)),
            false => Err(no_such_file(&file)),
        }
    }

    /// Loads the configuration in `file`, overridden by `TB_<KEY>` in the environment.
    pub fn load(file: &Path) -> Result<Config> {
        Config::load_if_any(file)?.ok_or_else(|| no_such_file(file))
    }

    /// Like [`Config::load`]; `None` if neither the file nor the environment has a configuration.
    pub fn load_if_any(file: &Path) -> Result<Option<Config>> {
        check_names()?;
        // Relative paths in the file are relative to its directory, not to the current one.
        let file = std::path::absolute(file).map_err(|cause| Error::file("find", file, cause))?;
        match read(&file) {
            Ok(bytes) => Config::load_text(&file, &bytes).map(Some),
            Err(Error::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                if named_file()
                    .is_some_and(|named| std::path::absolute(named).ok() == Some(file.clone()))
                {
                    let message = "no such file, but `TB_CONFIG` names it; mend that, or make it with `tb init`";
                    return Err(wrong(file.display(), message));
                }
                let given = is_overridden("base_url");
                given.then(|| Config::load_text(&file, b"")).transpose()
            }
            Err(error) => Err(error),
        }
    }

    /// Like [`Config::load`], if `bytes` were the content of `file`.
    pub fn load_text(file: &Path, bytes: &[u8]) -> Result<Config> {
        Config::read(file, bytes, environment).map(Config::with_server_address)
    }

    /// Like [`Config::load_if_any`], for commands that need no installation: without a file, the keys in the environment
    /// are used whichever there are. `None` if there are none.
    pub fn load_or_environment(file: &Path) -> Result<Option<Config>> {
        let is_away = |cause: io::Error| cause.kind() == io::ErrorKind::NotFound;
        if named_file().is_some() || !fs::symlink_metadata(file).is_err_and(is_away) {
            return Config::load_if_any(file);
        }
        check_names()?;
        if !KEYS.iter().any(|key| environment(key).is_some()) {
            return Ok(None);
        }
        let file = std::path::absolute(file).map_err(|cause| Error::file("find", file, cause))?;
        let keys = ConfigKeys::read(&file, b"", &here)?;
        Config::of_keys(&file, &keys, Needed::Nothing).map(Some)
    }

    /// Adds the address that the web server reports.
    fn with_server_address(self) -> Config {
        let address = env::var("SERVER_ADDR").ok();
        Config {
            server_address: address.as_deref().and_then(reported_address),
            ..self
        }
    }
}

/// The configuration of this executable.
#[derive(Debug)]
pub enum Found {
    /// There is one.
    Config(Box<Config>),
    /// Neither a file, which would be at this path, nor a key in the environment.
    Nothing(PathBuf),
}

/// The error if there is no configuration.
pub fn no_such_file(file: &Path) -> Error {
    wrong(file.display(), "no such file; run `tb init` to make it")
}

/// Parses an address that a web server reports: it may have a port, and IPv6 brackets and a zone. With a Unix socket the
/// server reports a path or nothing.
pub fn reported_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?.0,
        None if text.contains('.') && !text.contains("::") => text.split(':').next()?,
        None => text,
    };
    let address = bare.split_once('%').map_or(bare, |(address, _)| address);
    address.parse().ok()
}

/// The file named by `TB_CONFIG`.
pub(super) fn named_file() -> Option<PathBuf> {
    env::var_os("TB_CONFIG")
        .filter(|file| !file.is_empty())
        .map(PathBuf::from)
}

/// The most that is read of a configuration in a file, in bytes.
const MAX: u64 = 1 << 20;

fn read(file: &Path) -> Result<Vec<u8>> {
    let fault = |cause| Error::file("read", file, cause);
    let mut open = File::open(file).map_err(fault)?;
    owner::check_open(file, &open)?;
    // All of it: without its last lines, it may have no passphrase, or publish what it should hold.
    match read_whole(&open, MAX) {
        Ok((bytes, _)) => Ok(bytes),
        Err(cause) if cause.kind() == io::ErrorKind::NotSeekable => {
            // A pipe, as of a shell's process substitution.
            let mut bytes = Vec::new();
            open.read_to_end(&mut bytes).map_err(fault)?;
            Ok(bytes)
        }
        Err(cause) => Err(fault(cause)),
    }
}

/// Variables that are not keys: the configuration file, the mode of the program, and settings of the tests.
const NO_KEYS: [&str; 4] = ["TB_CONFIG", "TB_MODE", "TB_LONG", "TB_SEED"];

/// The variables whose names begin with `TB_`. They are looked for once: a configuration has some fifty keys, and a host
/// may set as many variables.
static VARIABLES: LazyLock<Vec<(String, OsString)>> = LazyLock::new(|| {
    let variables = env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with(PREFIX).then_some((name, value))
    });
    variables.collect()
});

const PREFIX: &str = "TB_";

/// Refuses an unknown `TB_` variable: a misspelt limit would silently be ignored.
fn check_names() -> Result<()> {
    for (name, _) in VARIABLES.iter() {
        let is_known = KEYS.iter().any(|key| is_variable(name, key));
        if !is_known && !NO_KEYS.contains(&name.as_str()) {
            let key = name.trim_start_matches(PREFIX).to_ascii_lowercase();
            return Err(wrong(name, unknown_key(&key)));
        }
    }
    Ok(())
}

/// Whether a variable is the one that overrides `key`.
fn is_variable(name: &str, key: &str) -> bool {
    let letters = name.strip_prefix(PREFIX).map(str::bytes);
    letters.is_some_and(|letters| letters.eq(key.bytes().map(|byte| byte.to_ascii_uppercase())))
}

/// Like [`environment`], but paths are relative to the current directory, because there is no file.
fn here(key: &str) -> Option<OsString> {
    let value = environment(key)?;
    let is_path = ["data_dir", "rss_dir", "header", "footer", "ledger"].contains(&key);
    match std::path::absolute(&value) {
        Ok(path) if is_path => Some(path.into_os_string()),
        _ => Some(value),
    }
}

/// The path of the configuration: `TB_CONFIG`, or `tb.toml` next to the executable.
pub fn default_file() -> Result<PathBuf> {
    if let Some(file) = named_file() {
        return Ok(file);
    }
    match executable() {
        Ok(executable) => Ok(executable.with_file_name(FILE)),
        // All keys are in the environment. Only root can put a file in the root directory.
        Err(_) if is_overridden("base_url") => Ok(Path::new("/").join(FILE)),
        Err(cause) => Err(Error::file("find the executable", "/proc/self/exe", cause)),
    }
}

/// The path of this executable. Without `/proc`, a CGI program gets it from the server, and any other from the first
/// word of its command line.
pub fn executable() -> io::Result<PathBuf> {
    env::current_exe().or_else(|cause| {
        let script = env::var_os("SCRIPT_FILENAME").map(PathBuf::from);
        let called = env::args_os().next().map(PathBuf::from).and_then(on_path);
        [script, called]
            .into_iter()
            .flatten()
            .filter_map(|path| std::path::absolute(path).ok())
            .find(|path| path.is_file())
            .ok_or(cause)
    })
}

const FILE: &str = "tb.toml";

/// The file that a shell runs for a command name.
fn on_path(word: PathBuf) -> Option<PathBuf> {
    if word.as_os_str().as_encoded_bytes().contains(&b'/') {
        return Some(word);
    }
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&word))
        .find(|path| path.is_file())
}

/// Whether the environment overrides the value of `key`.
pub fn is_overridden(key: &str) -> bool {
    KEYS.contains(&key) && environment(key).is_some()
}

fn environment(key: &str) -> Option<OsString> {
    let found = VARIABLES.iter().find(|(name, _)| is_variable(name, key))?;
    Some(found.1.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f11_and_f18_an_address_is_read_in_every_form_and_what_is_none_is_passed_over() {
        for (text, address) in [
            ("203.0.113.5", Some("203.0.113.5")),
            ("2001:db8::5", Some("2001:db8::5")),
            ("[2001:db8::5]", Some("2001:db8::5")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("::ffff:203.0.113.5", Some("::ffff:203.0.113.5")),
            (" 203.0.113.5 ", Some("203.0.113.5")),
            ("", None),
            ("unix:/run/web.sock", None),
            ("/run/web.sock", None),
            ("www.example.org", None),
            ("203.0.113.5:80", Some("203.0.113.5")),
            ("[2001:db8::5]:5555", Some("2001:db8::5")),
            ("[fe80::1%eth0]:80", Some("fe80::1")),
            ("[::ffff:203.0.113.5]:80", Some("::ffff:203.0.113.5")),
            ("[203.0.113.5", None),
            ("203.0.113", None),
            ("1.2.3.4.5", None),
        ] {
            let expected = address.map(|address| address.parse().unwrap());
            assert_eq!(reported_address(text), expected, "{text}");
        }
    }
}
