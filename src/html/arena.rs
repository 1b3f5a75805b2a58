//! The tree while it is built: nodes can be moved, each in a bounded number of steps.

use super::tag::Tag;
use super::token::Name;

/// The number of a node while the tree is built.
pub(super) type Id = u32;

/// No node.
pub(super) const NONE: Id = Id::MAX;
/// The document itself.
pub(super) const ROOT: Id = 0;

/// The most nodes of a page that are kept: half as many again as the longest listing of source code among real pages has
/// (66,368 in its first 1 MiB, of 312 pages of more than 300 kB).
pub(super) const MAX_NODES: usize = 100_000;

/// A piece of the text that all nodes share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TextPiece {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Whose names an element's name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// HTML's.
    Html,
    /// SVG's.
    Svg,
    /// MathML's.
    MathMl,
}

/// What a node is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Data {
    Element {
        tag: Tag,
        space: Namespace,
        /// The name, where the tag does not tell it.
        name: TextPiece,
        /// The attributes, from one place to another.
        attributes: (u32, u32),
    },
    Text(TextPiece),
    Comment(TextPiece),
}

/// A node and where it hangs.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeSlot {
    pub(super) data: Data,
    pub(super) parent: Id,
    pub(super) first: Id,
    pub(super) last: Id,
    pub(super) next: Id,
    previous: Id,
    /// Whether it is on the stack of open elements.
    is_open: bool,
}

/// The nodes.
#[derive(Debug)]
pub(super) struct Arena {
    pub(super) slots: Vec<NodeSlot>,
    pub(super) text: String,
    pub(super) attributes: Vec<(Name, TextPiece)>,
    /// Whether there was more than is kept.
    pub(super) is_full: bool,
}

/// Where a node is put: the last of a parent's, or before one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct InsertionPoint {
    pub(super) parent: Id,
    pub(super) before: Id,
}

impl Arena {
    pub(super) fn new() -> Arena {
        let mut arena = Arena {
            slots: Vec::new(),
            text: String::new(),
            attributes: Vec::new(),
            is_full: false,
        };
        let data = arena.element(Tag::Other, Namespace::Html, "", &[]);
        arena.create(data);
        arena
    }

    /// What an element is made of.
    pub(super) fn element(
        &mut self,
        tag: Tag,
        space: Namespace,
        name: &str,
        attributes: &[(Name, String)],
    ) -> Data {
        let name = match tag {
            Tag::Other => self.keep(name),
            _ => TextPiece::default(),
        };
        let start = number(self.attributes.len());
        for (name, value) in attributes {
            let value = self.keep(value);
            self.attributes.push((*name, value));
        }
        Data::Element {
            tag,
            space,
            name,
            attributes: (start, number(self.attributes.len())),
        }
    }

    /// Keeps a text.
    pub(super) fn keep(&mut self, text: &str) -> TextPiece {
        let start = number(self.text.len());
        self.text.push_str(text);
        TextPiece {
            start,
            end: number(self.text.len()),
        }
    }

    /// Makes a node that hangs nowhere.
    pub(super) fn create(&mut self, data: Data) -> Id {
        self.is_full |= self.slots.len() >= MAX_NODES;
        let id = number(self.slots.len());
        self.slots.push(NodeSlot {
            data,
            parent: NONE,
            first: NONE,
            last: NONE,
            next: NONE,
            previous: NONE,
            is_open: false,
        });
        id
    }

    pub(super) fn slot(&self, id: Id) -> Option<&NodeSlot> {
        self.slots.get(id as usize)
    }

    pub(super) fn data(&self, id: Id) -> Option<Data> {
        self.slot(id).map(|slot| slot.data)
    }

    pub(super) fn set_data(&mut self, id: Id, data: Data) {
        self.change(id, |slot| slot.data = data);
    }

    pub(super) fn is_open(&self, id: Id) -> bool {
        self.slot(id).is_some_and(|slot| slot.is_open)
    }

    pub(super) fn set_open(&mut self, id: Id, is_open: bool) {
        self.change(id, |slot| slot.is_open = is_open);
    }

    /// The name of an element that no tag stands for.
    pub(super) fn name(&self, id: Id) -> &str {
        match self.data(id) {
            Some(Data::Element { name, .. }) => self.piece(name),
            Some(Data::Text(_) | Data::Comment(_)) | None => "",
        }
    }

    /// Whether two elements have the same attributes, as far as they are kept.
    pub(super) fn has_equal_attributes(&self, one: Option<Data>, other: Option<Data>) -> bool {
        let all = |data: Option<Data>| match data {
            Some(Data::Element { attributes, .. }) => self.attributes_in(attributes),
            Some(Data::Text(_) | Data::Comment(_)) | None => &[],
        };
        let (one, other) = (all(one), all(other));
        let mut pairs = one.iter().zip(other);
        one.len() == other.len()
            && pairs.all(|((name, value), (other_name, other_value))| {
                name == other_name && self.piece(*value) == self.piece(*other_value)
            })
    }

    fn attributes_in(&self, (start, end): (u32, u32)) -> &[(Name, TextPiece)] {
        let range = start as usize..end as usize;
        self.attributes.get(range).unwrap_or_default()
    }

    pub(super) fn piece(&self, piece: TextPiece) -> &str {
        let range = piece.start as usize..piece.end as usize;
        self.text.get(range).unwrap_or_default()
    }

