//! What others than a page's author may have written, besides comments: reviews, replies, feedback, discussions.

use super::comments::hyphenated;
use super::document::Element;
use super::tag::Tag;

/// Names of boxes that others write in, but also of kinds of entries and of their sections.
const BY_OTHERS: [&str; 13] = [
    "feedback",
    "post-reply",
    "reader-feedback",
    "reply",
    "response",
    "reviews",
    "review-list",
    "discussion",
    "discussions",
    "answers",
    "answer-list",
    "latest-reviews",
    "recent-reviews",
];

/// Whether others than the page's author may have written what is in an element, by a name or markup that the author's own
/// text may have, too: then it is the author's if the entry itself, or a heading of the page, is in it.
pub(super) fn is_by_others(element: Element<'_>) -> bool {
    if !element.has_attributes() {
        return false;
    }
    let is_named = |name: &str| name.len() <= 20 && BY_OTHERS.contains(&hyphenated(name).as_str());
    let is_kind = |kind: &str| {
        let kind = kind.rsplit('/').next().unwrap_or_default();
        matches!(kind, "Review" | "UserReview" | "Answer")
    };
    let is_property = |name: &str| {
        matches!(
            name,
            "review" | "reviews" | "suggestedAnswer" | "acceptedAnswer"
        )
    };
    let id = element.attribute("id").filter(|_| !is_section(element));
    let is_box = || element.words("class").chain(id).any(is_named);
    // A reader's review has no heading of such a level.
    let is_item = || {
        let mut inside = element.page().elements(element.inside()).take(MAX_BEFORE);
        let is_marked =
            element.words("itemtype").any(is_kind) || element.words("itemprop").any(is_property);
        is_marked && !inside.any(|inner| inner.is("h2"))
    };
    element.tag() != Tag::A && (is_box() || is_item()) && !holds_entry(element)
}

/// Whether an element's `id` is made of the words of a heading, as programs do for sections of a text.
fn is_section(element: Element<'_>) -> bool {
    let is_level = |class: &str| {
        let level = class.strip_prefix("level").unwrap_or_default();
        class == "section" || level.len() == 1
    };
    element.tag().is_heading() || element.is("section") || element.words("class").any(is_level)
}

/// Whether an element has one of these classes.
pub(super) fn is_called(element: Element<'_>, classes: &[&str]) -> bool {
    element.words("class").any(|class| classes.contains(&class))
}

/// The nearest elements that an element is in.
pub(super) fn around(element: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    std::iter::successors(element.parent(), |inner| inner.parent()).take(MAX_AROUND)
}

/// How many elements around one are searched.
const MAX_AROUND: usize = 20;

/// Whether an element is or has an entry, or is part of a review. What the first heading of a page stands in, or stands
/// behind, is nothing beside an entry.
fn holds_entry(element: Element<'_>) -> bool {
    let is_entry = |element: Element<'_>| {
        matches!(element.name(), "article" | "main" | "h1")
            || is_called(
                element,
                &["h-entry", "hentry", "h-review", "hreview", "e-content"],
            )
    };
    let page = element.page();
    let answers = |inner: Element<'_>| {
        is_called(inner, &["u-in-reply-to", "h-cite"]) || inner.has_rel("in-reply-to")
    };
    let is_in_text = |element: Element<'_>| is_called(element, &["e-content", "entry-content"]);
    let is_first = || {
        let before = element.number().saturating_sub(MAX_BEFORE)..element.number();
        let is_heading = |element: Element<'_>| matches!(element.name(), "h1" | "h2");
        !page.elements(before).any(is_heading)
    };
    let is_in_review = || around(element).any(|around| is_called(around, &["h-review", "hreview"]));
    let mut inside = page.elements(element.inside()).take(MAX_BEFORE);
    is_entry(element)
        || answers(element)
        || inside.any(|inner| is_entry(inner) || answers(inner))
        || around(element).any(is_in_text)
        || is_in_review()
        || is_first()
}

/// How many nodes before an element, or in it, are searched for an entry.
const MAX_BEFORE: usize = 500;

#[cfg(test)]
mod tests {
    use super::super::document::Document;

    #[test]
    fn a_review_or_discussion_of_the_author_is_no_comment() {
        for html in [
            "<h1>A weblog</h1><article class=review>_</article>",
            "<h1>A weblog</h1><article itemscope itemtype=https://schema.org/Review>_</article>",
            "<h1>A weblog</h1><div class='hreview review'>_</div>",
            "<h1>A weblog</h1><div class='h-review'><div itemprop=review>_</div></div>",
            "<h1>A weblog</h1><main class=reviews>_</main>",
            "<h1>A weblog</h1><div class=reviews><article>_</article></div>",
            "<div id=reviews><h1>A film</h1>_</div>",
            "<div itemscope itemtype=https://schema.org/Review><h2>A film</h2>_</div>",
            "<h1>A film</h1><div class='post review category-reviews'>_</div>",
            "<h1>A weblog</h1><div itemtype=https://schema.org/Review><h2>A film</h2>_</div>",
            "<h1>A film</h1><div itemprop=review class=hentry>_</div>",
            "<h1>A study</h1><section id=discussion><h2>Discussion</h2>_</section>",
            "<h1>A study</h1><div class=section id=discussion><h2>Discussion</h2>_</div>",
            "<h1>A study</h1><h2 id=discussion>Discussion</h2>_",
            "<h1>A post</h1><div class='reply e-content'>_</div>",
            "<body class=reviews><h1>A film</h1>_",
            "<h1>A weblog</h1><div class='h-entry reply'>_</div>",
            "<article class=h-entry><h1>A post</h1><p class=reply>To <a class=u-in-reply-to href=/x>x</a>_</article>",
            "<article class=h-entry><h1>A post</h1><div class='response h-cite'><a class=u-url href=/x>x</a></div>_</article>",
            "<h1>A post</h1><div class=e-content><p class=question>Why?</p><div class=response>_</div></div>",
            "<h1>A post</h1><div class=reply><a rel=in-reply-to href=/x>x</a>_</div>",
            "<h1>A post</h1><div class=feedback-loop>_</div>",
        ] {
            let page = html.replace('_', "<p>Words <a href=/own>o</a></p>");
            let page = Document::parse(&page);
            assert!(page.links().all(|link| !link.is_in_comments), "{html}");
        }
    }
}
