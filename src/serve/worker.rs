//! The thread of `tb serve` that looks at the pages behind pings: woken by a request, or when one is due.
//!
//! It has a system thread of its own, which the end of the server does not wait for: a page may take its time. Where the
//! host allows no further thread it is started as soon as one can be had, and until then cron is left.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::config::Config;
use crate::error::Result;
use crate::periodic;
use crate::process::now;
use crate::store::{Event, EventName, Store};
use crate::verify::queue;
use crate::verify::{self, Halt, VerifyContext, VerifyScope};

/// How long it sleeps at the least, and at the most: other processes add to the queue too.
const SHORTEST: Duration = Duration::from_secs(5);
/// How long it sleeps where something is due still: another process is at it, or it cannot be done.
const BLOCKED: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(600);

/// The worker; dropping it lets it finish what it is writing, and no more.
#[derive(Debug)]
pub(super) struct Worker {
    config: Config,
    shared: Arc<WorkerShared>,
    stage: Mutex<Stage>,
}

/// Whether there is a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not yet tried.
    New,
    /// The host allows none, which was said.
    Refused,
    Running,
}

#[derive(Debug, Default)]
struct WorkerShared {
    woken: Mutex<bool>,
    wake: Condvar,
    halt: Halt,
}

impl Worker {
    /// Starts it.
    pub(super) fn start(config: Config) -> Worker {
        let worker = Worker {
            config,
            shared: Arc::default(),
            stage: Mutex::new(Stage::New),
        };
        worker.run();
        worker
    }

    /// Says that there is something to look at.
    pub(super) fn wake(&self) {
        self.run();
        self.shared.wake();
    }

    /// Starts the thread where it does not run yet.
    fn run(&self) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if *stage == Stage::Running {
            return;
        }
        let (config, shared) = (self.config.clone(), Arc::clone(&self.shared));
        let builder = thread::Builder::new().name("verify".to_owned());
        match builder.spawn(move || run(&config, &shared)) {
            Ok(_) => *stage = Stage::Running,
            Err(cause) if *stage == Stage::New => {
                *stage = Stage::Refused;
                self.say(&cause);
            }
            Err(_) => {}
        }
    }

    fn say(&self, cause: &io::Error) {
        let error = format!(
            "cannot start a thread that looks at the pages behind pings: {cause}; run `tb verify` by cron"
        );
        writeln!(io::stderr(), "tb: {error}").ok();
        log(&self.config, EventName::Failed, &error);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.halt.halt();
        self.shared.wake();
    }
}

impl WorkerShared {
    fn wake(&self) {
        *self.lock() = true;
        self.wake.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is woken, or the time is over.
    fn sleep(&self, time: Duration) {
        let (mut woken, _) = self
            .wake
            .wait_timeout_while(self.lock(), time, |woken| !*woken)
            .unwrap_or_else(PoisonError::into_inner);
        *woken = false;
    }
}

fn run(config: &Config, shared: &WorkerShared) {
    let mut failing = false;
    while !shared.halt.is_halted() {
        let once = || look_once(config, shared, failing);
        let outcome = panic::catch_unwind(AssertUnwindSafe(once)).unwrap_or_else(|_| {
            log(config, EventName::Panicked, "while pages were looked at");
            Ok(BLOCKED)
        });
        failing = outcome.is_err();
        shared.sleep(outcome.unwrap_or(LONGEST));
    }
}

fn look_once(config: &Config, shared: &WorkerShared, failing: bool) -> Result<Duration> {
    let store = Store::open(&config.data_dir)?;
    let work = VerifyContext {
        config,
        store: &store,
        clock: &now,
        halt: &shared.halt,
    };
    let ran = look(&work);
    if let (Err(error), false) = (&ran, failing) {
        store.log(&Event::new(now(), EventName::Failed).with("error", error.to_string()));
    }
    // Sleeps 10 minutes at the most, so that the owner is told in time.
    periodic::run(config, &store, now());
    ran
}

fn log(config: &Config, what: EventName, error: &str) {
    if let Ok(store) = Store::open(&config.data_dir) {
        store.log(&Event::new(now(), what).with("error", error));
    }
}

/// Looks at what is due and says how long there is nothing more to do.
fn look(work: &VerifyContext<'_>) -> Result<Duration> {
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
