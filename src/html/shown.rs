//! What of a page a reader can see: with scripts on, without having run any, and without the page's style sheets.
//!
//! Hidden is what an element hides by its kind, by an attribute, or by its `style`. What a click opens (`<details>`)
//! is not hidden. `aria-hidden` hides nothing from the eye.

use super::arena::Space;
use super::document::{Document, Element, Node};
use super::style::{Sight, Style};
use super::tag::Tag;

/// What is known of a node's being seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shown(u8);

const RENDERED: u8 = 1;
/// For an element: something that can be seen is in it.
const FILLED: u8 = 2;
const IN_COMMENTS: u8 = 4;

impl Shown {
    /// Whether it is rendered, as far as the page itself says.
    pub(super) fn is_rendered(self) -> bool {
        self.0 & RENDERED != 0
    }

    /// Whether something that can be seen is in it.
    pub(super) fn is_filled(self) -> bool {
        self.0 & FILLED != 0
    }

    /// Whether it stands among the comments of a page.
    pub(super) fn is_in_comments(self) -> bool {
        self.0 & IN_COMMENTS != 0
    }
}

/// What holds inside an element that is open.
#[derive(Debug, Clone, Copy)]
struct State {
    number: usize,
    end: usize,
    is_hidden: bool,
    is_visible: bool,
    is_legible: bool,
    is_in_comments: bool,
    /// Whether [`FILLED`] was set, for it and all that it is in.
    is_filled: bool,
}

impl Document {
    /// Finds out for each node whether it is shown.
    pub(super) fn find_what_is_shown(&mut self) {
        let mut open: Vec<State> = Vec::new();
        for number in 0..self.len() {
            while open.last().is_some_and(|state| state.end <= number) {
                open.pop();
            }
            let around = open.last().copied().unwrap_or(State {
                number,
                end: self.len(),
                is_hidden: false,
                is_visible: true,
                is_legible: true,
                is_in_comments: false,
                is_filled: false,
            });
            let (state, fills) = match self.node(number) {
                Some(Node::Element(element)) => {
                    let state = inside(element, around);
                    (state, state.is_seen() && is_picture(element))
                }
                Some(Node::Text(text)) => (
                    around,
                    around.is_seen() && around.is_legible && text.contains(is_inked),
                ),
                Some(Node::Comment(_)) | None => continue,
            };
            let mut bits = 0;
            if state.is_seen() && (state.is_legible || state.number == number) {
                bits |= RENDERED;
            }
            if state.is_in_comments {
                bits |= IN_COMMENTS;
            }
            self.set_shown(number, Shown(bits));
            if state.number == number && state.end > number + 1 {
                open.push(state);
            }
            if fills {
                self.fill(&mut open, number);
            }
        }
    }

    /// Notes that something can be seen in all that is open, and in the node itself.
    fn fill(&mut self, open: &mut [State], number: usize) {
        let own = Shown(self.shown(number).0 | FILLED);
        self.set_shown(number, own);
        // What is around something filled is filled.
        for state in open.iter_mut().rev().take_while(|state| !state.is_filled) {
            state.is_filled = true;
            let shown = Shown(self.shown(state.number).0 | FILLED);
            self.set_shown(state.number, shown);
        }
    }
}

impl State {
    fn is_seen(self) -> bool {
        !self.is_hidden && self.is_visible
    }
}

/// What holds inside an element.
fn inside(element: Element<'_>, around: State) -> State {
    let is_page = element.is("html") || element.is("body");
    let style = match element.attribute("style") {
        // A page that is hidden whole is shown by its script in a moment.
        Some(style) if !is_page => Style::read(style),
        Some(_) | None => Style::default(),
    };
    let hides = hides_by_kind(element) || (!is_page && hides_by_attribute(element));
    let sight = |own: Option<Sight>, around: bool| own.map_or(around, |own| own == Sight::Seen);
    State {
        number: element.number(),
        end: element.end(),
        is_hidden: around.is_hidden || hides || style.hides_all,
        is_visible: sight(style.visibility, around.is_visible),
        is_legible: sight(style.text, around.is_legible),
        is_in_comments: around.is_in_comments || (!is_page && is_comments(element)),
        is_filled: false,
    }
}

