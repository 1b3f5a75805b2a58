//! Where on a page the comments of others stand: in what is named for them, and behind a heading that says so.

use super::comment_words::{
    MAX, bare, has, heads_above_form, heads_behind_entry, heads_comments, invites,
};
use super::document::{Element, Node};
use super::tag::Tag;

/// Words of `class` and whole `id`s (in lower case, `_` as `-`) of what holds the comments of others, besides those of
/// [`PARTS`]; sorted.
const COMMENTS: [&str; 46] = [
    "backlinks",
    "chatbox",
    "coral-talk-stream",
    "cusdis-thread",
    "customer-review",
    "customer-reviews",
    "discussion-thread",
    "disqus-thread",
    "giscus",
    "gitalk-container",
    "haloscan",
    "isso-thread",
    "livre-dor",
    "mention-list",
    "mentions",
    "mentions-list",
    "ping-list",
    "pingback",
    "pingback-list",
    "pinglist",
    "pings",
    "post--discussion",
    "post-discussion",
    "reaction-list",
    "reactions-list",
    "reader-review",
    "reader-reviews",
    "referers",
    "referrer",
    "referrers",
    "remark42",
    "reply-list",
    "respond",
    "response-list",
    "responses",
    "responses-list",
    "tcomment",
    "trackback",
    "trackback-list",
    "trackbacklist",
    "user-review",
    "user-reviews",
    "utterances",
    "vcomments",
    "visitor-posts",
    "waline",
];

/// Words for the comments of others in the middle of a name, such as `mastodon-comments-list` and `userComment`;
/// sorted.
const PARTS: [&str; 36] = [
    "cmt",
    "cmts",
    "comentario",
    "comentarios",
    "comentaris",
    "comentários",
    "comment",
    "commentaire",
    "commentaires",
    "commenti",
    "commento",
    "comments",
    "gaestebuch",
    "gastebuch",
    "guestbook",
    "gästebuch",
    "gästebucheintrag",
    "komentar",
    "komentari",
    "komentarze",
    "kommentar",
    "kommentare",
    "kommentarer",
    "kommentit",
    "livredor",
    "opmerkingen",
    "pingbacks",
    "reacties",
    "replies",
    "shoutbox",
    "talkback",
    "talkbacks",
    "trackbacks",
    "webmention",
    "webmentions",
    "yorumlar",
];

/// The shortest of all these, in bytes.
const SHORTEST: usize = 3;

/// Whether an element says that comments are in it.
pub(super) fn is_comments(element: Element<'_>) -> bool {
    element.tag() != Tag::A && element.attribute("id").is_some_and(is_name)
        || is_comments_by_markup(element)
}

impl Element<'_> {
    /// Whether it says that the comments of others are in it.
    pub fn is_comments(self) -> bool {
        is_comments(self)
    }

    /// Whether it says so otherwise than by its `id`.
    pub fn is_comments_by_markup(self) -> bool {
        is_comments_by_markup(self)
    }
}

/// Whether an element says so otherwise than by its `id`, which may be made of the words of a heading.
fn is_comments_by_markup(element: Element<'_>) -> bool {
    let is_kind = |kind: &str| {
        let kind = kind.rsplit('/').next().unwrap_or_default();
        kind == "Comment" || kind == "UserComments"
    };
    let labels = |label: &str| heads_comments(label, &|_| false);
    element.tag() != Tag::A
        && (element.tag() == Tag::Textarea
            || element.words("class").any(is_name)
            // An element of a script's own.
            || element.name().contains('-') && is_name(element.name())
            || element.words("role").any(|role| role.eq_ignore_ascii_case("comment"))
            || element.attribute("aria-label").is_some_and(labels)
            || element.words("itemtype").any(is_kind)
            || element.words("itemprop").any(|word| word == "comment"))
}

/// Whether a class or id is one of what holds comments. What only counts them, links to them or opens them stands at the
/// entry itself.
fn is_name(name: &str) -> bool {
    const AT_THE_ENTRY: [&str; 36] = [
        "allow", "allowed", "btn", "button", "buttons", "bubble", "closed", "count", "counter",
        "counts", "disabled", "enabled", "has", "hide", "hidden", "icon", "info", "link", "links",
        "meta", "no", "none", "num", "number", "off", "on", "open", "show", "status", "toggle",
        "total", "with", "without", "jump", "anchor", "nav",
    ];
    // What an entry is about begins with these.
    const OF_A_TOPIC: [&str; 6] = ["cat", "category", "keyword", "tag", "tags", "type"];
    if !(SHORTEST..=64).contains(&name.len()) {
        return false;
    }
    let name = hyphenated(name);
    let is_part = |part: &str| part.len() >= SHORTEST && (has(&PARTS, part) || is_glued(part));
    let is_at_the_entry = |(at, part): (usize, &str)| {
        AT_THE_ENTRY.contains(&part) || at == 0 && OF_A_TOPIC.contains(&part)
    };
    has(&COMMENTS, &name)
        || name.split('-').any(is_part) && !name.split('-').enumerate().any(is_at_the_entry)
}

