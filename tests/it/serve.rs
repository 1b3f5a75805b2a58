//! `tb serve` by itself: what a client can hold up, how it ends, what it logs, what else it hands out.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::support::http::{self, exchange};
use crate::support::process::PATIENCE;
use crate::support::request::Request;
use crate::support::site::{BASE, Serving, Site};
use crate::support::xml::assert_accepted;

/// Sends `bytes`, leaves the connection open, and gives what comes back until it is closed.
fn linger(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    String::from_utf8_lossy(&reply).into_owned()
}

/// Serves the site; the access log goes to `log`.
fn serve_with_log(site: &Site, log: impl Into<Stdio>) -> Serving {
    let mut command = site.command();
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    Serving::start_with_errors(command, log.into()).unwrap()
}

fn head(extra: &str) -> Vec<u8> {
    format!("POST {BASE}/entry HTTP/1.1\r\nHost: x\r\n{extra}").into_bytes()
}

#[test]
fn s7_a_client_that_is_slow_is_left_after_ten_seconds() {
    let mut site = Site::new();
    let serving = site.serve();
    let port = serving.port;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let slow = [
        ("HTTP/1.1 408", "", head("X-Slow: ")),
        (
            "HTTP/1.1 408",
            "<error>1</error>",
            head(&format!("{form}Content-Length: 20\r\n\r\nurl=")),
        ),
        (
            "HTTP/1.1 408",
            "<error>1</error>",
            head(&format!(
                "{form}Transfer-Encoding: chunked\r\n\r\n4\r\nurl="
            )),
        ),
        ("", "", Vec::new()),
    ];
    let waiting = slow
        .map(|(status, body, bytes)| (status, body, thread::spawn(move || linger(port, &bytes))));
    // Others are served meanwhile.
    http::send(port, BASE, &Request::get("")).expect(200);
    for (status, body, answer) in waiting {
        let answer = answer.join().unwrap();
        assert!(
            answer.starts_with(status) && answer.contains(body),
            "{answer}"
        );
    }
}

