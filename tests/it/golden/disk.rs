//! What lies on the disk: every line of every file that the program keeps.

use super::*;
use crate::support::blog::{Blog, Script};
use crate::support::owner_session::put;
use crate::support::request::Request;
use crate::support::{set_mode, write};

use serde_json::json;

/// Takes down all files of the data folder; of those that are no text only the names.
#[track_caller]
fn see_data(golden: &mut Golden, site: &Site) {
    let mut names = String::new();
    for path in files(&site.data_dir()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        use std::os::unix::fs::MetadataExt;
        let mode = fs::metadata(&path).expect("its mode").mode() & 0o7777;
        names.push_str(&format!("{mode:04o} {name}\n"));
        let is_text = !name.starts_with(".lock") && name != ".throttle" && !name.ends_with(".idx");
        if is_text {
            golden.see_file(&name, &path);
        }
    }
    golden.see("FILES", &names);
}

/// Lets no worker look at pages until it is dropped.
fn no_worker(site: &Site) -> fs::File {
    let path = site.data_dir().join(".lock-verify");
    write(&path, "");
    set_mode(&path, 0o600);
    let file = fs::File::open(&path).expect("the lock");
    fs2::FileExt::lock_exclusive(&file).expect("the lock");
    file
}

#[test]
fn pings_that_come_in_and_what_becomes_of_them() {
    let mut golden = Golden::of("disk/received");
    let mut site = Site::new();
    site.set("publish", "\"known\"");
    let turn = no_worker(&site);
    let from = |request: Request, address: &str| {
        site.cgi_with(&request, &[], |command| {
            command.env("REMOTE_ADDR", address);
        })
        .expect(200)
    };
    let ping = |number: u32, title: &str| {
        let url = format!("http://weblog.example/{number}");
        Request::post(&[
            ("url", &url),
            ("title", title),
            ("excerpt", "An excerpt"),
            ("blog_name", "A weblog"),
        ])
        .path("/entry")
    };
    from(ping(1, "One"), "203.0.113.9");
    from(ping(1, "One"), "203.0.113.9");
    from(ping(1, "One, changed"), "203.0.113.10");
    from(ping(1, "One, of another's"), "198.51.100.1");
    from(ping(2, "Two"), "2001:db8:1:2::3");
    from(ping(3, "Three"), "203.0.113.9");
    from(ping(4, "Four"), "203.0.113.9");
    from(
        ping(
            5,
            "[url=http://a.example]x[/url] <a href=http://b.example>y</a> http://c.example http://d.example",
        ),
        "203.0.113.9",
    );
    site.tb(&["approve", "entry", "2"]);
    site.tb(&["hold", "entry", "3"]);
    site.tb(&["junk", "entry", "4"]);
    site.tb(&["delete", "entry", "1"]);
    drop(turn);
    see_data(&mut golden, &site);
    golden.end();
}

#[test]
fn pings_whose_pages_were_looked_at() {
    let mut golden = Golden::of("disk/verified");
    let mut site = Site::new();
    site.set("site", "[\"http://127.0.9.9/\"]");
    site.set("publish", "\"known\"");
    let turn = no_worker(&site);
    let linking =
        "<h1>A title</h1><p>A weblog. An excerpt: <a href='http://127.0.9.9/cats'>this</a>.</p>";
    let blog = Blog::start_at(
        [127, 0, 32, 1],
        [
            ("/links", Script::html(linking)),
            ("/not", Script::html("<h1>A title</h1>")),
        ],
    );
    for (id, path) in [("cats", "/links"), ("dogs", "/not"), ("mice", "/later")] {
        site.cgi(&Request::ping(id, &blog.url(path))).expect(200);
    }
    golden.see_file(".queue.before", &site.data_dir().join(".queue"));
    drop(turn);
    golden.run(&site, "OUTPUT", &["verify", "--wait"]);
    see_data(&mut golden, &site);
    golden.end();
}

