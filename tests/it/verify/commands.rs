//! `tb verify` and `tb domains`, and what the owner's other commands teach.

use super::*;

#[test]
fn verify_prints_what_it_looked_at() {
    let site = site("known");
    let (good, bad) = (peer(40, linking()), peer(41, Script::html("x\u{1b}[2J")));
    // No ping that comes in starts a worker: what is printed is what this command did.
    for blog in [&good, &bad] {
        let store_line = format!(
            "{{\"op\":\"ping\",\"id\":1,\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"A title\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
            blog.url("/")
        );
        let id = if blog.url("/") == good.url("/") {
            "good"
        } else {
            "bad"
        };
        let path = site.data_dir().join(format!("{id}.jsonl"));
        crate::support::write(&path, &store_line);
        crate::support::set_mode(&path, 0o600);
    }
    let printed = site.tb(&["verify"]);
    let mut lines: Vec<&str> = printed.lines().collect();
    lines.sort_unstable();
    let bad_line = format!("bad\t1\tjunk\tno-link\t{}", bad.url("/"));
    let good_line = format!(
        "good\t1\theld\tunknown-domain: 127.0.10.40\t{}",
        good.url("/")
    );
    assert_eq!(lines, [bad_line, good_line]);
    assert_eq!(site.tb(&["verify"]), "");
    let printed = site.tb(&["verify", "--all", "--json"]);
    let line: Value = serde_json::from_str(printed.trim()).unwrap();
    assert_eq!(line["tb_id"], "good");
    assert_eq!(
        (line["number"].as_u64(), line["state"].as_str()),
        (Some(1), Some("held"))
    );
    assert_eq!(
        (line["why"].as_str(), line["again"].is_null()),
        (Some("unknown-domain: 127.0.10.40"), true)
    );
    site.tb_fails(2, &["verify", "--queue", "--all"]);
}

#[test]
fn domains_are_added_listed_and_removed() {
    let site = site("known");
    assert_eq!(site.tb(&["domains"]), "");
    let added = site.tb(&[
        "domains",
        "add",
        "www.Weblog.co.uk",
        "https://me.github.io/x",
        "127.0.0.1",
    ]);
    assert_eq!(
        added,
        "weblog.co.uk/: approved\nme.github.io/: approved\n127.0.0.1: approved\n"
    );
    assert_eq!(
        site.tb(&["domains", "add", "weblog.co.uk"]),
        "weblog.co.uk/: was approved already\n"
    );
    assert_eq!(
        site.tb(&["domains"]),
        "127.0.0.1\nme.github.io/\nweblog.co.uk/\n"
    );
    assert_eq!(
        site.tb(&[
            "domains",
            "add",
            "medium.com/@me",
            "--domain",
            "friend.example"
        ]),
        "*.medium.com: approved\n*.friend.example: approved\n"
    );
    let not_approved = site.tb_fails(
        1,
        &[
            "domains",
            "remove",
            "blog.weblog.co.uk",
            "weblog.co.uk",
            "medium.com/@other",
            "x.example",
        ],
    );
    assert_eq!(
        not_approved,
        "tb: `blog.weblog.co.uk/` is not approved\ntb: `x.example/` is not approved\n"
    );
    assert_eq!(
        site.tb(&["domains"]),
        "127.0.0.1\nme.github.io/\n*.friend.example\n"
    );
    assert_eq!(
        site.tb(&["domains", "add", "https://medium.com/@me/a-post-1"]),
        "medium.com/@me/: approved\n"
    );
    assert_eq!(
        site.tb(&["domains", "--json"]),
        "{\"domain\":\"127.0.0.1\",\"covers\":\"host\"}\n\
         {\"domain\":\"me.github.io/\",\"covers\":\"host\"}\n\
         {\"domain\":\"medium.com/@me/\",\"covers\":\"tenant\"}\n\
         {\"domain\":\"*.friend.example\",\"covers\":\"domain\"}\n"
    );
    // What `tb domains` prints is taken back.
    for line in [
        "me.github.io/",
        "medium.com/@me/",
        "*.friend.example",
        "127.0.0.1",
    ] {
        assert_eq!(
            site.tb(&["domains", "remove", line]),
            format!("{line}: no longer approved\n")
        );
    }
    assert_eq!(site.tb(&["domains"]), "");
    for bad in ["", "a b", "a/b", "x@y", "ftp://a/"] {
        site.tb_fails(2, &["domains", "add", bad]);
    }
}

