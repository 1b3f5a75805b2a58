//! `style` attributes, as far as they hide what they are on.

mod colour;
mod css;
mod placed;
mod rules;
mod selectors;
mod sums;
mod values;

pub(super) use colour::Colour;
use colour::{colour, gradient, is_transparent, masks_all};
use css::declarations;
use placed::{is_beside_the_window, is_far_aside, is_torn_apart};
pub(super) use rules::{Rules, is_for_screens};
pub(super) use selectors::{AttributeTest, Combinator, Condition, ElementTest, NthTest};
pub(super) use values::FAR_AWAY;
use values::{
    FAINT, arguments, first_number, insets_all, is_edge_on, is_far_away, is_nothing, is_turned,
    moved, number, pixels, share, vanishes,
};

/// What an element's style says that matters to whether a reader sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Style {
    /// Neither the element nor anything in it is seen.
    pub(super) hides_all: bool,
    /// `visibility`, which what is inside may change back.
    pub(super) visibility: Option<Sight>,
    /// Whether text is too small to be seen, whether its colour lets it be seen, and the colour that WebKit fills letters
    /// with instead; what is inside may change them back.
    pub(super) size: Option<Sight>,
    pub(super) colour: Option<Sight>,
    pub(super) fill: Option<Sight>,
    /// Whether it is given no room: what overflows it is seen, a picture has none else.
    pub(super) is_flat: bool,
    /// Whether `display` says that it is shown, whatever its kind and its attributes say.
    pub(super) is_displayed: bool,
    /// Whether it is a block, and the elements in it are.
    pub(super) is_block: bool,
    pub(super) has_boxes: bool,
    /// Whether it is a box with a picture in it.
    pub(super) has_picture: bool,
    /// The colour of its text, and that of what is behind it.
    pub(super) ink: Option<Tint>,
    pub(super) paper: Option<Tint>,
    /// Whether it is seen only where something else than this style gives it room.
    pub(super) may_be_unseen: bool,
    /// How far it is moved to the right and down, in pixels.
    pub(super) shift: [f64; 2],
    /// Below this height, in pixels, it is cut off.
    pub(super) cut: Option<f64>,
}

/// A colour that an element is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tint {
    Known(Colour),
    /// There is one, or a picture, that is not read.
    Unknown,
}

/// Whether something is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    Seen,
    Unseen,
}

/// Text that is smaller, in pixels, is not read.
const TINY: f64 = 2.0;

impl Style {
    /// Reads a `style` attribute.
    pub(super) fn read(attribute: &str) -> Style {
        let all = declarations(attribute);
        let value = |property: &str| {
            let mut all = all.iter();
            all.find_map(|own| (own.property == property).then_some(own.value.as_str()))
        };
        Style {
            hides_all: takes_no_room(&value) || is_out_of_sight(&value) || is_cut_away(&value),
            visibility: value("visibility").and_then(|value| match value {
                "hidden" | "collapse" => Some(Sight::Unseen),
                "visible" | "initial" => Some(Sight::Seen),
                _ => None,
            }),
            size: size_sight(&value),
            colour: colour_sight(&value),
            fill: fill_sight(&value),
            is_flat: is_flat(&value),
            is_displayed: value("display").is_some_and(|display| {
                !matches!(display, "none" | "" | "contents" | "inherit" | "unset")
                    && !display.starts_with("revert")
                    && !display.starts_with("table-column")
                    && !display.contains('(')
                    && display != "initial"
            }),
            is_block: is_block(&value),
            has_boxes: value("display").is_some_and(lays_out_boxes),
            has_picture: has_picture(&value),
            ink: value("-webkit-text-fill-color")
                .or(value("color"))
                .and_then(ink),
            paper: paper(&value),
            may_be_unseen: has_no_size(&value)
                || is_beside_the_window(&value)
                || is_far_aside(&value)
                || is_torn_apart(&value),
            shift: shift(&value),
            cut: ["overflow", "overflow-y"]
                .iter()
                .any(|side| value(side).is_some_and(is_cutting))
                .then(|| value("height").or(value("max-height")).and_then(pixels))
                .flatten(),
        }
    }

    /// Whether it leaves nothing of a text to be seen.
    pub(super) fn hides(&self) -> bool {
        let sights = [self.visibility, self.size, self.colour, self.fill];
        self.hides_all || sights.contains(&Some(Sight::Unseen))
    }
}

/// Whether text does not run on through an element: it begins a line, is a cell, floats or is placed.
fn is_block<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    value("display").is_some_and(|display| {
        display.starts_with("table")
            || matches!(
                display,
                "block" | "list-item" | "flow-root" | "flex" | "grid" | "-webkit-box"
            )
    }) || value("float").is_some_and(|side| matches!(side, "left" | "right"))
        || value("position").is_some_and(|place| matches!(place, "absolute" | "fixed"))
}

