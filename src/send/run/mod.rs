//! A plan, carried out: each entry is looked at where it is published, each target is looked at once, each ping is
//! sent once; one request at a time for each host, several hosts at once. A host that takes only so many pings in a
//! time gets them so far apart, as long as the run waits for it.
//!
//! A host that fails harms nobody else. Only a ledger that cannot be written ends the run, for without it a ping
//! could be sent twice.

mod deliver;
mod follow_up;
mod hosts;
mod message;

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
use super::ledger::{Ledger, LedgerEvent, LedgerState, LinkState, Occasion, Sync};
use super::outcome::cause;
use super::ping_url::{self, Endpoint, EndpointRules, PageEndpoints};
use super::plan::{Planned, SendPlan};
use super::{arxiv, outcome, preflight};
use crate::error::{Error, Result};
use crate::fetch::Client;
use crate::fetch::politeness::{Lanes, LanesState, SharedLanes, start_workers};
use crate::linkback::Protocol;

/// How a plan is carried out.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// How many requests may be under way.
    pub jobs: usize,
    /// How far apart requests to one host are; to arXiv three times as far.
    pub spacing: Duration,
    /// How hosts are waited for that take only so many pings in a time.
    pub limits: HostLimits,
    /// Which ping URLs and endpoints are used.
    pub rules: EndpointRules,
    /// How many Webmentions and Pingbacks the endpoints of one host get at the most.
    pub most_for_host: usize,
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
    /// By which protocol.
    pub via: Option<Protocol>,
    /// What the other side said, or what went wrong.
    pub answer: Option<String>,
    /// When it is tried again.
    pub next: Option<Timestamp>,
}

/// How the answer of a link begins whose entry's page is there, and does not have it.
const NO_LINK: &str = "the page does not carry the link";

/// How many Webmentions and Pingbacks the endpoints of one host get in a run that nobody confirms.
pub const MOST_FOR_HOST: usize = 100;

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
    /// How the entry writes the target of a link, by the link's index.
    written: HashMap<usize, String>,
    /// How many Webmentions and Pingbacks the endpoints of a host have got.
    mentions: HashMap<String, usize>,
}

enum WorkerTask {
    /// Look whether an entry is published.
    Live(usize),
    /// Look at a target.
    Look(Url),
    /// Send the ping of a link to the first of these, and if that is not there to the next.
    Ping(usize, Vec<Endpoint>),
    /// Look whether the page of an entry is gone.
    Check(usize),
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
        for (index, check) in plan.checks.iter().enumerate() {
            let name = format!("live {}", check.permalink);
            lanes.add(&name, Duration::ZERO, WorkerTask::Check(index), begin);
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
                    written: HashMap::new(),
                    mentions: HashMap::new(),
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
                WorkerTask::Ping(index, endpoints) => self.ping(lane, index, endpoints, tell),
                WorkerTask::Check(index) => self.check(index),
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
            let leads_there = leads
                .as_ref()
                .map(|leads| leads.lead_to(found) || leads.lead_to(&planned.target));
            match (planned.occasion, leads_there) {
                (None | Some(Occasion::Update), Ok(true)) => {
                    let written = leads.as_ref().ok().and_then(|leads| leads.written(found));
                    if let Some(written) = written {
                        let written = written.to_owned();
                        self.shared.lock().state.written.insert(link, written);
                    }
                    self.want(link, &planned.target, tell)?;
                }
                (Some(Occasion::Removal), Ok(false)) => self.want(link, &planned.target, tell)?,
                (Some(Occasion::Deletion), Err(no_page)) if no_page.is_gone => {
                    self.want(link, &planned.target, tell)?;
                }
                (None, Ok(false)) => self.not_live(link, planned, NO_LINK, tell)?,
                (None, Err(no_page)) => self.not_live(link, planned, &no_page.cause, tell)?,
                (Some(_), Ok(is_there)) => self.unchanged(link, planned, is_there, tell)?,
                (Some(_), Err(no_page)) => self.not_seen(link, planned, no_page, tell)?,
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
                protocols: names(&self.settings.rules.protocols),
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
        let occasion = self.planned(link).and_then(|(planned, _)| planned.occasion);
        match answer {
            Ok(PageEndpoints::Found(endpoints)) => {
                // A change is told to whom a Webmention was sent.
                let is_meant = |endpoint: &&Endpoint| {
                    occasion.is_none() || endpoint.protocol == Protocol::Webmention
                };
                let endpoints: Vec<Endpoint> = endpoints.iter().filter(is_meant).cloned().collect();
                self.offer(link, endpoints, tell)?;
            }
            Ok(PageEndpoints::Nothing(_)) if occasion.is_some() => {
                self.offer(link, Vec::new(), tell)?;
            }
            Ok(PageEndpoints::Nothing(why)) => say(
                tell,
                Progress::Link(LinkReport {
                    answer: why.clone(),
                    ..LinkReport::of(link, LinkState::None)
                }),
            ),
            Err(unseen) => self.no_ping_url(link, unseen, tell)?,
        }
        Ok(())
    }

    /// Has a link's ping sent to the first of these endpoints.
    fn offer(&self, link: usize, endpoints: Vec<Endpoint>, tell: &Sender<Progress>) -> Result<()> {
        let Some(first) = endpoints.first().cloned() else {
            return self.not_taken(link, tell);
        };
        if self.closed(&first.url).is_some() {
            return self.put_off(link, &first, tell);
        }
        if !self.has_room(&first) {
            return self.too_many(link, &first, tell);
        }
        let task = WorkerTask::Ping(link, endpoints);
        self.add(&mut self.shared.lock(), &first.url, task);
        Ok(())
    }

    /// Whether the host of an endpoint gets another Webmention or Pingback in this run, which is then counted. A ping URL
    /// is on its page's own domain, so nobody else is reached by it.
    fn has_room(&self, endpoint: &Endpoint) -> bool {
        if endpoint.protocol == Protocol::TrackBack {
            return true;
        }
        let mut shared = self.shared.lock();
        let host = arxiv::lane(&endpoint.url).to_owned();
        let count = shared.state.mentions.entry(host).or_default();
        let has_room = *count < self.settings.most_for_host;
        *count += usize::from(has_room);
        has_room
    }

    /// Adds a task for the host of `url`. A ping comes before other pages are looked at, so that whoever ends a long
    /// run has sent what could be sent.
    fn add(&self, shared: &mut LanesState<WorkerTask, RunProgress>, url: &Url, task: WorkerTask) {
        let spacing = arxiv::spacing(url, self.settings.spacing);
        let (lane, now) = (arxiv::lane(url), Instant::now());
        match task {
            WorkerTask::Ping(..) => shared.lanes.add_first(lane, spacing, task, now),
            WorkerTask::Live(_) | WorkerTask::Look(_) | WorkerTask::Check(_) => {
                shared.lanes.add(lane, spacing, task, now);
            }
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
        let found = planned.link.and_then(|link| entry.links.get(link));
        Some((planned, found.map_or(&planned.target, |found| &found.url)))
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

/// The names of protocols for the ledger; none where TrackBack alone is spoken, as in the ledgers that knew no other.
pub fn names(protocols: &[Protocol]) -> Vec<String> {
    if protocols == [Protocol::TrackBack] {
        return Vec::new();
    }
    let names = protocols.iter().map(|protocol| protocol.name().to_owned());
    names.collect()
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
