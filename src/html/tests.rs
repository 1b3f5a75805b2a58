//! The tree of a page, and what of it is shown.

use super::syntax::Syntax;
use super::*;

/// The elements as `name(text)`, nested by where they end.
fn shape(html: &str) -> String {
    let page = Document::parse(html);
    let body = page
        .first("body")
        .map_or(0..page.node_count(), |body| body.inside());
    let mut out = String::new();
    let mut ends: Vec<usize> = Vec::new();
    for number in body.start..=body.end {
        while ends.last() == Some(&number) {
            ends.pop();
            out.push(')');
        }
        match page.node(number).filter(|_| number < body.end) {
            Some(Node::Element(element)) => {
                out.push_str(element.name());
                out.push('(');
                ends.push(element.end());
                if element.end() == number + 1 {
                    ends.pop();
                    out.push(')');
                }
            }
            Some(Node::Text(text)) => out.push_str(text),
            Some(Node::Comment(_)) | None => {}
        }
    }
    out
}

#[test]
fn the_tree_is_the_browsers() {
    for (html, expected) in [
        ("<p>a<p>b<div>c</div>", "p(a)p(b)div(c)"),
        ("<ul><li>a<li><p>b<li>c</ul>d", "ul(li(a)li(p(b))li(c))d"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "dl(dt(a)dd(b)dt(c))"),
        ("<div>a<br>b<img src=x>c</div>d", "div(abr()bimg()c)d"),
        ("a</div></p>b", "ap()b"),
        ("<b>a<div>b</b>c</div>d", "b(a)div(b(b)c)d"),
        ("<i><b>a</i>b</b>c", "i(b(a))b(b)c"),
        ("<svg><path/><g>x</g></svg>y", "svg(path()g(x))y"),
        ("<svg><title/></svg><h1>x</h1>", "svg(title())h1(x)"),
        (
            "<svg><style/><script/></svg><h1>x</h1>",
            "svg(style()script())h1(x)",
        ),
        ("<svg><title>a</title><path></svg>c", "svg(title(a)path())c"),
        ("<svg><title>a<p>b</title>c", "svg(title(ap(bc)))"),
        ("<svg><g><p>x", "svg(g())p(x)"),
        (
            "<svg><foreignObject><p>x</p></foreignObject></svg>y",
            "svg(foreignobject(p(x)))y",
        ),
        (
            "<math><mi>x</mi><title/><mo>y</math>z",
            "math(mi(x)title()mo(y))z",
        ),
        ("<svg><![CDATA[<a>]]></svg><![CDATA[x]]>", "svg(<a>)"),
        ("<div/>a", "div(a)"),
        ("<a>a<a>b</a>c", "a(a)a(b)c"),
        ("<p><script>'<div>'</script>a", "p(script('<div>')a)"),
        ("<a>&amp;amp; &eacute;", "a(&amp; é)"),
        (
            "<table><tr><td>a<td>b</table>",
            "table(tbody(tr(td(a)td(b))))",
        ),
        (
            "<table>x<tr><p>y<td>z</table>",
            "xp(y)table(tbody(tr(td(z))))",
        ),
        ("<pre>\nx", "pre(x)"),
        ("<textarea>\n<b></textarea>", "textarea(<b>)"),
        ("<p>a<plaintext></p>", "p(a)plaintext(</p>)"),
        (
            "<select><option>a<option>b</select>",
            "select(option(a)option(b))",
        ),
        ("<a><div>x<a>y", "a()div(a(x)a(y))"),
        ("<p><b><i>x<p>y", "p(b(i(x)))p(b(i(y)))"),
        ("<h1>a<h2>b", "h1(a)h2(b)"),
        ("<button>a<button>b", "button(a)button(b)"),
        ("<template><td>x</template>y", "y"),
        ("x<template><td>x</template>y", "xtemplate(td(x))y"),
    ] {
        assert_eq!(shape(html), expected, "{html}");
    }
}

