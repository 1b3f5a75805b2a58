//! `tb serve` where the system refuses what a server needs: it says which operation failed.

use std::process::Command;

use crate::support::process::as_owner;
use crate::support::program;
use crate::support::site::Site;
use crate::support::strace::finish;

#[test]
fn a11_serve_says_what_it_cannot_do() {
    for (call, error, expected) in [
        ("epoll_create1", "EMFILE", "cannot wait for connections"),
        ("epoll_create1", "ENOMEM", "cannot wait for connections"),
        ("epoll_ctl", "ENOSPC", "cannot wait for connections"),
        ("eventfd2", "EMFILE", "cannot wait for connections"),
        ("eventfd2", "ENOSYS", "cannot wait for connections"),
        ("epoll_wait", "EINVAL", "cannot wait for connections"),
        ("epoll_wait", "ENOSYS", "cannot wait for connections"),
        ("socketpair", "EMFILE", "cannot wait for connections"),
        ("socketpair", "EACCES", "cannot wait for connections"),
        ("pipe2,socketpair", "ENFILE", "cannot wait for connections"),
        ("epoll_wait:when=2+", "EBADF", "cannot wait for connections"),
        ("getsockname", "ENOBUFS", "cannot find the address"),
        ("socket", "EMFILE", "cannot listen on"),
        ("bind", "EADDRINUSE", "cannot listen on"),
        ("bind", "EACCES", "cannot listen on"),
        ("listen", "EADDRINUSE", "cannot listen on"),
    ] {
        for trial in [&[][..], &["--trial"]] {
            let site = Site::new();
            let (names, when) = call.split_once(':').unwrap_or((call, "when=1+"));
            let mut command = Command::new(program("strace"));
            command
                .args(["-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e"])
                .arg(format!("trace={names}"))
                .args(["-e", &format!("inject={names}:error={error}:{when}"), "--"])
                .arg(site.executable())
                .args(["serve", "--listen", "127.0.0.1:0"])
                .args(trial)
                .env_clear()
                .current_dir(site.path("data"));
            as_owner(&mut command);
            let ended = finish(command, b"");
            let said = &ended.stderr;
            assert!(
                matches!(ended.code, Some(1 | 2)),
                "{call} {error}: {ended:?}"
            );
            assert!(said.contains(expected), "{call} {error}: {said}");
            for other in ["terminal", "input", "output", "panicked", "os error"] {
                assert!(!said.contains(other), "{call} {error}: {said}");
            }
        }
    }
}
