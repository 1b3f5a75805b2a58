//! Processes that the tests start: each in a group of its own, ended by its own number, and ended
//! even when the test process dies first.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::owner;

/// How long anything may take before a test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Far longer than any program that a test runs to its end takes.
const LONGEST_RUN: Duration = Duration::from_secs(600);

/// A running program; dropping it ends its whole process group.
pub(crate) struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts `command` as [`owner`], with nothing on its standard input.
    pub(crate) fn start(mut command: Command) -> Process {
        as_owner(&mut command);
        Process::start_as_self(command)
    }

    /// Starts `command` as the user who runs the tests.
    pub(crate) fn start_as_self(mut command: Command) -> Process {
        let name = format!("{command:?}");
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        Guard::send_line(&format!("+ {}", child.id()));
        Process { child, name }
    }

    /// Its standard output, when it was piped and not yet taken.
    pub(crate) fn stdout(&mut self) -> std::process::ChildStdout {
        self.child.stdout.take().expect("a piped stdout")
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("wait").is_some()
    }

    /// Asks it to end and waits until it has; `None` when a signal ended it.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("wait") {
                // What it has started may have outlived it.
                self.signal(Signal::KILL);
                return status.code();
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.signal(Signal::KILL);
        self.child.wait().expect("wait").code()
    }

    fn signal(&self, signal: Signal) {
        let group = Pid::from_child(&self.child);
        // Fails when nobody is left in the group.
        kill_process_group(group, signal).unwrap_or_default();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
        Guard::send_line(&format!("- {}", self.child.id()));
    }
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.name)
    }
}

/// The most memory that a running process has had, in KiB, as the kernel counts it.
pub(crate) fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Waits until no process runs this executable: a request that is answered may have started a worker.
#[track_caller]
pub(crate) fn wait_for_workers(executable: &Path) {
    let executable = executable.canonicalize().expect("the executable");
    let runs = |process: std::io::Result<std::fs::DirEntry>| {
        let file = process.ok()?.path().join("exe").read_link().ok()?;
        (file == executable).then_some(())
    };
    let ended = wait_for(|| {
        let mut processes = std::fs::read_dir("/proc").expect("/proc");
        processes.find_map(runs).is_none().then_some(())
    });
    assert!(ended.is_some(), "a worker goes on");
}

/// Runs `command` to its end and gives what it printed. One that has not ended after [`LONGEST_RUN`] is killed, and the
/// test fails with what it printed and with what each process of the machine was waiting for.
pub(crate) fn output(mut command: Command) -> Output {
    command.stdin(Stdio::null());
    run(command, b"")
}

/// Like [`output`], with `input` on its standard input, of which it may read as much as it likes.
pub(crate) fn output_with(mut command: Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped());
    run(command, input)
}

fn run(mut command: Command, input: &[u8]) -> Output {
    let name = format!("{command:?}");
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let group = Pid::from_child(&child);
    Guard::send_line(&format!("+ {}", child.id()));
    let (ended, is_over) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        let hangs = is_over.recv_timeout(LONGEST_RUN) == Err(RecvTimeoutError::Timeout);
        hangs.then(|| {
            let processes = processes();
            kill_process_group(group, Signal::KILL).unwrap_or_default();
            processes
        })
    });
    let id = child.id();
    if let Some(mut stdin) = child.stdin.take() {
        drop(stdin.write_all(input));
    }
    let output = child.wait_with_output().expect("its output");
    drop(ended);
    Guard::send_line(&format!("- {id}"));
    match watchdog.join().expect("the watchdog") {
        None => output,
        Some(processes) => panic!("{name} does not end: {output:?}\n{processes}"),
    }
}

/// The processes of this machine, and what each waits for.
fn processes() -> String {
    let columns = "pid,ppid,user,stat,etime,wchan:24,args";
    let listed = Command::new("ps")
        .args(["-e", "-ww", "-o", columns])
        .output();
    listed.map_or_else(
        |error| error.to_string(),
        |listed| String::from_utf8_lossy(&listed.stdout).into_owned(),
    )
}

/// Makes `command` run as [`owner`].
pub(crate) fn as_owner(command: &mut Command) {
    if let Some((uid, gid)) = owner() {
        command.uid(uid).gid(gid);
    }
}

/// Asks `ready` again and again until it gives an answer; `None` after [`PATIENCE`].
pub(crate) fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ready() {
            return Some(answer);
        }
        if Instant::now() > deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// A shell that outlives the test process by a moment and removes what it left: statics are never
/// dropped, and a killed test drops nothing.
pub(crate) struct Guard;

impl Guard {
    /// Has `folder` removed when the test process has ended.
    pub(crate) fn remove_at_the_end(folder: &Path) {
        Guard::send_line(&format!("folder {}", folder.display()));
    }

    /// Has what is mounted at `place` unmounted then, before folders are removed.
    pub(crate) fn unmount_at_the_end(place: &Path) {
        Guard::send_line(&format!("mount {}", place.display()));
    }

    #[allow(
        clippy::zombie_processes,
        reason = "it ends after us, which is its purpose"
    )]
    fn send_line(line: &str) {
        static PIPE: OnceLock<Mutex<ChildStdin>> = OnceLock::new();
        let pipe = PIPE.get_or_init(|| {
            let mut shell = Command::new("/bin/sh")
                .args(["-c", CLEANUP_SCRIPT])
                .stdin(Stdio::piped())
                .process_group(0)
                .spawn()
                .expect("/bin/sh");
            Mutex::new(shell.stdin.take().expect("a piped stdin"))
        });
        let mut pipe = pipe.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        writeln!(pipe, "{line}").expect("the guard listens");
    }
}

const CLEANUP_SCRIPT: &str = r#"
exec >/dev/null 2>&1
groups=" " folders= mounts=
sudo=
[ "$(id -u)" = 0 ] || sudo="sudo -n"
while read -r word rest; do
  case $word in
    +) groups="$groups$rest " ;;
    -) groups="${groups%% $rest *} ${groups#* $rest }" ;;
    folder) folders="$folders
$rest" ;;
    mount) mounts="$mounts
$rest" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
printf '%s\n' "$mounts" | while read -r place; do
  case $place in */tb-it-*) $sudo umount -l -- "$place" && rm -rf --one-file-system -- "${place%/*}" ;; esac
done
printf '%s\n' "$folders" | while read -r folder; do
  case $folder in */tb-it-*)
    # Who was killed just now may still be writing.
    rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; } ;;
  esac
done
"#;
