//! The body: all that is neither a table nor foreign.

use html5gum::State;

use super::super::arena::{NONE, Namespace};
use super::super::tag::Tag;
use super::super::token::StartTag;
use super::Quirks;
use super::builder::FormattingEntry;
use super::builder::{Builder, ElementScope, FAR, InsertionMode, Point, Step};

impl Builder {
    #[expect(
        clippy::too_many_lines,
        reason = "a table: the standard's insertion modes and elements"
    )]
    pub(super) fn in_body(&mut self, name: Tag, tag: &StartTag) -> Step {
        if name.is_of_head() {
            return self.in_head(name, tag);
        }
        if self.start_of_page(name, tag) || self.start_of_block(name, tag) {
            return Step::Done;
        }
        if self.start_of_control(name, tag) || self.start_of_formatting(name, tag) {
            return Step::Done;
        }
        match name {
            Tag::Svg => self.insert_foreign(name, tag, Namespace::Svg),
            Tag::Math => self.insert_foreign(name, tag, Namespace::MathMl),
            Tag::Iframe => {
                self.frames_may_follow = false;
                return self.insert_text_only(name, tag, State::RawText);
            }
            Tag::Noembed | Tag::Noscript => {
                return self.insert_text_only(name, tag, State::RawText);
            }
            Tag::Xmp => {
                self.close_paragraph();
                self.reopen_formatting();
                self.frames_may_follow = false;
                return self.insert_text_only(name, tag, State::RawText);
            }
            Tag::Textarea => {
                self.frames_may_follow = false;
                let step = self.insert_text_only(name, tag, State::RcData);
                self.drops_newline = true;
                return step;
            }
            Tag::Area | Tag::Br | Tag::Embed | Tag::Img | Tag::Keygen | Tag::Wbr => {
                self.reopen_formatting();
                self.insert_void(name, tag);
                self.frames_may_follow = false;
            }
            Tag::Image => {
                self.reopen_formatting();
                self.insert_void(Tag::Img, tag);
                self.frames_may_follow = false;
            }
            Tag::Param | Tag::Source | Tag::Track => self.insert_void(name, tag),
            Tag::Rb | Tag::Rtc | Tag::Rp | Tag::Rt => {
                if self.has_in_scope(Tag::Ruby, ElementScope::Default) {
                    let is_outer = matches!(name, Tag::Rb | Tag::Rtc);
                    self.close_implied(if is_outer { Tag::Other } else { Tag::Rtc });
                }
                self.insert(name, tag);
            }
            Tag::Caption
            | Tag::Col
            | Tag::Colgroup
            | Tag::Frame
            | Tag::Head
            | Tag::Tbody
            | Tag::Td
            | Tag::Tfoot
            | Tag::Th
            | Tag::Thead
            | Tag::Tr => {}
            _ => {
                self.reopen_formatting();
                self.insert(name, tag);
            }
        }
        Step::Done
    }

    /// `<html>`, `<body>` and `<frameset>` where there is a body already.
    fn start_of_page(&mut self, name: Tag, tag: &StartTag) -> bool {
        let is_inside = self.is_open(Tag::Template);
        match name {
            Tag::Html => {
                if let (Some(&html), false) = (self.open.first(), is_inside) {
                    self.add_attributes(html.id, tag);
                }
            }
            Tag::Body => {
                if let (Some(&body), false) = (self.open.get(1), is_inside)
                    && body.tag == Tag::Body
                {
                    self.frames_may_follow = false;
                    self.add_attributes(body.id, tag);
                }
            }
            Tag::Frameset => {
                if let Some(&body) = self.open.get(1)
                    && body.tag == Tag::Body
                    && self.frames_may_follow
                {
                    self.tree.detach(body.id);
                    while self.open.len() > 1 {
                        self.pop();
                    }
                    self.insert(name, tag);
                    self.mode = InsertionMode::Frameset;
                }
            }
            _ => return false,
        }
        true
    }

    fn start_of_block(&mut self, name: Tag, tag: &StartTag) -> bool {
        match name {
            Tag::Form => {
                let is_inside = self.is_open(Tag::Template);
                if self.form == NONE || is_inside {
                    self.close_paragraph();
                    let id = self.insert(name, tag);
                    if !is_inside {
                        self.form = id;
                    }
                }
            }
            Tag::Table => {
                if self.quirks == Quirks::No {
                    self.close_paragraph();
                }
                self.insert(name, tag);
                self.frames_may_follow = false;
                self.mode = InsertionMode::Table;
            }
            Tag::Hr => {
                self.close_paragraph();
                if self.has_in_scope(Tag::Select, ElementScope::Default) {
                    self.close_implied(Tag::Other);
                }
                self.insert_void(name, tag);
                self.frames_may_follow = false;
            }
            Tag::Li => self.start_item(name, tag, |open| open == Tag::Li),
            Tag::Dd | Tag::Dt => {
                self.start_item(name, tag, |open| matches!(open, Tag::Dd | Tag::Dt));
            }
            Tag::Plaintext => {
                self.close_paragraph();
                self.insert(name, tag);
                self.next_state = Some(State::PlainText);
            }
            Tag::Xmp => return false,
            _ if name.is_block() => {
                self.close_paragraph();
                if name.is_heading() && self.is_current(Tag::is_heading) {
                    self.pop();
                }
                self.insert(name, tag);
                if matches!(name, Tag::Pre | Tag::Listing) {
                    self.drops_newline = true;
                    self.frames_may_follow = false;
                }
            }
            _ => return false,
        }
        true
    }

    /// Starts an item of a list, and ends the one before it.
    fn start_item(&mut self, name: Tag, tag: &StartTag, is: impl Fn(Tag) -> bool) {
        self.frames_may_follow = false;
        let mut near = self.open.iter().rev().take(FAR);
        let found = near.find_map(|open| match open.tag {
            _ if open.space != Namespace::Html => Some(None),
            tag if is(tag) => Some(Some(tag)),
            Tag::Address | Tag::Div | Tag::P => None,
            tag if tag.is_special() => Some(None),
            _ => None,
        });
        if let Some(Some(item)) = found {
            self.close_implied(item);
            self.pop_until(|tag| tag == item);
        }
        self.close_paragraph();
        self.insert(name, tag);
    }

    fn start_of_control(&mut self, name: Tag, tag: &StartTag) -> bool {
        match name {
            Tag::Button => {
                if self.has_in_scope(Tag::Button, ElementScope::Default) {
                    self.close_implied(Tag::Other);
                    self.pop_until(|tag| tag == Tag::Button);
                }
                self.reopen_formatting();
                self.insert(name, tag);
                self.frames_may_follow = false;
            }
            Tag::Input => {
                if self.has_in_scope(Tag::Select, ElementScope::Default) {
                    self.pop_until(|tag| tag == Tag::Select);
                }
                self.reopen_formatting();
                self.insert_void(name, tag);
                self.frames_may_follow &= is_hidden_input(tag);
            }
            Tag::Select => {
                if self.has_in_scope(Tag::Select, ElementScope::Default) {
                    self.pop_until(|tag| tag == Tag::Select);
                } else {
                    self.reopen_formatting();
                    self.insert(name, tag);
                    self.frames_may_follow = false;
                }
            }
            Tag::Option | Tag::Optgroup => {
                if self.has_in_scope(Tag::Select, ElementScope::Default) {
                    let is_option = name == Tag::Option;
                    self.close_implied(if is_option { Tag::Optgroup } else { Tag::Other });
                } else if self.is_current(|tag| tag == Tag::Option) {
                    self.pop();
                }
                self.reopen_formatting();
                self.insert(name, tag);
            }
            Tag::Applet | Tag::Marquee | Tag::Object => {
                self.reopen_formatting();
                self.insert(name, tag);
                self.formatting.push(FormattingEntry::Marker);
                self.frames_may_follow = false;
            }
            _ => return false,
        }
        true
    }

    pub(super) fn end_in_body(&mut self, name: Tag, text: &str) -> Step {
        match name {
            Tag::Template => return self.end_template(),
            Tag::Body | Tag::Html => {
                if !self.has_in_scope(Tag::Body, ElementScope::Default) {
                    return Step::Done;
                }
                self.mode = InsertionMode::AfterBody;
                return match name {
                    Tag::Html => Step::Again,
                    _ => Step::Done,
                };
            }
            Tag::Form if !self.is_open(Tag::Template) => self.end_form(),
            Tag::P => {
                if !self.has_in_scope(Tag::P, ElementScope::Button) {
                    self.insert_bare(Tag::P);
                }
                self.close_paragraph();
            }
            Tag::Li => self.end_block(name, name, ElementScope::ListItem),
            Tag::Dd | Tag::Dt => self.end_block(name, name, ElementScope::Default),
            Tag::Br => {
                self.reopen_formatting();
                self.insert_bare(Tag::Br);
                self.pop();
            }
            Tag::Applet | Tag::Marquee | Tag::Object => {
                if self.has_in_scope(name, ElementScope::Default) {
                    self.end_block(name, Tag::Other, ElementScope::Default);
                    self.forget_formatting();
                }
            }
            Tag::Hr | Tag::Plaintext | Tag::Xmp | Tag::Table => self.end_other(name, text),
            Tag::Button | Tag::Select => self.end_block(name, Tag::Other, ElementScope::Default),
            _ if name.is_heading() => {
                if self.has_any_in_scope(Tag::is_heading, ElementScope::Default) {
                    self.close_implied(Tag::Other);
                    self.pop_until(Tag::is_heading);
                }
            }
            _ if name.is_block() => self.end_block(name, Tag::Other, ElementScope::Default),
            _ if name.is_formatting() => self.end_formatting(name, text),
            _ => self.end_other(name, text),
        }
        Step::Done
    }

    fn end_block(&mut self, name: Tag, except: Tag, scope: ElementScope) {
        if self.has_in_scope(name, scope) {
            self.close_implied(except);
            self.pop_until(|tag| tag == name);
        }
    }

    fn end_form(&mut self) {
        let form = std::mem::replace(&mut self.form, NONE);
        if form != NONE
            && self.tree.is_open(form)
            && self.has_in_scope(Tag::Form, ElementScope::Default)
        {
            self.close_implied(Tag::Other);
            self.remove_open(form);
        }
    }

    /// Ends the innermost element of that name, unless one that holds other things lies between.
    pub(super) fn end_other(&mut self, name: Tag, text: &str) {
        if !self.is_open(name) {
            return;
        }
        let first = self.open.len().saturating_sub(FAR);
        for at in (first..self.open.len()).rev() {
            let Some(open) = self.open.get(at).copied() else {
                return;
            };
            if open.space == Namespace::Html
                && open.tag == name
                && self.is_named(open.id, name, text)
            {
                self.close_implied(name);
                while self.open.len() > at {
                    self.pop();
                }
                return;
            }
            if (open.space == Namespace::Html && open.tag.is_special()) || open.point != Point::No {
                return;
            }
        }
    }
}

pub(super) fn is_hidden_input(tag: &StartTag) -> bool {
    tag.attribute("type")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"))
}
