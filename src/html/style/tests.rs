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
        "color:#fff;background:#ffffff",
        "background-color:white;color:rgb(255,255,255)",
        "-webkit-text-fill-color:transparent",
        "background:url(x;y);display:none",
        "content:'a;b';display:none",
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
