//! Changes a letter of a value, or of each of its words, for a page may show only some of them. Pure.
//!
//! What stands between the words, however it is escaped, means nothing: readers skip it. A run of letters and digits that
//! no language has is no word: a letter changed in each piece of an encoded URL would leave nothing of its link.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The shortest value that is changed; several values may form a host together.
const MIN_VALUE: usize = 3;

/// Characters that are percent-encoded again.
pub(super) const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'.').remove(b'-');

/// More words of one value are not changed.
const MAX_CHANGED_WORDS: usize = 32;

/// A value with a letter of each of its words changed; `None` if it has none, or is a single run of letters and digits.
pub(super) fn with_words_changed(text: &str) -> Option<String> {
    let pieces = pieces(text);
    let runs = pieces.iter().filter(|piece| piece.is_run).count();
    let (mut changed, mut run) = (0, 0);
    let mut out = String::with_capacity(text.len());
    for (at, piece) in pieces.iter().enumerate() {
        run += usize::from(piece.is_run);
        let sign = |at: Option<usize>| {
            let piece = at.and_then(|at| pieces.get(at));
            piece.map_or(String::new(), |piece| decoded(piece.text).into_owned())
        };
        let is_first = run == 1 && sign(Some(at + 1)).starts_with("://");
        let is_last = run == runs && sign(at.checked_sub(1)).ends_with("//:");
        // The name of a protocol, in another alphabet or backwards: without it nothing is a link.
        let is_protocol = (is_first || is_last) && matches!(piece.text.len(), 4 | 5);
        let is_changed =
            piece.is_run && is_word(piece.text) && !is_protocol && changed < MAX_CHANGED_WORDS;
        let new = is_changed
            .then(|| with_letter_changed(piece.text))
            .flatten();
        changed += usize::from(new.is_some());
        out.push_str(new.as_deref().unwrap_or(piece.text));
    }
    (changed > 0 && runs > 1).then_some(out)
}

/// A part of a value that consists of letters and digits, or of signs.
struct Piece<'a> {
    text: &'a str,
    is_run: bool,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<(usize, usize, bool)> = Vec::new();
    let mut at = 0;
    while let Some(length) = text
        .get(at..)
        .map(character_length)
        .filter(|length| *length > 0)
    {
        let end = at + length;
        let character = text.get(at..end).unwrap_or_default();
        // Bytes of an unknown charset may be letters.
        let is_run = decoded(character)
            .chars()
            .all(|c| c.is_alphanumeric() || c == '\u{fffd}');
        match pieces.last_mut() {
            Some((_, last_end, last)) if *last == is_run => *last_end = end,
            _ => pieces.push((at, end, is_run)),
        }
        at = end;
    }
    let piece = |(begin, end, is_run)| Piece {
        text: text.get(begin..end).unwrap_or_default(),
        is_run,
    };
    pieces.into_iter().map(piece).collect()
}

/// How many bytes the first character of a value has, with the escapes of all its bytes; 0 at the end.
fn character_length(text: &str) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let lead = match text.as_bytes() {
        [b'%', high, _, ..] => high.to_ascii_lowercase(),
        _ => return first,
    };
    let bytes = match lead {
        b'c' | b'd' => 2,
        b'e' => 3,
        b'f' => 4,
        _ => 1,
    };
    let is_whole = |length: &usize| {
        let escapes = text.get(..*length).map(decoded);
        escapes.is_some_and(|escapes| escapes.chars().count() == 1)
    };
    [bytes * 3, 3].into_iter().find(is_whole).unwrap_or(first)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Whether a run of letters and digits is a word: letters, with a number at one end.
fn is_word(run: &str) -> bool {
    if run.contains('%') {
        return true;
    }
    let letters = run.trim_matches(|c: char| c.is_ascii_digit());
    let is_numbered_once = run.starts_with(letters) || run.ends_with(letters);
    letters.len() >= MIN_VALUE
        && is_numbered_once
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The value with one letter changed: the last of its first three quarters, which in a URL is before the path, or the first
/// behind; otherwise its last letter of another script.
pub(super) fn with_letter_changed(value: &str) -> Option<String> {
    with_latin_letter_changed(value).or_else(|| {
        let decoded = percent_decode_str(value).decode_utf8().ok()?;
        let (at, letter) = decoded
            .char_indices()
            .rfind(|(_, letter)| !letter.is_ascii() && letter.is_alphabetic())?;
        let next = u32::from(letter) ^ 1;
        let other = char::from_u32(next).filter(|other| other.is_alphabetic())?;
        let (before, rest) = decoded.split_at_checked(at)?;
        let behind = rest.get(letter.len_utf8()..)?;
        let changed = format!("{before}{other}{behind}");
        Some(utf8_percent_encode(&changed, &ESCAPED).to_string())
    })
}

fn with_latin_letter_changed(value: &str) -> Option<String> {
    if value.len() < MIN_VALUE || !value.is_ascii() {
        return None;
    }
    let is_hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut bytes = value.as_bytes().to_vec();
    let escapes = |at: usize| {
        (1..=2).any(|back| at >= back && value.as_bytes().get(at - back) == Some(&b'%'))
    };
    let before = (value.len() * 3).div_ceil(4);
    let mut places = (0..before).rev().chain(before..value.len());
    let at =
        places.find(|&at| bytes.get(at).is_some_and(u8::is_ascii_alphabetic) && !escapes(at))?;
    let letter = bytes.get_mut(at)?;
    *letter = match *letter {
        // Stays a hexadecimal digit.
        b'f' | b'F' if is_hex => *letter - 1,
        b'z' => b'y',
        b'Z' => b'Y',
        other => other + 1,
    };
    String::from_utf8(bytes).ok()
}
