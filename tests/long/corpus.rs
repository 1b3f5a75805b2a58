//! 6,220 pings of spam and 950 honest ones, over a month by the clock that the site is given, with the default
//! policy and limits; their pages are real ones on 127.0.0.0/8. What becomes of them is the table in
//! `docs/moderation.md`.
//!
//! Spam may come in the name of a page about which an honest ping comes, too: what counts then is what became of its
//! words. Those that are kept nowhere are counted as junk.

mod peer;
mod pings;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;
use tb::internals::admission::domains::{self, Approval};
use tb::internals::app::App;
use tb::internals::config::Config;
use tb::internals::fetch::Timeout;
use tb::internals::store::{Record, State, Store};
use tb::internals::verify::{self, Halt, VerifyContext, VerifyScope};
use tb::internals::web::{self, Method, Request, Response};
use tb::linkback::trackback::TbId;

use crate::support::folder;
use peer::Peer;
use pings::{Kind, Sent};

/// What became of the pings of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fate {
    published: usize,
    held: usize,
    junk: usize,
    refused: usize,
}

/// After so many pings the pages are looked at.
const BATCH: usize = 500;
/// The same while many ids are made up, so that honest ones are told from them in time.
const FLOOD_BATCH: usize = 50;

/// Hours after which a page that cannot be read is tried for the last time, and a little more.
const LAST_TRY: i64 = 40;

#[test]
fn no_spam_is_published_and_no_honest_ping_is_lost() {
    let fates = run();
    let table = table(&fates);
    println!("{table}");
    let sum = |kinds: &[(Kind, &str, usize)]| {
        let mut sum = Fate::default();
        for (kind, _, count) in kinds {
            let fate = fates[kind];
            assert_eq!(
                fate.published + fate.held + fate.junk + fate.refused,
                *count,
                "{kind:?}"
            );
            sum.published += fate.published;
            sum.held += fate.held;
            sum.junk += fate.junk;
            sum.refused += fate.refused;
        }
        sum
    };
    let (spam, honest) = (sum(&Kind::SPAM), sum(&Kind::HONEST));
    assert_eq!(spam.published, 0, "{table}");
    assert_eq!(honest.refused, 0, "{table}");
    // At most 0.5 % of them.
    let count: usize = Kind::HONEST.iter().map(|(_, _, count)| count).sum();
    assert!(honest.junk * 200 <= count, "{table}");
    // What is known and links is there without the owner's doing, whoever else pings in its name.
    for (kind, _, count) in Kind::HONEST.iter().filter(|(kind, _, _)| kind.is_known()) {
        let most_held = match kind {
            // The limit of new ids holds what comes in the flood, and refuses nothing.
            Kind::First => count / 2,
            _ => 0,
        };
        assert!(fates[kind].held <= most_held, "{kind:?}\n{table}");
    }
    let readme =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/moderation.md")).unwrap();
    assert!(
        readme.contains(&table),
        "docs/moderation.md shows another table than\n{table}"
    );
}

/// Sends all pings, has their pages looked at, and waits until the last page was tried for the last
/// time.
fn run() -> BTreeMap<Kind, Fate> {
    let peer = Peer::start(&pings::hosts());
    let url = pings::publish_site(&peer);
    let pings = pings::corpus(&peer, &url);
    let folder = folder();
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    let text = format!(
        "base_url = \"https://blog.example/cgi-bin/tb.cgi\"\nsite = [\"{url}\"]\ndata_dir = \"data\"\n\
         allow_private = true\n"
    );
    let file = folder.path().join("tb.toml");
    let config = Config::read(&file, text.as_bytes(), |_| None).unwrap();
    let store = Store::open(&data_dir).unwrap();
    for sent in pings
        .iter()
        .filter(|sent| sent.kind.is_approved_by_itself())
    {
        domains::approve(&store, &Approval::guess(&sent.url).unwrap()).unwrap();
    }
    // And the host of the short links that they write.
    for host in pings::shorteners() {
        domains::approve(&store, &Approval::guess(&host.to_string()).unwrap()).unwrap();
    }
    let begin: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let now = Cell::new(begin);
    let at = |second: i64| {
        begin
            .checked_add(jiff::SignedDuration::from_secs(second))
            .unwrap()
    };
    let look = || {
        let clock = || now.get();
        let work = VerifyContext {
            config: &config,
            store: &store,
            clock: &clock,
            halt: &Halt::default(),
        };
        verify::run(&work, VerifyScope::Due, &mut |_| Ok(())).unwrap();
    };
    let mut refused = Vec::new();
    for (count, sent) in pings.iter().enumerate() {
        now.set(at(sent.second));
        if let Some((host, path, page)) = &sent.publish {
            peer.put(*host, path, page.clone());
        }
        let response = web::handle(&App::new(&config), &request(sent, now.get()));
        if !is_accepted(&response) {
            refused.push((sent.kind, sent.url.as_str()));
        }
        let batch = match pings::is_in_flood(sent.second) {
            true => FLOOD_BATCH,
            false => BATCH,
        };
        if count % batch == batch - 1 {
            look();
        }
    }
    let last = pings.last().map_or(0, |sent| sent.second);
    for hour in 0..LAST_TRY {
        now.set(at(last + hour * 3_600));
        look();
    }
    let records = records(&store);
    assert_words(&pings, &records);
    let mut fates = BTreeMap::new();
    for sent in &pings {
        let fate: &mut Fate = fates.entry(sent.kind).or_default();
        if refused.contains(&(sent.kind, sent.url.as_str())) {
            fate.refused += 1;
            continue;
        }
        let record = records.get(&sent.url).expect("acknowledged and lost");
        if record.state == State::Junk && !sent.kind.is_spam() {
            println!("{:?}: {record:?}", sent.kind);
        }
        match record.state {
            _ if sent.kind.is_in_anothers_name() && !is_spam(record) => fate.junk += 1,
            State::Published => fate.published += 1,
            State::Held => fate.held += 1,
            State::Junk => fate.junk += 1,
        }
    }
    fates
}