    /// Puts a node that hangs nowhere into its place.
    pub(super) fn insert(&mut self, id: Id, place: InsertionPoint) {
        let previous = match self.slot(place.before) {
            Some(next) => next.previous,
            None => self.slot(place.parent).map_or(NONE, |slot| slot.last),
        };
        self.change(id, |slot| {
            slot.parent = place.parent;
            slot.previous = previous;
            slot.next = place.before;
        });
        match previous {
            NONE => self.change(place.parent, |parent| parent.first = id),
            _ => self.change(previous, |slot| slot.next = id),
        }
        match place.before {
            NONE => self.change(place.parent, |parent| parent.last = id),
            next => self.change(next, |slot| slot.previous = id),
        }
    }

    /// Takes a node from where it hangs, with all below it.
    pub(super) fn detach(&mut self, id: Id) {
        let Some(&NodeSlot {
            parent,
            next,
            previous,
            ..
        }) = self.slot(id)
        else {
            return;
        };
        if parent == NONE {
            return;
        }
        match previous {
            NONE => self.change(parent, |slot| slot.first = next),
            _ => self.change(previous, |slot| slot.next = next),
        }
        match next {
            NONE => self.change(parent, |slot| slot.last = previous),
            _ => self.change(next, |slot| slot.previous = previous),
        }
        self.change(id, |slot| {
            (slot.parent, slot.next, slot.previous) = (NONE, NONE, NONE);
        });
    }

    /// Moves all that is in one node to the end of another.
    pub(super) fn move_children(&mut self, from: Id, to: Id) {
        let mut child = self.slot(from).map_or(NONE, |slot| slot.first);
        while child != NONE {
            let next = self.slot(child).map_or(NONE, |slot| slot.next);
            self.detach(child);
            self.insert(child, end_of(to));
            child = next;
        }
    }

    /// Puts text into a place; text that follows text goes on with it.
    pub(super) fn insert_text(&mut self, text: &str, place: InsertionPoint) {
        let previous = match self.slot(place.before) {
            Some(next) => next.previous,
            None => self.slot(place.parent).map_or(NONE, |slot| slot.last),
        };
        let end = number(self.text.len());
        let goes_on = match self.data(previous) {
            Some(Data::Text(piece)) if piece.end == end => Some(piece.start),
            _ => None,
        };
        let piece = self.keep(text);
        match goes_on {
            Some(start) => {
                let data = Data::Text(TextPiece { start, ..piece });
                self.change(previous, |slot| slot.data = data);
            }
            None => {
                let id = self.create(Data::Text(piece));
                self.insert(id, place);
            }
        }
    }

    fn change(&mut self, id: Id, change: impl FnOnce(&mut NodeSlot)) {
        if let Some(slot) = self.slots.get_mut(id as usize) {
            change(slot);
        }
    }
}

/// The place behind all that is in a node.
pub(super) fn end_of(parent: Id) -> InsertionPoint {
    InsertionPoint {
        parent,
        before: NONE,
    }
}

/// A length or a number as the tree keeps it. No page that is read has 4 GiB.
pub(super) fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// What is known of a node's being seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NodeVisibility(pub(super) u8);

pub(super) const RENDERED: u8 = 1;

/// For an element: something that can be seen is in it.
pub(super) const FILLED: u8 = 2;

pub(super) const IN_COMMENTS: u8 = 4;

pub(super) const BY_OTHERS: u8 = 8;

/// For an element: something is in it that would be seen without any style, or with scripts or style sheets.
pub(super) const VEILED: u8 = 16;

/// For an element: something is in it that is seen, if the colour behind it is another than the last that was read.
pub(super) const DOUBTFUL: u8 = 32;

/// For an element: its style, or that of the element it is in, makes it a block.
pub(super) const BOXED: u8 = 64;

/// Rendered, as far as it and what it is in say, and hidden by the style sheets in the page.
pub(super) const UNREAD: u8 = 128;

impl NodeVisibility {
    /// Whether it is rendered, as far as the page itself says.
    pub(crate) fn is_rendered(self) -> bool {
        self.0 & RENDERED != 0
    }

    /// Whether it is rendered with the style sheets in the page, too.
    pub(crate) fn is_read(self) -> bool {
        self.0 & (RENDERED | UNREAD) == RENDERED
    }

    /// Whether something that can be seen is in it.
    pub(crate) fn is_filled(self) -> bool {
        self.0 & FILLED != 0
    }

    /// Whether only a style, or none that is known, keeps what is in it from being seen.
    pub(crate) fn is_veiled(self) -> bool {
        self.0 & VEILED != 0
    }

    /// Whether what is in it is seen unless its colour is that of what is behind it.
    pub(crate) fn is_doubtful(self) -> bool {
        self.0 & DOUBTFUL != 0
    }

    /// Whether a style makes it a block.
    pub(crate) fn is_boxed(self) -> bool {
        self.0 & BOXED != 0
    }

    /// Whether it stands among the comments of a page.
    pub(crate) fn is_in_comments(self) -> bool {
        self.0 & IN_COMMENTS != 0
    }

    /// Whether it stands there, or where others than the author of a page may have written it.
    pub(crate) fn is_by_others(self) -> bool {
        self.0 & (IN_COMMENTS | BY_OTHERS) != 0
    }
}
