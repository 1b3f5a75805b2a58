//! The configuration, of which the owner can change settings while the server runs, and the password with `tb passwd`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Config;

/// The configuration in effect.
#[derive(Debug)]
pub(super) struct LiveConfig(Mutex<ReadConfig>);

/// A configuration, and the file that it was read from.
#[derive(Debug)]
struct ReadConfig {
    config: Arc<Config>,
    version: Option<FileVersion>,
}

/// What changes with a file's content: inode, size and modification time in nanoseconds.
type FileVersion = (u64, u64, i64, i64);

impl LiveConfig {
    pub(super) fn new(config: Config) -> LiveConfig {
        LiveConfig(Mutex::new(ReadConfig {
            version: version(&config.file),
            config: Arc::new(config),
        }))
    }

    /// The present one. A new password in its file counts at once, since the old one may be known to others; other keys
    /// that were edited there count after a restart.
    pub(super) fn get(&self) -> Arc<Config> {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = version(&read.config.file);
        if version != read.version {
            read.version = version;
            // A file that is being edited, and has faults, changes nothing.
            if let Ok(new) = Config::load(&read.config.file)
                && new.password != read.config.password
            {
                let mut config = Config::clone(&read.config);
                config.password = new.password;
                read.config = Arc::new(config);
            }
        }
        Arc::clone(&read.config)
    }

    /// Replaces it.
    pub(super) fn set(&self, config: Config) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = ReadConfig {
            version: version(&config.file),
            config: Arc::new(config),
        };
    }
}

fn version(file: &Path) -> Option<FileVersion> {
    let found = fs::metadata(file).ok()?;
    Some((found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_in_the_file_counts_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tb.toml");
        let write = |keys: &str| {
            let text =
                format!("base_url = \"https://e.example/tb.cgi\"\ndata_dir = \"data\"\n{keys}");
            let new = folder.path().join("new");
            fs::write(&new, text).unwrap();
            fs::rename(&new, &file).unwrap();
        };
        let hash = |words: &str| crate::web::session::hash_password(words).unwrap();
        let (old, new) = (hash("old words here"), hash("new words here"));
        let key = |hash: &str| format!("password = \"{hash}\"\n");
        write(&key(&old));
        let live = LiveConfig::new(Config::load(&file).unwrap());
        let before = live.get();
        write(&[key(&new), "language = \"ja\"\n".to_owned()].concat());
        let now = live.get();
        assert_ne!(now.password, before.password);
        assert_eq!(now.language, before.language);
        // Neither a file with faults nor one that is away lets anybody in.
        for keys in ["password = \"", "no_such_key = 1\n"] {
            write(keys);
            assert_eq!(live.get().password, now.password);
        }
        fs::remove_file(&file).unwrap();
        assert_eq!(live.get().password, now.password);
        write("");
        assert_eq!(live.get().password, None);
    }
}
