//! What is placed beside all that a reader sees, or perhaps is.

use super::values::{FAR_AWAY, first_number, pixels};

/// Whether it is fixed to a place beside the window.
pub(super) fn is_beside_the_window<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let is_beside = |place: &str| {
        let is_of_window = place.ends_with('%') || place.contains('v');
        let is_over = is_of_window && first_number(place).is_some_and(|share| share >= 100.0);
        is_over || pixels(place).is_some_and(|length| length <= -100.0)
    };
    let sides = ["left", "right", "top", "bottom"];
    value("position") == Some("fixed")
        && sides.iter().any(|side| value(side).is_some_and(is_beside))
}

/// Whether it is so far from the right side or the bottom of what it is placed in that it is to the left of the page or
/// above it, unless that is very large.
pub(super) fn is_far_aside<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let is_free = value("position").is_some_and(|place| matches!(place, "absolute" | "fixed"));
    let is_far = |length: &str| match length.strip_suffix('%') {
        Some(_) => first_number(length).is_some_and(|share| share >= FAR_SHARE),
        None => pixels(length).is_some_and(|length| length >= FAR_LENGTH),
    };
    let sides = ["right", "bottom", "inset-inline-end", "inset-block-end"];
    let is_inset_far = ["inset", "inset-inline", "inset-block"]
        .iter()
        .any(|property| {
            let lengths: Vec<&str> = value(property)
                .unwrap_or_default()
                .split_whitespace()
                .collect();
            match (*property, lengths.as_slice()) {
                ("inset", [_, right]) => is_far(right),
                ("inset", [_, right, bottom, ..]) => is_far(right) || is_far(bottom),
                ("inset", _) => false,
                (_, [_, end]) => is_far(end),
                _ => false,
            }
        });
    let is_placed_far = sides.iter().any(|side| value(side).is_some_and(is_far)) || is_inset_far;
    // A margin moves what is held by the other side.
    let is_out = |length: &str| pixels(length).is_some_and(|length| length.abs() >= FAR_AWAY);
    let is_held = |side: &str| is_free && value(side).is_some_and(|place| place != "auto");
    let is_on_the_right =
        is_held("right") || value("text-align").is_some_and(|side| matches!(side, "right" | "end"));
    let is_pushed = (is_on_the_right && value("margin-right").is_some_and(is_out))
        || (is_held("bottom") && value("margin-bottom").is_some_and(is_out));
    (is_free && is_placed_far) || is_pushed
}

/// From here on, in percent and in pixels, what is placed is outside of most pages. A menu that opens to the left is at
/// 100%.
const FAR_SHARE: f64 = 150.0;
const FAR_LENGTH: f64 = 1500.0;

/// Whether its letters lie on each other, or its letters or words are far from each other.
pub(super) fn is_torn_apart<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let spacing = |property: &str| value(property).and_then(pixels).unwrap_or(0.0);
    let letters = spacing("letter-spacing");
    letters <= -WIDTH_OF_A_LETTER
        || letters >= FAR_AWAY
        || spacing("word-spacing").abs() >= FAR_AWAY
}

/// No letter is wider, in pixels, in text of an ordinary size.
const WIDTH_OF_A_LETTER: f64 = 16.0;
