//! The image maps of a page.

use std::collections::HashSet;

use super::document::Element;
use super::tag::Tag;

/// The image maps of a page: an area of one that lies on no picture cannot be seen.
#[derive(Default)]
pub(super) struct ImageMaps {
    /// The names that pictures give.
    used: HashSet<String>,
    /// The name of the last map.
    name: String,
    areas: Vec<(String, usize)>,
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
            (name.len() <= Self::MAX_NAME).then(|| name.to_owned())
        };
        match element.tag() {
            Tag::Img | Tag::Object | Tag::Input if is_seen && self.used.len() < Self::MAX => {
                self.used.extend(name("usemap"));
            }
            Tag::Map => self.name = name("name").or_else(|| name("id")).unwrap_or_default(),
            Tag::Area if self.areas.len() < Self::MAX => {
                self.areas.push((self.name.clone(), element.number()));
            }
            _ => {}
        }
    }

    /// The areas that lie on no picture.
    pub(super) fn without_picture(self) -> impl Iterator<Item = usize> {
        let ImageMaps { used, areas, .. } = self;
        let areas = areas.into_iter();
        areas.filter_map(move |(name, area)| (!used.contains(&name)).then_some(area))
    }
}
