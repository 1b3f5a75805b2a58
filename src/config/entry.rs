//! The key `entry`: conversion between the permalink of an entry and its id.

use crate::linkback::trackback::TbId;
use crate::urls::{entry_key, is_web, page_key};
use url::Url;

/// A URL with a placeholder for an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPattern {
    before: String,
    after: String,
    /// The parts before and after the id in the [`entry_key`] of a permalink.
    key: (String, String),
}

/// The placeholder.
const PLACE: &str = "{id}";
/// Replaces the placeholder when the URL is parsed; unlikely to occur in a URL.
const STAND_IN: &str = "0id9id0";

impl EntryPattern {
    /// Parses `https://blog.example/posts/{id}/`; `None` if it is not an http or https URL with exactly one `{id}` after
    /// the host.
    pub fn new(text: &str) -> Option<EntryPattern> {
        let (before, after) = text.trim().split_once(PLACE)?;
        let url = Url::parse(&format!("{before}{STAND_IN}{after}")).ok()?;
        let host = Url::parse(before).ok()?.host_str()?.to_owned();
        let is_usable = is_web(&url) && url.host_str() == Some(&host) && !after.contains(PLACE);
        let key = page_key(&url);
        let (key_before, key_after) = key.split_once(STAND_IN)?;
        is_usable.then(|| EntryPattern {
            before: before.to_owned(),
            after: after.to_owned(),
            key: (key_before.to_owned(), key_after.to_owned()),
        })
    }

    /// The permalink of the entry with an id. It is only a guess, since `my_cats` may also stand for `…/my-cats/`: compare
    /// links by [`EntryPattern::id_of`].
    pub fn url_of(&self, id: &TbId) -> Option<Url> {
        Url::parse(&format!("{}{id}{}", self.before, self.after)).ok()
    }

    /// The id of the entry at a permalink, in any spelling, if it matches this pattern. Characters that an id cannot hold
    /// (`/` in `2026/11/title`, hyphens of a slug) are replaced as in a ping.
    pub fn id_of(&self, permalink: &Url) -> Option<TbId> {
        let (before, after) = &self.key;
        let key = entry_key(permalink);
        let text = key
            .strip_prefix(before.as_str())?
            .strip_suffix(after.as_str())?;
        let raw: Vec<u8> = percent_encoding::percent_decode_str(text).collect();
        TbId::new(&raw).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permalink_and_its_id_are_made_from_each_other() {
        let pattern = EntryPattern::new("https://blog.example/posts/{id}/").unwrap();
        for (id, url) in [
            ("cats", "https://blog.example/posts/cats/"),
            (
                "猫の話",
                "https://blog.example/posts/%E7%8C%AB%E3%81%AE%E8%A9%B1/",
            ),
        ] {
            let id = TbId::new(id.as_bytes()).unwrap();
            assert_eq!(pattern.url_of(&id).unwrap().as_str(), url);
            assert_eq!(pattern.id_of(&Url::parse(url).unwrap()), Some(id));
        }
        let id_of = |url: &str| {
            pattern
                .id_of(&Url::parse(url).unwrap())
                .map(|id| id.to_string())
        };
        assert_eq!(
            id_of("https://blog.example/posts/cats#c"),
            Some("cats".to_owned())
        );
        assert_eq!(
            id_of("https://blog.example/posts/2026/cats/"),
            Some("2026_cats".to_owned())
        );
        assert_eq!(id_of("https://blog.example/about/"), None);
        assert_eq!(id_of("https://blog.example.evil.example/posts/cats/"), None);
    }

    #[test]
    fn an_id_is_compared_as_a_ping_names_it_whatever_its_entrys_slug() {
        for (pattern, url, id) in [
            ("/posts/{id}/", "/posts/my-cats/", "my_cats"),
            ("/posts/{id}/", "/posts/my-cats/index.html", "my_cats"),
            (
                "/posts/{id}/",
                "//posts//my%2Dcats?utm_source=rss#x",
                "my_cats",
            ),
            ("/posts/{id}/", "/posts/a--b.c_d/", "a_b_c_d"),
            ("/posts/{id}/", "/posts/caf%C3%A9-%E7%8C%AB/", "café_猫"),
            ("/posts/{id}/", "/posts/cafe%CC%81/", "café"),
            ("/posts/{id}.html", "/posts/my-cats.html", "my_cats"),
            (
                "/posts/{id}.html",
                "/posts/2026/11/my-cats.html",
                "2026_11_my_cats",
            ),
            ("/{id}/", "/2026/11/20/my-cats/", "2026_11_20_my_cats"),
            ("/{id}", "/2026/11/my-cats", "2026_11_my_cats"),
            ("/2026/{id}/index.html", "/2026/my-cats/", "my_cats"),
            ("/posts/my-{id}-post/", "/posts/my-red-cat-post/", "red_cat"),
            ("/?p={id}", "/index.php?p=12&utm_source=rss", "12"),
            (
                "/cgi/blog.cgi?entry={id}",
                "/cgi/blog.cgi?entry=my-cats",
                "my_cats",
            ),
            ("/posts/%7Ecat/{id}/", "/posts/~cat/x-y/", "x_y"),
        ] {
            let pattern = EntryPattern::new(&format!("https://blog.example{pattern}")).unwrap();
            for host in ["https://blog.example", "http://www.blog.example:80"] {
                let url = Url::parse(&format!("{host}{url}")).unwrap();
                let found = pattern.id_of(&url).map(|id| id.to_string());
                assert_eq!(found.as_deref(), Some(id), "{url}");
            }
        }
        let pattern = EntryPattern::new("https://blog.example/posts/{id}/").unwrap();
        for none in [
            "https://blog.example/posts/",
            "https://blog.example/posts/index.html",
            "https://blog.example/posts",
            "https://blog.example/tags/my-cats/",
            "https://blog.example:8080/posts/my-cats/",
            "https://other.example/posts/my-cats/",
        ] {
            assert_eq!(pattern.id_of(&Url::parse(none).unwrap()), None, "{none}");
        }
    }

    #[test]
    fn a_pattern_has_one_place_behind_the_host() {
        for bad in [
            "https://blog.example/",
            "https://{id}.example/",
            "{id}",
            "ftp://a/{id}",
            "https://a/{id}/{id}",
        ] {
            assert_eq!(EntryPattern::new(bad), None, "{bad}");
        }
    }
}
