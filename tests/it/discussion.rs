//! Discussions across weblogs: drawn as they are over real servers, kept for readers, and never asked for a reader.

mod limits;

use std::fs;

use crate::support::blog::{Blog, Script};
use crate::support::discussion::*;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

#[test]
fn clause_1_1_peers_of_2002_are_read_be_their_links_relative_and_their_lists_cut_off() {
    let peer = Blog::start_at([127, 0, 0, 2], []);
    let [first, second] = ["/1", "/2"].map(|path| peer.url(path));
    peer.play("/1", Script::html(&page(&first, "/mt-tb.cgi?tb_id=7")));
    let cut = list([("/2", "Second &amp; <b>last"), ("http://127", "")]);
    let (cut, _) = cut.split_once("http://127").unwrap();
    peer.play("/mt-tb.cgi", Script::xml(&format!("\n{cut}")));
    let site = Site::new();
    let shown = site.tb(&["thread", &first]);
    expect(
        &shown,
        &[
            ("1", "", "0", "read", &first),
            ("2", "1", "1", "unreachable", &second),
        ],
    );
    assert!(shown.contains("\tSecond & last\t"), "{shown}");
    let asked: Vec<String> = peer
        .requests()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert_eq!(
        asked,
        ["/1", "/mt-tb.cgi?tb_id=7&__mode=rss&n=31", "/2"],
        "one list, and no JSON of a stranger"
    );
}

#[test]
fn the_page_for_readers_shows_what_was_kept_and_asks_nobody() {
    let [a, b] = [2, 3].map(Peer::start);
    let (a1, b1) = (a.publish("one"), b.publish("one"));
    let c1 = a.blog.url("/nowhere");
    a.receive("one", &b1, "B answers A");
    b.receive("one", &c1, "C answers B");
    let get = || a.site.cgi(&Request::get("__mode=thread&tb_id=one"));
    let none = get().expect(200);
    assert!(
        none.text()
            .contains("This discussion has not been followed"),
        "{none}"
    );

    let said = a.site.tb(&["thread", "--save", "--id", "one", &a1]);
    assert!(said.starts_with("saved for one: 3 pages"), "{said}");
    let seen = |blog: &Blog| blog.requests().len();
    let before = (seen(&a.blog), seen(&b.blog));
    let Peer {
        serving,
        blog: b_blog,
        ..
    } = b;
    serving.stop();
    let page = get().expect(200);
    for part in [
        "B answers A",
        "C answers B",
        &b1,
        &c1,
        "rel=\"nofollow ugc noopener\"",
    ] {
        assert!(page.text().contains(part), "{part} in {page}");
    }
    let served = a.serving.visitor().get("__mode=thread&tb_id=one");
    assert_eq!(served.expect(200).text(), page.text());
    assert_eq!((seen(&a.blog), seen(&b_blog)), before);

    // What went wrong is for the owner alone.
    let kept = fs::read_to_string(a.site.data_dir().join(".one.thread")).unwrap();
    assert!(kept.contains("HTTP error: 404"), "{kept}");
    assert!(page.text().contains("unreachable") && !page.text().contains("HTTP error"));

    // What the owner takes back is gone at once, with what hangs below it.
    a.site.tb(&["hold", "one", "1"]);
    let page = get().expect(200);
    for part in ["B answers A", "C answers B", &b1, &c1] {
        assert!(!page.text().contains(part), "{part} in {page}");
    }
    a.site.tb(&["approve", "one", "1"]);
    assert!(get().text().contains("C answers B"));
}

#[test]
fn only_an_entry_with_pings_has_a_page_and_reading_makes_no_file() {
    let mut site = Site::new();
    let before = site.snapshot();
    for query in ["__mode=thread&tb_id=none", "__mode=thread&tb_id=x%2Fy"] {
        site.cgi(&Request::get(query)).expect(200);
    }
    site.cgi(&Request::get("__mode=thread")).expect(400);
    let said = site.tb_fails(
        1,
        &["thread", "--save", "--id", "none", "http://127.0.0.1/1"],
    );
    assert!(said.contains("has never had a ping"), "{said}");
    let said = site.tb_fails(2, &["thread", "--save", "http://127.0.0.1/1"]);
    assert!(said.contains("--id"), "{said}");
    site.tb_fails(2, &["thread"]);
    assert_eq!(site.snapshot(), before);

    // The permalink of an entry is known by its id, and the other way round.
    site.set("entry", "\"http://127.0.0.2/posts/{id}/\"");
    assert_accepted(&site.cgi(&Request::ping("cats", "http://127.0.0.3/1")));
    for words in [
        &["thread", "--save", "--id", "cats", "--depth", "1"][..],
        &[
            "thread",
            "--save",
            "--depth",
            "1",
            "http://127.0.0.2/posts/cats",
        ],
    ] {
        site.tb(words);
        let kept = site.data_dir().join(".cats.thread");
        let text = fs::read_to_string(&kept).unwrap();
        assert!(text.contains("http://127.0.0.2/posts/cats"), "{text}");
        fs::remove_file(kept).unwrap();
    }
    let findings = site.tb(&["list"]);
    assert_eq!(findings.lines().count(), 1, "it is no id: {findings}");
}
