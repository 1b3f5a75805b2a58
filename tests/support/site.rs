//! One installation in a temporary folder, and the three ways to talk to it without a web server.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::http::Reply;
use super::process::{PATIENCE, Process, as_owner, peak_memory};
use super::request::Request;
use super::snapshot::Snapshot;
use super::visitor::Visitor;
use super::{
    debug_binary, folder, folder_in, free_port, give_to_owner, set_mode, static_binary, write,
};

/// The password that [`Site::set_password`] sets.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The path of the program on every server.
pub(crate) const BASE: &str = "/cgi-bin/tb.cgi";

/// An installation: `www/` is what a web server serves (`www/cgi-bin/tb.cgi` with its `tb.toml`,
/// `www/tb/` with the feeds), `data/` is the store beside it.
pub(crate) struct Site {
    folder: tempfile::TempDir,
    keys: BTreeMap<String, String>,
}

impl Site {
    /// One that runs the executable under test.
    pub(crate) fn new() -> Site {
        Site::around(debug_binary(), folder())
    }

    /// One that runs the static executable, which is what is shipped.
    pub(crate) fn shipped() -> Site {
        Site::around(static_binary(), folder())
    }

    /// The same, in a folder of `place`.
    pub(crate) fn shipped_in(place: &Path) -> Site {
        Site::around(static_binary(), folder_in(place))
    }

    fn around(executable: &Path, folder: tempfile::TempDir) -> Site {
        let mut site = Site {
            folder,
            keys: BTreeMap::new(),
        };
        for (name, mode) in [
            ("www", 0o755),
            ("www/cgi-bin", 0o755),
            ("www/tb", 0o755),
            ("data", 0o700),
        ] {
            let path = site.path(name);
            fs::create_dir(&path).expect("a folder");
            set_mode(&path, mode);
            give_to_owner(&path);
        }
        if fs::hard_link(executable, site.executable()).is_err() {
            let copied = Command::new("cp")
                .arg(executable)
                .arg(site.executable())
                .status();
            assert!(copied.expect("cp").success());
        }
        for (key, value) in [
            ("site", "[\"http://127.0.0.1/\"]".to_owned()),
            ("data_dir", quoted(&site.data_dir())),
            ("rss_dir", quoted(&site.rss_dir())),
            ("site_name", "\"The site under test\"".to_owned()),
            ("publish", "\"all\"".to_owned()),
            ("time_zone", "\"UTC\"".to_owned()),
            ("throttle", "\"off\"".to_owned()),
            ("allow_private", "true".to_owned()),
        ] {
            site.keys.insert(key.to_owned(), value);
        }
        site.live_at(80);
        site
    }

    /// A file or folder of the installation.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the web server serves at `/`.
    pub(crate) fn www(&self) -> PathBuf {
        self.path("www")
    }

    /// The store.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// The feeds.
    pub(crate) fn rss_dir(&self) -> PathBuf {
        self.path("www/tb")
    }

    /// The program.
    pub(crate) fn executable(&self) -> PathBuf {
        self.path("www/cgi-bin/tb.cgi")
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.path("www/cgi-bin/tb.toml")
    }

    /// The program's URL.
    pub(crate) fn base_url(&self) -> String {
        self.keys["base_url"].trim_matches('"').to_owned()
    }

