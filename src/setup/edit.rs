//! Changes values in `tb.toml`. All other bytes of the file stay, and so do its mode and its group.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use toml_edit::{Document, Value};

use super::LARGEST;
use super::text::config_error;
use crate::config::Config;
use crate::dir::{Folder, OpenMode, SeenPart, read_whole};
use crate::error::{Cause, Error, Result};
use crate::order;
use crate::store::Store;

/// A key and its new value, which is a text.
pub type NewValue<'a> = (&'static str, &'a str);

/// A change that is not yet written.
#[derive(Debug)]
pub struct ConfigEdit {
    path: PathBuf,
    folder: Folder,
    name: String,
    old: File,
    seen: SeenPart,
    metadata: fs::Metadata,
    text: String,
}

impl ConfigEdit {
    /// Prepares a change of `file`, which must not be a symbolic link itself.
    pub fn prepare(file: &Path, values: &[NewValue<'_>]) -> Result<ConfigEdit> {
        let no_name = || config_error(file, "the file's name is not UTF-8");
        let name = file.file_name().and_then(|name| name.to_str());
        let (Some(parent), Some(name)) = (file.parent(), name) else {
            return Err(no_name());
        };
        // The folders above may be links of the host's.
        let parent =
            fs::canonicalize(parent).map_err(|cause| Error::file("find", parent, cause))?;
        let path = parent.join(name);
        let folder = Folder::open(&parent)?;
        let old = folder.file(name, OpenMode::Read)?;
        let old = old.ok_or_else(|| no_such_file(&path))?;
        let metadata = old
            .metadata()
            .map_err(|cause| Error::file("examine", &path, cause))?;
        let (text, seen) =
            read_whole(&old, LARGEST).map_err(|cause| Error::file("read", &path, cause))?;
        let text = String::from_utf8(text)
            .map_err(|error| config_error(&path, Cause::new("not UTF-8", error)))?;
        Ok(ConfigEdit {
            text: with_values(&path, &text, values)?,
            name: name.to_owned(),
            path,
            folder,
            old,
            seen,
            metadata,
        })
    }

    /// The configuration after the change, or what is wrong with it.
    pub fn config(&self) -> Result<Config> {
        Config::load_text(&self.path, self.text.as_bytes())
    }

    /// Writes the change, unless the file has changed meanwhile.
    pub fn write(self) -> Result<()> {
        let mode = self.metadata.mode() & 0o777;
        let old = Some((&self.old, &self.seen));
        self.folder.rewrite(&self.name, mode, old, |new| {
            new.write_all(self.text.as_bytes())?;
            keep_owner(new, &self.metadata)
        })
    }
}

/// Writes the hash of a password into `file`, and ends all sessions.
pub fn set_password(file: &Path, hash: &str) -> Result<()> {
    let file = target(file)?;
    ConfigEdit::prepare(&file, &[("password", hash)])?.write()?;
    if let Ok(config) = Config::load(&file) {
        end_sessions(&config.data_dir).ok();
    }
    Ok(())
}

/// Ends all sessions after a change of the password. The signature of a session covers the hash, so they have ended
/// already; a new epoch also ends those that would become valid again with an old hash.
pub fn end_sessions(data_dir: &Path) -> Result<()> {
    let store = Store::open(data_dir)?;
    let open_to_all = fs::metadata(data_dir).is_ok_and(|folder| folder.mode() & 0o002 != 0);
    if !open_to_all {
        store.make_secret()?;
    }
    // In a folder that is open to all, the web server's user creates the key when it is needed.
    store.next_epoch()
}

/// The line of a value, as it stands in the file.
pub fn line((key, value): NewValue<'_>) -> String {
    format!("{key} = {}", Value::from(value))
}

/// The file to replace: the target of a symbolic link, which must belong to the owner.
fn target(file: &Path) -> Result<PathBuf> {
    let link = fs::symlink_metadata(file);
    let path = fs::canonicalize(file).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => no_such_file(file),
        _ => Error::file("find", file, cause),
    })?;
    let owner = fs::metadata(&path).map(|found| found.uid()).ok();
    let trusted =
        |link: fs::Metadata| link.uid() == geteuid().as_raw() || Some(link.uid()) == owner;
    match link.is_ok_and(trusted) {
        true => Ok(path),
        false => Err(Error::Planted {
            path,
            what: "reached by another user's link",
        }),
    }
}

fn no_such_file(file: &Path) -> Error {
    config_error(file, "no such file; run `tb init` to make it")
}