#[test]
fn s7_a_head_too_large_is_431() {
    let mut site = Site::new();
    let serving = site.serve();
    let long = head(&format!("X: {}\r\n\r\n", "x".repeat(70_000)));
    let many = head(&format!("{}\r\n", "X: x\r\n".repeat(200)));
    for bytes in [long, many] {
        let answer = exchange(serving.port, &bytes);
        assert!(
            answer.starts_with(b"HTTP/1.1 431"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
}

#[test]
fn a_request_that_was_begun_is_answered_before_the_end() {
    let mut site = Site::new();
    let serving = site.serve();
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    let mut idle = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    idle.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = "url=https%3A%2F%2Fweblog.example%2F1";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    stream
        .write_all(&head(&format!(
            "{form}Content-Length: {}\r\n\r\n",
            body.len()
        )))
        .unwrap();
    // Answered only once the connection before it was accepted and its head is being read.
    http::send(serving.port, BASE, &Request::get("")).expect(200);
    let ended = thread::spawn(move || serving.stop());
    // The connection that asked for nothing is closed at once: so the end has begun.
    assert_eq!(idle.read(&mut [0; 1]).unwrap(), 0);
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("<error>0</error>"), "{answer}");
    assert_eq!(ended.join().unwrap(), Some(0));
}

#[test]
fn a_page_that_is_kept_is_never_older_than_what_was_acknowledged() {
    let mut site = Site::new();
    let serving = site.serve();
    let list = || {
        http::send(serving.port, BASE, &Request::get("__mode=list&tb_id=entry"))
            .expect(200)
            .text()
            .to_owned()
    };
    let ping = |number: u32| {
        site.cgi(&Request::ping(
            "entry",
            &format!("https://weblog.example/{number}"),
        ))
    };
    assert!(!list().contains("weblog.example/1"));
    for number in 1..=2 {
        ping(number).expect(200);
        // A page is kept only once its files have been left alone for a second.
        let changed = || {
            fs::metadata(site.data_dir().join("entry.jsonl"))
                .unwrap()
                .ctime()
        };
        while SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs() as i64
            <= changed() + 2
        {
            thread::sleep(Duration::from_millis(50));
        }
        for _ in 0..3 {
            assert!(list().contains(&format!("weblog.example/{number}")));
        }
    }
    ping(3).expect(200);
    assert!(list().contains("weblog.example/3"));
    site.tb(&["delete", "entry", "1"]);
    assert!(!list().contains("weblog.example/1"));
    crate::support::write(&site.path("www/cgi-bin/footer.txt"), "<p>A new footer</p>");
    assert!(list().contains("A new footer"));
}

#[test]
fn a_connection_serves_one_request_after_another() {
    let mut site = Site::new();
    let serving = site.serve();
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let get = format!("GET {BASE} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(get.repeat(2).as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2);
}

#[test]
fn s3_the_access_log_is_one_plain_line_a_request() {
    let site = Site::new();
    let log = site.path("access.log");
    let serving = serve_with_log(&site, fs::File::create(&log).unwrap());
    exchange(
        serving.port,
        format!("GET {BASE}?a=\"b\x7fc HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(),
    );
    exchange(
        serving.port,
        format!("GET {BASE}?a=%0D%0A%1B[2J&\u{202E} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(),
    );
    // It would take the quote behind the request line for a part of it.
    exchange(
        serving.port,
        format!("GET {BASE}?a=\\ HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(),
    );
    http::send(serving.port, BASE, &Request::get("__mode=nonsense")).expect(400);
    assert_eq!(serving.stop(), Some(0));
    let text = fs::read_to_string(log).unwrap();
    assert!(text.contains("?a=\\\\ HTTP/1.1\" "), "{text}");
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("127.0.0.1 - - [")
            && last.contains("\"GET /cgi-bin/tb.cgi?__mode=nonsense HTTP/1.1\" 400 "),
        "{text}"
    );
    for line in text.lines() {
        assert!(
            line.starts_with("127.0.0.1 - - [") && !line.contains(['\u{1B}', '\u{7F}', '\u{202E}']),
            "{line:?}"
        );
    }
}

#[test]
fn s3_the_lines_of_several_clients_at_once_are_whole() {
    let site = Site::new();
    let log = site.path("access.log");
    let serving = serve_with_log(&site, fs::File::create(&log).unwrap());
    // Longer than what is written at once.
    let long = "x".repeat(6000);
    let head = format!("HEAD {BASE}?a={long} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n").repeat(400);
    thread::scope(|scope| {
        for _ in 0..8 {
            let mut writing = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
            let mut reading = writing.try_clone().unwrap();
            reading.set_read_timeout(Some(PATIENCE)).unwrap();
            let head = &head;
            scope.spawn(move || {
                writing.write_all(head.as_bytes()).unwrap();
                writing.shutdown(Shutdown::Write).unwrap();
            });
            scope.spawn(move || {
                let mut answers = String::new();
                reading.read_to_string(&mut answers).unwrap();
                assert_eq!(answers.matches("HTTP/1.1 400 ").count(), 400);
            });
        }
    });
    assert_eq!(serving.stop(), Some(0));
    let text = fs::read_to_string(log).unwrap();
    assert_eq!(text.lines().count(), 8 * 400);
    for line in text.lines() {
        let (before, behind) = line.split_once(&long).unwrap_or(("", line));
        let is_whole = before.ends_with("?a=") && behind.starts_with(" HTTP/1.1\" 400 ");
        assert!(is_whole && behind.len() < 30, "{before}…{behind}");
    }
}

#[test]
fn s7_an_access_log_that_nobody_reads_holds_nobody_up() {
    let site = Site::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let serving = serve_with_log(&site, writer);
    // More than a pipe has room for.
    let get = Request::get(&format!("__mode=nonsense&a={}", "x".repeat(3000)));
    for _ in 0..40 {
        http::send(serving.port, BASE, &get).expect(400);
    }
    assert_eq!(serving.stop(), Some(0));
    let lines = BufReader::new(reader).lines().count();
    assert!((10..40).contains(&lines), "{lines}");
}

#[test]
fn s7_of_several_clients_at_once_none_waits_for_the_last_room_in_the_access_log() {
    let site = Site::new();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let serving = serve_with_log(&site, writer);
    let get = Request::get(&format!("__mode=nonsense&a={}", "x".repeat(3000)));
    for _ in 0..20 {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| http::send(serving.port, BASE, &get).expect(400));
            }
        });
        // Of a full pipe a page becomes free.
        assert_ne!(reader.read(&mut [0; 4096]).unwrap(), 0);
    }
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn s7_a_terminal_that_nobody_reads_holds_nobody_up() {
    let site = Site::new();
    let reader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&reader).unwrap();
    unlockpt(&reader).unwrap();
    let name = ptsname(&reader, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let terminal = open(name.as_c_str(), flags, Mode::empty()).unwrap();
    let mut command = site.command();
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    let serving = Serving::start_with_errors(command, Stdio::from(terminal)).unwrap();
    let get = Request::get(&format!("__mode=nonsense&a={}", "x".repeat(3000)));
    // Its room ends within a line, and what may wait is full, too.
    for _ in 0..30 {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| http::send(serving.port, BASE, &get).expect(400));
            }
        });
    }
    assert_eq!(serving.stop(), Some(0));
    let mut shown = [0; 15];
    fs::File::from(reader).read_exact(&mut shown).unwrap();
    assert_eq!(&shown, b"127.0.0.1 - - [");
}

