//! Declarations of CSS, as far as a `style` attribute has them.

use std::iter::Peekable;
use std::str::Chars;

use super::sums::worked_out;
use super::values::number;

/// A property and its value, decoded and in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Declaration {
    pub(super) property: String,
    pub(super) value: String,
    is_important: bool,
}

/// The properties that can hide an element.
const PROPERTIES: [&str; 85] = [
    "letter-spacing",
    "word-spacing",
    "padding-left",
    "padding-inline-start",
    "margin-bottom",
    "text-align",
    "mask-size",
    "-webkit-mask-size",
    "margin-right",
    "min-height",
    "aspect-ratio",
    "content",
    "float",
    "grid-template-rows",
    "max-block-size",
    "max-inline-size",
    "line-height",
    "white-space",
    "overflow-block",
    "overflow-inline",
    "background-image",
    "background-clip",
    "-webkit-background-clip",
    "inset-block-end",
    "inset-inline-end",
    "font-size-adjust",
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
    "inset-block",
    "inset-block-start",
    "inset-inline",
    "inset-inline-start",
    "contain",
    "fill",
    "fill-opacity",
    "margin",
    "margin-block",
    "margin-block-start",
    "margin-inline",
    "margin-inline-start",
    "mask",
    "mask-image",
    "-webkit-mask",
    "-webkit-mask-image",
    "rotate",
    "stroke",
    "zoom",
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

/// More variables of one style are not known.
const MAX_VARIABLES: usize = 32;

/// The longest value in which variables and sums are put in, in bytes: of such a length, no other hides anything.
const MAX_VALUE: usize = 256;

/// The functions that stand for what something has, or for what is said to stand where nothing is there.
const VARIABLES: [&str; 3] = ["var(", "env(", "attr("];

/// The declarations that count of a style as CSS has them, with comments, escapes, strings and brackets, and the
/// variables of the style itself; each property once.
pub(super) fn declarations(style: &str) -> Vec<Declaration> {
    let mut out = Declarations::default();
    let (mut property, mut text) = (None, String::new());
    let mut depth = 0_usize;
    let mut reader = CssReader::of(style);
    while let Some(part) = reader.next() {
        match part {
            CssPart::Escape => text.extend(escaped(&mut reader.characters)),
            CssPart::Text(character) => text.push(character),
            CssPart::Sign(character @ ('(' | '[' | '{')) => {
                depth += 1;
                text.push(character);
            }
            CssPart::Sign(character @ (')' | ']' | '}')) => {
                depth = depth.saturating_sub(1);
                text.push(character);
                // An at-rule with a block ends here.
                if character == '}'
                    && depth == 0
                    && property.is_none()
                    && text.trim().starts_with('@')
                {
                    text.clear();
                }
            }
            CssPart::Sign(':') if depth == 0 && property.is_none() => {
                property = Some(std::mem::take(&mut text));
            }
            CssPart::Sign(';') if depth == 0 => {
                out.note(property.take(), &text);
                text.clear();
            }
            CssPart::Sign(other) => text.push(other),
        }
    }
    out.note(property, &text);
    let Declarations { mut all, variables } = out;
    for own in &mut all {
        if own.value.contains('(') && own.value.len() <= MAX_VALUE {
            own.value = worked_out(&with_variables(&own.value, &variables));
        }
    }
    all
}

/// What was read so far.
#[derive(Default)]
struct Declarations {
    all: Vec<Declaration>,
    variables: Vec<(String, String)>,
}

impl Declarations {
    /// Notes a declaration in place of the one before it, if it says something that matters.
    fn note(&mut self, property: Option<String>, value: &str) {
        let Some(property) = property else { return };
        if property.trim().starts_with("--") {
            if self.variables.len() < MAX_VARIABLES && value.len() <= MAX_VALUE {
                let value = value.trim().to_ascii_lowercase();
                self.variables.push((property.trim().to_owned(), value));
            }
            return;
        }
        let Some(new) = declaration(&property, value) else {
            return;
        };
        match self.all.iter_mut().find(|old| old.property == new.property) {
            Some(old) if old.is_important && !new.is_important => {}
            Some(old) => *old = new,
            None => self.all.push(new),
        }
    }
}

/// Whether a declaration is one of those that are read.
pub(super) fn is_read(declaration: &str) -> bool {
    let (property, _) = declaration.split_once(':').unwrap_or_default();
    let property = property.trim().to_ascii_lowercase();
    property.starts_with("--") || PROPERTIES.contains(&property.as_str())
}

/// A value with the variables that the same style sets, or what is to stand where they are not set.
fn with_variables(value: &str, variables: &[(String, String)]) -> String {
    let mut value = value.to_owned();
    for _ in 0..MAX_VARIABLES {
        // The innermost of those that are nested.
        let named = VARIABLES.iter().find_map(|function| {
            let (before, after) = value.rsplit_once(function)?;
            let (inside, rest) = after.split_once(')')?;
            let (name, other) = inside.split_once(',').unwrap_or((inside, ""));
            let is_margin = name.contains("safe-area-inset");
            let set = variables.iter().rev().find(|(own, _)| {
                // Names of variables are the only ones in which the case counts; values are in lower case here.
                own.eq_ignore_ascii_case(name.trim())
            });
            let set = match set {
                Some((_, value)) => value.as_str(),
                None if is_margin => "0px",
                None => other.trim(),
            };
            Some(format!("{before}{set}{rest}"))
        });
        match named {
            Some(named) if named.len() <= MAX_VALUE => value = named,
            Some(_) | None => break,
        }
    }
    value
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
            const INSIDE_AND_OUTSIDE: [&str; 5] = ["block", "inline", "flow", "flex", "grid"];
            const WORDS: [&str; 30] = [
                "ruby",
                "math",
                "revert-layer",
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
            let mut words = value.split_whitespace();
            WORDS.contains(&value)
                || value.contains("var(")
                || (value.contains(' ') && words.all(|word| INSIDE_AND_OUTSIDE.contains(&word)))
        }
        "visibility" => is_word,
        "width" | "height" | "max-width" | "max-height" | "left" | "right" | "top" | "bottom" => {
            // A length without a unit is one only if it is nothing.
            is_word || value.contains('(') || number(value).is_none_or(|number| number == 0.0)
        }
        _ => !value.is_empty(),
    }
}

