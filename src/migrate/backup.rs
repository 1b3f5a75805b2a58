//! Writes all of `data_dir` into one tar, and checks such an archive before it is restored.
//!
//! | entry | content |
//! |---|---|
//! | `tb.toml` | the configuration file, if there is one; it is never restored automatically |
//! | `data/<tb_id>.jsonl` | the pings of an id, up to the last whole line |
//! | `data/.bans` and the like | the state files of the store |
//! | `data/.secret` | the session key, if secrets are included |
//!
//! Without secrets, the password's hash and the passphrase of all ids are left out of `tb.toml`, as are its comments and
//! the users in its URLs, and the passphrase of a single id is replaced by an empty one, which never matches.
//!
//! Locks, logs, indexes and the list of newest pings are not included. An archive is untrusted: all of it is checked
//! before anything is written, and no path in it is ever used as a path.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use jiff::Timestamp;
use serde::Deserialize;
use tar::{Builder, EntryType, Header};
use toml_edit::{Array, Value};

use super::bounded::{self, BoundedLine};
use crate::admission::entries;
use crate::config::Config;
use crate::dir::{Checksum, read_whole};
use crate::error::{Cause, Error, Result};
use crate::linkback::trackback::{Ping, TbId};
use crate::store::{FREE_SPACE_FLOOR, StateFile, Store};
use crate::urls::parse_web;

/// The size limit of a file other than pings, in bytes.
const MAX_SMALL_FILE: u64 = 16 << 20;
/// The largest configuration file that is read, in bytes.
const LARGEST_CONFIG: u64 = 1 << 20;
/// The longest name of an entry, in bytes.
const MAX_NAME: u64 = 4 << 10;
/// The size of a block of a tar, in bytes; a tar ends with blocks of zeros.
const BLOCK: u64 = 512;
/// How many entries an archive may have.
const MAX_ENTRIES: usize = 1_000_000;

/// Whether the session key, the password's hash and the passphrases are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They are: whoever has the archive can log in.
    With,
    /// They are not: everybody has to log in again.
    Without,
}

/// The kind of an archive's entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// The configuration.
    Config,
    /// The pings of an id.
    Pings(TbId),
    /// A state file of the store, by its name.
    Own(&'static str),
    /// The session key.
    Secret,
}

/// An entry that was checked, with the position and the checksum of its content.
#[derive(Debug)]
pub struct ArchiveEntry {
    /// Its kind.
    pub member: Member,
    at: u64,
    length: u64,
    checksum: u32,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Member::Config => write!(f, "tb.toml"),
            Member::Pings(id) => write!(f, "data/{id}.jsonl"),
            Member::Own(name) => write!(f, "data/{name}"),
            Member::Secret => write!(f, "data/.secret"),
        }
    }
}

impl Member {
    /// The kind of the entry with that name; `None` for a name that no backup contains.
    fn named(name: &str) -> Option<Member> {
        let name = name.strip_prefix("./").unwrap_or(name);
        if name == "tb.toml" {
            return Some(Member::Config);
        }
        let name = name.strip_prefix("data/")?;
        if name == ".secret" {
            return Some(Member::Secret);
        }
        if let Some(own) = StateFile::IN_BACKUPS
            .into_iter()
            .find(|own| own.name() == name)
        {
            return Some(Member::Own(own.name()));
        }
        let stem = name.strip_suffix(".jsonl")?;
        let id = TbId::new(stem.as_bytes()).ok()?;
        (id.as_str() == stem).then_some(Member::Pings(id))
    }
}

