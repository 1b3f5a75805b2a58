//! Which styles hide what they are on.

use super::*;

fn hides(style: &str) -> bool {
    let style = Style::read(style);
    let sights = [style.visibility, style.size, style.colour, style.fill];
    style.hides_all || sights.contains(&Some(Sight::Unseen))
}

#[test]
fn f17_each_way_to_hide_by_a_style_is_known() {
    for style in [
        "display:none",
        "DISPLAY : None !important",
        "color:red;display:/* x */none",
        "d\\69splay:none",
        "display:n\\6f ne",
        "d\\000069splay:none",
        "display:none;display:nonesuch",
        "display:none!important;display:block",
        "visibility:hidden",
        "visibility:collapse",
        "content-visibility:hidden",
        "opacity:0",
        "opacity:0%",
        "opacity: .01",
        "filter:opacity(0)",
        "filter: alpha(opacity=0); filter: opacity( 0% )",
        "font-size:0",
        "font-size:0px",
        "font-size:1px",
        "font-size:0.0em",
        "font:0/0 a",
        "position:absolute;left:-9999px",
        "position:fixed;top:-200em",
        "position:absolute;right:-999em",
        "position:absolute;left:-5000%",
        "text-indent:-9999px",
        "text-indent:-100%",
        "margin-left:-10000px",
        "width:0;height:0;overflow:hidden",
        "height:1px;overflow:hidden",
        "max-height:0;overflow:hidden",
        "width:0px;overflow-x:clip",
        "transform:scale(0)",
        "transform:scaleX(0)",
        "transform:translateX(-9999px)",
        "-webkit-transform:scale3d(0,0,0)",
        "scale:0",
        "position:absolute;clip:rect(0,0,0,0)",
        "clip:rect(1px 1px 1px 1px);position:absolute",
        "clip-path:inset(50%)",
        "clip-path:inset(100%)",
        "clip-path:inset(calc(50%))",
        "text-indent:calc(-100%)",
        "clip-path:circle(0)",
        "clip-path:polygon(0 0, 0 0, 0 0)",
        "color:transparent",
        "color:rgba(0,0,0,0)",
        "color:rgb(0 0 0 / 0)",
        "color:#0000",
        "-webkit-text-fill-color:transparent",
        "background:url(x;y);display:none",
        "content:'a;b';display:none",
        "--x:none;display:var(--x)",
        "display:var(--y, none)",
        "--x:0;opacity:var(--x)",
        "opacity:calc(0)",
        "position:absolute;left:calc(-9999px)",
        "position:absolute;left:calc(-100vw - 50px)",
        "margin-left:calc(10% - 2000px)",
        "position:fixed;left:300vw",
        "zoom:0",
        "zoom:.01",
        "zoom:1%",
        "transform:scale(0.001)",
        "transform:scale(.01, 1)",
        "transform:rotateY(90deg)",
        "transform:rotateX(.25turn)",
        "rotate:y 270deg",
        "transform:matrix(0,0,0,0,0,0)",
        "transform:matrix(1, 0, 1, 0, 5, 5)",
        "overflow:auto;max-height:0",
        "overflow:scroll;width:0",
        "contain:strict;height:0",
        "contain:paint;height:1px",
        "margin-inline-start:-9999px",
        "margin-block:-9999px 0",
        "position:absolute;inset-block-start:-9999px",
        "position:fixed;inset-inline:-9999px auto",
        "clip-path:inset(0 100% 0 0)",
        "clip-path:inset(60% 0 40%)",
        "clip-path:ellipse(0 0)",
        "clip-path:circle(0% at 0 0)",
        "mask:linear-gradient(transparent,transparent)",
        "-webkit-mask-image:linear-gradient(#0000, transparent)",
        "mask:linear-gradient(rgba(0,0,0,0) 0%,rgba(0,0,0,0) 100%)",
        "mask-image:linear-gradient(to right,transparent,transparent)",
        "display:table-column",
        "display:table-column-group",
        "display:var(--z,var(--y,none))",
        "--a:var(--b);--b:none;display:var(--a)",
        "opacity:min(0,1)",
        "opacity:calc(1 - 1)",
        "opacity:clamp(0,0,1)",
        "opacity:calc(0 * 1)",
        "font-size:min(0px,1em)",
        "font-size:clamp(0px,0px,9px)",
        "font-size:calc(1px * 0)",
        "font-size:max(0px,0em)",
        "font-size-adjust:0",
        "margin-inline-start:calc(-1 * 9999px)",
        "margin-left:calc(-9999 * 1px)",
        "margin-left:calc((0px - 99px) * 99 + 1px)",
        "margin-left:min(-9999px,0px)",
        "margin-left:max(-9999px,-8000px)",
        "margin-left:-99ch",
        "margin-left:-200vmax",
        "margin-left:-200svw",
        "margin-left:-200dvw",
        "margin-left:-200cqw",
        "margin-left:-99lh",
        "margin-left:-99ic",
        "margin-left:-9999Q",
        "position:absolute;left:calc(-1px * 9999)",
        "position:absolute;inset-inline-end:9999px",
        "position:absolute;inset-block-end:9999px",
        "height:min(0px,5px);overflow:hidden",
        "height:-webkit-calc(0px);overflow:hidden",
        "max-block-size:0;overflow:hidden",
        "max-inline-size:0;overflow:hidden",
        "block-size:0;overflow-block:hidden",
        "line-height:0;overflow:hidden",
        "line-height:0;overflow:clip",
        "text-indent:100%;white-space:nowrap;overflow:hidden",
        "text-indent:200%;white-space:nowrap;overflow:hidden;width:100px",
        "transform:matrix(1,0,0,1,-9999,0)",
        "transform:matrix3d(0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1)",
        "transform:rotate3d(1,1,0,90deg)",
        "transform:rotate3d(0,1,0,90deg)",
        "rotate:0 1 0 90deg",
        "rotate:1 0 0 90deg",
        "transform:skewX(90deg)",
        "transform:skew(90deg)",
        "scale:1 0",
        "scale:0%",
        "transform:scale(0%)",
        "clip-path:rect(0 0 0 0)",
        "clip-path:xywh(0 0 0 0)",
        "clip-path:ellipse(50% 0)",
        "-webkit-text-fill-color:rgba(0,0,0,0.001)",
        "color:oklch(0 0 0 / 0%)",
        "clip-path:path('M0 0')",
        "clip-path:circle(10px at -500px -500px)",
        "clip-path:inset(500px)",
        "clip-path:inset(0 0 0 9999px)",
        "clip-path:polygon(0 0,100% 0,50% 0)",
        "mask-size:0 0;mask-image:linear-gradient(#000,#000)",
        "mask-image:url(data:,)",
        "float:right;margin-right:-9999px",
        "display:grid;grid-template-rows:0;overflow:hidden",
        "height:1.5px;overflow:hidden",
        "position:absolute;clip:rect(auto,0,auto,auto)",
        "position:absolute;clip:rect(auto auto 0 auto)",
        "content:url(data:,)",
        "@x{} display:none",
        "opacity:env(x,0)",
        "left:env(safe-area,-9999px);position:absolute",
        "margin-left:attr(x px,-9999px)",
        "letter-spacing:-1000px",
        "letter-spacing:-1000em",
        "padding-left:9999px",
        "translate:-9999px",
        "translate:0 -9999px",
        "translate:-100vw",
        "position:absolute;inset:0 9999px auto auto",
    ] {
        assert!(hides(style), "{style}");
    }
}

