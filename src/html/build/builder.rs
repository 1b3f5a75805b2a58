//! The state of the tree builder. Its steps stand in the files beside it, one for each group of insertion modes.

use crate::html::arena::{Arena, Data, Id, NONE, Namespace, ROOT, end_of};
use crate::html::source::TokenConsumer;
use crate::html::syntax::Syntax;
use crate::html::tag::Tag;
use crate::html::token::{HtmlToken, Quirks, StartTag};

use super::namespaces::PrefixScopes;
use html5gum::State;

/// How far up the stack of open elements is looked.
pub(super) const FAR: usize = 256;

/// The most formatting elements that are reopened where they were not closed.
pub(super) const MAX_FORMATTING: usize = 48;

/// Where in a page the builder is (the standard's insertion modes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InsertionMode {
    Initial,
    BeforeHead,
    Head,
    AfterHead,
    Body,
    Text,
    Table,
    Caption,
    ColumnGroup,
    TableBody,
    Row,
    Cell,
    Template,
    AfterBody,
    Frameset,
    AfterFrameset,
}

/// Whether a token is done with, or is to be looked at again in the new mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Done,
    Again,
}

/// An element that is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) id: Id,
    pub(super) tag: Tag,
    pub(super) space: Namespace,
    pub(super) point: Point,
}

/// Whether HTML may stand in a foreign element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    No,
    /// Where MathML has text.
    MathText,
    /// All HTML.
    Html,
}

/// Up to where an open element is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementScope {
    Default,
    ListItem,
    Button,
    Table,
}

/// The tree and all that decides where the next node goes.
#[derive(Debug)]
pub(crate) struct Builder {
    pub(crate) tree: Arena,
    pub(super) syntax: Syntax,
    pub(super) namespaces: PrefixScopes,
    pub(super) open: Vec<Open>,
    /// How many HTML elements of each tag are open.
    pub(super) counts: [u32; Tag::COUNT],
    pub(super) formatting: Vec<FormattingEntry>,
    pub(super) mode: InsertionMode,
    /// The mode behind an element that holds only text.
    pub(super) original: InsertionMode,
    pub(super) templates: Vec<InsertionMode>,
    pub(super) head: Id,
    pub(super) form: Id,
    /// Whether a `<frameset>` may still take the place of the body.
    pub(super) frames_may_follow: bool,
    /// Whether what does not belong into a table goes before it.
    pub(super) is_fostering: bool,
    pub(super) quirks: Quirks,
    /// Whether a line feed that comes next is dropped.
    pub(super) drops_newline: bool,
    /// The state that the tokeniser is to go on in.
    pub(super) next_state: Option<State>,
}

impl TokenConsumer for Builder {
    fn token(&mut self, token: HtmlToken) -> Option<State> {
        if self.tree.is_full {
            return None;
        }
        let drops_newline = std::mem::take(&mut self.drops_newline);
        match self.resolve_name(token) {
            HtmlToken::Start(tag) if tag.is_self_closing && self.syntax == Syntax::Xml => {
                self.start_and_end(&tag);
            }
            HtmlToken::Start(tag) => self.start(&tag),
            HtmlToken::End(name) => self.end(&name),
            HtmlToken::Text(text) => {
                let text = match text.strip_prefix('\n') {
                    Some(text) if drops_newline => text,
                    _ => &text,
                };
                self.text(text);
            }
            HtmlToken::Comment(text) => {
                let piece = self.tree.keep(&text);
                let id = self.tree.create(Data::Comment(piece));
                let parent = self.current().map_or(ROOT, |open| open.id);
                self.tree.insert(id, end_of(parent));
            }
            HtmlToken::Doctype(quirks) => {
                if self.mode == InsertionMode::Initial && self.open.is_empty() {
                    self.quirks = quirks;
                }
            }
        }
        self.next_state.take()
    }

    fn has_cdata(&self) -> bool {
        self.syntax == Syntax::Xml || self.is_in_foreign()
    }

    fn has_letter_case(&self) -> bool {
        self.syntax == Syntax::Xml
    }
}

impl Builder {
    pub(crate) fn new(syntax: Syntax) -> Builder {
        Builder {
            syntax,
            namespaces: PrefixScopes::default(),
            tree: Arena::new(),
            open: Vec::new(),
            counts: [0; Tag::COUNT],
            formatting: Vec::new(),
            mode: InsertionMode::Initial,
            original: InsertionMode::Initial,
            templates: Vec::new(),
            head: NONE,
            form: NONE,
            frames_may_follow: true,
            is_fostering: false,
            quirks: Quirks::Yes,
            drops_newline: false,
            next_state: None,
        }
    }