    /// Sets one key of `tb.toml`; `value` is TOML.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.keys.insert(key.to_owned(), value.to_owned());
        self.write_config();
    }

    /// Sets the URLs in `tb.toml` to those of a server on that port.
    pub(crate) fn live_at(&mut self, port: u16) {
        let root = format!("http://127.0.0.1:{port}");
        self.keys
            .insert("base_url".to_owned(), format!("\"{root}{BASE}\""));
        self.keys
            .insert("rss_url".to_owned(), format!("\"{root}/tb/\""));
        self.write_config();
    }

    /// Sets the program's URL to one on that port below `path`, and leaves what follows from it to the defaults.
    pub(crate) fn live_below(&mut self, port: u16, path: &str) {
        let url = format!("\"http://127.0.0.1:{port}{path}{BASE}\"");
        self.keys.insert("base_url".to_owned(), url);
        self.keys.remove("rss_url");
        self.keys.remove("site");
        self.write_config();
    }

    fn write_config(&self) {
        let lines: Vec<String> = self
            .keys
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"))
            .collect();
        write(&self.config(), &lines.concat());
        set_mode(&self.config(), 0o600);
    }

    /// Sets the password to [`PASSWORD`], with `tb passwd`.
    pub(crate) fn set_password(&mut self) {
        self.tb_with_input(&["passwd"], &format!("{PASSWORD}\n"));
        let text = fs::read_to_string(self.config()).expect("tb.toml");
        let hash = text
            .lines()
            .find_map(|line| line.strip_prefix("password"))
            .and_then(|rest| rest.trim().strip_prefix('='))
            .unwrap_or_else(|| panic!("`tb passwd` set no password: {text}"));
        self.keys
            .insert("password".to_owned(), hash.trim().to_owned());
    }

    /// Everything that must not change when a request is refused.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(&[&self.data_dir(), &self.rss_dir()])
    }

    /// Runs the program as a web server does; it must exit with 0 and print nothing on stderr, but a line for the owner
    /// where it cannot store anything.
    pub(crate) fn cgi(&self, request: &Request) -> Reply {
        self.cgi_with(request, &[], |_| {})
    }

    /// The same with query words as arguments and a last change to the command.
    pub(crate) fn cgi_with(
        &self,
        request: &Request,
        arguments: &[&str],
        change: impl FnOnce(&mut Command),
    ) -> Reply {
        let mut command = self.command();
        command.args(arguments).envs(request.environment());
        change(&mut command);
        let run = run(command, &request.body, Ending::Closed);
        let reply = Reply::from_cgi(&run.stdout);
        let is_told = reply.status == 503 && self.is_storage_line(&run.stderr);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stderr.is_empty() || is_told, "{run:?}");
        reply
    }

    /// Whether that is the line for the owner about a folder of pings that cannot be used.
    pub(crate) fn is_storage_line(&self, said: &str) -> bool {
        let folder = format!("`{}`", self.data_dir().display());
        said.starts_with("tb: ") && said.contains(&folder) && said.lines().count() == 1
    }

    /// Runs the program as a web server does; gives also what it wrote to the server's error log.
    pub(crate) fn cgi_and_log(
        &self,
        request: &Request,
        change: impl FnOnce(&mut Command),
    ) -> (Reply, String) {
        let mut command = self.command();
        command.envs(request.environment());
        change(&mut command);
        let run = run(command, &request.body, Ending::Closed);
        assert_eq!(run.code, Some(0), "{run:?}");
        (Reply::from_cgi(&run.stdout), run.stderr)
    }

    /// Runs the program as a server does that never closes its standard input.
    pub(crate) fn cgi_left_open(&self, request: &Request) -> Reply {
        let mut command = self.command();
        command.envs(request.environment());
        let run = run(command, &request.body, Ending::LeftOpen);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
        Reply::from_cgi(&run.stdout)
    }

    /// Runs a command; it must print nothing on stderr and exit with 0. Gives what it printed.
    pub(crate) fn tb(&self, arguments: &[&str]) -> String {
        self.tb_with_input(arguments, "")
    }

    /// The same with something on its standard input.
    pub(crate) fn tb_with_input(&self, arguments: &[&str], input: &str) -> String {
        let mut command = self.command();
        command.args(arguments);
        let run = run(command, input.as_bytes(), Ending::Closed);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
        String::from_utf8(run.stdout).expect("output in UTF-8")
    }

    /// Runs a command that must exit with `code`, and gives what it said on stderr.
    pub(crate) fn tb_fails(&self, code: i32, arguments: &[&str]) -> String {
        let mut command = self.command();
        command.args(arguments);
        let run = run(command, b"", Ending::Closed);
        assert_eq!(run.code, Some(code), "{run:?}");
        run.stderr
    }

    /// The program in an empty environment, as the owner, in a folder that is not its own.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.executable());
        command.env_clear().current_dir("/");
        as_owner(&mut command);
        command
    }

    /// Starts `tb serve` on a free port, with the URLs in `tb.toml` set to it.
    pub(crate) fn serve(&mut self) -> Serving {
        for _ in 0..5 {
            let port = free_port();
            self.live_at(port);
            let mut command = self.command();
            command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
            if let Some(serving) = Serving::start(command) {
                assert_eq!(serving.port, port);
                return serving;
            }
        }
        panic!("`tb serve` does not start");
    }
}

