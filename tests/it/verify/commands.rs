//! `tb verify` and `tb domains`, and what the owner's other commands teach.

use super::*;

#[test]
fn verify_prints_what_it_looked_at() {
    let site = site("known");
    let (good, bad) = (peer(40, linking()), peer(41, Script::html("x\u{1b}[2J")));
    // No ping that comes in starts a worker: what is printed is what this command did.
    for blog in [&good, &bad] {
        let store_line = format!(
            "{{\"op\":\"ping\",\"id\":1,\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"t\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
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
    let good_line = format!("good\t1\theld\tunknown-domain\t{}", good.url("/"));
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
        (Some("unknown-domain"), true)
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
        "weblog.co.uk: approved\nme.github.io: approved\n127.0.0.1: approved\n"
    );
    assert_eq!(
        site.tb(&["domains", "add", "weblog.co.uk"]),
        "weblog.co.uk: was approved already\n"
    );
    assert_eq!(
        site.tb(&["domains"]),
        "127.0.0.1\nme.github.io\nweblog.co.uk\n"
    );
    assert_eq!(
        site.tb(&["domains", "remove", "blog.weblog.co.uk", "x.example"]),
        "weblog.co.uk: no longer approved\nx.example: was not approved\n"
    );
    assert_eq!(
        site.tb(&["domains", "--json"]),
        "{\"domain\":\"127.0.0.1\"}\n{\"domain\":\"me.github.io\"}\n"
    );
    for bad in ["", "a b", "a/b", "x@y", "ftp://a/"] {
        site.tb_fails(2, &["domains", "add", bad]);
    }
}

#[test]
fn publishing_approves_a_domain_and_junking_takes_it_back() {
    let site = site("known");
    let blog = peer(42, linking());
    ping(&site, "one", &blog.url("/"));
    look(&site);
    assert_eq!(state(&site, "one", 1), "held unknown-domain");
    site.tb(&["publish", "one", "1"]);
    assert_eq!(site.tb(&["domains"]), "127.0.10.42\n");
    ping(&site, "two", &blog.url("/"));
    look(&site);
    assert_eq!(state(&site, "two", 1), "published verified");
    site.tb(&["junk", "two", "1"]);
    assert_eq!(site.tb(&["domains"]), "");
    ping(&site, "three", &blog.url("/"));
    look(&site);
    assert_eq!(state(&site, "three", 1), "held unknown-domain");
    // What waits is published when it is looked at again.
    site.tb(&["domains", "add", "127.0.10.42"]);
    site.tb(&["verify", "--all"]);
    assert_eq!(state(&site, "three", 1), "published verified");
    assert_eq!(state(&site, "two", 1), "junk owner");
}

#[test]
fn an_approved_domain_vouches_for_no_page_that_it_redirects_to() {
    let site = site("known");
    let spam = peer(43, linking());
    let open = peer(44, Script::redirect(302, &spam.url("/")));
    site.tb(&["domains", "add", "127.0.10.44"]);
    ping(&site, "entry", &open.url("/"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "held unknown-domain");
}
