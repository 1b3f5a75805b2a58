//! Entries inside of what looks like boilerplate.

use super::*;

#[test]
fn what_is_around_the_entry_does_not_count() {
    let link = "<a href='https://a.example/'>a</a>";
    for around in [
        "form id=aspnetForm",
        "nav",
        "aside",
        "menu",
        "footer",
        "dialog open",
        "div role=navigation",
        "div class=sidebar",
        "div class=related",
        "div class=share",
    ] {
        let name = around.split(' ').next().unwrap();
        for own in [
            format!(
                "<article class=h-entry><h1 class=p-name>T</h1><div class=e-content><p>{link}</div></article>"
            ),
            format!("<article class=h-entry><div class=e-content><p>{link}</div></article>"),
            format!("<article><h1>T</h1><time>1</time><p>{link}</article>"),
        ] {
            let html = format!("<nav><a href=/>Home</a></nav><{around}>{own}<input></{name}>");
            assert_eq!(links(&entry(&html)), ["https://a.example/"], "{html}");
        }
    }
    for html in [
        format!(
            "<main><form><nav><a href=//n.example>n</a></nav><article class=h-entry><div class=e-content>{link}</div></article></form></main>"
        ),
        format!(
            "<meta property=og:type content=article><main><form><h1>T</h1><p>{link}</p><button>Go</button></form></main>"
        ),
    ] {
        assert_eq!(links(&entry(&html)), ["https://a.example/"], "{html}");
    }
    let html = format!(
        "<title>T</title><body><a href=#t>Skip</a><form><nav><a href=//n.example>n</a></nav><table><tr><td><p>See {link}</table></form>"
    );
    match verdict(&html, ReadReason::Named, &[]) {
        PageKind::Entry(entry, missing) => {
            assert_eq!(
                (links(&entry), missing),
                (vec!["https://a.example/"], vec![])
            );
        }
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_teaser_or_a_comment_among_boilerplate_is_no_entry() {
    for html in [
        "<main>x</main><aside class=related><article><h3>Other</h3><time>1</time><a href=//a.example>a</a></article></aside>",
        "<section id=comments><article class='comment h-entry'><div class=e-content><a href=//a.example>a</a></div></article></section>",
        "<div hidden><article class=h-entry><div class=e-content><a href=//a.example>a</a></div></article></div>",
    ] {
        assert_eq!(why(html), SkipReason::NotAnEntry, "{html}");
    }
    let form = "<article><h1>T</h1><time>1</time><p>x<form><p>Name<input><p>See <a href=//a.example>our rules</a></form></article>";
    assert!(entry(form).links.is_empty());
}

#[test]
fn an_entry_whose_links_are_all_left_out_says_so() {
    let html = "<article class=h-entry><div class=e-content><aside><a href='//a.example'>a</a></aside></div></article>";
    match verdict(html, ReadReason::Found, &[]) {
        PageKind::Entry(_, missing) => assert_eq!(missing, [SkipReason::NoContent]),
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn the_boxes_of_themes_and_of_comments_from_elsewhere_are_not_the_text() {
    let other = "<a href='https://other.example/'>o</a>";
    for name in [
        "license-wrapper",
        "share-wrapper",
        "post-copyright",
        "area-reply",
        "ez-toc-container",
        "gitalk-container",
        "cusdis_thread",
        "remark42",
        "waline",
    ] {
        for kind in ["class", "id"] {
            let html = format!(
                "<article><h1>T</h1><time>1</time><p>See <a href='https://a.example/'>a</a>
                <div {kind}={name}><p>x {other}</div></article>"
            );
            assert_eq!(links(&entry(&html)), ["https://a.example/"], "{html}");
        }
    }
}