/// Nothing that everybody sees has words of spam, and what is there of honest weblogs has the title that they sent
/// last.
fn assert_words(pings: &[Sent], records: &BTreeMap<String, Record>) {
    for record in records.values() {
        let is_seen = record.state == State::Published;
        assert!(!is_seen || !is_spam(record), "{record:?}");
    }
    let honest = pings.iter().filter(|sent| !sent.kind.is_spam());
    let last: BTreeMap<&str, &Sent> = honest.map(|sent| (sent.url.as_str(), sent)).collect();
    for (url, sent) in last {
        if let Some(record) = records.get(url) {
            assert_eq!(record.title, sent.title, "{:?} {record:?}", sent.kind);
        }
    }
}

/// Whether what a record says has words of spam.
fn is_spam(record: &Record) -> bool {
    let texts = [&record.title, &record.excerpt, &record.blog_name];
    let has = |word: &str| texts.iter().any(|text| text.contains(word));
    pings::SALES.iter().any(|word| has(word))
}

fn request(sent: &Sent, now: Timestamp) -> Request {
    Request {
        method: Method::Post,
        path: format!("/{}", sent.tb_id).into_bytes(),
        query: Vec::new(),
        content_type: Some(sent.content_type.as_bytes().to_vec()),
        content_encoding: None,
        accept: None,
        cookie: Vec::new(),
        if_none_match: None,
        body: Ok(sent.body.clone()),
        address: Some(sent.from),
        now,
        timeout: Timeout::Cgi,
    }
}

fn is_accepted(response: &Response) -> bool {
    String::from_utf8_lossy(&response.body).contains("<error>0</error>")
}

/// The ping of each permalink.
fn records(store: &Store) -> BTreeMap<String, Record> {
    let mut records = BTreeMap::new();
    for id in store.ids().unwrap() {
        let id: TbId = id;
        let pings = store.pings(&id).unwrap().unwrap();
        for record in pings
            .newest(tb::internals::store::Which::All, None, usize::MAX)
            .unwrap()
        {
            records.insert(record.url.clone(), record);
        }
    }
    records
}

/// The table as it stands in `docs/moderation.md`.
fn table(fates: &BTreeMap<Kind, Fate>) -> String {
    let mut lines = vec![
        "| | pings | published | held | junk | refused |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    let mut rows = |name: &str, kinds: &[(Kind, &str, usize)]| {
        let mut sum = Fate::default();
        let mut count = 0;
        for (kind, what, number) in kinds {
            let fate = fates[kind];
            lines.push(row(what, *number, fate));
            count += number;
            sum.published += fate.published;
            sum.held += fate.held;
            sum.junk += fate.junk;
            sum.refused += fate.refused;
        }
        lines.push(row(&format!("**{name}**"), count, sum));
    };
    rows("spam", &Kind::SPAM);
    rows("honest", &Kind::HONEST);
    lines.join("\n")
}

fn row(what: &str, count: usize, fate: Fate) -> String {
    format!(
        "| {what} | {count} | {} | {} | {} | {} |",
        fate.published, fate.held, fate.junk, fate.refused
    )
}
