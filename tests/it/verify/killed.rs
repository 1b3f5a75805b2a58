//! What ends a worker is not what the next one begins with, and in the end it is left alone; how often other servers
//! are asked.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::*;
use crate::support::owner_session::put;
use crate::support::process::wait_for;
use crate::support::{set_mode, write};

/// A line of a ping that waits.
fn waiting(number: u64, url: &str) -> Value {
    serde_json::json!({
        "op": "ping", "id": number, "time": "2026-11-01T05:00:00Z", "url": url, "title": "A title",
        "state": "held", "why": "unverified", "via": "trackback",
    })
}

/// Has a worker begin with what is due, and kills it once the page is asked for.
fn kill_at(site: &Site, page: &Blog, requests: usize) {
    let mut command = site.command();
    command.args(["verify"]).stdout(Stdio::null());
    let mut worker = command.spawn().unwrap();
    wait_for(|| (page.requests().len() >= requests).then_some(())).expect("the worker");
    worker.kill().unwrap();
    worker.wait().unwrap();
}

/// Has `tb serve` begin with what is due, waits until `is_done`, and kills it.
fn serve_until(site: &Site, mut is_done: impl FnMut() -> bool) {
    let mut command = site.command();
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null());
    let mut server = command.spawn().unwrap();
    let done = wait_for(|| is_done().then_some(()));
    server.kill().unwrap();
    server.wait().unwrap();
    done.expect("its worker");
}

/// Makes the first ping of an id due; its line in the queue has these fields as well.
fn enqueue(site: &Site, id: &str, fields: &str) {
    let path = site.data_dir().join(".queue");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let due = "\"next\":\"2026-01-01T00:00:00Z\"";
    let line = format!("{{\"tb_id\":\"{id}\",\"number\":1,{due},{fields}}}\n");
    write(&path, &(text + &line));
    set_mode(&path, 0o600);
}

/// What the queue says about the first ping of `entry`.
fn queued(site: &Site) -> Value {
    let text = std::fs::read_to_string(site.data_dir().join(".queue")).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut of_it = lines.filter(|line| line["number"] == 1 && line["tb_id"] == "entry");
    of_it.next_back().unwrap()
}

#[test]
fn a_page_that_ends_the_worker_stops_no_other_and_is_held_in_the_end() {
    let site = site("verified");
    // Whoever asks for it is killed, as if the page had used up all memory.
    let poisoned = peer(90, Script::Silent);
    put(&site, "entry", &[waiting(1, &poisoned.url("/"))]);
    for tries in 1..=5 {
        kill_at(&site, &poisoned, tries);
        let item = queued(&site);
        assert_eq!(
            (&item["tries"], &item["begun"]),
            (&tries.into(), &true.into())
        );
        // The next worker does other things.
        let id = format!("honest{tries}");
        let last = u8::try_from(90 + tries).unwrap();
        let honest = peer(last, linking());
        put(&site, &id, &[waiting(1, &honest.url("/"))]);
        look(&site);
        assert_eq!(state(&site, &id, 1), "published verified");
        assert_eq!(poisoned.requests().len(), tries, "it is not its turn");
        // A ping that comes again does not make its turn come sooner.
        let again = Request::ping("entry", &poisoned.url("/"));
        assert_accepted(&site.cgi(&again));
        look(&site);
        assert_eq!(poisoned.requests().len(), tries);
        // Its time comes.
        let path = site.data_dir().join(".queue");
        let text = std::fs::read_to_string(&path).unwrap();
        let due = "\"next\":\"2026-01-01T00:00:00Z\",\"begun\":true";
        let line = format!("{{\"tb_id\":\"entry\",\"number\":1,\"tries\":{tries},{due}}}\n");
        write(&path, &(text + &line));
    }
    look(&site);
    assert_eq!(state(&site, "entry", 1), "held unreadable");
    assert_eq!(poisoned.requests().len(), 5);
}

