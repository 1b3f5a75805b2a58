//! The date and the author of an entry, where they stand at its text without being part of it, and which of its links
//! belong to the page.

use std::ops::Range;

use url::Url;

use super::boilerplate::{Within, is_aside, is_aside_within};
use crate::html::{Base, Element, Node};
use crate::sources::date;
use crate::text::{clean, is_combining_mark};
use crate::urls::bare_host;

/// Words of `rel` on links that belong to the page, not to the text.
pub(super) const NO_CONTENT: [&str; 8] = [
    "tag",
    "author",
    "me",
    "license",
    "prev",
    "next",
    "bookmark",
    "trackback",
];

/// Where share buttons lead, without `www.`.
const SHARE_BUTTONS: [&str; 13] = [
    "twitter.com/intent/",
    "twitter.com/share",
    "x.com/intent/",
    "facebook.com/sharer",
    "facebook.com/share.php",
    "linkedin.com/sharearticle",
    "linkedin.com/sharing/",
    "reddit.com/submit",
    "news.ycombinator.com/submitlink",
    "pinterest.com/pin/create/",
    "t.me/share/",
    "api.whatsapp.com/send",
    "getpocket.com/save",
];

/// Classes of the date and the author of an entry.
const BYLINE: [&str; 14] = [
    "dt-published",
    "dt-updated",
    "published",
    "updated",
    "date",
    "post-date",
    "entry-date",
    "post-time",
    "p-name",
    "entry-title",
    "post-title",
    "meta",
    "p-author",
    "reading-time",
];

/// The longest line, in bytes, that may be a date with its surroundings.
pub(super) const MAX_BYLINE: usize = 120;

/// So many nodes are more than a date with its surroundings.
const MAX_NODES: usize = 200;

/// Whether an element says that it is the date or the author of an entry.
pub(super) fn is_byline(element: Element<'_>) -> bool {
    element.is("time") || BYLINE.iter().any(|class| element.has_class(class))
}

/// Whether the author links from an element to another site, or it is too large to find out: then it is text.
pub(super) fn leads_elsewhere(element: Element<'_>, base: &Base, own: &Url) -> bool {
    let page = element.page();
    let is_text = |link: Element<'_>| {
        let mut around = std::iter::successors(Some(link), |inner| inner.parent())
            .take_while(|around| around.number() >= element.number());
        !NO_CONTENT.iter().any(|word| link.has_rel(word)) && !around.any(is_aside)
    };
    let is_elsewhere =
        |to: Url| bare_host(&to) != bare_host(own) && to.has_host() && !is_share_button(&to);
    element.inside().len() > MAX_NODES
        || page
            .elements(element.number()..element.end())
            .filter(|inner| inner.is("a") && is_text(*inner))
            .filter_map(|link| base.join(link.attribute("href")?))
            .any(is_elsewhere)
}

/// The text of an element outside the `<time>` elements in it.
pub(super) fn text_beside_time(element: Element<'_>) -> String {
    let page = element.page();
    let (mut text, mut time_end) = (String::new(), 0);
    for number in element.inside().take(MAX_NODES) {
        match page.node(number) {
            Some(Node::Element(inner)) if inner.is("time") => time_end = inner.end(),
            Some(Node::Text(piece)) if number >= time_end => text.push_str(piece),
            Some(Node::Element(_) | Node::Text(_) | Node::Comment(_)) | None => {}
        }
    }
    clean(&text)
}

/// Whether a line says how long an entry takes to read, which no text of its author does.
pub(super) fn tells_reading_time(line: &str) -> bool {
    const PHRASES: [&str; 14] = [
        "min read",
        "mins read",
        "minute read",
        "minutes read",
        "reading time",
        "lesezeit",
        "de lecture",
        "de lectura",
        "de leitura",
        "di lettura",
        "分で読め",
        "読了",
        "阅读时间",
        "мин чтения",
    ];
    let lower = line.to_lowercase();
    lower.contains(char::is_numeric)
        && !is_sentence(line)
        && PHRASES.iter().any(|phrase| lower.contains(phrase))
}