#[test]
fn files_that_are_torn_or_long_or_old() {
    let mut golden = Golden::of("disk/upkeep");
    let site = Site::new();
    let file = |name: &str, text: &str| {
        write(&site.data_dir().join(name), text);
        set_mode(&site.data_dir().join(name), 0o600);
    };
    let line = |number: u32| json!({"op": "ping", "id": number, "time": "2006-01-02T03:04:05Z", "url": format!("http://weblog.example/{number}"), "title": "t", "state": "published", "later": {"kept": true}});
    file(
        "torn.jsonl",
        &format!("{}\n{{\"op\":\"state\",\"id\":1,\"ti", line(1)),
    );
    let mut dead = vec![line(1), json!({"op": "of a newer version", "id": 1})];
    for turn in 0..70 {
        let to = if turn % 2 == 0 { "held" } else { "junk" };
        dead.push(json!({"op": "state", "id": 1, "time": "2006-01-02T03:04:06Z", "to": to, "why": "owner"}));
    }
    dead.push(json!({"op": "delete", "id": 2, "time": "2006-01-02T03:04:06Z", "hash": "9ad36ab3bcd1c5a4dd4d6d5ea3e2f5a6"}));
    put(&site, "long", &dead);
    let mut junk = line(1);
    junk["state"] = json!("junk");
    junk["why"] = json!("no-link");
    put(&site, "old", &[junk, line(2)]);
    for id in ["torn", "long"] {
        site.cgi(&Request::ping(id, "http://weblog.example/new"))
            .expect(200);
    }
    site.tb(&["verify", "--wait"]);
    see_data(&mut golden, &site);
    golden.end();
}

#[test]
fn what_the_owner_has_said() {
    let mut golden = Golden::of("disk/own");
    let mut site = Site::new();
    site.set("site", "[\"https://blog.example/\"]");
    write(
        &site.path("feed.xml"),
        "<rss><channel><title>B</title><item><link>https://blog.example/posts/cats/</link><title>Cats</title><pubDate>Mon, 20 Nov 2006 10:00:00 GMT</pubDate></item><item><link>https://blog.example/posts/dogs/</link></item></channel></rss>",
    );
    site.tb(&["entries", "sync", &site.path("feed.xml").to_string_lossy()]);
    site.tb(&[
        "add",
        "mice",
        "--title",
        "Mice",
        "--describe",
        "All about them",
    ]);
    site.tb(&["passphrase", "dogs", "--set", "a-word-of-its-own"]);
    site.tb(&["domains", "add", "weblog.example"]);
    site.tb(&["domains", "add", "https://medium.com/@name/x"]);
    site.tb(&["domains", "add", "--domain", "friends.example"]);
    site.tb(&["ban", "203.0.113.0/24", "--for", "30d"]);
    site.tb(&["ban", "spam.example"]);
    site.tb(&["ban", "--word", "cheap pills"]);
    site.tb(&["queue", "--feed"]);
    see_data(&mut golden, &site);
    golden.end();
}

#[test]
fn what_init_writes() {
    let mut golden = Golden::of("disk/init");
    let site = Site::new();
    fs::remove_file(site.config()).expect("tb.toml");
    for path in ["data", "www/tb"] {
        fs::remove_dir_all(site.path(path)).expect("a folder");
    }
    crate::support::give_to_owner(&site.path(""));
    let (data, rss) = (site.path("data"), site.path("www/tb"));
    let place = |path: &Path| path.to_string_lossy().into_owned();
    let init = [
        "init",
        "--yes",
        "--base-url",
        "https://blog.example/cgi-bin/tb.cgi",
        "--data-dir",
        &place(&data),
        "--rss-dir",
        &place(&rss),
    ];
    golden.run(&site, "OUTPUT", &init);
    golden.run(&site, "AGAIN", &init);
    let mut names = String::new();
    for path in files(&site.path("www/cgi-bin")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        names.push_str(&format!("{name}\n"));
        if name != "tb.cgi" {
            golden.see_file(&name, &path);
        }
    }
    golden.see("FILES", &names);
    golden.end();
}
