//! What of a page a reader can see: with scripts on, without having run any, and without style sheets of other addresses.
//!
//! Hidden is what an element hides by its kind, by an attribute, or by its `style`. What a click opens (`<details>`)
//! is not hidden. `aria-hidden` hides nothing from the eye. What only a style hides is told apart: the page's style sheets
//! may show it after all. What a simple rule of a style sheet in the page hides is doubtful.

use super::arena::{self, Id, Namespace};
use super::build::namespaces::MEANINGLESS;
use super::by_others::is_by_others;
use super::comments::is_comments;
use super::document::{Document, Element, Node};
use super::image_maps::ImageMaps;
use super::own_style::style_of;
use super::pictures::{is_a_point, is_picture, is_shape, may_be_picture};
use super::sections::HeadedSections;
use super::shadow::ShadowTrees;
use super::sheets::Sheets;
use super::style::{Colour, FAR_AWAY, Sight, Style, Tint, attribute_colour};
use super::tag::Tag;
use crate::html::arena::{
    BOXED, BY_OTHERS, DOUBTFUL, FILLED, IN_COMMENTS, NodeVisibility, RENDERED, UNREAD, VEILED,
};

/// What holds inside an element that is open. A page can have hundreds of thousands open, so it is small.
#[derive(Debug, Clone, Copy)]
struct VisibilityState {
    number: Id,
    end: Id,
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
    /// Whether the style sheets in the page hide it, or it is perhaps out of sight.
    is_doubtful: bool,
    /// The same as without them, with the page's style sheets.
    is_visible_styled: bool,
    is_large_styled: bool,
    is_coloured_styled: bool,
    /// How far it is moved to the right and down by all that is around it, in pixels, and how far down it is cut off.
    shift: [f32; 2],
    cut: f32,
    /// Whether its style makes it a block, and the elements in it.
    is_block: bool,
    has_boxes: bool,
    /// Whether its own style has a picture.
    has_picture: bool,
    /// What was set of [`FILLED`], [`VEILED`] and [`DOUBTFUL`], for it and all that it is in.
    filled: u8,
}

/// How much of a page's text its style sheets hide.
#[derive(Debug, Default)]
struct UnreadText {
    hidden: usize,
    all: usize,
}

impl UnreadText {
    fn add(&mut self, text: &str, bits: u8) {
        if bits & RENDERED != 0 {
            let length = text.trim().len();
            self.all += length;
            self.hidden += usize::from(bits & UNREAD != 0) * length;
        }
    }

    /// Whether it is most of it: then a script shows it.
    fn is_most(&self) -> bool {
        self.hidden * 2 > self.all
    }
}

impl Document {
    /// Finds out for each node whether it is shown.
    pub(super) fn find_what_is_shown(&mut self) {
        let mut open: Vec<VisibilityState> = Vec::new();
        let mut maps = ImageMaps::default();
        let shadows = ShadowTrees::of(self);
        let mut sections = HeadedSections::of(self);
        let mut sheets = Sheets::of(self);
        let mut unread = UnreadText::default();
        for number in 0..self.node_count() {
            while open
                .last()
                .is_some_and(|state| state.end as usize <= number)
            {
                open.pop();
            }
            let around = open.last().copied();
            let around = around.unwrap_or_else(|| self.state_outside(number));
            let (state, fills) = match self.node(number) {
                Some(Node::Element(element)) => {
                    let state = inside(element, around, &shadows, &mut sheets);
                    maps.add(element, state.is_seen());
                    // A heading may be named for the comments that it heads.
                    let is_heading = element.tag().is_heading() && !around.is_in_comments;
                    if !state.is_in_comments || is_heading {
                        sections.begin_at(element);
                    }
                    (state, element_fills(element, state, around))
                }
                Some(Node::Text(text)) => (around, text_fills(text, around)),
                Some(Node::Comment(_)) | None => continue,
            };
            let is_text = state.number as usize != number;
            let mut bits = state.rendering(is_text);
            if let Some(Node::Text(text)) = self.node(number) {
                unread.add(text, bits);
            }
            if state.is_in_comments || number < sections.comments_end {
                bits |= IN_COMMENTS;
            }
            if state.is_by_others || number < sections.others_end {
                bits |= BY_OTHERS;
            }
            if !is_text && (state.is_block || around.has_boxes) {
                bits |= BOXED;
            }
            self.set_shown(number, NodeVisibility(bits));
            if !is_text && state.end as usize > number + 1 {
                if open.len() == open.capacity() {
                    // Doubling it would be the peak of memory of a deep page.
                    open.reserve_exact(open.len() / 4 + 64);
                }
                open.push(state);
            }
            if fills != 0 {
                self.fill(&mut open, number, fills);
            }
        }
        for area in maps.without_picture() {
            self.set_shown(area, NodeVisibility(self.shown(area).0 & !RENDERED));
        }
        if unread.is_most() || sheets.are_too_many() {
            self.read_all();
        }
    }

    /// Has what the style sheets hide read like all that is shown.
    fn read_all(&mut self) {
        for number in 0..self.node_count() {
            self.set_shown(number, NodeVisibility(self.shown(number).0 & !UNREAD));
        }
    }

    /// The state of a node that is in no element.
    fn state_outside(&self, number: usize) -> VisibilityState {
        VisibilityState {
            number: arena::number(number),
            end: arena::number(self.node_count()),
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
            is_doubtful: false,
            is_visible_styled: true,
            is_large_styled: true,
            is_coloured_styled: true,
            shift: [0.0; 2],
            cut: f32::MAX,
            is_block: false,
            has_boxes: false,
            has_picture: false,
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
            let number = state.number as usize;
            let shown = NodeVisibility(self.shown(number).0 | bits);
            self.set_shown(number, shown);
        }
    }
}

