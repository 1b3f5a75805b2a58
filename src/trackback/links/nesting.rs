//! Which elements are open, as far as it decides whether a tag is inside one that is hidden.
//!
//! End tags that may be left out, and end tags that close nothing, are read as browsers read them in the ordinary
//! cases. Each tag costs a bounded number of steps, or closes what it looks at.

use std::collections::HashMap;

use html5gum::StartTag;

use super::Place;

/// The open elements.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    open: Vec<Element>,
    /// How many elements of each name are open.
    counts: HashMap<Name, usize>,
    /// How many of the open elements hide what is in them.
    hiding: usize,
}

#[derive(Debug, Clone, Copy)]
struct Element {
    name: Name,
    hides: bool,
    is_strong: bool,
    is_wall: bool,
}

/// What an end does not reach beyond.
#[derive(Clone, Copy)]
enum Limit {
    Nothing,
    Strong,
    Walls,
    These(&'static [&'static [u8]]),
}

/// The first bytes of an element's name: longer ones mean nothing here.
type Name = [u8; 12];

/// How far up an end is looked for where it may not close what lies between.
const FAR: usize = 64;

const VOID: [&[u8]; 14] = [
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"param",
    b"source", b"track", b"wbr",
];

/// What is never shown, whatever it says.
const NEVER_SHOWN: [&[u8]; 7] = [
    b"script",
    b"style",
    b"template",
    b"noscript",
    b"iframe",
    b"noembed",
    b"noframes",
];

/// Elements that an end tag of another kind does not close (`</b>` leaves a `<div>` open).
const STRONG: [&[u8]; 33] = [
    b"address",
    b"article",
    b"aside",
    b"blockquote",
    b"body",
    b"details",
    b"div",
    b"dl",
    b"fieldset",
    b"figure",
    b"footer",
    b"form",
    b"h1",
    b"h2",
    b"h3",
    b"header",
    b"li",
    b"main",
    b"nav",
    b"object",
    b"ol",
    b"p",
    b"pre",
    b"section",
    b"select",
    b"table",
    b"tbody",
    b"td",
    b"template",
    b"th",
    b"tr",
    b"ul",
    b"noscript",
];

/// Inside these, an end tag does not reach out (`<div><table><td></div>` closes nothing).
const WALLS: [&[u8]; 7] = [
    b"table",
    b"td",
    b"th",
    b"caption",
    b"template",
    b"object",
    b"marquee",
];

impl Nesting {
    /// Takes in a start tag and says where it stands itself.
    pub(super) fn open(&mut self, tag: &StartTag<()>) -> Place {
        let name = tag.name.as_slice();
        self.close_implied(name);
        let hides = match name {
            // A page that is hidden whole is shown by its script in a moment.
            b"html" | b"body" => false,
            // Shown where it stands.
            b"template" if tag.attributes.contains_key(b"shadowrootmode".as_slice()) => {
                says_hidden(tag)
            }
            _ => NEVER_SHOWN.contains(&name) || says_hidden(tag),
        };
        if !VOID.contains(&name) {
            self.open.push(Element {
                name: short(name),
                hides,
                is_strong: STRONG.contains(&name),
                is_wall: WALLS.contains(&name),
            });
            *self.counts.entry(short(name)).or_default() += 1;
            self.hiding += usize::from(hides);
        }
        if hides || self.is_hiding() {
            Place::Hidden
        } else {
            Place::Shown
        }
    }

    /// Takes in an end tag.
    pub(super) fn close(&mut self, name: &[u8]) {
        let short = short(name);
        if self.counts.get(&short).copied().unwrap_or_default() == 0 {
            return;
        }
        let limit = if WALLS.contains(&name) || matches!(name, b"tr" | b"tbody") {
            Limit::Nothing
        } else if STRONG.contains(&name) {
            Limit::Walls
        } else {
            Limit::Strong
        };
        self.pop_to(short, limit);
    }

    /// Whether what stands here is hidden.
    pub(super) fn is_hiding(&self) -> bool {
        self.hiding > 0
    }

    /// Closes the element whose end the start of `name` implies.
    fn close_implied(&mut self, name: &[u8]) {
        const LIST: Limit = Limit::These(&[b"ul", b"ol", b"table", b"td", b"template"]);
        const TERMS: Limit = Limit::These(&[b"dl", b"table", b"td", b"template"]);
        const TABLE: Limit = Limit::These(&[b"table", b"template"]);
        match name {
            b"li" => self.pop_to(short(b"li"), LIST),
            b"dt" | b"dd" => {
                self.pop_to(short(b"dt"), TERMS);
                self.pop_to(short(b"dd"), TERMS);
            }
            b"tr" | b"tbody" | b"td" | b"th" => {
                self.pop_to(short(b"td"), TABLE);
                self.pop_to(short(b"th"), TABLE);
                if matches!(name, b"tr" | b"tbody") {
                    self.pop_to(short(b"tr"), TABLE);
                }
            }
            b"option" => self.pop_to(short(b"option"), Limit::These(&[b"select"])),
            b"template" | b"object" | b"noscript" => {}
            // A paragraph ends where another block begins.
            _ if STRONG.contains(&name) => self.pop_to(short(b"p"), Limit::Walls),
            _ => {}
        }
    }

    /// Closes the innermost `name` and what is in it, unless the limit lies between.
    fn pop_to(&mut self, name: Name, limit: Limit) {
        if self.counts.get(&name).copied().unwrap_or_default() == 0 {
            return;
        }
        let far = match limit {
            Limit::Nothing => usize::MAX,
            Limit::Strong | Limit::Walls | Limit::These(_) => FAR,
        };
        let mut above = self.open.iter().rev().take(far);
        let end = above.position(|element| element.name == name || limit.is(element));
        let Some(depth) = end else { return };
        let keep = self.open.len() - depth - 1;
        if self
            .open
            .get(keep)
            .is_none_or(|element| element.name != name)
        {
            return;
        }
        for element in self.open.drain(keep..) {
            self.hiding -= usize::from(element.hides);
            if let Some(count) = self.counts.get_mut(&element.name) {
                *count -= 1;
            }
        }
    }
}

impl Limit {
    fn is(self, element: &Element) -> bool {
        match self {
            Limit::Nothing => false,
            Limit::Strong => element.is_strong,
            Limit::Walls => element.is_wall,
            Limit::These(names) => names.iter().any(|name| short(name) == element.name),
        }
    }
}

fn short(name: &[u8]) -> Name {
    let mut short = [0; 12];
    for (to, from) in short.iter_mut().zip(name) {
        *to = *from;
    }
    short
}

/// Whether an element says of itself that it is not shown. `aria-hidden` hides nothing from the eye.
fn says_hidden(tag: &StartTag<()>) -> bool {
    if tag.attributes.contains_key(b"hidden".as_slice()) {
        return true;
    }
    let Some(style) = tag.attributes.get(b"style".as_slice()) else {
        return false;
    };
    let style = without_comments(&String::from_utf8_lossy(style)).to_ascii_lowercase();
    let last = |property: &str| {
        style
            .split(';')
            .filter_map(|declaration| declaration.split_once(':'))
            .filter(|(name, _)| name.trim() == property)
            .map(|(_, value)| value.split('!').next().unwrap_or_default().trim())
            .next_back()
    };
    last("display") == Some("none") || matches!(last("visibility"), Some("hidden" | "collapse"))
}

fn without_comments(style: &str) -> String {
    let mut out = String::with_capacity(style.len());
    let mut rest = style;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    out + rest
}
