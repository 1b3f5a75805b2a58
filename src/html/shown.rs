//! What of a page a reader can see: with scripts on, without having run any, and without the page's style sheets.
//!
//! Hidden is what an element hides by its kind, by an attribute, or by its `style`. What a click opens (`<details>`)
//! is not hidden. `aria-hidden` hides nothing from the eye.

use std::collections::HashSet;

use super::arena::Namespace;
use super::by_others::is_by_others;
use super::comments::{Headed, headed, is_comments, section_end};
use super::document::{Document, Element, Node};
use super::style::{Colour, Sight, Style, attribute_colour};
use super::tag::Tag;
use crate::html::arena::{BY_OTHERS, FILLED, IN_COMMENTS, NodeVisibility, RENDERED};

/// What holds inside an element that is open.
#[derive(Debug, Clone, Copy)]
struct VisibilityState {
    number: usize,
    end: usize,
    is_hidden: bool,
    is_visible: bool,
    is_legible: bool,
    is_in_comments: bool,
    is_by_others: bool,
    /// The colours of text and of what is behind it, where elements say so.
    ink: Option<Colour>,
    paper: Option<Colour>,
    /// Whether [`FILLED`] was set, for it and all that it is in.
    is_filled: bool,
}

/// Where the sections end that the headings so far begin.
#[derive(Debug, Default)]
struct HeadedSections {
    comments_end: usize,
    others_end: usize,
}

impl HeadedSections {
    /// Notes what begins at an element, if that is a heading.
    fn begin_at(&mut self, element: Element<'_>) {
        let number = element.number();
        if number < self.comments_end {
            return;
        }
        match headed(element) {
            Some(Headed::Comments) => self.comments_end = section_end(element),
            Some(Headed::ByOthers) if number >= self.others_end => {
                self.others_end = section_end(element);
            }
            Some(Headed::ByOthers) | None => {}
        }
    }
}

impl Document {
    /// Finds out for each node whether it is shown.
    pub(super) fn find_what_is_shown(&mut self) {
        let mut open: Vec<VisibilityState> = Vec::new();
        let mut maps = ImageMaps::default();
        let mut sections = HeadedSections::default();
        for number in 0..self.node_count() {
            while open.last().is_some_and(|state| state.end <= number) {
                open.pop();
            }
            let around = open.last().copied();
            let around = around.unwrap_or_else(|| self.state_outside(number));
            let (state, fills) = match self.node(number) {
                Some(Node::Element(element)) => {
                    let state = inside(element, around);
                    maps.add(element, state);
                    if !state.is_in_comments {
                        sections.begin_at(element);
                    }
                    let fills = match element.space() {
                        // Texts in shapes are unseen, the shapes are not.
                        Namespace::Svg => around.is_seen() && is_shape(element),
                        Namespace::Html | Namespace::MathMl => {
                            is_picture(element)
                                && (state.is_seen() || is_seen_medium(element, around))
                        }
                    };
                    (state, fills)
                }
                Some(Node::Text(text)) => (
                    around,
                    around.is_seen()
                        && around.is_legible
                        && around.has_contrast()
                        && text.contains(is_inked),
                ),
                Some(Node::Comment(_)) | None => continue,
            };
            let mut bits = 0;
            let is_text = state.number != number;
            if state.is_seen() && (!is_text || (state.is_legible && state.has_contrast())) {
                bits |= RENDERED;
            }
            if state.is_in_comments || number < sections.comments_end {
                bits |= IN_COMMENTS;
            }
            if state.is_by_others || number < sections.others_end {
                bits |= BY_OTHERS;
            }
            self.set_shown(number, NodeVisibility(bits));
            if state.number == number && state.end > number + 1 {
                open.push(state);
            }
            if fills {
                self.fill(&mut open, number);
            }
        }
        for area in maps.without_picture() {
            self.set_shown(area, NodeVisibility(self.shown(area).0 & !RENDERED));
        }
    }

    /// The state of a node that is in no element.
    fn state_outside(&self, number: usize) -> VisibilityState {
        VisibilityState {
            number,
            end: self.node_count(),
            is_hidden: false,
            is_visible: true,
            is_legible: true,
            is_in_comments: false,
            is_by_others: false,
            ink: None,
            paper: None,
            is_filled: false,
        }
    }