    /// Whether the current element is one of SVG or MathML.
    fn is_in_foreign(&self) -> bool {
        self.current()
            .is_some_and(|open| open.space != Namespace::Html)
    }

    /// An element of XML without content.
    fn start_and_end(&mut self, tag: &StartTag) {
        let around = self.current().map(|open| open.id);
        self.start(tag);
        let opened = self.current().filter(|open| Some(open.id) != around);
        let name = Tag::of(&tag.name);
        if opened.is_some_and(|open| open.space == Namespace::Html && open.tag == name) {
            self.end(&tag.name);
        }
        self.next_state = None;
        self.drops_newline = false;
    }

    pub(super) fn start(&mut self, tag: &StartTag) {
        let name = Tag::of(&tag.name);
        if self.is_foreign_start(name) && self.foreign_start(name, tag) == Step::Done {
            return;
        }
        while self.start_in(self.mode, name, tag) == Step::Again {}
    }

    pub(super) fn start_in(&mut self, mode: InsertionMode, name: Tag, tag: &StartTag) -> Step {
        match mode {
            InsertionMode::Initial => self.before_html(name, tag),
            InsertionMode::BeforeHead => self.before_head(name, tag),
            InsertionMode::Head => self.in_head(name, tag),
            InsertionMode::AfterHead => self.after_head(name, tag),
            InsertionMode::Body => self.in_body(name, tag),
            // Only its own end tag ends it.
            InsertionMode::Text => Step::Done,
            InsertionMode::Table => self.in_table(name, tag),
            InsertionMode::Caption => self.in_caption(name, tag),
            InsertionMode::ColumnGroup => self.in_column_group(name, tag),
            InsertionMode::TableBody => self.in_table_body(name, tag),
            InsertionMode::Row => self.in_row(name, tag),
            InsertionMode::Cell => self.in_cell(name, tag),
            InsertionMode::Template => self.in_template(name, tag),
            InsertionMode::AfterBody => match name {
                Tag::Html => self.in_body(name, tag),
                _ => self.go(InsertionMode::Body),
            },
            InsertionMode::Frameset => self.in_frameset(name, tag),
            InsertionMode::AfterFrameset => self.after_frameset(name, tag),
        }
    }

    pub(super) fn end(&mut self, text: &str) {
        let name = Tag::of(text);
        if self.is_in_foreign() && self.open.len() > 1 && self.foreign_end(name, text) == Step::Done
        {
            return;
        }
        while self.end_in(self.mode, name, text) == Step::Again {}
    }

    pub(super) fn end_in(&mut self, mode: InsertionMode, name: Tag, text: &str) -> Step {
        match mode {
            InsertionMode::Initial => match name {
                Tag::Head | Tag::Body | Tag::Html | Tag::Br => self.open_html(),
                _ => Step::Done,
            },
            InsertionMode::BeforeHead => match name {
                Tag::Head | Tag::Body | Tag::Html | Tag::Br => self.open_head(),
                _ => Step::Done,
            },
            InsertionMode::Head => self.end_in_head(name),
            InsertionMode::AfterHead => match name {
                Tag::Body | Tag::Html | Tag::Br => self.open_body(),
                Tag::Template => self.end_template(),
                _ => Step::Done,
            },
            InsertionMode::Body => self.end_in_body(name, text),
            // In XML other elements may stand in it.
            InsertionMode::Text if self.is_current(|tag| tag == name) => {
                self.pop();
                self.mode = self.original;
                Step::Done
            }
            InsertionMode::Text => Step::Done,
            InsertionMode::Table => self.end_in_table(name, text),
            InsertionMode::Caption => self.end_in_caption(name, text),
            InsertionMode::ColumnGroup => self.end_in_column_group(name),
            InsertionMode::TableBody => self.end_in_table_body(name, text),
            InsertionMode::Row => self.end_in_row(name, text),
            InsertionMode::Cell => self.end_in_cell(name, text),
            InsertionMode::Template => match name {
                Tag::Template => self.end_template(),
                _ => Step::Done,
            },
            InsertionMode::AfterBody => match name {
                Tag::Html => Step::Done,
                _ => self.go(InsertionMode::Body),
            },
            InsertionMode::Frameset => self.end_in_frameset(name),
            InsertionMode::AfterFrameset => Step::Done,
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            if self.is_in_foreign() && self.current().is_some_and(|open| open.point == Point::No) {
                self.frames_may_follow &= is_blank(&rest.replace('\0', ""));
                self.put_text(&rest.replace('\0', "\u{FFFD}"));
                return;
            }
            let words = rest.trim_start_matches(is_space);
            let (space, words) = rest.split_at(rest.len() - words.len());
            match self.mode {
                InsertionMode::Initial | InsertionMode::BeforeHead => {
                    if !words.is_empty() {
                        self.open_to(InsertionMode::Head);
                    }
                    rest = words;
                    continue;
                }
                InsertionMode::Head | InsertionMode::AfterHead => {
                    self.put_text(space);
                    rest = words;
                    if !words.is_empty() {
                        self.open_to(InsertionMode::Body);
                    }
                }
                InsertionMode::Body
                | InsertionMode::Caption
                | InsertionMode::Cell
                | InsertionMode::Template => {
                    self.text_in_body(rest);
                    return;
                }
                InsertionMode::Text => {
                    self.put_text(rest);
                    return;
                }
                InsertionMode::Table | InsertionMode::TableBody | InsertionMode::Row => {
                    self.text_in_table(rest);
                    return;
                }
                InsertionMode::ColumnGroup => {
                    self.put_text(space);
                    rest = words;
                    if !words.is_empty() && self.leave_column_group() == Step::Done {
                        self.put_space(words);
                        return;
                    }
                }
                InsertionMode::AfterBody => {
                    if words.is_empty() {
                        self.text_in_body(space);
                        return;
                    }
                    self.mode = InsertionMode::Body;
                }
                InsertionMode::Frameset | InsertionMode::AfterFrameset => {
                    self.put_space(rest);
                    return;
                }
            }
        }
    }

