//! Schedules requests by host: one at a time for each host, with a minimum spacing; hosts do not wait for each other.
//!
//! A host may limit final requests (pings) more than the preparing ones (page fetches). Such a host is slowed down for
//! the final requests alone.
//!
//! [`Lanes`] is pure: the time is an argument. [`SharedLanes`] is worked off by several threads.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

/// Waiting tasks, in one lane per host.
#[derive(Debug)]
pub(crate) struct Lanes<T> {
    lanes: Vec<Lane<T>>,
    names: HashMap<String, usize>,
    /// When lanes with waiting tasks and none in progress become free. An entry that differs from its lane's `queued`
    /// time is obsolete.
    ready: BinaryHeap<Reverse<(Instant, usize)>>,
    in_progress: usize,
}

/// The next step of a worker.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NextStep<T> {
    /// Do this task, then call [`Lanes::end`].
    Task {
        /// Its lane.
        lane: usize,
        /// The task.
        task: T,
    },
    /// Wait that long, or until a task ends or is added.
    Wait(Duration),
    /// No tasks are left.
    Done,
}

#[derive(Debug)]
struct Lane<T> {
    /// Final requests, which go before all others as soon as they may begin.
    first: HostQueue<T>,
    rest: HostQueue<T>,
    in_progress: Option<(Instant, HostTurn)>,
    queued: Option<Instant>,
}

#[derive(Debug)]
struct HostQueue<T> {
    waiting: VecDeque<T>,
    /// The earliest time for the next one.
    free: Instant,
    spacing: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostTurn {
    First,
    Rest,
}

/// How long to wait if only the end of a task can change anything.
const MAX_WAIT: Duration = Duration::from_secs(60);

impl<T> Lanes<T> {
    pub(crate) fn new() -> Lanes<T> {
        Lanes {
            lanes: Vec::new(),
            names: HashMap::new(),
            ready: BinaryHeap::new(),
            in_progress: 0,
        }
    }

    /// Adds a task to the lane of that name. In a new lane, tasks begin at least `spacing` apart.
    pub(crate) fn add(&mut self, name: &str, spacing: Duration, task: T, now: Instant) {
        let index = self.lane(name, spacing, now);
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.rest.waiting.push_back(task);
        }
        self.queue(index);
    }

    /// Adds a final request, in front of all tasks in the lane.
    pub(crate) fn add_first(&mut self, name: &str, spacing: Duration, task: T, now: Instant) {
        let index = self.lane(name, spacing, now);
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.first.waiting.push_front(task);
        }
        self.queue(index);
    }

    /// Delays the final requests in a lane: each begins at least `pause` after now and after the end of the previous one.
    pub(crate) fn slow_down(&mut self, index: usize, pause: Duration, now: Instant) {
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.first.spacing = pause;
            lane.first.free = now + pause;
        }
        self.queue(index);
    }

    /// Removes and returns the waiting final requests of a lane.
    pub(crate) fn drain_first(&mut self, index: usize) -> Vec<T> {
        let lane = self.lanes.get_mut(index);
        let taken = lane.map_or(Vec::new(), |lane| lane.first.waiting.drain(..).collect());
        self.queue(index);
        taken
    }

    /// The lane of that name.
    fn lane(&mut self, name: &str, spacing: Duration, now: Instant) -> usize {
        let queue = |spacing| HostQueue {
            waiting: VecDeque::new(),
            free: now,
            spacing,
        };
        *self.names.entry(name.to_owned()).or_insert_with(|| {
            self.lanes.push(Lane {
                first: queue(Duration::ZERO),
                rest: queue(spacing),
                in_progress: None,
                queued: None,
            });
            self.lanes.len() - 1
        })
    }

    /// Records when a lane becomes free, if tasks wait in it and none is in progress.
    fn queue(&mut self, index: usize) {
        let Some(lane) = self.lanes.get_mut(index) else {
            return;
        };
        let ready = lane.ready();
        if ready != lane.queued {
            lane.queued = ready;
            self.ready
                .extend(ready.map(|ready| Reverse((ready, index))));
        }
    }

    /// Returns a task that may begin now, from the lane that has been free for the longest time.
    pub(crate) fn next(&mut self, now: Instant) -> NextStep<T> {
        loop {
            let Some(Reverse((ready, index))) = self.ready.peek().copied() else {
                return if self.in_progress == 0 {
                    NextStep::Done
                } else {
                    NextStep::Wait(MAX_WAIT)
                };
            };
            let lane = self.lanes.get_mut(index);
            let lane = lane.filter(|lane| lane.queued == Some(ready));
            if lane.is_some() && ready > now {
                return NextStep::Wait(ready - now);
            }
            self.ready.pop();
            if let Some(lane) = lane {
                lane.queued = None;
                if let Some((turn, task)) = lane.begin(now) {
                    lane.in_progress = Some((now, turn));
                    self.in_progress += 1;
                    return NextStep::Task { lane: index, task };
                }
            }
        }
    }

    /// Ends the task in progress in a lane.
    pub(crate) fn end(&mut self, index: usize, now: Instant) {
        let Some(lane) = self.lanes.get_mut(index) else {
            return;
        };
        if let Some((start, turn)) = lane.in_progress.take() {
            self.in_progress -= 1;
            lane.rest.free = now.max(start + lane.rest.spacing);
            if turn == HostTurn::First {
                lane.first.free = lane.first.free.max(now + lane.first.spacing);
            }
            self.queue(index);
        }
    }
}

