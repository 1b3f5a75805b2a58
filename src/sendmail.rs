//! Mail to the owner through the host's `sendmail`.
//!
//! The program is started by its path, without a shell, with no environment but a `PATH`, in a process group of its
//! own; one that hangs is killed with all that it started there. Whatever it does, no ping is affected.

use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::moderation::digest;
use crate::store::{Event, EventName, Store};

/// How long `sendmail` may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What it finds its own programs in.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Tells the owner of pings that wait, if that is due. A fault is logged and tried again an hour later at the
/// earliest.
pub fn tell(config: &Config, store: &Store, now: Timestamp) {
    let sent = digest::due(config, store, now).and_then(|mail| match mail {
        None => Ok(None),
        Some(mail) => {
            deliver(&config.sendmail, &mail.text, PATIENCE)?;
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

/// Hands a mail to `program`, which finds the receivers in its header, and waits for it.
pub fn deliver(program: &Path, mail: &str, patience: Duration) -> Result<()> {
    let fault = |cause| Error::file("send mail with", program, cause);
    // Looked up nowhere: neither in PATH nor in the current folder, which a web server chooses.
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
        .map_err(fault)?;
    let input = child.stdin.take();
    let mail = mail.as_bytes().to_vec();
    // It may read nothing, and what it started may keep the pipe open: nobody waits for this thread.
    let writing = thread::Builder::new()
        .spawn(move || input.map_or(Ok(()), |mut input| input.write_all(&mail)));
    let ended = match writing {
        Ok(_) => wait(&mut child, patience),
        Err(cause) => Err(cause),
    };
    if ended.is_err() {
        let group = Pid::from_child(&child);
        // Fails when nobody is left in it.
        kill_process_group(group, Signal::KILL).ok();
        child.wait().ok();
    }
    ended.map_err(fault)
}

fn wait(child: &mut Child, patience: Duration) -> io::Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(status.to_string())),
            None if Instant::now() >= deadline => {
                let seconds = patience.as_secs();
                return Err(io::Error::other(format!("it took longer than {seconds} s")));
            }
            None => thread::sleep(Duration::from_millis(10)),
        }
    }
}
