//! `style` attributes, as far as they hide what they are on.

mod css;
mod values;

use css::declarations;
use values::{
    FAR_AWAY, arguments, colour, first_number, insets_all, is_edge_on, is_far_away, is_nothing,
    is_transparent, masks_all, number, pixels, vanishes,
};

/// What an element's style says that matters to whether a reader sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Neither the element nor anything in it is seen.
    pub(super) hides_all: bool,
    /// `visibility`, which what is inside may change back.
    pub(super) visibility: Option<Sight>,
    /// Whether text is too small or too pale to be seen, which what is inside may change back.
    pub(super) text: Option<Sight>,
    /// Whether it is given no room: what overflows it is seen, a picture has none else.
    pub(super) is_flat: bool,
    /// The colour of its text, and that of what is behind it.
    pub(super) ink: Option<Colour>,
    pub(super) paper: Option<Colour>,
}

/// Red, green and blue.
pub(super) type Colour = [u8; 3];

/// Whether something is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    Seen,
    Unseen,
}

/// Text that is smaller, in pixels, is not read.
const TINY: f64 = 2.0;
/// What lets less than this through is not seen.
const FAINT: f64 = 0.05;

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
                "visible" => Some(Sight::Seen),
                _ => None,
            }),
            text: text_sight(&value),
            is_flat: is_flat(&value),
            ink: value("-webkit-text-fill-color")
                .or(value("color"))
                .and_then(colour),
            paper: value("background-color")
                .or(value("background"))
                .and_then(|paper| colour(paper.split_whitespace().next()?)),
        }
    }
}

/// Reads a colour of an attribute, which may lack the `#`.
pub(super) fn attribute_colour(text: &str) -> Option<Colour> {
    let text = text.trim().to_ascii_lowercase();
    colour(&text).or_else(|| {
        let is_hex = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        colour(&format!("#{text}")).filter(|_| is_hex)
    })
}

fn takes_no_room<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let is_none = |property, word| value(property) == Some(word);
    let clips = ["overflow", "overflow-x", "overflow-y"]
        .iter()
        .any(|property| {
            value(property).is_some_and(|value| {
                ["hidden", "clip", "auto", "scroll"]
                    .iter()
                    .any(|word| value.contains(word))
            })
        })
        || value("contain").is_some_and(|value| {
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
    is_none("display", "none")
        || is_none("content-visibility", "hidden")
        || (clips && is_flat(value))
        || vanishes
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
    ]
    .iter()
    .any(|property| {
        value(property)
            .and_then(pixels)
            .is_some_and(|size| size <= 1.0)
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
        "inset-inline",
        "inset-inline-start",
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
        "text-indent",
        "translate",
    ]
    .iter()
    .any(is_far);
    let is_transformed = ["transform", "-webkit-transform", "-ms-transform"]
        .iter()
        .any(|property| value(property).is_some_and(vanishes));
    let is_scaled = value("scale")
        .and_then(first_number)
        .is_some_and(is_nothing);
    let is_turned = value("rotate").is_some_and(|turn| {
        let axis = turn.trim_start_matches(['x', 'y']);
        axis.len() < turn.len() && is_edge_on(axis.trim())
    });
    (is_placed && is_moved) || is_pushed || is_transformed || is_scaled || is_turned
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
        let sides: Vec<f64> = arguments(clip, "rect")
            .into_iter()
            .filter_map(pixels)
            .collect();
        match sides.as_slice() {
            [top, right, bottom, left] => bottom - top <= 1.0 || right - left <= 1.0,
            _ => false,
        }
    });
    let is_placed = value("position").is_some_and(|value| matches!(value, "absolute" | "fixed"));
    let path = ["clip-path", "-webkit-clip-path"].iter().any(|property| {
        value(property).is_some_and(|value| {
            let first = |name| arguments(value, name).into_iter().next();
            insets_all(&arguments(value, "inset"))
                || ["circle", "ellipse"].into_iter().any(|name| {
                    first(name)
                        .and_then(|radius| pixels(radius.trim_end_matches('%')))
                        .is_some_and(|radius| radius <= 1.0)
                })
                || is_line(&arguments(value, "polygon"))
        })
    });
    let mask = ["mask", "mask-image", "-webkit-mask", "-webkit-mask-image"];
    let masked = mask
        .iter()
        .any(|property| value(property).is_some_and(masks_all));
    opacity || filter || (clip && is_placed) || path || masked
}

/// Whether an opacity lets next to nothing be seen.
fn is_faint(opacity: &str) -> bool {
    let scale = if opacity.ends_with('%') { 100.0 } else { 1.0 };
    let number = number(opacity.trim_end_matches('%'));
    number.is_some_and(|number| number / scale < FAINT)
}

/// Whether all corners of a polygon are one.
fn is_line(corners: &[&str]) -> bool {
    match corners {
        [] => false,
        [first, rest @ ..] => rest.iter().all(|corner| corner == first),
    }
}

fn text_sight<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> Option<Sight> {
    let sight = |is_seen: bool| if is_seen { Sight::Seen } else { Sight::Unseen };
    let size = value("font-size").or_else(|| {
        let font = value("font")?;
        let mut words = font
            .split_whitespace()
            .filter_map(|word| word.split('/').next());
        words.find(|word| *word == "0" || pixels(word).is_some())
    });
    let size = size.and_then(|size| match size {
        "smaller" | "larger" | "inherit" => None,
        _ => match size.strip_suffix("em").or(size.strip_suffix('%')) {
            // What is relative to nothing is nothing; else it stays what it is.
            Some(_) => first_number(size).filter(|size| *size < FAINT),
            None => pixels(size).or(Some(FAR_AWAY)),
        },
    });
    let ink = value("-webkit-text-fill-color").or(value("color"));
    // SVG's texts have these, and HTML's have not.
    let has_fill = value("fill").is_none_or(|fill| fill != "none" && !is_transparent(fill))
        && value("fill-opacity").is_none_or(|fill| !is_faint(fill));
    let is_drawn = has_fill || value("stroke").is_some_and(|stroke| stroke != "none");
    let is_inked = match is_drawn {
        true => ink.map(|ink| !is_transparent(ink)),
        false => Some(false),
    };
    match (size.map(|size| size > TINY), is_inked) {
        (Some(false), _) | (_, Some(false)) => Some(Sight::Unseen),
        (None, None) => None,
        (large, inked) => {
            Some(sight(large.unwrap_or(true) && inked.unwrap_or(true))).filter(|_| large.is_some())
        }
    }
}

#[cfg(test)]
mod tests;