impl<T> Lane<T> {
    /// When the next task may begin; `None` while one is in progress or none waits.
    fn ready(&self) -> Option<Instant> {
        if self.in_progress.is_some() {
            return None;
        }
        // Both kinds are requests to the same host.
        let first = self.first.next_time().map(|free| free.max(self.rest.free));
        first.into_iter().chain(self.rest.next_time()).min()
    }

    fn begin(&mut self, now: Instant) -> Option<(HostTurn, T)> {
        if self.first.next_time().is_some_and(|free| free <= now) {
            let task = self.first.waiting.pop_front();
            return task.map(|task| (HostTurn::First, task));
        }
        let task = self.rest.waiting.pop_front();
        task.map(|task| (HostTurn::Rest, task))
    }
}

impl<T> HostQueue<T> {
    fn next_time(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.free)
    }
}

/// Lanes that several threads work off, and other state under the same lock.
pub(crate) struct SharedLanes<T, S> {
    shared: Mutex<LanesState<T, S>>,
    changed: Condvar,
}

/// The contents of the lock of [`SharedLanes`].
pub(crate) struct LanesState<T, S> {
    pub(crate) lanes: Lanes<T>,
    pub(crate) state: S,
}

/// A signal does not wake waiting threads, so `is_stopped` is checked this often.
const STOP_CHECK: Duration = Duration::from_millis(100);

impl<T, S> SharedLanes<T, S> {
    pub(crate) fn new(lanes: Lanes<T>, state: S) -> SharedLanes<T, S> {
        SharedLanes {
            shared: Mutex::new(LanesState { lanes, state }),
            changed: Condvar::new(),
        }
    }

    /// Locks the state. Workers do not panic, so a poisoned lock holds valid state.
    pub(crate) fn lock(&self) -> MutexGuard<'_, LanesState<T, S>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all waiting threads, after a task was added or the work was stopped.
    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Runs `task` with one task after the other, and its lane, until none is left or `is_stopped`. May be called by
    /// several threads.
    pub(crate) fn work(&self, is_stopped: impl Fn() -> bool, mut task: impl FnMut(usize, T)) {
        while let Some((lane, next)) = self.next(&is_stopped) {
            task(lane, next);
            self.lock().lanes.end(lane, Instant::now());
            self.wake();
        }
        self.wake();
    }

