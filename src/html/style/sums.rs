//! Functions of CSS that compute a length or a number.

use super::values::{FAR_AWAY, number, pixels, top_level};

/// The names of the functions.
const FUNCTIONS: [&str; 6] = ["calc", "-webkit-calc", "-moz-calc", "min", "max", "clamp"];

/// More of them in one value are not worked out.
const MOST: usize = 16;
/// Longer values are not worked out, in bytes: each term is read again with all before it.
const LONGEST: usize = 128;
/// Nor are those that are nested deeper: each level is read again from the one around it.
const DEEPEST: usize = 12;

/// What has been worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ComputedSum {
    /// A number, or a length in pixels.
    number: f64,
    is_length: bool,
    /// Whether a share of something unknown is added to it.
    has_share: bool,
}

/// A value with each function worked out as far as its parts are known.
pub(super) fn worked_out(value: &str) -> String {
    let mut value = value.to_owned();
    if value.len() > LONGEST || nesting(&value) > DEEPEST {
        return value;
    }
    let mut from = 0;
    for _ in 0..MOST {
        let Some((at, name)) = first_function(&value, from) else {
            break;
        };
        let begin = at + name.len() + 1;
        let inside = value.get(begin..).unwrap_or_default();
        let parts = top_level(inside);
        let length = parts.iter().map(|part| part.len() + 1).sum::<usize>();
        let Some(sum) = function(name, &parts) else {
            from = begin;
            continue;
        };
        // A share alone stays one.
        if let ([share], true) = (parts.as_slice(), sum.has_share)
            && name.ends_with("calc")
            && number(share.trim().trim_end_matches('%')).is_some()
        {
            let before = value.get(..at).unwrap_or_default();
            let behind = value.get(begin + length..).unwrap_or_default();
            value = format!("{before}{}{behind}", share.trim());
            from = at;
            continue;
        }
        // Of what a share is, is not known; where the rest is farther away than half a window, it does not matter.
        if sum.has_share && sum.number.abs() < 2.0 * FAR_AWAY {
            from = begin;
            continue;
        }
        let unit = if sum.is_length { "px" } else { "" };
        let before = value.get(..at).unwrap_or_default();
        let behind = value.get(begin + length..).unwrap_or_default();
        let new = format!("{before}{}{unit}{behind}", sum.number);
        from = at;
        value = new;
    }
    value
}

/// How deep parentheses are nested.
fn nesting(value: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in value.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn first_function(value: &str, from: usize) -> Option<(usize, &'static str)> {
    let rest = value.get(from..)?;
    let found = FUNCTIONS.iter().filter_map(|name| {
        let mut all = rest.match_indices(name);
        all.find_map(|(at, _)| {
            let before = rest.get(..at)?.chars().next_back();
            let starts = !before.is_some_and(|c| c.is_alphanumeric() || c == '-');
            let opens = rest.get(at + name.len()..)?.starts_with('(');
            (starts && opens).then_some((from + at, *name))
        })
    });
    found.min()
}

fn function(name: &str, parts: &[&str]) -> Option<ComputedSum> {
    let sums: Option<Vec<ComputedSum>> = parts.iter().map(|part| sum(part)).collect();
    let sums = sums?;
    let by = |pick: fn(f64, f64) -> f64| {
        let all = sums.iter().copied();
        let known = sums.iter().all(|sum| !sum.has_share);
        all.reduce(|one, other| ComputedSum {
            number: pick(one.number, other.number),
            is_length: one.is_length || other.is_length,
            has_share: false,
        })
        .filter(|_| known)
    };
    match (name, sums.as_slice()) {
        ("min", _) => by(f64::min),
        ("max", _) => by(f64::max),
        ("clamp", [low, wanted, high]) => {
            let number = low.number.max(wanted.number.min(high.number));
            let is_known = ![low, wanted, high].iter().any(|sum| sum.has_share);
            is_known.then_some(ComputedSum { number, ..*wanted })
        }
        ("clamp", _) => None,
        (_, [one]) => Some(*one),
        _ => None,
    }
}

/// A sum of products. Signs between terms have white space around them.
fn sum(text: &str) -> Option<ComputedSum> {
    let text = text.trim();
    let is_sign = |at, character| matches!(character, '+' | '-') && is_apart(text, at);
    let Some((before, sign, behind)) = at_last(text, is_sign) else {
        return product(text);
    };
    let (one, other) = (sum(before)?, product(behind.trim())?);
    Some(ComputedSum {
        number: match sign {
            '+' => one.number + other.number,
            _ => one.number - other.number,
        },
        is_length: one.is_length || other.is_length,
        has_share: one.has_share || other.has_share,
    })
}

fn is_apart(text: &str, at: usize) -> bool {
    let is_space = |c: Option<char>| c.is_some_and(char::is_whitespace);
    let (before, behind) = (text.get(..at), text.get(at + 1..));
    is_space(before.and_then(|before| before.chars().next_back()))
        && is_space(behind.and_then(|behind| behind.chars().next()))
}

fn product(text: &str) -> Option<ComputedSum> {
    let is_sign = |_, character| matches!(character, '*' | '/');
    let Some((before, sign, behind)) = at_last(text, is_sign) else {
        return one(text);
    };
    let (first, second) = (product(before.trim())?, one(behind.trim())?);
    Some(ComputedSum {
        number: match sign {
            '*' => first.number * second.number,
            _ if second.number == 0.0 => return None,
            _ => first.number / second.number,
        },
        is_length: first.is_length || second.is_length,
        has_share: first.has_share || second.has_share,
    })
}

/// Splits a text at the last such character that is outside all parentheses.
fn at_last(text: &str, is_sign: impl Fn(usize, char) -> bool) -> Option<(&str, char, &str)> {
    let mut depth = 0_usize;
    let mut sign = None;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && is_sign(at, character) => sign = Some((at, character)),
            _ => {}
        }
    }
    let (at, character) = sign?;
    Some((text.get(..at)?, character, text.get(at + 1..)?))
}

fn one(text: &str) -> Option<ComputedSum> {
    if let Some((name, inside)) = text.split_once('(') {
        let parts = top_level(inside);
        return match name {
            "" => function("calc", &parts),
            name if FUNCTIONS.contains(&name) => function(name, &parts),
            _ => None,
        };
    }
    let plain = |number, is_length| {
        Some(ComputedSum {
            number,
            is_length,
            has_share: false,
        })
    };
    match (number(text), pixels(text)) {
        (Some(number), _) => plain(number, false),
        (None, Some(length)) => plain(length, true),
        (None, None) => number(text.strip_suffix('%')?).map(|_| ComputedSum {
            number: 0.0,
            is_length: true,
            has_share: true,
        }),
    }
}
