//! Many at once on one store, on a real disk with real syncing: senders, an owner who decides, and
//! readers of all that can be read.
//!
//! 64 senders with 24 pings each, half of them to one id and half to 50 others, under Apache with the
//! event MPM (a process for each request), through `tb serve`, and through both on one `data_dir`;
//! with `TB_LONG=1` each sends 200. The ordinary counts are such that all three end within a minute on
//! two processors. The temporary folder must not be a tmpfs, or syncing costs nothing.

mod readers;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use tb::internals::store::{State, Store, Which};
use tb::linkback::trackback::TbId;

use crate::support::http;
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::server::{Kind, Server};
use crate::support::site::{BASE, PASSWORD, Serving, Site};
use crate::support::visitor::Visitor;
use crate::support::xml::assert_accepted;

/// How many send at the same time.
const SENDERS: usize = 64;
/// How many ids there are besides the one that half of all pings go to.
const IDS: usize = 50;
/// The id that half of all pings go to.
const ONE: &str = "one";
/// An id with few pings, whose states change so often that its file is compacted.
const WORN: &str = "worn";
/// The pings that are there before: the feeds always have as many to show.
const BEFORE: usize = 20;

#[test]
fn no_ping_is_lost_or_torn_by_many_processes_under_apache() {
    let mut site = site();
    let server = Server::start(Kind::ApacheEvent, &mut site);
    crowd(&site, server.port, &[server.port]);
}

#[test]
fn no_ping_is_lost_or_torn_by_many_connections_to_serve() {
    let mut site = site();
    let serving = site.serve();
    crowd(&site, serving.port, &[serving.port]);
}

#[test]
fn no_ping_is_lost_or_torn_by_apache_and_serve_on_one_store() {
    let mut site = site();
    let mut command = site.command();
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    let serving = Serving::start(command).expect("`tb serve`");
    let server = Server::start(Kind::ApacheEvent, &mut site);
    crowd(&site, server.port, &[server.port, serving.port]);
}

/// A site whose two ids that are read have pings.
fn site() -> Site {
    let mut site = Site::shipped();
    site.set_password();
    for id in [ONE, WORN] {
        for number in 1..=BEFORE {
            let url = format!("http://before.example/{number}");
            assert_accepted(&site.cgi(&Request::ping(id, &url)));
        }
    }
    site
}

/// Lets everybody at the site, which is reached at `ports`; the owner comes in at `front`.
fn crowd(site: &Site, front: u16, ports: &[u16]) {
    let each = if std::env::var_os("TB_LONG").is_some() {
        200
    } else {
        24
    };
    let over = AtomicBool::new(false);
    let sent: Mutex<BTreeMap<String, Vec<String>>> = Mutex::default();
    let decided = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        let readers = [
            scope.spawn(|| readers::feed_is_always_whole(&site.rss_dir().join("one.xml"), &over)),
            scope.spawn(|| readers::feed_is_always_whole(&site.rss_dir().join("worn.xml"), &over)),
            scope.spawn(|| {
                readers::lines_are_always_whole(&site.data_dir(), ONE, &over);
            }),
            scope.spawn(|| {
                let files = readers::lines_are_always_whole(&site.data_dir(), WORN, &over);
                println!("{files} files");
                assert!(files > 1, "no compaction was seen");
            }),
            scope.spawn(|| readers::pages_are_always_whole(front, [ONE, WORN], &over)),
        ];
        let owner = scope.spawn(|| decide(site, front, &decided, &over));
        let worn = [0; 3].map(|_| scope.spawn(|| wear_out(site, &over)));
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (sent, port) = (&sent, ports[sender % ports.len()]);
                scope.spawn(move || {
                    for turn in 0..each {
                        let id = match turn % 2 {
                            0 => ONE.to_owned(),
                            _ => format!("many_{}", (sender * each + turn) / 2 % IDS),
                        };
                        let url = format!("http://weblog.example/{sender}/{turn}");
                        assert_accepted(&http::send(port, BASE, &Request::ping(&id, &url)));
                        sent.lock().unwrap().entry(id).or_default().push(url);
                    }
                })
            })
            .collect();
        let sent: Vec<_> = senders.into_iter().map(|sender| sender.join()).collect();
        over.store(true, Ordering::SeqCst);
        for done in sent
            .into_iter()
            .chain([owner.join()])
            .chain(worn.map(|owner| owner.join()))
            .chain(readers.map(|reader| reader.join()))
        {
            done.unwrap();
        }
    });
    let sent = sent.into_inner().unwrap();
    assert_eq!(sent.len(), IDS + 1);
    for (id, urls) in &sent {
        inspect(site, id, urls, &decided.lock().unwrap());
    }
    inspect_log(site, SENDERS * each + 2 * BEFORE);
}