    fn next(&self, is_stopped: &impl Fn() -> bool) -> Option<(usize, T)> {
        let mut shared = self.lock();
        while !is_stopped() {
            match shared.lanes.next(Instant::now()) {
                NextStep::Task { lane, task } => return Some((lane, task)),
                NextStep::Done => return None,
                NextStep::Wait(time) => {
                    let waited = self.changed.wait_timeout(shared, time.min(STOP_CHECK));
                    shared = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
        None
    }
}

/// Runs `work` on `jobs` threads. If the host allows no further threads, fewer do it, or this one.
pub(crate) fn start_workers<'scope>(
    scope: &'scope Scope<'scope, '_>,
    jobs: usize,
    work: impl FnOnce() + Clone + Send + 'scope,
) {
    let start = || thread::Builder::new().spawn_scoped(scope, work.clone());
    let started = (0..jobs).take_while(|_| start().is_ok()).count();
    if started == 0 {
        work();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn task(next: NextStep<u32>) -> (usize, u32) {
        match next {
            NextStep::Task { lane, task } => (lane, task),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_at_a_time_and_a_second_apart_for_each_host() {
        let begin = Instant::now();
        let mut lanes = Lanes::new();
        for number in 0..3 {
            lanes.add("a", SECOND, number, begin);
        }
        lanes.add("b", SECOND, 10, begin);
        let (a, first) = task(lanes.next(begin));
        let (b, other) = task(lanes.next(begin));
        assert_eq!((first, other), (0, 10));
        // The host is busy, however much time has passed.
        assert_eq!(lanes.next(begin + 9 * SECOND), NextStep::Wait(MAX_WAIT));
        lanes.end(a, begin + SECOND / 4);
        assert_eq!(
            lanes.next(begin + SECOND / 4),
            NextStep::Wait(3 * SECOND / 4)
        );
        assert_eq!(task(lanes.next(begin + SECOND)), (a, 1));
        // It took longer than they are apart.
        lanes.end(a, begin + 4 * SECOND);
        assert_eq!(task(lanes.next(begin + 4 * SECOND)), (a, 2));
        lanes.end(a, begin + 4 * SECOND);
        lanes.end(b, begin + 4 * SECOND);
        assert_eq!(lanes.next(begin + 4 * SECOND), NextStep::Done);
    }

    #[test]
    fn a_host_with_a_thousand_links_does_not_starve_the_others() {
        let begin = Instant::now();
        let mut lanes = Lanes::new();
        for number in 0..1000 {
            lanes.add("big", Duration::ZERO, number, begin);
        }
        lanes.add("small", Duration::ZERO, 5000, begin);
        let mut order = Vec::new();
        for step in 1..=3 {
            let now = begin + Duration::from_millis(step);
            let (lane, number) = task(lanes.next(now));
            order.push(number);
            lanes.end(lane, now);
        }
        assert_eq!(order, [0, 5000, 1]);
    }

    #[test]
    fn what_completes_something_comes_first() {
        let now = Instant::now();
        let mut lanes = Lanes::new();
        lanes.add("a", Duration::ZERO, 1, now);
        lanes.add("a", Duration::ZERO, 2, now);
        let (lane, _) = task(lanes.next(now));
        lanes.add_first("a", Duration::ZERO, 10, now);
        lanes.end(lane, now);
        assert_eq!(task(lanes.next(now)).1, 10);
        lanes.end(lane, now);
        assert_eq!(task(lanes.next(now)).1, 2);
    }

    #[test]
    fn work_is_not_over_while_a_task_could_add_more() {
        let now = Instant::now();
        let mut lanes = Lanes::new();
        lanes.add("a", SECOND, 1, now);
        let (lane, _) = task(lanes.next(now));
        assert_eq!(lanes.next(now), NextStep::Wait(MAX_WAIT));
        lanes.add("b", SECOND, 2, now);
        lanes.end(lane, now);
        assert_eq!(task(lanes.next(now)).1, 2);
    }

    #[test]
    fn c2_a_host_is_slowed_down_for_what_completes_something_alone() {
        let begin = Instant::now();
        let at = |second: u32| begin + second * SECOND;
        let mut lanes = Lanes::new();
        lanes.add("a", SECOND, 1, begin);
        lanes.add("a", SECOND, 2, begin);
        lanes.add_first("a", SECOND, 10, begin);
        let (lane, ping) = task(lanes.next(begin));
        assert_eq!(ping, 10);
        lanes.end(lane, at(0));
        // It was told to come later, and does.
        lanes.add_first("a", SECOND, 10, at(0));
        lanes.add_first("a", SECOND, 11, at(0));
        lanes.slow_down(lane, 16 * SECOND, at(0));
        for (second, looks) in [(1, 1), (2, 2)] {
            assert_eq!(task(lanes.next(at(second))), (lane, looks));
            lanes.end(lane, at(second));
        }
        assert_eq!(lanes.next(at(3)), NextStep::Wait(13 * SECOND));
        assert_eq!(task(lanes.next(at(16))), (lane, 11));
        assert_eq!(lanes.next(at(40)), NextStep::Wait(MAX_WAIT));
        lanes.end(lane, at(18));
        assert_eq!(lanes.next(at(18)), NextStep::Wait(16 * SECOND));
        assert_eq!(task(lanes.next(at(34))), (lane, 10));
        lanes.end(lane, at(34));
        assert_eq!(lanes.next(at(34)), NextStep::Done);
    }

    #[test]
    fn c2_what_waits_for_a_slow_host_can_be_taken_back() {
        let begin = Instant::now();
        let mut lanes = Lanes::new();
        lanes.add_first("a", SECOND, 10, begin);
        let (lane, _) = task(lanes.next(begin));
        lanes.end(lane, begin);
        lanes.add("a", SECOND, 1, begin);
        lanes.add_first("a", SECOND, 11, begin);
        lanes.slow_down(lane, 100 * SECOND, begin);
        assert_eq!(lanes.drain_first(lane), [11]);
        assert_eq!(task(lanes.next(begin + SECOND)), (lane, 1));
        lanes.end(lane, begin + SECOND);
        assert_eq!(lanes.next(begin + SECOND), NextStep::Done);
    }
}
