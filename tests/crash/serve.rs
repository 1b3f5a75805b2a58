//! `tb serve` where the system refuses what a server needs: it says which operation failed.

use std::net::TcpStream;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::support::process::as_owner;
use crate::support::site::Site;
use crate::support::strace::{Ended, finish};
use crate::support::{free_port, program};

/// Runs a server while somebody connects to its port again and again: it may wait for that only once.
fn finish_while_visited(command: Command, port: u16) -> Ended {
    let (over, is_over) = mpsc::channel::<()>();
    let visitor = thread::spawn(move || {
        while is_over.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
            TcpStream::connect(("127.0.0.1", port)).ok();
        }
    });
    let ended = finish(command, b"");
    drop(over);
    visitor.join().unwrap();
    ended
}

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
            let port = free_port();
            let mut command = Command::new(program("strace"));
            command
                .args(["-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e"])
                .arg(format!("trace={names}"))
                .args(["-e", &format!("inject={names}:error={error}:{when}"), "--"])
                .arg(site.executable())
                .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
                .args(trial)
                .env_clear()
                .current_dir(site.path("data"));
            as_owner(&mut command);
            let ended = finish_while_visited(command, port);
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
