//! The raw keys of `tb.toml` and the environment, with one accessor for each type.
//!
//! Each error names the place to fix (the file or the variable) and a valid value.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use toml_edit::{DocumentMut, Value};
use url::Url;

use super::values::{FeedFormat, zone_named};
use super::{EntryPattern, Limits, syntax};
use crate::domain;
use crate::error::{Cause, Error, Result};
use crate::language::Language;
use crate::linkback::Protocol;
use crate::urls::{bare_host, parse_own_web, parse_web, split_port};

/// The raw keys, from file and environment.
pub(super) struct ConfigKeys<'file> {
    file: &'file Path,
    document: DocumentMut,
    environment: &'file dyn Fn(&str) -> Option<OsString>,
}

impl<'file> ConfigKeys<'file> {
    /// Parses the keys in `bytes`. Syntax errors and unknown keys are refused here, wrong values later.
    pub(super) fn read(
        file: &'file Path,
        bytes: &[u8],
        environment: &'file dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        let place = file.display();
        let document = syntax::parse(bytes).map_err(|cause| wrong(&place, cause))?;
        for (key, item) in document.iter() {
            if !item.is_value() && !KEYS.contains(&key) {
                let message = format!("the keys stand in no table: remove the line `[{key}]`");
                return Err(wrong(&place, message));
            }
            if !KEYS.contains(&key) {
                return Err(wrong(&place, unknown_key(key)));
            }
            if !item.is_value() {
                return Err(wrong(
                    &place,
                    format!("`{key}` must be a value, not a table"),
                ));
            }
        }
        Ok(ConfigKeys {
            file,
            document,
            environment,
        })
    }

    /// The value in the file.
    fn value(&self, key: &str) -> Option<&Value> {
        self.document.get(key)?.as_value()
    }

    /// The place to report when the value of `key` is wrong.
    pub(super) fn place(&self, key: &str) -> String {
        if (self.environment)(key).is_some() {
            format!("TB_{}", key.to_ascii_uppercase())
        } else {
            self.file.display().to_string()
        }
    }

    pub(super) fn string(&self, key: &str) -> Result<Option<String>> {
        let text = match (self.environment)(key) {
            Some(value) => value
                .into_string()
                .map_err(|_| wrong(self.place(key), "not UTF-8"))?,
            None => match self.value(key) {
                None => return Ok(None),
                Some(Value::String(text)) => text.value().clone(),
                Some(_) => return Err(self.wrong_type(key, "a text in quotes")),
            },
        };
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    pub(super) fn list(&self, key: &str) -> Result<Option<Vec<String>>> {
        let array = match (self.environment)(key)
            .is_none()
            .then(|| self.value(key))
            .flatten()
        {
            Some(Value::Array(array)) => array,
            Some(Value::String(_)) | None => {
                let items =
                    |text: String| text.split(',').map(|item| item.trim().to_owned()).collect();
                return Ok(self.string(key)?.map(items));
            }
            Some(_) => return Err(self.wrong_type(key, "a list of texts in quotes")),
        };
        let item = |value: &Value| value.as_str().map(str::to_owned);
        let items: Option<Vec<String>> = array.iter().map(item).collect();
        items
            .map(Some)
            .ok_or_else(|| self.wrong_type(key, "a list of texts in quotes"))
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>> {
        match ((self.environment)(key), self.value(key)) {
            (Some(value), _) if value == "true" => Ok(Some(true)),
            (Some(value), _) if value == "false" || value.is_empty() => Ok(Some(false)),
            (None, Some(Value::Boolean(value))) => Ok(Some(*value.value())),
            (None, None) => Ok(None),
            _ => Err(self.wrong_type(key, "`true` or `false`")),
        }
    }

    /// One of the named choices; the first is the default.
    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Result<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let chosen = choices.get(self.place_of_choice(key, &names)?);
        let (_, value) = chosen.ok_or_else(|| self.wrong_type(key, "another value"))?;
        Ok(*value)
    }

    /// Which of `names` the value is; the first without a value.
    #[inline(never)]
    fn place_of_choice(&self, key: &str, names: &[&str]) -> Result<usize> {
        let Some(text) = self.string(key)? else {
            return Ok(0);
        };
        let place = names.iter().position(|name| *name == text);
        place.ok_or_else(|| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            self.wrong_type(key, &names.join(" or "))
        })
    }