/// Whether what is directly in an element is laid out in boxes, beside or below each other.
fn lays_out_boxes(display: &str) -> bool {
    display.ends_with("flex") || display.ends_with("grid")
}

/// The words that make a property what it is without this style.
fn says_nothing(value: &str) -> bool {
    matches!(
        value,
        "inherit" | "unset" | "initial" | "none" | "revert" | "revert-layer"
    )
}

fn ink(value: &str) -> Option<Tint> {
    if matches!(value, "inherit" | "unset" | "currentcolor") {
        return None;
    }
    Some(colour(value).map_or(Tint::Unknown, |(colour, _)| Tint::Known(colour)))
}

/// What is behind the text: `None` where nothing is put there.
fn paper<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> Option<Tint> {
    let said = |property: &str| value(property).filter(|value| !says_nothing(value));
    let whole = said("background");
    let is_picture = |value: &str| value.contains("url(") || value.contains("gradient(");
    if let Some(picture) = said("background-image").or(whole.filter(|whole| is_picture(whole))) {
        return Some(match gradient(picture).unwrap_or_default().as_slice() {
            // A gradient of one colour.
            [first, rest @ ..] if first.1 == 1.0 && rest.iter().all(|other| other == first) => {
                Tint::Known(first.0)
            }
            _ => Tint::Unknown,
        });
    }
    let own = said("background-color").or(whole)?;
    match colour(own).or_else(|| own.split_whitespace().find_map(colour)) {
        Some((_, 0.0)) => None,
        Some((colour, 1.0)) => Some(Tint::Known(colour)),
        Some(_) | None => Some(Tint::Unknown),
    }
}

/// Whether it has room for a picture, and one that is laid behind it.
fn has_picture<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let has_url = |property: &str| {
        value(property).is_some_and(|value| value.contains("url(") && !value.contains("url(data:"))
    };
    let has_room = |side: &str| value(side).and_then(pixels).is_some_and(|size| size >= 8.0);
    (has_url("background") || has_url("background-image"))
        && has_room("width")
        && has_room("height")
}

/// Reads a colour of an attribute, which may lack the `#`.
pub(super) fn attribute_colour(text: &str) -> Option<Colour> {
    let text = text.trim().to_ascii_lowercase();
    let own = colour(&text).or_else(|| {
        let is_hex = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| colour(&format!("#{text}")))?
    });
    own.map(|(colour, _)| colour)
}

fn is_cutting(overflow: &str) -> bool {
    overflow.contains("hidden") || overflow.contains("clip")
}

/// Whether it has a size that what is in it does not change, and this style does not say which.
fn has_no_size<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let contains = |word: &str| value("contain").is_some_and(|all| all.contains(word));
    let is_cut = contains("strict") || value("overflow").is_some_and(is_cutting);
    let sizes = ["height", "min-height", "block-size", "aspect-ratio"];
    is_cut
        && (contains("strict") || contains("size"))
        && !contains("inline-size")
        && sizes.iter().all(|size| value(size).is_none())
}

fn shift<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> [f64; 2] {
    let is_placed = value("position").is_some_and(|position| position != "static");
    let length = |property: &str| value(property).and_then(pixels).unwrap_or(0.0);
    let [x, y] = value("transform").map_or([0.0; 2], moved);
    let placed = |side: &str| if is_placed { length(side) } else { 0.0 };
    [
        x + placed("left") + length("margin-left"),
        y + placed("top") + length("margin-top"),
    ]
}

fn takes_no_room<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let is_none = |property, word| value(property) == Some(word);
    let clips = [
        "overflow",
        "overflow-x",
        "overflow-y",
        "overflow-block",
        "overflow-inline",
    ]
    .iter()
    .any(|property| {
        value(property).is_some_and(|value| {
            ["hidden", "clip", "auto", "scroll"]
                .iter()
                .any(|word| value.contains(word))
        })
    }) || value("contain").is_some_and(|value| {
        ["strict", "content", "paint"]
            .iter()
            .any(|word| value.contains(word))
    });
    let vanishes = value("zoom").is_some_and(|zoom| {
        let (zoom, scale) = match zoom.strip_suffix('%') {
            Some(share) => (share, 100.0),
            None => (zoom, 1.0),
        };
        number(zoom).is_some_and(|zoom| is_nothing(zoom / scale))
    });
    // Replaced by a picture: the only line is beside the box, or has no height.
    let is_beside = is_none("white-space", "nowrap")
        && value("text-indent")
            .and_then(|indent| number(indent.strip_suffix('%')?))
            .is_some_and(|share| share >= 100.0);
    let is_low = value("line-height")
        .and_then(pixels)
        .is_some_and(|height| height <= 0.0);
    is_none("display", "none")
        || is_none("display", "table-column")
        || is_none("display", "table-column-group")
        || is_none("content-visibility", "hidden")
        || (clips && (is_flat(value) || is_beside || is_low))
        || vanishes
        // A picture that is none stands in place of what is in it.
        || value("content").is_some_and(|content| content.starts_with("url(data:,"))
}