/// Writes an archive; `config` is the text of the configuration file, if there is one. Returns the number of ids.
pub fn write(
    store: &Store,
    config: Option<&[u8]>,
    secrets: Secrets,
    now: Timestamp,
    out: &mut dyn Write,
) -> Result<usize> {
    let mut tar = Builder::new(out);
    let time = u64::try_from(now.as_second()).unwrap_or(0);
    let mut append = |member: &Member, length: u64, content: &mut dyn Read| {
        append(&mut tar, &member.to_string(), time, length, content).map_err(Error::Stream)
    };
    if let Some(config) = config {
        append(&Member::Config, config.len() as u64, &mut &config[..])?;
    }
    for own in StateFile::IN_BACKUPS {
        if let Some(mut bytes) = store.read_state(own)? {
            if own == StateFile::Entries && secrets == Secrets::Without {
                bytes = entries::without_passphrases(&bytes);
            }
            append(
                &Member::Own(own.name()),
                bytes.len() as u64,
                &mut &bytes[..],
            )?;
        }
    }
    if secrets == Secrets::With
        && let Some(bytes) = store.secret_bytes()?
    {
        append(&Member::Secret, bytes.len() as u64, &mut &bytes[..])?;
    }
    let mut count = 0;
    for id in store.ids()? {
        if let Some((length, content)) = store.snapshot(&id)? {
            let mut content = ChecksummedHead::of(content);
            append(&Member::Pings(id), length, &mut content)?;
            content.check(length).map_err(Error::Stream)?;
            count += 1;
        }
    }
    tar.finish().map_err(Error::Stream)?;
    Ok(count)
}

fn append(
    tar: &mut Builder<&mut dyn Write>,
    name: &str,
    time: u64,
    length: u64,
    content: &mut dyn Read,
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_size(length);
    header.set_mode(0o600);
    header.set_mtime(time);
    if header.set_path(name).is_err() {
        // Too long for the header.
        tar.append_pax_extensions([("path", name.as_bytes())])?;
        header.set_path("data/long.jsonl")?;
    }
    header.set_cksum();
    let mut content = content.take(length);
    tar.append(&header, &mut content)?;
    if content.limit() > 0 {
        return Err(io::Error::other("a file became shorter while it was read"));
    }
    Ok(())
}

/// The beginning of a file, with the checksum of what was read.
struct ChecksummedHead {
    content: io::Take<File>,
    checksum: Checksum,
}

impl ChecksummedHead {
    fn of(content: io::Take<File>) -> ChecksummedHead {
        let checksum = Checksum::new();
        ChecksummedHead { content, checksum }
    }

    /// Reads it again and fails if the checksum differs.
    fn check(self, length: u64) -> io::Result<()> {
        let mut file = self.content.into_inner();
        file.rewind()?;
        let mut again = ChecksummedHead::of(file.take(length));
        io::copy(&mut again, &mut io::sink())?;
        match again.checksum.value() == self.checksum.value() {
            true => Ok(()),
            false => Err(io::Error::other("two readings of a file differ")),
        }
    }
}

impl Read for ChecksummedHead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.checksum
            .append(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// The text of the configuration file for the archive; `None` if all of it is in the environment.
pub fn configuration(config: &Config, secrets: Secrets) -> Result<Option<Vec<u8>>> {
    let fault = |cause| Error::file("read", &config.file, cause);
    let opened = match File::open(&config.file) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(fault)?,
    };
    let (text, _) = read_whole(&opened, LARGEST_CONFIG).map_err(fault)?;
    if secrets == Secrets::With {
        return Ok(Some(text));
    }
    let known: Vec<&str> = [&config.password, &config.passphrase]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    without_secrets(&text, &known).map(|text| Some(text.into_bytes()))
}

/// The settings of a configuration without the password's hash and the passphrase, which are `secrets`, and without what
/// else may have one in it: comments, and the names of users in URLs.
pub fn without_secrets(text: &[u8], secrets: &[&str]) -> Result<String> {
    const LEFT_OUT: &str = "was left out by `tb backup`: set it before this is used";
    let wrong = |message: Cause| Error::Config {
        place: "tb.toml".to_owned(),
        message,
    };
    let text = std::str::from_utf8(text).map_err(|error| wrong(Cause::of(error)))?;
    let document: toml_edit::Document<&str> =
        toml_edit::Document::parse(text).map_err(|error| {
            let words = error.to_string();
            wrong(Cause::new(words.trim_end(), error))
        })?;
    let mut kept =
        "# Written by `tb backup`, without comments: one may name a secret.\n".to_owned();
    for (key, item) in document.as_table().iter() {
        let value = item.as_value().filter(|_| !SECRET_KEYS.contains(&key));
        kept.push_str(
            &match value.and_then(|value| without_secret(value, secrets)) {
                Some(value) => format!("{key} = {value}\n"),
                None => format!("# `{key}` {LEFT_OUT}\n"),
            },
        );
    }
    Ok(kept)
}

