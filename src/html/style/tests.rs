//! Which styles hide what they are on.

use super::*;

fn hides(style: &str) -> bool {
    let style = Style::read(style);
    style.hides_all || style.visibility == Some(Sight::Unseen) || style.text == Some(Sight::Unseen)
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
    ] {
        assert!(hides(style), "{style}");
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
    assert_eq!(Style::read("font-size:14px").text, Some(Sight::Seen));
    assert_eq!(Style::read("color:red").text, None);
}

#[test]
fn colours_are_told_apart_however_they_are_written() {
    let white = Some([255; 3]);
    for style in [
        "color:#fff",
        "color:white",
        "color:rgb(255,255,255)",
        "color:hsl(0,0%,100%)",
        "color:hsl(0 0% 100%)",
        "-webkit-text-fill-color:#ffffff",
    ] {
        assert_eq!(Style::read(style).ink, white, "{style}");
    }
    assert_eq!(Style::read("background:#fff url(a.png)").paper, white);
    assert_eq!(Style::read("color:hsl(120,100%,50%)").ink, None);
    assert_eq!(attribute_colour("FFFFFF"), white);
    assert_eq!(attribute_colour("nonsense"), None);
}
