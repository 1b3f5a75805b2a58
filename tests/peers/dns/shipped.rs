//! The shipped executable without libraries, threads, `/dev` or `/proc`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use tb::internals::fetch::Reach;

use super::{NameServer, apart, etc, get, records};
use crate::support::blog::{Blog, Script};
use crate::support::http::Reply;
use crate::support::process::output_with;
use crate::support::program;
use crate::support::visitor::find_form;

/// A page that names a ping URL, its ping URL, and a feed that links to the page.
pub(super) fn weblog() -> Blog {
    let blog = Blog::start([("/tb", Script::xml("<response><error>0</error></response>"))]);
    let port = blog.address().port();
    let page = format!(
        "<title>a page</title><link rel=trackback href=\"http://dns.example:{port}/tb\">\
         <a href=\"http://blog.example/a/\">here</a>"
    );
    blog.play("/page", Script::html(&page));
    let feed = format!(
        "<rss version=\"2.0\"><channel><item><title>t</title><link>http://blog.example:{port}/a/</link>\
         <description>&lt;a href=\"http://dns.example:{port}/page\"&gt;x&lt;/a&gt;</description></item></channel></rss>"
    );
    let entry = format!("<title>t</title><a href=\"http://dns.example:{port}/page\">x</a>");
    blog.play("/a/", Script::html(&entry));
    blog.play("/feed", Script::ok("application/rss+xml", feed.as_bytes()));
    blog
}