impl VisibilityState {
    fn is_seen(self) -> bool {
        !self.is_hidden && self.is_visible
    }

    /// Whether an element, or the text of one, is rendered and read.
    fn rendering(self, is_text: bool) -> u8 {
        match self.is_seen() && (!is_text || self.shows_text()) {
            true if self.may_be_unseen(is_text) => RENDERED | UNREAD,
            true => RENDERED,
            false => 0,
        }
    }

    /// Whether the style sheets in the page may hide an element, or the text of one.
    fn may_be_unseen(self, is_text: bool) -> bool {
        let is_unseen = self.is_doubtful || !self.is_visible_styled;
        is_unseen || (is_text && !(self.is_large_styled && self.is_coloured_styled))
    }

    /// The same with what the style sheets in the page say too.
    fn with_styles(
        self,
        around: VisibilityState,
        styled: Style,
        [is_link, is_replaced]: [bool; 2],
    ) -> VisibilityState {
        let [left, top] = around.shift.map(f64::from);
        let [x, y] = styled.shift;
        let [x, y] = [left + x, top + y];
        let is_out_of_sight = x <= -FAR_AWAY || y <= -FAR_AWAY || y >= f64::from(around.cut);
        VisibilityState {
            is_doubtful: around.is_doubtful
                || styled.hides_all
                || styled.may_be_unseen
                || (is_replaced && styled.is_flat)
                || is_out_of_sight,
            is_visible_styled: seen(styled.visibility, around.is_visible_styled),
            is_large_styled: seen(styled.size, around.is_large_styled),
            // Browsers give a link a colour of its own.
            is_coloured_styled: seen(styled.colour, around.is_coloured_styled || is_link),
            shift: [x as f32, y as f32],
            cut: styled
                .cut
                .map_or(around.cut, |cut| around.cut.min((y + cut) as f32)),
            ..self
        }
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
        if around.has_contrast() && !around.may_be_unseen(true) {
            bits |= FILLED;
        } else if around.has_contrast() || !around.is_paper_sure {
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
    let (fills, is_veiled) = match element.space() {
        // Texts in shapes are unseen, the shapes are not.
        Namespace::Svg => {
            let is_shape = is_shape(element, around.has_stroke);
            let is_seen = around.is_seen();
            (is_seen && is_shape, !around.is_hidden_unstyled && is_shape)
        }
        Namespace::Html | Namespace::MathMl => {
            let is_picture = is_picture(element, state.has_picture);
            let is_veiled = !state.is_hidden_unstyled && (is_picture || may_be_picture(element));
            let is_seen = || state.is_seen() || is_seen_medium(element, around);
            (is_picture && is_seen(), is_veiled)
        }
    };
    let kind = match state.may_be_unseen(false) {
        true => DOUBTFUL,
        false => FILLED,
    };
    (u8::from(fills) * kind) | (u8::from(is_veiled) * VEILED)
}

fn seen(own: Option<Sight>, around: bool) -> bool {
    own.map_or(around, |own| own == Sight::Seen)
}

/// The colours of text and of what is behind it, and whether nothing is between them.
fn colours(
    element: Element<'_>,
    style: Style,
    around: VisibilityState,
    is_link: bool,
) -> (Option<Colour>, Option<Colour>, bool) {
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
    (ink, paper, is_paper_sure)
}

/// What holds inside an element.
fn inside(
    element: Element<'_>,
    around: VisibilityState,
    shadows: &ShadowTrees,
    sheets: &mut Sheets,
) -> VisibilityState {
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
    let styled = if is_page {
        style
    } else {
        sheets.style(element, style)
    };
    let is_shadow = shadows.roots.contains(&element.number());
    let hides = hides_by_kind(element, style, is_shadow)
        || (!is_page && hides_by_attribute(element, style))
        || (around.is_replaced && !is_shadow);
    let is_replaced = matches!(
        element.tag(),
        Tag::Img | Tag::Embed | Tag::Object | Tag::Iframe | Tag::Input | Tag::Svg
    );
    let links = match element.tag() {
        Tag::Body => element.attribute("link").and_then(attribute_colour),
        _ => around.links,
    };
    let is_link = element.tag() == Tag::A && element.attribute("href").is_some();
    let (ink, paper, is_paper_sure) = colours(element, style, around, is_link);
    let state = VisibilityState {
        number: arena::number(element.number()),
        end: arena::number(element.end()),
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
        is_block: style.is_block,
        has_boxes: style.has_boxes,
        has_picture: own.has_picture,
        filled: 0,
        ..around
    };
    state.with_styles(around, styled, [is_link, is_replaced])
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
        // In formulas, only in what is a token.
        (Namespace::MathMl, name) => matches!(name, "mi" | "mn" | "mo" | "ms" | "mtext"),
        (Namespace::Html, _) => true,
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
        return UNSEEN.contains(&element.name())
            || element.name().starts_with(MEANINGLESS)
            || is_second_choice(element);
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

/// Whether an element is not the first of those of which one is shown.
fn is_second_choice(element: Element<'_>) -> bool {
    let Some(parent) = element.parent() else {
        return false;
    };
    let is_choice = match parent.space() {
        Namespace::Html => false,
        Namespace::Svg => parent.name() == "switch",
        Namespace::MathMl => parent.name() == "maction",
    };
    // White space and a comment or two may stand before it.
    let first = parent.inside().start..parent.inside().end.min(parent.number() + 8);
    let mut first = parent.page().elements(first);
    is_choice
        && first
            .next()
            .is_none_or(|first| first.number() != element.number())
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
            // It hides nothing of an inline element unless a style sheet makes that a block: taken as hidden.
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
