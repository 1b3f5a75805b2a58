//! Where on a page the comments of others stand: in what is named for them, and behind a heading that says so.

use super::document::{Element, Node};
use super::tag::Tag;

/// Words of `class` and whole `id`s (in lower case, `_` as `-`) of what holds the comments of others.
const COMMENTS: [&str; 46] = [
    "pings",
    "user-review",
    "user-reviews",
    "customer-review",
    "customer-reviews",
    "reader-review",
    "reader-reviews",
    "chatbox",
    "referrer",
    "referrers",
    "referers",
    "backlinks",
    "comment",
    "comments",
    "comment-body",
    "comment-content",
    "comment-list",
    "commentlist",
    "comment-text",
    "comments-area",
    "comments-list",
    "comments-section",
    "comment-section",
    "commentarea",
    "comment-thread",
    "comment-author",
    "respond",
    "comment-respond",
    "disqus-thread",
    "giscus",
    "isso-thread",
    "utterances",
    "u-comment",
    "p-comment",
    "responses",
    "replies",
    "mentions",
    "webmentions",
    "webmention",
    "pingback",
    "pingbacks",
    "trackback",
    "trackbacks",
    "pinglist",
    "post-comments",
    "guestbook",
];

/// Words for the comments of others in the middle of a name, such as `mastodon-comments-list` and `userComment`.
const PARTS: [&str; 30] = [
    "comment",
    "comments",
    "commento",
    "commenti",
    "commentaire",
    "commentaires",
    "comentario",
    "comentarios",
    "comentaris",
    "comentários",
    "guestbook",
    "gaestebuch",
    "gästebuch",
    "kommentar",
    "kommentare",
    "kommentarer",
    "kommentit",
    "komentar",
    "komentarze",
    "komentari",
    "opmerkingen",
    "pingbacks",
    "reacties",
    "replies",
    "shoutbox",
    "talkback",
    "talkbacks",
    "trackbacks",
    "webmentions",
    "yorumlar",
];

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
    let labels = |label: &str| label.len() <= MAX && heads_comments(label);
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
    if name.len() > 64 {
        return false;
    }
    let name = hyphenated(name);
    let is_part = |part: &str| PARTS.contains(&part);
    COMMENTS.contains(&name.as_str())
        || name.split('-').any(is_part) && !name.split('-').any(|part| AT_THE_ENTRY.contains(&part))
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

