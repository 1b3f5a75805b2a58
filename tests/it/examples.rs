//! The library in programs of others: the examples, run against each other.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tb::linkback::trackback::Form;

use crate::support::http::{self, Reply};
use crate::support::request::Request;
use crate::support::site::Serving;
use crate::support::xml::assert_accepted;

/// Where the examples are; they are built if they are not there.
fn examples() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let arguments = [
            "build",
            "--examples",
            "--message-format=json-render-diagnostics",
        ];
        let mut command = Command::new(env!("CARGO"));
        command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = command.output().expect("cargo");
        let messages = String::from_utf8_lossy(&output.stdout);
        let built = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
            .find(|path| path.ends_with("receiver"));
        match built {
            Some(path) if output.status.success() => path.parent().expect("a folder").to_owned(),
            _ => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        }
    })
}

/// The clone may lie in a folder that only the one who runs the tests can enter, so they run as that one.
fn example(name: &str) -> Command {
    let mut command = Command::new(examples().join(name));
    command.env_clear();
    command
}

fn receiver() -> Serving {
    let mut command = example("receiver");
    command.arg("127.0.0.1:0");
    Serving::start_as_self(command, Stdio::null()).expect("the receiver does not start")
}

/// Runs the client.
fn client(words: &[&str]) -> Output {
    let mut command = example("discover_and_ping");
    command.args(words).output().expect("the client")
}

fn get(port: u16, path: &str) -> Reply {
    http::send(port, path, &Request::get("")).expect(200)
}

#[test]
fn the_client_discovers_the_receiver_and_pings_it() {
    let serving = receiver();
    let page = format!("http://127.0.0.1:{}/entries/cats", serving.port);
    let permalink = "https://weblog.example/1?a=b&c";
    let output = client(&[
        &page,
        permalink,
        "Tom & <b>Jerry</b>",
        "An excerpt",
        "A weblog",
    ]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    let ping_url = format!("http://127.0.0.1:{}/tb/cats", serving.port);
    assert_eq!(said, format!("found (RDF block): {ping_url}\naccepted\n"));
    // The same again is the same ping.
    assert!(
        client(&[&page, permalink, "Tom & Jerry's"])
            .status
            .success()
    );
    let shown = get(serving.port, "/entries/cats");
    let link = "<a href=\"https://weblog.example/1?a=b&amp;c\" rel=\"nofollow ugc noopener\">Tom &amp; Jerry&#39;s</a>";
    assert_eq!(shown.text().matches("<li>").count(), 1, "{shown}");
    assert!(shown.text().contains(link), "{shown}");
    // The page of one entry does not lead to a ping for another.
    let other = get(serving.port, "/entries/dogs");
    assert!(!other.text().contains("<li>"), "{other}");
}

#[test]
fn s3_the_receiver_shows_no_markup_of_strangers() {
    let serving = receiver();
    let hostile = "--><script>alert(1)</script>\"'>&amp;lt;script&amp;gt;";
    let ping = Request::post(&[
        ("url", "http://weblog.example/\"><script>alert(2)</script>"),
        ("title", hostile),
        ("excerpt", hostile),
        ("blog_name", hostile),
    ]);
    assert_accepted(&http::send(serving.port, "/tb/cats", &ping));
    let shown = get(serving.port, "/entries/cats");
    assert!(!shown.text().contains("<script"), "{shown}");
    assert_eq!(
        shown.header("Content-Security-Policy"),
        Some("default-src 'none'")
    );
    // A host that the client claims does not stand in the ping URL.
    let claimed = Request::get("").header("Host", "evil.example");
    let shown = http::send(serving.port, "/entries/cats", &claimed);
    assert!(!shown.text().contains("evil.example"), "{shown}");
}

#[test]
fn what_the_receiver_refuses_is_refused_in_the_words_of_the_specification() {
    let serving = receiver();
    let refused = |path: &str, request: &Request, why: &str| {
        let reply = http::send(serving.port, path, request).expect(200);
        let xml = reply.text();
        assert!(
            xml.contains("<error>1</error>") && xml.contains(why),
            "{path}: {reply}"
        );
    };
    let ping = Request::post(&[("url", "http://weblog.example/1")]);
    refused(
        "/tb/birds",
        &ping,
        "There is no entry with that TrackBack ID",
    );
    refused("/tb/..%2F..%2Fetc", &ping, "There is no entry");
    refused("/tb/cats", &Request::post(&[("title", "t")]), "No URL");
    refused(
        "/tb/cats",
        &Request::post(&[("url", "javascript:alert(1)")]),
        "not an absolute",
    );
    let large = Request::post_bytes(&vec![b'x'; Form::MAX_BYTES + 1]);
    refused("/tb/cats", &large, "larger than 64 KiB");
    let reply = http::send(
        serving.port,
        "/tb/cats",
        &Request::get("url=http://weblog.example/1"),
    );
    reply.expect(405);
    assert!(!get(serving.port, "/entries/cats").text().contains("<li>"));
}

#[test]
fn the_client_calls_nothing_sent_that_was_not_acknowledged() {
    let serving = receiver();
    let page = format!("http://127.0.0.1:{}/entries/cats", serving.port);
    let missing = format!("http://127.0.0.1:{}/entries/birds", serving.port);
    for (words, why) in [
        (
            &[missing.as_str(), "http://weblog.example/", "t"][..],
            "404",
        ),
        (
            &[&page, "weblog.example", "t"],
            "not an absolute http or https URL",
        ),
        (&[&page], "PERMALINK"),
    ] {
        let output = client(words);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
        assert!(told.contains(why), "{words:?}: {told}");
    }
}