#[test]
fn f17_a_link_around_a_medium_is_seen_where_the_medium_is() {
    let is_seen = |html: &str| {
        let page = Document::parse(html);
        page.links().all(|link| link.is_shown)
    };
    for medium in [
        "<video src=x.mp4></video>",
        "<video controls><source src=x.mp4></video>",
        "<video poster=x.png>old browsers</video>",
        "<audio controls src=x.mp3></audio>",
        "<iframe src=x></iframe>",
        "<iframe src=x width=560 height=315 style='border:0'></iframe>",
        "<object data=x.pdf>words</object>",
        "<embed src=x.swf>",
    ] {
        assert!(is_seen(&format!("<a href=/x>{medium}</a>")), "{medium}");
    }
    for nothing in [
        "<video></video>",
        "<audio src=x.mp3></audio>",
        "<iframe></iframe>",
        "<canvas width=10 height=10></canvas>",
        "<iframe src=x width=1 height=1></iframe>",
        "<iframe src=x hidden></iframe>",
        "<video src=x style='display:none'></video>",
        "<video src=x style='visibility:hidden'></video>",
        "<iframe src=x style='width:0;height:0;border:0'></iframe>",
        "<div hidden><iframe src=x></iframe></div>",
        "<noscript><iframe src=x></iframe></noscript>",
    ] {
        assert!(!is_seen(&format!("<a href=/x>{nothing}</a>")), "{nothing}");
    }
    // What stands in it for old browsers is not seen.
    assert!(!is_seen("<video src=x><a href=/x>x</a></video>"));
    assert!(!is_seen("<object data=x><a href=/x>x</a></object>"));
}

#[test]
fn f17_a_group_of_options_hides_nothing_outside_of_a_list() {
    for (html, is_shown) in [
        ("<optgroup><a href=/x>x</a></optgroup>", true),
        ("<optgroup><p><a href=/x>x</a>", true),
        ("<option><a href=/x>x</a></option>", false),
        ("<datalist><optgroup><a href=/x>x</a></datalist>", false),
    ] {
        let page = Document::parse(html);
        assert!(page.links().all(|link| link.is_shown == is_shown), "{html}");
    }
}

#[test]
fn in_xml_each_tag_may_be_self_closing_and_no_text_is_raw() {
    let links = |page: &str, kind: &str| {
        let page = Document::parse_in(page, Syntax::of(Some(kind)));
        let shown = page.links().filter(|link| link.is_shown);
        shown.map(|link| link.href.to_owned()).collect::<Vec<_>>()
    };
    for before in [
        "<script src='a.js'/>",
        "<style media='print'/>",
        "<title/>",
        "<textarea/>",
        "<iframe src='x'/>",
        "<noscript/>",
        "<template/>",
        "<div hidden=''/>",
        "<a href='/'/>",
        "<select/>",
        "<svg/>",
        "<style><![CDATA[ b { display: none } ]]></style>",
        "<script>if (a &lt; b) { '</b>' }</script>",
        "<style><!-- a { display: none } --></style>",
        "<![CDATA[ > <a href='/no'>x</a> ]]>",
    ] {
        let page = format!("<html><head/><body>{before}<p><a href='/x'>x</a></p></body></html>");
        let kinds = [
            "application/xhtml+xml",
            "Application/XHTML+XML; charset=utf-8",
            "text/xml",
            "application/xml",
            "application/vnd.wap.xhtml+xml",
        ];
        for kind in kinds {
            assert_eq!(links(&page, kind), ["/x"], "{before} {kind}");
        }
        for kind in ["text/html", "", "text/html;application/xhtml+xml"] {
            assert_eq!(Syntax::of(Some(kind)), Syntax::Html, "{kind}");
        }
    }
    assert!(links("<script/><a href='/x'>x</a>", "text/html").is_empty());
}

/// Whether the links of a page are shown, hidden, or hidden by a style only; `?` if a colour is not known.
fn sight(html: &str) -> &'static str {
    let page = Document::parse(html);
    let Some(link) = page.links().next() else {
        return "hidden";
    };
    match (link.is_shown, link.is_doubtful, link.is_veiled) {
        (true, _, _) => "shown",
        (false, true, _) => "?",
        (false, false, true) => "veiled",
        (false, false, false) => "hidden",
    }
}

