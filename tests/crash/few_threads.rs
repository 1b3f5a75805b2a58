//! Hosts that give no or few threads: what wants threads does with fewer.

use std::process::{Command, Stdio};

use crate::little_memory::limited;
use crate::support::blog::{Blog, Script};
use crate::support::process::{as_owner, output, output_with};
use crate::support::request::Request;
use crate::support::site::{BASE, Serving, Site};
use crate::support::xml::assert_accepted;
use crate::support::{http, program, shell};

/// How a host refuses threads and processes: the error, and the first call of a thread that gets it.
const REFUSED: [(&str, usize); 5] = [
    ("EAGAIN", 1),
    ("EPERM", 1),
    ("EAGAIN", 2),
    ("EAGAIN", 3),
    ("EPERM", 5),
];

/// `executable` where further threads and processes are refused.
fn refusing((error, first): (&str, usize), executable: &std::path::Path) -> Command {
    let calls = "clone,clone3,fork,vfork";
    let inject = format!("inject={calls}:error={error}:when={first}+");
    let mut command = Command::new(program("strace"));
    command
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={calls}"))
        .args(["-e", &inject, "--"])
        .arg(executable)
        .env_clear();
    command
}

#[test]
fn serve_answers_with_few_threads_and_with_none() {
    for refused in REFUSED {
        let site = Site::new();
        let mut command = refusing(refused, &site.executable());
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir("/");
        as_owner(&mut command);
        let serving = Serving::start(command).expect("it listens");
        for number in 0..5 {
            let ping = Request::ping("entry", &format!("https://weblog.example/{number}"));
            assert_accepted(&http::send(serving.port, BASE, &ping));
        }
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    http::send(serving.port, BASE, &Request::get("__mode=list&tb_id=entry"))
                        .expect(200)
                });
            }
        });
    }
}

/// An accepting peer whose entry takes pings.
fn peer(last: u8) -> Blog {
    let page = Script::html("<link rel=trackback href=/tb>");
    let answer = Script::xml("<response><error>0</error></response>");
    Blog::start_at([127, 0, 0, last], [("/x", page), ("/tb", answer)])
}

#[test]
fn send_sends_with_few_threads_and_with_none() {
    for refused in REFUSED {
        let peers = [peer(2), peer(3), peer(4)];
        let site = shell::Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
        let config = site.read("cgi-bin/tb.toml");
        site.write(
            "cgi-bin/tb.toml",
            &format!("{config}\nthrottle = \"off\"\n"),
        );
        let links: String = peers
            .iter()
            .map(|peer| format!("<p>before <a href='{}'>it</a> after</p>", peer.url("/x")))
            .collect();
        let own = Blog::start_at([127, 0, 0, 9], [("/1", Script::html(&links))]);
        let feed = format!(
            "<rss version=\"2.0\"><channel><title>W</title><item><title>One</title><link>{}</link>\
             <description><![CDATA[{links}]]></description></item></channel></rss>",
            own.url("/1")
        );
        site.write("feed.xml", &feed);
        let output = refusing(refused, &site.path("cgi-bin/tb.cgi"))
            .args(["send", "feed.xml"])
            .current_dir(site.path(""))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{refused:?} {output:?}");
        assert!(said.contains("3 sent, 0 refused, 0 failed"), "{said}");
        for peer in &peers {
            assert!(
                peer.requests()
                    .iter()
                    .any(|request| request.method == "POST")
            );
        }
    }
}

#[test]
fn verify_looks_with_few_threads_and_with_none() {
    for refused in REFUSED {
        let mut site = Site::new();
        site.set("site", "[\"http://127.0.9.9/\"]");
        site.set("publish", "\"verified\"");
        let page = "<h1>A title</h1><p>See <a href='http://127.0.9.9/cats'>this</a>.</p>";
        let peers =
            [2, 3, 4].map(|last| Blog::start_at([127, 0, 10, last], [("/", Script::html(page))]));
        let pinger = |peer: &Blog| {
            assert_accepted(&site.cgi(&Request::ping("entry", &peer.url("/"))));
        };
        peers.iter().for_each(pinger);
        let mut command = refusing(refused, &site.executable());
        command
            .args(["verify", "--wait"])
            .current_dir("/")
            .stdin(Stdio::null());
        as_owner(&mut command);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{refused:?} {output:?}");
        assert_eq!(
            site.tb(&["list", "entry", "--state", "published"])
                .lines()
                .count(),
            3
        );
    }
}

