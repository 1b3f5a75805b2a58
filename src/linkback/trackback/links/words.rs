//! The words of a page, for searching a title in them.
//!
//! Differences that templates, charsets and senders cause do not matter: quotation marks, dashes, white space, case,
//! accents, markup. Any difference in the letters does, and any symbol that the page lacks. A text must begin and end where words of
//! the page do, in scripts that separate words.

use std::collections::BTreeSet;

use crate::html::{Element, Node, decoded_again, strip_markup};
use crate::text;

/// The words of a page in order, folded and joined without separators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageWords {
    folded: String,
    /// Where words begin in it, in scripts that separate words.
    starts: Vec<u32>,
    /// Whether the next letter begins a word.
    is_start: bool,
    /// The symbols among the words, which are not in it.
    symbols: BTreeSet<char>,
}

/// The size limit, in bytes. Folded words are usually shorter than the page, but a ligature can become eleven times longer.
const MOST: usize = 4 << 20;

/// A text of so many bytes, without spaces, may be cut off within a word, where that is said or usual.
const MIN_CUT: usize = 30;

/// A title of so many characters was probably cut off: every program has a limit for titles.
const LONG: usize = 200;

/// The names of `<meta>` elements with a title.
const TITLES: [&str; 5] = [
    "og:title",
    "twitter:title",
    "dc:title",
    "dc.title",
    "dcterms.title",
];

impl PageWords {
    /// Whether they contain a text, or its beginning if it seems to be cut off; false for a text without letters and
    /// digits.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        let end = text.trim_end_matches([']', ')', ' ']);
        let is_cut = end.ends_with('…') || end.ends_with("...");
        self.contains(text, is_cut || text.chars().count() >= LONG)
    }

    /// The same of a text that is often cut off, such as an excerpt.
    #[must_use]
    pub fn has_excerpt(&self, text: &str) -> bool {
        self.contains(text, true)
    }

    /// Whether they begin with a text, which may be cut off.
    #[must_use]
    pub fn begin_with(&self, text: &str) -> bool {
        let wanted = PageWords::of(text).folded;
        !wanted.is_empty() && self.folded.starts_with(&wanted) && self.has(text)
    }

    fn contains(&self, text: &str, is_cut: bool) -> bool {
        let wanted = PageWords::of(text);
        let length = wanted.folded.len();
        let may_be_cut = is_cut && length >= MIN_CUT;
        let stands_at = |at: usize| {
            let here = self.folded.get(at..).unwrap_or_default();
            here.starts_with(&wanted.folded) && (may_be_cut || self.is_break(at + length))
        };
        let Some(first) = wanted.folded.chars().next() else {
            return false;
        };
        wanted.symbols.is_subset(&self.symbols)
            && self.folded.contains(&wanted.folded)
            && match is_unspaced(first) {
                true => {
                    let mut found = self.folded.match_indices(&wanted.folded);
                    found.any(|(at, _)| stands_at(at))
                }
                false => {
                    let mut starts = self.starts.iter();
                    starts.any(|at| usize::try_from(*at).is_ok_and(stands_at))
                }
            }
    }

    /// Whether a word ends at a position.
    fn is_break(&self, at: usize) -> bool {
        let Some((before, behind)) = self.folded.split_at_checked(at) else {
            return false;
        };
        let is_open = |character: Option<char>| character.is_none_or(is_unspaced);
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        is_open(before.chars().next_back())
            || is_open(behind.chars().next())
            || behind.starts_with('\n')
            || self.starts.binary_search(&start).is_ok()
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

    /// Appends a text. An element that begins or ends before it may separate words.
    pub(super) fn add(&mut self, text: &str) {
        self.is_start = true;
        if self.folded.len() >= MOST {
            return;
        }
        text::fold_accents(text, |character| {
            if !is_read(character) {
                self.is_start |= !matches!(character, '\'' | '’' | '\u{2BC}');
                if is_symbol(character) {
                    self.symbols.insert(character);
                }
            } else if self.folded.len() < MOST {
                self.push(character);
            }
        });
    }

    fn push(&mut self, character: char) {
        let before = self.folded.chars().next_back();
        let is_start = self.is_start || before.is_some_and(is_unspaced);
        if is_start
            && !text::is_combining_mark(character)
            && let Ok(at) = u32::try_from(self.folded.len())
        {
            self.starts.push(at);
        }
        self.is_start = false;
        self.folded.push(character);
    }

    /// Appends the picture of a symbol that stands for the symbol itself, as emoji often do.
    pub(super) fn add_picture(&mut self, alt: &str) {
        let is_symbols = alt.len() <= MAX_PICTURE && !alt.is_ascii();
        if is_symbols && !alt.chars().any(char::is_alphabetic) {
            self.add(alt);
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
            self.add_apart(title);
            self.add_readings(title);
        }
    }

    /// Appends a text, separated from those around it.
    pub(super) fn add_apart(&mut self, text: &str) {
        self.end();
        self.add(text);
        self.end();
    }

    /// Adds how else programs read a title: what it is if it was escaped once too often, and without what looks like a
    /// tag, which many remove from the titles that they send.
    pub(super) fn add_readings(&mut self, title: &str) {
        if title.contains('&') {
            self.add_apart(&decoded_again(title));
        }
        if title.contains('<') {
            self.add_apart(&strip_markup(title));
        }
    }
}

