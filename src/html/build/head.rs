//! What stands before the body.

use html5gum::State;

use super::super::arena::{Data, Id, NONE, Namespace};
use super::super::tag::Tag;
use super::super::token::StartTag;
use super::builder::FormattingEntry;
use super::builder::{Builder, InsertionMode, Open, Point, Step};

impl Builder {
    pub(super) fn before_html(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Html => {
                self.insert(name, tag);
                self.mode = InsertionMode::BeforeHead;
                Step::Done
            }
            _ => self.open_html(),
        }
    }

    pub(super) fn before_head(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Html => self.in_body(name, tag),
            Tag::Head => {
                self.head = self.insert(name, tag);
                self.mode = InsertionMode::Head;
                Step::Done
            }
            _ => self.open_head(),
        }
    }

    pub(super) fn in_head(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Html => self.in_body(name, tag),
            Tag::Base | Tag::Basefont | Tag::Bgsound | Tag::Link | Tag::Meta => {
                self.insert_void(name, tag);
                Step::Done
            }
            Tag::Title => self.insert_text_only(name, tag, State::RcData),
            Tag::Noscript | Tag::Noframes | Tag::Style => {
                self.insert_text_only(name, tag, State::RawText)
            }
            Tag::Script => self.insert_text_only(name, tag, State::ScriptData),
            Tag::Template => {
                self.insert(name, tag);
                self.formatting.push(FormattingEntry::Marker);
                self.frames_may_follow = false;
                self.mode = InsertionMode::Template;
                self.templates.push(InsertionMode::Template);
                Step::Done
            }
            Tag::Head => Step::Done,
            _ => {
                self.pop();
                self.go(InsertionMode::AfterHead)
            }
        }
    }

    pub(super) fn end_in_head(&mut self, name: Tag) -> Step {
        match name {
            Tag::Head => {
                self.pop();
                self.mode = InsertionMode::AfterHead;
                Step::Done
            }
            Tag::Body | Tag::Html | Tag::Br => {
                self.pop();
                self.go(InsertionMode::AfterHead)
            }
            Tag::Template => self.end_template(),
            _ => Step::Done,
        }
    }

    pub(super) fn after_head(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Html => self.in_body(name, tag),
            Tag::Body => {
                self.insert(name, tag);
                self.frames_may_follow = false;
                self.mode = InsertionMode::Body;
                Step::Done
            }
            Tag::Frameset => {
                self.insert(name, tag);
                self.mode = InsertionMode::Frameset;
                Step::Done
            }
            Tag::Head => Step::Done,
            _ if name.is_of_head() && self.head != NONE => {
                let head = self.head;
                self.push(Open {
                    id: head,
                    tag: Tag::Head,
                    space: Namespace::Html,
                    point: Point::No,
                });
                let step = self.in_head(name, tag);
                self.remove_open(head);
                step
            }
            _ => self.open_body(),
        }
    }

    pub(super) fn end_template(&mut self) -> Step {
        if self.is_open(Tag::Template) {
            self.pop_until(|tag| tag == Tag::Template);
            self.forget_formatting();
            self.templates.pop();
            self.reset_mode();
        }
        Step::Done
    }

    pub(super) fn in_template(&mut self, name: Tag, tag: &StartTag) -> Step {
        if name.is_of_head() {
            return self.in_head(name, tag);
        }
        let mode = match name {
            Tag::Caption | Tag::Colgroup | Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                InsertionMode::Table
            }
            Tag::Col => InsertionMode::ColumnGroup,
            Tag::Tr => InsertionMode::TableBody,
            Tag::Td | Tag::Th => InsertionMode::Row,
            _ => InsertionMode::Body,
        };
        self.templates.pop();
        self.templates.push(mode);
        self.go(mode)
    }

    /// A second `<html>` or `<body>` gives its attributes to the first, if that one has none.
    pub(super) fn add_attributes(&mut self, id: Id, tag: &StartTag) {
        let Some(slot) = self.tree.slot(id).copied() else {
            return;
        };
        if let Data::Element {
            tag: name,
            space,
            attributes: (start, end),
            ..
        } = slot.data
            && start == end
        {
            let data = self.tree.element(name, space, "", &tag.attributes);
            self.tree.set_data(id, data);
        }
    }
}
