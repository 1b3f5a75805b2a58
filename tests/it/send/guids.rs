//! An entry that gets another permalink, and another title, is known by the id that its feed gives it.

use crate::support::blog::{Blog, Script};
use crate::support::writer::{Writer, link, mention_receiver, peer, pings};

/// An item of a feed: path, id, content.
type Item<'a> = (&'a str, &'a str, &'a str);

/// The page of an entry.
fn page(content: &str) -> Script {
    Script::html(&format!(
        "<title>t</title><article><h1>My post</h1>{content}</article>"
    ))
}

/// Writes a feed with these items, each under a title of its own.
fn write(writer: &Writer, name: &str, items: &[Item<'_>]) {
    let items: String = items
        .iter()
        .map(|(path, guid, content)| {
            let link = writer.own.url(path);
            format!(
                "<item><title>About {path}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>\
                 <content:encoded><![CDATA[{content}]]></content:encoded></item>"
            )
        })
        .collect();
    let feed = format!(
        "<rss version='2.0'><channel><title>W</title><link>{}</link>{items}</channel></rss>",
        writer.own.url("/")
    );
    writer.site.write(name, &feed);
}

/// Publishes entries, in the feed and on their pages.
fn publish(writer: &Writer, items: &[Item<'_>]) {
    for (path, _, content) in items {
        writer.own.play(path, page(content));
    }
    write(writer, "feed.xml", items);
}

/// The entries of which a weblog was told, sorted.
fn told(writer: &Writer, blog: &Blog) -> Vec<String> {
    let mut urls: Vec<String> = pings(blog)
        .iter()
        .map(|ping| ping["url"].replace(&writer.own.url(""), ""))
        .collect();
    urls.sort();
    urls
}

/// Runs it, and sees that the next run asks nobody and writes nothing.
fn send_and_rest(writer: &Writer, blog: &Blog, words: &[&str]) {
    writer.send(words).out();
    let state = || (blog.requests().len(), writer.ledger());
    let before = state();
    let out = writer.send(words).out();
    assert_eq!(state(), before, "{out}");
}

#[test]
fn c3_an_entry_with_another_permalink_and_title_is_not_pinged_again_if_its_old_page_is_gone() {
    for (guid, old) in [
        ("tag:me.example,2026:12", Script::status(404)),
        ("http://me.example/?p=12", Script::status(410)),
        ("4711", Script::redirect(302, "/")),
        ("b1946ac9-2f2c", Script::redirect(301, "/lost")),
        ("ü 1", Script::html("<h1>Not found</h1>")),
    ] {
        for first in [&["--adopt", "none"], &["--adopt", "all"]] {
            let (writer, one) = (Writer::new(), peer(2));
            let content = link(&one);
            writer.own.play("/", page(&content));
            writer.own.play("/lost", Script::html("<p>We moved."));
            publish(&writer, &[("/old/", guid, &content)]);
            send_and_rest(&writer, &one, first);
            let expected = told(&writer, &one);
            let mut before = "/old/";
            for new in ["/new/", "/newer/"] {
                writer.own.play(before, old.clone());
                publish(&writer, &[(new, guid, &content)]);
                send_and_rest(&writer, &one, &["--yes"]);
                assert_eq!(told(&writer, &one), expected, "{guid}: {}", writer.ledger());
                before = new;
            }
            // What it links to since is new.
            let two = peer(3);
            let more = content + &link(&two);
            publish(&writer, &[(before, guid, &more)]);
            send_and_rest(&writer, &one, &["--yes"]);
            assert_eq!(told(&writer, &one), expected);
            assert_eq!(told(&writer, &two), ["/newer/"]);
        }
    }
}

#[test]
fn c3_the_ids_of_atom_and_of_json_feeds_are_read_and_an_id_may_be_the_first_permalink() {
    type Feed = fn(&str, &str, &str) -> String;
    let atom: Feed = |url, id, content| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>W</title><id>tag:feed</id><entry><title>{url}</title>\
             <id>{id}</id><link href='{url}'/><content type='html'><![CDATA[{content}]]></content></entry></feed>"
        )
    };
    let json: Feed = |url, id, content| {
        serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "title": "W",
            "items": [{"id": id, "url": url, "title": url, "content_html": content}]})
        .to_string()
    };
    let rss: Feed = |url, id, content| {
        format!(
            "<rss version='2.0'><channel><title>W</title><item><guid>{id}</guid><title>{url}</title><link>{url}</link>\
             <description><![CDATA[{content}]]></description></item></channel></rss>"
        )
    };
    for (number, feed) in [atom, json, rss].into_iter().enumerate() {
        for id in ["urn:uuid:1225c695", "/old/"] {
            let (writer, one) = (Writer::new(), peer(2));
            let content = link(&one);
            let id = match id {
                "/old/" => writer.own.url(id),
                id => id.to_owned(),
            };
            for path in ["/old/", "/new/"] {
                writer.own.play("/old/", Script::status(404));
                writer.own.play(path, page(&content));
                let text = feed(&writer.own.url(path), &id, &content);
                writer.site.write("feed.xml", &text);
                send_and_rest(&writer, &one, &["--yes"]);
                assert_eq!(told(&writer, &one), ["/old/"], "{number} {id}");
            }
        }
    }
}

