//! The thread of `tb serve` that verifies the pages behind pings: woken by a request, or when one is due.
//!
//! The end of the server does not wait for the thread, since a page may be slow. If the host allows no further thread,
//! starting it is tried again at each request; until then `tb verify` by cron is needed.

use std::any::Any;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::error_log::ErrorLog;
use super::live_config::LiveConfig;
use crate::config::Config;
use crate::error::{Result, system_message};
use crate::periodic;
use crate::process::{now, spawn_error};
use crate::store::{Event, EventName, Store};
use crate::verify::queue;
use crate::verify::{self, Halt, VerifyContext, VerifyScope};

/// The shortest sleep.
const SHORTEST: Duration = Duration::from_secs(5);
/// The sleep if work is still due: another process is doing it, or it cannot be done.
const BLOCKED: Duration = Duration::from_secs(60);
/// The longest sleep, since other processes add to the queue too.
const LONGEST: Duration = Duration::from_secs(600);

/// The thread; dropping this ends it after its current write.
#[derive(Debug)]
pub(super) struct VerifyThread {
    config: Arc<LiveConfig>,
    errors: Arc<ErrorLog>,
    shared: Arc<VerifyThreadShared>,
    thread: Mutex<ThreadState>,
}

/// The state of the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ThreadState {
    /// Not yet tried.
    New,
    /// The host allows none, which was reported.
    Refused,
    Running,
}

#[derive(Debug, Default)]
struct VerifyThreadShared {
    woken: Mutex<bool>,
    wake: Condvar,
    halt: Halt,
}

impl VerifyThread {
    /// Starts it.
    pub(super) fn start(config: Arc<LiveConfig>, errors: Arc<ErrorLog>) -> VerifyThread {
        let worker = VerifyThread {
            config,
            errors,
            shared: Arc::default(),
            thread: Mutex::new(ThreadState::New),
        };
        worker.ensure_running();
        worker
    }

    /// Wakes the thread because there is work.
    pub(super) fn wake(&self) {
        self.ensure_running();
        self.shared.wake();
    }

    /// Starts the thread, unless it is running.
    fn ensure_running(&self) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if *thread == ThreadState::Running {
            return;
        }
        let (config, shared) = (Arc::clone(&self.config), Arc::clone(&self.shared));
        let builder = thread::Builder::new().name("verify".to_owned());
        match builder
            .spawn(move || run(&config, &shared))
            .map_err(spawn_error)
        {
            Ok(_) => *thread = ThreadState::Running,
            Err(cause) if *thread == ThreadState::New => {
                *thread = ThreadState::Refused;
                self.report_failure(&cause);
            }
            Err(_) => {}
        }
    }

    fn report_failure(&self, cause: &io::Error) {
        let error = format!(
            "cannot start the thread that verifies pings: {}; run `tb verify` by cron",
            system_message(cause)
        );
        self.errors.write(&format!("tb: {error}\n"));
        log(&self.config.get(), EventName::Failed, &error);
    }
}

impl Drop for VerifyThread {
    fn drop(&mut self) {
        self.shared.halt.halt();
        self.shared.wake();
    }
}