const SECRET_KEYS: [&str; 2] = ["password", "passphrase"];

/// A value without comments and users of URLs; `None` if it has a secret in it.
fn without_secret(value: &Value, secrets: &[&str]) -> Option<Value> {
    let is_secret = |text: &str| {
        let mut known = secrets.iter().filter(|secret| !secret.is_empty());
        text.contains("$argon2") || known.any(|secret| text.contains(secret))
    };
    match value {
        Value::String(text) if is_secret(text.value()) => None,
        Value::String(text) => Some(Value::from(without_credentials(text.value()))),
        Value::Array(items) => {
            let items = items.iter().map(|item| without_secret(item, secrets));
            Some(Value::Array(items.collect::<Option<Array>>()?))
        }
        // No setting has one.
        Value::InlineTable(_) => None,
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            let mut plain = value.clone();
            plain.decor_mut().clear();
            Some(plain)
        }
    }
}

/// Removes the user and the password before the host of each URL in a text.
fn without_credentials(text: &str) -> String {
    let is_between = |c: char| c == ',' || c.is_whitespace();
    let mut parts = text.split("//");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut pieces = part.split(|c: char| "/?#\\".contains(c) || is_between(c));
        let user = pieces.next().and_then(|authority| authority.rfind('@'));
        // In a path they have no meaning.
        let is_url = plain.is_empty() || plain.ends_with(|c: char| c == ':' || is_between(c));
        let host = user.filter(|_| is_url).map_or(0, |at| at + 1);
        plain.push_str("//");
        plain.push_str(part.get(host..).unwrap_or_default());
    }
    let mut kept = String::new();
    for word in plain.split_inclusive(is_between) {
        let url = word.trim_end_matches(is_between);
        kept.push_str(&url_without_credentials(url));
        kept.push_str(word.get(url.len()..).unwrap_or_default());
    }
    url_without_credentials(&kept)
}

/// The same of one URL, however it is spelt; it is left as it is if it has neither.
fn url_without_credentials(text: &str) -> String {
    let has_one = |url: &url::Url| !url.username().is_empty() || url.password().is_some();
    let plain = parse_web(text).filter(has_one).and_then(|mut url| {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        Some(String::from(url))
    });
    plain.unwrap_or_else(|| text.to_owned())
}