/// The words of some elements of a page, such as its headings.
#[derive(Default)]
pub(super) struct ElementWords {
    words: PageWords,
    /// Where the last of them ends.
    end: usize,
    /// The beginning of the text of the last one.
    text: String,
    /// How else their texts are read, and the names of their pictures.
    others: Vec<String>,
}

impl ElementWords {
    /// Begins an element, if it is not in another.
    pub(super) fn begin(&mut self, element: Element<'_>) {
        if element.number() >= self.end {
            self.words.end();
            self.end_text();
            self.end = element.end();
        }
    }

    /// Adds the text of a node, if it is in one of them.
    pub(super) fn add(&mut self, number: usize, text: &str) {
        if number < self.end {
            self.words.add(text);
            let room = MAX_TEXT.saturating_sub(self.text.len());
            let kept = text.get(..text.floor_char_boundary(room));
            self.text.push_str(kept.unwrap_or_default());
        }
    }

    /// The same of a picture: of a symbol, see [`PageWords::add_picture`], or of a title.
    pub(super) fn add_picture(&mut self, number: usize, alt: &str) {
        if number < self.end {
            self.words.add_picture(alt);
            self.others.push(alt.to_owned());
        }
    }

    /// Adds a text that is in none of them.
    pub(super) fn add_apart(&mut self, text: &str) {
        self.words.add_apart(text);
    }

    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.contains('&') {
            self.others.push(decoded_again(&text));
        }
        if text.contains('<') {
            self.others.push(strip_markup(&text));
        }
    }

    /// All words, and behind them the other readings.
    pub(super) fn finish(mut self) -> PageWords {
        self.end_text();
        for text in &self.others {
            self.words.add_apart(text);
        }
        self.words
    }
}

/// The bytes of an element's text that are read without what looks like a tag.
const MAX_TEXT: usize = 1_000;

/// Whether an element is called a title or a name.
pub(super) fn is_named(element: Element<'_>) -> bool {
    element.words("class").any(|class| NAMED.contains(&class))
        || element
            .words("itemprop")
            .any(|name| matches!(name, "name" | "headline" | "author"))
        || element.has_rel("author")
}

/// The classes of titles and names.
const NAMED: [&str; 16] = [
    "p-name",
    "p-author",
    "entry-title",
    "post-title",
    "article-title",
    "title",
    "headline",
    "site-title",
    "site-name",
    "blog-title",
    "blog-name",
    "blogname",
    "navbar-brand",
    "logo",
    "fn",
    "author",
];

/// Whether an element looks like a title: by its class, or as it is in bold or larger type, alone on the first line of its
/// block.
pub(super) fn is_set_as_title(element: Element<'_>) -> bool {
    let has = |class: &str, mark: &str| {
        let mut parts = class.as_bytes().windows(mark.len());
        parts.any(|part| part.eq_ignore_ascii_case(mark.as_bytes()))
    };
    let mut classes = element.words("class");
    classes.any(|class| MARKS.iter().any(|mark| has(class, mark))) || is_first_line(element)
}

/// What is in the classes of titles.
const MARKS: [&str; 4] = ["title", "headline", "heading", "subject"];