#[test]
fn f17_a_background_that_is_not_read_hides_nothing_for_sure() {
    let white = "<a href=/x style='color:#fff'>x</a>";
    for (before, expected) in [
        ("<body bgcolor=white>", "veiled"),
        (
            "<body bgcolor=#FFFFFF><table><tr><td bgcolor=navy>",
            "shown",
        ),
        ("<body bgcolor=#fff><table bgcolor=teal><tr><td>", "shown"),
        (
            "<div style='background:#fff'><div style='background:navy'>",
            "shown",
        ),
        (
            "<div style='background:#fff'><div style='background:rgb(10 20 30)'>",
            "shown",
        ),
        (
            "<div style='background:#fff'><div style='background:hsl(220 80% 30%)'>",
            "shown",
        ),
        (
            "<div style='background:#fff'><div style='background:rgba(0,0,0,.8)'>",
            "?",
        ),
        (
            "<div style='background:#fff'><div style='background:url(a.png)'>",
            "?",
        ),
        (
            "<div style='background:#fff'><div style='background:linear-gradient(#000,#333)'>",
            "?",
        ),
        ("<body bgcolor=white><div style='background:var(--c)'>", "?"),
        (
            "<body bgcolor=white><table background=dark.jpg><tr><td>",
            "?",
        ),
        ("<body bgcolor=white><p class=dark>", "?"),
        ("<body bgcolor=white><p style='color:oklch(1 0 0)'>", "?"),
        (
            "<div style='background:ivory'><p style='background:none'>",
            "shown",
        ),
    ] {
        assert_eq!(sight(&format!("{before}{white}")), expected, "{before}");
    }
    for (html, expected) in [
        (
            "<body style='background:#fff'><a class=b style='color:#fff' href=/x>x</a>",
            "?",
        ),
        (
            "<a style='color:red;background:red' href=/x>x</a>",
            "veiled",
        ),
        (
            "<a style='color:#f00;background:red' href=/x>x</a>",
            "veiled",
        ),
        (
            "<a style='color:rgb(0,0,0,1);background:black' href=/x>x</a>",
            "veiled",
        ),
        ("<body bgcolor=white link=white><a href=/x>x</a>", "veiled"),
        (
            "<body bgcolor=white link=blue><font color=white><a href=/x>x</a></font>",
            "shown",
        ),
        (
            "<body bgcolor=white><font color=white><a href=/x>x</a></font>",
            "?",
        ),
    ] {
        assert_eq!(sight(html), expected, "{html}");
    }
}

#[test]
fn f17_what_a_browser_shows_is_not_hidden_for_good() {
    let link = "<a href=/x>x</a>";
    for (html, expected) in [
        (format!("<h2 style='background:linear-gradient(90deg,#f00,#00f);background-clip:text;color:transparent'>{link}</h2>"), "shown"),
        (format!("<p style='color:transparent;text-shadow:0 0 0 #333'>{link}"), "veiled"),
        (format!("<ul style='font-size:0'><li style='font-size:1rem'>{link}</ul>"), "shown"),
        (format!("<ul style='font-size:0'><li style='font-size:1em'>{link}</ul>"), "veiled"),
        ("<p style='color:transparent'><a href=/x style='color:blue'>x</a>".to_owned(), "shown"),
        ("<p style='-webkit-text-fill-color:transparent'><a href=/x style='color:blue'>x</a>".to_owned(), "veiled"),
        (format!("<div style='float:left;margin-left:-100%'>{link}</div>"), "veiled"),
        (format!("<div style='margin-left:calc(50% - 50vw)'>{link}</div>"), "shown"),
        (format!("<span style='text-indent:-9999px'>{link}</span>"), "veiled"),
        (format!("<dialog open popover>{link}</dialog>"), "shown"),
        (format!("<dialog>{link}</dialog>"), "hidden"),
        (format!("<dialog style='display:block'>{link}</dialog>"), "shown"),
        (format!("<div hidden style='display:block'>{link}</div>"), "shown"),
        (format!("<div hidden style='display:initial'>{link}</div>"), "hidden"),
        (format!("<div hidden=until-found style='display:block'>{link}</div>"), "hidden"),
        (format!("<div popover style='display:flex'>{link}</div>"), "shown"),
        (format!("<div popover>{link}</div>"), "hidden"),
        (format!("<ruby>x<rp style='display:inline'>{link}</rp></ruby>"), "shown"),
        (format!("<noscript style='display:block'>{link}</noscript>"), "hidden"),
        (format!("<template style='display:block'>{link}</template>"), "hidden"),
        ("<a href=/x><hr></a>".to_owned(), "shown"),
        ("<a href=/x><i class='fa fa-link'></i></a>".to_owned(), "veiled"),
        ("<a href=/x><i></i></a>".to_owned(), "hidden"),
        ("<a href=/x><img data-src=x.jpg class=lazyload></a>".to_owned(), "veiled"),
        ("<div hidden><a href=/x><img data-src=x.jpg></a></div>".to_owned(), "hidden"),
        ("<a href=/x><div style='background-image:url(x.jpg);width:100px;height:100px'></div></a>".to_owned(), "shown"),
        ("<a href=/x><div style='background-image:url(x.jpg)'></div></a>".to_owned(), "hidden"),
        ("<a href=/x><div style='background-image:url(data:,);width:99px;height:99px'></div></a>".to_owned(), "hidden"),
        ("<a href=/x><img src='data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP' data-src=x.jpg></a>".to_owned(), "shown"),
        ("<a href=/x><img src='data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP'></a>".to_owned(), "hidden"),
        ("<a href=/x><img src='data:,' alt=''></a>".to_owned(), "hidden"),
    ] {
        assert_eq!(sight(&html), expected, "{html}");
    }
}