/// A configuration that is all in the environment.
fn environment(folder: &Path) -> [(&'static str, String); 4] {
    [
        ("TB_BASE_URL", "http://blog.example/tb.cgi".to_owned()),
        ("TB_DATA_DIR", folder.join("data").display().to_string()),
        ("TB_ALLOW_PRIVATE", "true".to_owned()),
        ("TB_PUBLISH", "verified".to_owned()),
    ]
}

fn cgi(method: &str, path: &str, query: &str, length: usize) -> Vec<(&'static str, String)> {
    vec![
        ("GATEWAY_INTERFACE", "CGI/1.1".to_owned()),
        ("REQUEST_METHOD", method.to_owned()),
        ("SCRIPT_NAME", "/tb.cgi".to_owned()),
        ("PATH_INFO", path.to_owned()),
        ("QUERY_STRING", query.to_owned()),
        ("SERVER_PROTOCOL", "HTTP/1.1".to_owned()),
        ("SERVER_NAME", "blog.example".to_owned()),
        ("REMOTE_ADDR", "127.0.0.1".to_owned()),
        (
            "CONTENT_TYPE",
            "application/x-www-form-urlencoded".to_owned(),
        ),
        ("CONTENT_LENGTH", length.to_string()),
    ]
}

/// What the executable is made to do, with whatever stands before it on the command line, and that it is done.
pub(super) fn every_deed(before: &[&str], executable: &str, folder: &Path, blog: &Blog) {
    let port = blog.address().port();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(program(before.first().copied().unwrap_or("env")));
        command
            .args(before.get(1..).unwrap_or_default())
            .arg(executable)
            .args(arguments)
            .env_clear()
            .envs(environment(folder));
        command
    };
    let done = |arguments: &[&str], input: &str| {
        let output = output_with(command(arguments), input.as_bytes());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (page, tb) = (
        format!("http://dns.example:{port}/page"),
        format!("http://dns.example:{port}/tb"),
    );
    let found = done(&["discover", &page], "");
    assert!(found.contains(&tb), "{found}");
    done(
        &[
            "ping",
            "--to",
            &tb,
            "--url",
            "http://blog.example/a/",
            "--title",
            "A",
        ],
        "",
    );
    done(
        &[
            "ping",
            "--page",
            &page,
            "--url",
            "http://blog.example/a/",
            "--title",
            "A",
        ],
        "",
    );
    let feed = format!("http://dns.example:{port}/feed");
    let ledger = folder.join("ledger").display().to_string();
    done(&["send", &feed, "--ledger", &ledger, "--adopt", "none"], "");
    let ping = |host: &str, number: u8| {
        let body = format!("url=http%3A%2F%2F{host}%3A{port}%2Fpage&title=a+page&excerpt={number}");
        let mut command = command(&[]);
        command.envs(cgi("POST", "/a", "", body.len()));
        let answer = output_with(command, body.as_bytes());
        let said = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(said.contains("<error>0</error>"), "{answer:?}");
    };
    ping("dns.example", 1);
    ping("dead.example", 2);
    done(&["verify", "--wait"], "");
    let listed = done(&["list", "a"], "");
    assert!(listed.contains("/page"), "{listed}");
    for (path, query) in [
        ("/a", ""),
        ("", ""),
        ("", "__mode=login"),
        ("/a", "__mode=rss"),
    ] {
        let mut command = command(&[]);
        command.envs(cgi("GET", path, query, 0));
        let answer = output_with(command, b"");
        let said = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(
            !said.contains("Status: 5") && !said.is_empty(),
            "{answer:?}"
        );
    }
    let mut serving = command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut serving = serving.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(serving.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let page = get(
        Reach::Private,
        &format!("http://{}/tb.cgi/a", address.expect("an address")),
    );
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert!(page.is_ok(), "{page:?}");
}

/// The commands that set an installation up and keep it, with `before` before each: at an installation of its own.
fn every_command(before: &[&str], executable: &Path, folder: &Path, blog: &Blog) {
    let place = folder.join("site");
    fs::create_dir(&place).unwrap();
    let own = place.join("tb");
    fs::copy(executable, &own).unwrap();
    let port = blog.address().port();
    let path = |name: &str| folder.join(name).display().to_string();
    let (data, feeds, ledger, archive) = (
        path("own-data"),
        path("own-feeds"),
        path("own-ledger"),
        path("own.tar"),
    );
    let (feed, page) = (
        format!("http://blog.example:{port}/feed"),
        format!("http://dns.example:{port}/page"),
    );
    let weblog = format!("http://blog.example:{port}/");
    let lines = path("moved.jsonl");
    let line = "{\"tb_id\":\"a\",\"id\":1,\"time\":\"2019-11-01T05:00:00Z\",\"url\":\"http://other.example/1\",\"title\":\"Moved\",\"state\":\"published\"}\n";
    fs::write(&lines, line).unwrap();
    let init = [
        "init",
        "--yes",
        "--allow-private",
        "--publish",
        "verified",
        "--base-url",
        "http://blog.example/tb.cgi",
        "--site",
        &weblog,
        "--data-dir",
        &data,
        "--rss-dir",
        &feeds,
    ];
    let restored = path("restored");
    let send = ["send", &feed, "--ledger", &ledger, "--adopt", "none"];
    // The exit code says what the check, and the discussion of a page without pings, found.
    let commands: [(&[&str], &str, i32); 19] = [
        (&init, "", 0),
        (&["passwd"], "correct horse battery staple\n", 0),
        (&["check"], "", 1),
        (&["entries", "sync", &feed], "", 0),
        (&["entries", "list"], "", 0),
        (&["passphrase", "a", "--set"], "open-sesame-1\n", 0),
        (&["add", "b", "--title", "B"], "", 0),
        (&["domains", "add", "friend.example"], "", 0),
        (&["ban", "spam.example"], "", 0),
        (&["import", &lines], "", 0),
        (&["junk", "a", "1"], "", 0),
        (&["rebuild"], "", 0),
        (&["prune"], "", 0),
        (&["stats"], "", 0),
        (&send, "", 0),
        (&["sent", "--ledger", &ledger], "", 0),
        (&["thread", &page], "", 1),
        (&["backup", &archive], "", 0),
        (&["restore", &archive, "--into", &restored], "", 0),
    ];
    for (words, input, most) in commands {
        let mut command = Command::new(program(before.first().copied().unwrap_or("env")));
        command
            .args(before.get(1..).unwrap_or_default())
            .arg(&own)
            .args(words)
            .env_clear();
        let output = output_with(command, input.as_bytes());
        let code = output.status.code();
        assert!(
            code.is_some_and(|code| code <= most),
            "{words:?}: {output:?}"
        );
    }
}

pub(super) fn named() -> NameServer {
    etc("hosts", Some(b"127.0.0.1 blog.example\n"));
    etc(
        "resolv.conf",
        Some(b"nameserver 127.0.0.53\noptions timeout:1 attempts:1\n"),
    );
    NameServer::start(
        "127.0.0.53",
        &records(&["host-record=dns.example,127.0.0.1"]),
    )
}

#[test]
fn a1_the_shipped_executable_opens_no_library_and_asks_no_module() {
    let Some(executable) =
        apart("shipped::a1_the_shipped_executable_opens_no_library_and_asks_no_module")
    else {
        return;
    };
    let (folder, blog, _server) = (tempfile::tempdir().unwrap(), weblog(), named());
    fs::create_dir(folder.path().join("data")).unwrap();
    let trace = folder.path().join("trace").display().to_string();
    let before = [
        "strace",
        "-f",
        "-A",
        "-o",
        &trace,
        "-e",
        "trace=%file,%network",
    ];
    every_deed(&before, executable.to_str().unwrap(), folder.path(), &blog);
    every_command(&before, &executable, folder.path(), &blog);
    let trace = fs::read_to_string(&trace).unwrap();
    for expected in ["/etc/hosts", "/etc/resolv.conf", "127.0.0.53"] {
        assert!(trace.contains(expected), "{expected} was not asked");
    }
    for line in trace.lines() {
        for foreign in [
            ".so\"",
            ".so.",
            "libnss",
            "nsswitch",
            "gconv",
            "/etc/passwd",
            "/etc/group",
            "nscd",
            "/etc/services",
            "/etc/host.conf",
            "/etc/gai.conf",
            "/usr/lib",
            "/lib",
        ] {
            assert!(!line.contains(foreign), "{line}");
        }
    }
}

#[test]
fn a2_names_are_found_and_pages_fetched_where_no_thread_can_be_made() {
    let Some(executable) =
        apart("shipped::a2_names_are_found_and_pages_fetched_where_no_thread_can_be_made")
    else {
        return;
    };
    let (blog, _server) = (weblog(), named());
    let port = blog.address().port();
    for error in ["EAGAIN", "EPERM"] {
        for words in [
            vec![
                "discover".to_owned(),
                format!("http://dns.example:{port}/page"),
            ],
            vec![
                "ping".to_owned(),
                "--to".to_owned(),
                format!("http://dns.example:{port}/tb"),
                "--url".to_owned(),
                "http://blog.example/a/".to_owned(),
            ],
        ] {
            let mut command = Command::new(program("strace"));
            command
                .args([
                    "-f",
                    "-o",
                    "/dev/null",
                    "-e",
                    "trace=clone,clone3,fork,vfork",
                ])
                .args(["-e", &format!("inject=clone,clone3:error={error}")])
                .arg(&executable)
                .args(&words)
                .env_clear()
                .env("TB_ALLOW_PRIVATE", "true")
                .env("TB_BASE_URL", "http://blog.example/tb.cgi")
                .env("TB_DATA_DIR", "/tmp");
            let output = output_with(command, b"");
            assert!(output.status.success(), "{error} {words:?}: {output:?}");
        }
    }
}

#[test]
fn a9_everything_works_without_dev_and_without_proc() {
    let Some(executable) = apart("shipped::a9_everything_works_without_dev_and_without_proc")
    else {
        return;
    };
    let (root, blog, _server) = (tempfile::tempdir().unwrap(), weblog(), named());
    for folder in ["etc", "cgi-bin", "x", "x/data"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    for file in ["hosts", "resolv.conf"] {
        fs::copy(
            Path::new("/etc").join(file),
            root.path().join("etc").join(file),
        )
        .unwrap();
    }
    fs::copy(&executable, root.path().join("cgi-bin/tb.cgi")).unwrap();
    let root_path = root.path().to_str().unwrap();
    // The folder's path is the same inside.
    let inside = Path::new("/x");
    every_deed(&["chroot", root_path], "/cgi-bin/tb.cgi", inside, &blog);
    assert!(!root.path().join("dev").exists() && !root.path().join("proc").exists());

    // And where the configuration lies beside the executable, which only its own name can say.
    let chroot = |arguments: &[&str]| {
        let mut command = Command::new(program("chroot"));
        command
            .args([root_path, "/cgi-bin/tb.cgi"])
            .args(arguments)
            .env_clear();
        command
    };
    let words = [
        "init",
        "--yes",
        "--base-url",
        "http://blog.example/tb.cgi",
        "--data-dir",
        "/x/tb-data",
        "--password-stdin",
    ];
    let made = output_with(chroot(&words), b"a long password\n");
    assert!(made.status.success(), "{made:?}");
    assert!(root.path().join("cgi-bin/tb.toml").exists());
    let changed = output_with(chroot(&["passwd"]), b"another password\n");
    assert!(changed.status.success(), "{changed:?}");
    let listed = output_with(chroot(&["list"]), b"");
    assert!(listed.status.success(), "{listed:?}");
    let request = |method: &str, path: &str, query: &str, cookie: &str, body: &str| {
        let mut command = chroot(&[]);
        command
            .envs(cgi(method, path, query, body.len()))
            .env("SCRIPT_FILENAME", "/cgi-bin/tb.cgi")
            .env("HTTP_COOKIE", cookie);
        Reply::from_cgi(&output_with(command, body.as_bytes()).stdout)
    };
    request("GET", "/a", "", "", "").expect(200);
    log_in(&request);
}

/// Logs in through the form, with a wrong password and the right one, and looks at what waits.
fn log_in(request: &dyn Fn(&str, &str, &str, &str, &str) -> Reply) {
    let cookies = |reply: &Reply| -> String {
        let set = reply.headers.iter().filter_map(|(name, value)| {
            let pair = value.split(';').next()?;
            name.eq_ignore_ascii_case("Set-Cookie").then_some(pair)
        });
        set.collect::<Vec<_>>().join("; ")
    };
    let page = request("GET", "", "__mode=login", "", "").expect(200);
    let known = cookies(&page);
    let form = find_form(&page, "do_login");
    let token = form.value("token").expect("a token").to_owned();
    let attempt = |password: &str| {
        let body = format!("__mode=do_login&token={token}&password={password}");
        request("POST", "", "", &known, &body)
    };
    let wrong = attempt("a+long+password").expect(403);
    assert!(wrong.text().contains("Invalid login"), "{wrong}");
    let inside = attempt("another+password").expect(303);
    let page = request("GET", "", "__mode=moderate", &cookies(&inside), "").expect(200);
    find_form(&page, "logout");
}
