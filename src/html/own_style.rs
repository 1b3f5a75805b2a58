//! The style of an element without any style sheet.

use super::arena::Namespace;
use super::document::Element;
use super::style::{Sight, Style, Tint, attribute_colour};
use super::tag::Tag;

/// What an element's `style` says, and the attributes that stood for one before there were styles.
pub(super) fn style_of(element: Element<'_>) -> Style {
    let attribute = element.attribute("style").unwrap_or_default();
    if element.space() == Namespace::Html {
        let mut style = match attribute {
            "" => Style::default(),
            attribute => Style::read(attribute),
        };
        let tint = |text: &str| attribute_colour(text).map_or(Tint::Unknown, Tint::Known);
        let colour = |name: &str| element.attribute(name).map(tint);
        style.ink = style.ink.or_else(|| match element.tag() {
            Tag::Font => colour("color"),
            Tag::Body => colour("text"),
            _ => None,
        });
        if matches!(style.ink, Some(Tint::Known(_))) && style.colour.is_none() {
            style.colour = Some(Sight::Seen);
        }
        let picture = element.attribute("background");
        let picture = picture.filter(|picture| !picture.trim().is_empty());
        style.paper = style
            .paper
            .or(picture.map(|_| Tint::Unknown))
            .or_else(|| colour("bgcolor"));
        return style;
    }
    const NAMES: [&str; 8] = [
        "transform",
        "display",
        "visibility",
        "opacity",
        "fill",
        "fill-opacity",
        "stroke",
        "font-size",
    ];
    let attributes = NAMES.iter().filter_map(|name| {
        let value = element.attribute(name)?;
        let is_plain = value.len() <= 64 && !value.contains([';', '\\', '/']);
        is_plain.then(|| format!("{name}:{value};"))
    });
    let all: String = attributes.chain([attribute.to_owned()]).collect();
    match all.as_str() {
        "" => Style::default(),
        all => Style::read(all),
    }
}
