//! A page as a flat list of its nodes, in the order of the page.
//!
//! Each element knows where it ends and which element it is in, so that looking through a page needs no recursion.

use std::ops::Range;

use encoding_rs::{Encoding, UTF_8};
use url::Url;

use super::arena::NodeVisibility;
use super::arena::{Arena, Data, Id, NONE, ROOT, TextPiece};
use super::build::builder::Builder;
use super::source::tokenize;
use super::syntax::Syntax;
use super::tag::Tag;
use super::token::{BETWEEN_OTHERS, Name, OTHER_VALUE, OTHERS};
use crate::charset::DecodedText;

pub use super::arena::Namespace;

/// A page, or a piece of one.
#[derive(Debug)]
pub struct Document {
    nodes: Vec<Flat>,
    text: String,
    attributes: Vec<(Name, TextPiece)>,
    is_cut: bool,
    /// The encoding of the page.
    pub(crate) encoding: &'static Encoding,
    /// The permalink in its headers.
    pub(super) linked_canonical: Option<String>,
}

/// A part of a page.
#[derive(Debug, Clone, Copy)]
pub enum Node<'page> {
    /// An element; what is in it follows.
    Element(Element<'page>),
    /// Text, decoded.
    Text(&'page str),
    /// The inside of a comment.
    Comment(&'page str),
}

/// An element.
#[derive(Debug, Clone, Copy)]
pub struct Element<'page> {
    page: &'page Document,
    number: usize,
    tag: Tag,
    space: Namespace,
    name: TextPiece,
    attributes: (u32, u32),
}

#[derive(Debug, Clone, Copy)]
struct Flat {
    data: Data,
    /// The number of the first node behind it and all that is in it.
    end: u32,
    parent: u32,
    shown: NodeVisibility,
}

/// The most words of `class`, `rel` and the like that are looked at.
const MAX_WORDS: usize = 64;

/// How much more of a text is read than is asked for: it may begin with white space.
const MAX_WHITE_SPACE: usize = 1_000;

/// The most bytes of such an attribute that are looked at.
const MAX_WORDS_BYTES: usize = 2_000;

impl Document {
    /// Reads HTML: a page, or a piece of one. Takes time linear in its length; of a page with more than 100,000 nodes
    /// only the first are kept.
    pub fn parse(html: &str) -> Document {
        Document::parse_in(html, Syntax::Html)
    }

    /// Reads a page in the syntax of its media type.
    pub fn parse_in(page: &str, syntax: Syntax) -> Document {
        let mut builder = Builder::new(syntax);
        tokenize(page, &mut builder);
        let mut page = flatten(builder.tree);
        page.find_what_is_shown();
        page
    }

    /// The page with the permalink that its headers have, for one that states none itself.
    pub(crate) fn with_canonical(self, canonical: Option<Url>) -> Document {
        Document {
            linked_canonical: canonical.map(String::from),
            ..self
        }
    }

    /// Reads a page of this media type; remembers the encoding of the page, because the queries of its links are in it.
    pub(crate) fn parse_decoded(page: &DecodedText<'_>, content_type: Option<&str>) -> Document {
        Document {
            encoding: page.encoding,
            ..Document::parse_in(page, Syntax::of(content_type))
        }
    }

    /// Whether there was more than is kept.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// A node by its number.
    pub fn node(&self, number: usize) -> Option<Node<'_>> {
        let flat = self.nodes.get(number)?;
        Some(match flat.data {
            Data::Element {
                tag,
                space,
                name,
                attributes,
            } => Node::Element(Element {
                page: self,
                number,
                tag,
                space,
                name,
                attributes,
            }),
            Data::Text(piece) => Node::Text(self.piece(piece)),
            Data::Comment(piece) => Node::Comment(self.piece(piece)),
        })
    }

    /// An element by its number.
    pub fn element(&self, number: usize) -> Option<Element<'_>> {
        match self.node(number)? {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Comment(_) => None,
        }
    }

    /// All nodes with their numbers.
    pub fn nodes(&self) -> impl Iterator<Item = (usize, Node<'_>)> {
        (0..self.node_count()).filter_map(|number| Some((number, self.node(number)?)))
    }

    /// The elements within a range of numbers.
    pub fn elements(&self, range: Range<usize>) -> impl Iterator<Item = Element<'_>> {
        range.filter_map(|number| self.element(number))
    }

    /// The numbers of what is inside an element.
    pub fn inside(&self, number: usize) -> Range<usize> {
        match self.element(number) {
            Some(element) => number + 1..element.end(),
            None => number..number,
        }
    }

    /// All text within a range, rendered or not, of at most `most` nodes and about `most` bytes; between blocks is a
    /// space.
    pub fn text(&self, range: Range<usize>, most: usize) -> String {
        let mut out = String::new();
        let mut ends: Vec<usize> = Vec::new();
        for number in range.take(most) {
            while ends.last().is_some_and(|end| *end <= number) {
                ends.pop();
                out.push(' ');
            }
            match self.node(number) {
                Some(Node::Text(text)) => {
                    let left = most
                        .saturating_sub(out.len())
                        .saturating_add(MAX_WHITE_SPACE);
                    out.push_str(
                        text.get(..text.floor_char_boundary(left))
                            .unwrap_or_default(),
                    );
                }
                Some(Node::Element(element)) if !element.is_inline() => {
                    out.push(' ');
                    ends.push(element.end());
                }
                Some(Node::Element(_) | Node::Comment(_)) | None => {}
            }
            if out.len() > most {
                break;
            }
        }
        out
    }

    /// Whether a reader can see what stands there: text, an image, an element's box.
    pub fn is_shown(&self, number: usize) -> bool {
        self.shown(number).is_rendered()
    }

    /// Whether a reader sees the words there, with the style sheets in the page: what a text is made of. A link that these
    /// may hide is looked at by itself.
    pub fn is_read(&self, number: usize) -> bool {
        self.shown(number).is_read()
    }

    /// Whether it stands among the comments of others.
    pub fn is_in_comments(&self, number: usize) -> bool {
        self.shown(number).is_in_comments()
    }

    /// Whether others than the page's author may have written it: comments, reviews, answers, referrers.
    pub fn is_by_others(&self, number: usize) -> bool {
        self.shown(number).is_by_others()
    }

    /// The element that a node is in.
    pub fn parent(&self, number: usize) -> Option<Element<'_>> {
        self.element(self.nodes.get(number)?.parent as usize)
    }

    pub(super) fn shown(&self, number: usize) -> NodeVisibility {
        self.nodes
            .get(number)
            .map_or(NodeVisibility::default(), |flat| flat.shown)
    }

    pub(super) fn set_shown(&mut self, number: usize, shown: NodeVisibility) {
        if let Some(flat) = self.nodes.get_mut(number) {
            flat.shown = shown;
        }
    }

    fn piece(&self, piece: TextPiece) -> &str {
        let range = piece.start as usize..piece.end as usize;
        self.text.get(range).unwrap_or_default()
    }
}

