//! Static files whose ids no longer exist.
//!
//! Other programs may write into the same folder, and removing a file cannot be undone, so only a file whose content
//! looks exactly like this program's is an orphan, whatever its name.

use std::io::Read;

use super::channel::{extension, file_name};
use super::open;
use crate::config::{Config, FeedFormat};
use crate::dir::OpenMode;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::order;
use crate::text::escape_xml;

/// An upper limit for the size of a static file, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The static files of ids for which `is_gone` holds, sorted by name; of every format, even one that is no longer
/// configured.
pub fn orphans(
    config: &Config,
    is_gone: impl Fn(&TbId) -> bool,
) -> Result<Vec<(TbId, FeedFormat)>> {
    let Some(folder) = open(config)? else {
        return Ok(Vec::new());
    };
    let mut orphans = Vec::new();
    for name in folder.names()? {
        let Some((id, format)) = parse_file_name(&name).filter(|(id, _)| is_gone(id)) else {
            continue;
        };
        // A symbolic link or a special file was put there by somebody else.
        let Ok(Some(file)) = folder.file(&name, OpenMode::Read) else {
            continue;
        };
        let mut text = String::new();
        let read = file.take(MAX_BYTES).read_to_string(&mut text);
        if read.is_ok() && is_ours(&id, format, &text) {
            orphans.push((id, format));
        }
    }
    order::sort_by_key(&mut orphans, |(id, format)| file_name(id, *format));
    Ok(orphans)
}

/// Removes a static file of `id`. The caller holds the lock of the id and has checked that it no longer exists.
pub fn remove_static(config: &Config, id: &TbId, format: FeedFormat) -> Result<()> {
    match open(config)? {
        Some(folder) => folder.remove(&file_name(id, format)),
        None => Ok(()),
    }
}

/// The name of the static file of `id` in one format.
pub fn static_name(id: &TbId, format: FeedFormat) -> String {
    file_name(id, format)
}

fn parse_file_name(name: &str) -> Option<(TbId, FeedFormat)> {
    let (stem, end) = name.split_once('.')?;
    let mut formats = FeedFormat::ALL.into_iter();
    let format = formats.find(|format| extension(*format) == end)?;
    let id = TbId::new(stem.as_bytes()).ok()?;
    (id.as_str() == stem).then_some((id, format))
}

/// Whether a file looks like this program's static file of `id`, with any `base_url` and `site_name`.
fn is_ours(id: &TbId, format: FeedFormat, text: &str) -> bool {
    let title = format!("TrackBacks for {id} - ");
    let in_url: String = form_urlencoded::byte_serialize(id.as_str().as_bytes()).collect();
    let list = format!("__mode=list&tb_id={in_url}");
    let (begin, title, list, items) = match format {
        FeedFormat::Html => {
            return [
                "<ol class=\"trackbacks\">\n",
                "<p class=\"trackbacks none\">",
            ]
            .iter()
            .any(|begin| text.starts_with(begin));
        }
        FeedFormat::Rss | FeedFormat::Atom => (
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
            format!("<title>{title}"),
            escape_xml(&list).into_owned(),
            ["<item>", "<entry>"],
        ),
        FeedFormat::Jf2 => (
            "{\"type\":\"feed\",\"name\":\"Webmentions\",\"url\":\"",
            String::new(),
            list.replace('&', "\\u0026"),
            ["\"children\":[", "\"children\":["],
        ),
        FeedFormat::Json => (
            "{\"version\":\"https://jsonfeed.org/version/1.1\",",
            format!("\"title\":\"{title}"),
            list.replace('&', "\\u0026"),
            ["\"items\":[", "\"items\":["],
        ),
    };
    // Only this program's own text comes before the first item.
    let end = items.iter().filter_map(|item| text.find(item)).min();
    let head = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    head.starts_with(begin) && head.contains(&title) && head.contains(&list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_only_what_looks_like_ours_in_every_respect_is_ours() {
        let id = TbId::new("猫".as_bytes()).unwrap();
        let rss = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss><channel>\
                   <title>TrackBacks for 猫 - A site</title>\
                   <link>http://a.example/tb.cgi?__mode=list&amp;tb_id=%E7%8C%AB</link>";
        assert!(is_ours(&id, FeedFormat::Rss, rss));
        let other = TbId::new(b"dog").unwrap();
        assert!(!is_ours(&other, FeedFormat::Rss, rss));
        let quoted = rss.replace("<channel>", "<channel><title>Mine</title><item>");
        assert!(!is_ours(&id, FeedFormat::Rss, &quoted));
        assert!(!is_ours(&id, FeedFormat::Json, rss));
        assert!(!is_ours(
            &id,
            FeedFormat::Html,
            "<!doctype html><ol class=\"trackbacks\">\n"
        ));
        assert!(is_ours(
            &id,
            FeedFormat::Html,
            "<ol class=\"trackbacks\">\n<li>"
        ));
    }

    #[test]
    fn a_name_that_no_id_has_is_no_static_file() {
        for name in ["a.xml", "猫.json", "猫.jf2.json"] {
            assert!(parse_file_name(name).is_some(), "{name}");
        }
        for name in [
            "a-b.xml",
            ".a.xml",
            "a.xml.tmp",
            "a.jsonl",
            "a.jf2",
            "a.b.json",
            "xml",
            "a.css",
            ".xml",
        ] {
            assert!(parse_file_name(name).is_none(), "{name}");
        }
    }
}
