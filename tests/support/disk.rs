//! A file system of its own in a file, whose power can be cut.
//!
//! Mounting is the superuser's: tests that are not run by root ask `sudo` without a password, and
//! fail where neither can mount.
//!
//! A file system whose power was cut lives on for as long as any mount namespace has a copy of the mount, and whoever
//! mounts the device again meanwhile gets the dead one: each call is EIO. So root mounts it where no other process can
//! copy it, in a namespace of the test's thread and of what that starts; with `sudo` the copies are waited for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::thread::UnshareFlags;

use super::process::{Guard, wait_for};
use super::{folder, give_to_owner, program};

/// Which file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With its journal, as Debian's `mkfs.ext4` makes it.
    Ext4,
    /// As Debian's `mkfs.xfs` makes it.
    Xfs,
}

/// What a power cut does to the journal's transactions that are not on the disk yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Journal {
    /// They reach it: all names are new, but not all data.
    Flushed,
    /// They are lost.
    Lost,
}

/// A mounted file system; dropping it takes it away.
pub(crate) struct Disk {
    place: PathBuf,
    image: PathBuf,
    _folder: tempfile::TempDir,
}

impl Disk {
    /// Makes one in a sparse file and mounts it.
    pub(crate) fn new(kind: Kind) -> Disk {
        let folder = folder();
        let disk = Disk {
            place: folder.path().join("mounted"),
            image: folder.path().join("image"),
            _folder: folder,
        };
        fs::create_dir(&disk.place).expect("a folder");
        let (make, megabytes) = match kind {
            Kind::Ext4 => ("mkfs.ext4", 128),
            // The least that `mkfs.xfs` accepts is 300 MiB.
            Kind::Xfs => ("mkfs.xfs", 320),
        };
        let image = File::create(&disk.image).expect("an image");
        image.set_len(megabytes << 20).expect("a sparse file");
        let made = Command::new(program(make))
            .arg("-q")
            .arg(&disk.image)
            .output()
            .expect("mkfs");
        assert!(made.status.success(), "{make}: {made:?}");
        Guard::unmount_at_the_end(&disk.place);
        enter_a_namespace();
        disk.mount();
        if rustix::process::geteuid().is_root() {
            give_to_owner(&disk.place);
        } else {
            let user = rustix::process::geteuid().as_raw().to_string();
            as_root("chown", &[Path::new(&user), &disk.place]);
        }
        disk
    }

    /// Where it is mounted.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Brings all that was written onto the disk.
    pub(crate) fn sync(&self) {
        as_root("sync", &[Path::new("-f"), &self.place]);
    }

    /// Stops the file system between two writes: nothing more reaches the disk.
    pub(crate) fn cut_power(&self, journal: Journal) {
        let shutdown = match journal {
            Journal::Flushed => "shutdown -f",
            Journal::Lost => "shutdown",
        };
        let arguments = ["-x", "-c", shutdown].map(Path::new);
        as_root("xfs_io", &[&arguments[..], &[&self.place]].concat());
    }

    /// Mounts it again after a power cut, which replays the journal. Whoever had files open in it has
    /// to be gone, or about to go.
    pub(crate) fn power_on(&self) {
        let mut last_words = String::new();
        let unmounted = wait_for(|| {
            try_as_root("umount", &[&self.place])
                .map_err(|said| last_words = said)
                .ok()
        });
        assert!(unmounted.is_some(), "{last_words}");
        let let_go = wait_for(|| self.loop_devices().is_empty().then_some(()));
        assert!(
            let_go.is_some(),
            "another mount namespace holds the file system: {}",
            self.loop_devices()
        );
        self.mount();
    }

    /// What stands between the image and a file system that has it mounted, here or in another namespace.
    fn loop_devices(&self) -> String {
        as_root("losetup", &[Path::new("--associated"), &self.image])
    }

    fn mount(&self) {
        // The loop device goes with the mount.
        let arguments = [Path::new("-o"), Path::new("loop"), &self.image, &self.place];
        as_root("mount", &arguments);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a test that fails may have left a file open.
        try_as_root("umount", &[Path::new("-l"), &self.place]).unwrap_or_default();
    }
}

/// Takes this thread into a mount namespace of its own, where it can: what is mounted in it from now on is seen by
/// the threads and processes that it starts, and by nobody else.
fn enter_a_namespace() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    #[expect(
        deprecated,
        reason = "unsafe where file descriptors are unshared, not here"
    )]
    rustix::thread::unshare(UnshareFlags::NEWNS).expect("a mount namespace");
    as_root("mount", &["--make-rslave", "/"].map(Path::new));
}

/// Runs a program of the system as the superuser, and gives what it said; that it fails fails the test.
fn as_root(name: &str, arguments: &[&Path]) -> String {
    try_as_root(name, arguments).unwrap_or_else(|said| {
        panic!("these tests mount file systems, as root or with `sudo -n`, on loop devices: {said}")
    })
}

fn try_as_root(name: &str, arguments: &[&Path]) -> Result<String, String> {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new(program(name))
    } else {
        let mut command = Command::new("sudo");
        command.arg("-n").arg(program(name));
        command
    };
    let output = command.args(arguments).output();
    match output {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
