//! Links that stand on each page of a weblog: those to other weblogs.

use super::by_others::{around, is_called};
use super::comment_words::bare;
use super::comments::hyphenated;
use super::document::Element;
use super::sections::is_content;
use super::tag::Tag;

/// What stands beside the text of a page, such as a blogroll or a sidebar. What it found out of an element is kept: many
/// links may be in the same one.
#[derive(Debug, Default)]
pub struct BesideText {
    /// By the elements' numbers: the bits below.
    roles: Vec<u8>,
}

/// What an element is for the links in it: the text of an entry, an entry or its text, a sidebar, or beside the text
/// unless an entry is around it.
const CONTENT: u8 = 1;
const ENTRY: u8 = 2;
const SIDEBAR: u8 = 4;
const ASIDE: u8 = 8;
/// Whether these four were looked for.
const IS_KNOWN: u8 = 16;
/// Whether it is a box of links to other weblogs, and whether that was looked for.
const LINK_BOX: u8 = 32;
const IS_BOX_KNOWN: u8 = 64;

impl BesideText {
    /// Whether a link stands beside the text of its page, as those of a blogroll do.
    pub fn is_in_blogroll(&mut self, link: Element<'_>) -> bool {
        !is_answer(link)
            && (FRIENDS.iter().any(|rel| link.has_rel(rel))
                || around(link).any(|element| self.is_link_box(element)))
            && self.roles_around(link) & ENTRY == 0
    }

    /// Whether a link stands in a sidebar outside of any entry, where programs list what is new elsewhere.
    pub fn is_in_sidebar(&mut self, link: Element<'_>) -> bool {
        let roles = self.roles_around(link);
        let is_beside = roles & SIDEBAR != 0 || roles & (ASIDE | ENTRY) == ASIDE;
        roles & CONTENT == 0 && is_beside && !is_answer(link)
    }

    fn roles_around(&mut self, link: Element<'_>) -> u8 {
        around(link).fold(0, |all, element| all | self.bits(element, IS_KNOWN, roles))
    }

    fn is_link_box(&mut self, element: Element<'_>) -> bool {
        self.bits(element, IS_BOX_KNOWN, box_role) & LINK_BOX != 0
    }

    /// The bits of an element, once those have been read of which `known` is one.
    fn bits(&mut self, element: Element<'_>, known: u8, read: fn(Element<'_>) -> u8) -> u8 {
        if self.roles.is_empty() {
            self.roles = vec![0; element.page().node_count()];
        }
        let Some(bits) = self.roles.get_mut(element.number()) else {
            return 0;
        };
        if *bits & known == 0 {
            *bits |= read(element);
        }
        *bits
    }
}

fn roles(element: Element<'_>) -> u8 {
    IS_KNOWN
        | (u8::from(is_content(element)) * CONTENT)
        | (u8::from(is_entry(element)) * ENTRY)
        | (u8::from(is_sidebar(element)) * SIDEBAR)
        | (u8::from(matches!(element.name(), "aside" | "nav")) * ASIDE)
}

fn box_role(element: Element<'_>) -> u8 {
    let is_box = matches!(element.name(), "aside" | "nav" | "footer")
        || is_named(element) && !holds_text(element)
        || (matches!(element.name(), "ul" | "ol" | "dl" | "table") && is_headed(element));
    IS_BOX_KNOWN | (u8::from(is_box) * LINK_BOX)
}

fn is_sidebar(element: Element<'_>) -> bool {
    let mut names = element.words("class").chain(element.attribute("id"));
    let is_name = |name: &str| {
        let mut known = ["sidebar", "widget", "blogroll"].into_iter();
        known.any(|known| name.eq_ignore_ascii_case(known))
    };
    // Of Blogger's pages, the entries are a widget, too.
    names.any(is_name) && !is_called(element, &["Blog"]) && !is_wrapper(element)
}

