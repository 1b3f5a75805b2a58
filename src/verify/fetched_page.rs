//! What a fetched page and its headers say of its links.

use url::Url;

use super::link_check::Vouched;
use crate::fetch::Page;
use crate::html::{Base, Refresh};
use crate::linkback::link_header;
use crate::linkback::trackback::links::{Links, forbids_following, links};

/// How pages in HTML begin, in lower case; each beginning ends with the name of the tag.
const BEGINNINGS: [&str; 16] = [
    "<!doctype html",
    "<html",
    "<head",
    "<script",
    "<iframe",
    "<h1",
    "<div",
    "<font",
    "<table",
    "<a",
    "<style",
    "<title",
    "<b",
    "<body",
    "<br",
    "<p",
];

/// The page with the type that browsers guess where its server names none: by its beginning, as the MIME Sniffing Standard
/// of the WHATWG says, but with any white space behind the tag's name, as Chromium. Text that begins in any other way is
/// shown as it is written, without links.
pub(super) fn with_guessed_type(page: Page) -> Page {
    let sent = page.content_type.as_deref().unwrap_or_default();
    if !sent.split(';').next().unwrap_or_default().trim().is_empty() {
        return page;
    }
    let body = page.body.trim_ascii_start();
    let begins_with = |beginning: &str| {
        let (tag, rest) = body
            .split_at_checked(beginning.len())
            .unwrap_or((body, b""));
        let ends = rest
            .first()
            .is_some_and(|next| *next == b'>' || next.is_ascii_whitespace());
        ends && tag.eq_ignore_ascii_case(beginning.as_bytes())
    };
    let is_html = body.starts_with(b"<!--") || BEGINNINGS.into_iter().any(begins_with);
    let guessed = match page.is_nosniff {
        false if is_html => "text/html",
        false if body.starts_with(b"<?xml") => "text/xml",
        _ => "text/plain",
    };
    Page {
        content_type: Some(guessed.to_owned()),
        ..page
    }
}

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
            Some((robot, words)) if !robot.contains(',') && !is_rule(robot) => {
                (robot.trim(), words)
            }
            _ => ("", tag.as_str()),
        };
        let is_for_all = robot.is_empty() || robot.eq_ignore_ascii_case("googlebot");
        is_for_all && forbids_following(words)
    })
}

/// Whether what stands before a colon is a rule with a value, and no name of a robot.
fn is_rule(name: &str) -> bool {
    let rules = [
        "max-snippet",
        "max-image-preview",
        "max-video-preview",
        "unavailable_after",
    ];
    rules
        .iter()
        .any(|rule| rule.eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f4_a_header_for_robots_is_read_behind_rules_with_values() {
        for (tag, expected) in [
            ("max-snippet:-1, nofollow", true),
            (
                "unavailable_after: 25 Jun 2030 15:00:00 PST, nofollow",
                true,
            ),
            ("noindex; nofollow", true),
            ("googlebot: noindex nofollow", true),
            ("None", true),
            ("max-image-preview: none", false),
            ("max-snippet: 20, max-image-preview:none, follow", false),
            ("badbot: noindex, nofollow", false),
            ("noindex, badbot: nofollow", false),
            ("", false),
        ] {
            assert_eq!(vouches_for_none(&[tag.to_owned()]), expected, "{tag}");
        }
    }

    #[test]
    fn a_page_without_a_type_is_what_browsers_guess() {
        let link = "<a href='https://blog.example/'>x</a>";
        let xhtml = "<html xmlns='http://www.w3.org/1999/xhtml'><body>";
        let page = |kind: Option<&str>, body: &str| {
            let url = Url::parse("https://weblog.example/").unwrap();
            let body = format!("{body}{link}");
            with_guessed_type(Page {
                content_type: kind.map(str::to_owned),
                ..Page::html(url, 200, &body)
            })
        };
        let has_link = |page: &Page| {
            let found = links_of_page(page);
            found.is_some_and(|found| found.shown.len() == 1)
        };
        for html in [
            "",
            "<!DOCTYPE html>",
            "<!doctype HTML PUBLIC ''>",
            " \n\t<HTML lang=en>",
            "<head>",
            "<h1 class=x>x</h1>",
            "<div>",
            "<p\n>",
            "<!-- x --><meta charset=utf-8>",
            "<!--x-->",
            &format!("<?xml version='1.0'?>{xhtml}"),
        ] {
            for kind in [None, Some(""), Some(" ; charset=utf-8"), Some("text/html")] {
                assert!(has_link(&page(kind, html)), "{kind:?} {html}");
            }
            for kind in ["text/plain", "application/octet-stream"] {
                assert!(!has_link(&page(Some(kind), html)), "{kind} {html}");
            }
            let nosniff = Page {
                is_nosniff: true,
                content_type: None,
                ..page(None, html)
            };
            assert!(!has_link(&with_guessed_type(nosniff)), "{html}");
        }
        for plain in [
            "A page: ",
            "<meta charset=utf-8>",
            "<link rel=x>",
            "<article>",
            "<pre>",
            "<header>",
            "<html",
            "<!doctype>",
            "\u{feff}<html>",
            "<?php ?>",
            "<?xml version='1.0'?><html>",
            "{\"html\":\"",
            "%PDF-1.4 ",
        ] {
            assert!(!has_link(&page(None, plain)), "{plain}");
        }
        assert_eq!(kind_of(page(None, "A page")), "text/plain");
    }

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