#[test]
fn s2_only_the_feeds_of_ids_are_handed_out() {
    let mut site = Site::new();
    let serving = site.serve();
    http::send(
        serving.port,
        BASE,
        &Request::ping("entry", "https://weblog.example/1"),
    );
    fs::write(site.rss_dir().join(".entry.xml.tmp"), "half").unwrap();
    fs::write(site.rss_dir().join("other.txt"), "not a feed").unwrap();
    let get = |path: &str| http::send(serving.port, path, &Request::new("GET"));
    let feed = get("/tb/entry.xml").expect(200);
    assert_eq!(
        feed.header("content-type"),
        Some("application/rss+xml; charset=utf-8")
    );
    assert_eq!(
        feed.body,
        fs::read(site.rss_dir().join("entry.xml")).unwrap()
    );
    for path in [
        "/tb/",
        "/tb/.entry.xml.tmp",
        "/tb/other.txt",
        "/tb/none.xml",
        "/tb/../data/.secret",
        "/tb/%2e%2e%2fentry.xml",
        "/tb/entry.xml/",
        "/tb/%00.xml",
        "/cgi-bin/tb.toml",
        "/cgi-bin/tb.cgixyz",
        "/etc/passwd",
    ] {
        get(path).expect(404);
    }
    let home = get("/").expect(303);
    assert_eq!(home.header("location"), Some(site.base_url().as_str()));
}

#[test]
fn what_cannot_be_served_is_said_in_one_sentence() {
    let mut site = Site::new();
    let serving = site.serve();
    let taken = format!("127.0.0.1:{}", serving.port);
    let said = site.tb_fails(2, &["serve", "--listen", &taken]);
    assert!(
        said.contains("cannot listen") && said.contains("--listen"),
        "{said}"
    );
    let said = site.tb_fails(2, &["serve", "--trial", "--listen", "0.0.0.0:0"]);
    assert!(said.contains("for this machine only"), "{said}");
    fs::remove_dir_all(site.data_dir()).unwrap();
    let said = site.tb_fails(1, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("cannot open the folder"), "{said}");
}

/// `tb serve --trial`, which a test ends.
struct Trial(Child);

