//! What the owner's commands say when they change something, and the events that they log.

use super::*;
use std::io::Read;

use crate::support::owner_session::own;
use crate::support::{set_mode, write};

#[test]
fn commands_that_change_something() {
    let mut golden = Golden::of("plain/deeds");
    let site = furnished();
    for (name, words) in [
        ("approve", &["approve", "cats", "3"][..]),
        ("approve again", &["approve", "cats", "3"]),
        ("hold", &["hold", "cats", "1"]),
        ("junk", &["junk", "cats", "1"]),
        ("delete", &["delete", "cats", "1"]),
        ("delete again", &["delete", "cats", "1"]),
        (
            "approve changed",
            &["approve", "dogs", "1", "--as", "00000000"],
        ),
        ("ban", &["ban", "203.0.113.0/24", "--for", "30d"]),
        ("ban --word", &["ban", "--word", "cheap pills"]),
        ("ban wrong", &["ban", "not/a/domain"]),
        ("unban", &["unban", "203.0.113.0/24"]),
        ("domains add", &["domains", "add", "weblog.example"]),
        ("domains remove", &["domains", "remove", "weblog.example"]),
        (
            "domains remove unknown",
            &["domains", "remove", "nobody.example"],
        ),
        ("add", &["add", "cats", "--title", "Cats"]),
        ("add --remove", &["add", "cats", "--remove"]),
        (
            "passphrase",
            &["passphrase", "dogs", "--set", "a-word-of-its-own"],
        ),
        ("url --expires", &["url", "cats", "--expires", "30d"]),
        ("queue --feed", &["queue", "--feed"]),
        ("queue --revoke", &["queue", "--revoke"]),
        ("rebuild", &["rebuild"]),
        ("prune", &["prune"]),
        ("backup", &["backup", "../pings.tar"]),
        ("restore", &["restore", "../pings.tar", "--merge"]),
        ("import", &["import", "../data/dogs.jsonl"]),
    ] {
        golden.run(&site, name, words);
    }
    golden.end();
    let mut golden = Golden::of("log/shell");
    golden.see("log", &own(&site, ".log"));
    golden.end();
    let mut golden = Golden::of("disk/backup");
    let tar = fs::File::open(site.path("pings.tar")).expect("the backup");
    let mut archive = tar::Archive::new(tar);
    let mut names = String::new();
    for member in archive.entries().expect("members") {
        let mut member = member.expect("a member");
        let name = member
            .path()
            .expect("its name")
            .to_string_lossy()
            .into_owned();
        let mode = member.header().mode().expect("its mode");
        names.push_str(&format!("{mode:04o} {name}\n"));
        let mut text = String::new();
        member.read_to_string(&mut text).expect("its text");
        golden.see(&name.replace('/', "_"), &text);
    }
    golden.see("NAMES", &names);
    golden.end();
}

#[test]
fn what_the_log_says_of_faults() {
    let mut golden = Golden::of("log/faults");
    let mut site = Site::new();
    let ping = |number: u32| Request::ping("entry", &format!("http://weblog.example/{number}"));
    let bans = site.data_dir().join(".bans");
    write(&bans, "nonsense here\n");
    set_mode(&bans, 0o600);
    site.cgi(&ping(1)).expect(200);
    set_mode(&site.rss_dir(), 0o555);
    site.cgi(&ping(2)).expect(200);
    set_mode(&site.rss_dir(), 0o755);
    site.set("publish", "\"none\"");
    site.set("notify", "\"me@example.org\"");
    site.set("sendmail", "\"/bin/false\"");
    site.live_at(80);
    let held = crate::support::owner_session::ping(1, "2006-03-01T00:00:00Z", "held", "moderated");
    crate::support::owner_session::put(&site, "waiting", &[held]);
    site.tb(&["verify", "--wait"]);
    golden.see("log", &own(&site, ".log"));
    golden.end();
}

#[test]
fn the_mail_that_tells_of_pings_that_wait() {
    let mut golden = Golden::of("disk/notice");
    let mut site = Site::new();
    site.set("site", "[\"https://blog.example/\"]");
    site.set("publish", "\"none\"");
    site.set("notify", "\"me@example.org\"");
    let program = site.path("www/sendmail");
    site.set("sendmail", &format!("\"{}\"", program.display()));
    let draft = site.path("draft");
    write(
        &draft,
        "#!/bin/sh\necho \"$@\" > \"$0.args\"; cat > \"$0.mail\"\n",
    );
    // Not written by this process: of a descriptor for writing another thread's child could hold a copy.
    let copied = Command::new("cp").arg(&draft).arg(&program).status();
    assert!(copied.expect("cp").success());
    set_mode(&program, 0o755);
    crate::support::owner_session::put(
        &site,
        "entry",
        &[crate::support::owner_session::ping(
            1,
            "2006-03-01T00:00:00Z",
            "held",
            "links-elsewhere: /x",
        )],
    );
    site.tb(&["verify", "--wait"]);
    for name in ["args", "mail"] {
        golden.see_file(name, &site.path(&format!("www/sendmail.{name}")));
    }
    golden.see(".notified", &own(&site, ".notified"));
    golden.see(".log", &own(&site, ".log"));
    golden.end();
}
