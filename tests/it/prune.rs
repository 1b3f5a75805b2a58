//! `tb prune` throws away what nobody needs, and nothing else.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::owner_session::{LONG_AGO, days_ago, own, ping, put, states};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;
use crate::support::{give_to_owner, write};

/// The names that a word was printed of.
fn names<'a>(printed: &'a str, word: &str) -> Vec<&'a str> {
    let fields = printed
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let named = fields.filter(|fields| fields[0] == word);
    named.map(|fields| fields[1]).collect()
}

#[test]
fn prune_says_what_it_would_do_and_does_what_it_said() {
    let site = Site::new();
    put(
        &site,
        "entry",
        &[
            ping(1, &days_ago(8), "junk", "score"),
            ping(2, &days_ago(6), "junk", "score"),
            ping(3, &days_ago(90), "held", "unknown-domain"),
            ping(4, &days_ago(90), "held", "owner"),
            ping(5, &days_ago(10), "held", "unverified"),
            ping(6, LONG_AGO, "published", "verified"),
        ],
    );
    let limits = ["--junk-older-than", "7d", "--held-older-than", "30d"];
    let prune = |more: &[&str]| {
        let words: Vec<&str> = ["prune"]
            .iter()
            .chain(&limits)
            .chain(more)
            .copied()
            .collect();
        site.tb(&words)
    };
    let before = site.snapshot();
    assert_eq!(
        prune(&["--dry-run"]),
        "junked\tentry\t1\npurged\tentry\t1\n"
    );
    assert_eq!(site.snapshot(), before);
    let said = prune(&[]);
    assert!(
        said.starts_with("junked\tentry\t1\npurged\tentry\t1\ncompacted\tentry\t"),
        "{said}"
    );
    let word = |number, state: &str| (number, state.to_owned());
    assert_eq!(
        states(&site, "entry"),
        [
            word(2, "junk score"),
            word(3, "junk owner: it waited too long"),
            word(4, "held owner"),
            word(5, "held unverified"),
            word(6, "published verified"),
        ]
    );
    assert_eq!(prune(&[]), "", "there is nothing left to do");
    assert!(own(&site, ".log").contains("\"event\":\"pruned\""));
}

#[test]
fn every_file_is_compacted_and_says_the_same_afterwards() {
    let site = Site::new();
    let mut lines: Vec<Value> = (1..=20)
        .map(|n| ping(n, LONG_AGO, "published", "verified"))
        .collect();
    lines.push(json!({ "op": "state", "id": 3, "time": LONG_AGO, "to": "held", "why": "owner" }));
    lines.push(
        json!({ "op": "state", "id": 3, "time": LONG_AGO, "to": "published", "why": "owner" }),
    );
    lines.push(json!({ "op": "delete", "id": 4, "time": LONG_AGO }));
    lines.push(json!({ "op": "likes", "id": 4, "of": "a newer version" }));
    put(&site, "entry", &lines);
    let before = (states(&site, "entry"), site.tb(&["stats", "--json"]));
    let path = site.data_dir().join("entry.jsonl");
    let length = fs::metadata(&path).unwrap().len();
    let said = site.tb(&["prune", "--json"]);
    let action: Value = serde_json::from_str(said.trim()).expect("one deed");
    let freed = length - fs::metadata(&path).unwrap().len();
    assert_eq!(
        action,
        json!({ "did": "compacted", "name": "entry", "count": freed, "dry_run": false })
    );
    assert_eq!(
        (states(&site, "entry"), site.tb(&["stats", "--json"])),
        before
    );
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("a newer version") && text.contains("\"hash\":"),
        "{text}"
    );
    // Who was deleted stays out.
    let back = site.cgi(&Request::ping("entry", "http://www.weblog4.example/4"));
    assert!(back.text().contains("<error>1</error>"), "{back}");
    assert_eq!(site.tb(&["prune"]), "");
}

#[test]
fn indexes_of_nothing_and_half_made_files_go_and_a_right_index_stays() {
    let site = Site::new();
    let many: Vec<Value> = (1..=600)
        .map(|n| ping(n, LONG_AGO, "published", "verified"))
        .collect();
    put(&site, "many", &many);
    put(&site, "few", &many[..3]);
    assert_accepted(&site.cgi(&Request::ping("many", "http://weblog.example/1")));
    assert!(site.data_dir().join(".many.idx").exists());
    let stale = [
        "..many.thread.tmp",
        ".few.idx",
        ".few.jsonl.tmp",
        ".gone.idx",
        ".gone.idx.tmp",
        ".gone.thread",
    ];
    let kept = [
        ".bans",
        ".mine.txt",
        "notes.txt",
        ".few.thread",
        ".many.idx",
        "many.jsonl",
        "few.jsonl",
    ];
    for name in stale.iter().chain(&kept[..4]) {
        write(&site.data_dir().join(name), "x");
    }
    std::os::unix::fs::symlink("/etc/passwd", site.data_dir().join(".planted.idx")).unwrap();
    let said = site.tb(&["prune"]);
    assert_eq!(names(&said, "removed-stale"), stale);
    assert!(kept.iter().all(|name| site.data_dir().join(name).exists()));
    // An index that is about another file.
    fs::copy(
        site.data_dir().join(".many.idx"),
        site.data_dir().join(".other.idx"),
    )
    .unwrap();
    give_to_owner(&site.data_dir().join(".other.idx"));
    put(&site, "other", &many);
    let said = site.tb(&["prune"]);
    assert!(said.contains("removed-stale\t.other.idx\t1\n"), "{said}");
}

