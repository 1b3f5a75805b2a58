//! A plan, carried out: each entry is looked at where it is published, each target is looked at once, each ping is
//! sent once; one request at a time for each host, several hosts at once. A host that takes only so many pings in a
//! time gets them so far apart, as long as the run waits for it.
//!
//! A host that fails harms nobody else. Only a ledger that cannot be written ends the run, for without it a ping
//! could be sent twice.

mod deliver;
mod hosts;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use url::Url;

pub use self::hosts::HostLimits;
use self::hosts::{Closed, Hosts};
use super::ledger::{Ledger, LedgerEvent, LedgerState, LinkState, Sync};
use super::outcome::cause;
use super::ping_url::{self, EndpointRules, PageEndpoints};
use super::plan::{Planned, SendPlan};
use super::{arxiv, outcome, preflight};
use crate::error::{Error, Result};
use crate::fetch::Client;
use crate::fetch::politeness::{Lanes, LanesState, SharedLanes, start_workers};

/// How a plan is carried out.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// How many requests may be under way.
    pub jobs: usize,
    /// How far apart requests to one host are; to arXiv three times as far.
    pub spacing: Duration,
    /// How hosts are waited for that take only so many pings in a time.
    pub limits: HostLimits,
    /// Which ping URLs are used.
    pub rules: EndpointRules,
    /// The weblog's name for entries that do not say it.
    pub blog_name: String,
    /// The time at which the run begins.
    pub now: Timestamp,
}

/// What happens in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A link is done with.
    Link(LinkReport),
    /// A host takes only so many pings in a time, and is waited for.
    Slow {
        /// Its name.
        host: String,
        /// How far apart it gets pings from now on.
        pause: Duration,
    },
}

/// What became of one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkReport {
    /// Its index in the plan.
    pub planned: usize,
    /// Where it stands now.
    pub state: LinkState,
    /// Where a ping went.
    pub ping_url: Option<String>,
    /// What the other side said, or what went wrong.
    pub answer: Option<String>,
    /// When it is tried again.
    pub next: Option<Timestamp>,
}

/// How far apart requests to one host are.
pub const SPACING: Duration = Duration::from_secs(1);

/// After how long a failure is tried again: the first, the second… After the last it is given up.
pub const AGAIN: [SignedDuration; 4] = [
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(72),
];

/// Carries out a plan and tells what became of each link, in no order. When `stop` is set, what is under way is
/// finished and nothing more is begun.
pub fn run(
    plan: &SendPlan,
    ledger: &mut Ledger,
    client: &Client,
    settings: &RunSettings,
    stop: &AtomicBool,
    report: &mut dyn FnMut(Progress) -> Result<()>,
) -> Result<()> {
    let sync = ledger.sync_handle();
    let run = RunState::new(plan, ledger, client, settings, stop);
    let mut reported = Ok(());
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        let run = &run;
        start_workers(scope, settings.jobs.max(1), move || run.work(&tell));
        for told in told {
            if reported.is_ok() {
                reported = report(told);
                if reported.is_err() {
                    run.fail(None);
                }
            }
        }
    });
    let fault = lock(&run.fault).take();
    let synced = sync.sync();
    match fault {
        Some(fault) => Err(fault),
        None => reported.and(synced),
    }
}

/// What all workers share.
struct RunState<'a> {
    plan: &'a SendPlan,
    client: &'a Client,
    settings: &'a RunSettings,
    /// Set from outside.
    stop: &'a AtomicBool,
    /// Set when the run cannot continue.
    failed: AtomicBool,
    fault: Mutex<Option<Error>>,
    begin: Instant,
    sync: Sync,
    ledger: Mutex<&'a mut Ledger>,
    /// The links of each entry, by index.
    links: Vec<Vec<usize>>,
    shared: SharedLanes<WorkerTask, RunProgress>,
}

struct RunProgress {
    hosts: Hosts,
    targets: HashMap<Url, PingTarget>,
}

enum WorkerTask {
    /// Look whether an entry is published.
    Live(usize),
    /// Look at a target.
    Look(Url),
    /// Send the ping of a link.
    Ping(usize, Url),
}

enum PingTarget {
    /// It is being looked at; these links wait for it.
    Asked(Vec<usize>),
    /// What it has, or what went wrong.
    Known(Answer),
}