    /// Inserts the white space of a text, where no words may stand.
    fn put_space(&mut self, text: &str) {
        let space: String = text.chars().filter(|c| is_space(*c)).collect();
        self.put_text(&space);
    }

    pub(super) fn text_in_body(&mut self, text: &str) {
        let text = match text.contains('\0') {
            true => &text.replace('\0', ""),
            false => text,
        };
        if text.is_empty() {
            return;
        }
        self.reopen_formatting();
        self.put_text(text);
        self.frames_may_follow &= is_blank(text);
    }

    pub(super) fn go(&mut self, mode: InsertionMode) -> Step {
        self.mode = mode;
        Step::Again
    }

    /// Opens what a page has before `mode` and does not say.
    pub(super) fn open_to(&mut self, mode: InsertionMode) {
        if self.mode == InsertionMode::Initial {
            self.open_html();
        }
        if self.mode == InsertionMode::BeforeHead {
            self.open_head();
        }
        if mode == InsertionMode::Body && self.mode == InsertionMode::Head {
            self.pop();
            self.mode = InsertionMode::AfterHead;
        }
        if mode == InsertionMode::Body && self.mode == InsertionMode::AfterHead {
            self.open_body();
        }
    }

    pub(super) fn open_html(&mut self) -> Step {
        self.insert_bare(Tag::Html);
        self.go(InsertionMode::BeforeHead)
    }

    pub(super) fn open_head(&mut self) -> Step {
        self.head = self.insert_bare(Tag::Head);
        self.go(InsertionMode::Head)
    }

    pub(super) fn open_body(&mut self) -> Step {
        self.insert_bare(Tag::Body);
        self.go(InsertionMode::Body)
    }

    pub(super) fn current(&self) -> Option<&Open> {
        self.open.last()
    }

    pub(super) fn is_current(&self, is: impl Fn(Tag) -> bool) -> bool {
        self.current()
            .is_some_and(|open| open.space == Namespace::Html && is(open.tag))
    }

    pub(super) fn push(&mut self, open: Open) {
        if open.space == Namespace::Html {
            self.counts[open.tag as usize] += 1;
        }
        self.tree.set_open(open.id, true);
        self.open.push(open);
    }

    pub(super) fn pop(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        self.uncount(open);
        Some(open)
    }

    pub(super) fn uncount(&mut self, open: Open) {
        self.tree.set_open(open.id, false);
        if open.space == Namespace::Html {
            let count = &mut self.counts[open.tag as usize];
            *count = count.saturating_sub(1);
        }
    }

    /// Takes an element out of the middle of the stack.
    pub(super) fn remove_open(&mut self, id: Id) {
        if let Some(at) = self.place_of(id) {
            let open = self.open.remove(at);
            self.uncount(open);
        }
    }