fn is_answer(link: Element<'_>) -> bool {
    is_called(link, &["u-in-reply-to", "u-mention-of"])
}

/// Whether an element is an entry, or the text of one.
pub(super) fn is_entry(element: Element<'_>) -> bool {
    element.is("article") || is_called(element, &["h-entry", "hentry"]) || is_content(element)
}

/// What XFN says of the author of another weblog.
const FRIENDS: [&str; 6] = [
    "friend",
    "acquaintance",
    "contact",
    "met",
    "colleague",
    "co-worker",
];

/// Whether the text of the page stands in an element, whose name only says that there is a sidebar, too.
fn holds_text(element: Element<'_>) -> bool {
    is_wrapper(element) || has_inside(element, is_entry)
}

/// Whether an element is around all that the page shows.
fn is_wrapper(element: Element<'_>) -> bool {
    let is_most = || element.inside().len() > element.page().node_count() / 2;
    matches!(element.name(), "html" | "body")
        || has_inside(element, |inner| inner.is("main"))
        || is_most() && has_inside(element, |inner| inner.is("h1"))
}

fn has_inside(element: Element<'_>, is_it: fn(Element<'_>) -> bool) -> bool {
    let inside = element.inside();
    let searched = inside.start..inside.end.min(inside.start + MAX_SEARCHED);
    element.page().elements(searched).any(is_it)
}

/// How many nodes in a box are searched for the text.
const MAX_SEARCHED: usize = 1000;

/// Words in the names of what stands beside the text, perhaps with a number.
const BESIDE: [&str; 14] = [
    "blogroll",
    "blogrolls",
    "footer",
    "friends",
    "linklist",
    "linkroll",
    "links",
    "menu",
    "nav",
    "sidebar",
    "sidenav",
    "webring",
    "widget",
    "widgets",
];

fn is_named(element: Element<'_>) -> bool {
    let names = element.words("class").chain(element.attribute("id"));
    let mut names = names.filter(|name| name.len() <= MAX_NAME).map(hyphenated);
    let is_beside = |word: &str| {
        BESIDE.contains(&word.trim_end_matches(|character: char| character.is_ascii_digit()))
    };
    names.any(|name| name.split('-').any(is_beside))
}

/// The longest name, in bytes.
const MAX_NAME: usize = 40;

/// Whether a list stands behind a heading that calls it a list of weblogs, or begins with one.
fn is_headed(list: Element<'_>) -> bool {
    let page = list.page();
    let is_line = |one: &Element<'_>| {
        one.tag().is_heading()
            || matches!(
                one.tag(),
                Tag::P | Tag::Dt | Tag::B | Tag::Strong | Tag::Caption | Tag::Th
            )
    };
    let calls = |heading: Element<'_>| {
        let text = page.text(heading.inside(), MAX_NAME).to_lowercase();
        let text = bare(&text);
        HEADINGS.split('|').any(|heading| heading == text)
    };
    let before = list.number().saturating_sub(MAX_BEFORE)..list.number();
    let before = page.elements(before).filter(is_line).last();
    let inside = list.inside();
    let inside = inside.start..inside.end.min(inside.start + MAX_INSIDE);
    let inside = page.elements(inside).find(is_line);
    before.is_some_and(calls) || inside.is_some_and(calls)
}

/// How many nodes before a list are searched for its heading, and how many in it.
const MAX_BEFORE: usize = 12;
const MAX_INSIDE: usize = 12;

