//! Compares a title that a page says with what it shows.

use crate::html::decoded_again;
use crate::text::{clean, fold_accents};

/// What stands in a title between the entry's own and the site's.
const BETWEEN_TITLES: [&str; 12] = [
    " — ", " – ", " - ", " | ", " · ", " • ", " :: ", " » ", " « ", " › ", " / ", ": ",
];

/// The letters and digits of a text, whatever its quotation marks, dashes, capitals and accents are.
pub(super) fn letters(text: &str) -> String {
    let mut letters = String::new();
    fold_accents(text, |c| {
        letters.extend(Some(c).filter(|c| c.is_alphanumeric()))
    });
    letters
}

/// Whether a heading says what the title says; the title may have the site's name beside it.
pub(super) fn is_title(heading: &str, title: &str) -> bool {
    let (heading, whole) = (letters(heading), letters(title));
    // Cheaper than all the parts.
    if heading.is_empty() || !whole.contains(&heading) {
        return false;
    }
    let mut parts = BETWEEN_TITLES.iter().flat_map(|mark| {
        let (before, behind) = (title.split_once(mark), title.rsplit_once(mark));
        let ends = before.into_iter().chain(behind);
        ends.flat_map(|(one, other)| [one, other])
    });
    whole == heading || parts.any(|part| letters(part) == heading)
}

/// Whether a heading says what the title says, and no more.
pub(super) fn is_same(heading: &str, title: &str) -> bool {
    let heading = letters(heading);
    !heading.is_empty() && heading == letters(title)
}

/// How well a heading agrees with a title: 2 if it is the whole title, 1 if the name of the site may stand beside it.
pub(super) fn agreement(heading: &str, title: &str) -> usize {
    match is_same(heading, title) {
        true => 2,
        false => usize::from(is_title(heading, title) || begins(heading, title)),
    }
}

/// Whether a title begins with the words of a heading that is longer than a name.
fn begins(heading: &str, title: &str) -> bool {
    let heading = letters(heading);
    heading.chars().count() >= MORE_THAN_NAME && letters(title).starts_with(&heading)
}

/// So many letters are more than most names.
const MORE_THAN_NAME: usize = 12;

/// The two parts of a title at each mark that may stand between the entry's own title and the name of the site; whether
/// the mark is one behind which the entry's own often stands.
pub(super) fn halves(title: &str) -> impl Iterator<Item = (&str, &str, bool)> {
    BETWEEN_TITLES.iter().flat_map(move |mark| {
        let is_behind = matches!(*mark, ": " | " :: " | " » " | " › ");
        let (first, last) = (title.split_once(mark), title.rsplit_once(mark));
        let both = first.into_iter().chain(last);
        both.map(move |(before, behind)| (before, behind, is_behind))
    })
}

/// What a page says for programs, as text: some write it in JSON-LD or `<meta>` escaped as for HTML, once too often.
pub(super) fn readable(said: &str) -> String {
    clean(&decoded_again(said))
}

/// A title without the name of the site, where it stands beside it.
fn without_site(title: &str, sites: &[String]) -> String {
    let is_site = |text: &str| {
        let text = letters(text);
        !text.is_empty() && sites.contains(&text)
    };
    let own = BETWEEN_TITLES.iter().find_map(|mark| {
        let behind = title.rsplit_once(mark).filter(|(_, site)| is_site(site));
        let before = title.split_once(mark).filter(|(site, _)| is_site(site));
        let own = behind.map(|(own, _)| own).or(before.map(|(_, own)| own))?;
        Some(own.trim()).filter(|own| !own.is_empty())
    });
    own.unwrap_or(title).to_owned()
}

/// The title that a page says for programs, as its readers see it: decoded, whole and without the name of the site.
/// `shown` are the titles that the page shows, `sites` the [`letters`] of the site's names.
pub(super) fn as_shown(said: &str, shown: &[String], sites: &[String]) -> String {
    let said = without_site(&readable(said), sites);
    let cut = said.trim_end_matches(['…', '.', ' ']);
    let is_cut = cut.len() < said.len() && cut.chars().count() >= SHORTEST_CUT;
    let own = letters(cut);
    let is_same = |shown: &&String| {
        let shown = letters(shown);
        !own.is_empty() && (shown == own || is_cut && shown.starts_with(&own))
    };
    shown.iter().find(is_same).cloned().unwrap_or(said)
}

/// The shortest title that some program has cut, in characters.
const SHORTEST_CUT: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_for_programs_is_decoded_once_and_keeps_what_looks_like_markup() {
        for (said, expected) in [
            ("Tom &amp; Jerry", "Tom & Jerry"),
            ("Tom&#8217;s", "Tom’s"),
            ("The &lt;em> element", "The <em> element"),
            ("The <em> element", "The <em> element"),
            ("A & B &amp;amp; C", "A & B &amp; C"),
            ("Cats - Part 2", "Cats - Part 2"),
            ("Cats | My Blog", "Cats"),
            ("My blog » Cats", "Cats"),
            ("My Blog", "My Blog"),
        ] {
            let sites = [letters("My Blog")];
            assert_eq!(as_shown(said, &[], &sites), expected, "{said}");
        }
    }

    #[test]
    fn what_the_page_shows_of_the_same_title_is_the_title() {
        let shown = ["“Cats” & a long story of their lives".to_owned()];
        for said in [
            "&quot;Cats&quot; &amp; a long story of their lives",
            "Cats a long story of their lives",
            "Cats &amp; a long story of...",
        ] {
            assert_eq!(as_shown(said, &shown, &[]), shown[0], "{said}");
        }
        assert_eq!(as_shown("Cats...", &shown, &[]), "Cats...");
    }
}
