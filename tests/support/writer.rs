//! A weblog that links to others: its pages on a real peer, its feed in a file, its ledger beside it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::blog::{Blog, Request, Script};
use crate::support::shell::{Ran, Site};

pub(crate) const ACCEPTED: &str = "<response><error>0</error></response>";

/// The weblog at 127.0.0.9.
pub(crate) struct Writer {
    pub(crate) site: Site,
    pub(crate) own: Blog,
    /// Title and content of each entry, by path.
    entries: RefCell<BTreeMap<String, (String, String)>>,
}

impl Writer {
    /// One that does not wait between pings.
    pub(crate) fn new() -> Writer {
        let writer = Writer::polite();
        writer.configure("throttle = \"off\"");
        writer
    }

    /// One that asks each host once a second.
    pub(crate) fn polite() -> Writer {
        Writer {
            site: Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]),
            own: Blog::start_at([127, 0, 0, 9], []),
            entries: RefCell::default(),
        }
    }

    /// Adds lines to the configuration.
    pub(crate) fn configure(&self, lines: &str) {
        let config = self.site.read("cgi-bin/tb.toml");
        self.site
            .write("cgi-bin/tb.toml", &format!("{config}\n{lines}\n"));
    }

    /// Publishes an entry, in the feed and on its page.
    pub(crate) fn publish(&self, path: &str, content: &str) {
        self.announce(path, content);
        let page = format!("<title>t</title><article>{content}</article>");
        self.own.play(path, Script::html(&page));
    }

    /// Puts an entry into the feed alone.
    pub(crate) fn announce(&self, path: &str, content: &str) {
        let entry = (format!("About {path}"), content.to_owned());
        self.entries.borrow_mut().insert(path.to_owned(), entry);
        let entries = self.entries.borrow();
        let items: String = entries
            .iter()
            .map(|(path, (title, content))| {
                let link = self.own.url(path);
                format!(
                    "<item><title>{title}</title><link>{link}</link><content:encoded><![CDATA[{content}]]></content:encoded></item>\n"
                )
            })
            .collect();
        let feed = format!(
            "<rss version=\"2.0\"><channel><title>The &amp; Writer</title>{items}</channel></rss>"
        );
        self.site.write("feed.xml", &feed);
    }

    /// Runs `tb send` over the feed.
    pub(crate) fn send(&self, words: &[&str]) -> Ran {
        self.site.tb(&[&["send", "feed.xml"], words].concat())
    }

    /// The ledger.
    pub(crate) fn ledger(&self) -> String {
        self.site.read("tb-sent.jsonl")
    }

    /// State and answer of each link, by entry's path and target.
    pub(crate) fn standing(&self) -> BTreeMap<(String, String), (String, String)> {
        let out = self.site.tb(&["sent", "--json"]).out();
        let rows = out.lines().map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            let entry = text("entry").replace(&self.own.url(""), "");
            ((entry, text("target")), (text("state"), text("answer")))
        });
        rows.collect()
    }

    /// Where the only link stands.
    pub(crate) fn only(&self) -> (String, String) {
        let standing = self.standing();
        assert_eq!(standing.len(), 1, "{standing:?}");
        standing.into_values().next().unwrap()
    }
}

/// A weblog at 127.0.0.`last` whose entry `/x` names a ping URL that takes pings.
pub(crate) fn peer(last: u8) -> Blog {
    peer_with(last, Script::xml(ACCEPTED))
}

/// The same, with another answer to pings.
pub(crate) fn peer_with(last: u8, answer: Script) -> Blog {
    let page = Script::html("<link rel=trackback href=/tb>");
    Blog::start_at([127, 0, 0, last], [("/x", page), ("/tb", answer)])
}

/// A page `/x` that takes webmentions at an endpoint.
pub(crate) fn mention_receiver() -> Blog {
    let page = Script::html("<link rel=webmention href=/wm>");
    Blog::start_at([127, 0, 0, 2], [("/x", page), ("/wm", Script::status(202))])
}

/// A link to the entry of a weblog.
pub(crate) fn link(blog: &Blog) -> String {
    format!(
        "<p>before <a href='{}'>the link</a> after</p>",
        blog.url("/x")
    )
}

/// The pings that a weblog has got.
pub(crate) fn pings(blog: &Blog) -> Vec<BTreeMap<String, String>> {
    let is_ping = |request: &Request| request.method == "POST";
    let requests = blog.requests().into_iter().filter(is_ping);
    requests
        .map(|request| {
            url::form_urlencoded::parse(&request.body)
                .into_owned()
                .collect()
        })
        .collect()
}

/// Every ping has arrived, and none twice.
pub(crate) fn assert_each_once(peers: &[&Blog], count: usize) {
    let mut seen: BTreeMap<(usize, String), usize> = BTreeMap::new();
    for (index, peer) in peers.iter().enumerate() {
        for ping in pings(peer) {
            *seen.entry((index, ping["url"].clone())).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), count, "{seen:?}");
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
}

pub(crate) const TITLES: [&str; 7] = [
    "Why `<details>` beats `&amp;`",
    "AT&T & <b>old</b> &copy laws",
    "1 < 2 && x<3 > 0",
    "&#65;&lt;script&gt;",
    "<!-- not a comment --> <?php ?>",
    "I <3 猫",
    "\"quoted\" 'it' &notit; &nosuch;",
];
