//! Host names for one program alone: it runs in a mount namespace of its own, where `/etc/hosts` and
//! `/etc/resolv.conf` are other files.
//!
//! The machine's own files stay as they are, nothing is asked of a name server, and the executable resolves names as
//! it always does, the static one too. Root unshares as root and gives that power away again before the program
//! starts; everybody else does it in a user namespace, which Debian's kernel allows.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use crate::support::{folder, owner, program};

/// A file of names and addresses.
pub(crate) struct Names {
    folder: tempfile::TempDir,
}

impl Names {
    /// Knows these names and no others.
    pub(crate) fn new(names: impl IntoIterator<Item = (String, Ipv4Addr)>) -> Names {
        let folder = folder();
        let lines: String = names
            .into_iter()
            .map(|(name, address)| format!("{address} {name}\n"))
            .collect();
        fs::write(folder.path().join(HOSTS), lines).expect("a file of hosts");
        // Nobody listens there: a name that is not in the file is unknown at once, and nobody outside hears of it.
        let nobody = "nameserver 127.255.255.254\nsearch .\n";
        fs::write(folder.path().join(RESOLV_CONF), nobody).expect("a file of name servers");
        Names { folder }
    }

    /// A command that runs `executable` as [`owner`] where only these names are known, in an empty environment.
    /// The process that is started becomes the executable: its number is the executable's, and so are its signals.
    pub(crate) fn command(&self, executable: &Path) -> Command {
        let mut command = Command::new(program("unshare"));
        if owner().is_none() {
            command.args(["--user", "--map-root-user"]);
        }
        command
            .args(["--mount", "--", "/bin/sh", "-c", ENTER, "sh"])
            .arg(program("mount"))
            .arg(self.folder.path().join(HOSTS))
            .arg(self.folder.path().join(RESOLV_CONF));
        if let Some((uid, gid)) = owner() {
            let (uid, gid) = (uid.to_string(), gid.to_string());
            command.arg(program("setpriv"));
            command.args(["--reuid", &uid, "--regid", &gid, "--clear-groups", "--"]);
        }
        command.arg(executable).env_clear();
        command
    }
}

const HOSTS: &str = "hosts";
const RESOLV_CONF: &str = "resolv.conf";

/// `$1` mounts, `$2` and `$3` are the files, the rest is what becomes of the shell.
const ENTER: &str = r#"
"$1" --bind "$2" /etc/hosts || exit 125
if [ -e /etc/resolv.conf ]; then "$1" --bind "$3" /etc/resolv.conf || exit 125; fi
shift 3
exec "$@"
"#;
