//! A built site whose pings are sent to the hosts, and runs of `tb send` over it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::built::{self, Pairs};
use super::peers::ManyHosts;
use crate::support::process::PATIENCE;
use crate::support::site::Site;
use crate::support::{folder, give_to_owner, write};

/// The site, its ledger and its hosts.
pub(crate) struct Writer {
    pub(crate) many_hosts: ManyHosts,
    pub(crate) site: Site,
    folder: tempfile::TempDir,
    /// Who links to whom: what is to be sent.
    pub(crate) pairs: Pairs,
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run that goes on.
pub(crate) struct Running {
    child: Child,
}

impl Writer {
    /// Builds and publishes a site of so many entries whose links `targets` gives.
    pub(crate) fn new(
        many_hosts: ManyHosts,
        site: Site,
        entries: usize,
        targets: impl Fn(&ManyHosts, usize) -> Vec<String>,
    ) -> Writer {
        let folder = folder();
        let mut writer = Writer {
            many_hosts,
            site,
            folder,
            pairs: Pairs::new(),
        };
        for name in ["public", "ledger"] {
            fs::create_dir(writer.path(name)).expect("a folder");
            give_to_owner(&writer.path(name));
        }
        writer.pairs = built::build(
            &writer.path("public"),
            &writer.many_hosts.site(),
            entries,
            |entry| targets(&writer.many_hosts, entry),
        );
        writer.many_hosts.publish(&writer.path("public"));
        let url = writer.many_hosts.site();
        writer.site.set("site", &format!("[{url:?}]"));
        writer
    }

    /// A file or folder of the writer's.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The ledger.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("ledger/tb-sent.jsonl")
    }

    /// A command of `tb` where the hosts's names are known, in the folder of the ledger.
    pub(crate) fn tb(&self, words: &[&str]) -> Command {
        let mut command = self.many_hosts.command(&self.site.executable());
        command.args(words).current_dir(self.path("ledger"));
        command
    }

    /// Starts `tb send` over the built site; what is there already is not adopted but sent.
    pub(crate) fn start(&self, words: &[&str]) -> Running {
        let public = self.path("public");
        let public = public.to_str().expect("a path in UTF-8");
        let mut command = self.tb(&["send", public]);
        command.args(words);
        Running::start(command)
    }

    /// Runs it to its end.
    pub(crate) fn send(&self, words: &[&str]) -> Ran {
        self.start(words).wait()
    }

    /// What the ledger says of each link, by `tb sent --json`.
    pub(crate) fn standing(&self) -> BTreeMap<(String, String), Value> {
        let ran = Running::start(self.tb(&["sent", "--json"])).wait();
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
        let rows = ran.stdout.lines().map(|line| {
            let row: Value = serde_json::from_str(line).expect("a line of JSON");
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            ((text("entry"), text("target")), row.clone())
        });
        rows.collect()
    }

    /// Has links count as sent that were sent, as an owner does who knows it from elsewhere.
    pub(crate) fn adopt(&self, pairs: &[(String, String)]) {
        let lines = pairs
            .iter()
            .map(|(source, target)| format!("{source},{target}\n"));
        let list: String = std::iter::once("entry,target\n".to_owned())
            .chain(lines)
            .collect();
        let file = self.path("ledger/arrived.csv");
        write(&file, &list);
        let name = file.to_str().expect("a path in UTF-8");
        let ran = Running::start(self.tb(&["sent", "--import", name])).wait();
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }

    /// The links of that state.
    pub(crate) fn in_state(&self, state: &str) -> Pairs {
        let standing = self.standing().into_iter();
        let chosen = standing.filter(|(_, row)| row["state"] == state);
        chosen.map(|(pair, _)| pair).collect()
    }
}

impl Running {
    /// Starts a command with nothing on its standard input.
    pub(crate) fn start(mut command: Command) -> Running {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Running { child }
    }

    /// Whether it has ended by itself.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("wait").is_some()
    }

    /// Ends it at once.
    pub(crate) fn kill(mut self) -> Ran {
        // It may have ended a moment ago.
        self.child.kill().unwrap_or_default();
        self.wait()
    }

    /// Sends Ctrl-C's signal.
    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap_or_default();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ran {
        let begin = Instant::now();
        let mut stderr = self.child.stderr.take().expect("a piped stderr");
        let errors = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        let mut stdout = String::new();
        let mut pipe = self.child.stdout.take().expect("a piped stdout");
        pipe.read_to_string(&mut stdout).expect("output in UTF-8");
        let status = self.child.wait().expect("its end");
        assert!(begin.elapsed() < 4 * PATIENCE, "too long");
        Ran {
            code: status.code(),
            stdout,
            stderr: errors.join().unwrap().expect("errors in UTF-8"),
        }
    }
}
