//! Asks several hosts at once, each politely: one request at a time, so far apart, and not for ever.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use crate::error::{Error, FetchError, Result};
use crate::send::arxiv;
use crate::send::run::politeness::{Lanes, NextStep};

/// What a question led to, or what went wrong in words that a reader may see.
pub(super) type CrawlAnswer<T> = std::result::Result<T, String>;

/// What is known of the hosts that were asked, for all questions of a run.
pub(super) struct Politeness {
    shared: Mutex<PolitenessState>,
    news: Condvar,
    spacing: Duration,
    jobs: usize,
    begin: Instant,
    most: Duration,
}

struct PolitenessState {
    lanes: Lanes<usize>,
    /// How often a host gave no answer at all.
    silent: HashMap<String, usize>,
}

/// A host that gave no answer so often is not asked again: each time could cost 15 s.
const MOST_SILENT: usize = 2;
/// How long all questions together may take: many slow hosts could take hours.
const MOST_TIME: Duration = Duration::from_secs(15 * 60);

impl Politeness {
    pub(super) fn new(spacing: Duration, jobs: usize) -> Politeness {
        Politeness {
            shared: Mutex::new(PolitenessState {
                lanes: Lanes::new(),
                silent: HashMap::new(),
            }),
            news: Condvar::new(),
            spacing,
            jobs: jobs.max(1),
            begin: Instant::now(),
            most: MOST_TIME,
        }
    }

    /// Has `ask` ask each URL, and gives the answers in the same order. Nobody else asks meanwhile.
    pub(super) fn ask<T: Send>(
        &self,
        urls: &[Url],
        ask: &(dyn Fn(&Url) -> Result<T> + Sync),
    ) -> Vec<CrawlAnswer<T>> {
        let now = Instant::now();
        for (index, url) in urls.iter().enumerate() {
            let (lane, spacing) = self.lane(url);
            lock(&self.shared).lanes.add(lane, spacing, index, now);
        }
        let answers: Vec<Mutex<Option<CrawlAnswer<T>>>> =
            urls.iter().map(|_| Mutex::new(None)).collect();
        thread::scope(|scope| {
            let work = || self.work(urls, &answers, ask);
            let start = || thread::Builder::new().spawn_scoped(scope, work);
            // Where the host allows no further thread, those that run do the work, or this one.
            let wanted = self.jobs.min(urls.len());
            let started = (0..wanted).take_while(|_| start().is_ok()).count();
            if started == 0 {
                work();
            }
        });
        let answer = |answer: Mutex<Option<CrawlAnswer<T>>>| {
            let answer = answer.into_inner().unwrap_or_else(PoisonError::into_inner);
            answer.unwrap_or_else(|| Err("it was not asked".to_owned()))
        };
        answers.into_iter().map(answer).collect()
    }

    fn work<T>(
        &self,
        urls: &[Url],
        answers: &[Mutex<Option<CrawlAnswer<T>>>],
        ask: &(dyn Fn(&Url) -> Result<T> + Sync),
    ) {
        while let Some((lane, index)) = self.next() {
            if let (Some(url), Some(answer)) = (urls.get(index), answers.get(index)) {
                *lock(answer) = Some(self.ask_one(url, ask));
            }
            lock(&self.shared).lanes.end(lane, Instant::now());
            self.news.notify_all();
        }
    }

    fn next(&self) -> Option<(usize, usize)> {
        let mut shared = lock(&self.shared);
        loop {
            match shared.lanes.next(Instant::now()) {
                NextStep::Task { lane, task } => return Some((lane, task)),
                NextStep::Done => return None,
                NextStep::Wait(time) => {
                    let waited = self.news.wait_timeout(shared, time);
                    shared = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    fn ask_one<T>(&self, url: &Url, ask: &(dyn Fn(&Url) -> Result<T> + Sync)) -> CrawlAnswer<T> {
        if self.begin.elapsed() >= self.most {
            return Err("it was not asked, for others took too long".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        let silent = lock(&self.shared).silent.get(host).copied();
        if silent.unwrap_or_default() >= MOST_SILENT {
            return Err("its host has given no answer before".to_owned());
        }
        ask(url).map_err(|error| match error {
            Error::Fetch { fault, .. } => {
                if let FetchError::Timeout | FetchError::Connect(_) | FetchError::Resolve = fault {
                    *lock(&self.shared)
                        .silent
                        .entry(host.to_owned())
                        .or_default() += 1;
                }
                fault.to_string()
            }
            other => other.public(),
        })
    }

    /// Whose turn a URL has to wait for, and how far apart the turns are.
    fn lane<'url>(&self, url: &'url Url) -> (&'url str, Duration) {
        if arxiv::is_arxiv(url) {
            ("arxiv.org", arxiv::SPACING.min(3 * self.spacing))
        } else {
            (url.host_str().unwrap_or_default(), self.spacing)
        }
    }
}

/// A worker cannot panic, so nothing it holds is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_asked_one_at_a_time_and_apart_also_in_the_next_round() {
        let spacing = Duration::from_millis(20);
        let board = Politeness::new(spacing, 8);
        let urls: Vec<Url> = ["http://a.example/1", "http://a.example:81/2"]
            .iter()
            .map(|url| Url::parse(url).unwrap())
            .collect();
        let (begin, asking) = (Instant::now(), Mutex::new(()));
        for _ in 0..2 {
            let answers = board.ask(&urls, &|url| {
                let alone = asking.try_lock().expect("nobody else asks");
                thread::yield_now();
                drop(alone);
                Ok(url.clone())
            });
            let answers: Vec<Url> = answers.into_iter().map(|answer| answer.unwrap()).collect();
            assert_eq!(answers, urls);
        }
        assert!(begin.elapsed() >= 3 * spacing);
    }

    #[test]
    fn s7_a_host_that_gives_no_answer_is_not_asked_for_ever() {
        let board = Politeness::new(Duration::ZERO, 8);
        let urls = vec![Url::parse("http://a.example/").unwrap(); 50];
        let asked = Mutex::new(0);
        let answers = board.ask(&urls, &|url| -> Result<()> {
            *lock(&asked) += 1;
            Err(Error::Fetch {
                url: url.to_string(),
                fault: FetchError::Timeout,
            })
        });
        assert!(answers.iter().all(|answer| answer.is_err()));
        assert_eq!(*lock(&asked), MOST_SILENT);
    }

    #[test]
    fn s7_when_the_time_is_over_nobody_is_asked() {
        let board = Politeness {
            most: Duration::ZERO,
            ..Politeness::new(Duration::ZERO, 8)
        };
        let urls = vec![Url::parse("http://a.example/").unwrap(); 3];
        let answers = board.ask(&urls, &|_| -> Result<()> { panic!("asked") });
        assert!(answers.iter().all(|answer| answer.is_err()));
    }
}
