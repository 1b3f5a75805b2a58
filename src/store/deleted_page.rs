//! What a tombstone keeps of its page, so that the page is known under another URL: hashes and a sketch, in which nothing
//! of the page can be read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest value, in bytes.
const MAX_LENGTH: usize = 64;
/// Beginnings of a path that are kept.
pub(crate) const MAX_PLACES: usize = 12;

/// Hashes of what a check has found out about a page. A value that is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeletedPage {
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
}

impl DeletedPage {
    /// Reads what a tombstone says; `None` if it is damaged.
    pub(crate) fn parse(value: Value) -> Option<DeletedPage> {
        let page: DeletedPage = serde_json::from_value(value).ok()?;
        let values = [
            &page.publisher,
            &page.url,
            &page.name,
            &page.words,
            &page.near,
            &page.title,
            &page.sketch,
            &page.post,
            &page.link,
        ];
        let is_hash = |value: &String| {
            value.len() <= MAX_LENGTH && value.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let is_right = values.into_iter().all(is_hash)
            && page.places.iter().all(is_hash)
            && page.places.len() <= MAX_PLACES;
        is_right.then_some(page)
    }
}