fn is_first_line(element: Element<'_>) -> bool {
    let page = element.page();
    let is_blank = |number: &usize| match page.node(*number) {
        Some(Node::Text(text)) => text.trim().is_empty(),
        Some(Node::Comment(_)) => true,
        Some(Node::Element(_)) | None => false,
    };
    let is_large = || {
        ["b", "strong", "big", "font"]
            .iter()
            .any(|name| element.is(name))
    };
    let Some(block) = element
        .parent()
        .filter(|block| is_large() && !block.is_inline())
    else {
        return false;
    };
    let before = block.number() + 1..element.number();
    let mut behind = element.end()..block.end();
    before.len() <= MAX_BLANK
        && before.into_iter().all(|number| is_blank(&number))
        && match behind
            .by_ref()
            .take(MAX_BLANK)
            .find(|number| !is_blank(number))
        {
            Some(next) => {
                (page.element(next)).is_some_and(|next| next.is("br") || !next.is_inline())
            }
            None => behind.is_empty(),
        }
}

/// The most nodes without text between the beginning of a block and a title, and behind that.
const MAX_BLANK: usize = 3;

/// The longest `alt` of a picture of symbols, in bytes: an emoji may consist of ten characters.
const MAX_PICTURE: usize = 64;

/// Whether a character can be part of a word: letters, marks and digits of every script, Braille, and letter symbols.
fn is_read(character: char) -> bool {
    character.is_alphanumeric()
        || text::is_combining_mark(character)
        || matches!(character, '\u{2800}'..='\u{28FF}' | '\u{1F191}'..='\u{1F1FF}')
}

/// Whether a character is of a script that does not separate words: Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese,
/// Yi and others of South-East Asia.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{E00}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{1AAF}'
        | '\u{1B00}'..='\u{1B7F}' | '\u{3005}'..='\u{312F}' | '\u{31A0}'..='\u{31FF}' | '\u{3400}'..='\u{A4CF}'
        | '\u{A980}'..='\u{A9FF}' | '\u{AA60}'..='\u{AADF}' | '\u{F900}'..='\u{FAFF}' | '\u{1B000}'..='\u{1B16F}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a character that is no letter says something: currencies, arrows, pictures. Punctuation, bullets and