#[test]
fn f17_what_is_placed_aside_may_be_unseen() {
    for style in [
        "position:absolute;right:200%",
        "position:fixed;right:150vw",
        "position:absolute;bottom:200%",
        "position:absolute;bottom:3000px",
        "position:absolute;inset:auto 200% auto auto",
        "position:absolute;inset:auto auto 300%",
        "position:absolute;inset-inline:auto 200%",
        "position:absolute;inset-block-end:200%",
        "position:absolute;right:0;margin-right:3000px",
        "position:absolute;right:0;margin-right:-3000px",
        "position:absolute;bottom:0;margin-bottom:-3000px",
        "text-align:right;margin-right:-9999px",
        "letter-spacing:-1em",
        "letter-spacing:-99px",
        "letter-spacing:600px",
        "word-spacing:-9999px",
        "word-spacing:9999px",
    ] {
        let read = Style::read(style);
        assert!(read.may_be_unseen || read.hides(), "{style}");
    }
    for style in [
        "position:absolute;right:100%",
        "position:absolute;right:0;bottom:0",
        "position:absolute;inset:0",
        "position:absolute;inset:0 auto auto 100%",
        "position:absolute;right:0;margin-right:16px",
        "position:absolute;left:200%",
        "right:200%",
        "position:relative;right:120%",
        "margin-right:-9999px",
        "text-align:right;margin-right:-15px",
        "text-align:center;margin-right:auto",
        "letter-spacing:-.31em",
        "letter-spacing:-4px",
        "letter-spacing:.2em;word-spacing:-.43em",
        "padding-bottom:32768px;margin-bottom:-32768px",
        "padding-left:40px",
        "translate:-50% -50%",
    ] {
        let read = Style::read(style);
        assert!(!read.may_be_unseen && !read.hides(), "{style}");
    }
}

