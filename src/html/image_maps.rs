//! The image maps of a page.

use std::collections::{HashMap, HashSet};

use super::document::Element;
use super::tag::Tag;

/// The image maps of a page: an area of one that lies on no picture, or has no size, cannot be seen.
#[derive(Default)]
pub(super) struct ImageMaps {
    /// The names that pictures give, with the size of the largest.
    used: HashMap<String, [f64; 2]>,
    /// The names of the maps so far: of several with one name the first counts.
    named: HashSet<String>,
    /// The name of the last map, if it counts.
    name: Option<String>,
    areas: Vec<MapArea>,
}

struct MapArea {
    map: Option<String>,
    number: usize,
    extent: Option<AreaExtent>,
}

/// What a part of a picture covers of its axes, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct AreaExtent {
    least: [f64; 2],
    most: [f64; 2],
}

impl ImageMaps {
    /// More maps of a page, and areas, are not looked at.
    const MAX: usize = 4096;
    /// The longest name, in bytes.
    const MAX_NAME: usize = 256;

    /// Notes a map, an area, or a picture that may be seen.
    pub(super) fn add(&mut self, element: Element<'_>, is_seen: bool) {
        let name = |name: &str| {
            let name = element.attribute(name)?.trim();
            let name = name.strip_prefix('#').unwrap_or(name);
            (name.len() <= Self::MAX_NAME && !name.is_empty()).then(|| name.to_owned())
        };
        match element.tag() {
            Tag::Img | Tag::Object | Tag::Input if is_seen && self.used.len() < Self::MAX => {
                if let Some(name) = name("usemap") {
                    let size = ["width", "height"].map(|side| pixels(element.attribute(side)));
                    let largest = self.used.entry(name).or_insert(size);
                    *largest = [0, 1].map(|axis| f64::max(largest[axis], size[axis]));
                }
            }
            Tag::Map => {
                let name = name("name").or_else(|| name("id"));
                let is_first =
                    |name: &String| self.named.len() < Self::MAX && self.named.insert(name.clone());
                self.name = name.filter(is_first);
            }
            Tag::Area if self.areas.len() < Self::MAX => {
                let shape = element.attribute("shape").unwrap_or_default();
                let points = numbers(element.attribute("coords").unwrap_or_default());
                self.areas.push(MapArea {
                    map: self.name.clone(),
                    number: element.number(),
                    extent: extent(shape, &points),
                });
            }
            _ => {}
        }
    }

    /// The areas that lie on no picture.
    pub(super) fn without_picture(self) -> impl Iterator<Item = usize> {
        let ImageMaps { used, areas, .. } = self;
        areas.into_iter().filter_map(move |area| {
            let picture = area.map.and_then(|name| used.get(&name).copied());
            let is_on_it = match (picture, area.extent) {
                (Some(size), Some(extent)) => extent.is_on(size),
                (None, _) | (_, None) => false,
            };
            (!is_on_it).then_some(area.number)
        })
    }
}

impl AreaExtent {
    const ALL: AreaExtent = AreaExtent {
        least: [0.0; 2],
        most: [f64::INFINITY; 2],
    };

    fn of(points: &[[f64; 2]]) -> AreaExtent {
        let mut extent = AreaExtent {
            least: [f64::INFINITY; 2],
            most: [f64::NEG_INFINITY; 2],
        };
        for point in points {
            for axis in [0, 1] {
                extent.least[axis] = extent.least[axis].min(point[axis]);
                extent.most[axis] = extent.most[axis].max(point[axis]);
            }
        }
        extent
    }

    /// Whether more than a pixel of it is on a picture of that size.
    fn is_on(self, size: [f64; 2]) -> bool {
        [0, 1].into_iter().all(|axis| {
            let (from, to) = (self.least[axis].max(0.0), self.most[axis].min(size[axis]));
            to - from > 1.0
        })
    }
}

/// What the shape of an area covers; `None` if nothing.
fn extent(shape: &str, numbers: &[f64]) -> Option<AreaExtent> {
    match shape.trim().to_ascii_lowercase().as_str() {
        "default" => Some(AreaExtent::ALL),
        "circle" | "circ" => match numbers {
            [x, y, radius, ..] if *radius > 0.0 => Some(AreaExtent::of(&[
                [x - radius, y - radius],
                [x + radius, y + radius],
            ])),
            _ => None,
        },
        "poly" | "polygon" => {
            let (points, _) = numbers.as_chunks::<2>();
            let first = points.first()?;
            let is_flat = points.windows(2).all(|side| match side {
                [one, other] => {
                    let [a, b] =
                        [one, other].map(|point| [point[0] - first[0], point[1] - first[1]]);
                    a[0] * b[1] == a[1] * b[0]
                }
                _ => true,
            });
            (!is_flat).then(|| AreaExtent::of(points))
        }
        _ => match numbers {
            [left, top, right, bottom, ..] => {
                Some(AreaExtent::of(&[[*left, *top], [*right, *bottom]]))
            }
            _ => None,
        },
    }
}

/// The numbers of `coords`.
fn numbers(text: &str) -> Vec<f64> {
    const MAX_NUMBERS: usize = 2_000;
    let divides = |letter: char| matches!(letter, ',' | ';') || letter.is_ascii_whitespace();
    let parts = text.split(divides).filter(|part| !part.is_empty());
    let number = |part: &str| {
        let number = part.trim_end_matches("px").parse::<f64>();
        number
            .ok()
            .filter(|number| number.is_finite())
            .unwrap_or(0.0)
    };
    parts.take(MAX_NUMBERS).map(number).collect()
}

/// A side of a picture in pixels; without bound if that is not said so.
fn pixels(side: Option<&str>) -> f64 {
    let number = side.and_then(|side| side.trim().trim_end_matches("px").parse::<f64>().ok());
    number
        .filter(|number| number.is_finite())
        .unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_without_size_or_outside_its_picture_is_on_none() {
        for (shape, coords, expected) in [
            ("", "0,0,10,20", true),
            ("rect", "10 20; 0 0", true),
            ("RECT", "-5,-5,5,5", true),
            ("default", "", true),
            ("circle", "10,10,5", true),
            ("poly", "0,0,10,0,10,10", true),
            ("poly", "0,0,10,10,10,0,0,10", true),
            ("nonsense", "0,0,10,20", true),
            ("", "", false),
            ("rect", "0,0,0,0", false),
            ("rect", "0,0,0,20", false),
            ("rect", "5,5,6,6", false),
            ("rect", "a,b,c,d", false),
            ("rect", "nan,0,inf,9", false),
            ("rect", "9999,9999,10000,10000", false),
            ("rect", "-20,0,-10,10", false),
            ("rect", "49.5,0,90,10", false),
            ("circle", "10,10,0", false),
            ("circle", "10,10,-5", false),
            ("circle", "10,10", false),
            ("poly", "0,0,10,10,20,20", false),
            ("poly", "5,5", false),
            ("poly", "", false),
        ] {
            let found = extent(shape, &numbers(coords));
            let is_on = found.is_some_and(|extent| extent.is_on([50.0, f64::INFINITY]));
            assert_eq!(is_on, expected, "{shape} {coords}");
        }
    }
}
