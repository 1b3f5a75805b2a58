//! A store whose owner wants mail, a `sendmail` that keeps it, and a reader of mail that is not ours.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tb::internals::config::Config;
use tb::internals::sendmail::notify_owner;
use tb::internals::store::{Arrival, Reason, State, Store};
use tb::linkback::trackback::{Form, Ping, TbId};

use crate::support::process::output_with;
use crate::support::{program, set_mode};

/// A store with a configuration and a `sendmail` of our own; what it was given is in `mail.1`, `mail.2`, …
pub(super) struct Mailbox {
    folder: tempfile::TempDir,
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) now: Timestamp,
}

/// Keeps each mail in a file of its own, with its arguments and environment beside it.
pub(super) const KEEP: &str = "n=1; while [ -e \"$0.$n\" ]; do n=$((n + 1)); done\n\
    cat > \"$0.$n\"; echo \"$@\" > \"$0.args\"; env > \"$0.env\"; pwd >> \"$0.env\"\n";

impl Mailbox {
    pub(super) fn new() -> Mailbox {
        Mailbox::with("A site", "https://blog.example/cgi-bin/tb.cgi")
    }

    pub(super) fn with(site_name: &str, base_url: &str) -> Mailbox {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let value = |text: &str| Value::from(text).to_string();
        let text = format!(
            "base_url = {}\ndata_dir = {}\nsite_name = {}\nnotify = \"me@example.org\"\nsendmail = {}\n",
            value(base_url),
            value(data.to_str().unwrap()),
            value(site_name),
            value(folder.path().join("mail").to_str().unwrap()),
        );
        let post = Mailbox {
            config: Config::read(&folder.path().join("tb.toml"), text.as_bytes(), |_| None)
                .unwrap(),
            store: Store::open(&data).unwrap(),
            now: "2026-11-20T09:00:00Z".parse().unwrap(),
            folder,
        };
        post.sendmail(KEEP);
        post
    }

    pub(super) fn sendmail(&self, script: &str) {
        let path = self.path("mail");
        let draft = self.path("draft");
        fs::write(&draft, format!("#!/bin/sh\n{script}")).unwrap();
        // Not written by this process: of a descriptor for writing another thread's child could hold a copy, and
        // then the program cannot be run ("text file busy").
        let done = Command::new("cp").arg(&draft).arg(&path).status().unwrap();
        assert!(done.success());
        set_mode(&path, 0o755);
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A ping that is held.
    pub(super) fn hold(&self, id: &str, number: u32, fields: &[(&str, &str)], why: &str) {
        let url = format!("https://weblog.example/{number}");
        let mut pairs = vec![("title", "A title"), ("blog_name", "A weblog")];
        pairs.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        pairs.extend(fields);
        if fields.iter().all(|(name, _)| *name != "url") {
            pairs.push(("url", &url));
        }
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let ping = Ping::from_form(&Form::query(body.as_bytes()).unwrap()).unwrap();
        let arrival = Arrival {
            time: self.now,
            state: State::Held,
            why: Some(Reason::parse(why)),
            via: "trackback",
            from: None,
            rest: serde_json::Map::new(),
        };
        let mut transaction = self.store.begin(&id_of(id)).unwrap();
        transaction
            .receive(&ping, &arrival, tb::internals::verify::repeat::resolve)
            .unwrap();
    }

    pub(super) fn decide(&self, id: &str, number: u64, to: State, why: &str) {
        let mut transaction = self.store.begin(&id_of(id)).unwrap();
        transaction
            .set_state(number, to, Some(&Reason::parse(why)), self.now)
            .unwrap();
    }

    pub(super) fn pass(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    pub(super) fn tell(&self) {
        notify_owner(&self.config, &self.store, self.now);
    }

    /// How many mails there were.
    pub(super) fn mails(&self) -> usize {
        (1..)
            .take_while(|number| self.path(&format!("mail.{number}")).exists())
            .count()
    }

    pub(super) fn mail(&self, number: usize) -> Vec<u8> {
        fs::read(self.path(&format!("mail.{number}"))).unwrap()
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.path("data/.log")).unwrap_or_default()
    }
}

fn id_of(text: &str) -> TbId {
    TbId::new(text.as_bytes()).unwrap()
}

/// A mail as Python's own library reads it.
pub(super) struct Parsed {
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Parsed {
    #[track_caller]
    pub(super) fn of(mail: &[u8]) -> Parsed {
        let script = "import email, email.policy, json, sys\n\
            m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)\n\
            faults = [str(f) for p in m.walk() for f in p.defects]\n\
            faults += [str(f) for h in m.values() for f in getattr(h, 'defects', ())]\n\
            json.dump([[[k.lower(), str(v)] for k, v in m.items()], m.get_content(), faults], sys.stdout)\n";
        let mut python = Command::new(program("python3"));
        python.args(["-c", script]);
        let output = output_with(python, mail);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(mail));
        let (headers, body, faults): (_, _, Vec<String>) =
            serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "{}",
            String::from_utf8_lossy(mail)
        );
        Parsed { headers, body }
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[track_caller]
    pub(super) fn header(&self, name: &str) -> &str {
        let mut all = self.headers.iter().filter(|(other, _)| other == name);
        let (_, value) = all.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(all.next().is_none(), "two of {name}");
        value
    }
}