impl Drop for Trial {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn a_trial_shows_a_ping_of_each_state_and_the_commands_that_it_prints_work() {
    let folder = tempfile::tempdir().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_tb"))
        .args(["serve", "--trial", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .env("TB_MODE", "cli")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut trial = Trial(child);
    let lines = BufReader::new(trial.0.stdout.take().unwrap()).lines();
    let mut said = String::new();
    for line in lines {
        let line = line.unwrap();
        said += &format!("{line}\n");
        if line.contains("Ctrl-C") {
            break;
        }
    }
    let after = |label: &str| {
        let line = said.lines().find(|line| line.trim().starts_with(label));
        let line = line.unwrap_or_else(|| panic!("{label}: {said}"));
        line.trim()[label.len()..].trim().to_owned()
    };
    let entry = after("an entry");
    let port = entry.strip_prefix("http://127.0.0.1:").unwrap();
    let (port, _) = port.split_once('/').unwrap();
    let port: u16 = port.parse().unwrap();
    let page = |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let reply = exchange(port, request.as_bytes());
        http::parse(&reply, "GET")
            .unwrap()
            .expect(200)
            .text()
            .to_owned()
    };
    let list = page("/tb.cgi/hello");
    assert!(
        list.contains("Talking back") && list.contains("猫"),
        "{list}"
    );
    assert!(
        !list.contains("An answer") && !list.contains("pills"),
        "{list}"
    );
    assert!(after("log in").ends_with("/tb.cgi?__mode=login"));
    assert!(page("/tb.cgi?__mode=login").contains("password"));
    assert_eq!(after("password").len(), "abcd-efgh-jkmn".len());
    // The command as it is printed, and others with the same `--config`.
    let (program, arguments) = said
        .lines()
        .find_map(|line| line.trim().split_once(" --config "))
        .unwrap();
    let file = arguments.strip_suffix(" queue").unwrap();
    let tb = |words: &[&str]| {
        let output = Command::new(program)
            .args(["--config", file])
            .args(words)
            .env("TB_MODE", "cli")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let queue = tb(&["queue"]);
    assert!(queue.contains("An answer to your entry"), "{queue}");
    assert_eq!(tb(&["list"]), "hello\t2\t1\t1\n");
    assert!(tb(&["approve", "hello", "3"]).starts_with("hello 3: published\n"));
    assert!(page("/tb.cgi/hello").contains("An answer to your entry"));
    let body = "url=http%3A%2F%2F127.0.0.1%3A9%2Freply&title=Hello";
    let ping = format!(
        "POST /tb.cgi/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
        body.len()
    );
    let reply = String::from_utf8(exchange(port, ping.as_bytes())).unwrap();
    assert!(reply.contains("<error>0</error>"), "{reply}");
    assert!(tb(&["queue"]).contains("http://127.0.0.1:9/reply"));
}

#[test]
fn a10_with_few_descriptors_it_serves_or_says_what_it_lacks_before_it_listens() {
    let mut site = Site::new();
    let serving = site.serve();
    let port = serving.port;
    assert_eq!(serving.stop(), Some(0));
    let errors = site.path("errors");
    let script = "ulimit -n \"$1\"; shift; exec \"$0\" \"$@\"";
    let mut refused = Vec::new();
    for descriptors in 4..32 {
        let start = || {
            let executable = site.executable();
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script]).arg(executable);
            command.arg(descriptors.to_string());
            command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
            command.env_clear().current_dir("/");
            command
        };
        let file = fs::File::create(&errors).unwrap();
        let Some(serving) = Serving::start_with_errors(start(), file.into()) else {
            let output = start().output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            // With still fewer the program itself cannot be loaded.
            let is_started = output.status.code() == Some(1) && error.starts_with("tb: ");
            assert!(is_started || descriptors < 8, "{descriptors}: {error}");
            assert!(!error.contains("panicked"), "{descriptors}: {error}");
            assert!(output.stdout.is_empty(), "{descriptors}: {output:?}");
            refused.push(descriptors);
            continue;
        };
        http::send(port, BASE, &Request::get("")).expect(200);
        let url = format!("https://a.example/{descriptors}");
        let reply = http::send(port, BASE, &Request::ping("entry", &url));
        assert_accepted(&reply);
        assert_eq!(serving.stop(), Some(0), "{descriptors}");
        let said = fs::read_to_string(&errors).unwrap();
        assert!(!said.contains("panicked"), "{descriptors}: {said}");
    }
    assert!(
        refused.contains(&12) && !refused.contains(&31),
        "{refused:?}"
    );
}