/// Reads CSS, with its strings and without its comments.
pub(super) struct CssReader<'a> {
    pub(super) characters: Peekable<Chars<'a>>,
    /// What ends the string that it is in.
    quote: Option<char>,
}

/// A part of CSS.
pub(super) enum CssPart {
    /// A backslash; what it escapes is still to be read.
    Escape,
    /// A character of a string, or the space that a comment is.
    Text(char),
    /// Any other.
    Sign(char),
}

impl CssReader<'_> {
    pub(super) fn of(css: &str) -> CssReader<'_> {
        CssReader {
            characters: css.chars().peekable(),
            quote: None,
        }
    }

    pub(super) fn next(&mut self) -> Option<CssPart> {
        let character = self.characters.next()?;
        Some(match (character, self.quote) {
            ('\\', _) => CssPart::Escape,
            (_, Some(end)) => {
                self.quote = self.quote.filter(|_| character != end && character != '\n');
                CssPart::Text(character)
            }
            ('"' | '\'', None) => {
                self.quote = Some(character);
                CssPart::Text(character)
            }
            ('/', None) if self.characters.peek() == Some(&'*') => {
                self.skip_comment();
                CssPart::Text(' ')
            }
            (other, None) => CssPart::Sign(other),
        })
    }

    fn skip_comment(&mut self) {
        self.characters.next();
        while let Some(character) = self.characters.next() {
            if character == '*' && self.characters.next_if_eq(&'/').is_some() {
                return;
            }
        }
    }
}

pub(super) fn escaped(characters: &mut Peekable<Chars<'_>>) -> Option<char> {
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
