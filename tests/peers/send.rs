//! `tb send` among programs of others: a TLS server, the reader of markup of PHP, and make.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::support::blog::{Blog, Script};
use crate::support::sources::copy;
use crate::support::texts::path_of;
use crate::support::writer::{ACCEPTED, TITLES, Writer, pings};

#[test]
fn broken_tls_is_told_and_never_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ])
        .args([
            "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
        ])
        .args([
            "-subj",
            "/CN=127.0.0.4",
            "-addext",
            "subjectAltName=IP:127.0.0.4",
        ])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut server = Command::new("openssl")
        .args(["s_server", "-www", "-accept", "127.0.0.4:0"])
        .args(["-key", "key.pem", "-cert", "cert.pem"])
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let port = said.find_map(|line| {
        let line = line.ok()?;
        Some(line.strip_prefix("ACCEPT ")?.rsplit_once(':')?.1.to_owned())
    });
    let writer = Writer::new();
    let url = format!("https://127.0.0.4:{}/", port.unwrap());
    writer.publish("/1", &format!("<a href='{url}'>secret</a>"));
    let ran = writer.send(&[]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(ran.code(), 1);
    let (state, answer) = writer.only();
    assert!(
        state == "failed" && answer.contains("certificate"),
        "{answer}"
    );
}

#[test]
fn c5_phps_own_reader_of_markup_keeps_all_words() {
    let one = Blog::start([("/tb", Script::xml(ACCEPTED))]);
    let writer = Writer::new();
    for title in TITLES {
        let (to, url) = (one.url("/tb"), "https://me.example/1");
        writer
            .site
            .tb(&["ping", "--to", &to, "--url", url, "--title", title])
            .out();
        let sent = pings(&one).pop().unwrap();
        // As WordPress does: no tags, then shown by a browser.
        let code =
            "echo html_entity_decode(strip_tags($argv[1]), ENT_QUOTES | ENT_HTML5, 'UTF-8');";
        let php = std::process::Command::new("php")
            .args(["-r", code, "--", &sent["title"]])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&php.stdout),
            title,
            "{sent:?} {php:?}"
        );
    }
}

#[test]
fn make_publish_deletes_old_pages_and_nothing_else() {
    let examples = path_of("examples");
    let home = tempfile::tempdir().unwrap();
    let source = home.path().join("source");
    copy(&examples.join("hugo/site"), &source);
    fs::create_dir_all(source.join("layouts/partials")).unwrap();
    for (from, to) in [
        ("hugo/trackback.html", "layouts/partials/trackback.html"),
        ("make/Makefile", "Makefile"),
    ] {
        fs::copy(examples.join(from), source.join(to)).unwrap();
    }
    let kept = [
        "cgi-bin/tb.cgi",
        "cgi-bin/tb.toml",
        "cgi-bin/.htaccess",
        "tb/two-cats.xml",
        "tb/two-cats.json",
        ".htaccess",
        ".well-known/acme-challenge/token",
    ];
    let old = ["posts/old/index.html", "posts/tb/index.html", "old.html"];
    let public_html = home.path().join("public_html");
    for name in kept.iter().chain(&old) {
        let path = public_html.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let output = Command::new("make")
        .args(["publish", "TB=true"])
        .arg(format!("SERVER={}/", public_html.display()))
        .env("HOME", home.path())
        .current_dir(&source)
        .output()
        .expect("make; `tests/run` installs it");
    assert!(output.status.success(), "{output:?}");
    for name in kept {
        let text = fs::read_to_string(public_html.join(name));
        assert_eq!(text.ok().as_deref(), Some(name), "{name} was touched");
    }
    for name in old {
        assert!(!public_html.join(name).exists(), "{name} is still there");
    }
    assert!(public_html.join("posts/two-cats/index.html").is_file());
}
