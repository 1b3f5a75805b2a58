//! One run: reads the pings that are to be checked, has their pages checked, applies what was seen.

use std::collections::{HashSet, VecDeque};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use url::Url;

use super::job::{Job, next};
use super::same_page::{self, Others, Takes};
use super::work::{VerifiedPing, Work};
use crate::admission::domains::Approvals;
use crate::admission::publisher::Publisher;
use crate::admission::{bans, entries, throttle};
use crate::config::Config;
use crate::domain::registrable;
use crate::error::Result;
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Reason, ReasonKind, State, Store};
use crate::verify::inspect::{Inspection, Inspector, Linked};
use crate::verify::link_check::{EntryPlace, LinkTarget, PingClaim};
use crate::verify::offer;
use crate::verify::queue::{self, Key, QueueItem};
use crate::verify::transition::{PingBefore, PublisherCheck, Texts, Transition};

/// How many pings are read at once.
const BATCH: usize = 500;
/// How often a long run re-reads the queue.
const REREAD_QUEUE: Duration = Duration::from_secs(2);
/// How often a run checks whether it is to end.
const BEAT: Duration = Duration::from_millis(200);

/// A run.
pub(super) struct Worker<'a> {
    work: &'a Work<'a>,
    report: &'a mut dyn FnMut(&VerifiedPing<'_>) -> Result<()>,
    /// How many pages were checked.
    pub(super) checked: usize,
    /// What this run is done with: each ping once, whatever becomes of the queue.
    done: HashSet<Key>,
    /// What is checked besides what is due.
    again: Vec<Key>,
    /// Whether it ended because the day's requests were used up.
    pub(super) spent: bool,
}