#[test]
fn c3_an_id_of_several_entries_or_of_another_joins_none_of_them() {
    for guid in ["1", "HOME", "FEED", "/a/", "tag:me.example,2026:feed"] {
        let (writer, one) = (Writer::new(), peer(2));
        let content = link(&one);
        let named = |path: &str| writer.own.url(path);
        let guid = match guid {
            "HOME" => named("/"),
            "/a/" => named("/a/"),
            guid => guid.to_owned(),
        };
        let items = |paths: &[&'static str]| -> Vec<(&'static str, String, String)> {
            let items = paths.iter();
            let items = items.map(|path| (*path, guid.clone(), content.clone()));
            items.collect()
        };
        let publish = |paths: &[&'static str]| {
            let items = items(paths);
            let items: Vec<Item<'_>> = items
                .iter()
                .map(|(path, guid, content)| (*path, guid.as_str(), content.as_str()))
                .collect();
            publish(&writer, &items);
            send_and_rest(&writer, &one, &["--yes"]);
        };
        // While there was one entry its id seemed to be its own.
        publish(&["/a/"]);
        publish(&["/b/", "/a/"]);
        assert_eq!(told(&writer, &one), ["/a/", "/b/"], "{guid}");
        // A feed of the newest entry alone, whose old pages are there still.
        publish(&["/c/"]);
        publish(&["/d/"]);
        writer.own.play("/d/", Script::status(404));
        publish(&["/f/", "/e/"]);
        let all = ["/a/", "/b/", "/c/", "/d/", "/e/", "/f/"];
        assert_eq!(told(&writer, &one), all, "{guid}: {}", writer.ledger());
    }
}

#[test]
fn c3_feeds_of_one_weblog_may_count_their_entries_with_the_same_numbers() {
    let (writer, one) = (Writer::new(), peer(2));
    let content = link(&one);
    let feeds = |posts: &[&str], notes: &[&str]| {
        for (name, paths) in [("feed.xml", posts), ("notes.xml", notes)] {
            let ids: Vec<String> = (1..=paths.len()).map(|number| number.to_string()).collect();
            let items: Vec<Item<'_>> = paths
                .iter()
                .zip(&ids)
                .map(|(path, id)| (*path, id.as_str(), content.as_str()))
                .collect();
            for (path, ..) in &items {
                writer.own.play(path, page(&content));
            }
            write(&writer, name, &items);
        }
        send_and_rest(&writer, &one, &["notes.xml", "--yes"]);
    };
    feeds(&["/p/1", "/p/2"], &["/n/1"]);
    assert_eq!(told(&writer, &one), ["/n/1", "/p/1", "/p/2"]);
    // The new one is the first, and the last one is no longer listed.
    feeds(&["/p/0", "/p/1"], &["/n/0", "/n/1"]);
    let all = ["/n/0", "/n/1", "/p/0", "/p/1", "/p/2"];
    assert_eq!(told(&writer, &one), all, "{}", writer.ledger());
    // Each is known by its number, although there is another with it.
    for path in ["/p/0", "/n/0"] {
        writer.own.play(path, Script::status(404));
    }
    feeds(&["/p/zero", "/p/1"], &["/n/zero", "/n/1"]);
    assert_eq!(told(&writer, &one), all, "{}", writer.ledger());
}

#[test]
fn c3_a_ledger_without_ids_learns_them_from_entries_that_were_sent() {
    let (writer, one) = (Writer::new(), peer(2));
    let content = link(&one);
    publish(&writer, &[("/old/", "x1", &content)]);
    writer.send(&[]).out();
    let old: String = writer
        .ledger()
        .lines()
        .filter(|line| !line.contains("\"op\":\"guid\""))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_ne!(old, writer.ledger());
    writer.site.write("tb-sent.jsonl", &old);
    send_and_rest(&writer, &one, &[]);
    writer.own.play("/old/", Script::status(404));
    // The feed is earlier than the page.
    write(&writer, "feed.xml", &[("/new/", "x1", &content)]);
    let out = writer.send(&["--yes"]);
    let said = String::from_utf8_lossy(&out.0.stdout);
    assert!(said.contains("not live yet"), "{said}");
    writer.own.play("/new/", page(&content));
    send_and_rest(&writer, &one, &["--yes"]);
    assert_eq!(told(&writer, &one), ["/old/"]);
    // The user may want it again.
    let new = writer.own.url("/new/");
    writer.site.tb(&["sent", "--forget", &new]).out();
    send_and_rest(&writer, &one, &["--yes"]);
    assert_eq!(told(&writer, &one), ["/new/", "/old/"]);
}

#[test]
fn c3_the_receiver_of_a_webmention_is_told_the_new_permalink_because_it_loses_the_old_one() {
    let one = mention_receiver();
    let writer = Writer::new();
    let content = link(&one);
    publish(&writer, &[("/old/", "x1", &content)]);
    writer.send(&[]).out();
    writer.own.play("/old/", Script::status(404));
    publish(&writer, &[("/new/", "x1", &content)]);
    writer.send(&["--yes"]).out();
    let sources: Vec<_> = pings(&one)
        .iter()
        .map(|mention| mention["source"].clone())
        .collect();
    assert_eq!(sources, ["/old/", "/new/"].map(|path| writer.own.url(path)));
}
