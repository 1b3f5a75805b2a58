//! Links that stand on each page of a weblog: those to other weblogs.

use super::by_others::{around, is_called};
use super::comments::hyphenated;
use super::document::Element;

/// Whether a link stands beside the text of its page, as those of a blogroll do.
pub(super) fn is_in_blogroll(link: Element<'_>) -> bool {
    let is_entry = |element: Element<'_>| {
        element.is("article") || is_called(element, &["h-entry", "hentry", "e-content"])
    };
    let is_beside = |element: Element<'_>| {
        matches!(element.name(), "aside" | "nav" | "footer")
            || is_named(element)
            || (matches!(element.name(), "ul" | "ol" | "dl") && is_headed(element))
    };
    !is_called(link, &["u-in-reply-to", "u-mention-of"])
        && around(link).any(is_beside)
        && !around(link).any(is_entry)
}

/// Words in the names of what stands beside the text.
const BESIDE: [&str; 11] = [
    "blogroll",
    "blogrolls",
    "footer",
    "friends",
    "linkroll",
    "links",
    "menu",
    "nav",
    "sidebar",
    "webring",
    "widget",
];

fn is_named(element: Element<'_>) -> bool {
    let names = element.words("class").chain(element.attribute("id"));
    let mut names = names.filter(|name| name.len() <= MAX_NAME).map(hyphenated);
    names.any(|name| name.split('-').any(|word| BESIDE.contains(&word)))
}

/// The longest name, in bytes.
const MAX_NAME: usize = 40;

/// Whether a list stands behind a heading that calls it a list of weblogs.
fn is_headed(list: Element<'_>) -> bool {
    let page = list.page();
    let before = list.number().saturating_sub(MAX_BEFORE)..list.number();
    let headings = page.elements(before);
    let heading = headings.filter(|one| one.tag().is_heading()).last();
    heading.is_some_and(|heading| {
        let text = page.text(heading.inside(), MAX_NAME).to_lowercase();
        HEADINGS.contains(&text.trim().trim_end_matches(':'))
    })
}

/// How many nodes before a list are searched for its heading.
const MAX_BEFORE: usize = 12;

/// Headings of blogrolls.
const HEADINGS: [&str; 20] = [
    "blogroll",
    "blog roll",
    "blogs",
    "blogs i read",
    "weblogs",
    "friends",
    "links",
    "linkroll",
    "elsewhere",
    "reading list",
    "webring",
    "freunde",
    "linkliste",
    "liens",
    "amis",
    "enlaces",
    "amigos",
    "リンク",
    "ブログロール",
    "友情链接",
];

#[cfg(test)]
mod tests {
    use super::super::document::Document;

    #[test]
    fn f4_a_blogroll_is_known_by_its_place_name_or_heading() {
        for (html, expected) in [
            ("<div class=blogroll><ul><li>_</ul></div>", true),
            ("<ul class='xoxo blogroll'><li>_</ul>", true),
            (
                "<div id=linkcat-2 class='widget widget_links'><h2>x</h2>_</div>",
                true,
            ),
            ("<aside><h3>Blogroll</h3><ul><li>_</ul></aside>", true),
            ("<footer><p>_</footer>", true),
            ("<nav>_</nav>", true),
            ("<div id=sidebar><p>_</div>", true),
            ("<h2>Links</h2><ul><li>_</ul>", true),
            ("<h2><b>Friends:</b></h2><ul><li>x<li>_</ul>", true),
            ("<p>I read _ on cats", false),
            ("<article><aside>See _</aside></article>", false),
            ("<div class=h-entry><footer>_</footer></div>", false),
            ("<h2>On cats</h2><ul><li>_</ul>", false),
            ("<div class=blinks>_</div>", false),
        ] {
            let page = Document::parse(&html.replace('_', "<a href=/>Ann</a>"));
            let link = page.links().next().unwrap();
            assert_eq!(link.is_in_blogroll(), expected, "{html}");
        }
        let reply = "<aside class=links><a class=u-in-reply-to href=/>Ann</a></aside>";
        let page = Document::parse(reply);
        assert!(page.links().all(|link| !link.is_in_blogroll()));
    }
}
