//! What `tb send` and its like print, and the ledger that it keeps.

use super::*;
use crate::support::blog::{Blog, Script};
use crate::support::write;

const ACCEPTED: &str = "<response><error>0</error></response>";
const REFUSED: &str = "<response><error>1</error><message>Not &lt;you&gt;</message></response>";

/// A weblog whose entries link to others, each another case.
struct Writer {
    site: Site,
    own: Blog,
    peers: Vec<Blog>,
}

impl Writer {
    fn new() -> Writer {
        let own = Blog::start_at([127, 0, 33, 9], []);
        let mut site = Site::new();
        site.set("site", &format!("[\"{}\"]", own.url("/")));
        let ledger = site.path("www/tb-sent.jsonl");
        site.set("ledger", &format!("\"{}\"", ledger.display()));
        let peers = vec![
            peer(1, Script::xml(ACCEPTED)),
            peer(2, Script::xml(REFUSED)),
            peer(3, Script::status(503)),
            peer(4, Script::html("not a reply")),
        ];
        let link = |to: &str| format!("<p>before <a href='{to}'>the link</a> after</p>");
        let mut items = String::new();
        let mut publish = |path: &str, content: &str| {
            let page = format!("<title>t</title><article>{content}</article>");
            own.play(path, Script::html(&page));
            let url = own.url(path);
            items.push_str(&format!(
                "<item><title>About {path}</title><link>{url}</link>\
                 <description><![CDATA[{content}]]></description></item>\n"
            ));
        };
        for (number, peer) in peers.iter().enumerate() {
            publish(&format!("/{number}"), &link(&peer.url("/x")));
        }
        let others = [
            peers[0].url("/bare"),
            peers[0].url("/gone"),
            own.url("/1"),
            "mailto:a@b.example".to_owned(),
        ];
        publish("/more", &others.map(|url| link(&url)).concat());
        let feed = format!(
            "<rss version=\"2.0\"><channel><title>The &amp; Writer</title>{items}</channel></rss>"
        );
        write(&site.path("www/feed.xml"), &feed);
        Writer { site, own, peers }
    }
}

/// A weblog with a page that names a ping URL, which answers so, and one that names none.
fn peer(last: u8, answer: Script) -> Blog {
    let page = "<title>Theirs</title><link rel=trackback href=/tb>";
    Blog::start_at(
        [127, 0, 33, last],
        [
            ("/x", Script::html(page)),
            ("/tb", answer),
            ("/bare", Script::html("nothing")),
        ],
    )
}

#[test]
fn a_run_of_send() {
    let mut ledger = Golden::of("disk/sent");
    let [mut plain, mut json, mut terminal] =
        ["plain", "json", "terminal"].map(|form| Golden::of(&format!("{form}/send")));
    let Writer {
        site,
        own: _own,
        peers,
    } = Writer::new();
    let dry = ["send", "feed.xml", "--dry-run"];
    let send = ["send", "feed.xml", "--jobs", "1"];
    let as_json = |words: &[&'static str]| [words, &["--json"]].concat();
    plain.run(&site, "1 send --dry-run", &dry);
    json.run(&site, "1 send --dry-run", &as_json(&dry));
    terminal.run_on_terminal(&site, "1 send --dry-run", &dry);
    plain.run(&site, "2 send", &send);
    plain.run(&site, "3 sent", &["sent"]);
    json.run(&site, "3 sent", &as_json(&["sent"]));
    terminal.run_on_terminal(&site, "3 sent", &["sent"]);
    json.run(&site, "4 send again", &as_json(&send));
    terminal.run_on_terminal(&site, "4 send again", &send);
    ledger.see_file("tb-sent.jsonl", &site.path("www/tb-sent.jsonl"));
    let mut requests = String::new();
    for request in peers.iter().flat_map(Blog::requests) {
        requests.push_str(&format!("{} {}\n", request.method, request.target));
        for (name, value) in &request.headers {
            requests.push_str(&format!("{name}: {value}\n"));
        }
        requests.push_str(&format!("\n{}\n\n", String::from_utf8_lossy(&request.body)));
    }
    ledger.see("REQUESTS", &requests);
    [ledger, plain, json, terminal]
        .into_iter()
        .for_each(Golden::end);
}

#[test]
fn one_ping_and_what_a_page_offers() {
    let mut golden = Golden::of("plain/outward");
    let Writer { site, own, peers } = Writer::new();
    let (page, refusing, bare) = (
        peers[0].url("/x"),
        peers[1].url("/x"),
        peers[0].url("/bare"),
    );
    let own = own.url("/1");
    let mine = ["--url", own.as_str(), "--title", "One"];
    for (name, words) in [
        ("discover", vec!["discover", &page]),
        ("discover json", vec!["discover", &page, "--json"]),
        ("discover nothing", vec!["discover", &bare]),
        ("ping", [&["ping", "--page", &page][..], &mine].concat()),
        (
            "ping refused",
            [&["ping", "--page", &refusing][..], &mine].concat(),
        ),
        (
            "ping nowhere",
            [&["ping", "--page", &bare][..], &mine].concat(),
        ),
        (
            "ping dry",
            [&["ping", "--page", &page, "--dry-run"][..], &mine].concat(),
        ),
        ("thread", vec!["thread", &page]),
        ("thread json", vec!["thread", &page, "--json"]),
    ] {
        golden.run(&site, name, &words);
    }
    golden.end();
}

#[test]
fn a_discussion_that_is_kept() {
    let mut golden = Golden::of("disk/thread");
    let site = Site::new();
    let page = "<title>Theirs</title><link rel=trackback href=/tb>";
    let answers = Blog::start_at(
        [127, 0, 34, 1],
        [("/answer", Script::html("<title>An answer</title>"))],
    );
    let list = format!(
        "<?xml version=\"1.0\"?><response><error>0</error><rss version=\"0.91\"><channel><title>T</title>\
         <link>http://a.example/</link><item><title>An answer</title><link>{}</link></item></channel></rss></response>",
        answers.url("/answer")
    );
    let blog = Blog::start_at(
        [127, 0, 34, 2],
        [("/x", Script::html(page)), ("/tb", Script::xml(&list))],
    );
    let mut own =
        crate::support::owner_session::ping(1, "2006-01-02T03:04:05Z", "published", "verified");
    own["url"] = answers.url("/answer").into();
    crate::support::owner_session::put(&site, "cats", &[own]);
    let url = blog.url("/x");
    golden.run(&site, "OUTPUT", &["thread", &url, "--save", "--id", "cats"]);
    golden.run(&site, "OUTPUT.json", &["thread", &url, "--json"]);
    golden.run(&site, "OUTPUT.dot", &["thread", &url, "--dot"]);
    golden.see_file(".cats.thread", &site.data_dir().join(".cats.thread"));
    golden.ask(&site, "PAGE", &Request::get("__mode=thread&tb_id=cats"));
    golden.end();
}
