//! Text from strangers: cleaned on the way in, escaped on the way out, one function per context.
//!
//! HTML is escaped by the templates. This module escapes for XML, JSON, DOT and the terminal, and cleans every field of a
//! ping before it is stored.

use std::borrow::Cow;

use icu_normalizer::properties::{CanonicalDecompositionBorrowed, Decomposed};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use unicode_segmentation::UnicodeSegmentation;

/// Whether XML 1.0 allows `character` in a document (section 2.2), discouraged ones left out too.
#[must_use]
pub fn is_xml_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{7E}' | '\u{85}' | '\u{A0}'..='\u{D7FF}'
        | '\u{E000}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
        && (character as u32) & 0xFFFE != 0xFFFE
}

/// Whether `character` can make text read differently from how it is stored: the bidirectional
/// controls (UAX #9), the invisible tag characters, and the separators of lines and paragraphs.
#[must_use]
pub fn is_deceptive(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether [`clean`] keeps a character, other than white space, as it is.
fn is_kept(character: char) -> bool {
    !character.is_control() && !is_deceptive(character) && is_xml_char(character)
}

/// Whether a text is one line without control, deceptive and non-XML characters.
#[must_use]
pub fn is_one_line(text: &str) -> bool {
    let mut all = text.chars();
    all.all(|character| character == ' ' || !character.is_whitespace() && is_kept(character))
}

/// Makes one line of plain text: removes control, deceptive and non-XML characters, folds each run of white space into one
/// space, and trims both ends.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for character in text.chars() {
        if character.is_whitespace() {
            space = !out.is_empty();
        } else if is_kept(character) {
            if space {
                out.push(' ');
                space = false;
            }
            out.push(character);
        }
    }
    out
}

/// The text between characters that keep its direction of writing from what surrounds it, if it has letters that are
/// written from right to left.
pub(crate) fn isolate(text: &str) -> Cow<'_, str> {
    let is_right_to_left = |character: char| {
        matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    match text.contains(is_right_to_left) {
        true => Cow::Owned(format!("\u{2068}{text}\u{2069}")),
        false => Cow::Borrowed(text),
    }
}

/// Crops `text` to at most `most` characters, at the end of a grapheme cluster; `ellipsis` is
/// appended (and not counted) when something was cut. Only a first cluster that is longer than the limit
/// (a letter with hundreds of marks) is cut inside.
#[must_use]
pub fn crop<'text>(text: &'text str, most: usize, ellipsis: &str) -> Cow<'text, str> {
    if text.chars().count() <= most {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut count = 0;
    for grapheme in text.graphemes(true) {
        count += grapheme.chars().count();
        if count > most {
            break;
        }
        out.push_str(grapheme);
    }
    if out.is_empty() {
        out.extend(text.chars().take(most));
    }
    out.truncate(out.trim_end().len());
    out.push_str(ellipsis);
    Cow::Owned(out)
}

/// Escapes for XML character data and attribute values; characters that XML forbids are left out.
#[must_use]
pub fn escape_xml(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| {
        is_xml_char(character) && !matches!(character, '<' | '>' | '&' | '"' | '\'')
    }) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars().filter(|&character| is_xml_char(character)) {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// Removes the characters that HTML does not allow, from a document or a part of one.
pub(crate) fn without_invalid_in_html(mut html: String) -> String {
    if html.bytes().any(may_start_invalid) && html.contains(is_invalid_in_html) {
        html.retain(|character| !is_invalid_in_html(character));
    }
    html
}

/// Whether a byte of UTF-8 may be the first of a character that HTML does not allow. Most pages have none, and checking
/// bytes takes a fifth of the time of checking characters.
const fn may_start_invalid(byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' | b'\r' | 0xC => false,
        // C1 controls begin with C2; U+FDD0 and the last two characters of each plane with EF or more.
        ..0x20 | 0x7F | 0xC2 | 0xEF.. => true,
        _ => false,
    }
}

fn is_invalid_in_html(character: char) -> bool {
    let number = u32::from(character);
    let is_space = matches!(character, '\t' | '\n' | '\r' | '\u{C}');
    let is_no_character = (0xFDD0..=0xFDEF).contains(&number) || number & 0xFFFE == 0xFFFE;
    (character.is_control() && !is_space) || is_no_character
}

/// Escapes for a terminal: control and deceptive characters are shown as `\u{…}`, so that a title
/// can neither move the cursor nor rewrite the line.
#[must_use]
pub fn escape_terminal(text: &str) -> Cow<'_, str> {
    let dangerous = |character: char| character.is_control() || is_deceptive(character);
    if !text.chars().any(dangerous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if dangerous(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Escapes a JSON document of one line for a terminal. JSON itself escapes only control characters below U+0020; all other
/// control and deceptive characters are inside strings, where an escape has the same meaning.
#[must_use]
pub fn escape_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_deceptive(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// Escapes for the inside of a quoted string of Graphviz's DOT: what would end the string, its `\N` and `\l`, the
/// entities of HTML, which it reads too; controls and deceptive characters are left out.
#[must_use]
pub fn escape_dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push(' '),
            other if other.is_control() || is_deceptive(other) => {}
            other => out.push(other),
        }
    }
    out
}

/// The characters of a text in NFC.
pub fn nfc(text: &str) -> impl Iterator<Item = char> {
    ComposingNormalizerBorrowed::new_nfc().normalize_iter(text.chars())
}

/// The characters of a text in NFKD.
pub fn nfkd(text: &str) -> impl Iterator<Item = char> {
    DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars())
}

/// Whether a character is an accent, a vowel sign or another mark, which belongs to the letter before it.
#[must_use]
pub fn is_combining_mark(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    GeneralCategoryGroup::Mark.contains(category)
}

