//! A host that allows the user one process and no thread (RLIMIT_NPROC): every command and every mode does its work, or
//! says what it lacks.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::blog::{Blog, Script};
use crate::support::form::forms;
use crate::support::http::Reply;
use crate::support::owner_session::{LONG_AGO, ping, put};
use crate::support::process::output_with;
use crate::support::request::Request;
use crate::support::site::{BASE, PASSWORD, Serving, Site};
use crate::support::xml::assert_accepted;
use crate::support::{free_port, http, owner, program, set_mode, write};

/// What the host is said to lack.
const LACKING: &str = "no more processes or threads";

/// An installation of a user who has no other process, and may not have one.
struct OneProcess {
    site: Site,
    user: Option<u32>,
    /// An option of `prlimit`.
    limit: String,
    cookies: RefCell<String>,
}

impl OneProcess {
    /// Gives the installation to a user of its own.
    fn of(site: Site) -> OneProcess {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Users whom no system has. A user who may have one process, and who has others, may start none either.
        let number = std::process::id() % 1000 * 20 + NEXT.fetch_add(1, Ordering::Relaxed);
        let user = owner().map(|_| 2_000_000 + number);
        if let Some(user) = user {
            give(&site.path(""), user);
        }
        OneProcess {
            site,
            user,
            limit: "--nproc=1".to_owned(),
            cookies: RefCell::default(),
        }
    }

    /// A program of the site's user under the limit.
    fn command(&self, executable: &Path) -> Command {
        let mut command = Command::new(program("prlimit"));
        command
            .arg(&self.limit)
            .arg("--")
            .arg(executable)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.site.path(""));
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    fn run(&self, words: &[String], input: &str) -> Output {
        let mut command = self.command(&self.site.executable());
        command.args(words);
        output_with(command, input.as_bytes())
    }

    /// A request with the cookies that came so far.
    fn cgi(&self, request: &Request) -> Reply {
        let mut command = self.command(&self.site.executable());
        let cookies = self.cookies.borrow().clone();
        command.envs(request.clone().header("Cookie", &cookies).environment());
        let output = output_with(command, &request.body);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        let reply = Reply::from_cgi(&output.stdout);
        for (name, value) in &reply.headers {
            if name.eq_ignore_ascii_case("Set-Cookie") {
                let pair = value.split(';').next().unwrap_or_default();
                let before = self.cookies.take();
                self.cookies.replace(format!("{before}; {pair}"));
            }
        }
        reply
    }

    fn log(&self) -> String {
        fs::read_to_string(self.site.data_dir().join(".log")).unwrap_or_default()
    }
}

/// Gives all of a folder to a user, but not the program, which is a hard link to that of other tests.
fn give(path: &Path, user: u32) {
    if path.file_name().is_some_and(|name| name == "tb.cgi") {
        return;
    }
    chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}

/// A weblog that takes pings and Webmentions, and whose feed links to a page of another one that does.
fn weblog() -> (Blog, Blog) {
    let by_method: fn(&crate::support::blog::Request) -> Script = |request| {
        if request.method == "POST" {
            return Script::xml("<response><error>0</error></response>");
        }
        Script::xml(
            "<response><error>0</error><rss version=\"0.91\"><channel><title>Cats</title><item><title>Dogs</title>\
             <link>http://weblog.example/dogs</link></item></channel></rss></response>",
        )
    };
    let page = "<title>Cats</title><link rel=trackback href=/tb><p>Cats</p>";
    let other = Blog::start_at(
        [127, 0, 14, 2],
        [
            ("/cats", Script::html(page)),
            ("/tb", Script::By(by_method)),
            (
                "/mentioned",
                Script::html("<link rel=webmention href=/mention><p>Dogs</p>"),
            ),
            ("/mention", Script::status(202)),
        ],
    );
    let own = Blog::start_at([127, 0, 14, 1], []);
    let text = format!(
        "<p>See <a href='{}'>the cats</a> there.</p>",
        other.url("/cats")
    );
    let mention = format!(
        "<p>See <a href='{}'>the dogs</a>.</p>",
        other.url("/mentioned")
    );
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>W</title><item><title>One</title><link>{}</link>\
         <description><![CDATA[{text}]]></description></item></channel></rss>",
        own.url("/one")
    );
    own.play("/one", Script::html(&format!("<h1>One</h1>{text}")));
    own.play("/two", Script::html(&format!("<h1>Two</h1>{mention}")));
    own.play("/feed", Script::ok("application/rss+xml", feed.as_bytes()));
    (own, other)
}

