//! Colours of CSS.

use super::values::{FAINT, arguments, number, share, top_level};

/// Red, green and blue.
pub(in crate::html) type Colour = [u8; 3];

/// The colours that have names.
const NAMES: [(&str, u32); 148] = [
    ("aliceblue", 0xF0F8FF),
    ("antiquewhite", 0xFAEBD7),
    ("aqua", 0x00FFFF),
    ("aquamarine", 0x7FFFD4),
    ("azure", 0xF0FFFF),
    ("beige", 0xF5F5DC),
    ("bisque", 0xFFE4C4),
    ("black", 0x000000),
    ("blanchedalmond", 0xFFEBCD),
    ("blue", 0x0000FF),
    ("blueviolet", 0x8A2BE2),
    ("brown", 0xA52A2A),
    ("burlywood", 0xDEB887),
    ("cadetblue", 0x5F9EA0),
    ("chartreuse", 0x7FFF00),
    ("chocolate", 0xD2691E),
    ("coral", 0xFF7F50),
    ("cornflowerblue", 0x6495ED),
    ("cornsilk", 0xFFF8DC),
    ("crimson", 0xDC143C),
    ("cyan", 0x00FFFF),
    ("darkblue", 0x00008B),
    ("darkcyan", 0x008B8B),
    ("darkgoldenrod", 0xB8860B),
    ("darkgray", 0xA9A9A9),
    ("darkgreen", 0x006400),
    ("darkgrey", 0xA9A9A9),
    ("darkkhaki", 0xBDB76B),
    ("darkmagenta", 0x8B008B),
    ("darkolivegreen", 0x556B2F),
    ("darkorange", 0xFF8C00),
    ("darkorchid", 0x9932CC),
    ("darkred", 0x8B0000),
    ("darksalmon", 0xE9967A),
    ("darkseagreen", 0x8FBC8F),
    ("darkslateblue", 0x483D8B),
    ("darkslategray", 0x2F4F4F),
    ("darkslategrey", 0x2F4F4F),
    ("darkturquoise", 0x00CED1),
    ("darkviolet", 0x9400D3),
    ("deeppink", 0xFF1493),
    ("deepskyblue", 0x00BFFF),
    ("dimgray", 0x696969),
    ("dimgrey", 0x696969),
    ("dodgerblue", 0x1E90FF),
    ("firebrick", 0xB22222),
    ("floralwhite", 0xFFFAF0),
    ("forestgreen", 0x228B22),
    ("fuchsia", 0xFF00FF),
    ("gainsboro", 0xDCDCDC),
    ("ghostwhite", 0xF8F8FF),
    ("gold", 0xFFD700),
    ("goldenrod", 0xDAA520),
    ("gray", 0x808080),
    ("green", 0x008000),
    ("greenyellow", 0xADFF2F),
    ("grey", 0x808080),
    ("honeydew", 0xF0FFF0),
    ("hotpink", 0xFF69B4),
    ("indianred", 0xCD5C5C),
    ("indigo", 0x4B0082),
    ("ivory", 0xFFFFF0),
    ("khaki", 0xF0E68C),
    ("lavender", 0xE6E6FA),
    ("lavenderblush", 0xFFF0F5),
    ("lawngreen", 0x7CFC00),
    ("lemonchiffon", 0xFFFACD),
    ("lightblue", 0xADD8E6),
    ("lightcoral", 0xF08080),
    ("lightcyan", 0xE0FFFF),
    ("lightgoldenrodyellow", 0xFAFAD2),
    ("lightgray", 0xD3D3D3),
    ("lightgreen", 0x90EE90),
    ("lightgrey", 0xD3D3D3),
    ("lightpink", 0xFFB6C1),
    ("lightsalmon", 0xFFA07A),
    ("lightseagreen", 0x20B2AA),
    ("lightskyblue", 0x87CEFA),
    ("lightslategray", 0x778899),
    ("lightslategrey", 0x778899),
    ("lightsteelblue", 0xB0C4DE),
    ("lightyellow", 0xFFFFE0),
    ("lime", 0x00FF00),
    ("limegreen", 0x32CD32),
    ("linen", 0xFAF0E6),
    ("magenta", 0xFF00FF),
    ("maroon", 0x800000),
    ("mediumaquamarine", 0x66CDAA),
    ("mediumblue", 0x0000CD),
    ("mediumorchid", 0xBA55D3),
    ("mediumpurple", 0x9370DB),
    ("mediumseagreen", 0x3CB371),
    ("mediumslateblue", 0x7B68EE),
    ("mediumspringgreen", 0x00FA9A),
    ("mediumturquoise", 0x48D1CC),
    ("mediumvioletred", 0xC71585),
    ("midnightblue", 0x191970),
    ("mintcream", 0xF5FFFA),
    ("mistyrose", 0xFFE4E1),
    ("moccasin", 0xFFE4B5),
    ("navajowhite", 0xFFDEAD),
    ("navy", 0x000080),
    ("oldlace", 0xFDF5E6),
    ("olive", 0x808000),
    ("olivedrab", 0x6B8E23),
    ("orange", 0xFFA500),
    ("orangered", 0xFF4500),
    ("orchid", 0xDA70D6),
    ("palegoldenrod", 0xEEE8AA),
    ("palegreen", 0x98FB98),
    ("paleturquoise", 0xAFEEEE),
    ("palevioletred", 0xDB7093),
    ("papayawhip", 0xFFEFD5),
    ("peachpuff", 0xFFDAB9),
    ("peru", 0xCD853F),
    ("pink", 0xFFC0CB),
    ("plum", 0xDDA0DD),
    ("powderblue", 0xB0E0E6),
    ("purple", 0x800080),
    ("rebeccapurple", 0x663399),
    ("red", 0xFF0000),
    ("rosybrown", 0xBC8F8F),
    ("royalblue", 0x4169E1),
    ("saddlebrown", 0x8B4513),
    ("salmon", 0xFA8072),
    ("sandybrown", 0xF4A460),
    ("seagreen", 0x2E8B57),
    ("seashell", 0xFFF5EE),
    ("sienna", 0xA0522D),
    ("silver", 0xC0C0C0),
    ("skyblue", 0x87CEEB),
    ("slateblue", 0x6A5ACD),
    ("slategray", 0x708090),
    ("slategrey", 0x708090),
    ("snow", 0xFFFAFA),
    ("springgreen", 0x00FF7F),
    ("steelblue", 0x4682B4),
    ("tan", 0xD2B48C),
    ("teal", 0x008080),
    ("thistle", 0xD8BFD8),
    ("tomato", 0xFF6347),
    ("turquoise", 0x40E0D0),
    ("violet", 0xEE82EE),
    ("wheat", 0xF5DEB3),
    ("white", 0xFFFFFF),
    ("whitesmoke", 0xF5F5F5),
    ("yellow", 0xFFFF00),
    ("yellowgreen", 0x9ACD32),
];

