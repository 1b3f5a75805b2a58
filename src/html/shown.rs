//! What of a page a reader can see: with scripts on, without having run any, and without the page's style sheets.
//!
//! Hidden is what an element hides by its kind, by an attribute, or by its `style`. What a click opens (`<details>`)
//! is not hidden. `aria-hidden` hides nothing from the eye. What only a style hides is told apart: the page's style sheets
//! may show it after all.

use super::arena::Namespace;
use super::by_others::is_by_others;
use super::comments::is_comments;
use super::document::{Document, Element, Node};
use super::image_maps::ImageMaps;
use super::sections::HeadedSections;
use super::shadow::ShadowTrees;
use super::style::{Colour, Sight, Style, Tint, attribute_colour};
use super::tag::Tag;
use crate::html::arena::{
    BY_OTHERS, DOUBTFUL, FILLED, IN_COMMENTS, NodeVisibility, RENDERED, VEILED,
};

/// What holds inside an element that is open.
#[derive(Debug, Clone, Copy)]
struct VisibilityState {
    number: usize,
    end: usize,
    is_hidden: bool,
    /// The same without any style.
    is_hidden_unstyled: bool,
    is_visible: bool,
    is_large: bool,
    is_coloured: bool,
    /// The colour that letters are filled with, where that is another than their own.
    fill: Option<Sight>,
    is_in_comments: bool,
    is_by_others: bool,
    /// Whether text in it is drawn, as in SVG only some is.
    takes_text: bool,
    /// Whether lines of SVG are drawn, where they say nothing themselves.
    has_stroke: bool,
    /// Whether what is in it is replaced by a shadow tree that has no place for it.
    is_replaced: bool,
    /// The colours of text and of what is behind it, where elements say so.
    ink: Option<Colour>,
    paper: Option<Colour>,
    /// Whether there is nothing that may be of another colour between the text and that paper.
    is_paper_sure: bool,
    /// The colour of links, where the page's body says so.
    links: Option<Colour>,
    /// What was set of [`FILLED`], [`VEILED`] and [`DOUBTFUL`], for it and all that it is in.
    filled: u8,
}