    pub(super) fn url(&self, key: &str) -> Result<Option<Url>> {
        self.string(key)?
            .map(|text| self.web_url(key, &text))
            .transpose()
    }

    pub(super) fn urls(&self, key: &str) -> Result<Option<Vec<Url>>> {
        let parse = |items: Vec<String>| items.iter().map(|text| self.web_url(key, text)).collect();
        self.list(key)?.map(parse).transpose()
    }

    fn web_url(&self, key: &str, text: &str) -> Result<Url> {
        parse_own_web(text).map_err(|right| self.wrong_type(key, right))
    }

    /// Sources of a Content Security Policy, without characters that could end the directive or the header.
    pub(super) fn sources(&self, key: &str) -> Result<Option<Vec<String>>> {
        let sources = self.list(key)?;
        let bad = |source: &String| {
            source.is_empty()
                || !source
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b';')
        };
        match &sources {
            Some(list) if list.iter().any(bad) => Err(self.wrong_type(
                key,
                "a list of sources such as `'self'` or `https://blog.example`",
            )),
            _ => Ok(sources),
        }
    }

    pub(super) fn path(&self, key: &str) -> Result<Option<PathBuf>> {
        if let Some(value) = (self.environment)(key).filter(|value| !value.is_empty()) {
            return Ok(Some(self.beside(value)));
        }
        Ok(self.string(key)?.map(|text| self.beside(text)))
    }

    pub(super) fn entry(&self, key: &str) -> Result<Option<EntryPattern>> {
        let read = |text: String| {
            EntryPattern::new(&text).ok_or_else(|| {
                let right = "a URL with `{id}` in it, once, as `https://blog.example/posts/{id}/`";
                self.wrong_type(key, right)
            })
        };
        self.string(key)?.map(read).transpose()
    }

    /// A duration such as `90 days`; a day has 24 hours, months are not accepted.
    pub(super) fn duration(&self, key: &str) -> Result<Option<SignedDuration>> {
        let read = |text: String| {
            text.parse::<Span>()
                .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
                .ok()
                .filter(|duration| duration.is_positive())
                .ok_or_else(|| self.wrong_type(key, "a time such as `90 days` or `36 hours`"))
        };
        self.string(key)?.map(read).transpose()
    }

    pub(super) fn formats(&self, key: &str) -> Result<Vec<FeedFormat>> {
        let Some(names) = self.list(key)? else {
            return Ok(vec![FeedFormat::Rss]);
        };
        let named = |name: &String| {
            FeedFormat::ALL
                .into_iter()
                .find(|format| format.name() == name)
        };
        let formats: Option<Vec<FeedFormat>> = names.iter().map(named).collect();
        formats.ok_or_else(|| {
            let names = FeedFormat::ALL.map(FeedFormat::name).join(", ");
            self.wrong_type(key, &format!("a list of some of {names}"))
        })
    }

    /// Names of hosts, in lower case and Punycode, without `www.`; none of them is a host of `own`.
    pub(super) fn hosts(&self, key: &str, own: &[&Url]) -> Result<Option<Vec<String>>> {
        let parse = |item: &String| {
            host(item, own).map_err(|fault| {
                let right = format!("a list of hosts such as `brid.gy`; `{item}` {fault}");
                self.wrong_type(key, &right)
            })
        };
        let items = self.list(key)?;
        items
            .map(|items| items.iter().map(parse).collect())
            .transpose()
    }

    pub(super) fn protocols(&self, key: &str) -> Result<Option<Vec<Protocol>>> {
        let Some(names) = self.list(key)? else {
            return Ok(None);
        };
        let named: Option<Vec<Protocol>> = names.iter().map(|name| Protocol::named(name)).collect();
        let named = named.filter(|named| !named.is_empty());
        named.map(Some).ok_or_else(|| {
            let names = Protocol::ALL.map(Protocol::name).join(", ");
            self.wrong_type(key, &format!("a list of some of {names}"))
        })
    }

    pub(super) fn zone(&self, key: &str) -> Result<TimeZone> {
        let Some(name) = self.string(key)? else {
            return Ok(TimeZone::UTC);
        };
        zone_named(name.trim()).map_err(|error| {
            let message = format!("`{key}`: no zone is called `{name}`; one is `Europe/Paris`");
            wrong(self.place(key), Cause::new(message, error))
        })
    }

    pub(super) fn language(&self, key: &str) -> Result<Option<Language>> {
        let named = |text: String| {
            Language::of_code(&text).ok_or_else(|| {
                let codes: Vec<&str> = Language::ALL.iter().map(|one| one.name()).collect();
                self.wrong_type(key, &format!("one of {}", codes.join(", ")))
            })
        };
        self.string(key)?.map(named).transpose()
    }

    pub(super) fn limits(&self, key: &str) -> Result<Limits> {
        let items = self.list(key)?.unwrap_or_default();
        Limits::read(&items).map_err(|fault| {
            let right = format!("a list such as [\"prefix 6\", \"site 60\"]; {fault}");
            self.wrong_type(key, &right)
        })
    }

    /// Stands in a URL as it is, and is no signature.
    pub(super) fn passphrase(&self, key: &str) -> Result<Option<String>> {
        match self.string(key)? {
            Some(text) if !is_passphrase(&text) => Err(self.wrong_type(key, PASSPHRASE)),
            text => Ok(text),
        }
    }

    pub(super) fn mail_address(&self, key: &str) -> Result<Option<String>> {
        match self.string(key)? {
            Some(text) if !is_mail_address(&text) => Err(self.wrong_type(key, MAIL_ADDRESS)),
            text => Ok(text),
        }
    }

    /// A path relative to the configuration's folder.
    pub(super) fn beside(&self, path: impl AsRef<Path>) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("/")).join(path)
    }

    fn wrong_type(&self, key: &str, right: &str) -> Error {
        wrong(self.place(key), format!("`{key}` must be {right}"))
    }
}

