//! Whether an entry is published, and links where its source says.
//!
//! A ping for a page that is not there yet, or that does not carry the link, is what receivers take for spam.

use std::collections::HashSet;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};
use url::Url;

use super::single::cause;
use crate::net::Client;
use crate::trackback::discover::arxiv_page;
use crate::urls::page_key;

/// Where a page leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leads {
    keys: HashSet<String>,
    /// Whether the page went on beyond what was read.
    truncated: bool,
}

impl Leads {
    /// Reads the links of a page that was fetched from `at`.
    #[must_use]
    pub fn read(body: &[u8], at: &Url) -> Leads {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let text = String::from_utf8_lossy(body);
        let mut base = None;
        let mut raw = Vec::new();
        for token in Tokenizer::new_with_emitter(text.as_ref(), emitter).flatten() {
            let Token::StartTag(tag) = token else {
                continue;
            };
            let name: &[u8] = match tag.name.as_slice() {
                b"a" | b"area" | b"link" | b"base" => b"href",
                b"q" | b"blockquote" => b"cite",
                _ => continue,
            };
            let Some(value) = tag.attributes.get(name) else {
                continue;
            };
            let value = String::from_utf8_lossy(value).trim().to_owned();
            if tag.name.as_slice() != b"base" {
                raw.push(value);
            } else if base.is_none() {
                base = at.join(&value).ok();
            }
        }
        let base = base.unwrap_or_else(|| at.clone());
        let keys = raw.iter().filter_map(|href| base.join(href).ok());
        Leads {
            keys: keys.map(|url| key(&url)).collect(),
            truncated: false,
        }
    }

    /// Whether one of the links leads to the page `url`, however it is spelt.
    #[must_use]
    pub fn lead_to(&self, url: &Url) -> bool {
        self.truncated || self.keys.contains(&key(url))
    }
}

/// Where the published page at `permalink` leads; of a page that is larger than what is read, anywhere.
///
/// # Errors
///
/// Why it cannot be read, in words.
pub fn leads(client: &Client, permalink: &Url) -> Result<Leads, String> {
    let page = client.get(permalink).map_err(|error| cause(&error))?;
    Ok(Leads {
        truncated: page.truncated,
        ..Leads::read(&page.body, &page.url)
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
        let leads = Leads::read(page.as_bytes(), &url("https://me.example/"));
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
        let leads = Leads::read(page.as_bytes(), &url("https://me.example/"));
        assert!(!leads.lead_to(&url("https://a.example/1")));
    }
}
