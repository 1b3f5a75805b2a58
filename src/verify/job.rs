//! A ping whose page is to be checked, and which of them is the next.

use std::collections::{HashSet, VecDeque};

use url::Url;

use crate::store::Record;
use crate::verify::inspect::SecondLook;
use crate::verify::offer::Offer;
use crate::verify::queue::{Key, QueueItem};
use crate::verify::transition::{PingBefore, Texts};

/// How many pages are read at once.
const AT_ONCE: usize = 4;

/// A ping whose page is to be checked.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) key: Key,
    pub(super) record: Record,
    /// What the queue says.
    pub(super) item: QueueItem,
    pub(super) source: Url,
    pub(super) domain: String,
    /// The permalink of the entry that was pinged, where it was learnt.
    pub(super) entry: Option<Url>,
    pub(super) second: SecondLook,
    /// The texts that later pings offer for it.
    pub(super) offers: Vec<Offer>,
    pub(super) texts: Texts,
}

impl Job {
    /// The ping as it was.
    pub(super) fn before(&self) -> PingBefore {
        PingBefore {
            state: self.record.state,
            reason: self.record.reason(),
            item: self.item,
            texts: self.texts,
        }
    }
}

/// The next ping whose domain is not being asked, while there is room: one that need not be waited for, if there is
/// any. One of which a check has begun and not ended comes when nothing else is left, and alone: what may end this program
/// ends nothing else with it.
pub(super) fn next(
    waiting: &mut VecDeque<Job>,
    busy: &HashSet<String>,
    rests: impl Fn(&str) -> bool,
) -> Option<Job> {
    if busy.len() >= AT_ONCE {
        return None;
    }
    let harmless = |case: &Job| !case.item.begun && !busy.contains(&case.domain);
    let ready = |case: &Job| harmless(case) && !rests(&case.domain);
    let at = waiting.iter().position(ready);
    let at = match at.or_else(|| waiting.iter().position(harmless)) {
        None if busy.is_empty() => waiting.iter().position(|case| case.item.begun),
        at => at,
    };
    waiting.remove(at?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use jiff::Timestamp;

    use super::*;
    use crate::linkback::trackback::TbId;

    fn case(number: u64, domain: &str) -> Job {
        let record = json!({"id": number, "time": "2026-11-20T05:00:00Z", "url": "https://a.example/",
            "title": "t", "state": "held"});
        Job {
            key: (TbId::new(b"entry").unwrap(), number),
            record: serde_json::from_value(record).unwrap(),
            item: QueueItem::new(Timestamp::UNIX_EPOCH),
            source: Url::parse("https://a.example/").unwrap(),
            domain: domain.to_owned(),
            entry: None,
            second: SecondLook::None,
            offers: Vec::new(),
            texts: Texts::One,
        }
    }

    #[test]
    fn no_domain_is_asked_twice_at_once_and_none_keeps_the_others_waiting() {
        let domains = ["a", "a", "b", "a", "c", "d", "e"];
        let mut waiting: VecDeque<Job> = (1..).zip(domains).map(|(n, d)| case(n, d)).collect();
        let mut busy = HashSet::new();
        let mut begun = Vec::new();
        while let Some(case) = next(&mut waiting, &busy, |_| false) {
            begun.push(case.key.1);
            busy.insert(case.domain);
        }
        assert_eq!(begun, [1, 3, 5, 6], "four at once");
        busy.remove("a");
        assert_eq!(next(&mut waiting, &busy, |_| false).unwrap().key.1, 2);
        busy.insert("a".to_owned());
        busy.remove("b");
        assert_eq!(next(&mut waiting, &busy, |_| false).unwrap().key.1, 7);
    }

    #[test]
    fn a_domain_that_was_just_asked_comes_after_the_others() {
        let mut waiting: VecDeque<Job> = (1..)
            .zip(["a", "b", "c"])
            .map(|(n, d)| case(n, d))
            .collect();
        let mut begun = Vec::new();
        while let Some(case) = next(&mut waiting, &HashSet::new(), |domain| domain != "c") {
            begun.push(case.key.1);
        }
        assert_eq!(begun, [3, 1, 2]);
    }

    #[test]
    fn what_may_have_ended_a_worker_is_looked_at_last_and_alone() {
        let mut waiting: VecDeque<Job> = (1..)
            .zip(["a", "b", "c"])
            .map(|(n, d)| case(n, d))
            .collect();
        waiting[0].item.begun = true;
        waiting[2].item.begun = true;
        let mut busy = HashSet::new();
        let second = next(&mut waiting, &busy, |_| false).unwrap();
        assert_eq!(second.key.1, 2);
        busy.insert(second.domain);
        assert!(next(&mut waiting, &busy, |_| false).is_none());
        busy.clear();
        assert_eq!(next(&mut waiting, &busy, |_| false).unwrap().key.1, 1);
    }
}