/// Each command with what it reads and words of what it prints; `{own}` and `{other}` are weblogs.
const COMMANDS: [(&str, &str, &str); 51] = [
    ("list", "", "entry"),
    ("show entry 1", "", "http://www.weblog1.example/1"),
    ("queue", "", ""),
    ("url entry", "", "/entry"),
    ("stats", "", "entry"),
    ("check --offline", "", LACKING),
    ("verify --wait", "", ""),
    ("approve entry 1", "", ""),
    ("hold entry 1", "", ""),
    ("junk entry 2", "", ""),
    ("delete entry 3", "", ""),
    ("ban 203.0.113.7", "", ""),
    ("unban 203.0.113.7", "", ""),
    ("ban add 203.0.113.8", "", ""),
    ("ban remove 203.0.113.8", "", ""),
    ("domains", "", ""),
    ("domains add weblog.example", "", "weblog.example"),
    ("domains remove weblog.example", "", ""),
    ("passphrase entry --set", "a-long-passphrase\n", ""),
    ("passphrase add entry", "another-passphrase\n", "/entry"),
    ("passphrase remove entry", "", ""),
    ("passwd", "a new password\n", ""),
    ("entries sync {own}/feed", "", ""),
    ("entries list", "", "one"),
    ("entries forget one", "", ""),
    ("add posts --title Posts", "", ""),
    ("entries remove posts", "", ""),
    ("send {own}/feed --ledger ledger --adopt none", "", "1 sent"),
    ("sent --ledger ledger", "", "{other}/cats"),
    ("sent --ledger ledger --verify", "", ""),
    ("ping --to {other}/tb --url {own}/one", "", "accepted"),
    ("ping --page {other}/cats --url {own}/one", "", "accepted"),
    ("webmention {own}/two {other}/mentioned", "", "accepted"),
    ("discover {other}/cats", "", "{other}/tb"),
    ("thread {other}/cats --depth 1", "", "weblog.example/dogs"),
    (
        "thread {other}/cats --depth 1 --json",
        "",
        "weblog.example/dogs",
    ),
    ("snippet html", "", "trackback"),
    ("snippet hugo", "", "trackback"),
    ("export", "", "weblog1.example"),
    ("export --format csv", "", "weblog1.example"),
    ("backup saved.tar", "", ""),
    ("restore saved.tar --into restored", "", ""),
    ("restore saved.tar --merge", "", ""),
    ("import exported.txt", "", "1"),
    ("rebuild", "", ""),
    ("prune", "", ""),
    ("completions bash", "", "complete"),
    ("man", "", ".TH"),
    ("man send", "", ".TH"),
    (
        "init --yes --config new/tb.toml --base-url https://b.example/tb.cgi --data-dir new/data",
        "",
        "",
    ),
    ("--version", "", "tb"),
];

/// The commands that `tb help` names, from its golden files; `serve` runs until it is ended.
fn all_commands() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/help");
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let groups = ["tb", "serve", "entries"];
    names
        .filter(|name| !name.contains('.') && !groups.contains(&name.as_str()))
        .collect()
}

/// A site with three pings that wait for the owner.
fn site_with_pings() -> Site {
    let mut site = Site::shipped();
    site.set_password();
    site.set("publish", "\"none\"");
    let pings = [1, 2, 3].map(|number| ping(number, LONG_AGO, "held", "unknown-domain"));
    put(&site, "entry", &pings);
    site
}

