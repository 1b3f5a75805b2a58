//! The id of what is pinged: an entry, a category, or anything else with a ping URL.
//!
//! tb.cgi replaced every run of bytes outside `[A-Za-z0-9]` by one `_`. ASCII is treated the same; other Unicode letters
//! and digits are kept (in NFC), so that two Japanese ids differ.

use std::fmt;

use crate::error::Refusal;
use crate::text;

/// A checked id: 1 to 128 bytes of letters, digits and `_`, safe as a file name and in HTML; in a URL non-ASCII
/// characters must be percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TbId(String);

impl TbId {
    /// The longest id, in bytes after normalisation. A file name may have 255 bytes, including prefix and suffix.
    pub const MAX_BYTES: usize = 128;

    /// Makes an id from a percent-decoded value; a leading `/` of the path is ignored. Two spellings that differ only in
    /// replaced characters are the same id.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoTbId`] if nothing is left, [`Refusal::BadTbId`] for control characters, bytes that
    /// are not UTF-8 and a `..` between slashes, [`Refusal::TbIdTooLong`] over 128 bytes.
    pub fn new(raw: &[u8]) -> Result<TbId, Refusal> {
        let text = std::str::from_utf8(raw).map_err(|_| Refusal::BadTbId)?;
        let text = text.strip_prefix('/').unwrap_or(text);
        if text.is_empty() {
            return Err(Refusal::NoTbId);
        }
        if text.chars().any(char::is_control) || text.split(['/', '\\']).any(|part| part == "..") {
            return Err(Refusal::BadTbId);
        }
        let mut id = String::with_capacity(text.len());
        for character in text::nfc(text) {
            // A vowel sign or a tone mark belongs to the letter before it.
            let marks = text::is_combining_mark(character) && !id.is_empty() && !id.ends_with('_');
            if character.is_alphanumeric() || marks {
                id.push(character);
            } else if !id.ends_with('_') {
                // `_` itself is outside tb.cgi's class too: a run of them is one.
                id.push('_');
            }
        }
        if id.len() > TbId::MAX_BYTES {
            return Err(Refusal::TbIdTooLong);
        }
        Ok(TbId(id))
    }

    /// The id, as used in file names and URLs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(raw: impl AsRef<[u8]>) -> Result<String, Refusal> {
        TbId::new(raw.as_ref()).map(|id| id.to_string())
    }

    #[test]
    fn ascii_is_munged_as_tb_cgi_did() {
        for (raw, munged) in [
            ("foo", "foo"),
            ("/foo", "foo"),
            ("foo/bar", "foo_bar"),
            ("//foo/", "_foo_"),
            ("a--b", "a_b"),
            ("a__b", "a_b"),
            ("a b", "a_b"),
            ("a.b", "a_b"),
            ("2004/05/entry.html", "2004_05_entry_html"),
            (".config", "_config"),
            ("a..b", "a_b"),
            ("_", "_"),
            ("!", "_"),
            ("<script>", "_script_"),
        ] {
            assert_eq!(id(raw), Ok(munged.to_owned()), "{raw}");
        }
    }

    #[test]
    fn letters_of_all_scripts_make_ids_of_their_own() {
        for (raw, kept) in [
            ("猫の話", "猫の話"),
            ("/日記/二〇〇四年", "日記_二〇〇四年"),
            ("Ünïcode № 5", "Ünïcode_5"),
            ("٣٤", "٣٤"),
            ("猫\u{3000}犬", "猫_犬"),
            ("a\u{202E}b", "a_b"),
            ("👩‍🚀", "_"),
        ] {
            assert_eq!(id(raw), Ok(kept.to_owned()), "{raw}");
        }
    }

    #[test]
    fn composed_and_decomposed_spellings_are_one_id() {
        assert_eq!(id("cafe\u{301}"), Ok("caf\u{E9}".to_owned()));
        assert_eq!(id("か\u{3099}"), id("が"));
    }

    #[test]
    fn a_mark_stays_with_its_letter() {
        assert_eq!(id("हिन्दी").unwrap(), "हिन्दी");
        assert_ne!(id("ข่า").unwrap(), id("ข้า").unwrap());
        assert_eq!(id("\u{301}a").unwrap(), "_a");
    }

    #[test]
    fn no_id_is_no_tb_id() {
        assert_eq!(id(""), Err(Refusal::NoTbId));
        assert_eq!(id("/"), Err(Refusal::NoTbId));
    }

    #[test]
    fn s2_ids_that_climb_or_hide_bytes_are_refused() {
        for raw in [
            b"../../etc/passwd".as_slice(),
            b"..",
            b"/../x",
            b"a/..",
            b"a\\..\\b",
            b"a\0",
            b"\x7f",
            b"a\nb",
            b"\xFF",
            b"a\xC0\xAF",
            b"\xED\xA0\x80",
        ] {
            assert_eq!(id(raw), Err(Refusal::BadTbId), "{}", raw.escape_ascii());
        }
    }

    #[test]
    fn s7_an_id_has_at_most_128_bytes_after_munging() {
        assert!(id("a".repeat(128)).is_ok());
        assert_eq!(id("a".repeat(129)), Err(Refusal::TbIdTooLong));
        assert!(id("猫".repeat(42)).is_ok());
        assert_eq!(id("猫".repeat(43)), Err(Refusal::TbIdTooLong));
        assert_eq!(id(".".repeat(200)), Ok("_".to_owned()));
    }

    #[test]
    fn s2_a_letter_that_composes_with_the_one_before_it_gives_an_id_that_is_read_again() {
        let found = TbId::new("A\u{dca}".as_bytes()).unwrap();
        assert_eq!(TbId::new(found.as_str().as_bytes()), Ok(found));
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn s2_an_id_is_a_harmless_file_name(raw: Vec<u8>, text in "(?s)(\\.|/|_|-|[a-zA-Z0-9]|\\PC|.){0,150}") {
            for raw in [raw.as_slice(), text.as_bytes()] {
                let Ok(id) = TbId::new(raw) else { continue };
                prop_assert!((1..=TbId::MAX_BYTES).contains(&id.as_str().len()));
                prop_assert!(id.as_str().chars().all(|letter| letter.is_alphanumeric() || letter == '_' || text::is_combining_mark(letter)));
                prop_assert!(!id.as_str().contains("__"));
                prop_assert_eq!(TbId::new(id.as_str().as_bytes()), Ok(id));
            }
        }

        #[test]
        fn ascii_ids_follow_tb_cgis_pattern(text in "[ -~]{1,100}") {
            prop_assume!(!text.contains("..") && !text.starts_with('/'));
            let mut munged = String::new();
            for run in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
                let letters = run.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
                munged.push_str(letters);
                if letters.len() < run.len() && !munged.ends_with('_') {
                    munged.push('_');
                }
            }
            prop_assert_eq!(id(&text), Ok(munged));
        }
    }
}