#[test]
fn f1_a_page_that_ends_tb_serve_is_not_what_each_start_begins_with() {
    let site = site("verified");
    let poisoned = peer(110, Script::Silent);
    put(&site, "entry", &[waiting(1, &poisoned.url("/"))]);
    enqueue(&site, "entry", "\"tries\":0");
    for tries in 1..=5 {
        serve_until(&site, || poisoned.requests().len() >= tries);
        let item = queued(&site);
        assert_eq!(
            (&item["tries"], &item["begun"]),
            (&tries.into(), &true.into())
        );
        // The next start verifies what else waits, and leaves that page alone.
        let id = format!("honest{tries}");
        let last = u8::try_from(110 + tries).unwrap();
        let honest = peer(last, linking());
        put(&site, &id, &[waiting(1, &honest.url("/"))]);
        enqueue(&site, &id, "\"tries\":0");
        serve_until(&site, || state(&site, &id, 1) == "published verified");
        assert_eq!(poisoned.requests().len(), tries, "it is not its turn");
        // Its time comes.
        enqueue(&site, "entry", &format!("\"tries\":{tries},\"begun\":true"));
    }
    serve_until(&site, || state(&site, "entry", 1) == "held unreadable");
    assert_eq!(poisoned.requests().len(), 5);
}

#[test]
fn nobody_is_asked_often_for_what_a_stranger_names() {
    let mut site = site("verified");
    site.set("limits", "[\"dial 60\"]");
    let circle = |request: &crate::support::blog::Request| {
        Script::redirect(302, &(request.target.clone() + "x"))
    };
    let victim = Blog::start_at([127, 0, 17, 1], []);
    for path in 0..8 {
        let mut at = format!("/{path}");
        for _ in 0..8 {
            victim.play(&at, Script::By(circle));
            at.push('x');
        }
    }
    let links: String = (0..8)
        .map(|path| format!("<a href='{}'>x</a>", victim.url(&format!("/{path}"))))
        .collect();
    let blog = peer(96, Script::html(&links));
    let begin = Instant::now();
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    let asked = victim.requests().len();
    assert!((2..=6).contains(&asked), "{asked}");
    let least = Duration::from_secs(u64::try_from(asked - 1).unwrap());
    assert!(begin.elapsed() >= least, "{asked} in {:?}", begin.elapsed());
    assert_eq!(state(&site, "entry", 1), "junk no-link");
}

#[test]
fn over_the_days_requests_pings_wait_and_fail_not() {
    let mut site = site("verified");
    site.set("limits", "[\"dial 3\"]");
    let blogs: Vec<Blog> = (100..104).map(|last| peer(last, linking())).collect();
    let lines: Vec<Value> = (1..)
        .zip(&blogs)
        .map(|(number, blog)| waiting(number, &blog.url("/")))
        .collect();
    put(&site, "entry", &lines);
    let mut command = site.command();
    let ran = command.args(["verify"]).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert!(
        String::from_utf8_lossy(&ran.stderr).contains("`dial`"),
        "{ran:?}"
    );
    let asked: usize = blogs.iter().map(|blog| blog.requests().len()).sum();
    // A page is begun while there are enough for it, so that the third request may be left.
    assert!((2..=3).contains(&asked), "{asked}");
    let states: Vec<String> = (1..=4)
        .map(|number| state(&site, "entry", number))
        .collect();
    let waits = |state: &&String| *state == "held unverified";
    assert!(states.iter().filter(waits).count() >= 2, "{states:?}");
    assert!(
        states
            .iter()
            .all(|state| waits(&state) || state == "published verified"),
        "{states:?}"
    );
    // With more of them the rest is looked at when its time has come.
    site.set("limits", "[\"dial 100\"]");
    std::fs::remove_file(site.data_dir().join(".throttle")).unwrap();
    std::fs::remove_file(site.data_dir().join(".queue")).unwrap();
    look(&site);
    for number in 1..=4 {
        assert_eq!(state(&site, "entry", number), "published verified");
    }
}
