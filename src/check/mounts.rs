//! Names the file systems of the folders, and checks that of the pings for known problems with locks.
//!
//! Each entry was observed or is documented by the file system's authors: some grant a lock that excludes nobody, or
//! only processes on one host. Pings are then lost without any error.

use std::fmt;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::findings::Findings;
use crate::config::Config;

/// The kernel's list of mounts.
const MOUNTS: &str = "/proc/self/mountinfo";

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    point: PathBuf,
    /// Such as `ext4` or `fuse.sshfs`.
    kind: String,
    source: String,
    options: Vec<String>,
}

impl Mount {
    /// Whether the kernel lists it, so that its options are known.
    fn is_listed(&self) -> bool {
        !self.options.is_empty()
    }
}

impl fmt::Display for Mount {
    /// Its kind, and where it comes from if that is another host or program.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        match self.source.contains([':', '/']) && !self.source.starts_with("/dev/") {
            true => write!(f, ", {}", self.source),
            false => Ok(()),
        }
    }
}

/// Whether pings are lost for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LossRisk {
    /// Two that arrive at the same time are.
    Loses,
    /// It depends on the setup.
    MayLose,
}

const MOVE_TO_LOCAL_DISK: &str = "move `data_dir` to a disk of the host that runs this program";

/// What NFS promises, and what it needs for that.
const NFS_ADVICE: &str = ": its locks exclude other hosts if each of them mounts it with `local_lock=none`, and what was \
                          written outlives a crash of its server if that exports it with `sync`";

/// Names the file systems of both folders, and reports that of the pings if it has a known problem.
pub(super) fn inspect(config: &Config, findings: &mut Findings) {
    let listed = fs::read(MOUNTS).unwrap_or_default();
    let pings = ("data", config.data_dir.as_path());
    let feeds = config.rss_dir.as_deref().map(|folder| ("RSS", folder));
    for (name, folder) in [pings].into_iter().chain(feeds) {
        let path = existing(folder);
        let mount = mount_of(&listed, &path).or_else(|| mount_from_statfs(&path));
        describe(mount.as_ref(), (name, folder), findings);
        let risk = mount.as_ref().filter(|_| name == pings.0);
        let risk = risk.and_then(|mount| Some((mount, lock_risk(mount)?)));
        if let Some((mount, (risk, what, cure))) = risk {
            let message = format!("`{}` is on {mount}: {what}", folder.display());
            match risk {
                LossRisk::Loses => findings.fault(message, cure),
                LossRisk::MayLose => findings.warning(message, cure),
            }
        }
    }
}

/// A folder, or the one above it in which it will be made.
fn existing(folder: &Path) -> PathBuf {
    let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut above = path.ancestors();
    above
        .find_map(|path| fs::canonicalize(path).ok())
        .unwrap_or(path)
}

/// Lists the file system of a folder, or reports that it cannot be known.
fn describe(mount: Option<&Mount>, (name, folder): (&str, &Path), findings: &mut Findings) {
    let Some(mount) = mount else {
        return findings.warning(
            format!(
                "which file system `{}` is on cannot be known without `/proc`",
                folder.display()
            ),
            "see that it is on a disk of the host that runs this program",
        );
    };
    let about = match mount.kind.as_str() {
        "nfs" | "nfs4" if lock_risk(mount).is_none() => NFS_ADVICE,
        _ if !mount.is_listed() => ", with options that cannot be known without `/proc`",
        _ => "",
    };
    let line = format!("The {name} folder is on {mount}{about}");
    findings.passed.push(line.into());
}

