//! Says what a JSON file is that people take for a feed or for an export of pings, by the keys at its beginning.

use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

/// The first members of an object in JSON; its text may be cut off.
#[derive(Debug, Default)]
pub(crate) struct JsonHead(Vec<(String, Value)>);

impl JsonHead {
    /// Reads the beginning of a file; without members if it is no object.
    pub(crate) fn read(head: &[u8]) -> JsonHead {
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        let mut source = serde_json::Deserializer::from_slice(head);
        let mut read = JsonHead::default();
        drop(source.deserialize_map(HeadMembers(&mut read)));
        read
    }

    /// Whether it has a member of any of these names.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.0
            .iter()
            .any(|(name, _)| names.contains(&name.as_str()))
    }

    /// Whether it has no members.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it says that it is a JSON Feed.
    pub(crate) fn is_json_feed(&self) -> bool {
        self.text("version").contains("jsonfeed.org/version")
    }

    /// What it is, if it is something else that is known.
    pub(crate) fn other_kind(&self) -> Option<&'static str> {
        let exported =
            |(name, value): &(String, Value)| name == "meta" && value.get("exported_on").is_some();
        let is_ghosts = self.0.first().is_some_and(|(name, _)| name == "db");
        if is_ghosts || self.0.iter().any(exported) {
            return Some("Ghost's export");
        }
        let of_packages = [
            "dependencies",
            "devDependencies",
            "scripts",
            "engines",
            "main",
        ];
        if self.has(&of_packages) && self.has(&["name", "version", "private"]) {
            return Some("a `package.json` of npm");
        }
        let context = self.0.iter().find(|(name, _)| name == "@context");
        if context.is_some_and(|(_, value)| value.to_string().contains("activitystreams")) {
            return Some("a document of ActivityPub, such as an export of Mastodon");
        }
        None
    }

    fn text(&self, wanted: &str) -> &str {
        let found = self.0.iter().find(|(name, _)| name == wanted);
        found
            .and_then(|(_, value)| value.as_str())
            .unwrap_or_default()
    }
}

/// Collects the members; what stands before a fault or the end of the text is kept.
struct HeadMembers<'head>(&'head mut JsonHead);

impl<'de> Visitor<'de> for HeadMembers<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key()? {
            self.0.0.push((name, Value::Null));
            let value = map.next_value()?;
            if let Some((_, last)) = self.0.0.last_mut() {
                *last = value;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_take_for_a_feed_is_known_by_its_first_keys() {
        let ghost = r#"{"db":[{"meta":{"exported_on":1},"data":{"posts":[{"id":1}]}}]}"#;
        let (ghosts, npm) = (Some("Ghost's export"), Some("a `package.json` of npm"));
        for (text, expected) in [
            (ghost, ghosts),
            // Of a large file only the beginning is seen.
            (ghost.get(..40).unwrap(), ghosts),
            (r#"{"meta":{"exported_on":1},"data":{"posts":["#, ghosts),
            (r#"{"name":"x","version":"1.0.0","scripts":{"#, npm),
            (r#"{"private":true,"devDependencies":{}}"#, npm),
            (
                r#"{"@context":"https://www.w3.org/ns/activitystreams","type":"#,
                Some("a document of ActivityPub, such as an export of Mastodon"),
            ),
            (
                r#"{"version":"https://jsonfeed.org/version/1.1","items":[]}"#,
                None,
            ),
            (
                r#"{"name":"x","url":"https://b.example/","children":[]}"#,
                None,
            ),
            (r#"{"op":"ping","excerpt":"{\"db\":[","meta":"#, None),
            ("[1]", None),
            ("{}", None),
            ("", None),
        ] {
            let head = JsonHead::read(text.as_bytes());
            assert_eq!(head.other_kind(), expected, "{text}");
        }
        let feed = |text: &str| JsonHead::read(text.as_bytes()).is_json_feed();
        assert!(feed(
            r#"{"title":"B","version":"https://jsonfeed.org/version/1","x":"#
        ));
        assert!(!feed(r#"{"title":"https://jsonfeed.org/version/1"}"#));
    }

    #[test]
    fn s7_no_head_is_too_strange() {
        for text in [
            "[".repeat(4096),
            "{\"a\":".repeat(1000),
            "{\"\\u0000\u{1}".to_owned(),
        ] {
            assert_eq!(JsonHead::read(text.as_bytes()).other_kind(), None);
        }
    }
}
