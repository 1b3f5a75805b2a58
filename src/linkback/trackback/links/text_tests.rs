//! Where the words of a page's text end.

use super::*;

#[test]
fn words_run_on_and_are_apart_as_in_a_browser() {
    let url = Url::parse("https://weblog.example/").unwrap();
    for (html, expected) in [
        ("a<img>b<button>c</button>d<input>e<svg></svg>f", "abcdef"),
        (
            "a<object>b</object>c<iframe></iframe>d<map>e</map>f<rtc>g",
            "abcdefg",
        ),
        ("a<br>b<span style='display:block'>c</span>d", "a b c d"),
        (
            "a<i style='float:left'>b</i>c<i style='position:absolute'>d</i>e",
            "a b c d e",
        ),
        ("<div style='display:flex'><i>a</i><i>b</i></div>", "a b"),
        (
            "a<i style='display:inline-block'>b</i>c<i style='float:none'>d</i>e",
            "abcde",
        ),
        ("a<datalist><option>x</datalist>b<title>x</title>c", "abc"),
        (
            "<math>x<mi>a</mi>x<mrow>x<mtext>b<b>c</b></mtext></mrow></math>d",
            "a bc d",
        ),
        ("a<div hidden=until-found>x</div>c", "a c"),
        (
            "<p style='visibility:hidden'>x<i style='visibility:visible'>a",
            "a",
        ),
    ] {
        let found = links(html.as_bytes(), Some("text/html"), &url).unwrap();
        assert_eq!(clean(found.text()), expected, "{html}");
    }
}

#[test]
fn words_that_a_style_sheet_in_the_page_hides_are_no_text() {
    let words = "Words that everybody can read on this page";
    let text = |sheet: &str, hidden: &str| {
        let page = format!("<style>{sheet}</style><p>{words} {hidden}</p>");
        let url = Url::parse("https://weblog.example/").unwrap();
        links(page.as_bytes(), Some("text/html"), &url)
            .unwrap()
            .text()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let hidden = "<span class=x>hidden</span>";
    for sheet in [
        ".x { display: none }",
        ".x { visibility: hidden }",
        ".x { font-size: 0 }",
        ".x { position: absolute; left: -9999px }",
        ".x { position: absolute; overflow: hidden; width: 1px; height: 1px }",
        "p .x { opacity: 0 }",
    ] {
        assert_eq!(text(sheet, hidden), words, "{sheet}");
    }
    for sheet in [
        ".y { display: none }",
        ".x { display: none } p .x { display: inline }",
        ".x { display: none } .x:target { display: inline }",
        "@media print { .x { display: none } }",
    ] {
        assert_eq!(text(sheet, hidden), format!("{words} hidden"), "{sheet}");
    }
    // What hides most of a page is undone by a script.
    let all = text("p { opacity: 0 }", hidden);
    assert_eq!(all, format!("{words} hidden"));
}