/// Whether one side has no length.
fn is_flat<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    [
        "width",
        "height",
        "max-width",
        "max-height",
        "block-size",
        "inline-size",
        "max-block-size",
        "max-inline-size",
        "grid-template-rows",
    ]
    .iter()
    .any(|property| {
        value(property)
            .and_then(pixels)
            .is_some_and(|size| size < 2.0)
    })
}

fn is_out_of_sight<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let is_far = |property: &&str| value(property).is_some_and(is_far_away);
    let is_placed = value("position")
        .is_some_and(|position| matches!(position, "absolute" | "fixed" | "relative" | "sticky"));
    let is_moved = [
        "left",
        "right",
        "top",
        "bottom",
        "inset",
        "inset-block",
        "inset-block-start",
        "inset-block-end",
        "inset-inline",
        "inset-inline-start",
        "inset-inline-end",
    ]
    .iter()
    .any(is_far);
    let is_pushed = [
        "margin-left",
        "margin-top",
        "margin",
        "margin-block",
        "margin-block-start",
        "margin-inline",
        "margin-inline-start",
        "padding-left",
        "padding-inline-start",
        "text-indent",
        "letter-spacing",
        "translate",
    ]
    .iter()
    .any(is_far);
    let is_transformed = ["transform", "-webkit-transform", "-ms-transform"]
        .iter()
        .any(|property| value(property).is_some_and(vanishes));
    let is_scaled = value("scale").is_some_and(|scale| {
        let mut sides = scale.split_whitespace().take(2);
        sides.any(|side| share(side).is_some_and(is_nothing))
    });
    let is_edge = value("rotate").is_some_and(|turn| {
        let axis = turn.trim_start_matches(['x', 'y']);
        let parts: Vec<&str> = turn.split_whitespace().collect();
        (axis.len() < turn.len() && is_edge_on(axis.trim())) || is_turned(&parts)
    });
    let is_right =
        value("float") == Some("right") && value("margin-right").is_some_and(is_far_away);
    (is_placed && is_moved) || is_pushed || is_right || is_transformed || is_scaled || is_edge
}

fn is_cut_away<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let is_faint = |property: &&str| value(property).is_some_and(is_faint);
    let opacity = ["opacity", "-moz-opacity", "-khtml-opacity"]
        .iter()
        .any(is_faint);
    let filter = ["filter", "-ms-filter"].iter().any(|property| {
        value(property).is_some_and(|value| {
            let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
            let amount = value.split_once("opacity(").map(|(_, rest)| rest);
            let amount = amount.and_then(|rest| rest.split([')', '%']).next());
            amount.and_then(number).is_some_and(|amount| amount < FAINT)
        })
    });
    // A rectangle without height or width, as screen readers' texts have it.
    let clip = value("clip").is_some_and(|clip| {
        let sides = arguments(clip, "rect").into_iter().enumerate();
        let sides: Vec<f64> = sides
            .filter_map(|(at, side)| match (side, at) {
                ("auto", 0 | 3) => Some(0.0),
                ("auto", _) => Some(f64::MAX),
                (side, _) => pixels(side),
            })
            .collect();
        match sides.as_slice() {
            [top, right, bottom, left] => bottom - top <= 1.0 || right - left <= 1.0,
            _ => false,
        }
    });
    let is_placed = value("position").is_some_and(|value| matches!(value, "absolute" | "fixed"));
    let path = ["clip-path", "-webkit-clip-path"]
        .iter()
        .any(|property| value(property).is_some_and(is_clipped));
    let mask = ["mask", "mask-image", "-webkit-mask", "-webkit-mask-image"];
    let masked = mask
        .iter()
        .any(|property| value(property).is_some_and(masks_all));
    let is_small = |size: &str| {
        let mut sides = size.split_whitespace();
        sides.any(|side| first_number(side).is_some_and(|side| side <= 0.0))
    };
    let has_mask = mask.iter().any(|property| value(property).is_some());
    let sizes = ["mask-size", "-webkit-mask-size"];
    let is_masked_small = has_mask
        && sizes
            .iter()
            .any(|property| value(property).is_some_and(is_small));
    opacity || filter || (clip && is_placed) || path || masked || is_masked_small
}