/// Checks a whole archive and returns its entries.
pub fn examine(file: &File) -> io::Result<Vec<ArchiveEntry>> {
    let whole = file.metadata()?.len();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut long_name: Option<String> = None;
    let mut behind = 0;
    let mut position = file;
    position.rewind()?;
    let mut archive = tar::Archive::new(position);
    for entry in archive.entries_with_seek()?.raw(true) {
        let mut entry = entry.map_err(|cause| unreadable(behind, cause))?;
        let length = entry.header().entry_size()?;
        let at = entry.raw_file_position();
        let kind = entry.header().entry_type();
        let end = at.checked_add(length);
        behind = end
            .and_then(|end| end.checked_next_multiple_of(BLOCK))
            .ok_or_else(|| refused("an entry is larger than the archive"))?;
        if let Some(name) = name_entry(&mut entry, kind, length)? {
            long_name = name.or(long_name);
            continue;
        }
        let name = long_name
            .take()
            .unwrap_or_else(|| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
        if kind == EntryType::Directory && ["./", "data/", "./data/"].contains(&name.as_str()) {
            continue;
        }
        let is_link = entry.link_name_bytes().is_some();
        if is_link || !matches!(kind, EntryType::Regular | EntryType::Continuous) {
            return Err(refused(format!("`{name}` is not a plain file")));
        }
        let member = member(&name, length)?;
        if end.is_none_or(|end| end > whole) {
            return Err(refused(format!(
                "`{name}` is larger than the archive, which is truncated"
            )));
        }
        if !seen.insert(member.clone()) || seen.len() > MAX_ENTRIES {
            return Err(refused(format!("`{name}` occurs twice")));
        }
        found.push(ArchiveEntry {
            member,
            at,
            length,
            checksum: 0,
        });
    }
    check_end(position, behind)?;
    for one in &mut found {
        let mut content = MemberContent::of(one, file, None);
        if let Member::Pings(_) = one.member {
            check_lines(&mut BufReader::new(&mut content), &one.member)?;
        }
        io::copy(&mut content, &mut io::sink())?;
        one.checksum = content.checksum.value();
    }
    Ok(found)
}

/// The name that an entry gives to the next one; `None` if it is a member itself.
fn name_entry(
    entry: &mut impl Read,
    kind: EntryType,
    length: u64,
) -> io::Result<Option<Option<String>>> {
    if !matches!(
        kind,
        EntryType::XHeader | EntryType::XGlobalHeader | EntryType::GNULongName
    ) {
        return Ok(None);
    }
    if length > MAX_NAME {
        return Err(refused("an entry's name is too long"));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    Ok(Some(match kind {
        EntryType::XHeader => pax_name(&bytes)?,
        EntryType::GNULongName => {
            let name = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
            Some(String::from_utf8_lossy(name).into_owned())
        }
        _ => None,
    }))
}

/// The member of that name, if it may have so many bytes.
fn member(name: &str, length: u64) -> io::Result<Member> {
    let member = Member::named(name)
        .ok_or_else(|| refused(format!("`{name}` is not a name that a backup contains")))?;
    match member {
        Member::Pings(_) => Ok(member),
        _ if length > MAX_SMALL_FILE => Err(refused(format!("`{name}` is larger than 16 MiB"))),
        _ => Ok(member),
    }
}

/// Checks that the archive's end follows its last entry, which ends at `behind`.
fn check_end(mut file: &File, behind: u64) -> io::Result<()> {
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(behind))?;
    file.take(BLOCK).read_to_end(&mut end)?;
    if end.len() as u64 != BLOCK || end.iter().any(|byte| *byte != 0) {
        return Err(refused("the archive is truncated"));
    }
    // A file of zeros reads as an archive without entries.
    if behind == 0 {
        return Err(refused("it is not a backup: it contains no file"));
    }
    Ok(())
}

/// Why no entry can be read behind the first so many bytes.
fn unreadable(behind: u64, cause: io::Error) -> io::Error {
    match (cause.raw_os_error(), behind) {
        (Some(_), _) => cause,
        (None, 0) => refused("it is not a backup"),
        (None, _) => refused("it is cut off or damaged"),
    }
}

impl ArchiveEntry {
    /// Its size in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Its content; reading it fails if it is not what was checked.
    pub fn content<'file>(&self, file: &'file File) -> MemberContent<'file> {
        MemberContent::of(self, file, Some(self.checksum))
    }
}

/// The content of an entry, which never ends early.
#[derive(Debug)]
pub struct MemberContent<'file> {
    file: &'file File,
    at: u64,
    left: u64,
    checksum: Checksum,
    /// What the checksum is to be.
    expected: Option<u32>,
}

impl<'file> MemberContent<'file> {
    fn of(entry: &ArchiveEntry, file: &'file File, expected: Option<u32>) -> Self {
        MemberContent {
            file,
            at: entry.at,
            left: entry.length,
            checksum: Checksum::new(),
            expected,
        }
    }
}

impl Read for MemberContent<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(most);
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let count = self.file.read_at(buffer, self.at)?;
        if count == 0 {
            return Err(io::Error::other(
                "the archive became shorter while it was read",
            ));
        }
        self.checksum
            .append(buffer.get(..count).unwrap_or_default());
        self.at += count as u64;
        self.left -= count as u64;
        let is_other = |expected| self.checksum.value() != expected;
        match self.left == 0 && self.expected.is_some_and(is_other) {
            true => Err(io::Error::other("two readings of the archive differ")),
            false => Ok(count),
        }
    }
}

