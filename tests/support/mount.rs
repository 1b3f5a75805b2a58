//! File systems that are mounted over a folder for a while, by root or with `sudo`.

use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{getgid, getuid};

use super::{owner, program};

/// Something mounted; dropping it takes it away.
pub(crate) struct Mount {
    at: PathBuf,
}

impl Mount {
    /// An empty file system in memory with these options, over a folder.
    pub(crate) fn tmpfs(at: &Path, options: &str, mode: u32) -> Mount {
        let (uid, gid) = owner().unwrap_or((getuid().as_raw(), getgid().as_raw()));
        let options = format!("{options},mode={mode:o},uid={uid},gid={gid}");
        Mount::make(at, &["-t", "tmpfs", "-o", &options, "tmpfs"])
    }

    /// The folder itself, which nobody can write to.
    pub(crate) fn read_only(at: &Path) -> Mount {
        let source = at.to_str().expect("a path in UTF-8");
        let mount = Mount::make(at, &["--bind", source]);
        run("mount", &["-o", "remount,bind,ro"], at);
        mount
    }

    fn make(at: &Path, arguments: &[&str]) -> Mount {
        run("mount", arguments, at);
        Mount { at: at.to_owned() }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run("umount", &["--lazy"], &self.at);
    }
}

fn run(name: &str, arguments: &[&str], at: &Path) {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new(program(name))
    } else {
        let mut command = Command::new(program("sudo"));
        command.args(["-n", name]);
        command
    };
    let output = command.args(arguments).arg(at).output().expect("mount");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name} {}: {said}", at.display());
}
