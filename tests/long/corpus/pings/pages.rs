//! The pages of the corpus: comments as weblogs have them, hidden links, dead pages.

use super::Page;

/// A section of comments as weblogs have it, in which somebody has written `words`.
pub(super) fn comments(number: u64, words: &str) -> String {
    let polite = "I have read this with pleasure, and so have all my friends in town.";
    match number % 8 {
        // WordPress.
        0 => format!(
            "<div id=\"comments\" class=\"comments-area\"><h2>2 Replies</h2><ol class=\"commentlist\">\
             <li class=\"comment\"><p>{polite}</p><li class=\"comment\"><p>{words}</p></ol></div>"
        ),
        // Movable Type.
        1 => format!(
            "<div class=\"comments-content\"><div class=\"comment-body\"><p>{polite}</p></div>\
             <div class=\"comment-body\"><p>{words}</p></div></div>"
        ),
        // Nothing but a heading.
        2 => format!("<h3>2 Comments</h3><p>{polite}</p><p>{words}</p>"),
        3 => format!("<section><h2>Responses</h2><ul><li>{polite}<li>{words}</ul></section>"),
        // Microformats and Schema.org.
        4 => format!(
            "<ol><li class=\"u-comment h-cite\"><p class=\"p-content\">{polite} {words}</p></ol>"
        ),
        5 => format!(
            "<div itemprop=\"comment\" itemscope itemtype=\"https://schema.org/Comment\">{polite} {words}</div>"
        ),
        // Static comments.
        6 => format!(
            "<div class=\"isso-thread\" id=\"isso-thread\"><div class=\"isso-comment\">{polite} {words}</div></div>"
        ),
        // In another language.
        _ => format!("<h2>Kommentare</h2><p>{polite}</p><blockquote>{words}</blockquote>"),
    }
}

pub(super) fn hide(number: u64, link: &str, target: &str) -> String {
    match number % 6 {
        0 => format!("<p>Nothing</p><!-- {link} -->"),
        1 => format!("<script>var a = '{link}';</script><p>Nothing</p>"),
        2 => format!("<template>{link}</template>"),
        3 => format!("<noscript>{link}</noscript>"),
        4 => format!("<div style=\"display: none\"><p>{link}</p></div>"),
        _ => format!("<p hidden><a href='{target}'>x</a></p>"),
    }
}

pub(super) fn dead(number: u64) -> Page {
    match number % 3 {
        0 => Page::Gone,
        1 => html(
            "<title>Parked</title><p>This domain is for sale. <a href=\"https://parking.example/\">Buy it</a>",
        ),
        _ => Page::Text {
            content_type: "application/octet-stream",
            body: vec![0; 500],
        },
    }
}

pub(super) fn html(body: &str) -> Page {
    Page::Text {
        content_type: "text/html; charset=utf-8",
        body: format!("<!doctype html><title>A page</title>{body}").into_bytes(),
    }
}
