//! A page as a flat list of its elements and texts, in the order of the page.
//!
//! Tags are matched as browsers do where it matters for what belongs to what: void elements, `<p>` and `<li>` that
//! are never closed, end tags without a start. Building it takes time linear in the page's length, however it is
//! nested, and looking through it needs no recursion: each element knows where it ends.

use std::collections::{BTreeMap, HashMap};

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Spanned, Token, Tokenizer};

use super::names::{is_block, is_inline, is_void};

/// A page, or a piece of one.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// Whether there was more than is kept.
    pub(crate) cut: bool,
}

/// A part of a page.
#[derive(Debug)]
pub(crate) enum Node {
    /// An element; what is in it follows.
    Element(Element),
    /// Text, decoded.
    Text(String),
}

/// An element.
#[derive(Debug)]
pub(crate) struct Element {
    name: HtmlString,
    attributes: BTreeMap<HtmlString, Spanned<HtmlString, ()>>,
    /// The number of the first node behind it.
    pub(crate) end: usize,
}

/// The most elements and texts of a page that are kept.
const MOST_NODES: usize = 400_000;
/// How far an end tag of an inline element looks for its start.
const MOST_INLINE: usize = 64;

impl Tree {
    /// Reads HTML.
    pub(crate) fn read(html: &str) -> Tree {
        let mut builder = Builder::default();
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
            match token {
                Token::StartTag(tag) => builder.open(tag.name, tag.attributes, tag.self_closing),
                Token::EndTag(tag) => builder.close(&tag.name),
                Token::String(text) => builder.text(&text),
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
            if builder.tree.nodes.len() >= MOST_NODES {
                builder.tree.cut = true;
                break;
            }
        }
        builder.finish()
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A node by its number.
    pub(crate) fn node(&self, number: usize) -> Option<&Node> {
        self.nodes.get(number)
    }

    /// The elements within a range of numbers, with theirs.
    pub(crate) fn elements(
        &self,
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (usize, &Element)> {
        let nodes = self.nodes.get(range.clone()).unwrap_or_default();
        (range.start..)
            .zip(nodes)
            .filter_map(|(number, node)| match node {
                Node::Element(element) => Some((number, element)),
                Node::Text(_) => None,
            })
    }

    /// The numbers of what is inside an element.
    pub(crate) fn inside(&self, number: usize) -> std::ops::Range<usize> {
        match self.nodes.get(number) {
            Some(Node::Element(element)) => number + 1..element.end,
            Some(Node::Text(_)) | None => number..number,
        }
    }

    /// All text within a range, at most about `most` bytes of it.
    pub(crate) fn text(&self, range: std::ops::Range<usize>, most: usize) -> String {
        let mut out = String::new();
        for node in self.nodes.get(range).unwrap_or_default() {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) if !element.is_inline() => out.push(' '),
                Node::Element(_) => {}
            }
            if out.len() > most {
                break;
            }
        }
        out
    }
}

impl Element {
    /// The name, in lower case.
    pub(crate) fn name(&self) -> &[u8] {
        &self.name
    }

    /// An attribute's value; `None` if it is not there or not UTF-8.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let value = self.attributes.get(name.as_bytes())?;
        std::str::from_utf8(value).ok()
    }

    /// The words of an attribute that is a list of them.
    pub(crate) fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.attribute(name)
            .unwrap_or_default()
            .split_ascii_whitespace()
    }

    /// Whether `class` has that word.
    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.words("class").any(|word| word == class)
    }

    /// Whether text goes on through it without a gap.
    pub(crate) fn is_inline(&self) -> bool {
        is_inline(&self.name)
    }
}

#[derive(Default)]
struct Builder {
    tree: Tree,
    /// The numbers of the elements that are open.
    open: Vec<usize>,
    /// How many of each name are open.
    count: HashMap<Vec<u8>, usize>,
    /// How many nodes there were when an element was last ended: no text goes on across that.
    sealed: usize,
}

impl Builder {
    fn open(
        &mut self,
        name: HtmlString,
        attributes: BTreeMap<HtmlString, Spanned<HtmlString, ()>>,
        self_closing: bool,
    ) {
        self.end_implied(&name);
        let number = self.tree.nodes.len();
        let foreign = self.is_open(b"svg") || self.is_open(b"math");
        let ends_at_once = is_void(&name) || (foreign && self_closing);
        if !ends_at_once {
            *self.count.entry(name.to_vec()).or_default() += 1;
            self.open.push(number);
        }
        self.tree.nodes.push(Node::Element(Element {
            name,
            attributes,
            end: number + 1,
        }));
    }

    fn close(&mut self, name: &[u8]) {
        if !self.is_open(name) {
            return;
        }
        if is_inline(name) {
            // Markup that is nested crosswise: what is no inline element is not closed by one.
            let mut inner = self.open.iter().rev().take(MOST_INLINE);
            let found = inner
                .by_ref()
                .map(|&number| self.name(number))
                .take_while(|open| is_inline(open))
                .any(|open| open == name);
            if !found {
                return;
            }
        }
        while let Some(number) = self.open.last().copied() {
            let last = self.name(number) == name;
            self.pop();
            if last {
                break;
            }
        }
    }