#[test]
fn a2_every_command_does_its_work_with_one_process() {
    let (own, other) = weblog();
    let mut site = site_with_pings();
    // An address of its own, so that links to the weblogs are links to others.
    site.set("site", &format!("[\"{}\"]", own.url("/")));
    let export = "TITLE: A post\nBASENAME: a_post\nDATE: 01/31/2006 03:31:05 PM\n-----\nBODY:\nText\n-----\nPING:\n\
                  TITLE: A ping\nURL: http://weblog.example/old\nIP: 192.0.2.1\nBLOG NAME: W\nDATE: 02/01/2006 10:00:00 AM\n\
                  An excerpt\n-----\n--------\n";
    write(&site.path("exported.txt"), export);
    let host = OneProcess::of(site);
    let mut tried = BTreeSet::new();
    for (line, input, says) in COMMANDS {
        let replaced = |text: &str| {
            let text = text.replace("{own}", own.url("").as_str());
            text.replace("{other}", other.url("").as_str())
        };
        let words: Vec<String> = line.split(' ').map(replaced).collect();
        let output = host.run(&words, input);
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(0), "{line}: {said}");
        assert!(said.contains(&replaced(says)), "{line}: {said}");
        let name = line.split(' ').take_while(|word| !word.starts_with('-'));
        tried.extend([name.clone().take(2).collect::<Vec<_>>().join(" ")]);
        tried.extend(name.take(1).map(str::to_owned));
    }
    let posts = |path: &str| {
        let arrived = other.requests();
        let posts = |request: &&crate::support::blog::Request| {
            request.method == "POST" && request.target == path
        };
        arrived.iter().filter(posts).count()
    };
    assert_eq!((posts("/tb"), posts("/mention")), (3, 1));
    let missing: Vec<String> = all_commands().difference(&tried).cloned().collect();
    assert!(missing.is_empty(), "not tried: {missing:?}");
}

#[test]
fn a2_with_few_descriptors_every_command_does_its_work_or_says_what_it_lacks() {
    let (own, other) = weblog();
    let mut site = site_with_pings();
    site.set("throttle", "\"off\"");
    let mut host = OneProcess::of(site);
    for most in [3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20] {
        host.limit = format!("--nofile={most}");
        for (line, input, _) in COMMANDS {
            let words = line.split(' ').map(|word| {
                let word = word.replace("{own}", own.url("").as_str());
                word.replace("{other}", other.url("").as_str())
            });
            let output = host.run(&words.collect::<Vec<_>>(), input);
            let said =
                String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            let code = output.status.code();
            assert!(
                matches!(code, Some(0..=2)),
                "{line}, {most}: {code:?} {said}"
            );
            assert!(
                code == Some(0) || !said.is_empty(),
                "{line}, {most}: {code:?}"
            );
            assert!(!said.contains("panicked"), "{line}, {most}: {said}");
        }
        let page = format!("http://weblog.example/of-{most}");
        let request = Request::ping("other", &page);
        let mut command = host.command(&host.site.executable());
        command.envs(request.environment());
        let output = output_with(command, &request.body);
        assert_eq!(output.status.code(), Some(0), "{most}: {output:?}");
        let reply = Reply::from_cgi(&output.stdout);
        let file = host.site.data_dir().join("other.jsonl");
        let lines = fs::read_to_string(file).unwrap_or_default();
        let is_kept = lines
            .lines()
            .any(|line| line.contains(&format!("\"{page}\"")));
        let is_acknowledged = reply.text().contains("<error>0</error>");
        assert_eq!(is_acknowledged, is_kept, "{most}: {reply}");
        assert_eq!(is_acknowledged, reply.status == 200, "{most}: {reply}");
        assert!(is_acknowledged || most < 12, "{most}: {reply}");
    }
}

