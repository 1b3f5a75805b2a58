//! The words of a page, to find a title among them.
//!
//! What a weblog's template, a charset or a sender does to a title on its way does not count: quotation marks, dashes,
//! white space, capitals, markup inside it. What could be read as another word does.

use unicode_normalization::char::is_combining_mark;

use crate::html::Element;
use crate::text;

/// The words of a page in their order, folded and written without what stands between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageWords {
    folded: String,
}

/// The most that is kept of a page's words, in bytes. Ordinary ones stay below the length of the page; a ligature can
/// become eleven times longer.
const MOST: usize = 4 << 20;

/// Under which names a page tells programs what it is called.
const TITLES: [&str; 5] = [
    "og:title",
    "twitter:title",
    "dc:title",
    "dc.title",
    "dcterms.title",
];

impl PageWords {
    /// Whether a text stands in them. One without letters and digits stands nowhere.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        let mut folded = String::new();
        fold(text, &mut folded);
        !folded.is_empty() && self.folded.contains(&folded)
    }

    /// The words themselves, folded: two pages that say the same have the same.
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

    /// Adds a text that stands behind what was added before.
    pub(super) fn add(&mut self, text: &str) {
        if self.folded.len() < MOST {
            fold(text, &mut self.folded);
        }
    }

    /// Ends a text: what follows stands apart.
    pub(super) fn end(&mut self) {
        if self.folded.len() < MOST {
            self.folded.push('\n');
        }
    }

    /// Adds what a `<meta>` says that the page is called, which is no part of the text around it.
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

/// Appends what is read of a text, up to [`MOST`].
fn fold(text: &str, folded: &mut String) {
    text::fold(text, |character| {
        if is_read(character) && folded.len() < MOST {
            folded.push(character);
        }
    });
}

/// Whether a character makes words: letters, marks and digits of every script, Braille, and the symbols that spell.
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
