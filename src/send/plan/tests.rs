//! Which links are planned.

use jiff::Timestamp;

use super::*;
use crate::linkback::Protocol;
use crate::send::ledger::{AttemptResult, LedgerEvent, LinkbackKeys};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

fn entry(number: u32, links: &[&str]) -> Entry {
    let link = |text: &&str| EntryLink {
        url: url(text.trim_start_matches('-')),
        fragments: Vec::new(),
        follow: if text.starts_with('-') {
            Follow::No
        } else {
            Follow::Yes
        },
        around: String::new(),
    };
    Entry {
        links: links.iter().map(link).collect(),
        ..Entry::at(url(&format!("https://me.example/{number}")))
    }
}

fn options() -> SendOptions {
    SendOptions {
        include_own: false,
        nofollow: false,
        retry: false,
        retry_uncertain: false,
        resend: Vec::new(),
        skip: Vec::new(),
        site: Vec::new(),
        guess: GuessPolicy::Never,
        protocols: vec![Protocol::TrackBack],
        now: now(),
    }
}

fn planned(links: &[&str], ledger: &LedgerState, options: &SendOptions) -> (Vec<String>, LeftOut) {
    let mut plan = SendPlan::default();
    plan.add_entry(entry(1, links), ledger, options);
    let targets = plan.pings.iter().map(|ping| ping.target.to_string());
    (targets.collect(), plan.left_out)
}

fn result(state: AttemptResult, next: Option<Timestamp>) -> LedgerState {
    let mut ledger = LedgerState::default();
    ledger.add(LedgerEvent::Result {
        entry: "https://me.example/1".to_owned(),
        target: "https://b.example/".to_owned(),
        ping_url: None,
        attempt: None,
        state,
        answer: None,
        tries: 1,
        next,
        not_before: None,
        asked: None,
        keys: LinkbackKeys::default(),
        time: now(),
    });
    ledger
}

#[test]
fn own_links_and_those_nobody_stands_behind_are_left_out() {
    let links = [
        "https://me.example/1",
        "https://www.me.example/about",
        "-https://ad.example/",
        "https://b.example/",
    ];
    let (targets, left_out) = planned(&links, &LedgerState::default(), &options());
    assert_eq!(targets, ["https://b.example/"]);
    assert_eq!((left_out.own, left_out.nofollow), (2, 1));
    let all = SendOptions {
        include_own: true,
        nofollow: true,
        ..options()
    };
    // Never itself.
    assert_eq!(planned(&links, &LedgerState::default(), &all).0.len(), 3);
    let site = SendOptions {
        site: vec![url("https://blog.b.example/")],
        ..options()
    };
    assert!(planned(&links, &LedgerState::default(), &site).0.is_empty());
}

#[test]
fn links_to_one_paper_are_one() {
    let links = [
        "https://arxiv.org/pdf/1501.00001v2",
        "https://doi.org/10.48550/arXiv.1501.00001",
        "https://arxiv.org/abs/1501.00001",
        "https://arxiv.org/list/hep-th",
    ];
    let (targets, left_out) = planned(&links, &LedgerState::default(), &options());
    assert_eq!(
        targets,
        [
            "https://arxiv.org/abs/1501.00001",
            "https://arxiv.org/list/hep-th"
        ]
    );
    assert_eq!(left_out.double, 2);
}

#[test]
fn skip_names_beginnings_of_urls() {
    let skip = |patterns: &[&str]| SendOptions {
        skip: patterns.iter().map(|skip| (*skip).to_owned()).collect(),
        ..options()
    };
    let links = ["https://b.example/a", "https://c.example/b"];
    let left = |patterns: &[&str]| planned(&links, &LedgerState::default(), &skip(patterns)).0;
    assert_eq!(left(&["https://b.example/"]), ["https://c.example/b"]);
    assert_eq!(left(&["b.example", "c.example/x"]), ["https://c.example/b"]);
    assert_eq!(left(&["", " ", "example"]).len(), 2);
}