/// Requests of strangers and of the owner: the mode, the form's fields (none for a GET), the query, and the status.
const REQUESTS: [(&str, &str, &str, u16); 36] = [
    ("", "", "", 200),
    (
        "ping",
        "tb_id=entry&url=http://weblog.example/8&title=A+title",
        "",
        200,
    ),
    ("list", "", "tb_id=entry", 200),
    ("rss", "", "tb_id=entry", 200),
    ("rss2", "", "tb_id=entry", 200),
    ("atom", "", "tb_id=entry", 200),
    ("json", "", "tb_id=entry", 200),
    ("jf2", "", "tb_id=entry", 200),
    ("html", "", "tb_id=entry", 200),
    ("count", "", "tb_id=entry", 200),
    ("js", "", "tb_id=entry", 200),
    ("thread", "", "tb_id=entry", 200),
    ("login", "", "", 200),
    ("do_login", "password={password}", "", 303),
    ("moderate", "", "", 200),
    ("send_form", "", "", 200),
    ("domains", "", "", 200),
    ("bans", "", "", 200),
    ("check", "", "", 200),
    ("backup", "", "", 200),
    ("settings", "", "", 200),
    ("queue", "", "key=wrong", 404),
    ("review", "", "tb_id=entry&id=1", 403),
    (
        "webmention",
        "source={own}/one&target=http://127.0.0.1/entry",
        "",
        201,
    ),
    // Its body is that of `to_call`.
    ("pingback", "{own}/two http://127.0.0.1/entry", "", 200),
    ("submit", "tb_id=entry&url={own}/two", "", 200),
    ("decide", "do=approve&ping=entry/1", "", 303),
    ("state", "tb_id=entry&id=2&to=junk", "", 303),
    ("delete", "tb_id=entry&id=3", "", 303),
    ("make_url", "tb_id=entry&days=7", "", 200),
    ("domains", "what=friend.example", "", 200),
    ("bans", "what=spam.example", "", 200),
    ("check", "now=yes", "", 200),
    ("backup", "now=yes", "", 200),
    (
        "settings",
        "notify=me@example.org&current={password}",
        "",
        303,
    ),
    (
        "send_ping",
        "ping_url={other}/tb&url={own}/one&title=One",
        "",
        200,
    ),
];

/// The first word of each row of the program's table of modes; some rows name a constant.
fn all_modes() -> BTreeSet<String> {
    let source = include_str!("../../src/web/mod.rs");
    let rows = source.split("Mode { words: &[").skip(1);
    rows.filter_map(|row| row.split([']', ',']).next())
        .map(|word| match word {
            "MODE" => "review".to_owned(),
            word => word.trim_end_matches("::MODE").trim_matches('"').to_owned(),
        })
        .collect()
}

