//! What an entry's author writes outside of the box that is marked as the entry's content: a lead, an update, a note, a
//! source, a caption.

use super::boilerplate::{is_among, is_beside_text};
use crate::html::Element;

/// Words of `class`, or values of `id`, for a part of the text that a theme sets apart: the beginning, the rest, an update.
const PARTS: [&str; 26] = [
    "article-excerpt",
    "article-intro",
    "article-lead",
    "article-update",
    "asset-more",
    "entry-excerpt",
    "entry-extended",
    "entry-intro",
    "entry-lead",
    "entry-more",
    "entry-summary",
    "entry-update",
    "lead",
    "lede",
    "p-summary",
    "post-excerpt",
    "post-intro",
    "post-lead",
    "post-lede",
    "post-more",
    "post-update",
    "post-updates",
    "serendipity-entry-extended",
    "standfirst",
    "update",
    "updates",
];

/// The same for what is no part of the text: sources, credits.
const CREDITS: [&str; 21] = [
    "article-source",
    "article-sources",
    "bibliography",
    "credit",
    "credits",
    "entry-notes",
    "entry-source",
    "entry-sources",
    "entry-via",
    "hat-tip",
    "image-credit",
    "notes",
    "photo-credit",
    "post-notes",
    "post-source",
    "post-sources",
    "post-via",
    "references",
    "source",
    "sources",
    "via",
];

/// Whether an element outside of the content may be a part of the entry.
pub(super) fn is_beside_content(element: Element<'_>) -> bool {
    is_part(element) || is_outside_text(element)
}

/// Whether an element outside of the content is none of the text, although its links are the entry's.
pub(super) fn is_outside_text(element: Element<'_>) -> bool {
    is_beside_text(element) || is_credit(element)
}

fn is_part(element: Element<'_>) -> bool {
    has_name(element, &PARTS)
}

/// Whether an element names a source. A list of notes (`<ol class="notes">`) is Tumblr's, of what others did.
fn is_credit(element: Element<'_>) -> bool {
    element.is("figcaption") || !element.is("ol") && has_name(element, &CREDITS)
}

/// Whether an element is the rest of an entry whose theme marks no entry: it can be that of no other page.
pub(super) fn is_rest_of_text(element: Element<'_>) -> bool {
    element.has_class("serendipity_entry_extended")
}

fn has_name(element: Element<'_>, names: &[&str]) -> bool {
    let mut own = element.words("class").chain(element.attribute("id"));
    own.any(|name| is_among(name, names))
}