/// Headings of blogrolls.
const HEADINGS: &str = "blogroll|blog roll|blogs|blogs i read|blogs i follow|my blog list|weblogs|friends|links|linkroll|\
    elsewhere|reading list|webring|bookmarks|freunde|linkliste|liens|amis|enlaces|amigos|リンク|リンク集|ブログロール|\
    友情链接|友情鏈接|友链|链接|鏈結|網誌清單|링크|bloggrull|bloglisto|blogtár|koppelingen|legături|lista de links|odkazy|\
    links úteis|lenker|länkar|linkit|link|linkek|hivatkozások|odnośniki|povezave|poveznice|bağlantılar|enllaços|ligazóns|\
    σύνδεσμοι|ссылки|посилання|връзки|врски|קישורים|روابط|پیوندها|liên kết|ลิงก์|pranala|tautan|pautan";

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::BesideText;

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
            ("<h3>Blogs I follow</h3><table><tr><td>_</table>", true),
            ("<dl><dt>Blogroll</dt><dd>_</dl>", true),
            ("<p><b>Friends</b></p><ul><li>_</ul>", true),
            ("<b>Blogroll:</b><br><ul><li>_</ul>", true),
            ("<p>Links</p><ul><li>_</ul>", true),
            ("<p>I read _ on cats", false),
            ("<p>There are links</p><ul><li>_</ul>", false),
            ("<article><aside>See _</aside></article>", false),
            ("<div class=h-entry><footer>_</footer></div>", false),
            ("<h2>On cats</h2><ul><li>_</ul>", false),
            ("<div class=blinks>_</div>", false),
            (
                "<div id=sidebar2><h1>My weblog</h1><p>_</div><p>Long <b>text</b><i>of</i> it<b>!</b>",
                true,
            ),
            ("<div class=widgets>_</div>", true),
            (
                "<body class='html one-sidebar sidebar-first'><h1>x</h1><p>_",
                false,
            ),
            (
                "<div id=page class=with-sidebar><h1>x</h1><p>_</div>",
                false,
            ),
            (
                "<div class=has-sidebar><main><h2>x</h2><p>_</main></div>",
                false,
            ),
            (
                "<div class='widget Blog' id=Blog1><h3>x</h3><div class=post-body>_</div></div>",
                false,
            ),
            (
                "<div class=no-sidebar><div class=entry-content>x</div>_</div>",
                false,
            ),
        ] {
            let page = Document::parse(&html.replace('_', "<a href=/>Ann</a>"));
            let link = page.links().next().unwrap();
            assert_eq!(
                BesideText::default().is_in_blogroll(link.element),
                expected,
                "{html}"
            );
        }
        let reply = "<aside class=links><a class=u-in-reply-to href=/>Ann</a></aside>";
        let page = Document::parse(reply);
        assert!(
            page.links()
                .all(|link| !BesideText::default().is_in_blogroll(link.element))
        );
    }

    #[test]
    fn f4_a_sidebar_vouches_for_none_of_its_links() {
        for (html, expected) in [
            ("<aside><ul><li>_</ul></aside>", true),
            ("<nav>_</nav>", true),
            ("<div id=sidebar><h2>What I read</h2>_</div>", true),
            ("<div class='widget BlogList'><ul><li>_</ul></div>", true),
            (
                "<article class=page><aside class=sidebar>_</aside><p>x</article>",
                true,
            ),
            (
                "<div class='widget Blog'><div class=post>_</div></div>",
                false,
            ),
            ("<body class=sidebar><p>_", false),
            ("<html class=sidebar><p>_", false),
            ("<div class='sidebar right'><main><p>_</main></div>", false),
            ("<div class=has-sidebar><p>_</div>", false),
            ("<article><aside>See _</aside></article>", false),
            (
                "<article><div class=entry-content><aside class=sidebar>_</aside></div></article>",
                false,
            ),
            (
                "<div itemprop=articleBody><div class=widget>_</div></div>",
                false,
            ),
            (
                "<aside><a class=u-in-reply-to href=/post/>Ann</a></aside>",
                false,
            ),
        ] {
            let page = Document::parse(&html.replace('_', "<a href=/post/>Ann</a>"));
            let link = page.links().next().unwrap();
            assert_eq!(
                BesideText::default().is_in_sidebar(link.element),
                expected,
                "{html}"
            );
        }
    }
}
