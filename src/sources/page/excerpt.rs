//! The text around a link, for the excerpt of a ping.

use unicode_segmentation::GraphemeCursor;

use crate::sources::entry::MAX_AROUND;
use crate::text::crop;

/// The marks where the text was cut.
const CUT_BEFORE: &str = "[…] ";
const CUT_BEHIND: &str = " […]";
/// The length of a mark, in characters.
const CUT: usize = 4;
/// How far a cut moves towards the link to fall between words; text without spaces is cut between characters.
const TO_A_SPACE: usize = 24;

/// At most [`MAX_AROUND`] characters of `text`, with the part from `start` to `end` (in bytes, at character boundaries)
/// in the middle. `text` is clean: one line, no white space at its ends.
pub(crate) fn around(text: &str, start: usize, end: usize) -> String {
    let (Some(before), Some(link), Some(behind)) =
        (text.get(..start), text.get(start..end), text.get(end..))
    else {
        return String::new();
    };
    let most = MAX_AROUND - 2 * CUT;
    let length = link.chars().take(most + 1).count();
    if length >= most {
        // The link's own text is too long for anything else.
        let kept = crop(link, most, "");
        let whole = before.is_empty() && behind.is_empty() && kept.len() == link.len();
        return if whole {
            link.trim().to_owned()
        } else {
            format!("{CUT_BEFORE}{}{CUT_BEHIND}", kept.trim())
        };
    }
    let room = most - length;
    let available_before = before.chars().rev().take(room).count();
    let available_behind = behind.chars().take(room).count();
    // A side that is short leaves its space to the other.
    let half = room / 2;
    let for_before = available_before.min(half.max(room - available_behind.min(room)));
    let for_behind = available_behind.min(room - for_before);
    let before = tail(before, for_before);
    let behind = head(behind, for_behind);
    let middle = format!("{}{link}{}", before.0, behind.0);
    let mark_before = if before.1 == Cut::Yes { CUT_BEFORE } else { "" };
    let mark_behind = if behind.1 == Cut::Yes { CUT_BEHIND } else { "" };
    format!("{mark_before}{}{mark_behind}", middle.trim())
}

/// Whether something was left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Yes,
    No,
}

/// The last `most` characters, or fewer to avoid splitting a word.
fn tail(text: &str, most: usize) -> (&str, Cut) {
    let Some((at, _)) = text.char_indices().rev().nth(most.saturating_sub(1)) else {
        return (text, Cut::No);
    };
    let at = if most == 0 { text.len() } else { at };
    let kept = text.get(at..).unwrap_or_default();
    let before = text.get(..at).unwrap_or_default();
    if before.is_empty() {
        return (kept, Cut::No);
    }
    if before.ends_with(' ') || kept.starts_with(' ') {
        return (kept, Cut::Yes);
    }
    let space = kept
        .char_indices()
        .take(TO_A_SPACE)
        .find(|(_, character)| *character == ' ');
    let from = match space {
        Some((space, _)) => space,
        None => first_boundary(text, at) - at,
    };
    (kept.get(from..).unwrap_or_default(), Cut::Yes)
}

/// The first `most` characters, or fewer to avoid splitting a word.
fn head(text: &str, most: usize) -> (&str, Cut) {
    let Some((at, next)) = text.char_indices().nth(most) else {
        return (text, Cut::No);
    };
    let kept = text.get(..at).unwrap_or_default();
    if next == ' ' || kept.ends_with(' ') {
        return (kept, Cut::Yes);
    }
    let mut last = kept.char_indices().rev().take(TO_A_SPACE);
    let to = match last.find(|(_, character)| *character == ' ') {
        Some((space, _)) => space,
        None => last_boundary(text, at),
    };
    (kept.get(..to).unwrap_or_default(), Cut::Yes)
}

/// How many bytes before a position are searched for the beginning of a grapheme.
const CONTEXT: usize = 256;

