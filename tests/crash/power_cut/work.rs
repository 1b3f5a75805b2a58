//! What goes on in an installation while its power is cut.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{OWNERS, words};
use crate::support::http;
use crate::support::request::Request;
use crate::support::site::{BASE, PASSWORD, Serving, Site};

/// One cycle's work, shared by all who do it.
pub(super) struct Work<'house> {
    pub(super) site: &'house Site,
    pub(super) serving: &'house Serving,
    /// From here on anything may fail.
    pub(super) cutting: AtomicBool,
    /// From here on everything does.
    pub(super) over: AtomicBool,
    pub(super) acknowledged: AtomicUsize,
    pub(super) compactions: AtomicUsize,
}

#[derive(Clone, Copy)]
pub(super) enum Interface {
    Cgi,
    Serve,
}

impl Work<'_> {
    /// Sends a ping and says whether it was acknowledged.
    pub(super) fn ping(&self, door: Interface, request: &Request) -> bool {
        let reply = match door {
            Interface::Cgi => {
                let mut command = self.site.command();
                command.envs(request.environment());
                output(command, &request.body)
            }
            Interface::Serve => {
                let bytes = http::spell(self.serving.port, BASE, request);
                http::try_exchange(self.serving.port, &bytes).unwrap_or_default()
            }
        };
        let reply = String::from_utf8_lossy(&reply);
        let acknowledged = reply.contains("<error>0</error>");
        self.count(acknowledged, &reply)
    }

    /// The owner deletes one ping, then publishes and holds all, again and again.
    pub(super) fn decide(
        &self,
        mut numbers: Vec<u64>,
        decisions: &mut Vec<(&'static str, bool)>,
        deleted: &mut Vec<u64>,
    ) {
        let gone = numbers.remove(0);
        if !self.tb(&words(&["delete", OWNERS], &[gone]), "") {
            return;
        }
        deleted.push(gone);
        for (to, word) in [("held", "hold"), ("published", "publish"), ("junk", "junk")]
            .iter()
            .cycle()
        {
            let done = self.tb(&words(&[word, OWNERS], &numbers), "");
            decisions.push((to, done));
            if !done || self.over.load(Ordering::SeqCst) {
                break;
            }
        }
    }

    /// The password changes, and all sessions are ended, again and again.
    pub(super) fn change_keys(
        &self,
        store: &tb::internals::store::Store,
        passwords: &mut Vec<String>,
        secret: &mut tb::internals::store::Secret,
    ) {
        while !self.over.load(Ordering::SeqCst) {
            let password = format!("{PASSWORD} {}", secret.epoch);
            passwords.push(password.clone());
            if !self.tb(&["passwd".to_owned()], &format!("{password}\n")) {
                break;
            }
            passwords.drain(..passwords.len() - 1);
            if store.next_epoch().is_err() {
                self.count(false, "no new epoch");
                break;
            }
            if !self.count(true, "") {
                break;
            }
            secret.epoch += 1;
        }
    }

    /// Runs a command and says whether it did what it should.
    fn tb(&self, arguments: &[String], input: &str) -> bool {
        let mut command = self.site.command();
        command.args(arguments).stderr(Stdio::null());
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let file = self.site.data_dir().join(format!("{OWNERS}.jsonl"));
        let inode = || fs::metadata(&file).ok().map(|metadata| metadata.ino());
        let before = inode();
        let done = command.spawn().and_then(|mut child| {
            let mut stdin = child.stdin.take().expect("a piped stdin");
            stdin.write_all(input.as_bytes()).unwrap_or_default();
            drop(stdin);
            child.wait()
        });
        let done = done.is_ok_and(|status| status.success());
        if done && inode() != before {
            self.compactions.fetch_add(1, Ordering::SeqCst);
        }
        self.count(done, &arguments.join(" "))
    }

    /// Whether something was acknowledged while there was power. What is said later would not be
    /// heard, and may be wrong: an `fdatasync` of XFS that the shutdown overtakes returns success.
    fn count(&self, done: bool, what: &str) -> bool {
        let cutting = self.cutting.load(Ordering::SeqCst);
        assert!(done || cutting, "failed while there was power: {what}");
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
        done && !cutting
    }
}

/// What a program prints; nothing when it cannot even be started.
fn output(mut command: Command, input: &[u8]) -> Vec<u8> {
    let run = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .and_then(|mut child| {
            let mut stdin = child.stdin.take().expect("a piped stdin");
            stdin.write_all(input).unwrap_or_default();
            drop(stdin);
            child.wait_with_output()
        });
    run.map(|output| output.stdout).unwrap_or_default()
}
