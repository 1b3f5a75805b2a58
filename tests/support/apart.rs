//! A test that runs itself again in a network of its own, as root there.

use std::ffi::OsStr;
use std::process::Command;

use super::program;

/// Runs the test of that path in this target again, in namespaces of its own for network, mounts and processes, after
/// the commands of `set_up`. The variables tell it that it is there.
#[track_caller]
pub(crate) fn run_again(test: &str, set_up: &str, variables: &[(&str, &OsStr)]) {
    let mut command = Command::new(program("unshare"));
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--"])
        .args(["/bin/sh", "-ec"])
        .arg(format!("{set_up}; exec \"$@\""))
        .arg("sh")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs(variables.iter().copied());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
