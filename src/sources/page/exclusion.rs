//! Pages that their authors mark as not being entries: redirects, `noindex`, drafts.

use url::Url;

use super::json_ld::Article;
use super::metadata::PageMetadata;
use crate::html::{Base, Document, Element};

/// Whether the page, at `own` if that is known, redirects to another one; a page that only reloads itself does not.
pub(crate) fn leads_away(tree: &Document, own: Option<&Url>) -> bool {
    tree.refresh().is_some_and(|refresh| match own {
        Some(own) => refresh.departure(&Base::new(tree, own), own).is_some(),
        None => !refresh.is_reload(),
    })
}

/// Whether `robots` says `noindex`.
pub(crate) fn asks_not_to_be_found(metadata: &PageMetadata) -> bool {
    let robots = metadata.robots.as_deref().unwrap_or_default();
    robots
        .split(',')
        .map(|word| word.trim().to_ascii_lowercase())
        .any(|word| word == "noindex" || word == "none")
}

/// Whether the page is marked as a draft: in its head, on `<body>`, or on the entry's element `own`.
pub(crate) fn is_draft(
    tree: &Document,
    metadata: &PageMetadata,
    article: Option<&Article>,
    own: Option<usize>,
) -> bool {
    let status = article.and_then(|article| article.status.as_deref());
    let mut numbers = [metadata.body, own].into_iter().flatten();
    metadata.draft.as_deref().is_some_and(is_true)
        || status.is_some_and(|status| status.eq_ignore_ascii_case("draft"))
        || numbers.any(|number| tree.element(number).is_some_and(is_marked))
}

/// Whether a URL is in the folder to which Pelican writes drafts (`/drafts/cats.html`, `/drafts/pages/cats.html`). It marks
/// them in no other way.
pub(crate) fn is_in_drafts(url: &Url) -> bool {
    let mut folders = url.path().split('/').rev().skip(1);
    folders.any(|folder| folder == "drafts")
}

fn is_marked(element: Element<'_>) -> bool {
    element.has_class("draft")
        || element.has_class("is-draft")
        || element.attribute("data-draft").is_some_and(is_true)
}

fn is_true(text: &str) -> bool {
    matches!(text.trim(), "true" | "yes" | "1")
}
