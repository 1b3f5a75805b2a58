//! What a page says with other values in its address, and whether it merely repeats them. Pure.

use url::Url;

use super::link_check::LinkTarget;
use super::reflection::{self, Altered};
use super::spelling;
use crate::linkback::trackback::links::{Links, PageWords};

/// The shortest word, in bytes, that tells where a text comes from.
const MIN_WORD: usize = 3;

/// A page that was requested with other values in its address.
#[derive(Debug)]
pub(super) struct AlteredPage {
    pub(super) altered: Altered,
    pub(super) links: Links,
}

impl AlteredPage {
    /// Whether `link` on the page itself is, or may be, made from the values, in an encoding that is not known.
    pub(super) fn is_hidden_echo(&self, link: &Url) -> bool {
        let shown = &self.links.shown;
        !shown.contains(link)
            && (self.altered.may_be_packed
                || shown
                    .iter()
                    .any(|url| reflection::is_nearly_equal(url, link, self.altered.changed)))
    }

    /// Whether it repeats a value, and a word of that value stands in one of `texts`, which `own` has: the page with the
    /// address `source`, and the link on it. Whoever sends the address chooses that word.
    pub(super) fn repeats_words(
        &self,
        (source, link): (&Url, &Url),
        own: &Links,
        texts: [&String; 3],
    ) -> bool {
        let texts = SaidWords::of(texts);
        let is_said = |word: &str| texts.has(word);
        let changed = reflection::changed_parts(source, &self.altered.address);
        // A page may show only a part of a value.
        let repeats = |changed: &str| says(&self.links, changed) && !says(own, changed);
        // Nothing may be found for other words, whatever else the page shows; those that were found still are the sender's.
        let is_sought = |sought: &String| {
            let is_found = says(own, sought) && !says(&self.links, sought);
            is_found && words(sought).any(|word| is_word(&word) && is_said(word))
        };
        let is_missing = !self.links.shown.contains(link);
        if is_missing && reflection::searched(source).iter().any(is_sought) {
            return true;
        }
        changed.iter().any(|(value, changed)| {
            let numbers = (reflection::number(value), reflection::number(changed));
            if let (Some(number), Some(other)) = numbers
                && number != other
                && repeats(&other)
                && is_said(&number)
            {
                return true;
            }
            let is_whole = repeats(changed);
            let mut words = words(value).zip(words(changed));
            words.any(|(word, changed)| {
                let is_repeated =
                    is_whole || (word != changed && is_word(&changed) && repeats(changed));
                is_word(&word) && is_repeated && texts.has_part(word)
            })
        })
    }
}

fn is_word(word: &&str) -> bool {
    word.len() >= MIN_WORD && word.contains(char::is_alphabetic)
}

/// The words of a ping's texts: its title, its excerpt and the weblog's name.
pub(super) struct SaidWords([PageWords; 3]);

impl SaidWords {
    pub(super) fn of(texts: [&String; 3]) -> SaidWords {
        SaidWords(texts.map(|text| PageWords::of(text)))
    }

    fn has(&self, word: &str) -> bool {
        self.0.iter().any(|text| text.has(word))
    }

    /// Whether a word stands there, or two of its characters do where words are not separated.
    fn has_part(&self, word: &str) -> bool {
        self.0.iter().any(|text| has_part(text, word))
    }

    /// Whether a word of an address, in any encoding that is known, stands there.
    pub(super) fn stand_in(&self, address: &Url) -> bool {
        let mut parts = reflection::parts(address);
        parts.any(|part| self.share_of(part) > 0)
    }

    /// How much of a part of an address stands there; what is in the title counts before all else.
    pub(super) fn share_of(&self, part: &str) -> usize {
        let readings = spelling::readings(part);
        let all = || readings.iter().flat_map(|text| words(text)).filter(is_word);
        let share = |text: &PageWords| {
            let said = all().filter(|word| has_part(text, word));
            said.map(str::len).sum::<usize>()
        };
        let [title, others @ ..] = &self.0;
        share(title) * MOST_OF_A_PART + others.iter().map(share).sum::<usize>()
    }
}

/// No part of an address has more bytes of words.
const MOST_OF_A_PART: usize = 1 << 16;