#[test]
fn ordinary_styles_hide_nothing() {
    for style in [
        "",
        ";",
        ":",
        "display",
        "display:block",
        "display:none;display:inline",
        "x-display:none",
        "--display:none",
        "/*display:none*/",
        "content:'display:none'",
        "background:url(display:none)",
        "visibility:visible",
        "opacity:1",
        "opacity:.5",
        "font-size:12px",
        "font-size:2em",
        "font-size:90%",
        "font:12px/1 serif",
        "left:-9999px",
        "position:relative;left:-20px",
        "position:absolute;left:50%",
        "text-indent:-2em",
        "margin-left:-15px",
        "height:0",
        "overflow:hidden",
        "height:200px;overflow:hidden",
        "width:100%;overflow:hidden",
        "transform:scale(1.1)",
        "transform:translate(-50%,-50%)",
        "clip:auto;position:absolute",
        "clip-path:none",
        "clip-path:inset(0)",
        "color:#fff;background:#000",
        "color:red",
        "color:rgba(0,0,0,.8)",
        "width:0 auto;overflow:hidden",
        "max-width:100%;overflow:hidden",
        "color:rgb(0 0 0 / 50%)",
        "color:#fff8",
        "filter:none",
        "display:var(--x)",
        "color:var(--text);font-size:var(--small, 14px)",
        "--x:block;display:var(--x)",
        "width:calc(100% - 20px);overflow:hidden",
        "position:absolute;left:calc(50% - 200px)",
        "position:absolute;top:100vh",
        "zoom:1",
        "zoom:80%",
        "transform:rotate(90deg)",
        "transform:rotateY(180deg)",
        "rotate:90deg",
        "transform:matrix(1,0,0,1,20,20)",
        "overflow:auto;max-height:300px",
        "contain:content",
        "clip-path:inset(10% 20%)",
        "clip-path:circle(50%)",
        "mask:linear-gradient(black,transparent)",
        "mask-image:url(a.svg)",
        "margin-inline:auto",
        "mask:linear-gradient(to right, black 80%, transparent)",
        "width:min(100%, 60rem);overflow:hidden",
        "width:max(20px, 10vw);overflow:hidden",
        "font-size:clamp(1rem, 2vw + 1rem, 3rem)",
        "margin-left:calc(50% - 50vw)",
        "margin-left:calc(-1 * 16px)",
        "grid-template-columns:repeat(auto-fit,minmax(0,1fr))",
        "line-height:1.5;overflow:hidden",
        "text-indent:100%",
        "transform:matrix3d(1,0,0,0,0,1,0,0,0,0,1,0,10,10,0,1)",
        "transform:rotate3d(0,0,1,90deg)",
        "transform:skew(-12deg)",
        "rotate:0 0 1 90deg",
        "scale:1 1.1",
        "scale:90%",
        "clip-path:ellipse(50% 40% at 50% 50%)",
        "opacity:calc(1 - .2)",
        "opacity:var(--fade, 1)",
        "max-block-size:80vh;overflow:auto",
        "color:hsl(220 80% 30% / .9)",
        "display:table-column;display:block",
        "display:none;display:ruby",
        "display:none;display:inline flex",
        "display:none;display:block flow",
        "clip-path:path('M0 0L9 9V0z')",
        "clip-path:polygon(0 0,100% 0,50% 90%)",
        "clip-path:circle(40px at 10px 10px)",
        "clip-path:inset(20px 30px)",
        "mask-size:0 0",
        "mask-size:cover;mask-image:url(a.svg)",
        "margin-right:-9999px",
        "clip:rect(auto,90px,auto,auto);position:absolute",
        "content:url(a.png)",
        "padding:env(safe-area-inset-left, 20px)",
        "left:env(safe-area-inset-left,-9999px);position:absolute",
    ] {
        assert!(!hides(style), "{style}");
    }
}

