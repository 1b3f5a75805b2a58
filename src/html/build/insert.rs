//! Where new nodes go.

use html5gum::State;

use super::super::arena::{Data, Id, InsertionPoint, NONE, Namespace, ROOT, end_of};
use super::super::syntax::Syntax;
use super::super::tag::Tag;
use super::super::token::StartTag;
use super::builder::{Builder, FAR, InsertionMode, Open, Point, Step};

impl Builder {
    /// Where the next node goes.
    pub(super) fn place(&self) -> InsertionPoint {
        let current = self.current().map_or(ROOT, |open| open.id);
        self.place_in(current, self.current().map(|open| open.tag))
    }

    /// Where a node that is meant for `target` goes: what does not belong into a table stands before it.
    pub(super) fn place_in(&self, target: Id, tag: Option<Tag>) -> InsertionPoint {
        let fosters = matches!(
            tag,
            Some(Tag::Table | Tag::Tbody | Tag::Tfoot | Tag::Thead | Tag::Tr)
        );
        if !(self.is_fostering && fosters) {
            return end_of(target);
        }
        let near = self.open.len().saturating_sub(FAR);
        let stack = self.open.get(near..).unwrap_or_default();
        let last = |tag| stack.iter().rposition(|open| open.tag == tag);
        let at =
            |place: Option<usize>| place.and_then(|place| stack.get(place)).map(|open| open.id);
        match (last(Tag::Template), last(Tag::Table)) {
            (Some(template), table) if table.is_none_or(|table| template > table) => {
                at(Some(template)).map_or(end_of(target), end_of)
            }
            (_, Some(table)) => {
                let id = at(Some(table)).unwrap_or(target);
                match self.tree.slot(id).map_or(NONE, |slot| slot.parent) {
                    NONE => end_of(at(table.checked_sub(1)).unwrap_or(target)),
                    parent => InsertionPoint { parent, before: id },
                }
            }
            (_, None) => end_of(self.open.first().map_or(ROOT, |open| open.id)),
        }
    }

    pub(super) fn put_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let place = self.place();
        self.tree.insert_text(text, place);
    }

    /// Puts in an element with its attributes and leaves it open.
    pub(super) fn insert(&mut self, name: Tag, tag: &StartTag) -> Id {
        let data = self
            .tree
            .element(name, Namespace::Html, &tag.name, &tag.attributes);
        self.insert_data(data)
    }

    /// Puts in an element that the page does not name.
    pub(super) fn insert_bare(&mut self, name: Tag) -> Id {
        let data = self.tree.element(name, Namespace::Html, "", &[]);
        self.insert_data(data)
    }

    /// Puts in an HTML element and leaves it open.
    pub(super) fn insert_data(&mut self, data: Data) -> Id {
        let id = self.tree.create(data);
        let place = self.place();
        self.tree.insert(id, place);
        if let Data::Element { tag, space, .. } = data {
            self.push(Open {
                id,
                tag,
                space,
                point: Point::No,
            });
        }
        id
    }

    /// Puts in an element that has no content.
    pub(super) fn insert_void(&mut self, name: Tag, tag: &StartTag) {
        self.insert(name, tag);
        self.pop();
    }

    /// Puts in an element that holds text only, and has the tokeniser read it so.
    pub(super) fn insert_text_only(&mut self, name: Tag, tag: &StartTag, state: State) -> Step {
        self.insert(name, tag);
        // In XML it is read as any other element; what a page has for readers without scripts, programs read as text.
        let is_read = name.is_of_head() && name != Tag::Noscript || name == Tag::Textarea;
        self.next_state = (self.syntax == Syntax::Html || !is_read).then_some(state);
        self.original = self.mode;
        self.mode = InsertionMode::Text;
        Step::Done
    }
}
