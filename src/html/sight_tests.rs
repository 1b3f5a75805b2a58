//! Which links of a page are seen.

use super::Document;

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
        ("<a href=/x class=stretched-link></a>".to_owned(), "?"),
        ("<a href=/x aria-label='My friend'></a>".to_owned(), "?"),
        ("<a href=/x aria-label=' '></a>".to_owned(), "hidden"),
        ("<p hidden><a href=/x aria-label='My friend'></a>".to_owned(), "hidden"),
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

#[test]
fn f17_a_style_sheet_in_the_page_that_hides_its_link_makes_it_doubtful() {
    let link = "<p id=i><b class='x y'><a class=l href=/x>x</a></b></p>";
    for (sheet, expected) in [
        ("a{display:none}", "?"),
        ("A { DISPLAY : none }", "?"),
        ("a{display:none", "?"),
        ("<!-- p{color:red} .x{visibility:hidden} -->", "?"),
        (".x/**/{opacity:0}", "?"),
        (".\\78{opacity:0}", "?"),
        ("#i{font-size:0}", "?"),
        ("p#i .x.y > a.l{position:absolute;left:-9999px}", "?"),
        ("a:link{color:transparent}", "?"),
        ("*{text-indent:-9999px}", "?"),
        ("h1,b,h2{height:0;overflow:hidden}", "?"),
        ("b{height:0} .x{overflow:hidden}", "?"),
        ("@media screen{a{display:none}}", "?"),
        ("@media (min-width:1px){a{display:none}}", "?"),
        ("@supports (display:grid){a{display:none}}", "?"),
        ("p{b{display:none}}", "?"),
        ("p{& > b{display:none}}", "?"),
        ("@import url(x;y);@charset 'x';a{display:none}", "?"),
        ("a{content:'}';display:none}", "?"),
        ("a{display:none}a{display:foo}", "?"),
        ("#i a{display:none}a{display:inline}", "?"),
        ("a{display:none!important}#i a{display:inline}", "?"),
        ("p{font-size:0}b{font-size:1em}", "?"),
        ("p{visibility:hidden}a:hover{visibility:visible}", "?"),
        ("a{display:none;animation:x 1s}", "?"),
        ("", "shown"),
        ("a{color:red}", "shown"),
        (".z{display:none}", "shown"),
        ("p > a{display:none}", "shown"),
        ("h1 a{display:none}", "shown"),
        ("p.z a{display:none}", "shown"),
        ("a{display:none}a{display:inline}", "shown"),
        (".l{display:none}p a.l{display:block}", "shown"),
        ("p{font-size:0}b{font-size:16px}", "shown"),
        ("p{visibility:hidden}a{visibility:visible}", "shown"),
        ("p{color:transparent}", "shown"),
        ("@media print{a{display:none}}", "shown"),
        ("@media (max-width:600px){a{display:none}}", "shown"),
        (
            "@media screen and (max-width: 40em){a{display:none}}",
            "shown",
        ),
        (
            "@media (prefers-color-scheme:dark){a{display:none}}",
            "shown",
        ),
        ("@keyframes x{a{display:none}}", "shown"),
        ("a:hover{display:none}", "shown"),
        ("a::after{display:none}", "shown"),
        ("a:not(.l){display:none}", "shown"),
        ("a{content:'{display:none}'}", "shown"),
        ("/*a{display:none}*/", "shown"),
        // What a click or the pointer opens is not hidden.
        (".x{display:none}p:hover .x{display:block}", "shown"),
        (".x{display:none}#t:checked ~ .x{display:block}", "shown"),
        (".x{display:none}.x:target{display:block}", "shown"),
        (".x{opacity:0;animation:in 1s forwards}", "shown"),
    ] {
        let page = format!("<style>{sheet}</style>{link}");
        assert_eq!(sight(&page), expected, "{sheet}");
        let page = format!("{link}<svg><style type=text/css media=all>{sheet}</style></svg>");
        if !sheet.is_empty() && !sheet.contains(['<', '&']) {
            assert_eq!(sight(&page), expected, "{sheet}");
        }
    }
    let hiding = "<style>.x{opacity:0}.x.seen{opacity:1}</style>";
    for (html, expected) in [
        (format!("{hiding}{link}"), "?"),
        (format!("{hiding}<script></script>{link}"), "shown"),
        (
            format!("{hiding}<script type=application/ld+json></script>{link}"),
            "?",
        ),
        (
            format!("<style media=print>a{{display:none}}</style>{link}"),
            "shown",
        ),
        (
            format!("<style type=text/x>a{{display:none}}</style>{link}"),
            "shown",
        ),
        (
            format!("<template><style>a{{display:none}}</style></template>{link}"),
            "shown",
        ),
        (
            format!("<style>body{{opacity:0}}</style><body>{link}"),
            "shown",
        ),
        (
            "<style>a{display:none}</style><a href=/x style='display:block'>x</a>".to_owned(),
            "shown",
        ),
        (
            "<style>a{display:none!important}</style><a href=/x style='display:block'>x</a>"
                .to_owned(),
            "?",
        ),
        (
            "<style>a{overflow:hidden}</style><a href=/x style='height:0'>x</a>".to_owned(),
            "?",
        ),
        (
            "<style>a{font-size:0}</style><a href=/x><img src=x.png></a>".to_owned(),
            "shown",
        ),
        (
            "<style>img{display:none}</style><a href=/x><img src=x.png></a>".to_owned(),
            "?",
        ),
        (
            format!(
                "<style>{}a{{display:none}}</style>{link}",
                "a{color:red}".repeat(8000)
            ),
            "?",
        ),
        (
            format!("<style>{}</style>{link}", "a{".repeat(9000)),
            "shown",
        ),
    ] {
        assert_eq!(
            sight(&html),
            expected,
            "{}",
            html.chars().take(200).collect::<String>()
        );
    }
    // More rules than can be looked at for each element: nobody knows what they do.
    let many = format!(
        "<style>{}</style>{}{link}",
        "p b i{color:red}".repeat(2000),
        "<p><i>x</i>".repeat(3000)
    );
    assert_eq!(sight(&many), "?");
}

