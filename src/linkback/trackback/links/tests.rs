//! The links of pages of all kinds, as a browser shows them.

use super::kept::{MOST, MOST_BYTES};
use super::*;

const PAGE: &str = "https://weblog.example/2026/cats.html";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn on(page: &str) -> Links {
    links(
        page.as_bytes(),
        Some("text/html; charset=utf-8"),
        &url(PAGE),
    )
    .unwrap()
}

fn texts(urls: &[Url]) -> Vec<&str> {
    urls.iter().map(Url::as_str).collect()
}

fn shown(page: &str) -> Vec<String> {
    on(page).shown.into_iter().map(String::from).collect()
}

#[test]
fn links_are_those_that_a_reader_can_follow() {
    let page = "<link rel=next HREF='/no'><a href=a?x=1&amp;y=2>a</a><img src=x usemap='#m'><map name=m><area shape=default href='//b.example/'></map>
        <blockquote cite=c>x</blockquote><q cite=d>x</q><ins cite=e>x</ins><del cite=f>x</del><q cite=no></q>
        <img src=/no><a name=no>x<a href='javascript:x'>x<a href='mailto:a@b'>x<a href='#top'>x<a href=''>x
        <form action=/no><a href='https://user@c.example/'>x<a href=/empty></a><svg><a xlink:href=/g><text>x</text></a></svg>";
    assert_eq!(
        shown(page),
        [
            "https://weblog.example/2026/a?x=1&y=2",
            "https://b.example/",
            "https://weblog.example/2026/c",
            "https://weblog.example/2026/d",
            "https://weblog.example/g",
        ]
    );
}

#[test]
fn what_nobody_sees_is_kept_apart() {
    let link = "<a href='https://blog.example/'>x</a>";
    for page in [
        format!("<!-- {link} -->"),
        format!("<script>document.write(\"{link}\")</script>"),
        "<script>'https:\\/\\/blog.example\\/'</script>".to_owned(),
        format!("<style>{link}</style>"),
        format!("<template>{link}</template>"),
        format!("<noscript>{link}</noscript>"),
        format!("<iframe>{link}</iframe>"),
        format!("<noembed>{link}</noembed>"),
        format!("<noframes>{link}</noframes>"),
        format!("<div hidden><p>{link}</p></div>"),
        format!("<div hidden=until-found><b>{link}</b></div>"),
        format!("<div STYLE='color:red; Display : NONE !important'>{link}</div>"),
        format!("<div style='display:/**/none'>{link}</div>"),
        format!("<span style='visibility:hidden'>{link}</span>"),
        "<a hidden href='https://blog.example/'>x</a>".to_owned(),
        format!("<b><div hidden></b>{link}</div>"),
        format!("<div hidden><table><td></div>{link}</table></div>"),
        format!("<div hidden></span></p>{link}</div>"),
        format!("<div hidden><div></div>{link}</div>"),
    ] {
        let links = on(&page);
        assert_eq!(texts(&links.shown), [""; 0], "{page}");
        assert_eq!(texts(&links.hidden), ["https://blog.example/"], "{page}");
    }
    for page in [
        format!("<title>{link}</title>"),
        format!("<textarea>{link}</textarea>"),
        format!("<xmp>{link}</xmp>"),
        format!("<plaintext>{link}"),
        "https://blog.example/".to_owned(),
    ] {
        let links = on(&page);
        assert_eq!((links.shown, links.hidden), (vec![], vec![]), "{page}");
    }
}