/// Refuses to write an archive on the file system of the store if it may not have enough space.
pub fn check_space_to_write(store: &Store, data_dir: &std::path::Path) -> Result<()> {
    let mut needed: u64 = 0;
    let files = store.ids()?.into_iter().map(|id| store.file_of(&id));
    let own = StateFile::IN_BACKUPS
        .into_iter()
        .map(|own| store.state_path(own));
    for path in files.chain(own) {
        let length = std::fs::metadata(path).map_or(0, |found| found.len());
        needed = needed.saturating_add(length + 2 * BLOCK);
    }
    check_free(store, data_dir, needed)
}

/// Refuses an archive for which there is not enough disk space.
pub fn check_space(
    store: &Store,
    data_dir: &std::path::Path,
    found: &[ArchiveEntry],
) -> Result<()> {
    check_free(store, data_dir, found.iter().map(|one| one.length).sum())
}

fn check_free(store: &Store, data_dir: &std::path::Path, needed: u64) -> Result<()> {
    let (free, floor) = (store.free_space()?, needed.saturating_add(FREE_SPACE_FLOOR));
    if free < floor {
        return Err(Error::NoSpace {
            path: data_dir.to_owned(),
            free,
            floor,
        });
    }
    Ok(())
}

fn pax_name(bytes: &[u8]) -> io::Result<Option<String>> {
    let mut name = None;
    for extension in tar::PaxExtensions::new(bytes) {
        let extension = extension?;
        match extension.key_bytes() {
            b"path" => name = Some(String::from_utf8_lossy(extension.value_bytes()).into_owned()),
            key if key == b"size" || key.starts_with(b"GNU.sparse") || key == b"linkpath" => {
                return Err(refused("an entry is not a plain file"));
            }
            _ => {}
        }
    }
    Ok(name)
}

/// Refuses lines that this program would never have written: a stored URL is shown as a link.
fn check_lines(reader: &mut impl BufRead, member: &Member) -> io::Result<()> {
    #[derive(Deserialize)]
    struct Fact {
        op: String,
        url: Option<String>,
    }
    let mut held = Vec::new();
    for number in 1u64.. {
        match bounded::line(reader, &mut held)? {
            BoundedLine::None => break,
            BoundedLine::Cropped => {
                return Err(refused(format!(
                    "`{member}`, line {number}: longer than 1 MiB"
                )));
            }
            BoundedLine::Whole => {}
        }
        let Ok(fact) = serde_json::from_slice::<Fact>(&held) else {
            // A line of a newer version, or damaged: the store skips it.
            continue;
        };
        let url = fact.url.unwrap_or_default();
        let good = Ping::new(&url, "", "", "").is_ok_and(|ping| ping.url == url);
        if fact.op == "ping" && !good {
            return Err(refused(format!(
                "`{member}`, line {number}: a ping cannot have this URL"
            )));
        }
    }
    Ok(())
}

