//! Discussions across weblogs: drawn as they are over real servers, kept for readers, and never asked for a reader.

mod limits;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::browser::Browser;
use crate::support::request::Request;
use crate::support::site::{Serving, Site};
use crate::support::xml::assert_accepted;

/// A weblog whose entries take pings: its pages on a host of its own, its pings at `tb serve`.
struct Peer {
    site: Site,
    serving: Serving,
    blog: Blog,
}

impl Peer {
    fn start(host: u8) -> Peer {
        let mut site = Site::new();
        let serving = site.serve();
        let blog = Blog::start_at([127, 0, 0, host], []);
        Peer {
            site,
            serving,
            blog,
        }
    }

    /// Publishes an entry that can be pinged, and gives its permalink.
    fn publish(&self, id: &str) -> String {
        let url = self.blog.url(&format!("/{id}"));
        let ping_url = format!("{}/{id}", self.site.base_url());
        self.blog
            .play(&format!("/{id}"), Script::html(&page(&url, &ping_url)));
        url
    }

    /// Receives a ping.
    fn receive(&self, id: &str, url: &str, title: &str) {
        let ping = Request::post(&[("url", url), ("title", title), ("blog_name", "A weblog")]);
        assert_accepted(&self.site.cgi(&ping.path(&format!("/{id}"))));
    }
}

/// A page with the specification's block.
fn page(url: &str, ping_url: &str) -> String {
    format!(
        "<html><title>x</title><!-- <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:trackback=\"http://madskills.com/public/xml/rss/module/trackback/\">\
         <rdf:Description rdf:about=\"{url}\" dc:identifier=\"{url}\" dc:title=\"Title of {url}\" \
         trackback:ping=\"{ping_url}\"/></rdf:RDF> --></html>"
    )
}

/// A list as the specification has it, of links and titles.
fn list<'a>(items: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let items: String = items
        .into_iter()
        .map(|(link, title)| format!("<item><title>{title}</title><link>{link}</link></item>\n"))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>\n<error>0</error>\n\
         <rss version=\"0.91\"><channel><title>T</title><link>http://a.example/</link>{items}</channel></rss></response>"
    )
}

/// Number, parent, depth, standing and URL of each line.
fn rows(printed: &str) -> Vec<[String; 5]> {
    let row = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        std::array::from_fn(|_| fields.next().unwrap_or_else(|| panic!("{line}")))
    };
    printed.lines().map(row).collect()
}

fn expect(printed: &str, expected: &[(&str, &str, &str, &str, &str)]) {
    let expected: Vec<[String; 5]> = expected
        .iter()
        .map(|row| [row.0, row.1, row.2, row.3, row.4].map(str::to_owned))
        .collect();
    assert_eq!(rows(printed), expected, "{printed}");
}