/// Whether a name is a word for a comment and one for a box without anything between them, such as `commentblock`.
fn is_glued(name: &str) -> bool {
    let name = name.strip_prefix("comment").unwrap_or_default();
    matches!(
        name.strip_prefix('s').unwrap_or(name),
        "area"
            | "block"
            | "body"
            | "box"
            | "container"
            | "entry"
            | "item"
            | "list"
            | "section"
            | "text"
            | "thread"
            | "wrap"
            | "wrapper"
    )
}

/// A name in lower case with hyphens: `userComment` and `user_comment` are `user-comment`.
pub(super) fn hyphenated(name: &str) -> String {
    let mut text = String::new();
    let mut is_after_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && is_after_lower {
            text.push('-');
        }
        is_after_lower = character.is_lowercase() || character.is_numeric();
        match character {
            '_' => text.push('-'),
            _ => text.extend(character.to_lowercase()),
        }
    }
    text
}

/// What follows a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Headed {
    /// Comments.
    Comments,
    /// Something else that may be by others, unless it is a section of the author's.
    ByOthers,
}

/// How much of a heading an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadingKind {
    /// It is one by its markup.
    Marked,
    /// It looks like one, or is an anchor that is named for comments: it heads them behind an entry.
    Likely,
    /// It heads them behind an entry where a reader can write one below.
    AboveForm,
}

/// What follows an element, and how much of a heading that is; `None` if it is no heading, or says more than that comments
/// follow. `is_title` says whether a text is a title of the page.
pub(super) fn headed(
    heading: Element<'_>,
    is_title: &dyn Fn(&str) -> bool,
) -> Option<(Headed, HeadingKind)> {
    // Bounded, for headings may be nested.
    if heading.inside().len() > MAX {
        return None;
    }
    if is_anchor(heading) {
        // What another heading follows is a section of the text.
        let said = |one: Element<'_>| {
            let text = heading_text(one);
            !one.tag().is_heading() || heads_comments(&text, is_title) || invites(&text)
        };
        let behind = heading.end()..heading.end() + MAX_BESIDE;
        let mut behind = heading.page().elements(behind);
        return behind
            .all(said)
            .then_some((Headed::Comments, HeadingKind::Likely));
    }
    let kind = heading_kind(heading)?;
    let text = heading_text(heading);
    let is_form = |element: Element<'_>| matches!(element.tag(), Tag::Form | Tag::Textarea);
    let mut behind = heading.page().elements(heading.end()..heading.end() + MAX);
    let is_marked = kind == HeadingKind::Marked;
    if heads_comments(&text, is_title) || is_marked && invites(&text) && behind.any(is_form) {
        return Some((Headed::Comments, kind));
    }
    if is_marked && heads_behind_entry(&text) {
        return Some((Headed::Comments, HeadingKind::Likely));
    }
    if is_marked && heads_above_form(&text) {
        return Some((Headed::Comments, HeadingKind::AboveForm));
    }
    let bare = bare(&text).to_lowercase();
    let is_of_others = matches!(bare.as_str(), "referrers" | "referers" | "backlinks");
    (is_marked && is_of_others).then_some((Headed::ByOthers, kind))
}

/// Whether an element is an anchor that is named for the comments behind it, with nothing in it.
fn is_anchor(element: Element<'_>) -> bool {
    let is_word = |name: &str| heads_comments(name, &|_| false);
    element.tag() == Tag::A
        && element.attribute("href").is_none()
        && element.inside().is_empty()
        && ["id", "name"]
            .iter()
            .any(|name| element.attribute(name).is_some_and(is_word))
}

/// Where the comments end that `heading` begins.
///
/// They are all that follows in what the heading stands in. Where hardly anything follows there, it is the heading's own
/// box, and what follows in the box around that counts. A heading within does not end them, for a comment can have one.
/// They end where the box begins that holds the `entry`, if that is still to come, and with a menu, a dialog, what stands
/// beside the entry, and what is folded or hidden.
pub(super) fn section_end(heading: Element<'_>, entry: Option<usize>) -> usize {
    let page = heading.page();
    let (mut at, mut follows) = (heading.end(), 0);
    let mut end = heading.end();
    let around = std::iter::successors(heading.parent(), |inner| inner.parent());
    if let Some(hidden) = around
        .clone()
        .take(MAX)
        .filter(|one| is_hidden(*one))
        .last()
    {
        return hidden.end();
    }
    for around in around {
        if let Some(entry) = entry.filter(|entry| around.inside().contains(entry)) {
            let boxes = heading.page().element(entry);
            let mut boxes = std::iter::successors(boxes, |inner| inner.parent());
            let is_beside =
                |one: &Element<'_>| one.parent().map(Element::number) == Some(around.number());
            return boxes.find(is_beside).map_or(end, Element::number).max(end);
        }
        end = around.end();
        if matches!(
            around.name(),
            "nav" | "dialog" | "template" | "details" | "aside"
        ) {
            break;
        }
        while at < end && follows < FOLLOWS {
            if let Some(Node::Text(text)) = page.node(at) {
                follows += text.trim().len();
            }
            at += 1;
        }
        let is_section = matches!(
            around.name(),
            "article" | "section" | "aside" | "main" | "details"
        );
        if follows >= FOLLOWS || (follows > 0 && is_section) {
            break;
        }
    }
    end
}