/// A running `tb serve`; dropping it ends it with SIGTERM.
pub(crate) struct Serving {
    /// The port it says it listens on.
    pub(crate) port: u16,
    /// The line that said so.
    pub(crate) line: String,
    process: Process,
}

impl Serving {
    /// The most memory that it has had, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        peak_memory(self.process.id()).expect("its memory")
    }

    /// How often its threads have begun to wait, as the kernel counts it.
    pub(crate) fn waits(&self) -> u64 {
        let tasks = format!("/proc/{}/task", self.process.id());
        let tasks = fs::read_dir(tasks).expect("the threads of a process");
        let waits = |task: fs::DirEntry| {
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.map_or(0, |count| count.trim().parse().expect("a count"))
        };
        tasks.map(|task| waits(task.expect("a thread"))).sum()
    }

    /// Starts `command` and reads the port from what it prints; `None` when it ends before that.
    pub(crate) fn start(command: Command) -> Option<Serving> {
        Serving::start_with_errors(command, Stdio::null())
    }

    /// The same; what it prints on standard error goes to `errors`.
    pub(crate) fn start_with_errors(mut command: Command, errors: Stdio) -> Option<Serving> {
        as_owner(&mut command);
        Serving::start_as_self(command, errors)
    }

    /// The same as the user who runs the tests, of any program that says where it listens.
    pub(crate) fn start_as_self(mut command: Command, errors: Stdio) -> Option<Serving> {
        command.stdout(Stdio::piped()).stderr(errors);
        let mut process = Process::start_as_self(command);
        let mut lines = BufReader::new(process.stdout()).lines();
        let (port, line) = lines.by_ref().find_map(|line| {
            let line = line.ok()?;
            let (_, rest) = line.split_once("http://127.0.0.1:")?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Some((digits.parse().ok()?, line))
        })?;
        // The access log follows; a full pipe would stop the server.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Serving {
            port,
            line,
            process,
        })
    }

    /// A newcomer to it.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::new(self.port, BASE)
    }

    /// Ends it with SIGTERM and gives its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        self.process.stop()
    }
}

/// What a program did.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

/// What becomes of a program's standard input after the last byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Closed,
    LeftOpen,
}

fn run(mut command: Command, input: &[u8], ending: Ending) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("a piped stdin");
    let input = input.to_vec();
    // The program may answer and end without having read everything.
    let writer = std::thread::spawn(move || {
        stdin.write_all(&input).unwrap_or_default();
        (ending == Ending::LeftOpen).then_some(stdin)
    });
    let started = std::time::Instant::now();
    let output = child.wait_with_output().expect("its output");
    drop(writer.join().expect("the writer"));
    assert!(started.elapsed() < PATIENCE, "{command:?} took too long");
    Run {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

/// Runs the program under a limit of the shell's `ulimit`.
pub(crate) fn limited(site: &Site, limit: &str, request: &Request) -> Reply {
    let script = format!("ulimit {limit} && exec \"$0\"");
    site.cgi_with(request, &[], |command| {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(script).arg(site.executable());
        shell.env_clear().current_dir("/");
        shell.envs(request.environment());
        as_owner(&mut shell);
        *command = shell;
    })
}
