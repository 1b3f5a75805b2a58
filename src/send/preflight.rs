//! Whether an entry is published, and links where its source says.
//!
//! A ping for a page that is not there yet, or that does not carry the link, is what receivers take for spam.

use std::collections::HashMap;

use url::Url;

use super::outcome::cause;
use crate::error::{Error, FetchError};
use crate::fetch::Client;
use crate::html::{Base, Document};
use crate::linkback::discover::{arxiv_page, decode_page};
use crate::urls::{page_key, parse_web};

/// The most links of a page that are looked at.
const MOST: usize = 20_000;

/// Where a page leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leads {
    /// By the identity of the page, how the first link to it is written.
    links: HashMap<String, String>,
    /// Whether the page went on beyond what was read.
    truncated: bool,
}

impl Leads {
    /// Reads the links of a page that was fetched from `at`, without text too: what an entry answers is often named by
    /// such a link.
    pub fn read(body: &[u8], content_type: Option<&str>, at: &Url) -> Leads {
        let text = decode_page(body, content_type);
        let page = Document::parse(&text);
        let base = Base::new(&page, at);
        let mut found = page.links().filter_map(|link| {
            let url = base.join(link.href)?;
            let is_whole = parse_web(link.href).is_some();
            let written = if is_whole { link.href } else { url.as_str() };
            Some((key(&url), written.to_owned()))
        });
        let mut links = HashMap::new();
        for (key, written) in found.by_ref().take(MOST) {
            links.entry(key).or_insert(written);
        }
        Leads {
            links,
            truncated: page.is_cut() || found.next().is_some(),
        }
    }

    /// Whether one of the links leads to the page `url`, however it is spelt.
    pub fn lead_to(&self, url: &Url) -> bool {
        self.truncated || self.links.contains_key(&key(url))
    }

    /// How the page writes the URL of the page `url`: receivers look for what they are told.
    pub fn written(&self, url: &Url) -> Option<&str> {
        self.links.get(&key(url)).map(String::as_str)
    }
}

/// Why an entry's page is not looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPage {
    /// What went wrong.
    pub cause: String,
    /// Whether the server says that it is gone (404, 410).
    pub is_gone: bool,
}

/// Where the published page at `permalink` leads; of a page that is larger than what is read, anywhere.
pub fn leads(client: &Client, permalink: &Url) -> Result<Leads, NoPage> {
    let page = client.get(permalink).map_err(|error| NoPage {
        is_gone: matches!(
            error,
            Error::Fetch {
                fault: FetchError::Status(404 | 410),
                ..
            }
        ),
        cause: cause(&error),
    })?;
    let leads = Leads::read(&page.body, page.content_type.as_deref(), &page.url);
    Ok(Leads {
        truncated: page.truncated || leads.truncated,
        ..leads
    })
}

fn key(url: &Url) -> String {
    let paper = arxiv_page(url);
    page_key(paper.as_ref().unwrap_or(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_link_counts_however_it_is_spelt() {
        let page = "<base href='https://b.example/x/'><a href=' ../1/#c '>1</a><A HREF=//www.c.example/?a=1&amp;b>
            <blockquote cite=https://d.example><p><a href='https://arxiv.org/pdf/1501.00001v2'>";
        let leads = Leads::read(page.as_bytes(), None, &url("https://me.example/"));
        for there in [
            "https://b.example/1",
            "http://c.example/?a=1&b",
            "https://d.example/",
            "https://arxiv.org/abs/1501.00001",
        ] {
            assert!(leads.lead_to(&url(there)), "{there}");
        }
        for elsewhere in [
            "https://b.example/x/1",
            "https://c.example/",
            "https://d.example:8080/",
        ] {
            assert!(!leads.lead_to(&url(elsewhere)), "{elsewhere}");
        }
    }

    #[test]
    fn what_only_looks_like_a_link_does_not_count() {
        let page =
            "<!-- <a href=https://a.example/1> --><script>'<a href=https://a.example/1>'</script>
            <textarea><a href=https://a.example/1></textarea><p>https://a.example/1";
        let leads = Leads::read(page.as_bytes(), None, &url("https://me.example/"));
        assert!(!leads.lead_to(&url("https://a.example/1")));
    }

    #[test]
    fn c4_feed_and_page_may_spell_a_link_in_two_ways() {
        for (page, feed) in [
            ("http://b.example/%7Ecat", "https://b.example/~cat/"),
            ("https://b.example/~cat", "https://b.example/%7ecat"),
            ("https://b.example/猫", "https://b.example/%e7%8c%ab"),
            ("https://b.example/%e7%8c%ab", "https://b.example/%E7%8C%AB"),
            ("//www.b.example/x/index.html", "https://b.example/x"),
            ("https://猫.example/", "https://xn--z7x.example"),
            (
                "https://b.example/x?a=1&amp;b=%2F",
                "https://b.example/x?a=1&b=/",
            ),
            ("https://b.example/x?utm_source=me", "https://b.example/x"),
        ] {
            let html = format!("<meta charset=utf-8><p><a href='{page}'>x</a>");
            let leads = Leads::read(
                html.as_bytes(),
                Some("text/html"),
                &url("https://me.example/"),
            );
            assert!(leads.lead_to(&url(feed)), "{page} {feed}");
        }
    }

    #[test]
    fn c4_the_charset_is_the_pages() {
        let at = url("https://me.example/");
        let page = "<p><a href='https://b.example/猫'>猫</a>";
        for (label, is_in_header) in [
            ("Shift_JIS", true),
            ("EUC-JP", false),
            ("utf-8", true),
            ("Big5", false),
        ] {
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
            let html = format!("<meta charset={label}>{page}");
            let html = if is_in_header { page } else { &html };
            let (body, _, _) = encoding.encode(html);
            let kind = format!("text/html; charset={label}");
            let kind = if is_in_header {
                kind.as_str()
            } else {
                "text/html"
            };
            let leads = Leads::read(&body, Some(kind), &at);
            assert!(
                leads.lead_to(&url("https://b.example/%E7%8C%AB")),
                "{label}"
            );
        }
    }
}