/// Whether an element is hidden until a script opens it.
fn is_hidden(element: Element<'_>) -> bool {
    let is_true = |value: &str| value.trim().eq_ignore_ascii_case("true");
    !element.page().is_shown(element.number())
        || element.attribute("aria-hidden").is_some_and(is_true)
}

/// The fragment that a heading leads to, if it is nothing but a link to where the comments stand on the same page.
pub(super) fn fragment_of(heading: Element<'_>) -> Option<&str> {
    const TO_WRITE: [&str; 9] = [
        "respond",
        "reply",
        "form",
        "post",
        "add",
        "leave",
        "write",
        "new",
        "postcomment",
    ];
    let page = heading.page();
    let mut around = std::iter::successors(Some(heading), |inner| inner.parent()).take(4);
    let letters = |range| {
        let text = page.text(range, MAX);
        text.chars().filter(|c| c.is_alphanumeric()).count()
    };
    let whole = letters(heading.inside());
    let mut inside = page.elements(heading.inside());
    let link = around
        .find(|one| one.tag() == Tag::A)
        .or_else(|| inside.find(|one| one.tag() == Tag::A && letters(one.inside()) == whole))?;
    let (_, fragment) = link.attribute("href")?.split_once('#')?;
    let is_to_write = |part: &str| TO_WRITE.contains(&part);
    let is_place = !fragment.is_empty() && !hyphenated(fragment).split('-').any(is_to_write);
    is_place.then_some(fragment)
}

fn heading_text(heading: Element<'_>) -> String {
    heading.page().text(heading.inside(), MAX)
}

/// So many bytes of text behind a heading are more than a link beside it.
const FOLLOWS: usize = 60;

fn heading_kind(element: Element<'_>) -> Option<HeadingKind> {
    let is_marked = element.tag().is_heading()
        || matches!(element.tag(), Tag::Summary | Tag::Legend | Tag::Caption)
        || element
            .attribute("role")
            .is_some_and(|role| role.trim().eq_ignore_ascii_case("heading"));
    if is_marked {
        return Some(HeadingKind::Marked);
    }
    let ends = || heading_text(element).trim_end().ends_with([':', '：']);
    let is_bold = || looks_like_heading(element);
    let is_likely = match element.tag() {
        Tag::P | Tag::Div | Tag::Dt => match (is_bold(), ends()) {
            (true, true) => return Some(HeadingKind::Marked),
            (is_bold, ends) => is_bold || ends || element.tag() == Tag::Dt || is_one_word(element),
        },
        Tag::Th => has_no_neighbour(element),
        Tag::Center => true,
        Tag::B | Tag::Strong | Tag::Font | Tag::Big => stands_alone(element),
        Tag::Span => stands_alone(element) && is_bold(),
        _ => return None,
    };
    // What is a link leads to the comments of an entry.
    let mut inside = element.page().elements(element.inside());
    (is_likely && !inside.any(|inner| inner.tag() == Tag::A)).then_some(HeadingKind::Likely)
}

/// Whether a line is one word, without a number: what counts comments may stand at any entry.
fn is_one_word(line: Element<'_>) -> bool {
    let text = heading_text(line);
    !text
        .trim()
        .contains(|c: char| c.is_whitespace() || c.is_numeric())
}

/// Whether an element without the markup of a heading is all bold, or called a heading.
fn looks_like_heading(element: Element<'_>) -> bool {
    let is_called = |class: &str| {
        let class = hyphenated(class);
        class
            .split('-')
            .any(|part| matches!(part, "heading" | "header" | "head" | "title" | "hd"))
    };
    let page = element.page();
    let first = element
        .inside()
        .find_map(|number| match page.node(number)? {
            Node::Text(text) if text.trim().is_empty() => None,
            Node::Text(_) => Some(false),
            Node::Comment(_) => None,
            Node::Element(inner) => Some(matches!(inner.tag(), Tag::B | Tag::Strong)),
        });
    first == Some(true) || element.words("class").any(is_called)
}

/// Whether a header of a table is alone in its row.
fn has_no_neighbour(cell: Element<'_>) -> bool {
    let Some(row) = cell.parent() else {
        return true;
    };
    let mut cells = row.page().elements(row.inside()).take(MAX);
    !cells.any(|one| {
        matches!(one.tag(), Tag::Th | Tag::Td)
            && one.number() != cell.number()
            && one.parent().map(Element::number) == Some(row.number())
    })
}