/// The text with other values; every other byte stays.
fn with_values(file: &Path, old: &str, values: &[NewValue<'_>]) -> Result<String> {
    let document = parse(file, old)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let line_end = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let mut added = String::new();
    for &(key, value) in values {
        match document.get(key).map(|item| (item.is_value(), item.span())) {
            Some((true, Some(span))) => edits.push((span, Value::from(value).to_string())),
            Some(_) => return Err(config_error(file, format!("`{key}` must be a value"))),
            None => added.push_str(&(line((key, value)) + line_end)),
        }
    }
    order::sort_by_key(&mut edits, |(span, _)| span.start);
    let mut new = old.to_owned();
    for (span, value) in edits.into_iter().rev() {
        if new.get(span.clone()).is_some() {
            new.replace_range(span, &value);
        }
    }
    if !added.is_empty() && !new.is_empty() && !new.ends_with('\n') {
        new.push_str(line_end);
    }
    new.push_str(&added);
    match changes_only(&document, &parse(file, &new)?, values) {
        true => Ok(new),
        false => Err(config_error(file, "the program cannot change this file")),
    }
}

/// Whether the documents differ in these values alone.
fn changes_only(old: &Document<&str>, new: &Document<&str>, values: &[NewValue<'_>]) -> bool {
    let is_changed = |key: &str| values.iter().any(|(changed, _)| *changed == key);
    let are_set = values
        .iter()
        .all(|(key, value)| new.get(key).and_then(|item| item.as_str()) == Some(*value));
    let others = |document: &Document<&str>| -> Vec<(String, String)> {
        let others = document.iter().filter(|(key, _)| !is_changed(key));
        others
            .map(|(key, item)| (key.to_owned(), item.to_string().trim().to_owned()))
            .collect()
    };
    are_set && others(old) == others(new)
}

fn parse<'text>(file: &Path, text: &'text str) -> Result<Document<&'text str>> {
    Document::parse(text).map_err(|error| {
        let words = error.to_string();
        config_error(file, Cause::new(words.trim_end(), error))
    })
}

/// Keeps owner, group and mode, so that the web server can still read the file.
fn keep_owner(new: &File, old: &fs::Metadata) -> io::Result<()> {
    let made = new.metadata()?;
    let user = (made.uid() != old.uid()).then_some(old.uid());
    let group = (made.gid() != old.gid()).then_some(old.gid());
    if user.is_some() || group.is_some() {
        std::os::unix::fs::fchown(new, user, group)?;
    }
    new.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(old: &str, values: &[NewValue<'_>]) -> Option<String> {
        with_values(Path::new("tb.toml"), old, values).ok()
    }

    #[test]
    fn only_the_value_changes_in_a_file_of_any_shape() {
        let one: &[NewValue<'_>] = &[("publish", "all")];
        for (old, new) in [
            ("publish = \"known\"\n", "publish = \"all\"\n"),
            (
                "publish='known'# why\r\nx=1\r\n",
                "publish=\"all\"# why\r\nx=1\r\n",
            ),
            (
                "  \"publish\"  =  \"\"\"\nknown\"\"\"  # x",
                "  \"publish\"  =  \"all\"  # x",
            ),
            (
                "# publish = \"none\"\n",
                "# publish = \"none\"\npublish = \"all\"\n",
            ),
            ("a = 1 # end", "a = 1 # end\npublish = \"all\"\n"),
            (
                "a = 1\r\n# end\r\n",
                "a = 1\r\n# end\r\npublish = \"all\"\r\n",
            ),
            ("", "publish = \"all\"\n"),
            (
                "\u{FEFF}publish = \"known\"\n",
                "\u{FEFF}publish = \"all\"\n",
            ),
            (
                "site_name = \"\"\"\npublish = \"x\"\n\"\"\"\npublish = \"known\"\n",
                "site_name = \"\"\"\npublish = \"x\"\n\"\"\"\npublish = \"all\"\n",
            ),
            ("publish = 3\n", "publish = \"all\"\n"),
        ] {
            assert_eq!(changed(old, one).as_deref(), Some(new), "{old:?}");
        }
    }

    #[test]
    fn several_values_change_at_once() {
        let old = "time_zone = \"UTC\" # here\nskip = [\n  \"a\", # x\n]\npublish = \"known\"\n";
        let values: &[NewValue<'_>] = &[
            ("publish", "none"),
            ("notify", "me@example.org"),
            ("time_zone", "Asia/Tokyo"),
        ];
        assert_eq!(
            changed(old, values).unwrap(),
            "time_zone = \"Asia/Tokyo\" # here\nskip = [\n  \"a\", # x\n]\npublish = \"none\"\n\
             notify = \"me@example.org\"\n"
        );
    }

    #[test]
    fn no_value_becomes_another_key_and_what_cannot_be_changed_is_refused() {
        for value in [
            "\"\npassword = \"x",
            "a\\",
            "'''",
            "\u{0}",
            "\u{7f}",
            "#",
            "\r\n[x]",
        ] {
            let new = changed("a = 1\n", &[("notify", value)]).unwrap();
            let document: toml_edit::DocumentMut = new.parse().unwrap();
            assert_eq!(document.len(), 2, "{new}");
            assert_eq!(document["notify"].as_str(), Some(value), "{new}");
        }
        for old in [
            "publish.x = 1\n",
            "[publish]\nx = 1\n",
            "[table]\na = 1\n",
            "publish = ",
            "publish = \"a\"\npublish = \"b\"\n",
        ] {
            assert_eq!(changed(old, &[("publish", "all")]), None, "{old}");
        }
    }
}
