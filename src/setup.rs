//! An installation, made: the folders, `tb.toml`, the header and footer to edit, the session key.
//!
//! What is there already is kept: no folder's mode is changed, no file is overwritten, and where a
//! `tb.toml` stands nothing is done at all. The configuration is written last and never half.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::process::geteuid;
use toml_edit::{DocumentMut, Item, Value};

use self::plan::config_error;
pub use self::plan::{SetupPlan, Sharing};
use crate::config::{Config, DEFAULT_FOOTER, DEFAULT_HEADER};
use crate::dir::{Folder, OpenMode, PRIVATE, PUBLIC, read_whole};
use crate::error::{Cause, Error, Result};
use crate::store::Store;

mod plan;
mod text;

/// The name of the configuration.
pub const FILE_NAME: &str = "tb.toml";

/// The largest file that is changed, in bytes.
const LARGEST: u64 = 1 << 20;

/// Makes an installation and returns its configuration.
pub fn install(plan: &SetupPlan) -> Result<Config> {
    let folder = make_folder(&plan.folder, 0o755)?;
    let file = folder.join(FILE_NAME);
    if fs::symlink_metadata(&file).is_ok() {
        return Err(config_error(
            &file,
            "is there already; edit it, or move it away to begin anew",
        ));
    }
    let text = text::configuration(plan)?;
    let config = Config::read(&file, text.as_bytes(), |_| None)?;
    config.zone()?;
    let (data_mode, rss_mode, file_mode) = match plan.sharing {
        Sharing::OwnUser => (0o700, 0o755, PRIVATE),
        Sharing::OtherUser => (0o1777, 0o1777, PUBLIC),
    };
    make_folder(&config.data_dir, data_mode)?;
    let data = Folder::open(&config.data_dir)?;
    write_new(&data, ".htaccess", PUBLIC, text::DENY_ALL)?;
    if let Some(rss_dir) = &config.rss_dir {
        make_folder(rss_dir, rss_mode)?;
        Folder::open(rss_dir)?;
    }
    let beside = Folder::open(&folder)?;
    deny_to_the_web(&beside)?;
    write_new(&beside, "header.txt", PUBLIC, DEFAULT_HEADER)?;
    write_new(&beside, "footer.txt", PUBLIC, DEFAULT_FOOTER)?;
    if plan.sharing == Sharing::OwnUser {
        // Made by the shell's user it would be useless to another one, who makes it when it is needed.
        Store::open(&config.data_dir)?.make_secret()?;
    }
    let mut written = beside.new_file(FILE_NAME, OpenMode::Change, file_mode)?;
    let done = written
        .write_all(text.as_bytes())
        .and_then(|()| written.sync_all());
    if let Err(cause) = done {
        beside.remove(FILE_NAME)?;
        return Err(Error::file("write", file, cause));
    }
    beside.sync()?;
    Ok(config)
}

/// Puts the hash of a password into `file`; every other line, comments too, and the file's mode and
/// group stay. Ends all sessions.
pub fn set_password(file: &Path, hash: &str) -> Result<()> {
    // The file behind a link is replaced, not the link; but whose link is it?
    let link = fs::symlink_metadata(file);
    let file = fs::canonicalize(file).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => config_error(file, "no such file; run `tb init` to make it"),
        _ => Error::file("find", file, cause),
    })?;
    let name = file.file_name().and_then(|name| name.to_str());
    let (Some(parent), Some(name)) = (file.parent(), name) else {
        return Err(config_error(&file, "the file's name is not UTF-8"));
    };
    let folder = Folder::open(parent)?;
    let old = folder.file(name, OpenMode::Read)?;
    let old = old.ok_or_else(|| config_error(&file, "no such file; run `tb init` to make it"))?;
    let metadata = old
        .metadata()
        .map_err(|cause| Error::file("look at", &file, cause))?;
    let trusted = |link: fs::Metadata| [metadata.uid(), geteuid().as_raw()].contains(&link.uid());
    if !link.is_ok_and(trusted) {
        return Err(Error::Planted {
            path: file,
            what: "reached by a link of another user's",
        });
    }
    let wrap = |cause| Error::file("read", &file, cause);
    let (text, seen) = read_whole(&old, LARGEST).map_err(wrap)?;
    let text = with_password(&file, text, hash)?;
    let mode = metadata.mode() & 0o777;
    folder.rewrite(name, mode, Some((&old, &seen)), |new| {
        new.write_all(text.as_bytes())?;
        keep_owner(new, &metadata)
    })?;
    // The signature of a session covers the hash, so all have ended already; a new epoch also ends
    // those that would come back with an old hash.
    if let Ok(config) = Config::load(&file) {
        renew_sessions(&config.data_dir).ok();
    }
    Ok(())
}

