//! The date of an entry.

use super::*;

fn published(html: &str) -> String {
    let date = entry(html).published;
    date.map(|date| date.to_string().get(..10).unwrap().to_owned())
        .unwrap_or_default()
}

#[test]
fn a_date_that_the_text_speaks_of_is_not_the_entrys() {
    let later = "<time datetime=2026-12-24>at Christmas</time>";
    for text in [
        format!("<p>See you {later}."),
        format!("<p>{later} is near."),
        format!("<p>x<ul><li>{later}</ul>"),
        format!("<p>In <time datetime=1969-07-20>1969</time>, {later}."),
        format!("<p class=h-event>x {later}"),
    ] {
        for (html, expected) in [
            (
                format!(
                    "<article class=h-entry><h1>T</h1><div class=e-content>{text}</div></article>"
                ),
                "",
            ),
            (
                format!(
                    "<article><div class=post-content>{text}</div><time datetime=2026-11-20>x</time></article>"
                ),
                "2026-11-20",
            ),
            (
                format!(
                    "<article><h1>T</h1><div class=meta><time datetime=2026-11-20>x</time></div>{text}</article>"
                ),
                "2026-11-20",
            ),
        ] {
            assert_eq!(published(&html), expected, "{html}");
        }
    }
    let unmarked = format!("<article><h1>T</h1><p>See you {later}.</article>");
    assert_eq!(published(&unmarked), "");
}

#[test]
fn a_date_at_the_text_is_the_entrys() {
    let time = "<time datetime=2026-11-20>x</time>";
    for html in [
        format!("<article>{time}<p>Words.</article>"),
        format!("<article><p>Words.</p><p>Posted on {time}</article>"),
        format!("<article><h1>T</h1><p>By me, {time}<p>Words.</article>"),
        format!(
            "<article class=h-entry><div class=e-content><header>{time}</header><p>Words.</div></article>"
        ),
        format!(
            "<article class=h-entry><div class=e-content><p class=meta>{time}<p>Words.</div></article>"
        ),
        format!("<article class='h-entry e-content'><h1>T</h1>{time}<p>Words.</article>"),
        format!(
            "<article class=post-content><h1>T</h1><p>{time}<p>Words.<footer>{time}</footer></article>"
        ),
    ] {
        assert_eq!(published(&html), "2026-11-20", "{html}");
    }
}

#[test]
fn the_head_says_the_date_in_several_vocabularies() {
    for meta in [
        "itemprop=datePublished",
        "name=DC.date.issued",
        "name=dcterms.created",
        "property=article:published_time",
    ] {
        let html = format!(
            "<head><meta {meta} content=2026-11-20></head><article class=h-entry>x</article>"
        );
        assert_eq!(published(&html), "2026-11-20", "{html}");
    }
    let event = "<body><article class=h-entry>x</article><div itemscope><meta itemprop=datePublished content=2026-12-24></div>";
    assert_eq!(published(event), "");
}
