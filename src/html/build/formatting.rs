//! Formatting elements: reopened where they were not closed, and untangled where they cross others.

use super::super::arena::{Data, Id, InsertionPoint, Namespace, end_of};
use super::super::tag::Tag;
use super::super::token::StartTag;
use super::builder::{Builder, ElementScope, FAR, MAX_FORMATTING, Open, Point};
use crate::html::build::builder::FormattingEntry;

/// How often an end tag looks for what it crosses.
const MAX_ROUNDS: usize = 8;
/// How many crossed elements are made again.
const MAX_AGAIN: usize = 3;
/// How many equal elements are reopened.
const MAX_EQUAL: usize = 3;

impl Builder {
    /// Takes the start of a formatting element; whether it is one.
    pub(super) fn start_of_formatting(&mut self, name: Tag, tag: &StartTag) -> bool {
        if !name.is_formatting() {
            return false;
        }
        if name == Tag::A
            && let Some((_, id)) = self.last_formatting(Tag::A)
        {
            self.end_formatting(Tag::A, "a");
            self.formatting.retain(|entry| entry.id() != Some(id));
            self.remove_open(id);
        }
        self.reopen_formatting();
        if name == Tag::Nobr && self.has_in_scope(Tag::Nobr, ElementScope::Default) {
            self.end_formatting(Tag::Nobr, "nobr");
            self.reopen_formatting();
        }
        let id = self.insert(name, tag);
        self.note_formatting(id, name);
        true
    }

    fn note_formatting(&mut self, id: Id, tag: Tag) {
        let data = self.tree.data(id);
        let since = self.since_marker();
        let recent = self.formatting.get(since..).unwrap_or_default();
        let equal = recent.iter().enumerate().filter(|(_, entry)| match entry {
            FormattingEntry::Element { id, tag: own } => {
                *own == tag && self.tree.has_equal_attributes(self.tree.data(*id), data)
            }
            FormattingEntry::Marker => false,
        });
        let mut equal: Vec<usize> = equal.map(|(at, _)| at).collect();
        if equal.len() < MAX_EQUAL {
            equal.clear();
        }
        if let Some(first) = equal.first() {
            self.formatting.remove(since + first);
        }
        if self.formatting.len() - self.since_marker() >= MAX_FORMATTING {
            self.formatting.remove(self.since_marker());
        }
        self.formatting.push(FormattingEntry::Element { id, tag });
    }

    /// Where the entries behind the last marker begin.
    fn since_marker(&self) -> usize {
        let marker = self
            .formatting
            .iter()
            .rposition(|entry| *entry == FormattingEntry::Marker);
        marker.map_or(0, |at| at + 1)
    }

    /// The last entry of that tag, and where it is.
    fn last_formatting(&self, tag: Tag) -> Option<(usize, Id)> {
        let since = self.since_marker();
        let recent = self.formatting.get(since..)?;
        let mut recent = recent.iter().enumerate().rev();
        recent.find_map(|(at, entry)| match entry {
            FormattingEntry::Element { id, tag: own } if *own == tag => Some((since + at, *id)),
            FormattingEntry::Element { .. } | FormattingEntry::Marker => None,
        })
    }

    /// Forgets what was noted since the last marker, with the marker.
    pub(super) fn forget_formatting(&mut self) {
        while let Some(entry) = self.formatting.pop() {
            if entry == FormattingEntry::Marker {
                break;
            }
        }
    }

    /// Opens again what was closed only because something around it was.
    pub(super) fn reopen_formatting(&mut self) {
        let since = self.since_marker();
        let is_closed = |entry: &FormattingEntry| match entry {
            FormattingEntry::Element { id, .. } => !self.tree.is_open(*id),
            FormattingEntry::Marker => false,
        };
        let recent = self.formatting.get(since..).unwrap_or_default();
        let closed = recent.iter().rev().take_while(|entry| is_closed(entry));
        let from = self.formatting.len() - closed.count();
        for at in from..self.formatting.len() {
            let Some(FormattingEntry::Element { id, tag }) = self.formatting.get(at).copied()
            else {
                return;
            };
            let Some(data) = self.tree.data(id) else {
                return;
            };
            let id = self.insert_data(data);
            self.replace_entry(at, FormattingEntry::Element { id, tag });
        }
    }

    fn replace_entry(&mut self, at: usize, new: FormattingEntry) {
        if let Some(entry) = self.formatting.get_mut(at) {
            *entry = new;
        }
    }

