//! Lengths, colours and transformations of CSS.

/// Further away than this, in pixels, nobody scrolls.
pub(super) const FAR_AWAY: f64 = 500.0;

pub(super) fn is_transparent(colour: &str) -> bool {
    if colour == "transparent" {
        return true;
    }
    let alpha = |name| {
        let all = arguments(colour, name);
        let last = match all.as_slice() {
            [_, _, _, alpha] => alpha,
            [one] => one.split_once('/').map_or("", |(_, alpha)| alpha),
            _ => "",
        };
        number(last.trim().trim_end_matches('%'))
    };
    let is_hex = |colour: &str| match colour.strip_prefix('#') {
        Some(hex) => match hex.len() {
            4 => hex.ends_with('0'),
            8 => hex.ends_with("00"),
            _ => false,
        },
        None => false,
    };
    is_hex(colour)
        || ["rgba", "rgb", "hsla", "hsl"]
            .into_iter()
            .any(|name| alpha(name) == Some(0.0))
}

pub(super) fn is_same_colour(one: &str, other: &str) -> bool {
    let other = other.split_whitespace().next().unwrap_or_default();
    colour(one).is_some() && colour(one) == colour(other)
}

/// A colour as red, green and blue, for the usual ways to write the usual ones.
fn colour(text: &str) -> Option<[u8; 3]> {
    let text = match text {
        "white" => "#ffffff",
        "black" => "#000000",
        text => text,
    };
    if let Some(hex) = text.strip_prefix('#') {
        let digits: Vec<u8> = hex
            .chars()
            .filter_map(|c| c.to_digit(16)?.try_into().ok())
            .collect();
        return match digits.as_slice() {
            [r, g, b] | [r, g, b, _] => Some([r * 17, g * 17, b * 17]),
            [r, r2, g, g2, b, b2, ..] => Some([r * 16 + r2, g * 16 + g2, b * 16 + b2]),
            _ => None,
        };
    }
    let parts: Vec<u8> = arguments(text, "rgb")
        .into_iter()
        .filter_map(|part| part.parse().ok())
        .collect();
    match parts.as_slice() {
        [r, g, b] => Some([*r, *g, *b]),
        _ => None,
    }
}

/// Whether a transformation leaves nothing to be seen.
pub(super) fn vanishes(transform: &str) -> bool {
    let shrinks = ["scale", "scalex", "scaley", "scale3d"]
        .into_iter()
        .any(|name| {
            let mut sides = arguments(transform, name).into_iter().take(2);
            sides.any(|side| number(side) == Some(0.0))
        });
    let moves = ["translate", "translatex", "translatey", "translate3d"]
        .into_iter()
        .any(|name| arguments(transform, name).into_iter().any(is_far_away));
    shrinks || moves
}

/// The arguments of a function in a value, as `rect(0 0 0 0)` and `rgba(0, 0, 0, 0)` have them.
pub(super) fn arguments<'a>(value: &'a str, function: &str) -> Vec<&'a str> {
    let mut rest = value;
    while let Some((before, after)) = rest.split_once(function) {
        let starts = !before.ends_with(|c: char| c.is_alphanumeric() || c == '-');
        if starts && let Some(inside) = after.strip_prefix('(') {
            let inside = inside.split(')').next().unwrap_or_default();
            return match inside.contains(',') {
                true => inside.split(',').map(str::trim).collect(),
                false if function.starts_with("rgb") || function.starts_with("hsl") => vec![inside],
                false => inside.split_whitespace().collect(),
            };
        }
        rest = after;
    }
    Vec::new()
}

/// Whether one of the lengths in a value is far to the left, or far above.
pub(super) fn is_far_away(value: &str) -> bool {
    value
        .split([' ', ','])
        .any(|part| match part.strip_suffix('%') {
            Some(share) => number(share).is_some_and(|share| share <= -100.0 || share >= 1000.0),
            None => pixels(part).is_some_and(|length| {
                length.abs() >= FAR_AWAY && !(0.0..=4000.0).contains(&length)
            }),
        })
}

/// A length in pixels; none of a share of something.
pub(super) fn pixels(length: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 11] = [
        ("px", 1.0),
        ("rem", 16.0),
        ("em", 16.0),
        ("pt", 1.33),
        ("pc", 16.0),
        ("in", 96.0),
        ("cm", 37.8),
        ("mm", 3.78),
        ("ex", 8.0),
        ("vw", 10.0),
        ("vh", 8.0),
    ];
    let length = length.trim();
    if let Some(number) = number(length) {
        return Some(number);
    }
    UNITS
        .iter()
        .find_map(|(unit, size)| Some(number(length.strip_suffix(unit)?)? * size))
}

pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e');
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    (starts && text.len() < 40 && text.chars().all(is_number)).then(|| text.parse().ok())?
}

/// The number at the start of a value, whatever its unit.
pub(super) fn first_number(value: &str) -> Option<f64> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')));
    number(value.get(..end.unwrap_or(value.len()))?)
}