#[test]
fn thread_follows_with_few_threads_and_with_none() {
    for refused in REFUSED {
        let mut site = Site::new();
        assert_accepted(&site.cgi(&Request::ping("entry", "http://127.0.0.5/none")));
        let serving = site.serve();
        let block = format!("<link rel=trackback href='{}/entry'>", site.base_url());
        let blog = Blog::start_at([127, 0, 0, 8], [("/post", Script::html(&block))]);
        let mut command = refusing(refused, &site.executable());
        command
            .args(["thread", &blog.url("/post"), "--depth", "1"])
            .current_dir("/")
            .stdin(Stdio::null());
        as_owner(&mut command);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_ne!(output.status.code(), Some(101), "{refused:?} {output:?}");
        assert!(
            said.contains("http://127.0.0.5/none"),
            "{refused:?} {output:?}"
        );
        drop(serving);
    }
}

#[test]
fn a_worker_that_cannot_be_started_is_logged_and_the_next_ping_tries_again() {
    let mut site = Site::new();
    site.set("site", "[\"http://127.0.9.9/\"]");
    site.set("publish", "\"verified\"");
    // Two pages of the same words would be one page.
    let page = |words: &str| {
        let text =
            format!("<h1>A title</h1><p>{words} <a href='http://127.0.9.9/cats'>this</a>.</p>");
        Script::html(&text)
    };
    let pages = [("/1", page("See")), ("/2", page("Read"))];
    let peer = Blog::start_at([127, 0, 10, 7], pages);
    let request = Request::ping("entry", &peer.url("/1"));
    let mut command = refusing(("EAGAIN", 1), &site.executable());
    command.envs(request.environment()).current_dir("/");
    as_owner(&mut command);
    let output = output_with(command, &request.body);
    assert_accepted(&http::Reply::from_cgi(&output.stdout));
    let log = std::fs::read_to_string(site.data_dir().join(".log")).unwrap();
    assert!(log.contains("cannot start `tb verify`"), "{log}");
    assert_accepted(&site.cgi(&Request::ping("entry", &peer.url("/2"))));
    let published = || {
        site.tb(&["list", "entry", "--state", "published"])
            .lines()
            .count()
    };
    assert!(crate::support::process::wait_for(|| (published() == 2).then_some(())).is_some());
}

#[test]
fn a6_and_a10_pings_lists_and_pages_are_answered_within_a_small_address_space() {
    // A look at the page of half a megabyte needs 9 MiB.
    for more in [16, 24, 32, 64] {
        let mut site = Site::shipped();
        site.set("site", "[\"http://127.0.9.9/\"]");
        site.set("publish", "\"verified\"");
        let text = "a word <b>and</b> another ".repeat(20_000);
        let page =
            format!("<h1>A title</h1><p>See <a href='http://127.0.9.9/cats'>this</a>.</p>{text}");
        let peer = Blog::start_at([127, 0, 10, 8], [("/", Script::html(&page))]);
        let answer = |request: &Request| {
            let mut command = limited(&site, more, &[]);
            command.envs(request.environment());
            http::Reply::from_cgi(&output_with(command, &request.body).stdout)
        };
        assert_accepted(&answer(&Request::ping("entry", &peer.url("/"))));
        let list = answer(&Request::get("__mode=list&tb_id=entry"));
        list.expect(200);
        let output = output(limited(&site, more, &["verify", "--wait"]));
        assert_eq!(output.status.code(), Some(0), "{more} MiB: {output:?}");
        let published = || {
            let listed = site.tb(&["list", "entry", "--state", "published"]);
            (listed.lines().count() == 1).then_some(())
        };
        assert!(
            crate::support::process::wait_for(published).is_some(),
            "{more} MiB"
        );
    }
}
