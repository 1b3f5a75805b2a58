//! Tables: what is in them, and what goes before them because it does not belong there.

use super::super::arena::NONE;
use super::super::tag::Tag;
use super::super::token::StartTag;
use super::body::is_hidden_input;
use super::builder::FormattingEntry;
use super::builder::{Builder, ElementScope, InsertionMode, Step, is_blank};

impl Builder {
    pub(super) fn in_table(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Caption => {
                self.clear_to_table();
                self.formatting.push(FormattingEntry::Marker);
                self.insert(name, tag);
                self.mode = InsertionMode::Caption;
            }
            Tag::Colgroup => {
                self.clear_to_table();
                self.insert(name, tag);
                self.mode = InsertionMode::ColumnGroup;
            }
            Tag::Col => {
                self.clear_to_table();
                self.insert_bare(Tag::Colgroup);
                return self.go(InsertionMode::ColumnGroup);
            }
            Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                self.clear_to_table();
                self.insert(name, tag);
                self.mode = InsertionMode::TableBody;
            }
            Tag::Td | Tag::Th | Tag::Tr => {
                self.clear_to_table();
                self.insert_bare(Tag::Tbody);
                return self.go(InsertionMode::TableBody);
            }
            Tag::Table => return self.end_table(Step::Again),
            Tag::Style | Tag::Script | Tag::Template => return self.in_head(name, tag),
            Tag::Input if is_hidden_input(tag) => self.insert_void(name, tag),
            Tag::Form => {
                if self.form == NONE && !self.is_open(Tag::Template) {
                    self.form = self.insert(name, tag);
                    self.pop();
                }
            }
            _ => {
                self.is_fostering = true;
                let step = self.in_body(name, tag);
                self.is_fostering = false;
                return step;
            }
        }
        Step::Done
    }

    pub(super) fn end_in_table(&mut self, name: Tag, text: &str) -> Step {
        match name {
            Tag::Table => self.end_table(Step::Done),
            Tag::Body
            | Tag::Caption
            | Tag::Col
            | Tag::Colgroup
            | Tag::Html
            | Tag::Tbody
            | Tag::Td
            | Tag::Tfoot
            | Tag::Th
            | Tag::Thead
            | Tag::Tr => Step::Done,
            Tag::Template => self.end_template(),
            _ => {
                self.is_fostering = true;
                let step = self.end_in_body(name, text);
                self.is_fostering = false;
                step
            }
        }
    }

    /// Ends the table; gives `next` if there was one.
    fn end_table(&mut self, next: Step) -> Step {
        if !self.has_in_scope(Tag::Table, ElementScope::Table) {
            return Step::Done;
        }
        self.pop_until(|tag| tag == Tag::Table);
        self.reset_mode();
        next
    }

    pub(super) fn text_in_table(&mut self, text: &str) {
        let is_table = |tag| {
            matches!(
                tag,
                Tag::Table | Tag::Tbody | Tag::Tfoot | Tag::Thead | Tag::Tr | Tag::Template
            )
        };
        if is_blank(text) && self.is_current(is_table) {
            self.put_text(text);
            return;
        }
        self.is_fostering = true;
        self.text_in_body(text);
        self.is_fostering = false;
    }

    pub(super) fn in_caption(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            _ if name.is_of_table() => self.end_caption(Step::Again),
            _ => self.in_body(name, tag),
        }
    }

    pub(super) fn end_in_caption(&mut self, name: Tag, text: &str) -> Step {
        match name {
            Tag::Caption => self.end_caption(Step::Done),
            Tag::Table => self.end_caption(Step::Again),
            Tag::Body | Tag::Html => Step::Done,
            _ if name.is_of_table() => Step::Done,
            _ => self.end_in_body(name, text),
        }
    }

    fn end_caption(&mut self, next: Step) -> Step {
        if !self.has_in_scope(Tag::Caption, ElementScope::Table) {
            return Step::Done;
        }
        self.close_implied(Tag::Other);
        self.pop_until(|tag| tag == Tag::Caption);
        self.forget_formatting();
        self.mode = InsertionMode::Table;
        next
    }

    pub(super) fn in_column_group(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Html => self.in_body(name, tag),
            Tag::Col => {
                self.insert_void(name, tag);
                Step::Done
            }
            Tag::Template => self.in_head(name, tag),
            _ => self.leave_column_group(),
        }
    }

    pub(super) fn end_in_column_group(&mut self, name: Tag) -> Step {
        match name {
            Tag::Colgroup => {
                self.leave_column_group();
                Step::Done
            }
            Tag::Col => Step::Done,
            Tag::Template => self.end_template(),
            _ => self.leave_column_group(),
        }
    }

    pub(super) fn leave_column_group(&mut self) -> Step {
        if !self.is_current(|tag| tag == Tag::Colgroup) {
            return Step::Done;
        }
        self.pop();
        self.go(InsertionMode::Table)
    }

    pub(super) fn in_table_body(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Tr => {
                self.clear_to_table_body();
                self.insert(name, tag);
                self.mode = InsertionMode::Row;
                Step::Done
            }
            Tag::Td | Tag::Th => {
                self.clear_to_table_body();
                self.insert_bare(Tag::Tr);
                self.go(InsertionMode::Row)
            }
            Tag::Caption | Tag::Col | Tag::Colgroup | Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                self.end_table_body()
            }
            _ => self.in_table(name, tag),
        }
    }

    pub(super) fn end_in_table_body(&mut self, name: Tag, text: &str) -> Step {
        match name {
            Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                if self.has_in_scope(name, ElementScope::Table) {
                    self.clear_to_table_body();
                    self.pop();
                    self.mode = InsertionMode::Table;
                }
                Step::Done
            }
            Tag::Table => self.end_table_body(),
            Tag::Body | Tag::Html => Step::Done,
            _ if name.is_of_table() => Step::Done,
            _ => self.end_in_table(name, text),
        }
    }

    fn end_table_body(&mut self) -> Step {
        let is_body = |tag| matches!(tag, Tag::Tbody | Tag::Tfoot | Tag::Thead);
        if !self.has_any_in_scope(is_body, ElementScope::Table) {
            return Step::Done;
        }
        self.clear_to_table_body();
        self.pop();
        self.go(InsertionMode::Table)
    }

    pub(super) fn in_row(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            Tag::Td | Tag::Th => {
                self.clear_to_row();
                self.insert(name, tag);
                self.formatting.push(FormattingEntry::Marker);
                self.mode = InsertionMode::Cell;
                Step::Done
            }
            _ if name.is_of_table() => self.end_row(Step::Again),
            _ => self.in_table(name, tag),
        }
    }

    pub(super) fn end_in_row(&mut self, name: Tag, text: &str) -> Step {
        match name {
            Tag::Tr => self.end_row(Step::Done),
            Tag::Table => self.end_row(Step::Again),
            Tag::Tbody | Tag::Tfoot | Tag::Thead => {
                if self.has_in_scope(name, ElementScope::Table) {
                    self.end_row(Step::Again)
                } else {
                    Step::Done
                }
            }
            Tag::Body | Tag::Html => Step::Done,
            _ if name.is_of_table() => Step::Done,
            _ => self.end_in_table(name, text),
        }
    }

    fn end_row(&mut self, next: Step) -> Step {
        if !self.has_in_scope(Tag::Tr, ElementScope::Table) {
            return Step::Done;
        }
        self.clear_to_row();
        self.pop();
        self.mode = InsertionMode::TableBody;
        next
    }

    pub(super) fn in_cell(&mut self, name: Tag, tag: &StartTag) -> Step {
        match name {
            _ if name.is_of_table() => self.end_cell(),
            _ => self.in_body(name, tag),
        }
    }

    pub(super) fn end_in_cell(&mut self, name: Tag, text: &str) -> Step {
        match name {
            Tag::Td | Tag::Th => {
                if self.has_in_scope(name, ElementScope::Table) {
                    self.close_implied(Tag::Other);
                    self.pop_until(|tag| tag == name);
                    self.forget_formatting();
                    self.mode = InsertionMode::Row;
                }
                Step::Done
            }
            Tag::Body | Tag::Caption | Tag::Col | Tag::Colgroup | Tag::Html => Step::Done,
            Tag::Table | Tag::Tbody | Tag::Tfoot | Tag::Thead | Tag::Tr => {
                if self.has_in_scope(name, ElementScope::Table) {
                    self.end_cell()
                } else {
                    Step::Done
                }
            }
            _ => self.end_in_body(name, text),
        }
    }

    fn end_cell(&mut self) -> Step {
        let is_cell = |tag| matches!(tag, Tag::Td | Tag::Th);
        if !self.has_any_in_scope(is_cell, ElementScope::Table) {
            return Step::Done;
        }
        self.close_implied(Tag::Other);
        self.pop_until(is_cell);
        self.forget_formatting();
        self.go(InsertionMode::Row)
    }

    fn clear_to_table(&mut self) {
        self.pop_to(|tag| matches!(tag, Tag::Table | Tag::Template | Tag::Html));
    }

    fn clear_to_table_body(&mut self) {
        self.pop_to(|tag| {
            matches!(
                tag,
                Tag::Tbody | Tag::Tfoot | Tag::Thead | Tag::Template | Tag::Html
            )
        });
    }

    fn clear_to_row(&mut self) {
        self.pop_to(|tag| matches!(tag, Tag::Tr | Tag::Template | Tag::Html));
    }
}
