//! A program under `strace`: which system calls it makes, and one of them made to fail or to be its last.
//!
//! strace counts `when=` for each *name* of a call by itself, so a call is known by its name and its
//! number among those of that name. A process that is killed at a call has not made it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};

use super::process::{PATIENCE, as_owner};
use super::{give_to_owner, program};

/// A program's call, with everything that it is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation {
    /// `argv` without the program.
    pub(crate) arguments: Vec<String>,
    /// All of its environment.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// All of its standard input.
    pub(crate) input: Vec<u8>,
}

/// One system call of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Its name.
    pub(crate) name: String,
    /// Which of the calls of that name it is, from 1.
    pub(crate) nth: usize,
    /// As strace prints it.
    pub(crate) text: String,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The process is killed before it.
    Kill,
    /// It does nothing and fails with this error.
    Error(&'static str),
    /// It is made, this many milliseconds later.
    Delay(u32),
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    /// The signal that ended it.
    pub(crate) signal: Option<i32>,
    /// What it printed.
    pub(crate) stdout: Vec<u8>,
    /// What it printed on standard error.
    pub(crate) stderr: String,
}

/// Calls that only have to do with memory or with the process itself: nothing that lasts can change
/// between one of them and the next call, and their number varies from run to run.
const WITHIN: [&str; 22] = [
    "brk",
    "mmap",
    "munmap",
    "mprotect",
    "mremap",
    "madvise",
    "sigaltstack",
    "rt_sigaction",
    "rt_sigprocmask",
    "geteuid",
    "getuid",
    "getpid",
    "gettid",
    "clock_gettime",
    "futex",
    "execve",
    "exit_group",
    "getrandom",
    "prlimit64",
    "sched_getaffinity",
    "rseq",
    "set_robust_list",
];

/// The calls of `run` from the first that the program makes for its task: the body, or the configuration.
pub(crate) fn calls(executable: &Path, run: &Invocation) -> Vec<Call> {
    let folder = super::folder();
    let record = folder.path().join("calls");
    super::write(&record, "");
    give_to_owner(&record);
    let record_name = record.to_str().expect("a path in UTF-8");
    let ended = start(
        executable,
        run,
        Some(&["-qq", "-e", "signal=none", "-o", record_name]),
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let text = String::from_utf8_lossy(&fs::read(&record).expect("the calls")).into_owned();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((name, _)) = line.split_once('(') else {
            continue;
        };
        let nth = seen.entry(name.to_owned()).or_default();
        *nth += 1;
        calls.push(Call {
            name: name.to_owned(),
            nth: *nth,
            text: line.to_owned(),
        });
    }
    // A file that is named on the command line may be read before the configuration.
    let named = |call: &Call| {
        let mut files = run.arguments.iter().filter(|word| word.starts_with('/'));
        call.name.starts_with("open") && files.any(|file| call.text.contains(file.as_str()))
    };
    let begins = |call: &Call| {
        call.text.contains("poll([{fd=0, events=POLLIN}")
            || call.text.contains("tb.toml")
            || named(call)
    };
    let start = calls
        .iter()
        .position(begins)
        .expect("the first call of its task");
    calls.drain(..start);
    calls.retain(|call| !WITHIN.contains(&call.name.as_str()));
    assert!(calls.len() > 10, "{text}");
    calls
}

/// Runs it with one call's fate changed.
pub(crate) fn run_with(executable: &Path, run: &Invocation, call: &Call, fate: Fate) -> Ended {
    let Call { name, nth, .. } = call;
    let what = match fate {
        Fate::Kill => "signal=KILL".to_owned(),
        Fate::Error(error) => format!("error={error}"),
        Fate::Delay(milliseconds) => format!("delay_enter={}", u64::from(milliseconds) * 1000),
    };
    // A call that is not traced is not tampered with either.
    let traced = format!("trace={name}");
    let injected = format!("inject={name}:{what}:when={nth}");
    start(
        executable,
        run,
        Some(&[
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "signal=none",
            "-e",
            &traced,
            "-e",
            &injected,
        ]),
    )
}

/// Runs it with something done to some calls of one name, in the words of strace's `inject=` and `when=`; only to
/// those on `file` where one is given.
pub(crate) fn run_injected(
    executable: &Path,
    run: &Invocation,
    (name, what, when): (&str, &str, &str),
    file: Option<&Path>,
) -> Ended {
    let traced = format!("trace={name}");
    let injected = format!("inject={name}:{what}:when={when}");
    let mut flags = vec!["-qq", "-o", "/dev/null", "-e", "signal=none"];
    if let Some(file) = file.and_then(Path::to_str) {
        flags.extend(["-P", file]);
    }
    flags.extend(["-e", &traced, "-e", &injected]);
    start(executable, run, Some(&flags))
}

/// Runs it as it is.
pub(crate) fn run_plain(executable: &Path, run: &Invocation) -> Ended {
    start(executable, run, None)
}

fn start(executable: &Path, run: &Invocation, strace: Option<&[&str]>) -> Ended {
    let mut command = match strace {
        Some(flags) => {
            let mut command = Command::new(program("strace"));
            command.args(flags).arg("--").arg(executable);
            command
        }
        None => Command::new(executable),
    };
    command
        .args(&run.arguments)
        .env_clear()
        .envs(run.environment.iter().cloned())
        .current_dir("/");
    as_owner(&mut command);
    finish(command, &run.input)
}

/// Gives `command` its input and waits for its end.
pub(crate) fn finish(mut command: Command, input: &[u8]) -> Ended {
    let mut child = command
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("a piped stdin");
    // It fits into the pipe, and who is killed reads nothing.
    stdin.write_all(input).unwrap_or_default();
    drop(stdin);
    // Nothing may wait for ever; what does is ended, and its signal tells.
    let group = Pid::from_child(&child);
    let (ended, has_ended) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        if has_ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            kill_process_group(group, Signal::TERM).unwrap_or_default();
        }
    });
    let output = child.wait_with_output().expect("its output");
    drop(ended);
    watch.join().expect("the watch");
    Ended {
        code: output.status.code(),
        signal: output.status.signal(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
