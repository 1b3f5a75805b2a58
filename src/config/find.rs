//! Where the configuration is: the only place but the CGI door that reads the environment.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::keys::wrong;
use super::{Config, KEYS};
use crate::error::{Error, Result};

impl Config {
    /// Finds and reads the configuration of this executable.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn find() -> Result<Config> {
        Config::load(&default_file()?)
    }

    /// Reads the configuration in `file`, and what `TB_<KEY>` in the environment says instead.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if there is none, or if it is wrong: with the place, the fault and a cure.
    pub fn load(file: &Path) -> Result<Config> {
        Config::load_if_any(file)?
            .ok_or_else(|| wrong(file.display(), "no such file; run `tb init` to make it"))
    }

    /// As [`Config::load`]; `None` if neither the file nor the environment has a configuration.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if it is wrong, [`Error::File`] if it cannot be read.
    pub fn load_if_any(file: &Path) -> Result<Option<Config>> {
        // A relative path in the file is relative to the file's folder, wherever we are.
        let file = std::path::absolute(file).map_err(|cause| Error::file("find", file, cause))?;
        match fs::read(&file) {
            Ok(bytes) => Config::read(&file, &bytes, environment).map(Some),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                let given = is_overridden("base_url");
                given
                    .then(|| Config::read(&file, b"", environment))
                    .transpose()
            }
            Err(cause) => Err(Error::file("read", file, cause)),
        }
    }
}

/// Where the configuration is looked for: `TB_CONFIG`, else `tb.toml` beside the executable.
///
/// # Errors
///
/// [`Error::File`] if nothing says where the executable is, and the environment has no configuration either.
pub fn default_file() -> Result<PathBuf> {
    if let Some(file) = env::var_os("TB_CONFIG").filter(|file| !file.is_empty()) {
        return Ok(PathBuf::from(file));
    }
    match executable() {
        Ok(executable) => Ok(executable.with_file_name(FILE)),
        // The environment has it all; what is in the root folder, root put there.
        Err(_) if is_overridden("base_url") => Ok(Path::new("/").join(FILE)),
        Err(cause) => Err(Error::file("find the executable", "/proc/self/exe", cause)),
    }
}

/// Where this executable is. Where `/proc` is not mounted, a CGI program is still told its own path by the server, and
/// any other by the first word of its command line.
///
/// # Errors
///
/// What the system said where none of these names a file.
pub fn executable() -> io::Result<PathBuf> {
    env::current_exe().or_else(|cause| {
        let told = env::var_os("SCRIPT_FILENAME").map(PathBuf::from);
        let called = env::args_os().next().map(PathBuf::from).and_then(on_path);
        [told, called]
            .into_iter()
            .flatten()
            .filter_map(|path| std::path::absolute(path).ok())
            .find(|path| path.is_file())
            .ok_or(cause)
    })
}

const FILE: &str = "tb.toml";

/// The file that a shell runs for a word.
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

/// Whether the environment decides the value of `key`, whatever the file says.
#[must_use]
pub fn is_overridden(key: &str) -> bool {
    KEYS.contains(&key) && environment(key).is_some()
}

fn environment(key: &str) -> Option<OsString> {
    env::var_os(format!("TB_{}", key.to_ascii_uppercase()))
}