#[test]
fn what_the_ledger_says_is_not_done_again() {
    let link = ["https://b.example/"];
    let count =
        |ledger: &LedgerState, options: &SendOptions| planned(&link, ledger, options).0.len();
    let later = Some(now() + jiff::SignedDuration::from_secs(1));
    let retry = SendOptions {
        retry: true,
        ..options()
    };
    let resend = |what: &str| SendOptions {
        resend: vec![url(what)],
        ..options()
    };
    for (ledger, plain, again) in [
        (result(AttemptResult::Sent, None), 0, 0),
        (result(AttemptResult::Refused, None), 0, 0),
        (result(AttemptResult::Failed, later), 0, 1),
        (result(AttemptResult::Failed, None), 0, 1),
        (result(AttemptResult::Failed, Some(now())), 1, 1),
    ] {
        assert_eq!(count(&ledger, &options()), plain, "{ledger:?}");
        assert_eq!(count(&ledger, &retry), again, "{ledger:?}");
        assert_eq!(count(&ledger, &resend("https://me.example/1")), 1);
        assert_eq!(count(&ledger, &resend("https://b.example/")), 1);
        assert_eq!(count(&ledger, &resend("https://me.example/2")), plain);
    }
}

#[test]
fn an_uncertain_ping_is_sent_again_only_when_that_is_asked_for() {
    let mut ledger = LedgerState::default();
    ledger.add(LedgerEvent::Intent {
        entry: "https://me.example/1".to_owned(),
        target: "https://b.example/".to_owned(),
        ping_url: "https://b.example/tb".to_owned(),
        attempt: "a".to_owned(),
        over: Vec::new(),
        title: String::new(),
        keys: LinkbackKeys::default(),
        time: now(),
    });
    let link = ["https://b.example/", "https://c.example/"];
    let (targets, left_out) = planned(&link, &ledger, &options());
    assert_eq!((targets.len(), left_out.uncertain), (1, 1));
    let retry = SendOptions {
        retry: true,
        ..options()
    };
    assert_eq!(planned(&link, &ledger, &retry).1.uncertain, 1);
    let again = SendOptions {
        retry_uncertain: true,
        ..options()
    };
    assert_eq!(planned(&link, &ledger, &again).0.len(), 2);
}

#[test]
fn a_page_without_a_ping_url_is_left_alone_for_a_while() {
    let mut ledger = LedgerState::default();
    ledger.add(LedgerEvent::None {
        target: "https://b.example/".to_owned(),
        why: None,
        protocols: Vec::new(),
        time: now(),
    });
    let (targets, left_out) = planned(&["https://b.example/"], &ledger, &options());
    assert_eq!((targets.len(), left_out.none), (0, 1));
    let later = SendOptions {
        now: now() + jiff::SignedDuration::from_hours(30 * 24),
        ..options()
    };
    assert_eq!(planned(&["https://b.example/"], &ledger, &later).0.len(), 1);
}

#[test]
fn all_but_the_last_entries_can_be_adopted() {
    let mut plan = SendPlan::default();
    let day = |day: i8| format!("2026-11-0{day}T00:00:00Z").parse().ok();
    let none = None;
    for (number, published, updated) in [
        (1, day(1), day(9)),
        (2, day(3), none),
        (3, none, none),
        // Without a date of publication that of the last change counts.
        (4, none, day(2)),
        (5, none, none),
    ] {
        let links = ["https://b.example/", "https://c.example/"];
        let entry = Entry {
            published,
            updated,
            ..entry(number, &links)
        };
        plan.add_entry(entry, &LedgerState::default(), &options());
    }
    assert_eq!(plan.entries_due(), 5);
    let events = plan.adopt(2, &LedgerState::default(), now());
    let kept: Vec<_> = plan
        .pings
        .iter()
        .map(|ping| plan.entries[ping.entry].permalink.path())
        .collect();
    assert_eq!(kept, ["/2", "/2", "/4", "/4"]);
    assert_eq!(events.len(), 3);
    let mut ledger = LedgerState::default();
    events.into_iter().for_each(|event| ledger.add(event));
    let (targets, left_out) = planned(
        &["https://b.example/", "https://d.example/"],
        &ledger,
        &options(),
    );
    // A link that is new since then is sent.
    assert_eq!(targets, ["https://d.example/"]);
    assert_eq!(left_out.sent, 1);
}

