//! A sketch (SimHash) of a page's words, which recognises the page after it was edited.
//!
//! Each bit is the majority of that bit in the hashes of the distinct words (Charikar). If two texts share nine tenths of
//! their words, about 37 of the 256 bits differ; with four fifths, 52; between unrelated texts, 128. The standard
//! deviation is about 6.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::text::hex;

/// Bytes of a sketch.
const BYTES: usize = 32;

/// Sketches that differ in at most this many bits count as the same text.
const MAX_DIFFERENT_BITS: u32 = 48;

/// Texts with fewer distinct words get no sketch.
const MIN_WORDS: usize = 8;

/// Further distinct words are ignored.
const MAX_WORDS: usize = 20_000;

/// The sketch of a text, in hexadecimal; empty if the text is too short.
pub(super) fn sketch(text: &str) -> String {
    let words = words(text);
    if words.len() < MIN_WORDS {
        return String::new();
    }
    let mut sums = [0_i32; BYTES * 8];
    for word in &words {
        let hash = Sha256::digest(word);
        let bits = hash
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1));
        for (sum, bit) in sums.iter_mut().zip(bits) {
            *sum += i32::from(bit) * 2 - 1;
        }
    }
    let bytes: Vec<u8> = sums
        .chunks(8)
        .map(|sums| {
            sums.iter()
                .rev()
                .fold(0, |byte, sum| byte << 1 | u8::from(*sum > 0))
        })
        .collect();
    hex(&bytes)
}

/// Whether two sketches are of mostly the same text.
pub(super) fn is_alike(one: &str, other: &str) -> bool {
    let digits = |text: &str| {
        text.chars()
            .map(|digit| digit.to_digit(16))
            .collect::<Option<Vec<u32>>>()
    };
    match (digits(one), digits(other)) {
        (Some(one), Some(other)) if one.len() == BYTES * 2 && other.len() == BYTES * 2 => {
            let unlike = one
                .iter()
                .zip(&other)
                .map(|(one, other)| (one ^ other).count_ones());
            unlike.sum::<u32>() <= MAX_DIFFERENT_BITS
        }
        _ => false,
    }
}

/// The distinct words of a text; for scripts without spaces, each pair of adjacent characters.
fn words(text: &str) -> HashSet<String> {
    let mut words = HashSet::new();
    for word in text.split(|character: char| !character.is_alphanumeric()) {
        if words.len() >= MAX_WORDS {
            break;
        }
        let characters: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
        if characters.iter().any(|character| *character >= '\u{2E80}') {
            words.extend(
                characters
                    .windows(2)
                    .map(|pair| pair.iter().collect::<String>()),
            );
        } else if !characters.is_empty() {
            words.insert(characters.into_iter().collect());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: std::ops::Range<u32>) -> String {
        words.map(|number| format!("Word{number} ")).collect()
    }

    #[test]
    fn f4_a_text_of_which_a_tenth_is_edited_is_known_again_and_another_is_not() {
        for size in [20, 60, 200, 1000, 5000] {
            let whole = sketch(&text(0..size));
            for (other, expected) in [
                (text(0..size), true),
                (text(0..size).to_uppercase(), true),
                (text(0..size + size / 10), true),
                (text(size / 20..size), true),
                (text(size / 20..size + size / 20), true),
                (text(size / 2..size * 3 / 2), false),
                (text(size..size * 2), false),
                (text(0..size / 2), false),
                (text(0..size * 2), false),
            ] {
                assert_eq!(
                    is_alike(&whole, &sketch(&other)),
                    expected,
                    "{size}: {other}"
                );
            }
        }
    }

    #[test]
    fn texts_without_spaces_have_words() {
        let text = "我今天读了一篇关于猫的文章，写得很好，我很喜欢它，所以在这里推荐给大家。";
        let other = "昨天晚上下了一场大雨，河水涨得很高，村里的人们都去看热闹，直到深夜才回家。";
        let edited = text.replace("今天", "昨天");
        assert!(is_alike(&sketch(text), &sketch(&edited)));
        assert!(!is_alike(&sketch(text), &sketch(other)));
    }

    #[test]
    fn what_says_too_little_or_is_no_sketch_is_like_nothing() {
        assert_eq!(sketch("a b c d e f g"), "");
        assert_eq!(sketch("a a a a a a a a a a a"), "");
        let whole = sketch("a b c d e f g h");
        assert_eq!(whole.len(), 64);
        assert!(is_alike(&whole, &whole));
        for other in [
            "",
            "0",
            "xyz",
            whole.get(..63).unwrap(),
            &format!("{whole}0"),
        ] {
            assert!(
                !is_alike(&whole, other) && !is_alike(other, other),
                "{other}"
            );
        }
    }
}