#[test]
fn s2_only_feeds_of_ours_whose_ids_are_gone_are_removed() {
    let mut site = Site::new();
    site.set("static", "[\"rss\", \"atom\", \"json\", \"jf2\", \"html\"]");
    for id in ["gone", "stays", "known"] {
        assert_accepted(&site.cgi(&Request::ping(id, "http://weblog.example/1")));
    }
    let feed = |name: &str| site.rss_dir().join(name);
    for name in ["index.xml", "feed.json", "page.html"] {
        write(
            &feed(name),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss><title>The weblog's own</title></rss>",
        );
    }
    for id in ["gone", "known"] {
        fs::remove_file(site.data_dir().join(format!("{id}.jsonl"))).unwrap();
    }
    let entries = "known\t{\"url\":\"http://127.0.0.1/known\"}\n";
    write(&site.data_dir().join(".entries"), entries);
    let before = site.snapshot();
    let would = site.tb(&["prune", "--dry-run"]);
    assert_eq!(site.snapshot(), before);
    let said = site.tb(&["prune"]);
    assert_eq!(said, would);
    assert_eq!(
        names(&said, "removed-feed"),
        [
            "gone.atom",
            "gone.html",
            "gone.jf2.json",
            "gone.json",
            "gone.xml"
        ]
    );
    for id in ["stays", "known"] {
        for end in ["xml", "atom", "json", "jf2.json", "html"] {
            assert!(feed(&format!("{id}.{end}")).exists(), "{id}.{end}");
        }
    }
    assert!(feed("index.xml").exists() && feed("feed.json").exists() && feed("page.html").exists());
    // A folder without any pings is rather the wrong folder.
    fs::remove_file(site.data_dir().join("stays.jsonl")).unwrap();
    assert_eq!(site.tb(&["prune"]), "");
    assert!(feed("stays.xml").exists());
}

#[test]
fn logs_go_when_they_are_older_than_asked() {
    let site = Site::new();
    put(
        &site,
        "entry",
        &[ping(1, LONG_AGO, "published", "verified")],
    );
    for (name, days) in [
        (".log", 300),
        (".log.1", 40),
        (".quarantine", 20),
        (".quarantine.1", 200),
    ] {
        let path = site.data_dir().join(name);
        write(&path, "{}\n");
        let file = fs::File::options().write(true).open(&path).unwrap();
        let time = SystemTime::now() - Duration::from_secs(days * 24 * 3_600);
        file.set_modified(time).unwrap();
    }
    assert_eq!(site.tb(&["prune", "--dry-run"]), "");
    assert_eq!(
        site.tb(&["prune", "--dry-run", "--logs", "100d"]),
        "removed-log\t.quarantine.1\t1\n"
    );
    let said = site.tb(&["prune", "--logs"]);
    assert_eq!(
        said,
        "removed-log\t.log.1\t1\nremoved-log\t.quarantine.1\t1\n"
    );
    assert!(site.data_dir().join(".log").exists() && site.data_dir().join(".quarantine").exists());
    let told = site.tb_fails(2, &["prune", "--junk-older-than", "0d"]);
    assert!(told.contains("30d"), "{told}");
}

#[test]
fn what_cannot_be_pruned_is_told_and_keeps_nothing_else_from_it() {
    let site = Site::new();
    put(&site, "entry", &[ping(1, LONG_AGO, "junk", "score")]);
    put(&site, "zoo", &[ping(1, LONG_AGO, "junk", "score")]);
    std::os::unix::fs::symlink("/etc/passwd", site.data_dir().join("planted.jsonl")).unwrap();
    let told = site.tb_fails(1, &["prune"]);
    assert!(
        told.contains("planted.jsonl") && !told.contains("root:"),
        "{told}"
    );
    for id in ["entry", "zoo"] {
        assert_eq!(states(&site, id), []);
    }
}

#[test]
fn s10_no_ping_that_comes_meanwhile_is_lost() {
    let site = Site::new();
    std::thread::scope(|scope| {
        let prunes = scope.spawn(|| {
            for _ in 0..12 {
                site.tb(&["prune", "--junk-older-than", "1s"]);
            }
        });
        for number in 0..24 {
            let page = format!("http://weblog.example/{number}");
            assert_accepted(&site.cgi(&Request::ping("entry", &page)));
            // Each decision makes a line say nothing any more.
            let number = (number + 1).to_string();
            site.tb(&["hold", "entry", &number]);
            site.tb(&["approve", "entry", &number]);
        }
        prunes.join().unwrap();
    });
    let left = states(&site, "entry");
    assert_eq!(left.len(), 24);
    assert!(
        left.iter().all(|(_, state)| state == "published owner"),
        "{left:?}"
    );
}
