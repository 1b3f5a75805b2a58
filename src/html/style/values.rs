//! Lengths and transformations of CSS.

/// Further away than this, in pixels, nobody scrolls.
pub(in crate::html) const FAR_AWAY: f64 = 500.0;

/// What lets less than this through is not seen.
pub(super) const FAINT: f64 = 0.05;

/// Whether a transformation leaves nothing to be seen.
pub(super) fn vanishes(transform: &str) -> bool {
    let shrinks = ["scale", "scalex", "scaley", "scale3d"]
        .into_iter()
        .any(|name| {
            let mut sides = arguments(transform, name).into_iter().take(2);
            sides.any(|side| share(side).is_some_and(is_nothing))
        });
    let turns = ["rotatex", "rotatey", "skew", "skewx", "skewy"]
        .into_iter()
        .any(|name| {
            let mut angle = arguments(transform, name).into_iter();
            angle.any(is_edge_on)
        })
        || is_turned(&arguments(transform, "rotate3d"));
    let sides: Vec<f64> = arguments(transform, "matrix")
        .into_iter()
        .filter_map(number)
        .collect();
    let is_far = |length: f64| length.abs() >= FAR_AWAY && !(0.0..=4000.0).contains(&length);
    let is_flat = match sides.as_slice() {
        [a, b, c, d, x, y] => is_nothing(a * d - b * c) || is_far(*x) || is_far(*y),
        [a, b, c, d, ..] => is_nothing(a * d - b * c),
        _ => false,
    };
    let sides: Vec<f64> = arguments(transform, "matrix3d")
        .into_iter()
        .filter_map(number)
        .collect();
    let is_flat = is_flat
        || match sides.as_slice() {
            [a, b, _, _, c, d, _, _, _, _, _, _, x, y, ..] => {
                is_nothing(a * d - b * c) || is_far(*x) || is_far(*y)
            }
            _ => false,
        };
    let moves = MOVES
        .into_iter()
        .any(|name| arguments(transform, name).into_iter().any(is_far_away));
    shrinks || moves || turns || is_flat
}

const MOVES: [&str; 4] = ["translate", "translatex", "translatey", "translate3d"];

/// How far a transformation moves to the right and down, in pixels, as far as it says so in lengths.
pub(super) fn moved(transform: &str) -> [f64; 2] {
    let mut all = [0.0; 2];
    for name in MOVES {
        let steps = transform.split(name).skip(1);
        let steps = steps.filter_map(|rest| rest.strip_prefix('(')?.split(')').next());
        for length in steps.map(|inside| {
            inside
                .split(',')
                .map(|length| pixels(length).unwrap_or(0.0))
        }) {
            let length = match name {
                "translatey" => [0.0].into_iter().chain(length).collect::<Vec<f64>>(),
                _ => length.collect(),
            };
            for (all, length) in all.iter_mut().zip(length) {
                *all += length;
            }
        }
    }
    all
}

/// Whether a turn about an axis shows the edge only.
pub(super) fn is_turned(turn: &[&str]) -> bool {
    match turn {
        [x, y, z, angle] => {
            let is_none = |side: &str| number(side) == Some(0.0);
            is_none(z) && !(is_none(x) && is_none(y)) && is_edge_on(angle)
        }
        _ => false,
    }
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

/// The parts of what is inside a bracket, up to its end, between commas that are in no further bracket.
pub(super) fn top_level(inside: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    let mut end = inside.len();
    for (at, character) in inside.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => {
                end = at;
                break;
            }
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(inside.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(inside.get(begin..end).unwrap_or_default());
    parts
}

/// Whether `inset()` with these sides leaves nothing.
pub(super) fn insets_all(sides: &[&str]) -> bool {
    let mut lengths = sides.iter().map_while(|side| pixels(side));
    if lengths.any(|length| length >= FAR_AWAY) {
        return true;
    }
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
    const UNITS: [(&str, f64); 20] = [
        ("px", 1.0),
        ("q", 0.945),
        ("ch", 8.0),
        ("ic", 16.0),
        ("lh", 18.0),
        ("vmax", 19.2),
        ("vmin", 10.8),
        ("cqw", 19.2),
        ("vi", 19.2),
        ("vb", 10.8),
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
    UNITS.iter().find_map(|(unit, size)| {
        let length = length.strip_suffix(unit)?;
        // Units of the small, the large and the present window.
        let length = match unit.starts_with('v') {
            true => length.trim_end_matches(['s', 'l', 'd']),
            false => length,
        };
        Some(number(length)? * size)
    })
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

/// A share of one, which may be written in percent.
pub(super) fn share(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(text) => Some(number(text)? / 100.0),
        None => number(text),
    }
}