impl Document {
    /// Finds out for each node whether it is shown.
    pub(super) fn find_what_is_shown(&mut self) {
        let mut open: Vec<VisibilityState> = Vec::new();
        let mut maps = ImageMaps::default();
        let shadows = ShadowTrees::of(self);
        let mut sections = HeadedSections::of(self);
        for number in 0..self.node_count() {
            while open.last().is_some_and(|state| state.end <= number) {
                open.pop();
            }
            let around = open.last().copied();
            let around = around.unwrap_or_else(|| self.state_outside(number));
            let (state, fills) = match self.node(number) {
                Some(Node::Element(element)) => {
                    let state = inside(element, around, &shadows);
                    maps.add(element, state.is_seen());
                    if !state.is_in_comments {
                        sections.begin_at(element);
                    }
                    (state, element_fills(element, state, around))
                }
                Some(Node::Text(text)) => (around, text_fills(text, around)),
                Some(Node::Comment(_)) | None => continue,
            };
            let mut bits = 0;
            let is_text = state.number != number;
            if state.is_seen() && (!is_text || state.shows_text()) {
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
            if fills != 0 {
                self.fill(&mut open, number, fills);
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
            is_hidden_unstyled: false,
            is_visible: true,
            is_large: true,
            is_coloured: true,
            fill: None,
            is_in_comments: false,
            is_by_others: false,
            takes_text: true,
            has_stroke: false,
            is_replaced: false,
            ink: None,
            paper: None,
            is_paper_sure: true,
            links: None,
            filled: 0,
        }
    }

    /// Notes what can be seen in all that is open, and in the node itself.
    fn fill(&mut self, open: &mut [VisibilityState], number: usize, bits: u8) {
        let own = NodeVisibility(self.shown(number).0 | bits);
        self.set_shown(number, own);
        // What is around something filled is filled.
        let is_new = |state: &&mut VisibilityState| state.filled & bits != bits;
        for state in open.iter_mut().rev().take_while(is_new) {
            state.filled |= bits;
            let shown = NodeVisibility(self.shown(state.number).0 | bits);
            self.set_shown(state.number, shown);
        }
    }
}

impl VisibilityState {
    fn is_seen(self) -> bool {
        !self.is_hidden && self.is_visible
    }

    /// Whether text in it is drawn large enough, in a colour that can be seen.
    fn is_legible(self) -> bool {
        let is_filled = self
            .fill
            .map_or(self.is_coloured, |fill| fill == Sight::Seen);
        self.takes_text && self.is_large && is_filled
    }

    /// Whether text can be told from what is behind it.
    fn has_contrast(self) -> bool {
        self.ink.is_none() || self.ink != self.paper
    }

    fn shows_text(self) -> bool {
        self.is_legible() && self.has_contrast()
    }
}

/// What a text fills the elements with that it is in.
fn text_fills(text: &str, around: VisibilityState) -> u8 {
    if !text.contains(is_inked) {
        return 0;
    }
    let mut bits = 0;
    if around.is_seen() && around.is_legible() {
        if around.has_contrast() {
            bits |= FILLED;
        } else if !around.is_paper_sure {
            bits |= DOUBTFUL;
        }
    }
    if !around.is_hidden_unstyled && around.takes_text {
        bits |= VEILED;
    }
    bits
}

/// What an element fills those with that it is in, and itself.
fn element_fills(element: Element<'_>, state: VisibilityState, around: VisibilityState) -> u8 {
    let fills = match element.space() {
        // Texts in shapes are unseen, the shapes are not.
        Namespace::Svg => around.is_seen() && is_shape(element, around),
        Namespace::Html | Namespace::MathMl => {
            is_picture(element) && (state.is_seen() || is_seen_medium(element, around))
        }
    };
    let is_veiled = match element.space() {
        Namespace::Svg => !around.is_hidden_unstyled && is_shape(element, around),
        Namespace::Html | Namespace::MathMl => {
            !state.is_hidden_unstyled && (is_picture(element) || may_be_picture(element))
        }
    };
    (u8::from(fills) * FILLED) | (u8::from(is_veiled) * VEILED)
}

/// What holds inside an element.
fn inside(element: Element<'_>, around: VisibilityState, shadows: &ShadowTrees) -> VisibilityState {
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
    let is_shadow = shadows.roots.contains(&element.number());
    let hides = hides_by_kind(element, style, is_shadow)
        || (!is_page && hides_by_attribute(element, style))
        || (around.is_replaced && !is_shadow);
    let seen = |own: Option<Sight>, around: bool| own.map_or(around, |own| own == Sight::Seen);
    let is_replaced = matches!(
        element.tag(),
        Tag::Img | Tag::Embed | Tag::Object | Tag::Iframe | Tag::Input | Tag::Svg
    );
    let links = match element.tag() {
        Tag::Body => element.attribute("link").and_then(attribute_colour),
        _ => around.links,
    };
    let is_link = element.tag() == Tag::A && element.attribute("href").is_some();
    let ink = match style.ink {
        Some(Tint::Known(colour)) => Some(colour),
        // In doubt, that of the text around.
        Some(Tint::Unknown) => around.ink,
        None => around.links.filter(|_| is_link).or(around.ink),
    };
    // A class may give it another background, and browsers give a link another colour.
    let is_coloured = style.ink.is_some_and(|ink| ink != Tint::Unknown) || around.links.is_some();
    let is_plain = element.attribute("class").is_none()
        && style.ink != Some(Tint::Unknown)
        && (!is_link || is_coloured);
    let (paper, is_paper_sure) = match style.paper {
        Some(Tint::Known(colour)) => (Some(colour), true),
        Some(Tint::Unknown) => (around.paper, false),
        None => (around.paper, around.is_paper_sure && is_plain),
    };
    VisibilityState {
        number: element.number(),
        end: element.end(),
        is_hidden: around.is_hidden || hides || style.hides_all || (is_replaced && style.is_flat),
        is_hidden_unstyled: around.is_hidden_unstyled || hides,
        is_visible: seen(style.visibility, around.is_visible),
        is_large: seen(style.size, around.is_large),
        is_coloured: seen(style.colour, around.is_coloured),
        fill: style.fill.or(around.fill),
        is_in_comments: around.is_in_comments || (!is_page && is_comments(element)),
        is_by_others: around.is_by_others || (!is_page && is_by_others(element)),
        takes_text: takes_text(element, around),
        has_stroke: element
            .attribute("stroke")
            .map_or(around.has_stroke, |stroke| stroke != "none"),
        is_replaced: shadows.bare_hosts.contains(&element.number()),
        ink,
        paper,
        is_paper_sure,
        links,
        filled: 0,
    }
}

/// Whether text is drawn in an element: in SVG, only in its texts.
fn takes_text(element: Element<'_>, around: VisibilityState) -> bool {
    match (element.space(), element.name()) {
        (Namespace::Svg, "text" | "foreignobject") => true,
        (Namespace::Svg, "svg") => false,
        (Namespace::Svg, _) => {
            let is_in_svg = |parent: Element<'_>| {
                parent.space() == Namespace::Svg && parent.name() != "foreignobject"
            };
            around.takes_text && element.parent().is_some_and(is_in_svg)
        }
        (Namespace::Html | Namespace::MathMl, _) => true,
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
        let tint = |text: &str| attribute_colour(text).map_or(Tint::Unknown, Tint::Known);
        let colour = |name: &str| element.attribute(name).map(tint);
        style.ink = style.ink.or_else(|| match element.tag() {
            Tag::Font => colour("color"),
            Tag::Body => colour("text"),
            _ => None,
        });
        if matches!(style.ink, Some(Tint::Known(_))) && style.colour.is_none() {
            style.colour = Some(Sight::Seen);
        }
        let picture = element.attribute("background");
        let picture = picture.filter(|picture| !picture.trim().is_empty());
        style.paper = style
            .paper
            .or(picture.map(|_| Tint::Unknown))
            .or_else(|| colour("bgcolor"));
        return style;
    }
    const NAMES: [&str; 8] = [
        "transform",
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

/// Elements whose content is not rendered.
fn hides_by_kind(element: Element<'_>, style: Style, is_shadow: bool) -> bool {
    use Tag::*;
    if element.space() != Namespace::Html {
        const UNSEEN: [&str; 25] = [
            "pattern",
            "marker",
            "filter",
            "lineargradient",
            "radialgradient",
            "mphantom",
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
        Head | Title | Script | Style | Noscript | Noembed | Noframes | Iframe | Audio | Video
        | Canvas | Progress | Meter | Select | Option => true,
        // Browsers hide these by a style, too.
        Datalist | Rp => !style.is_displayed,
        Template => !is_shadow,
        Dialog => element.attribute("open").is_none() && !style.is_displayed,
        Object => element
            .attribute("data")
            .is_some_and(|data| !data.is_empty()),
        _ => false,
    }
}

fn hides_by_attribute(element: Element<'_>, style: Style) -> bool {
    let has = |name: &str| element.attribute(name).is_some();
    let is_nothing = |side: &str| {
        let size = element.attribute(side).unwrap_or("1px").trim();
        let size = size.trim_end_matches("px").trim_end_matches('%');
        size.parse() == Ok(0.0_f64)
    };
    match element.space() {
        Namespace::Html => {
            let hidden = element.attribute("hidden").unwrap_or_default();
            let until_found = hidden.trim().eq_ignore_ascii_case("until-found");
            // A popover of a kind that nobody knows is one too.
            let is_popover = has("popover") && !(element.tag() == Tag::Dialog && has("open"));
            let is_hidden = (has("hidden") || is_popover) && !style.is_displayed;
            let is_still = element.tag() == Tag::Marquee;
            until_found
                || is_hidden
                || (is_still && ["width", "height"].into_iter().any(is_nothing))
        }
        Namespace::Svg => {
            let requires = element.attribute("requiredextensions");
            requires.is_some_and(|names| !names.trim().is_empty())
                || match element.name() {
                    "svg" => {
                        let sides = ["width", "height"];
                        sides.into_iter().any(is_nothing)
                            || sides
                                .iter()
                                .any(|side| element.attribute(side).is_some_and(is_a_point))
                            || element.attribute("viewbox").is_some_and(is_empty_view)
                    }
                    "foreignobject" => ["width", "height"]
                        .into_iter()
                        .any(|side| !has(side) || is_nothing(side)),
                    _ => false,
                }
        }
        Namespace::MathMl => false,
    }
}

/// Whether a `viewBox` has no width or no height.
fn is_empty_view(view: &str) -> bool {
    let sides = view.split([' ', ',']).filter(|side| !side.is_empty());
    sides
        .skip(2)
        .take(2)
        .any(|side| side.parse() == Ok(0.0_f64))
}

/// Whether a length is that of a point, in an attribute.
fn is_a_point(size: &str) -> bool {
    matches!(size.trim().trim_end_matches("px"), "0" | "1")
}

/// Whether an element of SVG draws something.
fn is_shape(element: Element<'_>, around: VisibilityState) -> bool {
    let has = |name: &str| {
        element
            .attribute(name)
            .is_some_and(|value| !matches!(value.trim(), "" | "0" | "none"))
    };
    // Style sheets can give the rest.
    let may_be_styled = ["class", "style"]
        .iter()
        .any(|name| element.attribute(name).is_some());
    let has_room = match element.name() {
        "path" => has("d"),
        "rect" => has("width") && has("height"),
        "circle" => has("r"),
        "ellipse" => has("rx") || has("ry"),
        "polyline" | "polygon" => has("points"),
        "line" => true,
        "image" | "use" => has("href") || has("xlink:href"),
        _ => return false,
    };
    let style = style_of(element);
    let is_drawn = style.colour != Some(Sight::Unseen)
        || element.name() == "image"
        || (around.has_stroke && element.attribute("stroke").is_none());
    !style.hides_all && (may_be_styled || (has_room && is_drawn))
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
        (Namespace::Html, Img) => {
            // In place of a picture that cannot be read a browser draws a box, if its size is known.
            let is_box = || has("width") && has("height") && element.attribute("alt").is_none();
            let is_empty = || match element.attribute("src").map(str::trim) {
                Some("data:,") => !is_box(),
                address => address.is_some_and(is_transparent_point),
            };
            let has_source = has("srcset") || (has("src") && (is_lazy(element) || !is_empty()));
            (has_source || has("alt")) && !is_point
        }
        (Namespace::Html, Hr) => !is_point,
        (Namespace::Html, Input) => !is_point && !is_hidden_field,
        (Namespace::Html, Embed | Button) => !is_point,
        (Namespace::Html, Iframe) => has("src") && !is_point,
        (Namespace::Html, Object) => has("data") && !is_point,
        (Namespace::Html, Video) => {
            (has("src") || has("poster") || element.attribute("controls").is_some()) && !is_point
        }
        (Namespace::Html, Audio) => element.attribute("controls").is_some(),
        (Namespace::Html, _) => style_of(element).has_picture,
        (Namespace::Svg, _) => false,
        (Namespace::MathMl, _) => element.name() == "math",
    }
}

/// Whether a picture is the usual transparent point, in its address.
fn is_transparent_point(address: &str) -> bool {
    address.starts_with("data:image/gif;base64,R0lGODlhAQABA")
}

/// Whether scripts load a picture later.
fn is_lazy(element: Element<'_>) -> bool {
    ["data-src", "data-lazy-src", "data-srcset", "data-original"]
        .iter()
        .any(|name| {
            element
                .attribute(name)
                .is_some_and(|value| !value.trim().is_empty())
        })
}

/// Whether scripts or style sheets may make a picture of an element: it is loaded later, or a letter of a font of icons.
fn may_be_picture(element: Element<'_>) -> bool {
    match element.tag() {
        Tag::Img => is_lazy(element),
        Tag::I | Tag::Span | Tag::Em => {
            element.attribute("class").is_some() && element.inside().is_empty()
        }
        _ => false,
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
    is_medium && around.is_seen() && !hides_by_attribute(element, style_of(element)) && !hides()
}

/// Whether a character leaves a mark.
fn is_inked(character: char) -> bool {
    !(character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'))
}
