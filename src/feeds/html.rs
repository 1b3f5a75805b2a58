//! The pings as a fragment of HTML, for server-side includes and for sites that are built.

use askama::Template;
use jiff::tz::TimeZone;

use super::channel::FeedItem;
use crate::store::Record;

#[derive(Template)]
#[template(path = "fragment.html")]
struct Fragment<'a> {
    pings: Vec<ShownPing<'a>>,
}

struct ShownPing<'a> {
    record: &'a Record,
    date: String,
}

impl ShownPing<'_> {
    /// The permalink if a browser may follow it; a line edited by hand may say anything.
    fn permalink(&self) -> Option<&str> {
        let url = self.record.url.as_str();
        let web = url.starts_with("https://") || url.starts_with("http://");
        web.then_some(url)
    }
}

/// A list, newest first, or a sentence where there is none. Nothing in it needs a script or a style.
pub(super) fn fragment(zone: &TimeZone, items: &[FeedItem]) -> String {
    let shown = |item: &'_ FeedItem| {
        let time = item.record.time.to_zoned(zone.clone());
        time.strftime("%-d %B %Y").to_string()
    };
    let pings = items
        .iter()
        .map(|item| ShownPing {
            record: &item.record,
            date: shown(item),
        })
        .collect();
    // Rendering strings into memory cannot fail.
    let mut text = Fragment { pings }.render().unwrap_or_default();
    text.push('\n');
    text
}