/// Whether a line above a text says who wrote it, when, or both, and nothing else: "Posted on 2 January 2026 by Ann Smith".
pub(super) fn is_date_or_author(line: &str) -> bool {
    if line.len() > MAX_BYLINE {
        return false;
    }
    let words: Vec<&str> = line.split(' ').collect();
    let by = words.iter().enumerate().filter(|(_, word)| is_by(word));
    let is_credit = by.into_iter().any(|(at, word)| {
        let (before, name) = words.split_at_checked(at).unwrap_or_default();
        let name = name.get(1..).unwrap_or_default();
        let (name, rest) = name.split_at_checked(name_words(name)).unwrap_or_default();
        // `Le Monde` and `Von Trier` are names.
        let is_of_name = OF_NAMES.contains(word) && words.len() == 2;
        !name.is_empty() && !is_of_name && is_dates(before) && is_dates(rest)
    });
    let quoted = |(before, behind)| line.starts_with(before) && line.ends_with(behind);
    // As Chinese has it, around the name.
    let is_around = || {
        line.chars().count() <= MAX_UNSPACED
            && [("由", "创建"), ("由", "編寫"), ("作者：", "")]
                .into_iter()
                .any(quoted)
    };
    is_credit || is_date(line) || words.len() <= MAX_NAME + 2 && is_around()
}

/// Whether a word is one before the name of an author, perhaps with a colon.
fn is_by(word: &str) -> bool {
    let word = word.trim_end_matches([':', '：']).to_lowercase();
    BY.split(' ').any(|by| by == word)
}

/// The words before the name of an author in the languages of WordPress.
const BY: &str = "by von par por per de di av af door od autor autors autore auteur szerző geliştirici oleh dening ku kwa le bởi \
     от од автор بدست بذریعہ بقلم โดย ავტორი 作者 著者 投稿者";

/// Those of them with which the names of people and things begin, too.
const OF_NAMES: [&str; 5] = ["Von", "De", "Di", "Af", "Le"];

/// The most words of a name.
const MAX_NAME: usize = 4;

/// The most letters of a name in a script that has no capitals, and may have no spaces.
const MAX_UNSPACED: usize = 24;

/// How many words at the beginning are a name's: in capitals, or of a script without them.
fn name_words(words: &[&str]) -> usize {
    let is_of_name = |word: &&&str| {
        let mut letters = word.chars();
        letters
            .next()
            .is_some_and(|first| first.is_alphabetic() && !first.is_lowercase())
            && !letters.any(char::is_numeric)
    };
    let count = words.iter().take_while(is_of_name).count();
    let is_last = |word: &&str| word.ends_with([',', ';']);
    let count = words
        .iter()
        .position(is_last)
        .map_or(count, |at| count.min(at + 1));
    let name = words.get(..count).unwrap_or_default();
    let is_without_capitals =
        |letter: char| letter.is_alphabetic() && !letter.is_uppercase() && !letter.is_lowercase();
    let letters = name.iter().flat_map(|word| word.chars());
    let unspaced = letters
        .filter(|letter| is_without_capitals(*letter))
        .count();
    match count <= MAX_NAME && unspaced <= MAX_UNSPACED {
        true => count,
        false => 0,
    }
}

/// Whether words are none, "Posted", a date, or a date with a word such as "on" before it.
fn is_dates(words: &[&str]) -> bool {
    let line = words.join(" ");
    let line = line.trim_matches([' ', '·', '|', '•', '-', '–', '—', '/', ',']);
    let is_word =
        |(word, rest): (&str, &str)| word.chars().all(char::is_lowercase) && is_date(rest);
    let is_lead = || LEADS.iter().any(|lead| *lead == line.to_lowercase());
    line.is_empty() || is_lead() || is_date(line) || line.split_once(' ').is_some_and(is_word)
}

/// What stands before a date.
const LEADS: [&str; 18] = [
    "posted on",
    "posted",
    "published on",
    "published",
    "written on",
    "written",
    "updated on",
    "updated",
    "date",
    "veröffentlicht am",
    "geschrieben am",
    "publié le",
    "posté le",
    "publicado el",
    "publicado em",
    "pubblicato il",
    "投稿日",
    "公開日",
];