/// A host that is one publisher's, and none of `own`; the error says what is wrong with it.
fn host(item: &str, own: &[&Url]) -> std::result::Result<String, &'static str> {
    let name = item.trim();
    if name.contains('*') {
        return Err("has a wildcard; name each host");
    }
    if split_port(name).1.is_some() {
        return Err("has a port; name the host alone");
    }
    let url = parse_web(&format!("https://{name}/"));
    let url = url.filter(|_| !name.contains(['@', '/', '\\', '?', '#']));
    let url = url.ok_or("is not the name of a host")?;
    let host = bare_host(&url);
    if domain::is_open_to_all(host) {
        return Err("is a public suffix: everybody can have a name below it");
    }
    if own.iter().any(|own| bare_host(own) == host) {
        return Err("is the host of your own site");
    }
    Ok(host.to_owned())
}

/// What a passphrase must be.
pub const PASSPHRASE: &str = "at most 128 letters and digits of ASCII, `-`, `.` and `_`, with a letter or a digit among them";

/// Whether `text` can be a passphrase: it stands in a URL as it is (where `..` would be taken out).
pub fn is_passphrase(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    text.len() <= 128
        && text.bytes().all(plain)
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// What an address for mails must be.
pub const MAIL_ADDRESS: &str = "one address such as `me@example.org`";

/// Whether mails can be sent to `text`: nothing that could be an option of a program or a further line of a mail's header.
pub fn is_mail_address(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._+-=~".contains(&byte);
    let parts = text.split_once('@');
    text.len() <= 254
        && text.bytes().all(plain)
        && !text.starts_with('-')
        && parts
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

pub(super) fn wrong(place: impl ToString, message: impl Into<Cause>) -> Error {
    Error::Config {
        place: place.to_string(),
        message: message.into(),
    }
}

pub(super) fn unknown_key(key: &str) -> String {
    let nearest = KEYS
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(key, a).total_cmp(&strsim::jaro_winkler(key, b)));
    match nearest.filter(|nearest| strsim::jaro_winkler(key, nearest) > 0.8) {
        Some(nearest) => format!("unknown key `{key}`; did you mean `{nearest}`?"),
        None => format!("unknown key `{key}`; the keys are {}", KEYS.join(", ")),
    }
}

/// Every key of `tb.toml`.
pub const KEYS: [&str; 32] = [
    "base_url",
    "site",
    "site_name",
    "data_dir",
    "rss_dir",
    "rss_url",
    "static",
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
    "ids",
    "entry",
    "close_after",
    "limits",
    "passphrase",
    "notify",
    "sendmail",
    "ledger",
    "skip",
    "ping_hosts",
    "protocols",
    "proxies",
    "reactions",
    "submit",
    "language",
];
