//! Reads HTML as browsers do. It is the only reader of HTML: what one part of the program sees on a page, all see.
//!
//! [`Document::parse`] makes a page a flat list of its nodes, with SVG, MathML, tables, templates and misnested markup
//! where a browser's tree has them, and knows of each node whether a reader can see it. A page of `n` bytes takes
//! time and memory linear in `n`, whatever is in it.

mod arena;
mod blogroll;
mod build;
mod by_others;
mod comment_lines;
mod comment_words;
mod comments;
mod document;
mod head;
mod image_maps;
mod links;
mod microformats;
mod own_style;
mod pictures;
mod plain_text;
mod refresh;
mod sections;
mod selected;
mod shadow;
mod sheets;
mod shown;
mod source;
mod style;
mod syntax;
mod tag;
mod token;

pub use blogroll::BesideText;
pub use comment_lines::CommentLines;
pub use document::{Document, Element, Node};
pub use links::{Base, PageLink};
#[cfg(feature = "internals")]
pub use microformats::MicroformatProperty;
pub use microformats::{
    Microformat, MicroformatRules, Microformats, PropertyValue, TextRule, Vocabulary,
};
pub use plain_text::{decoded_again, strip_markup};
pub use refresh::{Departure, Refresh};
#[cfg(feature = "internals")]
pub use syntax::Syntax;

#[cfg(test)]
mod sight_tests;
#[cfg(test)]
mod tests;
