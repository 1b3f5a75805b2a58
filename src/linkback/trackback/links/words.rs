//! The words of a page, for searching a title in them.
//!
//! Differences that templates, charsets and senders cause do not matter: quotation marks, dashes, white space, case,
//! markup. Any difference in the letters does.

use unicode_normalization::char::is_combining_mark;

use crate::html::Element;
use crate::text;

/// The words of a page in order, folded and joined without separators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageWords {
    folded: String,
}

/// The size limit, in bytes. Folded words are usually shorter than the page, but a ligature can become eleven times longer.
const MOST: usize = 4 << 20;

/// The names of `<meta>` elements with a title.
const TITLES: [&str; 5] = [
    "og:title",
    "twitter:title",
    "dc:title",
    "dc.title",
    "dcterms.title",
];

impl PageWords {
    /// Whether they contain a text; false for a text without letters and digits.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        let mut folded = String::new();
        fold(text, &mut folded);
        !folded.is_empty() && self.folded.contains(&folded)
    }

    /// The folded words, equal for two pages with the same text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.folded
    }

    /// The words of a text.
    #[must_use]
    pub fn of(text: &str) -> PageWords {
        let mut words = PageWords::default();
        words.add(text);
        words
    }

    /// Appends a text.
    pub(super) fn add(&mut self, text: &str) {
        if self.folded.len() < MOST {
            fold(text, &mut self.folded);
        }
    }

    /// Separates the next text from the previous one.
    pub(super) fn end(&mut self) {
        if self.folded.len() < MOST {
            self.folded.push('\n');
        }
    }

    /// Adds the title in a `<meta>`, separated from the text around it.
    pub(super) fn add_title(&mut self, element: Element<'_>) {
        let is_title = |name: &str| {
            let value = element.attribute(name).unwrap_or_default();
            TITLES
                .iter()
                .any(|title| title.eq_ignore_ascii_case(value.trim()))
        };
        if (is_title("property") || is_title("name"))
            && let Some(title) = element.attribute("content")
        {
            self.folded.push('\n');
            self.add(title);
            self.folded.push('\n');
        }
    }
}

/// Appends the readable characters of a text, up to [`MOST`].
fn fold(text: &str, folded: &mut String) {
    text::fold(text, |character| {
        if is_read(character) && folded.len() < MOST {
            folded.push(character);
        }
    });
}

/// Whether a character can be part of a word: letters, marks and digits of every script, Braille, and letter symbols.
fn is_read(character: char) -> bool {
    character.is_alphanumeric()
        || is_combining_mark(character)
        || matches!(character, '\u{2800}'..='\u{28FF}' | '\u{1F191}'..='\u{1F1FF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(title: &str, text: &str) -> bool {
        let mut words = PageWords::default();
        words.add(text);
        words.has(title)
    }

    #[test]
    fn a_title_is_found_however_it_is_set() {
        for (title, text) in [
            ("\"It's\" -- 'so'...", "Home: “It’s” – ‘so’…"),
            ("A  title", "a\u{A0}TITLE\n"),
            ("Tom & Jerry", "Tom and Jerry; TOM JERRY"),
            ("cafe\u{301} STRASSE", "Café Straße"),
            ("ΟΔΟΣ", "οδός οδος"),
            ("猫の話", "今日の猫の\n話"),
            ("ｶﾅ", "カナ"),
            ("naïve co\u{AD}operation", "Naïve coop\u{200B}eration"),
        ] {
            assert!(stands(title, text), "`{title}` in `{text}`");
        }
    }

    #[test]
    fn nothing_that_can_be_read_is_added_to_a_title() {
        let page = "A title, and 10 more words";
        for title in [
            "A title pills",
            "A title ｐｉｌｌｓ",
            "A title 𝓹𝓲𝓵𝓵𝓼",
            "A title ⓟⓘⓛⓛⓢ",
            "A title 🅿🅸🅻🅻🆂",
            "A title 🇵🇮🇱🇱🇸",
            "A title 🆓",
            "A title ⠏⠊⠇⠇⠎",
            "A title ➊",
            "A tit\u{336}le",
            "words more",
            "",
            "?!",
            "€@$¥",
            "★☆★",
            "💊💊💊",
        ] {
            assert!(!stands(title, page), "`{title}`");
        }
    }

    #[test]
    fn s7_words_that_grow_are_kept_to_a_limit() {
        let mut words = PageWords::default();
        for _ in 0..30 {
            words.add(&"\u{FDFA}".repeat(10_000));
        }
        assert!(words.folded.len() < MOST + 4, "{}", words.folded.len());
    }
}
