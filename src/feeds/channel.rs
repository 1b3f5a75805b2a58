//! The title, link and items of a feed, from which every format is written.

use crate::config::{Config, FeedFormat};
use crate::language::{Language, Sentence};
use crate::linkback::trackback::TbId;
use crate::store::Record;
use crate::text;
use jiff::Timestamp;
use url::Url;

/// The metadata of a feed.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The feed's title.
    pub title: String,
    /// The page that shows the same pings.
    pub link: Url,
    /// A description of one sentence.
    pub description: String,
    /// The feed's own URL, where it has one.
    pub self_url: Option<Url>,
    /// When a feed without pings last changed, if known.
    pub updated: Option<Timestamp>,
    /// A line for each kind of reaction, in the formats that are shown on pages.
    pub reactions: Vec<String>,
    /// The language of its sentences and dates.
    pub language: Language,
}

/// The URL of the static file of an id, if one is written.
pub fn static_url(config: &Config, id: &TbId, format: FeedFormat) -> Option<Url> {
    let folder = config.rss_url.as_ref();
    let folder = folder.filter(|_| config.rss_dir.is_some() && config.formats.contains(&format));
    folder.and_then(|folder| folder.join(&file_name(id, format)).ok())
}

/// A ping in a feed.
#[derive(Debug, Clone)]
pub struct FeedItem {
    /// Unique among all pings of all sites: the URL of its id's list, with the ping's number.
    pub guid: String,
    /// Its id.
    pub id: TbId,
    /// The permalink of the entry behind the id, if known.
    pub permalink: Option<Url>,
    /// The ping.
    pub record: Record,
}

impl Channel {
    /// The channel of one id, whose entry is called `name`. Its own URL is that of the static file, if one is written.
    pub fn of(
        (config, language): (&Config, Language),
        (id, name): (&TbId, &str),
        format: FeedFormat,
    ) -> Channel {
        let name = text::isolate(name);
        Channel {
            language,
            title: format!(
                "{} - {}",
                language.fill(Sentence::TrackbacksFor, &[&name]),
                config.site_name
            ),
            link: list_url(config, id),
            description: language.fill(Sentence::ReceivedFor, &[&config.site_name, &name]),
            self_url: static_url(config, id, format),
            updated: None,
            reactions: Vec::new(),
        }
    }

    /// The channel of all ids together.
    pub fn of_site((config, language): (&Config, Language)) -> Channel {
        Channel {
            language,
            title: format!(
                "{} - {}",
                language.say(Sentence::Trackbacks),
                config.site_name
            ),
            link: config.base_url.clone(),
            description: language.fill(Sentence::NewestReceived, &[&config.site_name]),
            self_url: None,
            updated: None,
            reactions: Vec::new(),
        }
    }
}

/// The URL of the list of an id.
pub fn list_url(config: &Config, id: &TbId) -> Url {
    let mut link = config.base_url.clone();
    link.query_pairs_mut()
        .append_pair("__mode", "list")
        .append_pair("tb_id", id.as_str());
    link
}

pub(super) fn file_name(id: &TbId, format: FeedFormat) -> String {
    format!("{id}.{}", extension(format))
}

pub(super) fn extension(format: FeedFormat) -> &'static str {
    match format {
        // The extension that tb.cgi uses.
        FeedFormat::Rss => "xml",
        FeedFormat::Atom => "atom",
        FeedFormat::Json => "json",
        FeedFormat::Jf2 => "jf2.json",
        FeedFormat::Html => "html",
    }
}
