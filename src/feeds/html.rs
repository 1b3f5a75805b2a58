//! Writes an HTML fragment, for server-side includes and static site generators.

use std::borrow::Cow;

use askama::Template;
use jiff::tz::TimeZone;

use super::channel::{Channel, FeedItem};
use super::shown::excerpt_below_title;
use crate::language::{Language, Sentence};
use crate::store::Record;
use crate::text;

#[derive(Template)]
#[template(path = "fragment.html")]
struct Fragment<'a> {
    pings: Vec<ShownPing<'a>>,
    reactions: &'a [String],
    language: Language,
}

struct ShownPing<'a> {
    record: &'a Record,
    excerpt: Cow<'a, str>,
    date: String,
    host: String,
}

impl ShownPing<'_> {
    /// The permalink if it is http or https: a line edited by hand may hold any scheme.
    fn permalink(&self) -> Option<&str> {
        let url = self.record.url.as_str();
        let web = url.starts_with("https://") || url.starts_with("http://");
        web.then_some(url)
    }
}

/// A list of the pings, newest first, or a sentence if there are none. It needs no script or style sheet.
pub(super) fn fragment(zone: &TimeZone, channel: &Channel, items: &[FeedItem]) -> String {
    let shown = |item: &'_ FeedItem| {
        channel
            .language
            .date(&item.record.time.to_zoned(zone.clone()))
    };
    let pings = items
        .iter()
        .map(|item| ShownPing {
            record: &item.record,
            excerpt: excerpt_below_title(&item.record),
            date: shown(item),
            host: item.record.verified_host(),
        })
        .collect();
    // Rendering strings into memory cannot fail.
    let fragment = Fragment {
        pings,
        reactions: &channel.reactions,
        language: channel.language,
    };
    let html = fragment.render().unwrap_or_default();
    // A line edited by hand may hold any character.
    let mut html = text::without_invalid_in_html(html);
    html.push('\n');
    html
}
