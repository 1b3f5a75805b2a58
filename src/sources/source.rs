//! The sources of entries, as the user names them.

use std::path::PathBuf;

use url::Url;

use crate::urls::parse_web;

/// A feed, a built site or a page. The format of a URL or a file is recognised when it is read, so a feed that is
/// named as a page is still parsed as a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A feed or a sitemap on the web.
    Feed(Url),
    /// A feed, a sitemap or a page in a file.
    File(PathBuf),
    /// A built site.
    Folder(PathBuf),
    /// A page on the web.
    Page(Url),
}

impl Source {
    /// Guesses the kind of source: `http:` and `https:` are URLs, of a feed if the path ends like one; a
    /// folder on this machine is a built site; anything else is a file.
    pub fn parse(text: &str) -> Source {
        match parse_web(text) {
            Some(url) if names_a_feed(url.path()) => Source::Feed(url),
            Some(url) => Source::Page(url),
            None => {
                let path = PathBuf::from(text);
                if path.is_dir() {
                    Source::Folder(path)
                } else {
                    Source::File(path)
                }
            }
        }
    }
}

fn names_a_feed(path: &str) -> bool {
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let extension = last.rsplit_once('.').map(|(_, extension)| extension);
    matches!(last, "feed" | "rss" | "atom")
        || matches!(extension, Some("xml" | "rss" | "rdf" | "atom" | "json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_names_is_a_url_a_folder_or_a_file() {
        let url = |text: &str| Url::parse(text).unwrap();
        for (text, source) in [
            (
                "https://a.example/feed/",
                Source::Feed(url("https://a.example/feed/")),
            ),
            (
                " https://a.example/x/Index.XML?y",
                Source::Feed(url("https://a.example/x/Index.XML?y")),
            ),
            (
                "http://a.example/x.html",
                Source::Page(url("http://a.example/x.html")),
            ),
            ("https://a.example", Source::Page(url("https://a.example/"))),
            ("/", Source::Folder("/".into())),
            ("feed.xml", Source::File("feed.xml".into())),
            (
                "ftp://a.example/feed",
                Source::File("ftp://a.example/feed".into()),
            ),
        ] {
            assert_eq!(Source::parse(text), source, "{text}");
        }
    }
}
