//! Declarations of CSS, as far as a `style` attribute has them.

use super::values::number;

/// A property and its value, decoded and in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Declaration {
    pub(super) property: String,
    pub(super) value: String,
    is_important: bool,
}

/// The properties that can hide an element.
const PROPERTIES: [&str; 42] = [
    "display",
    "visibility",
    "content-visibility",
    "overflow",
    "overflow-x",
    "overflow-y",
    "width",
    "height",
    "max-width",
    "max-height",
    "block-size",
    "inline-size",
    "position",
    "left",
    "right",
    "top",
    "bottom",
    "inset",
    "inset-inline-start",
    "margin",
    "margin-left",
    "margin-top",
    "text-indent",
    "translate",
    "transform",
    "-webkit-transform",
    "-ms-transform",
    "scale",
    "opacity",
    "-moz-opacity",
    "-khtml-opacity",
    "filter",
    "-ms-filter",
    "clip",
    "clip-path",
    "-webkit-clip-path",
    "font",
    "font-size",
    "color",
    "background",
    "background-color",
    "-webkit-text-fill-color",
];

/// The declarations that count of a style as CSS has them, with comments, escapes, strings and brackets; each property
/// once.
pub(super) fn declarations(style: &str) -> Vec<Declaration> {
    let mut out = Vec::new();
    let (mut property, mut text) = (None, String::new());
    let (mut depth, mut quote) = (0_usize, None);
    let mut characters = style.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _) => text.extend(escaped(&mut characters)),
            (_, Some(open)) => {
                if character == open || character == '\n' {
                    quote = None;
                }
                text.push(character);
            }
            ('"' | '\'', None) => {
                quote = Some(character);
                text.push(character);
            }
            ('/', None) if characters.peek() == Some(&'*') => {
                skip_comment(&mut characters);
                text.push(' ');
            }
            ('(' | '[' | '{', None) => {
                depth += 1;
                text.push(character);
            }
            (')' | ']' | '}', None) => {
                depth = depth.saturating_sub(1);
                text.push(character);
            }
            (':', None) if depth == 0 && property.is_none() => {
                property = Some(std::mem::take(&mut text));
            }
            (';', None) if depth == 0 => {
                note(&mut out, property.take(), &text);
                text.clear();
            }
            (other, None) => text.push(other),
        }
    }
    note(&mut out, property, &text);
    out
}

/// Notes a declaration in place of the one before it, if it says something that matters.
fn note(all: &mut Vec<Declaration>, property: Option<String>, value: &str) {
    let Some(new) = property.and_then(|property| declaration(&property, value)) else {
        return;
    };
    match all.iter_mut().find(|old| old.property == new.property) {
        Some(old) if old.is_important && !new.is_important => {}
        Some(old) => *old = new,
        None => all.push(new),
    }
}

fn declaration(property: &str, value: &str) -> Option<Declaration> {
    let value = value.trim().to_ascii_lowercase();
    let (value, is_important) = match value.rsplit_once('!') {
        Some((value, mark)) if mark.trim() == "important" => (value.trim().to_owned(), true),
        _ => (value, false),
    };
    let property = property.trim().to_ascii_lowercase();
    (PROPERTIES.contains(&property.as_str()) && is_understood(&property, &value)).then_some(
        Declaration {
            property,
            value,
            is_important,
        },
    )
}

/// Whether a browser takes the value: one that it does not know leaves the one before in force.
fn is_understood(property: &str, value: &str) -> bool {
    let is_word = !value.is_empty() && value.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    match property {
        "display" => {
            const WORDS: [&str; 27] = [
                "none",
                "block",
                "inline",
                "inline-block",
                "flex",
                "inline-flex",
                "grid",
                "inline-grid",
                "table",
                "inline-table",
                "table-cell",
                "table-row",
                "table-caption",
                "table-column",
                "table-column-group",
                "table-row-group",
                "table-header-group",
                "table-footer-group",
                "list-item",
                "contents",
                "flow-root",
                "inherit",
                "initial",
                "unset",
                "revert",
                "-webkit-box",
                "-webkit-flex",
            ];
            WORDS.contains(&value)
        }
        "visibility" => is_word,
        "width" | "height" | "max-width" | "max-height" | "left" | "right" | "top" | "bottom" => {
            // A length without a unit is one only if it is nothing.
            is_word || value.contains('(') || number(value).is_none_or(|number| number == 0.0)
        }
        _ => !value.is_empty(),
    }
}

fn escaped(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let mut code = 0_u32;
    let mut digits = 0;
    while digits < 6
        && let Some(digit) = characters.peek().and_then(|c| c.to_digit(16))
    {
        code = code * 16 + digit;
        digits += 1;
        characters.next();
    }
    if digits == 0 {
        return characters.next().filter(|character| *character != '\n');
    }
    characters.next_if(|character| character.is_ascii_whitespace());
    Some(
        char::from_u32(code)
            .filter(|c| *c != '\0')
            .unwrap_or('\u{FFFD}'),
    )
}

fn skip_comment(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    characters.next();
    while let Some(character) = characters.next() {
        if character == '*' && characters.next_if_eq(&'/').is_some() {
            return;
        }
    }
}
