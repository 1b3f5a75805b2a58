//! Scores whether a text looks like spam, by its form and in any language: many links, or the same words repeated.
//!
//! There is no word list: the goods change, and people write honestly about medicines and casinos. No single habit of
//! honest people (capitals, punctuation, a link, a long excerpt) is enough by itself. The fields are scored before markup
//! is removed.

use std::collections::{HashMap, HashSet};

use crate::html::strip_markup;
use crate::linkback::trackback::Form;
use crate::text::clean;

/// The score from which a ping is spam.
const MIN_SPAM_SCORE: usize = 5;
/// How many characters of a field are scored.
const MAX: usize = 2_000;
/// How many words, or letters, are searched for repetitions.
const MAX_WORDS: usize = 200;
const MAX_LETTERS: usize = 240;

/// The signs of spam in the texts of a form; `None` if the score is too low.
pub fn spam_signs(form: &Form) -> Option<String> {
    let field = |name| form.get(name).unwrap_or_default();
    spam_signs_in(field("title"), field("excerpt"), field("blog_name"))
}

/// The same for the three texts, as received.
pub fn spam_signs_in(title: &str, excerpt: &str, blog_name: &str) -> Option<String> {
    let fields = [title, excerpt, blog_name].map(|text| text.chars().take(MAX).collect::<String>());
    let [title, excerpt, blog_name] = &fields;
    let visible = clean(&strip_markup(excerpt));
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut note = |points: usize, what: String| {
        if points > 0 {
            found.push((points, what));
        }
    };
    let links = LinkSyntax::of(excerpt);
    // An entry about other pages links to some, with text about each.
    let free = 3 + visible.chars().count() / 100;
    let count = links.count();
    note(count.saturating_sub(free) * 2, format!("{count} links"));
    let outside = LinkSyntax::of(title).tagged() + LinkSyntax::of(blog_name).tagged();
    note(outside * 3, "links in the title or the name".to_owned());
    let all = LinkSyntax::of(&fields.join("\n"));
    note(all.forum() * 2, "links as in forums".to_owned());
    if all.kinds() > 1 {
        note(3, "links in several notations".to_owned());
    }
    if has_hidden_text(excerpt) {
        note(
            if count > 0 { MIN_SPAM_SCORE } else { 2 },
            "hidden text".to_owned(),
        );
    }
    for text in [
        &clean(&strip_markup(title)),
        &visible,
        &clean(&strip_markup(blog_name)),
    ] {
        if repeats_words(text) || repeats_letters(text) {
            note(MIN_SPAM_SCORE, "the same again and again".to_owned());
            break;
        }
    }
    if is_shouting(&visible) {
        note(2, "capitals and signs".to_owned());
    }
    let points: usize = found.iter().map(|(points, _)| points).sum();
    if points < MIN_SPAM_SCORE {
        return None;
    }
    let names: Vec<String> = found.into_iter().map(|(_, what)| what).collect();
    Some(names.join(", "))
}

/// Counts of links by notation.
struct LinkSyntax {
    /// `http://…` anywhere.
    schemes: usize,
    /// `<a …>`.
    html: usize,
    /// `[url…]`.
    bracketed: usize,
    /// `[link…]`.
    linked: usize,
}

impl LinkSyntax {
    fn of(text: &str) -> LinkSyntax {
        let text = text.to_ascii_lowercase();
        let count = |what: &str| text.matches(what).count();
        // `<a>`, not `<abbr>`.
        let anchors = text
            .split("<a")
            .skip(1)
            .filter(|rest| rest.starts_with(char::is_whitespace));
        LinkSyntax {
            schemes: count("http://") + count("https://"),
            html: anchors.count().max(count("href=")),
            bracketed: count("[url=") + count("[url]"),
            linked: count("[link=") + count("[link]"),
        }
    }

    /// The number of links in any notation; the URL within a tag is not counted twice.
    fn count(&self) -> usize {
        self.schemes.max(self.tagged())
    }

    fn tagged(&self) -> usize {
        self.html + self.forum()
    }

    fn forum(&self) -> usize {
        self.bracketed + self.linked
    }

    fn kinds(&self) -> usize {
        let kinds = [self.html, self.bracketed, self.linked];
        kinds.iter().filter(|count| **count > 0).count()
    }
}

/// Whether markup has_hidden_text its content from readers.
fn has_hidden_text(text: &str) -> bool {
    let mut text = text.to_ascii_lowercase();
    text.retain(|character| !character.is_whitespace());
    text.contains("style=")
        && [
            "display:none",
            "visibility:hidden",
            "font-size:0",
            "overflow:auto;height:1px",
            "left:-",
        ]
        .iter()
        .any(|what| text.contains(what))
}

/// Whether one word makes up more than a quarter of the text, or few words are repeated often.
fn repeats_words(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .collect();
    // Short words (articles, names in code) and numbers (tables) repeat in honest texts.
    let is_long = |word: &&&str| word.chars().filter(|letter| letter.is_alphabetic()).count() >= 3;
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in words.iter().filter(is_long) {
        *counts.entry(word).or_default() += 1;
    }
    let (all, most) = (counts.values().sum::<usize>(), counts.values().max());
    let one = most.is_some_and(|most| *most >= 6 && *most * 4 > words.len());
    one || (all >= 24 && counts.len() * 3 < all)
}

/// Whether the same sequences of four letters repeat, which also works for scripts without spaces. Repeats of one letter
/// (`wwwww`) are ignored.
fn repeats_letters(text: &str) -> bool {
    let mut letters: Vec<char> = text
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .collect();
    letters.dedup();
    letters.truncate(MAX_LETTERS);
    let runs: HashSet<&[char]> = letters.windows(4).collect();
    letters.len() >= 60 && runs.len() * 3 < letters.len()
}

/// Whether the text is nearly all capitals and punctuation.
fn is_shouting(text: &str) -> bool {
    let loud = |character: &char| {
        character.is_uppercase() || (character.is_ascii_punctuation() && *character != '.')
    };
    let letters = text.chars().filter(|character| !character.is_whitespace());
    let (all, loud) = (letters.clone().count(), letters.filter(loud).count());
    all >= 40 && loud * 10 > all * 8
}

#[cfg(test)]
mod tests;
