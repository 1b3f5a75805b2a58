//! The pings of one page: from the list of its ping URL, or from this installation's store.

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use crate::error::{Error, FetchError, Result};
use crate::fetch::Client;
use crate::linkback::trackback::listing::{self, PingListing};
use crate::linkback::trackback::ping::Ping;
use crate::store::{Pings, Record, Which};

/// A page that has pinged another.
#[derive(Debug, Clone)]
pub struct Mention {
    /// The ping.
    pub fields: Ping,
    /// The ping's URL, parsed.
    pub url: Url,
    /// When the ping was received, if known.
    pub time: Option<Timestamp>,
    /// The ping's number, if this installation received it.
    pub ping: Option<u64>,
}

/// The list of a ping URL.
#[derive(Debug, Clone)]
pub(super) struct PingList {
    pub(super) mentions: Vec<Mention>,
    /// The URL of the same list as JSON Feed, which has more fields.
    pub(super) json: Option<Url>,
}

/// The newest published pings of an id.
pub fn published(pings: &Pings, most: usize) -> Result<Vec<Mention>> {
    let records = pings.newest(Which::Published, None, most)?.into_iter();
    let mention = |record: Record| {
        Some(Mention {
            url: Url::parse(&record.url).ok()?,
            time: Some(record.time),
            ping: Some(record.id),
            fields: Ping {
                url: record.url,
                title: record.title,
                excerpt: record.excerpt,
                blog_name: record.blog_name,
            },
        })
    };
    Ok(records.filter_map(mention).collect())
}

/// Fetches a ping URL's list by the specification's `__mode=rss`.
pub(super) fn fetch_list(client: &Client, ping_url: &Url, most: usize) -> Result<PingList> {
    let page = client.get(&with_mode(ping_url, "rss", most))?;
    let unreadable = |message: String| Error::Fetch {
        url: ping_url.to_string(),
        fault: FetchError::Content(message.into()),
    };
    match listing::parse(&page.body, page.content_type.as_deref(), &page.url) {
        PingListing::Pings { pings, link } => Ok(PingList {
            mentions: pings.into_iter().filter_map(mention).collect(),
            json: link
                .filter(is_ours)
                .map(|_| with_mode(ping_url, "json", most)),
        }),
        PingListing::Refused(message) => Err(unreadable(message)),
        PingListing::Unreadable => {
            Err(unreadable("the response is not a list of pings".to_owned()))
        }
    }
}

/// Fetches the same list as JSON Feed.
pub(super) fn fetch_json(client: &Client, url: &Url) -> Result<Vec<Mention>> {
    let page = client.get(url)?;
    parse_json(&page.body).ok_or_else(|| Error::Fetch {
        url: url.to_string(),
        fault: FetchError::Content("not a JSON Feed".into()),
    })
}

/// Whether a list was made by this program: only its lists also exist as JSON.
fn is_ours(link: &Url) -> bool {
    let has = |wanted: (&str, Option<&str>)| {
        link.query_pairs().any(|(name, value)| {
            name == wanted.0 && wanted.1.is_none_or(|expected| value == expected)
        })
    };
    has(("__mode", Some("list"))) && has(("tb_id", None))
}

/// The ping URL with a mode in its query. Peers that do not know `n` ignore it.
fn with_mode(ping_url: &Url, mode: &str, most: usize) -> Url {
    let mut url = ping_url.clone();
    url.query_pairs_mut()
        .append_pair("__mode", mode)
        .append_pair("n", &most.to_string());
    url
}

fn mention(fields: Ping) -> Option<Mention> {
    Some(Mention {
        url: Url::parse(&fields.url).ok()?,
        fields,
        time: None,
        ping: None,
    })
}

#[derive(Deserialize)]
struct FetchedFeed {
    version: String,
    items: Vec<ListedItem>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListedItem {
    url: String,
    title: String,
    content_text: String,
    date_published: Option<String>,
    authors: Vec<ListedAuthor>,
}

#[derive(Deserialize)]
struct ListedAuthor {
    #[serde(default)]
    name: String,
}

fn parse_json(body: &[u8]) -> Option<Vec<Mention>> {
    let feed: FetchedFeed = serde_json::from_slice(body).ok()?;
    if !feed.version.starts_with("https://jsonfeed.org/version/") {
        return None;
    }
    let mention = |item: ListedItem| {
        // The texts of the feed are plain; a ping's are parsed as markup.
        let blog_name = item.authors.first().map_or("", |author| &author.name);
        let [title, excerpt, blog_name] =
            [&item.title, &item.content_text, blog_name].map(crate::text::escape_xml);
        let fields = Ping::new(&item.url, &title, &excerpt, &blog_name).ok()?;
        let time = item.date_published.and_then(|time| time.parse().ok());
        Some(Mention {
            time,
            ..mention(fields)?
        })
    };
    let items = feed.items.into_iter().take(listing::MOST);
    Some(items.filter_map(mention).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_put_behind_what_the_ping_url_has() {
        for (ping_url, expected) in [
            (
                "http://a.example/tb/1",
                "http://a.example/tb/1?__mode=rss&n=5",
            ),
            (
                "http://a.example/tb?id=%7e1&x",
                "http://a.example/tb?id=%7e1&x&__mode=rss&n=5",
            ),
        ] {
            let ping_url = Url::parse(ping_url).unwrap();
            assert_eq!(with_mode(&ping_url, "rss", 5).as_str(), expected);
        }
    }

    #[test]
    fn a_json_feed_tells_weblogs_and_times_and_its_texts_are_plain() {
        let body = r#"{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[
            {"id":"1","url":"https://a.example/1","title":"1 <b> & \u001b[2J2","authors":[{"name":"A"}],
             "date_published":"2026-11-20T05:00:00Z","x":[[[]]]},
            {"id":"2","url":"javascript:alert(1)","title":"x"},
            {"id":"3","url":"https://a.example/3","title":"3","date_published":"yesterday"}]}"#;
        let mentions = parse_json(body.as_bytes()).unwrap();
        assert_eq!(mentions.len(), 2);
        assert_eq!(mentions[0].fields.title, "1 <b> & [2J2");
        assert_eq!(mentions[0].fields.blog_name, "A");
        assert_eq!(
            mentions[0].time.unwrap().to_string(),
            "2026-11-20T05:00:00Z"
        );
        assert_eq!(mentions[1].time, None);
        for nonsense in ["", "[]", "{\"version\":\"2\",\"items\":[]}"] {
            assert!(parse_json(nonsense.as_bytes()).is_none(), "{nonsense}");
        }
        let deep = "[".repeat(100_000);
        assert!(parse_json(deep.as_bytes()).is_none());
    }
}