#[test]
fn publishing_approves_a_host_and_only_the_owners_word_takes_that_back() {
    let site = site("known");
    let blog = peer(42, linking());
    ping(&site, "one", &blog.url("/"));
    look(&site);
    assert_eq!(state(&site, "one", 1), "held unknown-domain: 127.0.10.42");
    assert_eq!(
        site.tb(&["publish", "one", "1"]),
        "one 1: published\nnow known: 127.0.10.42 (host)\n"
    );
    assert_eq!(site.tb(&["domains"]), "127.0.10.42\n");
    ping(&site, "two", &blog.url("/"));
    look(&site);
    assert_eq!(state(&site, "two", 1), "published verified");
    // One bad ping in its name does not punish a friend.
    site.tb(&["junk", "two", "1"]);
    assert_eq!(site.tb(&["domains"]), "127.0.10.42\n");
    site.tb(&["domains", "remove", "127.0.10.42"]);
    for id in ["three", "four"] {
        ping(&site, id, &blog.url("/"));
    }
    look(&site);
    assert_eq!(state(&site, "three", 1), "held unknown-domain: 127.0.10.42");
    // What waits for nothing else is published at once, and named.
    let approved = site.tb(&["approve", "three", "1"]);
    assert_eq!(
        approved,
        "three 1: published\nnow known: 127.0.10.42 (host)\nfour 1: published too\n"
    );
    assert_eq!(state(&site, "four", 1), "published verified");
    assert_eq!(state(&site, "two", 1), "junk owner");
}

#[test]
fn approving_one_person_of_a_host_publishes_what_waits_of_that_person_and_nobody_else() {
    let site = site("known");
    let host = Blog::start_at([127, 0, 10, 45], []);
    let mut number = 0;
    for path in [
        "/~alice/1",
        "/~alice/2",
        "/~mallory/1",
        "/users/mallory/1",
        "/@mallory",
        "/1",
    ] {
        number += 1;
        host.play(
            path,
            Script::html(&format!(
                "<h1>A title</h1><a href='{SITE}cats'>x</a> page {number}"
            )),
        );
        ping(&site, "entry", &host.url(path));
    }
    look(&site);
    let approved = site.tb(&["approve", "entry", "1"]);
    assert_eq!(
        approved,
        "entry 1: published\nnow known: 127.0.10.45/~alice/ (tenant)\nentry 2: published too\n"
    );
    for (number, who) in [(3, "~mallory/"), (4, "users/mallory/"), (5, "@mallory/")] {
        let held = format!("held unknown-domain: 127.0.10.45/{who}");
        assert_eq!(state(&site, "entry", number), held);
    }
    assert_eq!(state(&site, "entry", 6), "held unknown-domain: 127.0.10.45");
    // The host itself says nothing about those who share it.
    site.tb(&["approve", "entry", "6"]);
    assert_eq!(site.tb(&["domains"]), "127.0.10.45\n127.0.10.45/~alice/\n");
    assert!(state(&site, "entry", 3).starts_with("held"));
    // The whole machine, where the owner says so.
    let said = site.tb(&["domains", "add", "--domain", "127.0.10.45"]);
    assert_eq!(
        said,
        "*.127.0.10.45: approved\nentry 3: published too\nentry 4: published too\nentry 5: published too\n"
    );
}

#[test]
fn an_approved_domain_vouches_for_no_page_that_it_redirects_to() {
    let site = site("known");
    let spam = peer(43, linking());
    let open = peer(44, Script::redirect(302, &spam.url("/")));
    site.tb(&["domains", "add", "127.0.10.44"]);
    ping(&site, "entry", &open.url("/"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "held unknown-domain: 127.0.10.43");
}

#[test]
fn every_hop_to_the_page_and_from_the_page_to_the_entry_must_be_known() {
    let site = site("known");
    site.tb(&["domains", "add", "127.0.10.46"]);
    let evil = Blog::start_at([127, 0, 10, 47], []);
    let friend = Blog::start_at([127, 0, 10, 46], [("/page", linking())]);
    // friend -> evil -> friend
    friend.play("/out", Script::redirect(302, &evil.url("/back")));
    evil.play("/back", Script::redirect(301, &friend.url("/page")));
    // friend -> friend
    friend.play("/moved", Script::redirect(308, "/page-2"));
    friend.play(
        "/page-2",
        Script::html(&format!("<h1>A title</h1>two <a href='{SITE}cats'>x</a>")),
    );
    // The friend's page, by way of evil or of the friend, to the entry.
    let through = |url: &str| Script::html(&format!("<h1>A title</h1>{url} <a href='{url}'>x</a>"));
    let to_entry = Script::redirect(302, &format!("{SITE}cats"));
    evil.play("/short", to_entry.clone());
    friend.play("/short", to_entry);
    friend.play("/by-evil", through(&evil.url("/short")));
    evil.play("/by-evil-2", Script::redirect(302, &friend.url("/short")));
    friend.play("/by-both", through(&evil.url("/by-evil-2")));
    let paths = ["/out", "/moved", "/by-evil", "/by-both"];
    for path in paths {
        ping(&site, &path[1..], &friend.url(path));
    }
    look(&site);
    let held = "held unknown-domain: 127.0.10.47";
    for (path, expected) in paths
        .into_iter()
        .zip([held, "published verified", held, held])
    {
        assert_eq!(state(&site, &path[1..], 1), expected, "{path}");
    }
    // Who approves it has all of them.
    let said = site.tb(&["domains", "add", "127.0.10.47"]);
    assert_eq!(said.lines().count(), 4, "{said}");
    for path in paths {
        assert_eq!(state(&site, &path[1..], 1), "published verified", "{path}");
    }
}