#[test]
fn f17_what_no_reader_can_see_is_hidden() {
    let link = "<a href='https://blog.example/'>x</a>";
    for page in [
        format!("<dialog>{link}</dialog>"),
        format!("<div popover>{link}</div>"),
        format!("<datalist>{link}</datalist>"),
        format!("<video>{link}</video>"),
        format!("<audio>{link}</audio>"),
        format!("<canvas>{link}</canvas>"),
        format!("<object data=x.swf>{link}</object>"),
        format!("<svg><defs>{link}</defs></svg>"),
        format!("<p style='position:absolute;left:-9999px'>{link}"),
        format!("<p style='d\\69splay:none'>{link}"),
        format!("<p style='display:none;display:nonesuch'>{link}"),
        format!("<p style='height:0;overflow:hidden'>{link}"),
        format!("<p style='opacity:0'>{link}"),
        format!("<p style='font-size:0'>{link}"),
        "<a href='https://blog.example/'></a>".to_owned(),
        "<a href='https://blog.example/'> &nbsp;&#8203;<b></b></a>".to_owned(),
        "<a href='https://blog.example/'><img src=x width=0 height=0></a>".to_owned(),
        "<a href='https://blog.example/'><span hidden>x</span></a>".to_owned(),
        format!("<div popover=nonesuch>{link}</div>"),
        format!("<body bgcolor=#ffffff><font color=white>{link}</font>"),
        format!("<div style='background:#fff'><p style='color:hsl(0,0%,100%)'>{link}"),
        format!("<svg width=0 height=0>{link}</svg>"),
        "<svg><g visibility=hidden><a href='https://blog.example/'><text>x</text></a></g></svg>".to_owned(),
        "<svg><g opacity=0><a href='https://blog.example/'><text>x</text></a></g></svg>".to_owned(),
        "<svg display=none><a href='https://blog.example/'><path d=''/></a></svg>".to_owned(),
        "<svg><a href='https://blog.example/'><text fill=none>x</text></a></svg>".to_owned(),
        "<a href='https://blog.example/'><svg><title>x</title></svg></a>".to_owned(),
        "<a href='https://blog.example/'><input type=HIDDEN value=x></a>".to_owned(),
        "<a href='https://blog.example/'><img src=x style='width:1px;height:1px'></a>".to_owned(),
        "<map name=m><area href='https://blog.example/' alt=x></map>".to_owned(),
        "<img src=x usemap='#n'><map name=m><area href='https://blog.example/'></map>".to_owned(),
        "<p hidden><img src=x usemap='#m'></p><map name=m><area href='https://blog.example/'></map>".to_owned(),
        "<link rel=next href='https://blog.example/'>".to_owned(),
        "<blockquote cite='https://blog.example/'></blockquote>".to_owned(),
        "<ins cite='https://blog.example/'>x</ins>".to_owned(),
        "<del cite='https://blog.example/'>x</del>".to_owned(),
        "<img src=x usemap='#m'><map name=m><area coords=0,0,0,0 href='https://blog.example/'></map>".to_owned(),
        "<img src=x usemap='#m'><map name=m><area shape=circle coords=9,9,0 href='https://blog.example/'></map>".to_owned(),
        "<img src=x width=9 usemap='#m'><map name=m><area coords=90,0,99,9 href='https://blog.example/'></map>".to_owned(),
        "<img src=x usemap='#m'><map name=m></map><map name=m><area shape=default href='https://blog.example/'></map>".to_owned(),
        "<img src=x usemap='#'><map name=''><area shape=default href='https://blog.example/'></map>".to_owned(),
    ] {
        let links = on(&page);
        assert_eq!(texts(&links.shown), [""; 0], "{page}");
        assert_eq!(texts(&links.hidden), ["https://blog.example/"], "{page}");
    }
    for page in [
        format!("<dialog open>{link}</dialog>"),
        format!("<details><summary>x</summary>{link}</details>"),
        format!("<object>{link}</object>"),
        format!("<svg><title/></svg><h1>x</h1>{link}"),
        format!("<svg><style/><script/></svg>{link}"),
        format!("<math><annotation/></math>{link}"),
        format!("<p style='visibility:hidden'><b style='visibility:visible'>{link}</b>"),
        "<a href='https://blog.example/'><img src=x></a>".to_owned(),
        "<a href='https://blog.example/'><svg><path d='M0 0h9v9z'/></svg></a>".to_owned(),
        "<a href='https://blog.example/'><svg><use href='#icon'/></svg></a>".to_owned(),
        "<svg width=20><a href='https://blog.example/'><text fill='#333'>x</text></a></svg>"
            .to_owned(),
        "<img src=x usemap='#m'><map name=m><area shape=default href='https://blog.example/'></map>".to_owned(),
        format!("<body bgcolor=#ffffff text=#000000><font color=#333333>{link}</font>"),
        format!("<table bgcolor=black><tr><td><font color=white>{link}</font></table>"),
        "<p style='width:0'><a href='https://blog.example/'>x</a>".to_owned(),
    ] {
        let links = on(&page);
        assert_eq!(texts(&links.shown), ["https://blog.example/"], "{page}");
    }
}