    /// Notes that something can be seen in all that is open, and in the node itself.
    fn fill(&mut self, open: &mut [VisibilityState], number: usize) {
        let own = NodeVisibility(self.shown(number).0 | FILLED);
        self.set_shown(number, own);
        // What is around something filled is filled.
        for state in open.iter_mut().rev().take_while(|state| !state.is_filled) {
            state.is_filled = true;
            let shown = NodeVisibility(self.shown(state.number).0 | FILLED);
            self.set_shown(state.number, shown);
        }
    }
}

impl VisibilityState {
    fn is_seen(self) -> bool {
        !self.is_hidden && self.is_visible
    }

    /// Whether text can be told from what is behind it.
    fn has_contrast(self) -> bool {
        self.ink.is_none() || self.ink != self.paper
    }
}

/// What holds inside an element.
fn inside(element: Element<'_>, around: VisibilityState) -> VisibilityState {
    let is_page = element.is("html") || element.is("body");
    let own = style_of(element);
    // A page that is hidden whole is shown by its script in a moment.
    let style = match is_page {
        true => Style {
            ink: own.ink,
            paper: own.paper,
            ..Style::default()
        },
        false => own,
    };
    let hides = hides_by_kind(element) || (!is_page && hides_by_attribute(element));
    let sight = |own: Option<Sight>, around: bool| own.map_or(around, |own| own == Sight::Seen);
    let is_replaced = matches!(
        element.tag(),
        Tag::Img | Tag::Embed | Tag::Object | Tag::Iframe | Tag::Input | Tag::Svg
    );
    VisibilityState {
        number: element.number(),
        end: element.end(),
        is_hidden: around.is_hidden || hides || style.hides_all || (is_replaced && style.is_flat),
        is_visible: sight(style.visibility, around.is_visible),
        is_legible: sight(style.text, around.is_legible),
        is_in_comments: around.is_in_comments || (!is_page && is_comments(element)),
        is_by_others: around.is_by_others || (!is_page && is_by_others(element)),
        ink: style.ink.or(around.ink),
        paper: style.paper.or(around.paper),
        is_filled: false,
    }
}

/// What an element's `style` says, and the attributes that stood for one before there were styles.
fn style_of(element: Element<'_>) -> Style {
    let attribute = element.attribute("style").unwrap_or_default();
    if element.space() == Namespace::Html {
        let mut style = match attribute {
            "" => Style::default(),
            attribute => Style::read(attribute),
        };
        let colour = |name: &str| element.attribute(name).and_then(attribute_colour);
        style.ink = style.ink.or_else(|| match element.tag() {
            Tag::Font => colour("color"),
            Tag::Body => colour("text"),
            _ => None,
        });
        style.paper = style.paper.or_else(|| colour("bgcolor"));
        return style;
    }
    const NAMES: [&str; 7] = [
        "display",
        "visibility",
        "opacity",
        "fill",
        "fill-opacity",
        "stroke",
        "font-size",
    ];
    let attributes = NAMES.iter().filter_map(|name| {
        let value = element.attribute(name)?;
        let is_plain = value.len() <= 64 && !value.contains([';', '\\', '/']);
        is_plain.then(|| format!("{name}:{value};"))
    });
    let all: String = attributes.chain([attribute.to_owned()]).collect();
    match all.as_str() {
        "" => Style::default(),
        all => Style::read(all),
    }
}

/// The image maps of a page: an area of one that lies on no picture cannot be seen.
#[derive(Default)]
struct ImageMaps {
    /// The names that pictures give.
    used: HashSet<String>,
    /// The name of the last map.
    name: String,
    areas: Vec<(String, usize)>,
}

impl ImageMaps {
    /// More maps of a page, and areas, are not looked at.
    const MAX: usize = 4096;
    /// The longest name, in bytes.
    const MAX_NAME: usize = 256;

