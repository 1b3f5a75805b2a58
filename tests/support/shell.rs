//! An installation in a folder of its own, and a terminal to sit at, for the tests of the commands.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use tb::internals::config::Config;
use tempfile::TempDir;

use super::process::{output, output_with};

/// Far longer than any prompt takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with the executable in `cgi-bin/`, and the installation that `tb init` made there.
pub(crate) struct Site {
    dir: TempDir,
}

impl Site {
    /// The executable alone.
    pub(crate) fn bare() -> Site {
        let executable = Path::new(env!("CARGO_BIN_EXE_tb"));
        // On the same file system, so that a link will do: a copy could still be open for writing elsewhere.
        let dir = tempfile::tempdir_in(executable.parent().unwrap()).unwrap();
        fs::create_dir(dir.path().join("cgi-bin")).unwrap();
        fs::hard_link(executable, dir.path().join("cgi-bin/tb.cgi")).unwrap();
        Site { dir }
    }

    /// An installation that publishes everything and may dial 127.0.0.1.
    pub(crate) fn new() -> Site {
        Site::with(&[])
    }

    /// The same, with more flags.
    pub(crate) fn with(flags: &[&str]) -> Site {
        let site = Site::bare();
        let mut arguments = vec!["init", "--yes", "--publish", "all", "--allow-private"];
        if !flags.contains(&"--base-url") {
            arguments.extend(["--base-url", "http://127.0.0.1:8080/cgi-bin/tb.cgi"]);
        }
        let rss_dir = site.path("tb");
        let data_dir = site.path("data");
        arguments.extend(["--rss-dir", rss_dir.to_str().unwrap()]);
        arguments.extend(["--data-dir", data_dir.to_str().unwrap()]);
        arguments.extend(flags);
        assert_eq!(site.tb(&arguments).code(), 0);
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        let metadata = fs::symlink_metadata(self.path(name)).unwrap();
        metadata.permissions().mode() & 0o7777
    }

    pub(crate) fn config(&self) -> Config {
        let file = self.path("cgi-bin/tb.toml");
        Config::read(&file, &fs::read(&file).unwrap(), |_| None).unwrap()
    }

    /// A command that has not been run, with an environment that says nothing.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("cgi-bin/tb.cgi"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn tb(&self, arguments: &[&str]) -> Ran {
        Ran(output(self.command(arguments)))
    }

    /// Runs a command that reads `input`.
    pub(crate) fn tb_reading(&self, arguments: &[&str], input: &[u8]) -> Ran {
        Ran(output_with(self.command(arguments), input))
    }

    /// Receives a ping, as a web server would have it; returns the response.
    pub(crate) fn receive(&self, id: &str, form: &str) -> String {
        let mut command = self.command(&[]);
        command
            .env("GATEWAY_INTERFACE", "CGI/1.1")
            .env("REQUEST_METHOD", "POST")
            .env("PATH_INFO", format!("/{id}"))
            .env("CONTENT_TYPE", "application/x-www-form-urlencoded");
        let response = Ran(output_with(command, form.as_bytes())).out();
        assert!(response.contains("<error>0</error>"), "{response}");
        response
    }

    /// Puts lines into the file of an id, whatever they hold.
    pub(crate) fn plant(&self, id: &str, lines: &str) {
        self.write(&format!("data/{id}.jsonl"), lines);
    }

    /// A command on a terminal of its own.
    pub(crate) fn terminal(&self, arguments: &[&str]) -> Terminal {
        let words: Vec<String> = std::iter::once(self.path("cgi-bin/tb.cgi").display().to_string())
            .chain(arguments.iter().map(|word| (*word).to_owned()))
            .map(|word| format!("'{word}'"))
            .collect();
        self.terminal_with(&words.join(" "))
    }

    /// A line of the shell's on a terminal of its own.
    pub(crate) fn terminal_with(&self, line: &str) -> Terminal {
        let mut child = Command::new("script")
            .args(["-qec", line, "/dev/null"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SHELL", "/bin/sh")
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (send, shown) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal {
            child,
            shown,
            seen: String::new(),
        }
    }
}

/// What a command said.
pub(crate) struct Ran(pub(crate) Output);

impl Ran {
    pub(crate) fn code(&self) -> i32 {
        let code = self.0.status.code().unwrap();
        assert_eq!(code != 0, !self.0.stderr.is_empty(), "{:?}", self.0);
        code
    }

    /// Standard output, of a command that succeeded without a word on standard error.
    pub(crate) fn out(&self) -> String {
        assert!(self.0.status.success(), "{:?}", self.0);
        assert!(self.0.stderr.is_empty(), "{:?}", self.0);
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    /// Standard output, of a command that succeeded with one warning, which begins with `words`.
    pub(crate) fn warned(&self, words: &str) -> String {
        assert!(self.0.status.success(), "{:?}", self.0);
        let warning = String::from_utf8(self.0.stderr.clone()).unwrap();
        assert_eq!(warning.lines().count(), 1, "{warning}");
        assert!(warning.starts_with(&format!("tb: {words}")), "{warning}");
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    /// Standard error, of a command that failed with `code` and printed nothing else.
    pub(crate) fn failed(&self, code: i32) -> String {
        assert_eq!(self.0.status.code(), Some(code), "{:?}", self.0);
        assert!(self.0.stdout.is_empty(), "{:?}", self.0);
        let text = String::from_utf8(self.0.stderr.clone()).unwrap();
        assert!(text.starts_with("tb: "), "{text}");
        text
    }
}

/// A person at a terminal.
pub(crate) struct Terminal {
    child: Child,
    shown: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    /// Waits until the text is shown, and types an answer.
    pub(crate) fn answer(&mut self, question: &str, answer: &str) {
        let from = self.seen.len();
        while !self.seen.get(from..).unwrap_or_default().contains(question) {
            let Ok(bytes) = self.shown.recv_timeout(PATIENCE) else {
                panic!("no `{question}` in: {}", self.seen);
            };
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(format!("{answer}\n").as_bytes()).unwrap();
    }

    /// All that was shown, and the exit code.
    pub(crate) fn end(mut self) -> (String, i32) {
        while let Ok(bytes) = self.shown.recv_timeout(PATIENCE) {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        let code = self.child.wait().unwrap().code().unwrap();
        (self.seen, code)
    }
}
