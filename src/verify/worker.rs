//! One run: loads the pings that are due, has their pages checked, and applies the results.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use url::Url;

use super::context::{Failures, VerifiedPing, VerifyContext};
use super::job::{self, Job, next};
use super::job_check;
use super::same_page::{self, SamePagePings, TextChoice};
use crate::admission::domains::Approvals;
use crate::admission::entries::EntryReader;
use crate::admission::proxies::is_proxy;
use crate::admission::publisher::Publisher;
use crate::admission::{entries, throttle};
use crate::domain::registrable;
use crate::error::{Error, Result};
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::order;
use crate::store::{Event, EventName, Reason, ReasonKind, State};
use crate::verify::inspect::{Inspection, Inspector};
use crate::verify::mention_record;
use crate::verify::meter::RequestAccount;
use crate::verify::offer;
use crate::verify::queue::{self, PingKey, QueueItem};
use crate::verify::transition::{OfferStatus, PingBefore, PublisherCheck, TextOrigin, Transition};

/// How many pings are loaded at once.
const BATCH: usize = 500;
/// How often a long run re-reads the queue.
const REREAD_QUEUE: Duration = Duration::from_secs(2);
/// How often a run checks whether it was halted.
const HALT_CHECK: Duration = Duration::from_millis(200);

/// A run.
pub(super) struct Worker<'a> {
    work: &'a VerifyContext<'a>,
    report: &'a mut dyn FnMut(&VerifiedPing<'_>) -> Result<()>,
    /// How many pages were checked.
    pub(super) checked: usize,
    /// Pings handled by this run: each only once, whatever the queue says.
    done: HashSet<PingKey>,
    /// Pings to check in addition to the due ones.
    again: Vec<PingKey>,
    /// Whether it ended because the day's requests were used up.
    pub(super) spent: bool,
    pub(super) failures: RefCell<Failures>,
}

