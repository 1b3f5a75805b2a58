//! What the tests stand on: an installation, web servers, a browser, a client that can misbehave.

#![allow(
    dead_code,
    reason = "each target of the tests, and each bench, needs only a part of it"
)]

pub(crate) mod apart;
pub(crate) mod blog;
pub(crate) mod browser;
pub(crate) mod connections;
pub(crate) mod discussion;
pub(crate) mod disk;
pub(crate) mod disk_state;
pub(crate) mod fetch;
pub(crate) mod flood;
pub(crate) mod form;
pub(crate) mod http;
pub(crate) mod image;
pub(crate) mod import;
pub(crate) mod indieweb;
pub(crate) mod listener;
pub(crate) mod live;
pub(crate) mod mail;
pub(crate) mod mount;
pub(crate) mod owner_session;
pub(crate) mod package;
pub(crate) mod passphrases;
pub(crate) mod process;
pub(crate) mod request;
pub(crate) mod rng;
pub(crate) mod scenario;
pub(crate) mod senders;
pub(crate) mod server;
pub(crate) mod shell;
pub(crate) mod site;
pub(crate) mod snapshot;
pub(crate) mod sources;
pub(crate) mod storable;
pub(crate) mod strace;
pub(crate) mod texts;
pub(crate) mod verification;
pub(crate) mod visitor;
pub(crate) mod web_setup;
pub(crate) mod wordpress;
pub(crate) mod writer;
pub(crate) mod xml;
pub(crate) mod zinnia;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use process::Guard;

/// Makes a temporary folder that everybody may enter, so that a web server's user can.
pub(crate) fn folder() -> tempfile::TempDir {
    folder_in(&std::env::temp_dir())
}

/// The same, in `place`.
pub(crate) fn folder_in(place: &Path) -> tempfile::TempDir {
    let folder = tempfile::Builder::new()
        .prefix("tb-it-")
        .tempdir_in(place)
        .expect("a temporary folder");
    set_mode(folder.path(), 0o755);
    give_to_owner(folder.path());
    folder
}

/// The user and group that web servers and the program run as: `www-data` when the tests run as
/// root, else the one who runs them.
pub(crate) fn owner() -> Option<(u32, u32)> {
    static OWNER: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    *OWNER.get_or_init(|| {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
        let fields: Vec<&str> = users
            .lines()
            .find(|line| line.starts_with("www-data:"))
            .expect("the user `www-data`, which Debian has")
            .split(':')
            .collect();
        Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
    })
}

/// Makes `path` the property of [`owner`].
pub(crate) fn give_to_owner(path: &Path) {
    if let Some((uid, gid)) = owner() {
        chown(path, Some(uid), Some(gid)).expect("chown");
    }
}

/// Sets the permission bits of `path`.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
}

/// Writes a file that belongs to [`owner`].
pub(crate) fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    give_to_owner(path);
}

/// Finds a program of the system; a missing one fails the test.
pub(crate) fn program(name: &str) -> PathBuf {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed; `tests/run` installs it"))
}

/// A port of 127.0.0.1 that was free a moment ago; whoever uses it must cope with losing it.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its number").port()
}

/// A copy of the executable under test where every user can run it (the clone may lie in a
/// folder that only root can enter).
pub(crate) fn debug_binary() -> &'static Path {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    COPY.get_or_init(|| public_copy(Path::new(env!("CARGO_BIN_EXE_tb")), "debug"))
}

/// A public copy of the executable that is shipped, built by `cargo static` when it is not there.
pub(crate) fn static_binary() -> &'static Path {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    COPY.get_or_init(|| {
        let mut command = Command::new(env!("CARGO"));
        // What `cargo test` says of this package would make a build script run again, and all that depends on it.
        let is_of_package = |name: &str| {
            ["CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|begin| name.starts_with(begin))
        };
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(is_of_package) {
                command.env_remove(name);
            }
        }
        let output = command
            .args([
                "static",
                "--bin",
                "tb",
                "--message-format=json-render-diagnostics",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            // It would replace the flag that makes the executable static.
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo");
        let messages = String::from_utf8_lossy(&output.stdout);
        let built = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|message| message["executable"].as_str().map(PathBuf::from));
        match built {
            Some(path) if output.status.success() => public_copy(&path, "static"),
            _ => panic!(
                "`cargo static` failed: {}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    })
}

/// Copies with `cp`: a descriptor open for writing in *this* process could be inherited by a
/// child of another thread, and then the copy cannot be run ("text file busy").
fn public_copy(from: &Path, name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = folder().keep();
        Guard::remove_at_the_end(&folder);
        folder
    });
    let to = folder.join(name);
    let done = Command::new("cp").arg(from).arg(&to).status().expect("cp");
    assert!(done.success(), "cp {}", from.display());
    give_to_owner(&to);
    set_mode(&to, 0o755);
    to
}