/// How many characters a folded text may have more than it has bytes: more than any field of a ping becomes, and far less
/// than a page of ligatures, one of which can become eighteen characters.
const MAX_GROWTH: usize = 1 << 16;

/// Folds a text for comparison, and calls `emit` for each character: compatibility forms are unified (NFKC), case is folded,
/// and invisible characters are left out.
pub fn fold(text: &str, emit: impl FnMut(char)) {
    if text.is_ascii() {
        text.bytes()
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .for_each(emit);
    } else {
        // Upper, then lower case: `ß` is `ss`, and the three small sigmas and both kinds of `i` are one. Two capitals have
        // a small letter that is not what the others of their kind become so.
        ComposingNormalizerBorrowed::new_nfkc()
            .normalize_iter(text.chars())
            .take(text.len().saturating_add(MAX_GROWTH))
            .map(|character| match character {
                'İ' => 'I',
                'ẞ' => 'ß',
                other => other,
            })
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .filter(|character| !is_invisible(*character))
            .for_each(emit);
    }
}

/// The same without accents, and without the points of Hebrew and Arabic: people leave them out, in capitals above all, and
/// programs put them at other places. What they can change is a word, never a text of other words. Marks that are letters
/// in their script stay, and so do lines through letters and more marks than a letter has, which change what a reader sees.
pub fn fold_accents(text: &str, mut emit: impl FnMut(char)) {
    let mut accents = 0;
    fold(text, |character| {
        accents = match is_accent(character) {
            true => accents + 1,
            false => 0,
        };
        if accents == 0 || accents > MAX_ACCENTS {
            emit(without_accents(character));
        }
    });
}

/// The most accents of a letter that are no part of its character.
const MAX_ACCENTS: usize = 3;

/// The letter of which a character consists beside accents.
fn without_accents(mut character: char) -> char {
    // Behind these is none.
    while matches!(character, '\u{C0}'..='\u{1FFF}')
        && let Decomposed::Expansion(letter, mark) =
            CanonicalDecompositionBorrowed::new().decompose(character)
        && is_accent(mark)
    {
        character = letter;
    }
    character
}

/// The accents of Latin, Greek and Cyrillic letters, the points of Hebrew and Arabic ones.
fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{315}' | '\u{31B}' | '\u{323}'..='\u{328}' | '\u{32D}' | '\u{32E}' | '\u{330}'
        | '\u{331}' | '\u{342}' | '\u{345}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}'
        | '\u{5C5}' | '\u{5C7}' | '\u{64B}'..='\u{655}' | '\u{670}')
}

/// Joiners, soft hyphens, variation selectors: they separate letters for programs, but invisibly to people.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Writes bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_a_text_that_grows_is_folded_to_a_limit() {
        let length = |text: &str| {
            let mut length = 0;
            fold(text, |_| length += 1);
            length
        };
        assert_eq!(length(&"\u{FDFA}".repeat(2000)), 2000 * 18);
        let page = "\u{FDFA}".repeat(100_000);
        assert!(length(&page) <= page.len() + MAX_GROWTH);
    }

    #[test]
    fn each_character_that_html_cannot_hold_is_seen_by_its_first_byte() {
        for character in ('\0'..=char::MAX).filter(|character| is_invalid_in_html(*character)) {
            let first = character.to_string().as_bytes()[0];
            assert!(may_start_invalid(first), "{character:?}");
        }
        let common = "a page, 猫のページ, страница, página\t\r\n";
        assert!(!common.bytes().any(may_start_invalid));
    }

    #[test]
    fn clean_folds_white_space_and_drops_controls() {
        assert_eq!(clean("  a\r\n\t b\u{0}c \u{202E}d\u{FFFE} "), "a bc d");
    }

    #[test]
    fn crop_never_splits_a_grapheme() {
        assert_eq!(crop("e\u{301}e\u{301}", 3, "…"), "e\u{301}…");
        assert_eq!(crop("abc", 3, "…"), "abc");
        assert_eq!(crop("ab cd", 3, "…"), "ab…");
        assert_eq!(crop("e\u{301}\u{301}", 2, "…"), "e\u{301}…");
    }

    #[test]
    fn s3_escaped_xml_holds_no_markup() {
        assert_eq!(
            escape_xml("a<b>&\"'\u{0}\u{FFFE}\u{1F}]]>"),
            "a&lt;b&gt;&amp;&quot;&#39;]]&gt;"
        );
    }

    #[test]
    fn s3_a_title_cannot_steer_the_terminal() {
        assert_eq!(
            escape_terminal("a\u{1b}[2J\u{202E}b"),
            "a\\u{1b}[2J\\u{202e}b"
        );
    }

    #[test]
    fn s3_a_title_cannot_end_a_string_of_dot() {
        assert_eq!(
            escape_dot("a\"];\nb [\\N\\\" &lt;\u{1b}[2J\u{202E}"),
            "a\\\"]; b [\\\\N\\\\\\\" &amp;lt;[2J"
        );
    }

    #[test]
    fn hex_is_lower_case() {
        assert_eq!(hex(&[0, 0xAB, 0xFF]), "00abff");
    }

    #[test]
    fn s3_json_cannot_steer_the_terminal_and_says_the_same() {
        let hostile = "a\u{1b}[2J\u{9b}2J\u{7f}\u{2028}\u{2029}\u{202E}\u{E0041}\n\"\\é";
        let text = escape_json(&serde_json::to_string(hostile).unwrap());
        assert!(!text.chars().any(|c| c.is_control() || is_deceptive(c)));
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }
}