/// Elements whose content is not rendered.
fn hides_by_kind(element: Element<'_>) -> bool {
    use Tag::*;
    if element.space() != Space::Html {
        const UNSEEN: [&str; 19] = [
            "defs",
            "symbol",
            "title",
            "desc",
            "metadata",
            "script",
            "style",
            "clippath",
            "mask",
            "annotation",
            "annotation-xml",
            "path",
            "rect",
            "circle",
            "ellipse",
            "line",
            "polyline",
            "polygon",
            "image",
        ];
        return UNSEEN.contains(&element.name());
    }
    match element.tag() {
        Head | Title | Script | Style | Noscript | Noembed | Noframes | Iframe | Datalist
        | Audio | Video | Canvas | Progress | Meter | Select | Option | Optgroup | Rp => true,
        Template => element.attribute("shadowrootmode").is_none(),
        Dialog => element.attribute("open").is_none(),
        Object => element
            .attribute("data")
            .is_some_and(|data| !data.is_empty()),
        _ => false,
    }
}

fn hides_by_attribute(element: Element<'_>) -> bool {
    let is_popover = element.attribute("popover").is_some_and(|value| {
        let value = value.trim();
        value.is_empty()
            || ["auto", "manual", "hint"]
                .iter()
                .any(|kind| value.eq_ignore_ascii_case(kind))
    });
    element.space() == Space::Html && (element.attribute("hidden").is_some() || is_popover)
}

/// Whether an element is a picture, or another thing that a link may consist of.
fn is_picture(element: Element<'_>) -> bool {
    use Tag::*;
    let has = |name: &str| {
        element
            .attribute(name)
            .is_some_and(|value| !value.trim().is_empty())
    };
    let is_point = ["width", "height"].iter().any(|side| {
        element
            .attribute(side)
            .is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1"))
    });
    match (element.space(), element.tag()) {
        (Space::Html, Img) => (has("src") || has("srcset") || has("alt")) && !is_point,
        (Space::Html, Embed | Iframe | Input | Button) => !is_point,
        (Space::Html, Object) => has("data") && !is_point,
        // Their content is hidden, they are not.
        (Space::Html, _) => false,
        (Space::Svg, _) => {
            element.name() == "svg" && !is_point && element.end() > element.number() + 1
        }
        (Space::MathMl, _) => element.name() == "math",
    }
}

/// Whether a character leaves a mark.
fn is_inked(character: char) -> bool {
    !(character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}'))
}

/// Words of `class` and whole `id`s (in lower case, `_` as `-`) of what holds the comments of others.
const COMMENTS: [&str; 34] = [
    "comment",
    "comments",
    "comment-body",
    "comment-content",
    "comment-list",
    "commentlist",
    "comment-text",
    "comments-area",
    "comments-list",
    "comments-section",
    "comment-section",
    "commentarea",
    "comment-thread",
    "comment-author",
    "respond",
    "comment-respond",
    "disqus-thread",
    "giscus",
    "isso-thread",
    "utterances",
    "u-comment",
    "p-comment",
    "responses",
    "replies",
    "mentions",
    "webmentions",
    "webmention",
    "pingback",
    "pingbacks",
    "trackback",
    "trackbacks",
    "pinglist",
    "post-comments",
    "guestbook",
];

fn is_comments(element: Element<'_>) -> bool {
    let is_name = |name: &str| {
        name.len() <= 32 && {
            let name = name.to_ascii_lowercase().replace('_', "-");
            COMMENTS.contains(&name.as_str())
        }
    };
    element.tag() != Tag::A
        && (element.words("class").any(is_name)
            || element.attribute("id").is_some_and(is_name)
            || element.words("itemprop").any(|word| word == "comment"))
}