/// The known problem of a file system: the risk, its description and the cure. `None` if its locks work.
fn lock_risk(mount: &Mount) -> Option<(LossRisk, &'static str, &'static str)> {
    let has = |names: &[&str]| {
        let mut options = mount.options.iter();
        options.any(|option| names.contains(&option.as_str()))
    };
    let kind = mount.kind.as_str();
    let one_host =
        "locks work on this host only, so pings that arrive on two hosts at once are lost silently";
    Some(match kind {
        "nfs" | "nfs4" if has(&["nolock", "local_lock=all", "local_lock=flock"]) => (
            LossRisk::Loses,
            one_host,
            "mount it without `nolock` and `local_lock`, or run this program on one host only",
        ),
        "nfs" | "lustre" if !mount.is_listed() => (
            LossRisk::MayLose,
            "its options cannot be known without `/proc`: with `nolock`, `local_lock` or `localflock` locks work on this \
             host only, so pings that arrive on two hosts at once would be lost silently",
            "see that it is mounted without these options, or run this program on one host only",
        ),
        "lustre" if has(&["localflock"]) => (
            LossRisk::Loses,
            one_host,
            "mount it with the option `flock`",
        ),
        "cifs" | "smb3" | "smb2" if has(&["nobrl", "nolock"]) => {
            (LossRisk::Loses, one_host, "mount it without `nobrl`")
        }
        "fuse.sshfs" => (
            LossRisk::Loses,
            "locks do not exclude programs that reach the files another way, and what those append is seen late: pings \
             are lost silently",
            MOVE_TO_LOCAL_DISK,
        ),
        _ if kind.contains("seaweedfs") => (
            LossRisk::Loses,
            "without its lock service, locks do not exclude other mounts: pings are lost silently",
            MOVE_TO_LOCAL_DISK,
        ),
        "fuse.glusterfs" | "glusterfs" => (
            LossRisk::MayLose,
            "it can return half a file when one of its servers comes back; pings are then refused, not truncated",
            "see that its bricks are in sync",
        ),
        _ if kind == "fuse" || kind == "fuseblk" || kind.starts_with("fuse.") => (
            LossRisk::MayLose,
            "a file system in user space (FUSE): whether locks work depends on its program, and they do not exclude \
             programs that reach the same files without the mount; pings are then lost silently",
            "access the pings through this mount only, or move `data_dir` to a local disk",
        ),
        "cifs" | "smb3" | "smb2" | "9p" | "virtiofs" | "vboxsf" | "prl_fs" | "vmhgfs" | "afs"
        | "coda" => (
            LossRisk::MayLose,
            "locks may not exclude other hosts that mount the same files; pings would be lost silently",
            "run this program on one host only, or move `data_dir` to a local disk",
        ),
        _ => return None,
    })
}

/// The mount that contains a path: the deepest one, and of several at one place the last.
fn mount_of(listed: &[u8], path: &Path) -> Option<Mount> {
    let mounts = listed
        .split(|byte| *byte == b'\n')
        .filter_map(parse_mount)
        .filter(|mount| path.starts_with(&mount.point));
    mounts.max_by_key(|mount| mount.point.components().count())
}

/// One line of `mountinfo`, as proc(5) describes it.
fn parse_mount(line: &[u8]) -> Option<Mount> {
    let text = String::from_utf8_lossy(line).into_owned();
    let (before, behind) = text.split_once(" - ")?;
    let before: Vec<&str> = before.split(' ').collect();
    let behind: Vec<&str> = behind.split(' ').collect();
    let options = [before.get(5)?, *behind.get(2).unwrap_or(&"")];
    Some(Mount {
        point: PathBuf::from(std::ffi::OsString::from_vec(unescape_octal(before.get(4)?))),
        kind: (*behind.first()?).to_owned(),
        source: String::from_utf8_lossy(&unescape_octal(behind.get(1)?)).into_owned(),
        options: options
            .iter()
            .flat_map(|options| options.split(','))
            .map(str::to_owned)
            .collect(),
    })
}

/// Decodes a field, in which a space is written `\040`, as three octal digits.
fn unescape_octal(field: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = field.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..3).filter(|_| *first == b'\\');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    bytes
}

