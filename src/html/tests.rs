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
        (
            "<p>a<template><col>x y</template>z",
            "p(atemplate(col() )z)",
        ),
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

#[test]
fn b1_of_a_page_in_xml_the_namespaces_say_what_is_a_link() {
    let found = |body: &str| {
        let page = format!(
            "<html xmlns='http://www.w3.org/1999/xhtml' xmlns:h='http://www.w3.org/1999/xhtml' xmlns:u='urn:u' \
             xmlns:s='http://www.w3.org/2000/svg' xmlns:l='http://www.w3.org/1999/xlink' \
             xmlns:m='http://www.w3.org/1998/Math/MathML'><body>{body}</body></html>"
        );
        let page = Document::parse_in(&page, Syntax::Xml);
        page.visible_links()
            .map(|link| link.href.to_owned())
            .collect::<Vec<_>>()
    };
    let link = "<a href='/x'>x</a>";
    for shown in [
        "<h:a href='/x'>x</h:a>",
        "<h:p><h:b><h:a href='/x'>x</h:a></h:b></h:p>",
        "<s:svg><s:a l:href='/x'><s:text>x</s:text></s:a></s:svg>",
        "<s:svg><s:a href='/x'><s:text>x</s:text></s:a></s:svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><s:a l:href='/x'><text>x</text></s:a></svg>",
        "<k:svg xmlns:k='http://www.w3.org/2000/svg'><k:title/><k:a href='/x'><k:text>x</k:text></k:a></k:svg>",
        "<s:svg><s:foreignObject width='9' height='9'><h:p><h:a href='/x'>x</h:a></h:p></s:foreignObject></s:svg>",
        "<m:math><m:mtext><h:a href='/x'>x</h:a></m:mtext></m:math>",
        // Elements that mean nothing hide nothing.
        "<u:template><a href='/x'>x</a></u:template>",
        "<u:script><a href='/x'>x</a></u:script>",
        "<div xmlns='urn:u'><template><h:a href='/x'>x</h:a></template></div>",
        "<svg><a href='/x'>x</a></svg>",
        "<svg><title/></svg><a href='/x'>x</a>",
        // In XML the letter case counts: these are no script, no template, and no attribute.
        "<SCRIPT><a href='/x'>x</a></SCRIPT>",
        "<Template><a href='/x'>x</a></Template>",
        "<div HIDDEN='hidden' Style='display:none'><a href='/x'>x</a></div>",
        "<A href='/y'><b>y</b></A><a HREF='/y' href='/x'>x</a>",
        "<p xmlns:H='http://www.w3.org/1999/xhtml'><H:a href='/x'>x</H:a></p>",
        "<s:svg viewBox='0 0 9 9'><s:linearGradient><s:stop/></s:linearGradient><s:a href='/x'><s:text>x</s:text></s:a></s:svg>",
        // What was declared ends with the element.
        "<b xmlns:h='urn:u'/><b xmlns='urn:u'/><h:a href='/x'>x</h:a>",
        "<p xmlns='urn:u'><b xmlns:h='urn:u'>b</b></p><a href='/x'>x</a>",
        "<p xmlns='urn:u'><h:a href='/x'>x</h:a></p>",
        "<p xmlns:h='urn:u'><p xmlns:h='http://www.w3.org/1999/xhtml'><h:a href='/x'>x</h:a></p></p>",
        "<s:svg><s:foreignObject width='9' height='9'><u:b><a href='/x'>x</a></u:b></s:foreignObject></s:svg>",
        "<m:math><m:mtext><u:b><a href='/x'>x</a></u:b></m:mtext></m:math>",
        "<style>u{display:none}</style><p>Of xmlns:K and XMLNS</p><u:q><a href='/x'>x</a></u:q>",
        "<svg:svg xmlns:svg='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>\
         <svg:a xlink:href='/x'><svg:text>x</svg:text></svg:a></svg:svg>",
        "<p xmlnsx:href='http://www.w3.org/1999/xhtml'><a href='/x'>x</a></p>",
    ] {
        assert_eq!(found(shown), ["/x"], "{shown}");
        assert_eq!(
            found(&format!("{shown}<u:a/>{link}")),
            ["/x", "/x"],
            "{shown}"
        );
    }
    let many: String = (0..70)
        .map(|number| format!(" xmlns:p{number}='urn:{number}'"))
        .collect();
    let spellings: String = (0..9)
        .flat_map(|number| (0..16).map(move |bits| (number, bits)))
        .map(|(number, bits)| {
            let letter = |(at, letter): (usize, char)| match bits >> at & 1 {
                1 => letter.to_ascii_uppercase(),
                _ => letter,
            };
            let name: String = "href".chars().enumerate().map(letter).collect();
            format!(" p{number}:{name}='x'")
        })
        .collect();
    for unseen in [
        "<u:a href='/x'>x</u:a>",
        "<A href='/x'>x</A>",
        "<a HREF='/x'>x</a>",
        "<a Href='/x'>x</a>",
        "<h:A href='/x'>x</h:A>",
        "<H:a href='/x'>x</H:a>",
        "<s:svg><s:A href='/x'><s:text>x</s:text></s:A></s:svg>",
        "<s:svg><s:a l:HREF='/x'><s:text>x</s:text></s:a></s:svg>",
        "<s:svg viewBox='0 0 0 9'><s:a href='/x'><s:text>x</s:text></s:a></s:svg>",
        "<s:svg><s:foreignobject width='9' height='9'><h:p><h:a href='/x'>x</h:a></h:p></s:foreignobject></s:svg>",
        "<P XMLNS:k='http://www.w3.org/1999/xhtml'><k:a href='/x'>x</k:a></P>",
        "<z:a href='/x'>x</z:a>",
        "<p xmlns='urn:u'><a href='/x'>x</a></p>",
        "<p xmlns=''><a href='/x'>x</a></p>",
        "<a xmlns:h='urn:u' h:href='/x'>x</a>",
        "<s:svg><s:a u:href='/x'><s:text>x</s:text></s:a></s:svg>",
        "<s:svg><a href='/x'>x</a></s:svg>",
        "<s:svg><h:p><h:a href='/x'>x</h:a></h:p></s:svg>",
        "<s:a href='/x'>x</s:a>",
        "<h:template><a href='/x'>x</a></h:template>",
        "<h:div hidden=''><h:a href='/x'>x</h:a></h:div>",
        "<k:template xmlns:k='http://www.w3.org/1999/xhtml'><a href='/x'>x</a></k:template>",
        "<s:svg><u:g><s:a l:href='/x'><s:text>x</s:text></s:a></u:g></s:svg>",
        "<s:svg><s:text><u:g><s:a l:href='/x'>x</s:a></u:g></s:text></s:svg>",
        "<s:svg><g xmlns='urn:u'><s:foreignObject><h:a href='/x'>x</h:a></s:foreignObject></g></s:svg>",
        "<m:math><u:mrow><m:mtext><a href='/x'>x</a></m:mtext></u:mrow></m:math>",
        "<style>q{display:none}</style><u:q><a href='/x'>x</a></u:q>",
        "<style>p q{display:none}</style><u:p><u:q><a href='/x'>x</a></u:q></u:p>",
        "<s:svg xmlns:xlink='urn:u'><s:a xlink:href='/x'><s:text>x</s:text></s:a></s:svg>",
        // Prefixes and declarations that only their case tells apart.
        "<p xmlns:k='http://www.w3.org/1999/xhtml' xmlns:K='urn:u'><k:template><a href='/x'>x</a></k:template></p>",
        "<p xmlns:K='urn:u' xmlns:k='http://www.w3.org/1999/xhtml'><K:a href='/x'>x</K:a></p>",
        "<p xmlns:k='http://www.w3.org/1999/xhtml'><p xmlns:K='urn:u'><k:template><a href='/x'>x</a></k:template></p></p>",
        "<p XMLNS='urn:u'><template><a href='/x'>x</a></template></p>",
        "<p xmlns:k='urn:u' Xmlns:k = 'http://www.w3.org/1999/xhtml'><k:a href='/x'>x</k:a></p>",
        &format!(
            "<p{} {spellings} xmlns:k='http://www.w3.org/1999/xhtml'><k:template><a href='/x'>x</a></k:template></p>",
            (0..9)
                .map(|number| format!(" xmlns:p{number}='urn:{number}'"))
                .collect::<String>()
        ),
        "<s:svg viewbox='0 0 9 9' viewBox='0 0 0 9'><s:a href='/x'><s:text>x</s:text></s:a></s:svg>",
        &format!(
            "<p xmlns:{0}='urn:u' xmlns:{1}='http://www.w3.org/1999/xhtml'><{0}:a href='/x'>x</{0}:a></p>",
            "k".repeat(62),
            "K".repeat(62)
        ),
        // More prefixes than anybody uses: nobody looks at the rest.
        &format!(
            "<p{many} xmlns:k='http://www.w3.org/1999/xhtml'><k:template><a href='/x'>x</a></k:template></p>"
        ),
    ] {
        assert!(found(unseen).is_empty(), "{unseen}");
    }
}