fn has_part(text: &PageWords, word: &str) -> bool {
    let pairs = word.chars().zip(word.chars().skip(1));
    let mut pairs = pairs.filter(|(first, _)| !first.is_ascii());
    text.has(word) || pairs.any(|(first, second)| text.has(&format!("{first}{second}")))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
}

/// Whether `link`, and any other to the target, is on `other` as well, a page where no entry is, and one of the texts is
/// not: where a page shows its address, whoever sends that chooses what it says.
pub(super) fn is_site_wide(
    own: &Links,
    other: &Links,
    (link, target): (&Url, LinkTarget<'_>),
    said: [&String; 3],
) -> bool {
    let mut links = own.shown.iter().filter(|url| target.is_target(url));
    let is_everywhere = other.shown.contains(link) && links.all(|url| other.shown.contains(url));
    let is_only_here = |text: &&String| {
        !text.is_empty() && says(own, text.as_str()) && !says(other, text.as_str())
    };
    is_everywhere && said.iter().any(is_only_here)
}

/// Whether a page has a text, visibly or in its metadata.
fn says(page: &Links, text: &str) -> bool {
    let says = &page.says;
    page.words.has(text)
        || [&says.description, &says.site_name]
            .into_iter()
            .any(|said| PageWords::of(said).has(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkback::trackback::links::links;

    #[test]
    fn f4_a_page_that_repeats_a_value_is_known_by_the_changed_one() {
        let page = |words: &str| {
            let html = format!(
                "<title>Search: {words}</title><meta name=description content='On {words}'>\
                 <p>All about the cats</p>"
            );
            links(
                html.as_bytes(),
                None,
                &Url::parse("https://e.example/").unwrap(),
            )
            .unwrap()
        };
        let source = Url::parse("https://e.example/?q=Buy+cheap+pills").unwrap();
        let own = page("Buy cheap pills");
        for (other, title, expected) in [
            ("Buz chebp pilms", "Search: Buy cheap pills", true),
            ("Buz chebp pilms", "Cheap pills", true),
            ("“buz CHEBP pilms”", "pills", true),
            // A part of the value.
            ("Buz che…", "Search: Buy che…", true),
            ("chebp", "cheap", true),
            ("Chebp: pilms & more", "Cheap: pills & more", true),
            // Words that are not of the value.
            ("Buz chebp pilms", "All about the cats", false),
            // Neither the words nor the link are found for others.
            ("Nothing was found", "Buy cheap pills", true),
            // Another page.
            ("Nothing was found", "All about the cats", false),
            ("Buy cheap pills", "Buy cheap pills", false),
        ] {
            assert_repeats((&source, &own), page(other), title, expected);
        }
    }

    #[track_caller]
    fn assert_repeats((source, own): (&Url, &Links), other: Links, title: &str, expected: bool) {
        let altered = AlteredPage {
            altered: reflection::altered(source).unwrap(),
            links: other,
        };
        let link = Url::parse("https://blog.example/that/").unwrap();
        let none = String::new();
        for texts in [
            [&title.to_owned(), &none, &none],
            [&none, &title.to_owned(), &none],
            [&none, &none, &title.to_owned()],
        ] {
            let repeats = altered.repeats_words((source, &link), own, texts);
            assert_eq!(repeats, expected, "{source}: {title}");
        }
    }

    #[test]
    fn f4_what_was_sought_and_a_number_of_the_address_are_no_words_of_the_page() {
        let page = |words: &str| {
            let html =
                format!("<meta property=og:site_name content='{words}'><p>On cats: {words}</p>");
            links(
                html.as_bytes(),
                None,
                &Url::parse("https://e.example/").unwrap(),
            )
            .unwrap()
        };
        let none = Links::default;
        for (address, own, other, title, expected) in [
            // Nothing is found for other words.
            ("?q=cheap+pills", "cheap pills", none(), "Cheap pills", true),
            ("?s=cheap%20pills", "cheap pills", none(), "Pills", true),
            (
                "search/cheap+pills/",
                "cheap pills",
                none(),
                "Cheap pills",
                true,
            ),
            ("?q=cheap+pills", "cheap pills", none(), "On cats", false),
            ("?q=cheap+pills", "about it", none(), "About it", false),
            (
                "?q=cheap+pills",
                "cheap pills",
                page("x <a href=https://blog.example/that/>that</a>"),
                "Cheap pills",
                false,
            ),
            // A menu and a message are not what was sought.
            (
                "?s=cheap+pills",
                "cheap pills",
                page("Nothing found"),
                "Cheap pills",
                true,
            ),
            (
                "?s=cheap+pills",
                "cheap pills",
                page("Cheap pills"),
                "Cheap pills",
                false,
            ),
            // Names of pages.
            (
                "?q=cheap-pills",
                "cheap pills",
                none(),
                "Cheap pills",
                false,
            ),
            (
                "?title=cheap+pills",
                "cheap pills",
                none(),
                "Cheap pills",
                false,
            ),
            (
                "tags/cheap+pills",
                "cheap pills",
                none(),
                "Cheap pills",
                false,
            ),
            // A page that repeats the digits alone.
            (
                "?q=0800-123456",
                "0800123456",
                page("0800123459"),
                "0800123456",
                true,
            ),
            (
                "?q=Call+0800+123456",
                "0800 123456",
                page("0800 123459"),
                "0800 123456",
                true,
            ),
            (
                "?q=0800-123456",
                "0800123456",
                page("0800123459"),
                "On cats",
                false,
            ),
            (
                "?q=0800-123456",
                "0800123456",
                page("0800123456"),
                "0800123456",
                false,
            ),
            // One that takes its name from the path.
            (
                "say/Cheap+pills",
                "Cheap pills",
                page("Chebp pilms"),
                "Cheap pills",
                true,
            ),
            (
                "wiki/Cheap+pills",
                "Cheap pills",
                none(),
                "Cheap pills",
                false,
            ),
        ] {
            let source = Url::parse("https://e.example/")
                .unwrap()
                .join(address)
                .unwrap();
            assert_repeats((&source, &page(own)), other, title, expected);
        }
    }

    #[test]
    fn f6_the_words_of_a_ping_are_found_in_its_address_however_they_are_written_there() {
        let (title, none) = (
            "Search Results for: Cheap viagra 激安販売".to_owned(),
            String::new(),
        );
        let words = SaidWords::of([&title, &none, &none]);
        for (address, other) in [
            ("search/viagra/", Some("search/viagsa/")),
            ("cheap-viagra-sale.html", Some("chebp-viagsa-same.html")),
            ("viagra/page/", Some("viagsa/page/")),
            (
                "%E6%BF%80%E5%AE%89%E8%B2%A9%E5%A3%B2",
                Some("%E6%BF%80%E5%AE%89%E8%B2%A9%E5%A3%B3"),
            ),
            (
                "tag/Y2hlYXAgdmlhZ3JhIHNhbGU",
                Some("tag/Y2hlYXAgdmlhZ3JhIINhbGU"),
            ),
            ("tag/MNUGKYLQEB3GSYLHOJQQ", Some("tag/MNUGKYLQEB3GSYMHOJQQ")),
            ("?q=viagra", None),
        ] {
            let address = Url::parse(&format!("https://e.example/{address}")).unwrap();
            assert!(words.stand_in(&address), "{address}");
            let changed = reflection::neighbour(&address, |name| words.share_of(name));
            let changed = changed.map(|url| url.path().trim_start_matches('/').to_owned());
            assert_eq!(changed.as_deref(), other);
        }
        for address in ["", "2026/11/my-first-post/", "?p=12", "tag/pills"] {
            let address = Url::parse(&format!("https://e.example/{address}")).unwrap();
            assert!(!words.stand_in(&address), "{address}");
        }
    }

    #[test]
    fn f6_of_several_words_in_a_path_each_is_changed_and_the_kind_of_the_page_stays() {
        for (address, expected) in [
            ("cheap.viagra.sale", "chebp.viagsa.same"),
            ("cheap-viagra.html", "chebp-viagsa.html"),
            ("a/hello/", "a/helmo/"),
            ("2026/11/28", ""),
        ] {
            let address = Url::parse(&format!("https://e.example/{address}")).unwrap();
            let other = reflection::neighbour(&address, |_| 0);
            let path = other
                .as_ref()
                .map_or("", |url| url.path().trim_start_matches('/'));
            assert_eq!(path, expected);
        }
    }
}
