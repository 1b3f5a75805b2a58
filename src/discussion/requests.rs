//! Sends requests to several hosts at once, one at a time to each host, with pauses and a limit of time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use crate::error::{Error, FetchError, Result};
use crate::fetch::politeness::{Lanes, SharedLanes, start_workers};
use crate::send::arxiv;

/// The result of a request, or what went wrong in words that a reader may see.
pub(super) type CrawlAnswer<T> = std::result::Result<T, String>;

/// The requests of a crawl.
pub(super) struct Requests {
    /// The lanes, and how often each host did not respond at all.
    shared: SharedLanes<usize, HashMap<String, usize>>,
    spacing: Duration,
    jobs: usize,
    begin: Instant,
    most: Duration,
}

/// After this many requests without a response a host gets no more: each could take 15 s.
const MAX_SILENT: usize = 2;
/// How long all requests together may take: many slow hosts could take hours.
const MAX_TIME: Duration = Duration::from_secs(15 * 60);

impl Requests {
    pub(super) fn new(spacing: Duration, jobs: usize) -> Requests {
        Requests {
            shared: SharedLanes::new(Lanes::new(), HashMap::new()),
            spacing,
            jobs: jobs.max(1),
            begin: Instant::now(),
            most: MAX_TIME,
        }
    }

    /// Calls `ask` for each URL, and returns the results in the same order. Not to be called by two threads at once.
    pub(super) fn ask<T: Send>(
        &self,
        urls: &[Url],
        ask: &(dyn Fn(&Url) -> Result<T> + Sync),
    ) -> Vec<CrawlAnswer<T>> {
        let now = Instant::now();
        for (index, url) in urls.iter().enumerate() {
            let (lane, spacing) = (arxiv::lane(url), arxiv::spacing(url, self.spacing));
            self.shared.lock().lanes.add(lane, spacing, index, now);
        }
        let answers: Vec<Mutex<Option<CrawlAnswer<T>>>> =
            urls.iter().map(|_| Mutex::new(None)).collect();
        let one = |_, index: usize| {
            if let (Some(url), Some(answer)) = (urls.get(index), answers.get(index)) {
                let asked = self.ask_one(url, ask);
                *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
            }
        };
        let work = || self.shared.work(|| false, one);
        thread::scope(|scope| start_workers(scope, self.jobs.min(urls.len()), work));
        let answer = |answer: Mutex<Option<CrawlAnswer<T>>>| {
            let answer = answer.into_inner().unwrap_or_else(PoisonError::into_inner);
            answer.unwrap_or_else(|| Err("it was not fetched".to_owned()))
        };
        answers.into_iter().map(answer).collect()
    }

    fn ask_one<T>(&self, url: &Url, ask: &(dyn Fn(&Url) -> Result<T> + Sync)) -> CrawlAnswer<T> {
        if self.begin.elapsed() >= self.most {
            return Err("it was not fetched: the time limit is reached".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        let silent = self.shared.lock().state.get(host).copied();
        if silent.unwrap_or_default() >= MAX_SILENT {
            return Err("its host did not respond before".to_owned());
        }
        ask(url).map_err(|error| match error {
            Error::Fetch { fault, .. } => {
                if let FetchError::Timeout | FetchError::Connect(_) | FetchError::Resolve = fault {
                    let silent = &mut self.shared.lock().state;
                    *silent.entry(host.to_owned()).or_default() += 1;
                }
                fault.to_string()
            }
            other => other.public(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_asked_one_at_a_time_and_apart_also_in_the_next_round() {
        let spacing = Duration::from_millis(20);
        let requests = Requests::new(spacing, 8);
        let urls: Vec<Url> = ["http://a.example/1", "http://a.example:81/2"]
            .iter()
            .map(|url| Url::parse(url).unwrap())
            .collect();
        let (begin, asking) = (Instant::now(), Mutex::new(()));
        for _ in 0..2 {
            let answers = requests.ask(&urls, &|url| {
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
        let requests = Requests::new(Duration::ZERO, 8);
        let urls = vec![Url::parse("http://a.example/").unwrap(); 50];
        let asked = Mutex::new(0);
        let answers = requests.ask(&urls, &|url| -> Result<()> {
            *asked.lock().unwrap() += 1;
            Err(Error::Fetch {
                url: url.to_string(),
                fault: FetchError::Timeout,
            })
        });
        assert!(answers.iter().all(|answer| answer.is_err()));
        assert_eq!(asked.into_inner().unwrap(), MAX_SILENT);
    }

    #[test]
    fn s7_when_the_time_is_over_nobody_is_asked() {
        let requests = Requests {
            most: Duration::ZERO,
            ..Requests::new(Duration::ZERO, 8)
        };
        let urls = vec![Url::parse("http://a.example/").unwrap(); 3];
        let answers = requests.ask(&urls, &|_| -> Result<()> { panic!("asked") });
        assert!(answers.iter().all(|answer| answer.is_err()));
    }
}