/// The file system by its statfs(2) type number, for when `/proc` is not mounted; its options are unknown then.
fn mount_from_statfs(path: &Path) -> Option<Mount> {
    let number = rustix::fs::statfs(path).ok()?.f_type;
    let kind = match u32::try_from(number & 0xffff_ffff).ok()? {
        0x6573_5546 => "fuse",
        0x6969 => "nfs",
        0xff53_4d42 => "cifs",
        0xfe53_4d42 => "smb2",
        0x0102_1997 => "9p",
        0x786f_4256 => "vboxsf",
        0x5346_414f => "afs",
        0x7375_7245 => "coda",
        0x0bd0_0bd0 => "lustre",
        0x00c3_6400 => "ceph",
        0xef53 => "ext2, ext3 or ext4",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        0x2fc1_2fc1 => "zfs",
        0xf2f5_2010 => "f2fs",
        0x794c_7630 => "overlay",
        0x0102_1994 => "tmpfs",
        0x8584_58f6 => "ramfs",
        _ => return None,
    };
    Some(Mount {
        point: PathBuf::from("/"),
        kind: kind.to_owned(),
        source: String::new(),
        options: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `mountinfo` of such hosts.
    const LISTED: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
88 22 0:45 / /home rw,nosuid,relatime shared:47 - nfs4 filer:/export/home rw,vers=4.2,rsize=1048576,hard,proto=tcp,local_lock=none,addr=10.0.0.2
89 22 0:46 / /old rw,relatime shared:48 - nfs filer:/old rw,vers=3,nolock,proto=tcp,mountproto=tcp,local_lock=all,addr=10.0.0.2
90 88 0:47 / /home/al/far\\040away rw,nosuid,nodev,relatime shared:49 - fuse.sshfs al@far:/srv rw,user_id=1000,group_id=1000
91 22 0:48 / /mnt/weed rw,nosuid,nodev,relatime - fuse.seaweedfs filer:8888:/buckets rw,user_id=0,group_id=0,allow_other
92 22 0:49 / /mnt/gv rw,relatime - fuse.glusterfs node1:/gv0 rw,user_id=0,group_id=0,allow_other,max_read=131072
93 22 0:50 / /srv/bound rw,nosuid,nodev,relatime - fuse /home/al/data rw,user_id=0,group_id=0,default_permissions,allow_other
94 22 0:51 / /mnt/win rw,relatime - cifs //win/share rw,vers=3.1.1,nobrl,uid=0
95 22 0:52 / /vagrant rw,nodev,relatime - vboxsf vagrant rw
96 22 0:53 / /var rw - btrfs /dev/sdb rw,ssd,subvol=/var
97 96 0:54 / /var/www rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w
98 97 8:1 /home/data /var/www/data rw - ext4 /dev/sda1 rw
";

    #[test]
    fn a8_the_lock_risk_of_a_folder_is_that_of_its_mount() {
        use LossRisk::{Loses, MayLose};
        for (path, kind, expected) in [
            ("/data", "ext4", None),
            ("/home/al/tb-data", "nfs4", None),
            ("/homes/tb-data", "ext4", None),
            ("/old/tb-data", "nfs", Some(Loses)),
            ("/home/al/far away/tb-data", "fuse.sshfs", Some(Loses)),
            ("/mnt/weed/tb-data", "fuse.seaweedfs", Some(Loses)),
            ("/mnt/gv/tb-data", "fuse.glusterfs", Some(MayLose)),
            ("/srv/bound/tb-data", "fuse", Some(MayLose)),
            ("/mnt/win/tb-data", "cifs", Some(Loses)),
            ("/vagrant/tb-data", "vboxsf", Some(MayLose)),
            ("/var/tb-data", "btrfs", None),
            ("/var/www/tb-data", "overlay", None),
            ("/var/www/data/tb-data", "ext4", None),
        ] {
            let mount = mount_of(LISTED.as_bytes(), Path::new(path)).unwrap();
            assert_eq!(mount.kind, kind, "{path}");
            assert_eq!(lock_risk(&mount).map(|(risk, ..)| risk), expected, "{path}");
        }
    }

    #[test]
    fn a8_the_file_system_is_always_named() {
        let nfs = format!("nfs4, filer:/export/home{NFS_ADVICE}");
        for (path, expected) in [
            ("/data", "ext4"),
            ("/home/al/tb-data", &nfs),
            ("/old/tb-data", "nfs, filer:/old"),
            ("/home/al/far away/tb-data", "fuse.sshfs, al@far:/srv"),
            ("/mnt/gv/tb-data", "fuse.glusterfs, node1:/gv0"),
            ("/srv/bound/tb-data", "fuse, /home/al/data"),
            ("/mnt/win/tb-data", "cifs, //win/share"),
            ("/var/tb-data", "btrfs"),
            ("/var/www/tb-data", "overlay"),
        ] {
            let mount = mount_of(LISTED.as_bytes(), Path::new(path));
            let mut findings = Findings::default();
            describe(mount.as_ref(), ("data", Path::new(path)), &mut findings);
            let expected = format!("The data folder is on {expected}");
            assert_eq!(findings.passed, [expected], "{path}");
            assert!(findings.all.is_empty(), "{path}");
        }
    }

    #[test]
    fn a8_without_proc_it_is_said_what_cannot_be_known() {
        let by_number = |kind: &str| Mount {
            point: PathBuf::from("/"),
            kind: kind.to_owned(),
            source: String::new(),
            options: Vec::new(),
        };
        for (mount, passed, found) in [
            (None, 0, 1),
            (Some(by_number("tmpfs")), 1, 0),
            (Some(by_number("nfs")), 1, 0),
        ] {
            let mut findings = Findings::default();
            describe(mount.as_ref(), ("data", Path::new("/data")), &mut findings);
            let said = findings.all.iter().map(|finding| finding.message.as_str());
            let said: Vec<&str> = said
                .chain(findings.passed.iter().map(|line| &**line))
                .collect();
            assert_eq!((findings.passed.len(), findings.all.len()), (passed, found));
            assert!(
                said[0].ends_with("cannot be known without `/proc`"),
                "{said:?}"
            );
        }
        for kind in ["nfs", "lustre"] {
            let risk = lock_risk(&by_number(kind)).map(|(risk, ..)| risk);
            assert_eq!(risk, Some(LossRisk::MayLose), "{kind}");
        }
        assert_eq!(lock_risk(&by_number("overlay")), None);
    }

    #[test]
    fn a8_what_the_kernel_lists_and_what_it_counts_are_the_same() {
        let listed = fs::read(MOUNTS).unwrap();
        let kinds = |path: &Path| {
            let path = fs::canonicalize(path).unwrap();
            let counted = mount_from_statfs(&path).map(|mount| mount.kind);
            (mount_of(&listed, &path).unwrap().kind, counted)
        };
        let temporary = std::env::temp_dir();
        let places = ["/", "/dev/shm", "/dev", "/proc", "/sys"].map(Path::new);
        for place in places.into_iter().chain([temporary.as_path()]) {
            if !place.is_dir() {
                continue;
            }
            match kinds(place) {
                (listed, Some(counted)) => {
                    let names = counted.replace(", ", " or ");
                    // What lists itself otherwise is counted as what it is made of.
                    let is_one = names.split(" or ").any(|name| name == listed)
                        || listed.starts_with(&format!("{counted}."))
                        || (listed.as_str(), counted.as_str()) == ("nfs4", "nfs")
                        || (listed.as_str(), counted.as_str()) == ("devtmpfs", "tmpfs");
                    assert!(is_one, "{}: {listed}, {counted}", place.display());
                }
                (listed, None) => {
                    let numbered = ["ext4", "xfs", "btrfs", "zfs", "f2fs", "overlay", "tmpfs"];
                    assert!(!numbered.contains(&listed.as_str()), "{listed}");
                }
            }
        }
    }

    #[test]
    fn a8_the_file_system_of_a_folder_that_is_not_yet_there_is_that_of_the_one_above() {
        let listed = fs::read(MOUNTS).unwrap();
        let above = existing(Path::new("."));
        assert_eq!(existing(Path::new("no-such/folder")), above);
        assert_eq!(existing(Path::new("/proc/no-such")), Path::new("/proc"));
        assert!(mount_of(&listed, &above).is_some());
    }

    #[test]
    fn a8_this_machines_own_mounts_can_be_read() {
        let listed = fs::read(MOUNTS).unwrap();
        let lines = listed.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        assert!(lines.clone().count() > 0 && lines.clone().all(|line| parse_mount(line).is_some()));
        assert!(
            mount_of(&listed, Path::new("/proc/self")).is_some_and(|mount| mount.kind == "proc")
        );
    }
}
