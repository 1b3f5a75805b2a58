//! Root and other users' configurations: refused before anything of them is read or run.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{debug_binary, folder, program};

/// Somebody who is not root.
const OTHER: u32 = 65_533;

/// The program as root.
fn as_root(here: &Path, arguments: &[&str]) -> Output {
    let root = rustix::process::geteuid().is_root();
    let mut command = match root {
        true => Command::new(debug_binary()),
        false => {
            let mut command = Command::new(program("sudo"));
            command.arg("-n").arg(debug_binary());
            command
        }
    };
    command
        .args(arguments)
        .current_dir(here)
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    command.stdin(Stdio::null()).output().unwrap()
}

/// An installation in `folder` whose programs and files say that they were used.
fn plant(folder: &Path) {
    fs::create_dir(folder.join("data")).unwrap();
    let sendmail = folder.join("sendmail");
    fs::write(
        &sendmail,
        format!("#!/bin/sh\necho ran > {}/ran\n", folder.display()),
    )
    .unwrap();
    fs::set_permissions(&sendmail, fs::Permissions::from_mode(0o755)).unwrap();
    let config = "base_url = \"http://127.0.0.1:8080/tb.cgi\"\ndata_dir = \"data\"\nnotify = \"a@b.example\"\n\
                  sendmail = \"sendmail\"\nheader = \"/etc/shadow\"\n";
    fs::write(folder.join("tb.toml"), config).unwrap();
}

const COMMANDS: [&[&str]; 10] = [
    &["list"],
    &["check", "--offline"],
    &["verify"],
    &["prune"],
    &["queue"],
    &["snippet", "hugo"],
    &["thread", "http://127.0.0.1:1/", "--html"],
    &["passwd"],
    &["backup", "/dev/null"],
    &["serve", "--listen", "127.0.0.1:0"],
];

fn assert_refused(output: &Output, what: &str) {
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(output.status.code(), Some(1), "{what}: {output:?}");
    assert!(
        said.contains("belongs to another user") && said.contains("sudo -u"),
        "{what}: {said}"
    );
    assert!(!said.contains("root:"), "{what}: {said}");
}

#[test]
fn s2_root_uses_no_configuration_of_another_users() {
    for (what, theirs) in [
        ("the file", vec!["tb.toml"]),
        ("the folder", vec![""]),
        ("both", vec!["", "tb.toml"]),
    ] {
        let here = folder();
        plant(here.path());
        for name in &theirs {
            chown(here.path().join(name), Some(OTHER), Some(OTHER)).unwrap();
        }
        let file = here.path().join("tb.toml");
        for command in COMMANDS {
            let named = [&["--config", file.to_str().unwrap()], command].concat();
            assert_refused(
                &as_root(Path::new("/"), &named),
                &format!("{what} {command:?}"),
            );
        }
        // A link of root's to it is no better.
        let own = folder();
        let link = own.path().join("tb.toml");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_refused(
            &as_root(
                Path::new("/"),
                &["--config", link.to_str().unwrap(), "list"],
            ),
            what,
        );
        assert!(!here.path().join("ran").exists());
    }
}

#[test]
fn f12_root_uses_no_configuration_that_others_can_write() {
    for (name, mode, group, is_refused) in [
        ("tb.toml", 0o666, 0, true),
        ("tb.toml", 0o602, 0, true),
        ("tb.toml", 0o660, OTHER, true),
        ("tb.toml", 0o660, 0, false),
        ("tb.toml", 0o644, OTHER, false),
        ("", 0o777, 0, true),
        ("", 0o770, OTHER, true),
        ("", 0o1777, 0, false),
    ] {
        let here = folder();
        plant(here.path());
        let place = here.path().join(name);
        chown(here.path(), Some(0), Some(0)).unwrap();
        chown(&place, Some(0), Some(group)).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
        let file = here.path().join("tb.toml");
        let output = as_root(here.path(), &["--config", file.to_str().unwrap(), "list"]);
        let said = String::from_utf8_lossy(&output.stderr);
        let what = format!("{name} {mode:o} {group}: {said}");
        assert_eq!(output.status.success(), !is_refused, "{what}");
        assert_eq!(said.contains("chmod go-w"), is_refused, "{what}");
        assert!(!here.path().join("ran").exists(), "{what}");
    }
}

#[test]
fn s2_root_takes_up_no_trial_of_another_users() {
    let here = folder();
    fs::create_dir(here.path().join("tb-trial")).unwrap();
    plant(&here.path().join("tb-trial"));
    chown(here.path().join("tb-trial"), Some(OTHER), Some(OTHER)).unwrap();
    assert_refused(
        &as_root(
            here.path(),
            &["serve", "--trial", "--listen", "127.0.0.1:0"],
        ),
        "a trial",
    );
    assert!(!here.path().join("tb-trial/ran").exists());
}
