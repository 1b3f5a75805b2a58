//! Whether a text reads like spam, by its form and in any language: stuffed with links, or with the same words
//! over and over.
//!
//! There is no list of words: what is sold changes, and people write about medicines and casinos honestly. Nor does
//! any one habit of honest people (capitals, many signs, a link, a long excerpt) make spam of a ping by itself.
//! It reads the fields as they were before markup was removed.

use std::collections::{HashMap, HashSet};

use crate::linkback::trackback::Form;
use crate::text::{clean, strip_markup};

/// From so many points on it is spam.
const SPAM: usize = 5;
/// How much of a field is read, in characters: a machine repeats itself soon.
const MOST: usize = 2_000;
/// So many words, or letters, for what repeats among them.
const WORDS: usize = 200;
const LETTERS: usize = 240;

/// The signs of spam in the texts of a form; `None` if they are too few.
pub fn spam(form: &Form) -> Option<String> {
    let field = |name| form.get(name).unwrap_or_default();
    spam_in(field("title"), field("excerpt"), field("blog_name"))
}

/// [`spam`] in the three texts, as they came.
pub fn spam_in(title: &str, excerpt: &str, blog_name: &str) -> Option<String> {
    let fields =
        [title, excerpt, blog_name].map(|text| text.chars().take(MOST).collect::<String>());
    let [title, excerpt, blog_name] = &fields;
    let visible = clean(&strip_markup(excerpt));
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut note = |points: usize, what: String| {
        if points > 0 {
            found.push((points, what));
        }
    };
    let links = LinkSyntax::of(excerpt);
    // An entry about other pages names some, and says something about each.
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
    if hides(excerpt) {
        note(if count > 0 { SPAM } else { 2 }, "hidden text".to_owned());
    }
    for text in [
        &clean(&strip_markup(title)),
        &visible,
        &clean(&strip_markup(blog_name)),
    ] {
        if repeats_words(text) || repeats_letters(text) {
            note(SPAM, "the same again and again".to_owned());
            break;
        }
    }
    if shouts(&visible) {
        note(2, "capitals and signs".to_owned());
    }
    let points: usize = found.iter().map(|(points, _)| points).sum();
    if points < SPAM {
        return None;
    }
    let names: Vec<String> = found.into_iter().map(|(_, what)| what).collect();
    Some(names.join(", "))
}

/// How links are written.
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

    /// However they are written; the address within a tag is no second link.
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

/// Whether markup hides what it holds from readers.
fn hides(text: &str) -> bool {
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

/// Whether one word is more than a quarter of all, or few words are used again and again.
fn repeats_words(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS)
        .collect();
    // Articles are short, and so are the names in code; numbers come again in every table.
    let is_long = |word: &&&str| word.chars().filter(|letter| letter.is_alphabetic()).count() >= 3;
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in words.iter().filter(is_long) {
        *counts.entry(word).or_default() += 1;
    }
    let (all, most) = (counts.values().sum::<usize>(), counts.values().max());
    let one = most.is_some_and(|most| *most >= 6 && *most * 4 > words.len());
    one || (all >= 24 && counts.len() * 3 < all)
}

/// Whether the same runs of four letters come again and again, as in scripts without spaces. A run of one letter
/// (`wwwww`) is none.
fn repeats_letters(text: &str) -> bool {
    let mut letters: Vec<char> = text
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .collect();
    letters.dedup();
    letters.truncate(LETTERS);
    let runs: HashSet<&[char]> = letters.windows(4).collect();
    letters.len() >= 60 && runs.len() * 3 < letters.len()
}

/// Whether nearly all is capitals and signs.
fn shouts(text: &str) -> bool {
    let loud = |character: &char| {
        character.is_uppercase() || (character.is_ascii_punctuation() && *character != '.')
    };
    let letters = text.chars().filter(|character| !character.is_whitespace());
    let (all, loud) = (letters.clone().count(), letters.filter(loud).count());
    all >= 40 && loud * 10 > all * 8
}

#[cfg(test)]
mod tests;