/// mathematical signs do not, for templates and charsets change them.
fn is_symbol(character: char) -> bool {
    matches!(character, '$' | '¢'..='¥' | '\u{20A0}'..='\u{20CF}' | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}'
        | '\u{2500}'..='\u{27BF}' | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(title: &str, text: &str) -> bool {
        PageWords::of(text).has(title)
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
            ("Οι δρόμοι", "ΟΙ ΔΡΟΜΟΙ"),
            ("ΑΫΠΝΙΑ ΤΟΥ ΜΑΪΟΥ", "αϋπνία του Μαΐου"),
            ("Ὁδός", "ΟΔΟΣ"),
            ("ᾼ", "ΑΙ"),
            ("Iota: ΐ", "IOTA: Ϊ\u{301}"),
            ("LA FORET D'ETE", "La forêt d’été"),
            ("Crème brûlée", "creme BRULEE"),
            ("Ещё", "ЕЩЕ"),
            ("Việt Nam", "VIET NAM"),
            ("שלום", "שָׁלוֹם"),
            ("كتاب أحمد", "كِتَابٌ احمد"),
            ("o\u{323}\u{301}", "ọ́"),
            ("naïve co\u{AD}operation", "Naïve coop\u{200B}eration"),
        ] {
            assert!(stands(title, text), "`{title}` in `{text}`");
        }
    }

    #[test]
    fn a_title_is_found_in_each_case_in_which_people_write_it() {
        for same in [
            &["ΟΔΟΣ", "Οδός", "οδος", "οδοσ", "Οδο\u{301}ς"][..],
            &[
                "İSTANBUL",
                "Istanbul",
                "istanbul",
                "ıstanbul",
                "i\u{307}stanbul",
                "ISTANBUL",
            ],
            &["DİYARBAKIR", "Diyarbakır", "diyarbakir"],
            &["STRASSE", "Straße", "STRAẞE", "strasse"],
            &["ǅungla", "ǆungla", "ǄUNGLA", "džungla"],
            &["ﬁsh", "FISH", "ﬁſh"],
            &["ΜΆΙΟΣ", "Μάιος", "μαϊος"],
            &["Ა", "ა"],
        ] {
            for (title, text) in same
                .iter()
                .flat_map(|one| same.iter().map(move |two| (one, two)))
            {
                assert!(stands(title, text), "`{title}` in `{text}`");
            }
        }
    }

    #[test]
    fn marks_that_people_do_not_leave_out_are_letters() {
        for (title, text) in [
            ("か", "が"),
            ("は\u{3099}", "ぱ"),
            ("बल", "बिल"),
            ("मा", "मां"),
            ("กน", "กิน"),
            ("T\u{302}\u{302}\u{302}\u{302}itle", "Title"),
            ("T\u{338}itle", "Title"),
            ("T\u{20DD}itle", "Title"),
            ("Øre", "Ore"),
            ("łas", "las"),
        ] {
            assert!(!stands(title, text), "`{title}` in `{text}`");
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
            "itle",
            "ords",
            "A titl",
            "or",
            "A title, and 1",
            "0 more words",
            "A title 💊",
            "€$ A title ►►",
            "$A title",
        ] {
            assert!(!stands(title, page), "`{title}`");
        }
    }

    #[test]
    fn f4_a_title_begins_and_ends_with_a_word() {
        for (title, text, expected) in [
            ("Cats in winter", "Cats in winters", false),
            ("Cats in winter", "Copycats in winter", false),
            ("Cats in winter", "Cats in winters and cats in winter", true),
            ("aba", "xab aba", true),
            ("sex", "Essex", false),
            ("s fine", "It's fine", false),
            ("It's fine", "“It’s fine”, 'it''s fine'", true),
            ("Cats 2", "Cats 25", false),
            ("Cats", "Cats25", false),
            ("Cats → dogs ☂", "Cats → dogs ☂ 🐈", true),
            ("Cats → dogs", "Cats dogs", false),
            ("Cats 🐈", "Cats", false),
            ("I ♥ cats", "I \u{2665}\u{FE0F} cats", true),
            ("Cats ・ My weblog | ©", "Cats › My weblog", true),
            ("猫の話", "今日の猫の話です", true),
            ("猫cats", "黒猫cats", true),
            ("猫cats", "黒猫catsup", false),
            ("第1話", "第1話「猫」", true),
            ("1話", "第21話", false),
            ("แมว", "เรื่องแมวดำ", true),
            ("ແມວ", "ເລື່ອງແມວດຳ", true),
            ("ឆ្មា", "រឿងឆ្មាខ្មៅ", true),
            ("ats", "猫cats", false),
            ("кот", "котлета", false),
            ("coop", "co\u{AD}operation", false),
            ("बिल्ल", "बिल्ली", false),
            ("한국 고양이", "한국 고양이 이야기", true),
        ] {
            assert_eq!(stands(title, text), expected, "`{title}` in `{text}`");
        }
    }

    #[test]
    fn a_text_that_is_cut_off_may_end_within_a_word() {
        let page = PageWords::of("A long title, long enough to be cut off somewhere by a program");
        for end in ["…", "...", " [...]", " […]"] {
            let cut = format!("A long title, long enough to be cut off some{end}");
            assert!(page.has(&cut), "{cut}");
            assert!(page.has_excerpt(&cut), "{cut}");
            assert!(!page.has(&format!("A long tit{end}")));
            assert!(page.has(&format!("A long title{end}")));
            assert!(!page.has(&format!("ong title, long enough to be cut off some{end}")));
        }
        let bare = "A long title, long enough to be cut off some";
        assert!(page.has_excerpt(bare) && !page.has(bare));
        assert!(!page.has_excerpt("A long tit"));
        let long = PageWords::of(&"a word and ".repeat(30));
        let cut = "a word and ".repeat(20) + "a wo";
        assert!(long.has(&cut) && !long.has("a word and a wo"));
    }

    #[test]
    fn s7_many_words_are_searched_in_linear_time() {
        let mut words = PageWords::default();
        words.add(&"aaaa ".repeat(200_000));
        words.add(&"猫".repeat(200_000));
        // Quadratic time would be hours here.
        for title in [
            "a".repeat(250) + "b",
            "猫".repeat(80) + "x",
            "aaaa ".repeat(50) + "b",
        ] {
            assert!(!words.has(&title));
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
