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
            [_, _, _, alpha] => *alpha,
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

/// A colour as red, green and blue, for the usual ways to write the usual ones.
pub(super) fn colour(text: &str) -> Option<[u8; 3]> {
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
    if let [r, g, b] = parts.as_slice() {
        return Some([*r, *g, *b]);
    }
    // Of the colours that have a hue, only those that are so light or so dark that it does not show.
    let shares = ["hsl", "hsla"]
        .into_iter()
        .map(|name| arguments(text, name));
    let shares = shares.max_by_key(Vec::len)?;
    let light = match shares.as_slice() {
        [one] => one.split_whitespace().nth(2),
        all => all.get(2).copied(),
    };
    match light.and_then(|light| number(light.trim_end_matches('%')))? {
        light if light >= 100.0 => Some([255; 3]),
        light if light <= 0.0 => Some([0; 3]),
        _ => None,
    }
}

/// Whether a transformation leaves nothing to be seen.
pub(super) fn vanishes(transform: &str) -> bool {
    let shrinks = ["scale", "scalex", "scaley", "scale3d"]
        .into_iter()
        .any(|name| {
            let mut sides = arguments(transform, name).into_iter().take(2);
            sides.any(|side| number(side).is_some_and(is_nothing))
        });
    let turns = ["rotatex", "rotatey"].into_iter().any(|name| {
        let mut angle = arguments(transform, name).into_iter();
        angle.any(is_edge_on)
    });
    let sides: Vec<f64> = arguments(transform, "matrix")
        .into_iter()
        .filter_map(number)
        .collect();
    let is_flat = match sides.as_slice() {
        [a, b, c, d, ..] => is_nothing(a * d - b * c),
        _ => false,
    };
    let moves = ["translate", "translatex", "translatey", "translate3d"]
        .into_iter()
        .any(|name| arguments(transform, name).into_iter().any(is_far_away));
    shrinks || moves || turns || is_flat
}

/// Whether a factor leaves nothing that could be read.
pub(super) fn is_nothing(factor: f64) -> bool {
    factor.abs() < 0.05
}

/// Whether a turn by an angle about a line in the page shows its edge only.
pub(super) fn is_edge_on(angle: &str) -> bool {
    const UNITS: [(&str, f64); 4] = [
        ("deg", 1.0),
        ("grad", 0.9),
        ("rad", 57.295_779_5),
        ("turn", 360.0),
    ];
    let degrees = UNITS
        .iter()
        .find_map(|(unit, size)| Some(number(angle.strip_suffix(unit)?)? * size));
    degrees.is_some_and(|degrees| is_nothing(degrees.to_radians().cos()))
}

/// A value with each `calc()` of lengths and numbers worked out.
pub(super) fn without_calc(value: &str) -> String {
    let Some((before, after)) = value.split_once("calc(") else {
        return value.to_owned();
    };
    let Some((inside, rest)) = after.split_once(')') else {
        return value.to_owned();
    };
    let mut sum = Some(0.0);
    let mut words = inside.split_whitespace().peekable();
    let first = words.peek().copied().unwrap_or_default();
    if inside.split_whitespace().count() == 1 {
        return format!("{before}{first}{rest}");
    }
    let (mut sign, mut has_share) = (1.0, false);
    for word in words {
        match word {
            "+" => sign = 1.0,
            "-" => sign = -1.0,
            // Of what, is not known; where the rest is far away, it does not matter.
            word if word.ends_with('%') => has_share = true,
            word => sum = sum.and_then(|sum| Some(sum + sign * pixels(word)?)),
        }
    }
    match sum {
        Some(sum) if !has_share || sum.abs() >= FAR_AWAY => format!("{before}{sum}px{rest}"),
        Some(_) | None => value.to_owned(),
    }
}

/// Whether a picture that is laid over as a mask lets nothing through.
pub(super) fn masks_all(mask: &str) -> bool {
    let colours = ["linear-gradient", "radial-gradient", "conic-gradient"]
        .into_iter()
        .map(|name| arguments(mask, name))
        .find(|colours| !colours.is_empty())
        .unwrap_or_default();
    !colours.is_empty() && colours.iter().all(|colour| is_transparent(colour))
}

/// Whether `inset()` with these sides leaves nothing.
pub(super) fn insets_all(sides: &[&str]) -> bool {
    let sides: Vec<f64> = sides
        .iter()
        .map_while(|side| number(side.strip_suffix('%').unwrap_or(side)))
        .collect();
    let opposite = match sides.as_slice() {
        [all] => [2.0 * all, 0.0],
        [rows, columns] => [2.0 * rows, 2.0 * columns],
        [top, columns, bottom] => [top + bottom, 2.0 * columns],
        [top, right, bottom, left, ..] => [top + bottom, left + right],
        [] => [0.0, 0.0],
    };
    opposite.iter().any(|both| *both >= 100.0)
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
        ("vw", 19.2),
        ("vh", 10.8),
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
