//! What the commands that list something print: elsewhere than on a terminal, as JSON, and on a terminal.

use super::*;
use crate::support::write;

/// Takes down a command's output in each form that it has.
#[track_caller]
fn each_form(golden: &mut [Golden; 3], site: &Site, name: &str, words: &[&str]) {
    let [plain, json, terminal] = golden;
    plain.run(site, name, words);
    terminal.run_on_terminal(site, name, words);
    let mut help = words.to_vec();
    help.push("--help");
    if site.tb(&help).contains("--json") {
        json.run(site, name, &[words, &["--json"]].concat());
    }
}

fn forms(folder: &str) -> [Golden; 3] {
    ["plain", "json", "terminal"].map(|form| Golden::of(&format!("{form}/{folder}")))
}

#[test]
fn lists_of_pings() {
    let mut golden = forms("pings");
    let site = furnished();
    for (name, words) in [
        ("list", &["list"][..]),
        ("list ID", &["list", "cats"]),
        ("list ID --state", &["list", "cats", "--state", "held"]),
        ("list ID --limit", &["list", "cats", "--limit", "1"]),
        ("list nobody", &["list", "nobody"]),
        ("show", &["show", "cats", "2"]),
        ("show held", &["show", "cats", "3"]),
        ("show deleted", &["show", "cats", "5"]),
        ("queue", &["queue"]),
        ("queue --state", &["queue", "--state", "junk"]),
        ("queue --search", &["queue", "--search", "nobody"]),
        ("stats", &["stats"]),
        ("stats ID", &["stats", "cats"]),
        ("stats nobody", &["stats", "nobody"]),
        ("url", &["url", "cats"]),
        (
            "prune --dry-run",
            &["prune", "--dry-run", "--junk-older-than", "1d"],
        ),
        ("export", &["export"]),
        ("export csv", &["export", "--format", "csv"]),
        ("export mt", &["export", "--format", "mt"]),
        ("export json-feed", &["export", "--format", "json-feed"]),
    ] {
        each_form(&mut golden, &site, name, words);
    }
    golden.into_iter().for_each(Golden::end);
}

#[test]
fn lists_of_the_owners_own() {
    let mut golden = forms("own");
    let site = furnished();
    write(&site.path("www/feed.xml"), FEED);
    let data = site.data_dir();
    let bans = "address 203.0.113.0/24 until 2999-12-20T00:00:00Z\ndomain spam.example # why\nword cheap pills\n";
    write(&data.join(".bans"), bans);
    crate::support::set_mode(&data.join(".bans"), 0o600);
    for (name, words) in [
        (
            "entries sync --dry-run",
            &["entries", "sync", "feed.xml", "--dry-run"][..],
        ),
        ("entries list none", &["entries", "list"]),
    ] {
        each_form(&mut golden, &site, name, words);
    }
    site.tb(&["domains", "add", "weblog.example"]);
    site.tb(&["domains", "add", "--domain", "friends.example"]);
    let sync = ["entries", "sync", "feed.xml"];
    golden[0].run(&site, "entries sync", &sync);
    name_cats(&site);
    site.tb(&["passphrase", "cats", "--set", "a-word-of-its-own"]);
    for (name, words) in [
        ("entries list", &["entries", "list"][..]),
        ("domains", &["domains"]),
        ("ban", &["ban"]),
        ("passphrase", &["passphrase"]),
        ("add", &["add"]),
        ("url private", &["url", "cats"]),
    ] {
        each_form(&mut golden, &site, name, words);
    }
    golden.into_iter().for_each(Golden::end);
}

const FEED: &str = "<rss><channel><title>B</title>
    <item><link>https://blog.example/posts/cats/</link><title>Cats</title><pubDate>Mon, 20 Nov 2006 10:00:00 GMT</pubDate></item>
    <item><link>https://blog.example/posts/dogs/</link><title>Dogs \u{1b}[2J</title></item>
    <item><link>http://localhost:1313/posts/mice/</link><title>Mice</title></item></channel></rss>";

#[test]
fn what_check_finds() {
    let mut golden = forms("check");
    let mut site = furnished();
    site.set("site", "[\"http://127.0.0.1/\"]");
    each_form(&mut golden, &site, "good", &["check", "--offline"]);
    crate::support::set_mode(&site.config(), 0o666);
    write(&site.data_dir().join(".bans"), "nonsense here\n");
    write(
        &site.data_dir().join("torn.jsonl"),
        "{\"op\":\"ping\",\"id\":1,",
    );
    crate::support::set_mode(&site.data_dir(), 0o777);
    each_form(&mut golden, &site, "faults", &["check", "--offline"]);
    crate::support::set_mode(&site.data_dir(), 0o700);
    site.set("colour", "\"blue\"");
    each_form(
        &mut golden,
        &site,
        "no configuration",
        &["check", "--offline"],
    );
    golden.into_iter().for_each(Golden::end);
}