/// Why a ping is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// The queue says so.
    Due,
    /// All are.
    All,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        work: &'a Work<'a>,
        report: &'a mut dyn FnMut(&VerifiedPing<'_>) -> Result<()>,
    ) -> Worker<'a> {
        Worker {
            work,
            report,
            checked: 0,
            done: HashSet::new(),
            again: Vec::new(),
            spent: false,
        }
    }

    /// Adds the pings that everybody sees, and those that wait although their pages link here.
    pub(super) fn add_found_before(&mut self) -> Result<()> {
        for state in [State::Published, State::Held] {
            queue::each(self.work.store, state, |key, record| {
                if PingBefore::of(record).was_found() {
                    self.again.push(key);
                }
            })?;
        }
        // They are taken from the end.
        let queue = queue::load(self.work.store)?;
        self.again
            .sort_by_key(|key| !queue.get(key).is_some_and(|item| item.begun));
        Ok(())
    }

    /// At most `most` pings that are due and were not checked in this run.
    pub(super) fn due(&self, most: usize) -> Result<Vec<Key>> {
        let queue = queue::load(self.work.store)?;
        let due = queue.due((self.work.clock)()).map(|(key, _)| key);
        let due = due.filter(|key| !self.done.contains(*key));
        Ok(due.take(most).cloned().collect())
    }

    /// Checks all that is due, and what becomes due meanwhile.
    pub(super) fn work_off(&mut self) -> Result<()> {
        let (work, config) = (self.work, self.work.config);
        let inspector = Inspector::new(config, (work.clock)());
        thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            let mut waiting = VecDeque::new();
            let mut busy: HashSet<String> = HashSet::new();
            let mut queue_read = Instant::now();
            let mut alone = false;
            while !work.halt.is_halted() {
                if waiting.is_empty() {
                    self.refill(&mut waiting)?;
                } else if queue_read.elapsed() > REREAD_QUEUE {
                    self.push_in(&mut waiting)?;
                    queue_read = Instant::now();
                }
                while !alone
                    && !waiting.is_empty()
                    && inspector.may_inspect()
                    && let Some(case) = next(&mut waiting, &busy, |domain| inspector.rests(domain))
                {
                    if !self.begin(&case)? {
                        continue;
                    }
                    alone = case.item.begun;
                    busy.insert(case.domain.clone());
                    let case = Arc::new(case);
                    let task = || {
                        let (send, case, inspector) = (send.clone(), Arc::clone(&case), &inspector);
                        move || {
                            let seen = inspect(inspector, config, &case);
                            // Nobody listens any more when the run has ended.
                            send.send((case, seen)).ok();
                        }
                    };
                    // Where the host allows no further thread, this one does it.
                    if thread::Builder::new().spawn_scoped(scope, task()).is_err() {
                        task()();
                    }
                }
                if busy.is_empty() {
                    self.spent = inspector.is_spent();
                    if self.spent || waiting.is_empty() {
                        return Ok(());
                    }
                    continue;
                }
                // An answer, or it is time to read the queue again.
                if let Ok((case, seen)) = receive.recv_timeout(BEAT) {
                    busy.remove(&case.domain);
                    alone = false;
                    self.conclude(&case, &seen)?;
                }
            }
            Ok(())
        })
    }

    /// Reads the next pings that are to be checked.
    fn refill(&mut self, waiting: &mut VecDeque<Job>) -> Result<()> {
        while waiting.is_empty() {
            let mut keys: Vec<_> = self
                .due(BATCH)?
                .into_iter()
                .map(|key| (key, Occasion::Due))
                .collect();
            let rest = self.again.len().saturating_sub(BATCH);
            let again = self.again.drain(rest..).map(|key| (key, Occasion::All));
            keys.extend(again.filter(|(key, _)| !self.done.contains(key)));
            if keys.is_empty() {
                return Ok(());
            }
            let queue = queue::load(self.work.store)?;
            for (key, occasion) in keys {
                if self.done.insert(key.clone()) {
                    let queued = queue.get(&key);
                    waiting.extend(self.case(key, queued, occasion));
                }
            }
        }
        Ok(())
    }

    /// Puts what has become due meanwhile before what can wait.
    fn push_in(&mut self, waiting: &mut VecDeque<Job>) -> Result<()> {
        let queue = queue::load(self.work.store)?;
        for key in self.due(BATCH)? {
            let queued = queue.get(&key);
            self.done.insert(key.clone());
            if let Some(case) = self.case(key, queued, Occasion::Due) {
                waiting.push_front(case);
            }
        }
        Ok(())
    }

    /// What is known of a ping that is to be checked; one that need not be leaves the queue.
    fn case(&self, key: Key, queued: Option<QueueItem>, occasion: Occasion) -> Option<Job> {
        let Work { config, store, .. } = *self.work;
        let now = (self.work.clock)();
        let item = queued.unwrap_or_else(|| QueueItem::new(now));
        if occasion == Occasion::All && item.begun && !item.is_due(now) {
            return None;
        }
        let record = store.pings(&key.0).and_then(|pings| match pings {
            Some(pings) => pings.with_all_keys().get(key.1),
            None => Ok(None),
        });
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                self.log_failure(&key, &error.to_string());
                return None;
            }
        };
        let offers = record.as_ref().map(offer::all).unwrap_or_default();
        // What the owner published meanwhile was queued while it waited.
        let is_asked_for = occasion == Occasion::All || item.gone.is_some();
        let texts = match offers.is_empty() {
            true => Texts::One,
            false if is_asked_for => Texts::Offered,
            false => Texts::OfferedOnly,
        };
        let record = record.filter(|record| {
            let before = PingBefore::of(record);
            let is_wanted = is_asked_for || texts != Texts::One || !before.is_rechecked();
            before.is_checked() && is_wanted
        });
        let source = record
            .as_ref()
            .and_then(|record| Url::parse(&record.url).ok());
        let (Some(record), Some(source)) = (record, source) else {
            if queued.is_some() {
                self.put(&key, None);
            }
            return None;
        };
        let domain = registrable(&source);
        Some(Job {
            entry: learnt_permalink(store, &key.0),
            second: PingBefore::of(&record).second(config.publish),
            key,
            record,
            item,
            source,
            domain,
            offers,
            texts,
        })
    }

    /// Notes that a page is about to be checked; tells whether it is. One that ended the program each time is not.
    fn begin(&mut self, case: &Job) -> Result<bool> {
        if case.item.is_spent() {
            let seen = Inspection::Not(ReasonKind::Unreadable, String::new());
            self.conclude(case, &seen)?;
            return Ok(false);
        }
        let now = (self.work.clock)();
        let mut halt = self.work.halt.lock();
        if halt.halted {
            return Ok(false);
        }
        if let Err(error) = queue::begin(self.work.store, &case.key, case.item, now) {
            self.log_failure(&case.key, &error.to_string());
            return Ok(false);
        }
        let waits = case.before().is_queued();
        halt.data_dir = self.work.config.data_dir.clone();
        halt.begun
            .insert(case.key.clone(), waits.then_some(case.item));
        Ok(true)
    }

    /// Applies what was seen, if the ping is still as it was.
    fn conclude(&mut self, case: &Job, seen: &Inspection) -> Result<()> {
        let Work { config, store, .. } = *self.work;
        let now = (self.work.clock)();
        let banned = banned(store, seen, now);
        let seen = banned.as_ref().unwrap_or(seen);
        let others = match seen {
            Inspection::Linked(linked) => self.others(case, linked),
            _ => Others::default(),
        };
        let known = match seen {
            Inspection::Linked(linked) => self.known(linked, others.first),
            Inspection::Not(..)
            | Inspection::Gone(..)
            | Inspection::Failed(_)
            | Inspection::Later => PublisherCheck::No(Vec::new()),
        };
        let before = case.before();
        let takes = match seen {
            Inspection::Linked(linked) if before.takes_text(linked, config.publish, &known) => {
                Takes::Offered
            }
            _ => Takes::Kept,
        };
        let verdict = before.after(seen, config.publish, &known, now);
        let verdict = match case.entry {
            Some(_) => verdict.of_entry(),
            None => verdict,
        };
        self.forgive(case, seen, now);
        self.checked += usize::from(*seen != Inspection::Later);
        let applied;
        {
            let mut halt = self.work.halt.lock();
            if halt.halted {
                return Ok(());
            }
            halt.begun.remove(&case.key);
            match self.apply(case, (&verdict, &others.worse), (seen, takes), now) {
                Ok(Some(done)) => applied = done,
                // Somebody decided on it meanwhile, or it came again: then the queue knows.
                Ok(None) => {
                    self.done.remove(&case.key);
                    self.put(&case.key, Some(QueueItem::new(now)));
                    return Ok(());
                }
                Err(error) => {
                    self.log_failure(&case.key, &error.to_string());
                    return Ok(());
                }
            }
            let item = match applied.is_offered {
                true => {
                    self.done.remove(&case.key);
                    Some(QueueItem::new(now))
                }
                false => verdict.item,
            };
            self.put(&case.key, item);
        }
        if *seen == Inspection::Later {
            return Ok(());
        }
        let (state, why) = match &verdict.change {
            Some((state, why)) => (*state, Some(why)),
            None => (case.record.state, case.record.why.as_ref()),
        };
        let (id, number) = (&case.key.0, case.key.1);
        let log = |number: u64, state: State, why: Option<&Reason>| {
            let event = Event::new(now, state)
                .with("tb_id", id.as_str())
                .with("id", number)
                .with("why", why.map(Reason::to_string))
                .with("by", "verify");
            store.log(&event);
        };
        if let (Inspection::Linked(linked), Takes::Offered) = (seen, takes)
            && linked.offered.is_some()
        {
            let event = Event::new(now, EventName::Updated)
                .with("tb_id", id.as_str())
                .with("id", number)
                .with("by", "verify");
            store.log(&event);
        }
        if verdict.change.is_some() {
            log(number, state, why);
        }
        let duplicate = Reason::duplicate(number);
        for other in applied.replaced {
            log(other, State::Junk, Some(&duplicate));
        }
        (self.report)(&VerifiedPing {
            id,
            number,
            url: &case.record.url,
            state,
            why,
            again: verdict.item.map(|item| item.next),
        })
    }

    /// An id that a page links to was not made up: it does not count among those that strangers name.
    fn forgive(&self, case: &Job, seen: &Inspection, now: Timestamp) {
        let Work { config, store, .. } = *self.work;
        let record = &case.record;
        let opened = record.id == 1 && record.updated.is_none();
        let linked = matches!(seen, Inspection::Linked(_));
        if linked && opened && !case.before().was_found() {
            throttle::forgive(config, store, &case.key.0, record.from.as_deref(), now);
        }
    }

    /// The other pings of the same page; none where they cannot be read.
    fn others(&self, case: &Job, linked: &Linked) -> Others {
        same_page::others(self.work.store, case, &linked.identity).unwrap_or_else(|error| {
            self.log_failure(&case.key, &error.to_string());
            Others::default()
        })
    }

    /// Whether the ping may be published for whom its page is from.
    fn known(&self, linked: &Linked, first: Option<u64>) -> PublisherCheck {
        let Work { config, store, .. } = *self.work;
        if let Some(first) = first {
            return PublisherCheck::Duplicate(first);
        }
        // What cannot be read approves nobody.
        let approvals = Approvals::load(store).unwrap_or_default();
        let way = &linked.way;
        let unknown = way.publishers.iter().filter(|who| !approvals.cover(who));
        let is_own = |who: &&Publisher| {
            let mut site = config.site.iter().filter_map(Publisher::of);
            site.any(|own| own == **who)
        };
        let unknown = unknown.filter(|who| !is_own(who)).map(Publisher::to_string);
        let unknown: Vec<String> = unknown.chain(way.nameless.iter().cloned()).collect();
        match unknown.is_empty() {
            true => PublisherCheck::Yes,
            false => PublisherCheck::No(unknown),
        }
    }

    fn apply(
        &self,
        case: &Job,
        (verdict, worse): (&Transition, &[(u64, State)]),
        (seen, takes): (&Inspection, Takes),
        now: Timestamp,
    ) -> Result<Option<Applied>> {
        let Work { config, store, .. } = *self.work;
        let (id, number) = (&case.key.0, case.key.1);
        change_pings(config, store, id, now, |transaction| {
            let pings = transaction.pings().map(|pings| pings.get(number));
            let record = pings.transpose()?.flatten().filter(|record| {
                record.state == case.record.state
                    && record.why == case.record.why
                    // Else what was seen would speak for a text that came since.
                    && record.text_hash() == case.record.text_hash()
            });
            let Some(record) = record else {
                return Ok((None, WriteWhen::IfStale));
            };
            let mut noted = match seen {
                Inspection::Linked(linked) => same_page::note(&record, linked, takes),
                Inspection::Not(..)
                | Inspection::Gone(..)
                | Inspection::Failed(_)
                | Inspection::Later => record.clone(),
            };
            let is_judged = matches!(seen, Inspection::Linked(_) | Inspection::Not(..));
            if is_judged || (verdict.item.is_none() && case.before().is_rechecked()) {
                offer::forget(&mut noted, &case.offers);
            }
            let mut applied = Applied {
                replaced: Vec::new(),
                is_offered: is_judged && offer::has_any(&noted),
            };
            let mut write = WriteWhen::IfStale;
            if noted != record {
                transaction.revise(&noted)?;
                write = WriteWhen::Always;
            }
            if let Some((state, why)) = &verdict.change {
                transaction.set_state(number, *state, Some(why), now)?;
                let what = (number, *state, why);
                applied.replaced = same_page::supersede(transaction, worse, what, now)?;
                write = WriteWhen::Always;
            }
            Ok((Some(applied), write))
        })
    }

    /// The queue is a hint: what cannot be noted is found again.
    fn put(&self, key: &Key, item: Option<QueueItem>) {
        if let Err(error) = queue::put_anew(self.work.store, key, item) {
            self.log_failure(key, &error.to_string());
        }
    }

    fn log_failure(&self, (id, number): &Key, error: &str) {
        let event = Event::new((self.work.clock)(), EventName::NotLookedAt)
            .with("tb_id", id.as_str())
            .with("id", *number)
            .with("error", error);
        self.work.store.log(&event);
    }
}