#[test]
fn what_is_inside_may_be_seen_again() {
    assert_eq!(
        Style::read("visibility:visible").visibility,
        Some(Sight::Seen)
    );
    for size in [
        "14px",
        "1rem",
        "medium",
        "initial",
        "calc(1rem + 1vw)",
        "clamp(1rem,2vw,2rem)",
    ] {
        let style = Style::read(&format!("font-size:{size}"));
        assert_eq!(style.size, Some(Sight::Seen), "{size}");
    }
    for size in ["1em", "100%", "inherit", "larger"] {
        assert_eq!(
            Style::read(&format!("font-size:{size}")).size,
            None,
            "{size}"
        );
    }
    for (colour, expected) in [
        ("blue", Some(Sight::Seen)),
        ("#00f", Some(Sight::Seen)),
        ("inherit", None),
        ("unset", None),
        ("var(--text)", None),
        ("oklch(0 0 0)", None),
    ] {
        assert_eq!(
            Style::read(&format!("color:{colour}")).colour,
            expected,
            "{colour}"
        );
    }
}

#[test]
fn letters_of_a_gradient_are_seen_and_of_nothing_are_not() {
    for (style, is_seen) in [
        (
            "background:linear-gradient(90deg,#f00,#00f);-webkit-background-clip:text;background-clip:text;color:transparent",
            true,
        ),
        (
            "background-image:linear-gradient(to right,red 0%,rgb(0,0,9) 50%);background-clip:text;-webkit-text-fill-color:transparent",
            true,
        ),
        (
            "background:linear-gradient(#fff,#fff);background-clip:text;color:transparent",
            false,
        ),
        (
            "background:linear-gradient(transparent,#0000);background-clip:text;color:transparent",
            false,
        ),
        (
            "background:linear-gradient(#f00,#00f);color:transparent",
            false,
        ),
        ("background-clip:text;color:transparent", false),
        (
            "background:url(x.png);background-clip:text;color:transparent",
            false,
        ),
    ] {
        assert_eq!(hides(style), !is_seen, "{style}");
    }
}

#[test]
fn a_background_is_a_colour_or_unknown_and_hides_none_behind_it() {
    let known = |colour| Some(Tint::Known(colour));
    for (style, expected) in [
        ("background:navy", known([0, 0, 128])),
        ("background-color:Teal", known([0, 128, 128])),
        ("background:hsl(220 80% 30%)", known([15, 56, 138])),
        ("background:rgb(10 20 30)", known([10, 20, 30])),
        ("background:rgb(100% 100% 100%)", known([255; 3])),
        ("background:no-repeat #fff", known([255; 3])),
        ("background:linear-gradient(#000,#333)", Some(Tint::Unknown)),
        ("background:#fff url(a.png)", Some(Tint::Unknown)),
        (
            "background-color:#fff;background-image:url(a.png)",
            Some(Tint::Unknown),
        ),
        ("background:rgba(0,0,0,.8)", Some(Tint::Unknown)),
        ("background:var(--c)", Some(Tint::Unknown)),
        ("background:oklch(1 0 0)", Some(Tint::Unknown)),
        ("background:transparent", None),
        ("background:none", None),
        ("color:red", None),
    ] {
        assert_eq!(Style::read(style).paper, expected, "{style}");
    }
}

#[test]
fn colours_are_told_apart_however_they_are_written() {
    let white = Some(Tint::Known([255; 3]));
    for style in [
        "color:#fff",
        "color:white",
        "color:rgb(255,255,255)",
        "color:hsl(0,0%,100%)",
        "color:hsl(0 0% 100%)",
        "color:rgb(100% 100% 100%)",
        "color:rgba(255,255,255,.9)",
        "color:#ffff",
        "-webkit-text-fill-color:#ffffff",
    ] {
        assert_eq!(Style::read(style).ink, white, "{style}");
    }
    let green = Some(Tint::Known([0, 255, 0]));
    for style in [
        "color:lime",
        "color:hsl(120,100%,50%)",
        "color:hsl(120deg 100% 50% / 1)",
    ] {
        assert_eq!(Style::read(style).ink, green, "{style}");
    }
    assert_eq!(attribute_colour("FFFFFF"), Some([255; 3]));
    assert_eq!(attribute_colour("Navy"), Some([0, 0, 128]));
    assert_eq!(attribute_colour("nonsense"), None);
}