#[test]
fn f17_what_is_moved_out_of_sight_in_steps_is_doubtful() {
    let link = "<a href=/x>x</a>";
    for (html, expected) in [
        (
            "<div style='margin-left:-300px'><div style='margin-left:-300px'>",
            "?",
        ),
        (
            "<div style='position:relative;left:-300px'><p style='position:relative;left:-300px'>",
            "?",
        ),
        (
            "<div style='transform:translate(-300px)'><div style='transform:translateX(-300px)'>",
            "?",
        ),
        (
            "<div style='position:absolute;left:-300px;margin-left:-300px'>",
            "?",
        ),
        (
            "<div style='transform:translateX(-300px) translateX(-400px)'>",
            "?",
        ),
        (
            "<div style='transform:translateY(-300px) translate(0,-400px)'>",
            "?",
        ),
        (
            "<div style='overflow:hidden;height:50px'><div style='margin-top:200px'>",
            "?",
        ),
        (
            "<div style='overflow:hidden;height:50px'><p style='position:relative;top:50px'>",
            "?",
        ),
        ("<div style='contain:strict'>", "?"),
        ("<div style='contain:size;overflow:hidden'>", "?"),
        ("<div style='position:fixed;left:100%'>", "?"),
        ("<div style='position:fixed;top:100vh'>", "?"),
        ("<div style='position:fixed;bottom:-100px'>", "?"),
        (
            "<div style='margin-left:-300px'><div style='margin-left:100px'>",
            "shown",
        ),
        (
            "<div style='left:-300px'><div style='left:-300px'>",
            "shown",
        ),
        (
            "<div style='position:relative;left:600px'><p style='position:relative;left:-400px'>",
            "shown",
        ),
        (
            "<div style='overflow:hidden;height:500px'><div style='margin-top:200px'>",
            "shown",
        ),
        (
            "<div style='overflow:auto;height:50px'><div style='margin-top:200px'>",
            "shown",
        ),
        ("<div style='contain:strict;height:9em'>", "shown"),
        ("<div style='contain:inline-size;overflow:hidden'>", "shown"),
        ("<div style='position:fixed;bottom:0;width:100%'>", "shown"),
        ("<svg><switch> <text>a</text><g><text>", "hidden"),
        ("<svg><switch><text>", "shown"),
        ("<math><maction><mtext>x</mtext><mtext>", "hidden"),
        ("<math><maction><mtext>", "shown"),
    ] {
        assert_eq!(sight(&format!("{html}{link}")), expected, "{html}");
    }
}
