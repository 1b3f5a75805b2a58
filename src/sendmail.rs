//! Mail to the owner through the host's `sendmail`.
//!
//! The program is started by its path, without a shell, with only `PATH` in the environment, in its own process group; if
//! it hangs, the whole group is killed. Its failures affect no ping.

use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::moderation::digest;
use crate::process::spawn_error;
use crate::store::{Event, EventName, Store};

/// How long `sendmail` may run.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The `PATH` of `sendmail`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Sends the owner a mail about waiting pings, if one is due. A failure is logged, and retried an hour later at the
/// earliest.
pub fn notify_owner(config: &Config, store: &Store, now: Timestamp) {
    let sent = digest::due(config, store, now).and_then(|mail| match mail {
        None => Ok(None),
        Some(mail) => {
            deliver(&config.sendmail, &mail.text, TIMEOUT)?;
            digest::sent(store, &mail)?;
            Ok(Some(mail.count))
        }
    });
    let event = match sent {
        Ok(None) => return,
        Ok(Some(count)) => Event::new(now, EventName::Notified).with("pings", count),
        Err(error) => Event::new(now, EventName::NotifyFailed).with("error", error.to_string()),
    };
    store.log(&event);
}

/// Passes a mail to `program`, which takes the recipients from its header, and waits for the program.
pub fn deliver(program: &Path, mail: &str, timeout: Duration) -> Result<()> {
    let fault = |cause| Error::file("send mail with", program, cause);
    // Must be absolute: not searched in PATH or in the current folder, which the web server chooses.
    if !program.is_absolute() {
        return Err(fault(io::Error::other("its path is not absolute")));
    }
    fs::metadata(program).map_err(fault)?;
    let mut child = Command::new(program)
        .args(["-t", "-i"])
        .env_clear()
        .env("PATH", PATH)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|cause| fault(spawn_error(cause)))?;
    let ended = feed(&mut child, mail.as_bytes(), timeout);
    if ended.is_err() {
        let group = Pid::from_child(&child);
        // Fails if the group has no processes left.
        kill_process_group(group, Signal::KILL).ok();
        child.wait().ok();
    }
    ended.map_err(fault)
}

/// Writes the mail to the program, which may read nothing of it, and waits for the program's end. Its children may keep
/// the pipe open. No thread is used, since the host may allow none.
fn feed(child: &mut Child, mail: &[u8], timeout: Duration) -> io::Result<()> {
    let deadline = Instant::now() + timeout;
    let mut input = child.stdin.take();
    if let Some(input) = &input {
        fcntl_setfl(input, OFlags::NONBLOCK)?;
    }
    let mut rest = mail;
    loop {
        input = input.and_then(|mut input| match input.write(rest) {
            Ok(count) => {
                rest = rest.get(count..).unwrap_or_default();
                (!rest.is_empty()).then_some(input)
            }
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => Some(input),
            Err(_) => None,
        });
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(status.to_string())),
            None if Instant::now() >= deadline => {
                let seconds = timeout.as_secs();
                return Err(io::Error::other(format!("it took longer than {seconds} s")));
            }
            None => thread::sleep(Duration::from_millis(10)),
        }
    }
}