#[test]
fn f4_links_that_the_author_does_not_vouch_for_are_told_apart() {
    let of = |page: &str| {
        let links = on(page);
        links.shown.len() - links.vouched.len()
    };
    for page in [
        "<a rel='UGC nofollow' href='https://blog.example/'>x</a>",
        "<a rel=sponsored href='https://blog.example/'>x</a>",
        "<ol class=comment-list><li><a href='https://blog.example/'>x</a></ol>",
        "<div id=comments><p><a href='https://blog.example/'>x</a></div>",
        "<section class=webmentions><a href='https://blog.example/'>x</a></section>",
        "<ol><li id=comment-5><a href='https://blog.example/'>x</a></ol>",
        "<div class='Comment__body'><a href='https://blog.example/'>x</a></div>",
        "<div id=comments_wrap><a href='https://blog.example/'>x</a></div>",
        "<div itemscope itemtype='https://schema.org/Comment'><a href='https://blog.example/'>x</a></div>",
    ] {
        assert_eq!(of(page), 1, "{page}");
        let again = format!("{page}</ol></div></section><a href='https://blog.example/'>y</a>");
        assert_eq!(of(&again), 0, "{again}");
    }
    for page in [
        "<article class='post comments-open'><a href='https://blog.example/'>x</a></article>",
        "<p class=comment-count><a href='https://blog.example/'>x</a></p>",
        "<p class=no-comments><a href='https://blog.example/'>x</a></p>",
        "<meta name=robots content='noindex, follow'><a href='https://blog.example/'>x</a>",
        "<meta name=robots content='max-image-preview: none'><a href='https://blog.example/'>x</a>",
    ] {
        assert_eq!(of(page), 0, "{page}");
    }
    // Here the page says so for all its links.
    for robots in ["nofollow", "noindex, NOFOLLOW", "none", "noindex;nofollow"] {
        let page =
            format!("<a href='https://blog.example/'>x</a><meta name=Robots content='{robots}'>");
        assert_eq!(of(&page), 1, "{page}");
    }
    let many = "a ".repeat(70);
    assert_eq!(
        of(&format!(
            "<a rel='{many}nofollow' href='https://blog.example/'>x</a>"
        )),
        1
    );
}

#[test]
fn what_is_shown_again_is_shown() {
    let link = "<a href='https://blog.example/'>x</a>";
    for page in [
        format!("<div hidden>x</div>{link}"),
        format!("<p hidden>x<p>{link}"),
        format!("<p hidden>x<div>{link}</div>"),
        format!("<ul><li hidden>x<ul><li>y</ul><li>{link}</ul>"),
        format!("<table><tr><td hidden>x<td>{link}</table>"),
        format!("<table><tr hidden><td>x<tr><td>{link}</table>"),
        format!("<dl><dt hidden>x<dd>{link}</dl>"),
        format!("<img hidden><br hidden>{link}"),
        format!("<div style='display:none;display:block'>{link}</div>"),
        format!("<div aria-hidden=true class=hidden>{link}</div>"),
        format!("<script>x</script><noscript>y</noscript>{link}"),
        format!("<!-- {link} -->{link}"),
        format!("<template><div></template>{link}"),
        format!("<svg><path hidden/></svg>{link}"),
        format!("<html hidden><body style='visibility:hidden'>{link}"),
        format!("<x-y><template shadowrootmode=open>{link}</template></x-y>"),
    ] {
        let links = on(&page);
        assert_eq!(texts(&links.shown), ["https://blog.example/"], "{page}");
        assert_eq!(texts(&links.hidden), [""; 0], "{page}");
    }
}