/// The first position from `at` on where a grapheme begins.
fn first_boundary(text: &str, at: usize) -> usize {
    let (window, offset) = window(text, at);
    let mut cursor = GraphemeCursor::new(at - offset, window.len(), true);
    match cursor.is_boundary(window, 0) {
        Ok(true) => at,
        _ => match cursor.next_boundary(window, 0) {
            Ok(Some(next)) => offset + next,
            _ => at,
        },
    }
}

/// The last position up to `at` where a grapheme begins.
fn last_boundary(text: &str, at: usize) -> usize {
    let (window, offset) = window(text, at);
    let mut cursor = GraphemeCursor::new(at - offset, window.len(), true);
    match cursor.is_boundary(window, 0) {
        Ok(true) => at,
        _ => match cursor.prev_boundary(window, 0) {
            Ok(Some(previous)) => offset + previous,
            _ => at,
        },
    }
}

/// A part of the text around a position, and its offset.
fn window(text: &str, at: usize) -> (&str, usize) {
    let from = text.floor_char_boundary(at.saturating_sub(CONTEXT));
    let to = text.ceil_char_boundary(at.saturating_add(CONTEXT).min(text.len()));
    (text.get(from..to).unwrap_or_default(), from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(before: &str, link: &str, behind: &str) -> String {
        let text = format!("{before}{link}{behind}");
        around(&text, before.len(), before.len() + link.len())
    }

    #[test]
    fn a_short_text_is_given_whole() {
        assert_eq!(of("See ", "this", " for more."), "See this for more.");
        assert_eq!(of("", "this", ""), "this");
        assert_eq!(of("See ", "", ""), "See");
    }

    #[test]
    fn a_long_text_is_cut_between_words_on_both_sides() {
        let words = "word ".repeat(100);
        let got = of(&words, "the link", &format!(" {}", words.trim_end()));
        assert!(
            got.starts_with("[…] word ") && got.ends_with(" word […]"),
            "{got}"
        );
        assert!(got.contains("word the link word"));
        let count = got.chars().count();
        assert!((240..=MAX_AROUND).contains(&count), "{count}");
        let at = got.find("the link").unwrap();
        assert!((100..150).contains(&at), "{at}");
    }

    #[test]
    fn one_side_has_what_the_other_does_not_need() {
        let words = " word".repeat(100);
        let got = of("See ", "this", &words);
        assert!(
            got.starts_with("See this word") && got.ends_with(" […]"),
            "{got}"
        );
        assert!(got.chars().count() > 230, "{got}");
        let got = of(words.trim_start(), " this", ".");
        assert!(
            got.starts_with("[…] word") && got.ends_with("word this."),
            "{got}"
        );
        assert!(got.chars().count() > 230, "{got}");
    }

    #[test]
    fn text_without_spaces_is_cut_between_characters() {
        let got = of(&"猫".repeat(300), "リンク", &"犬が".repeat(300));
        assert_eq!(got.chars().count(), MAX_AROUND, "{got}");
        assert!(
            got.starts_with("[…] 猫") && got.contains("猫リンク犬が"),
            "{got}"
        );
        let accents = "e\u{301}".repeat(200);
        let got = of(&accents, "x", &accents);
        assert!(
            got.starts_with("[…] e\u{301}") && got.ends_with("e\u{301} […]"),
            "{got}"
        );
        let family = "👩‍👩‍👧".repeat(100);
        let got = of(&family, "x", &family);
        assert!(
            got.starts_with("[…] 👩‍👩‍👧") && got.ends_with("👩‍👩‍👧 […]"),
            "{got}"
        );
    }

    #[test]
    fn a_link_that_is_too_long_is_cut_too() {
        let got = of("a ", &"long ".repeat(100), "b");
        assert!(
            got.starts_with("[…] long") && got.ends_with("long […]"),
            "{got}"
        );
        assert!(got.chars().count() <= MAX_AROUND);
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn it_is_never_too_long_and_holds_a_short_link(before in "\\PC{0,300}", link in "[a-z]{1,40}", behind in "\\PC{0,300}") {
            let got = of(&before, &link, &behind);
            prop_assert!(got.chars().count() <= MAX_AROUND, "{}", got);
            prop_assert!(got.contains(&link));
        }
    }
}
