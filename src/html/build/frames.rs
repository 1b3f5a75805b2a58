//! Pages that are made of frames.

use super::super::tag::Tag;
use super::super::token::StartTag;
use super::builder::{Builder, InsertionMode, Step};

impl Builder {
    pub(super) fn in_frameset(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Html => return self.in_body(name, tag),
            Tag::Frameset => {
                self.insert(name, tag);
            }
            Tag::Frame => self.insert_void(name, tag),
            Tag::Noframes => return self.in_head(name, tag),
            _ => {}
        }
        Step::Done
    }

    pub(super) fn end_in_frameset(&mut self, name: Tag) -> Step {
        if name == Tag::Frameset && self.is_current(|tag| tag == Tag::Frameset) {
            self.pop();
            if !self.is_current(|tag| tag == Tag::Frameset) {
                self.mode = InsertionMode::AfterFrameset;
            }
        }
        Step::Done
    }

    pub(super) fn after_frameset(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Html => self.in_body(name, tag),
            Tag::Noframes => self.in_head(name, tag),
            _ => Step::Done,
        }
    }
}