/// Why a ping is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CheckCause {
    /// It is due in the queue.
    Due,
    /// The owner asked for all.
    All,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        work: &'a VerifyContext<'a>,
        report: &'a mut dyn FnMut(&VerifiedPing<'_>) -> Result<()>,
    ) -> Worker<'a> {
        Worker {
            work,
            report,
            checked: 0,
            done: HashSet::new(),
            again: Vec::new(),
            spent: false,
            failures: RefCell::default(),
        }
    }

    /// Adds the published pings, and others whose pages linked here or may have: junk, which has time, to the beginning.
    pub(super) fn add_found_before(&mut self) -> Result<()> {
        for state in [State::Junk, State::Published, State::Held] {
            let unread = queue::for_each_in(self.work.store, state, |key, record| {
                if PingBefore::of(record).is_among_all() {
                    self.again.push(key);
                }
            })?;
            self.failures.get_mut().note_all(unread);
        }
        // The list is consumed from its end: unfinished checks come last.
        let queue = queue::load(self.work.store)?;
        order::sort_by_key(&mut self.again, |key| {
            !queue.get(key).is_some_and(|item| item.begun)
        });
        Ok(())
    }

    /// At most `most` due pings that this run has not handled.
    pub(super) fn due(&self, most: usize) -> Result<Vec<PingKey>> {
        let queue = queue::load(self.work.store)?;
        let due = queue.due((self.work.clock)()).map(|(key, _)| key);
        let due = due.filter(|key| !self.done.contains(*key));
        Ok(due.take(most).cloned().collect())
    }

    /// Checks all due pings, including those that become due meanwhile.
    pub(super) fn process_due(&mut self) -> Result<()> {
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
                    self.add_newly_due(&mut waiting)?;
                    queue_read = Instant::now();
                }
                while !alone
                    && !waiting.is_empty()
                    && inspector.may_inspect()
                    && let Some(job) =
                        next(&mut waiting, &busy, |domain| inspector.must_wait(domain))
                {
                    if !inspector.has_share_of(&job.source, &job.account) {
                        let later = job.item.postponed((work.clock)());
                        self.update_queue(&job.key, Some(later));
                        continue;
                    }
                    if !self.start(&job)? {
                        continue;
                    }
                    alone = job.item.begun;
                    busy.insert(job.domain.clone());
                    let job = Arc::new(job);
                    let task = || {
                        let (send, job, inspector) = (send.clone(), Arc::clone(&job), &inspector);
                        move || {
                            let seen = job_check::inspect_job(inspector, config, &job);
                            // Fails only if the run has ended.
                            send.send((job, seen)).ok();
                        }
                    };
                    // If the host allows no further thread, this thread does it.
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
                // Waits for a result, or for the time to check the queue and the halt.
                if let Ok((job, seen)) = receive.recv_timeout(HALT_CHECK) {
                    busy.remove(&job.domain);
                    alone = false;
                    self.finish(&job, &seen)?;
                }
            }
            Ok(())
        })
    }

    /// Loads the next pings that are to be checked.
    fn refill(&mut self, waiting: &mut VecDeque<Job>) -> Result<()> {
        while waiting.is_empty() {
            let mut keys: Vec<_> = self
                .due(BATCH)?
                .into_iter()
                .map(|key| (key, CheckCause::Due))
                .collect();
            let rest = self.again.len().saturating_sub(BATCH);
            let again = self.again.drain(rest..).map(|key| (key, CheckCause::All));
            keys.extend(again.filter(|(key, _)| !self.done.contains(key)));
            if keys.is_empty() {
                return Ok(());
            }
            let queue = queue::load(self.work.store)?;
            for (key, cause) in keys {
                if self.done.insert(key.clone()) {
                    let queued = queue.get(&key);
                    waiting.extend(self.load_job(key, queued, cause));
                }
            }
            job::sort(waiting);
        }
        Ok(())
    }

    /// Puts pings that have become due meanwhile in front.
    fn add_newly_due(&mut self, waiting: &mut VecDeque<Job>) -> Result<()> {
        let queue = queue::load(self.work.store)?;
        for key in self.due(BATCH)? {
            let queued = queue.get(&key);
            self.done.insert(key.clone());
            if let Some(job) = self.load_job(key, queued, CheckCause::Due) {
                waiting.push_front(job);
            }
        }
        Ok(())
    }

    /// Loads a ping that is to be checked; removes it from the queue if it need not be.
    fn load_job(&self, key: PingKey, queued: Option<QueueItem>, cause: CheckCause) -> Option<Job> {
        let now = (self.work.clock)();
        let item = queued.unwrap_or_else(|| QueueItem::new(now));
        if cause == CheckCause::All && item.begun && !item.is_due(now) {
            return None;
        }
        let wanted = || self.wanted_job(&key, item, cause);
        let job = wanted().and_then(|job| {
            if job.is_none() && queued.is_some() {
                self.update_queue(&key, None);
                // A repetition before that may have added the entry again, which was removed with the old one.
                if let Some(job) = wanted()? {
                    let due = mention_record::earliest_check(&job.record, now);
                    self.update_queue(&key, Some(QueueItem::new(due)));
                }
            }
            Ok(job)
        });
        job.unwrap_or_else(|error| {
            self.log_failure(&key, &error.to_string());
            None
        })
    }

    /// The ping as a job, if its page is to be checked.
    fn wanted_job(&self, key: &PingKey, item: QueueItem, cause: CheckCause) -> Result<Option<Job>> {
        let VerifyContext { config, store, .. } = *self.work;
        let record = match store.pings(&key.0)? {
            Some(pings) => pings.with_all_keys().get(key.1)?,
            None => None,
        };
        let offers = record.as_ref().map(offer::all).unwrap_or_default();
        // A ping that the owner published meanwhile may still be in the queue.
        let is_repeated = record.as_ref().is_some_and(mention_record::is_repeated);
        let is_asked_for = cause == CheckCause::All || item.gone.is_some() || is_repeated;
        let offer_status = match offers.is_empty() {
            true if is_repeated => OfferStatus::Some,
            true => OfferStatus::None,
            false if is_asked_for => OfferStatus::Some,
            false => OfferStatus::Only,
        };
        let record = record.filter(|record| {
            let before = PingBefore::of(record);
            let is_wanted = match before.is_lost() {
                true => cause == CheckCause::All,
                false => {
                    is_asked_for || offer_status != OfferStatus::None || !before.is_rechecked()
                }
            };
            before.is_checked() && is_wanted
        });
        let source = record
            .as_ref()
            .and_then(|record| Url::parse(&record.url).ok());
        let (Some(record), Some(source)) = (record, source) else {
            return Ok(None);
        };
        let domain = registrable(&source);
        Ok(Some(Job {
            account: match cause {
                CheckCause::All => RequestAccount::default(),
                CheckCause::Due => RequestAccount::of(config, store, (&record, &offers), &source),
            },
            entry: entries::find(store, &key.0)?.and_then(|entry| entry.url),
            others: entries::pages_of_others(store, &key.0)?,
            browser_check: PingBefore::of(&record).browser_check(config.publish),
            key: key.clone(),
            record,
            item,
            source,
            domain,
            offers,
            offer_status,
        }))
    }

    /// Records that a check starts. Returns whether the page is to be checked: one that crashed the program each time is not.
    fn start(&mut self, job: &Job) -> Result<bool> {
        if job.item.is_spent() {
            let seen = Inspection::Not(ReasonKind::Unreadable, String::new());
            self.finish(job, &seen)?;
            return Ok(false);
        }
        let now = (self.work.clock)();
        let mut halt = self.work.halt.lock();
        if halt.halted {
            return Ok(false);
        }
        if let Err(error) = queue::note_start(self.work.store, &job.key, job.item, now) {
            self.log_failure(&job.key, &error.to_string());
            return Ok(false);
        }
        let waits = job.before().is_queued();
        halt.data_dir = self.work.config.data_dir.clone();
        halt.begun
            .insert(job.key.clone(), waits.then_some(job.item));
        Ok(true)
    }

    /// Applies a result, if the ping has not changed meanwhile.
    fn finish(&mut self, job: &Job, seen: &Inspection) -> Result<()> {
        let VerifyContext { config, store, .. } = *self.work;
        let now = (self.work.clock)();
        let judged = job_check::rejection(store, job, seen, now).and_then(|rejected| {
            let known = self.check_publishers(job, rejected.as_ref().unwrap_or(seen))?;
            Ok((rejected, known))
        });
        let (rejected, (known, others)) = match judged {
            Ok(judged) => judged,
            Err(error) => {
                let mut halt = self.work.halt.lock();
                if !halt.halted {
                    halt.begun.remove(&job.key);
                    self.put_off(job, &error, now);
                }
                return Ok(());
            }
        };
        let seen = rejected.as_ref().unwrap_or(seen);
        let before = job.before();
        let text_choice = match seen {
            Inspection::Linked(linked) if before.accepts_text(linked, config.publish, &known) => {
                TextChoice::Offered
            }
            _ => TextChoice::Kept,
        };
        let transition = job.transition(seen, config.publish, &known, now);
        self.refund_limits(job, seen, now);
        self.checked += usize::from(*seen != Inspection::Later);
        let result = (&transition, others.superseded.as_slice());
        let applied = self.apply_unless_halted(job, result, (seen, text_choice), now);
        let Some(applied) = applied.filter(|_| *seen != Inspection::Later) else {
            return Ok(());
        };
        self.log_result(job, (seen, text_choice), (&transition, &applied), now);
        let (state, why) = match &transition.change {
            Some((state, why)) => (*state, Some(why)),
            None => (job.record.state, job.record.why.as_ref()),
        };
        (self.report)(&VerifiedPing {
            id: &job.key.0,
            number: job.key.1,
            url: &job.record.url,
            state,
            why,
            again: transition.item.map(|item| item.next),
        })
    }

    /// Applies a result; `None` if nothing was changed.
    fn apply_unless_halted(
        &mut self,
        job: &Job,
        result: (&Transition, &[(u64, State)]),
        seen: (&Inspection, TextChoice),
        now: Timestamp,
    ) -> Option<Applied> {
        let mut halt = self.work.halt.lock();
        if halt.halted {
            return None;
        }
        halt.begun.remove(&job.key);
        let applied = match self.apply(job, result, seen, now) {
            Ok(applied) => applied,
            Err(error) => {
                self.put_off(job, &error, now);
                return None;
            }
        };
        if applied.is_none() {
            // The ping was changed meanwhile, by a decision or a repetition: check it again.
            self.update_queue(&job.key, Some(QueueItem::new(now)));
        }
        if applied
            .as_ref()
            .is_none_or(|applied| applied.is_recheck_due)
        {
            self.done.remove(&job.key);
        }
        applied
    }

    fn log_result(
        &self,
        job: &Job,
        (seen, text_choice): (&Inspection, TextChoice),
        (transition, applied): (&Transition, &Applied),
        now: Timestamp,
    ) {
        let (id, number) = (&job.key.0, job.key.1);
        let event = |number: u64, what: EventName| {
            Event::new(now, what)
                .with("tb_id", id.as_str())
                .with("id", number)
        };
        let log = |number: u64, state: State, why: &Reason| {
            let event = event(number, state.into()).with("why", why.to_string());
            self.work.store.log(&event.with("by", "verify"));
        };
        if let (Inspection::Linked(linked), TextChoice::Offered) = (seen, text_choice)
            && linked.offered.is_some()
        {
            let event = event(number, EventName::Updated).with("by", "verify");
            self.work.store.log(&event);
        }
        if let Some((state, why)) = &transition.change {
            log(number, *state, why);
        }
        let duplicate = Reason::duplicate(number);
        for other in &applied.replaced {
            log(*other, State::Junk, &duplicate);
        }
    }

    /// An id that a page links to is not made up, so it no longer counts against the limit of new ids; nor does a page of
    /// a proxy against its sender's share.
    fn refund_limits(&self, job: &Job, seen: &Inspection, now: Timestamp) {
        let VerifyContext { config, store, .. } = *self.work;
        let record = &job.record;
        let from = record.from.as_deref();
        match seen {
            Inspection::Linked(linked) if !linked.vouched.is_unseen() => {}
            _ => return,
        }
        if record.is_mention() && is_proxy(config, &job.source) {
            throttle::refund_proxy(config, store, from, now);
        }
        let opened = record.id == 1 && record.updated.is_none();
        if opened && !job.before().was_found() {
            throttle::refund_new_id(config, store, &job.key.0, from, now);
        }
    }

    /// Has a page checked again whose result cannot be judged or stored. That is no fault of the page, so it does not
    /// count as a failed check.
    fn put_off(&self, job: &Job, error: &Error, now: Timestamp) {
        self.log_failure(&job.key, &error.to_string());
        let later = job.before().is_queued().then(|| job.item.postponed(now));
        self.update_queue(&job.key, later);
    }

    /// Whether the publishers of the page are approved, and the other pings of the same page. Of a published ping the former
    /// counts before whether the page has pinged before.
    fn check_publishers(
        &self,
        job: &Job,
        seen: &Inspection,
    ) -> Result<(PublisherCheck, SamePagePings)> {
        let VerifyContext { config, store, .. } = *self.work;
        let Inspection::Linked(linked) = seen else {
            let nobody = PublisherCheck::Unapproved(Vec::new());
            return Ok((nobody, SamePagePings::default()));
        };
        let others = same_page::find_same_page(store, job, linked)?;
        let approvals = Approvals::load(store)?;
        let chain = &linked.chain;
        let unknown = chain.publishers.iter().filter(|who| !approvals.covers(who));
        let is_own = |who: &&Publisher| {
            let mut site = config.site.iter().filter_map(Publisher::of);
            site.any(|own| own == **who)
        };
        let unknown = unknown.filter(|who| !is_own(who)).map(Publisher::to_string);
        let unknown: Vec<String> = unknown.chain(chain.unnamed_hosts.iter().cloned()).collect();
        let is_published = job.record.state == State::Published;
        let check = match (others.first, others.doubtful) {
            _ if is_published && !unknown.is_empty() => PublisherCheck::Unapproved(unknown),
            (Some(first), _) => PublisherCheck::Duplicate(first),
            (None, Some(other)) => PublisherCheck::MaybeDuplicate(other),
            (None, None) if unknown.is_empty() => PublisherCheck::Approved,
            (None, None) => PublisherCheck::Unapproved(unknown),
        };
        Ok((check, others))
    }

    fn apply(
        &self,
        job: &Job,
        (transition, superseded): (&Transition, &[(u64, State)]),
        (seen, text_choice): (&Inspection, TextChoice),
        now: Timestamp,
    ) -> Result<Option<Applied>> {
        let VerifyContext { config, store, .. } = *self.work;
        let (id, number) = (&job.key.0, job.key.1);
        change_pings(
            (config, store, &EntryReader::default()),
            id,
            now,
            |transaction| {
                let record = transaction.get(number)?.filter(|record| {
                    record.state == job.record.state
                    && record.why == job.record.why
                    // Otherwise the result would be applied to a text that the check did not see.
                    && record.text_hash() == job.record.text_hash()
                    // The page may have changed since it was fetched, or link to the target that is named now.
                    && !mention_record::is_repeated_since(record, &job.record)
                });
                let Some(record) = record else {
                    return Ok((None, WriteWhen::IfStale));
                };
                let noted =
                    job_check::note_result(&record, job, (seen, text_choice), transition, now);
                let before = job.before();
                let is_judged = seen.is_judgement();
                let is_dropped = before.text_origin == TextOrigin::Claimed
                    && transition.item.is_none()
                    && TextOrigin::of(&noted) == TextOrigin::Sender;
                let mut applied = Applied {
                    replaced: Vec::new(),
                    is_recheck_due: is_judged && offer::has_any(&noted)
                        || is_dropped && before.reason.is_some_and(queue::awaits_check),
                };
                let mut write = WriteWhen::IfStale;
                if noted != record {
                    transaction.revise(&noted)?;
                    write = WriteWhen::Always;
                }
                if let Some((state, why)) = &transition.change {
                    transaction.set_state(number, *state, Some(why), now)?;
                    let what = (number, *state, why);
                    applied.replaced = same_page::supersede(transaction, superseded, what, now)?;
                    write = WriteWhen::Always;
                }
                // Under the lock of the id: a repetition from now on is stored later, and added to the queue later.
                let item = match applied.is_recheck_due {
                    true => Some(QueueItem::new(now)),
                    false => transition.item,
                };
                self.update_queue(&job.key, item);
                Ok((Some(applied), write))
            },
        )
    }

    /// Updates the queue. A failure is only logged: a search through all pings restores the entry.
    fn update_queue(&self, key: &PingKey, item: Option<QueueItem>) {
        if let Err(error) = queue::replace(self.work.store, key, item) {
            self.log_failure(key, &error.to_string());
        }
    }

    fn log_failure(&self, key: &PingKey, error: &str) {
        self.failures.borrow_mut().note(error);
        self.work.log_failure(key, error);
    }
}

/// The outcome of applying a result.
struct Applied {
    /// The pings of the same page that it replaced.
    replaced: Vec<u64>,
    /// Whether the page is to be checked again: another text was offered during the check, or a webmention was dropped
    /// and the ping itself still waits for its check.
    is_recheck_due: bool,
}
