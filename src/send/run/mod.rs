//! Carries out a plan: fetches the page of each entry and of each target once, and sends each ping once; one request at
//! a time for each host, several hosts at once. A host that limits the rate of pings gets them with pauses between, as
//! long as the run waits for it.
//!
//! A host that fails does not affect others. Only a ledger that cannot be written ends the run, for without it a ping
//! could be sent twice.

mod deliver;
mod follow_up;
mod hosts;
mod identity;
mod message;
mod one_page;
mod places;

use std::collections::{HashMap, HashSet};
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
use super::plan::{Place, Planned, SendPlan};
use super::{arxiv, outcome, preflight};
use crate::error::{Error, Result};
use crate::fetch::Client;
use crate::fetch::politeness::{Lanes, LanesState, SharedLanes, start_workers};
use crate::linkback::Protocol;

/// How a plan is carried out.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// How many requests may be under way at once.
    pub jobs: usize,
    /// The time between requests to one host; three times as much for arXiv.
    pub spacing: Duration,
    /// How the run waits for hosts that limit the rate of pings.
    pub limits: HostLimits,
    /// Which ping URLs and endpoints may be used.
    pub rules: EndpointRules,
    /// The maximum number of Webmentions and Pingbacks to the endpoints of one host.
    pub max_mentions: usize,
    /// The weblog's name, for entries that do not have it.
    pub blog_name: String,
    /// The time at which the run begins.
    pub now: Timestamp,
}

/// An event of a run, to be shown to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A link is finished.
    Link(LinkReport),
    /// A host limits the rate of pings, and the run waits for it.
    Slow {
        /// Its name.
        host: String,
        /// The pause between its pings from now on.
        pause: Duration,
    },
}

/// The result of one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkReport {
    /// Its index in the plan.
    pub planned: usize,
    /// The place on the page of that link, if this is the result of that alone.
    pub place: Option<Url>,
    /// Its new state.
    pub state: LinkState,
    /// Where a ping was sent.
    pub ping_url: Option<String>,
    /// The protocol of that ping.
    pub via: Option<Protocol>,
    /// The receiver's message, or what went wrong.
    pub answer: Option<String>,
    /// When it is tried again.
    pub next: Option<Timestamp>,
}

/// The cause in the message for a link that its entry's published page does not have.
const NO_LINK: &str = "the page does not have the link";

/// How many Webmentions and Pingbacks a run may send to the endpoints of one host without asking the user.
pub const MAX_MENTIONS: usize = 100;

/// The default time between requests to one host.
pub const SPACING: Duration = Duration::from_secs(1);

/// The pauses before a failed ping is tried again: after the first failure, the second… After the last it is given up.
pub const RETRIES: [SignedDuration; 4] = [
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(72),
];