#[test]
fn a_discussion_over_three_servers_is_drawn_as_the_right_tree_in_each_form() {
    let [a, b, c] = [2, 3, 4].map(Peer::start);
    let (a1, b1, c1, c2) = (
        a.publish("one"),
        b.publish("one"),
        c.publish("one"),
        c.publish("two"),
    );
    a.receive("one", &b1, "B answers A");
    a.receive("one", &c2, "C answers A");
    b.receive("one", &c1, "C answers B");
    c.receive("one", &format!("{a1}#comments"), "A answers C");
    let shown = a.site.tb(&["thread", &a1]);
    expect(
        &shown,
        &[
            ("1", "", "0", "read", &a1),
            ("2", "1", "1", "read", &c2),
            ("3", "1", "1", "read", &b1),
            ("4", "3", "2", "read", &c1),
            ("5", "4", "3", "again", &format!("{a1}#comments")),
        ],
    );
    let line: Vec<&str> = shown.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!(line[5..7], ["C answers A", "A weblog"]);
    let date = line[7].parse::<jiff::Timestamp>().unwrap().to_string();
    let date = date.split('T').next().unwrap();

    let tree = a.site.tb(&["thread", &a1, "--tree"]);
    let expected = format!(
        "Title of {a1}\n{a1}\n\
         ├─ C answers A · A weblog · {date}\n│  {c2}\n\
         └─ B answers A · A weblog · {date}\n   {b1}\n   \
            └─ C answers B · A weblog · {date}\n      {c1}\n      \
               └─ A answers C · A weblog · {date}\n         {a1}#comments (shown elsewhere)\n"
    );
    assert_eq!(tree, expected);

    let json = a.site.tb(&["thread", &a1, "--json"]);
    let json: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(json.len(), 5);
    assert_eq!(json[3]["parent"], 3);
    assert_eq!(json[4]["again"], 1);
    assert_eq!(json[2]["title"], "B answers A");

    let dot = a.site.tb(&["thread", &a1, "--dot"]);
    let arrows: Vec<&str> = dot.lines().filter(|line| line.contains("->")).collect();
    assert_eq!(
        arrows,
        [
            "n1 -> n2 [dir=back];",
            "n1 -> n3 [dir=back];",
            "n3 -> n4 [dir=back];",
            "n4 -> n1 [dir=back, style=dashed];",
        ]
    );

    let html = a.site.tb(&["thread", &a1, "--html"]);
    assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
    let browser = Browser::take();
    let file = a.site.path("www/thread.html");
    fs::write(&file, html).unwrap();
    browser.open(&format!("file://{}", file.display()));
    let below = "return [...document.querySelectorAll('.thread li')].map(e => \
                 e.parentElement.closest('li')?.id ?? '').join(' ')";
    assert_eq!(browser.script(below), " page-1 page-1 page-3 page-4");
    assert!(browser.text().contains("C answers B"));
}

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
    assert!(none.text().contains("Nobody has followed"), "{none}");

    let said = a.site.tb(&["thread", "--save", "--id", "one", &a1]);
    assert!(said.starts_with("kept for one: 3 pages"), "{said}");
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

#[test]
fn narrow_or_wide_light_or_dark_the_tree_is_read_whole() {
    let browser = Browser::take();
    let mut site = Site::new();
    let url = |number: u8| format!("http://127.0.0.{number}/{}", "unbroken".repeat(20));
    for number in 2..5 {
        assert_accepted(&site.cgi(&Request::ping("entry", &url(number))));
    }
    site.tb(&["thread", "--save", "--id", "entry", "--depth", "1", &url(9)]);
    let kept = site.data_dir().join(".entry.thread");
    let text = fs::read_to_string(&kept).unwrap();
    let mut thread: Value = serde_json::from_str(&text).unwrap();
    let pages = thread["pages"].as_array_mut().unwrap();
    // Deep and long: each below the one before.
    let mut last = pages.pop().unwrap();
    for depth in 1..=10 {
        last["number"] = Value::from(pages.len() + 1);
        last["depth"] = Value::from(depth);
        last["title"] = Value::from(format!("Answer {depth} {}", "so ".repeat(depth * 3)));
        last["standing"] = Value::from(["read", "unreachable"][depth % 2]);
        pages.push(last.clone());
    }
    fs::write(&kept, thread.to_string()).unwrap();
    let _serving = site.serve();
    for scheme in ["dark", "light"] {
        browser.scheme(scheme);
        for width in [320, 390, 480, 1280] {
            browser.resize(width, 900);
            browser.open(&format!("{}?__mode=thread&tb_id=entry", site.base_url()));
            let wide =
                "const root = document.documentElement; return root.scrollWidth - root.clientWidth";
            assert_eq!(browser.script(wide), 0, "{width} px, {scheme}");
            let picture = format!("thread-{width}-{scheme}.png");
            browser.screenshot(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(picture));
        }
    }
    browser.scheme("");
    assert!(browser.text().contains("Answer 10"), "{}", browser.text());
    browser.assert_quiet();
}
