//! Why a page that could be an entry is not to be taken for one: its author says so.

use super::json_ld::Article;
use super::metadata::Facts;
use crate::html::{Document, Element};

/// Whether the page only leads to another one; one that reloads itself does not.
pub(crate) fn leads_away(facts: &Facts) -> bool {
    facts
        .refresh
        .as_ref()
        .is_some_and(|content| content.to_ascii_lowercase().contains("url"))
}

/// Whether `robots` says `noindex`.
pub(crate) fn asks_not_to_be_found(facts: &Facts) -> bool {
    let robots = facts.robots.as_deref().unwrap_or_default();
    robots
        .split(',')
        .map(|word| word.trim().to_ascii_lowercase())
        .any(|word| word == "noindex" || word == "none")
}

/// Whether the page is marked as a draft: in its head, on `<body>`, or on the entry's element `own`.
pub(crate) fn is_draft(
    tree: &Document,
    facts: &Facts,
    article: Option<&Article>,
    own: Option<usize>,
) -> bool {
    let status = article.and_then(|article| article.status.as_deref());
    let mut numbers = [facts.body, own].into_iter().flatten();
    facts.draft.as_deref().is_some_and(is_true)
        || status.is_some_and(|status| status.eq_ignore_ascii_case("draft"))
        || numbers.any(|number| tree.element(number).is_some_and(is_marked))
}

fn is_marked(element: Element<'_>) -> bool {
    element.has_class("draft")
        || element.has_class("is-draft")
        || element.attribute("data-draft").is_some_and(is_true)
}

fn is_true(text: &str) -> bool {
    matches!(text.trim(), "true" | "yes" | "1")
}
