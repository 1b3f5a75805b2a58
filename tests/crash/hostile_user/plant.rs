//! Another user of the same host, and what that user can plant.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::process::Process;
use crate::support::site::Site;
use crate::support::{give_to_owner, program, set_mode, write};

/// `nobody` on Debian.
const NOBODY: u32 = 65534;
/// What the victims and the planted files say.
const PRECIOUS: &str = "{\"precious\":true}\n";

/// What can stand at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plant {
    /// A link to where nothing is, in a folder in which we could make it.
    DanglingLink,
    /// A link to a file of ours.
    LinkToFile,
    /// A link to a folder of ours.
    LinkToFolder,
    /// A pipe that everybody may open.
    Fifo,
    /// Another name of a file of ours.
    HardLink,
    /// A folder that everybody may write to, with something in it.
    Folder,
    /// A file of the neighbour's that everybody may write to.
    ForeignFile,
    /// A file of the neighbour's that nobody else may open.
    ForeignPrivateFile,
}

impl Plant {
    pub(super) const ALL: [Plant; 8] = [
        Plant::DanglingLink,
        Plant::LinkToFile,
        Plant::LinkToFolder,
        Plant::Fifo,
        Plant::HardLink,
        Plant::Folder,
        Plant::ForeignFile,
        Plant::ForeignPrivateFile,
    ];
}

/// The user `nobody`, who has chosen victims: files of the site's owner, outside its folders.
pub(super) struct HostileUser {
    victims: PathBuf,
}

impl HostileUser {
    /// Puts the victims into `site`.
    pub(super) fn of(site: &Site) -> HostileUser {
        let victims = site.path("victims");
        fs::create_dir_all(victims.join("folder")).unwrap();
        for path in [&victims, &victims.join("folder")] {
            give_to_owner(path);
            set_mode(path, 0o755);
        }
        write(&victims.join("file"), PRECIOUS);
        HostileUser { victims }
    }

    /// The file that must not change.
    pub(super) fn victim(&self) -> PathBuf {
        self.victims.join("file")
    }

    /// Plants something at `path`; says whether that was possible.
    pub(super) fn plant(&self, plant: Plant, path: &Path) -> bool {
        let victim = match plant {
            Plant::DanglingLink => self.victims.join("missing"),
            Plant::LinkToFolder => self.victims.join("folder"),
            _ => self.victim(),
        };
        let script = match plant {
            Plant::DanglingLink | Plant::LinkToFile | Plant::LinkToFolder => "ln -s \"$1\" \"$0\"",
            Plant::Fifo => "mkfifo -m 666 \"$0\"",
            // The kernel may keep a neighbour from this one (`fs.protected_hardlinks`), or not.
            Plant::HardLink => return fs::hard_link(victim, path).is_ok(),
            Plant::Folder => "mkdir -m 777 \"$0\" && touch \"$0/full\"",
            Plant::ForeignFile => "cat \"$1\" > \"$0\" && chmod 666 \"$0\"",
            Plant::ForeignPrivateFile => "cat \"$1\" > \"$0\" && chmod 600 \"$0\"",
        };
        let mut command = self.command("/bin/sh");
        command.args(["-c", script]).arg(path).arg(victim);
        command.output().expect("/bin/sh").status.success()
    }

    /// Starts a program as this user.
    pub(super) fn start(&self, command: Command) -> Process {
        let mut own = self.command(command.get_program());
        own.args(command.get_args());
        Process::start_as_self(own)
    }

    fn command(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        if rustix::process::geteuid().is_root() {
            let mut command = Command::new(name);
            command.uid(NOBODY).gid(NOBODY);
            command
        } else {
            let mut command = Command::new(program("sudo"));
            command.args(["-n", "-u", "nobody"]).arg(name.as_ref());
            command
        }
    }

    /// Removes whatever stands at `path`.
    pub(super) fn clear(&self, path: &Path) {
        let user = ["rm", "-rf", "--"];
        let mut command = if rustix::process::geteuid().is_root() {
            Command::new(program(user[0]))
        } else {
            let mut command = Command::new(program("sudo"));
            command.args(["-n", "rm"]);
            command
        };
        assert!(
            command
                .args(&user[1..])
                .arg(path)
                .status()
                .unwrap()
                .success()
        );
    }

    /// Fails if a victim has changed, or the neighbour's own thing at `path` was written to.
    pub(super) fn assert_untouched(&self, what: &str, path: &Path) {
        let file = fs::read_to_string(self.victim()).unwrap();
        assert_eq!(file, PRECIOUS, "{what}");
        let metadata = fs::metadata(self.victim()).unwrap();
        assert_eq!(metadata.mode() & 0o777, 0o644, "{what}");
        assert!(!self.victims.join("missing").exists(), "{what}");
        let inside = fs::read_dir(self.victims.join("folder")).unwrap().count();
        assert_eq!(inside, 0, "{what}");
        let planted = fs::symlink_metadata(path);
        let Some(planted) = planted.ok().filter(|planted| planted.uid() == NOBODY) else {
            return;
        };
        if planted.is_file() {
            assert_eq!(planted.len(), PRECIOUS.len() as u64, "{what}");
        } else if planted.is_dir() {
            assert_eq!(fs::read_dir(path).unwrap().count(), 1, "{what}");
        }
    }
}
