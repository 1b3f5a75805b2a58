//! What a link may consist of other than text: pictures, and what SVG draws.

use super::arena::Namespace;
use super::document::Element;
use super::own_style::style_of;
use super::style::Sight;
use super::tag::Tag;

/// Whether a length is that of a point, in an attribute.
pub(super) fn is_a_point(size: &str) -> bool {
    matches!(size.trim().trim_end_matches("px"), "0" | "1")
}

/// Whether an element of SVG draws something.
pub(super) fn is_shape(element: Element<'_>, has_stroke: bool) -> bool {
    let has = |name: &str| {
        element
            .attribute(name)
            .is_some_and(|value| !matches!(value.trim(), "" | "0" | "none"))
    };
    // Style sheets can give the rest.
    let may_be_styled = ["class", "style"]
        .iter()
        .any(|name| element.attribute(name).is_some());
    let has_room = match element.name() {
        "path" => has("d"),
        "rect" => has("width") && has("height"),
        "circle" => has("r"),
        "ellipse" => has("rx") || has("ry"),
        "polyline" | "polygon" => has("points"),
        "line" => true,
        "image" | "use" => has("href") || has("xlink:href"),
        _ => return false,
    };
    let style = style_of(element);
    let is_drawn = style.colour != Some(Sight::Unseen)
        || element.name() == "image"
        || (has_stroke && element.attribute("stroke").is_none());
    !style.hides_all && (may_be_styled || (has_room && is_drawn))
}

/// Whether an element is a picture, or another thing that a link may consist of; its style may have one, too.
pub(super) fn is_picture(element: Element<'_>, is_in_style: bool) -> bool {
    use Tag::*;
    let has = |name: &str| {
        element
            .attribute(name)
            .is_some_and(|value| !value.trim().is_empty())
    };
    let is_point = ["width", "height"]
        .iter()
        .any(|side| element.attribute(side).is_some_and(is_a_point));
    let is_hidden_field = element
        .attribute("type")
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("hidden"));
    match (element.space(), element.tag()) {
        (Namespace::Html, Img) => {
            // In place of a picture that cannot be read a browser draws a box, if its size is known.
            let is_box = || has("width") && has("height") && element.attribute("alt").is_none();
            let is_empty = || match element.attribute("src").map(str::trim) {
                Some("data:,") => !is_box(),
                address => address.is_some_and(is_transparent_point),
            };
            let has_source = has("srcset") || (has("src") && (is_lazy(element) || !is_empty()));
            (has_source || has("alt")) && !is_point
        }
        (Namespace::Html, Hr) => !is_point,
        (Namespace::Html, Input) => !is_point && !is_hidden_field,
        (Namespace::Html, Embed | Button) => !is_point,
        (Namespace::Html, Iframe) => has("src") && !is_point,
        (Namespace::Html, Object) => has("data") && !is_point,
        (Namespace::Html, Video) => {
            (has("src") || has("poster") || element.attribute("controls").is_some()) && !is_point
        }
        (Namespace::Html, Audio) => element.attribute("controls").is_some(),
        (Namespace::Html, _) => is_in_style,
        (Namespace::Svg, _) => false,
        (Namespace::MathMl, _) => element.name() == "math",
    }
}

/// Whether a picture is the usual transparent point, in its address.
fn is_transparent_point(address: &str) -> bool {
    address.starts_with("data:image/gif;base64,R0lGODlhAQABA")
}

/// Whether scripts load a picture later.
fn is_lazy(element: Element<'_>) -> bool {
    ["data-src", "data-lazy-src", "data-srcset", "data-original"]
        .iter()
        .any(|name| {
            element
                .attribute(name)
                .is_some_and(|value| !value.trim().is_empty())
        })
}

/// Whether scripts or style sheets may make a picture of an element: it is loaded later, or a letter of a font of icons.
pub(super) fn may_be_picture(element: Element<'_>) -> bool {
    match element.tag() {
        Tag::Img => is_lazy(element),
        Tag::I | Tag::Span | Tag::Em => {
            element.attribute("class").is_some() && element.inside().is_empty()
        }
        _ => false,
    }
}
