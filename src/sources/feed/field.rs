//! The texts of an item that are being parsed, and the fields that they belong to.

use super::item::Rank;
use super::namespaces::{Writing, is_permalink};

/// The field that a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    FeedTitle,
    Generator,
    FeedLink,
    Title,
    /// Like [`Goal::Title`], if there is no other.
    OtherTitle,
    Address(Rank),
    /// An id that is not marked as the permalink.
    Guid,
    Summary,
    Content,
    Published,
    /// Like [`Goal::Published`], if there is no other.
    Created,
    Updated,
    Draft,
    Status,
    PostType,
    Password,
}

impl Goal {
    /// That of a `guid` with these attributes.
    pub(super) fn of_guid<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> Goal {
        match is_permalink(get) {
            true => Goal::Address(Rank::Guid),
            false => Goal::Guid,
        }
    }
}

/// A text that is being parsed.
pub(super) struct ElementText {
    pub(super) goal: Goal,
    pub(super) writing: Writing,
    pub(super) text: String,
    /// The depth of its element.
    pub(super) depth: usize,
}