fn renew_sessions(data_dir: &Path) -> Result<()> {
    let store = Store::open(data_dir)?;
    let open_to_all = fs::metadata(data_dir).is_ok_and(|folder| folder.mode() & 0o002 != 0);
    if !open_to_all {
        store.make_secret()?;
    }
    // Where the folder is open to all, the key is the web server's, which makes it when it needs it.
    store.next_epoch()
}

fn with_password(file: &Path, old: Vec<u8>, hash: &str) -> Result<String> {
    let text = String::from_utf8(old)
        .map_err(|error| config_error(file, Cause::new("not UTF-8", error)))?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let words = error.to_string();
        config_error(file, Cause::new(words.trim_end(), error))
    })?;
    let mut value = Value::from(hash);
    match document.get_mut("password") {
        Some(Item::Value(there)) => {
            // The comment behind the old value.
            *value.decor_mut() = there.decor().clone();
            *there = value;
        }
        _ => {
            document.insert("password", Item::Value(value));
        }
    }
    Ok(document.to_string())
}

/// A web server that reads the file by its group must be able to go on doing so.
fn keep_owner(new: &File, old: &fs::Metadata) -> io::Result<()> {
    let made = new.metadata()?;
    let user = (made.uid() != old.uid()).then_some(old.uid());
    let group = (made.gid() != old.gid()).then_some(old.gid());
    if user.is_some() || group.is_some() {
        std::os::unix::fs::fchown(new, user, group)?;
    }
    new.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777))
}

/// Adds our block to the `.htaccess` of the program's folder, unless it is there.
fn deny_to_the_web(folder: &Folder) -> Result<()> {
    let path = folder.path().join(".htaccess");
    let wrap = |cause| Error::file("write", &path, cause);
    let Some(mut file) = folder.file(".htaccess", OpenMode::Append)? else {
        return write_new(folder, ".htaccess", PUBLIC, text::DENY_FILES);
    };
    let (there, _) = read_whole(&file, LARGEST).map_err(wrap)?;
    let there = String::from_utf8_lossy(&there);
    if there.contains(text::MARK) {
        return Ok(());
    }
    let gap = if there.is_empty() || there.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    // In place: its mode and group are what lets the web server read it.
    file.write_all(format!("{gap}{}", text::DENY_FILES).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(wrap)
}

/// Writes a file that is not there yet; one that is stays as it is.
fn write_new(folder: &Folder, name: &str, mode: u32, text: &str) -> Result<()> {
    let mut file = match folder.new_file(name, OpenMode::Change, mode) {
        Err(Error::File { cause, .. }) if cause.kind() == io::ErrorKind::AlreadyExists => {
            return Ok(());
        }
        made => made?,
    };
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|cause| Error::file("write", folder.path().join(name), cause))
}

/// Makes a folder and those above it; one that is there keeps its mode. Returns its real path.
fn make_folder(path: &Path, mode: u32) -> Result<PathBuf> {
    let wrap = |cause| Error::file("make the folder", path, cause);
    let path = std::path::absolute(path).map_err(wrap)?;
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| fs::symlink_metadata(folder).is_err())
        .collect();
    for folder in missing.into_iter().rev() {
        let mode = if folder == path { mode } else { 0o755 };
        fs::create_dir(folder)
            .and_then(|()| finish_folder(folder, mode))
            .map_err(|cause| Error::file("make the folder", folder, cause))?;
    }
    fs::canonicalize(&path).map_err(wrap)
}

/// Gives a new folder its mode, whatever the umask; what the superuser makes belongs to the owner of
/// the place where it is made. By descriptor: that owner could have put a link there meanwhile.
fn finish_folder(folder: &Path, mode: u32) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = rustix::fs::open(folder, flags, Mode::empty())?;
    if rustix::fs::fstat(&made)?.st_uid != geteuid().as_raw() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    rustix::fs::fchmod(&made, Mode::from_raw_mode(mode))?;
    let above = fs::metadata(folder.parent().unwrap_or(folder))?;
    if geteuid().is_root() && above.uid() != 0 {
        std::os::unix::fs::fchown(&made, Some(above.uid()), Some(above.gid()))?;
    }
    Ok(())
}