    fn text(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        let goes_on = self.sealed != self.tree.nodes.len();
        match self.tree.nodes.last_mut() {
            Some(Node::Text(before)) if goes_on => before.push_str(&text),
            _ => self.tree.nodes.push(Node::Text(text.into_owned())),
        }
    }

    fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.pop();
        }
        self.tree
    }

    /// Ends what a start tag ends by itself.
    fn end_implied(&mut self, name: &[u8]) {
        let item = matches!(name, b"li" | b"dt" | b"dd");
        if item || is_block(name) {
            self.pop_if(|top| top == b"p");
        }
        if name == b"a" {
            self.pop_if(|top| top == b"a");
        }
        if item {
            self.pop_if(|top| top == name || (name != b"li" && matches!(top, b"dt" | b"dd")));
        }
    }

    fn pop_if(&mut self, is: impl Fn(&[u8]) -> bool) {
        if self
            .open
            .last()
            .is_some_and(|&number| is(self.name(number)))
        {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let end = self.tree.nodes.len();
        self.sealed = end;
        let Some(number) = self.open.pop() else {
            return;
        };
        if let Some(Node::Element(element)) = self.tree.nodes.get_mut(number) {
            element.end = end;
            if let Some(count) = self.count.get_mut(element.name.as_slice()) {
                *count -= 1;
            }
        }
    }

    fn is_open(&self, name: &[u8]) -> bool {
        self.count.get(name).is_some_and(|&count| count > 0)
    }

    fn name(&self, number: usize) -> &[u8] {
        match self.tree.nodes.get(number) {
            Some(Node::Element(element)) => &element.name,
            Some(Node::Text(_)) | None => b"",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The elements as `name(text)`, nested by where they end.
    fn shape(html: &str) -> String {
        let tree = Tree::read(html);
        let mut out = String::new();
        let mut ends: Vec<usize> = Vec::new();
        for number in 0..=tree.len() {
            while ends.last() == Some(&number) {
                ends.pop();
                out.push(')');
            }
            match tree.node(number) {
                Some(Node::Element(element)) => {
                    out.push_str(&String::from_utf8_lossy(element.name()));
                    out.push('(');
                    ends.push(element.end);
                    if element.end == number + 1 {
                        ends.pop();
                        out.push(')');
                    }
                }
                Some(Node::Text(text)) => out.push_str(text),
                None => {}
            }
        }
        out
    }

    #[test]
    fn what_is_not_closed_ends_where_a_browser_ends_it() {
        for (html, expected) in [
            ("<p>a<p>b<div>c</div>", "p(a)p(b)div(c)"),
            ("<ul><li>a<li><p>b<li>c</ul>d", "ul(li(a)li(p(b))li(c))d"),
            ("<dl><dt>a<dd>b<dt>c</dl>", "dl(dt(a)dd(b)dt(c))"),
            ("<div>a<br>b<img src=x>c</div>d", "div(abr()bimg()c)d"),
            ("a</div></p>b", "ab"),
            ("<b>a<div>b</b>c</div>d", "b(adiv(bc)d)"),
            ("<i><b>a</i>b</b>c", "i(b(a))bc"),
            ("<svg><path/><g>x</g></svg>y", "svg(path()g(x))y"),
            ("<div/>a", "div(a)"),
            ("<a>a<a>b</a>c", "a(a)a(b)c"),
            ("<script>'<div>'</script>a", "script('<div>')a"),
            ("<a>&amp;amp; &eacute;", "a(&amp; é)"),
        ] {
            assert_eq!(shape(html), expected, "{html}");
        }
    }

    #[test]
    fn s7_no_nesting_costs_more_than_its_length() {
        let deep = 30_000;
        for html in [
            "<div>".repeat(deep),
            "<b>".repeat(deep),
            "</div>".repeat(deep),
            "<b></i>".repeat(deep),
            "<div><b></div>".repeat(deep),
            "<p><b>".repeat(deep),
            format!(
                "{}{}",
                "<div><b>".repeat(deep),
                "</b></span></div>".repeat(deep)
            ),
            format!("{}{}", "<x>".repeat(deep), "</y></b>".repeat(deep)),
            format!("<b>{}{}", "<i>".repeat(deep), "</b>".repeat(deep)),
        ] {
            let tree = Tree::read(&html);
            assert!(tree.len() <= MOST_NODES);
        }
    }

    #[test]
    fn s7_the_nodes_are_counted() {
        let tree = Tree::read(&"<b>".repeat(MOST_NODES + 5));
        assert!(tree.cut);
        assert_eq!(tree.len(), MOST_NODES);
        assert_eq!(tree.inside(0), 1..MOST_NODES);
    }
}
