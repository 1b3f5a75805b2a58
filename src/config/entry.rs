//! `entry`: how the permalink of an entry and its id are made from each other.

use url::Url;

use crate::trackback::TbId;
use crate::urls::is_web;

/// A URL with a place for an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPattern {
    before: String,
    after: String,
}

/// What stands for the id.
const PLACE: &str = "{id}";

impl EntryPattern {
    /// Reads `https://blog.example/posts/{id}/`; `None` if it is not an http or https URL, or has not exactly
    /// one `{id}`, behind the host.
    #[must_use]
    pub fn new(text: &str) -> Option<EntryPattern> {
        let (before, after) = text.trim().split_once(PLACE)?;
        let url = Url::parse(&format!("{before}x{after}")).ok()?;
        let host = Url::parse(before).ok()?.host_str()?.to_owned();
        let web = is_web(&url) && url.host_str() == Some(&host);
        (web && !after.contains(PLACE)).then(|| EntryPattern {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    /// The permalink of the entry that an id stands for.
    #[must_use]
    pub fn url_of(&self, id: &TbId) -> Option<Url> {
        Url::parse(&format!("{}{id}{}", self.before, self.after)).ok()
    }

    /// The id of the entry at a permalink, if it is made by this pattern. What an id cannot hold (`/` in
    /// `2026/11/title`) becomes what it becomes in a ping.
    #[must_use]
    pub fn id_of(&self, permalink: &Url) -> Option<TbId> {
        let before = Url::parse(&self.before).ok()?;
        let mut plain = permalink.clone();
        plain.set_fragment(None);
        let text = plain.as_str().strip_prefix(before.as_str())?;
        let after = self.after.trim_end_matches('/');
        let text = text.trim_end_matches('/').strip_suffix(after)?;
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
