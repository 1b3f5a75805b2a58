//! Checks the answers to the questions of a set-up, in a shell or in a browser.

use std::io;
use std::path::{Path, PathBuf};

use url::Url;

use crate::config::{self, MAIL_ADDRESS, Publish, is_mail_address};
use crate::error::{Error, Result};
use crate::language::Language;
use crate::urls::parse_own_web;

/// The shortest password, in characters.
const SHORTEST: usize = 8;
/// The longest, in bytes.
pub const LONGEST: usize = 1000;

/// An absolute http or https URL.
pub fn web_url(text: &str) -> std::result::Result<Url, String> {
    parse_own_web(text).map_err(|right| format!("it must be {right}"))
}

/// A policy by its name.
pub fn publish(text: &str) -> std::result::Result<Publish, String> {
    let named = Publish::NAMES.iter().find(|(name, _)| *name == text);
    named
        .map(|(_, policy)| *policy)
        .ok_or_else(|| "expected one of `known`, `verified`, `all`, `none`".to_owned())
}

/// The policies as a choice, each with what it means; the first is the default.
pub const POLICIES: [(&str, &str); Publish::NAMES.len()] = [
    ("known", "known: its page links here, and you know its host"),
    ("verified", "verified: its page links here"),
    ("all", "all: at once"),
    ("none", "none: when you approve it"),
];

/// The languages of the pages for readers, each with its own name; the first is the default.
pub const LANGUAGES: [(&str, &str); Language::ALL.len() + 1] = [
    ("", "that of the header"),
    ("en", "English"),
    ("ja", "日本語"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
];

/// A language by its code.
pub fn language(text: &str) -> std::result::Result<Language, String> {
    Language::of_code(text).ok_or_else(|| {
        let codes: Vec<String> = Language::ALL
            .iter()
            .map(|one| format!("`{}`", one.name()))
            .collect();
        format!("expected one of {}", codes.join(", "))
    })
}

/// The absolute path without links and `..`, as far as it exists.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    for there in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (there.canonicalize(), path.strip_prefix(there)) {
            return Ok(if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            });
        }
    }
    Ok(path)
}

/// The name of a time zone.
pub fn parse_zone_name(text: &str) -> std::result::Result<String, String> {
    if config::zone_named(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err("unknown time zone; expected one such as `Europe/Paris`".to_owned())
}

/// An address for mails to the owner.
pub fn mail_address(text: &str) -> std::result::Result<String, String> {
    match is_mail_address(text) {
        true => Ok(text.to_owned()),
        false => Err(format!("expected {MAIL_ADDRESS}")),
    }
}

/// Refuses a password that is too short or too long.
pub fn check_password(password: &str) -> Result<()> {
    let count = password.chars().count();
    if count < SHORTEST {
        let message = format!("a password has at least {SHORTEST} characters; this has {count}");
        return Err(Error::Usage(message));
    }
    if password.len() > LONGEST {
        let message = format!("a password has at most {LONGEST} bytes");
        return Err(Error::Usage(message));
    }
    Ok(())
}
