//! The numbers, words and marks of a date.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Digits.
    Number {
        value: u64,
        digits: usize,
        /// Whether white space stands before it.
        gap: bool,
    },
    /// Letters, in lower case and without accents; a Chinese character is a word of its own.
    Word(String),
    /// Anything else but white space.
    Mark(char),
}

impl Token {
    /// The value and the digits of a number.
    pub(super) fn number(&self) -> Option<(u64, usize)> {
        match self {
            Token::Number { value, digits, .. } => Some((*value, *digits)),
            Token::Word(_) | Token::Mark(_) => None,
        }
    }

    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Token::Word(word) => Some(word),
            Token::Number { .. } | Token::Mark(_) => None,
        }
    }

    pub(super) fn is_mark(&self, wanted: char) -> bool {
        matches!(self, Token::Mark(mark) if *mark == wanted)
    }
}

/// Parts a text. Digits of all widths count; `a.m.` is `am`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut gap = false;
    let mut goes_on = false;
    // Hangul falls apart in the form that parts accents from letters, and is put together again.
    let plain = text.nfkd().filter(|&c| !is_combining_mark(c)).nfc();
    for character in plain.flat_map(char::to_lowercase) {
        let digit = character.to_digit(10).map(u64::from);
        match (digit, tokens.last_mut()) {
            (Some(digit), Some(Token::Number { value, digits, .. })) if goes_on => {
                *value = value.saturating_mul(10).saturating_add(digit);
                *digits += 1;
            }
            (Some(value), _) => tokens.push(Token::Number {
                value,
                digits: 1,
                gap,
            }),
            (None, Some(Token::Word(word)))
                if goes_on && character.is_alphabetic() && !is_han(character) =>
            {
                word.push(character);
            }
            (None, _) if character.is_alphabetic() => {
                tokens.push(Token::Word(character.to_string()));
            }
            (None, _) if character.is_whitespace() => {}
            (None, _) => tokens.push(Token::Mark(character)),
        }
        gap = character.is_whitespace();
        goes_on = !gap && !is_han(character);
    }
    joined(tokens)
}

/// Puts `a . m .` together.
fn joined(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        let half = match (first, behind) {
            (Token::Word(one), [Token::Mark('.'), Token::Word(two), ..])
                if matches!(one.as_str(), "a" | "p") && two == "m" =>
            {
                Some(format!("{one}m"))
            }
            _ => None,
        };
        if let Some(word) = half {
            rest = behind.get(2..).unwrap_or_default();
            if let Some((Token::Mark('.'), behind)) = rest.split_first() {
                rest = behind;
            }
            out.push(Token::Word(word));
        } else {
            out.push(first.clone());
        }
    }
    out
}

fn is_han(character: char) -> bool {
    ('\u{3400}'..='\u{9FFF}').contains(&character)
}