/// Carries out a plan and reports the result of each link, in no particular order. When `stop` is set, requests under
/// way are finished and no others are started.
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
        let (sender, receiver) = mpsc::channel();
        let run = &run;
        start_workers(scope, settings.jobs.max(1), move || run.work(&sender));
        for progress in receiver {
            if reported.is_ok() {
                reported = report(run.name_place(progress));
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

/// The state that all workers share.
struct RunState<'a> {
    plan: &'a SendPlan,
    client: &'a Client,
    settings: &'a RunSettings,
    /// Set by the caller.
    stop: &'a AtomicBool,
    /// Set when the run cannot continue.
    failed: AtomicBool,
    fault: Mutex<Option<Error>>,
    begin: Instant,
    sync: Sync,
    ledger: Mutex<&'a mut Ledger>,
    /// The links of each entry, by index.
    links: Vec<Vec<usize>>,
    /// The permalinks of the entries.
    permalinks: HashSet<&'a str>,
    /// The places on the pages of links. Their indices follow those of the links in the plan.
    places: Vec<Place>,
    shared: SharedLanes<WorkerTask, RunProgress>,
}

struct RunProgress {
    hosts: Hosts,
    targets: HashMap<Url, PingTarget>,
    /// How the entry's page spells the target of a link, by the link's index.
    spellings: HashMap<usize, String>,
    /// The title that the page of an entry without one has, by the entry's index.
    titles: HashMap<usize, String>,
    /// Where an entry is by its page, by the entry's index, if that is not its permalink in the source.
    moved: HashMap<usize, Url>,
    /// How many Webmentions and Pingbacks were sent to the endpoints of each host.
    mentions: HashMap<String, usize>,
}

enum WorkerTask {
    /// Check whether an entry is published.
    Live(usize),
    /// Find the endpoints of a target.
    FindEndpoints(Url),
    /// Send the ping of a link to the first of these endpoints; if that does not exist, to the next.
    Ping(usize, Vec<Endpoint>),
    /// Check whether the page of an entry is gone.
    CheckDeletion(usize),
}

enum PingTarget {
    /// It is being fetched; these links wait for it.
    Pending(Vec<usize>),
    /// Its endpoints, or what went wrong.
    Known(EndpointResult),
}

type EndpointResult = std::result::Result<PageEndpoints, FetchFailure>;

/// Why a page could not be fetched.
#[derive(Debug, Clone)]
struct FetchFailure {
    cause: String,
    /// Whether its server only asks to come back later, and when, if it says so.
    early: Option<Option<Timestamp>>,
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
                // The user's own pages need no pauses between requests: a lane for each.
                let name = format!("live {}", entry.permalink);
                lanes.add(&name, Duration::ZERO, WorkerTask::Live(index), begin);
            }
        }
        for (index, check) in plan.checks.iter().enumerate() {
            let name = format!("live {}", check.permalink);
            lanes.add(
                &name,
                Duration::ZERO,
                WorkerTask::CheckDeletion(index),
                begin,
            );
        }
        let hosts = asked_to_wait(&ledger.state, settings.now);
        let places = plan.places();
        let permalinks = plan.entries.iter().map(|entry| entry.permalink.as_str());
        RunState {
            permalinks: permalinks.collect(),
            places,
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
                    spellings: HashMap::new(),
                    titles: HashMap::new(),
                    moved: HashMap::new(),
                    mentions: HashMap::new(),
                },
            ),
        }
    }

    /// Performs tasks until none is left.
    fn work(&self, progress: &Sender<Progress>) {
        let is_stopped = || self.is_stopped();
        self.shared.work(is_stopped, |lane, task| {
            let done = match task {
                WorkerTask::Live(entry) => self.check_entry(entry, progress),
                WorkerTask::FindEndpoints(target) => self.find_endpoints(&target, progress),
                WorkerTask::Ping(index, endpoints) => self.ping(lane, index, endpoints, progress),
                WorkerTask::CheckDeletion(index) => self.check_deletion(index),
            };
            if let Err(error) = done {
                self.fail(Some(error));
            }
        });
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed)
    }

    /// Ends the run; the first error is reported.
    fn fail(&self, error: Option<Error>) {
        self.failed.store(true, Ordering::Relaxed);
        if let Some(error) = error {
            lock(&self.fault).get_or_insert(error);
        }
        self.shared.wake();
    }

    /// Checks whether an entry is published and which of its links the page contains.
    fn check_entry(&self, index: usize, progress: &Sender<Progress>) -> Result<()> {
        let (Some(entry), Some(links)) = (self.plan.entries.get(index), self.links.get(index))
        else {
            return Ok(());
        };
        let wanted = links.iter().filter_map(|&link| self.planned(link));
        let wanted: Vec<[&Url; 2]> = wanted
            .map(|(planned, found)| [found, &planned.target])
            .collect();
        let page = preflight::fetch_entry(self.client, &entry.permalink, &wanted);
        if let Ok(page) = &page {
            self.record_existing(&entry.permalink)?;
            self.record_names(index, entry, page)?;
            if entry.title.is_empty() {
                let title = page.links.title().to_owned();
                self.shared.lock().state.titles.insert(index, title);
            }
        }
        let page_links = page.map(|page| page.links);
        for &link in links {
            let Some((planned, found)) = self.planned(link) else {
                continue;
            };
            let has_link = page_links
                .as_ref()
                .map(|links| links.contain(found) || links.contain(&planned.target));
            match (planned.occasion, has_link) {
                (None, Ok(true)) if self.is_known_by_another_name(link, planned, progress) => {}
                (None | Some(Occasion::Update), Ok(true)) => {
                    let spelling = page_links
                        .as_ref()
                        .ok()
                        .and_then(|links| links.spelling(found));
                    if let Some(spelling) = spelling {
                        let spelling = spelling.to_owned();
                        self.shared.lock().state.spellings.insert(link, spelling);
                    }
                    self.add_target(link, &planned.target, progress)?;
                }
                (Some(Occasion::Removal), Ok(false)) => {
                    self.add_target(link, &planned.target, progress)?;
                }
                (Some(Occasion::Deletion), Err(failure)) if failure.is_gone => {
                    self.add_target(link, &planned.target, progress)?;
                }
                (None, Ok(false)) => self.not_live(link, planned, NO_LINK, progress)?,
                (None, Err(failure)) => self.not_live(link, planned, &failure.cause, progress)?,
                (Some(_), Ok(has_link)) => self.unchanged(link, planned, has_link, progress)?,
                (Some(_), Err(failure)) => self.unreadable(link, planned, failure, progress)?,
            }
        }
        Ok(())
    }

    /// Schedules the search for a target's endpoints, unless they are known or it is under way.
    fn add_target(&self, link: usize, target: &Url, progress: &Sender<Progress>) -> Result<()> {
        let mut shared = self.shared.lock();
        let result = match shared.state.targets.get_mut(target) {
            Some(PingTarget::Pending(waiting)) => {
                waiting.push(link);
                return Ok(());
            }
            Some(PingTarget::Known(result)) => result.clone(),
            None => {
                let pending = PingTarget::Pending(vec![link]);
                shared.state.targets.insert(target.clone(), pending);
                self.add(
                    &mut shared,
                    target,
                    WorkerTask::FindEndpoints(target.clone()),
                );
                return Ok(());
            }
        };
        drop(shared);
        self.go_on(link, &result, progress)
    }

    fn find_endpoints(&self, target: &Url, progress: &Sender<Progress>) -> Result<()> {
        let fragments = self.fragments_of(target);
        let found = ping_url::find(self.client, target, &fragments, &self.settings.rules);
        let result: EndpointResult = found.map_err(|error| FetchFailure {
            cause: cause(&error),
            early: outcome::early(&error, self.now()),
        });
        if let Ok(endpoints) = &result
            && endpoints.usable.is_empty()
            && endpoints.places.is_empty()
        {
            let now = self.now();
            let mut ledger = lock(&self.ledger);
            let event = LedgerEvent::None {
                target: target.to_string(),
                why: endpoints.unusable_because.clone(),
                protocols: names(&self.settings.rules.protocols),
                time: ledger.state.time_for_absence(target.as_str(), now),
            };
            ledger.add(vec![event])?;
        }
        let known = PingTarget::Known(result.clone());
        let pending = self
            .shared
            .lock()
            .state
            .targets
            .insert(target.clone(), known);
        let Some(PingTarget::Pending(waiting)) = pending else {
            return Ok(());
        };
        waiting
            .into_iter()
            .try_for_each(|link| self.go_on(link, &result, progress))
    }

    /// Continues with a link when its target's endpoints are known.
    fn go_on(
        &self,
        link: usize,
        result: &EndpointResult,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let endpoints = match result {
            Ok(endpoints) => endpoints,
            Err(failure) => return self.no_endpoint(link, failure, progress),
        };
        let is_follow_up = self
            .planned(link)
            .is_some_and(|(planned, _)| planned.occasion.is_some());
        // Only a Webmention can be sent again after a change.
        let is_usable =
            |endpoint: &&Endpoint| !is_follow_up || endpoint.protocol == Protocol::Webmention;
        let mut usable: Vec<Endpoint> =
            endpoints.usable.iter().filter(is_usable).cloned().collect();
        if !is_follow_up && !endpoints.places.is_empty() {
            usable = self.split(link, usable, &endpoints.places, progress)?;
        }
        // A ping URL gets one ping of an entry, whatever links to it.
        let is_mention = |first: &Endpoint| first.protocol != Protocol::TrackBack;
        if !is_follow_up
            && usable.first().is_some_and(is_mention)
            && self.is_told_by_another(link, endpoints, progress)?
        {
            return Ok(());
        }
        if !usable.is_empty() {
            self.add_ping(link, usable, progress)
        } else if is_follow_up {
            self.no_webmention(link, endpoints.webmention_obstacle.as_deref(), progress)
        } else {
            let none = LinkReport {
                answer: endpoints.unusable_because.clone(),
                ..LinkReport::of(link, LinkState::None)
            };
            report(progress, Progress::Link(none));
            Ok(())
        }
    }

    /// Schedules a link's ping to the first of these endpoints.
    fn add_ping(
        &self,
        link: usize,
        endpoints: Vec<Endpoint>,
        progress: &Sender<Progress>,
    ) -> Result<()> {
        let Some(first) = endpoints.first().cloned() else {
            return Ok(());
        };
        if self.closed(&first.url).is_some() {
            return self.put_off(link, &first, progress);
        }
        if !self.count_mention(&first) {
            return self.too_many(link, &first, progress);
        }
        let task = WorkerTask::Ping(link, endpoints);
        self.add(&mut self.shared.lock(), &first.url, task);
        Ok(())
    }

    /// Counts a Webmention or Pingback to the host of an endpoint; returns whether the run may send it. Pings are not
    /// counted: a ping URL is on its page's own domain, so a page cannot direct them at another host.
    fn count_mention(&self, endpoint: &Endpoint) -> bool {
        if endpoint.protocol == Protocol::TrackBack {
            return true;
        }
        let mut shared = self.shared.lock();
        let host = arxiv::lane(&endpoint.url).to_owned();
        let count = shared.state.mentions.entry(host).or_default();
        let has_room = *count < self.settings.max_mentions;
        *count += usize::from(has_room);
        has_room
    }

    /// Adds a task for the host of `url`. Pings come before further fetches, so that a long run that is interrupted has
    /// sent what it could.
    fn add(&self, shared: &mut LanesState<WorkerTask, RunProgress>, url: &Url, task: WorkerTask) {
        let spacing = arxiv::spacing(url, self.settings.spacing);
        let (lane, now) = (arxiv::lane(url), Instant::now());
        match task {
            WorkerTask::Ping(..) => shared.lanes.add_first(lane, spacing, task, now),
            WorkerTask::Live(_) | WorkerTask::FindEndpoints(_) | WorkerTask::CheckDeletion(_) => {
                shared.lanes.add(lane, spacing, task, now);
            }
        }
        self.shared.wake();
    }

    /// The host of `url`, if it gets no more pings in this run.
    fn closed(&self, url: &Url) -> Option<Closed> {
        self.shared.lock().state.hosts.closed(arxiv::lane(url))
    }

    fn planned(&self, link: usize) -> Option<(&Planned, &Url)> {
        let place = || self.places.get(link.checked_sub(self.plan.pings.len())?);
        let planned = self.plan.pings.get(link);
        let planned = planned.or_else(|| Some(&place()?.planned))?;
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

/// The names of protocols for the ledger; empty for TrackBack alone, as in the ledgers of versions that knew no other.
pub fn names(protocols: &[Protocol]) -> Vec<String> {
    if protocols == [Protocol::TrackBack] {
        return Vec::new();
    }
    let names = protocols.iter().map(|protocol| protocol.name().to_owned());
    names.collect()
}

/// When a ping is tried again after its `tries`-th failure in a row; `None` if it is given up.
fn next_attempt(tries: u32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(tries.checked_sub(1)?).ok()?;
    now.checked_add(*RETRIES.get(index)?).ok()
}

/// The hosts that named a time before which they want no other ping, if that time has not come yet.
fn asked_to_wait(ledger: &LedgerState, now: Timestamp) -> Hosts {
    let mut hosts = Hosts::default();
    for (_, _, standing) in ledger.links() {
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

/// Reports an event; the receiver is gone only when the run is over.
fn report(sender: &Sender<Progress>, progress: Progress) {
    sender.send(progress).ok();
}

/// Locks a mutex. A worker cannot panic, so the value is never left half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
