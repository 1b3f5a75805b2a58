//! What the owner is told if the configuration or the folder of the pings cannot be used: one line for the web server's
//! error log, and a file beside `tb.toml` for owners who cannot read that log. Strangers are told neither.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use jiff::Timestamp;

use super::find::named_file;
use super::{Config, owner};
use crate::dir::{Folder, OpenMode, PRIVATE, read_whole};
use crate::error::{Error, Result, system_message};
use crate::text;

/// The file. The `.htaccess` of a set-up prevents it from being served, as all names that begin with `tb.toml`.
pub const NAME: &str = "tb.toml.error.txt";
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 14;

/// What stands around the line in the file.
struct Letter {
    /// What failed.
    heading: &'static str,
    /// What strangers are told.
    visitors: &'static str,
    /// Whether the same is told again, where requests are what it depends on.
    is_repeated: bool,
}

const OF_CONFIG: Letter = Letter {
    heading: "tb.toml could not be used",
    visitors: "the site is not set up correctly",
    is_repeated: false,
};

const OF_STORAGE: Letter = Letter {
    heading: "The folder of the pings could not be used",
    visitors: "this site cannot store anything at the moment",
    is_repeated: true,
};

/// How many seconds the same is not told again.
const SAME_PAUSE: u64 = 3600;
/// How many seconds nothing else of the kind is told: which of several faults a request meets is the stranger's choice.
const PAUSE: u64 = 60;

/// Describes a fault in `file` in one line, and writes it into [`NAME`] beside it if it is not there yet. Where that file
/// cannot be written, the line alone has to do.
pub fn report(file: &Path, error: &Error, now: Timestamp) -> String {
    let line = format!("{}; {}", one_line(error), cure(error));
    write(file, &line, now, &OF_CONFIG).ok();
    line
}

/// Describes in one line what keeps the folder of the pings from being used, and writes it into [`NAME`]. `None` if a
/// request failed of something else, or if that stands in the file since less than an hour.
pub fn report_storage(config: &Config, error: &Error, now: Timestamp) -> Option<String> {
    let line = text::clean(&storage_line(&config.data_dir, error)?);
    // Where there is no such file, each request adds a line, as to the server's log of requests.
    let is_told = write(&config.file, &line, now, &OF_STORAGE).unwrap_or(false);
    (!is_told).then_some(line)
}

/// Removes the file after the configuration has been corrected.
pub fn clear(file: &Path) {
    let folder = file.parent().map(Folder::open);
    if let Some(Ok(folder)) = folder {
        folder.remove(NAME).ok();
    }
}

/// Writes the file, unless the line has been told; returns whether it has.
fn write(file: &Path, line: &str, now: Timestamp, letter: &Letter) -> Result<bool> {
    // Root writes nothing into another user's folder, and a file of another name may be served.
    let is_own = !rustix::process::geteuid().is_root() && named_file().is_none() && file.exists();
    if !is_own {
        return Ok(false);
    }
    let folder = Folder::open(file.parent().unwrap_or(Path::new("/")))?;
    if let Some(told) = folder.file(NAME, OpenMode::Read)?
        && let Ok((bytes, _)) = read_whole(&told, LARGEST)
    {
        let old = String::from_utf8_lossy(&bytes);
        let is_same = old.lines().any(|old| old == line);
        let age = || Some(now.as_second().abs_diff(told.metadata().ok()?.mtime()));
        let is_told = match letter.is_repeated {
            false => is_same,
            true => age().is_some_and(|age| {
                is_same && age < SAME_PAUSE || old.starts_with(letter.heading) && age < PAUSE
            }),
        };
        if is_told {
            return Ok(true);
        }
    }
    let text = format!(
        "{} ({}):\n\n{line}\n\nVisitors are told only that {}.\n\
         This file is removed when you next log in.\n",
        letter.heading,
        now.strftime("%Y-%m-%d %H:%M UTC"),
        letter.visitors
    );
    folder.replace_with(NAME, PRIVATE, text.as_bytes())?;
    Ok(false)
}

/// What keeps the folder from being used, and what to do. No file in it is named: its name may be a stranger's id.
fn storage_line(folder: &Path, error: &Error) -> Option<String> {
    let place = folder.display();
    let inside = |cause: &io::Error| {
        let cause = system_message(cause);
        format!("cannot use the files in `{place}`: {cause}")
    };
    let what = match error {
        Error::File { path, .. } | Error::Planted { path, .. } if path == folder => {
            error.to_string()
        }
        // How much is free is another number each time.
        Error::NoSpace { .. } => format!("too little space is free at `{place}`"),
        Error::File { path, cause, .. } if path.starts_with(folder) => inside(cause),
        // A stranger who sends much can make others wait for a lock.
        Error::Lock { cause, .. } if cause.kind() != io::ErrorKind::TimedOut => inside(cause),
        Error::Planted { path, what } if path.starts_with(folder) => {
            format!("a file in `{place}`, which its `.log` names, is {what}")
        }
        _ => return None,
    };
    let user = rustix::process::geteuid().as_raw();
    let user = owner::name_of(user).unwrap_or_else(|| user.to_string());
    let user = format!("`{user}`, as which this program runs");
    let cure = match error {
        _ if error.is_lack_of_space() => "free some space".to_owned(),
        Error::File { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
            format!("make it, mode 700, owned by {user}, or correct `data_dir`")
        }
        Error::Planted { path, .. } if path != folder => "remove that file".to_owned(),
        Error::File { cause, .. } | Error::Lock { cause, .. } if !is_of_rights(cause) => {
            "if it stays so, ask your host".to_owned()
        }
        _ => format!("`data_dir` must be a folder, not a link, with mode 700, owned by {user}"),
    };
    Some(format!("{what}; {cure}"))
}

/// Whether an error came of what the folder is, and not of what the machine lacks.
fn is_of_rights(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::NotADirectory
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// The error without the line that a TOML error quotes, which may hold a password.
fn one_line(error: &Error) -> String {
    let text = error.to_string();
    let is_quotation = |line: &&str| {
        let digits = line
            .trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit());
        digits.trim_start().starts_with('|')
    };
    let lines: Vec<&str> = text.lines().filter(|line| !is_quotation(line)).collect();
    text::clean(&lines.join(": "))
}

fn cure(error: &Error) -> &'static str {
    if matches!(error, Error::Config { .. }) {
        "correct that; the next mistake, if there is one, is told then"
    } else if matches!(error, Error::File { .. }) {
        "let the user that the web server runs programs as read it (mode 600 if that is you, else 644)"
    } else {
        "correct that"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s9_the_line_is_one_line_and_quotes_no_secret() {
        for text in [
            "password = \"secret\n",
            "password = secret\n",
            "a = 1\n\n\npassphrase = \"secret\" x\n",
            "password = \"secret\"\n",
            "# \u{1}\u{202E} secret\n",
        ] {
            let read = Config::read(Path::new("/x/tb.toml"), text.as_bytes(), |_| None);
            let line = one_line(&read.unwrap_err());
            assert!(line.starts_with("/x/tb.toml: "), "{line}");
            assert!(!line.contains("secret") && !line.contains('\n'), "{line}");
        }
    }
}