#[test]
fn a2_every_mode_of_the_cgi_program_answers_with_one_process() {
    let (own, other) = weblog();
    let mut site = site_with_pings();
    site.set("publish", "\"verified\"");
    site.set("protocols", "[\"trackback\", \"pingback\", \"webmention\"]");
    site.set("submit", "true");
    let host = OneProcess::of(site);
    assert_accepted(&host.cgi(&Request::ping("entry", "http://weblog.example/9")));
    let log = host.log();
    assert!(
        log.contains("cannot start `tb verify`") && log.contains(LACKING),
        "{log}"
    );
    let mut token = String::new();
    for (mode, fields, query, status) in REQUESTS {
        let fields = fields
            .replace("{password}", &PASSWORD.replace(' ', "+"))
            .replace("{own}", &own.url(""))
            .replace("{other}", &other.url(""));
        let request = match fields.as_str() {
            "" => Request::get(&format!("__mode={mode}&{query}")),
            urls if mode == "pingback" => {
                let (source, target) = urls.split_once(' ').unwrap();
                let body = tb::linkback::pingback::to_call(source, target);
                Request::post_bytes(body.as_bytes()).header("Content-Type", "text/xml")
            }
            _ => Request::post_bytes(format!("__mode={mode}&token={token}&{fields}").as_bytes()),
        };
        let reply = host.cgi(&request);
        assert_eq!(reply.status, status, "{mode}: {reply}");
        assert!(!reply.text().contains("<fault>"), "{mode}: {reply}");
        if let Some(form) = forms(reply.text())
            .iter()
            .find(|form| form.value("token").is_some())
        {
            form.value("token")
                .unwrap_or_default()
                .clone_into(&mut token);
        }
    }
    host.cgi(&Request::post(&[("__mode", "logout"), ("token", &token)]))
        .expect(200);
    let tried = REQUESTS
        .iter()
        .map(|row| row.0)
        .chain(["logout"])
        .map(str::to_owned)
        .collect();
    let missing: Vec<String> = all_modes().difference(&tried).cloned().collect();
    assert!(missing.is_empty(), "not tried: {missing:?}");
    let states = host.run(&["list".to_owned(), "entry".to_owned()], "");
    let states = String::from_utf8_lossy(&states.stdout).into_owned();
    assert!(
        states.contains("published") && states.contains("junk"),
        "{states}"
    );
}

#[test]
fn a2_serve_answers_looks_and_sends_with_one_process() {
    let port = free_port();
    let mut site = site_with_pings();
    site.live_at(port);
    let host = OneProcess::of(site);
    let listen = format!("127.0.0.1:{port}");
    for words in [
        vec!["serve", "--listen", &listen],
        vec!["serve", "--trial", "--listen", "127.0.0.1:0"],
    ] {
        let mut command = host.command(&host.site.executable());
        command.args(&words);
        let errors = fs::File::create(host.site.path("errors")).unwrap();
        let serving = Serving::start_as_self(command, errors.into()).expect("it listens");
        let base = match words.contains(&"--trial") {
            true => "/tb.cgi",
            false => BASE,
        };
        for number in 10..13 {
            let page = format!("http://weblog.example/{number}");
            let ping = Request::ping("entry", &page);
            assert_accepted(&http::send(serving.port, base, &ping));
        }
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    http::send(serving.port, base, &Request::get("__mode=list&tb_id=entry"))
                        .expect(200)
                });
            }
        });
        assert_eq!(serving.stop(), Some(0), "{words:?}");
    }
    let log = host.log();
    assert!(
        log.contains("thread that verifies") && log.contains(LACKING),
        "{log}"
    );
}

#[test]
fn a2_the_mail_goes_out_with_no_thread_and_says_what_is_lacking_without_a_second_process() {
    for (processes, is_sent) in [(2, true), (1, false)] {
        let mut site = site_with_pings();
        site.set("notify", "\"me@example.org\"");
        let sendmail = site.path("sendmail");
        site.set("sendmail", &format!("\"{}\"", sendmail.display()));
        // `read` and `printf` are the shell's own: it starts nothing.
        let script =
            "#!/bin/sh\nwhile read -r line; do printf '%s\\n' \"$line\"; done > \"$0.mail\"\n";
        write(&sendmail, script);
        set_mode(&sendmail, 0o755);
        let host = OneProcess {
            limit: format!("--nproc={processes}"),
            ..OneProcess::of(site)
        };
        let output = host.run(&["prune".to_owned()], "");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let verified = host.run(&["verify".to_owned(), "--wait".to_owned()], "");
        assert_eq!(verified.status.code(), Some(0), "{verified:?}");
        let mail = fs::read_to_string(host.site.path("sendmail.mail")).unwrap_or_default();
        let log = host.log();
        assert_eq!(
            mail.contains("3 new pings wait"),
            is_sent,
            "{processes}: {mail} {log}"
        );
        assert_eq!(log.contains("notify-failed"), !is_sent, "{log}");
        assert_eq!(log.contains(LACKING), !is_sent, "{log}");
    }
}