impl VerifyThreadShared {
    fn wake(&self) {
        *self.lock() = true;
        self.wake.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is woken, at most for `time`.
    fn sleep(&self, time: Duration) {
        let (mut woken, _) = self
            .wake
            .wait_timeout_while(self.lock(), time, |woken| !*woken)
            .unwrap_or_else(PoisonError::into_inner);
        *woken = false;
    }
}

fn run(config: &LiveConfig, shared: &VerifyThreadShared) {
    supervise(config, shared, |failing| {
        run_once(&config.get(), shared, failing)
    });
}

/// Calls `once`, which returns the time until it is called again, until the thread is halted. A panic is logged and ends
/// only that call. `once` is told whether the call before it failed.
fn supervise(
    config: &LiveConfig,
    shared: &VerifyThreadShared,
    mut once: impl FnMut(bool) -> Result<Duration>,
) {
    let mut failing = false;
    while !shared.halt.is_halted() {
        let call = AssertUnwindSafe(|| once(failing));
        let outcome = panic::catch_unwind(call).unwrap_or_else(|panic| {
            let text = panic_message(panic.as_ref());
            log(
                &config.get(),
                EventName::Panicked,
                &format!("while verifying pings: {text}"),
            );
            Ok(BLOCKED)
        });
        failing = outcome.is_err();
        shared.sleep(outcome.unwrap_or(LONGEST));
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic")
}

fn run_once(config: &Config, shared: &VerifyThreadShared, failing: bool) -> Result<Duration> {
    let store = Store::open(&config.data_dir)?;
    let work = VerifyContext {
        config,
        store: &store,
        clock: &now,
        halt: &shared.halt,
    };
    let ran = verify_due(&work);
    if let (Err(error), false) = (&ran, failing) {
        store.log(&Event::new(now(), EventName::Failed).with("error", error.to_string()));
    }
    // Runs at least every 10 minutes, so that the owner is notified in time.
    periodic::run(config, &store, now());
    ran
}

fn log(config: &Config, what: EventName, error: &str) {
    if let Ok(store) = Store::open(&config.data_dir) {
        store.log(&Event::new(now(), what).with("error", error));
    }
}

/// Verifies the pings that are due, and returns the time until the next one.
fn verify_due(work: &VerifyContext<'_>) -> Result<Duration> {
    if verify::is_due(work.config, work.store, now())? {
        verify::run(work, VerifyScope::Due, &mut |_| Ok(()))?;
        if verify::is_due(work.config, work.store, now())? {
            return Ok(BLOCKED);
        }
    }
    let next = queue::load(work.store)?.next(now());
    let wait = Duration::try_from(next.duration_since(now())).unwrap_or(Duration::ZERO);
    Ok(wait.clamp(SHORTEST, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;
    use crate::error::Error;
    use std::fs;
    use std::path::Path;

    type Outcome = fn() -> Result<Duration>;

    /// What is logged while `once` runs with these outcomes one after the other; the thread is woken between them.
    fn logged(outcomes: &[Outcome]) -> (String, Vec<bool>) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let text = "base_url = \"https://blog.example/tb.cgi\"\ndata_dir = \"data\"\n";
        let file = folder.path().join("tb.toml");
        let config = Config::read(&file, text.as_bytes(), |_| None).unwrap();
        let shared = VerifyThreadShared::default();
        let mut told = Vec::new();
        supervise(&LiveConfig::new(config.clone()), &shared, |failing| {
            let outcome = outcomes.get(told.len());
            told.push(failing);
            if told.len() >= outcomes.len() {
                shared.halt.halt();
            }
            // Otherwise the sleep after it would be a minute.
            shared.wake();
            outcome.map_or(Ok(SHORTEST), |outcome| outcome())
        });
        let log = config.data_dir.join(".log");
        (read(&log), told)
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn a10_a_panic_while_verifying_is_logged_and_verification_goes_on() {
        let good: Outcome = || Ok(SHORTEST);
        let failed: Outcome = || Err(Error::Internal(Cause::from("a fault")));
        let panics: [(Outcome, &str); 3] = [
            (
                || panic!("index out of bounds"),
                "verifying pings: index out of bounds",
            ),
            (
                || panic!("{} is too long", 7),
                "verifying pings: 7 is too long",
            ),
            (|| panic::panic_any(7), "verifying pings: a panic"),
        ];
        for (panics, expected) in panics {
            let (log, told) = logged(&[good, panics, good, panics, failed, panics, good]);
            assert_eq!(told, [false, false, false, false, false, true, false]);
            assert_eq!(log.matches("\"panicked\"").count(), 3, "{log}");
            assert_eq!(log.matches(expected).count(), 3, "{log}");
        }
    }
}