/// The owner changes the states of the newest pings of the worn id, in a shell.
fn wear_out(site: &Site, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) {
        for word in ["junk", "hold", "publish"] {
            site.tb(&[word, WORN, "16", "17", "18", "19", "20"]);
        }
    }
}

/// The owner deletes and holds pings of the busy id, on its page.
fn decide(
    site: &Site,
    port: u16,
    decided: &Mutex<BTreeMap<u64, Option<State>>>,
    over: &AtomicBool,
) {
    let mut owner = Visitor::new(port, BASE);
    owner.log_in(PASSWORD).expect(303);
    let page = owner.get(&format!("__mode=list&tb_id={ONE}")).expect(200);
    let form = owner.form(&page, "state");
    let token = form.value("token").expect("a token").to_owned();
    let mut ask = |mode: &str, id: &str, number: u64, to: &str| {
        let fields = [
            ("__mode", mode),
            ("tb_id", id),
            ("id", &number.to_string()),
            ("to", to),
            ("token", &token),
        ];
        owner.send(&Request::post(&fields)).expect(303);
    };
    let mut number = BEFORE as u64 + 1;
    while !over.load(Ordering::SeqCst) {
        let there = pings(site, ONE).count(Which::All).unwrap() + decided.lock().unwrap().len()
            >= number as usize;
        if !there {
            continue;
        }
        let state = match number % 3 {
            0 => None,
            1 => Some(State::Held),
            _ => Some(State::Junk),
        };
        match state {
            None => ask("delete", ONE, number, ""),
            Some(state) => ask("state", ONE, number, state.name()),
        }
        decided.lock().unwrap().insert(number, state);
        number += 1;
    }
}

/// Every ping that was acknowledged is there once, under a number of its own, in the state that the
/// owner gave it, and the feed shows the newest.
fn inspect(site: &Site, id: &str, urls: &[String], decided: &BTreeMap<u64, Option<State>>) {
    let none = BTreeMap::new();
    let (decided, before) = if id == ONE {
        (decided, BEFORE)
    } else {
        (&none, 0)
    };
    let pings = pings(site, id);
    let deleted = decided.values().filter(|state| state.is_none()).count();
    let total = urls.len() + before;
    assert_eq!(pings.count(Which::All).unwrap(), total - deleted, "{id}");
    let text = fs::read_to_string(site.data_dir().join(format!("{id}.jsonl"))).unwrap();
    let mut given = BTreeMap::new();
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a whole line");
        if line["op"] == "ping" {
            let number = line["id"].as_u64().expect("a number");
            let url = line["url"].as_str().expect("a permalink").to_owned();
            assert_eq!(
                given.insert(number, url),
                None,
                "{id}: {number} was given twice"
            );
        }
    }
    assert!(
        given.keys().copied().eq(1..=total as u64),
        "{id}: a number is missing"
    );
    for url in urls {
        assert!(
            given.values().any(|kept| kept == url),
            "{id}: {url} is lost"
        );
    }
    for (number, state) in decided {
        let record = pings.get(*number).unwrap();
        assert_eq!(record.map(|record| record.state), *state, "{id}: {number}");
    }
    let feed = fs::read(site.rss_dir().join(format!("{id}.xml"))).unwrap();
    let newest = pings.newest(Which::Published, None, 15).unwrap();
    let newest: Vec<String> = newest.into_iter().map(|record| record.url).collect();
    assert_eq!(readers::links(&feed), newest, "{id}.xml is old");
}

/// Every line is whole, and where the log was not put aside every ping has one.
fn inspect_log(site: &Site, pings: usize) {
    let read = |name| fs::read_to_string(site.data_dir().join(name)).ok();
    let (log, old) = (read(".log").unwrap(), read(".log.1"));
    let received = [&log, old.as_deref().unwrap_or_default()]
        .iter()
        .flat_map(|text| text.lines())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .filter(|event: &serde_json::Value| event["event"] == "received")
        .count();
    assert!(received == pings || old.is_some(), "{received} of {pings}");
}

fn pings(site: &Site, id: &str) -> tb::internals::store::Pings {
    let id = TbId::new(id.as_bytes()).unwrap();
    let pings = || Store::open(&site.data_dir()).unwrap().pings(&id).unwrap();
    wait_for(pings).expect("pings")
}
