//! Splits a date into numbers, words and punctuation.

use crate::text;

/// A token of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DateToken {
    /// Digits.
    Number {
        value: u64,
        digits: usize,
        /// Whether white space precedes it.
        gap: bool,
    },
    /// Letters, in lower case and without accents, but with the signs of Thai; a Chinese character is a word of its own.
    Word(String),
    /// Any other character except white space.
    Mark(char),
}

impl DateToken {
    /// The value and the digits of a number.
    pub(super) fn number(&self) -> Option<(u64, usize)> {
        match self {
            DateToken::Number { value, digits, .. } => Some((*value, *digits)),
            DateToken::Word(_) | DateToken::Mark(_) => None,
        }
    }

    pub(super) fn word(&self) -> Option<&str> {
        match self {
            DateToken::Word(word) => Some(word),
            DateToken::Number { .. } | DateToken::Mark(_) => None,
        }
    }

    pub(super) fn is_mark(&self, wanted: char) -> bool {
        matches!(self, DateToken::Mark(mark) if *mark == wanted)
    }
}

/// Splits a text into tokens. Digits of other scripts count; `a.m.` is `am`, `ม.ค.` is `มค`.
pub(super) fn tokens(text: &str) -> Vec<DateToken> {
    let mut tokens: Vec<DateToken> = Vec::new();
    let mut gap = false;
    let mut goes_on = false;
    // Separating accents from letters also decomposes Hangul, which is composed again.
    let plain: String = text::nfkd(text)
        .filter(|&c| !text::is_combining_mark(c) || is_thai(c))
        .collect();
    // Turkish writes an `i` without a dot, which is no accent.
    let dotted = |c: char| if c == 'ı' { 'i' } else { c };
    for character in text::nfc(&plain).flat_map(char::to_lowercase).map(dotted) {
        let digit = digit(character);
        let is_letter = character.is_alphabetic() || text::is_combining_mark(character);
        match (digit, tokens.last_mut()) {
            (Some(digit), Some(DateToken::Number { value, digits, .. })) if goes_on => {
                *value = value.saturating_mul(10).saturating_add(digit);
                *digits += 1;
            }
            (Some(value), _) => tokens.push(DateToken::Number {
                value,
                digits: 1,
                gap,
            }),
            (None, Some(DateToken::Word(word))) if goes_on && is_letter && !is_han(character) => {
                word.push(character);
            }
            (None, _) if is_letter => {
                tokens.push(DateToken::Word(character.to_string()));
            }
            (None, _) if character.is_whitespace() => {}
            (None, _) => tokens.push(DateToken::Mark(character)),
        }
        gap = character.is_whitespace();
        goes_on = !gap && !is_han(character);
    }
    joined(tokens)
}

/// Joins `a . m .` to `am`, and Thai's abbreviations.
fn joined(tokens: Vec<DateToken>) -> Vec<DateToken> {
    let mut out: Vec<DateToken> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        let half = match (first, behind) {
            (DateToken::Word(one), [DateToken::Mark('.'), DateToken::Word(two), ..])
                if (matches!(one.as_str(), "a" | "p") && two == "m")
                    || (one.starts_with(is_thai) && two.starts_with(is_thai)) =>
            {
                Some(format!("{one}{two}"))
            }
            _ => None,
        };
        if let Some(word) = half {
            rest = behind.get(2..).unwrap_or_default();
            if let Some((DateToken::Mark('.'), behind)) = rest.split_first() {
                rest = behind;
            }
            out.push(DateToken::Word(word));
        } else {
            out.push(first.clone());
        }
    }
    out
}

/// The zeros of scripts whose digits stand in dates: Arabic's, Persian's, Devanagari's, Bengali's, Thai's, Lao's, Khmer's.
const ZEROS: [char; 7] = [
    '\u{660}', '\u{6F0}', '\u{966}', '\u{9E6}', '\u{E50}', '\u{ED0}', '\u{17E0}',
];

fn digit(character: char) -> Option<u64> {
    let own = |zero: char| u64::from(character).checked_sub(u64::from(zero));
    let mut others = ZEROS.into_iter().filter_map(own);
    let ascii = character.to_digit(10).map(u64::from);
    ascii.or_else(|| others.find(|digit| *digit <= 9))
}

/// Whether a character is of the Thai script, digits too.
pub(super) fn is_thai(character: char) -> bool {
    ('\u{E00}'..='\u{E7F}').contains(&character)
}

fn is_han(character: char) -> bool {
    ('\u{3400}'..='\u{9FFF}').contains(&character)
}