/// Whether an inline element is a line for itself: no text of the same paragraph stands before or behind it.
fn stands_alone(element: Element<'_>) -> bool {
    let page = element.page();
    let block_of = |number: usize| {
        let mut around = std::iter::successors(page.parent(number), |inner| inner.parent()).take(8);
        around.find(|one| !one.is_inline()).map(Element::number)
    };
    let own = block_of(element.number());
    // Whether the line ends at a node, if that says anything.
    let ends = |number: usize| match page.node(number)? {
        Node::Text(text) if !text.chars().any(char::is_alphanumeric) => None,
        Node::Text(_) => Some(block_of(number) != own),
        Node::Comment(_) => None,
        Node::Element(one) if one.tag() == Tag::Br || !one.is_inline() => Some(true),
        Node::Element(_) => None,
    };
    let before = element.number().saturating_sub(MAX_BESIDE)..element.number();
    let mut behind = element.end()..(element.end() + MAX_BESIDE).min(page.node_count());
    before.rev().find_map(ends) != Some(false) && behind.find_map(ends) != Some(false)
}

/// How many nodes beside an inline element are searched for text of its line.
const MAX_BESIDE: usize = 8;

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::{COMMENTS, PARTS, SHORTEST};

    /// The links of a page that stand among comments.
    fn among_comments(html: &str) -> Vec<String> {
        let page = Document::parse(html);
        let links = page.links().filter(|link| link.is_in_comments);
        links.map(|link| link.href.to_owned()).collect()
    }

    #[test]
    fn the_names_are_sorted_and_none_is_shorter_than_the_shortest() {
        assert!(COMMENTS.is_sorted() && PARTS.is_sorted());
        let lengths = COMMENTS.iter().chain(&PARTS).map(|name| name.len());
        assert_eq!(lengths.min(), Some(SHORTEST));
    }

    #[test]
    fn f4_what_follows_such_a_heading_is_others_to_the_end_of_what_it_stands_in() {
        let text =
            "Some words that a reader has written below the entry, enough of them for a comment.";
        let entry = "<h1>A title</h1><p>Words <a href=/own>own</a></p>";
        for (page, expected) in [
            (
                format!("{entry}<h2>Comments</h2><p>{text} <a href=/c>c</a>"),
                "/c",
            ),
            (
                format!("{entry}<h3>3 responses</h3><ol><li>{text} <a href=/c>c</a></ol>"),
                "/c",
            ),
            (
                format!(
                    "<div>{entry}</div><div><h3>コメント</h3></div><div>{text}<a href=/c>c</a></div>"
                ),
                "/c",
            ),
            (
                format!(
                    "<article>{entry}<div><div><h4>2 Kommentare</h4> <a href=/c>Add yours</a></div>\
                     <ul><li>{text}<a href=/d>d</a></ul></div></article><p><a href=/own2>own</a>"
                ),
                "/c /d",
            ),
            (
                format!(
                    "<section><header><h2>Comments</h2></header>{text}<a href=/c>c</a></section>{entry}"
                ),
                "/c",
            ),
            (
                format!(
                    "{entry}<section><h2>Comments</h2>ok <a href=/c>c</a></section><a href=/own2>o</a>"
                ),
                "/c",
            ),
            (
                format!(
                    "{entry}<details><summary>3 comments</summary><a href=/c>c</a></details>{text}"
                ),
                "/c",
            ),
            (
                format!(
                    "{entry}<div role=heading aria-level=2>Comments</div><p>{text}<a href=/c>c</a>"
                ),
                "/c",
            ),
            (
                format!("{entry}<p><b>Comments:</b></p><p>{text}<a href=/c>c</a>"),
                "/c",
            ),
            (
                format!("{entry}<div class=heading>3 comments:</div><p>{text}<a href=/c>c</a>"),
                "/c",
            ),
            (
                format!(
                    "{entry}<table><caption>Comments</caption><tr><td>{text}<a href=/c>c</a></table>"
                ),
                "/c",
            ),
            (
                format!("{entry}<p><b>3 comments</b></p><p>{text}<a href=/own2>own</a>"),
                "",
            ),
            // A comment's own heading ends nothing.
            (
                format!("{entry}<h2>Comments</h2><p>{text}<h1>x</h1><h2>y</h2><a href=/c>c</a>"),
                "/c",
            ),
            (
                format!("{entry}<h2><a href=/c1>Comments</a> (2)</h2><p>{text}<a href=/c>c</a>"),
                "/c1 /c",
            ),
            (format!("{entry}<h2>No comments</h2>"), ""),
            (
                format!("<h1>Comments on the election</h1><p>{text}<a href=/own>own</a>"),
                "",
            ),
            (
                format!("{entry}<h2>Reactions</h2><p>{text}<a href=/own2>own</a>"),
                "",
            ),
            (
                format!("{entry}<p>Comments</p><p>{text}<a href=/own2>own</a>"),
                "",
            ),
            (
                format!("<aside><h2>Recent comments</h2><a href=/c>c</a></aside>{entry}"),
                "/c",
            ),
            (
                format!(
                    "{entry}<h3>Leave a Reply</h3><form><p>Name</form><p>{text}<a href=/c>c</a>"
                ),
                "/c",
            ),
            (
                format!("{entry}<h3>» コメントを残す</h3><form></form><p>{text}<a href=/c>c</a>"),
                "/c",
            ),
            (
                format!("{entry}<h3>Leave a reply</h3><p>{text}<a href=/own2>own</a>"),
                "",
            ),
            (
                format!("{entry}<aside><h3>Backlinks (3)</h3><a href=/c>c</a></aside><p>{text}"),
                "/c",
            ),
            (
                format!("{entry}<h2>How backlinks work</h2><p>{text}<a href=/own2>own</a>"),
                "",
            ),
        ] {
            assert_eq!(among_comments(&page).join(" "), expected, "{page}");
        }
    }

    #[test]
    fn a_heading_for_comments_above_the_entry_does_not_head_the_entry() {
        let text = "Words of the owner, enough of them for an entry that is longer than a heading.";
        let entry = format!("<h1>My post</h1><p>{text} <a href=/own>o</a></p>");
        let behind = format!("<h2>Comments</h2><p>{text} <a href=/c>c</a></p>");
        for before in [
            "<nav><a href=#comments><h6>Comments</h6></a></nav>",
            "<div><a href=#comments><h6>Comments</h6></a></div>",
            "<div hidden><h2>Responses</h2></div>",
            "<div style='display:none'><h2>Responses</h2></div>",
            "<div aria-hidden=true><div><h2>Responses</h2></div></div>",
            "<dialog><h2>Responses</h2></dialog>",
            "<template><h2>Responses</h2></template>",
            "<header><h2><a href=#comments>3 Comments</a></h2></header>",
            "<details><summary>Comments</summary></details>",
            "<p><b>Comments:</b></p>",
            "<h2>Recent Comments</h2><ol>No comments to show.</ol>",
            "<div><h3>Recent Comments</h3><script></script></div>",
        ] {
            for (open, close) in [
                ("<article>", "</article>"),
                ("<div>", "</div>"),
                ("<main>", "</main>"),
                ("", ""),
            ] {
                let page = format!(
                    "<title>My post | A weblog</title>{before}{open}{entry}{behind}{close}"
                );
                assert_eq!(
                    among_comments(&page).join(" ").replace("#comments ", ""),
                    "/c",
                    "{page}"
                );
            }
        }
        // The links of a list of comments above the entry are those of others.
        let recent = "<h3>Recent comments</h3><ul><li><a href=/c1>c</a></ul>";
        for before in [recent.to_owned(), format!("<div>{recent}</div>")] {
            let page = format!("<title>My post</title>{before}<article>{entry}</article>");
            assert_eq!(among_comments(&page).join(" "), "/c1", "{page}");
        }
        for title in ["Comments", "3 comments"] {
            let page = format!(
                "<title>{title} | A weblog</title><article><h1>{title}</h1><p>{text} \
                 <a href=/own>o</a></p>{behind}</article>"
            );
            assert_eq!(among_comments(&page).join(" "), "/c", "{page}");
        }
    }

    #[test]
    fn a_heading_that_leads_to_the_comments_or_is_hidden_does_not_head_the_entry() {
        let text = "Words of the owner, enough of them for an entry that is longer than a heading.";
        let behind =
            format!("<section id=comments><h2>Comments</h2><p>{text} <a href=/c>c</a></section>");
        for above in [
            "<a href=#comments><h6>Comments</h6></a>",
            "<div><a href='/post/#comments'><span><h6>Comments</h6></span></a></div>",
            "<h3><a href=#comments>2 Comments</a></h3>",
            "<h3><a href=#c>2 Comments</a></h3>",
            "<p>By Ann</p><h4>[<a href='#disqus_thread'>3 comments</a>]</h4>",
            "<div hidden><h2>Responses</h2></div>",
            "<div aria-hidden=true><div><h2>Responses</h2></div></div>",
            "<div style='display:none'><h2>Responses</h2></div>",
            "<aside><h3>Recent comments</h3></aside>",
        ] {
            for page in [
                format!(
                    "<article><h1>My post</h1>{above}<p>{text} <a href=/own>o</a></p>{behind}</article>"
                ),
                format!(
                    "<h1>A weblog</h1>{above}<h2>My post</h2><p>{text} <a href=/own>o</a></p>{behind}"
                ),
                format!(
                    "<title>A weblog</title><meta property=og:title content='My post'><div><h1>My post</h1></div>\
                    <div>{above}</div><div><h1>My post</h1><p>{text} <a href=/own>o</a></p></div>{behind}"
                ),
            ] {
                let found = among_comments(&page);
                let found: Vec<&String> = found.iter().filter(|href| !href.contains('#')).collect();
                assert_eq!(found, ["/c"], "{page}");
            }
        }
        let list = format!("<ol><li>{text} <a href=/c>c</a></ol>");
        let entry = format!("<h1>My post</h1><p>{text} {text} <a href=/own>o</a></p>");
        for heading in [
            "<h2 id=comments><a href=#comments>3 Comments</a></h2>",
            "<h2><a href=#respond>3 Comments</a></h2>",
            "<h2><a href=#>3 Comments</a></h2>",
            "<h2><a href=#gone>3 Comments</a></h2>",
            "<h2>3 <a href=#below>Comments</a></h2>",
            "<a name=comments></a><h2><a href=#comments>3 Comments</a></h2>",
            "<h2 style='display:none'>3 Comments</h2>",
        ] {
            let page =
                format!("{entry}{heading}{list}<div id=respond>x</div><div id=below>y</div>");
            let found = among_comments(&page);
            assert!(found.iter().any(|href| href == "/c"), "{page}");
        }
    }

    #[test]
    fn a_title_behind_the_name_of_the_site_shows_the_entry_too() {
        let text = "Words of the owner, enough of them for an entry that is longer than a heading.";
        for title in [
            "<title>A weblog: My post</title>",
            "<meta property=og:title content='My post'>",
        ] {
            for above in [
                "",
                "<div id=header><h1><a href=/>Other words</a></h1><p>About cats.</div>",
            ] {
                for level in ["h1", "h2", "h3"] {
                    let page = format!(
                        "{title}{above}<div id=sidebar><h3>Recent Comments</h3></div>\
                         <div><{level}>My post</{level}><p>{text} <a href=/own>o</a></div>"
                    );
                    assert!(among_comments(&page).is_empty(), "{page}");
                }
            }
        }
    }

    #[test]
    fn what_looks_like_an_entry_among_comments_ends_them_nowhere() {
        let text =
            "Some words that a reader has written below the entry, enough of them for a comment.";
        for (entry, comment) in [
            ("<h2>My post</h2>", "<article><h1>My post</h1>"),
            ("<h3>My post</h3>", "<main><h1>My post</h1>"),
            ("<article>Words</article>", "<h1>My post</h1>"),
            ("<div class=e-content>Words</div>", "<h1>My post</h1>"),
            ("<p>Words</p><p>WORDS", "<h1>My post</h1>"),
            ("<h2>Another title</h2><p>WORDS", "<h2>My post</h2>"),
            ("<p>WORDS", "<main>"),
            ("<p>Words</p>", "<article class=e-content>"),
            ("<p>Words</p>", "<h1>Another title</h1>"),
        ] {
            let entry = entry.replace("WORDS", &text.repeat(4));
            let page = format!(
                "<title>My post</title><div>{entry}</div><div><h3>Comments</h3></div>\
                 <div>{comment}<p>{text} <a href=/c>c</a></p></div>"
            );
            assert_eq!(among_comments(&page).join(" "), "/c", "{page}");
        }
    }

    #[test]
    fn f4_what_is_named_for_comments_in_any_place_of_its_name_holds_them() {
        for (open, close) in [
            ("<div id=kommentare>", "</div>"),
            ("<div id=comentarios>", "</div>"),
            ("<div id=commento>", "</div>"),
            ("<div id=mastodon-comments-list>", "</div>"),
            ("<div class=userComment>", "</div>"),
            ("<div class=UserComments>", "</div>"),
            ("<div class=bbp-replies>", "</div>"),
            ("<div class='x guestbook-entry'>", "</div>"),
            ("<div class=shoutbox>", "</div>"),
            ("<div class=post_comments_list>", "</div>"),
            ("<comment-list>", "</comment-list>"),
            ("<div role=comment>", "</div>"),
            ("<section aria-label=Comments>", "</section>"),
            ("<section aria-label='3 Kommentare'>", "</section>"),
            ("<ol class=pings>", "</ol>"),
            ("<div itemprop=review>", "</div>"),
            (
                "<div itemscope itemtype=https://schema.org/Review>",
                "</div>",
            ),
            ("<div class=user-review>", "</div>"),
            ("<div id=discussion>", "</div>"),
            ("<div class=answers>", "</div>"),
            ("<div class=reviews><h2>Reviews</h2>", "</div>"),
            ("<div class=chatbox>", "</div>"),
            ("<div class=referrers>", "</div>"),
            ("<ul id=backlinks>", "</ul>"),
            ("<div class=forum-posts><div class=reply>", "</div></div>"),
            ("<div class=response>", "</div>"),
            ("<div class=reply>", "</div>"),
            ("<div class=post-reply>", "</div>"),
            ("<div class=feedback>", "</div>"),
            ("<div class=cmt>", "</div>"),
            ("<li class=cmt-item>", "</li>"),
            ("<div class=visitor-posts>", "</div>"),
            ("<div class=gastebuch>", "</div>"),
            ("<div class=livre-dor>", "</div>"),
            ("<ol class=webmention-list>", "</ol>"),
            ("<li class=webmention__item>", "</li>"),
            ("<div class=commentblock>", "</div>"),
            ("<div class=x-commentsBox>", "</div>"),
            ("<div class=serendipity_comments>", "</div>"),
            ("<ul class=trackback-list>", "</ul>"),
            ("<div class=topic-comments>", "</div>"),
            ("<ul class=comments-type-list>", "</ul>"),
            ("<div id=comment-cat>", "</div>"),
            ("<div class=user-comments-tag>", "</div>"),
        ] {
            let page = format!(
                "<h1>A title</h1><p>Words</p>{open}<p>x <a href=/c>c</a></p>{close}<a href=/own>o</a>"
            );
            assert_eq!(among_comments(&page).join(" "), "/c", "{page}");
        }
        for open in [
            "<div class=comments-closed>",
            "<div class=has-comments>",
            "<div class=commentCount>",
            "<div class=show-comments-button>",
            "<div class=commentary>",
            "<div class=recommended>",
            "<my-post>",
            "<section aria-label='Comments on the election'>",
            "<article class='post category-comments tag-kommentare'>",
            "<article class='post type-comment tags-comments'>",
            "<div class=commentator>",
        ] {
            let page = format!("{open}<a href=/own>o</a>");
            assert_eq!(among_comments(&page).len(), 0, "{page}");
        }
    }

    #[test]
    fn f4_what_only_looks_like_a_heading_or_is_an_anchor_begins_comments_behind_the_entry() {
        let entry =
            "<h1>A title</h1><article><p>The text with words. <a href=/own>o</a></p></article>";
        let plain = "<h1>A title</h1><p>The text with words. <a href=/own>o</a></p>";
        let list = "<p>Visitor says: <a href=/c>the link</a></p>";
        for heading in [
            "<a name=comments></a>",
            "<a id=comments></a>",
            "<p><a name=kommentare></a></p>",
            "<a name=comments></a><h3>Leave a reply</h3>",
            "<b>Comments</b><br>",
            "<p><b>3 comments</b></p>",
            "<hr><center><font size=4>Comments</font></center>",
            "<strong>Comments on A title</strong>",
            "<p>3 comments:</p>",
            "<div class=title>Comments</div>",
            "<span class=head>Comments</span>",
            "<dl><dt>Comments</dt><dd>_</dd></dl>",
            "<table><tr><th>Comments</th></tr><tr><td>_</td></tr></table>",
            "<table><tr><td><b>Comments</b></td></tr><tr><td>_</td></tr></table>",
            "<h3><a href='#c'>3 comments</a></h3>",
            "<h3>One Response to A title</h3>",
            "<p>Comments</p>",
            "<h3>Reactions</h3>",
            "<h3>Mentions</h3>",
            "<h3>Speak your mind</h3>",
        ] {
            for entry in [entry, &entry.replace("article", "div class=e-content")] {
                let behind = heading.replace('_', list);
                let behind = if behind == heading {
                    format!("{heading}{list}")
                } else {
                    behind
                };
                for page in [
                    format!("<title>A title</title>{entry}{behind}"),
                    format!("<title>A weblog</title><main>{entry}{behind}</main>"),
                ] {
                    assert_eq!(
                        among_comments(&page).join(" ").replace("#c ", ""),
                        "/c",
                        "{page}"
                    );
                }
                // Where no box shows where the entry ends, the form for a comment does.
                if !heading.contains("#c") {
                    let form = "<form><textarea></textarea></form>";
                    let page = format!("<title>A title</title>{plain}{behind}{form}");
                    assert_eq!(among_comments(&page).join(" "), "/c", "{page}");
                }
            }
        }
    }

    #[test]
    fn what_looks_like_a_heading_for_comments_within_an_entry_or_says_more_keeps_its_links() {
        let text = "Words of the owner, enough of them for an entry that is longer than a heading.";
        for line in [
            "<a name=comments></a>",
            "<p>3 comments:</p>",
            "<p><b>3 comments</b></p>",
            "<b>Comments</b><br>",
            "<div class=title>Comments</div>",
            "<dl><dt>Comments</dt><dd>x</dd></dl>",
            "<table><tr><th>Comments</th></tr></table>",
        ] {
            for (open, close) in [
                ("<article>", "</article>"),
                ("<div class='post hentry'>", "</div>"),
                ("<div class=entry-content>", "</div>"),
                ("<div>", "</div>"),
            ] {
                let page = format!(
                    "<title>A title</title>{open}<h1>A title</h1><p>{text}</p>{line}<p>{text} \
                     <a href=/own>o</a></p>{close}"
                );
                assert!(among_comments(&page).is_empty(), "{page}");
            }
        }
        let entry = format!("<article><h1>A title</h1><p>{text}</p></article>");
        for line in [
            "<a name=comments></a><h2>How we moderate</h2>",
            "<a name=about></a>",
            "<a name=comments href=/x>3 comments</a>",
            "<p class=title><a href=/x>3 comments</a></p>",
            "<p>Some <b>Comments</b> are good</p>",
            "<b>Comments</b> are good",
            "<p>I have 3 comments:</p>",
            "<p>Comments on cats</p>",
            "<table><tr><th>Comments</th><th>Date</th></tr><tr><td>x</td></tr></table>",
            "<div class=title>Comments on the election</div>",
            "<h2>Comments on the election</h2>",
            "<h3>3 comments on another title</h3>",
        ] {
            let page =
                format!("<title>A title</title>{entry}{line}<p>{text} <a href=/own>o</a></p>");
            assert!(among_comments(&page).is_empty(), "{page}");
        }
        // An entry about comments.
        for title in [
            "Comments",
            "3 comments",
            "Comments are closed",
            "User comments",
        ] {
            let page = format!(
                "<title>{title} | A weblog</title><main><h1>{title}</h1><p>{text} <a href=/own>o</a></p></main>"
            );
            assert!(among_comments(&page).is_empty(), "{page}");
        }
    }

    #[test]
    fn a_section_of_the_content_that_is_called_comments_is_its_authors_if_it_is_prose() {
        let text = "Words of the owner, enough of them for an entry that is longer than a heading.";
        let page = |open: &str, section: &str| {
            format!(
                "<title>The new law</title><article class=h-entry><h1>The new law</h1>{open}<p>{text}</p>{section}\
                 </div></article>"
            )
        };
        let own = format!("<p>{text} <a href=/own>o</a></p><p>{text}</p>");
        for open in [
            "<div class=e-content>",
            "<div class='entry-content clear'>",
            "<div itemprop=articleBody>",
        ] {
            for heading in [
                "<h2>Comments</h2>",
                "<h3>Reader comments</h3>",
                "<h2 id=comments>Comments</h2>",
            ] {
                let page = page(open, &format!("{heading}{own}"));
                assert!(among_comments(&page).is_empty(), "{page}");
            }
            for section in [
                format!("<h2>Comments</h2><ol><li>{text} <a href=/c>c</a></ol>"),
                format!("<h2>Comments</h2><p>{text} <a href=/c rel=nofollow>c</a>"),
                format!("<h2>Comments</h2><p>{text} <a href=/c>c</a><textarea></textarea>"),
                format!("<h2>Comments</h2><p class=text>{text} <a href=/c>c</a>"),
                format!("<h2>Comments</h2><div>{text} <a href=/c>c</a></div>"),
                format!("<h2>Comments</h2><p>{text} <a href=/c>c</a></p><p>Ann, 3 May 2024"),
                format!(
                    "<h2>Comments</h2><p>{text} <a href=/c>c</a></p><p>Posted by Ann at 3:40 PM"
                ),
                format!(
                    "<h2>Comments</h2><p>{text} <a href=/c>c</a></p><h3>2 comments</h3><p>{text}"
                ),
                format!("<h2>Comments</h2><p>{text} <a href=/c>c</a></p><p>Ann</p>"),
                format!("<h2>Comments</h2><p><b>Ann</b>: {text} <a href=/c>c</a></p>"),
                "<h2>Comments</h2><p><a href=/c>c</a>".to_owned(),
                format!(
                    "<div class=comments><h2>Comments</h2><p>{text} <a href=/c>c</a></p></div>"
                ),
            ] {
                let page = page(open, &section);
                assert_eq!(among_comments(&page).join(" "), "/c", "{page}");
            }
        }
        // Where no content is marked, the heading counts.
        let page = page("<div>", &format!("<h2>Comments</h2>{own}"));
        assert_eq!(among_comments(&page).join(" "), "/own", "{page}");
    }

    #[test]
    fn headings_without_end_take_linear_time() {
        for (piece, expected) in [
            ("<h2>Comments</h2>", 1),
            ("<div><h2>Comments</h2>", 1),
            ("<div><h2>Comments</h2></div><p>", 1),
            ("<section><h2>Comments</h2>x</section>", 0),
            ("<div class=title>", 0),
            ("<p><b>Comments:</b>", 1),
            ("<div role=heading>", 0),
            ("<div><section><h2>Comments</h2></section></div>", 1),
            ("<div><h2>Backlinks</h2>", 1),
            ("<h2>Leave a reply</h2>", 0),
            ("<div class=reviews>", 0),
            ("<h2><a href=#x>Comments</a></h2>", 12_001),
            ("<h1>x</h1><h2><a href=#x>Comments</a></h2>", 11_993),
            ("<div hidden><h2>Comments</h2>", 1),
            ("<h2>x</h2><div class=reply>", 1),
            ("<a name=comments></a>", 0),
            ("<article></article><a name=comments></a>", 1),
            ("<b>Comments</b>", 0),
            ("<article></article><b><font>", 0),
            ("<article></article><span class=title>3 comments on x", 0),
            ("<table><tr><th>Comments", 0),
            ("<tr><th>Comments</th><th>x</th></tr>", 0),
        ] {
            let page = format!("{}<a href=/c>c</a>", piece.repeat(12_000));
            assert_eq!(among_comments(&page).len(), expected, "{piece}");
        }
    }
}