    /// Where in the stack an element is, if it is not too far down.
    pub(super) fn place_of(&self, id: Id) -> Option<usize> {
        let first = self.open.len().saturating_sub(FAR);
        let near = self.open.get(first..)?;
        near.iter()
            .rposition(|open| open.id == id)
            .map(|at| first + at)
    }

    pub(super) fn is_open(&self, tag: Tag) -> bool {
        self.counts[tag as usize] > 0
    }

    /// Closes elements up to one that `is` what is meant, with it.
    pub(super) fn pop_until(&mut self, is: impl Fn(Tag) -> bool) {
        while let Some(open) = self.pop() {
            if open.space == Namespace::Html && is(open.tag) {
                break;
            }
        }
    }

    /// Closes elements until one that `is` what is meant is the innermost.
    pub(super) fn pop_to(&mut self, is: impl Fn(Tag) -> bool) {
        while self.open.len() > 1 && !self.is_current(&is) {
            self.pop();
        }
    }

    /// Whether an element with that tag is open, and near enough for the scope.
    pub(super) fn has_in_scope(&self, tag: Tag, scope: ElementScope) -> bool {
        self.is_open(tag) && self.has_any_in_scope(|open| open == tag, scope)
    }

    pub(super) fn has_any_in_scope(&self, is: impl Fn(Tag) -> bool, scope: ElementScope) -> bool {
        for open in self.open.iter().rev().take(FAR) {
            match open.space {
                Namespace::Html if is(open.tag) => return true,
                Namespace::Html if scope.ends_at(open.tag) => return false,
                Namespace::Svg | Namespace::MathMl
                    if open.point != Point::No && scope != ElementScope::Table =>
                {
                    return false;
                }
                Namespace::Html | Namespace::Svg | Namespace::MathMl => {}
            }
        }
        false
    }

    pub(super) fn close_implied(&mut self, except: Tag) {
        while self.is_current(|tag| tag.is_implied_end() && tag != except) {
            self.pop();
        }
    }

    pub(super) fn close_paragraph(&mut self) {
        if self.has_in_scope(Tag::P, ElementScope::Button) {
            self.close_implied(Tag::P);
            self.pop_until(|tag| tag == Tag::P);
        }
    }

    /// The mode that belongs to the open elements.
    pub(super) fn reset_mode(&mut self) {
        for (number, open) in self.open.iter().enumerate().rev().take(FAR) {
            if open.space != Namespace::Html {
                continue;
            }
            self.mode = match open.tag {
                Tag::Td | Tag::Th if number > 0 => InsertionMode::Cell,
                Tag::Tr => InsertionMode::Row,
                Tag::Tbody | Tag::Thead | Tag::Tfoot => InsertionMode::TableBody,
                Tag::Caption => InsertionMode::Caption,
                Tag::Colgroup => InsertionMode::ColumnGroup,
                Tag::Table => InsertionMode::Table,
                Tag::Template => self
                    .templates
                    .last()
                    .copied()
                    .unwrap_or(InsertionMode::Body),
                Tag::Head if number > 0 => InsertionMode::Head,
                Tag::Body => InsertionMode::Body,
                Tag::Frameset => InsertionMode::Frameset,
                Tag::Html if self.head == NONE => InsertionMode::BeforeHead,
                Tag::Html => InsertionMode::AfterHead,
                _ => continue,
            };
            return;
        }
        self.mode = InsertionMode::Body;
    }
}

impl ElementScope {
    pub(super) fn ends_at(self, tag: Tag) -> bool {
        use Tag::*;
        match self {
            ElementScope::Table => matches!(tag, Html | Table | Template),
            ElementScope::Default | ElementScope::ListItem | ElementScope::Button => {
                matches!(
                    tag,
                    Applet
                        | Caption
                        | Html
                        | Table
                        | Td
                        | Th
                        | Marquee
                        | Object
                        | Template
                        | Select
                ) || (self == ElementScope::ListItem && matches!(tag, Ol | Ul))
                    || (self == ElementScope::Button && tag == Button)
            }
        }
    }
}

pub(super) fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\x0C' | '\r' | ' ')
}

pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

/// An element that is to be reopened, or what it is not to be reopened beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormattingEntry {
    Marker,
    Element { id: Id, tag: Tag },
}

impl FormattingEntry {
    pub(super) fn id(self) -> Option<Id> {
        match self {
            FormattingEntry::Element { id, .. } => Some(id),
            FormattingEntry::Marker => None,
        }
    }
}