#[test]
fn relative_links_follow_the_base() {
    let page = "<a href=x>x<base href='https://blog.example/y/'><base href='https://no.example/'>";
    assert_eq!(shown(page), ["https://blog.example/y/x"]);
    assert_eq!(
        shown("<base href='javascript:x'><a href=/x>x"),
        ["https://weblog.example/x"]
    );
}

#[test]
fn pages_come_in_any_charset() {
    let page = |head: &str| {
        let (text, _, _) = encoding_rs::WINDOWS_1251.encode("Привет, <a href='/кот'>кот</a>");
        [head.as_bytes(), &text].concat()
    };
    let want = "https://weblog.example/%D0%BA%D0%BE%D1%82";
    for (kind, head) in [
        (Some("text/html; charset=windows-1251"), ""),
        (Some("text/html"), "<meta charset=cp1251>"),
        (
            None,
            "<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>",
        ),
    ] {
        let found = links(&page(head), kind, &url(PAGE)).unwrap();
        assert_eq!(texts(&found.shown), [want], "{kind:?}");
    }
}

#[test]
fn a_page_carries_its_titles_and_what_it_shows() {
    for page in [
        "<title>Tom &amp; Jerry&#8217;s</title>",
        "<h1>Tom &AMP; <em>Jer</em>ry's</h1>",
        "<meta property='og:title' content='Tom &amp; Jerry&rsquo;s'>",
        "<meta name=Twitter:Title content='Tom &amp; Jerrys'>",
        "<meta name=DC.title content='tom jerrys'>",
        "<p hidden>x</p><pre>Tom\n&\nJerry's</pre>",
    ] {
        assert!(on(page).words.has("Tom & Jerry's"), "{page}");
    }
}

#[test]
fn a_page_does_not_carry_what_nobody_sees() {
    let title = "Tom and Jerry";
    for page in [
        format!("<!-- {title} -->"),
        format!("<script>'{title}'</script>"),
        format!("<style>{title}</style>"),
        format!("<template><title>{title}</title></template>"),
        format!("<noscript>{title}</noscript>"),
        format!("<p hidden>{title}</p>"),
        format!("<p style='display:none'>{title}</p>"),
        format!("<template><meta property=og:title content='{title}'></template>"),
        format!("<meta name=description content='{title}'>"),
        format!("<a title='{title}' href='/{title}'>x</a><img alt='{title}'>"),
        format!("<input value='{title}'>"),
        "Tom and <meta property=og:title content=Jerry>".to_owned(),
    ] {
        assert!(!on(&page).words.has(title), "{page}");
    }
}

#[test]
fn what_is_not_shown_as_a_page_is_none() {
    let text = "<a href='https://blog.example/'>";
    let found = |kind: &str, text: &str| links(text.as_bytes(), Some(kind), &url(PAGE)).is_some();
    for kind in ["text/html", "TEXT/HTML;charset=x", ""] {
        assert!(found(kind, text), "{kind}");
    }
    for kind in [
        "text/plain",
        "application/json",
        "text/css",
        "application/rss+xml",
    ] {
        assert!(!found(kind, text), "{kind}");
    }
    let xhtml = "<?xml version='1.0'?><!DOCTYPE html><!-- <rss> --><html xmlns='http://www.w3.org/1999/xhtml'><a href='/x'/></html>";
    assert!(found("application/xml", xhtml) && found("text/xml", xhtml));
    assert!(!found("text/xml", "<?xml version='1.0'?><rss></rss><html>"));
    assert!(!found("text/xml", "<!-- never ends <html>"));
}

#[test]
fn s7_a_hostile_page_costs_little() {
    let deep = "<div hidden>".repeat(80_000);
    let spans = "<i><div>".to_owned() + &"<span>".repeat(80_000) + &"</i>".repeat(100_000);
    let lists = "<ul><li>".repeat(45_000) + &"</ul>".repeat(45_000);
    let links: String = (0..60_000).map(|n| format!("<a href=/{n}>")).collect();
    let comment = format!("<!--{}-->", "http://".repeat(140_000));
    let slashes = format!("<script>{}", "://".repeat(300_000));
    let styles = format!("<p style='{}'>", "display:none;".repeat(70_000));
    let marks = "e\u{301}\u{316}".repeat(50_000) + &"\u{316}\u{301}".repeat(200_000);
    for page in [deep, spans, lists, links, comment, slashes, styles, marks] {
        // Quadratic time would be hours here.
        let found = on(&page);
        assert!(found.shown.len() <= MOST && found.hidden.len() <= MOST);
        assert_eq!(found.cut, found.shown.len() == MOST, "{:.40}", page);
    }
}

