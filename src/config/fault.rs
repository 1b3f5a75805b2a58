//! What the owner is told if the configuration cannot be used: one line for the web server's error log, and a file beside
//! `tb.toml` for owners who cannot read that log. Strangers are told neither.

use std::path::Path;

use jiff::Timestamp;

use super::find::named_file;
use crate::dir::{Folder, OpenMode, PRIVATE, read_whole};
use crate::error::{Error, Result};
use crate::text;

/// The file. The `.htaccess` of a set-up prevents it from being served, as all names that begin with `tb.toml`.
pub const NAME: &str = "tb.toml.error.txt";
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 14;

/// Describes a fault in `file` in one line, and writes it into [`NAME`] beside it if it is not there yet. Where that file
/// cannot be written, the line alone has to do.
pub fn report(file: &Path, error: &Error, now: Timestamp) -> String {
    let line = format!("{}; {}", one_line(error), cure(error));
    // Root writes nothing into another user's folder, and a file of another name may be served.
    let is_own = !rustix::process::geteuid().is_root() && named_file().is_none() && file.exists();
    if is_own {
        write(file, &line, now).ok();
    }
    line
}

/// Removes the file after the configuration has been corrected.
pub fn clear(file: &Path) {
    let folder = file.parent().map(Folder::open);
    if let Some(Ok(folder)) = folder {
        folder.remove(NAME).ok();
    }
}

fn write(file: &Path, line: &str, now: Timestamp) -> Result<()> {
    let folder = Folder::open(file.parent().unwrap_or(Path::new("/")))?;
    if let Some(old) = folder.file(NAME, OpenMode::Read)?
        && let Ok((bytes, _)) = read_whole(&old, LARGEST)
        && String::from_utf8_lossy(&bytes)
            .lines()
            .any(|old| old == line)
    {
        return Ok(());
    }
    let text = format!(
        "tb.toml could not be used ({}):\n\n{line}\n\nVisitors are told only that the site is not set up correctly.\n\
         This file is removed when you next log in.\n",
        now.strftime("%Y-%m-%d %H:%M UTC")
    );
    folder.replace_with(NAME, PRIVATE, text.as_bytes())
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
        "correct that; `tb check` finds further mistakes"
    } else if matches!(error, Error::File { .. }) {
        "let the user that the web server runs programs as read it (mode 600 if that is you, else 644)"
    } else {
        "correct that"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

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
