//! The texts of an item that are being parsed, and the fields that they belong to.

use super::item::Rank;
use super::namespaces::Writing;

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

/// A text that is being parsed.
pub(super) struct ElementText {
    pub(super) goal: Goal,
    pub(super) writing: Writing,
    pub(super) text: String,
    /// The depth of its element.
    pub(super) depth: usize,
}