#[test]
fn f1_no_base_makes_links_long() {
    let path = "y".repeat(780_000);
    let links: String = (0..20_000).map(|n| format!("<a href={n}>x</a>")).collect();
    let found = on(&format!("<base href=/{path}/>{links}"));
    // The base is too long, so the page's own URL is used.
    let bytes: usize = found.shown.iter().map(|url| url.as_str().len()).sum();
    assert!(bytes <= MOST_BYTES + 2_048, "{bytes}");
    let long = format!("<base href=/{}/>{links}", "y".repeat(1_900));
    let found = on(&long);
    let bytes: usize = found.shown.iter().map(|url| url.as_str().len()).sum();
    assert!(found.cut && bytes <= MOST_BYTES + 2_048, "{bytes}");
    let fetched = url(&format!("https://weblog.example/{}/", "z".repeat(15_000)));
    let page = "<a href=x>x</a><a href=/y>y</a><a href='https://blog.example/'>z</a>";
    let found = super::links(page.as_bytes(), None, &fetched).unwrap();
    assert_eq!(
        texts(&found.shown),
        ["https://weblog.example/y", "https://blog.example/"]
    );
}

proptest::proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn no_bytes_make_the_reader_panic(page in "(?s)(<(/?(a|p|div|li|td|tr|table|b|template|script)( hidden| href=x)?)>|.|<!--|-->){0,60}") {
        on(&page);
        drop(links(page.as_bytes(), None, &url(PAGE)));
    }
}

#[test]
fn a_quote_is_the_text_around_a_link_whatever_the_page_makes_of_it() {
    let link = "<a href='https://blog.example/cats'>post on cats</a>";
    let quoted = |page: &str| on(page).quote(&url("https://blog.example/cats"));
    let long = "word ".repeat(500);
    let (marks, wide) = ("e".to_owned() + &"\u{301}".repeat(400), "猫".repeat(400));
    let space = " \n\t".repeat(200);
    for (page, expected) in [
        (
            format!("<p>I read a {link}, and liked it.</p>"),
            "I read a post on cats, and liked it.",
        ),
        (
            format!("<p>Read a<b>{link}</b>!<p>More"),
            "Read apost on cats! More",
        ),
        (
            format!("<p>One{space}two {link}{space}three"),
            "One two post on cats three",
        ),
        (link.to_owned(), "post on cats"),
        (
            "<a href='https://blog.example/cats'><img src=x alt=Cats></a> a picture".to_owned(),
            "a picture",
        ),
        (
            format!("\u{202e}a\u{1b}[2J\u{7}b\u{2066} {link}\u{0}\u{85}c"),
            "a[2Jb post on cats c",
        ),
        (
            format!("&lt;script>alert(1)&lt;/script> {link}"),
            "<script>alert(1)</script> post on cats",
        ),
        // What readers do not see, or others have written, is not what the page says.
        (format!("<!-- {link} -->"), ""),
        (format!("<p style='display:none'>x {link}"), ""),
        (
            format!("<p>Own words<section id=comments><h2>Comments</h2><p>Mine: {link}</section>"),
            "",
        ),
    ] {
        assert_eq!(quoted(&page), expected, "{page:.80}");
    }
    for text in [&long, &marks, &wide] {
        for page in [
            format!("{text}{link}{text}"),
            format!("{link}{text}"),
            format!("{text}{link}"),
            format!("<a href='https://blog.example/cats'>{text}</a>"),
        ] {
            let quote = quoted(&page);
            assert!((1..=200).contains(&quote.chars().count()), "{quote}");
            assert!(quote.contains('…'), "{quote}");
        }
    }
    assert!(quoted(&format!("{long}{link}, {long}")).contains("…word word"));
}