/// Whether a line is a date and nothing else, after a word such as "Posted on" or what ends with a colon.
fn is_date(line: &str) -> bool {
    let lower = line.to_lowercase();
    let has_digit = |text: &str| text.contains(char::is_numeric);
    let labelled = lower
        .split_once([':', '：'])
        .filter(|(label, _)| label.len() <= MAX_DATE && !has_digit(label));
    let lead = LEADS.iter().find_map(|lead| lower.strip_prefix(lead));
    let rest = labelled.map(|(_, rest)| rest).or(lead).unwrap_or(&lower);
    let rest = rest.trim();
    // A weekday, a month, and a zone; not `a.m.`.
    let words = rest.split(|c: char| !(c.is_alphabetic() || is_combining_mark(c)));
    let words = words.filter(|word| word.chars().nth(1).is_some()).count();
    let has_year = rest
        .split(|c: char| !c.is_ascii_digit())
        .any(|digits| digits.len() == 4);
    let is_sentence = rest.ends_with(['。', '！', '？', '!', '?', '…'])
        || (rest.ends_with('.') && words > MAX_DATED);
    has_year
        && !is_sentence
        && !rest.contains(": ")
        && rest.len() <= MAX_DATE
        && words <= 4
        && date::parse(rest).is_some()
}

/// The most words of a date that ends as a sentence does: weekday and month.
const MAX_DATED: usize = 2;

/// The longest date, in bytes.
const MAX_DATE: usize = 60;

/// Whether a text ends as a sentence does, and is longer than an abbreviation at the end of a line.
pub(super) fn is_sentence(text: &str) -> bool {
    text.ends_with(['。', '！', '？'])
        || (text.ends_with(['.', '!', '?', '…']) && words(text) >= SENTENCE)
}

fn words(text: &str) -> usize {
    let words = text.split(' ');
    words
        .filter(|word| word.contains(char::is_alphanumeric))
        .count()
}

/// The words of the shortest sentence.
const SENTENCE: usize = 4;

/// Whether the text of an entry speaks of a `<time>`, which is not the entry's date then. `text` is the text's range; a
/// range that is nothing but content has no date of the entry outside of a header, a footer and a line that says so.
pub(super) fn is_spoken_of(
    time: Element<'_>,
    (text, within): (&Range<usize>, Within),
    (base, own): (&Base, &Url),
) -> bool {
    if !text.contains(&time.number()) {
        return false;
    }
    let around = || {
        std::iter::successors(time.parent(), |inner| inner.parent())
            .take_while(|around| text.contains(&around.number()))
            .take(MAX_AROUND)
    };
    let is_set_apart = |around: Element<'_>| {
        is_aside_within(around, within)
            || (is_byline(around) && !leads_elsewhere(around, base, own))
    };
    if around().any(is_set_apart) {
        return false;
    }
    if within == Within::Content {
        return true;
    }
    let block = around().find(|around| {
        matches!(
            around.name(),
            "p" | "li" | "dd" | "blockquote" | "figcaption"
        )
    });
    block.is_some_and(|block| {
        let beside = text_beside_time(block);
        !matches!(block.name(), "p" | "li")
            || beside.len() > MAX_BYLINE
            || beside.ends_with(['.', '!', '?', '。', '！', '？'])
            || leads_elsewhere(block, base, own)
    })
}

/// How many ancestors of a date are looked at.
const MAX_AROUND: usize = 32;

/// Whether a URL is that of a button to share the page.
pub(super) fn is_share_button(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let place = format!("{host}{}", url.path()).to_ascii_lowercase();
    SHARE_BUTTONS.iter().any(|button| place.starts_with(button))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_a_byline_names_an_author_or_a_date_and_nothing_else() {
        for line in [
            "By Ann Smith",
            "Posted on 2 January 2026 by Ann Smith",
            "Von Ann Schmidt",
            "Le 2 janvier 2026 par Ann",
            "作者：王小明",
            "โดย สมชาย ใจดี",
        ] {
            assert!(is_date_or_author(line), "{line}");
        }
        for line in [
            "Le Monde",
            "De Beauvoir",
            "Von Trier",
            "Di Stefano",
            "作者：在這篇文章裡談到許多關於貓和狗的事情以及其他動物的生活",
            "โดย การเดินทางครั้งนี้เราได้พบกับเรื่องราวมากมาย",
            &"a ".repeat(500_000),
        ] {
            assert!(!is_date_or_author(line), "{line:.40}");
        }
    }
}
