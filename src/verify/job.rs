//! Pings whose pages are to be checked, and the choice of the next one.

use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;
use url::Url;

use crate::admission::proxies;
use crate::admission::publisher::Publisher;
use crate::config::Publish;
use crate::domain::registrable;
use crate::order;
use crate::store::Record;
use crate::urls::bare_host;
use crate::verify::inspect::{BrowserCheck, Inspection, Linked};
use crate::verify::mention::MentionText;
use crate::verify::mention_record;
use crate::verify::meter::RequestAccount;
use crate::verify::offer::Offer;
use crate::verify::queue::{PingKey, QueueItem};
use crate::verify::transition::{OfferStatus, PingBefore, PublisherCheck, TextOrigin, Transition};

/// How many pages are read at once.
const MAX_PARALLEL: usize = 4;

/// A ping whose page is to be checked.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) key: PingKey,
    pub(super) record: Record,
    /// What the queue says.
    pub(super) item: QueueItem,
    pub(super) source: Url,
    pub(super) domain: String,
    /// The permalink of the entry that was pinged, if known.
    pub(super) entry: Option<Url>,
    /// If it is not: the keys of the pages of which other ids are.
    pub(super) others: HashSet<String>,
    pub(super) browser_check: BrowserCheck,
    /// Texts that later pings offer for it.
    pub(super) offers: Vec<Offer>,
    pub(super) offer_status: OfferStatus,
    /// On whose account the requests are.
    pub(super) account: RequestAccount,
}

impl Job {
    /// The text that replaces that of a webmention, if it differs.
    pub(super) fn changed_text<'seen>(&self, linked: &'seen Linked) -> Option<&'seen MentionText> {
        let text = linked.mention.as_ref();
        text.filter(|text| mention_record::has_other_text(&self.record, text))
    }

    /// The effect of a result on the ping.
    pub(super) fn transition(
        &self,
        seen: &Inspection,
        publish: Publish,
        known: &PublisherCheck,
        now: Timestamp,
    ) -> Transition {
        let before = self.before();
        let transition = before.transition(seen, publish, known, now);
        let Inspection::Linked(linked) = seen else {
            return transition;
        };
        let transition = match linked.is_to_entry {
            true => transition.of_entry(),
            false => transition,
        };
        let is_changed = self.changed_text(linked).is_some();
        let transition = match is_changed && before.text_origin == TextOrigin::Page {
            true => transition.of_other_text(before, linked, publish, known),
            false => transition,
        };
        transition.of_other_hosts(before, publish, &self.other_hosts(known))
    }

    /// The hosts that are not approved, but for the publisher of the ping itself: the owner may have taken back an approval.
    fn other_hosts(&self, known: &PublisherCheck) -> Vec<String> {
        let PublisherCheck::Unapproved(hosts) = known else {
            return Vec::new();
        };
        let publisher = Publisher::of(&self.source);
        let author = proxies::noted_author(&self.record);
        // A page on a proxy that names no author is noted under its host. Under the host of many, others are.
        let is_of_host = publisher.as_ref().is_none_or(Publisher::is_host) || author == Some("");
        let host = is_of_host.then(|| bare_host(&self.source));
        let own = publisher.map_or_else(|| registrable(&self.source), |who| who.to_string());
        let own = [Some(own.as_str()), host, author];
        let hosts = hosts
            .iter()
            .filter(|host| !own.contains(&Some(host.as_str())));
        hosts.cloned().collect()
    }

    /// The ping as it was when it was loaded.
    pub(super) fn before(&self) -> PingBefore {
        PingBefore {
            item: self.item,
            offer_status: self.offer_status,
            ..PingBefore::of(&self.record)
        }
    }
}

/// Puts the pages of approved publishers first.
pub(super) fn sort(waiting: &mut VecDeque<Job>) {
    order::sort_by_key(waiting.make_contiguous(), |job| job.account.is_strangers);
}