/// A colour, and how much of it covers what is behind it; `None` if it is not read.
pub(super) fn colour(text: &str) -> Option<(Colour, f64)> {
    if text == "transparent" {
        return Some(([0; 3], 0.0));
    }
    if let Some(hex) = text.strip_prefix('#') {
        return of_hex(hex);
    }
    if let Ok(place) = NAMES.binary_search_by(|(name, _)| (*name).cmp(text)) {
        let [_, red, green, blue] = NAMES.get(place)?.1.to_be_bytes();
        return Some(([red, green, blue], 1.0));
    }
    let (function, _) = text.split_once('(')?;
    let inside = arguments(text, function).join(" ").replace('/', " / ");
    let mut words = inside.split_whitespace().filter(|word| *word != "/");
    let parts = [words.next()?, words.next()?, words.next()?];
    let cover = match words.next() {
        Some(cover) => share(cover)?.clamp(0.0, 1.0),
        None => 1.0,
    };
    match function {
        "rgb" | "rgba" => {
            let [red, green, blue] = parts.map(|part| match part.strip_suffix('%') {
                Some(share) => Some(number(share)? * 2.55),
                None => number(part),
            });
            Some(([byte(red?), byte(green?), byte(blue?)], cover))
        }
        "hsl" | "hsla" => {
            let [hue, saturation, light] = parts;
            let hue = number(hue.trim_end_matches("deg"))?;
            let (saturation, light) = (percent(saturation)?, percent(light)?);
            Some((of_hue(hue, saturation, light), cover))
        }
        _ => None,
    }
}

