//! Who is asked next: one request at a time for each host, so far apart; no host waits for another.
//!
//! Pure: the time is told.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Tasks that wait, by the lane that they go through.
#[derive(Debug)]
pub(crate) struct Lanes<T> {
    lanes: Vec<Lane<T>>,
    names: HashMap<String, usize>,
    /// The lanes in which something waits and nothing is under way, by the time when they are free.
    ready: BinaryHeap<Reverse<(Instant, usize)>>,
    under_way: usize,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    /// This; [`Lanes::end`] is told when it is done.
    Task {
        /// Its lane.
        lane: usize,
        /// The task.
        task: T,
    },
    /// Nothing for so long, unless a task ends or is added.
    Wait(Duration),
    /// Nothing ever.
    Done,
}

#[derive(Debug)]
struct Lane<T> {
    waiting: VecDeque<T>,
    begun: Option<Instant>,
    free: Instant,
    spacing: Duration,
}

/// How long to wait where only the end of a task can bring news.
const LONG: Duration = Duration::from_secs(60);

impl<T> Lanes<T> {
    pub(crate) fn new() -> Lanes<T> {
        Lanes {
            lanes: Vec::new(),
            names: HashMap::new(),
            ready: BinaryHeap::new(),
            under_way: 0,
        }
    }

    /// Adds a task to the lane of that name. A lane that is new has tasks begin at least `spacing` apart.
    pub(crate) fn add(&mut self, name: &str, spacing: Duration, task: T, now: Instant) {
        if let Some(lane) = self.lane(name, spacing, now) {
            lane.waiting.push_back(task);
        }
    }

    /// The same before all that waits in the lane, for what completes something.
    pub(crate) fn add_first(&mut self, name: &str, spacing: Duration, task: T, now: Instant) {
        if let Some(lane) = self.lane(name, spacing, now) {
            lane.waiting.push_front(task);
        }
    }

    /// The lane of that name, to which a task is added now.
    fn lane(&mut self, name: &str, spacing: Duration, now: Instant) -> Option<&mut Lane<T>> {
        let index = *self.names.entry(name.to_owned()).or_insert_with(|| {
            self.lanes.push(Lane {
                waiting: VecDeque::new(),
                begun: None,
                free: now,
                spacing,
            });
            self.lanes.len() - 1
        });
        let lane = self.lanes.get_mut(index)?;
        if lane.waiting.is_empty() && lane.begun.is_none() {
            self.ready.push(Reverse((lane.free, index)));
        }
        Some(lane)
    }

    /// Gives a task that may begin now, of the lane that has been free for the longest time.
    pub(crate) fn next(&mut self, now: Instant) -> Next<T> {
        let Some(Reverse((free, index))) = self.ready.peek().copied() else {
            return if self.under_way == 0 {
                Next::Done
            } else {
                Next::Wait(LONG)
            };
        };
        if free > now {
            return Next::Wait(free - now);
        }
        self.ready.pop();
        let lane = self.lanes.get_mut(index);
        match lane.and_then(|lane| Some((lane.waiting.pop_front()?, lane))) {
            Some((task, lane)) => {
                lane.begun = Some(now);
                self.under_way += 1;
                Next::Task { lane: index, task }
            }
            // Only lanes in which something waits are ready.
            None => Next::Wait(Duration::ZERO),
        }
    }

    /// Ends the task that is under way in a lane.
    pub(crate) fn end(&mut self, index: usize, now: Instant) {
        let Some(lane) = self.lanes.get_mut(index) else {
            return;
        };
        if let Some(begun) = lane.begun.take() {
            self.under_way -= 1;
            lane.free = now.max(begun + lane.spacing);
            if !lane.waiting.is_empty() {
                self.ready.push(Reverse((lane.free, index)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn task(next: Next<u32>) -> (usize, u32) {
        match next {
            Next::Task { lane, task } => (lane, task),
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
        assert_eq!(lanes.next(begin + 9 * SECOND), Next::Wait(LONG));
        lanes.end(a, begin + SECOND / 4);
        assert_eq!(lanes.next(begin + SECOND / 4), Next::Wait(3 * SECOND / 4));
        assert_eq!(task(lanes.next(begin + SECOND)), (a, 1));
        // It took longer than they are apart.
        lanes.end(a, begin + 4 * SECOND);
        assert_eq!(task(lanes.next(begin + 4 * SECOND)), (a, 2));
        lanes.end(a, begin + 4 * SECOND);
        lanes.end(b, begin + 4 * SECOND);
        assert_eq!(lanes.next(begin + 4 * SECOND), Next::Done);
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
        assert_eq!(lanes.next(now), Next::Wait(LONG));
        lanes.add("b", SECOND, 2, now);
        lanes.end(lane, now);
        assert_eq!(task(lanes.next(now)).1, 2);
    }
}
