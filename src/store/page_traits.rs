//! What tells one page from another, under whatever URL: hashes and a sketch, in which nothing of the page can be read. A
//! tombstone keeps them of its page.

use serde::Serialize;
use serde_json::Value;

/// The longest value, in bytes.
const MAX_LENGTH: usize = 64;
/// Beginnings of a path that are kept.
pub(crate) const MAX_PLACES: usize = 12;

/// Hashes of what a check has found out about a page. A value that is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PageTraits {
    /// Of its publisher.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub publisher: String,
    /// Of the key of its URL.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Of the key of the permalink that it states.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Of its path and the beginnings of that, the path itself last.
    pub places: Vec<String>,
    /// Whether its URL has neither query nor fragment.
    pub plain: bool,
    /// Of its text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Of its title and the text around its link.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub near: String,
    /// Of its title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The sketch of its text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sketch: String,
    /// Of its URL with the fragment.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub post: String,
    /// Of the author and the permalink that a proxy's page names.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// Of the permalink that the page of a webmention states. Tombstones do not keep it.
    #[serde(skip)]
    pub stated: String,
}

impl PageTraits {
    /// Reads what a tombstone says; `None` if it is damaged.
    pub(crate) fn parse(value: Value) -> Option<PageTraits> {
        let Value::Object(mut keys) = value else {
            return None;
        };
        let hash = |value: Value| match value {
            Value::String(text) if is_hash(&text) => Some(text),
            _ => None,
        };
        let places = match keys.remove("places") {
            Some(Value::Array(places)) if places.len() <= MAX_PLACES => places,
            None => Vec::new(),
            Some(_) => return None,
        };
        let places: Option<Vec<String>> = places.into_iter().map(hash).collect();
        let plain = match keys.remove("plain") {
            Some(Value::Bool(plain)) => plain,
            None => false,
            Some(_) => return None,
        };
        let mut text = |key: &str| match keys.remove(key) {
            Some(value) => hash(value),
            None => Some(String::new()),
        };
        Some(PageTraits {
            publisher: text("publisher")?,
            url: text("url")?,
            name: text("name")?,
            places: places?,
            plain,
            words: text("words")?,
            near: text("near")?,
            title: text("title")?,
            sketch: text("sketch")?,
            post: text("post")?,
            link: text("link")?,
            stated: String::new(),
        })
    }
}

fn is_hash(value: &str) -> bool {
    value.len() <= MAX_LENGTH && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}
