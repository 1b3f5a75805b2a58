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