impl<'page> Element<'page> {
    /// The name, in lower case, of SVG's and MathML's elements too.
    pub fn name(self) -> &'page str {
        match self.tag {
            Tag::Other => self.page.piece(self.name),
            tag => tag.name(),
        }
    }

    /// Whether it is HTML's element of that name.
    pub fn is(self, name: &str) -> bool {
        self.space == Namespace::Html && self.name() == name
    }

    /// Whether it is HTML's, SVG's or MathML's.
    pub fn space(self) -> Namespace {
        self.space
    }

    /// The page that it is on.
    pub fn page(self) -> &'page Document {
        self.page
    }

    pub(super) fn tag(self) -> Tag {
        self.tag
    }

    /// Its number.
    pub fn number(self) -> usize {
        self.number
    }

    /// The number of the first node behind it and all that is in it.
    pub fn end(self) -> usize {
        self.flat()
            .map_or(self.number + 1, |flat| flat.end as usize)
    }

    /// The numbers of what is inside it.
    pub fn inside(self) -> Range<usize> {
        self.number + 1..self.end()
    }

    /// The element that it is in.
    pub fn parent(self) -> Option<Element<'page>> {
        self.page.element(self.flat()?.parent as usize)
    }

    fn flat(self) -> Option<&'page Flat> {
        self.page.nodes.get(self.number)
    }

    /// The value of an attribute, of those that some reader asks for.
    pub fn attribute(self, name: &str) -> Option<&'page str> {
        let range = self.attributes.0 as usize..self.attributes.1 as usize;
        let mut all = self.page.attributes.get(range)?.iter();
        all.find_map(|(own, value)| own.is(name).then(|| self.page.piece(*value)))
    }

    /// The value of an attribute, also of those that only style sheets ask for; of these as far as they are kept.
    pub(super) fn any_attribute(self, name: &str) -> Option<&'page str> {
        self.attribute(name).or_else(|| {
            let mut others = self.attribute(OTHERS)?.split(BETWEEN_OTHERS);
            others.find_map(|other| other.strip_prefix(name)?.strip_prefix(OTHER_VALUE))
        })
    }

    /// The names of its attributes, also of those that only style sheets ask for.
    pub(super) fn attribute_names(self) -> impl Iterator<Item = &'page str> {
        let range = self.attributes.0 as usize..self.attributes.1 as usize;
        let kept = self.page.attributes.get(range).unwrap_or_default();
        let kept = kept
            .iter()
            .map(|(name, _)| name.text())
            .filter(|name| *name != OTHERS);
        let others = self.attribute(OTHERS).unwrap_or_default();
        let others = others
            .split(BETWEEN_OTHERS)
            .filter_map(|other| other.split(OTHER_VALUE).next());
        kept.chain(others.filter(|name| !name.is_empty()))
    }

    /// Whether it has any of these attributes.
    pub(super) fn has_attributes(self) -> bool {
        self.attributes.0 < self.attributes.1
    }

    /// The words of an attribute that is a list of them.
    pub fn words(self, name: &str) -> impl Iterator<Item = &'page str> {
        let words = self.attribute(name).unwrap_or_default();
        // For many elements may look at the same one around them. What is cut within a word may be another word.
        let end = match words.len() <= MAX_WORDS_BYTES {
            true => words.len(),
            false => {
                let kept = words.get(..words.floor_char_boundary(MAX_WORDS_BYTES));
                let last = kept.and_then(|kept| kept.rfind(|c: char| c.is_ascii_whitespace()));
                last.unwrap_or_default()
            }
        };
        words
            .get(..end)
            .unwrap_or_default()
            .split_ascii_whitespace()
            .take(MAX_WORDS)
    }

    /// Whether `class` has that word.
    pub fn has_class(self, class: &str) -> bool {
        self.words("class").any(|word| word == class)
    }

    /// Whether `class` makes it an object of microformats.
    pub fn is_microformat(self) -> bool {
        self.words("class").any(super::microformats::root_name)
    }

    /// Whether `rel` has that word, in any case.
    pub fn has_rel(self, rel: &str) -> bool {
        self.words("rel").any(|word| word.eq_ignore_ascii_case(rel))
    }

    /// Whether text runs on through it without a gap.
    pub fn is_inline(self) -> bool {
        self.tag.is_inline() && !self.page.shown(self.number).is_boxed()
    }
}

/// Lists the nodes in the order of the page.
fn flatten(tree: Arena) -> Document {
    let mut nodes: Vec<Flat> = Vec::with_capacity(tree.slots.len());
    let child = |id: Id| tree.slot(id).map_or(NONE, |slot| slot.first);
    let mut open: Vec<(Id, u32)> = Vec::new();
    let mut next = child(ROOT);
    while let Some(slot) = tree.slot(next) {
        let number = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        nodes.push(Flat {
            data: slot.data,
            end: number + 1,
            parent: open.last().map_or(u32::MAX, |(_, number)| *number),
            shown: NodeVisibility::default(),
        });
        if slot.first != NONE {
            open.push((next, number));
            next = slot.first;
            continue;
        }
        next = slot.next;
        while next == NONE
            && let Some((id, number)) = open.pop()
        {
            let end = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            if let Some(flat) = nodes.get_mut(number as usize) {
                flat.end = end;
            }
            next = tree.slot(id).map_or(NONE, |slot| slot.next);
        }
    }
    Document {
        nodes,
        text: tree.text,
        attributes: tree.attributes,
        is_cut: tree.is_full,
        encoding: UTF_8,
        linked_canonical: None,
    }
}