/// Removes and returns the next job whose domain is not busy; `None` while [`MAX_PARALLEL`] jobs run. Domains that can be
/// asked without waiting go first. A job whose earlier check never finished may crash the program, so it runs last and
/// alone.
pub(super) fn next(
    waiting: &mut VecDeque<Job>,
    busy: &HashSet<String>,
    must_wait: impl Fn(&str) -> bool,
) -> Option<Job> {
    if busy.len() >= MAX_PARALLEL {
        return None;
    }
    let harmless = |job: &Job| !job.item.begun && !busy.contains(&job.domain);
    let ready = |job: &Job| harmless(job) && !must_wait(&job.domain);
    let at = waiting.iter().position(ready);
    let at = match at.or_else(|| waiting.iter().position(harmless)) {
        None if busy.is_empty() => waiting.iter().position(|job| job.item.begun),
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

    fn job(number: u64, domain: &str) -> Job {
        let record = json!({"id": number, "time": "2026-11-20T05:00:00Z", "url": "https://a.example/",
            "title": "t", "state": "held"});
        Job {
            key: (TbId::new(b"entry").unwrap(), number),
            record: serde_json::from_value(record).unwrap(),
            item: QueueItem::new(Timestamp::UNIX_EPOCH),
            source: Url::parse("https://a.example/").unwrap(),
            domain: domain.to_owned(),
            entry: None,
            others: HashSet::new(),
            browser_check: BrowserCheck::Skip,
            offers: Vec::new(),
            offer_status: OfferStatus::None,
            account: RequestAccount::default(),
        }
    }

    #[test]
    fn only_hosts_that_are_not_the_pages_own_hold_what_was_published() {
        let ping = |source: &str| Job {
            source: Url::parse(source).unwrap(),
            ..job(1, "example")
        };
        let proxy = "https://x.proxy.example/post/1";
        for (source, hosts, expected) in [
            (proxy, &["x.proxy.example"][..], &[][..]),
            (
                proxy,
                &["y.proxy.example", "b.example/"],
                &["y.proxy.example", "b.example/"],
            ),
            ("https://www.a.example/1", &["a.example/"], &[]),
            // A page of nobody on a host of many.
            (
                "https://medium.com/@ann/x",
                &["medium.com"],
                &["medium.com"],
            ),
            ("https://medium.com/p/123", &["medium.com"], &[]),
            (
                "https://a.example/1",
                &["a.example/", "b.example/"],
                &["b.example/"],
            ),
        ] {
            let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
            let others = ping(source).other_hosts(&PublisherCheck::Unapproved(hosts));
            assert_eq!(others, expected, "{source}");
        }
    }

    #[test]
    fn no_domain_is_asked_twice_at_once_and_none_keeps_the_others_waiting() {
        let domains = ["a", "a", "b", "a", "c", "d", "e"];
        let mut waiting: VecDeque<Job> = (1..).zip(domains).map(|(n, d)| job(n, d)).collect();
        let mut busy = HashSet::new();
        let mut begun = Vec::new();
        while let Some(job) = next(&mut waiting, &busy, |_| false) {
            begun.push(job.key.1);
            busy.insert(job.domain);
        }
        assert_eq!(begun, [1, 3, 5, 6], "four at once");
        busy.remove("a");
        assert_eq!(next(&mut waiting, &busy, |_| false).unwrap().key.1, 2);
        busy.insert("a".to_owned());
        busy.remove("b");
        assert_eq!(next(&mut waiting, &busy, |_| false).unwrap().key.1, 7);
    }

    #[test]
    fn pages_of_approved_publishers_are_asked_first() {
        let mut waiting: VecDeque<Job> =
            (1..).zip(["a", "b", "c"]).map(|(n, d)| job(n, d)).collect();
        waiting[0].account.is_strangers = true;
        waiting[1].account.is_strangers = true;
        sort(&mut waiting);
        let order: Vec<u64> = waiting.iter().map(|job| job.key.1).collect();
        assert_eq!(order, [3, 1, 2]);
    }

    #[test]
    fn a_domain_that_was_just_asked_comes_after_the_others() {
        let mut waiting: VecDeque<Job> =
            (1..).zip(["a", "b", "c"]).map(|(n, d)| job(n, d)).collect();
        let mut begun = Vec::new();
        while let Some(job) = next(&mut waiting, &HashSet::new(), |domain| domain != "c") {
            begun.push(job.key.1);
        }
        assert_eq!(begun, [3, 1, 2]);
    }

    #[test]
    fn what_may_have_ended_a_worker_is_looked_at_last_and_alone() {
        let mut waiting: VecDeque<Job> =
            (1..).zip(["a", "b", "c"]).map(|(n, d)| job(n, d)).collect();
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
