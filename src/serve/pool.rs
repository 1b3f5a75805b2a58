//! The threads that handle requests, so that syncing files and hashing passwords does not block the threads that drive
//! connections. As many as the host allows; if it allows none, the caller does the work.
//!
//! Each group of addresses has its own queue, and the queues take turns, so that a client with many requests delays only
//! itself.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The stack of a thread, in bytes. It is small because the address space may be limited.
const STACK: usize = 1 << 20;

type PoolJob = Box<dyn FnOnce() + Send>;

/// The threads; they end with the process.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<PoolShared>,
    most: usize,
}

#[derive(Debug, Default)]
struct PoolShared {
    state: Mutex<PoolState>,
    /// Signalled when a job was added.
    added: Condvar,
    /// Signalled when the last job was finished.
    finished: Condvar,
}

#[derive(Default)]
struct PoolState {
    jobs: JobQueues,
    threads: usize,
    idle: usize,
}

/// The waiting jobs, by group of addresses.
#[derive(Default)]
struct JobQueues {
    queues: HashMap<IpAddr, VecDeque<PoolJob>>,
    /// The order of the groups with waiting jobs; each once.
    turns: VecDeque<IpAddr>,
    count: usize,
}

impl JobQueues {
    fn push(&mut self, group: IpAddr, job: PoolJob) {
        let queue = self.queues.entry(group).or_default();
        if queue.is_empty() {
            self.turns.push_back(group);
        }
        queue.push_back(job);
        self.count += 1;
    }

    fn pop(&mut self) -> Option<PoolJob> {
        let group = self.turns.pop_front()?;
        let queue = self.queues.get_mut(&group)?;
        let job = queue.pop_front()?;
        if queue.is_empty() {
            self.queues.remove(&group);
        } else {
            self.turns.push_back(group);
        }
        self.count -= 1;
        Some(job)
    }
}

impl PoolState {
    fn is_busy(&self) -> bool {
        self.jobs.count > 0 || self.idle < self.threads
    }
}

impl std::fmt::Debug for PoolState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let PoolState { threads, idle, .. } = self;
        write!(f, "{threads} threads, {idle} idle")
    }
}

impl Pool {
    /// A pool of up to `most` threads. The first is started now, while threads are available.
    pub(super) fn start(most: usize) -> Pool {
        let pool = Pool {
            shared: Arc::default(),
            most,
        };
        pool.grow(&mut pool.shared.lock());
        pool
    }

    /// Queues a job; without any thread, runs it at once.
    pub(super) fn run(&self, group: IpAddr, job: PoolJob) {
        let mut state = self.shared.lock();
        if state.idle <= state.jobs.count {
            self.grow(&mut state);
        }
        if state.threads == 0 {
            drop(state);
            return job();
        }
        state.jobs.push(group, job);
        drop(state);
        self.shared.added.notify_one();
    }

    /// Waits until all jobs are done, at most for `timeout`.
    pub(super) fn finish(&self, timeout: Duration) {
        let state = self.shared.lock();
        let waited = self
            .shared
            .finished
            .wait_timeout_while(state, timeout, |state| state.is_busy());
        drop(waited);
    }

    /// Starts another thread, if the host allows it; otherwise the others do its work.
    fn grow(&self, state: &mut PoolState) {
        if state.threads >= self.most {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let builder = thread::Builder::new().name("answer".to_owned());
        if builder
            .stack_size(STACK)
            .spawn(move || shared.work())
            .is_ok()
        {
            state.threads += 1;
        }
    }
}

impl PoolShared {
    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.jobs.pop() {
                drop(state);
                job();
                state = self.lock();
            }
            state.idle += 1;
            if !state.is_busy() {
                self.finished.notify_all();
            }
            state = self
                .added
                .wait_while(state, |state| state.jobs.count == 0)
                .unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn all_jobs_are_done_by_any_number_of_threads_and_by_none() {
        for most in [0, 1, 3] {
            let pool = Pool::start(most);
            let (sender, receiver) = mpsc::channel();
            for number in 0..50 {
                let sender = sender.clone();
                let group = IpAddr::from([127, 0, 0, u8::try_from(number % 3).unwrap()]);
                pool.run(group, Box::new(move || sender.send(number).unwrap()));
            }
            let mut numbers: Vec<i32> = receiver.iter().take(50).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..50).collect::<Vec<_>>(), "{most}");
            drop(sender);
            pool.finish(Duration::from_secs(30));
        }
    }

    #[test]
    fn s7_a_client_with_many_requests_delays_only_itself() {
        let (flood, honest) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut queues = JobQueues::default();
        for group in std::iter::repeat_n(flood, 100).chain([honest, honest]) {
            let order = Arc::clone(&order);
            queues.push(group, Box::new(move || order.lock().unwrap().push(group)));
        }
        while let Some(job) = queues.pop() {
            job();
        }
        let order = order.lock().unwrap();
        assert_eq!(order.len(), 102);
        assert_eq!(order[..4], [flood, honest, flood, honest]);
        assert_eq!(queues.count, 0);
        assert!(queues.queues.is_empty() && queues.turns.is_empty());
    }
}
