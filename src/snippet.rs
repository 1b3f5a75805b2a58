//! The list of pings under an entry, for the pages of the site.
//!
//! `tb snippet` puts it into the template language of a generator; the owner's pages show it for a page written by hand.

use crate::config::Config;
use crate::language::{Language, Sentence};
use crate::text::escape_xml;

/// The name that stands for an entry's in examples.
pub const EXAMPLE_ID: &str = "my_entry";

const LIST: &str = include_str!("../templates/snippets/list.html");
const FORM: &str = include_str!("../templates/snippets/list_form.html");

/// How a text writes an entry's id, this program's URL, and that of the entry's list, in an attribute.
pub type ListValues<'a> = [&'a str; 3];

/// Puts the list of pings where a text has a place for it, with the form for readers if it is switched on. That and the
/// names of the links are in the language of the pages for readers.
pub fn with_list(text: &str, values: ListValues<'_>, config: Option<&Config>) -> String {
    let language = config.map(Config::language).unwrap_or_default();
    in_language(text, values, config, language)
}

fn in_language(
    text: &str,
    [id, base, list]: ListValues<'_>,
    config: Option<&Config>,
    language: Language,
) -> String {
    let text = [
        (">TrackBack URL<", Sentence::TrackbackUrl),
        (">TrackBacks", Sentence::Trackbacks),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (label, sentence)| {
        let name = label.trim_matches(['<', '>']);
        text.replace(label, &label.replace(name, language.say(sentence)))
    });
    let Some((before, behind)) = text.split_once("[[body]]") else {
        return text;
    };
    let form = match config.is_some_and(|config| config.submit) {
        true => FORM,
        false => "",
    };
    let mut body = LIST.trim_end().replace("[[form]]", form);
    for (place, value) in [
        ("[[heading]]", language.say(Sentence::Trackbacks)),
        ("[[none]]", language.say(Sentence::NoTrackbacks)),
        ("[[written]]", language.say(Sentence::Written)),
        ("[[send]]", language.say(Sentence::Send)),
        ("[[base]]", base),
        ("[[list]]", list),
        // The last one, since an id may look like a place.
        ("[[id]]", id),
    ] {
        body = body.replace(place, value);
    }
    [before, &body, behind].concat()
}

/// What the page of an entry needs below its text: the list, the ping URL unless it is private, and the script.
/// `language` is that of the pages for readers.
pub fn for_entry(config: &Config, language: Language, id: &str) -> String {
    let base = &config.base_url;
    let with = |query: &[(&str, &str)]| {
        let mut url = base.clone();
        url.query_pairs_mut().extend_pairs(query);
        escape_xml(url.as_str()).into_owned()
    };
    let list = with(&[("__mode", "list"), ("tb_id", id)]);
    let script = with(&[("__mode", "js")]);
    let values = [id, base.as_str()].map(|text| escape_xml(text).into_owned());
    let [id_text, base_text] = values.each_ref().map(String::as_str);
    let body = in_language(
        "[[body]]",
        [id_text, base_text, &list],
        Some(config),
        language,
    );
    let ping_url = match &config.passphrase {
        Some(_) => String::new(),
        None => {
            let mut url = base.clone();
            if let Ok(mut segments) = url.path_segments_mut() {
                segments.pop_if_empty().push(id);
            }
            let url = escape_xml(url.as_str()).into_owned();
            format!(
                "<p class=\"trackback\"><a href=\"{url}\" rel=\"trackback nofollow\">{}</a></p>\n",
                language.say(Sentence::TrackbackUrl)
            )
        }
    };
    format!("{body}\n{ping_url}<script src=\"{script}\" defer></script>\n")
}