/// What follows an element; `None` if it is no heading, or says more than that comments follow.
pub(super) fn headed(heading: Element<'_>) -> Option<Headed> {
    // Bounded, for headings may be nested.
    if heading.inside().len() > MAX || !is_heading(heading) {
        return None;
    }
    let text = heading_text(heading);
    let bare = text.trim_matches(|character: char| !character.is_alphabetic());
    let is_bare = |words: &[&str]| words.contains(&bare.to_lowercase().as_str());
    let is_form = |element: Element<'_>| matches!(element.tag(), Tag::Form | Tag::Textarea);
    let mut behind = heading.page().elements(heading.end()..heading.end() + MAX);
    if heads_comments(&text) || is_bare(&INVITATIONS) && behind.any(is_form) {
        return Some(Headed::Comments);
    }
    is_bare(&["referrers", "referers", "backlinks"]).then_some(Headed::ByOthers)
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

/// The longest heading that is read, in bytes and in nodes.
const MAX: usize = 200;

/// So many bytes of text behind a heading are more than a link beside it.
const FOLLOWS: usize = 60;

fn is_heading(element: Element<'_>) -> bool {
    element.tag().is_heading()
        || matches!(element.tag(), Tag::Summary | Tag::Legend | Tag::Caption)
        || element
            .attribute("role")
            .is_some_and(|role| role.trim().eq_ignore_ascii_case("heading"))
        || is_like_heading(element)
}

/// Whether an element without the markup of a heading looks like one that leads on: all bold, or called a heading, and
/// ending with a colon.
fn is_like_heading(element: Element<'_>) -> bool {
    let is_called = |class: &str| {
        let class = hyphenated(class);
        class
            .split('-')
            .any(|part| matches!(part, "heading" | "header" | "head" | "title" | "hd"))
    };
    if !matches!(element.tag(), Tag::P | Tag::Div | Tag::Dt) {
        return false;
    }
    let page = element.page();
    let first = element
        .inside()
        .find_map(|number| match page.node(number)? {
            Node::Text(text) if text.trim().is_empty() => None,
            Node::Text(_) => Some(false),
            Node::Comment(_) => None,
            Node::Element(inner) => Some(matches!(inner.tag(), Tag::B | Tag::Strong)),
        });
    let is_marked = first == Some(true) || element.words("class").any(is_called);
    is_marked
        && page
            .text(element.inside(), MAX)
            .trim_end()
            .ends_with([':', '：'])
}

/// What heads comments, alone or with a number.
const HEADS: [&str; 74] = [
    "comments",
    "guestbook",
    "gästebuch",
    "talkback",
    "responses",
    "replies",
    "trackbacks",
    "pingbacks",
    "webmentions",
    "kommentare",
    "antworten",
    "commentaires",
    "réponses",
    "comentarios",
    "respuestas",
    "comentários",
    "respostas",
    "comentaris",
    "commenti",
    "risposte",
    "reacties",
    "opmerkingen",
    "kommentarer",
    "kommentaarid",
    "kommentit",
    "komentarze",
    "komentáře",
    "komentáre",
    "komentari",
    "komentarji",
    "komentarai",
    "komentāri",
    "komentar",
    "komentoj",
    "hozzászólások",
    "comentarii",
    "комментарии",
    "коментарі",
    "коментари",
    "каментары",
    "комментариев",
    "коментарів",
    "коментара",
    "σχόλια",
    "yorumlar",
    "تعليقات",
    "التعليقات",
    "دیدگاه‌ها",
    "نظرات",
    "תגובות",
    "コメント",
    "コメント一覧",
    "件のコメント",
    "トラックバック",
    "评论",
    "条评论",
    "則留言",
    "留言",
    "評論",
    "則評論",
    "條評論",
    "條留言",
    "回应",
    "回應",
    "댓글",
    "luận",
    "टिप्पणियाँ",
    "टिप्पणियां",
    "ความคิดเห็น",
    "ความเห็น",
    "komente",
    "athugasemdir",
    "iruzkinak",
    "sylwadau",
];

/// What does so only with a number, or a word for one.
const COUNTED: [&str; 31] = [
    "comment",
    "response",
    "reply",
    "reaction",
    "reactions",
    "thought",
    "thoughts",
    "trackback",
    "pingback",
    "mention",
    "mentions",
    "webmention",
    "kommentar",
    "antwort",
    "commentaire",
    "réponse",
    "réaction",
    "réactions",
    "comentario",
    "respuesta",
    "comentário",
    "resposta",
    "commento",
    "reactie",
    "kommentti",
    "kommenttia",
    "komentarz",
    "komentarzy",
    "комментарий",
    "комментария",
    "yorum",
];

/// What stands between two of them, or before one.
const BETWEEN: [&str; 18] = [
    "yet", "bình", "개", "개의", "and", "und", "et", "y", "e", "och", "og", "en", "i", "и", "so",
    "far", "recent", "latest",
];

/// What heads the form for a comment, which may stand above the others.
const INVITATIONS: [&str; 19] = [
    "leave a reply",
    "leave a comment",
    "leave a response",
    "leave your comment",
    "post a comment",
    "add a comment",
    "add your comment",
    "write a comment",
    "join the discussion",
    "join the conversation",
    "schreibe einen kommentar",
    "kommentar schreiben",
    "laisser un commentaire",
    "deja un comentario",
    "deja una respuesta",
    "deixe um comentário",
    "lascia un commento",
    "コメントを残す",
    "コメントを書く",
];

const NUMBERS: [&str; 17] = [
    "no", "your", "one", "two", "three", "ein", "eine", "keine", "kein", "un", "une", "aucun",
    "uno", "um", "sin", "een", "geen",
];

/// Whether a heading is nothing but a word for comments, and their number.
fn heads_comments(text: &str) -> bool {
    if text.len() > MAX {
        return false;
    }
    let lower = text.to_lowercase();
    // What a number counts may name what it is about: 3 responses to “A title”.
    let (lower, is_quoted) = match lower.split_once(['“', '"', '«', '„', '‘']) {
        Some((before, rest)) if rest.trim_end().ends_with(['”', '"', '»', '“', '’']) => {
            (before, true)
        }
        _ => (lower.as_str(), false),
    };
    let of_word = |character: char| {
        character.is_alphabetic() || character == '\u{200C}' || is_mark(character)
    };
    let mut counted = lower.chars().any(char::is_numeric);
    let is_question = lower.contains(['?', '？']);
    let mut words = lower
        .split(|character: char| !of_word(character))
        .filter(|word| !word.is_empty())
        .peekable();
    while words.next_if(|word| NUMBERS.contains(word)).is_some() {
        counted = true;
    }
    let (mut heads, mut is_last_a_head) = (false, false);
    for word in words {
        let is_head = HEADS.contains(&word) || (counted && COUNTED.contains(&word));
        let is_about = is_quoted
            && counted
            && is_last_a_head
            && ["to", "on", "zu", "à", "sur", "a", "su"].contains(&word);
        if !is_head && !is_about && !BETWEEN.contains(&word) {
            return false;
        }
        heads |= is_head;
        is_last_a_head = is_head;
    }
    heads && !is_question && (!is_quoted || counted)
}

/// Vowel signs and accents, which belong to the word that they stand in.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;

    #[test]
    fn f4_a_heading_that_is_a_word_for_comments_heads_them() {
        for heading in [
            "Comments",
            " COMMENTS: ",
            "Comments (3)",
            "3 Comments",
            "3 comments so far",
            "[12] Comments",
            "One Comment",
            "No comments",
            "1 comment",
            "3 responses",
            "Responses",
            "1 Reply",
            "2 reactions",
            "1,234 Comments",
            "Comments & Trackbacks",
            "Comments and responses (5)",
            "Recent comments",
            "3 Responses to “Why cats sleep”",
            "One thought on \"Why cats sleep\"",
            "4 thoughts on “It’s ‘fine’”",
            "Kommentare",
            "2 Kommentare",
            "Ein Kommentar",
            "Kommentare und Trackbacks",
            "3 Antworten zu „Katzen“",
            "Commentaires",
            "1 commentaire",
            "3 réponses à « Les chats »",
            "Comentarios (7)",
            "Un comentario",
            "Commenti",
            "Reacties (2)",
            "3 комментария",
            "Комментарии",
            "コメント",
            "コメント (3)",
            "3件のコメント",
            "3 件のコメント",
            "评论",
            "3 条评论",
            "댓글 3개",
            "댓글",
            "تعليقات",
            "4 תגובות",
            "Comments #",
            "💬 Comments",
            "Guestbook",
            "Your thoughts",
            "No comments yet, 1 pingback",
        ] {
            assert!(heads_comments(heading), "{heading}");
        }
    }

    #[test]
    fn a_heading_that_says_more_heads_an_entry() {
        for heading in [
            "",
            "3",
            "Comments on the election",
            "My comments",
            "Comments? No thanks",
            "Comments?",
            "Why I closed comments",
            "Comment",
            "A comment",
            "Reply",
            "Response",
            "Reactions",
            "Thoughts",
            "Thoughts on “Inception”",
            "Responses to “The critics”",
            "3 comments on the election",
            "Three thoughts about cats",
            "2 commentaries",
            "Kommentar",
            "Kommentar: Katzen",
            "Discussion",
            "Mentions",
            "and",
            "So far",
            "コメントについて",
            "评论家",
            "The responses of 12 critics",
        ] {
            assert!(!heads_comments(heading), "{heading}");
        }
        assert!(!heads_comments(&"comments ".repeat(50)));
    }

    /// The links of a page that stand among comments.
    fn among_comments(html: &str) -> Vec<String> {
        let page = Document::parse(html);
        let links = page.links().filter(|link| link.is_in_comments);
        links.map(|link| link.href.to_owned()).collect()
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
        ] {
            let page = format!("{open}<a href=/own>o</a>");
            assert_eq!(among_comments(&page).len(), 0, "{page}");
        }
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
            ("<h2><a href=#x>Comments</a></h2>", 20_001),
            ("<h1>x</h1><h2><a href=#x>Comments</a></h2>", 19_993),
            ("<div hidden><h2>Comments</h2>", 1),
            ("<h2>x</h2><div class=reply>", 0),
        ] {
            let page = format!("{}<a href=/c>c</a>", piece.repeat(20_000));
            assert_eq!(among_comments(&page).len(), expected, "{piece}");
        }
    }
}