/// Whether a path that cuts away leaves nothing.
fn is_clipped(value: &str) -> bool {
    let is_short =
        |length: &str| pixels(length.trim_end_matches('%')).is_some_and(|length| length <= 1.0);
    insets_all(&arguments(value, "inset"))
        || ["circle", "ellipse"].into_iter().any(|name| {
            let radii = arguments(value, name).into_iter();
            let mut radii = radii.take_while(|word| *word != "at").take(2);
            radii.any(is_short)
        })
        || arguments(value, "xywh")
            .into_iter()
            .skip(2)
            .take(2)
            .any(is_short)
        || matches!(
            arguments(value, "rect").as_slice(),
            [top, right, bottom, left] if top == bottom || left == right
        )
        || is_line(&arguments(value, "polygon"))
        || is_aside(&arguments(value, "circle"))
        || is_aside(&arguments(value, "ellipse"))
        || value
            .strip_prefix("path(")
            .is_some_and(|path| path.contains('m') && !path.contains(DRAWING))
}

/// The commands of a path that draw.
const DRAWING: [char; 9] = ['l', 'v', 'c', 's', 'q', 'z', 'a', 'h', 'r'];

/// Whether the centre of a circle is beside what it is laid over.
fn is_aside(circle: &[&str]) -> bool {
    let centre = circle.iter().skip_while(|word| **word != "at").skip(1);
    let radius = circle.first().and_then(|radius| pixels(radius));
    let is_out = |side: &&str| {
        pixels(side).is_some_and(|place| radius.is_some_and(|radius| place + radius <= 0.0))
    };
    centre.take(2).any(is_out)
}

/// Whether an opacity lets next to nothing be seen.
fn is_faint(opacity: &str) -> bool {
    let scale = if opacity.ends_with('%') { 100.0 } else { 1.0 };
    let number = number(opacity.trim_end_matches('%'));
    number.is_some_and(|number| number / scale < FAINT)
}

/// Whether all corners of a polygon are in a line, from left to right or from top to bottom.
fn is_line(corners: &[&str]) -> bool {
    let side = |corner: &str, at| {
        let side = corner.split_whitespace().nth(at);
        side.and_then(first_number)
    };
    let is_one = |at| {
        let all: Option<Vec<f64>> = corners.iter().map(|corner| side(corner, at)).collect();
        all.is_some_and(|all| all.windows(2).all(|two| two.first() == two.last()))
    };
    !corners.is_empty() && (is_one(0) || is_one(1))
}

fn sight(is_seen: bool) -> Sight {
    if is_seen { Sight::Seen } else { Sight::Unseen }
}

fn size_sight<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> Option<Sight> {
    if value("font-size-adjust").and_then(number) == Some(0.0) {
        return Some(Sight::Unseen);
    }
    let size = value("font-size").or_else(|| {
        let font = value("font")?;
        let mut words = font
            .split_whitespace()
            .filter_map(|word| word.split('/').next());
        words.find(|word| *word == "0" || pixels(word).is_some())
    })?;
    let is_relative = !size.ends_with("rem") && (size.ends_with("em") || size.ends_with('%'));
    let size = match size {
        "smaller" | "larger" | "inherit" | "unset" | "" => None,
        // What is relative to nothing is nothing; else it stays what it is.
        _ if is_relative => first_number(size).filter(|size| *size < FAINT),
        _ => pixels(size).or(Some(FAR_AWAY)),
    };
    size.map(|size| sight(size > TINY))
}

fn colour_sight<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> Option<Sight> {
    // SVG's texts have these, and HTML's have not.
    let has_fill = value("fill").is_none_or(|fill| fill != "none" && !is_transparent(fill))
        && value("fill-opacity").is_none_or(|fill| !is_faint(fill));
    let is_drawn = has_fill || value("stroke").is_some_and(|stroke| stroke != "none");
    if !is_drawn {
        return Some(Sight::Unseen);
    }
    let own = value("color")?;
    ink_sight(own, value)
}

/// The colour that WebKit's browsers, that is all, fill letters with; it is inherited before `color` is.
fn fill_sight<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> Option<Sight> {
    ink_sight(value("-webkit-text-fill-color")?, value)
}

/// What text of a colour is; `None` where that is not known.
fn ink_sight<'a>(ink: &str, value: &impl Fn(&str) -> Option<&'a str>) -> Option<Sight> {
    if !is_transparent(ink) {
        return colour(ink).map(|_| Sight::Seen);
    }
    let is_cut_out = ["background-clip", "-webkit-background-clip", "background"]
        .iter()
        .any(|clip| value(clip).is_some_and(|clip| clip.split_whitespace().any(|w| w == "text")));
    // Letters of a gradient's colours, one of which at least differs from what is behind.
    let colours = value("background-image").or(value("background"));
    let colours = colours.and_then(gradient).unwrap_or_default();
    let is_seen = match colours.as_slice() {
        [(first, _), ..] => colours
            .iter()
            .any(|(colour, cover)| colour != first && *cover == 1.0),
        [] => false,
    };
    Some(sight(is_cut_out && is_seen))
}

#[cfg(test)]
mod tests;
