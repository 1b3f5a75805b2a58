//! What is released, made of the executable that is shipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::static_binary;

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a program that must succeed, and gives what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The packages of the executable that is shipped, and their names.
pub(crate) fn packages() -> (TempDir, Vec<String>) {
    let out = tempfile::tempdir().unwrap();
    let said = run(Command::new(root().join("tests/package"))
        .arg("--executable")
        .arg(static_binary())
        .arg(out.path())
        // The same everywhere: a checkout without its history has no time.
        .env("SOURCE_DATE_EPOCH", "1000000000"));
    (out, said.lines().map(str::to_owned).collect())
}

/// Unpacks a tarball beside itself, and gives its folder.
pub(crate) fn unpacked(out: &Path, tarball: &str) -> PathBuf {
    run(Command::new("tar")
        .arg("-xzf")
        .arg(out.join(tarball))
        .arg("-C")
        .arg(out));
    out.join(tarball.strip_suffix(".tar.gz").unwrap())
}
