//! A page as a browser's tokenizer and our own discovery read it.

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};
use tb::linkback::discover::{Discovery, DiscoverySource, discover};
use url::Url;

use crate::support::senders;

/// How a page says how many pings there are.
#[derive(Clone, Copy)]
pub(super) enum Counted {
    /// By an element that the script fills in.
    ByScript,
    /// In words: one.
    WhenBuilt,
}

pub(super) struct Page {
    text: String,
    permalink: Url,
    tags: Vec<(String, BTreeMap<String, String>)>,
    comments: Vec<String>,
    /// All text outside of tags and comments.
    words: String,
}

impl Page {
    pub(super) fn read(html: &[u8], permalink: &str) -> Page {
        let text = String::from_utf8(html.to_vec()).unwrap();
        let mut page = Page {
            permalink: permalink.parse().unwrap(),
            tags: Vec::new(),
            comments: Vec::new(),
            words: String::new(),
            text,
        };
        let own = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        for Ok(token) in Tokenizer::new(&page.text) {
            match token {
                Token::StartTag(tag) => {
                    let attributes = tag.attributes.iter();
                    let attributes = attributes.map(|(name, value)| (own(name), own(value)));
                    page.tags.push((own(&tag.name), attributes.collect()));
                }
                Token::Comment(comment) => page.comments.push(own(&comment)),
                Token::String(string) => page.words.push_str(&own(&string)),
                Token::Error(error) => panic!("{error:?} in {}", page.text),
                _ => {}
            }
        }
        page
    }

    /// That the page leads to ping URL, list and count of the entry.
    pub(super) fn assert_found(&self, base: &str, id: &str, title: &str, count: Counted) {
        let Page {
            text, permalink, ..
        } = self;
        // Written so that nothing in it needs decoding.
        let ping_url = format!("{base}/{}", id.replace("--", "-%2D"));
        let discovery = self.discover(text);
        assert_eq!(discovery.found.len(), 1, "{discovery:?} in {text}");
        let found = &discovery.found[0];
        assert_eq!(found.source, DiscoverySource::Rdf, "{text}");
        assert_eq!(found.ping_url.as_str(), ping_url);
        assert_eq!(found.identifier.as_ref(), Some(permalink), "{text}");
        assert_eq!(found.title.as_deref(), Some(title), "{text}");
        assert!(discovery.others.is_empty(), "{discovery:?} in {text}");
        self.assert_comment_is_whole();
        self.assert_others_find(&ping_url);

        // Without the block the link in the head is found, and without that the one below the entry.
        let (before, rest) = text.split_once("<!--\n<rdf:RDF").unwrap();
        let (_, after) = rest.split_once("-->").unwrap();
        let without_block = format!("{before}{after}");
        self.assert_source(&without_block, DiscoverySource::LinkRel, &ping_url);
        let without_link = without_block.replacen("<link rel=\"trackback\"", "<link", 1);
        self.assert_source(&without_link, DiscoverySource::AnchorRel, &ping_url);

        let list = format!("{base}?__mode=list&tb_id={id}");
        let links = self.values("a", "href");
        assert!(links.iter().any(|link| **link == list), "{list} in {text}");
        match count {
            Counted::ByScript => {
                let script = format!("{base}?__mode=js");
                assert_eq!(self.values("script", "src"), [&script]);
                // In the link, and in the heading above the list.
                let counted = self.values("span", "data-trackback-count");
                assert!(
                    !counted.is_empty() && counted.iter().all(|counted| **counted == id),
                    "{text}"
                );
            }
            Counted::WhenBuilt => assert!(self.words.contains("TrackBacks (1)"), "{text}"),
        }
    }

    /// That the page has the list of the entry's pings, and the script that fills it in.
    pub(super) fn assert_lists(&self, base: &str, id: &str) {
        assert_eq!(self.values("div", "data-trackbacks"), [id], "{}", self.text);
        let script = format!("{base}?__mode=js");
        let scripts = self.values("script", "src");
        let own = scripts.iter().filter(|url| ***url == script);
        assert_eq!(own.count(), 1, "{}", self.text);
        let counted = self.values("span", "data-trackback-count");
        assert!(
            counted.iter().any(|counted| **counted == id),
            "{}",
            self.text
        );
        let list = format!("{base}?__mode=list&tb_id={id}");
        assert!(self.values("a", "href").contains(&&list), "{}", self.text);
    }

    /// That programs of others find the ping URL, which compare the permalink as it stands.
    fn assert_others_find(&self, ping_url: &str) {
        let Page {
            text, permalink, ..
        } = self;
        let url = permalink.as_str();
        if url.contains("--") {
            return;
        }
        for (sender, found) in [
            ("Movable Type", senders::movable_type(text, url)),
            ("Serendipity", senders::serendipity(text, url, url)),
            ("Dotclear", senders::dotclear(text, url)),
        ] {
            assert_eq!(found.as_deref(), Some(ping_url), "{sender} in {text}");
        }
    }

    /// That a list of entries has the count of one and names no ping URL of its own.
    pub(super) fn assert_counts_only(&self, id: &str) {
        assert_eq!(
            self.values("span", "data-trackback-count"),
            [id],
            "{}",
            self.text
        );
        assert_eq!(self.values("script", "src").len(), 1, "{}", self.text);
        assert_eq!(self.discover(&self.text).found, [], "{}", self.text);
    }

    fn assert_comment_is_whole(&self) {
        let text = &self.text;
        let blocks: Vec<_> = self
            .comments
            .iter()
            .filter(|text| text.contains("rdf:RDF"))
            .collect();
        let [block] = blocks[..] else {
            panic!("{} blocks in {text}", blocks.len());
        };
        assert!(block.ends_with("</rdf:RDF>\n"), "{block}");
        // As XML has it.
        assert!(!block.contains("--"), "{block}");
        assert!(
            !self.words.contains("rdf:") && !self.words.contains("trackback:"),
            "{text}"
        );
        assert!(
            !self.words.contains("{{") && !self.words.contains("{%"),
            "{text}"
        );
    }

    fn assert_source(&self, text: &str, source: DiscoverySource, ping_url: &str) {
        let discovery = self.discover(text);
        assert_eq!(discovery.found.len(), 1, "{discovery:?} in {text}");
        assert_eq!(discovery.found[0].source, source, "{text}");
        assert_eq!(discovery.found[0].ping_url.as_str(), ping_url, "{text}");
    }

    fn discover(&self, text: &str) -> Discovery {
        let kind = Some("text/html; charset=utf-8");
        discover(text.as_bytes(), kind, &self.permalink, &self.permalink)
    }

    /// The attribute of every tag that has it.
    fn values(&self, tag: &str, attribute: &str) -> Vec<&String> {
        let tags = self.tags.iter().filter(|(name, _)| name == tag);
        tags.filter_map(|(_, attributes)| attributes.get(attribute))
            .collect()
    }
}