#[test]
fn f17_only_what_is_drawn_of_svg_and_of_shadow_trees_is_seen() {
    let link = "<a href=/x>x</a>";
    let text = "<a href=/x><text x=5 y=20>x</text></a>";
    let shape = |shape: &str| format!("<a href=/x><svg width=20 height=20>{shape}</svg></a>");
    for (html, expected) in [
        (format!("<svg>{link}</svg>"), "hidden"),
        (format!("<svg>{text}</svg>"), "shown"),
        (
            format!("<svg><text>x <tspan>{link}</tspan></text></svg>"),
            "shown",
        ),
        (format!("<svg><pattern>{text}</pattern></svg>"), "hidden"),
        (format!("<svg><marker>{text}</marker></svg>"), "hidden"),
        (format!("<svg><filter>{text}</filter></svg>"), "hidden"),
        (
            format!("<svg><linearGradient>{text}</linearGradient></svg>"),
            "hidden",
        ),
        (
            format!("<svg><g requiredExtensions=http://x/>{text}</g></svg>"),
            "hidden",
        ),
        (
            format!("<svg><foreignObject>{link}</foreignObject></svg>"),
            "hidden",
        ),
        (
            format!("<svg><foreignObject width=9 height=0>{link}</foreignObject></svg>"),
            "hidden",
        ),
        (
            format!("<svg><foreignObject width=9 height=9>{link}</foreignObject></svg>"),
            "shown",
        ),
        (format!("<svg width=0% height=0%>{text}</svg>"), "hidden"),
        (format!("<svg viewBox='0 0 0 0'>{text}</svg>"), "hidden"),
        (format!("<svg viewBox='0 0 24 24'>{text}</svg>"), "shown"),
        (
            format!("<svg><g transform='scale(0)'>{text}</g></svg>"),
            "veiled",
        ),
        (
            format!("<svg><g transform='translate(-9999)'>{text}</g></svg>"),
            "veiled",
        ),
        (
            format!("<svg><g transform='rotate(90 5 5)'>{text}</g></svg>"),
            "shown",
        ),
        (shape("<rect/>"), "hidden"),
        (shape("<path d=''/>"), "hidden"),
        (shape("<circle r=0 />"), "hidden"),
        (shape("<use/>"), "hidden"),
        (shape("<path d='M0 0h9v9z' fill=none />"), "hidden"),
        (
            shape("<rect width=9 height=9 fill=transparent />"),
            "hidden",
        ),
        (shape("<rect width=9 height=9 fill-opacity=0 />"), "hidden"),
        (shape("<rect width=9 height=9 />"), "shown"),
        (shape("<path d='M0 0h9v9z'/>"), "shown"),
        (
            shape("<path d='M0 0h9v9z' fill=none stroke=red />"),
            "shown",
        ),
        (
            shape("<g stroke=currentColor><path d='M0 0h9v9z' fill=none /></g>"),
            "shown",
        ),
        (shape("<path class=icon />"), "shown"),
        (
            shape("<path d='M0 0h24v24H0z' fill=none /><path d='M0 0h9v9z'/>"),
            "shown",
        ),
        (shape("<use xlink:href='/s.svg#x'></use>"), "shown"),
        (
            format!("<div><template shadowrootmode=open></template>{link}</div>"),
            "hidden",
        ),
        (
            format!("<div>{link}<template shadowrootmode=closed><p>x</template></div>"),
            "hidden",
        ),
        (
            format!("<div><template shadowrootmode=open><slot></slot></template>{link}</div>"),
            "shown",
        ),
        (
            format!(
                "<div><template shadowrootmode=open><slot name=x></slot></template>{link}</div>"
            ),
            "hidden",
        ),
        (
            format!(
                "<x-card><template shadowrootmode=open><p><slot></slot></template>{link}</x-card>"
            ),
            "shown",
        ),
        (
            format!("<div><template shadowrootmode=open>{link}</template></div>"),
            "shown",
        ),
        (
            format!("<div><template shadowrootmode=bogus>{link}</template></div>"),
            "hidden",
        ),
        (
            format!("<ul><template shadowrootmode=open><li>{link}</template></ul>"),
            "hidden",
        ),
        (
            format!(
                "<div><template shadowrootmode=open><slot></slot></template><template shadowrootmode=open>{link}</template></div>"
            ),
            "hidden",
        ),
        (format!("<marquee width=0>{link}</marquee>"), "hidden"),
        (format!("<marquee>{link}</marquee>"), "shown"),
        (
            format!("<math><mphantom><mtext>{link}</mtext></mphantom></math>"),
            "hidden",
        ),
        (
            "<a href=/x>\u{1D173}\u{FFF9}\u{FFF0}\u{FFFC}</a>".to_owned(),
            "hidden",
        ),
    ] {
        assert_eq!(sight(&html), expected, "{html}");
    }
}