/// What came of applying what was seen to a ping that was still as it was when its page was checked.
struct Applied {
    /// The pings of the same page that it replaced.
    replaced: Vec<u64>,
    /// Whether another text was offered while the page was read.
    is_offered: bool,
}

fn inspect(inspector: &Inspector, config: &Config, case: &Job) -> Inspection {
    let target = LinkTarget {
        site: &config.site,
        entry: match (&case.entry, &config.entry) {
            (Some(permalink), _) => Some(EntryPlace::At(permalink)),
            (None, Some(pattern)) => Some(EntryPlace::ByPattern(pattern, &case.key.0)),
            (None, None) => None,
        },
    };
    let claim = PingClaim {
        source: &case.source,
        title: &case.record.title,
        excerpt: &case.record.excerpt,
        blog_name: &case.record.blog_name,
        from: case.record.from.as_deref(),
        state: case.record.state,
    };
    let inspection = || inspector.inspect(claim, &case.offers, target, case.second);
    panic::catch_unwind(AssertUnwindSafe(inspection))
        .unwrap_or_else(|_| Inspection::Failed("a panic".to_owned()))
}

/// What is seen instead where the page, or what it is redirected to, is of a banned domain.
fn banned(store: &Store, seen: &Inspection, now: Timestamp) -> Option<Inspection> {
    let Inspection::Linked(linked) = seen else {
        return None;
    };
    let hosts = linked.way.publishers.iter().map(Publisher::host);
    let hosts = hosts.chain(linked.way.nameless.iter().map(String::as_str));
    let hosts: Vec<String> = hosts.map(without_port).collect();
    let host = bans::banned_host(store, &hosts, now).ok()??;
    Some(Inspection::Not(ReasonKind::BannedDomain, host))
}

/// A host that may have a port behind it; an IPv6 address stands without brackets.
fn without_port(host: &str) -> String {
    let bare = match host.matches(':').count() {
        1 => host.split(':').next().unwrap_or(host),
        _ => host,
    };
    bare.to_owned()
}

/// The permalink that was learnt of the entry that an id stands for.
fn learnt_permalink(store: &Store, id: &TbId) -> Option<Url> {
    // What cannot be read is not known.
    entries::find(store, id).ok().flatten()?.url
}