/// Whether a colour leaves next to nothing to be seen, in any notation.
pub(super) fn is_transparent(text: &str) -> bool {
    if let Some((_, cover)) = colour(text) {
        return cover < FAINT;
    }
    let inside = text.split_once('(').map_or("", |(_, inside)| inside);
    let cover = inside.rsplit_once('/').map(|(_, cover)| cover);
    let cover = cover.and_then(|cover| share(cover.trim_end_matches(')').trim()));
    cover.is_some_and(|cover| cover < FAINT)
}

/// The colours of a gradient; none if one of them is not read.
pub(super) fn gradient(value: &str) -> Option<Vec<(Colour, f64)>> {
    let (_, inside) = value.split_once("gradient(")?;
    let is_course = |part: &&str| {
        let first = part.split_whitespace().next().unwrap_or_default();
        let is_angle = ["deg", "turn", "rad"]
            .iter()
            .any(|unit| first.ends_with(unit));
        matches!(first, "to" | "from" | "at" | "circle" | "ellipse") || is_angle
    };
    let parts = top_level(inside).into_iter().map(str::trim);
    let parts = parts
        .enumerate()
        .filter(|(at, part)| *at > 0 || !is_course(part));
    let stop = |part: &str| {
        let end = match part.find(')') {
            Some(end) => end + 1,
            None => part.find(' ').unwrap_or(part.len()),
        };
        colour(part.get(..end)?)
    };
    parts.map(|(_, part)| stop(part)).collect()
}

fn of_hex(hex: &str) -> Option<(Colour, f64)> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|digit| digit.to_digit(16)?.try_into().ok())
        .collect();
    let cover = |cover: u8| f64::from(cover) / 255.0;
    match digits?.as_slice() {
        [r, g, b] => Some(([r * 17, g * 17, b * 17], 1.0)),
        [r, g, b, a] => Some(([r * 17, g * 17, b * 17], cover(a * 17))),
        [r, r2, g, g2, b, b2] => Some(([r * 16 + r2, g * 16 + g2, b * 16 + b2], 1.0)),
        [r, r2, g, g2, b, b2, a, a2] => {
            Some(([r * 16 + r2, g * 16 + g2, b * 16 + b2], cover(a * 16 + a2)))
        }
        _ => None,
    }
}

fn of_hue(hue: f64, saturation: f64, light: f64) -> Colour {
    let strength = saturation * light.min(1.0 - light);
    [0.0, 8.0, 4.0].map(|offset| {
        let place = (offset + hue / 30.0).rem_euclid(12.0);
        let slope = (place - 3.0).min(9.0 - place).clamp(-1.0, 1.0);
        byte((light - strength * slope) * 255.0)
    })
}

/// A number from zero to 255.
fn byte(number: f64) -> u8 {
    let rounded = number.clamp(0.0, 255.0).round();
    (0..=u8::MAX)
        .find(|byte| f64::from(*byte) >= rounded)
        .unwrap_or(u8::MAX)
}

fn percent(text: &str) -> Option<f64> {
    Some((number(text.trim_end_matches('%'))? / 100.0).clamp(0.0, 1.0))
}

/// Whether a picture that is laid over as a mask lets nothing through.
pub(super) fn masks_all(mask: &str) -> bool {
    let colours = gradient(mask).unwrap_or_default();
    mask.starts_with("url(data:,)")
        || !colours.is_empty() && colours.iter().all(|(_, cover)| *cover < FAINT)
}