    fn add(&mut self, element: Element<'_>, state: VisibilityState) {
        let name = |name: &str| {
            let name = element.attribute(name)?.trim();
            let name = name.strip_prefix('#').unwrap_or(name);
            (name.len() <= Self::MAX_NAME).then(|| name.to_owned())
        };
        match element.tag() {
            Tag::Img | Tag::Object | Tag::Input
                if state.is_seen() && self.used.len() < Self::MAX =>
            {
                self.used.extend(name("usemap"));
            }
            Tag::Map => self.name = name("name").or_else(|| name("id")).unwrap_or_default(),
            Tag::Area if self.areas.len() < Self::MAX => {
                self.areas.push((self.name.clone(), element.number()));
            }
            _ => {}
        }
    }

    fn without_picture(self) -> impl Iterator<Item = usize> {
        let ImageMaps { used, areas, .. } = self;
        let areas = areas.into_iter();
        areas.filter_map(move |(name, area)| (!used.contains(&name)).then_some(area))
    }
}

/// Elements whose content is not rendered.
fn hides_by_kind(element: Element<'_>) -> bool {
    use Tag::*;
    if element.space() != Namespace::Html {
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
        | Audio | Video | Canvas | Progress | Meter | Select | Option | Rp => true,
        Template => element.attribute("shadowrootmode").is_none(),
        Dialog => element.attribute("open").is_none(),
        Object => element
            .attribute("data")
            .is_some_and(|data| !data.is_empty()),
        _ => false,
    }
}

fn hides_by_attribute(element: Element<'_>) -> bool {
    match element.space() {
        // A popover of a kind that nobody knows is one too.
        Namespace::Html => ["hidden", "popover"]
            .iter()
            .any(|name| element.attribute(name).is_some()),
        Namespace::Svg => {
            element.tag() == Tag::Svg
                && ["width", "height"]
                    .iter()
                    .any(|side| element.attribute(side).is_some_and(is_a_point))
        }
        Namespace::MathMl => false,
    }
}

/// Whether a length is that of a point, in an attribute.
fn is_a_point(size: &str) -> bool {
    matches!(size.trim().trim_end_matches("px"), "0" | "1")
}

/// Whether an element of SVG draws something.
fn is_shape(element: Element<'_>) -> bool {
    const SHAPES: [&str; 9] = [
        "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "image", "use",
    ];
    SHAPES.contains(&element.name()) && !style_of(element).hides_all
}

/// Whether an element is a picture, or another thing that a link may consist of.
fn is_picture(element: Element<'_>) -> bool {
    use Tag::*;
    let has = |name: &str| {
        element
            .attribute(name)
            .is_some_and(|value| !value.trim().is_empty())
    };
    let is_point = ["width", "height"]
        .iter()
        .any(|side| element.attribute(side).is_some_and(is_a_point));
    let is_hidden_field = element
        .attribute("type")
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("hidden"));
    match (element.space(), element.tag()) {
        (Namespace::Html, Img) => (has("src") || has("srcset") || has("alt")) && !is_point,
        (Namespace::Html, Input) => !is_point && !is_hidden_field,
        (Namespace::Html, Embed | Button) => !is_point,
        (Namespace::Html, Iframe) => has("src") && !is_point,
        (Namespace::Html, Object) => has("data") && !is_point,
        (Namespace::Html, Video) => {
            (has("src") || has("poster") || element.attribute("controls").is_some()) && !is_point
        }
        (Namespace::Html, Audio) => element.attribute("controls").is_some(),
        (Namespace::Html, _) => false,
        (Namespace::Svg, _) => false,
        (Namespace::MathMl, _) => element.name() == "math",
    }
}

/// Whether an element is seen whose content is not, because a medium stands in its place.
fn is_seen_medium(element: Element<'_>, around: VisibilityState) -> bool {
    let is_medium = matches!(
        element.tag(),
        Tag::Audio | Tag::Iframe | Tag::Object | Tag::Video
    );
    let hides = || {
        let style = style_of(element);
        style.hides_all || style.is_flat || style.visibility == Some(Sight::Unseen)
    };
    is_medium && around.is_seen() && !hides_by_attribute(element) && !hides()
}

/// Whether a character leaves a mark.
fn is_inked(character: char) -> bool {
    !(character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}'))
}