type Answer = std::result::Result<PageEndpoints, Unseen>;

/// Why a page could not be looked at.
#[derive(Debug, Clone)]
struct Unseen {
    cause: String,
    /// Whether its server only says that it is too early.
    is_early: bool,
}

impl<'a> RunState<'a> {
    fn new(
        plan: &'a SendPlan,
        ledger: &'a mut Ledger,
        client: &'a Client,
        settings: &'a RunSettings,
        stop: &'a AtomicBool,
    ) -> RunState<'a> {
        let begin = Instant::now();
        let mut links = vec![Vec::new(); plan.entries.len()];
        for (index, planned) in plan.pings.iter().enumerate() {
            if let Some(links) = links.get_mut(planned.entry) {
                links.push(index);
            }
        }
        let mut lanes = Lanes::new();
        for (index, entry) in plan.entries.iter().enumerate() {
            if links.get(index).is_some_and(|links| !links.is_empty()) {
                // The owner's own pages need no politeness: a lane for each.
                let name = format!("live {}", entry.permalink);
                lanes.add(&name, Duration::ZERO, WorkerTask::Live(index), begin);
            }
        }
        let hosts = asked_to_wait(&ledger.book, settings.now);
        RunState {
            plan,
            client,
            settings,
            stop,
            failed: AtomicBool::new(false),
            fault: Mutex::new(None),
            begin,
            sync: ledger.sync_handle(),
            ledger: Mutex::new(ledger),
            links,
            shared: SharedLanes::new(
                lanes,
                RunProgress {
                    hosts,
                    targets: HashMap::new(),
                },
            ),
        }
    }

    /// Does one task after the other until none is left.
    fn work(&self, tell: &Sender<Progress>) {
        let is_stopped = || self.is_stopped();
        self.shared.work(is_stopped, |lane, task| {
            let done = match task {
                WorkerTask::Live(entry) => self.live(entry, tell),
                WorkerTask::Look(target) => self.look(&target, tell),
                WorkerTask::Ping(index, ping_url) => self.ping(lane, index, &ping_url, tell),
            };
            if let Err(error) = done {
                self.fail(Some(error));
            }
        });
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed)
    }

    /// Ends the run; the first fault is the one to tell.
    fn fail(&self, error: Option<Error>) {
        self.failed.store(true, Ordering::Relaxed);
        if let Some(error) = error {
            lock(&self.fault).get_or_insert(error);
        }
        self.shared.wake();
    }

    /// Looks whether an entry is published and which of its links it carries.
    fn live(&self, index: usize, tell: &Sender<Progress>) -> Result<()> {
        let (Some(entry), Some(links)) = (self.plan.entries.get(index), self.links.get(index))
        else {
            return Ok(());
        };
        let leads = preflight::leads(self.client, &entry.permalink);
        for &link in links {
            let Some((planned, found)) = self.planned(link) else {
                continue;
            };
            match &leads {
                Ok(leads) if leads.lead_to(found) || leads.lead_to(&planned.target) => {
                    self.want(link, &planned.target, tell)?;
                }
                Ok(_) => self.not_live(link, planned, "the page does not carry the link", tell)?,
                Err(cause) => self.not_live(link, planned, cause, tell)?,
            }
        }
        Ok(())
    }

    /// Has a target looked at, if it was not yet.
    fn want(&self, link: usize, target: &Url, tell: &Sender<Progress>) -> Result<()> {
        let mut shared = self.shared.lock();
        let answer = match shared.state.targets.get_mut(target) {
            Some(PingTarget::Asked(waiting)) => {
                waiting.push(link);
                return Ok(());
            }
            Some(PingTarget::Known(answer)) => answer.clone(),
            None => {
                let asked = PingTarget::Asked(vec![link]);
                shared.state.targets.insert(target.clone(), asked);
                self.add(&mut shared, target, WorkerTask::Look(target.clone()));
                return Ok(());
            }
        };
        drop(shared);
        self.go_on(link, &answer, tell)
    }

    fn look(&self, target: &Url, tell: &Sender<Progress>) -> Result<()> {
        let looked = ping_url::look(self.client, target, &self.settings.rules);
        let answer: Answer = looked.map_err(|error| Unseen {
            cause: cause(&error),
            is_early: outcome::is_early(&error),
        });
        if let Ok(PageEndpoints::Nothing(why)) = &answer {
            let now = self.now();
            let mut ledger = lock(&self.ledger);
            let fact = LedgerEvent::None {
                target: target.to_string(),
                why: why.clone(),
                time: ledger.book.time_for_absence(target.as_str(), now),
            };
            ledger.add(vec![fact])?;
        }
        let known = PingTarget::Known(answer.clone());
        let asked = self
            .shared
            .lock()
            .state
            .targets
            .insert(target.clone(), known);
        let Some(PingTarget::Asked(waiting)) = asked else {
            return Ok(());
        };
        waiting
            .into_iter()
            .try_for_each(|link| self.go_on(link, &answer, tell))
    }

    /// Goes on with a link when it is known what its target has.
    fn go_on(&self, link: usize, answer: &Answer, tell: &Sender<Progress>) -> Result<()> {
        match answer {
            Ok(PageEndpoints::PingUrl(ping_url)) => {
                if self.closed(ping_url).is_some() {
                    return self.put_off(link, ping_url, tell);
                }
                let task = WorkerTask::Ping(link, ping_url.clone());
                self.add(&mut self.shared.lock(), ping_url, task);
            }
            Ok(PageEndpoints::Nothing(why)) => say(
                tell,
                Progress::Link(LinkReport {
                    planned: link,
                    state: LinkState::None,
                    ping_url: None,
                    answer: why.clone(),
                    next: None,
                }),
            ),
            Err(unseen) => self.no_ping_url(link, unseen, tell)?,
        }
        Ok(())
    }

    /// Adds a task for the host of `url`. A ping comes before other pages are looked at, so that whoever ends a long
    /// run has sent what could be sent.
    fn add(&self, shared: &mut LanesState<WorkerTask, RunProgress>, url: &Url, task: WorkerTask) {
        let spacing = arxiv::spacing(url, self.settings.spacing);
        let (lane, now) = (arxiv::lane(url), Instant::now());
        match task {
            WorkerTask::Ping(..) => shared.lanes.add_first(lane, spacing, task, now),
            WorkerTask::Live(_) | WorkerTask::Look(_) => shared.lanes.add(lane, spacing, task, now),
        }
        self.shared.wake();
    }

    /// Why the host of `url` gets no further ping in this run, if that is so.
    fn closed(&self, url: &Url) -> Option<Closed> {
        self.shared.lock().state.hosts.closed(arxiv::lane(url))
    }

    fn planned(&self, link: usize) -> Option<(&'a Planned, &'a Url)> {
        let planned = self.plan.pings.get(link)?;
        let entry = self.plan.entries.get(planned.entry)?;
        Some((planned, &entry.links.get(planned.link)?.url))
    }

    /// The time, in milliseconds.
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.begin.elapsed().as_millis()).unwrap_or(i64::MAX);
        let now = self
            .settings
            .now
            .checked_add(SignedDuration::from_millis(passed));
        now.unwrap_or(self.settings.now)
    }
}

/// When a failure is tried again, which is the `tries`-th in a row; `None` when it is given up.
fn again(tries: u32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(tries.checked_sub(1)?).ok()?;
    now.checked_add(*AGAIN.get(index)?).ok()
}

/// The hosts that have said before which time they want no other ping, where that time has not come.
fn asked_to_wait(book: &LedgerState, now: Timestamp) -> Hosts {
    let mut hosts = Hosts::default();
    for (_, _, standing) in book.links() {
        if standing.state != LinkState::Later || standing.not_before <= Some(now) {
            continue;
        }
        let ping_url = standing.ping_url.and_then(|url| Url::parse(&url).ok());
        if let Some(ping_url) = ping_url {
            let closed = Closed {
                answer: standing.answer.unwrap_or_default(),
                next: standing.not_before,
                not_before: standing.not_before,
            };
            hosts.close(arxiv::lane(&ping_url), closed);
        }
    }
    hosts
}

/// Whoever listens has gone only when the run is over.
fn say(tell: &Sender<Progress>, progress: Progress) {
    tell.send(progress).ok();
}

/// A worker cannot panic, so nothing it holds is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
