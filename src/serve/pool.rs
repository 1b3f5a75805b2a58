//! Threads that answer requests: files are synced and passwords hashed there, and not on the threads that keep all
//! connections going. As many as the host allows; where it allows none, the caller does the work.
//!
//! Whoever asks for much waits for himself: each group of addresses has a line of its own, and the lines take turns.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Of a thread's stack, in bytes: address space counts where it is limited.
const STACK: usize = 1 << 20;

type Job = Box<dyn FnOnce() + Send>;

/// The threads; they end with the process.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<PoolShared>,
    most: usize,
}

#[derive(Debug, Default)]
struct PoolShared {
    state: Mutex<PoolState>,
    /// There is a job, or a thread has finished one.
    news: Condvar,
}

#[derive(Default)]
struct PoolState {
    jobs: JobQueues,
    threads: usize,
    idle: usize,
}

/// Jobs that wait, by who asked for them.
#[derive(Default)]
struct JobQueues {
    lines: HashMap<IpAddr, VecDeque<Job>>,
    /// Whose turn it is; each that has a line, once.
    turns: VecDeque<IpAddr>,
    count: usize,
}

impl JobQueues {
    fn push(&mut self, whose: IpAddr, job: Job) {
        let line = self.lines.entry(whose).or_default();
        if line.is_empty() {
            self.turns.push_back(whose);
        }
        line.push_back(job);
        self.count += 1;
    }

    fn pop(&mut self) -> Option<Job> {
        let whose = self.turns.pop_front()?;
        let line = self.lines.get_mut(&whose)?;
        let job = line.pop_front()?;
        if line.is_empty() {
            self.lines.remove(&whose);
        } else {
            self.turns.push_back(whose);
        }
        self.count -= 1;
        Some(job)
    }
}

impl std::fmt::Debug for PoolState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let PoolState { threads, idle, .. } = self;
        write!(f, "{threads} threads, {idle} idle")
    }
}

impl Pool {
    /// A pool of up to `most` threads; the first is started now, where there still are some to be had.
    pub(super) fn start(most: usize) -> Pool {
        let pool = Pool {
            shared: Arc::default(),
            most,
        };
        pool.grow(&mut pool.shared.lock());
        pool
    }

    /// Has a job done in its turn; before it returns where there is no thread.
    pub(super) fn run(&self, whose: IpAddr, job: Job) {
        let mut state = self.shared.lock();
        if state.idle <= state.jobs.count {
            self.grow(&mut state);
        }
        if state.threads == 0 {
            drop(state);
            return job();
        }
        state.jobs.push(whose, job);
        drop(state);
        self.shared.news.notify_one();
    }

    /// Waits until all is done, but not for long.
    pub(super) fn finish(&self, patience: Duration) {
        let is_busy = |state: &mut PoolState| state.jobs.count > 0 || state.idle < state.threads;
        let state = self.shared.lock();
        let waited = self
            .shared
            .news
            .wait_timeout_while(state, patience, is_busy);
        drop(waited);
    }

    /// Starts one more thread, if it is allowed. Its work is done by the others if not.
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
            self.news.notify_all();
            state = self
                .news
                .wait(state)
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
            let (tell, told) = mpsc::channel();
            for number in 0..50 {
                let tell = tell.clone();
                let whose = IpAddr::from([127, 0, 0, u8::try_from(number % 3).unwrap()]);
                pool.run(whose, Box::new(move || tell.send(number).unwrap()));
            }
            let mut numbers: Vec<i32> = told.iter().take(50).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..50).collect::<Vec<_>>(), "{most}");
            drop(tell);
            pool.finish(Duration::from_secs(30));
        }
    }

    #[test]
    fn s7_whoever_asks_for_much_waits_for_himself() {
        let (flood, honest) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut lines = JobQueues::default();
        for whose in std::iter::repeat_n(flood, 100).chain([honest, honest]) {
            let order = Arc::clone(&order);
            lines.push(whose, Box::new(move || order.lock().unwrap().push(whose)));
        }
        while let Some(job) = lines.pop() {
            job();
        }
        let order = order.lock().unwrap();
        assert_eq!(order.len(), 102);
        assert_eq!(order[..4], [flood, honest, flood, honest]);
        assert_eq!(lines.count, 0);
        assert!(lines.lines.is_empty() && lines.turns.is_empty());
    }
}
