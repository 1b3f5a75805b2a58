//! What themes write above an entry, by WordPress's own translations: when and by whom it was published. An excerpt does not
//! begin with it.

use tb::internals::html::Document;
use tb::internals::sources::named_page;
use url::Url;

use crate::support::indieweb;

/// Where Debian's `wordpress-l10n` has its translations.
const TRANSLATIONS: &str = "/usr/share/wordpress/wp-content/languages";

/// Whose names of months are not known: Bengali, Kurdish, Welsh (its March is its Tuesday), Gaelic, Georgian, Burmese, Sinhala,
/// Tamil, Uyghur, Urdu.
const UNKNOWN: [&str; 10] = [
    "bn_BD", "ckb", "cy", "gd", "ka_GE", "my_MM", "si_LK", "ta_LK", "ug_CN", "ur",
];

/// What stands before the name in Latvian says who has developed a plugin.
const OF_PLUGINS: &str = "Izstrādāja";

#[test]
fn b4_no_excerpt_begins_with_the_date_and_the_author_above_the_text_in_any_language_of_wordpress() {
    let script = include_str!("bylines/lines.py");
    let lines = indieweb::python(script, &[TRANSLATIONS], "");
    let lines: Vec<(String, String, String)> = serde_json::from_str(&lines).unwrap();
    let is_read = |language: &str| !UNKNOWN.contains(&language);
    let known = lines
        .iter()
        .filter(|(language, _, line)| is_read(language) && !line.contains(OF_PLUGINS));
    let mut begun = Vec::new();
    let mut count = 0;
    for (language, _, line) in known {
        for markup in [
            "<p>LINE</p>",
            "<div>LINE</div>",
            "<p><em>LINE</em></p>",
            "<ul><li>LINE</li></ul>",
        ] {
            let excerpt = excerpt(&markup.replace("LINE", line));
            count += 1;
            if excerpt != TEXT {
                begun.push(format!("{language} {markup}: {excerpt}"));
            }
        }
    }
    assert!(count > 4000, "{count}");
    assert!(begun.is_empty(), "{}", begun.join("\n"));
}

#[test]
fn b4_a_first_sentence_with_a_date_or_a_name_is_kept() {
    for line in [
        "2026-01-02 was the day on which it began.",
        "January 2, 2026 was a Friday.",
        "It was January 2, 2026.",
        "Update 2026-01-02: it works again",
        "On 2 January 2026 we met at the station",
        "By Jupiter, what a day",
        "By then I knew",
        "Von Berlin nach Rom",
        "De Gaulle was here",
        "Posted by mistake",
    ] {
        let expected = format!("{line} {TEXT}");
        assert_eq!(excerpt(&format!("<p>{line}</p>")), expected);
    }
}

const TEXT: &str = "Some words about that post; text goes on.";

/// The excerpt of an entry that begins with `first`.
fn excerpt(first: &str) -> String {
    let link = "<a href=https://blog.example/that/>that post</a>";
    let html = format!(
        "<article><h1>T</h1>{first}<p>Some words about {link}; text goes on.</p></article>"
    );
    let url = Url::parse("https://weblog.example/posts/1/").unwrap();
    let (entry, text) = named_page(&Document::parse(&html), &url);
    let entry = entry.expect("an entry");
    assert_eq!(entry.links[0].around, text, "{html}");
    text
}