fn refused(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f16_no_secret_of_a_configuration_is_left_in_it() {
        let hash = "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA";
        for text in [
            format!(
                "base_url = \"https://a/\"\npassword = \"{hash}\"\npassphrase = \"sesame-1\"\n"
            ),
            format!("# mine\n\"password\" = '{hash}' # of old: sesame-1\npassphrase='sesame-1'"),
            format!(
                "passphrase = \"\"\"\nsesame-1\"\"\" # now\npassword = \"\"\"\\\n  {hash}\"\"\"\n"
            ),
            format!("# password = \"{hash}\"\n#passphrase = \"sesame-1\"\nsite_name = \"Cats\"\n"),
            "passphrase = \"\\u0073esame-1\"\n# $argon2id$v=19$m=2,t=1,p=1$c2FsdA$b3RoZXI\n"
                .to_owned(),
            "passphrase = \"sesame-1\" # was sesame-0\n  ## passphrase=\"sesame-0\"\n# 'password' = \"sesame\"\n"
                .to_owned(),
            "# old passphrase sesame-2\nsite_name = \"x\" # pw: sesame-3\n".to_owned(),
            "## the password was: sesame-4\r\n#TB_PASSPHRASE=sesame-5\r\nbase_url = \"https://a/\"\r\n".to_owned(),
            "skip = [ # sesame-6\n  \"https://me:sesame-7@x.example/\", # sesame-8\n  # sesame-9\n]\n".to_owned(),
            "script_src = \"'self', https://sesame-10@x.example\"\nsubmit = true # sesame-11\n".to_owned(),
            "site_name = \"the s\\u0065same-1 way\"\nsubmit = false\n".to_owned(),
            format!("publish = \"all\" # sesame\nsite_name = 'Cats'\nheader = '{hash}'\n"),
        ] {
            let kept = without_secrets(text.as_bytes(), &[hash, "sesame-1"]).unwrap();
            for secret in ["sesame", "argon2", "esame"] {
                assert!(!kept.contains(secret), "{text}\n{kept}");
            }
            let document: toml_edit::DocumentMut = kept.parse().unwrap();
            assert!(document.get("password").is_none() && document.get("passphrase").is_none());
            assert_eq!(kept.contains("base_url = "), text.contains("base_url = "));
            assert_eq!(kept.contains("Cats"), text.contains("Cats"));
        }
        let plain = "base_url = \"https://a/\"\nskip = [\"https://x.example/@me\", 'mailto:a@b.example']\nsubmit = true\n";
        let kept = without_secrets(plain.as_bytes(), &["", "sesame-1"]).unwrap();
        let settings = kept.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(
            settings.collect::<Vec<_>>(),
            [
                "base_url = \"https://a/\"",
                "skip = [\"https://x.example/@me\", \"mailto:a@b.example\"]",
                "submit = true"
            ]
        );
        for (url, open) in [
            ("https://a:b@x.example:8/p@q", "https://x.example:8/p@q"),
            ("https://a:b@c@x.example", "https://x.example"),
            ("//a@x.example?@", "//x.example?@"),
            (
                "https://a@x.example,http://b@y.example",
                "https://x.example,http://y.example",
            ),
            (
                "https://x.example/http://me@y.example/",
                "https://x.example/http://y.example/",
            ),
            ("//a@x.example, //b@y.example", "//x.example, //y.example"),
            // A browser reads these as the first.
            ("https:/a:b@x.example/", "https://x.example/"),
            ("https:a:b@x.example", "https://x.example/"),
            ("https:\\\\a:b@x.example", "https://x.example/"),
            ("https://a:b,c d@x.example/", "https://x.example/"),
            (
                "'self' https:/a:b@x.example/y, http:a@y.example",
                "'self' https://x.example/y, http://y.example/",
            ),
            ("https:/x.example/@a", "https:/x.example/@a"),
            ("mailto:a@x.example", "mailto:a@x.example"),
            // These are files.
            ("/home/a//b@c", "/home/a//b@c"),
            ("é//é@é", "é//é@é"),
        ] {
            assert_eq!(without_credentials(url), open);
        }
    }

    #[test]
    fn a7_a_file_of_zeros_is_no_backup() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &[0; 10_240]).unwrap();
        let error = examine(&file).unwrap_err().to_string();
        assert_eq!(error, "it is not a backup: it contains no file");
    }

    #[test]
    fn s2_only_names_that_a_backup_has_are_known() {
        for name in [
            "/data/a.jsonl",
            "../data/a.jsonl",
            "data/../a.jsonl",
            "data//a.jsonl",
            "data/a/b.jsonl",
            "data/a.b.jsonl",
            "data/.jsonl",
            "data/.lock-00",
            "data/.a.idx",
            "data/.recent",
            "data/a.jsonl/",
            "a.jsonl",
            "tb.toml/x",
            "../tb.toml",
            "",
        ] {
            assert_eq!(Member::named(name), None, "{name}");
        }
        for name in [
            "tb.toml",
            "data/a.jsonl",
            "data/猫.jsonl",
            "data/.bans",
            "data/.secret",
        ] {
            assert_eq!(Member::named(name).unwrap().to_string(), name);
            let dotted = format!("./{name}");
            assert_eq!(Member::named(&dotted).unwrap().to_string(), name);
        }
    }
}