    /// Ends a formatting element, also one that crosses others (the standard's adoption agency algorithm).
    pub(super) fn end_formatting(&mut self, tag: Tag, text: &str) {
        if let Some(current) = self.current().copied()
            && current.space == Namespace::Html
            && current.tag == tag
            && !self
                .formatting
                .iter()
                .any(|entry| entry.id() == Some(current.id))
        {
            self.pop();
            return;
        }
        for _ in 0..MAX_ROUNDS {
            let Some((entry, id)) = self.last_formatting(tag) else {
                self.end_other(tag, text);
                return;
            };
            let Some(at) = self.place_of(id) else {
                self.formatting.remove(entry);
                return;
            };
            if !self.is_reachable(at) {
                return;
            }
            let above = self.open.get(at + 1..).unwrap_or_default();
            let block = above.iter().position(|open| {
                open.tag.is_special() && open.space == Namespace::Html || open.point != Point::No
            });
            match block {
                Some(block) => self.adopt(entry, at, at + 1 + block),
                None => {
                    while self.open.len() > at {
                        self.pop();
                    }
                    self.formatting.remove(entry);
                    return;
                }
            }
        }
    }

    /// Whether nothing above that place in the stack ends the scope.
    fn is_reachable(&self, at: usize) -> bool {
        let above = self.open.get(at + 1..).unwrap_or_default();
        above.iter().all(|open| match open.space {
            Namespace::Html => !ElementScope::Default.ends_at(open.tag),
            Namespace::Svg | Namespace::MathMl => open.point == Point::No,
        })
    }

    /// Moves a block out of a formatting element that ends inside of it, and puts a copy of that element into it.
    fn adopt(&mut self, entry: usize, at: usize, block: usize) {
        let stack = |at: usize| self.open.get(at).copied();
        let (Some(formatting), Some(furthest)) = (stack(at), stack(block)) else {
            return;
        };
        let Some(above) = at.checked_sub(1).and_then(stack) else {
            return;
        };
        let mut bookmark = entry;
        let mut block = block;
        let mut last = furthest.id;
        for (round, place) in (at + 1..block).rev().enumerate() {
            let Some(node) = self.open.get(place).copied() else {
                continue;
            };
            let mut found = self
                .formatting
                .iter()
                .position(|entry| entry.id() == Some(node.id));
            if round >= MAX_AGAIN
                && let Some(old) = found.take()
            {
                self.formatting.remove(old);
                bookmark -= usize::from(old < bookmark);
            }
            let Some(own) = found else {
                self.open.remove(place);
                self.uncount(node);
                block -= 1;
                continue;
            };
            let Some(copy) = self.copy(node.id) else {
                continue;
            };
            self.replace_entry(
                own,
                FormattingEntry::Element {
                    id: copy,
                    tag: node.tag,
                },
            );
            self.replace_open(place, copy);
            if last == furthest.id {
                bookmark = own + 1;
            }
            self.tree.detach(last);
            self.tree.insert(last, end_of(copy));
            last = copy;
        }
        self.tree.detach(last);
        let place: InsertionPoint = self.place_in(above.id, Some(above.tag));
        self.tree.insert(last, place);
        let Some(copy) = self.copy(formatting.id) else {
            return;
        };
        self.tree.move_children(furthest.id, copy);
        self.tree.insert(copy, end_of(furthest.id));
        self.finish_adoption(formatting, copy, bookmark, block);
    }

    /// Puts the copy where the formatting element was, in the list, and behind the block on the stack.
    fn finish_adoption(&mut self, formatting: Open, copy: Id, bookmark: usize, block: usize) {
        let tag = formatting.tag;
        let old = self
            .formatting
            .iter()
            .position(|entry| entry.id() == Some(formatting.id));
        let mut bookmark = bookmark.min(self.formatting.len());
        if let Some(old) = old {
            self.formatting.remove(old);
            bookmark -= usize::from(old < bookmark);
        }
        self.formatting
            .insert(bookmark, FormattingEntry::Element { id: copy, tag });
        self.remove_open(formatting.id);
        // The block is one place further down now.
        let open = Open {
            id: copy,
            tag,
            space: Namespace::Html,
            point: Point::No,
        };
        self.counts[tag as usize] += 1;
        self.tree.set_open(copy, true);
        self.open.insert(block.min(self.open.len()), open);
    }

    fn copy(&mut self, id: Id) -> Option<Id> {
        let data: Data = self.tree.data(id)?;
        Some(self.tree.create(data))
    }

    /// Puts another element of the same kind into a place of the stack.
    fn replace_open(&mut self, place: usize, id: Id) {
        if let Some(open) = self.open.get_mut(place) {
            self.tree.set_open(open.id, false);
            open.id = id;
            self.tree.set_open(id, true);
        }
    }

    /// Whether an element has that name.
    pub(super) fn is_named(&self, id: Id, tag: Tag, text: &str) -> bool {
        tag != Tag::Other || self.tree.name(id).eq_ignore_ascii_case(text)
    }
}

const _: () = assert!(MAX_FORMATTING < FAR);