#[test]
fn the_query_of_a_link_is_in_the_charset_of_its_page() {
    let fetched = Url::parse("https://weblog.example/1").unwrap();
    for (page, content_type, expected) in [
        (
            &b"<a href='//blog.example/?q=\x94\x4c'>x</a>"[..],
            Some("text/html; charset=Shift_JIS"),
            "?q=%94L",
        ),
        (
            b"<meta charset=euc-jp><a href='//blog.example/?q=\xc7\xad'>x</a>",
            None,
            "?q=%C7%AD",
        ),
        (b"<a href='//blog.example/?q=\xe9'>x</a>", None, "?q=%E9"),
        (
            b"<a href='//blog.example/?q=&#29483;'>x\xe9</a>",
            None,
            "?q=%26%2329483%3B",
        ),
        (
            b"<meta charset=latin1><base href='//blog.example/'><a href='?q=\xe9'>x</a>",
            None,
            "?q=%E9",
        ),
        (
            "\u{feff}<meta charset=latin1><a href='//blog.example/?q=é'>x</a>".as_bytes(),
            None,
            "?q=%C3%A9",
        ),
        (
            "<a href='//blog.example/?q=é'>x</a>".as_bytes(),
            None,
            "?q=%C3%A9",
        ),
    ] {
        let found = links(page, content_type, &fetched).unwrap();
        assert_eq!(
            found.shown[0].as_str(),
            format!("https://blog.example/{expected}")
        );
    }
}

#[test]
fn a_title_that_the_pages_own_program_sends_stands_on_it() {
    for (title, page) in [
        ("Cats & dogs", "<title>Cats &amp; dogs</title>"),
        ("\"Cats\" -- a tale...", "<h1>“Cats” — a tale…</h1>"),
        (
            "Cats 🐈 and 1️⃣ dog 🇩🇪",
            "<h1>Cats <img alt=🐈> and <img alt=1️⃣> dog <img alt=🇩🇪></h1>",
        ),
        ("Cats", "<p><a href=/1>Cats</a><span>by Ann</span>"),
        ("Cats", "<h1>Cats<sup>1</sup></h1>"),
        ("Once upon a cat", "<h1><b>O</b>nce upon<br>a cat</h1>"),
        ("Cats in winter", "<h1>Cats</h1><h2>in winter</h2>"),
        (
            "Cats | My weblog",
            "<title>Cats | My weblog</title><h1>Cats</h1>",
        ),
        ("Cats", "<title>Cats &raquo; My weblog</title>"),
        (
            "Cats for $5 → here",
            "<h1>Cats for &dollar;5 &rarr; here</h1>",
        ),
        ("C++ in 20 minutes", "<h1>C++ in 20 minutes!</h1>"),
        ("猫の話", "<title>猫の話 - 日記</title>"),
        (
            "A long title, long enough to be cut off by so…",
            "<h1>A long title, long enough to be cut off by some programs</h1>",
        ),
    ] {
        let found = on(page);
        assert!(found.words.has(title), "{page}");
        assert_ne!(found.standing(title), Standing::Nowhere, "{page}");
    }
    for (title, page) in [
        ("Cats 🐈", "<h1>Cats</h1><p><img alt='A cat 🐈'>"),
        ("Cats 🐈", "<h1>Cats</h1><p hidden><img alt=🐈>"),
        (
            "Cats 🐈",
            "<h1>Cats</h1><div id=comments><img alt=🐈></div>",
        ),
        ("ats in win", "<title>Cats in winter</title>"),
    ] {
        assert!(!on(page).words.has(title), "{page}");
    }
}

#[test]
fn a_page_is_read_as_its_media_type_says() {
    let page = "<html xmlns='http://www.w3.org/1999/xhtml'><head><title/><script src='a.js'/></head><body><p><a href='https://blog.example/'>x</a></p></body></html>";
    for (kind, expected) in [
        ("application/xhtml+xml", 1),
        ("text/xml", 1),
        ("text/html", 0),
    ] {
        let found = links(page.as_bytes(), Some(kind), &url(PAGE)).unwrap();
        assert_eq!(found.shown.len(), expected, "{kind}");
    }
}