#[test]
fn entries_with_nothing_to_ping_are_not_kept() {
    let mut plan = SendPlan::default();
    for number in 0..100 {
        plan.add_entry(
            entry(number, &["https://me.example/x"]),
            &LedgerState::default(),
            &options(),
        );
    }
    plan.add_entry(
        entry(1, &["https://b.example/"]),
        &LedgerState::default(),
        &options(),
    );
    plan.add_entry(
        entry(1, &["https://b.example/"]),
        &LedgerState::default(),
        &options(),
    );
    assert_eq!(
        (plan.entries.len(), plan.pings.len(), plan.left_out.double),
        (1, 1, 1)
    );
}

/// A ledger that has sent a Webmention of an entry with that content.
fn mentioned(digest: &str) -> LedgerState {
    let mut ledger = LedgerState::default();
    let [entry, target] =
        ["https://me.example/1", "https://b.example/"].map(|url| Url::parse(url).unwrap());
    let digest = Some(digest.to_owned());
    ledger.add(changes::told(&entry, &target, None, digest, now()));
    ledger
}

#[test]
fn a1_another_version_of_the_reader_is_no_change() {
    let options = SendOptions {
        protocols: Protocol::ALL.to_vec(),
        ..options()
    };
    let plan_for = |ledger: &LedgerState, digest: &str| {
        let mut plan = SendPlan::default();
        let digest = Some(digest.to_owned());
        let entry = Entry {
            digest,
            ..entry(1, &["https://b.example/"])
        };
        plan.add_entry(entry, ledger, &options);
        plan
    };
    for (before, now, is_change) in [
        ("aa", "2:aa", false),
        ("aa", "2:bb", false),
        ("1:aa", "2:bb", false),
        ("2:aa", "2:aa", false),
        ("2:aa", "2:bb", true),
        ("aa", "bb", true),
    ] {
        let mut ledger = mentioned(before);
        let mut plan = plan_for(&ledger, now);
        assert_eq!(plan.pings.len(), usize::from(is_change), "{before} {now}");
        let events = plan.record_reader(&ledger, &options);
        let is_noted = !is_change && before != now;
        assert_eq!(events.len(), usize::from(is_noted), "{before} {now}");
        // From then on its changes are seen again.
        for event in events {
            ledger.add(event);
        }
        if is_noted {
            assert_eq!(plan_for(&ledger, now).record_reader(&ledger, &options), []);
            assert_eq!(plan_for(&ledger, "2:cc").pings.len(), 1, "{before} {now}");
        }
    }
}

#[test]
fn a1_what_no_run_has_seen_is_old_if_it_has_no_date_or_one_before_the_last_run() {
    let mut ledger = LedgerState::default();
    ledger.add(LedgerEvent::Begin {
        protocols: Vec::new(),
        adopt: None,
        time: "2026-01-01T00:00:00Z".parse().unwrap(),
    });
    let is_old = |ledger: &LedgerState, published: Option<&str>| {
        let published = published.map(|time| time.parse().unwrap());
        let entry = Entry {
            published,
            ..entry(1, &["https://b.example/"])
        };
        let mut plan = SendPlan::default();
        plan.add_entry(entry, ledger, &options());
        plan.old(OldLink::is_unseen).0 == 1
    };
    let later = Some("2026-06-01T00:00:00Z");
    assert!(is_old(&ledger, None));
    assert!(!is_old(&ledger, later));
    ledger.add(LedgerEvent::Adopt {
        entry: "https://me.example/2".to_owned(),
        targets: vec!["https://b.example/".to_owned()],
        unread: false,
        time: "2026-11-19T00:00:00Z".parse().unwrap(),
    });
    assert!(is_old(&ledger, None) && is_old(&ledger, later));
    assert!(!is_old(&ledger, Some("2026-11-18T00:00:00Z")));
    // An old entry that is changed now does not become a new one.
    let changed = Entry {
        updated: "2026-11-20T00:00:00Z".parse().ok(),
        ..entry(1, &["https://b.example/"])
    };
    let mut plan = SendPlan::default();
    plan.add_entry(changed, &ledger, &options());
    assert_eq!(plan.old(OldLink::is_unseen).0, 1);
}
