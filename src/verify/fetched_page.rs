//! What a fetched page and its headers say of its links.

use url::Url;

use super::link_check::Vouched;
use crate::fetch::Page;
use crate::html::{Base, Refresh};
use crate::linkback::link_header;
use crate::linkback::trackback::links::{Links, links};

/// The links of a page; `None` if it is not HTML, or a file to save. Its headers may have the permalink that it does not
/// state itself.
pub(super) fn links_of_page(page: &Page) -> Option<Links> {
    if page.is_attachment {
        return None;
    }
    let mut found = links(&page.body, page.content_type.as_deref(), &page.url)?;
    let stated = &mut found.says.canonical;
    *stated = stated
        .take()
        .or_else(|| link_header::canonical(&page.links, &page.url));
    if let Some(refresh) = page.refresh.as_deref().and_then(Refresh::parse) {
        found.departure = refresh.departure(&Base::of(&page.url), &page.url);
    }
    Some(found)
}

/// What a page is that is none.
pub(super) fn kind_of(page: Page) -> String {
    match page.is_attachment {
        true => "attachment".to_owned(),
        false => page.content_type.unwrap_or_default(),
    }
}

/// Whether a page vouches for its link. Readers who are sent to another page do not see it for long.
pub(super) fn vouched_of(found: &Links, link: &Url, page: &Page) -> Vouched {
    match found.vouched.contains(link) && !vouches_for_none(&page.robots) {
        _ if found.departure.is_some() => Vouched::Unseen,
        true => Vouched::Yes,
        false => Vouched::No,
    }
}

/// Whether a page's `X-Robots-Tag` headers say `nofollow` to all robots or to Googlebot, as `<meta name=robots>` does
/// inside the page. Rules that name another robot do not count.
fn vouches_for_none(tags: &[String]) -> bool {
    tags.iter().any(|tag| {
        let (robot, words) = match tag.split_once(':') {
            Some((robot, words)) if !robot.contains(',') => (robot.trim(), words),
            _ => ("", tag.as_str()),
        };
        let is_for_all = robot.is_empty() || robot.eq_ignore_ascii_case("googlebot");
        let mut words = words.split([',', ' ']);
        is_for_all
            && words.any(|word| {
                ["nofollow", "none"]
                    .iter()
                    .any(|none| word.eq_ignore_ascii_case(none))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f4_what_a_header_says_to_robots_counts_as_in_the_page() {
        for (tags, expected) in [
            (&["nofollow"][..], true),
            (&["noindex, NOFOLLOW"], true),
            (&["none"], true),
            (&["noindex", "nofollow"], true),
            (&["googlebot: nofollow"], true),
            (&["noindex,nofollow, max-snippet:5"], true),
            (&["badbot: noindex, nofollow"], false),
            (&["noindex"], false),
            (&["all"], false),
            (&["unavailable_after: 25 Jun 2010 15:00:00 PST"], false),
            (&["max-image-preview:none-such"], false),
            (&[], false),
        ] {
            let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            assert_eq!(vouches_for_none(&tags), expected, "{tags:?}");
        }
    }
}
