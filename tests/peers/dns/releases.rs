//! The shipped executable among the libraries of other Debian releases, with the sources of names that distributions
//! configure. The packages are fetched and unpacked, nothing of them is installed. Only in the long run (`TB_LONG`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::etc;
use super::shipped::{every_deed, named, weblog};
use crate::support::program;

/// The libraries that `getaddrinfo` would load.
const PACKAGES: [&str; 4] = [
    "libc6",
    "libnss-myhostname",
    "libnss-mdns",
    "libnss-resolve",
];
/// What Enterprise Linux, Debian's desktop and Fedora say.
const SWITCHES: [&str; 3] = [
    "hosts: files dns myhostname\n",
    "hosts: files mdns4_minimal [NOTFOUND=return] dns\n",
    "hosts: files resolve [!UNAVAIL=return] dns\n",
];
/// Where the unpacked releases lie, in the namespace.
const RELEASES: &str = "TB_TEST_RELEASES";

/// The mirror that this machine's apt uses.
fn mirror() -> String {
    let mut lines = String::new();
    let folder = Path::new("/etc/apt/sources.list.d");
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in listed
        .map(|entry| entry.path())
        .chain([PathBuf::from("/etc/apt/sources.list")])
    {
        lines.push_str(&fs::read_to_string(path).unwrap_or_default());
        lines.push('\n');
    }
    let words = lines.lines().filter(|line| !line.starts_with('#'));
    let url = words
        .flat_map(str::split_whitespace)
        .find(|word| word.starts_with("http") && !word.contains("security"));
    url.expect("a mirror in /etc/apt").to_owned()
}

/// Fetches the packages of a release and unpacks them into a folder.
fn unpack(release: &str, into: &Path) {
    let state = tempfile::tempdir().unwrap();
    let at = |name: &str| state.path().join(name).display().to_string();
    for folder in ["lists/partial", "cache/archives/partial", "empty", "debs"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    let line = format!("deb [trusted=yes] {} {release} main\n", mirror());
    fs::write(at("sources.list"), line).unwrap();
    fs::write(at("status"), "").unwrap();
    let apt = |words: &[&str]| {
        let mut command = Command::new(program("apt-get"));
        for (key, value) in [
            ("Dir::State", at("")),
            ("Dir::State::lists", at("lists")),
            ("Dir::State::status", at("status")),
            ("Dir::Cache", at("cache")),
            ("Dir::Etc::sourcelist", at("sources.list")),
            ("Dir::Etc::sourceparts", at("empty")),
            ("Dir::Etc::preferencesparts", at("empty")),
            ("APT::Sandbox::User", "root".to_owned()),
        ] {
            command.arg(format!("-o{key}={value}"));
        }
        command.args(words).current_dir(at("debs"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{release} {words:?}: {output:?}");
    };
    apt(&["-q", "update"]);
    apt(&[&["-q", "download"][..], &PACKAGES].concat());
    for package in fs::read_dir(at("debs")).unwrap() {
        let done = Command::new(program("dpkg-deb"))
            .arg("-x")
            .arg(package.unwrap().path())
            .arg(into)
            .status();
        assert!(done.unwrap().success());
    }
}

#[test]
fn a1_no_library_of_another_release_is_run() {
    if std::env::var_os("TB_LONG").is_none() {
        return;
    }
    let releases = match std::env::var_os(RELEASES) {
        Some(releases) => PathBuf::from(releases),
        None => {
            let folder = tempfile::tempdir().unwrap();
            for release in ["bullseye", "trixie"] {
                unpack(release, &folder.path().join(release));
            }
            folder.keep()
        }
    };
    // Handed to the run in the namespace, where no mirror is reached.
    let executable = super::apart_with(
        "releases::a1_no_library_of_another_release_is_run",
        &[(RELEASES, releases.as_os_str())],
    );
    let Some(executable) = executable else {
        fs::remove_dir_all(&releases).unwrap();
        return;
    };
    let (blog, _server) = (weblog(), named());
    for release in ["bullseye", "trixie"] {
        let root = releases.join(release);
        let modules = Command::new("find")
            .arg(&root)
            .args(["-name", "libnss_*"])
            .output();
        assert!(!modules.unwrap().stdout.is_empty(), "no modules to load");
        for folder in ["etc", "x"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::copy(&executable, root.join("tb.cgi")).unwrap();
        for switch in SWITCHES {
            etc("nsswitch.conf", Some(switch.as_bytes()));
            for file in ["hosts", "resolv.conf", "nsswitch.conf"] {
                fs::copy(Path::new("/etc").join(file), root.join("etc").join(file)).unwrap();
            }
            fs::remove_dir_all(root.join("x")).unwrap();
            fs::create_dir_all(root.join("x/data")).unwrap();
            // One of the pings has a domain that is dead.
            every_deed(
                &["chroot", root.to_str().unwrap()],
                "/tb.cgi",
                Path::new("/x"),
                &blog,
            );
        }
    }
}
